"""The natural history: states, events that change them, and the people they happen to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from models.hazards import ByLevel, Cycle, Hazard, Lengthening, LifeTable, PerCycle, check_by_level
from models.quantities import (
    Quantity,
    check_distinct,
    check_id,
    check_kind,
    check_numbers,
    check_one_of,
    check_tuples,
    check_whole,
)
from parameters.ground.brief import Brief
from parameters.ground.once import once_each
from parameters.mistakes import ModelError

Clock = Literal["sojourn", "gap", "start", "age"]
CLOCKS = ("sojourn", "gap", "start", "age")
AGE = "age"  # the characteristic that the age clock and age bands read, in years


@dataclass(frozen=True)
class Domain:
    """One side of a person's state, such as care or work: exactly one of its levels holds at any time."""

    name: str
    levels: tuple[str, ...]
    label: str = ""
    absorbing: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # of the levels, in their order; none: their ids in words

    def __post_init__(self) -> None:
        check_id(self.name, "Domain.name")
        check_tuples(self, levels=str, absorbing=str, labels=str)
        for level in self.levels:
            check_id(level, f"Domain {self.name}.levels")
        if len(set(self.levels)) != len(self.levels) or not self.levels:
            raise ModelError(f"Domain {self.name}.levels: need at least one level, each once; got {self.levels}")
        for level in self.absorbing:
            check_one_of(level, self.levels, f"Domain {self.name}.absorbing")
        if self.labels and len(self.labels) != len(self.levels):
            told = f"{len(self.labels)} for {len(self.levels)} levels; allowed: one for each, in their order, or none"
            raise ModelError(f"Domain {self.name}.labels: {told}")

    def label_of(self, level: str) -> str:
        """A level's label, or its id in words."""
        return dict(zip(self.levels, self.labels, strict=False)).get(level) or level.replace("_", " ")


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

    def implies(self, other: When) -> bool:
        """Whether `other` holds wherever this does."""
        return all(d in self.levels and set(self.levels[d]) <= set(allowed) for d, allowed in other.levels.items())

    def words(self) -> str:
        """The condition in English, e.g. ``care is community or crisis``."""
        parts = [f"{domain} is {' or '.join(levels)}" for domain, levels in self.levels.items()]
        return " and ".join(parts) or "always"


@dataclass(frozen=True)
class Branch:
    """One way an event can end: relative `weight` against its siblings, and the levels it leads to.

    Where an event's condition still holds after it, that event's clock runs on: nobody has left. With `restart` the
    levels it names are entered anew: ``sojourn`` clocks on conditions that name one of their domains start again.
    """

    name: str
    weight: Quantity
    becomes: Mapping[str, str]
    restart: bool = False

    def __post_init__(self) -> None:
        check_id(self.name, "Branch.name")
        _check_restart(self, f"Branch {self.name}")


@dataclass(frozen=True, repr=False)
class Event(Brief):
    """Something that can happen to a person while `when` holds.

    Exactly one of `becomes` (new levels; empty for a recurrent event that changes no state) or
    `branches` says what follows. Clocks: ``sojourn`` runs from the moment `when` turned true,
    ``gap`` from the event's own last firing, ``start`` from entry into the cohort, ``age`` from birth. What leaves the
    condition true lets its clock run on, unless it says `restart` (see ``Branch``). `by` has levels of other domains
    multiply its hazard or its time.

    Of events at the same moment the one with the smallest `priority` comes first, then the first by name. What would
    happen at the horizon or after it does not. Moments closer than rounding can tell are the same.
    """

    name: str
    when: When
    hazard: Hazard | PerCycle
    becomes: Mapping[str, str] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()
    clock: Clock = "sojourn"
    priority: int = 0
    label: str = ""
    lengthens: tuple[Lengthening, ...] = ()
    restart: bool = False  # of `becomes`, as of a branch
    by: tuple[ByLevel, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.name, "Event.name")
        check_kind(self.when, When, f"Event {self.name}.when")
        check_kind(self.hazard, (*get_args(Hazard), PerCycle), f"Event {self.name}.hazard")
        check_kind(self.becomes, Mapping, f"Event {self.name}.becomes")
        check_tuples(self, branches=Branch, lengthens=Lengthening, by=ByLevel)
        if self.branches and (self.becomes or self.restart):
            what = "becomes" if self.becomes else "restart"
            raise ModelError(f"Event {self.name}: give {what} or branches, not both")
        _check_restart(self, f"Event {self.name}")
        check_one_of(self.clock, CLOCKS, f"Event {self.name}.clock")
        check_kind(self.priority, int, f"Event {self.name}.priority")
        if isinstance(self.hazard, LifeTable) and self.clock != "age":
            raise ModelError(f"Event {self.name}.clock: a life table needs the clock age; got {self.clock}")
        check_distinct([b.name for b in self.branches], f"Event {self.name}.branches")

    @once_each
    def outcomes(self) -> tuple[str, ...]:
        """Names of the ways it can end: ``event.branch`` for each branch, or ``event`` alone."""
        return tuple(f"{self.name}.{b.name}" for b in self.branches) or (self.name,)


