"""Figures, names and conditions in plain English, for whatever tells a model or its results.

Labels and notes come from files: they are stripped of control characters here, so that no text can
steer a terminal, and are never read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.contract import (
    CalibrationTarget,
    Complement,
    CountRatio,
    DecisionProblem,
    EffectMeasure,
    Ever,
    EverButNever,
    EverRatio,
    MeanTime,
    Product,
    Quantity,
    Quotient,
    Rate,
    Setting,
    ShareOfTime,
    ShareWithTime,
    Statistic,
    Sum,
    When,
)
from models.quantities import COMPOSITES, Composite, Expression, computed, names_in, parts_of
from parameters.units import UNITS
from simulate.present.english.numbers import clean, figure, in_unit, listed, number, quoted, spaced, worded

if TYPE_CHECKING:
    from parameters import ParameterSet

SOLVED = "a figure solved for"  # where a figure would stand
NO_RECORD = "a figure without a record"


@dataclass(frozen=True)
class Glossary:
    """A problem's ids and quantities in words, under one setting."""

    problem: DecisionProblem
    setting: Setting
    parameters: ParameterSet

    @property
    def each(self) -> str:
        """Whom or what costs and effects are told for."""
        return self.setting.each or self.problem.each

    @property
    def sign(self) -> str:
        """What stands before an amount of the model's money."""
        return self.parameters.money.sign

    # --- quantities ---------------------------------------------------------------------------

    def solved(self) -> dict[str, CalibrationTarget]:
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

    def label_and_id(self, name: str) -> str:
        """A parameter's label with its id in parentheses."""
        return f"{self.label(name)} ({name})"

    def told(self, quantity: Quantity, unit: str = "number") -> str:
        """A quantity in words: estimate, unit and interval, then in brackets its label and id.

        `unit` is what a plain number is in.
        """
        if isinstance(quantity, COMPOSITES):
            return self._told_composite(quantity, unit)
        if isinstance(quantity, str):
            return f"{self._figure(quantity)} [{self.label_and_id(quantity)}]"
        return in_unit(quantity, unit, 4)

    def told_for(self, name: str, quantity: Quantity) -> str:
        """What stands in place of a parameter, in words: a plain number, which is in engine units, in its unit."""
        if isinstance(quantity, (str, *COMPOSITES)) or name not in self.parameters:
            return self.told(quantity)
        unit = self.parameters[name].unit
        if (currency := UNITS[unit].currency) and currency != self.parameters.money.currency:  # it is in the model's
            unit = unit.replace(currency, self.parameters.money.currency)
        return in_unit(quantity / UNITS[unit].factor, unit, 4)

    def _told_composite(self, quantity: Composite, unit: str) -> str:
        """What a quantity is made of, in words; what is itself made of several stands in parentheses."""
        if isinstance(quantity, Expression):
            return self._told_expression(quantity)
        own = unit if isinstance(quantity, Sum) else "number"
        parts = [
            f"({self.told(part, own)})" if isinstance(part, COMPOSITES) else self.told(part, own)
            for part in parts_of(quantity)
        ]
        if isinstance(quantity, Complement):
            return f"1 less {parts[0]}"
        return {Product: " times ", Sum: " plus ", Quotient: " divided by "}[type(quantity)].join(parts)

    def _told_expression(self, quantity: Expression) -> str:
        """What an expression comes to at the point estimates, and how it is computed."""
        value = self.value(quantity)
        known = SOLVED if value is None else in_unit(value / UNITS[quantity.unit].factor, quantity.unit, 4)
        return f"{known}, computed as {quantity}"

    def _figure(self, name: str) -> str:
        if name in self.solved():
            return SOLVED
        if name in self.setting.given:
            given = self.setting.given[name]
            if isinstance(given, Expression):
                return self.told(given)
            words = number(given) if isinstance(given, (int, float)) else self.told(given)
            return f"{words}, set by this setting"
        return figure(self.parameters[name]) if name in self.parameters else NO_RECORD

    def value(self, quantity: Quantity) -> float | None:
        """The point estimate in engine units (years, per year), or None where something is solved for."""
        if isinstance(quantity, COMPOSITES):
            known = {n: self.value(n) for n in names_in(quantity)}
            values = {n: v for n, v in known.items() if v is not None}
            return computed(quantity, values.__getitem__, float) if len(values) == len(known) else None
        if not isinstance(quantity, str):
            return float(quantity)
        if quantity in self.solved():
            return None
        if quantity in self.setting.given:
            return self.value(self.setting.given[quantity])
        if quantity not in self.parameters:
            return None
        return self.parameters.engine_value(quantity, self.parameters[quantity].distribution.point)

    # --- events -------------------------------------------------------------------------------

    def happening(self, name: str) -> str:
        """What an event, ``event.branch`` or group is called inside a sentence."""
        if "." in name:
            event, branch = name.split(".")
            return f'{self.happening(event)} with outcome "{spaced(branch)}"'
        pathway = self.problem.pathway
        labels = {e.name: e.label for e in pathway.events} | {g.name: g.label for g in pathway.groups}
        return clean(labels.get(name, "")).split(";")[0].strip() or spaced(name)

    def thing(self, name: str) -> str:
        """``happening``, or `name` itself where it is no event, branch or group."""
        return self.happening(name) if name in self.problem.pathway.outcome_names() else name

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
        return STATISTICS[type(statistic)](self, statistic)

    def among(self, statistic: EverRatio) -> str:
        """What a share of some people alone is of."""
        return f"{self.at_least_one(statistic.name)} among those with {self.at_least_one(statistic.among).rstrip(',')}"

    def odds(self, statistic: Statistic) -> str:
        """The odds that go with a share."""
        words = ODDS.get(type(statistic))
        return f"the odds that go with {self.statistic(statistic)}" if words is None else words(self, statistic)

    def goal(self, target: CalibrationTarget) -> str:
        """What a solved parameter makes true."""
        under, comparator = self.strategy(target.strategy), self.strategy(self.problem.strategies[0].id)
        published = self.told(target.published)
        if target.scale == "value":
            return f'{self.statistic(target.statistic)}, under "{under}", equals {published}'
        if target.scale == "difference":
            what = self.statistic(target.statistic)
            return f'{what}, under "{under}" less that under "{comparator}", equals {published}'
        odds = target.scale == "odds_ratio"
        statistic = self.odds(target.statistic) if odds else self.statistic(target.statistic)
        those, equal = ("those", "equal") if odds else ("that", "equals")
        return f'{statistic}, under "{under}" divided by {those} under "{comparator}", {equal} {published}'

    def strategy(self, strategy_id: str) -> str:
        """A strategy's label."""
        label = next((s.label for s in self.problem.strategies if s.id == strategy_id), "")
        return worded(label, strategy_id)

    def component(self, name: str) -> str:
        """A component's label; that of the last strategy which has it."""
        labels = {c.name: worded(c.label, c.name) for s in self.problem.strategies for c in s.components}
        return labels[name]

    def measured(self, measure: EffectMeasure) -> str:
        """How an effect measure is counted."""
        if measure.is_qaly:
            return "time alive, weighted by quality of life and discounted"
        if measure.achieved is not None:
            return f"the percentage of people with {self.at_least_one(measure.achieved)} by the end, undiscounted"
        if measure.averted is not None:
            return f"minus how often there is {self.happening(measure.averted)}, discounted"
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


