"""Families of event times. Durations and rates are quantities in any time unit; the engine works in years."""

from __future__ import annotations

from dataclasses import dataclass

from models.quantities import Quantity, check_kind, check_numbers
from parameters.mistakes import ModelError


@dataclass(frozen=True)
class Exponential:
    """Constant hazard `rate`, per person-year."""

    rate: Quantity


@dataclass(frozen=True)
class Weibull:
    """Accelerated-failure-time Weibull: S(t) = exp(-(t/scale)^shape); `scale` is a duration."""

    shape: Quantity
    scale: Quantity


@dataclass(frozen=True)
class WeibullPH:
    """Proportional-hazards Weibull: S(t) = exp(-rate t^shape), t in years; `rate` is a plain number."""

    shape: Quantity
    rate: Quantity


@dataclass(frozen=True)
class Gompertz:
    """Hazard `rate` * exp(`growth` * t), both per year; a negative growth may never fire."""

    rate: Quantity
    growth: Quantity


@dataclass(frozen=True)
class LogLogistic:
    """S(t) = 1 / (1 + (t/scale)^shape); `scale`, a duration, is the median."""

    shape: Quantity
    scale: Quantity


@dataclass(frozen=True)
class LogNormal:
    """Log-normal time with the given `median` (a duration) and standard deviation `sigma` of its logarithm."""

    median: Quantity
    sigma: Quantity


@dataclass(frozen=True)
class Gamma:
    """Gamma time of the given `shape`, and `scale` (a duration): mean shape x scale."""

    shape: Quantity
    scale: Quantity


@dataclass(frozen=True)
class GeneralisedGamma:
    """Prentice's generalised gamma: `location` (the duration exp(mu)), `sigma` and `q` (0 is log-normal, 1 Weibull)."""

    location: Quantity
    sigma: Quantity
    q: Quantity


def _several(values: object, where: str) -> tuple[object, ...]:
    check_kind(values, tuple, where)
    assert isinstance(values, tuple)
    return values


@dataclass(frozen=True)
class PiecewiseConstant:
    """Hazard `rates[i]` from `starts[i]` years on; the last runs on for ever."""

    starts: tuple[float, ...]
    rates: tuple[Quantity, ...]

    def __post_init__(self) -> None:
        check_numbers("PiecewiseConstant.starts", *_several(self.starts, "PiecewiseConstant.starts"))
        check_kind(self.rates, tuple, "PiecewiseConstant.rates")
        rising = all(a < b for a, b in zip(self.starts, self.starts[1:], strict=False))
        if not self.starts or self.starts[0] != 0 or not rising or len(self.starts) != len(self.rates):
            raise ModelError(f"PiecewiseConstant: starts must rise from 0, one for each rate; got {self.starts}")


@dataclass(frozen=True)
class LifeTable:
    """Annual probabilities of death by age from ``parameters/<table>.csv``, hazards times `ratio`; clock ``age``."""

    table: str
    column: str
    ratio: Quantity = 1.0


@dataclass(frozen=True)
class Empirical:
    """One of the observed `times` (years), each equally likely."""

    times: tuple[float, ...]

    def __post_init__(self) -> None:
        check_numbers("Empirical.times", *_several(self.times, "Empirical.times"))
        if not self.times or not all(0 < t < float("inf") for t in self.times):
            raise ModelError("Empirical.times: need one or more positive, finite times in years")


@dataclass(frozen=True)
class FixedTime:
    """Exactly `at` (a duration) on its clock; on a gap clock, every `at`."""

    at: Quantity


Hazard = (
    Exponential
    | Weibull
    | WeibullPH
    | Gompertz
    | LogLogistic
    | LogNormal
    | Gamma
    | GeneralisedGamma
    | PiecewiseConstant
    | LifeTable
    | Empirical
    | FixedTime
)