def _check_restart(end: Branch | Event, where: str) -> None:
    check_kind(end.restart, bool, f"{where}.restart")
    if end.restart and not end.becomes:
        raise ModelError(f"{where}.restart: becomes names no level; allowed: with the levels that are entered anew")


@dataclass(frozen=True)
class Group:
    """A named union of events or single branches (``admission.detained``), for counts and *ever* flags."""

    name: str
    members: tuple[str, ...]
    label: str = ""

    def __post_init__(self) -> None:
        check_id(self.name, "Group.name")
        check_tuples(self, members=str)


@dataclass(frozen=True)
class Mixture:
    """One of several levels: `shares` gives a probability for all but `otherwise`."""

    shares: Mapping[str, Quantity]
    otherwise: str

    def level_names(self) -> tuple[str, ...]:
        """Every level, `otherwise` last."""
        return (*self.shares, self.otherwise)


@dataclass(frozen=True)
class Numeric:
    """A number: ``normal`` (mean, sd), ``lognormal`` (median, sigma), ``gamma`` (mean, sd) or ``uniform`` (low, high).

    Values beyond `low` or `high` are set to that bound.
    """

    distribution: Literal["normal", "lognormal", "gamma", "uniform"]
    first: Quantity
    second: Quantity
    low: float = float("-inf")
    high: float = float("inf")

    def __post_init__(self) -> None:
        check_one_of(self.distribution, ("normal", "lognormal", "gamma", "uniform"), "Numeric.distribution")
        given = [x for x in (self.first, self.second) if isinstance(x, (int, float))]
        if self.distribution == "uniform" and len(given) == 2 and not given[0] <= given[1]:
            raise ModelError(f"Numeric: a uniform needs first <= second; got {given[0]}, {given[1]}")
        check_numbers("Numeric.low and high", self.low, self.high, endless=True)
        if not self.low < self.high:
            raise ModelError(f"Numeric: need low < high; got {self.low}, {self.high}")


@dataclass(frozen=True, repr=False)
class Characteristic(Brief):
    """What a person is at entry: a level (``Mixture``) or a number (``Numeric``); ``age`` is in years."""

    name: str
    values: Mixture | Numeric
    label: str = ""

    def __post_init__(self) -> None:
        check_id(self.name, "Characteristic.name")
        check_kind(self.values, (Mixture, Numeric), f"Characteristic {self.name}.values")


@dataclass(frozen=True, repr=False)
class Covariate(Brief):
    """How a characteristic changes an event: a ``hazard``, ``time`` or (of `branch`) ``odds`` ratio.

    For a level of a mixture, `parameter` is the ratio of those at `level` to the others; for a number,
    the ratio for each unit above `centre`.

    A ``time`` ratio r stretches time, S(t | r) = S(t / r), from the ``zero`` of the event's clock: from birth on the
    clock ``age``, and from the start of a spell that was under way at entry. It may act `since` ``entry`` instead, so
    that the time before has run at its own pace.
    """

    characteristic: str
    event: str
    ratio: Literal["hazard", "time", "odds"]
    parameter: Quantity
    level: str | None = None
    branch: str | None = None
    centre: Quantity = 0.0
    since: Literal["zero", "entry"] = "zero"

    def __post_init__(self) -> None:
        where = f"Covariate {self.characteristic} on {self.event}"
        check_one_of(self.ratio, ("hazard", "time", "odds"), f"Covariate {self.characteristic}.ratio")
        check_one_of(self.since, ("zero", "entry"), f"{where}.since")
        if self.since != "zero" and self.ratio != "time":
            raise ModelError(
                f"{where}.since: {self.since!r} with ratio {self.ratio}; only a time ratio acts on a clock"
            )
        if (self.branch is not None) != (self.ratio == "odds"):
            raise ModelError(f"Covariate {self.characteristic} on {self.event}: only an odds ratio names a branch")


