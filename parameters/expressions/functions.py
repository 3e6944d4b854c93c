"""exp, log and their kin of arrays, from additions, multiplications and divisions alone: the same bits everywhere.

A C library chooses its routines by the processor; these do not. They are within 2 units in the last place of the truth
(a test holds them to it). Nothing is compiled, since whoever checks a file waits for it. What has no value is not a
number, or infinite, as numpy has it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # ln 2, its first 33 binary places and the rest
_SMALL, _LARGE = -745.2, 709.79  # beyond, exp is 0 and infinite
_TERMS_OF_EXP = 16
_TERMS_OF_LOG = 13


def exp(values: npt.ArrayLike) -> Floats:
    """The exponential: 2^n times the Taylor series of what is left, which is within ln 2 / 2 of 0."""
    x = np.asarray(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        inside = np.clip(np.where(np.isnan(x), 0.0, x), _SMALL, _LARGE)
        n = np.rint(inside / (_LN2_HIGH + _LN2_LOW))
        high, low = inside - n * _LN2_HIGH, n * _LN2_LOW
        rest = high - low
        series = np.zeros_like(rest)
        for k in range(_TERMS_OF_EXP, 1, -1):
            series = (series + 1.0) * rest / k
        # 1 + r + r (r/2 + ...): the large terms last, with what was lost of the remainder
        out = np.ldexp(1.0 + (rest + (rest * series + ((high - rest) - low))), n.astype(np.int64))
        out = np.where(x > _LARGE, np.inf, np.where(x < _SMALL, 0.0, out))
    return np.where(np.isnan(x), np.nan, out)


def log(values: npt.ArrayLike) -> Floats:
    """The natural logarithm: n ln 2 and the series of artanh, of a fraction between the root of 1/2 and that of 2."""
    x = np.asarray(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        known = (x > 0) & np.isfinite(x)
        fraction, n = np.frexp(np.where(known, x, 1.0))
        low = fraction < 0.7071067811865476
        fraction, n = np.where(low, 2.0 * fraction, fraction), n - low
        f = fraction - 1.0
        s = f / (2.0 + f)
        square, series = s * s, np.zeros_like(s)
        for k in range(_TERMS_OF_LOG, 0, -1):
            series = (series + 1.0 / (2 * k + 1)) * square
        half = 0.5 * f * f
        # log(1+f) = f - f^2/2 + s (f^2/2 + 2 series): the small terms first (as fdlibm has it)
        out = n * _LN2_HIGH - ((half - (s * (half + 2.0 * series) + n * _LN2_LOW)) - f)
        out = np.where(x == 0, -np.inf, np.where(np.isposinf(x), np.inf, out))
    return np.where((x < 0) | np.isnan(x), np.nan, out)


def expit(values: npt.ArrayLike) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    x = np.asarray(values, dtype=np.float64)
    small = exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, small) / (1.0 + small))


def logit(values: npt.ArrayLike) -> Floats:
    """log(p / (1 - p))."""
    p = np.asarray(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        return log(p / (1.0 - p))


def power(base: npt.ArrayLike, exponent: npt.ArrayLike) -> Floats:
    """A power: multiplied out where the exponent is one small whole number, else by exp and log of a base above 0."""
    x, y = np.broadcast_arrays(np.asarray(base, dtype=np.float64), np.asarray(exponent, dtype=np.float64))
    if y.size and (y == y.flat[0]).all() and float(y.flat[0]).is_integer() and abs(y.flat[0]) <= 64:
        return _whole(x, int(y.flat[0]))
    with np.errstate(all="ignore"):
        out = exp(y * log(x))
        return np.where((x == 0) & (y > 0), 0.0, out)


def _whole(x: Floats, n: int) -> Floats:
    with np.errstate(all="ignore"):
        out, square, left = np.ones_like(x), x, abs(n)
        while left:
            out = out * square if left & 1 else out
            square, left = square * square, left >> 1
        return out if n >= 0 else 1.0 / out
