"""Penalised splines with interactions within a group of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from parameters.arrays import Floats

KNOTS = {1: 9, 2: 5, 3: 4}  # of each parameter's spline, by the size of the group
PENALTIES = np.logspace(-8, 4, 25)  # ridge penalty, of columns with unit variance, over the number of draws
REDRAWS = 100  # of the coefficients, behind a standard error


class Fit(NamedTuple):
    """Expected increments given a group: fitted values, and redraws of them that carry the fit's own error."""

    fitted: Floats  # [draw, strategy]
    redraws: Floats  # [redraw, draw, strategy]
    method: str


def splines(increments: Floats, x: Floats) -> Fit:
    """Ridge regression on products of splines of the ranks, a penalty a strategy by generalised cross-validation."""
    design = _tensor([_spline(x[:, j], KNOTS[x.shape[1]]) for j in range(x.shape[1])])
    u, s, _ = np.linalg.svd(design - design.mean(axis=0), full_matrices=False)
    kept = s > 1e-10 * s[0]
    u, s = u[:, kept], s[kept]
    fitted = np.zeros_like(increments)
    redraws = np.zeros((REDRAWS, *increments.shape))
    rng = np.random.default_rng(20_140_901)
    for j in range(increments.shape[1]):
        if np.ptp(increments[:, j]) > 0:
            fitted[:, j], redraws[:, :, j] = _ridge(increments[:, j], u, s, rng)
    return Fit(fitted, redraws, f"splines of {x.shape[1]}")


def _ridge(y: Floats, u: Floats, s: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Fitted values [draw] at the penalty with the least generalised cross-validation error, and redraws of them.

    The direction that varies most is redrawn without shrinkage: a slope too small to be found is not known to be 0.
    """
    mean, coefficients = y.mean(), u.T @ (y - y.mean())
    n, total = len(y), float(((y - mean) ** 2).sum())
    shrinks = [s**2 / (s**2 + n * p) for p in PENALTIES]
    scores = []
    for shrink in shrinks:
        residual = total - float(((2 * shrink - shrink**2) * coefficients**2).sum())
        scores.append(residual / max(1e-12, 1 - (1 + shrink.sum()) / n) ** 2)
    shrink = shrinks[int(np.argmin(scores))]
    left = max(0.0, total - float(((2 * shrink - shrink**2) * coefficients**2).sum()))  # below 0 where it fits exactly
    variance = left / max(n - 1 - shrink.sum(), 1.0)
    reach = np.where(np.arange(len(s)) == 0, 1.0, shrink)
    moves = rng.standard_normal((REDRAWS, len(s))) * np.sqrt(variance * reach)
    return mean + u @ (shrink * coefficients), mean + (shrink * coefficients + moves) @ u.T


def _spline(column: Floats, knots: int) -> Floats:
    """Cubic B-splines of the column's ranks, [draw, basis], each with unit variance."""
    from sklearn.preprocessing import SplineTransformer

    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - count / 2)[place.ravel()] / len(column)  # equal values share theirs
    basis = SplineTransformer(n_knots=knots, degree=3, include_bias=False).fit_transform(rank[:, None])
    spread = basis.std(axis=0)
    return np.asarray(basis / np.where(spread > 0, spread, 1.0))


def _tensor(bases: Sequence[Floats]) -> Floats:
    """Every product of one column (or none) of each basis, [draw, columns]."""
    out = np.ones((len(bases[0]), 1))
    for basis in bases:
        whole = np.hstack([np.ones((len(basis), 1)), basis])
        out = (out[:, :, None] * whole[:, None, :]).reshape(len(basis), -1)
    return out[:, 1:]
