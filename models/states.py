"""Joint states of a pathway: one level in each domain, and what holds in each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

from models.contract import (
    AtOnce,
    Branch,
    DecisionProblem,
    Event,
    Exponential,
    Mixture,
    ModelError,
    Pathway,
    Utility,
    When,
)


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
    """Events in the order that settles ties: chance nodes, then by declared priority, then by name."""
    return tuple(sorted(pathway.events, key=lambda e: (not isinstance(e.hazard, AtOnce), e.priority, e.name)))


def node_at(pathway: Pathway, state: Mapping[str, str]) -> Event | None:
    """The chance node that people in a joint state pass through at once, the first in order; None where they stay."""
    here = (e for e in pathway.events if isinstance(e.hazard, AtOnce) and at_risk(pathway, state, e.when))
    return min(here, key=lambda e: (e.priority, e.name), default=None)


def passed_at_once(pathway: Pathway) -> list[tuple[Mapping[str, str], Event]]:
    """Joint states in which nobody spends any time, each before those that it leads to, and the nodes there.

    ``ModelError`` where one leads back to itself with no time passing.
    """
    if not any(isinstance(e.hazard, AtOnce) for e in pathway.events):
        return []
    nodes = {tuple(s.items()): (s, e) for s in joint_states(pathway) if (e := node_at(pathway, s)) is not None}
    found: list[tuple[Mapping[str, str], Event]] = []
    done = set[tuple[tuple[str, str], ...]]()
    for first in nodes:
        ahead = [(first, _after(pathway, nodes, first))] if first not in done else []
        while ahead:
            here, ways = ahead[-1]
            if (to := next((w for w in ways if w not in done), None)) is None:
                ahead.pop()
                done.add(here)
                found.append(nodes[here])
            elif to in (under_way := [k for k, _ in ahead]):
                names = [nodes[k][1].name for k in under_way[under_way.index(to) :]]
                raise ModelError(
                    f"Event {names[0]}.hazard: AtOnce leads back to where it came from with no time passing, by way of"
                    f" {' and '.join(names)}; allowed: chance nodes that end where time passes"
                )
            else:
                ahead.append((to, _after(pathway, nodes, to)))
    return found[::-1]


def _after(
    pathway: Pathway,
    nodes: Mapping[tuple[tuple[str, str], ...], tuple[Mapping[str, str], Event]],
    key: tuple[tuple[str, str], ...],
) -> list[tuple[tuple[str, str], ...]]:
    """The joint states that a node leads to where there is another at once."""
    state, event = nodes[key]
    after = (tuple(collapse(pathway, {**state, **end.becomes}).items()) for end in ends_of(event))
    return [k for k in dict.fromkeys(after) if k in nodes]


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
    """Raise ``ModelError`` naming the first state, alive and not passed at once, that no utility is a level of."""
    for state in joint_states(problem.pathway):
        if alive_and(problem.pathway, When())(state) and node_at(problem.pathway, state) is None:
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
