"""What a model's money is in, and how other money is brought to it: by an index and by rates that somebody gave."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from parameters.ground.mistakes import InputError, ModelError, Problem, as_float, short, unknown_key
from parameters.money.currencies import CURRENCIES, USUAL
from parameters.money.prices import YEARS, PriceIndex, PriceLevels, cells_of, is_year, number_in, price_index


@dataclass(frozen=True)
class ExchangeRate:
    """What one of another currency, of prices of a year, is in the model's money of that year; and who says so."""

    currency: str
    year: str
    rate: float
    source: str

    def __post_init__(self) -> None:
        told = list(_of_rate(self.currency, self.year, self.rate))
        if not isinstance(self.source, str) or not self.source.strip():
            told.append("source: empty; say where the rate is from")
        if told:
            raise ModelError("\n".join(f"ExchangeRate.{text}" for text in told))


def _of_rate(currency: object, year: object, rate: object) -> list[str]:
    """What is wrong with a rate, by field."""
    told = []
    if currency not in CURRENCIES:
        told.append(f"currency: {unknown_key(str(currency), CURRENCIES)}")
    if not is_year(year):
        told.append(f"year: {short(year)} is no year; allowed: {YEARS}")
    if not isinstance(rate, (int, float)) or isinstance(rate, bool) or not 0 < as_float(rate) < math.inf:
        told.append(f"rate: {short(rate)}; allowed: a finite number above 0")
    return told


@dataclass(frozen=True)
class Money:
    """The currency and the price year of every cost, price and willingness to pay of a model, and of all that is told.

    Prices of other years are brought there by `index`, those in other currencies by `rates` first, in prices of their
    year, and then by `index`. What neither holds is refused. Pounds have our index where none is given.
    """

    currency: str = USUAL
    price_year: str = "2023/24"
    index: PriceLevels | None = None
    rates: tuple[ExchangeRate, ...] = ()

    def __post_init__(self) -> None:
        told = [f"currency: {unknown_key(str(self.currency), CURRENCIES)}"] if self.currency not in CURRENCIES else []
        if not is_year(self.price_year):
            told.append(f"price_year: {short(self.price_year)} is no year; allowed: {YEARS}")
        if self.index is not None and not isinstance(self.index, PriceLevels):
            told.append(f"index: {short(self.index)}; allowed: PriceLevels, such as PriceLevels.read(path)")
        elif not told and (known := self.known_index) is not None and not known.covers(self.price_year):
            told.append(f"price_year: {self.price_year} is not in the index; allowed: {known.span()}")
        told += self._of_rates()
        if told:
            raise ModelError("\n".join(f"Money.{text}" for text in told))

    def _of_rates(self) -> list[str]:
        if not isinstance(self.rates, tuple) or not all(isinstance(r, ExchangeRate) for r in self.rates):
            return [f"rates: {short(self.rates)}; allowed: a tuple of ExchangeRate, such as Money.read_rates(path)"]
        pairs = [(r.currency, r.year) for r in self.rates]
        twice = [pair for pair in dict.fromkeys(pairs) if pairs.count(pair) > 1]
        told = [f"rates: {currency} of {year} is given twice; allowed: once" for currency, year in twice]
        own = [f"rates: {self.currency} is the model's own; allowed: other currencies"]
        return told + own * any(c == self.currency for c, _ in pairs)

    @staticmethod
    def read_rates(path: str | Path, source: str = "") -> tuple[ExchangeRate, ...]:
        """A CSV file with columns ``currency``, ``year``, ``rate`` and, if you like, ``source``, read once, here.

        Where no source is given it is the file's name. ``InputError`` with everything that is wrong, at its line.
        """
        return read_rates(Path(path), source)[0]

    # --- in words -----------------------------------------------------------------------------

    @property
    def sign(self) -> str:
        """What stands before an amount."""
        return CURRENCIES[self.currency].sign

    @property
    def name(self) -> str:
        """The currency and the year, in words."""
        return f"{CURRENCIES[self.currency].name} of {self.price_year}"

    @property
    def unit(self) -> str:
        """One of it, as names of columns have it."""
        known = CURRENCIES[self.currency].one
        return self.currency.lower() if " " in known else known

    @property
    def is_usual(self) -> bool:
        """Whether it is what a model has that says nothing: pounds of the base year by our index, and no rates."""
        return self == usual()

    # --- conversion ---------------------------------------------------------------------------

    def converted(self, factor: float, currency: str, year: str | None) -> float:
        """`factor` times what one of a currency of that price year comes to; without a year, of the model's own.

        ``ValueError`` where nothing says what that is.
        """
        times, over = _worth(self, currency, year)
        return factor / over if times is None else factor * times

    def given_back(self, values: npt.NDArray[np.float64], currency: str, year: str | None) -> npt.NDArray[np.float64]:
        """Amounts of the model's money in a currency of that price year, the other way round; errors likewise."""
        times, over = _worth(self, currency, year)
        return values * over if times is None else values / times

    def refusal(self, currency: str, year: str | None, *, ours: bool = True) -> str:
        """Why an amount cannot be brought to the model's money; "" where it can.

        A record of the catalogue (`ours`) may be in a currency that our own file of prices has a rate for.
        """
        if currency != self.currency and self.rate_of(currency, year) is None:
            return "" if ours and self._has_purchasing(currency, year) else self._no_rate(currency, year)
        if year is None or year == self.price_year:
            return ""
        index = self.known_index
        if index is None:
            told = f"{year!r} in a model of {self.price_year}: no price index is given"
            return f"{told}; allowed: {self.price_year}, or {WITH_INDEX}"
        return "" if index.covers(year) else f"{year!r} is not covered; allowed: {index.span()}"

    def _no_rate(self, currency: str, year: str | None) -> str:
        known = ", ".join(r.year for r in self.rates if r.currency == currency)
        of = f"{currency} of {year}" if year else currency
        instead = f"; there is one of {known}" if known else ""
        told = f"{of} in a model in {self.currency}: no exchange rate is given{instead}"
        return f"{told}; allowed: {self.currency}, or {WITH_RATES}"

    def rate_of(self, currency: str, year: str | None) -> ExchangeRate | None:
        """The rate that is given for a currency in a year."""
        return next((r for r in self.rates if (r.currency, r.year) == (currency, year)), None)

    @property
    def known_index(self) -> PriceIndex | PriceLevels | None:
        """The index given, or ours for pounds."""
        return price_index() if self.index is None and self.currency == USUAL else self.index

    def _has_purchasing(self, currency: str, year: str | None) -> bool:
        """Whether our own file of prices has a rate of a currency, of the year that an amount is of."""
        known = price_index().currencies.get(currency)
        index = self.known_index
        if known is None or index is None or self.currency != USUAL:
            return False
        return year in (None, known.price_year) and index.covers(known.price_year)