@dataclass(frozen=True)
class Frailty:
    """A person's hidden multiplier with mean 1 and the given `variance` on the hazards of `events`."""

    name: str
    variance: Quantity
    events: tuple[str, ...]
    label: str = ""
    distribution: Literal["gamma", "lognormal"] = "gamma"

    def __post_init__(self) -> None:
        check_id(self.name, "Frailty.name")
        check_tuples(self, events=str)
        check_one_of(self.distribution, ("gamma", "lognormal"), f"Frailty {self.name}.distribution")


@dataclass(frozen=True, repr=False)
class History(Brief):
    """Each `source` (event, branch or group) multiplies the later hazards of `events`, the first `cap` times."""

    name: str
    source: str
    events: tuple[str, ...]
    hazard_ratio: Quantity
    cap: int

    def __post_init__(self) -> None:
        check_id(self.name, "History.name")
        check_tuples(self, events=str)
        check_whole(self.cap, 1, f"History {self.name}.cap")


@dataclass(frozen=True, repr=False)
class Pathway(Brief):
    """Domains, events and where people start: the natural history under every strategy."""

    name: str
    domains: tuple[Domain, ...]
    events: tuple[Event, ...]
    start: Mapping[str, str | Mixture]
    groups: tuple[Group, ...] = ()
    frailties: tuple[Frailty, ...] = ()
    label: str = ""
    characteristics: tuple[Characteristic, ...] = ()
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)  # of characteristics, Gaussian copula
    covariates: tuple[Covariate, ...] = ()
    history: tuple[History, ...] = ()
    cycle: Cycle | None = None  # time in cycles, and a cohort in place of people

    def __post_init__(self) -> None:
        check_id(self.name, "Pathway.name")
        check_tuples(self, domains=Domain, events=Event, groups=Group, frailties=Frailty)
        check_tuples(self, characteristics=Characteristic, covariates=Covariate, history=History)
        where = f"Pathway {self.name}"
        check_distinct([d.name for d in self.domains], f"{where}.domains")
        check_distinct([e.name for e in self.events] + [g.name for g in self.groups], f"{where}.events and groups")
        check_distinct([c.name for c in self.characteristics], f"{where}.characteristics")
        check_distinct([f.name for f in self.frailties] + [h.name for h in self.history], f"{where}.frailties, history")
        for event in self.events:
            self._check_event(event)
        for group in self.groups:
            for member in group.members:
                check_one_of(member, self._members(), f"Group {group.name}.members")
        for group in self.groups:
            if group.name in self._within(group.name):
                raise ModelError(f"Group {group.name}.members: holds itself, by way of its members")
        self._check_start()
        self._check_people()

    def extended(self, name: str, **more: Any) -> Pathway:
        """The pathway with more: tuples are appended to, mappings added to (a given key anew), a label is replaced."""
        grown = {f.name: getattr(self, f.name) for f in fields(self)}
        for key, value in more.items():
            check_one_of(key, grown, f"Pathway {name}.extended")
            mine = grown[key]
            if isinstance(mine, tuple):
                grown[key] = (*mine, *value)
            else:
                grown[key] = {**mine, **value} if isinstance(mine, Mapping) else value
        return Pathway(**{**grown, "name": name})

    def _within(self, name: str) -> set[str]:
        """Everything that a group holds, however deep."""
        members = {g.name: g.members for g in self.groups}
        found, ahead = set[str](), list(members[name])
        while ahead:
            member = ahead.pop()
            if member not in found:
                found.add(member)
                ahead += members.get(member, ())
        return found

    def _members(self) -> list[str]:
        return [*self.outcome_names(), *(g.name for g in self.groups)]

    def _check_event(self, event: Event) -> None:
        self.check_when(event.when, f"Event {event.name}.when")
        self._check_becomes(event.becomes, f"Event {event.name}.becomes")
        for branch in event.branches:
            self._check_becomes(branch.becomes, f"Event {event.name}.branches: {branch.name}.becomes")
        if event.clock == AGE:
            self._check_age(f"Event {event.name}.clock")
        levels = {d.name: d.levels for d in self.domains}
        alive = {d.name: tuple(x for x in d.levels if x not in d.absorbing) for d in self.domains}
        check_by_level(event.name, event.hazard, event.clock, {**alive, **event.when.levels}, event.by, levels)
        for lengthening in event.lengthens:
            stay = self.event(lengthening.event, f"Event {event.name}.lengthens")
            if stay.clock != "sojourn":
                raise ModelError(
                    f"Event {event.name}.lengthens: {stay.name} runs on the clock {stay.clock}; must be sojourn"
                )

    def _check_becomes(self, levels: Mapping[str, str], where: str) -> None:
        for domain, level in levels.items():
            if not isinstance(level, str):
                raise ModelError(f"{where}[{domain}]: {level!r}; must be one level, as text")
        self.check_when(When(levels), where)

    def _check_age(self, where: str) -> None:
        if not any(c.name == AGE and isinstance(c.values, Numeric) for c in self.characteristics):
            raise ModelError(f"{where}: age needs a numeric characteristic called age, in years")

    def _check_start(self) -> None:
        for name in self.start:
            check_one_of(name, [d.name for d in self.domains], f"Pathway {self.name}.start")
        for domain in self.domains:
            if domain.name not in self.start:
                raise ModelError(f"Pathway {self.name}.start: domain {domain.name!r} has no start level")
            start = self.start[domain.name]
            check_kind(start, (str, Mixture), f"Pathway {self.name}.start[{domain.name}]")
            for level in (start,) if isinstance(start, str) else start.level_names():
                check_one_of(level, domain.levels, f"Pathway {self.name}.start[{domain.name}]")

    def _check_people(self) -> None:
        names = [e.name for e in self.events]
        for frailty in self.frailties:
            for name in frailty.events:
                check_one_of(name, names, f"Frailty {frailty.name}.events")
        for history in self.history:
            self.resolve(history.source, f"History {history.name}.source")
            for name in history.events:
                check_one_of(name, names, f"History {history.name}.events")
        for pair, rho in self.correlations.items():
            for name in pair:
                check_one_of(name, [c.name for c in self.characteristics], f"Pathway {self.name}.correlations")
            check_numbers(f"Pathway {self.name}.correlations{list(pair)}", rho)
            if not -1 < rho < 1:
                raise ModelError(f"Pathway {self.name}.correlations{list(pair)}: {rho}; must lie between -1 and 1")
        for covariate in self.covariates:
            self._check_covariate(covariate)

    def _check_covariate(self, covariate: Covariate) -> None:
        where = f"Covariate {covariate.characteristic} on {covariate.event}"
        event = self.event(covariate.event, f"{where}.event")
        if covariate.branch is not None:
            check_one_of(covariate.branch, [b.name for b in event.branches], f"{where}.branch")
        values = self.characteristic(covariate.characteristic, f"{where}.characteristic").values
        if isinstance(values, Mixture):
            if covariate.level is None:
                levels = ", ".join(values.level_names())
                raise ModelError(f"{where}.level: missing; {covariate.characteristic} has the levels {levels}")
            check_one_of(covariate.level, values.level_names(), f"{where}.level")
        elif covariate.level is not None:
            raise ModelError(f"{where}.level: {covariate.characteristic} is a number; allowed: no level")

    def characteristic(self, name: str, where: str | None = None) -> Characteristic:
        """The characteristic called `name`; ``ModelError``, about the field `where`, when there is none."""
        check_one_of(name, [c.name for c in self.characteristics], where or f"Pathway {self.name}: characteristic")
        return next(c for c in self.characteristics if c.name == name)

    def event(self, name: str, where: str | None = None) -> Event:
        """The event called `name`; ``ModelError``, about the field `where`, when there is none."""
        check_one_of(name, [e.name for e in self.events], where or f"Pathway {self.name}: event")
        return next(e for e in self.events if e.name == name)

    def outcome_names(self) -> list[str]:
        """Every event name and every ``event.branch``: what groups and cost items may name."""
        return [e.name for e in self.events] + [o for e in self.events if e.branches for o in e.outcomes()]

    def resolve(self, name: str, where: str | None = None) -> tuple[str, ...]:
        """The single outcomes an event, branch or group name stands for, each once.

        ``ModelError``, about the field `where`, when it is none of these.
        """
        for group in self.groups:
            if group.name == name:
                return tuple(dict.fromkeys(o for member in group.members for o in self.resolve(member, where)))
        for event in self.events:
            if name.startswith(event.name) and name in (event.name, *event.outcomes()):
                return event.outcomes() if name == event.name else (name,)
        check_one_of(name, self._members(), where or f"Pathway {self.name}: event, branch or group")
        raise AssertionError(name)

    def check_when(self, when: When, where: str) -> None:
        """Raise ``ModelError`` when `when` names an unknown domain or level."""
        domains = {d.name: d.levels for d in self.domains}
        for domain, levels in when.levels.items():
            check_one_of(domain, domains, where)
            for level in levels:
                check_one_of(level, domains[domain], f"{where}[{domain}]")
