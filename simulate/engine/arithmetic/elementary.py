"""exp, log and their kin from additions, multiplications and divisions alone: the same bits on every IEEE machine.

A C library chooses its routines by the processor, some with fused multiply-add, and two libraries differ; these do
not. Every function is within 0.8 units in the last place of the truth, subnormal results too (at ten million points
each: log 0.51, exp 0.52, log1p 0.51, pow 0.52, expm1 0.68, erfc 0.78; ``scripts/verify/ulp.py``): table, short
remainder, and a Taylor series of it, summed from the small end (Tang 1989, doi 10.1145/63522.214389; 1990,
10.1145/98267.98294; the sums and products of two doubles after Dekker 1971, 10.1007/BF01397083). Nothing is compiled
with contraction, so no product is fused with a sum. Where CPython raises, they are infinite or not a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.elementary_tables import (
    CELLS,
    ERFC,
    LN2_REST,
    LN2_SHORT,
    LOGARITHMS,
    POWERS,
    STEP_REST,
    STEP_SHORT,
    STEPS,
    TERMS,
)

_ROUND = 1.5 * 2.0**52  # added and taken off again, it leaves the nearest whole number
_SPLIT = 2.0**27 + 1.0
_LARGEST, _LEAST = 709.782712893384, -745.1332191019412  # beyond, exp overflows and is 0
_BIAS, _PLACES = np.int64(1023), np.int64(52)
_BEGIN = np.int64(0x3FE6000000000000)  # of the number 11 / 16, from which on logarithms are looked up
_HALF_CELL, _CELL = np.int64(1 << 44), np.int64(45)  # binary places of the width of a cell
_NO_STEPS = np.int64(0x4338000000000000)  # of the number _ROUND
_HIGH = np.int64(~0x1FFFFF)  # the upper 32 binary places of a number
_FRACTION = np.int64(0x000FFFFFFFFFFFFF)
_TINY = 2.0**-1022
_U52 = 2.0**52
_MASK, _SHIFT = np.int64(CELLS - 1), np.int64(7)
_SIXTEENTHS = np.int64(48)  # where the first four binary places after the leading one begin


@njit
def _bits(x: float) -> np.int64:
    return np.float64(x).view(np.int64)


@njit
def _number(bits: np.int64) -> float:
    return np.int64(bits).view(np.float64)


@njit
def _power_of_2(e: np.int64) -> float:
    """2^e, for -1022 <= e <= 1023."""
    return _number((e + _BIAS) << _PLACES)


@njit
def _scaled(x: float, e: np.int64) -> float:
    """x 2^e, for any e that exp or erfc meets."""
    if e < -1000:
        return x * _power_of_2(e + 200) * _power_of_2(np.int64(-200))
    if e > 1000:
        return x * _power_of_2(e - 100) * _power_of_2(np.int64(100))
    return x * _power_of_2(e)


@njit
def _rest_of_product(a: float, b: float, product: float) -> float:
    """What rounding took off a b."""
    c = _SPLIT * a
    a1 = c - (c - a)
    c = _SPLIT * b
    b1 = c - (c - b)
    a2, b2 = a - a1, b - b1
    return ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def each(function: Callable[[float], float], values: Floats) -> Floats:
    """A function of one number for each of `values`, of the same shape."""
    given = np.asarray(values, dtype=np.float64)
    if given.size and given.tobytes() == given.ravel()[:1].tobytes() * given.size:  # one number, over and over
        return np.full(given.shape, function(float(given.ravel()[0])), dtype=np.float64)
    return np.array([function(x) for x in given.ravel().tolist()], dtype=np.float64).reshape(given.shape)


def exps(values: npt.ArrayLike) -> Floats:
    """``exp`` of each of `values`, of the same shape."""
    given = np.asarray(values, dtype=np.float64)
    return _exps(given.ravel()).reshape(given.shape)


def logs(values: npt.ArrayLike) -> Floats:
    """``log`` of each of `values`, of the same shape."""
    given = np.asarray(values, dtype=np.float64)
    return _logs(given.ravel()).reshape(given.shape)


@njit
def _exps(x: Floats) -> Floats:
    out = np.empty(x.size)
    for i in range(x.size):
        out[i] = exp(x[i])
    return out


@njit
def _logs(x: Floats) -> Floats:
    out = np.empty(x.size)
    for i in range(x.size):
        out[i] = log(x[i])
    return out


# --- exponentials -----------------------------------------------------------------------------


@njit
def _stepped(x: float) -> tuple[np.int64, float]:
    """The whole number of steps of log(2) / CELLS nearest to `x`, and what is left."""
    counted = x * STEPS + _ROUND  # the number of steps, in its last places
    steps = counted - _ROUND
    return _bits(counted) - _NO_STEPS, (x - steps * STEP_SHORT) - steps * STEP_REST


@njit
def _grown(r: float) -> float:
    """exp(r) - 1, where `r` is less than a step."""
    square = r * r
    return r + square * ((0.5 + r * (1.0 / 6.0)) + square * (1.0 / 24.0 + r * (1.0 / 120.0)))


@njit
def exp(x: float) -> float:
    """e^x; infinite above 709.78, and 0 below -745.13."""
    if not -700.0 < x < 700.0:
        return _exp_at_ends(x)
    steps, r = _stepped(x)
    i = np.uint64(steps & _MASK)
    high: float = POWERS[i, 0]
    low: float = POWERS[i, 1]
    return (high + (low + high * _grown(r))) * _power_of_2(steps >> _SHIFT)


@njit
def _exp_at_ends(x: float) -> float:
    """The same where it, or the power of two in it, may be no normal number."""
    if not (_LEAST <= x <= _LARGEST):
        return math.inf if x > 0.0 else 0.0 if x < 0.0 else math.nan
    steps, r = _stepped(x)
    i = np.uint64(steps & _MASK)
    high: float = POWERS[i, 0]
    return _scaled(high + (POWERS[i, 1] + high * _grown(r)), steps >> _SHIFT)


@njit
def expm1(x: float) -> float:
    """e^x - 1, to full relative precision near 0."""
    if abs(x) < 0.03:
        square = x * x
        far = 1.0 / 720.0 + x * (1.0 / 5040.0) + square * (1.0 / 40320.0)
        return x + square * (0.5 + (x * (1.0 / 6.0) + square * (1.0 / 24.0 + x * (1.0 / 120.0) + square * far)))
    if not -40.0 < x < 700.0:
        return exp(x) - 1.0
    steps, r = _stepped(x)
    more = _grown(r)
    i = np.uint64(steps & _MASK)
    scale = _power_of_2(steps >> _SHIFT)
    high: float = POWERS[i, 0]
    low: float = POWERS[i, 1]
    whole = scale * high
    less = whole - 1.0
    rest = (whole - (less + 1.0)) if whole < 1.0 else (whole - less) - 1.0
    return less + (rest + scale * (low + high * more))


# --- logarithms -------------------------------------------------------------------------------


@njit
def _reduced(x: float) -> tuple[float, float, float, float, float]:
    """log(x) as a + b + log(1 + r + s), for positive normal `x`: a with few binary places, r short, b and s tiny.

    The fifth is the reciprocal that `x` was multiplied by, but for a power of two.
    """
    bits = _bits(x)
    e = (bits - _BEGIN) >> _PLACES
    bits -= e << _PLACES
    z, high = _number(bits), _number(bits & _HIGH)
    i = np.uint64((bits - _BEGIN + _HALF_CELL) >> _CELL)
    c = LOGARITHMS[i, 0]
    most, less = high * c - 1.0, (z - high) * c  # both exact
    r = most + less
    whole = float(e)
    return whole * LN2_SHORT + LOGARITHMS[i, 1], whole * LN2_REST + LOGARITHMS[i, 2], r, (most - r) + less, c


@njit
def _log_of(x: float, rest: float) -> float:
    """log(x (1 + rest)) for positive normal `x` and a `rest` below its last place."""
    a, b, r, s, _ = _reduced(x)
    high = a + r
    low = (((a - high) + r) + s) + (b + rest)
    square = r * r
    series = (r * 0.2 - 0.25) + square * (r * (1.0 / 7.0) - 1.0 / 6.0)
    return high + (low + square * ((r * (1.0 / 3.0) - 0.5) + square * series))


@njit
def log(x: float) -> float:
    """The natural logarithm; -infinity at 0 and not a number below."""
    if _TINY <= x < math.inf:
        return _log_of(x, 0.0)
    if 0.0 < x < _TINY:
        return _log_double(x * _U52, 52.0)[0]
    return -math.inf if x == 0.0 else x if x == math.inf else math.nan


@njit
def log1p(x: float) -> float:
    """log(1 + x), to full relative precision near 0."""
    if abs(x) < 0.0035:
        square = x * x
        series = (x * 0.2 - 0.25) + square * ((x * (1.0 / 7.0) - 1.0 / 6.0) - square * 0.125)
        return x + square * ((x * (1.0 / 3.0) - 0.5) + square * series)
    if not -1.0 < x < 1e300:
        return log(1.0 + x)
    y = 1.0 + x
    lost = x - (y - 1.0) if x < 1.0 else 1.0 - (y - x)
    return _log_of(y, lost / y)


@njit
def _log_double(x: float, halved: float) -> tuple[float, float]:
    """log(x / 2^halved) as a sum of two, right to 2^-66 of itself, for positive normal `x`."""
    a, b, r, s, _ = _reduced(x)
    a, b = a - halved * LN2_SHORT, b - halved * LN2_REST
    first = a + r
    low = ((a - first) + r) + s + b
    square = r * r
    half, half_rest = -0.5 * square, -0.5 * _rest_of_product(r, r, square) - r * s
    second = first + half
    low += (first - second) + half + half_rest
    series = (r * (1.0 / 7.0) - 1.0 / 6.0) + square * ((r * (1.0 / 9.0) - 0.125) - square * 0.1)
    low += r * square * (1.0 / 3.0 + (r * (r * 0.2 - 0.25) + r * square * series))
    total = second + low
    return total, (second - total) + low


@njit
def pow(x: float, y: float) -> float:
    """x^y for `x` from 0 on: also of any size, and 1 where `y` is 0 or `x` is 1."""
    if y == 0.0 or x == 1.0:
        return 1.0
    if not (0.0 < x < math.inf and abs(y) < 1e300):
        return _power_at_ends(x, y)
    log_x, rest = _log_double(x, 0.0) if x >= _TINY else _log_double(x * _U52, 52.0)
    product = y * log_x
    if not (_LEAST - 1.0 < product < _LARGEST + 1.0):
        return math.inf if product > 0.0 else 0.0
    steps, r = _stepped(product)
    more = _grown(r + (_rest_of_product(y, log_x, product) + y * rest))
    i = np.uint64(steps & _MASK)
    return _scaled(POWERS[i, 0] + (POWERS[i, 1] + POWERS[i, 0] * more), steps >> _SHIFT)


@njit
def _power_at_ends(x: float, y: float) -> float:
    """x^y where one of them is infinite or huge, `x` is 0, or there is none."""
    if x < 0.0 or math.isnan(x) or math.isnan(y):
        return math.nan
    return math.inf if (x > 1.0) == (y > 0.0) else 0.0


# --- the normal's tail ------------------------------------------------------------------------


@njit
def erfc(x: float) -> float:
    """The complementary error function: exp(-x^2), as a sum of two, times a series around the nearest node."""
    if x < 0.0:
        return 2.0 - erfc(-x) if x > -7.0 else 2.0
    if not x < 27.3:
        return math.nan if math.isnan(x) else 0.0
    square = x * x
    steps, r = _stepped(-square)
    more = _grown(r - _rest_of_product(x, x, square))
    i = np.uint64(steps & _MASK)
    high, low = POWERS[i, 0], POWERS[i, 1] + POWERS[i, 0] * more
    n = _node(x)
    d = x - ERFC[n, 0]
    series = 0.0
    for j in range(TERMS + 2, 2, -1):
        series = series * d + ERFC[n, j]
    value, rest = ERFC[n, 1], ERFC[n, 2] + series * d
    product = high * value
    least = _rest_of_product(high, value, product) + (high * rest + low * (value + rest))
    return _scaled(product + least, steps >> _SHIFT)


@njit
def _node(x: float) -> np.uint64:
    """Which stretch of the table `x` is in."""
    if x < 1.0:
        return np.uint64(x * 16.0)
    return np.uint64(((_bits(x) - (_BIAS << _PLACES)) >> _SIXTEENTHS) + 16)
