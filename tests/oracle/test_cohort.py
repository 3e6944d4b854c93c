"""Pathways in cycles against matrices multiplied out, tunnel states and arithmetic; what is refused of them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

import models as m
from models.hazards import Counted
from parameters import InputError, life_table
from simulate import load, run, trace
from simulate.engine.memory import ResourceError
from simulate.present.english.model import describe
from tests.oracle.chains import chain_of, problem_of, ratio

ROWS: dict[str, dict[str, m.Quantity]] = {
    "a": {"b": 0.2, "c": 0.1, "dead": 0.05},
    "b": {"a": 0.1, "c": 0.3, "dead": 0.1},
    "c": {"dead": 0.4},
}
MATRIX = np.array([[0.65, 0.2, 0.1, 0.05], [0.1, 0.5, 0.3, 0.1], [0, 0, 0.6, 0.4], [0, 0, 0, 1.0]])


# --- arithmetic -----------------------------------------------------------------------------------


def weights_of(counted: str, n: int) -> np.ndarray:
    """Cycles that each moment from 0 to `n` counts for, by hand."""
    out = np.ones(n + 1)
    if counted == "start":
        out[-1] = 0
    elif counted == "end":
        out[0] = 0
    elif counted == "half-cycle":
        out[0] = out[-1] = 0.5
    elif counted == "simpson":
        out = np.array([1.0, *([4.0, 2.0] * (n // 2))[: n - 1], 1.0]) / 3
    return out


@pytest.mark.parametrize(("counted", "length"), [*itertools.product(get_args(Counted), (1.0, 1 / 12))])
def test_time_is_counted_as_matrices_multiplied_out_say(counted: Any, length: float) -> None:
    n = 24
    case = load(problem_of(chain_of(ROWS, m.Cycle(length, counted=counted)), n * length, discount_effects=0.05))
    found = run(case, fixed=True).statistics
    shares = np.stack([np.linalg.matrix_power(MATRIX, k)[0] for k in range(n + 1)])
    moments = length * np.arange(n + 1)
    for row, rate in ((0, 0.0), (2, 0.05)):
        wanted = (weights_of(counted, n) * length * (1 + rate) ** -moments) @ shares
        assert np.allclose(found.per_person(found.time)[0, 0, row], wanted, rtol=1e-12)


def test_events_are_counted_from_the_end_or_the_start_of_their_cycle() -> None:
    shares = np.stack([np.linalg.matrix_power(MATRIX, k)[0] for k in range(10)])
    for events, ahead in (("end", 1), ("start", 0)):
        cycle = m.Cycle(1.0, events=events)  # type: ignore[arg-type]
        found = run(load(problem_of(chain_of(ROWS, cycle), 10.0, discount_effects=0.04)), fixed=True).statistics
        k = found.outcomes.index("a_b")
        mine = found.per_person(found.count)[0, 0, :, k]
        assert mine[0] == pytest.approx(0.2 * shares[:, 0].sum(), rel=1e-12)
        assert mine[2] == pytest.approx(0.2 * shares[:, 0] @ 1.04 ** -(np.arange(10.0) + ahead), rel=1e-12)


def test_weights_of_ones_own_stand_for_every_named_correction() -> None:
    """Typed in, each of them is itself to the bit; and an event weighs what time does at its end."""
    for counted in get_args(Counted):
        named, typed = (
            run(load(problem_of(chain_of(ROWS, m.Cycle(0.5, counted=c)), 2.0)), fixed=True).statistics.time
            for c in (counted, tuple(weights_of(counted, 4)))
        )
        assert np.array_equal(named, typed)
    part = m.Component("part", "Part", start=0.7, end=1.6)  # which covers parts of cycles
    exposed = [
        run(load(problem_of(chain_of(ROWS, m.Cycle(0.5, counted=c)), 2.0, part)), fixed=True).statistics.exposure
        for c in ("half-cycle", tuple(weights_of("half-cycle", 4)))
    ]
    assert np.array_equal(exposed[0], exposed[1]) and exposed[0].any()
    cycle = m.Cycle(1.0, counted=(0.0, 2.0, 0.5, 0.0), events="counted")
    found = run(load(problem_of(chain_of(ROWS, cycle), 3.0, discount_effects=0.04)), fixed=True).statistics
    shares = np.stack([np.linalg.matrix_power(MATRIX, k)[0] for k in range(3)])
    mine = found.per_person(found.count)[0, 0, :, found.outcomes.index("a_b")]
    assert mine[0] == pytest.approx(0.2 * shares[:, 0].sum(), rel=1e-12)  # as often as it happens
    assert mine[2] == pytest.approx(0.2 * shares[:, 0] @ [2.0 / 1.04, 0.5 / 1.04**2, 0.0], rel=1e-12)


def test_what_comes_first_in_a_cycle_leaves_the_rest_to_those_who_are_left() -> None:
    """Deaths first, then b and c together, then d: probabilities among those left, by hand for two cycles."""

    def event(there: str, p: float, priority: int) -> m.Event:
        return m.Event(f"a_{there}", m.When(s="a"), m.PerCycle(p), {"s": there}, priority=priority)

    states = ("a", "b", "c", "d", "dead")
    events = (event("b", 0.5, 2), event("dead", 0.1, -1), event("c", 0.2, 2), event("d", 0.9, 7))
    chain = replace(chain_of({}, m.Cycle(1.0)), domains=(m.Domain("s", states, "State", ("dead",)),), events=events)
    case = load(replace(problem_of(chain, 2.0), utilities=(m.Utility(m.When(), 1.0),)))
    found = run(case, fixed=True).statistics
    step = np.array([0.9 * 0.3 * 0.1, 0.9 * 0.5, 0.9 * 0.2, 0.9 * 0.3 * 0.9, 0.1])
    assert step.sum() == pytest.approx(1.0)
    last = found.occupancy[0, 0, -1] / found.people.sum()
    assert np.allclose(last, [step[0] ** 2, *(step[1:] * (1 + step[0]))], rtol=1e-12)
    text = " ".join(describe(case.problem, case.setting, case.parameters).split())
    assert "these come first: a dead. Those to whom nothing has happened so far may have a b and a c; then a d." in text
    with pytest.raises(ValueError, match=r"leaving s a add to 1\.1 in cycle 1"):
        crowded = replace(chain, events=(event("dead", 0.1, -1), event("b", 0.9, 0), event("c", 0.2, 0)))
        run(load(replace(problem_of(crowded, 2.0), utilities=(m.Utility(m.When(), 1.0),))), fixed=True)


def test_ever_and_time_to_first_are_those_of_a_chain_that_ends_there() -> None:
    """Ever in b: where b absorbs; a group of two events likewise. Nobody is in two batches."""
    pathway = chain_of(ROWS, m.Cycle(1.0), groups=(m.Group("worse", ("a_b", "a_c")),))
    found = run(load(problem_of(pathway, 8.0)), fixed=True).statistics
    ends = MATRIX.copy()
    ends[1] = [0, 1, 0, 0]
    left = [1 - np.linalg.matrix_power(ends, k)[0, 1] for k in range(9)]
    at = found.trackers.index("a_b")
    assert found.ever[0, 0].sum(axis=0)[at] / found.people.sum() == pytest.approx(1 - left[8], rel=1e-12)
    assert found.first[0, 0].sum(axis=0)[at] / found.people.sum() == pytest.approx(sum(left[:8]), rel=1e-12)
    worse = found.ever[0, 0].sum(axis=0)[found.trackers.index("worse")] / found.people.sum()
    assert worse == pytest.approx(0.3 / 0.35 * (1 - 0.65**8), rel=1e-12)
    assert np.array_equal(found.time[:, :, 0], found.time[:, :, 1])


def test_probabilities_by_time_in_state_are_those_of_tunnels() -> None:
    """Out of b with 0.5, then 0.2, then 0.1 a cycle: as with b in three states, entered again from the first."""
    rows: dict[str, dict[str, m.Quantity]] = {
        "a": {"b": 0.3},
        "b": {"a": m.PerCycle(0.5, (0.2, 0.1), (1, 2)), "dead": 0.05},  # type: ignore[dict-item]
    }
    case = load(problem_of(chain_of(rows, m.Cycle(1.0, counted="start")), 12.0, discount_effects=0.0))
    found = run(case, fixed=True).statistics
    tunnels = np.zeros((5, 5))  # a, b first, b second, b later, dead
    tunnels[0, [0, 1]] = 0.7, 0.3
    for here, stays, p in ((1, 2, 0.5), (2, 3, 0.2), (3, 3, 0.1)):
        tunnels[here, [0, 4, stays]] = p, 0.05, 1 - 0.05 - p
    tunnels[4, 4] = 1.0
    years = sum(np.linalg.matrix_power(tunnels, k)[0] for k in range(12))
    assert np.allclose(found.per_person(found.time)[0, 0, 0], [years[0], years[1:4].sum(), 0, years[4]], rtol=1e-12)


@pytest.mark.parametrize("clock", ["sojourn", "start"])
def test_a_hazard_in_cycles_is_what_it_sums_to(clock: Any) -> None:
    """A Weibull by time in state, entered again and again, or since entry; as probabilities typed in cycle by cycle."""
    typed = [1 - math.exp(-0.3 * ((k + 1) ** 1.5 - k**1.5)) for k in range(9)]
    found = []
    in_steps = m.PiecewiseConstant(tuple(map(float, range(9))), tuple(-math.log(1 - p) for p in typed))
    for hazard in (m.WeibullPH(1.5, 0.3), m.PerCycle(typed[0], tuple(typed[1:]), tuple(range(1, 9))), in_steps):
        rows: Any = {"a": {"b": 0.4}, "b": {"a": 0.2}}
        chain = chain_of(rows, m.Cycle(1.0))
        dies = m.Event("dies", m.When(s="b"), hazard, {"s": "c"}, clock=clock)
        again = m.Event("again", m.When(s="c"), m.PerCycle(0.5), {"s": "b"})
        case = load(problem_of(replace(chain, events=(*chain.events[:1], dies, again)), 9.0))
        found.append(run(case, fixed=True).statistics)
    assert np.allclose(found[0].time, found[1].time, rtol=1e-12) and found[0].count.min() >= 0
    assert np.allclose(found[0].ever, found[1].ever, rtol=1e-12) and found[0].ever.max() > 0.5


def test_probabilities_by_cycle_and_by_age() -> None:
    """On the clock from entry 0.1, from the fourth cycle on 0.4; and a life table's years multiplied out."""
    rows: dict[str, dict[str, m.Quantity]] = {"a": {"dead": m.PerCycle(0.1, (0.4,), (3,))}}  # type: ignore[dict-item]
    found = run(load(problem_of(chain_of(rows, m.Cycle(1.0), clock="start"), 6.0)), fixed=True).statistics
    assert found.occupancy[0, 0, -1, 0] / found.people.sum() == pytest.approx(0.9**3 * 0.6**3, rel=1e-12)
    dies = m.Event("dies", m.When(s="a"), m.LifeTable("life_table_uk", "female_qx", 2.0), {"s": "dead"}, clock="age")
    pathway = replace(
        chain_of({}, m.Cycle(0.5)),
        events=(dies,),
        characteristics=(m.Characteristic("age", m.Numeric("normal", 60.0, 0.0)),),
    )
    found = run(load(problem_of(pathway, 10.0)), fixed=True).statistics
    ages, yearly = life_table("life_table_uk", "female_qx")
    alive = np.prod([1 - q for age, q in zip(ages, yearly, strict=True) if 60 <= age < 70]) ** 2
    assert found.occupancy[0, 0, -1, 0] / found.people.sum() == pytest.approx(alive, rel=1e-12)


