"""Which numbers may stand where: one check for plain numbers of a problem and for its records, before anything runs.

A record is held to its own unit when it is read; here, to the place where a problem puts it.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from models import contract as m
from models.bases import Weight
from models.measures import MEASURED_AS
from models.quantities import (
    COMPOSITES,
    Complement,
    Composite,
    Expression,
    Quantity,
    Quotient,
    Sum,
    computed,
    names_in,
    parts_of,
    put,
)
from parameters import Parameter, ParameterSet, Problem
from parameters.mistakes import as_float
from parameters.units import ANNUAL_RATE, ANY_NUMBER, NOT_NEGATIVE, POSITIVE, SHARE, UNITS, UTILITY, Range
from simulate.ask.declarations import Held, held_in, name_of

RANGES: Mapping[tuple[type, str], Range] = {
    (m.Exponential, "rate"): NOT_NEGATIVE,
    (m.Weibull, "shape"): POSITIVE,
    (m.Weibull, "scale"): POSITIVE,
    (m.WeibullPH, "shape"): POSITIVE,
    (m.WeibullPH, "rate"): POSITIVE,
    (m.Gompertz, "rate"): NOT_NEGATIVE,
    (m.Gompertz, "growth"): ANY_NUMBER,
    (m.LogLogistic, "shape"): POSITIVE,
    (m.LogLogistic, "scale"): POSITIVE,
    (m.LogNormal, "median"): POSITIVE,
    (m.LogNormal, "sigma"): POSITIVE,
    (m.Gamma, "shape"): POSITIVE,
    (m.Gamma, "scale"): POSITIVE,
    (m.GeneralisedGamma, "location"): POSITIVE,
    (m.GeneralisedGamma, "sigma"): POSITIVE,
    (m.GeneralisedGamma, "q"): ANY_NUMBER,
    (m.PiecewiseConstant, "starts"): NOT_NEGATIVE,
    (m.PiecewiseConstant, "rates"): NOT_NEGATIVE,
    (m.LifeTable, "ratio"): NOT_NEGATIVE,
    (m.Spline, "coefficients"): ANY_NUMBER,
    (m.Normal, "mean"): NOT_NEGATIVE,
    (m.Normal, "sd"): POSITIVE,
    (m.FixedTime, "at"): NOT_NEGATIVE,
    (m.PerCycle, "probability"): SHARE,
    (m.PerCycle, "later"): SHARE,
    (m.Branch, "weight"): NOT_NEGATIVE,
    (m.ByLevel, "ratios"): NOT_NEGATIVE,
    (m.Lengthening, "pause"): NOT_NEGATIVE,
    (m.Lengthening, "slower"): Range(1.0, math.inf),
    (m.Lengthening, "forward"): NOT_NEGATIVE,
    (m.Lengthening, "faster"): Range(1.0, math.inf),
    (m.Mixture, "shares"): SHARE,
    (m.Covariate, "parameter"): POSITIVE,
    (m.Covariate, "centre"): ANY_NUMBER,
    (m.Frailty, "variance"): NOT_NEGATIVE,
    (m.History, "hazard_ratio"): NOT_NEGATIVE,
    (m.Waning, "over"): POSITIVE,
    (m.Effect, "parameter"): POSITIVE,
    (m.Effect, "start"): NOT_NEGATIVE,
    (m.Effect, "end"): NOT_NEGATIVE,
    (m.Component, "uptake"): SHARE,
    (m.Component, "fidelity"): SHARE,
    (m.Component, "start"): NOT_NEGATIVE,
    (m.Component, "end"): NOT_NEGATIVE,
    (m.Setting, "horizon"): POSITIVE,
    (m.Scale, "years"): POSITIVE,
    (m.Utility, "value"): UTILITY,
    (m.Term, "value"): ANY_NUMBER,  # of either sign: what a year of age takes
    (m.Variant, "weight"): SHARE,
    (m.Alternative, "weight"): SHARE,
    (m.CostItem, "unit_cost"): ANY_NUMBER,  # of either sign: earnings are a gain
    (m.CostItem, "quantities"): ANY_NUMBER,
    (m.EffectItem, "value"): ANY_NUMBER,
    (m.EffectItem, "quantities"): ANY_NUMBER,
    (m.CalibrationTarget, "start"): POSITIVE,
    (m.DecisionProblem, "discount_costs"): ANNUAL_RATE,
    (m.DecisionProblem, "discount_effects"): ANNUAL_RATE,
    (m.DecisionProblem, "thresholds"): NOT_NEGATIVE,
}

# What may be said of people's numbers, by their distribution: of the first and of the second.
NUMERIC: Mapping[str, tuple[Range, Range]] = {
    "normal": (ANY_NUMBER, NOT_NEGATIVE),
    "lognormal": (POSITIVE, NOT_NEGATIVE),
    "gamma": (POSITIVE, POSITIVE),
    "uniform": (ANY_NUMBER, ANY_NUMBER),
}

WALKED = RANGES.keys() | {(m.CalibrationTarget, "published"), (m.Numeric, "first"), (m.Numeric, "second")}

# Of what profiles come to at the point estimates: coefficients may be drawn from normal laws, without an end.
PROFILED = Range(-1.0, 1.0)

ROUNDING = 1e-12  # by which shares that are read may miss 1

Place = tuple[object, Range, str]  # what stands there, what may, and where it is


def out_of_place(problem: m.DecisionProblem, setting: m.Setting, parameters: ParameterSet) -> Iterator[Problem]:
    """Every number, and every record, that a problem puts where it may not stand under a setting; each once."""
    found = list(_places(problem, setting))
    for s in [s for s in problem.strategies if s.given]:
        found += [
            (s.under(w), allowed, f"{where} under strategy {s.id}") for w, allowed, where in _naming(s.given, found)
        ]
    for what, allowed, where in _naming(setting.given, found):
        told = (
            f"Setting {setting.name}.given[{what}]" if isinstance(what, str) else f"{where} in setting {setting.name}"
        )
        found.append((put(what, setting.given), allowed, told))
    unknown = {*setting.given, *(t.unknown for t in setting.targets)}
    known = {name: record for name, record in parameters.items() if name not in unknown}
    replaced = [(old, new) for variant in setting.variants for old, new in variant.replace.items()]
    others = [{old: parameters[new]} for old, new in dict.fromkeys(replaced) if new in parameters]
    wrong = [x for place in found for x in _refused(problem.id, place, known)]
    for other in others:
        wrong += [x for place in _naming(other, found) for x in _refused(problem.id, place, known | other)]
    yield from dict.fromkeys([*wrong, *_beyond_the_whole(problem, setting, known)])


def _naming(names: Container[str], places: Sequence[Place]) -> list[Place]:
    """Those of the places whose quantity reads one of these parameters."""
    readable = [p for p in places if isinstance(p[0], (str, *COMPOSITES))]
    return [p for p in readable if any(n in names for n in names_in(p[0]))]


def _beyond_the_whole(
    problem: m.DecisionProblem, setting: m.Setting, known: Mapping[str, Parameter]
) -> Iterator[Problem]:
    """Shares of levels that come to more than 1 at the point estimates, under any strategy."""

    def point(name: str) -> float:
        return known[name].distribution.point * UNITS[known[name].unit].factor

    for strategy in problem.strategies:
        pathway = put(strategy.under(problem.pathway), setting.given)
        mixed: list[tuple[str, object]] = [(f"Pathway {pathway.name}.start[{d}]", x) for d, x in pathway.start.items()]
        mixed += [(f"Characteristic {c.name}.values", c.values) for c in pathway.characteristics]
        for where, mixture in mixed:
            shares = tuple(mixture.shares.values()) if isinstance(mixture, m.Mixture) else ()
            if known.keys() >= {*names_in(shares)} and not any(isinstance(q, bool) for q in shares):
                total = sum(computed(q, point, float) for q in shares)
                if total > 1 + ROUNDING:
                    yield Problem(problem.id, 0, where, f"shares come to {total:.6g}; allowed: at most 1")


def _refused(file: str, place: Place, known: Mapping[str, Parameter]) -> Iterator[Problem]:
    what, allowed, where = place
    if isinstance(what, bool):
        yield Problem(file, 0, where, f"{what} is no number; allowed: {allowed.words()}")
    elif isinstance(what, str):
        record = known.get(what)
        text = None if record is None else _refused_record(record, allowed)
        if record is not None and text is not None:
            yield Problem(*record.place, what, f"{text} at {where}")
    elif isinstance(what, COMPOSITES) and any(names_in(what)):
        text = _refused_composite(what, allowed, known)
        if text is not None:
            yield Problem(file, 0, where, text)
    elif (number := _number(what)) is not None and (text := allowed.refusal(number)) is not None:
        yield Problem(file, 0, where, text)


def _refused_composite(what: Composite, allowed: Range, known: Mapping[str, Parameter]) -> str | None:
    """Why what is made of records may not stand somewhere: its estimate, or what it can come to, is out of range."""

    def point(name: str) -> float:
        return known[name].distribution.point * UNITS[known[name].unit].factor

    if not known.keys() >= set(names_in(what)):
        return None  # solved for, given by the setting, or missing: told elsewhere
    try:
        value = float(computed(what, point, float))
        if isinstance(what, Expression):  # what it can come to is seen in the draws, and nowhere before
            return _refused_estimate(what, value, allowed)
        text = allowed.refusal(value)
        low, high = (value, value) if allowed is PROFILED or _has_expression(what) else _reach(what, known)
    except ZeroDivisionError:
        return f"{what} divides by 0, or by what can be it"
    if text is None and (low < allowed.low or high > allowed.high):
        text = f"can take values from {low:.6g} to {high:.6g}; allowed: {allowed.words()}"
    return None if text is None else f"{what}: {text}"


def _has_expression(what: Quantity) -> bool:
    """Whether any part is an expression: what it reaches is not known from what its parts do."""
    if isinstance(what, Expression) or not isinstance(what, COMPOSITES):
        return isinstance(what, Expression)
    return any(map(_has_expression, parts_of(what)))


def _refused_estimate(what: Expression, value: float, allowed: Range) -> str | None:
    """Why an expression's value at the point estimates may not stand somewhere, or in its own unit."""
    unit = UNITS[what.unit]
    text = f"comes to {value:g}" if not math.isfinite(value) else None
    if text is None and unit.range.refusal(value / unit.factor) is not None:
        text = f"comes to {value / unit.factor:.6g} at the point estimates; allowed for {what.unit}: {unit.limits()}"
    if text is None and (refusal := allowed.refusal(value)) is not None:
        text = f"comes to {refusal}"
    return None if text is None else f"{what.name} = {what}: {text}"


