"""Joint states of a pathway: one level in each domain, and what holds in each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

from models.contract import Branch, DecisionProblem, Event, Exponential, Mixture, ModelError, Pathway, Utility, When


def joint_states(pathway: Pathway) -> tuple[Mapping[str, str], ...]:
    """Every combination of levels; all states that share an absorbing level are one, holding that level alone."""
    names = [d.name for d in pathway.domains]
    found: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
    for levels in product(*(d.levels for d in pathway.domains)):
        state = collapse(pathway, dict(zip(names, levels, strict=True)))
        found.setdefault(tuple(state.items()), state)
    return tuple(found.values())


def follows_people(pathway: Pathway) -> bool:
    """Whether single people are followed; in accounts, and in cohorts in cycles, nobody is."""
    return bool(pathway.events) and pathway.cycle is None


def collapse(pathway: Pathway, state: Mapping[str, str]) -> Mapping[str, str]:
    """`state`, or its absorbing level alone when it holds one (the first declared wins)."""
    for domain in pathway.domains:
        if state.get(domain.name) in domain.absorbing:
            return {domain.name: state[domain.name]}
    return dict(state)


def at_risk(pathway: Pathway, state: Mapping[str, str], when: When) -> bool:
    """Whether `when` holds in a joint state; never in an absorbed one."""
    return not is_absorbed(pathway, state) and when.holds(state)


def is_absorbed(pathway: Pathway, state: Mapping[str, str]) -> bool:
    """Whether a joint state holds an absorbing level."""
    return any(state.get(d.name) in d.absorbing for d in pathway.domains)


def channel_order(pathway: Pathway) -> tuple[Event, ...]:
    """Events in the order that settles ties: declared priority, then name."""
    return tuple(sorted(pathway.events, key=lambda e: (e.priority, e.name)))


def subgroup_levels(pathway: Pathway, name: str | None) -> tuple[str, ...]:
    """Levels of the characteristic that people are told apart by; ``ModelError`` when it has none."""
    if name is None:
        return ("all",)
    values = pathway.characteristic(name).values
    if not isinstance(values, Mixture):
        raise ModelError(f"subgroup {name}: is a number; allowed: a characteristic with levels")
    return values.level_names()


def utility_levels(problem: DecisionProblem, state: Mapping[str, str]) -> list[Utility]:
    """The utilities of a state that are levels, in order."""
    levels = [u for u in problem.utilities if u.role == "level" and u.when.holds(state)]
    if not levels:
        words = ", ".join(f"{domain} {level}" for domain, level in state.items())
        raise ModelError(f"{problem.id}.utilities: no level for the state {words}")
    return levels


def check_utilities(problem: DecisionProblem) -> None:
    """Raise ``ModelError`` naming the first state, alive, that no utility of the problem is a level of."""
    for state in joint_states(problem.pathway):
        if alive_and(problem.pathway, When())(state):
            utility_levels(problem, state)


def alive_and(pathway: Pathway, when: When) -> Callable[[Mapping[str, str]], bool]:
    """A test of joint states: `when` holds and no domain is at an absorbing level."""
    absorbing = {domain.name: domain.absorbing for domain in pathway.domains}

    def holds(state: Mapping[str, str]) -> bool:
        return when.holds(state) and not any(level in absorbing[domain] for domain, level in state.items())

    return holds


def ends_of(event: Event) -> tuple[Branch, ...]:
    """The ways an event can end, as branches: one of its own name where it has none."""
    return event.branches or (Branch(event.name, 1.0, event.becomes, event.restart),)


def goes_on(event: Event, end: Branch) -> bool:
    """Whether an event's condition still holds after this end of it."""
    return all(end.becomes.get(d, levels[0]) in levels for d, levels in event.when.levels.items())


def is_restarted(event: Event, end: Branch) -> bool:
    """Whether an end of some event starts the clock of this one again, should it be at risk before and after."""
    keeps = event.clock != "sojourn" or isinstance(event.hazard, Exponential)
    return end.restart and not keeps and bool(set(end.becomes) & set(event.when.levels))
