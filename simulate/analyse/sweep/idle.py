"""Parameters that move nothing, and whether that is only because another stands exactly where it has no effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Unpack

import numpy as np

from models.contract import parameter_names
from parameters import Parameter
from parameters.arrays import Floats
from parameters.expressions.formula import Formula
from simulate.analyse.sweep.cells import CellOptions, Ranges, simulate_cells
from simulate.ask.case import Case
from simulate.evaluate.decision.acceptability import net_benefit
from simulate.evaluate.decision.equality import settled
from simulate.result.result import Result

RATIOS = ("ratio", "odds")  # units in which 1 is no effect
MOST_PEOPLE = 2000  # enough to see whether anything moves; how much is not told


class Idle(NamedTuple):
    """A parameter that moves no strategy's incremental net benefit, every other at its point estimate."""

    name: str
    held_by: str | None  # a parameter without effect at its point estimate; away from there, this one moves
    at: float | None  # where that stands, in its own unit
    away: float | None  # where it was put

    def row(self, case: Case) -> dict[str, Any]:
        """As JSON holds it."""
        held = None if self.held_by is None else case.parameters[self.held_by].label
        label = case.parameters[self.name].label
        return {"parameter": self.name, "label": label, **self._asdict(), "held_by_label": held}


def idle(
    case: Case, names: Iterable[str], ranges: Ranges, base: Result, threshold: float, **options: Unpack[CellOptions]
) -> tuple[Idle, ...]:
    """Each of `names`, which move nothing, with what holds it still; prices, quantities and utilities alone are tried.

    Every parameter without effect at its point estimate is put to an end of its 95% interval, and the names moved
    again, on few people. `base` is the sweep's result, `options` those it was asked with.
    """
    still = list(names)
    tried = [n for n in still if n not in case.simulated()]
    found: dict[str, Idle] = {n: Idle(n, None, None, None) for n in still}
    few: CellOptions = {**options, "people": min(base.options.people, MOST_PEOPLE), "calibration": base.calibration}
    for null, at, away in nulls(case) if tried else ():
        waiting = [n for n in tried if found[n].held_by is None and n != null]
        if waiting:
            for name in _moved(case, waiting, ranges, {null: away}, threshold, few):
                found[name] = Idle(name, null, at, away)
    return tuple(found.values())


def nulls(case: Case) -> list[tuple[str, float, float]]:
    """Parameters that stand exactly where they have no effect: name, that value, and an end of their 95% interval.

    Those that make strategies differ: what they do, what that is solved from, and what is counted of it.
    """
    problem, found = case.problem, []
    read = set(parameter_names((problem.strategies, problem.costs, problem.effects, case.setting.targets)))
    for name in (n for n in case.names() if n in read):
        record = case.parameters[name]
        at = float(record.distribution.point)
        ends = [x for x in _interval(case, record) if x != at]
        if at == no_effect(record) and ends:
            found.append((name, at, ends[0]))
    return found


def no_effect(record: Parameter) -> float:
    """Where a parameter has none: 1 for a ratio, 0 for anything else."""
    return 1.0 if record.unit in RATIOS else 0.0


def _interval(case: Case, record: Parameter) -> tuple[float, float]:
    """The 95% interval; that of the shipped record where the user has fixed it."""
    shipped = case.parameters.shipped.get(record.name, record)
    found = shipped if record.is_set else record
    if isinstance(found.distribution, Formula):  # which has none
        found = record
    low, high = found.distribution.interval95()
    return float(low), float(high)


def _moved(
    case: Case, names: Sequence[str], ranges: Ranges, woken: dict[str, float], threshold: float, options: CellOptions
) -> list[str]:
    """Those of `names` that move some strategy's increment with `woken` in force."""
    cells = [{**woken, n: end} for n in names for end in ranges[n]]
    result = simulate_cells(case, cells, **options)
    worth = settled_increments(result, threshold)[1:]
    return [n for k, n in enumerate(names) if (worth[2 * k] != worth[2 * k + 1]).any()]


def settled_increments(result: Result, threshold: float) -> Floats:
    """Incremental net benefit, money, [cells, strategies]; cells that differ by rounding only are equal."""
    worth = net_benefit(result.cost, result.effect, threshold)
    return settled(worth - worth[:, :1], np.abs(worth) + np.abs(worth[:, :1]), axis=0)


__all__ = ["Idle", "idle", "no_effect", "nulls", "settled_increments"]
