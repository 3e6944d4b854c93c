"""The words a decision problem is written in: frozen dataclasses, no arrays and no numbers of its own.

Every quantity is a ``Quantity``: the name of a parameter record (see ``parameters``), a plain
number where a structural constant is meant, or a ``Product`` of these. Time quantities are converted to years when the
problem is lowered to tables, in one place (``simulate.engine.tables``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal


@dataclass(frozen=True)
class Product:
    """Several parameters or numbers multiplied, each in its own unit."""

    factors: tuple[str | float, ...]

    def __init__(self, *factors: str | float):
        object.__setattr__(self, "factors", factors)


Quantity = str | float | Product

_ID = re.compile(r"[a-z][a-z0-9_]*\Z")


class ModelError(ValueError):
    """A declaration that cannot be run; the message names the object, the field and what is allowed."""


def check_id(name: str, what: str) -> None:
    """Raise ``ModelError`` unless `name` is a plain identifier (``[a-z][a-z0-9_]*``)."""
    if not isinstance(name, str) or not _ID.match(name):
        raise ModelError(f"{what}: {name!r} is not an id; allowed: lower-case letters, digits and _, first a letter")


# --- states -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Domain:
    """One side of a person's state, such as care or work: exactly one of its levels holds at any time."""

    name: str
    levels: tuple[str, ...]
    label: str = ""
    absorbing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.name, "Domain.name")
        for level in self.levels:
            check_id(level, f"Domain {self.name}.levels")
        if len(set(self.levels)) != len(self.levels) or not self.levels:
            raise ModelError(f"Domain {self.name}.levels: need at least one level, each once; got {self.levels}")
        for level in self.absorbing:
            if level not in self.levels:
                raise ModelError(f"Domain {self.name}.absorbing: {level!r} is not one of {', '.join(self.levels)}")


@dataclass(frozen=True)
class When:
    """A condition on the state: for each domain named, the levels allowed. Absorbed people never satisfy one."""

    levels: Mapping[str, tuple[str, ...]]

    def __init__(self, levels: Mapping[str, str | tuple[str, ...]] | None = None, **domains: str | tuple[str, ...]):
        given = {**(levels or {}), **domains}
        tidy = {k: (v,) if isinstance(v, str) else tuple(v) for k, v in given.items()}
        object.__setattr__(self, "levels", tidy)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.levels.items())))

    def holds(self, state: Mapping[str, str]) -> bool:
        """True when every named domain of `state` is at an allowed level (a collapsed domain never is)."""
        return all(state.get(domain) in allowed for domain, allowed in self.levels.items())

    def words(self) -> str:
        """The condition in English, e.g. ``care is community or crisis``."""
        parts = [f"{domain} is {' or '.join(levels)}" for domain, levels in self.levels.items()]
        return " and ".join(parts) or "always"


# --- hazards ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exponential:
    """Constant hazard `rate`, per person-year."""

    rate: Quantity


@dataclass(frozen=True)
class Weibull:
    """Accelerated-failure-time Weibull: S(t) = exp(-(t/scale)^shape); `scale` is a duration."""

    shape: Quantity
    scale: Quantity


@dataclass(frozen=True)
class Gompertz:
    """Hazard `rate` * exp(`growth` * t), both per year; a negative growth may never fire."""

    rate: Quantity
    growth: Quantity


@dataclass(frozen=True)
class LogNormal:
    """Log-normal time with the given `median` (a duration) and standard deviation `sigma` of its logarithm."""

    median: Quantity
    sigma: Quantity


Hazard = Exponential | Weibull | Gompertz | LogNormal
Clock = Literal["sojourn", "gap", "start"]


# --- events -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Branch:
    """One way an event can end: relative `weight` against its siblings, and the levels it leads to."""

    name: str
    weight: Quantity
    becomes: Mapping[str, str]

    def __post_init__(self) -> None:
        check_id(self.name, "Branch.name")


@dataclass(frozen=True)
class Event:
    """Something that can happen to a person while `when` holds.

    Exactly one of `becomes` (new levels; empty for a recurrent event that changes no state) or
    `branches` says what follows. Clocks: ``sojourn`` runs from the moment `when` turned true,
    ``gap`` from the event's own last firing, ``start`` from entry into the cohort.
    """

    name: str
    when: When
    hazard: Hazard
    becomes: Mapping[str, str] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()
    clock: Clock = "sojourn"
    priority: int = 0
    label: str = ""

    def __post_init__(self) -> None:
        check_id(self.name, "Event.name")
        if self.becomes and self.branches:
            raise ModelError(f"Event {self.name}: give becomes or branches, not both")
        if self.clock not in ("sojourn", "gap", "start"):
            raise ModelError(f"Event {self.name}.clock: {self.clock!r}; allowed: sojourn, gap, start")
        names = [b.name for b in self.branches]
        if len(set(names)) != len(names):
            raise ModelError(f"Event {self.name}.branches: names must differ; got {names}")

    def outcomes(self) -> tuple[str, ...]:
        """Names of the ways it can end: ``event.branch`` for each branch, or ``event`` alone."""
        return tuple(f"{self.name}.{b.name}" for b in self.branches) or (self.name,)


