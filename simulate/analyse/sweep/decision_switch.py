"""Where the decision changes as one parameter moves: the highest price at which a strategy is still worth having."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from parameters.arrays import Floats
from parameters.ground.brief import Brief
from simulate.analyse.sweep.cells import CellOptions, Ranges, ranges_of, simulate_cells
from simulate.analyse.sweep.idle import Idle, idle, settled_increments
from simulate.ask.case import AnyCase, as_case
from simulate.evaluate.decision.acceptability import benefit_at, net_benefit
from simulate.evaluate.decision.equality import apart, best
from simulate.evaluate.uncertainty.precision import number_or_none
from simulate.process.shown import Finding
from simulate.result.judgement import (
    base_case_worth,
    best_new_strategy,
    chosen_threshold,
    error,
    how_judged,
    refuse_judgement,
)
from simulate.result.plain import rows_of
from simulate.result.result import Result

if TYPE_CHECKING:
    import pandas as pd

POINTS = 9  # at which a parameter of the simulation is tried first
INSIDE, ROUNDS = 4, 3  # points inside a bracket, and how often it is narrowed: 1/5 each time
STRAIGHT = 1e-9  # relative to the values, how far the middle may lie off the line


@dataclass(frozen=True)
class SwitchAt:
    """A value of the parameter at which another strategy becomes the best."""

    value: float
    below: str  # best below it
    above: str
    exact: bool  # from linearity, rather than bracketed
    error: float  # Monte Carlo standard error of the value

    def row(self) -> dict[str, Any]:
        """As a table holds it."""
        how = "exact: net benefit is linear in it" if self.exact else "bracketed"
        return {"value": self.value, "below": self.below, "above": self.above, "how": how, "mcse": self.error}


@dataclass(frozen=True, eq=False, repr=False)
class Switching(Brief, Finding):
    """How net benefit and the best strategy move with one parameter, every other at its point estimate."""

    result: Result  # draws: the base case, then the values tried, ascending
    name: str
    range: tuple[float, float]
    strategy: str
    threshold: float
    inside: tuple[SwitchAt, ...]
    outside: tuple[SwitchAt, ...]  # where the line is exact, changes beyond the range, at values the unit allows
    idle: tuple[Idle, ...] = ()  # the parameter, where it moves nothing, and what holds it still

    @property
    def kind(self) -> str:
        """What was asked for, by the name of its files."""
        return "threshold"

    @property
    def tried(self) -> Floats:
        """Values of the parameter, ascending, in its own unit."""
        return self.result.drawn.column(self.name)[1:]

    def worth(self) -> Floats:
        """Incremental net benefit of every strategy at the values tried, money per person, [values, strategies]."""
        worth = _worth(self.result, self.threshold)[1:]
        return apart(worth, worth[:, :1])

    def verdict(self) -> str:
        """The answer as a sentence."""
        low, high = self.range
        unit = self.result.case.parameters[self.name].unit
        within = f"{self.name} from {low:.6g} to {high:.6g} {unit}"
        if self.inside:
            changes = "; ".join(f"{s.below} is best below {s.value:.6g}, {s.above} above" for s in self.inside)
            return f"Within {within}: {changes}."
        always = self.result.strategies[int(best(self.worth()[0]))]
        beyond = "; ".join(f"beyond it, {s.below} is best below {s.value:.6g}, {s.above} above" for s in self.outside)
        return f"No change within {within}: {always} is best throughout" + (f"; {beyond}." if beyond else ".")

    def table(self) -> pd.DataFrame:
        """One row a value tried: incremental net benefit of each strategy and the best one."""
        import pandas as pd

        worth, names = self.worth(), self.result.strategies
        columns: dict[str, Any] = {self.name: self.tried}
        columns |= {f"incremental_nmb_{s}": worth[:, i] for i, s in enumerate(names) if i}
        return pd.DataFrame({**columns, "best": [names[i] for i in best(worth)]})

    def summary(self) -> dict[str, Any]:
        """What ``recovery-cea sweep --switch --json`` prints."""
        low, high = self.range
        record = self.result.case.parameters[self.name]
        parameter = {"name": self.name, "label": record.label, "unit": record.unit, "low": low, "high": high}
        return {
            **how_judged(self.result, self.kind, self.strategy, self.threshold),
            "parameter": {**parameter, "point": record.distribution.point},
            "switches": [_plain(s) for s in self.inside],
            "outside": [_plain(s) for s in self.outside],
            "verdict": self.verdict(),
            "idle": [i.row(self.result.case) for i in self.idle],
            "rows": rows_of(self.table()),
        }


def _plain(switch: SwitchAt) -> dict[str, Any]:
    return {**switch.row(), "mcse": number_or_none(switch.error)}


def threshold_value(
    case: AnyCase,
    name: str,
    *,
    ranges: Ranges | None = None,
    threshold: float | None = None,
    strategy: str | None = None,
    **options: Unpack[CellOptions],
) -> Switching:
    """Where the best strategy changes as `name` moves over its range; arguments as of ``one_way``.

    A price, quantity or utility enters net benefit linearly: the value is exact for the people simulated, and told
    even where it lies outside the range. For what the simulation reads it is bracketed, on the same people; a change
    that comes and goes between two neighbouring values tried is not seen. Errors: ``InputError`` and ``ModelError``.
    """
    case = as_case(case)
    refuse_judgement(case, threshold, strategy, effect=options.get("effect"), perspective=options.get("perspective"))
    low, high = ranges_of(case, (name,), ranges)[name]
    simulated = name in case.simulated()

    result = simulate_cells(case, [{name: float(v)} for v in np.linspace(low, high, POINTS)], **options)

    again: CellOptions = {**options, "calibration": result.calibration}

    def at(values: Floats) -> Result:
        cells = [{name: float(v)} for v in values]
        return simulate_cells(case, cells, **again)

    threshold = chosen_threshold(result, threshold)
    chosen = best_new_strategy(result, strategy, base_case_worth(result, threshold))
    x, worth = result.drawn.column(name)[1:], _worth(result, threshold)[1:]
    if not simulated and _straight(worth):
        everywhere = _crossings(result, x, worth, threshold)
        allowed = [s for s in everywhere if case.parameters[name].refusal(s.value) is None]
        inside = tuple(s for s in allowed if low <= s.value <= high)
        outside = tuple(s for s in allowed if not low <= s.value <= high)
        found = Switching(result, name, (low, high), chosen, threshold, inside, outside)
        if np.ptp(settled_increments(result, threshold)[1:], axis=0).any():
            return found
        return replace(found, idle=idle(case, [name], {name: (low, high)}, result, threshold, **options))
    inside = tuple(_bracketed(at, name, x, worth, k, threshold) for k in _changes(worth))
    return Switching(result, name, (low, high), chosen, threshold, inside, ())


def _worth(result: Result, threshold: float) -> Floats:
    return net_benefit(result.cost, result.effect, threshold)


def _changes(worth: Floats) -> list[int]:
    """Positions k at which another strategy is best at k + 1 than at k."""
    first = best(worth)
    return [int(k) for k in np.flatnonzero(first[1:] != first[:-1])]


def _straight(worth: Floats) -> bool:
    """Whether every strategy's net benefit lies on a line through its ends."""
    share = np.linspace(0, 1, len(worth))[:, None]
    line = worth[0] + share * (worth[-1] - worth[0])
    return bool(np.abs(worth - line).max() <= STRAIGHT * max(1.0, np.abs(worth).max()))


