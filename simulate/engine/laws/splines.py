"""Royston and Parmar's splines: a natural cubic spline of log time on the scale of hazard, odds or normal deviates.

The spline is kept by its values and slopes at the knots, which tell it whole: a cubic between two knots, straight lines
of the end slopes beyond the first and the last, as flexsurv extrapolates (Royston and Parmar 2002,
doi 10.1002/sim.1203).
Inverted piece by piece: a line at once, a cubic by Newton's method kept within its piece, until the bracket is two
neighbouring numbers or the step no longer moves it. A time is found to 1e-13 of itself, or to what the
last bits of the cumulative hazard are worth where that is more.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import lean
from simulate.engine.arithmetic.elementary import exp, log, log1p
from simulate.engine.arithmetic.incomplete_gamma import exp_or_inf, log_complement
from simulate.engine.arithmetic.normal import normal_hazard, normal_quantile

SCALES = {"hazard": 0.0, "odds": 1.0, "normal": 2.0}  # what the spline is of: log H, log((1 - S) / S), -Phi^-1(S)

_HAZARD, _ODDS = 0.0, 1.0
_NEVER = 1e100  # a cumulative hazard that nothing reaches, as in ``families``
_STEPS = 100  # of Newton and halving: 53 halvings alone settle a piece
_FLAT = 1e-12  # of a piece's own slopes: what rounding makes of a slope of 0


@lean
def spline_cumulative(
    scale: float, knots: Floats, slopes: Floats, values: Floats, first: int, n: int, t: float
) -> float:
    """Cumulative hazard at age `t` (years)."""
    if t <= 0.0:
        return 0.0
    y = spline_at(knots, slopes, values, first, n, log(t))
    h: float
    if scale == _HAZARD:
        h = exp_or_inf(y)
    elif scale == _ODDS:
        h = log1p(exp(y)) if y < 0.0 else y + log1p(exp(-y))
    else:
        h = normal_hazard(y)
    return h


@lean
def spline_inverse(scale: float, knots: Floats, slopes: Floats, values: Floats, first: int, n: int, h: float) -> float:
    """The age at which the cumulative hazard reaches `h`; infinite when it never does."""
    if h <= 0.0:
        return 0.0
    if h > _NEVER:
        return math.inf
    if scale == _HAZARD:
        y = log(h)
    elif scale == _ODDS:
        y = h + log_complement(-h)
    else:
        y = normal_quantile(h)
    last = first + n - 1
    if y > values[last]:
        if slopes[last] <= 0.0:
            return math.inf
        return exp_or_inf(knots[last] + (y - values[last]) / slopes[last])
    if y <= values[first]:
        return exp_or_inf(knots[first] + (y - values[first]) / slopes[first])
    i = first
    while values[i + 1] < y:
        i += 1
    return exp_or_inf(_within(knots, slopes, values, i, y))


@lean
def spline_at(knots: Floats, slopes: Floats, values: Floats, first: int, n: int, x: float) -> float:
    """The spline at a log time."""
    last = first + n - 1
    if x <= knots[first]:
        before: float = values[first] + slopes[first] * (x - knots[first])
        return before
    if x >= knots[last]:
        behind: float = values[last] + slopes[last] * (x - knots[last])
        return behind
    i = first
    while knots[i + 1] < x:
        i += 1
    h = knots[i + 1] - knots[i]
    u = (x - knots[i]) / h
    rise, a, b = values[i + 1] - values[i], h * slopes[i], h * slopes[i + 1]
    y: float = values[i] + u * (a + u * (3.0 * rise - 2.0 * a - b + u * (a + b - 2.0 * rise)))
    return y


@lean
def _within(knots: Floats, slopes: Floats, values: Floats, i: int, y: float) -> float:
    """The log time in the piece from knot `i` on at which the spline is `y`."""
    h = knots[i + 1] - knots[i]
    rise, a, b = values[i + 1] - values[i], h * slopes[i], h * slopes[i + 1]
    square, cube, goal = 3.0 * rise - 2.0 * a - b, a + b - 2.0 * rise, y - values[i]
    low, high = 0.0, 1.0
    u = goal / rise
    for _ in range(_STEPS):
        over = u * (a + u * (square + u * cube)) - goal
        if over == 0.0:
            break
        if over > 0.0:
            high = u
        else:
            low = u
        slope = a + u * (2.0 * square + u * 3.0 * cube)
        to = u - over / slope if slope > 0.0 else -1.0
        if not low < to < high:
            to = (low + high) / 2.0
        if to in (u, low, high):
            break
        u = to
    x: float = knots[i] + h * u
    return x


# --- making the tables ------------------------------------------------------------------------


class Spline(NamedTuple):
    """Splines by their knots: one for each draw, with the same knots."""

    knots: Floats  # [knot] of log years
    slopes: Floats  # [draw, knot]
    values: Floats  # [draw, knot]


def spline(knots: Floats, coefficients: Floats, per_year: float = 1.0) -> Spline:
    """The table of splines with these knots of log time, and coefficients [draw, knot], as flexsurv prints them.

    `per_year`: how many of the unit that time was in are a year. Raises ``ValueError`` naming the draw where one is not
    finite, falls anywhere, or has no slope before its first knot, so that people would be gone at once.
    """
    low, high = knots[0], knots[-1]
    share = (high - knots[1:-1]) / (high - low)

    def cut(x: Floats, power: int) -> Floats:
        return np.asarray(np.maximum(x, 0.0) ** power)

    def basis(x: Floats, power: int) -> Floats:
        """Of the inner knots, [point, inner]: the cubes, or with power 2 a third of their slopes."""
        ends = share * cut(x - low, power)[:, None] + (1 - share) * cut(x - high, power)[:, None]
        return np.asarray(cut(x[:, None] - knots[1:-1], power) - ends)

    inner = coefficients[:, 2:]
    values = coefficients[:, :1] + coefficients[:, 1:2] * knots + (inner[:, None, :] * basis(knots, 3)).sum(axis=2)
    slopes = coefficients[:, 1:2] + 3 * (inner[:, None, :] * basis(knots, 2)).sum(axis=2)
    falls = np.diff(values, axis=1) <= 0
    width = np.diff(knots)
    a, b, rise = width * slopes[:, :-1], width * slopes[:, 1:], np.diff(values, axis=1)
    square, cube = 3 * rise - 2 * a - b, a + b - 2 * rise
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(cube > 0, -square / (3 * cube), -1.0)  # where its slope is least, within the piece or not
    least = np.where((turn > 0) & (turn < 1), a + square * turn, np.minimum(a, b))
    falls |= least < -_FLAT * (np.abs(a) + np.abs(b) + np.abs(rise))
    bad = falls.any(axis=1) | ~np.isfinite(values).all(axis=1) | ~np.isfinite(slopes).all(axis=1)
    bad |= slopes[:, 0] <= 0
    bad |= slopes[:, -1] < -_FLAT * np.abs(slopes).max(axis=1)
    if bad.any():
        d = int(np.flatnonzero(bad)[0])
        where = knots[:-1][falls[d]]
        told = f"after the knot {where[0]:.4g}" if len(where) else "before the first knot or after the last"
        raise ValueError(f"coefficients {coefficients[d].tolist()} of draw {d}: a spline that does not rise {told}")
    shift = log(per_year)
    return Spline(knots - shift, np.maximum(slopes, 0.0), values)