@dataclass(frozen=True)
class Group:
    """A named union of events or single branches (``admission.detained``), for counts and *ever* flags."""

    name: str
    members: tuple[str, ...]
    label: str = ""

    def __post_init__(self) -> None:
        check_id(self.name, "Group.name")


@dataclass(frozen=True)
class Frailty:
    """A person's hidden multiplier, gamma with mean 1 and the given `variance`, on the hazards of `events`."""

    name: str
    variance: Quantity
    events: tuple[str, ...]
    label: str = ""

    def __post_init__(self) -> None:
        check_id(self.name, "Frailty.name")


@dataclass(frozen=True)
class Mixture:
    """A start level drawn for each person: `shares` gives a probability for all levels but `otherwise`."""

    shares: Mapping[str, Quantity]
    otherwise: str


@dataclass(frozen=True)
class Pathway:
    """Domains, events and where people start: the natural history under every strategy."""

    name: str
    domains: tuple[Domain, ...]
    events: tuple[Event, ...]
    start: Mapping[str, str | Mixture]
    groups: tuple[Group, ...] = ()
    frailties: tuple[Frailty, ...] = ()
    label: str = ""

    def __post_init__(self) -> None:
        check_id(self.name, "Pathway.name")
        _distinct([d.name for d in self.domains], f"Pathway {self.name}.domains")
        _distinct(
            [e.name for e in self.events] + [g.name for g in self.groups],
            f"Pathway {self.name}.events and groups",
        )
        for event in self.events:
            self.check_when(event.when, f"Event {event.name}.when")
            for target in (event.becomes, *(b.becomes for b in event.branches)):
                self.check_levels(target, f"Event {event.name}.becomes")
        for group in self.groups:
            for member in group.members:
                _one_of(member, self.outcome_names(), f"Group {group.name}.members")
        for frailty in self.frailties:
            for name in frailty.events:
                _one_of(name, [e.name for e in self.events], f"Frailty {frailty.name}.events")
        for domain in self.domains:
            if domain.name not in self.start:
                raise ModelError(f"Pathway {self.name}.start: domain {domain.name!r} has no start level")
            start = self.start[domain.name]
            levels = [start] if isinstance(start, str) else [*start.shares, start.otherwise]
            for level in levels:
                _one_of(level, domain.levels, f"Pathway {self.name}.start[{domain.name}]")

    def event(self, name: str) -> Event:
        """The event called `name`; ``ModelError`` when there is none."""
        _one_of(name, [e.name for e in self.events], f"Pathway {self.name}")
        return next(e for e in self.events if e.name == name)

    def outcome_names(self) -> list[str]:
        """Every event name and every ``event.branch``: what groups and cost items may name."""
        return [e.name for e in self.events] + [o for e in self.events if e.branches for o in e.outcomes()]

    def resolve(self, name: str) -> tuple[str, ...]:
        """The single outcomes an event, branch or group name stands for."""
        for group in self.groups:
            if group.name == name:
                return tuple(o for member in group.members for o in self.resolve(member))
        for event in self.events:
            if event.name == name:
                return event.outcomes()
            if name in event.outcomes():
                return (name,)
        raise ModelError(f"{name!r} is no event, branch or group of pathway {self.name}")

    def check_when(self, when: When, where: str) -> None:
        """Raise ``ModelError`` when `when` names an unknown domain or level."""
        domains = {d.name: d.levels for d in self.domains}
        for domain, levels in when.levels.items():
            _one_of(domain, domains, where)
            for level in levels:
                _one_of(level, domains[domain], f"{where}[{domain}]")

    def check_levels(self, target: Mapping[str, str], where: str) -> None:
        """Raise ``ModelError`` when a new level is unknown."""
        self.check_when(When(target), where)


