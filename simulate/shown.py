"""Published results beside ours, and results for a ward-year and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.contract import ItemCost, MeanTime, Scale, Shown
from parameters.units import price_index
from simulate.engine.lookup import make_lookup
from simulate.evaluate.measures import in_unit, measure, needs_people
from simulate.evaluate.precision import number_or_none, spread
from simulate.evaluate.valuation import cost_by_item

if TYPE_CHECKING:
    from simulate.result import Result

Floats = npt.NDArray[np.float64]

ROUNDING = 1e-12  # relative, of a sum of some thousand times


def shown_row(result: Result, item: Shown) -> dict[str, Any]:
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


def _ours(result: Result, item: Shown) -> dict[str, float | None]:
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
    told = in_unit(found, item.unit) / (price_index().factor(item.price_year) if item.price_year else 1.0)
    ours: dict[str, float | None] = {s: number_or_none(float(told[i])) for i, s in enumerate(result.strategies)}
    if item.difference or item.statistic == "icer":
        del ours[result.strategies[0]]
    return ours


def _values(result: Result, item: Shown) -> Floats | None:
    """[draws, strategies], or None."""
    if item.statistic == "cost":
        return result.cost
    if item.statistic == "effect":
        return result.effect
    if isinstance(item.statistic, ItemCost):
        return cost_by_item(result.case.problem, result.draws, result.statistics)[item.statistic.item]
    assert not isinstance(item.statistic, str)
    if needs_people((item.statistic,)) and result.statistics.person_time.size == 0:
        return None
    return measure(item.statistic, result.statistics, result.case.problem)


def scaled_rows(result: Result, scale: Scale) -> list[dict[str, Any]]:
    """For one scale and each strategy: cost, effect and events for so much time, and new minus comparator.

    A mean per person over the mean time a person spends where the scale's condition holds, times the years that make
    up the scale. Means are ratios of means in each draw, so intervals are those of the parameters.
    """
    times = times_of(result, scale)
    told = {"cost": result.cost, "effect": result.effect, **result.event_counts()}
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
                    "difference": None if i == 0 else _described(_difference(mine[:, i], mine[:, 0])),
                }
            )
    return rows


def _difference(new: Floats, comparator: Floats) -> Floats:
    """New minus comparator; 0 where the two differ by no more than the rounding of a time added up otherwise."""
    apart = new - comparator
    return np.where(np.abs(apart) <= ROUNDING * np.abs(comparator), 0.0, apart)


def times_of(result: Result, scale: Scale) -> Floats:
    """How many people's time makes up a scale of the problem, [draws, strategies]."""
    time = measure(MeanTime(scale.when), result.statistics, result.case.problem)  # years a person
    lookup = make_lookup(result.draws.engine, len(time))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(lookup(scale.years)[:, None] / time)


def _described(values: Floats) -> dict[str, float | None]:
    """Mean and 95% interval over draws."""
    if not np.isfinite(values).all():
        return {"mean": None, "low": None, "high": None}
    return {**spread(values)}
