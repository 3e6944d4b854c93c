"""Cumulative hazards and their inverses, one family a pair of functions, exact in both tails.

A family's parameters travel as four floats (p0, p1, p2, p3); ``pack`` fills them from the natural ones.
Everything works on the cumulative hazard H = -log S rather than on probabilities, so no tail is ever lost
to rounding: H from 1e-300 to 1e100, right to 1e-12 of itself (a normal time's to 1e-15
of H0 too), or to a few times what the last bit of `t` is
worth where H is so steep that this is more. Only the engine's own elementary functions and sqrt
are used. Families given as tables are in ``tabulated`` and ``splines``.

================== ======== ======== ====== ====== ==================================================
family             p0       p1       p2     p3     survival S(t)
================== ======== ======== ====== ====== ==================================================
EXPONENTIAL        rate                            exp(-rate t)
WEIBULL            shape    scale    1/shape       exp(-(t/scale)^shape)
GOMPERTZ           rate     growth                 exp(-rate (exp(growth t) - 1) / growth)
LOG_NORMAL         median   sigma                  P(Z > log(t/median) / sigma)
LOG_LOGISTIC       shape    scale                  1 / (1 + (t/scale)^shape)
GENERALISED_GAMMA  k        location c      beta   P(G > k (t/location)^beta), G gamma of shape k; < if beta < 0
(its limit)        sigma    location 0      0      P(Z > log(t/location) / sigma)
FIXED_TIME         at       always                 1 before `at`, 0 from it on; `always`: at once where `at` has passed
NORMAL_TIME        mean     sd       H0            P(Z > (t - mean)/sd) exp(H0), H0 = -log P(Z > -mean/sd)
================== ======== ======== ====== ====== ==================================================
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.elementary import exp, expm1, log, log1p
from simulate.engine.arithmetic.incomplete_gamma import exp_or_inf, inverse_tail, log_complement, log_peak, log_tails
from simulate.engine.arithmetic.normal import normal_hazard, normal_quantile

EXPONENTIAL, WEIBULL, GOMPERTZ, LOG_NORMAL, LOG_LOGISTIC, GENERALISED_GAMMA, FIXED_TIME = 0, 1, 2, 3, 4, 5, 6
PIECEWISE, EMPIRICAL = 7, 8  # tables: see ``tabulated``
NORMAL_TIME = 9
SPLINE = 10  # a table: see ``splines``

SMALLEST_SHAPE, LARGEST_SHAPE = 1e-3, 1e6  # of a gamma: outside, `t` itself no longer carries H to 1e-10
NORMAL = 1e-15  # |Q| below which a generalised gamma is its log-normal limit (they differ by less than 1e-11)

_LINEAR = 1e-17  # growth over a whole span below which a Gompertz is its exponential limit, to the last bit
_BIG = 700.0  # exp of this is still finite
_NEVER = 1e100  # a cumulative hazard that nothing reaches


@njit
def cumulative(family: int, p0: float, p1: float, p2: float, p3: float, t: float) -> float:
    """Cumulative hazard H(t) at a finite operational age `t` (years); 0 for t <= 0."""
    if t <= 0.0:
        return 0.0
    if family == EXPONENTIAL:
        return p0 * t
    if family == WEIBULL:
        return exp_or_inf(p0 * log_ratio(t, p1))
    return _other_cumulative(family, p0, p1, p2, p3, t)


@njit
def inverse(family: int, p0: float, p1: float, p2: float, p3: float, h: float) -> float:
    """The age at which the cumulative hazard reaches `h`; infinite when it never does, or `h` itself is."""
    if h <= 0.0:
        return 0.0
    if family == EXPONENTIAL:
        return h / p0 if p0 > 0.0 else math.inf
    if family == WEIBULL:
        return p1 * exp_or_inf(log(h) * p2)
    return _other_inverse(family, p0, p1, p2, p3, h)


@njit
def log_ratio(t: float, scale: float) -> float:
    """log(t / scale), without the error of subtracting logarithms; -inf where the ratio underflows."""
    ratio = t / scale
    return log(ratio) if ratio > 0.0 else -math.inf


@njit
def _other_cumulative(family: int, p0: float, p1: float, p2: float, p3: float, t: float) -> float:
    if family == GOMPERTZ:
        return _gompertz(p0, p1, t)
    if family == LOG_NORMAL:
        return normal_hazard(log_ratio(t, p0) / p1)
    if family == LOG_LOGISTIC:
        return _logistic(p0 * log_ratio(t, p1))
    if family == GENERALISED_GAMMA:
        return _generalised_gamma(p0, p1, p2, p3, t)
    if family == NORMAL_TIME:
        return max(normal_hazard((t - p0) / p1) - p2, 0.0)
    return math.inf if t >= p0 else 0.0


@njit
def _other_inverse(family: int, p0: float, p1: float, p2: float, p3: float, h: float) -> float:
    if h > _NEVER:  # among them inf, which keeps a fixed time that has passed from coming again
        return math.inf
    if family == GOMPERTZ:
        return _gompertz_inverse(p0, p1, h)
    if family == LOG_NORMAL:
        return p0 * exp_or_inf(p1 * normal_quantile(h))
    if family == LOG_LOGISTIC:
        return p1 * exp_or_inf((h + log_complement(-h)) / p0)  # the bracket is log(exp(h) - 1)
    if family == GENERALISED_GAMMA:
        return _generalised_gamma_inverse(p0, p1, p2, p3, h)
    if family == NORMAL_TIME:
        return max(p0 + p1 * normal_quantile(h + p2), 0.0)
    return p0


@njit
def _gompertz(rate: float, growth: float, t: float) -> float:
    grown = growth * t
    if rate <= 0.0 or abs(grown) < _LINEAR:
        return rate * t
    if grown > _BIG:
        return exp_or_inf(grown + log(rate) - log(growth))
    return rate * expm1(grown) / growth


@njit
def _gompertz_inverse(rate: float, growth: float, h: float) -> float:
    if rate <= 0.0:
        return math.inf
    linear = h / rate
    grown = growth * linear
    if abs(grown) < _LINEAR:
        return linear
    return log1p(grown) / growth if grown > -1.0 else math.inf


@njit
def _logistic(y: float) -> float:
    """log(1 + exp(y))."""
    return log1p(exp(y)) if y < 0.0 else y + log1p(exp(-y))


@njit
def _generalised_gamma(k: float, location: float, c: float, beta: float, t: float) -> float:
    w = log_ratio(t, location)
    if beta == 0.0:
        return normal_hazard(w / k)
    log_p, log_q = log_tails(k, c, beta * w)
    return -log_q if beta > 0.0 else -log_p


@njit
def _generalised_gamma_inverse(k: float, location: float, c: float, beta: float, h: float) -> float:
    if beta == 0.0:
        return location * exp_or_inf(k * normal_quantile(h))
    return location * exp_or_inf(inverse_tail(k, c, h, beta > 0.0) / beta)


# --- from natural parameters to the four floats -----------------------------------------------


class Kind(NamedTuple):
    """A way to state a family: its code, its arguments with their least value, and one draw's four floats."""

    family: int
    arguments: dict[str, float]  # name -> least value allowed; -inf where any finite value is
    row: Callable[..., tuple[float, float, float, float]] | None = None  # None: the arguments themselves, then zeros