# --- strategies -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effect:
    """What a component does to one event: a ``hazard``, ``time``, ``odds`` or ``risk`` ratio.

    ``hazard`` multiplies the event's hazard; ``time`` stretches its times; ``odds`` multiplies the
    weight of `branch`; ``risk`` multiplies the probability of `branch` and shares the rest.
    """

    event: str
    ratio: Literal["hazard", "time", "odds", "risk"]
    parameter: Quantity
    branch: str | None = None

    def __post_init__(self) -> None:
        if self.ratio not in ("hazard", "time", "odds", "risk"):
            raise ModelError(f"Effect on {self.event}: ratio {self.ratio!r}; allowed: hazard, time, odds, risk")
        if (self.branch is not None) != (self.ratio in ("odds", "risk")):
            raise ModelError(f"Effect on {self.event}: odds and risk ratios name a branch; hazard and time do not")


@dataclass(frozen=True)
class Component:
    """A deliverable part of a strategy, delivered once at entry, with its effects."""

    name: str
    label: str
    effects: tuple[Effect, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.name, "Component.name")


@dataclass(frozen=True)
class Strategy:
    """One of the mutually exclusive options compared."""

    id: str
    label: str
    components: tuple[Component, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id, "Strategy.id")


# --- what it costs and what it is worth -------------------------------------------------------

Payer = Literal[
    "nhs", "social_care", "criminal_justice", "housing", "public_other", "employer", "person", "productivity"
]


@dataclass(frozen=True)
class StateTime:
    """Basis: person-years in the joint states where `when` holds."""

    when: When


@dataclass(frozen=True)
class EventCount:
    """Basis: how often an event, branch or group happened."""

    name: str


@dataclass(frozen=True)
class Delivery:
    """Basis: people to whom a component was delivered (once, at entry)."""

    component: str


Basis = StateTime | EventCount | Delivery


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
    kind: Literal["resource", "transfer"] = "resource"
    sign: Literal[1, -1] = 1

    def __post_init__(self) -> None:
        check_id(self.name, "CostItem.name")


@dataclass(frozen=True)
class Perspective:
    """A set of payers and kinds whose costs count."""

    name: str
    label: str
    payers: tuple[Payer, ...]
    kinds: tuple[Literal["resource", "transfer"], ...] = ("resource",)


@dataclass(frozen=True)
class Utility:
    """Quality of life where `when` holds: a ``level`` (the first that matches) or a ``gain`` added to it."""

    when: When
    value: Quantity
    role: Literal["level", "gain"] = "level"


@dataclass(frozen=True)
class EffectMeasure:
    """What an intervention is judged on: discounted QALYs, or -100 x the share ever in `ever` (points averted)."""

    name: str
    label: str
    unit: str
    ever: str | None = None  # a group or event; None means QALYs


# --- calibration ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ever:
    """Statistic: share of people with at least one `name` by the horizon."""

    name: str


@dataclass(frozen=True)
class EverRatio:
    """Statistic: share ever in `name` over the share ever in `among` (e.g. detained among those admitted)."""

    name: str
    among: str


@dataclass(frozen=True)
class CountRatio:
    """Statistic: mean count of `name` over the mean count of `among`."""

    name: str
    among: str


@dataclass(frozen=True)
class MeanTime:
    """Statistic: mean undiscounted years where `when` holds, per person; over the count of `per` where given,
    or over the share ever in `per_ever`."""

    when: When
    per: str | None = None
    per_ever: str | None = None


Statistic = Ever | EverRatio | CountRatio | MeanTime


@dataclass(frozen=True)
class Target:
    """A published figure that one unknown engine parameter is solved for.

    With `scale` ``value`` the statistic itself must equal `published`; with ``risk_ratio`` (any
    ratio of two values) or ``odds_ratio`` the statistic in `strategy` relative to the comparator must.
    `unknown` is the engine parameter moved (positive, moved on the log scale), searched from `start`
    and reported in `unit`.
    """

    unknown: str
    strategy: str
    statistic: Statistic
    published: Quantity
    scale: Literal["value", "risk_ratio", "odds_ratio"] = "value"
    start: float = 1.0
    unit: str = "ratio"
    label: str = ""


@dataclass(frozen=True)
class Shown:
    """A published result that is shown beside ours and never fitted."""

    label: str
    statistic: Statistic | Literal["cost"]
    published: Mapping[str, float]  # strategy id -> figure as published
    unit: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class Variant:
    """A named replacement of parameters, run beside the main result (same random numbers)."""

    name: str
    label: str
    replace: Mapping[str, str]


@dataclass(frozen=True)
class Setting:
    """One population, follow-up and evidence base under which the problem is run."""

    name: str
    label: str
    horizon: Quantity
    targets: tuple[Target, ...]
    perspective: str
    effect: str
    given: Mapping[str, Quantity] = field(default_factory=dict)  # engine parameters this setting fixes
    shown: tuple[Shown, ...] = ()
    variants: tuple[Variant, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.name, "Setting.name")


