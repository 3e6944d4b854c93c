"""Results told for a whole, such as a service-year, beside each person."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.contract import MeanTime, Scale
from parameters.arrays import Floats
from simulate.engine.lower.quantities import make_lookup
from simulate.evaluate.decision.equality import apart
from simulate.evaluate.measures import measure
from simulate.evaluate.uncertainty.precision import mean_and_interval
from simulate.result.per_person import event_counts
from simulate.result.valued import Valued


def scaled_rows(result: Valued, scale: Scale) -> list[dict[str, Any]]:
    """For one scale and each strategy: cost, effect and events for so much time, and new minus comparator.

    A mean per person over the mean time a person spends where the scale's condition holds, times the years that make
    up the scale. Means are ratios of means in each draw, so intervals are those of the parameters.
    """
    times = times_of(result, scale)
    told = {"cost": result.cost, "effect": result.effect, **event_counts(result)}
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
