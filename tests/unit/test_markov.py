"""A Markov model told by its states: the pathway it stands for, and what is refused of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import models as m
from simulate import load, run
from tests.oracle.chains import chain_of, problem_of

ROWS: dict[str, Any] = {"a": {"b": 0.2, "dead": 0.05}, "b": {"a": 0.1, "dead": "p"}}


def test_it_is_the_pathway_that_one_would_write() -> None:
    by_hand = chain_of(ROWS, m.Cycle(0.5))
    told = m.markov("chain", ROWS, 0.5)
    as_there = [
        replace(e, when=m.When(s=e.when.levels["state"]), becomes={"s": e.becomes["state"]}, label="")
        for e in told.events
    ]
    assert as_there == [*by_hand.events] and [e.label for e in told.events][:2] == ["a to b", "a to dead"]
    assert told.domains == (m.Domain("state", ("a", "b", "dead"), "State", ("dead",)),)
    assert told.start == {"state": "a"} and told.cycle == m.Cycle(0.5)
    groups = {g.name: g.members for g in told.groups}
    assert groups == {"enters_a": ("b_a",), "enters_b": ("a_b",), "enters_dead": ("a_dead", "b_dead")}


def test_without_a_cycle_it_is_of_people_and_their_hazards() -> None:
    ways: dict[str, Any] = {"a": {"b": m.Weibull(1.5, 2.0)}, "b": {"a": m.FixedTime(1.0), "dead": m.Exponential(0.1)}}
    told = m.markov("x", ways, clocks={"dead": "start"})
    assert told.cycle is None and [(e.name, e.clock) for e in told.events] == [
        *(("a_b", "sojourn"), ("b_a", "sojourn"), ("b_dead", "start"))
    ]
    with pytest.raises(m.ModelError, match="PerCycle; allowed: a hazard; PerCycle stands in a pathway with a cycle"):
        replace(problem_of(chain_of({}, m.Cycle(1.0)), 1.0), pathway=m.markov("x", {"a": {"b": 0.1}}))


def test_a_matrix_is_its_rows() -> None:
    """Rows of numbers, their own state included; nothing of a 0; and the shares after two cycles are the matrix's."""
    matrix = ((0.7, 0.2, 0.1), (0.0, 0.6, 0.4))
    told = m.markov("chain", dict(zip("ab", matrix, strict=True)), m.Cycle(1.0), states=("a", "b", "dead"))
    whole = (*matrix, (0, 0, 1))
    several: tuple[Any, ...] = (whole, [*map(list, whole)], np.array(whole), {"a": np.array(matrix[0]), "b": matrix[1]})
    for same in several:
        assert m.markov("chain", same, 1.0, states=("a", "b", "dead")) == told
    assert told.events == m.markov("chain", {"a": {"b": 0.2, "dead": 0.1}, "b": {"dead": 0.4}}, 1.0).events
    problem = replace(problem_of(chain_of({}, m.Cycle(1.0)), 2.0), pathway=told, utilities=(m.Utility(m.When(), 1.0),))
    found = run(load(problem), fixed=True).statistics
    wanted = np.linalg.matrix_power(np.array([*matrix, (0, 0, 1.0)]), 2)[0]
    assert np.allclose(found.occupancy[0, 0, -1] / found.people.sum(), wanted, rtol=1e-12)


def shares(pathway: m.Pathway, rr: float, cycles: int) -> Any:
    """Of a cohort after so many cycles, where the record rr has this value."""
    problem = replace(problem_of(chain_of({}, m.Cycle(1.0)), float(cycles)), utilities=(m.Utility(m.When(), 1.0),))
    numbers = {"rr": {"unit": "ratio", "distribution": {"fixed": {"value": rr}}}}
    found = run(load(replace(problem, pathway=pathway), inline=numbers), fixed=True).statistics
    return found.occupancy[0, 0, -1] / found.people.sum()