def with_ranges(problem: m.DecisionProblem, setting: m.Setting) -> m.Setting:
    """The setting, its expressions knowing what may stand where the problem puts them: their draws are held to it."""
    given = dict(setting.given)
    for name, allowed, _ in _places(problem.under(setting), setting):
        found = given.get(name) if isinstance(name, str) else None
        if isinstance(name, str) and isinstance(found, Expression):
            both = Range(max(found.low, allowed.low), min(found.high, allowed.high), allowed.above)
            given[name] = replace(found, low=both.low, high=both.high, above=found.above or allowed.above)
    return setting if given == dict(setting.given) else replace(setting, given=given)


def _reach(what: Quantity, known: Mapping[str, Parameter]) -> tuple[float, float]:
    """The least and greatest that a quantity can come to, each part by itself; ``ZeroDivisionError`` beyond a pole."""
    if isinstance(what, str):
        factor = UNITS[known[what].unit].factor
        low, high = known[what].distribution.reach()
        return low * factor, high * factor
    if not isinstance(what, COMPOSITES):
        return float(what), float(what)
    parts = [_reach(part, known) for part in parts_of(what)]
    if isinstance(what, Complement):
        return 1 - parts[0][1], 1 - parts[0][0]
    if isinstance(what, Sum):
        return sum(low for low, _ in parts), sum(high for _, high in parts)
    if isinstance(what, Quotient):
        low, high = parts[1]
        if low < 0 < high or low == high == 0:
            raise ZeroDivisionError
        parts[1] = 1 / high if high else -math.inf, 1 / low if low else math.inf
    ends = parts[0] if parts else (1.0, 1.0)
    for other in parts[1:]:
        corners = [0.0 if 0 in (a, b) else a * b for a in ends for b in other]
        ends = min(corners), max(corners)
    return ends


