"""Hazards given as tables: piecewise constant (life tables too) and empirical.

Many tables lie end to end in the flat arrays that a kernel reads; `first` and `n` say where one of them
is. Sums are made once, when the table is, so a look-up costs one binary search.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import lean
from simulate.engine.arithmetic.elementary import each, log, log1p


@lean
def piecewise_cumulative(starts: Floats, rates: Floats, cums: Floats, first: int, n: int, t: float) -> float:
    """Cumulative hazard at age `t` of a hazard that is constant between `starts`; the last rate runs on for ever."""
    if t <= 0.0:
        return 0.0
    i = first + _count(starts, first, n, t, False) - 1
    h: float = cums[i] + rates[i] * (t - starts[i])
    return h


@lean
def piecewise_inverse(starts: Floats, rates: Floats, cums: Floats, first: int, n: int, h: float) -> float:
    """The first age at which the cumulative hazard is `h`; infinite when it never is."""
    if h <= 0.0:
        return 0.0
    i = first + _count(cums, first, n, h, False) - 1
    if rates[i] == 0.0:  # only the last piece can fall short of h without a hazard
        return math.inf
    t: float = starts[i] + (h - cums[i]) / rates[i]
    return min(t, starts[i + 1]) if i + 1 < first + n else t


@lean
def empirical_cumulative(times: Floats, cums: Floats, first: int, n: int, t: float) -> float:
    """Cumulative hazard at age `t` of the step function that jumps to `cums` at `times`, the jump at `t` included."""
    i = _count(times, first, n, t, True)
    return cums[first + i - 1] if i > 0 else 0.0


@lean
def empirical_inverse(times: Floats, cums: Floats, first: int, n: int, h: float) -> float:
    """The first of the `times` at which survival is no more than exp(-h); infinite when it stays above.

    Given a person has reached age a, asking for H(a) + residual samples from the times after a in
    proportion to their own shares. A hazard ratio r raises the survival to the power r, as in a Cox model.
    Past the last of the times all hazard may be used up (H(a) infinite): nothing more happens.
    """
    if h <= 0.0:
        return 0.0
    if h == math.inf:
        return math.inf
    i = _count(cums, first, n, h, False)
    return times[first + i] if i < n else math.inf


@lean
def nearest_time(times: Floats, first: int, n: int, t: float) -> float:
    """The one of the `times` that is nearest to `t`."""
    i = _count(times, first, n, t, False)
    if i == n or (i > 0 and t - times[first + i - 1] < times[first + i] - t):
        i -= 1
    found: float = times[first + i]
    return found


@lean
def _count(values: Floats, first: int, n: int, x: float, equal: bool) -> int:
    """How many of `n` ascending values from `first` on lie below `x` (or, if `equal`, at it)."""
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        value = values[first + middle]
        if value < x or (equal and value == x):
            low = middle + 1
        else:
            high = middle
    return low


# --- making the tables ------------------------------------------------------------------------


class Piecewise(NamedTuple):
    """Hazards that are constant in pieces: one, or one for each draw."""

    starts: Floats  # [piece] years; the first is 0
    rates: Floats  # [..., piece] per person-year
    cums: Floats  # [..., piece] cumulative hazard at the start


class Empirical(NamedTuple):
    """One step function of survival."""

    times: Floats  # [time] years, ascending
    cums: Floats  # [time] cumulative hazard from that time on; infinite where nobody is left


def piecewise(starts: npt.ArrayLike, rates: npt.ArrayLike) -> Piecewise:
    """The table of a hazard that is `rates` (per person-year) from each of `starts` (years) to the next.

    `starts` [piece], `rates` [piece] or [draws, piece]. Raises ``ValueError`` naming the argument: `starts` must
    begin at 0 and rise, `rates` must be finite and not negative.
    """
    begin, rate = np.asarray(starts, dtype=np.float64), np.asarray(rates, dtype=np.float64)
    if begin.ndim != 1 or begin.size == 0 or begin[0] != 0.0 or not _rising(begin):
        raise ValueError(f"starts: {begin}; must begin at 0 and rise, all finite")
    if rate.shape[-1:] != begin.shape:
        raise ValueError(f"rates: shape {rate.shape} for {begin.size} starts; the last axis must be as long")
    if not (np.isfinite(rate) & (rate >= 0.0)).all():
        raise ValueError(f"rates: {rate}; must be finite and not negative")
    cums = np.zeros_like(rate)
    np.cumsum(rate[..., :-1] * np.diff(begin), axis=-1, out=cums[..., 1:])
    return Piecewise(begin, rate, cums)


def life_table(probabilities: npt.ArrayLike, width: float = 1.0) -> Piecewise:
    """The table whose chance of an event within each interval of `width` years, given none before, is `probabilities`.

    The last interval's rate runs on for ever. Raises ``ValueError`` unless probabilities are in [0, 1).
    """
    q = np.asarray(probabilities, dtype=np.float64)
    if not ((q >= 0.0) & (q < 1.0)).all():
        raise ValueError(f"probabilities: {q}; must be at least 0 and below 1 (leave out a closing row of 1)")
    return piecewise(np.arange(q.size) * width, -each(log1p, -q) / width)


def empirical(times: npt.ArrayLike, survival: npt.ArrayLike, tail: Literal["never", "last"]) -> Empirical:
    """The table of a step function that falls to each of `survival` at `times` (years), as Kaplan & Meier's does.

    `tail` says what happens to the share still left after the last time: `never` an event, or all at the
    `last` time. Raises ``ValueError`` naming the argument: `times` must be positive and rise, `survival` lie
    in [0, 1] and never rise.
    """
    when, left = np.asarray(times, dtype=np.float64), np.asarray(survival, dtype=np.float64)
    if when.ndim != 1 or when.size == 0 or when[0] <= 0.0 or not _rising(when):
        raise ValueError(f"times: {when}; must be positive and rise, all finite")
    if left.shape != when.shape:
        raise ValueError(f"survival: {left.size} of them for {when.size} times; must be as many")
    if not ((left >= 0.0) & (left <= 1.0)).all() or not (np.diff(left) <= 0.0).all():
        raise ValueError(f"survival: {left}; must lie in 0 to 1 and never rise")
    if tail not in ("never", "last"):
        raise ValueError(f"tail: {tail!r}; allowed: 'never', 'last'")
    cums = np.array([-log(s) if s > 0.0 else math.inf for s in left.tolist()])
    if tail == "last":
        cums[-1] = math.inf
    return Empirical(when, cums)


def observed(times: npt.ArrayLike) -> Empirical:
    """The table of a complete sample of event `times` (years, any order, none censored)."""
    distinct, counts = np.unique(np.asarray(times, dtype=np.float64), return_counts=True)
    left = 1.0 - np.cumsum(counts) / counts.sum()
    return empirical(distinct, np.maximum(left, 0.0), tail="last")


def _rising(values: Floats) -> bool:
    return bool(np.isfinite(values).all() and (np.diff(values) > 0.0).all())
