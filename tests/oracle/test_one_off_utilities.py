"""QALYs gained or lost at once by an event: by hand, discounted, in cycles, unseen, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import models as m
from simulate import load, run

RELAPSE = m.Event("relapse", m.When(life="alive"), m.Exponential("r"), {})
PATHWAY = m.Pathway("p", (m.Domain("life", ("alive", "dead"), "", ("dead",)),), (RELAPSE,), {"life": "alive"})
RATE = {"r": {"unit": "per_year", "distribution": {"fixed": {"value": 0.8}}}}
LOSS = {"loss": {"unit": "utility", "distribution": {"fixed": {"value": -0.05}}}}


def problem(value: m.Quantity, **more: Any) -> m.DecisionProblem:
    half = m.Component("plan", "Plan", (m.Effect("relapse", "hazard", 0.5),))
    return m.DecisionProblem(
        id="p",
        label="P",
        pathway=PATHWAY,
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("plan", "Plan", (half,))),
        settings=(m.Setting("base", "B", horizon=3.0),),
        utilities=(m.Utility(m.When(), 0.7), m.Utility(m.When(), value, "event", "relapse")),
        **more,
    )


def test_each_event_takes_what_it_takes_when_it_happens() -> None:
    """0.7 x the years less 0.05 x the events, each discounted from its own moment; half of them under the plan."""
    for discount in (0.0, 0.05):
        case = load(problem("loss", discount_effects=discount), inline={**RATE, **LOSS})
        found = run(case, fixed=True, people=200_000, seed=2)
        force = math.log1p(discount)
        years = 3.0 if discount == 0 else (1 - math.exp(-3 * force)) / force
        for i, rate in enumerate((0.8, 0.4)):
            error = 0.05 * math.sqrt(rate * 3 / 200_000)
            assert abs(found.effect[0, i] - (0.7 - 0.05 * rate) * years) < 4 * error
        exact = run(case, fixed=True, exact=True).effect[0]
        assert exact == pytest.approx([(0.7 - 0.05 * rate) * years for rate in (0.8, 0.4)], abs=2e-5)


def test_in_cycles_it_is_counted_too() -> None:
    often = replace(RELAPSE, hazard=m.PerCycle(0.25))
    told = problem(-0.05, discount_effects=0.0)
    chain = replace(told, pathway=replace(PATHWAY, events=(often,), cycle=m.Cycle(1.0)), strategies=told.strategies[:1])
    assert run(load(chain), fixed=True).effect[0, 0] == pytest.approx(3 * 0.7 - 3 * 0.25 * 0.05, rel=1e-12)


def test_an_event_that_nobody_had_is_told_to_be_lacking_where_it_takes_qalys() -> None:
    """A rare event that people differ in is counted by expectation, as one with a price is."""
    rare = {"r": {"unit": "per_year", "distribution": {"fixed": {"value": 1e-6}}}}
    found = run(load(problem(-0.5, discount_effects=0.0), inline=rare), fixed=True, people=100)
    lost = 3 * 0.7 - found.effect[0]
    assert np.allclose(lost, [0.5 * 3e-6, 0.25 * 3e-6], rtol=1e-6)


def test_what_is_no_utility_of_an_event_is_refused() -> None:
    with pytest.raises(m.ModelError, match="only the role event names one"):
        m.Utility(m.When(), -0.1, "event")
    with pytest.raises(m.ModelError, match="an event counts wherever it happens"):
        m.Utility(m.When(life="alive"), -0.1, "event", "relapse")
    with pytest.raises(m.ModelError, match=r"Utility.event: 'relaps'"):
        replace(problem(-0.1), utilities=(m.Utility(m.When(), -0.1, "event", "relaps"),))
