"""Expected values by renewal equations: against closed forms, and against the simulation of many people."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, linalg, stats

from models.contract import (
    Branch,
    Characteristic,
    Component,
    Covariate,
    Domain,
    Effect,
    Event,
    Exponential,
    FixedTime,
    Frailty,
    Gompertz,
    History,
    LogNormal,
    Mixture,
    ModelError,
    Numeric,
    Pathway,
    Strategy,
    Waning,
    Weibull,
    When,
)
from simulate.engine import driver
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import Lowered, lower
from simulate.engine.renewal.expectation import expected_statistics
from simulate.engine.renewal.people import gamma_nodes
from simulate.engine.statistics import Statistics
from tests.oracle.agreement import agrees
from tests.oracle.small import USUAL, one_way

LOOKUP = make_lookup(lambda name: pytest.fail(f"no parameter {name} expected"), 1)


CARE = Domain("care", ("community", "crisis", "ward"))
LIFE = Domain("life", ("alive", "dead"), absorbing=("dead",))


def lowered(pathway: Pathway, horizon: float, *strategies: Strategy, **collect: Any) -> Lowered:
    return lower(
        pathway,
        strategies or (USUAL,),
        LOOKUP,
        1,
        horizon=horizon,
        discount=(np.array([0.035]), np.array([0.015])),
        grid=driver.monthly_grid(horizon),
        collect=Collect(**collect),
    )


def expected(pathway: Pathway, horizon: float, *strategies: Strategy, **collect: Any) -> Statistics:
    return expected_statistics(lowered(pathway, horizon, *strategies, **collect), LOOKUP, people=1)


# --- closed forms ---------------------------------------------------------------------------------


def test_constant_hazards_are_a_matrix_exponential() -> None:
    """Illness and death: time in each state, discounted, and events, from the generator."""
    a, b, c, d, horizon, force = 0.24, 0.09, 0.56, 0.35, 10.0, np.log(1.035)
    pathway = Pathway(
        "illness_death",
        (Domain("health", ("healthy", "sick", "dead"), absorbing=("dead",)),),
        (
            Event("falls_ill", When(health="healthy"), Exponential(a), {"health": "sick"}),
            Event("dies_healthy", When(health="healthy"), Exponential(b), {"health": "dead"}),
            Event("recovers", When(health="sick"), Exponential(c), {"health": "healthy"}),
            Event("dies_sick", When(health="sick"), Exponential(d), {"health": "dead"}),
        ),
        {"health": "healthy"},
    )
    s = expected(pathway, horizon)
    generator = np.array([[-a - b, a, b], [c, -c - d, d], [0.0, 0.0, 0.0]])

    def years(rate: float) -> Any:
        return integrate.quad_vec(lambda t: np.exp(-rate * t) * linalg.expm(generator * t)[0], 0.0, horizon)[0]

    assert s.time[0, 0].sum(axis=0)[0] == pytest.approx(years(0.0), abs=2e-7)
    assert s.time[0, 0].sum(axis=0)[1] == pytest.approx(years(force), abs=2e-7)
    healthy, sick, _ = years(0.0)
    events = dict(zip(s.outcomes, s.count[0, 0].sum(axis=0)[0], strict=True))
    assert events == pytest.approx(
        {"falls_ill": a * healthy, "dies_healthy": b * healthy, "recovers": c * sick, "dies_sick": d * sick}, abs=2e-7
    )
    assert s.occupancy[0, 0, -1] == pytest.approx(linalg.expm(generator * horizon)[0], abs=1e-5)
    assert s.grid_error is not None and s.grid_error < 1e-4


@pytest.mark.parametrize("hazard", [Weibull(0.7, 3.0), Weibull(2.2, 3.0), LogNormal(1.5, 0.9), Gompertz(0.1, 0.2)])
def test_one_way(hazard: Any) -> None:
    """Survival itself: the share who leave and their time before."""
    horizon = 4.0
    s = expected(one_way(hazard), horizon)
    survival: Any = {
        Weibull: lambda t: np.exp(-((t / 3.0) ** getattr(hazard, "shape", 1.0))),
        LogNormal: lambda t: stats.lognorm(0.9, scale=1.5).sf(t),
        Gompertz: lambda t: np.exp(-0.1 * np.expm1(0.2 * t) / 0.2),
    }[type(hazard)]
    left = integrate.quad(survival, 0.0, horizon)[0]
    assert s.ever[0, 0].sum() == pytest.approx(1 - float(survival(horizon)), abs=1e-6)
    assert s.first[0, 0].sum() == pytest.approx(left, abs=1e-5)
    assert s.time[0, 0].sum(axis=0)[0, s.states.index({"life": "alive"})] == pytest.approx(left, abs=1e-5)


@pytest.mark.parametrize("variance", [1e-14, 1e-10, 1e-6, 1e-3, 0.007, 0.05, 0.3, 1.0, 2.0, 4.0, 24.0])
@pytest.mark.parametrize("spent", [0.01, 1.0, 5.0, 20.0, 100.0])
def test_the_nodes_of_a_gamma_are_those_of_its_laplace_transform(variance: float, spent: float) -> None:
    """E exp(-H z) = (1 + v H)^(-1/v), where events are rare and where they are many."""
    values, weights = gamma_nodes(1 / variance, 1.5)
    assert (weights * np.exp(-spent * values)).sum() == pytest.approx(
        math.exp(-math.log1p(variance * spent) / variance), abs=2e-6
    )
    assert (weights * values).sum() == pytest.approx(1.0, abs=1e-3) and weights.min() >= 0


def test_several_frailties_leave_each_as_it_is_alone() -> None:
    """Two more that move others change nothing of P(ever) = 1 - (1 + v H)^(-1/v), at v 2 and H 10."""
    names = ("end", "visit", "call")
    pathway = Pathway(
        "frail",
        (Domain("life", ("alive", "dead"), absorbing=("dead",)),),
        (
            Event("end", When(), Exponential(2.0), {"life": "dead"}),
            Event("visit", When(), Exponential(1.0)),
            Event("call", When(), Exponential(1.0)),
        ),
        {"life": "alive"},
        frailties=tuple(Frailty(f"of_{n}", 2.0, (n,)) for n in names),
    )
    s = expected(pathway, 5.0)
    ended = s.ever[0, 0].sum(axis=0)[s.tracker_index("end")]
    assert ended == pytest.approx(1 - 21.0**-0.5, abs=1e-4)


@pytest.mark.parametrize("variance", [0.05, 1.0, 3.0])
def test_a_gamma_frailty_is_integrated(variance: float) -> None:
    """P(ever) = 1 - (1 + v H)^(-1/v)."""
    pathway = Pathway(
        "frail",
        (Domain("life", ("alive", "dead"), absorbing=("dead",)),),
        (Event("end", When(), Exponential(0.4), {"life": "dead"}),),
        {"life": "alive"},
        frailties=(Frailty("proneness", variance, ("end",)),),
    )
    s = expected(pathway, 2.0)
    assert s.ever[0, 0].sum() == pytest.approx(1 - (1 + variance * 0.8) ** (-1 / variance), abs=1e-6)


def test_people_differ_in_age() -> None:
    """The share who die, over ages at entry from 20 to 70, on the clock of age."""
    rate, growth, horizon = 0.0005, 0.09, 3.0
    pathway = Pathway(
        "ageing",
        (LIFE,),
        (Event("death", When(), Gompertz(rate, growth), {"life": "dead"}, clock="age"),),
        {"life": "alive"},
        characteristics=(Characteristic("age", Numeric("uniform", 20.0, 70.0)),),
    )
    s = expected(pathway, horizon)
    spent = rate * np.expm1(growth * horizon) / growth
    dies = integrate.quad(lambda age: -np.expm1(-spent * np.exp(growth * age)), 20.0, 70.0)[0] / 50
    assert s.ever[0, 0].sum() == pytest.approx(dies, abs=1e-7)


# --- against the simulation -----------------------------------------------------------------------

RICH = Pathway(
    "rich",
    (LIFE, CARE),
    (
        Event("crisis", When(care="community"), Exponential(1.1), {"care": "crisis"}),
        Event("resolved", When(care="crisis"), Weibull(0.8, 0.2), {"care": "community"}),
        Event(
            "admission",
            When(care=("community", "crisis")),
            Exponential(0.5),
            branches=(Branch("voluntary", 2.0, {"care": "ward"}), Branch("sent_home", 1.0, {})),
        ),
        Event("discharge", When(care="ward"), LogNormal(0.15, 0.9), {"care": "community"}),
        Event("restraint", When(care="ward"), Exponential(3.0)),
        Event("visit", When(care="crisis"), Weibull(1.6, 0.1)),
        Event("death", When(), Gompertz(0.05, 0.3), {"life": "dead"}, clock="start"),
    ),
    {"life": "alive", "care": Mixture({"ward": 0.3}, otherwise="community")},
    characteristics=(Characteristic("group", Mixture({"a": 0.4}, otherwise="b")),),
    covariates=(
        Covariate("group", "crisis", "hazard", 1.9, level="a"),
        Covariate("group", "admission", "odds", 0.5, level="a", branch="voluntary"),
        Covariate("group", "discharge", "time", 1.4, level="a"),
    ),
    frailties=(Frailty("relapse", 1.2, ("crisis", "admission")),),
)
PLAN = Strategy(
    "plan",
    "Plan",
    (
        Component(
            "plan",
            "plan",
            (
                Effect("admission", "hazard", 0.5, start=0.25, waning=Waning("exponential", 1.0, 1 / 12)),
                Effect("crisis", "hazard", 1.4, end=0.8),
                Effect("discharge", "time", 0.7),
                Effect("restraint", "hazard", 0.6),
            ),
            uptake=0.7,
        ),
    ),
)


def test_a_rich_pathway_agrees_with_the_simulation() -> None:
    """Every statistic of every strategy, where people differ, effects begin and wane, and few take them up."""
    people, batches, horizon = 200_000, 400, 1.5
    tables = lowered(RICH, horizon, USUAL, PLAN, nth={"admission": 1})
    exact = expected_statistics(tables, LOOKUP, people=people)
    simulated, _ = driver.simulate(tables, LOOKUP, people=people, seed=4, batches=batches)
    assert _agree(simulated, exact)
    there = simulated.occupancy[0] / people - exact.occupancy[0] / people
    assert np.abs(there).max() < 0.005
    halved, _ = driver.simulate(
        lowered(RICH, horizon, USUAL, USUAL, nth={"admission": 1}), LOOKUP, people=people, seed=4, batches=batches
    )
    assert not _agree_on(halved, exact, "count")  # negative control: the plan does something


def _agree(simulated: Statistics, exact: Statistics) -> bool:
    return all(
        _agree_on(simulated, exact, n) for n in ("time", "count", "ever", "first", "nth", "delivered", "exposure")
    )


def _agree_on(simulated: Statistics, exact: Statistics, name: str) -> bool:
    sums, truth = getattr(simulated, name)[0], getattr(exact, name)[0].sum(axis=1) / exact.people.sum()
    each = sums / simulated.people[:, *[None] * (sums.ndim - 2)]
    error = each.std(axis=1, ddof=1) / np.sqrt(each.shape[1])
    moving = (error > 0) & (truth > 1e-3)
    assert np.allclose(each.mean(axis=1)[~moving], truth[~moving], atol=1e-3)
    return bool(agrees(each.mean(axis=1)[moving], truth[moving], error[moving], catches=0.15))


# --- what does not qualify ------------------------------------------------------------------------


def test_what_does_not_start_afresh_is_refused_every_reason_at_once() -> None:
    gate = Domain("gate", ("open", "shut"))
    pathway = Pathway(
        "running_on",
        (gate, CARE),
        (
            Event("shuts", When(gate="open"), Weibull(2.0, 1.0), {"gate": "shut"}),
            Event("admission", When(care="community"), Exponential(1.0), {"care": "ward"}),
            Event("fixed", When(care="ward"), FixedTime(0.5)),
            Event("again", When(care="ward"), Weibull(2.0, 1.0), clock="gap"),
        ),
        {"gate": "open", "care": "community"},
        history=(History("scar", "admission", ("admission",), 1.2, 3),),
    )
    with pytest.raises(ModelError) as fault:
        expected(pathway, 1.0, people=True)
    for reason in ("shuts: its clock runs on when admission", "fixed:", "again:", "scar:", "totals of persons"):
        assert reason in str(fault.value)
