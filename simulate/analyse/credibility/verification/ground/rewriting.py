"""Cases that a test makes of a case: an effect, hazard, price or rate put where the answer is known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from models.contract import (
    AtOnce,
    Component,
    Effect,
    EffectMeasure,
    Event,
    Exponential,
    Pathway,
    PerCycle,
    Product,
    Quantity,
    StateTime,
    Strategy,
    Sum,
    Utility,
    When,
)
from models.states import ends_of
from simulate.ask.case import Case

YEARS = EffectMeasure("tested_years", "Years of life", "year", years=When(), beyond_cost="a test of the model")
QALYS = EffectMeasure("tested_qalys", "Years of life by their utilities", "QALY")


def pinned(quantity: Quantity, value: float) -> Quantity:
    """A number in place of a quantity that is still read, so that every other parameter is drawn as before."""
    return Sum(Product(quantity, 0.0), value)


def changed(case: Case, **changes: Any) -> Case:
    """The case with other fields of its problem."""
    return replace(case, problem=replace(case.problem, **changes))


def horizon_of(case: Case, horizon: Quantity) -> Case:
    """The case with another follow-up."""
    setting = replace(case.setting, horizon=horizon)
    return replace(changed(case, settings=(setting,)), setting=setting)


def with_components(case: Case, change: Callable[[Component], Component]) -> Case:
    """The case with every component changed, and no numbers given to strategies besides."""

    def of(strategy: Strategy) -> Strategy:
        return replace(strategy, components=tuple(map(change, strategy.components)), given={})

    return changed(case, strategies=tuple(map(of, case.problem.strategies)))


def with_effects(case: Case, change: Callable[[Effect], Effect | None]) -> Case:
    """The case with every effect changed, or taken away where the change is None."""

    def of(component: Component) -> Component:
        return replace(component, effects=tuple(e for e in map(change, component.effects) if e is not None))

    return with_components(case, of)


def without_priced_holders(case: Case) -> Case:
    """The case without costs of time under a component, which are told only where everybody takes it up."""
    kept = [c for c in case.problem.costs if not (isinstance(c.basis, StateTime) and c.basis.component is not None)]
    return changed(case, costs=tuple(kept))


def with_pathway(case: Case, pathway: Pathway) -> Case:
    """The case with another natural history, and no effects on it."""
    return changed(with_effects(case, lambda effect: None), pathway=pathway)


def with_events(case: Case, change: Callable[[Event], Event]) -> Case:
    """The same with every event changed."""
    pathway = case.problem.pathway
    return with_pathway(case, replace(pathway, events=tuple(map(change, pathway.events))))


def constant(pathway: Pathway, rate: float) -> Exponential | PerCycle:
    """A constant hazard a year; in cycles 0 or certain."""
    return Exponential(rate) if pathway.cycle is None else PerCycle(min(rate, 1.0))


def stopped(case: Case, event: Event) -> Event:
    """An event that never comes; a chance node, through which people pass at once, as it is."""
    if isinstance(event.hazard, AtOnce):
        return event
    return replace(event, hazard=constant(case.problem.pathway, 0.0), by=(), lengthens=())


def still(case: Case) -> Case:
    """The case in which nothing happens but at chance nodes."""
    return with_events(case, lambda event: stopped(case, event))


def absorbing_ends(pathway: Pathway, event: Event) -> list[bool]:
    """Of each way an event can end, whether it leads to an absorbing level."""
    levels = {(d.name, x) for d in pathway.domains for x in d.absorbing}
    return [any(end in levels for end in way.becomes.items()) for way in ends_of(event)]


def deathless(case: Case) -> Case:
    """The case in which no event leads to an absorbing level."""
    pathway = case.problem.pathway

    def of(event: Event) -> Event:
        ends = absorbing_ends(pathway, event)
        if all(ends):
            return stopped(case, event)
        ways = zip(event.branches, ends, strict=bool(event.branches))
        return replace(event, branches=tuple(replace(b, weight=0.0) if dead else b for b, dead in ways))

    return with_events(case, of)


def ended_at_once(case: Case, rate: float) -> Case:
    """The case in which everybody comes to an absorbing level at this rate a year, in cycles in the first."""
    pathway = case.problem.pathway
    domain = next(d for d in pathway.domains if d.absorbing)
    event = Event("tested_end", When(), constant(pathway, rate), {domain.name: domain.absorbing[0]}, priority=-99)
    return with_pathway(case, replace(pathway, events=(*pathway.events, event)))


def with_visits(case: Case, rate: float) -> Case:
    """The case with an event more, which changes nobody's state."""
    pathway = case.problem.pathway
    event = Event("tested_visit", When(), constant(pathway, rate))
    return changed(case, pathway=replace(pathway, events=(*pathway.events, event)))


def worth(case: Case, utilities: tuple[Utility, ...] | None = None) -> Case:
    """The case that also tells years of life, and QALYs by its own utilities or by these."""
    problem = case.problem
    told = problem.utilities if utilities is None else utilities
    return changed(case, utilities=told, effects=(*problem.effects, YEARS, QALYS))


def discounted_at(case: Case, costs: float, effects: float) -> Case:
    """The case at these yearly rates."""
    return changed(case, discount_costs=costs, discount_effects=effects)
