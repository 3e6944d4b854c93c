"""Time within a window is counted alike up to the horizon and just short of it, however cycles are counted."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest

import models as m
from models.hazards import Counted
from simulate import load, run

DEAD = m.When(health="dead")
HEALTH = m.Domain("health", ("alive", "dead"), "Health", absorbing=("dead",))
WEIGHTS = (0.3, 1.1, 0.7, 1.2, 1.0, 0.9, 0.5)
COUNTED = [*get_args(Counted), WEIGHTS]


def cost(counted: object, until: float, length: float = 2.0) -> float:
    """Of a price on the years before death, in cycles: what a person costs until then, undiscounted."""
    dies = m.Event("dies", m.When(health="alive"), m.PerCycle(1 - math.exp(-0.2 * length)), {"health": "dead"})
    cycle = m.Cycle(length, counted=counted)  # type: ignore[arg-type]
    last = m.CostItem("last", "Last", "nhs", m.StateTime(m.When()), 1000.0, before=m.Before(DEAD, 99.0, until=until))
    problem = m.DecisionProblem(
        id="windows",
        label="Windows",
        pathway=m.Pathway("dying", (HEALTH,), (dies,), {"health": "alive"}, cycle=cycle),
        strategies=(m.Strategy("a", "A"), m.Strategy("b", "B")),
        settings=(m.Setting("base", "Base", horizon=6 * length),),
        costs=(last,),
        utilities=(m.Utility(m.When(health="alive"), 1.0),),
        discount_costs=0.0,
        discount_effects=0.0,
    )
    return float(run(load(problem), fixed=True).cost[0, 0])


@pytest.mark.parametrize("counted", COUNTED, ids=str)
def test_it_does_not_jump_at_the_horizon(counted: object) -> None:
    at = cost(counted, 12.0)
    assert cost(counted, 12.0 - 1e-6) == pytest.approx(at, rel=1e-5)
    assert cost(counted, 99.0) == at == cost(counted, math.inf)
    longer = [cost(counted, until) for until in (1.0, 3.0, 5.0, 8.0, 11.0, 12.0)]
    assert all(np.diff(longer) >= 0) and longer[0] < longer[2] < longer[4]


def test_a_window_of_simpsons_rule_is_as_long_as_it_is() -> None:
    """Where nobody has died yet the weights of a window add up to its length: 4 of 12 years, by hand."""
    alive = np.exp(-0.4 * np.arange(7))  # at the moments of the cycles
    weights = 2.0 * np.array([1 / 3, 4 / 3, 2 / 3, 4 / 3, 2 / 3, 4 / 3, 1 / 3])
    part = weights[:3] * [1.0, 1.0, 0.5]  # two cycles: the last moment's share is the half before it
    assert part.sum() == pytest.approx(4.0)
    assert cost("simpson", 4.0) == pytest.approx(1000.0 * (part * (alive[:3] - alive[6])).sum(), rel=1e-9)
