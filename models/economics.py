"""What things cost, who pays, and what a state of health is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from models.bases import Basis, ComponentTime, Delivery, StateTime
from models.pathway import When
from models.quantities import Quantity, check_id, check_kind, check_one_of, check_tuples
from parameters.mistakes import ModelError

Payer = Literal[
    "nhs", "social_care", "criminal_justice", "housing", "public_other", "employer", "person", "productivity"
]

REFERENCE_DISCOUNT = 0.035  # a year, costs and effects alike: the reference case of NICE (nice_2022)
# What more of an effect is: gained (health, days in work), averted (restraints), or people reached.
Direction = Literal["gained", "averted", "reached"]

# An ``opportunity`` is what time is worth that another item already pays for: ward staff inside a bed-day.
Kind = Literal["resource", "transfer", "opportunity"]


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


@dataclass(frozen=True)
class EffectMeasure:
    """What an intervention is judged on, signed so that more is better: QALYs, unless one of these is given.

    `ever`: -100 x the share of people with at least one (percentage points averted; undiscounted), `achieved`: +100 x
    that share, for what is wanted. `averted`: minus the number of these events. `days`, `years`: time where it holds.
    `items`: a sum of effects per person, such as a published mean difference. The last four are discounted.
    `direction` is what more of it is called, to be declared for `items`; what is bad and counted is averted.
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
    blind_to: str = ""  # a benefit that it cannot see, in words: then nothing is called dominated by it
    sees_by: str = ""  # the parameter that lets it see that, where it is not 0

    def __post_init__(self) -> None:
        check_id(self.name, "EffectMeasure.name")
        check_tuples(self, items=EffectItem)
        self._check_direction()
        if sum(x is not None for x in self._kinds()) + bool(self.items) > 1:
            one = "ever, achieved, averted, days, years and items"
            raise ModelError(f"EffectMeasure {self.name}: give one of {one}, or none (QALYs)")

    @property
    def is_qaly(self) -> bool:
        """Whether utilities are what is counted."""
        return not self.items and all(x is None for x in self._kinds())

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
