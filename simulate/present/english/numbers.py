"""Numbers, units and money in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from parameters.expressions.formula import Formula
from parameters.money.currencies import CURRENCIES, USUAL, USUAL_SIGN, signed
from parameters.units import MONTHS_PER_YEAR, UNITS, Unit, in_plural, number_of

if TYPE_CHECKING:
    from parameters import Money, Parameter
    from parameters.records import Spread


def prices_of(money: Money) -> str:
    """The prices that all money of a model is told in."""
    return f"{money.price_year} prices" if money.currency == USUAL else money.name


def capital(text: str) -> str:
    """`text` with a capital first letter."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """`text` as it stands inside a sentence: a small first letter, unless it begins with an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def duration(years: float) -> str:
    """A time in months up to three years, then in years."""
    months = years * MONTHS_PER_YEAR
    if years <= 3 and abs(months - round(months)) < 1e-6:
        return number_of(round(months), "month")
    return number_of(years, "year")


def clean(text: str) -> str:
    """`text` on one line without control characters."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def spaced(name: str) -> str:
    """An id as words: ``out_of_work`` becomes out of work."""
    return name.replace("_", " ")


def worded(label: str, name: str) -> str:
    """A label, or the id as words where there is none."""
    return clean(label) or spaced(name)


def titled(label: str, name: str) -> str:
    """A label with its id in parentheses."""
    return f"{worded(label, name)} ({name})"


def sentence(text: str) -> str:
    """`text` with a capital first letter and one full stop at the end."""
    tidy = capital(clean(text))
    return tidy if tidy.endswith((".", "?", "!")) else f"{tidy}."


def listed(items: Iterable[str], last: str = "and") -> str:
    """Items as a list in a sentence; semicolons where an item holds a comma itself."""
    things = list(items)
    if len(things) < 2:
        return "".join(things)
    comma = "; " if any(", " in t for t in things) and len(things) > 2 else ", "
    return f"{comma.join(things[:-1])}{';' if comma == '; ' else ''} {last} {things[-1]}"


def plural(noun: str, amount: float) -> str:
    """`noun` as it stands after `amount`."""
    return noun if abs(amount) == 1 else in_plural(noun)


SMALLEST, LARGEST = 1e-9, 1e12  # beyond these a figure written out is a row of digits that nobody reads


def number(value: float, digits: int = 3) -> str:
    """`value` to `digits` significant digits without trailing zeros; with an exponent where it would take a dozen."""
    if not math.isfinite(value):
        return "unknown"
    if value and not SMALLEST <= abs(value) < LARGEST:
        return f"{value:.{digits}g}"
    text = f"{value:,.{_decimals(value, digits)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimals(value: float, digits: int) -> int:
    """Decimals that show `digits` significant digits of `value`."""
    return max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0


TINY = 1e-6  # shares below it are told as such


def percent(share: float, digits: int = 3) -> str:
    """A share as a percentage."""
    if 0 < abs(share) < TINY:
        return f"less than {number(100 * TINY)}%" if share > 0 else f"above -{number(100 * TINY)}%"
    return f"{number(100 * share, digits)}%"


def most_valuable(shown: int, of: int) -> str:
    """Which of several are shown."""
    return f"The {'' if shown == 1 else f'{shown} '}most valuable of {of}"


def whole_percents(shares: Sequence[float]) -> list[int]:
    """Shares that add to 1 as whole percentages that add to 100: the largest remainders are rounded up."""
    whole = [math.floor(100 * share) for share in shares]
    order = sorted(range(len(shares)), key=lambda k: (round(whole[k] - 100 * shares[k], 9), k))
    for k in order[: 100 - sum(whole)]:
        whole[k] += 1
    return whole


def amount(value: float, sign: str, digits: int | None = None) -> str:
    """Money behind its `sign`: in whole numbers from 100 upwards, else to a hundredth; or to `digits` digits."""
    if not math.isfinite(value):
        return "unknown"
    size = abs(value)
    if digits is not None or 0 < size < 0.005 or size >= LARGEST:
        text = number(size, digits or (2 if size < 1 else 3))
    else:
        text = f"{size:,.0f}" if size >= 99.995 or size == round(size) else f"{size:,.2f}"
    return f"{'-' if value < 0 else ''}{signed(sign, text)}"


def about(value: float, sign: str) -> str:
    """Money as a result: in whole numbers from 10 upwards."""
    return amount(round(value) if math.isfinite(value) and abs(value) >= 10 else value, sign)


def short_amount(value: float, sign: str) -> str:
    """An amount in whole numbers, to a hundredth below ten, where there is little room."""
    if not math.isfinite(value):
        return "unknown"
    return signed(sign, f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:,.2f}")


def to_error(value: float, error: float | None) -> str:
    """A figure to as many decimals as two digits of its Monte Carlo `error` bear out, and four digits at most."""
    if value and not SMALLEST <= abs(value) < LARGEST:
        return number(value)
    decimals = _decimals(value, 4)
    if error is not None and error > 0:
        decimals = min(decimals, _decimals(error, 2))
    text = f"{value:,.{decimals}f}"
    return text if any(c in "123456789" for c in text) else text.lstrip("-")


def _known(unit: str) -> Unit:
    """A unit as the table of units has it; a word that is none there is told as a plain number."""
    return UNITS.get(unit, UNITS["ratio"])


def told_unit(unit: str) -> str:
    """A unit after a label, with its comma; nothing for what has no dimension."""
    return "" if _known(unit).is_bare else f", {unit_name(unit)}"


def year_named(p: Parameter) -> str | None:
    """The price year of a record, and that it is assumed where its source states none."""
    return f"{p.price_year} (assumed)" if p.price_year_assumed else p.price_year


def unit_name(unit: str, price_year: str | None = None) -> str:
    """A unit of ``parameters.units`` in words, for the column of a table."""
    words = _known(unit).name or spaced(unit)
    if _known(unit).currency == USUAL:  # others are told by their codes
        words = words.replace(USUAL, USUAL_SIGN)
    return f"{words}, {price_year}" if price_year else words


FIGURE_UNITS: Mapping[str, str] = {  # units of published figures as they stand after a label
    "share": "%",
    "count": "",
    "ratio": "",
    "points": "points",
    "years": "years",
    "months": "months",
    "weeks": "weeks",
    "days": "days",
    "days_per_person_year": "days a person-year",
    "per_year": "a year",
    "per_1000_days": "per 1,000 days",
    "per_1000_years": "per 1,000 years",
    **{code: known.sign for code, known in CURRENCIES.items()},
    **{f"{code}_per_day": f"{known.sign} a day" for code, known in CURRENCIES.items()},
}


def in_unit(value: float, unit: str, digits: int = 3) -> str:
    """A figure with its unit in words, such as 520 with its sign and ``a day``, or ``20%``."""
    told, known = bare(value, unit, digits), _known(unit)
    after = (told == "1" and known.one) or known.after
    return f"{told} {after}" if after else told


def bare(value: float, unit: str, digits: int = 3) -> str:
    """A figure with its symbol alone: of money, percent, or neither."""
    known = _known(unit)
    if known.money:
        return amount(value, CURRENCIES[known.currency].sign)
    return percent(value, digits) if known.is_share else number(value, digits)


AT_LEAST = "at least "  # before an interval that leaves out what nobody measured
NARROW = "Where 'at least' stands before an interval, it leaves out what nobody measured, and would be wider with it."
SPREAD: Mapping[Spread, str] = {"error": "95% interval", "between_sites": "places differ from"}


def figure(p: Parameter) -> str:
    """A parameter's estimate with unit, price year and 95% interval (none: exact), and that it is assumed if it is."""
    if isinstance(p.distribution, Formula):
        return f"computed as {clean(p.distribution.text)}"
    low, high = p.distribution.interval95()
    words = in_unit(p.distribution.point, p.unit, 4)
    words += f" at {year_named(p)} prices" if p.price_year else ""
    words += f", {SPREAD[p.kind]} {bare(low, p.unit)} to {bare(high, p.unit)}" if low < high else ""
    words += " (spread assumed)" if p.error_assumed and low < high else ""
    words += ", which nobody measured" if p.measured is False else ""
    return f"{words}, assumed" if p.status == "assumed" else words


def quoted(level: str) -> str:
    """A level or branch as it stands in a sentence."""
    return f'"{spaced(level)}"'


# --- claims ------------------------------------------------------------------------------------------


def claimed(value: float, unit: str) -> str:
    """A claim's figure with its symbol."""
    if unit == "%":
        return percent(value)
    if unit.startswith(USUAL_SIGN):
        told = f"{abs(value):,.0f}" if abs(value) >= 10 else f"{value:,.2f}"
        return f"{'-' if value <= -10 else ''}{signed(USUAL_SIGN, told)}"
    return number(value)


def after_claimed(unit: str) -> str:
    """What follows the figure of a claim."""
    return "" if unit == "%" else unit.removeprefix(USUAL_SIGN).strip()
