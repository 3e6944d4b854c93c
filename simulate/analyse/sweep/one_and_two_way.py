"""One parameter at a time (a tornado), and two together (a grid)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from models.contract import ModelError
from parameters.arrays import Floats
from parameters.ground.brief import Brief
from simulate.analyse.sweep.cells import OUTCOMES, CellOptions, Ranges, ranges_of, simulate_cells
from simulate.analyse.sweep.idle import Idle, idle
from simulate.ask.case import AnyCase, as_case
from simulate.evaluate.decision.acceptability import net_benefit
from simulate.evaluate.decision.equality import RELATIVE, best
from simulate.evaluate.sensitivity.one_at_a_time import tornado
from simulate.evaluate.uncertainty.precision import number_or_none
from simulate.process.shown import Finding
from simulate.result.judgement import (
    base_case_worth,
    batch_increments,
    best_new_strategy,
    chosen_threshold,
    error,
    how_judged,
    increments,
    refuse_judgement,
)
from simulate.result.plain import rows_of
from simulate.result.result import Result

if TYPE_CHECKING:
    import pandas as pd

POINTS = 11  # of a grid, along each side


@dataclass(frozen=True, eq=False, repr=False)
class OneWay(Brief, Finding):
    """A tornado: the base case, then each parameter at its low and at its high value."""

    result: Result  # draws: the base case, low and high of the first name, of the second, …
    names: tuple[str, ...]
    ranges: Ranges
    strategy: str
    threshold: float  # money per unit of effect
    idle: tuple[Idle, ...] = ()  # those that do not move net benefit, and what holds them still

    @property
    def kind(self) -> str:
        """What was asked for, by the name of its files."""
        return "one_way"

    def base(self, outcome: str = "nmb") -> float:
        """The base case's increment: "nmb", "cost" or "effect"."""
        return float(increments(self.result, self.strategy, self.threshold)[outcome][0])

    def base_error(self, outcome: str = "nmb") -> float:
        """Its Monte Carlo standard error."""
        return error(self.result, batch_increments(self.result, self.strategy, self.threshold)[outcome][0])

    def tornado(self, outcome: str = "nmb") -> pd.DataFrame:
        """One row a parameter, widest swing first (see ``evaluate.tornado``), with the swing's MCSE, label and unit."""
        values = increments(self.result, self.strategy, self.threshold)[outcome]
        low, high = np.array([self.ranges[n] for n in self.names]).T
        reach = max(np.abs(self.result.cost[0]).max(), self.threshold * np.abs(self.result.effect[0]).max())
        scale = float(np.abs(self.result.effect[0]).max()) if outcome == "effect" else float(reach)
        frame = tornado(self.names, values[1::2], values[2::2], values[0], low, high, nothing_below=RELATIVE * scale)
        batches = batch_increments(self.result, self.strategy, self.threshold)[outcome]
        errors = {
            name: error(self.result, batches[2 + 2 * k] - batches[1 + 2 * k]) for k, name in enumerate(self.names)
        }
        records = self.result.case.parameters
        frame["swing_mcse"] = [errors[n] for n in frame["parameter"]]
        frame.insert(1, "label", [records[n].label for n in frame["parameter"]])
        frame.insert(2, "unit", [records[n].unit for n in frame["parameter"]])
        frame.insert(0, "outcome", outcome)
        return frame

    def end_errors(self, outcome: str = "nmb") -> dict[str, tuple[float, float]]:
        """By parameter, MCSE of how far its low and its high value move the outcome from the base case."""
        batches = batch_increments(self.result, self.strategy, self.threshold)[outcome]
        found = [error(self.result, end - batches[0]) for end in batches[1:]]
        return dict(zip(self.names, zip(found[::2], found[1::2], strict=True), strict=True))

    def table(self) -> pd.DataFrame:
        """The tornados on incremental net benefit, cost and effect, one below another."""
        import pandas as pd

        return pd.concat([self.tornado(o) for o in OUTCOMES], ignore_index=True)

    def summary(self) -> dict[str, Any]:
        """What ``recovery-cea sweep --one-way --json`` prints."""
        base = {o: {"value": self.base(o), "mcse": number_or_none(self.base_error(o))} for o in OUTCOMES}
        return {
            **how_judged(self.result, self.kind, self.strategy, self.threshold),
            "base": base,
            "idle": [i.row(self.result.case) for i in self.idle],
            "rows": rows_of(self.table()),
        }


