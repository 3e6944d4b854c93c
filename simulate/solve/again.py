"""Engine parameters solved again for each cell of a sensitivity analysis, all cells at once and on the same people.

A cell's figures are brought as near to what was published as the base case's own solution is: to the base case's
residual on the same people. The tolerance of that solution then cancels in differences between cells, a cell that
equals the base case keeps its bits, and so does one whose parameters the targets do not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from models.contract import DecisionProblem, Setting
from parameters import Draws, ParameterSet
from parameters.arrays import Floats
from simulate.solve.calibration import Calibration
from simulate.solve.given import point_of, with_given
from simulate.solve.simulator import STEP, Simulator, make_simulator
from simulate.solve.targets import TOLERANCE, CalibrationError, goals_of, nulls_of, unit_of

Values = Mapping[str, Floats]

SEARCH_PEOPLE = 10_000
PEOPLE = 40_000  # noise that differs between a cell and the base case, on the same people, is a fraction of this run's
NEWTON, CHORD = 2, 4  # steps with slopes of its own on few people, then with the same slopes on many
CLOSE = 4e-4  # on the transformed scale (log or logit), a fifth of the base case's own tolerance


def recalibrated(
    problem: DecisionProblem,
    setting: Setting,
    parameters: ParameterSet,
    base: Calibration,
    cells: Draws,
    *,
    threads: int | None = None,
) -> Draws:
    """`cells` (one a draw) with engine parameters solved for each; `base` is the calibration at the point estimates.

    Raises ``CalibrationError`` naming a target that no engine parameter can reach in some cell.
    """
    if not base.targets:
        return base.apply(cells)
    ready = with_given(setting, cells)
    values = {n: ready.engine(n) for n in base.names}
    matrix = np.column_stack([values[n] for n in base.names])
    _, first, which = np.unique(matrix, axis=0, return_index=True, return_inverse=True)
    some = {n: v[first] for n, v in values.items()}
    simulator = make_simulator(problem, setting, parameters, threads)
    centre = {n: np.array([point_of(parameters, setting, n)]) for n in base.names}
    x = _Search(simulator, base, centre, some).solved()[which.ravel()]
    return replace(base, mapped=lambda _: (x, np.ones(len(x), dtype=np.bool_))).apply(cells)


class _Search:
    """Newton's method for many cells at once."""

    def __init__(self, simulator: Simulator, base: Calibration, centre: Values, values: Values):
        self.simulator, self.centre, self.values = simulator, centre, values
        targets = base.targets
        self.rows = len(next(iter(values.values())))
        self.null = nulls_of(targets, base.alone, values, self.rows)  # these are exactly 1, whatever else is solved
        self.goals = goals_of(targets, values)
        self.x0 = np.log(base.value * np.array([unit_of(t) for t in targets]))
        self.at_centre = goals_of(targets, centre)[0]
        self.start = np.where(nulls_of(targets, base.alone, centre, 1)[0], 0.0, self.x0)
        if not np.isfinite(self.goals).all():
            _, j = np.argwhere(~np.isfinite(self.goals))[0]
            raise CalibrationError(f"{targets[j].published}: {targets[j].unknown} cannot be found at such a value")

    def solved(self) -> Floats:
        """Log engine parameters [cell, target]."""
        x = np.repeat(self.x0[None, :], self.rows, axis=0)
        moved, offset = self._moved()
        if not len(moved):
            return x
        at, slopes = self._newton(moved, offset)
        x[moved] = self._chord(moved, at, slopes)
        return x

    def _figures(self, cells: npt.NDArray[np.int64], x: Floats, people: int) -> Floats:
        """Transformed figures [row, target] for log engine parameters `x` of those cells."""
        return np.asarray(self.simulator({n: v[cells] for n, v in self.values.items()}, x, people))

    def _base(self, people: int) -> Floats:
        """The base case's figures on so many people, [target]."""
        return np.asarray(self.simulator(self.centre, self.start[None, :], people)[0])

    def _moved(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """Cells whose targets or figures are not the base case's to the last bit, and its residual [target]."""
        base = self._base(SEARCH_PEOPLE)
        figures = self._figures(np.arange(self.rows), np.where(self.null, 0.0, self.start), SEARCH_PEOPLE)
        same = (figures == base).all(axis=1) & (self.goals == self.at_centre).all(axis=1)
        return np.flatnonzero(~same), base - self.at_centre

    def _newton(self, cells: npt.NDArray[np.int64], offset: Floats) -> tuple[Floats, Floats]:
        """Nearly solved parameters and the figures' slopes there, [cell, target, unknown]."""
        k, null = len(self.x0), self.null[cells]
        x = np.where(null, 0.0, self.start)
        for _ in range(NEWTON):
            moved = np.concatenate([x, *(x + STEP * e for e in np.eye(k))])
            y = self._figures(np.tile(cells, k + 1), moved, SEARCH_PEOPLE).reshape(k + 1, len(cells), k)
            slopes = np.moveaxis((y[1:] - y[0]) / STEP, 0, 2)
            x = self._stepped(x, self.goals[cells] + offset - y[0], slopes, null, 1.0)
        return x, slopes

    def _chord(self, cells: npt.NDArray[np.int64], x: Floats, slopes: Floats) -> Floats:
        """Solved on many people, each cell until it is close; the nearest it came to."""
        wanted = self.goals[cells] + self._base(PEOPLE) - self.at_centre
        best, nearest = x.copy(), np.full(len(x), np.inf)
        active = np.arange(len(x))
        for _ in range(CHORD):
            gap = wanted[active] - self._figures(cells[active], x[active], PEOPLE)
            miss = np.abs(np.where(self.null[cells[active]], 0.0, gap)).max(axis=1)
            better = active[miss < nearest[active]]
            best[better], nearest[active] = x[better], np.minimum(miss, nearest[active])
            x[active] = self._stepped(x[active], gap, slopes[active], self.null[cells[active]], 0.5)
            active = active[miss > CLOSE]
            if not len(active):
                break
        self._refuse(nearest, cells)
        return best

    def _stepped(self, x: Floats, gap: Floats, slopes: Floats, null: npt.NDArray[np.bool_], most: float) -> Floats:
        steps = np.stack([_least_squares(s, g, free) for s, g, free in zip(slopes, gap, ~null, strict=True)])
        return np.asarray(np.where(null, 0.0, x + np.clip(steps, -most, most)))

    def _refuse(self, nearest: Floats, cells: npt.NDArray[np.int64]) -> None:
        bad = int(np.argmax(nearest))
        if not nearest[bad] < 10 * TOLERANCE:  # not a number is refused as well
            differ = [n for n, v in self.values.items() if v[cells[bad]] != self.centre[n][0]]
            told = ", ".join(f"{n} = {self.values[n][cells[bad]]:.6g} (engine units)" for n in differ)
            raise CalibrationError(f"the setting's targets cannot be solved for at {told}")


def _least_squares(slopes: Floats, gap: Floats, free: npt.NDArray[np.bool_]) -> Floats:
    """The step of the free unknowns that closes the gap; 0 for the others."""
    step = np.zeros(len(free))
    if free.any() and np.isfinite(slopes).all() and np.isfinite(gap).all():
        rows: Sequence[bool] = free.tolist()
        step[free] = np.linalg.lstsq(slopes[rows][:, rows], gap[rows], rcond=None)[0]
    return step
