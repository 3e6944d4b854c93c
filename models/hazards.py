"""Families of event times. Durations and rates are quantities in any time unit; the engine works in years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, Literal, get_args

from models.quantities import MOST, Quantity, check_distinct, check_id, check_kind, check_numbers, check_one_of
from parameters.ground.brief import Brief
from parameters.life_tables import life_table, read_life_table
from parameters.mistakes import ModelError, short


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


@dataclass(frozen=True, repr=False)
class PiecewiseConstant(Brief):
    """Hazard `rates[i]` from `starts[i]` years on; the last runs on for ever."""

    starts: tuple[float, ...]
    rates: tuple[Quantity, ...]

    def __post_init__(self) -> None:
        check_numbers("PiecewiseConstant.starts", *_several(self.starts, "PiecewiseConstant.starts"))
        check_kind(self.rates, tuple, "PiecewiseConstant.rates")
        rising = all(a < b for a, b in zip(self.starts, self.starts[1:], strict=False))
        if not self.starts or self.starts[0] != 0 or not rising or len(self.starts) != len(self.rates):
            raise ModelError(f"PiecewiseConstant: starts must rise from 0, one for each rate; got {self.starts}")


@dataclass(frozen=True, repr=False)
class LifeTable(Brief):
    """Annual probabilities of death by age from ``parameters/<table>.csv``, hazards times `ratio`; clock ``age``.

    `rows`: ages and probabilities of a table of one's own, as ``LifeTable.read`` finds them in its file.
    """

    table: str
    column: str
    ratio: Quantity = 1.0
    rows: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    def __post_init__(self) -> None:
        if self.rows is None:
            return
        ages, chances = (_several(x, "LifeTable.rows") for x in _several(self.rows, "LifeTable.rows"))
        check_numbers("LifeTable.rows", *ages, *chances)
        rising = all(a < b for a, b in pairwise(self.rows[0]))
        if (
            len(ages) != len(chances)
            or self.rows[0][:1] != (0,)
            or not rising
            or not all(0 <= p < 1 for p in self.rows[1])
        ):
            raise ModelError("LifeTable.rows: ages must rise from 0, with a probability below 1 for each")

    @classmethod
    def read(cls, path: str | Path, column: str, ratio: Quantity = 1.0) -> LifeTable:
        """A table of one's own: a CSV file with a column ``age``, rising from 0, and one of yearly probabilities.

        Read once, here: what is kept of a run is kept under what the table held. ``InputError`` as of a shipped one.
        """
        return cls(Path(path).stem, column, ratio, read_life_table(Path(path), column))

    def values(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Ages (years) and the probabilities of dying within a year from each."""
        return life_table(self.table, self.column) if self.rows is None else self.rows


@dataclass(frozen=True, repr=False)
class Empirical(Brief):
    """One of the observed `times` (years), each equally likely."""

    times: tuple[float, ...]

    def __post_init__(self) -> None:
        check_numbers("Empirical.times", *_several(self.times, "Empirical.times"))
        if not self.times or not all(0 < t < float("inf") for t in self.times):
            raise ModelError("Empirical.times: need one or more positive, finite times in years")


