"""Whether each number's unit can stand where the model puts it: a rate as a rate, a price per day for time spent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from models import hazards
from models.bases import expanded, is_time
from models.contract import (
    Alternative,
    Branch,
    ByLevel,
    CalibrationTarget,
    Component,
    CostItem,
    Covariate,
    DecisionProblem,
    Effect,
    Frailty,
    History,
    Lengthening,
    Mixture,
    Product,
    Quantity,
    Scale,
    Setting,
    Term,
    Utility,
    Variant,
    Waning,
)
from models.measures import MEASURED_AS
from models.quantities import COMPOSITES, Complement, Composite, Expression, Quotient, Sum, computed, names_in, parts_of
from parameters import ParameterSet, Problem
from parameters.money.currencies import USUAL
from parameters.units import MONEY, MONEY_PER_TIME, PURE, RATE, TIME, UNITS, Dimension
from simulate.ask.declarations import Held, held_in, name_of

WORDS = {
    PURE: "a plain number, probability or ratio",
    TIME: "a time, such as days",
    RATE: "a rate, such as per_year",
    MONEY: f"money, such as {USUAL}, once all factors are multiplied",
    MONEY_PER_TIME: f"money for a time, such as {USUAL}_per_day, once all factors are multiplied",
}

MEASURED = {"share": PURE, "time": TIME, "rate": RATE}  # what a published statistic is in
EXPECTED: Mapping[tuple[type, str], Dimension] = {
    (hazards.Exponential, "rate"): RATE,
    (hazards.Weibull, "shape"): PURE,
    (hazards.Weibull, "scale"): TIME,
    (hazards.WeibullPH, "shape"): PURE,
    (hazards.Gompertz, "rate"): RATE,
    (hazards.Gompertz, "growth"): RATE,
    (hazards.LogLogistic, "shape"): PURE,
    (hazards.LogLogistic, "scale"): TIME,
    (hazards.LogNormal, "median"): TIME,
    (hazards.LogNormal, "sigma"): PURE,
    (hazards.Gamma, "shape"): PURE,
    (hazards.Gamma, "scale"): TIME,
    (hazards.GeneralisedGamma, "location"): TIME,
    (hazards.GeneralisedGamma, "sigma"): PURE,
    (hazards.GeneralisedGamma, "q"): PURE,
    (hazards.PiecewiseConstant, "rates"): RATE,
    (hazards.LifeTable, "ratio"): PURE,
    (hazards.Spline, "coefficients"): PURE,
    (hazards.Normal, "mean"): TIME,
    (hazards.Normal, "sd"): TIME,
    (hazards.FixedTime, "at"): TIME,
    (hazards.PerCycle, "probability"): PURE,
    (hazards.PerCycle, "later"): PURE,
    (Branch, "weight"): PURE,
    (ByLevel, "ratios"): PURE,
    (Lengthening, "pause"): TIME,
    (Lengthening, "slower"): PURE,
    (Lengthening, "forward"): TIME,
    (Lengthening, "faster"): PURE,
    (Mixture, "shares"): PURE,
    (Covariate, "parameter"): PURE,
    (Frailty, "variance"): PURE,
    (History, "hazard_ratio"): PURE,
    (Waning, "over"): TIME,
    (Effect, "parameter"): PURE,
    (Effect, "start"): TIME,
    (Effect, "end"): TIME,
    (Component, "uptake"): PURE,
    (Component, "fidelity"): PURE,
    (Component, "start"): TIME,
    (Component, "end"): TIME,
    (Setting, "horizon"): TIME,
    (Scale, "years"): TIME,
    (Utility, "value"): PURE,
    (Term, "value"): PURE,
    (Variant, "weight"): PURE,
    (Alternative, "weight"): PURE,
}
WALKED = EXPECTED.keys() | {(CalibrationTarget, "published")}


def misfits(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> Iterator[Problem]:
    """Every record whose unit cannot stand where the problem puts it under a setting, once for each place.

    Those that its variants put in another's place are among them.
    """
    parts = (problem.pathway, problem.strategies, problem.utilities, problem.scales, setting)
    costs = (x for c in problem.costs for x in _cost(c))
    places = [*map(_place, held_in(parts, WALKED)), *costs, *_discounting(problem)]
    for strategy in problem.strategies:
        own = ((strategy.under(q), expected, f"{where} under strategy {strategy.id}") for q, expected, where in places)
        places += [new for new, old in zip([*own], places, strict=True) if new[0] is not old[0]]
    told = list(_misplaced(places, _Units(setting, parameters)))
    for variant in setting.variants:
        known = {old: new for old, new in variant.replace.items() if new in parameters}
        concerned = [place for place in places if known.keys() & set(names_in(place[0]))]
        told += _misplaced(concerned, _Units(setting, parameters.replaced(known)))
    yield from dict.fromkeys(told)


def misread(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> Iterator[Problem]:
    """Plain numbers put in a record's place that would be read in another unit or price year than the record is in.

    A quantity's numbers are in the engine's units: years, events a year, the model's own money. Beside a record in
    days, or in prices of another year, 3 would be taken for what nobody means by it. Those that no record of that unit
    could be are told too.
    """
    units = _Units(setting, parameters)
    putting = [(f"Setting {setting.name}", setting.given)]
    putting += [(f"Strategy {s.id}", s.given) for s in setting.compared(problem.strategies)]
    for who, given in putting:
        for name, quantity in given.items():
            where, value = f"{who}.given[{name}]", _constant(quantity)
            if value is None:
                yield from units.mixtures(quantity, where)
            elif value != 0 and (unit := units.other_unit(name, itself=given is setting.given)) is not None:
                told = f"{value:g} would be in {units.as_computed(unit)}, and {name} is in {unit}"
                yield Problem(problem.id, 0, where, f"{told}; {ALLOWED}")
            elif name in parameters and (wrong := parameters[name].refusal(value)) is not None:
                yield Problem(problem.id, 0, where, wrong)


ALLOWED = "allowed: the name of a record in a unit of its own"


def _constant(quantity: Quantity) -> float | None:
    """What a quantity that names nothing comes to; None of one that does."""
    if isinstance(quantity, (str, Expression)) or any(names_in(quantity)):
        return None
    return computed(quantity, float, float)


def _misplaced(places: Iterable[tuple[Quantity, Dimension, str]], units: _Units) -> Iterator[Problem]:
    for quantity, expected, where in places:
        yield from units.mixtures(quantity, where)
        found = units.of(quantity)
        if found is not None and found != expected:
            yield units.problem(quantity, f"stands at {where}, which takes {WORDS[expected]}")


def _discounting(problem: DecisionProblem) -> Iterator[tuple[Quantity, Dimension, str]]:
    for field in ("discount_costs", "discount_effects"):
        yield getattr(problem, field), PURE, f"{problem.id}.{field}"


def _place(held: Held) -> tuple[Quantity, Dimension, str]:
    """What stands in a field, what it must be, and where it is."""
    owner, quantity = held.owner, cast(Quantity, held.quantity)
    if isinstance(owner, CalibrationTarget):
        as_measured = owner.scale in ("value", "difference")
        what = MEASURED[MEASURED_AS[type(owner.statistic)]] if as_measured else PURE
        return quantity, what, f"CalibrationTarget {owner.unknown}.published"
    field = held.field if name_of(owner) is not None else f"{type(owner).__name__}.{held.field}"
    named = [f"{type(x).__name__} {name}" for x in (*held.path, owner) if (name := name_of(x)) is not None]
    return quantity, EXPECTED[held.kind], ": ".join([*named[-1:], field])


def _cost(item: CostItem) -> Iterator[tuple[Quantity, Dimension, str]]:
    """A cost item's price, quantities and terms as products; plain numbers may be anything."""
    where = f"CostItem {item.name}: unit_cost and quantities" + (" and by" if item.by else "")
    for values in dict.fromkeys(values for _, values in expanded(item.by)):
        everything = [item.unit_cost, *item.quantities, *values]
        if all(isinstance(q, (str, *COMPOSITES)) for q in everything):
            factors = [f for q in everything for f in (q.factors if isinstance(q, Product) else [q])]
            yield Product(*factors), MONEY_PER_TIME if is_time(item.basis) else MONEY, where