def _crossings(result: Result, x: Floats, worth: Floats, threshold: float) -> list[SwitchAt]:
    """Every corner of the upper envelope of straight lines of net benefit, ascending."""
    slope = (worth[-1] - worth[0]) / (x[-1] - x[0]) if x[-1] > x[0] else np.zeros(worth.shape[1])
    start = worth[0] - slope * x[0]
    rounding = STRAIGHT * max(1.0, np.abs(worth).max()) / max(np.ptp(x), 1e-300)
    found = []
    for i in range(len(slope)):
        for j in range(len(slope)):
            if slope[j] - slope[i] <= rounding:
                continue
            value = float((start[i] - start[j]) / (slope[j] - slope[i]))
            if (start + slope * value).max() <= start[i] + slope[i] * value + STRAIGHT * max(1.0, abs(start[i])):
                below, above = result.strategies[i], result.strategies[j]
                gap = _gap_error(result, 0, i, j, threshold) / abs(slope[j] - slope[i])
                found.append(SwitchAt(value, below, above, True, float(gap)))
    return sorted(found, key=lambda s: s.value)


def _gap_error(result: Result, row: int, i: int, j: int, threshold: float) -> float:
    """MCSE of the difference in net benefit of two strategies in a draw."""
    batches = benefit_at(threshold, result.values.cost[row], result.values.effect[row])
    return error(result, batches[j] - batches[i])


def _bracketed(
    at: Callable[[Floats], Result], name: str, x: Floats, worth: Floats, k: int, threshold: float
) -> SwitchAt:
    """The value between x[k] and x[k + 1] at which the two best strategies there are worth the same."""
    i, j = int(best(worth[k])), int(best(worth[k + 1]))
    ends, gaps = x[[k, k + 1]], (worth[:, j] - worth[:, i])[[k, k + 1]]
    for _ in range(ROUNDS):
        values = np.linspace(ends[0], ends[1], INSIDE + 2)
        result = at(values[1:-1])
        found = _worth(result, threshold)[1:]
        gap = np.concatenate([gaps[:1], found[:, j] - found[:, i], gaps[1:]])
        better = gap[1:] > 0 if i < j else gap[1:] >= 0  # of a tie the first is best
        m = int(np.flatnonzero(better)[0])  # the first interval at whose end the new strategy is best
        ends, gaps = values[[m, m + 1]], gap[[m, m + 1]]
    value = float(ends[0] - gaps[0] * (ends[1] - ends[0]) / (gaps[1] - gaps[0]))
    slope = abs(worth[k + 1, j] - worth[k + 1, i] - worth[k, j] + worth[k, i]) / (x[k + 1] - x[k])
    doubt = _gap_error(result, 1, i, j, threshold) / slope if slope > 0 else float("nan")
    return SwitchAt(value, result.strategies[i], result.strategies[j], False, float(doubt))


__all__ = ["SwitchAt", "Switching", "threshold_value"]
