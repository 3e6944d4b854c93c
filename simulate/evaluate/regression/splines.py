"""Penalised smooth functions of a group of parameters, with interactions within it.

Each parameter enters as itself and as cosines of its ranks, which a ridge penalty draws in the more the quicker they
turn: by their number, which lets a step be followed, or by its square, as a cubic smoothing spline does (Eubank,
Nonparametric Regression and Spline Smoothing, 2nd ed. 1999, ch. 3). Which of the two, and how much, is chosen by
generalised cross-validation.

All outcomes, and all fits without a part of the draws, share the products of the functions with one another: a fit
costs what a small matrix costs, however many draws there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from parameters.arrays import Floats, Ints
from simulate.engine.arithmetic.of_arrays import exps, logs

TURNS = {1: 24, 2: 16, 3: 10}  # of the quickest function, or product of functions, by the size of the group
ROUGHNESS = (1.0, 2.0)  # powers of the number of turns by which a function is drawn in
PENALTIES = np.logspace(-8, 4, 25)  # ridge penalty, of columns with unit variance, over the number of draws
REDRAWS = 100  # of the coefficients, behind a standard error
AGAIN = 40  # fits to data made from the fit, behind a bias
FLAT = 1e-12  # of the greatest variance of a direction: what varies less is rounding, and would be drawn in to nothing
MOST_REDRAWN = 2000  # draws, evenly spread, at which redraws are looked at


class Fit(NamedTuple):
    """Expected increments given a group: fitted values, redraws that carry the fit's own error, and fits to such data.

    What fits to data made from the fit itself find less, or more, than it, is its bias (Efron and Tibshirani, An
    Introduction to the Bootstrap 1993, ch. 10). Both are told at a part of the draws, `rows`.
    """

    fitted: Floats  # [strategy, draw]
    redraws: Floats  # [strategy, redraw, row]
    method: str
    again: Floats | None = None  # [strategy, redraw, row]
    rows: Ints | None = None  # draws at which redraws are told; None: all of them
    without: Floats | None = None  # [strategy, fold, draw], fitted without each fold; None: not asked for


class _Solved(NamedTuple):
    """Ridge fits of every outcome on some sets of draws."""

    slopes: Floats  # [set, column, outcome], of columns about their mean over all draws
    level: Floats  # [set, outcome], fitted value where every column is 0
    back: Floats  # [outcome, column, direction], from directions to columns, of the first set
    shrink: Floats  # [outcome, direction], of the first set
    coefficients: Floats  # [outcome, direction], of the first set
    variance: Floats  # [outcome], of what is left, in the first set


@dataclass(frozen=True, eq=False)
class Splines:
    """Smooth functions of a group, ready for any outcomes and for fits without each of several folds of draws."""

    columns: Floats  # [column, draw], products of functions about their mean
    turns: Floats  # [column]
    parameters: int
    starts: Ints  # [fold], first draw of each; the draws of a fold stand together
    refitted: bool  # whether fits without each fold are asked for; the fit of all draws has the same bits either way

    @staticmethod
    def of(x: Floats, starts: Ints, refitted: bool) -> Splines:
        """Of the columns of `x` [draw, parameter], all of which vary, up to three; folds as they begin."""
        columns, turns = _products(x)
        columns -= columns.mean(axis=1, keepdims=True)
        return Splines(columns, turns, x.shape[1], starts, refitted)

    @cached_property
    def _products(self) -> tuple[Floats, Floats]:
        """Sums [set, column] and products [set, column, column] of the columns over each set: all draws, then without
        each fold where that is asked for."""
        parts = np.split(self.columns, self.starts[1:], axis=1)
        products = np.array([p @ p.T for p in parts])
        sums = np.add.reduceat(self.columns, self.starts, axis=1).T
        return self._of_sets(sums), self._of_sets(products)

    def fit(self, outcomes: Floats) -> Fit:
        """The fit of `outcomes` [draw, outcome], one of which varies at least; one that does not is as it is."""
        found = self._solved(outcomes)
        slopes, level = np.moveaxis(found.slopes, 2, 0), found.level.T[..., None]  # [outcome, set, ...]
        values = level[:, 0] + slopes[:, 0] @ self.columns
        rows = self._rows()
        redraws, again = _redrawn(found, self.columns[:, rows], len(outcomes))
        without = level[:, 1:] + slopes[:, 1:] @ self.columns if self.refitted else None
        return Fit(values, redraws, f"splines of {self.parameters}", again, rows, without)

    @cached_property
    def _directions(self) -> tuple[Floats, Floats]:
        """For each roughness and set, sizes of the orthogonal directions, [way, set, direction], and what takes from
        them to the columns, [way, set, column, direction]."""
        sums, products = self._products
        draws = self._draws[:, None, None]
        inner = products - sums[:, :, None] * sums[:, None, :] / draws
        scale = exps(-np.array(ROUGHNESS)[:, None] * logs(self.turns))  # [way, column]
        sizes, vectors = _directions(inner * scale[:, None, :, None] * scale[:, None, None, :])
        return sizes, scale[:, None, :, None] * vectors / np.sqrt(np.where(sizes > 0, sizes, np.inf))[..., None, :]

    def _of_sets(self, folds: Floats) -> Floats:
        """What adds up over draws, by `folds` [fold, ...], over all of them and without each, [set, ...]."""
        whole = folds.sum(axis=0, keepdims=True)
        return np.concatenate([whole, whole - folds]) if self.refitted else whole

    @property
    def _draws(self) -> Floats:
        """How many draws are in each set, [set]."""
        return self._of_sets(np.diff(self.starts, append=self.columns.shape[1]).astype(np.float64))

    def _rows(self) -> Ints:
        """At most so many draws, evenly spread over the ranks of a single parameter, or over the draws."""
        draws = self.columns.shape[1]
        step = -(-draws // MOST_REDRAWN)
        ranked = np.argsort(-self.columns[1], kind="stable") if self.parameters == 1 and step > 1 else np.arange(draws)
        return np.asarray(ranked[step // 2 :: step])

    def _solved(self, outcomes: Floats) -> _Solved:
        """Ridge regression, a roughness and a penalty an outcome by generalised cross-validation in each set."""
        sums, _ = self._products
        total = self._of_sets(np.add.reduceat(outcomes, self.starts, axis=0))
        squares = self._of_sets(np.add.reduceat(outcomes**2, self.starts, axis=0))
        parts = np.split(outcomes, self.starts[1:])
        across = self._of_sets(
            np.array([c @ y for c, y in zip(np.split(self.columns, self.starts[1:], axis=1), parts, strict=True)])
        )
        draws = self._draws
        n, mean, centre = draws[:, None], total / draws[:, None], sums / draws[:, None]
        moments = across - n[..., None] * centre[:, :, None] * mean[:, None, :]
        left = np.maximum(squares - n * mean**2, 0.0)
        return _ridge(moments, left, draws, self._directions, mean, centre)


def _ridge(
    moments: Floats, squares: Floats, draws: Floats, directions: tuple[Floats, Floats], mean: Floats, centre: Floats
) -> _Solved:
    """From products of centred columns with outcomes [set, column, outcome] and squares of outcomes [set, outcome]."""
    sizes, back = directions
    coefficients = np.swapaxes(back, 2, 3) @ moments  # [way, set, direction, outcome]
    shrink = sizes[..., None, :] / (sizes[..., None, :] + (draws[:, None] * PENALTIES)[:, :, None])
    left = squares[:, None] - (2 * shrink - shrink**2) @ coefficients**2  # [way, set, penalty, outcome]
    left = np.maximum(left, 0.0)  # 0: an exact fit
    used = shrink.sum(axis=-1)
    score = left / np.maximum(1e-12, 1 - (1 + used) / draws[:, None])[..., None] ** 2
    flat = np.moveaxis(score, 0, 1).reshape(len(draws), -1, score.shape[-1])
    way, penalty = np.divmod(flat.argmin(axis=1), len(PENALTIES))  # [set, outcome]
    s, o = np.indices(way.shape)
    chosen = shrink[way, s, penalty]  # [set, outcome, direction]
    drawn_in = chosen * coefficients[way, s, :, o]
    slopes = (back[way, s] @ drawn_in[..., None])[..., 0].swapaxes(1, 2)
    variance = left[way, s, penalty, o] / np.maximum(draws[:, None] - 1 - used[way, s, penalty], 1.0)
    level = mean - (centre[:, :, None] * slopes).sum(axis=1)
    return _Solved(slopes, level, back[way[0], 0], chosen[0], coefficients[way[0], 0, :, o[0]], variance[0])


def _directions(inner: Floats) -> tuple[Floats, Floats]:
    """Orthogonal directions of columns whose products are `inner` [way, set, column, column], those that vary most
    first: their sizes, 0 of a flat one, and themselves.

    The sign of a direction is no part of it: here its greatest component is positive, on every machine.
    """
    sizes, vectors = np.linalg.eigh(inner)
    sizes, vectors = sizes[..., ::-1], vectors[..., ::-1]
    greatest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=-2)[..., None, :], axis=-2)
    vectors = vectors * np.where(greatest < 0, -1.0, 1.0)
    return np.where(sizes > FLAT * sizes[:, :1, :1], sizes, 0.0), vectors


def _redrawn(found: _Solved, columns: Floats, draws: int) -> tuple[Floats, Floats]:
    """Redraws of the fitted values, and fits to data of them, at `columns` [column, row]; [outcome, redraw, row].

    The direction that varies most is redrawn without shrinkage: a slope too small to be found is not known to be 0.
    """
    rng = np.random.default_rng(20_140_901)
    both = np.r_[: AGAIN // 2, REDRAWS // 2 : REDRAWS // 2 + AGAIN // 2]
    redraws, again = [], []
    for k, (back, shrink, coefficients) in enumerate(zip(found.back, found.shrink, found.coefficients, strict=True)):
        if found.variance[k] == 0 and not (shrink * coefficients).any():  # of the strategy that others stand against
            redraws.append(np.full((REDRAWS, columns.shape[1]), found.level[0, k]))
            again.append(redraws[-1][:AGAIN])
            continue
        half = rng.standard_normal((REDRAWS // 2, 1 + len(shrink))) * np.sqrt(found.variance[k])
        moves = np.concatenate([half, -half])  # either way, so that a bias carries no chance of its own
        level = found.level[0, k] + moves[:, :1] / np.sqrt(draws)
        reach = np.sqrt(np.where(np.arange(len(shrink)) == 0, 1.0, shrink))
        moved = (shrink * coefficients + reach * moves[:, 1:]) @ back.T
        refitted = (shrink * (shrink * coefficients + moves[both, 1:])) @ back.T
        redraws.append(level + moved @ columns)
        again.append(level[both] + refitted @ columns)
    return np.array(redraws), np.array(again)


def _products(x: Floats) -> tuple[Floats, Floats]:
    """Every product of one function (or none) of each parameter, [column, draw], and its turns, [column].

    Those of a product multiply; quicker ones than ``TURNS`` are left out.
    """
    most = TURNS[x.shape[1]]
    out, turns = np.ones((1, len(x))), np.ones(1)
    for column in x.T:
        functions, own = _functions(column, most)
        first, second = np.nonzero(turns[:, None] * own <= most)
        out, turns = out[first] * functions[second], turns[first] * own[second]
    return out[1:], turns[1:]


def _functions(column: Floats, most: int) -> tuple[Floats, Floats]:
    """Nothing, the parameter itself and `most` cosines of its ranks, [function, draw], and the turns of each."""
    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - count / 2)[place.ravel()] / len(column)  # equal values share theirs
    out = np.empty((2 + most, len(column)))
    out[0], out[1] = 1.0, (column - column.mean()) / column.std()
    out[2] = _cosines(rank)
    before = np.ones(len(column))
    for k in range(3, 2 + most):  # cos((k + 1) a) = 2 cos(a) cos(k a) - cos((k - 1) a)
        out[k] = 2 * out[2] * out[k - 1] - before
        before = out[k - 1]
    out[2:] *= np.sqrt(2)
    return out, np.concatenate([[1.0, 1.0], np.arange(1.0, most + 1)])


def _cosines(half_turns: Floats) -> Floats:
    """cos(pi x) by the series of sin(pi (1/2 - |x|)), which is of the same bits everywhere; within 1e-15."""
    x = half_turns - 2.0 * np.floor(half_turns / 2.0 + 0.5)
    angle = np.pi * (0.5 - np.abs(x))
    square, total = angle * angle, np.zeros_like(angle)
    for n in range(23, 1, -2):
        total = (1.0 - total) * square / (n * (n - 1.0))
    return np.asarray(angle * (1.0 - total))