_ABOVE_0 = math.ulp(0.0)


def _weibull(shape: float, scale: float) -> tuple[float, float, float, float]:
    return shape, scale, min(1.0 / shape, sys.float_info.max), 0.0


def _weibull_from_rate(shape: float, rate: float) -> tuple[float, float, float, float]:
    return _weibull(shape, _time_of("rate", -log(rate) / shape))


def _gamma(shape: float, scale: float) -> tuple[float, float, float, float]:
    if not SMALLEST_SHAPE <= shape <= LARGEST_SHAPE:
        raise ValueError(f"shape: {shape}; allowed for a gamma: {SMALLEST_SHAPE:g} to {LARGEST_SHAPE:g}")
    return shape, shape * scale, log_peak(shape), 1.0


def _generalised(location: float, sigma: float, q: float) -> tuple[float, float, float, float]:
    if abs(q) < NORMAL:
        return sigma, location, 0.0, 0.0
    k = 1.0 / (q * q)
    if k < SMALLEST_SHAPE:
        raise ValueError(f"q: {q}; allowed: {-(SMALLEST_SHAPE**-0.5):.4g} to {SMALLEST_SHAPE**-0.5:.4g}")
    return k, location, log_peak(k), q / sigma


def _normal_time(mean: float, sd: float) -> tuple[float, float, float, float]:
    return mean, sd, normal_hazard(-mean / sd), 0.0