@dataclass(frozen=True, repr=False)
class Spline(Brief):
    """Royston and Parmar's spline of log time, linear beyond its first and last knot, as flexsurv fits it.

    `knots` of log time, both ends among them (flexsurv's ``fit$knots``), and for each a coefficient, gamma0 first.
    `scale`: it is of the log cumulative ``hazard``, the log ``odds`` of an event, or ``normal`` deviates. A hazard
    ratio multiplies the hazard on every scale. `per_year`: how many of the fit's unit of time are a year, 12 of months.
    Draws whose spline falls anywhere are refused.
    """

    knots: tuple[float, ...]
    coefficients: tuple[Quantity, ...]
    scale: Literal["hazard", "odds", "normal"] = "hazard"
    per_year: float = 1.0

    def __post_init__(self) -> None:
        check_numbers("Spline.knots", *_several(self.knots, "Spline.knots"))
        check_kind(self.coefficients, tuple, "Spline.coefficients")
        if len(self.knots) < 2 or not all(a < b for a, b in pairwise(self.knots)):
            raise ModelError(f"Spline.knots: must rise, two or more, on the scale of log time; got {self.knots}")
        if len(self.coefficients) != len(self.knots):
            told = f"{len(self.coefficients)} for {len(self.knots)} knots"
            raise ModelError(f"Spline.coefficients: {told}, both ends counted; allowed: one for each, gamma0 first")
        if self.scale not in ("hazard", "odds", "normal"):
            raise ModelError(f"Spline.scale: {self.scale!r}; allowed: hazard, odds, normal")
        check_numbers("Spline.per_year", self.per_year)
        if not self.per_year > 0:
            raise ModelError(f"Spline.per_year: {self.per_year}; must be positive")


@dataclass(frozen=True)
class Normal:
    """Normal time with `mean` and standard deviation `sd` (durations), of those above 0: the rest is cut off."""

    mean: Quantity
    sd: Quantity


@dataclass(frozen=True)
class FixedTime:
    """Exactly `at` (a duration) on its clock; on a gap clock, every `at`."""

    at: Quantity


@dataclass(frozen=True)
class AtOnce:
    """A chance node: who comes to where the event's condition holds has it that very moment, before anything else.

    What follows is by the weights of its branches. No time passes, so no hazard, time or clock acts on it.
    """

    at: ClassVar[float] = 0.0  # as of a fixed time, and no field of it
    always: ClassVar[float] = 1.0  # however long a person of a file has been there


@dataclass(frozen=True)
class PerCycle:
    """Of a pathway in cycles: the `probability` in each; `later[i]` in its place from cycle `starts[i]` on."""

    probability: Quantity
    later: tuple[Quantity, ...] = ()
    starts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        whole = all(isinstance(n, int) and not isinstance(n, bool) and n <= MOST for n in self.starts)
        rising = whole and all(a < b for a, b in zip((0, *self.starts), self.starts, strict=False))
        if len(self.starts) != len(self.later) or not rising:
            raise ModelError(f"PerCycle.starts: must rise from 1, whole, one for each of later; got {self.starts}")


@dataclass(frozen=True)
class Lengthening:
    """What an event does to a stay under way, by the clock of the `event` that ends it; or to any event to come.

    It pauses for `pause`, or runs `slower` times as slowly from then on; or what is to come is brought `forward` by so
    long, at most to that very moment, or the clock runs `faster` times as fast. One of the four; they end with the
    spell.
    """

    event: str
    pause: Quantity | None = None
    slower: Quantity | None = None
    forward: Quantity | None = None
    faster: Quantity | None = None

    def __post_init__(self) -> None:
        if sum(x is not None for x in (self.pause, self.slower, self.forward, self.faster)) != 1:
            raise ModelError(
                f"Lengthening of {self.event}: give one of pause, forward (durations), slower, faster (factors)"
            )


Counted = Literal["half-cycle", "start", "end", "simpson", "both"]
Moment = Literal["end", "start", "counted"]


