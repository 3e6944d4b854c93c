"""Competing risks, Markov chains, overdispersed counts and Erlang stays against formulae."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm

from models.contract import Domain, Event, Exponential, Frailty, Gamma, Group, Pathway, When
from parameters.arrays import Floats
from tests.oracle.agreement import agrees, follows, mean_agrees, shares_agree, variance_agrees
from tests.oracle.small import simulate

# --- competing exponentials -----------------------------------------------------------------------


def test_competing_exponentials() -> None:
    """Cause k by t: r_k / R (1 - exp(-R t)), whatever the other causes; discounted, R + force in place of R."""
    rates, people, horizon, force = np.array([0.5, 0.3, 0.1]), 150_000, 2.0, 0.25
    names = ("relapse", "move", "death")
    pathway = Pathway(
        "competing",
        (Domain("life", ("in", "out"), absorbing=("out",)),),
        tuple(Event(n, When(), Exponential(r), {"life": "out"}) for n, r in zip(names, rates.tolist(), strict=True)),
        {"life": "in"},
        groups=(Group("any", names),),
    )
    run = simulate(pathway, people, horizon, forces=(force, 0.0), histories=True)
    total = rates.sum()
    for name, rate in zip(names, rates.tolist(), strict=True):

        def survival(t: Floats, rate: float = rate) -> Floats:
            return np.asarray(1 - rate / total * -np.expm1(-total * t))

        def alone(t: Floats, rate: float = rate) -> Floats:
            return np.asarray(np.exp(-rate * t))

        assert follows(run.times(name), survival, people=people, until=horizon, family=3, catches=0.013)
        assert not follows(run.times(name), alone, people=people, until=horizon)  # negative control: no competition
    counts = np.stack([run.count(n, rate=1) for n in names], axis=1)
    truth = rates / (total + force) * -np.expm1(-(total + force) * horizon)
    assert mean_agrees(counts, truth, catches=0.072)
    assert not mean_agrees(counts, rates / total * -np.expm1(-total * horizon))  # discounting forgotten
    assert mean_agrees(run.ever("any"), -np.expm1(-total * horizon), catches=0.01)
    assert mean_agrees(run.first("any"), -np.expm1(-total * horizon) / total, catches=0.017)


# --- Markov chains --------------------------------------------------------------------------------


def reversible(a: float, b: float, m: float) -> Pathway:
    """Well and ill, back and forth, with death from either, three times as fast when ill."""
    return Pathway(
        "reversible",
        (Domain("life", ("alive", "dead"), absorbing=("dead",)), Domain("health", ("well", "ill"))),
        (
            Event("fall_ill", When(health="well"), Exponential(a), {"health": "ill"}),
            Event("recover", When(health="ill"), Exponential(b), {"health": "well"}),
            Event("die_well", When(health="well"), Exponential(m), {"life": "dead"}),
            Event("die_ill", When(health="ill"), Exponential(3 * m), {"life": "dead"}),
        ),
        {"life": "alive", "health": "well"},
    )


def occupied(generator: Floats, force: float, horizon: float) -> Floats:
    """Discounted times from state 0 in each state: an integral of a matrix exponential by Van Loan's block."""
    n = len(generator)
    block = np.zeros((2 * n, 2 * n))
    block[:n, :n], block[:n, n:] = generator - force * np.eye(n), np.eye(n)
    return np.asarray(expm(block * horizon)[0, n:])