def _prentice(mu: float, sigma: float, q: float) -> tuple[float, float, float, float]:
    """Prentice 1974 (doi 10.1093/biomet/61.3.539): log t = mu + sigma log(q^2 G) / q with G gamma of shape 1/q^2."""
    return _generalised(_time_of("mu", mu), sigma, q)


def _time_of(name: str, x: float) -> float:
    if abs(x) > _BIG:
        raise ValueError(f"{name}: leads to a time of exp({x:.4g}) years; allowed: exp(-{_BIG:g}) to exp({_BIG:g})")
    return exp(x)


KINDS = {
    "exponential": Kind(EXPONENTIAL, {"rate": 0.0}),
    "weibull": Kind(WEIBULL, {"shape": _ABOVE_0, "scale": _ABOVE_0}, _weibull),
    "weibull_ph": Kind(WEIBULL, {"shape": _ABOVE_0, "rate": _ABOVE_0}, _weibull_from_rate),
    "gompertz": Kind(GOMPERTZ, {"rate": 0.0, "growth": -math.inf}),
    "log_normal": Kind(LOG_NORMAL, {"median": _ABOVE_0, "sigma": _ABOVE_0}),
    "log_logistic": Kind(LOG_LOGISTIC, {"shape": _ABOVE_0, "scale": _ABOVE_0}),
    "gamma": Kind(GENERALISED_GAMMA, {"shape": _ABOVE_0, "scale": _ABOVE_0}, _gamma),
    "generalised_gamma": Kind(
        GENERALISED_GAMMA, {"location": _ABOVE_0, "sigma": _ABOVE_0, "q": -math.inf}, _generalised
    ),
    "prentice": Kind(GENERALISED_GAMMA, {"mu": -math.inf, "sigma": _ABOVE_0, "q": -math.inf}, _prentice),
    "normal": Kind(NORMAL_TIME, {"mean": 0.0, "sd": _ABOVE_0}, _normal_time),
    "fixed_time": Kind(FIXED_TIME, {"at": 0.0}),
    "at_once": Kind(FIXED_TIME, {"at": 0.0, "always": 0.0}),
}


def pack(kind: str, **natural: Floats) -> Floats:
    """Kernel parameters float64 [draws, 4] of a hazard of this `kind` from its natural parameters, each [draws].

    Times are in years and rates per year; the arguments of each kind are in ``KINDS``. Raises ``ValueError``
    naming the argument and the draw when one is missing, unknown, not finite or out of range.
    """
    if kind not in KINDS:
        raise ValueError(f"hazard kind {kind!r}; allowed: {', '.join(KINDS)}")
    _, arguments, row = KINDS[kind]
    if set(natural) != set(arguments):
        raise ValueError(f"{kind}: takes {', '.join(arguments)}; got {', '.join(natural) or 'nothing'}")
    columns = np.stack([_checked(kind, name, natural[name], least) for name, least in arguments.items()], axis=1)
    if row is None:
        return np.concatenate([columns, np.zeros((len(columns), 4 - len(arguments)))], axis=1)
    return np.array([_row(kind, d, row, values) for d, values in enumerate(columns.tolist())])


def _checked(kind: str, name: str, values: Floats, least: float) -> Floats:
    given = np.asarray(values, dtype=np.float64)
    bad = np.flatnonzero(~(np.isfinite(given) & (given >= least)))
    if len(bad):
        need = "" if least < 0 else " and positive" if least > 0 else " and not negative"
        raise ValueError(f"{kind}.{name}: {given[bad[0]]} in draw {bad[0]}; must be finite{need}")
    return given


def _row(
    kind: str, d: int, row: Callable[..., tuple[float, float, float, float]], values: list[float]
) -> tuple[float, float, float, float]:
    try:
        return row(*values)
    except ValueError as error:
        raise ValueError(f"{kind}.{error} (draw {d})") from None
