"""Price indices: ours of the United Kingdom, and any that a file holds."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from parameters.files.comma_separated import CommaSeparated, read_csv
from parameters.ground.mistakes import InputError, ModelError, Problem, as_float, short, spelling_hint

SHIPPED = Path(__file__).resolve().parent.parent / "price_index.toml"
_YEAR = re.compile(r"[0-9]{4}(/[0-9]{2})?\Z")
YEARS = "a year such as 2024, or a financial one such as 2023/24"


def is_year(year: object) -> bool:
    """Whether a word is a calendar year (``2024``) or a financial year (``2023/24``)."""
    return isinstance(year, str) and _YEAR.match(year) is not None and ("/" not in year or _is_financial(year))


def no_year(year: object) -> str:
    """What is wrong with what is no year."""
    if isinstance(year, int) and is_year(str(year)):
        return f'{year} is a number; write "{year}"'
    return f"{short(year)} is no year; allowed: {YEARS}"


def _is_financial(year: str) -> bool:
    return (int(year[:4]) + 1) % 100 == int(year[5:])


def _start(year: str) -> int:
    """The calendar year in which a financial year such as ``2023/24`` starts; ``ValueError`` on another form."""
    if not re.fullmatch("[0-9]{4}/[0-9]{2}", year) or not _is_financial(year):
        raise ValueError(f"{year!r} is no financial year; write 2023/24")
    return int(year[:4])


# --- ours ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Purchasing:
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
    currencies: Mapping[str, Purchasing]

    def factor(self, year: str) -> float:
        """Pounds of the base year for one pound of `year`; between years carried, geometrically."""
        return self.level(self.base) / self.level(year)

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

    def level(self, year: str) -> float:
        """The index in a year that it covers."""
        known = sorted((_start(y), level) for y, level in self.index.items())
        at = [float(y) for y, _ in known]
        return math.exp(float(np.interp(_start(year), at, [math.log(level) for _, level in known])))

    def span(self) -> str:
        """The first and the last year, in words."""
        years = sorted(self.index)
        return f"{years[0]} to {years[-1]}"


@cache
def price_index() -> PriceIndex:
    """Our index, by which money is brought to the base year (``parameters/price_index.toml``)."""
    data = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    currencies = {name: Purchasing(**found) for name, found in data["currencies"].items()}
    return PriceIndex(data["label"], data["source"], data["base"], data["index"], currencies)


# --- anybody's -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PriceLevels:
    """A price index of one's own: years, all of one kind and none left out, each with its level; and its source."""

    levels: tuple[tuple[str, float], ...]
    source: str

    def __post_init__(self) -> None:
        if not isinstance(self.source, str) or not self.source.strip():
            raise ModelError("PriceLevels.source: empty; say where the index is from")
        try:
            held = self.levels.items() if isinstance(self.levels, Mapping) else self.levels
            rows = [(year, level) for year, level in held]
        except (TypeError, ValueError) as fault:
            raise ModelError("PriceLevels.levels: must hold pairs of a year and a level") from fault
        told = [text for _, text in _faults(enumerate(rows))]
        if told:
            raise ModelError("\n".join(f"PriceLevels.levels: {text}" for text in told))
        object.__setattr__(self, "levels", tuple(rows))  # whatever held them

    @classmethod
    def read(cls, path: str | Path, column: str = "index", source: str = "") -> PriceLevels:
        """A CSV file with columns ``year`` and `column`, read once, here. Without a `source` that is the file's name.

        ``InputError`` with everything that is wrong with it, each at its line.
        """
        return read_levels(Path(path), column, source)[0]

    def level(self, year: str) -> float:
        """The index in a year that it covers."""
        return float(dict(self.levels)[year])

    def covers(self, year: str) -> bool:
        """Whether it holds that very year."""
        return year in dict(self.levels)

    def span(self) -> str:
        """The first and the last year, in words."""
        years = sorted(year for year, _ in self.levels)
        return f"{years[0]} to {years[-1]}"


def read_levels(path: Path, column: str = "index", source: str = "") -> tuple[PriceLevels, bytes]:
    """``PriceLevels.read``, and the very bytes that were read."""
    rows, content = cells_of(path, ("year", column))
    found: list[tuple[int, tuple[str, float]]] = []
    wrong: list[Problem] = []
    for line, cells in rows:
        level, told = number_in(cells[column])
        wrong += [Problem(str(path), line, column, told)] if told else []
        found.append((line, (cells["year"], level)))
    wrong += [Problem(str(path), line, "year", text) for line, text in _faults(found)]
    if wrong:
        raise InputError(sorted(wrong, key=lambda p: p.line))
    return PriceLevels(tuple(row for _, row in found), source or path.name), content


def _faults(rows: Iterable[tuple[int, tuple[object, object]]]) -> Iterator[tuple[int, str]]:
    """What is wrong with rows of a year and a level, each with the number of its row."""
    seen: dict[str, int] = {}
    known = list(rows)
    if not known:
        yield 0, "holds no year; allowed: one at least"
    for number, (year, level) in known:
        if not is_year(year):
            yield number, no_year(year)
            continue
        if str(year) in seen:
            yield number, f"{year} is given twice; allowed: each year once"
        seen.setdefault(str(year), number)
        sound = isinstance(level, (int, float)) and not isinstance(level, bool) and 0 < as_float(level) < math.inf
        if not sound:
            yield number, f"level {short(level)} of {year}; allowed: a finite number above 0"
    if len({len(year) for year in seen}) > 1:
        yield 0, "holds calendar and financial years; allowed: years of one kind"
        return
    for before, after in pairwise(sorted(seen)):
        if int(after[:4]) - int(before[:4]) > 1:
            yield seen[after], f"nothing stands between {before} and {after}; allowed: no year left out"


# --- what such files hold --------------------------------------------------------------------------------


def cells_of(
    path: Path, needed: tuple[str, ...], beside: tuple[str, ...] = ()
) -> tuple[list[tuple[int, dict[str, str]]], bytes]:
    """Lines of a CSV by number, with the columns `needed` and those of `beside` that it has; and its bytes.

    ``InputError`` where it cannot be read, or lacks a column.
    """
    try:
        table = read_csv(path)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise InputError([Problem(str(path), 0, "file", f"cannot be read: {reason}")]) from fault
    wrong = [*_misread(path, table, needed)]
    if wrong:
        raise InputError(wrong)
    places = {name: table.header.index(name) for name in (*needed, *beside) if name in table.header}
    return [(n, {name: cells[k].strip() for name, k in places.items()}) for n, cells in table.lines], table.content


def _misread(path: Path, table: CommaSeparated, needed: tuple[str, ...]) -> Iterator[Problem]:
    """What is wrong with a table before its cells are looked at."""
    header = table.header
    for name in needed:
        if name not in header:
            told = f"no such column; it has {', '.join(map(short, header)) or 'none'}{spelling_hint(name, header)}"
            yield Problem(str(path), 1, name, told)
    for name in table.twice():
        yield Problem(str(path), 1, short(name), "given twice; allowed: each column once")
    for line in table.uneven():
        told = f"has not {len(header)} cells, as the header has; decimals stand behind a point, not a comma"
        yield Problem(str(path), line, "file", told)


def number_in(text: str) -> tuple[float, str]:
    """A positive number, and what is wrong with it; "" where nothing is."""
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if 0 < value < math.inf:
        return value, ""
    if re.fullmatch(r"-?\d+,\d+", text):
        return 1.0, f"{short(text)} is no number; write {text.replace(',', '.')}"
    return 1.0, f"{short(text)} is out of range; allowed: a finite number above 0"
