"""The tables of states against what their words say, one state and one transition at a time."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest

from models.catalogue import problem, problem_ids
from models.contract import Domain, Event, Exponential, Pathway, Weibull, When
from models.states import at_risk, channel_order, collapse, is_absorbed, joint_states
from parameters.arrays import Bools
from simulate.engine.account import expected_statistics
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.states import States, restarts_of, rows_of, state_tables, states_of, step_tables
from tests.oracle.small import USUAL

LEVELS = 5, 5, 4, 4, 5  # 2,000 joint states
IN_ORDER = 1.0  # seconds of processor time that the tables of 2,000 states may take; they take 0.1


def wide(levels: tuple[int, ...], dead: bool = True) -> Pathway:
    """So many domains of so many levels, of which each event moves one by a level; dead people hold nothing else."""
    domains = [Domain(f"d{i}", tuple(f"d{i}_{k}" for k in range(n))) for i, n in enumerate(levels)]
    events = [
        Event(f"{d.name}_{k}", When({d.name: level}), Exponential(1.0), {d.name: d.levels[(k + 1) % len(d.levels)]})
        for d in domains
        for k, level in enumerate(d.levels)
    ]
    events.append(Event("back", When({"d0": domains[0].levels[1:]}), Weibull(1.2, 2.0), {"d0": "d0_0", "d1": "d1_0"}))
    events.append(Event("noticed", When(), Weibull(1.2, 2.0)))
    if dead:
        domains.append(Domain("life", ("alive", "dead"), absorbing=("dead",)))
        events.append(Event("dies", When(life="alive"), Exponential(0.1), {"life": "dead"}))
    return Pathway("wide", tuple(domains), tuple(events), start={d.name: d.levels[0] for d in domains})


def lost() -> Pathway:
    """Two domains that people can be lost in, the one declared later first in the alphabet, and one that has all."""
    domains = (
        Domain("place", ("home", "away", "gone"), absorbing=("gone",)),
        Domain("life", ("alive", "dead", "lost"), absorbing=("dead", "lost")),
    )
    events = (
        Event("leaves", When(place="home"), Exponential(1.0), {"place": "away"}),
        Event("goes", When(place=("home", "away")), Exponential(1.0), {"place": "gone"}),
        Event("both", When(), Weibull(1.0, 2.0), {"place": "gone", "life": "lost"}),
        Event("dies", When(life=("alive", "dead")), Exponential(0.1), {"life": "dead"}),
    )
    return Pathway("lost", domains, events, start={"place": "home", "life": "alive"})


PATHWAYS = {
    **{p.pathway.name: p.pathway for p in map(problem, problem_ids()) if p.pathway.events},
    "wide": wide((3, 2, 2)),
    "immortal": wide((3, 2, 2), dead=False),
    "lost": lost(),
}


def carries(pathway: Pathway) -> Bools:
    return np.array([isinstance(e.hazard, Exponential) or e.clock != "sojourn" for e in channel_order(pathway)])


@pytest.mark.parametrize("name", PATHWAYS)
def test_tables_say_what_the_words_say(name: str) -> None:
    pathway = PATHWAYS[name]
    events, states = channel_order(pathway), joint_states(pathway)
    found = states_of(pathway)
    tables = state_tables(found, events)
    steps = step_tables(
        tables["at_risk"], tables["absorbed"], tables["becomes"], carries(pathway), restarts_of(channel_order(pathway))
    )

    def of(rows: np.ndarray, *where: int) -> list[int]:
        n, *positions = rows[where].tolist()
        return [int(k) for k in positions[:n]]

    risk = [[at_risk(pathway, s, e.when) for e in events] for s in states]
    moves = [b.becomes for e in events for b in (e.branches or (e,))]
    assert found.named == states
    for s, state in enumerate(states):
        here = [k for k, r in enumerate(risk[s]) if r]
        assert of(tables["enabled"], s) == here == of(steps["arm"], int(steps["entry"][s]))
        assert of(steps["disarm"], int(steps["entry"][s])) == []
        assert tables["absorbed"][s] == is_absorbed(pathway, state)
        for o, move in enumerate(moves):
            new = s if is_absorbed(pathway, state) else states.index(collapse(pathway, {**state, **move}))
            assert tables["becomes"][s, o] == new
            step = int(steps["step"][s, o])
            assert of(steps["arm"], step) == [k for k, r in enumerate(risk[new]) if r and k not in here]
            assert of(steps["disarm"], step) == (
                [k for k in here if not risk[new][k] and carries(pathway)[k]] if not tables["absorbed"][new] else []
            )
    assert not tables["at_risk"][-1].any()


@pytest.mark.parametrize("name", PATHWAYS)
def test_whoever_holds_these_levels_is_in_this_state(name: str) -> None:
    pathway = PATHWAYS[name]
    found = states_of(pathway)
    for levels in product(*(d.levels for d in pathway.domains)):
        held = {d.name: level for d, level in zip(pathway.domains, levels, strict=True)}
        place = tuple(d.levels.index(level) for d, level in zip(pathway.domains, levels, strict=True))
        assert found.named[found.at[place]] == collapse(pathway, held)


def test_a_condition_on_what_nobody_holds_is_met_by_nobody() -> None:
    found = states_of(lost())
    assert not found.holding(When(weather="fair")).any()
    assert not found.holding(When(place=())).any()
    assert found.holding(When()).tolist() == (~found.absorbed).tolist()
    assert found.satisfying([]).shape == (len(found.named), 0)


def test_rows_are_the_true_positions_in_order() -> None:
    flags = np.array([[True, False, True], [False, False, False], [False, True, True]])
    assert rows_of(flags).tolist() == [[2, 0, 2, 0], [0, 0, 0, 0], [2, 1, 2, 0]]
    assert rows_of(flags, 2).tolist() == [[2, 0, 2], [0, 0, 0], [2, 1, 2]]
    assert rows_of(np.zeros((2, 0), dtype=np.bool_)).tolist() == [[0], [0]]


def two_thousand() -> tuple[States, dict[str, np.ndarray]]:
    pathway = wide(LEVELS)
    found = states_of(pathway)
    tables = state_tables(found, channel_order(pathway))
    restarts = restarts_of(channel_order(pathway))
    steps = step_tables(tables["at_risk"], tables["absorbed"], tables["becomes"], carries(pathway), restarts)
    return found, {**tables, **steps}


def test_two_thousand_states_are_ready_at_once() -> None:
    started = time.thread_time()
    found, tables = two_thousand()
    assert time.thread_time() - started < IN_ORDER
    assert len(found.named) == 2001
    assert sum(table.nbytes for table in tables.values()) < 4_000_000  # states x states would be 370 MB


def test_shares_of_a_thousand_states_without_events_add_up() -> None:
    domains = tuple(Domain(f"d{i}", tuple(f"d{i}_{k}" for k in range(4))) for i in range(5))
    pathway = Pathway("still", domains, (), start={d.name: d.levels[1] for d in domains})
    none, lookup = np.zeros(1), make_lookup(lambda name: pytest.fail(f"no parameter {name} expected"), 1)
    frame = {"horizon": 2.0, "discount": (none, none), "continuous": False, "grid": none, "years": False}
    started = time.thread_time()
    found = expected_statistics(pathway, [USUAL], lookup, 1, people=10, **frame)  # type: ignore[arg-type]
    assert time.thread_time() - started < IN_ORDER
    at = joint_states(pathway).index({d.name: d.levels[1] for d in domains})
    assert found.time[0, 0, :, 0, at].sum() == found.time[0, 0, :, 0].sum() == pytest.approx(20.0)