def _refused_record(record: Parameter, allowed: Range) -> str | None:
    """Why a record may not stand somewhere: its estimate, or what it can take, is out of range there."""
    factor = UNITS[record.unit].factor
    text = allowed.refusal(record.distribution.point * factor)
    if text is not None:
        return text
    low, high = (end * factor for end in record.distribution.reach())
    if low < allowed.low or high > allowed.high:
        return f"can take values from {low:.6g} to {high:.6g}; allowed: {allowed.words()}"
    return None


def _number(what: object) -> float | None:
    """A plain number, or what is made of plain numbers alone; None where anything is named."""
    if isinstance(what, COMPOSITES):
        try:
            return None if any(names_in(what)) else computed(what, _unnamed, float)
        except ZeroDivisionError:
            return math.inf
    return as_float(what) if isinstance(what, (int, float)) and not isinstance(what, bool) else None


def _unnamed(name: str) -> float:
    raise AssertionError(name)


def _places(problem: m.DecisionProblem, setting: m.Setting) -> Iterator[Place]:
    parts = (problem.pathway, problem.strategies, problem.costs, problem.utilities, problem.effects, problem.scales)
    yield from map(_place, held_in((*parts, setting), WALKED))
    yield from _profiled(problem, setting)
    for field in ("discount_costs", "discount_effects"):
        yield getattr(problem, field), RANGES[m.DecisionProblem, field], f"{problem.id}.{field}"
    for effect, thresholds in problem.thresholds.items():
        for value in thresholds:
            yield value, RANGES[m.DecisionProblem, "thresholds"], f"{problem.id}.thresholds[{effect}]"


