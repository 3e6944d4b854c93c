"""A residual walked through piecewise-constant multipliers and operational ages: compiled pieces of the kernel."""

from __future__ import annotations

import math

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.kernel.layout import FIRE, USED
from simulate.engine.laws.families import EMPIRICAL, EXPONENTIAL, FIXED_TIME, PIECEWISE, cumulative, inverse
from simulate.engine.laws.tabulated import (
    empirical_cumulative,
    empirical_inverse,
    piecewise_cumulative,
    piecewise_inverse,
)


@njit
def walk(
    mode: int,
    family: int,
    p0: float,
    p1: float,
    p2: float,
    p3: float,
    starts: Floats,
    rates: Floats,
    sums: Floats,
    first: int,
    n: int,
    edges: Floats,
    ratios: Floats,
    speeds: Floats,
    segments: int,
    hazard: float,
    speed: float,
    age: float,
    residual: float,
    start: float,
    now: float,
) -> tuple[float, float]:
    """A channel of any family from `start` on, through the `segments` of the effects in time.

    USED: the hazard used by `now` and the operational age then; nothing while paused (`start` > `now`).
    FIRE: the moment at which `residual` is used up, and the age at `start`. `hazard` and `speed`
    multiply those of the segments, and an event at the very start of a segment belongs to it. One
    call of each quantile function: they are large, and the compiler writes them out wherever they stand.
    """
    if mode == USED and now <= start:
        return 0.0, age
    i = 0
    while i + 1 < segments and edges[i + 1] <= start:
        i += 1
    t, was, used, before, entry_age, moved = start, start, 0.0, 0.0, age, False
    h, s = 0.0, 0.0
    while True:
        reached = 0.0
        if family == PIECEWISE:
            reached = piecewise_cumulative(starts, rates, sums, first, n, age)
        elif family == EMPIRICAL:
            reached = empirical_cumulative(starts, sums, first, n, age)
        elif family != EXPONENTIAL and family != FIXED_TIME and age > 0.0:
            reached = cumulative(family, p0, p1, p2, p3, age)
        if moved:  # what the segment behind has used
            spent = 0.0
            if family == EXPONENTIAL:
                spent = h * s * p0 * (t - was)
            elif family != FIXED_TIME and h > 0.0 and before != math.inf:
                spent = h * (reached - before)
            used += spent
            residual = max(residual - spent, 0.0)
            if mode == USED and t >= now:
                return used, age
        h = hazard * ratios[i] if segments > 0 else hazard
        s = speed * speeds[i] if segments > 0 else speed
        end = edges[i + 1] if i + 1 < segments else math.inf
        if mode == FIRE:
            at = math.inf
            if family == EXPONENTIAL:
                rate = h * s * p0
                if rate > 0.0:
                    at = t + residual / rate
            elif family == FIXED_TIME:
                if h > 0.0 and age <= p0:
                    at = t + (p0 - age) / s
            elif h > 0.0:
                goal = residual / h
                if age > 0.0:
                    goal += reached
                if family == PIECEWISE:
                    to = piecewise_inverse(starts, rates, sums, first, n, goal)
                elif family == EMPIRICAL:
                    to = empirical_inverse(starts, sums, first, n, goal)
                else:
                    to = inverse(family, p0, p1, p2, p3, goal)
                wait = (to - age) / s
                at = t + (0.0 if wait < 0.0 else wait)
            if not at >= end:  # also when it is not a number
                return at, entry_age
            if end == math.inf:
                return math.inf, entry_age
        else:
            end = min(end, now)
        before, was, moved = reached, t, True
        age += s * (end - t)
        t = end
        i += 1


@njit
def walked_age(edges: Floats, speeds: Floats, segments: int, speed: float, since: float, now: float) -> float:
    """Operational time that passes from `since` to `now` through the segments of an effect."""
    i = 0
    while i + 1 < segments and edges[i + 1] <= since:
        i += 1
    t: float = since
    age: float = 0.0
    while True:
        s: float = speed * speeds[i]
        end: float = edges[i + 1] if i + 1 < segments else math.inf
        age += s * (min(end, now) - t)
        if end >= now:
            return age
        t = end
        i += 1
