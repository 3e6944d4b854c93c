"""What things cost, who pays, and what a state of health is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from models.pathway import Pathway, When
from models.quantities import Quantity, check_id, check_kind, check_one_of, check_tuples
from parameters.mistakes import ModelError

Payer = Literal[
    "nhs", "social_care", "criminal_justice", "housing", "public_other", "employer", "person", "productivity"
]

# An ``opportunity`` is what time is worth that another item already pays for: ward staff inside a bed-day.
Kind = Literal["resource", "transfer", "opportunity"]


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
        if self.first < 1 or (self.last is not None and self.last < self.first):
            raise ModelError(f"EventCount {self.name}: need 1 <= first <= last; got {self.first}, {self.last}")


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
    StateTime: BasisKind(True, _check_time),
    StayBand: BasisKind(True, _check_band),
    EventCount: BasisKind(False, _check_count),
    Delivery: BasisKind(False, _check_component),
    ComponentTime: BasisKind(True, _check_component),
}


def check_basis(basis: Basis, pathway: Pathway, components: Sequence[str], where: str) -> None:
    """Raise ``ModelError`` naming what a basis speaks of and neither the pathway nor a strategy has."""
    BASES[type(basis)].check(basis, pathway, components, where)


def is_time(basis: Basis) -> bool:
    """Whether a basis is a time, in person-years, so that its price is for a time."""
    return BASES[type(basis)].is_time


@dataclass(frozen=True)
class CostItem:
    """`basis` x `quantity` x `unit_cost`, paid by `payer`.

    A negative quantity is a gain (earnings produced). `quantities` multiply, so that hours a week
    and weeks a year may stay separate parameters.
    """

    name: str
    label: str
    payer: Payer
    basis: Basis
    unit_cost: Quantity
    quantities: tuple[Quantity, ...] = ()
    kind: Kind = "resource"
    sign: Literal[1, -1] = 1

    def __post_init__(self) -> None:
        check_id(self.name, "CostItem.name")
        where = f"CostItem {self.name}"
        check_one_of(self.payer, get_args(Payer), f"{where}.payer")
        check_kind(self.basis, get_args(Basis), f"{where}.basis")
        check_one_of(self.kind, get_args(Kind), f"{where}.kind")
        check_tuples(self, quantities=get_args(Quantity))
        if self.sign not in (1, -1):
            raise ModelError(f"{where}.sign: {self.sign}; allowed: 1, -1")


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


@dataclass(frozen=True)
class Utility:
    """Quality of life where `when` holds: a ``level`` (the first that matches) or a ``gain`` added to it."""

    when: When
    value: Quantity
    role: Literal["level", "gain"] = "level"

    def __post_init__(self) -> None:
        check_kind(self.when, When, "Utility.when")
        check_one_of(self.role, ("level", "gain"), "Utility.role")


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


@dataclass(frozen=True)
class EffectMeasure:
    """What an intervention is judged on, signed so that more is better: QALYs, unless one of these is given.

    `ever`: -100 x the share of people with at least one (percentage points averted; undiscounted), `achieved`: +100 x
    that share, for what is wanted. `averted`: minus the number of these events. `days`, `years`: time where it holds.
    `items`: a sum of effects per person, such as a published mean difference. The last four are discounted.
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

    def __post_init__(self) -> None:
        check_id(self.name, "EffectMeasure.name")
        check_tuples(self, items=EffectItem)
        if sum(x is not None for x in self._kinds()) + bool(self.items) > 1:
            one = "ever, achieved, averted, days, years and items"
            raise ModelError(f"EffectMeasure {self.name}: give one of {one}, or none (QALYs)")

    @property
    def is_qaly(self) -> bool:
        """Whether utilities are what is counted."""
        return not self.items and all(x is None for x in self._kinds())

    def _kinds(self) -> tuple[str | When | None, ...]:
        return self.ever, self.achieved, self.averted, self.days, self.years


@dataclass(frozen=True)
class Scale:
    """Results for a certain amount of time where `when` holds, such as a ward-year of inpatient time.

    `years` of that time (a product of beds, occupancy and so on) make up one `label`.
    """

    name: str
    label: str
    when: When
    years: Quantity

    def __post_init__(self) -> None:
        check_id(self.name, "Scale.name")
        check_kind(self.when, When, f"Scale {self.name}.when")