def _profiled(problem: m.DecisionProblem, setting: m.Setting) -> Iterator[Place]:
    """What utilities come to by their profiles, of some people at some ages."""
    horizon = float(setting.horizon) if isinstance(setting.horizon, (int, float)) else 0.0
    for utility in problem.utilities if math.isfinite(horizon) else ():
        for who, by in _examples(utility.by, setting.pathway or problem.pathway, horizon) if utility.by else ():
            yield m.Product(utility.value, *by), PROFILED, f"Utility.by: of {who or 'everybody'}"


def _examples(
    profiles: Sequence[m.Profile], pathway: m.Pathway, horizon: float
) -> Iterator[tuple[str, list[Quantity]]]:
    """What profiles come to for some people at some ages: whom, in words, and a quantity of each profile.

    People at every level that the profiles name, and of middling numbers otherwise, at entry, at the horizon (years),
    and on either side of every age at which a table steps.
    """
    weights = [t.weight for p in profiles for t in p.terms]
    named = list(dict.fromkeys(n for w in weights for n, _ in w.levels))
    kinds = {c.name: c.values for c in pathway.characteristics}
    levels = [kind.level_names() for n in named if isinstance(kind := kinds[n], m.Mixture)]
    for age, person in product(_ages(weights, kinds.get(m.AGE), horizon), product(*levels)):
        who = dict(zip(named, person, strict=True))
        factors: list[Quantity] = []
        for profile in profiles:
            mine = [t for t in profile.terms if _applies(t.weight, who, age)]
            terms = [(t.value, *_numbers(t.weight, kinds, age)) for t in mine]
            several = [m.Product(*term) if len(term) > 1 else term[0] for term in terms]
            factors.append(Sum(*several) if len(several) > 1 else several[0])
        words = [f"{n} {level}" for n, level in who.items()] + ([f"age {age:g}"] if m.AGE in kinds else [])
        yield ", ".join(words), factors


def _ages(weights: Sequence[Weight], entry: m.Mixture | m.Numeric | None, horizon: float) -> list[float]:
    """Ages to look at; where entry goes by a parameter, those of tables alone."""
    ends = [x for w in weights for x in w.ages if 0 < x < math.inf]
    seen = [x for end in ends for x in (end, end * (1 - 1e-9))]
    if not isinstance(entry, m.Numeric) or not isinstance(entry.first, (int, float)):
        return seen or [50.0]
    last = entry.second if entry.distribution == "uniform" else entry.first
    low, high = (
        max(float(entry.first), 0.0),
        (float(last) if isinstance(last, (int, float)) else float(entry.first)) + horizon,
    )
    return sorted({low, max(low, high), *(x for x in seen if low <= x <= high)})


def _applies(weight: Weight, who: Mapping[str, str], age: float) -> bool:
    return weight.ages[0] <= age < weight.ages[1] and all(who[n] in levels for n, levels in weight.levels)


def _numbers(weight: Weight, kinds: Mapping[str, m.Mixture | m.Numeric], age: float) -> Iterator[Quantity]:
    """What a term is multiplied by, of somebody of that age and middling numbers."""
    for name, power in weight.powers:
        kind = kinds[name]
        yield from [age if name == m.AGE or not isinstance(kind, m.Numeric) else kind.first] * power


def _place(held: Held) -> Place:
    """What stands in a field, what may, and where it is."""
    owner, field = held.owner, held.field
    if isinstance(owner, m.CalibrationTarget) and field == "published":
        return held.quantity, _published(owner), f"CalibrationTarget {owner.unknown}.published"
    if isinstance(owner, m.Numeric):
        allowed = NUMERIC[owner.distribution][field == "second"]
        return held.quantity, allowed, f"{_where(held.path)}: Numeric.{field}"
    # What a profile multiplies may be a multiple of a norm, such as u / norm of whom it was asked: see ``_profiled``.
    allowed = ANY_NUMBER if isinstance(owner, m.Utility) and owner.by else RANGES[held.kind]
    return held.quantity, allowed, f"{_where((*held.path, owner))}.{field}{held.key}"


def _where(path: tuple[object, ...]) -> str:
    """Declarations from the innermost that has a name on, in words."""
    text = ""
    for thing in path:
        name, kind = name_of(thing), type(thing).__name__
        text = f"{text}: {kind}" if name is None else f"{kind} {name}"
    return text.removeprefix(": ")


def _published(target: m.CalibrationTarget) -> Range:
    """What a published figure may be, by its statistic and scale."""
    if target.scale == "difference":
        return ANY_NUMBER
    share = target.scale == "value" and MEASURED_AS[type(target.statistic)] == "share"
    return SHARE if share else NOT_NEGATIVE
