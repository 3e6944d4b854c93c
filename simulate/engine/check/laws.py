"""Hazards and characteristics in words to numbers, for one draw, as the reference reads them: tables by their kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from models import hazards
from simulate.engine.arithmetic.elementary import each, exp, log1p
from simulate.engine.arithmetic.gamma_quantiles import unit_gammas
from simulate.engine.arithmetic.normal import normal_at
from simulate.engine.check.clock import Hazard, table_of
from simulate.engine.check.ledger import Value
from simulate.engine.laws import families, splines, tabulated


def hazard_of(h: hazards.Hazard, value: Value) -> Hazard:
    """A hazard with its numbers, in one draw."""
    in_pieces = IN_PIECES.get(type(h))
    return _packed(h, value) if in_pieces is None else in_pieces(h, value)


def _packed(h: hazards.Hazard, value: Value) -> Hazard:
    kind, code = CODES[type(h)]
    numbers = {name: np.array([value(getattr(h, name))]) for name in h.__dataclass_fields__}
    p0, p1, p2, p3 = families.pack(kind, **numbers)[0].tolist()
    return Hazard(code, (p0, p1, p2, p3))


def _observed(h: hazards.Empirical, value: Value) -> Hazard:
    starts, sums = tabulated.observed(h.times)
    return Hazard(families.EMPIRICAL, starts=tuple(starts), rates=tuple(0 * starts), sums=tuple(sums))


def _steps(h: hazards.PiecewiseConstant, value: Value) -> Hazard:
    return table_of(h.starts, [value(r) for r in h.rates])


def _by_age(h: hazards.LifeTable, value: Value) -> Hazard:
    ages, deaths = h.values()
    rates = value(h.ratio) * -each(log1p, -np.array(deaths))
    return table_of(ages, rates.tolist())


def _spline(h: hazards.Spline, value: Value) -> Hazard:
    knots, slopes, values = splines.spline(
        np.array(h.knots), np.array([[value(c) for c in h.coefficients]]), h.per_year
    )
    word = splines.SCALES[h.scale], 0.0, 0.0, 0.0
    return Hazard(families.SPLINE, word, tuple(knots), tuple(slopes[0]), tuple(values[0]))


CODES: Mapping[type, tuple[str, int]] = {  # those of four numbers: how ``families.pack`` calls them, and their code
    hazards.Exponential: ("exponential", families.EXPONENTIAL),
    hazards.Weibull: ("weibull", families.WEIBULL),
    hazards.WeibullPH: ("weibull_ph", families.WEIBULL),
    hazards.Gompertz: ("gompertz", families.GOMPERTZ),
    hazards.LogLogistic: ("log_logistic", families.LOG_LOGISTIC),
    hazards.LogNormal: ("log_normal", families.LOG_NORMAL),
    hazards.Gamma: ("gamma", families.GENERALISED_GAMMA),
    hazards.GeneralisedGamma: ("generalised_gamma", families.GENERALISED_GAMMA),
    hazards.Normal: ("normal", families.NORMAL_TIME),
    hazards.FixedTime: ("fixed_time", families.FIXED_TIME),
    hazards.AtOnce: ("at_once", families.FIXED_TIME),
}
IN_PIECES: Mapping[type, Callable[[Any, Value], Hazard]] = {
    hazards.PiecewiseConstant: _steps,
    hazards.LifeTable: _by_age,
    hazards.Empirical: _observed,
    hazards.Spline: _spline,
}


# --- characteristics ----------------------------------------------------------------------------


def _normal(mean: float, sd: float, u: float) -> float:
    return mean + sd * normal_at(u)


def _lognormal(median: float, sigma: float, u: float) -> float:
    return median * exp(sigma * normal_at(u))


def unit_gamma(shape: float, u: float) -> float:
    """The quantile of a gamma with mean 1."""
    return float(unit_gammas(np.array([shape]), np.array([[u]]))[0, 0])


def _gamma(mean: float, sd: float, u: float) -> float:
    return mean * unit_gamma((mean / sd) * (mean / sd), u)


def _uniform(low: float, high: float, u: float) -> float:
    return low + (high - low) * u


QUANTILES: Mapping[str, Callable[[float, float, float], float]] = {  # by distribution, of first, second and a uniform
    "normal": _normal,
    "lognormal": _lognormal,
    "gamma": _gamma,
    "uniform": _uniform,
}
