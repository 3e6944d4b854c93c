"""The normal distribution's tails and quantiles, on the scale of cumulative hazards H = -log(tail).

Only the engine's own elementary functions and sqrt are called, which are the same bits everywhere. Quantiles are within
6.4 units in the last place (``scripts/verify/ulp.py``): ``normal_at`` of themselves, ``normal_quantile`` of 1 where
they are smaller, since a hazard near log(2) tells the middle no better.
"""

from __future__ import annotations

import math

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.elementary import erfc, exp, expm1, log, log1p

_ROOT_HALF = math.sqrt(0.5)
_ROOT_2PI = math.sqrt(2.0 * math.pi)
_LOG_2 = 0.6931471805599453
_FAR = 25.0  # from here on Mills' series is exact to 1e-13, and erfc is still a normal number


@njit
def scaled_tail(z: float) -> float:
    """exp(z*z/2) P(Z > z) for z >= 0: the tail without its exponential part, which never underflows."""
    if z < _FAR:
        return exp(0.5 * z * z) * 0.5 * erfc(z * _ROOT_HALF)
    return _mills(z) / (z * _ROOT_2PI)


@njit
def _mills(z: float) -> float:
    """Mills' ratio times z as an asymptotic series (Abramowitz & Stegun 26.2.12), for `z` from ``_FAR`` on."""
    y = 1.0 / (z * z)
    return 1.0 - y * (1.0 - y * (3.0 - y * (15.0 - y * (105.0 - y * (945.0 - y * 10395.0)))))


@njit
def normal_hazard(z: float) -> float:
    """-log P(Z > z) for a standard normal Z."""
    if z < 0.0:
        return -log1p(-0.5 * erfc(-z * _ROOT_HALF))
    if z < _FAR:
        return -log(0.5 * erfc(z * _ROOT_HALF))
    return 0.5 * z * z + log(z * _ROOT_2PI) - log(_mills(z))


@njit
def normal_quantile(h: float) -> float:
    """The z at which ``normal_hazard`` is `h` > 0 (Wichura 1988, AS 241, entered through -log of the tail)."""
    p = -expm1(-h)
    if abs(p - 0.5) <= 0.425:
        return _central(p - 0.5)
    if h > _LOG_2:
        return _tail(h)
    return -_tail(-log(p))


@njit
def normal_at(u: float) -> float:
    """The standard normal's quantile at a probability `u` in (0, 1), of which 1 - u is exact (AS 241)."""
    if abs(u - 0.5) <= 0.425:
        return _central(u - 0.5)
    return _tail(-log(1.0 - u)) if u > 0.5 else -_tail(-log(u))


@njit
def normals(uniform: Floats) -> Floats:
    """``normal_at`` of each of `uniform`, [draws, people]."""
    out = np.empty(uniform.shape)
    for d in range(uniform.shape[0]):
        for p in range(uniform.shape[1]):
            out[d, p] = normal_at(uniform[d, p])
    return out


@njit
def normal_share(z: float) -> float:
    """P(Z < z) for a standard normal Z."""
    return 0.5 * erfc(-z * _ROOT_HALF)


@njit
def normal_shares(z: Floats) -> Floats:
    """``normal_share`` of each of `z`, [draws, people]."""
    out = np.empty(z.shape)
    for d in range(z.shape[0]):
        for p in range(z.shape[1]):
            out[d, p] = normal_share(z[d, p])
    return out


@njit
def _central(q: float) -> float:
    r = 0.180625 - q * q
    top = 2509.0809287301226727
    for c in (
        33430.575583588128105,
        67265.770927008700853,
        45921.953931549871457,
        13731.693765509461125,
        1971.5909503065514427,
        133.14166789178437745,
        3.3871328727963666080,
    ):
        top = top * r + c
    bottom = 5226.4952788528545610
    for c in (
        28729.085735721942674,
        39307.895800092710610,
        21213.794301586595867,
        5394.1960214247511077,
        687.18700749205790830,
        42.313330701600911252,
        1.0,
    ):
        bottom = bottom * r + c
    return q * top / bottom


@njit
def _tail(minus_log_tail: float) -> float:
    """The z whose upper tail is exp(-`minus_log_tail`), for tails below 0.075."""
    r = math.sqrt(minus_log_tail)
    if r > 26.0:
        return _far_tail(minus_log_tail)
    if r > 5.0:
        return _outer(r - 5.0)
    return _inner(r - 1.6)


@njit
def _inner(r: float) -> float:
    top, bottom = 7.74545014278341407640e-4, 1.05075007164441684324e-9
    for c in (
        0.0227238449892691845833,
        0.241780725177450611770,
        1.27045825245236838258,
        3.64784832476320460504,
        5.76949722146069140550,
        4.63033784615654529590,
        1.42343711074968357734,
    ):
        top = top * r + c
    for c in (
        5.47593808499534494600e-4,
        0.0151986665636164571966,
        0.148103976427480074590,
        0.689767334985100004550,
        1.67638483018380384940,
        2.05319162663775882187,
        1.0,
    ):
        bottom = bottom * r + c
    return top / bottom


@njit
def _outer(r: float) -> float:
    top, bottom = 2.01033439929228813265e-7, 2.04426310338993978564e-15
    for c in (
        2.71155556874348757815e-5,
        0.00124266094738807843860,
        0.0265321895265761230930,
        0.296560571828504891230,
        1.78482653991729133580,
        5.46378491116411436990,
        6.65790464350110377720,
    ):
        top = top * r + c
    for c in (
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.868691311456132591e-4,
        0.0148753612908506148525,
        0.136929880922735805310,
        0.599832206555887937690,
        1.0,
    ):
        bottom = bottom * r + c
    return top / bottom


@njit
def _far_tail(h: float) -> float:
    """Newton on ``normal_hazard`` beyond the range of AS 241 (tails below 1e-293)."""
    z = math.sqrt(2.0 * h)
    for _ in range(6):
        z -= (normal_hazard(z) - h) / (z + 1.0 / z)
    return z