def one_way(
    case: AnyCase,
    names: Sequence[str] = (),
    *,
    ranges: Ranges | None = None,
    threshold: float | None = None,
    strategy: str | None = None,
    **options: Unpack[CellOptions],
) -> OneWay:
    """Each of `names` (all uncertain parameters when empty) from its low to its high value, others at their point.

    Low and high are the 95% interval's, or those in `ranges`. `threshold` is in money per unit of effect (the
    setting's usual one when not given), `strategy` the one compared with the comparator (the best of the others when
    not given); `options` are those of ``simulate_cells``. Correlations between parameters are left out. Raises
    ``InputError``.
    """
    case = as_case(case)
    refuse_judgement(case, threshold, strategy, effect=options.get("effect"), perspective=options.get("perspective"))
    asked = tuple(dict.fromkeys([*names, *(n for n in ranges or {} if names)] or case.uncertain()))
    if not asked:
        raise ModelError(f"{case.problem.id}: no parameter is uncertain; give ranges")
    found = ranges_of(case, asked, ranges)
    result = simulate_cells(case, [{n: value} for n in asked for value in found[n]], **options)
    at = chosen_threshold(result, threshold)
    moved = OneWay(result, asked, found, best_new_strategy(result, strategy, base_case_worth(result, at)), at)
    frame = moved.tornado()
    still = list(frame["parameter"][frame["direction"] == "none"])
    return replace(moved, idle=idle(case, still, found, result, at, **options))


@dataclass(frozen=True, eq=False, repr=False)
class TwoWay(Brief, Finding):
    """A grid of two parameters, every other at its point estimate."""

    result: Result  # draws: the base case, then the grid, the second parameter fastest
    names: tuple[str, str]
    grid: tuple[Floats, Floats]
    strategy: str
    threshold: float

    @property
    def kind(self) -> str:
        """What was asked for, by the name of its files."""
        return "two_way"

    def surface(self, outcome: str = "nmb") -> Floats:
        """An increment over the grid, [first, second]."""
        values = increments(self.result, self.strategy, self.threshold)[outcome][1:]
        return values.reshape(len(self.grid[0]), len(self.grid[1]))

    def base(self) -> tuple[float, float]:
        """The point estimates of the two."""
        first, second = (float(self.result.drawn.column(n)[0]) for n in self.names)
        return first, second

    def table(self) -> pd.DataFrame:
        """One row a cell, the base case first: the two inputs, increments and the strategy that is best."""
        import pandas as pd

        worth = net_benefit(self.result.cost, self.result.effect, self.threshold)
        first = [self.result.strategies[i] for i in best(worth)]
        columns: dict[str, Any] = {n: self.result.drawn.column(n) for n in self.names}
        found = increments(self.result, self.strategy, self.threshold)
        columns |= {f"incremental_{o}": found[o] for o in OUTCOMES}
        return pd.DataFrame({"cell": ["base", *["grid"] * (len(first) - 1)], **columns, "best": first})

    def summary(self) -> dict[str, Any]:
        """What ``recovery-cea sweep --two-way --json`` prints."""
        return {**how_judged(self.result, self.kind, self.strategy, self.threshold), "rows": rows_of(self.table())}


def two_way(
    case: AnyCase,
    first: str,
    second: str,
    *,
    ranges: Ranges | None = None,
    points: int = POINTS,
    threshold: float | None = None,
    strategy: str | None = None,
    **options: Unpack[CellOptions],
) -> TwoWay:
    """A grid of `points` x `points` over the ranges of two parameters; arguments as of ``one_way``.

    ``InputError`` for a name or range, ``ModelError`` for what cannot be judged.
    """
    case = as_case(case)
    refuse_judgement(case, threshold, strategy, effect=options.get("effect"), perspective=options.get("perspective"))
    if first == second:
        raise ModelError(f"two-way: {first} twice; allowed: two different parameters")
    if points < 3:
        raise ModelError(f"points: {points}; need at least 3")
    found = ranges_of(case, (first, second), ranges)
    a, b = (np.linspace(*found[n], points) for n in (first, second))
    cells = [{first: float(x), second: float(y)} for x in a for y in b]
    result = simulate_cells(case, cells, **options)
    at = chosen_threshold(result, threshold)
    return TwoWay(result, (first, second), (a, b), best_new_strategy(result, strategy, base_case_worth(result, at)), at)
