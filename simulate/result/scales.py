"""Results told for a whole, such as a service-year, beside each person."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.contract import (
    CostItem,
    DecisionProblem,
    EventCount,
    MeanTime,
    Pathway,
    Scale,
    StateTime,
    StayBand,
    When,
)
from parameters.arrays import Floats
from simulate.engine.lower.quantities import make_lookup
from simulate.evaluate.decision.equality import apart
from simulate.evaluate.measures import measure
from simulate.evaluate.uncertainty.precision import mean_and_interval
from simulate.evaluate.valuation import cost_by_item
from simulate.result.per_person import event_counts
from simulate.result.valued import Valued


def scaled_rows(result: Valued, scale: Scale) -> list[dict[str, Any]]:
    """For one scale and each strategy: cost, effect and events for so much time, and new minus comparator.

    A mean per person over the mean time a person spends where the scale's condition holds, times the years that make
    up the scale. Means are ratios of means in each draw, so intervals are those over draws. Only what lies
    within that condition is told, and neither what people cost elsewhere nor their quality of life there.
    """
    times = times_of(result, scale)
    told = _within(result, scale)
    rows = []
    for i, strategy in enumerate(result.strategies):
        for name, values in told.items():
            mine = values * times
            rows.append(
                {
                    "scale": scale.name,
                    "strategy": strategy,
                    "measure": name,
                    **_described(mine[:, i]),
                    "difference": None if i == 0 else _described(apart(mine[:, i], mine[:, 0])),
                }
            )
    return rows


def _within(result: Valued, scale: Scale) -> dict[str, Floats]:
    """Cost, effect and events per person that lie within the scale's condition, each [draws, strategies]."""
    problem, counts = result.case.problem, event_counts(result)
    if not scale.when.levels:
        return {"cost": result.cost, "effect": result.effect, **counts}
    inside = {n for n in counts if _happens_within(problem.pathway, n, scale.when)}
    items = cost_by_item(problem, result.draws, result.statistics, result.options.perspective)
    mine = [items[c.name] for c in problem.counted(result.options.perspective) if _is_within(problem, c, scale.when)]
    told = {"cost": np.sum(mine, axis=0) if mine else np.zeros_like(result.cost)}
    if problem.effect(result.options.effect).averted in inside:
        told["effect"] = result.effect
    return told | {n: x for n, x in counts.items() if n in inside}


def _is_within(problem: DecisionProblem, item: CostItem, when: When) -> bool:
    """Whether an item is of what lies within, or delivers a strategy."""
    if isinstance(item.basis, EventCount):
        return _happens_within(problem.pathway, item.basis.name, when)
    return not isinstance(item.basis, StateTime | StayBand) or item.basis.when.implies(when)


def _happens_within(pathway: Pathway, name: str, when: When) -> bool:
    events = {outcome.split(".")[0] for outcome in pathway.resolve(name)}
    return all(pathway.event(e).when.implies(when) for e in events)


def times_of(result: Valued, scale: Scale) -> Floats:
    """How many people's time makes up a scale of the problem, [draws, strategies]."""
    time = measure(MeanTime(scale.when), result.statistics, result.case.problem)  # years a person
    lookup = make_lookup(result.draws.engine, len(time))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(lookup(scale.years)[:, None] / time)


def _described(values: Floats) -> dict[str, float | None]:
    """Mean and 95% interval over draws."""
    if not np.isfinite(values).all():
        return {"mean": None, "low": None, "high": None}
    return {**mean_and_interval(values)}
