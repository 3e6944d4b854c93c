"""The engine against formulae: fixed seeds, 6-sigma bands unless said, and a negative control for each helper."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm

from models.contract import (
    Branch,
    Component,
    Domain,
    Effect,
    Event,
    Exponential,
    Frailty,
    Gompertz,
    LogNormal,
    Pathway,
    Strategy,
    Weibull,
    When,
)
from simulate.engine import driver
from simulate.engine.lookup import make_lookup
from simulate.engine.statistics import Statistics
from simulate.engine.tables import lower

USUAL = Strategy("usual", "Usual")


def simulate(
    pathway: Pathway,
    people: int,
    horizon: float,
    strategies: tuple[Strategy, ...] = (USUAL,),
    rate: float = 0.0,
    seed: int = 3,
    histories: int = 0,
) -> tuple[Statistics, np.ndarray]:
    """One draw of a pathway whose quantities are all numbers."""
    lookup = make_lookup(lambda name: pytest.fail(f"no parameter {name} expected"), 1)
    annual = np.array([np.expm1(rate)])
    lowered = lower(pathway, strategies, lookup, 1, horizon=horizon, discount=(annual, annual))
    return driver.simulate(lowered, lookup, people=people, seed=seed, histories=histories)


def one_way(hazard: object, clock: str = "sojourn") -> Pathway:
    """Alive until a single absorbing event."""
    return Pathway(
        "one_way",
        (Domain("life", ("alive", "dead"), absorbing=("dead",)),),
        (Event("end", When(), hazard, {"life": "dead"}, clock=clock),),  # type: ignore[arg-type]
        {"life": "alive"},
    )


def close(estimate: float, truth: float, error: float) -> bool:
    """Within six standard errors: false alarms about 2e-9, so any failure is a fault."""
    return abs(estimate - truth) < 6 * error


def test_close_is_able_to_fail() -> None:
    assert not close(1.0, 1.1, 0.01)


FAMILIES = [
    (Exponential(0.7), stats.expon(scale=1 / 0.7)),
    (Weibull(0.75, 2.0), stats.weibull_min(0.75, scale=2.0)),
    (Weibull(1.8, 1.1), stats.weibull_min(1.8, scale=1.1)),
    (Gompertz(0.1, 0.9), stats.gompertz(0.1 / 0.9, scale=1 / 0.9)),
    (LogNormal(1.3, 0.8), stats.lognorm(0.8, scale=1.3)),
]


@pytest.mark.parametrize(("hazard", "law"), FAMILIES)
@pytest.mark.parametrize("clock", ["sojourn", "gap", "start"])
def test_each_family_has_its_distribution(hazard: object, law: object, clock: str) -> None:
    _, rows = simulate(one_way(hazard, clock), 20_000, 400.0, histories=20_000)
    assert len(rows) == 20_000
    assert stats.kstest(rows[:, 3], law.cdf).pvalue > 1e-6  # type: ignore[attr-defined]
    assert stats.kstest(rows[:, 3] * 1.06, law.cdf).pvalue < 1e-6  # type: ignore[attr-defined]  # negative control


@pytest.mark.parametrize(("hazard", "law"), FAMILIES)
@pytest.mark.parametrize(("ratio", "by"), [("hazard", 0.6), ("hazard", 1.7), ("time", 0.6), ("time", 1.7)])
def test_hazard_and_time_ratios_do_what_they_say(hazard: object, law: object, ratio: str, by: float) -> None:
    changed = Strategy("new", "New", (Component("part", "Part", (Effect("end", ratio, by),)),))  # type: ignore[arg-type]
    _, rows = simulate(one_way(hazard), 20_000, 2_000.0, (changed,), histories=20_000)

    def cdf(t: np.ndarray) -> np.ndarray:
        if ratio == "time":
            return np.asarray(law.cdf(t / by))  # type: ignore[attr-defined]
        return -np.expm1(by * law.logsf(t))  # type: ignore[attr-defined]

    assert stats.kstest(rows[:, 3], cdf).pvalue > 1e-6
    assert stats.kstest(rows[:, 3], law.cdf).pvalue < 1e-6  # type: ignore[attr-defined]  # the ratio was not forgotten


def reversible(a: float, b: float, m: float) -> Pathway:
    """Well and ill, back and forth, with death from either: exponential throughout."""
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


def test_markov_chain_agrees_with_its_matrix_exponential() -> None:
    a, b, m, horizon, force, people = 0.8, 1.5, 0.05, 10.0, np.log(1.035), 60_000
    statistics, _ = simulate(reversible(a, b, m), people, horizon, rate=force)
    generator = np.array([[-(a + m), a, m], [b, -(b + 3 * m), 3 * m], [0, 0, 0]])
    size = 3
    for discount, column in ((0.0, 0), (force, 1)):
        # occupation times are an integral of a matrix exponential: Van Loan's block trick
        block = np.zeros((2 * size, 2 * size))
        block[:size, :size], block[:size, size:] = generator - discount * np.eye(size), np.eye(size)
        truth = expm(block * horizon)[0, size:]
        per_batch = statistics.time[0, 0, :, column] / statistics.people[:, None]
        names = [s.get("health", "dead") for s in statistics.states]
        for name, expected in zip(("well", "ill", "dead"), truth, strict=True):
            values = per_batch[:, names.index(name)]
            error = max(values.std(ddof=1) / np.sqrt(len(values)), horizon / 4 / np.sqrt(people))
            assert close(values.mean(), expected, error), (name, discount, values.mean(), expected)
    falls = statistics.count[0, 0, :, 1, statistics.outcomes.index("fall_ill")].sum() / people
    block = np.zeros((2 * size, 2 * size))
    block[:size, :size], block[:size, size:] = generator - force * np.eye(size), np.eye(size)
    assert close(falls, a * expm(block * horizon)[0, size], 2.5 / np.sqrt(people))


def test_gamma_frailty_gives_negative_binomial_counts() -> None:
    rate, variance, horizon, people = 0.9, 1.5, 2.0, 40_000
    pathway = Pathway(
        "recurrent",
        (Domain("care", ("home",)),),
        (Event("crisis", When(care="home"), Exponential(rate)),),
        {"care": "home"},
        frailties=(Frailty("proneness", variance, ("crisis",)),),
    )
    _, rows = simulate(pathway, people, horizon, histories=400_000)
    counts = np.bincount(rows[:, 1].astype(int), minlength=people)
    mean = rate * horizon
    law = stats.nbinom(1 / variance, 1 / (1 + variance * mean))
    assert close(counts.mean(), mean, law.std() / np.sqrt(people))
    assert close(counts.var(), mean + variance * mean**2, 0.25)
    observed = np.bincount(np.minimum(counts, 12), minlength=13)
    expected = people * np.append(law.pmf(np.arange(12)), law.sf(11))
    assert stats.chisquare(observed, expected).pvalue > 1e-6
    poisson = people * np.append(stats.poisson(mean).pmf(np.arange(12)), stats.poisson(mean).sf(11))
    assert stats.chisquare(observed, poisson).pvalue < 1e-6  # negative control


@pytest.mark.parametrize(("ratio", "by"), [("odds", 0.5), ("odds", 2.5), ("risk", 0.5), ("risk", 1.4)])
def test_branch_shares_under_odds_and_risk_ratios(ratio: str, by: float) -> None:
    people, p = 30_000, np.array([0.5, 0.3, 0.2])
    branches = tuple(Branch(n, float(w), {"care": n}) for n, w in zip("abc", 4 * p, strict=True))
    pathway = Pathway(
        "choice",
        (Domain("care", ("home", "a", "b", "c")),),
        (Event("leave", When(care="home"), Exponential(5.0), branches=branches),),
        {"care": "home"},
    )
    effect = Effect("leave", ratio, by, branch="a")  # type: ignore[arg-type]
    changed = Strategy("new", "New", (Component("part", "Part", (effect,)),))
    statistics, _ = simulate(pathway, people, 50.0, (USUAL, changed))
    shares = statistics.count[0, :, :, 0].sum(axis=1) / people
    new = 0.5 * by / (0.5 * by + 0.5) if ratio == "odds" else 0.5 * by
    expected = np.array([p, [new, 0.6 * (1 - new), 0.4 * (1 - new)]])
    assert np.abs(shares - expected).max() < 6 * 0.5 / np.sqrt(people)


def test_a_clock_from_entry_does_not_restart() -> None:
    """Weibull on the `start` clock, at risk half the time: hazard used only while at risk, at the age since entry."""
    people, shape, scale, on, off = 40_000, 2.0, 3.0, 1.0, 1.0
    pathway = Pathway(
        "gated",
        (Domain("life", ("alive", "dead"), absorbing=("dead",)), Domain("gate", ("open", "shut"))),
        (
            Event("shut", When(gate="open"), Exponential(on), {"gate": "shut"}),
            Event("open", When(gate="shut"), Exponential(off), {"gate": "open"}),
            Event("end", When(gate="open"), Weibull(shape, scale), {"life": "dead"}, clock="start"),
        ),
        {"life": "alive", "gate": "open"},
    )
    statistics, _ = simulate(pathway, people, 2.0)
    steps = 4000
    alive, dt = np.array([1.0, 0.0]), 2.0 / 4000
    for i in range(steps):  # forward equations, midpoint hazard
        t = (i + 0.5) * dt
        h = shape / scale * (t / scale) ** (shape - 1)
        alive = alive @ expm(np.array([[-(on + h), on], [off, -off]]) * dt)
    dead = statistics.ever[0, 0, :, statistics.trackers.index("end")].sum() / people
    assert close(dead, 1 - alive.sum(), 0.5 / np.sqrt(people))
