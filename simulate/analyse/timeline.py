"""Costs by time since entry: the same histories, cut at each of several months and valued undiscounted.

Cutting splits every basis exactly (time, bands of stays, n-th events, delivery, time under a component), by month as by
year, since a history up to a moment does not depend on what follows. Time before the end does: it is counted back along
whole histories, up to each moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.contract import CostItem, DecisionProblem, Delivery
from parameters.arrays import Floats
from parameters.ground.brief import Brief
from parameters.units import MONTHS_PER_YEAR
from simulate.engine.statistics import UNDISCOUNTED
from simulate.evaluate.valuation import cost_by_item
from simulate.result.payers import costs_by_item
from simulate.result.result import Result
from simulate.running.running import simulate_draws

MONTHLY = 24  # months told singly; after these, years
ENTRY = 1e-7  # years (three seconds): what has fallen due by then falls due on entry


@dataclass(frozen=True, eq=False, repr=False)
class Timeline(Brief):
    """Cumulative cost per person, money, undiscounted, by cost item."""

    months: Floats  # [times] since entry: 0, then rising to the end of follow-up; whole years are among them
    cost: Floats  # [draw, strategy, time, item]; at 0, what falls due on entry
    items: tuple[CostItem, ...]


def timeline(
    result: Result, *, threads: int | None = None, progress: Callable[[int, int], None] | None = None
) -> Timeline:
    """What the people of a result have cost up to each month of two years, then each year, to the end of follow-up.

    The same draws and people again, followed up to each of these times; the last is the result's own.
    """
    problem = result.case.problem
    horizon = result.statistics.horizon
    at = cuts(horizon)
    last = {k: item for k, item in enumerate(problem.costs) if item.before is not None}
    found, before = [], {}
    for done, years in enumerate(at[:-1]):
        cut = replace(result.case, setting=replace(result.case.setting, horizon=years))
        asked = result.asked.of(cut).plain()
        found.append(costs_by_item(result, result.with_rare(simulate_draws(asked, result.draws, threads=threads))[0]))
        if last and done == 0:
            before = _before_the_end(result, last, at[:-1], threads)
        for k, item in last.items():
            found[done][:, :, k] = before[item.name, done]
        if progress is not None:
            progress(done + 1, len(at))
    found.append(costs_by_item(result, result.counted))
    months = np.array([0.0, *(years * MONTHS_PER_YEAR for years in at[1:])])
    return Timeline(np.round(months, 9), np.stack(found, axis=2), problem.costs)


def _before_the_end(
    result: Result, items: Mapping[int, CostItem], at: Sequence[float], threads: int | None
) -> dict[tuple[str, int], Floats]:
    """Undiscounted cost of items counted back from the end, of whole histories, up to each time, [draws, strategies].

    By the item's name and the position of the time.
    """
    case = result.case
    named = {(c.name, i): _until(c, f"{c.name}_{i}", years) for c in items.values() for i, years in enumerate(at)}
    bare = replace(case.setting, costs=None, shown=(), trial=None)
    alone: dict[str, Any] = {
        "costs": tuple(named.values()),
        "utilities": (),
        "breakevens": (),
        "thresholds": {},
        "settings": (bare,),
    }
    cut = replace(case, problem=replace(case.problem, **alone), setting=bare)
    statistics = simulate_draws(result.asked.of(cut).plain(), result.draws, threads=threads)
    found = cost_by_item(cut.problem, result.draws, statistics, rate=UNDISCOUNTED)
    return {place: found[item.name] for place, item in named.items()}


def _until(item: CostItem, name: str, years: float) -> CostItem:
    assert item.before is not None
    return replace(item, name=name, before=replace(item.before, until=min(years, item.before.until)))


def cuts(horizon: float) -> list[float]:
    """Years since entry at which histories are cut: entry, months, then years, and the horizon."""
    months = [m / MONTHS_PER_YEAR for m in range(1, MONTHLY + 1)]
    later = [float(y) for y in range(MONTHLY // MONTHS_PER_YEAR + 1, math.ceil(horizon))]
    return [min(ENTRY, horizon / 2), *(t for t in (*months, *later) if t < horizon - 1e-9), horizon]


def undated(problem: DecisionProblem) -> list[str]:
    """Savings that are told for each person who took something up, and so have no time of their own."""
    return [item.label or item.name for item in problem.costs if item.sign < 0 and isinstance(item.basis, Delivery)]
