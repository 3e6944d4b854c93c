"""What is compared: strategies, their components, what those change and for how long; and what could be otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from models.pathway import Event, Frailty, History, Pathway
from models.quantities import (
    Quantity,
    check_distinct,
    check_id,
    check_kind,
    check_numbers,
    check_one_of,
    check_tuples,
    parameter_names,
    put,
)
from parameters.ground.brief import Brief
from parameters.mistakes import ModelError
from parameters.units import MONTHS_PER_YEAR

MONTH = 1 / MONTHS_PER_YEAR
T = TypeVar("T")
Acting = TypeVar("Acting", Frailty, History)


@dataclass(frozen=True)
class Waning:
    """How an effect fades: its logarithm is halved every `over` (``exponential``) or gone after it (``linear``).

    Applied in steps of `step` years, each at its midpoint's value.
    """

    kind: Literal["exponential", "linear"]
    over: Quantity
    step: float = MONTH

    def __post_init__(self) -> None:
        check_one_of(self.kind, ("exponential", "linear"), "Waning.kind")
        check_numbers("Waning.step", self.step)
        if not self.step > 0:
            raise ModelError(f"Waning.step: {self.step} years; must be positive")


@dataclass(frozen=True, repr=False)
class Effect(Brief):
    """What a component does to one event: a ``hazard``, ``time``, ``odds`` or ``risk`` ratio.

    ``hazard`` multiplies the event's hazard; ``time`` stretches its times; ``odds`` multiplies the
    weight of `branch`; ``risk`` multiplies the probability of `branch` and shares the rest; of an event in cycles
    they may name no branch, and act on its probability. All risk ratios of an event hold together, on what odds
    ratios leave of its weights, and one of exactly 1 beside others keeps its branch as likely as it was. An effect
    holds from `start` to `end` (durations since entry), which are the component's when not given. A ``time`` ratio
    slows the clock while it holds; what had passed on the clock before, such as a person's age at entry, stays.
    """

    event: str
    ratio: Literal["hazard", "time", "odds", "risk"]
    parameter: Quantity
    branch: str | None = None
    start: Quantity | None = None
    end: Quantity | None = None
    waning: Waning | None = None

    def __post_init__(self) -> None:
        check_one_of(self.ratio, ("hazard", "time", "odds", "risk"), f"Effect on {self.event}.ratio")
        if self.branch is not None and self.ratio not in ("odds", "risk"):
            raise ModelError(
                f"Effect on {self.event}.branch: {self.branch!r} with ratio {self.ratio}; odds and risk ratios name a"
                " branch, hazard and time ratios none"
            )


@dataclass(frozen=True, repr=False)
class Component(Brief):
    """A deliverable part of a strategy with its effects, offered from `start` to `end` (durations since entry).

    `uptake` is the probability that a person takes it up (once, the same under every strategy), and
    `fidelity` f makes every ratio of its effects ratio^f. One that is `scalable` may be made for a share of those
    offered it (``run --implementation``): what is spent on the offer alone is a component of its own, which stays.
    """

    name: str
    label: str
    effects: tuple[Effect, ...] = ()
    uptake: Quantity = 1.0
    fidelity: Quantity = 1.0
    start: Quantity = 0.0
    end: Quantity | None = None
    scalable: bool = False

    def __post_init__(self) -> None:
        check_id(self.name, "Component.name")
        check_tuples(self, effects=Effect)


@dataclass(frozen=True, repr=False)
class Strategy(Brief):
    """One of the mutually exclusive options compared.

    Under it the parameters that `given` names have other values, wherever pathway, its components, costs, utilities and
    effects read them: numbers, other records or what is made of these, such as ``{"p": Product("p", "rr")}``, which is
    of the p that everybody else has. A plain number is in years, events a year or the model's money, and refused beside
    a record that is in anything else. They hold for everybody under the strategy, whoever takes up what. People and
    what they differ by, the follow-up and discounting are the same under every strategy.
    """

    id: str
    label: str
    components: tuple[Component, ...] = ()
    given: Mapping[str, Quantity] = field(default_factory=dict, hash=False)

    def under(self, thing: T) -> T:
        """A declaration or quantity as it is under this strategy."""
        return put(thing, self.given)

    def simulated(self, pathway: Pathway) -> Strategy:
        """The same with nothing given but what the simulation of `pathway` reads; the rest only values it."""
        if not self.given:
            return self
        read = {*parameter_names((pathway, self.components))}
        return replace(self, given={name: q for name, q in self.given.items() if name in read})

    def __post_init__(self) -> None:
        check_id(self.id, "Strategy.id")
        check_kind(self.given, Mapping, f"Strategy {self.id}.given")
        check_tuples(self, components=Component)
        check_distinct([c.name for c in self.components], f"Strategy {self.id}.components")


def combine(id: str, label: str, *strategies: Strategy, shared: Literal["deliver once"] | None = None) -> Strategy:
    """The strategies together, their effects multiplied.

    ``ModelError`` when two hold the same component, unless `shared` says that it is delivered once.
    """
    components = [c for s in strategies for c in s.components]
    repeated = sorted({c.name for c in components if sum(d.name == c.name for d in components) > 1})
    if repeated and shared is None:
        text = f"{id}: {', '.join(repeated)} in several strategies"
        raise ModelError(f"{text}; say shared='deliver once', or leave one out")
    if any(c != d for c in components for d in components if c.name == d.name):
        raise ModelError(f"{id}: {', '.join(repeated)} differ between the strategies combined")
    given: dict[str, Quantity] = {}
    for name, quantity in (x for s in strategies for x in s.given.items()):
        if given.setdefault(name, quantity) != quantity:
            raise ModelError(f"{id}: {name} is given as {given[name]} and as {quantity} by the strategies combined")
    return Strategy(id, label, tuple({c.name: c for c in components}.values()), given)


def check_held_throughout(strategies: Iterable[Strategy], component: str | None, where: str) -> None:
    """Raise ``ModelError`` where a component, by which time in states is counted, is not everybody's throughout.

    Such time is told by state, not by who took what up, nor from when to when.
    """
    for strategy in strategies:
        for held in (c for c in strategy.components if c.name == component):
            whole = {"uptake": held.uptake == 1.0, "start": held.start == 0.0, "end": held.end is None}
            if part := [name for name, is_whole in whole.items() if not is_whole]:
                told = ", ".join(f"{name} {getattr(held, name)}" for name in part)
                raise ModelError(
                    f"{where}: StateTime under {component}, which under {strategy.id} has {told}, and such time is that"
                    f" of everybody from entry to the end of follow-up; allowed: ComponentTime({component!r}), the time"
                    f" alive under it by those who took it up, or a component without {', '.join(part)}"
                )


def check_labels(strategies: Sequence[Strategy], where: str) -> None:
    """Raise ``ModelError`` where two strategies that are compared bear one label, case and blanks left out."""
    labels: dict[str, Strategy] = {}
    for strategy in strategies:
        other = labels.setdefault("".join(strategy.label.split()).casefold(), strategy)
        if other is not strategy and strategy.label.strip():
            raise ModelError(
                f"{where}: {other.id} and {strategy.id} are both called {strategy.label!r}, and nobody could tell them"
                " apart; allowed: a label of its own for each"
            )


# --- what the problem could be otherwise ------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Variant(Brief):
    """A named replacement of parameters, run beside the main result (same random numbers).

    One with a `weight` is a base case of its own, beside others with weights that add up to 1: readings of the evidence
    between which the main result draws with these weights.
    """

    name: str
    label: str
    replace: Mapping[str, str]
    weight: Quantity | None = None

    def __post_init__(self) -> None:
        check_id(self.name, "Variant.name")
        check_replaced(self.replace, f"Variant {self.name}.replace")


def check_replaced(replaced: Mapping[str, str], where: str) -> None:
    """Raise ``ModelError`` unless each is a name for a name."""
    check_kind(replaced, Mapping, where)
    for name, other in replaced.items():
        check_kind(name, str, where)
        check_kind(other, str, f"{where}[{name}]")


@dataclass(frozen=True, repr=False)
class Alternative(Brief):
    """One way in which a part of the model could be put together: as it is, with other numbers, or as another pathway.

    `replace` puts other records in the place of parameters, `fixed` a value in a record's own unit, such as the 1 at
    which a ratio is no effect. `without` and `events` make another natural history of the one that a setting has, in
    the same states: without these events, frailties and histories, wherever it has them, and with these events, in the
    place of those of the same name or beside the others. `weight` is how probable it is held to be, beside the others
    of its structure.
    """

    name: str
    label: str
    weight: Quantity
    replace: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, float] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        where = f"Alternative {self.name}"
        check_tuples(self, without=str, events=Event)
        check_distinct([*self.without, *(e.name for e in self.events)], f"{where}: without, events")
        check_id(self.name, "Alternative.name")
        check_replaced(self.replace, f"{where}.replace")
        check_kind(self.fixed, Mapping, f"{where}.fixed")
        for name, value in self.fixed.items():
            check_kind(name, str, f"{where}.fixed")
            check_numbers(f"{where}.fixed[{name}]", value)
        if both := sorted({*self.replace} & {*self.fixed}):
            raise ModelError(f"{where}: {', '.join(both)} replaced and fixed; allowed: one of the two")

    @property
    def changes(self) -> tuple[str, ...]:
        """The parameters that it changes, in order."""
        return (*self.replace, *self.fixed)

    @property
    def reshapes(self) -> bool:
        """Whether the natural history is another under it."""
        return bool(self.without or self.events)

    def check_against(self, *pathways: Pathway) -> None:
        """Raise ``ModelError`` for what it is to be without, and none of `pathways` has."""
        had = [x.name for p in pathways for some in (p.events, p.frailties, p.history) for x in some]
        for name in self.without:
            check_one_of(name, dict.fromkeys(had), f"Alternative {self.name}.without")

    def reshaped(self, pathway: Pathway) -> Pathway:
        """The natural history under it, named after both, or `pathway` itself; ``ModelError`` for what is none."""
        if not self.reshapes:
            return pathway
        mine = {e.name: e for e in self.events}
        had = {e.name for e in pathway.events}
        kept = [mine.get(e.name, e) for e in pathway.events if e.name not in self.without]
        return replace(
            pathway,
            name=f"{pathway.name}_{self.name}",
            events=(*kept, *(e for e in self.events if e.name not in had)),
            groups=tuple(replace(g, members=self._left(g.members)) for g in pathway.groups),
            frailties=self._acting(pathway.frailties),
            history=self._acting(pathway.history),
        )

    def _acting(self, some: tuple[Acting, ...]) -> tuple[Acting, ...]:
        """Those of frailties or histories that still act on an event."""
        left = [replace(x, events=self._left(x.events)) for x in some if x.name not in self.without]
        return tuple(x for x in left if x.events)

    def _left(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(n for n in names if n not in self.without)


@dataclass(frozen=True, repr=False)
class Structure(Brief):
    """A choice in how the model is put together, which no trial decides: alternatives side by side, and averaged.

    `reason` says why there is a choice and why the weights, which nobody measured, are what they are.
    """

    name: str
    label: str
    reason: str
    alternatives: tuple[Alternative, ...]

    def __post_init__(self) -> None:
        where = f"Structure {self.name}"
        check_id(self.name, "Structure.name")
        check_tuples(self, alternatives=Alternative)
        check_distinct([a.name for a in self.alternatives], f"{where}.alternatives")
        if len(self.alternatives) < 2:
            raise ModelError(f"{where}.alternatives: {len(self.alternatives)}; need at least two")
        for word in ("label", "reason"):
            if not getattr(self, word):
                raise ModelError(f"{where}.{word}: empty; say it in words")

    @property
    def changes(self) -> tuple[str, ...]:
        """Every parameter that one of its alternatives changes, each once."""
        return tuple(dict.fromkeys(n for a in self.alternatives for n in a.changes))


def alternative_of(variant: Variant) -> Alternative:
    """A weighted variant of a setting as an alternative; ``ModelError`` for one without a weight."""
    if variant.weight is None:
        raise ModelError(f"Variant {variant.name}.weight: None; an alternative has one")
    return Alternative(variant.name, variant.label, variant.weight, dict(variant.replace))
