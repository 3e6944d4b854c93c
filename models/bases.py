"""What is counted of people, so that it can have a price or be worth something, and what it is weighed by.

Times, events and deliveries are bases. A table or a formula of age and characteristics is a profile, which multiplies a
cost or a utility, and the time before the end is counted back from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from models.pathway import AGE, Mixture, Numeric, Pathway, When
from models.quantities import Quantity, check_kind, check_numbers, check_one_of, check_tuples, check_whole
from parameters.files.comma_separated import read_csv
from parameters.ground.brief import Brief
from parameters.mistakes import ModelError
from parameters.units import number_of


@dataclass(frozen=True)
class StateTime:
    """Basis: person-years in the joint states where `when` holds; only in strategies with a `component`, if named.

    So that the price of a state may differ between strategies. Everybody has to take such a component up.
    """

    when: When
    component: str | None = None


@dataclass(frozen=True)
class StayBand:
    """Basis: person-years in spells of `when`, between `low` and `high` (durations) after the spell began."""

    when: When
    low: float  # years
    high: float = float("inf")  # years

    def __post_init__(self) -> None:
        check_numbers("StayBand.low", self.low)
        check_numbers("StayBand.high", self.high, endless=True)
        if not 0 <= self.low < self.high:
            raise ModelError(f"StayBand: need 0 <= low < high; got {self.low}, {self.high}")


@dataclass(frozen=True)
class EventCount:
    """Basis: how often an event, branch or group happened; only the occurrences from `first` to `last` where given.

    ``first=1, last=1`` is the first event of each person, ``last=10`` at most ten of them.
    """

    name: str
    first: int = 1
    last: int | None = None

    def __post_init__(self) -> None:
        for number in (self.first, *(() if self.last is None else (self.last,))):
            check_whole(number, 1, f"EventCount {self.name}")
        if self.last is not None and self.last < self.first:
            raise ModelError(f"EventCount {self.name}: need 1 <= first <= last; got {self.first}, {self.last}")

    @property
    def counts_all(self) -> bool:
        """Whether every occurrence counts."""
        return self.first == 1 and self.last is None


@dataclass(frozen=True)
class Delivery:
    """Basis: people who took a component up, once, when it starts."""

    component: str


@dataclass(frozen=True)
class ComponentTime:
    """Basis: person-years alive under a component, by those who took it up."""

    component: str


Basis = StateTime | StayBand | EventCount | Delivery | ComponentTime


class BasisKind(NamedTuple):
    """What the declarations have to know of a basis."""

    is_time: bool  # so that its price is for a time
    check: Callable[[Any, Pathway, Sequence[str], str], None]  # basis, pathway, component names, where it stands
    component: Callable[[Any], str | None] = lambda basis: None  # that it is of, where it is of one


def _check_time(basis: StateTime, pathway: Pathway, components: Sequence[str], where: str) -> None:
    pathway.check_when(basis.when, where)
    if basis.component is not None:
        check_one_of(basis.component, components, where)


def _check_component(basis: Delivery | ComponentTime, pathway: Pathway, components: Sequence[str], where: str) -> None:
    check_one_of(basis.component, components, where)


def _check_band(basis: StayBand, pathway: Pathway, components: Sequence[str], where: str) -> None:
    pathway.check_when(basis.when, where)


def _check_count(basis: EventCount, pathway: Pathway, components: Sequence[str], where: str) -> None:
    pathway.resolve(basis.name, where)


BASES: Mapping[type, BasisKind] = {
    StateTime: BasisKind(True, _check_time, lambda basis: basis.component),
    StayBand: BasisKind(True, _check_band),
    EventCount: BasisKind(False, _check_count),
    Delivery: BasisKind(False, _check_component, lambda basis: basis.component),
    ComponentTime: BasisKind(True, _check_component, lambda basis: basis.component),
}


def check_basis(basis: Basis, pathway: Pathway, components: Sequence[str], where: str) -> None:
    """Raise ``ModelError`` naming what a basis speaks of and neither the pathway nor a strategy has."""
    BASES[type(basis)].check(basis, pathway, components, where)


def is_time(basis: Basis) -> bool:
    """Whether a basis is a time, in person-years, so that its price is for a time."""
    return BASES[type(basis)].is_time


def component_of(basis: Basis) -> str | None:
    """The component without which a basis amounts to nothing; None where it is of no one component."""
    return BASES[type(basis)].component(basis)


# --- what it is weighed by --------------------------------------------------------------------------

HIGHEST = 4  # power of a number
EVER = (0.0, math.inf)  # years of age


@dataclass(frozen=True)
class Weight:
    """What time or an event is multiplied by, without any parameter, so that statistics hold it.

    1 for those at one of the `levels` of each characteristic and, as time passes, of these `ages`, else 0; times their
    `powers`, of which that of age moves too.
    """

    ages: tuple[float, float] = EVER  # years, the second excluded
    levels: tuple[tuple[str, tuple[str, ...]], ...] = ()  # in order of name
    powers: tuple[tuple[str, int], ...] = ()  # in order of name

    def times(self, other: Weight) -> Weight | None:
        """Both; None where they never meet."""
        ages = max(self.ages[0], other.ages[0]), min(self.ages[1], other.ages[1])
        levels, powers = dict(self.levels), dict(self.powers)
        for name, allowed in other.levels:
            levels[name] = tuple(x for x in levels.get(name, allowed) if x in allowed)
        for name, power in other.powers:
            powers[name] = powers.get(name, 0) + power
        if ages[0] >= ages[1] or not all(levels.values()):
            return None
        return Weight(ages, tuple(sorted(levels.items())), tuple(sorted(powers.items())))

    @property
    def age_power(self) -> int:
        """That of age."""
        return dict(self.powers).get(AGE, 0)

    @property
    def goes_by_age(self) -> bool:
        """Whether it moves as time passes."""
        return self.ages != EVER or self.age_power > 0

    @property
    def own(self) -> Weight:
        """What of it a person has throughout."""
        return Weight(levels=self.levels, powers=tuple((n, p) for n, p in self.powers if n != AGE))

    def words(self) -> str:
        """In English, such as ``of sex male, from age 65, by age^2``; nothing for everybody."""
        parts = [f"of {name} {' or '.join(levels)}" for name, levels in self.levels]
        low, high = self.ages
        parts += [f"from age {low:g}"] if low > 0 else []
        parts += [f"below age {high:g}"] if math.isfinite(high) else []
        parts += [f"by {name}{f'^{power}' if power > 1 else ''}" for name, power in self.powers]
        return ", ".join(parts)


@dataclass(frozen=True)
class Term:
    """`value` for those at these `levels` and `ages`, times the `powers` of their numbers; terms of a profile add up.

    `levels` maps a characteristic to a level, or several; `powers` one that is a number to a power: ``{"age": 2}``.
    Age is that at the time, and moves; every other number is the person's at entry.
    """

    value: Quantity
    ages: tuple[float, float] = EVER  # years, from the first to below the second
    levels: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    powers: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_kind(self.ages, tuple, "Term.ages")
        if len(self.ages) != 2:
            raise ModelError(f"Term.ages: {self.ages}; need two, from and to, in years")
        check_numbers("Term.ages", *self.ages, endless=True)
        if not 0 <= self.ages[0] < self.ages[1]:
            raise ModelError(f"Term.ages: need 0 <= from < to; got {self.ages[0]}, {self.ages[1]}")
        check_kind(self.levels, Mapping, "Term.levels")
        check_kind(self.powers, Mapping, "Term.powers")
        for name, power in self.powers.items():
            check_whole(power, 1, f"Term.powers[{name}]")
        for name, levels in self.levels.items():
            check_kind(levels, (str, tuple), f"Term.levels[{name}]")

    @property
    def weight(self) -> Weight:
        """The term without its value."""
        levels = ((n, (x,) if isinstance(x, str) else tuple(x)) for n, x in self.levels.items())
        ages = float(self.ages[0]), float(self.ages[1])
        return Weight(ages, tuple(sorted(levels)), tuple(sorted((n, int(p)) for n, p in self.powers.items())))


@dataclass(frozen=True, repr=False)
class Profile(Brief):
    """A sum of terms, which a cost or a utility is multiplied by: a table, or a linear predictor.

    For everybody, at every age, at least one term must hold; one of 0.0 says that nothing is meant.
    """

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        check_tuples(self, terms=Term)
        if not self.terms:
            raise ModelError("Profile.terms: empty; need at least one")

    @staticmethod
    def by_age(values: Mapping[float, Quantity]) -> Profile:
        """A step table: each value from its age on, in years, up to the next; the first from 0."""
        check_kind(values, Mapping, "Profile.by_age")
        ages = list(values)
        check_numbers("Profile.by_age", *ages)
        if not ages or ages[0] != 0 or ages != sorted(set(ages)):
            raise ModelError(f"Profile.by_age: ages {ages}; must rise, from 0: what those younger have is to be said")
        ends = [*ages[1:], math.inf]
        return Profile(tuple(Term(values[a], (float(a), float(b))) for a, b in zip(ages, ends, strict=True)))

    @staticmethod
    def by_level(characteristic: str, values: Mapping[str, Quantity | Profile]) -> Profile:
        """A value for each level of a characteristic; or a profile for each, such as norms by age of either sex."""
        check_kind(values, Mapping, "Profile.by_level")
        terms: list[Term] = []
        for level, value in values.items():
            mine = value.terms if isinstance(value, Profile) else (Term(value),)
            for term in mine:
                if characteristic in term.levels:
                    raise ModelError(f"Profile.by_level: {characteristic} goes by {characteristic} again")
                terms.append(replace(term, levels={**term.levels, characteristic: level}))
        return Profile(tuple(terms))

    @staticmethod
    def read(path: str | Path, column: str, age: str = "age") -> Profile:
        """A step table from two columns of a CSV file, as ``by_age`` reads it; its numbers stand for themselves."""
        where = f"Profile.read({str(path)!r})"
        try:
            found = read_csv(Path(path))
        except (OSError, ValueError) as fault:
            raise ModelError(f"{where}: {fault}") from fault
        for name in (age, column):
            check_one_of(name, found.header, f"{where}: column")
        if wrong := [*found.twice(), *found.uneven()]:
            raise ModelError(f"{where}: {wrong[0]}: a column named twice, or a line of more or fewer cells")
        at = [found.header.index(name) for name in (age, column)]
        rows = [[_number(cells[i], f"{where}: line {line}") for i in at] for line, cells in found.lines]
        ages = [row[0] for row in rows]
        if ages != sorted(set(ages)):
            raise ModelError(f"{where}: {age} must rise from line to line")
        return Profile.by_age({row[0]: row[1] for row in rows})


@dataclass(frozen=True)
class Before:
    """The time `within` so many years before people come to an absorbing level, and `beyond` so many.

    It is counted back from when they do so; of those who have not by the end of the follow-up, no time is before it.
    Of that time, what lies `until` so many years since entry: what falls due by then, whoever dies later.
    """

    when: When
    within: float  # years
    beyond: float = 0.0  # years
    until: float = math.inf  # years since entry

    def __post_init__(self) -> None:
        check_kind(self.when, When, "Before.when")
        check_numbers("Before.within", self.within, endless=True)
        check_numbers("Before.beyond", self.beyond)
        check_numbers("Before.until", self.until, endless=True)
        if self.until <= 0:
            raise ModelError(f"Before.until: {self.until}; must be more than 0, in years since entry")
        if not 0 <= self.beyond < self.within:
            raise ModelError(f"Before: need 0 <= beyond < within; got {self.beyond}, {self.within}")

    def words(self) -> str:
        """In English: ``in the last 1 year before life is dead``."""
        span = "" if self.beyond == 0 else f"{self.beyond:g} to "
        span += number_of(self.within, "year") if math.isfinite(self.within) else "inf years"
        years = "year" if self.until == 1 else "years"
        until = f" until {self.until:.12g} {years} after entry" if math.isfinite(self.until) else ""
        return f"in the last {span} before {self.when.words()}{until}"


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ModelError(f"{where}: {text!r} is no number") from None
    check_numbers(where, value)
    return value


def expanded(profiles: Sequence[Profile]) -> Iterator[tuple[Weight, tuple[Quantity, ...]]]:
    """Profiles multiplied out: what is counted, and the values that multiply it; of none, everything, by nothing."""
    for terms in product(*(p.terms for p in profiles)):
        weight: Weight | None = Weight()
        for term in terms:
            weight = None if weight is None else weight.times(term.weight)
        if weight is not None:
            yield weight, tuple(t.value for t in terms)


# --- checks ---------------------------------------------------------------------------------------


def check_profiles(profiles: Sequence[Profile], pathway: Pathway, where: str) -> None:
    """Raise ``ModelError`` naming what profiles go by and the pathway does not have, or whom they leave out."""
    if profiles and not pathway.events:
        raise ModelError(f"{where}.by: Pathway {pathway.name} has no events, and nobody is followed in it")
    for profile in profiles:
        for term in profile.terms:
            _check_term(term.weight, pathway, f"{where}.by: Term")
        _check_whole(profile, pathway, f"{where}.by")
    for weight, _ in expanded(profiles):
        for name, power in weight.powers:
            if power > HIGHEST:
                raise ModelError(f"{where}.by: {name} to the power {power}; at most {HIGHEST}")


def _check_term(weight: Weight, pathway: Pathway, where: str) -> None:
    if weight.goes_by_age:
        numeric = any(c.name == AGE and isinstance(c.values, Numeric) for c in pathway.characteristics)
        if not numeric:
            raise ModelError(f"{where}: goes by age, which needs a numeric characteristic called age, in years")
    for name, levels in weight.levels:
        values = pathway.characteristic(name, f"{where}.levels").values
        if not isinstance(values, Mixture):
            raise ModelError(f"{where}.levels: {name} is a number; allowed: a characteristic with levels")
        for level in levels or ("",):
            check_one_of(level, values.level_names(), f"{where}.levels[{name}]")
    for name, _ in weight.powers:
        if isinstance(pathway.characteristic(name, f"{where}.powers").values, Mixture):
            raise ModelError(f"{where}.powers: {name} has levels; allowed: a characteristic that is a number")
    if pathway.cycle is not None and weight.own != Weight():
        raise ModelError(f"{where}: a cohort in cycles has no characteristics of people but one age; allowed: age")


def _check_whole(profile: Profile, pathway: Pathway, where: str) -> None:
    """Everybody must have a value at every age: where a table has a gap, worth would be 0 in silence."""
    weights = [t.weight for t in profile.terms]
    named = list(dict.fromkeys(n for w in weights for n, _ in w.levels))
    kinds = [pathway.characteristic(n).values for n in named]
    for levels in product(*(k.level_names() for k in kinds if isinstance(k, Mixture))):
        person = dict(zip(named, levels, strict=True))
        mine = [w for w in weights if all(person[n] in allowed for n, allowed in w.levels)]
        end = 0.0
        for low, high in sorted(w.ages for w in mine):
            end = max(end, high) if low <= end else end
        if not math.isinf(end):
            who = ", ".join(f"{n} {level}" for n, level in person.items()) or "everybody"
            raise ModelError(f"{where}: no term holds from age {end:g} on of {who}; add one, of 0.0 for nothing")


def check_before(before: Before | None, pathway: Pathway, where: str) -> None:
    """Raise ``ModelError`` unless people can come to the end that time is counted back from, and are followed to it."""
    if before is None:
        return
    where = f"{where}.before"
    pathway.check_when(before.when, where)
    absorbing = {d.name: d.absorbing for d in pathway.domains}
    named = [(d, level) for d, levels in before.when.levels.items() for level in levels]
    wrong = [f"{d} {level}" for d, level in named if level not in absorbing[d]]
    if wrong or len(before.when.levels) != 1:
        told = ", ".join(f"{d} {level}" for d, levels in absorbing.items() for level in levels) or "none, there is none"
        given = ", ".join(wrong) or before.when.words()
        raise ModelError(f"{where}: {given}; allowed: absorbing levels of one domain: {told}")
    if not pathway.events:
        raise ModelError(f"{where}: Pathway {pathway.name} has no events, and nobody is followed in it")