def test_markov_chain_agrees_with_its_matrix_exponential() -> None:
    a, b, m, horizon, people = 0.8, 1.5, 0.05, 10.0, 100_000
    forces, grid = (np.log(1.035), 0.08), (1.0, 4.0, 10.0)
    run = simulate(reversible(a, b, m), people, horizon, forces=forces, grid=grid)
    generator = np.array([[-(a + m), a, m], [b, -(b + 3 * m), 3 * m], [0, 0, 0]])
    for rate, force in enumerate((0.0, *forces)):
        truth = occupied(generator, force, horizon)
        times = np.stack([run.time(health="well", rate=rate), run.time(health="ill", rate=rate)], axis=1)
        times = np.column_stack([times, run.time(life="dead", rate=rate)])
        assert mean_agrees(times, truth, family=9, catches=0.034), rate
        assert not mean_agrees(times, occupied(generator, force + 0.02, horizon))  # negative control
        counts = np.stack([run.count(n, rate=rate) for n in ("fall_ill", "recover", "die_well", "die_ill")], axis=1)
        flow = np.array([a, b, m, 3 * m]) * truth[[0, 1, 0, 1]]
        assert mean_agrees(counts, flow, family=12, catches=0.054), rate
    seen = run.statistics.occupancy[0, 0] / people
    states = [s.get("health", "dead") for s in run.statistics.states]
    expected = np.array([expm(generator * t)[0] for t in grid])
    for name, column in zip(("well", "ill", "dead"), expected.T, strict=True):
        error = np.sqrt(column * (1 - column) / people)
        assert agrees(seen[:, states.index(name)], column, error, family=9, catches=0.11)
        assert not agrees(seen[:, states.index(name)], column[::-1], error)


# --- counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("distribution", ["gamma", "lognormal"])
def test_frailty_gives_overdispersed_counts(distribution: str) -> None:
    """Mean m and variance m + v m^2 for any mixing law of variance v; and v m n between two events."""
    rate, other, variance, horizon, people = 0.9, 0.5, 1.5, 2.0, 150_000
    frailty = Frailty("proneness", variance, ("crisis", "contact"), distribution=distribution)  # type: ignore[arg-type]
    home = When(care="home")
    pathway = Pathway(
        "recurrent",
        (Domain("care", ("home",)),),
        (Event("crisis", home, Exponential(rate)), Event("contact", home, Exponential(other))),
        {"care": "home"},
        frailties=(frailty,),
    )
    run = simulate(pathway, people, horizon)
    crises, contacts = run.count("crisis"), run.count("contact")
    m, n = rate * horizon, other * horizon
    assert mean_agrees(crises, m, family=3, catches=0.033)
    assert variance_agrees(crises, m + variance * m * m, family=3, catches=0.15)
    assert not variance_agrees(crises, m)  # negative control: a Poisson count
    assert mean_agrees((crises - m) * (contacts - n), variance * m * n, family=3, catches=0.19)
    assert not mean_agrees((crises - m) * (contacts - n), 0.0 * m + 0.5 * variance * m * n)
    if distribution == "gamma":
        law, poisson = stats.nbinom(1 / variance, 1 / (1 + variance * m)), stats.poisson(m)
        observed = np.bincount(np.minimum(crises, 12).astype(int), minlength=13)
        assert shares_agree(observed, np.append(law.pmf(np.arange(12)), law.sf(11)), catches=0.027)
        assert not shares_agree(
            np.append(observed[:7], observed[7:].sum()), np.append(poisson.pmf(range(7)), poisson.sf(6))
        )


# --- stays ----------------------------------------------------------------------------------------


def test_a_chain_of_three_phases_is_an_erlang_stay() -> None:
    people, rate, law = 100_000, 2.5, stats.gamma(3, scale=1 / 2.5)
    phases = ("first", "second", "third", "done")
    pathway = Pathway(
        "chain",
        (Domain("phase", phases, absorbing=("done",)),),
        tuple(Event(f"leave_{a}", When(phase=a), Exponential(rate), {"phase": b}) for a, b in pairwise(phases)),
        {"phase": "first"},
    )
    run = simulate(pathway, people, 60.0, histories=True)
    assert follows(run.times("leave_third"), law.sf, catches=0.016)
    stay = run.time(phase="first") + run.time(phase="second") + run.time(phase="third")
    assert mean_agrees(stay, law.mean(), catches=0.016) and variance_agrees(stay, law.var(), catches=0.056)
    assert not follows(run.times("leave_second"), law.sf) and not variance_agrees(stay, law.mean() ** 2)
    at_once = Pathway("stay", (Domain("phase", ("in", "done"), absorbing=("done",)),),
        (Event("leave", When(), Gamma(3.0, 1 / rate), {"phase": "done"}),), {"phase": "in"})  # fmt: skip
    assert follows(simulate(at_once, people, 60.0, histories=True).times("leave"), law.sf, catches=0.016)