@pytest.mark.parametrize("rr", [1.0, 0.2])
def test_what_the_others_leave_goes_where_it_is_said_to(rr: float) -> None:
    """Half of a stays, a tenth times a ratio is b's, the rest is c's; nobody stays in b; all that live in c go to d."""
    rows: dict[str, Any] = {
        "a": {"a": 0.5, "b": m.Product(0.1, "rr"), "c": None, "dead": 0.04},
        "b": {"d": None, "dead": m.PerCycle(0.3, (0.6,), (1,)), "a": m.Weibull(1.5, 2.0)},
        "c": {"dead": m.Exponential(0.1), "d": None},
    }
    states = ("a", "b", "c", "d", "dead")
    told = m.markov("chain", rows, 1.0, states=states, start="b", clocks={"dead": "start"})
    first, well = shares(told, rr, 1), 1 - np.exp(-(0.5**1.5))
    assert np.allclose(first, [well, 0, 0, 1 - 0.3 - well, 0.3], rtol=1e-12)
    second = shares(told, rr, 2) - [0, 0, 0, first[3], first[4]]
    assert np.allclose(second, well * np.array([0.5, 0.1 * rr, 0.46 - 0.1 * rr, 0, 0.04]), rtol=1e-12)
    at_first = m.markov("chain", rows, 1.0, states=states, start="c", first="dead")
    assert np.allclose(shares(at_first, rr, 1)[3:], [np.exp(-0.1), 1 - np.exp(-0.1)], rtol=1e-12)
    staying = m.markov("chain", rows, 1.0, states=states, first="dead")
    assert np.allclose(shares(staying, rr, 1), [0.48, 0.096 * rr, 0.96 * (0.5 - 0.1 * rr), 0, 0.04], rtol=1e-12)


def test_clocks_turns_and_starts_are_those_asked_for() -> None:
    start = m.Mixture({"a": 0.5}, "b")
    told = m.markov("x", ROWS, 1.0, start=start, first=("dead",), clocks={"b": "start"}, states=("b", "a", "dead"))
    assert {e.name: (e.priority, e.clock) for e in told.events} == {
        **{"a_b": (0, "start"), "a_dead": (-1, "sojourn")},
        **{"b_a": (0, "sojourn"), "b_dead": (-1, "sojourn")},
    }
    assert told.start == {"state": start} and told.domains[0].levels == ("b", "a", "dead")
    worse = m.Group("worse", ("a_b", "a_dead"))
    assert m.markov("x", ROWS, 1.0, groups=(worse,)).groups[-1] == worse


@pytest.mark.parametrize(
    ("rows", "more", "text"),
    [
        ({"a": {"a": 0.5}}, {}, r"markov x\.rows\[a\]: a is what the others leave"),
        ({"a": {"b": None, "c": None}}, {}, r"markov x\.rows\[a\]: None takes what the others leave; allowed: one"),
        ({"a": {"b": None}}, {"first": "b"}, "allowed: one, that is neither first nor a"),
        ({"a": {"a": None}}, {}, "allowed: one, that is neither first nor a"),
        ({"a": {"a": 0.5, "b": None, "c": m.Exponential(0.1)}}, {}, "the probability to stay in a; allowed: prob"),
        ({"a": (0.5, 0.4)}, {"states": ("a", "b")}, r"markov x\.rows\[a\]: adds to 0\.9; must add to 1, a included"),
        ({"a": (0.5, 0.5)}, {}, r"markov x\.rows\[a\]: .*; must be 1 probabilities, of a"),
        ({"a": (1.5, -0.5)}, {"states": ("a", "b")}, "must be 2 probabilities, of a, b"),
        ({"a": {"b": 0.5}}, {"states": ("a", "c")}, r"markov x\.rows\[a\]: 'b' is unknown; allowed: a, c"),
        ({"a": {"b": 0.5}}, {"first": ("ded",)}, r"markov x\.first: 'ded' is unknown; allowed: a, b"),
        ({"a": {"b": 0.5}}, {"clocks": {"c": "start"}}, r"markov x\.clocks: 'c' is unknown"),
        ({"a": 0.5}, {}, r"markov x\.rows\[a\]: 0\.5; allowed: Mapping, tuple, list"),
        (0.5, {}, r"markov x\.rows: 0\.5; allowed: Mapping, tuple, list"),
        ([(1, 0)], {"states": ("a", "b")}, "1; a matrix has one for each of the states, which are 2"),
        ([(0.5, 0.5)], {}, "1; a matrix has one for each of the states, which are 0"),
        ({"a": {"b": 0.5}}, {"states": "ab"}, r"markov x\.states: 'ab'; allowed: tuple, list"),
        ({"a": {"b": 0.5}}, {"frailtys": ()}, "markov x: 'frailtys' is unknown; allowed: .*did you mean frailties"),
        ({"a": {"b": 0.5}}, {"domains": ()}, "markov x: 'domains' is unknown"),
        ({}, {}, r"markov x\.rows: no state"),
    ],
)
def test_what_is_no_markov_model_is_refused(rows: Any, more: dict[str, Any], text: str) -> None:
    with pytest.raises(m.ModelError, match=text):
        m.markov("x", rows, 1.0, **more)
