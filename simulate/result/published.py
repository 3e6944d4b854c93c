"""Published results beside ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.contract import ItemCost, PublishedResult
from parameters.arrays import Floats
from parameters.units import from_engine, price_index
from simulate.evaluate.measures import measure, needs_people
from simulate.evaluate.uncertainty.precision import number_or_none
from simulate.evaluate.valuation import cost_by_item
from simulate.result.scales import times_of
from simulate.result.valued import Valued


def shown_row(result: Valued, item: PublishedResult) -> dict[str, Any]:
    """One published result and ours, by strategy; ours is None where it needs totals that the run did not keep."""
    return {
        "label": item.label,
        "unit": item.unit,
        "price_year": item.price_year or None,
        "published": dict(item.published),
        "simulated": _ours(result, item),
        "source": item.source,
        "note": item.note,
        "difference": item.difference or item.statistic == "icer",
        "by_construction": item.by_construction,
    }


def _ours(result: Valued, item: PublishedResult) -> dict[str, float | None]:
    if item.statistic == "icer":
        d_cost, d_effect = ((x - x[:, :1]).mean(axis=0) for x in (result.cost, result.effect))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = d_cost / d_effect
    else:
        values = _values(result, item)
        if values is None:
            return dict.fromkeys(result.strategies)
        if item.scale:
            scale = next(s for s in result.case.problem.scales if s.name == item.scale)
            values = values * times_of(result, scale)
        found = ((values - values[:, :1]) if item.difference else values).mean(axis=0)
    told = from_engine(found, item.unit) / (price_index().factor(item.price_year) if item.price_year else 1.0)
    ours: dict[str, float | None] = {s: number_or_none(float(told[i])) for i, s in enumerate(result.strategies)}
    if item.difference or item.statistic == "icer":
        del ours[result.strategies[0]]
    return ours


def _values(result: Valued, item: PublishedResult) -> Floats | None:
    """[draws, strategies], or None."""
    if item.statistic == "cost":
        return result.cost
    if item.statistic == "effect":
        return result.effect
    if isinstance(item.statistic, ItemCost):
        return cost_by_item(result.case.problem, result.draws, result.counted)[item.statistic.item]
    assert not isinstance(item.statistic, str)
    if needs_people((item.statistic,)) and result.statistics.person_time.size == 0:
        return None
    return measure(item.statistic, result.statistics, result.case.problem)