@lru_cache(maxsize=4096)
def _worth(money: Money, currency: str, year: str | None) -> tuple[float | None, float]:
    """What an amount is multiplied by to be in a model's money; where that is None, what it is divided by."""
    if told := money.refusal(currency, year):
        raise ValueError(told)
    index, rate = money.known_index, money.rate_of(currency, year)
    if currency != money.currency and rate is None:  # by purchasing power
        known = price_index().currencies[currency]
        return None, known.per_pound / _carried(index, money.price_year, known.price_year)
    times = 1.0 if rate is None else rate.rate
    if year is None or year == money.price_year:
        return times, 1.0
    carried = _carried(index, money.price_year, year)
    return (carried if rate is None else times * carried), 1.0


@cache
def usual() -> Money:
    """The money of a model that says nothing of it."""
    return Money()


def _carried(index: PriceIndex | PriceLevels | None, to: str, year: str) -> float:
    """How many times dearer a year is than another."""
    assert index is not None
    return index.level(to) / index.level(year)


WITH_INDEX = "an index that covers both: Money(index=...), or index in [money]"
WITH_RATES = "a rate: Money(rates=...), or rates in [money]"


def read_rates(path: Path, source: str = "") -> tuple[tuple[ExchangeRate, ...], bytes]:
    """``Money.read_rates``, and the very bytes that were read."""
    rows, content = cells_of(path, ("currency", "year", "rate"), ("source",))
    wrong: list[Problem] = []
    found: list[ExchangeRate] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        rate, told = number_in(cells["rate"])
        faults = [t.partition(": ")[::2] for t in _of_rate(cells["currency"], cells["year"], rate)]
        faults += [("rate", told)] if told else []
        pair = (cells["currency"], cells["year"])
        if pair in seen:
            faults.append(("currency", f"{pair[0]} of {pair[1]} stands in line {seen[pair]} too; allowed: once"))
        seen.setdefault(pair, line)
        wrong += [Problem(str(path), line, key, text) for key, text in faults]
        if not faults:
            found.append(ExchangeRate(*pair, rate, cells.get("source") or source or path.name))
    if not rows:
        wrong.append(Problem(str(path), 1, "file", "holds no rate; allowed: one at least"))
    if wrong:
        raise InputError(wrong)
    return tuple(found), content