@pytest.mark.parametrize(("how", "wanted"), [("risk", 0.2 * 0.5), ("hazard", 1 - 0.8**0.5), ("odds", 0.125 / 1.125)])
def test_what_a_strategy_does_to_a_probability(how: Any, wanted: float) -> None:
    """Half as much for half the people in the third and fourth cycle; what is delivered and for how long, too."""
    effect = m.Effect("a_dead", how, "half", start=2.0)
    part = m.Component("drug", "Drug", (effect,), uptake=0.5, start=2.0, end=4.0)
    case = load(problem_of(chain_of({"a": {"dead": 0.2}}, m.Cycle(1.0)), 5.0, part), inline={"half": ratio(0.5)})
    found = run(case, fixed=True).statistics
    alive = found.occupancy[0, :, -1, 0] / found.people.sum()
    assert alive == pytest.approx([0.8**5, 0.8**2 * (0.8**3 + (1 - wanted) ** 2 * 0.8) / 2], rel=1e-12)
    given = found.per_person(found.delivered)[0, 1, 0, 0]
    assert given == pytest.approx(0.5 * 0.8**2, rel=1e-12)


def test_a_strategy_with_probabilities_of_its_own() -> None:
    """Given under one strategy alone, as a matrix of its own would be; the other keeps its own bits."""
    pathway = chain_of({"a": {"b": "p"}, "b": {"dead": 0.3}}, m.Cycle(1.0, counted="end"))
    problem = problem_of(pathway, 5.0, discount_effects=0.0)
    other = replace(problem, strategies=(problem.strategies[0], m.Strategy("new", "New", given={"p": 0.05})))
    numbers = {"p": {"unit": "probability", "distribution": {"fixed": {"value": 0.2}}}}
    plain, apart = (run(load(x, inline=numbers), fixed=True) for x in (problem, other))
    assert plain.effect[0, 0] == plain.effect[0, 1] == apart.effect[0, 0]
    step = np.array([[0.95, 0.05, 0], [0, 0.7, 0.3], [0, 0, 1]])
    wanted = sum(np.linalg.matrix_power(step, k)[0, :2].sum() for k in range(1, 6))
    assert apart.effect[0, 1] == pytest.approx(wanted, rel=1e-12)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "horizon", "cycle", "text"),
    [
        ({"a": {"b": 0.7, "dead": 0.4}}, 5.0, m.Cycle(1.0), "leaving s a add to 1.1 in cycle 1 of draw 0; at most 1"),
        ({"a": {"b": 0.7}}, 5.5, m.Cycle(1.0), "5.5 years are 5.5 cycles of 1; allowed: a whole number"),
        ({"a": {"b": 0.7}}, 5.0, m.Cycle(1.0, counted="simpson"), "5 cycles; Simpson's rule takes an even number"),
        ({"a": {"b": 1.7}}, 5.0, m.Cycle(1.0), "1.7"),
        ({"a": {"b": 0.7}}, 5.0, m.Cycle(1.0, counted=(1.0,) * 5), "5 weights; must be 6, one a moment of 5 cycles"),
    ],
)
def test_what_no_cohort_can_be_is_refused(rows: Any, horizon: float, cycle: m.Cycle, text: str) -> None:
    with pytest.raises(ValueError, match=text.replace("(", r"\(")):
        run(load(problem_of(chain_of(rows, cycle), horizon)), fixed=True)


