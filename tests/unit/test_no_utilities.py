"""Without quality of life a result gives its costs; what needs effects says so before anything is simulated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import models as m
from simulate import evppi_nested, load, run, sweep
from simulate.analyse import nested
from simulate.analyse.sweep import cells
from simulate.ask.case import Case
from simulate.running import running
from simulate.running.planning import plan
from simulate.running.wanted_error import WantedError

ON_WARD, AT_HOME = m.When(place="ward"), m.When(place="home")
PRICE = {"unit": "GBP_per_year", "price_year": "2023/24", "distribution": {"gamma": {"mean": 1000.0, "se": 100.0}}}


def case(**changes: Any) -> Case:
    """Home and ward, a programme that halves admission, and QALYs for an effect without any utility."""
    pathway = m.Pathway(
        "small",
        (m.Domain("place", ("home", "ward")),),
        (
            m.Event("admission", AT_HOME, m.Exponential(1.0), {"place": "ward"}),
            m.Event("discharge", ON_WARD, m.Exponential(4.0), {"place": "home"}),
        ),
        {"place": "home"},
    )
    programme = m.Component("programme", "Programme", (m.Effect("admission", "hazard", 0.5),))
    problem = m.DecisionProblem(
        id="small",
        label="Small",
        question="?",
        pathway=pathway,
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("new", "New", (programme,))),
        settings=(m.Setting("base", "Base", 1.0, (), "nhs", "qaly"),),
        costs=(m.CostItem("ward", "Ward", "nhs", m.StateTime(ON_WARD), "c_ward"),),
        effects=(
            m.EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
            m.EffectMeasure("days_at_home", "Days at home", "day", days=AT_HOME, beyond_cost="a test"),
        ),
        perspectives=(m.Perspective("nhs", "NHS", ("nhs",)),),
        parameter_files=(),
        discount_costs=0.0,
        discount_effects=0.0,
        thresholds={},
        **changes,
    )
    return load(problem, inline={"c_ward": PRICE})


def test_costs_are_given_and_the_same_as_under_another_effect() -> None:
    result = run(case(), draws=16, people=20)
    assert np.array_equal(result.cost, run(case(), draws=16, people=20, effect="days_at_home").cost)
    assert np.array_equal(result.cost, result.value(effect="days_at_home").cost) and result.cost.any()


@pytest.mark.parametrize("asking", [lambda r: r.effect, lambda r: r.summary(), lambda r: r.psa()])
def test_effects_are_refused_with_what_is_missing(asking: Callable[[Any], object]) -> None:
    result = run(case(), draws=16, people=20)
    with pytest.raises(m.ModelError, match=r"small\.utilities: no level for the state place home"):
        asking(result)


@pytest.mark.parametrize(
    "analysis",
    [
        lambda c: sweep.one_way(c, ["c_ward"], people=20),
        lambda c: sweep.threshold_value(c, "c_ward", people=20),
        lambda c: sweep.sobol(c, ["c_ward"], points=2, people=20),
        lambda c: plan(c, WantedError(10.0)),
        lambda c: evppi_nested(c, ["c_ward"], 100.0, outer=2, inner=2, people=20),
        lambda c: run(c, draws=16, people=20, until_mcse="10"),
        lambda c: run(c, draws=16, people=20, effect="qaly"),
    ],
)
def test_what_needs_effects_is_refused_before_anything_runs(
    analysis: Callable[[Case], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (running, cells, nested):  # each has a name of its own for it
        monkeypatch.setattr(module, "simulate_draws", lambda *a, **k: pytest.fail("something was simulated"))
    with pytest.raises(m.ModelError, match=r"small\.utilities: no level"):
        analysis(case())


def test_one_state_without_a_level_is_named() -> None:
    some = case(utilities=(m.Utility(ON_WARD, 0.5),))
    with pytest.raises(m.ModelError, match="no level for the state place home"):
        run(some, draws=4, people=5)
