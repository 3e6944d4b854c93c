"""Joint states of a pathway, one level in each domain, and what holds in each of them; a pathway told by its states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from itertools import product
from typing import Any, cast, get_args

from models.economics import Utility
from models.hazards import AtOnce, Cycle, Exponential, Hazard, PerCycle
from models.pathway import Branch, Clock, Domain, Event, Group, Mixture, Pathway, When
from models.problem import DecisionProblem
from models.quantities import Complement, Quantity, Sum, check_kind, check_one_of
from parameters.mistakes import ModelError, short

Way = Quantity | PerCycle | Hazard | None  # out of a state: a number or name is the probability in a cycle
SAID = {"name", "domains", "events", "start", "cycle"}  # fields of a pathway that are told otherwise
WHOLE = 1e-6  # what a printed row of probabilities may be off 1 by


def markov(
    name: str,
    rows: Mapping[str, Mapping[str, Way] | Sequence[float]] | Sequence[Sequence[float]],
    cycle: float | Cycle | None = None,
    *,
    states: Sequence[str] = (),
    start: str | Mixture | None = None,
    first: str | Sequence[str] = (),
    clocks: Mapping[str, Clock] | None = None,
    **more: Any,
) -> Pathway:
    """A model in cycles of so many years, as printed: of each state the ways out, or a row of its matrix, or that.

    Without a cycle it is one of people in continuous time, and its ways out are hazards.

    A way out is its probability in a cycle, a ``PerCycle`` or a hazard; what they leave stays. Where one of them is
    None it comes last and takes all that the others leave; where the state's own probability to stay is given too, the
    others are probabilities. A row of numbers is one of
    each of the `states` (those met, in order, where not given), its own included, and adds to 1; a whole matrix has one
    for each of them in order. A state without a way out is absorbing. People begin in the first state, or where `start`
    says.

    The pathway has the one domain ``state``, an event ``a_b`` for each way from a to b, and a group ``enters_b`` for
    all ways into b. Ways to the states that come `first`, such as death, leave the others to those who are left; ways
    to the states in `clocks` run on that clock, the others on ``sojourn``. `more` are fields of the pathway.
    """
    where = f"markov {name}"
    check_kind(states, (tuple, list), f"{where}.states")
    allowed = sorted({f.name for f in fields(Pathway)} - SAID)
    for field in more:
        check_one_of(field, allowed, where)
    rows = _by_state(rows, states, f"{where}.rows")
    first = (first,) if isinstance(first, str) else first
    met = [*rows, *(there for row in rows.values() if isinstance(row, Mapping) for there in row)]
    levels = tuple(states or dict.fromkeys(met))
    ways = {here: _ways(here, row, levels, first, f"{where}.rows[{here}]") for here, row in rows.items()}
    if not levels:
        raise ModelError(f"{where}.rows: no state")
    for given, what in ((rows, "rows"), (first, "first"), (clocks or {}, "clocks")):
        for level in given:
            check_one_of(level, levels, f"{where}.{what}")
    events = tuple(
        Event(
            f"{here}_{there}",
            When(state=here),
            _hazard(way),
            {"state": there},
            clock=(clocks or {}).get(there, "sojourn"),
            priority=-1 if there in first else int(way is None),
            label=f"{_said(here)} to {_said(there)}",
        )
        for here, row in ways.items()
        for there, way in row.items()
    )
    entered = {there: tuple(e.name for e in events if e.becomes["state"] == there) for there in levels}
    return Pathway(
        name,
        (Domain("state", levels, "State", tuple(x for x in levels if not ways.get(x))),),
        events,
        {"state": levels[0] if start is None else start},
        **{
            **more,
            "cycle": cycle if isinstance(cycle, Cycle | None) else Cycle(cycle),
            "groups": (
                *(Group(f"enters_{x}", names, f"to {_said(x)}") for x, names in entered.items() if names),
                *more.get("groups", ()),
            ),
        },
    )


def _by_state(rows: object, states: Sequence[str], where: str) -> Mapping[str, Mapping[str, Way] | Sequence[float]]:
    """The rows by their states, as they are given or from a whole matrix."""
    if isinstance(rows, Mapping):
        return rows
    matrix = _plain(rows)
    check_kind(matrix, (Mapping, tuple, list), where)
    assert isinstance(matrix, (tuple, list))
    if len(matrix) != len(states):
        raise ModelError(f"{where}: {len(matrix)}; a matrix has one for each of the states, which are {len(states)}")
    return dict(zip(states, matrix, strict=True))


def _plain(row: object) -> object:
    """An array as a list."""
    return row.tolist() if hasattr(row, "tolist") else row


def _said(name: str) -> str:
    return name.replace("_", " ")


def _hazard(way: Way) -> PerCycle | Hazard:
    kinds: tuple[type, ...] = (PerCycle, *get_args(Hazard))
    if isinstance(way, kinds):
        return cast(PerCycle | Hazard, way)
    return PerCycle(1.0 if way is None else cast(Quantity, way))


def _with_rest(here: str, row: Mapping[str, Way], first: Sequence[str], where: str) -> dict[str, Way]:
    """The ways of a row one of which takes what the others leave, and beside which some may stay."""
    (rest, *more) = (there for there, way in row.items() if way is None)
    if more or rest in first or rest == here:
        raise ModelError(f"{where}: None takes what the others leave; allowed: one, that is neither first nor {here}")
    if here not in row:
        return dict(row)
    others = [way for there, way in row.items() if there != rest and there not in first]
    if not all(isinstance(way, get_args(Quantity)) for way in others):
        raise ModelError(f"{where}: None beside the probability to stay in {here}; allowed: probabilities alone")
    left = Complement(Sum(*cast(list[Quantity], others)))
    return {there: left if way is None else way for there, way in row.items() if there != here}


def _ways(here: str, row: object, levels: Sequence[str], first: Sequence[str], where: str) -> dict[str, Way]:
    """The ways out of a state, from what is told of them."""
    if isinstance(row, Mapping):
        for there in row:
            check_one_of(there, levels, where)
        if None in row.values():
            return _with_rest(here, row, first, where)
        if here in row:
            raise ModelError(f"{where}: {here} is what the others leave; allowed: states after it, or None for one")
        return dict(row)
    row = _plain(row)
    check_kind(row, (Mapping, tuple, list), where)
    assert isinstance(row, (tuple, list))
    if len(row) != len(levels) or not all(isinstance(p, (int, float)) and 0 <= p <= 1 for p in row):
        raise ModelError(f"{where}: {short(row)}; must be {len(levels)} probabilities, of {', '.join(levels)}")
    if abs(sum(row) - 1) > WHOLE:
        raise ModelError(f"{where}: adds to {sum(row):.6g}; must add to 1, {here} included")
    return {there: float(p) for there, p in zip(levels, row, strict=True) if p and there != here}


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


def check_reached(problem: DecisionProblem) -> None:
    """Raise ``ModelError`` naming a level of utility before which others always hold, whatever the setting.

    One of states that nobody lives in, such as death, says nothing and does no harm.
    """
    levels = [u for u in problem.utilities if u.role == "level"]
    pathways = {id(p): p for p in (problem.pathway, *(s.pathway or problem.pathway for s in problem.settings))}
    taken: dict[int, int] = {}  # of a level that comes too late, the one that holds before it
    reached = set[int]()
    for pathway in pathways.values() if len(levels) > 1 else ():
        is_alive = alive_and(pathway, When())
        for state in filter(is_alive, joint_states(pathway)):
            here = [k for k, u in enumerate(levels) if u.when.holds(state)]
            reached.update(here[:1])
            taken.update((k, here[0]) for k in here[1:])
    for k, first in taken.items():
        if k not in reached:
            raise ModelError(
                f"{problem.id}.utilities: the level {levels[k].value} where {levels[k].when.words()} is never reached:"
                f" of levels the first that holds counts, and {levels[first].value} where"
                f" {levels[first].when.words()} stands before it; allowed: once for a state, what is more special first"
            )


def alive_and(pathway: Pathway, when: When) -> Callable[[Mapping[str, str]], bool]:
    """A test of joint states: `when` holds and no domain is at an absorbing level."""
    absorbing = {domain.name: domain.absorbing for domain in pathway.domains}

    def holds(state: Mapping[str, str]) -> bool:
        """Whether it holds in a joint state, and no domain is at an absorbing level."""
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