def test_what_does_not_belong_together_is_refused_at_once() -> None:
    chain = chain_of(ROWS, m.Cycle(1.0))
    with pytest.raises(m.ModelError, match="PerCycle; allowed: a hazard; PerCycle stands in a pathway with a cycle"):
        problem_of(replace(chain, cycle=None), 5.0)
    fast = replace(chain, events=(m.Event("x", m.When(s="a"), m.FixedTime(0.1), {"s": "b"}),))
    with pytest.raises(m.ModelError, match="FixedTime; allowed: PerCycle, or a hazard but FixedTime"):
        problem_of(fast, 5.0)
    with pytest.raises(m.ModelError, match="no clock to slow in cycles"):
        problem_of(chain, 5.0, m.Component("x", "X", (m.Effect("a_b", "time", 2.0),)))
    with pytest.raises(m.ModelError, match=r"Cycle.counted: 'middle'; allowed: half-cycle"):
        m.Cycle(1.0, counted="middle")  # type: ignore[arg-type]
    with pytest.raises(m.ModelError, match=r"PerCycle\.starts: must rise from 1"):
        m.PerCycle(0.1, (0.2, 0.3), (2, 2))


def test_what_tells_of_single_people_is_refused_of_a_cohort() -> None:
    case = load(problem_of(chain_of(ROWS, m.Cycle(1.0)), 5.0))
    for wish in ({"by_year": True}, {"persons": True}, {"rng": "philox"}):
        with pytest.raises(m.ModelError, match="a pathway in cycles: expected values are those of everybody"):
            run(case, draws=2, **wish)
    with pytest.raises(m.ModelError, match="nothing happens to single people in a cohort in cycles"):
        trace(case)
    with pytest.raises(m.ModelError, match="no Monte Carlo error of people"):
        run(case, draws=2, until_mcse="5")