class _Units:
    """Dimensions of quantities under one setting."""

    def __init__(self, setting: Setting, parameters: ParameterSet):
        self.given, self.parameters = setting.given, parameters
        self.solved = {t.unknown: t.unit for t in setting.targets}

    def of(self, quantity: Quantity) -> Dimension | None:
        """The dimension of a quantity; None where a number or a missing record leaves it open."""
        if isinstance(quantity, COMPOSITES):
            return self._of_composite(quantity)
        if not isinstance(quantity, str):
            return None
        if quantity in self.given:
            return self.of(self.given[quantity])
        unit = self.solved.get(quantity) or (self.parameters[quantity].unit if quantity in self.parameters else None)
        return None if unit is None else (UNITS[unit].dimension if unit in UNITS else PURE)

    def _of_composite(self, quantity: Composite) -> Dimension | None:
        """Of a product or quotient that of its named parts; of a sum that of its first part that has one."""
        if isinstance(quantity, Expression):
            return UNITS[quantity.unit].dimension
        parts = parts_of(quantity)
        found = [self.of(part) for part in parts]
        if isinstance(quantity, Complement):
            return PURE
        if isinstance(quantity, Sum):
            return next((d for d in found if d is not None), None)
        if isinstance(quantity, Quotient) and found[1] is not None:
            found[1] = found[1].inverse()
        named = [d for part, d in zip(parts, found, strict=True) if any(names_in(part))]
        known = [d for d in named if d is not None]
        return Dimension.product(known) if named and len(known) == len(named) else None

    def mixtures(self, quantity: Quantity, where: str) -> Iterator[Problem]:
        """Every sum of unlike quantities inside a quantity, and every complement of what is no plain number."""
        if not isinstance(quantity, COMPOSITES) or isinstance(quantity, Expression):
            return  # an expression is checked where its record is put in its place
        for part in parts_of(quantity):
            yield from self.mixtures(part, where)
        found = {d for d in map(self.of, parts_of(quantity)) if d is not None}
        if isinstance(quantity, Complement) and found - {PURE}:
            yield self.problem(quantity, f"is taken from 1 at {where}; allowed: {WORDS[PURE]}")
        if isinstance(quantity, Sum) and len(found) > 1:
            yield self.problem(quantity, f"are added at {where}; allowed: quantities of one kind")
        elif isinstance(quantity, Sum):
            yield from self._added(quantity, where)

    def _added(self, quantity: Sum, where: str) -> Iterator[Problem]:
        """Plain numbers added to what is in a unit that is not computed with: 2 beside months is 2 years."""
        numbers = [n for n in map(_constant, quantity.terms) if n]
        others = (self.other_unit(n) for n in names_in(quantity) if numbers and self.of(quantity) != PURE)
        for unit in (u for u in others if u is not None):
            told = f"{numbers[0]:g} is added at {where}, and would be in {self.as_computed(unit)}"
            yield self.problem(quantity, f"{told}; {ALLOWED}")
            return

    def other_unit(self, name: str, *, itself: bool = False) -> str | None:
        """The unit and price year that a name is in, where one of it is not one of what is computed with; else None.

        Of the record of that name where `itself`, and else of what the setting solves for or gives in its place.
        """
        if not itself and name in self.solved:
            unit = self.solved[name]
            return unit if unit in UNITS and UNITS[unit].factor != 1 else None
        behind = name if itself or name not in self.given else self.given[name]
        if not isinstance(behind, str) and self.of(behind) == PURE:
            return None
        return next((told for n in names_in(behind) if (told := self._unlike(n)) is not None), None)

    def _unlike(self, name: str) -> str | None:
        record = self.parameters.get(name)
        try:
            if record is None or self.parameters.engine_value(name, 1.0) == 1.0:
                return None
        except ValueError:  # money that cannot be brought there, which is told of by itself
            return None
        return f"{record.unit} of {record.price_year}" if record.price_year else record.unit

    def as_computed(self, unit: str) -> str:
        """What is computed with in place of a record's unit, in words."""
        dimension = UNITS[unit.partition(" ")[0]].dimension
        words = [self.parameters.money.name] if dimension.money else []
        words += ["years"] if dimension.time == 1 else ["a year"] if dimension.time == -1 else []
        return " ".join(words)

    def problem(self, quantity: Quantity, text: str) -> Problem:
        """The problem, at the record of the quantity's first parameter."""
        names = [*dict.fromkeys(names_in(quantity))]
        if not names:
            return Problem("setting", 0, f"{quantity}", text)
        units = {n: self._unit(n) for n in names}
        sign = " x " if isinstance(quantity, Product) else ", "
        told = sign.join(f"{n} ({unit})" if len(names) > 1 else unit for n, unit in units.items())
        record = self.parameters.get(self._record(names[0]))
        file, line = record.place if record is not None else ("setting", 0)
        return Problem(file, line, f"{names[0]}.unit", f"{told} {text}")

    def _record(self, name: str) -> str:
        """The record that a setting gives as `name`; itself where it gives none, or several multiplied."""
        given = self.given.get(name)
        return given if isinstance(given, str) else name

    def _unit(self, name: str) -> str:
        record = self.parameters.get(self._record(name))
        return self.solved.get(name) or (record.unit if record is not None else "?")
