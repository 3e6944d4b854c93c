"""Figures, names and conditions in plain English, for whatever tells a model or its results.

Labels and notes come from files: they are stripped of control characters here, so that no text can
steer a terminal, and are never read as markup.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.contract import (
    CountRatio,
    DecisionProblem,
    EffectMeasure,
    Ever,
    EverRatio,
    MeanTime,
    Product,
    Quantity,
    Rate,
    Setting,
    ShareOfTime,
    ShareWithTime,
    Statistic,
    Target,
    When,
)

if TYPE_CHECKING:
    from parameters import Parameter, ParameterSet

SOLVED = "a figure solved for"  # where a figure would stand
NO_RECORD = "a figure without a record"

_UNIT_NAMES = {  # what is not its own name with spaces
    "number": "no unit",
    "per_year": "per person-year",
    "per_year_growth": "per year, growth",
    "per_year_effective": "per year, effective",
    "days_difference": "days, a difference",
    "GBP_difference": "GBP, a difference",
    "GBP_difference_per_year": "GBP per year, a difference",
}
_AFTER_FIGURE = {
    "percentage_points": " percentage points",
    "per_year_effective": " a year",
    "per_year": " per person-year",
    "per_year_growth": " a year",
    "per_month": " a month",
    "per_week": " a week",
    "per_day": " a day",
    "years": " years",
    "months": " months",
    "weeks": " weeks",
    "days": " days",
    "days_difference": " days",
    "hours": " hours",
    "hours_per_week": " hours a week",
    "GBP_per_hour": " an hour",
    "GBP_per_day": " a day",
    "GBP_per_week": " a week",
    "USD_per_month": " a month",
    "GBP_per_service_year": " a year for a whole service",
    "services_per_place": " of a service for each place",
    "GBP_difference_per_year": " a year",
    "CAD_per_day": " a day",
    "CAD_per_year": " a year",
    "GBP_per_year": " a year",
}
_ONE = {
    "percentage_points": " percentage point",
    "years": " year",
    "months": " month",
    "weeks": " week",
    "days": " day",
    "hours": " hour",
    "hours_per_week": " hour a week",
}
_DIMENSIONLESS = ("probability", "ratio", "odds", "count", "number", "utility")
_SHARES = ("probability", "per_year_effective")  # told as percentages


# --- text -------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """`text` on one line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def spaced(name: str) -> str:
    """An id as words: ``out_of_work`` becomes out of work."""
    return name.replace("_", " ")


def worded(label: str, name: str) -> str:
    """A label, or the id as words where there is none."""
    return clean(label) or spaced(name)


def titled(label: str, name: str) -> str:
    """A label with its id in parentheses."""
    return f"{worded(label, name)} ({name})"


def capital(text: str) -> str:
    """`text` with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


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
    return noun if abs(amount) == 1 or noun.endswith("s") else f"{noun}s"


# --- figures ----------------------------------------------------------------------------------


def number(value: float, digits: int = 3) -> str:
    """`value` to `digits` significant digits, without an exponent or trailing zeros."""
    if not math.isfinite(value):
        return "unknown"
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


def pounds(value: float, digits: int | None = None) -> str:
    """Money: whole pounds from 100 upwards, pence below; or to `digits` significant digits."""
    if not math.isfinite(value):
        return "unknown"
    size = abs(value)
    if digits is not None or 0 < size < 0.005:
        text = number(size, digits or 2)
    else:
        text = f"{size:,.0f}" if size >= 99.995 or size == round(size) else f"{size:,.2f}"
    return f"{'-' if value < 0 else ''}£{text}"


def about(value: float) -> str:
    """Money as a result: whole pounds from 10 upwards."""
    return pounds(round(value)) if math.isfinite(value) and abs(value) >= 10 else pounds(value)


def to_error(value: float, error: float | None) -> str:
    """A figure to as many decimals as two digits of its Monte Carlo `error` bear out, and four digits at most."""
    decimals = _decimals(value, 4)
    if error is not None and error > 0:
        decimals = min(decimals, _decimals(error, 2))
    text = f"{value:,.{decimals}f}"
    return text if any(c in "123456789" for c in text) else text.lstrip("-")


def told_unit(unit: str) -> str:
    """A unit after a label, with its comma; nothing for what has no dimension."""
    return "" if unit in _DIMENSIONLESS else f", {unit_name(unit)}"


def unit_name(unit: str, price_year: str | None = None) -> str:
    """A unit of ``parameters.units`` in words, for the column of a table."""
    words = _UNIT_NAMES.get(unit, spaced(unit))
    return f"{words}, {price_year}" if price_year else words


def in_unit(value: float, unit: str, digits: int = 3) -> str:
    """A figure with its unit in words, e.g. ``£520 a day`` or ``20%``."""
    told, after = bare(value, unit, digits), _AFTER_FIGURE.get(unit, "")
    return told + (_ONE.get(unit, after) if told == "1" else after)


def bare(value: float, unit: str, digits: int = 3) -> str:
    """A figure with its symbol alone: pounds, percent, or neither."""
    if unit.startswith("GBP"):
        return pounds(value)
    for currency, symbol in (("CAD", "Can$"), ("USD", "US$")):
        if unit.startswith(currency):
            return pounds(value).replace("£", symbol)
    return percent(value, digits) if unit in _SHARES else number(value, digits)


def figure(p: Parameter) -> str:
    """A parameter's estimate with unit, price year and 95% interval (none: exact), and that it is assumed if it is."""
    low, high = p.distribution.interval95()
    words = in_unit(p.distribution.point, p.unit, 4)
    words += f" at {p.price_year} prices" if p.price_year else ""
    words += f", 95% interval {bare(low, p.unit)} to {bare(high, p.unit)}" if low < high else ""
    return f"{words}, assumed" if p.status == "assumed" else words


