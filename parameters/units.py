"""Units of parameter records and of published figures, and the one conversion to engine units and from them.

The engine's units are years, events per person-year, probabilities, ratios, and pounds of the base
price year. Whatever a record is written in is converted here and nowhere else, and so is what is told beside a
published figure. Such a figure has units of its own, fewer and wider.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from parameters.arrays import Floats
from parameters.ground.mistakes import LARGEST as LARGEST
from parameters.mistakes import as_float

PARAMETERS_DIR = Path(__file__).resolve().parent
DAYS_PER_YEAR = 365.25
WEEKS_PER_YEAR = DAYS_PER_YEAR / 7
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Dimension:
    """What a unit measures, as powers of money, time, hours of work (no time of the engine's) and services."""

    money: int = 0
    time: int = 0
    work: int = 0
    service: int = 0  # a service with several places: its budget is nobody's cost until it is shared out

    @staticmethod
    def product(factors: Iterable[Dimension]) -> Dimension:
        """The dimension of quantities multiplied."""
        every = list(factors)
        return Dimension(*(sum(getattr(d, f.name) for d in every) for f in fields(Dimension)))

    def inverse(self) -> Dimension:
        """The dimension of 1 over such a quantity."""
        return Dimension(*(-getattr(self, f.name) for f in fields(Dimension)))


PURE, TIME, RATE = Dimension(), Dimension(time=1), Dimension(time=-1)
MONEY, MONEY_PER_TIME = Dimension(money=1), Dimension(money=1, time=-1)


SPANS: Mapping[str, float] = {  # in years: the words for spans of time in expressions
    "year": 1.0,
    "month": 1 / MONTHS_PER_YEAR,
    "week": 1 / WEEKS_PER_YEAR,
    "day": 1 / DAYS_PER_YEAR,
}


@dataclass(frozen=True)
class Range:
    """The numbers allowed somewhere, ends included (not `low`, where `above` it): the one check of any number given."""

    low: float
    high: float
    above: bool = False

    def refusal(self, value: float) -> str | None:
        """Why a number is not allowed; None where it is."""
        number = as_float(value)
        within = self.low <= number <= self.high and not (self.above and number == self.low)
        if within and abs(number) <= LARGEST:
            return None
        return f"{number:g} is out of range; allowed: {self.words()}"

    def words(self) -> str:
        """The numbers allowed, in words."""
        if self.low == -math.inf:
            return "a finite number" if self.high == math.inf else f"{self.high:g} or less"
        if math.isfinite(self.high):
            return f"{self.low:g} to {self.high:g}"
        return f"a finite number {f'above {self.low:g}' if self.above else f'from {self.low:g} on'}"


ANY_NUMBER = Range(-math.inf, math.inf)
NOT_NEGATIVE, POSITIVE = Range(0.0, math.inf), Range(0.0, math.inf, above=True)
SHARE, UTILITY, ANNUAL_RATE = Range(0.0, 1.0), Range(-1.0, 1.0), Range(0.0, 1.0)


@dataclass(frozen=True)
class Unit:
    """A unit: engine units per one of it, the values allowed, what it measures, and how it is told.

    `name` is what a column of a table calls it, its own id with spaces where empty; `after` stands behind a figure
    (its symbol, £ or %, stands with it) and `one` behind a single one, where that is another word.
    """

    factor: float
    low: float
    high: float
    dimension: Dimension = PURE
    currency: str = "GBP"
    name: str = ""
    after: str = ""
    one: str = ""
    is_share: bool = False  # told as a percentage

    @property
    def money(self) -> bool:
        """Whether it is money, and so of a price year."""
        return self.dimension.money > 0

    @property
    def is_bare(self) -> bool:
        """Whether a figure stands without words: it has no dimension and no name."""
        return self.dimension == PURE and not self.after

    @property
    def range(self) -> Range:
        """The values allowed."""
        return Range(self.low, self.high)

    def limits(self) -> str:
        """The values allowed, in words."""
        return f"{self.low:g} to {self.high:g}" if math.isfinite(self.high) else f"{self.low:g} or more"


_ANY, _NOT_NEGATIVE = (-math.inf, math.inf), (0.0, math.inf)

UNITS: Mapping[str, Unit] = {
    "probability": Unit(1.0, 0.0, 1.0, is_share=True),
    "ratio": Unit(1.0, *_NOT_NEGATIVE),
    "odds": Unit(1.0, *_NOT_NEGATIVE),
    "count": Unit(1.0, *_NOT_NEGATIVE),
    "number": Unit(1.0, *_ANY, name="no unit"),  # a coefficient, such as a log ratio: no dimension and any sign
    "utility": Unit(1.0, -1.0, 1.0),
    "percentage_points": Unit(1.0, -100.0, 100.0, after="percentage points", one="percentage point"),
    # an annual effective discount rate: it has no dimension, since it is compounded and never multiplied by a time
    "per_year_effective": Unit(1.0, 0.0, 1.0, name="per year, effective", after="a year", is_share=True),
    "per_year": Unit(1.0, *_NOT_NEGATIVE, RATE, name="per person-year", after="per person-year"),
    "per_ward_year": Unit(1.0, *_NOT_NEGATIVE, RATE, after="per ward-year"),  # of a ward, where nobody is followed
    # growth of a Gompertz hazard: may be negative
    "per_year_growth": Unit(1.0, *_ANY, RATE, name="per year, growth", after="a year"),
    "per_month": Unit(MONTHS_PER_YEAR, *_NOT_NEGATIVE, RATE, after="a month"),
    "per_week": Unit(WEEKS_PER_YEAR, *_NOT_NEGATIVE, RATE, after="a week"),
    "per_day": Unit(DAYS_PER_YEAR, *_NOT_NEGATIVE, RATE, after="a day"),
    "years": Unit(1.0, *_NOT_NEGATIVE, TIME, after="years", one="year"),
    "months": Unit(1 / MONTHS_PER_YEAR, *_NOT_NEGATIVE, TIME, after="months", one="month"),
    "weeks": Unit(1 / WEEKS_PER_YEAR, *_NOT_NEGATIVE, TIME, after="weeks", one="week"),
    "days": Unit(1 / DAYS_PER_YEAR, *_NOT_NEGATIVE, TIME, after="days", one="day"),
    "days_difference": Unit(1 / DAYS_PER_YEAR, *_ANY, TIME, name="days, a difference", after="days"),  # of any sign
    # hours of work, priced in GBP_per_hour: not a time in the engine
    "hours": Unit(1.0, *_NOT_NEGATIVE, Dimension(work=1), after="hours", one="hour"),
    "hours_per_week": Unit(
        WEEKS_PER_YEAR, *_NOT_NEGATIVE, Dimension(work=1, time=-1), after="hours a week", one="hour a week"
    ),
    "GBP": Unit(1.0, *_NOT_NEGATIVE, MONEY),
    "GBP_difference": Unit(1.0, *_ANY, MONEY, name="GBP, a difference"),  # a difference in cost: of any sign
    "GBP_difference_per_year": Unit(1.0, *_ANY, MONEY_PER_TIME, name="GBP per year, a difference", after="a year"),
    "GBP_per_hour": Unit(1.0, *_NOT_NEGATIVE, Dimension(money=1, work=-1), after="an hour"),
    "GBP_per_day": Unit(DAYS_PER_YEAR, *_NOT_NEGATIVE, MONEY_PER_TIME, after="a day"),
    "GBP_per_week": Unit(WEEKS_PER_YEAR, *_NOT_NEGATIVE, MONEY_PER_TIME, after="a week"),
    "GBP_per_year": Unit(1.0, *_NOT_NEGATIVE, MONEY_PER_TIME, after="a year"),
    "GBP_per_service_year": Unit(
        1.0, *_NOT_NEGATIVE, Dimension(money=1, time=-1, service=-1), after="a year for a whole service"
    ),
    "services_per_place": Unit(1.0, *_NOT_NEGATIVE, Dimension(service=1), after="of a service for each place"),
    # published as a difference: of any sign
    "USD_per_month": Unit(MONTHS_PER_YEAR, *_ANY, MONEY_PER_TIME, currency="USD", after="a month"),
    "CAD": Unit(1.0, *_NOT_NEGATIVE, MONEY, currency="CAD"),
    "CAD_per_day": Unit(DAYS_PER_YEAR, *_NOT_NEGATIVE, MONEY_PER_TIME, currency="CAD", after="a day"),
    "CAD_per_year": Unit(1.0, *_NOT_NEGATIVE, MONEY_PER_TIME, currency="CAD", after="a year"),
}


@dataclass(frozen=True)
class Currency:
    """Another country's money of one price year: units of it that buy what one pound of that year bought."""

    label: str
    price_year: str
    per_pound: float
    source: str


@dataclass(frozen=True)
class PriceIndex:
    """A price index by financial year (``2023/24``), and the year that results are in."""

    label: str
    source: str
    base: str
    index: Mapping[str, float]
    currencies: Mapping[str, Currency]

    def factor(self, year: str) -> float:
        """Pounds of the base year for one pound of `year`; between years carried, geometrically."""
        return self._level(self.base) / self._level(year)

    def foreign(self, currency: str) -> float:
        """Units of a currency, of its own price year, that are worth one pound of the base year."""
        known = self.currencies[currency]
        return known.per_pound / self.factor(known.price_year)

    def covers(self, year: str) -> bool:
        """Whether `year` is a financial year between the first and the last carried."""
        try:
            return min(map(_start, self.index)) <= _start(year) <= max(map(_start, self.index))
        except ValueError:
            return False

    def _level(self, year: str) -> float:
        known = sorted((_start(y), level) for y, level in self.index.items())
        at = [float(y) for y, _ in known]
        return math.exp(float(np.interp(_start(year), at, [math.log(level) for _, level in known])))


def _start(year: str) -> int:
    """The calendar year in which a financial year such as ``2023/24`` starts; ``ValueError`` on another form."""
    first, _, second = year.partition("/")
    if not re.fullmatch("[0-9]{4}/[0-9]{2}", year) or (int(first) + 1) % 100 != int(second):
        raise ValueError(f"{year!r} is no financial year; write 2023/24")
    return int(first)


@cache
def price_index() -> PriceIndex:
    """The one index by which money is brought to the base year (``parameters/price_index.toml``)."""
    data = tomllib.loads((PARAMETERS_DIR / "price_index.toml").read_text(encoding="utf-8"))
    currencies = {name: Currency(**found) for name, found in data["currencies"].items()}
    return PriceIndex(data["label"], data["source"], data["base"], data["index"], currencies)


@cache
def _factor(year: str) -> float:
    return price_index().factor(year)


def to_engine(values: Floats, unit: str, price_year: str | None = None) -> Floats:
    """`values` of `unit` in engine units: years, per year, pounds of the base year.

    Money without a price year is taken to be of the base year, and money of another currency of that currency's year.
    ``ValueError`` on an unknown unit.
    """
    if unit not in UNITS:
        raise ValueError(f"unit {unit!r} is unknown; allowed: {', '.join(UNITS)}")
    known = UNITS[unit]
    factor = known.factor
    if known.currency != "GBP":
        factor /= price_index().foreign(known.currency)
    elif known.money and price_year is not None:
        factor *= _factor(price_year)
    return np.asarray(values, dtype=np.float64) * factor


# --- units of published figures ---------------------------------------------------------------

# GBP are of the base price year; other currencies of their own year (see parameters/price_index.toml).
FigureUnit = Literal[
    "share", "count", "ratio", "years", "months", "weeks", "days", "days_per_person_year", "per_year", "per_1000_days",
    "per_1000_years", "GBP", "GBP_per_day", "CAD", "CAD_per_day", "USD", "points",
]  # fmt: skip


class FigureScale(NamedTuple):
    """How many of a unit make one of the engine's own, and the currency where it is of money."""

    factor: float = 1.0
    currency: str = ""


FIGURE_SCALES: Mapping[str, FigureScale] = {
    "share": FigureScale(),
    "count": FigureScale(),
    "ratio": FigureScale(),
    "points": FigureScale(),
    "years": FigureScale(),
    "months": FigureScale(MONTHS_PER_YEAR),
    "weeks": FigureScale(WEEKS_PER_YEAR),
    "days": FigureScale(DAYS_PER_YEAR),
    "days_per_person_year": FigureScale(DAYS_PER_YEAR),
    "per_year": FigureScale(),
    "per_1000_days": FigureScale(1000 / DAYS_PER_YEAR),
    "per_1000_years": FigureScale(1000.0),
    "GBP": FigureScale(currency="GBP"),
    "GBP_per_day": FigureScale(currency="GBP"),  # of an effect counted in days: nothing to convert
    "CAD": FigureScale(currency="CAD"),
    "CAD_per_day": FigureScale(currency="CAD"),
    "USD": FigureScale(currency="USD"),
}


def from_engine(values: Floats, unit: str) -> Floats:
    """`values` in engine units (years, per year, pounds of the base year) in a unit of published figures.

    ``ValueError`` on an unknown unit.
    """
    if unit not in FIGURE_SCALES:
        raise ValueError(f"unit {unit!r} is unknown; allowed: {', '.join(FIGURE_SCALES)}")
    factor, currency = FIGURE_SCALES[unit]
    if currency not in ("", "GBP"):
        factor *= price_index().foreign(currency)
    return np.asarray(values * factor)


PLURALS: Mapping[str, str] = {  # of words that take no s
    "community": "communities",
    "crisis": "crises",
    "entry": "entries",
    "injury": "injuries",
    "loss": "losses",
}


def in_plural(name: str) -> str:
    """The plural of a unit, an event or a group: of its last word, or of the last before "of"."""
    noun, of, rest = name.partition(" of ")
    start = max(noun.rfind("_"), noun.rfind(" ")) + 1
    last = noun[start:]
    return noun[:start] + PLURALS.get(last, last if last.endswith("s") else f"{last}s") + of + rest
