"""A residual walked through piecewise-constant multipliers and operational ages: compiled pieces of the kernel."""

from __future__ import annotations

import math
from typing import NamedTuple

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import lean, piece, written
from simulate.engine.kernel.layout import FIRE, USED
from simulate.engine.laws.families import EMPIRICAL, EXPONENTIAL, FIXED_TIME, PIECEWISE, SPLINE, cumulative, inverse
from simulate.engine.laws.splines import spline_cumulative, spline_inverse
from simulate.engine.laws.tabulated import (
    empirical_cumulative,
    empirical_inverse,
    piecewise_cumulative,
    piecewise_inverse,
)


class Law(NamedTuple):
    """The hazard of one channel in one draw, of any family."""

    family: int
    p0: float
    p1: float
    p2: float
    p3: float
    starts: Floats  # [row], and so on: the tables of pieces, of which its own are `n` rows from `first` on
    rates: Floats
    sums: Floats
    first: int
    n: int


class Segments(NamedTuple):
    """The effects in time on one channel: from each edge on, what multiplies its hazard and its speed."""

    edges: Floats  # [segment] years since entry
    ratios: Floats
    speeds: Floats
    n: int


@piece
def segment_at(segments: Segments, time: float) -> int:
    """The segment that `time` (years since entry) lies in; 0 without any."""
    i = 0
    while i + 1 < segments.n and segments.edges[i + 1] <= time:
        i += 1
    return i


@piece
def reached_by(law: Law, age: float) -> float:
    """The cumulative hazard at an operational age, of the families that are inverted through it; else 0."""
    if law.family == PIECEWISE:
        return piecewise_cumulative(law.starts, law.rates, law.sums, law.first, law.n, age)
    if law.family == EMPIRICAL:
        return empirical_cumulative(law.starts, law.sums, law.first, law.n, age)
    if law.family == SPLINE:
        return spline_cumulative(law.p0, law.starts, law.rates, law.sums, law.first, law.n, age)
    if law.family != EXPONENTIAL and law.family != FIXED_TIME and age > 0.0:
        return cumulative(law.family, law.p0, law.p1, law.p2, law.p3, age)
    return 0.0


@piece
def spent_between(law: Law, hazard: float, speed: float, before: float, reached: float, span: float) -> float:
    """What a segment of `span` years uses of the residual, from the cumulative hazard at its two ends."""
    if law.family == EXPONENTIAL:
        return hazard * speed * law.p0 * span
    if law.family != FIXED_TIME and hazard > 0.0 and before != math.inf:
        return hazard * (reached - before)
    return 0.0


@piece
def fires_at(law: Law, hazard: float, speed: float, residual: float, reached: float, age: float, t: float) -> float:
    """When the residual at `t` is used up, were the segment never to end; infinite where that is never."""
    at = math.inf
    if law.family == EXPONENTIAL:
        rate = hazard * speed * law.p0
        if rate > 0.0:
            at = t + residual / rate
    elif law.family == FIXED_TIME:
        if hazard > 0.0 and (age <= law.p0 or law.p1 > 0.0):
            at = t + max(law.p0 - age, 0.0) / speed
    elif hazard > 0.0:
        goal = residual / hazard
        if age > 0.0:
            goal += reached
        if law.family == PIECEWISE:
            to = piecewise_inverse(law.starts, law.rates, law.sums, law.first, law.n, goal)
        elif law.family == EMPIRICAL:
            to = empirical_inverse(law.starts, law.sums, law.first, law.n, goal)
        elif law.family == SPLINE:
            to = spline_inverse(law.p0, law.starts, law.rates, law.sums, law.first, law.n, goal)
        else:
            to = inverse(law.family, law.p0, law.p1, law.p2, law.p3, goal)
        wait = (to - age) / speed
        at = t + (0.0 if wait < 0.0 else wait)
    return at


@written
def walk(
    mode: int,
    law: Law,
    segments: Segments,
    hazard: float,
    speed: float,
    age: float,
    residual: float,
    start: float,
    now: float,
) -> tuple[float, float]:
    """A channel of any family from `start` on, through the segments of the effects in time.

    USED: the hazard used by `now` and the operational age then; nothing while paused (`start` > `now`).
    FIRE: the moment at which `residual` is used up, and the age at `start`. `hazard` and `speed`
    multiply those of the segments, and an event at the very start of a segment belongs to it. One
    call of each quantile function: they are large, and the compiler writes them out wherever they stand.
    """
    if mode == USED and now <= start:
        return 0.0, age
    i = segment_at(segments, start)
    t, was, used, before, entry_age, moved = start, start, 0.0, 0.0, age, False
    h, s = 0.0, 0.0
    while True:
        reached = reached_by(law, age)
        if moved:  # what the segment behind has used
            spent = spent_between(law, h, s, before, reached, t - was)
            used += spent
            residual = max(residual - spent, 0.0)
            if mode == USED and t >= now:
                return used, age
        h = hazard * segments.ratios[i] if segments.n > 0 else hazard
        s = speed * segments.speeds[i] if segments.n > 0 else speed
        end = segments.edges[i + 1] if i + 1 < segments.n else math.inf
        if mode == FIRE:
            at = fires_at(law, h, s, residual, reached, age, t)
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


@lean
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