# --- statistics in words ------------------------------------------------------------------------


def _ever(w: Glossary, x: Ever) -> str:
    return f"the share of people with {w.at_least_one(x.name)} by the end of follow-up"


def _count_ratio(w: Glossary, x: CountRatio) -> str:
    return f"the mean count of {w.happening(x.name)} divided by the mean count of {w.happening(x.among)}"


def _mean_time(w: Glossary, x: MeanTime) -> str:
    words = f"the mean time with {w.condition(x.when) or 'nothing ruled out'}"
    if x.per is not None:
        return f"{words} per {w.happening(x.per)}"
    if x.per_ever is not None:
        return f"{words} per person with {w.at_least_one(x.per_ever).rstrip(',')}"
    return f"{words} per person"


def _share_of_time(w: Glossary, x: ShareOfTime) -> str:
    among = w.condition(x.among)
    return f"the share of time {f'with {among}' if among else 'alive'} with {w.condition(x.when)}"


def _rate(w: Glossary, x: Rate) -> str:
    return f"{w.happening(x.name)} per year with {w.condition(x.when) or 'anything'}"


def _share_with_time(w: Glossary, x: ShareWithTime) -> str:
    return f"the share of people with at least {x.years:.4g} years with {w.condition(x.when)}"


STATISTICS: Mapping[type, Callable[[Glossary, Any], str]] = {
    Ever: _ever,
    EverButNever: lambda w, x: f"{_ever(w, Ever(x.name))}, but never {w.happening(x.never)}",
    EverRatio: lambda w, x: f"the share of people with {w.among(x)}",
    CountRatio: _count_ratio,
    MeanTime: _mean_time,
    ShareOfTime: _share_of_time,
    Rate: _rate,
    ShareWithTime: _share_with_time,
}
ODDS: Mapping[type, Callable[[Glossary, Any], str]] = {  # of shares whose odds have words of their own
    Ever: lambda w, x: f"the odds of {w.at_least_one(x.name)} by the end of follow-up",
    EverRatio: lambda w, x: f"the odds of {w.among(x)}",
}
