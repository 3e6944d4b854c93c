"""What is counted of people, so that it can have a price or be worth something: times, events and deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.pathway import Pathway, When
from models.quantities import check_numbers, check_one_of, check_whole
from parameters.mistakes import ModelError


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
