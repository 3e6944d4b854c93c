"""Cumulative hazards and their inverses, one family a pair of lines, exact in the tails.

A family's parameters travel as three floats (p0, p1, p2); ``pack`` fills them. Everything works on
the cumulative hazard H = -log S rather than on probabilities, so no tail is ever lost to rounding.
Only functions on which numba and CPython agree to the last bit are used: exp, log, log1p, expm1, erfc, sqrt.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from simulate.engine.jit import njit

EXPONENTIAL, WEIBULL, GOMPERTZ, LOG_NORMAL = 0, 1, 2, 3

_ROOT_HALF = math.sqrt(0.5)
_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_LOG_2 = math.log(2.0)


@njit
def cumulative(family: int, p0: float, p1: float, p2: float, t: float) -> float:
    """Cumulative hazard H(t) of a family at operational age `t` (years); 0 for t <= 0."""
    if t <= 0.0:
        return 0.0
    if family == EXPONENTIAL:
        return p0 * t
    if family == WEIBULL:
        return math.exp(p0 * math.log(t / p1))
    if family == GOMPERTZ:
        return p0 * t if p1 == 0.0 else p0 * math.expm1(p1 * t) / p1
    return _normal_hazard((math.log(t) - p2) / p1)


@njit
def inverse(family: int, p0: float, p1: float, p2: float, h: float) -> float:
    """The age at which the cumulative hazard reaches `h`; infinite when it never does."""
    if h <= 0.0:
        return 0.0
    if family == EXPONENTIAL:
        return h / p0 if p0 > 0.0 else math.inf
    if family == WEIBULL:
        return p1 * math.exp(math.log(h) / p0)
    if family == GOMPERTZ:
        return _gompertz_inverse(p0, p1, h)
    return math.exp(p2 + p1 * _normal_quantile(h))


@njit
def _gompertz_inverse(rate: float, growth: float, h: float) -> float:
    if rate <= 0.0:
        return math.inf
    if growth == 0.0:
        return h / rate
    x = growth * h / rate
    return math.log1p(x) / growth if x > -1.0 else math.inf


@njit
def _normal_hazard(z: float) -> float:
    """-log P(Z > z) for a standard normal Z."""
    if z < 0.0:
        return -math.log1p(-0.5 * math.erfc(-z * _ROOT_HALF))
    if z < 25.0:
        return -math.log(0.5 * math.erfc(z * _ROOT_HALF))
    y = 1.0 / (z * z)  # Mills' ratio as an asymptotic series, Abramowitz & Stegun 26.2.12
    series = -y * (1.0 - y * (3.0 - y * (15.0 - y * 105.0)))
    return 0.5 * z * z + math.log(z) + _HALF_LOG_2PI - math.log1p(series)


@njit
def _normal_quantile(h: float) -> float:
    """The z at which ``_normal_hazard`` is `h` (Wichura 1988, AS 241, entered through -log of the tail)."""
    p = -math.expm1(-h)
    if abs(p - 0.5) <= 0.425:
        return _central(p - 0.5)
    if h > _LOG_2:
        return _tail(h)
    return -_tail(-math.log(p))


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
    r = math.sqrt(minus_log_tail)
    if r > 26.0:
        return _far_tail(minus_log_tail)
    if r <= 5.0:
        r -= 1.6
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
    r -= 5.0
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
        7.86869131145613259100e-4,
        0.0148753612908506148525,
        0.136929880922735805310,
        0.599832206555887937690,
        1.0,
    ):
        bottom = bottom * r + c
    return top / bottom


@njit
def _far_tail(h: float) -> float:
    """Newton on ``_normal_hazard`` beyond the range of AS 241 (tails below 1e-290)."""
    z = math.sqrt(2.0 * h)
    for _ in range(6):
        z -= (_normal_hazard(z) - h) / (z + 1.0 / z)
    return z


def pack(family: int, first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Kernel parameters float64 [draws, 3] of a family from its two natural parameters."""
    third = np.zeros_like(first)
    if family == LOG_NORMAL:  # math.log, not numpy's: the reference twin must find the same bits
        third = np.array([math.log(m) if m > 0 else -math.inf for m in first])
    return np.stack([first, second, third], axis=1)
