"""Newton's method for many cells at once, on the same people: what a calibration is away from its centre, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.contract import CalibrationTarget
from parameters.arrays import Bools, Floats, Ints
from simulate.solve.simulator import STEP, Simulator
from simulate.solve.targets import TOLERANCE, CalibrationError, goals_of, nulls_of

Values = Mapping[str, Floats]

SEARCH_PEOPLE = 10_000
PEOPLE = 40_000  # noise that differs between a cell and the base case, on the same people, is a fraction of this run's
STEPS = 6  # on few people, with the slopes of the centre
NEWTON = 2  # with slopes of its own, where those did not do
CHORD = 4  # on many people
SETTLED = 0.02  # a step, after which few people tell no more
NEAR = 10 * TOLERANCE  # solved, if not closely
CLOSE = 4e-4  # on the transformed scale (log or logit), a fifth of the base case's own tolerance


class Search:
    """Newton's method for many cells at once."""

    def __init__(
        self,
        simulator: Simulator,
        targets: Sequence[CalibrationTarget],
        alone: Bools,
        x0: Floats,
        jacobian: Floats,
        centre: Values,
        values: Values,
    ):
        self.simulator, self.centre, self.values = simulator, centre, values
        self.rows = len(next(iter(values.values())))
        self.null = nulls_of(targets, alone, values, self.rows)  # these are exactly 1, whatever else is solved
        self.goals = goals_of(targets, values)
        self.x0, self.jacobian = x0, jacobian
        self.at_centre = goals_of(targets, centre)[0]
        self.start = np.where(nulls_of(targets, alone, centre, 1)[0], 0.0, self.x0)
        if not np.isfinite(self.goals).all():
            _, j = np.argwhere(~np.isfinite(self.goals))[0]
            raise CalibrationError(f"{targets[j].published}: {targets[j].unknown} cannot be found at such a value")

    def solved(self) -> Floats:
        """Log engine parameters [cell, target]."""
        x = np.repeat(self.x0[None, :], self.rows, axis=0)
        moved, offset = self._moved()
        if len(moved):
            start = np.where(self.null[moved], 0.0, self.start)
            slopes = np.repeat(self.jacobian[None, :, :], len(moved), axis=0)
            x[moved], nearest = self._found(moved, start, slopes, offset, STEPS, CLOSE)
            self._refuse(nearest, moved)
        return x

    def solved_from(self, start: Floats, slopes: Floats, steps: int) -> tuple[Floats, Bools]:
        """The same from `start` [cell, target] with slopes [cell, figure, target], in so many `steps` on few people.

        It is for draws far out, as near as the base case itself is solved. And which of them are solved.
        """
        offset = self._base(SEARCH_PEOPLE) - self.at_centre
        start = np.where(self.null, 0.0, start)
        x, nearest = self._found(np.arange(self.rows), start, slopes, offset, steps, TOLERANCE)
        return x, nearest < NEAR

    def off(self, x: Floats, people: int) -> Floats:
        """By how much the figures at `x` [cell, target] miss what they should be, on the transformed scale."""
        wanted = self.goals + self._base(people) - self.at_centre
        return np.asarray(self._figures(np.arange(self.rows), x, people) - wanted)

    def _figures(self, cells: Ints, x: Floats, people: int) -> Floats:
        """Transformed figures [row, target] for log engine parameters `x` of those cells."""
        return np.asarray(self.simulator({n: v[cells] for n, v in self.values.items()}, x, people))

    def _base(self, people: int) -> Floats:
        """The base case's figures on so many people, [target]."""
        return np.asarray(self.simulator(self.centre, self.start[None, :], people)[0])

    def _moved(self) -> tuple[Ints, Floats]:
        """Cells whose targets or figures are not the base case's to the last bit, and its residual [target]."""
        base = self._base(SEARCH_PEOPLE)
        figures = self._figures(np.arange(self.rows), np.where(self.null, 0.0, self.start), SEARCH_PEOPLE)
        same = (figures == base).all(axis=1) & (self.goals == self.at_centre).all(axis=1)
        return np.flatnonzero(~same), base - self.at_centre

    def _found(
        self, cells: Ints, start: Floats, slopes: Floats, offset: Floats, steps: int, enough: float
    ) -> tuple[Floats, Floats]:
        """The nearest those cells came to from `start` [cell, target], and how near: no nearer than is `enough`.

        With the `slopes` given first, corrected on the way; of cells that are not solved so, with slopes of their own,
        which take a run for each unknown.
        """
        x, nearest = self._chord(cells, *self._corrected(cells, start, slopes, offset, steps), enough)
        again = np.flatnonzero(~(nearest < NEAR))
        if len(again):
            some = cells[again]
            at, own = self._newton(some, start[again], offset)
            other, near = self._chord(some, *self._corrected(some, at, own, offset, steps), enough)
            better = ~(nearest[again] <= near)
            x[again[better]], nearest[again[better]] = other[better], near[better]
        return x, nearest

    def _newton(self, cells: Ints, start: Floats, offset: Floats) -> tuple[Floats, Floats]:
        """Nearly solved parameters and the figures' slopes there, [cell, target, unknown]."""
        k, null, x = len(self.x0), self.null[cells], start
        for _ in range(NEWTON):
            moved = np.concatenate([x, *(x + STEP * e for e in np.eye(k))])
            y = self._figures(np.tile(cells, k + 1), moved, SEARCH_PEOPLE).reshape(k + 1, len(cells), k)
            slopes = np.moveaxis((y[1:] - y[0]) / STEP, 0, 2)
            x = self._stepped(x, self.goals[cells] + offset - y[0], slopes, null, 1.0)
        return x, slopes

    def _corrected(self, cells: Ints, x: Floats, slopes: Floats, offset: Floats, steps: int) -> tuple[Floats, Floats]:
        """The same further on, each cell until it settles; its slopes are corrected by what a step shows (Broyden)."""
        x, slopes, active = x.copy(), slopes.copy(), np.arange(len(cells))
        seen, step = np.full_like(x, np.nan), np.zeros_like(x)
        for _ in range(steps):
            here, null = cells[active], self.null[cells[active]]
            y = self._figures(here, x[active], SEARCH_PEOPLE)
            slopes[active] += _correction(slopes[active], step[active], y - seen[active])
            moved = self._stepped(x[active], self.goals[here] + offset - y, slopes[active], null, 1.0)
            seen[active], step[active] = y, moved - x[active]
            x[active] = moved
            active = active[np.abs(step[active]).max(axis=1) >= SETTLED]
            if not len(active):
                break
        return x, slopes

    def _chord(self, cells: Ints, x: Floats, slopes: Floats, enough: float) -> tuple[Floats, Floats]:
        """Solved on many people, each cell until it is near `enough`: the nearest it came to, and how near."""
        wanted = self.goals[cells] + self._base(PEOPLE) - self.at_centre
        best, nearest = x.copy(), np.full(len(x), np.inf)
        x, slopes, active = x.copy(), slopes.copy(), np.arange(len(x))
        seen, step = np.full_like(x, np.nan), np.zeros_like(x)
        for _ in range(CHORD):
            y, null = self._figures(cells[active], x[active], PEOPLE), self.null[cells[active]]
            gap = wanted[active] - y
            slopes[active] += _correction(slopes[active], step[active], y - seen[active])
            miss = np.abs(np.where(null, 0.0, gap)).max(axis=1)
            better = active[miss < nearest[active]]
            best[better], nearest[active] = x[better], np.minimum(miss, nearest[active])
            moved = self._stepped(x[active], gap, slopes[active], null, 0.5)
            seen[active], step[active] = y, moved - x[active]
            x[active] = moved
            active = active[miss > enough]
            if not len(active):
                break
        return best, nearest

    def _stepped(self, x: Floats, gap: Floats, slopes: Floats, null: Bools, most: float) -> Floats:
        steps = np.stack([_least_squares(s, g, free) for s, g, free in zip(slopes, gap, ~null, strict=True)])
        return np.asarray(np.where(null, 0.0, x + np.clip(steps, -most, most)))

    def _refuse(self, nearest: Floats, cells: Ints) -> None:
        bad = int(np.argmax(nearest))
        if not nearest[bad] < NEAR:  # not a number is refused as well
            differ = [n for n, v in self.values.items() if v[cells[bad]] != self.centre[n][0]]
            told = ", ".join(f"{n} = {self.values[n][cells[bad]]:.6g} (engine units)" for n in differ)
            raise CalibrationError(f"the setting's targets cannot be solved for at {told}")


def _correction(slopes: Floats, step: Floats, change: Floats) -> Floats:
    """What makes slopes [cell, target, unknown] give the change [cell, target] of a step; 0 where none was."""
    missing = change - np.einsum("cjk,ck->cj", slopes, step)
    squares = (step**2).sum(axis=1)
    known = (np.isfinite(missing).all(axis=1) & (squares > 0))[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known, missing[:, :, None] * step[:, None, :] / squares[:, None, None], 0.0)


def _least_squares(slopes: Floats, gap: Floats, free: Bools) -> Floats:
    """The step of the free unknowns that closes the gap; 0 for the others."""
    step = np.zeros(len(free))
    if free.any() and np.isfinite(slopes).all() and np.isfinite(gap).all():
        rows: Sequence[bool] = free.tolist()
        step[free] = np.linalg.lstsq(slopes[rows][:, rows], gap[rows], rcond=None)[0]
    return step
