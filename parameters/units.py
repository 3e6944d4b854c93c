"""Units of parameter records and of published figures, and the one conversion to engine units and from them.

The engine's units are years, events per person-year, probabilities, ratios, and the model's own money: pounds of the
base price year where it declares no other. Whatever a record is written in is converted here and nowhere else, and so
is what is told beside a published figure. Such a figure has units of its own, fewer and wider.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from parameters.arrays import Floats
from parameters.ground.mistakes import LARGEST as LARGEST
from parameters.mistakes import as_float, short, spelling_hint
from parameters.money.currencies import CURRENCIES, USUAL
from parameters.money.model_money import Money, usual
from parameters.money.prices import price_index as price_index

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
        size = f", {LARGEST:g} at most in size" if within and math.isfinite(number) else ""
        return f"{number:g} is out of range; allowed: {self.words()}{size}"

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
    currency: str = ""  # of money
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


class _Price(NamedTuple):
    """What an amount of money may be for: engine units per one of it, and as in ``Unit``."""

    factor: float = 1.0
    dimension: Dimension = MONEY
    after: str = ""
    any_sign: bool = False


_OF_MONEY: Mapping[str, _Price] = {  # by what stands behind the currency in a unit's name
    "": _Price(),
    "_difference": _Price(any_sign=True),  # a difference in cost
    "_difference_per_year": _Price(1.0, MONEY_PER_TIME, "a year", any_sign=True),
    "_difference_per_month": _Price(MONTHS_PER_YEAR, MONEY_PER_TIME, "a month", any_sign=True),
    "_per_event": _Price(after="an event"),
    "_per_person": _Price(after="a person"),
    "_per_hour": _Price(1.0, Dimension(money=1, work=-1), "an hour"),
    "_per_day": _Price(DAYS_PER_YEAR, MONEY_PER_TIME, "a day"),
    "_per_week": _Price(WEEKS_PER_YEAR, MONEY_PER_TIME, "a week"),
    "_per_month": _Price(MONTHS_PER_YEAR, MONEY_PER_TIME, "a month"),
    "_per_year": _Price(1.0, MONEY_PER_TIME, "a year"),
    "_per_service_year": _Price(1.0, Dimension(money=1, time=-1, service=-1), "a year for a whole service"),
}


def _in(currency: str, ending: str, price: _Price) -> Unit:
    """An amount of a currency."""
    words = ending.replace("_difference", "").replace("_", " ")
    name = f"{currency}{words}, a difference" if price.any_sign else ""
    published = currency + ending == "USD_per_month"  # as a difference
    limits = _ANY if price.any_sign or published else _NOT_NEGATIVE
    return Unit(price.factor, *limits, price.dimension, currency, name, price.after)


def _of_money() -> dict[str, Unit]:
    """Every unit of money by its name."""
    return {c + ending: _in(c, ending, price) for c in CURRENCIES for ending, price in _OF_MONEY.items()}


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
    "services_per_place": Unit(1.0, *_NOT_NEGATIVE, Dimension(service=1), after="of a service for each place"),
    **_of_money(),
}


def unknown_unit(word: str) -> str:
    """What is wrong with a word that is no unit; units of money are told in one currency."""
    told = [name for name, unit in UNITS.items() if unit.currency in ("", USUAL)]
    others = ", ".join(c for c in CURRENCIES if c != USUAL)
    near = spelling_hint(word, UNITS)
    return f"{short(word)} is unknown; allowed: {', '.join(told)}, and {USUAL} may be {others}{near}"


def to_engine(values: Floats, unit: str, price_year: str | None = None, money: Money | None = None) -> Floats:
    """`values` of `unit` in engine units: years, per year, and the model's `money`, pounds of the base year where None.

    Money without a price year is taken to be of the model's. ``ValueError`` on an unknown unit, and on money that
    nothing says how to bring there.
    """
    if unit not in UNITS:
        raise ValueError(f"unit {unit!r} is unknown; allowed: {', '.join(UNITS)}")
    known = UNITS[unit]
    factor = known.factor
    if known.money:
        factor = (money or usual()).converted(factor, known.currency, price_year)
    return np.asarray(values, dtype=np.float64) * factor


# --- units of published figures ---------------------------------------------------------------

FigureUnit = Literal[
    "share", "count", "ratio", "years", "months", "weeks", "days", "days_per_person_year", "per_year", "per_1000_days",
    "per_1000_years", "points", "GBP", "GBP_per_day", "USD", "USD_per_day", "EUR", "EUR_per_day", "CAD", "CAD_per_day",
    "AUD", "AUD_per_day", "CHF", "CHF_per_day", "JPY", "JPY_per_day",
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
    # a price a day is of an effect counted in days: nothing to convert but the money
    **{c + ending: FigureScale(currency=c) for c in CURRENCIES for ending in ("", "_per_day")},
}


def from_engine(values: Floats, unit: str, price_year: str | None = None, money: Money | None = None) -> Floats:
    """`values` in engine units, the model's `money` among them, in a unit of published figures.

    ``ValueError`` on an unknown unit, and on money that nothing says how to get there.
    """
    if unit not in FIGURE_SCALES:
        raise ValueError(f"unit {unit!r} is unknown; allowed: {', '.join(FIGURE_SCALES)}")
    factor, currency = FIGURE_SCALES[unit]
    told = np.asarray(values * factor)
    return (money or usual()).given_back(told, currency, price_year) if currency else told


PLURALS: Mapping[str, str] = {  # of words that take no s
    "community": "communities",
    "crisis": "crises",
    "entry": "entries",
    "injury": "injuries",
    "loss": "losses",
    "person": "people",
}


def in_plural(name: str) -> str:
    """The plural of a unit, an event or a group: of its last word, or of the last before "of"."""
    noun, of, rest = name.partition(" of ")
    start = max(noun.rfind("_"), noun.rfind(" ")) + 1
    last = noun[start:]
    return noun[:start] + PLURALS.get(last, last if last.endswith("s") else f"{last}s") + of + rest


def number_of(amount: float, noun: str) -> str:
    """So many of a thing: ``1 draw``, ``1,024 draws``, ``0.5 years``."""
    text = f"{int(amount):,}" if amount == int(amount) else f"{amount:g}"
    return f"{text} {noun if amount == 1 else in_plural(noun)}"