@dataclass(frozen=True)
class DecisionProblem:
    """A question: which of these strategies, for whom, judged how. The first strategy is the comparator."""

    id: str
    label: str
    question: str
    pathway: Pathway
    strategies: tuple[Strategy, ...]
    settings: tuple[Setting, ...]
    costs: tuple[CostItem, ...]
    utilities: tuple[Utility, ...]
    effects: tuple[EffectMeasure, ...]
    perspectives: tuple[Perspective, ...]
    parameter_files: tuple[str, ...]
    discount_costs: Quantity
    discount_effects: Quantity
    thresholds: Mapping[str, tuple[float, ...]]  # effect name -> willingness-to-pay values, GBP per unit
    bed_days: When | None = None
    kind: Literal["pathway", "ward", "portfolio"] = "pathway"
    challenge: int = 1
    claims: tuple[str, ...] = ()
    evidence: Literal["strong", "moderate", "weak"] = "moderate"
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id(self.id, "DecisionProblem.id")
        _distinct([s.id for s in self.strategies], f"{self.id}.strategies")
        _distinct([s.name for s in self.settings], f"{self.id}.settings")
        self._check_effects()
        self._check_economics()

    def _check_effects(self) -> None:
        for strategy in self.strategies:
            for component in strategy.components:
                for effect in component.effects:
                    event = self.pathway.event(effect.event)
                    if effect.branch is not None:
                        _one_of(effect.branch, [b.name for b in event.branches], f"Effect on {event.name}.branch")

    def _check_economics(self) -> None:
        components = [c.name for s in self.strategies for c in s.components]
        for item in self.costs:
            if isinstance(item.basis, StateTime):
                self.pathway.check_when(item.basis.when, f"CostItem {item.name}.basis")
            elif isinstance(item.basis, EventCount):
                self.pathway.resolve(item.basis.name)
            else:
                _one_of(item.basis.component, components, f"CostItem {item.name}.basis")
        for utility in self.utilities:
            self.pathway.check_when(utility.when, "Utility.when")
        for measure in self.effects:
            if measure.ever is not None:
                self.pathway.resolve(measure.ever)
        for setting in self.settings:
            _one_of(setting.perspective, [p.name for p in self.perspectives], f"Setting {setting.name}.perspective")
            _one_of(setting.effect, [e.name for e in self.effects], f"Setting {setting.name}.effect")
            for target in setting.targets:
                _one_of(target.strategy, [s.id for s in self.strategies], f"Target {target.unknown}.strategy")

    def setting(self, name: str) -> Setting:
        """The setting called `name`; ``ModelError`` lists the others."""
        _one_of(name, [s.name for s in self.settings], f"{self.id}: setting")
        return next(s for s in self.settings if s.name == name)

    def perspective(self, name: str) -> Perspective:
        """The perspective called `name`; ``ModelError`` lists the others."""
        _one_of(name, [p.name for p in self.perspectives], f"{self.id}: perspective")
        return next(p for p in self.perspectives if p.name == name)

    def effect(self, name: str) -> EffectMeasure:
        """The effect measure called `name`; ``ModelError`` lists the others."""
        _one_of(name, [e.name for e in self.effects], f"{self.id}: effect")
        return next(e for e in self.effects if e.name == name)


# --- helpers ----------------------------------------------------------------------------------


def parameter_names(thing: object) -> Iterator[str]:
    """Every parameter named anywhere inside a declaration, in order of appearance, with repeats.

    Only fields declared as ``Quantity`` count, so labels and levels are never mistaken for names.
    """
    if isinstance(thing, tuple):
        for item in thing:
            yield from parameter_names(item)
    elif isinstance(thing, Mapping):
        for item in thing.values():
            if not isinstance(item, str):
                yield from parameter_names(item)
    elif hasattr(thing, "__dataclass_fields__"):
        for spec in fields(thing):  # type: ignore[arg-type]
            value = getattr(thing, spec.name)
            if "Quantity" in str(spec.type):
                yield from _names_in(value)
            else:
                yield from parameter_names(value)


def _names_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Product):
        yield from _names_in(value.factors)
    elif isinstance(value, tuple):
        for item in value:
            yield from _names_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _names_in(item)
    elif isinstance(value, (int, float)) and not math.isfinite(value):
        raise ModelError(f"a quantity must be finite; got {value}")


def _distinct(names: list[str], where: str) -> None:
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated:
        raise ModelError(f"{where}: {', '.join(repeated)} given more than once")


def _one_of(name: str, allowed: Iterable[str], where: str) -> None:
    options = list(allowed)
    if name not in options:
        from difflib import get_close_matches

        close = get_close_matches(name, options, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ModelError(f"{where}: {name!r} is unknown; allowed: {', '.join(options)}{hint}")
