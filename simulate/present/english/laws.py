"""How long until an event, in English: a sentence for each family of times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models import hazards
from models.contract import Event, Quantity
from parameters.units import DAYS_PER_YEAR, MONTHS_PER_YEAR, number_of
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import listed, number, percent, plural

MOST_TOLD = 7


def several(told: Sequence[str], values: Sequence[Quantity], last: str) -> str:
    """A list; of many plain numbers, of which none can be changed by its name, the first few and the last."""
    if len(told) <= MOST_TOLD or not all(isinstance(x, (int, float)) for x in values):
        return listed(told, last)
    return f"{', '.join(told[: MOST_TOLD - 1])}, …, {told[-1]}"


def law(w: Glossary, event: Event) -> str:
    """When an event happens, in words."""
    if isinstance(event.hazard, hazards.PerCycle):
        return _per_cycle(w, event.hazard)
    return FAMILIES[type(event.hazard)](w, event.hazard)


def _exponential(w: Glossary, h: hazards.Exponential) -> str:
    return f"The hazard is constant: {w.told(h.rate, 'per_year')}{_once_in(w, h.rate)}."


def _once_in(w: Glossary, rate: Quantity) -> str:
    """What a constant rate means as a waiting time."""
    value = w.value(rate)
    if value is None or value <= 0:
        return ""
    years = 1 / value
    if years >= 2:
        return f"; on average once in {number(years, 2)} years at risk"
    return (
        f"; on average once in {number(years * MONTHS_PER_YEAR, 2)} months at risk"
        if years >= 1 / 6
        else (f"; on average once in {number(years * DAYS_PER_YEAR, 2)} days at risk")
    )


def _weibull(w: Glossary, h: hazards.Weibull) -> str:
    shape, scale = w.told(h.shape), w.told(h.scale, "years")
    return f"The time to it is Weibull with shape {shape} and scale {scale}; {_shape(w.value(h.shape))}."


def _weibull_ph(w: Glossary, h: hazards.WeibullPH) -> str:
    shape, rate = w.told(h.shape), w.told(h.rate)
    return (
        f"The time to it is Weibull: by t years the hazard has summed to {rate} times t to the power of {shape};"
        f" {_shape(w.value(h.shape))}."
    )


def _shape(shape: float | None) -> str:
    """What a Weibull shape says about the hazard."""
    if shape is None:
        return "its hazard changes as time passes"
    if shape == 1:
        return "a shape of 1 means that the hazard is constant and the scale is the mean"
    where, how = ("above", "rises") if shape > 1 else ("below", "falls")
    return f"a shape {where} 1 means that the hazard {how} as time passes"


def _gompertz(w: Glossary, h: hazards.Gompertz) -> str:
    rate, growth = w.told(h.rate, "per_year"), w.told(h.growth, "per_year_growth")
    value = w.value(h.growth)
    compound = "" if value is None else f", that is by {percent(math.expm1(value), 2)} a year compounded"
    return f"The hazard starts at {rate} and grows exponentially by {growth}{compound}."


def _log_logistic(w: Glossary, h: hazards.LogLogistic) -> str:
    median, shape = w.told(h.scale, "years"), w.told(h.shape)
    return f"The time to it is log-logistic: half happen within the median, {median}, and the shape is {shape}."


def _log_normal(w: Glossary, h: hazards.LogNormal) -> str:
    median, sigma = w.told(h.median, "years"), w.told(h.sigma)
    return (
        f"The time to it is log-normal: half happen within the median, {median},"
        f" and the standard deviation of its logarithm is {sigma}."
    )


def _gamma(w: Glossary, h: hazards.Gamma) -> str:
    shape, scale = w.told(h.shape), w.told(h.scale, "years")
    return f"The time to it is gamma with shape {shape} and scale {scale}, whose product is its mean."


def _generalised_gamma(w: Glossary, h: hazards.GeneralisedGamma) -> str:
    location, sigma, q = w.told(h.location, "years"), w.told(h.sigma), w.told(h.q)
    return (
        f"The time to it is generalised gamma (Prentice's form) with location {location}, sigma {sigma} and q {q};"
        " q 0 is log-normal and q 1 is Weibull."
    )


def _piecewise(w: Glossary, h: hazards.PiecewiseConstant) -> str:
    rates = zip(h.starts, h.rates, strict=True)
    steps = [f"{w.told(r, 'per_year')} from {number(s)} {plural('year', s)} on" for s, r in rates]
    return f"The hazard is constant in steps: {several(steps, h.rates, 'then')}."


def _life_table(w: Glossary, h: hazards.LifeTable) -> str:
    ratio = "" if h.ratio == 1.0 else f", multiplied by {w.told(h.ratio)}"
    return f"The hazard is that of dying at the person's age in the life table {h.table}, column {h.column}{ratio}."


def _empirical(w: Glossary, h: hazards.Empirical) -> str:
    low, high = number(min(h.times)), number(max(h.times))
    times = f"{number_of(len(h.times), 'observed time')} from {low} to {high} {plural('year', max(h.times))}"
    return f"The time to it is one of {times}, each equally likely."


SPLINE_OF: Mapping[str, str] = {  # by scale
    "hazard": "the log of the cumulative hazard",
    "odds": "the log odds of having had it",
    "normal": "the normal deviate of the share who had it",
}


def _spline(w: Glossary, h: hazards.Spline) -> str:
    unit = "in years" if h.per_year == 1 else f"in a unit of which {number(h.per_year)} are a year"
    told = [w.told(q) for q in h.coefficients]
    return (
        f"By Royston and Parmar's spline, {SPLINE_OF[h.scale]} is a natural cubic spline of the log of time, {unit},"
        f" with knots at {listed(map(number, h.knots))} and the coefficients {listed(told)}; beyond the last it runs on"
        " straight."
    )


def _normal(w: Glossary, h: hazards.Normal) -> str:
    mean, sd = w.told(h.mean, "years"), w.told(h.sd, "years")
    return f"The time to it is normal with mean {mean} and standard deviation {sd}, what lies below 0 cut off."


def _fixed_time(w: Glossary, h: hazards.FixedTime) -> str:
    return f"It happens at exactly {w.told(h.at, 'years')}."


def _at_once(w: Glossary, h: hazards.AtOnce) -> str:
    return "It happens at once, to everybody who comes there."


def _per_cycle(w: Glossary, h: hazards.PerCycle) -> str:
    later = [f"{w.told(q)} from cycle {n + 1} on" for n, q in zip(h.starts, h.later, strict=True)]
    return (
        f"Its probability in a cycle is {several([w.told(h.probability), *later], (h.probability, *h.later), 'then')}."
    )


FAMILIES: Mapping[type, Callable[[Glossary, Any], str]] = {
    hazards.Exponential: _exponential,
    hazards.Weibull: _weibull,
    hazards.WeibullPH: _weibull_ph,
    hazards.Gompertz: _gompertz,
    hazards.LogLogistic: _log_logistic,
    hazards.LogNormal: _log_normal,
    hazards.Gamma: _gamma,
    hazards.GeneralisedGamma: _generalised_gamma,
    hazards.PiecewiseConstant: _piecewise,
    hazards.LifeTable: _life_table,
    hazards.Empirical: _empirical,
    hazards.Spline: _spline,
    hazards.Normal: _normal,
    hazards.FixedTime: _fixed_time,
    hazards.AtOnce: _at_once,
}
