"""What things cost, who pays, and what a state of health is worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Literal, get_args

from models.bases import (
    Basis,
    Before,
    ComponentTime,
    Delivery,
    EventCount,
    Profile,
    StateTime,
    StayBand,
    check_before,
    check_profiles,
)
from models.pathway import Pathway, When
from models.quantities import Quantity, check_id, check_kind, check_one_of, check_tuples, parameter_names
from parameters.ground.brief import Brief
from parameters.mistakes import ModelError
from parameters.units import DAYS_PER_YEAR

Payer = Literal[
    "nhs", "social_care", "criminal_justice", "housing", "public_other", "employer", "person", "productivity"
]

REFERENCE_DISCOUNT = 0.035  # a year, costs and effects alike: the reference case of NICE (nice_2022)
# What more of an effect is: gained (health, days in work), averted (restraints), or people reached.
Direction = Literal["gained", "averted", "reached"]

# An ``opportunity`` is what time is worth that another item already pays for: ward staff inside a bed-day.
Kind = Literal["resource", "transfer", "opportunity"]


@dataclass(frozen=True, repr=False)
class CostItem(Brief):
    """`basis` x `quantity` x `unit_cost`, paid by `payer`.

    `sign` -1 makes it a gain (earnings produced), and so does a record or quantity that may be below 0, such as a
    difference; a plain `unit_cost` below 0 is refused when the problem is loaded. `quantities` multiply, so that hours
    a week and weeks a year may stay separate parameters. So do profiles, `by` age and characteristics; `before` leaves
    time in states that is not so near the end.
    """

    name: str
    label: str
    payer: Payer
    basis: Basis
    unit_cost: Quantity
    quantities: tuple[Quantity, ...] = ()
    kind: Kind = "resource"
    sign: Literal[1, -1] = 1
    by: tuple[Profile, ...] = ()
    before: Before | None = None

    def __post_init__(self) -> None:
        check_id(self.name, "CostItem.name")
        where = f"CostItem {self.name}"
        check_one_of(self.payer, get_args(Payer), f"{where}.payer")
        check_kind(self.basis, get_args(Basis), f"{where}.basis")
        check_one_of(self.kind, get_args(Kind), f"{where}.kind")
        check_tuples(self, quantities=get_args(Quantity), by=Profile)
        if self.sign not in (1, -1):
            raise ModelError(f"{where}.sign: {self.sign}; allowed: 1, -1")
        _check_weighed(self, where)


@dataclass(frozen=True)
class Perspective:
    """A set of payers and kinds whose costs count."""

    name: str
    label: str
    payers: tuple[Payer, ...]
    kinds: tuple[Kind, ...] = ("resource",)

    def __post_init__(self) -> None:
        check_tuples(self, payers=str, kinds=str)
        for payer in self.payers:
            check_one_of(payer, get_args(Payer), f"Perspective {self.name}.payers")
        for kind in self.kinds:
            check_one_of(kind, get_args(Kind), f"Perspective {self.name}.kinds")
        if "opportunity" in self.kinds and len(self.kinds) > 1:
            raise ModelError(
                f"Perspective {self.name}.kinds: opportunity stands alone; it is inside another cost, such as a bed-day"
            )
        if "transfer" in self.kinds and "productivity" in self.payers:
            raise ModelError(
                f"Perspective {self.name}.kinds: transfer beside the payer productivity; to society benefits and taxes"
                " are no cost"
            )


@dataclass(frozen=True, repr=False)
class Utility(Brief):
    """Quality of life where `when` holds: a ``level`` (the first that matches) or a ``gain`` added to it.

    Or in QALYs at once, at each occurrence of an `event`, branch or group (role ``event``, under any condition): below
    0 where it takes some. Profiles, `by` age and characteristics, multiply it; a gain may hold only `before` the end.
    """

    when: When
    value: Quantity
    role: Literal["level", "gain", "event"] = "level"
    event: str | None = None
    by: tuple[Profile, ...] = ()
    before: Before | None = None

    def __post_init__(self) -> None:
        check_kind(self.when, When, "Utility.when")
        check_tuples(self, by=Profile)
        check_kind(self.before, (Before, type(None)), "Utility.before")
        check_one_of(self.role, ("level", "gain", "event"), "Utility.role")
        if (self.event is not None) != (self.role == "event"):
            raise ModelError(f"Utility.event: {self.event!r} with role {self.role}; only the role event names one")
        if self.role == "event" and self.when.levels:
            raise ModelError(f"Utility.when: {self.when.words()}; an event counts wherever it happens; allowed: When()")
        if self.before is not None and self.role != "gain":
            raise ModelError(f"Utility.before: given with role {self.role}; allowed: a gain, which may be below 0")


def _check_weighed(item: CostItem, where: str) -> None:
    """What time or events are counted in full alone cannot be counted by age, by characteristic or before the end."""
    basis, kind = item.basis, type(item.basis).__name__
    check_kind(item.before, (Before, type(None)), f"{where}.before")
    if item.by and (isinstance(basis, StayBand) or (isinstance(basis, EventCount) and not basis.counts_all)):
        told = "n-th occurrences" if isinstance(basis, EventCount) else "bands of stays"
        raise ModelError(f"{where}.by: {told} are not told by age or characteristic; allowed: all of them, {kind}")
    if item.before is not None and not isinstance(basis, StateTime):
        raise ModelError(f"{where}.before: a basis {kind} is not counted back from the end; allowed: StateTime")


def check_worth(items: Sequence[CostItem | Utility], pathway: Pathway) -> None:
    """Raise ``ModelError`` naming what costs and utilities go by, of age, people and the end, that a pathway lacks."""
    for item in items:
        where = f"CostItem {item.name}" if isinstance(item, CostItem) else f"Utility of {item.when.words()}"
        check_profiles(item.by, pathway, where)
        check_before(item.before, pathway, where)
        when = item.when if isinstance(item, Utility) else getattr(item.basis, "when", When())
        if item.before is not None and pathway.cycle is not None and not all(map(when.holds, _living(pathway))):
            raise ModelError(
                f"{where}.before: a cohort in cycles tells how many come to an end, not where they have been before:"
                f" {when.words()}; allowed: time in every state, When()"
            )


AVERTED = " averted"


@dataclass(frozen=True)
class EffectItem:
    """`basis` x `value` (x `quantities`): so much effect for each person who took a component up, and the like."""

    basis: Basis
    value: Quantity
    quantities: tuple[Quantity, ...] = ()
    sign: Literal[1, -1] = 1

    def __post_init__(self) -> None:
        check_kind(self.basis, (StateTime, Delivery, ComponentTime), "EffectItem.basis")
        check_tuples(self, quantities=get_args(Quantity))

    @property
    def only_reaches(self) -> bool:
        """Whether it is one, or a day, for everybody given a component, whatever that does."""
        factors = (self.value, *self.quantities)
        if self.sign < 0 or isinstance(self.basis, StateTime) or not all(isinstance(q, float) for q in factors):
            return False
        return prod(q for q in factors if isinstance(q, float)) in (1.0, DAYS_PER_YEAR)


@dataclass(frozen=True, repr=False)
class EffectMeasure(Brief):
    """What an intervention is judged on, signed so that more is better: QALYs, unless one of these is given.

    `ever`: -100 x the share of people with at least one (percentage points averted; undiscounted), `achieved`: +100 x
    that share, for what is wanted. `averted`: minus the number of these events. `days`, `years`: time where it holds.
    `items`: a sum of effects per person, such as a published mean difference. The last four are discounted.
    `direction` is what more of it is called, to be declared for `items`; what is bad and counted is averted.

    What a unit is worth has to be somebody's to say. `already_priced` says why it is worth nothing beyond the cost item
    that prices it (a bed-day), `beyond_cost` why it is worth more than that (a restraint): one of them is needed where
    `is_priced_by`. `counts` people reached, who are worth nothing by being reached. `unvalued` says why nobody has set
    a willingness to pay. All but `beyond_cost` leave 0 as the only threshold.

    `blind_to` is what it leaves out.
    """

    name: str
    label: str
    unit: str
    ever: str | None = None  # an event, branch or group
    achieved: str | None = None  # an event, branch or group
    averted: str | None = None  # an event, branch or group
    days: When | None = None
    years: When | None = None
    items: tuple[EffectItem, ...] = ()
    direction: Direction | None = None
    already_priced: str = ""
    beyond_cost: str = ""
    counts: Literal["", "people reached"] = ""
    unvalued: str = ""
    blind_to: str = ""  # a benefit that it cannot see, in words: then nothing is called dominated by it
    sees_by: str = ""  # the parameter that lets it see that, where it is not 0
    takes: When | None = None  # the time that one of `ever` takes, such as a stay: what one costs is told with it

    def __post_init__(self) -> None:
        check_id(self.name, "EffectMeasure.name")
        check_one_of(self.counts, ("", "people reached"), f"EffectMeasure {self.name}.counts")
        if self.already_priced and self.beyond_cost:
            raise ModelError(f"EffectMeasure {self.name}: give already_priced or beyond_cost, not both")
        if self.only_reaches != bool(self.counts):
            told = "missing; its items only count" if self.only_reaches else "its items count more than"
            raise ModelError(f"EffectMeasure {self.name}.counts: {told} people reached")
        check_tuples(self, items=EffectItem)
        self._check_direction()
        if self.takes is not None and self.ever is None:
            raise ModelError(
                f"EffectMeasure {self.name}.takes: is the time that one of `ever` takes, which is not given"
            )
        if sum(x is not None for x in self._kinds()) + bool(self.items) > 1:
            one = "ever, achieved, averted, days, years and items"
            raise ModelError(f"EffectMeasure {self.name}: give one of {one}, or none (QALYs)")

    @property
    def is_qaly(self) -> bool:
        """Whether utilities are what is counted."""
        return not self.items and all(x is None for x in self._kinds())

    @property
    def only_reaches(self) -> bool:
        """Whether it is called people reached, or each item is one, or a day, for everybody given a component."""
        return self.direction == "reached" or (bool(self.items) and all(i.only_reaches for i in self.items))

    @property
    def counted(self) -> Direction:
        """What more of it is called: as declared, or averted where it takes away what it counts."""
        if self.direction is not None:
            return self.direction
        taken_away = bool(self.items) and all(item.sign < 0 for item in self.items)
        return "averted" if self._counts_bad or taken_away or self.label.endswith(AVERTED) else "gained"

    @property
    def noun(self) -> str:
        """What is gained or averted, after a verb and in the plural; ``health`` for QALYs."""
        if self.is_qaly:
            return "health"
        many = self.unit if self.unit.endswith("s") else f"{self.unit}s"
        stem = self.label.removesuffix(AVERTED)
        stem = stem[:1].lower() + stem[1:] if stem[1:2].islower() else stem
        if stem.startswith(many) or (self.counted == "averted" and self.label.endswith(AVERTED)):
            return stem
        return many if self.items or self.counted == "averted" else f"{many} ({self.label})"

    @property
    def per(self) -> str:
        """The unit that a threshold or ratio is for: ``restraint averted``."""
        return f"{self.unit}{AVERTED}" if self.counted == "averted" else self.unit

    @property
    def _counts_bad(self) -> bool:
        return self.ever is not None or self.averted is not None

    def _check_direction(self) -> None:
        where = f"EffectMeasure {self.name}.direction"
        if self.direction is None:
            return
        check_one_of(self.direction, get_args(Direction), where)
        if self._counts_bad and self.direction != "averted":
            raise ModelError(f"{where}: {self.direction}; what ever and averted count is averted")
        if not self._counts_bad and not self.items and self.direction == "averted":
            raise ModelError(f"{where}: averted; allowed where ever, averted or items count it")

    def _kinds(self) -> tuple[str | When | None, ...]:
        return self.ever, self.achieved, self.averted, self.days, self.years


def is_priced_by(measure: EffectMeasure, costs: Sequence[CostItem], pathway: Pathway) -> bool:
    """Whether `costs` already put a price on all that `measure` counts, so that to value it again counts it twice.

    Events averted whose every occurrence has a price; time in states that have one, or outside states that all have
    one; items whose every parameter also stands in one cost of the same component.
    """
    if measure.averted is not None:
        named = (c.basis for c in costs if isinstance(c.basis, EventCount) and c.basis.counts_all)
        return any(set(pathway.resolve(measure.averted)) <= set(pathway.resolve(b.name)) for b in named)
    when = measure.days if measure.days is not None else measure.years
    if when is not None:
        return _time_is_priced(when, costs, pathway)
    return bool(measure.items) and all(any(_prices(c, item) for c in costs) for item in measure.items)


def _time_is_priced(when: When, costs: Sequence[CostItem], pathway: Pathway) -> bool:
    living = _living(pathway)
    mine = {k for k, state in enumerate(living) if when.holds(state)}
    others = set(range(len(living))) - mine
    found = [{k for k, s in enumerate(living) if w.holds(s)} for w in _timed(costs)]
    within = any(_at_these_levels(w, when) for w in _timed(costs))
    return within or mine in found or (bool(others) and set().union(*(x for x in found if x <= others)) == others)


def _timed(costs: Sequence[CostItem]) -> Iterable[When]:
    """Conditions on the state whose time has a price, whatever the strategy."""
    for item in costs:
        if item.before is not None:
            continue  # a part of that time alone
        if isinstance(item.basis, StayBand) or (isinstance(item.basis, StateTime) and item.basis.component is None):
            yield item.basis.when


def _at_these_levels(priced: When, when: When) -> bool:
    """Whether time has a price at exactly the levels of `when`, under further conditions or none: in work, at home."""
    return bool(when.levels) and when.levels.items() <= priced.levels.items()


def _living(pathway: Pathway) -> list[dict[str, str]]:
    """Every combination of levels in which a person lives."""
    names = [d.name for d in pathway.domains]
    levels = ([x for x in d.levels if x not in d.absorbing] for d in pathway.domains)
    return [dict(zip(names, state, strict=True)) for state in product(*levels)]


def _prices(cost: CostItem, item: EffectItem) -> bool:
    """Whether a cost holds every parameter of an effect's item, for the same component."""
    named = set(parameter_names((item,)))
    component = getattr(cost.basis, "component", None)
    same = component is not None and component == getattr(item.basis, "component", None)
    return same and bool(named) and named <= set(parameter_names((cost,)))


@dataclass(frozen=True)
class Scale:
    """Results for a certain amount of time where `when` holds, such as a ward-year of inpatient time.

    Only costs and events that lie within `when` are told for it: what happens on the ward, not what follows.
    `years` of that time (a product of beds, occupancy and so on) make up one `label`.
    """

    name: str
    label: str
    when: When
    years: Quantity

    def __post_init__(self) -> None:
        check_id(self.name, "Scale.name")
        check_kind(self.when, When, f"Scale {self.name}.when")