def test_a_life_table_of_ones_own_is_that_of_its_file_when_it_was_read(tmp_path: Path) -> None:
    """In cycles and simulated, with the same name and other contents: never what was read before."""
    file = tmp_path / "mine.csv"
    dead = []
    for q in (0.1, 0.3):
        file.write_text(f"age,qx\n0,{q}\n1,{q}\n", encoding="utf-8")
        dies = m.Event("dies", m.When(s="a"), m.LifeTable.read(file, "qx"), {"s": "dead"}, clock="age")
        age = m.Characteristic("age", m.Numeric("normal", 40.0, 0.0))
        pathway = replace(chain_of({}, m.Cycle(1.0)), events=(dies,), characteristics=(age,))
        found = run(load(problem_of(pathway, 2.0)), fixed=True).statistics
        assert found.occupancy[0, 0, -1, 0] / found.people.sum() == pytest.approx((1 - q) ** 2, rel=1e-12)
        simulated = run(load(problem_of(replace(pathway, cycle=None), 2.0)), fixed=True, people=4000).statistics
        dead.append(simulated.ever[0, 0].sum() / 4000)
        assert abs(dead[-1] - (1 - (1 - q) ** 2)) < 4 * math.sqrt(0.25 / 4000)
    with pytest.raises(InputError, match=r"LifeTable.read\(path, column\)"):
        run(
            load(problem_of(replace(pathway, events=(replace(dies, hazard=m.LifeTable(str(file), "qx")),)), 2.0)),
            fixed=True,
        )
    with pytest.raises(InputError, match="ages must rise from 0"):
        file.write_text("age,qx\n1,0.1\n", encoding="utf-8")
        m.LifeTable.read(file, "qx")


def test_a_cohort_that_does_not_fit_is_refused_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """100,000 cycles of 10,000 draws are some 200 GB; 10 are none."""
    chain = chain_of({"a": {"b": 0.001}}, m.Cycle(0.001))
    monkeypatch.setattr("simulate.engine.memory.available", lambda: 2**33)
    with pytest.raises(ResourceError, match="fewer draws, or for longer cycles"):
        run(load(problem_of(chain, 100.0)), draws=8192)