# --- what a problem's ids mean ------------------------------------------------------------------


@dataclass(frozen=True)
class Glossary:
    """A problem's ids and quantities in words, under one setting."""

    problem: DecisionProblem
    setting: Setting
    parameters: ParameterSet

    # --- quantities ---------------------------------------------------------------------------

    def solved(self) -> dict[str, Target]:
        """Engine parameters that the setting solves for."""
        return {t.unknown: t for t in self.setting.targets}

    def label(self, name: str) -> str:
        """A parameter's label: its record's, else that of a target that solves for it, else its name."""
        if name in self.solved() and self.solved()[name].label:
            return clean(self.solved()[name].label)
        if name in self.parameters:
            return clean(self.parameters[name].label)
        targets = (t for s in self.problem.settings for t in s.targets)
        return clean(next((t.label for t in targets if t.unknown == name and t.label), spaced(name)))

    def named(self, name: str) -> str:
        """A parameter's label with its id in parentheses."""
        return f"{self.label(name)} ({name})"

    def told(self, quantity: Quantity, unit: str = "number") -> str:
        """A quantity in words: estimate, unit and interval, then in brackets its label and id.

        `unit` is what a plain number is in.
        """
        if isinstance(quantity, Product):
            return " times ".join(self.told(factor) for factor in quantity.factors)
        if isinstance(quantity, str):
            return f"{self._figure(quantity)} [{self.named(quantity)}]"
        return in_unit(quantity, unit, 4)

    def _figure(self, name: str) -> str:
        if name in self.solved():
            return SOLVED
        if name in self.setting.given:
            given = self.setting.given[name]
            words = number(given) if isinstance(given, (int, float)) else self.told(given)
            return f"{words}, set by this setting"
        return figure(self.parameters[name]) if name in self.parameters else NO_RECORD

    def value(self, quantity: Quantity) -> float | None:
        """The point estimate in engine units (years, per year), or None where something is solved for."""
        from parameters import to_engine

        if isinstance(quantity, Product):
            factors = [self.value(f) for f in quantity.factors]
            return None if None in factors else math.prod(f for f in factors if f is not None)
        if not isinstance(quantity, str):
            return float(quantity)
        if quantity in self.solved():
            return None
        if quantity in self.setting.given:
            return self.value(self.setting.given[quantity])
        if quantity not in self.parameters:
            return None
        p = self.parameters[quantity]
        return float(to_engine(np.array(p.distribution.point), p.unit, p.price_year))

    # --- events -------------------------------------------------------------------------------

    def happening(self, name: str) -> str:
        """What an event, ``event.branch`` or group is called inside a sentence."""
        if "." in name:
            event, branch = name.split(".")
            return f'{self.happening(event)} with outcome "{spaced(branch)}"'
        pathway = self.problem.pathway
        labels = {e.name: e.label for e in pathway.events} | {g.name: g.label for g in pathway.groups}
        return clean(labels.get(name, "")).split(";")[0].strip() or spaced(name)

    def at_least_one(self, name: str) -> str:
        """``at least one …``, closed by a comma where the label holds one."""
        words = f"at least one {self.happening(name)}"
        return f"{words}," if "," in words else words

    # --- states -------------------------------------------------------------------------------

    def domain(self, name: str) -> str:
        """A domain's label inside a sentence."""
        label = next((d.label for d in self.problem.pathway.domains if d.name == name), "")
        label = clean(label)
        return label[:1].lower() + label[1:] if label[1:2].islower() else label or spaced(name)

    def condition(self, when: When) -> str:
        """A condition as ``care setting "community" or "crisis"``; empty where it always holds."""
        parts = [f"{self.domain(d)} {listed(map(quoted, levels), 'or')}" for d, levels in when.levels.items()]
        return " and ".join(parts)

    def people_in(self, when: When) -> str:
        """``people with care setting "community"``, or everybody."""
        words = self.condition(when)
        return f"people with {words}" if words else "everybody"

    # --- statistics ---------------------------------------------------------------------------

    def statistic(self, statistic: Statistic) -> str:
        """A target's or comparison's statistic."""
        if isinstance(statistic, Ever):
            return f"the share of people with {self.at_least_one(statistic.name)} by the end of follow-up"
        if isinstance(statistic, EverRatio):
            return f"the share of people with {self._among(statistic)}"
        if isinstance(statistic, CountRatio):
            return (
                f"the mean count of {self.happening(statistic.name)} divided by"
                f" the mean count of {self.happening(statistic.among)}"
            )
        if isinstance(statistic, ShareOfTime):
            among = self.condition(statistic.among)
            return f"the share of time {f'with {among}' if among else 'alive'} with {self.condition(statistic.when)}"
        if isinstance(statistic, Rate):
            return f"{self.happening(statistic.name)} per year with {self.condition(statistic.when) or 'anything'}"
        if isinstance(statistic, ShareWithTime):
            years = f"{statistic.years:.4g} years"
            return f"the share of people with at least {years} with {self.condition(statistic.when)}"
        return self._mean_time(statistic)

    def _among(self, statistic: EverRatio) -> str:
        return f"{self.at_least_one(statistic.name)} among those with {self.at_least_one(statistic.among).rstrip(',')}"

    def _odds(self, statistic: Statistic) -> str:
        """The odds that go with a share."""
        if isinstance(statistic, EverRatio):
            return f"the odds of {self._among(statistic)}"
        if isinstance(statistic, Ever):
            return f"the odds of {self.at_least_one(statistic.name)} by the end of follow-up"
        return f"the odds that go with {self.statistic(statistic)}"

    def _mean_time(self, statistic: MeanTime) -> str:
        words = f"the mean time with {self.condition(statistic.when) or 'nothing ruled out'}"
        if statistic.per is not None:
            return f"{words} per {self.happening(statistic.per)}"
        if statistic.per_ever is not None:
            return f"{words} per person with {self.at_least_one(statistic.per_ever).rstrip(',')}"
        return f"{words} per person"

    def goal(self, target: Target) -> str:
        """What a solved parameter makes true."""
        under, comparator = self.strategy(target.strategy), self.strategy(self.problem.strategies[0].id)
        published = self.told(target.published)
        if target.scale == "value":
            return f'{self.statistic(target.statistic)}, under "{under}", equals {published}'
        if target.scale == "difference":
            what = self.statistic(target.statistic)
            return f'{what}, under "{under}" less that under "{comparator}", equals {published}'
        odds = target.scale == "odds_ratio"
        statistic = self._odds(target.statistic) if odds else self.statistic(target.statistic)
        those, equal = ("those", "equal") if odds else ("that", "equals")
        return f'{statistic}, under "{under}" divided by {those} under "{comparator}", {equal} {published}'

    def strategy(self, strategy_id: str) -> str:
        """A strategy's label."""
        label = next((s.label for s in self.problem.strategies if s.id == strategy_id), "")
        return worded(label, strategy_id)

    def measured(self, measure: EffectMeasure) -> str:
        """How an effect measure is counted."""
        if measure.is_qaly:
            return "time alive, weighted by quality of life and discounted"
        if measure.achieved is not None:
            return f"the percentage of people with {self.at_least_one(measure.achieved)} by the end, undiscounted"
        if measure.averted is not None:
            return f"minus the number of {self.happening(measure.averted)}, discounted"
        if measure.items:
            return f"the sum of {listed([self.told(i.value) for i in measure.items])}, discounted"
        if measure.ever is None:
            when = measure.days or measure.years
            assert when is not None
            return f"time with {self.condition(when) or 'nothing ruled out'}, discounted"
        return (
            f"minus the percentage of people with {self.at_least_one(measure.ever)} by the end of follow-up,"
            " undiscounted, so that a difference is percentage points averted"
        )

    # --- sources ------------------------------------------------------------------------------

    def source(self, source_id: str) -> str:
        """First author and year of a source, or its id as words where the bibliography lacks it."""
        found = self.parameters.sources.get(source_id)
        return clean(found.short()) if found is not None else spaced(source_id)


def quoted(level: str) -> str:
    """A level or branch as it stands in a sentence."""
    return f'"{spaced(level)}"'
