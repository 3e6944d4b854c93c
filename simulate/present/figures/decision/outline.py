"""The outline around most of a cloud of draws: it never leaves the draws, as an ellipse of a normal law would."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from parameters.arrays import Floats

SHARE = 0.95  # of the draws, those nearest to the mean

_Point = tuple[float, float]


def outline(x: Floats, y: Floats, share: float = SHARE) -> Floats:
    """The convex hull of the `share` of points that are nearest to their mean, closed, [corners + 1, 2].

    Nearness is Mahalanobis's. A hull of points of a line is that line's two ends; of one point, the point.
    """
    kept = np.argsort(_distance(x, y), kind="stable")[: math.ceil(share * len(x))]
    corners = hull(zip(x[kept].tolist(), y[kept].tolist(), strict=True))
    return np.array([*corners, corners[0]])


def hull(points: Iterable[_Point]) -> list[_Point]:
    """Corners of the convex hull, anticlockwise from the left (Andrew, Inform Process Lett 1979;9:216-219)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    lower, upper = _half(ordered), _half(ordered[::-1])
    return [*lower[:-1], *upper[:-1]]


def _half(ordered: list[_Point]) -> list[_Point]:
    """The lower half of points in order of x; the upper one of points in reverse."""
    found: list[_Point] = []
    for point in ordered:
        while len(found) > 1 and _turn(found[-2], found[-1], point) <= 0:
            found.pop()
        found.append(point)
    return found


def _turn(a: _Point, b: _Point, c: _Point) -> float:
    """Positive where a, b, c turn to the left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _distance(x: Floats, y: Floats) -> Floats:
    """Squared Mahalanobis distance from the mean; where the points are of a line, the squared distance along it."""
    dx, dy = _scaled(x), _scaled(y)
    r = float((dx * dy).mean())
    if r * r > 1 - 1e-9:
        return np.asarray(dx**2)
    return np.asarray((dx**2 - 2 * r * dx * dy + dy**2) / (1 - r * r))


def _scaled(values: Floats) -> Floats:
    """Deviations from the mean in standard deviations; 0 where there is none."""
    off = values - values.mean()
    return np.asarray(off / (float(np.sqrt((off**2).mean())) or 1.0))
