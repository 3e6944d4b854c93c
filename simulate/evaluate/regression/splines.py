"""Penalised smooth functions of a group of parameters, with interactions within it.

Each parameter enters as itself and as cosines of its ranks, which a ridge penalty draws in the more the quicker they
turn: by their number, which lets a step be followed, or by its square, as a cubic smoothing spline does (Eubank,
Nonparametric Regression and Spline Smoothing, 2nd ed. 1999, ch. 3). Which of the two, and how much, is chosen by
generalised cross-validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.of_arrays import exps, logs

TURNS = {1: 24, 2: 16, 3: 10}  # of the quickest function, or product of functions, by the size of the group
ROUGHNESS = (1.0, 2.0)  # powers of the number of turns by which a function is drawn in
PENALTIES = np.logspace(-8, 4, 25)  # ridge penalty, of columns with unit variance, over the number of draws
REDRAWS = 100  # of the coefficients, behind a standard error
AGAIN = 40  # fits to data made from the fit, behind a bias


class Fit(NamedTuple):
    """Expected increments given a group: fitted values, redraws that carry the fit's own error, and fits to such data.

    What fits to data made from the fit itself find less, or more, than it, is its bias (Efron and Tibshirani, An
    Introduction to the Bootstrap 1993, ch. 10).
    """

    fitted: Floats  # [draw, strategy]
    redraws: Floats  # [redraw, draw, strategy]
    method: str
    again: Floats | None = None  # [redraw, draw, strategy]


class _Turned(NamedTuple):
    """Columns in orthonormal directions."""

    directions: Floats  # [draw, direction]
    sizes: Floats  # [direction]


def splines(increments: Floats, x: Floats) -> Fit:
    """Ridge regression on products of smooth functions, a penalty a strategy by generalised cross-validation."""
    columns, turns = _products(x)
    ways = [_turned((columns - columns.mean(axis=0)) * exps(-power * logs(turns))) for power in ROUGHNESS]
    fitted = np.zeros_like(increments)
    redraws = np.zeros((REDRAWS, *increments.shape))
    again = np.zeros((AGAIN, *increments.shape))
    rng = np.random.default_rng(20_140_901)
    for j in range(increments.shape[1]):
        if np.ptp(increments[:, j]) > 0:
            fitted[:, j], redraws[:, :, j], again[:, :, j] = _ridge(increments[:, j], ways, rng)
    return Fit(fitted, redraws, f"splines of {x.shape[1]}", again)


def _turned(columns: Floats) -> _Turned:
    u, s, _ = np.linalg.svd(columns, full_matrices=False)
    kept = s > 1e-10 * s[0]
    return _Turned(u[:, kept], s[kept])


def _ridge(y: Floats, ways: Sequence[_Turned], rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Fitted values [draw] of the least generalised cross-validation error, redraws of them, and fits to data of them.

    The direction that varies most is redrawn without shrinkage: a slope too small to be found is not known to be 0.
    """
    mean, n = y.mean(), len(y)
    _, u, shrink, coefficients, variance = min((_best(y - mean, way) for way in ways), key=lambda found: found[0])
    half = rng.standard_normal((REDRAWS // 2, 1 + len(shrink))) * np.sqrt(variance)
    moves = np.concatenate([half, -half])  # either way, so that a bias carries no chance of its own
    level = mean + moves[:, :1] / np.sqrt(n)
    reach = np.sqrt(np.where(np.arange(len(shrink)) == 0, 1.0, shrink))
    redraws = level + (shrink * coefficients + reach * moves[:, 1:]) @ u.T
    both = np.r_[: AGAIN // 2, REDRAWS // 2 : REDRAWS // 2 + AGAIN // 2]
    again = level[both] + (shrink * (shrink * coefficients + moves[both, 1:])) @ u.T
    return mean + u @ (shrink * coefficients), redraws, again


def _best(centred: Floats, way: _Turned) -> tuple[float, Floats, Floats, Floats, float]:
    """Of all penalties the best: its score, directions, shrinkage, coefficients, and variance of what is left."""
    u, s = way
    coefficients = u.T @ centred
    n, total = len(centred), float((centred**2).sum())
    shrinks = [s**2 / (s**2 + n * p) for p in PENALTIES]
    left = [max(0.0, total - float(((2 * k - k**2) * coefficients**2).sum())) for k in shrinks]  # 0: an exact fit
    scores = [r / max(1e-12, 1 - (1 + k.sum()) / n) ** 2 for r, k in zip(left, shrinks, strict=True)]
    best = int(np.argmin(scores))
    variance = left[best] / max(n - 1 - shrinks[best].sum(), 1.0)
    return scores[best], u, shrinks[best], coefficients, float(variance)


def _products(x: Floats) -> tuple[Floats, Floats]:
    """Every product of one function (or none) of each parameter, [draw, column], and its turns, [column].

    Those of a product multiply; quicker ones than ``TURNS`` are left out.
    """
    most = TURNS[x.shape[1]]
    out, turns = np.ones((len(x), 1)), np.ones(1)
    for column in x.T:
        functions, own = _functions(column, most)
        turns = (turns[:, None] * own).ravel()
        out = (out[:, :, None] * functions[:, None, :]).reshape(len(x), -1)[:, turns <= most]
        turns = turns[turns <= most]
    return out[:, 1:], turns[1:]


def _functions(column: Floats, most: int) -> tuple[Floats, Floats]:
    """Nothing, the parameter itself and `most` cosines of its ranks, [draw, function], and the turns of each."""
    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - count / 2)[place.ravel()] / len(column)  # equal values share theirs
    turns = np.arange(1.0, most + 1)
    cosines = np.sqrt(2) * _cosines(rank[:, None] * turns)
    itself = (column - column.mean()) / column.std()
    return np.column_stack([np.ones(len(column)), itself, cosines]), np.concatenate([[1.0, 1.0], turns])


def _cosines(half_turns: Floats) -> Floats:
    """cos(pi x) by the series of sin(pi (1/2 - |x|)), which is of the same bits everywhere; within 1e-15."""
    x = half_turns - 2.0 * np.floor(half_turns / 2.0 + 0.5)
    angle = np.pi * (0.5 - np.abs(x))
    square, total = angle * angle, np.zeros_like(angle)
    for n in range(23, 1, -2):
        total = (1.0 - total) * square / (n * (n - 1.0))
    return np.asarray(angle * (1.0 - total))