@dataclass(frozen=True)
class Cycle:
    """Time in cycles of so many years: in each, one event of a person at most, at its end.

    `counted`: which moments tell how long a cycle was spent where, and at whose discount: its ``start``, its ``end``,
    half of each (``half-cycle``), Simpson's rule over pairs of cycles (``simpson``), or a cycle's length for every
    moment from entry to the horizon, one more than there are cycles (``both``, as some published models print it). Or
    a weight for each of these moments, in cycles, for a correction that has no name here.
    `events`: the moment at which events are discounted: ``end`` or ``start`` of their cycle; or the end, at the weight
    that time has there (``counted``: their costs and QALYs are weighed, how often they happened is not).

    Events of a smaller priority come first: those of a greater one have their probabilities among the people to whom
    none of these happened, such as those who survived.
    """

    length: float
    counted: Counted | tuple[float, ...] = "half-cycle"
    events: Moment = "end"

    def __post_init__(self) -> None:
        check_numbers("Cycle.length", self.length)
        if not self.length > 0:
            raise ModelError(f"Cycle.length: {self.length} years; must be positive")
        if isinstance(self.counted, tuple):
            check_numbers("Cycle.counted", *self.counted)
            if not all(weight >= 0 for weight in self.counted):
                raise ModelError(f"Cycle.counted: {short(self.counted)}; weights of moments must not be negative")
        elif self.counted not in get_args(Counted):
            told = ", ".join(get_args(Counted))
            raise ModelError(f"Cycle.counted: {self.counted!r}; allowed: {told}, or a tuple of weights, one a moment")
        check_one_of(self.events, get_args(Moment), "Cycle.events")


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
    | Spline
    | Normal
    | FixedTime
    | AtOnce
)


@dataclass(frozen=True)
class ByLevel:
    """The ratio on an event while `domain` is at a level: of hazards, or of times; 1 at levels that are not named.

    It follows the level: what is left of the time is used up by the hazard of the moment. A ``hazard`` ratio multiplies
    the hazard from the moment the level is entered until it is left; it may be 0. A ``time`` ratio r has the clock run
    r times as slowly for as long, on the clock ``sojourn``. Ratios of several domains multiply, as do those of
    strategies and people.
    """

    domain: str
    ratios: Mapping[str, Quantity]
    ratio: Literal["hazard", "time"] = "hazard"

    def __post_init__(self) -> None:
        check_id(self.domain, "ByLevel.domain")
        check_kind(self.ratios, Mapping, f"ByLevel {self.domain}.ratios")
        check_one_of(self.ratio, ("hazard", "time"), f"ByLevel {self.domain}.ratio")
        if not self.ratios:
            raise ModelError(f"ByLevel {self.domain}.ratios: empty; need a level and its ratio")

    def at(self, state: Mapping[str, str]) -> Quantity:
        """The ratio in a joint state."""
        return self.ratios.get(state.get(self.domain, ""), 1.0)


def check_by_level(
    name: str,
    hazard: Hazard | PerCycle,
    clock: str,
    when: Mapping[str, tuple[str, ...]],
    by: Iterable[ByLevel],
    levels: Mapping[str, tuple[str, ...]],
) -> None:
    """Raise ``ModelError`` where a ratio of an event could act on nothing: `levels` are those of every domain.

    That is a domain or level that is unknown or that the event's condition `when` (its levels by domain, absorbing ones
    left out) leaves no choice of, a fixed time's
    hazard, a chance node's, or the time of another clock than the sojourn's.
    """
    check_distinct([f"{x.domain} ({x.ratio})" for x in by], f"Event {name}.by")
    for one in by:
        check_one_of(one.domain, levels, f"Event {name}.by")
        where = f"Event {name}.by[{one.domain}]"
        for level in one.ratios:
            check_one_of(level, levels[one.domain], where)
        left = when.get(one.domain, levels[one.domain])
        if len(left) == 1:
            raise ModelError(f"{where}: it happens where {one.domain} is {left[0]} alone; put the ratio in its hazard")
        for level in one.ratios:
            if level not in left:
                raise ModelError(f"{where}[{level}]: it does not happen there; allowed: {', '.join(left)}")
        if isinstance(hazard, (AtOnce, PerCycle)):
            what = "comes at once" if isinstance(hazard, AtOnce) else "has a probability a cycle"
            raise ModelError(f"{where}: it {what}; allowed: with a hazard of people in continuous time")
        if isinstance(hazard, FixedTime) and one.ratio == "hazard":
            raise ModelError(f"{where}.ratio: hazard; a fixed time has none; allowed: time")
        if one.ratio == "time" and clock != "sojourn":
            raise ModelError(f"{where}.ratio: time on the clock {clock}; allowed: hazard, or the clock sojourn")
