"""A root of a continuous function between two points where it has other signs."""

from __future__ import annotations

import math
from collections.abc import Callable

RELATIVE = 4 * 2.0**-52  # of the root, beyond which it is not searched for
MOST = 100  # steps


def root_between(function: Callable[[float], float], low: float, high: float, within: float) -> float:
    """Where `function` is 0, to `within`; ``ValueError`` where it has the same sign at both ends.

    By Brent's method (Algorithms for Minimization without Derivatives 1973, ch. 4), step for step as
    ``scipy.optimize.brentq`` takes it, whose import takes longer than all the roots of a run. A test holds it to that.
    """
    before, now = low, high
    f_before, f_now = function(before), function(now)
    if f_before == 0:
        return before
    if f_now == 0:
        return now
    if math.isnan(f_before) or math.isnan(f_now) or (f_before < 0) == (f_now < 0):
        raise ValueError(f"no change of sign between {low:g} and {high:g}")
    other, f_other, last, step = 0.0, 0.0, 0.0, 0.0
    for _ in range(MOST):
        if f_before != 0 and f_now != 0 and (f_before < 0) != (f_now < 0):
            other, f_other = before, f_before
            last = step = now - before
        if abs(f_other) < abs(f_now):
            before, now, other = now, other, now
            f_before, f_now, f_other = f_now, f_other, f_now
        least = (within + RELATIVE * abs(now)) / 2
        half = (other - now) / 2
        if f_now == 0 or abs(half) < least:
            return now
        last, step = _step((before, now, other), (f_before, f_now, f_other), last, step, least)
        before, f_before = now, f_now
        now += step if abs(step) > least else math.copysign(least, half)
        f_now = function(now)
    raise ValueError(f"no root found between {low:g} and {high:g} in {MOST} steps")


def _step(
    x: tuple[float, float, float], f: tuple[float, float, float], last: float, step: float, least: float
) -> tuple[float, float]:
    """The step before and the next one: interpolated where that is short enough, else half of the way."""
    (before, now, other), (f_before, f_now, f_other) = x, f
    half = (other - now) / 2
    if not (abs(last) > least and abs(f_now) < abs(f_before)):
        return half, half
    try:
        if before == other:
            tried = -f_now * (now - before) / (f_now - f_before)
        else:
            d_before, d_other = (f_before - f_now) / (before - now), (f_other - f_now) / (other - now)
            tried = -f_now * (f_other * d_other - f_before * d_before) / (d_other * d_before * (f_other - f_before))
    except ZeroDivisionError:  # too flat to interpolate
        return half, half
    return (step, tried) if 2 * abs(tried) < min(abs(last), 3 * abs(half) - least) else (half, half)
