"""Pathways in cycles against published cohort models, matrices multiplied out, tunnel states and arithmetic."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import models as m
from models.hazards import COUNTED
from parameters import InputError, life_table
from simulate import load, run, trace
from simulate.ask.case import Case
from simulate.present.faces.run import face

STATES = ("a", "b", "c", "dead")
LIVING = STATES[:3]


def money(value: float, unit: str = "GBP_per_year") -> dict[str, Any]:
    return {"unit": unit, "price_year": "2023/24", "distribution": {"fixed": {"value": value}}}


def ratio(value: float) -> dict[str, Any]:
    return {"unit": "ratio", "distribution": {"fixed": {"value": value}}}


def chain_of(
    rows: dict[str, dict[str, m.Quantity]], cycle: m.Cycle, *, clock: m.Clock = "sojourn", **more: Any
) -> m.Pathway:
    """A pathway of one domain, its transitions as printed: from, to, probability in a cycle."""
    events = tuple(
        m.Event(
            f"{here}_{there}",
            m.When(s=here),
            p if isinstance(p, m.PerCycle) else m.PerCycle(p),
            {"s": there},
            clock=clock,
        )
        for here, row in rows.items()
        for there, p in row.items()
    )
    return m.Pathway("chain", (m.Domain("s", STATES, "State", ("dead",)),), events, {"s": "a"}, cycle=cycle, **more)


def problem_of(
    pathway: m.Pathway, horizon: float, *components: m.Component, costs: tuple[m.CostItem, ...] = (), **more: Any
) -> m.DecisionProblem:
    """Usual care beside a strategy of the components; a year in each living state is worth 1."""
    return m.DecisionProblem(
        id="chain",
        label="A chain",
        pathway=pathway,
        strategies=(m.Strategy("usual", "Usual care"), m.Strategy("new", "New", components)),
        settings=(m.Setting("base", "Everybody", horizon=horizon),),
        costs=costs,
        utilities=tuple(m.Utility(m.When(s=s), 1.0) for s in LIVING),
        **more,
    )


ROWS: dict[str, dict[str, m.Quantity]] = {
    "a": {"b": 0.2, "c": 0.1, "dead": 0.05},
    "b": {"a": 0.1, "c": 0.3, "dead": 0.1},
    "c": {"dead": 0.4},
}
MATRIX = np.array([[0.65, 0.2, 0.1, 0.05], [0.1, 0.5, 0.3, 0.1], [0, 0, 0.6, 0.4], [0, 0, 0, 1.0]])


# --- Chancellor 1997, as rebuilt by Briggs, Claxton and Sculpher (2006) -----------------------------


COUNTS = {"a": (1251, 350, 116, 17), "b": (0, 731, 512, 15), "c": (0, 0, 1312, 437)}


def hiv() -> Case:
    """Monotherapy against two years of lamivudine beside it; costs and years counted at the ends of years."""
    rows: dict[str, dict[str, m.Quantity]] = {
        here: {there: n / sum(row) for there, n in zip(STATES, row, strict=True) if n and there != here}
        for here, row in COUNTS.items()
    }
    pathway = chain_of(rows, m.Cycle(1.0, counted="end"))
    both = m.Component(
        "lamivudine", "Lamivudine", tuple(m.Effect(e.name, "risk", "rr", end=2.0) for e in pathway.events), end=2.0
    )
    costs = (
        *(m.CostItem(f"care_{s}", f"Care in {s}", "nhs", m.StateTime(m.When(s=s)), f"c_{s}") for s in LIVING),
        m.CostItem("zdv", "Zidovudine", "nhs", m.StateTime(m.When(s=LIVING)), "c_zdv"),
        m.CostItem("lam", "Lamivudine", "nhs", m.ComponentTime("lamivudine"), "c_lam"),
    )
    problem = problem_of(pathway, 20.0, both, costs=costs, discount_costs=0.06, discount_effects=0.0)
    prices = {"c_a": 1701 + 1055, "c_b": 1774 + 1278, "c_c": 6948 + 2059, "c_zdv": 2278, "c_lam": 2086.5}
    return load(problem, inline={"rr": ratio(0.509)} | {n: money(p) for n, p in prices.items()})


def test_hiv_as_published() -> None:
    """Years 7.991 and 8.937, costs 44,663 and 50,602, and 6,276 a year of life gained: to every printed digit."""
    found = run(hiv(), fixed=True)
    assert [f"{x:.3f}" for x in found.effect[0]] == ["7.991", "8.937"]
    assert [f"{x:.0f}" for x in found.cost[0]] == ["44663", "50602"]
    assert f"{found.summary()['incremental'][0]['icer']:.0f}" == "6276"


# --- Krijkamp 2018: sick and sicker ----------------------------------------------------------------


def sick_sicker(*, counted: Literal["half-cycle", "start", "end", "simpson", "both"]) -> Case:
    """Healthy, sick, sicker, dead, in the names of this file a, b, c, dead; treatment helps the sick alone."""
    death = -math.log(1 - 0.005)
    rows: dict[str, dict[str, m.Quantity]] = {
        "a": {"b": 0.15, "dead": 0.005},
        "b": {"a": 0.5, "c": 0.105, "dead": 1 - math.exp(-3 * death)},
        "c": {"dead": 1 - math.exp(-10 * death)},
    }
    costs = (
        *(m.CostItem(f"care_{s}", f"Care in {s}", "nhs", m.StateTime(m.When(s=s)), f"c_{s}") for s in LIVING),
        m.CostItem("drug", "Drug", "nhs", m.StateTime(m.When(s=("b", "c")), "drug"), "c_drug"),
    )
    better = m.EffectItem(m.StateTime(m.When(s="b"), "drug"), 0.2)
    worth = {"a": 1.0, "b": 0.75, "c": 0.5}
    items = (*(m.EffectItem(m.StateTime(m.When(s=s)), u) for s, u in worth.items()), better)
    problem = replace(
        problem_of(chain_of(rows, m.Cycle(1.0, counted=counted)), 30.0, m.Component("drug", "Drug"), costs=costs),
        effects=(m.EffectMeasure("qaly", "Quality-adjusted life-years", "QALYs", items=items),),
        utilities=(),
        discount_costs=0.03,
        discount_effects=0.03,
    )
    return load(problem, inline={"c_a": money(2000), "c_b": money(4000), "c_c": money(15000), "c_drug": money(12000)})


def test_sick_sicker_as_published() -> None:
    """Counted at all 31 moments; 100,000 people of the tutorial came to 75,976 and 15.839, 141,623 and 16.400.

    Here there are no people; what was printed of theirs is within 0.5% (a standard error of theirs is near 0.2%).
    """
    found = run(sick_sicker(counted="both"), fixed=True)
    step = np.array([[0.845, 0.15, 0, 0.005], [0.5, 0, 0.105, 0], [0, 0, 0, 0], [0, 0, 0, 1.0]])
    death = -math.log(1 - 0.005)
    step[1, 3], step[2, 3] = 1 - math.exp(-3 * death), 1 - math.exp(-10 * death)
    step[1, 1], step[2, 2] = 1 - step[1].sum(), 1 - step[2].sum()
    shares = np.stack([np.linalg.matrix_power(step, k)[0] for k in range(31)])
    factor = 1.03 ** -np.arange(31.0)
    for i, (cost, worth) in enumerate(
        [((2000, 4000, 15000, 0), (1, 0.75, 0.5, 0)), ((2000, 16000, 27000, 0), (1, 0.95, 0.5, 0))]
    ):
        assert found.cost[0, i] == pytest.approx(factor @ shares @ np.array(cost), rel=1e-12)
        assert found.effect[0, i] == pytest.approx(factor @ shares @ np.array(worth), rel=1e-12)
    assert found.cost[0] == pytest.approx([75_976, 141_623], rel=0.005)
    assert found.effect[0] == pytest.approx([15.839, 16.400], rel=0.005)


# --- Briggs, Claxton and Sculpher (2006): total hip replacement ------------------------------------


def hip() -> Case:
    """A woman of 60: a Weibull hazard of revision from the operation on, deaths by age; the old and a new prosthesis.

    Numbers as in hesim's page on inhomogeneous cohort models, which rebuilds the textbook's.
    """
    states = ("primary", "well", "revision", "again", "dead")
    dying = m.PerCycle(0.0067, (0.0193, 0.0535, 0.1548), (4, 14, 24))

    def event(here: str, there: str, hazard: Any) -> m.Event:
        return m.Event(f"{here}_{there}", m.When(s=here), hazard, {"s": there}, clock="start")

    theatre = m.PerCycle(0.0267, (0.0393, 0.0735, 0.1748), (4, 14, 24))
    stays = m.PerCycle(0.9733, (0.9607, 0.9265, 0.8252), (4, 14, 24))
    events = (
        *(event("primary", "well", m.PerCycle(0.98)), event("primary", "dead", m.PerCycle(0.02))),
        *(event("well", "revision", m.WeibullPH("shape", "rate")), event("well", "dead", dying)),
        *(event("revision", "again", stays), event("revision", "dead", theatre)),
        *(event("again", "revision", m.PerCycle(0.04)), event("again", "dead", dying)),
    )
    prosthesis = m.Component("new", "New prosthesis", (m.Effect("well_revision", "hazard", "hr"),))
    problem = m.DecisionProblem(
        id="hip",
        label="Hip replacement",
        pathway=m.Pathway(
            "hip", (m.Domain("s", states, "", ("dead",)),), events, {"s": "primary"}, cycle=m.Cycle(1.0, counted="end")
        ),
        strategies=(
            m.Strategy("standard", "Standard", (m.Component("old", "Standard prosthesis"),)),
            m.Strategy("np1", "New", (prosthesis,)),
        ),
        settings=(m.Setting("base", "Women of 60", horizon=60.0),),
        costs=(
            m.CostItem("old", "Standard prosthesis", "nhs", m.Delivery("old"), "c_old"),
            m.CostItem("new", "New prosthesis", "nhs", m.Delivery("new"), "c_new"),
            m.CostItem("revision", "Revision", "nhs", m.StateTime(m.When(s="revision")), "c_revision"),
        ),
        utilities=tuple(
            m.Utility(m.When(s=s), u) for s, u in (("primary", 0.0), ("well", 0.85), ("revision", 0.3), ("again", 0.75))
        ),
        discount_costs=0.06,
        discount_effects=0.015,
    )
    told = {
        **{"shape": ratio(math.exp(0.3740968)), "rate": ratio(math.exp(-5.490935 - 0.0367022 * 60))},
        **{"hr": ratio(math.exp(-1.344474)), "c_revision": money(5294.0)},
        **{"c_old": money(394.0, "GBP"), "c_new": money(579.0, "GBP")},
    }
    return load(problem, inline=told)


def test_hip_replacement_is_the_textbooks_recursion() -> None:
    """Cycle by cycle by hand: £512 and £610, and 14.65 and 14.70 QALYs, to every digit of the recursion's."""
    found = run(hip(), fixed=True)
    shape, rate = math.exp(0.3740968), math.exp(-5.490935 - 0.0367022 * 60)
    for i, (ratio_, price) in enumerate([(1.0, 394.0), (math.exp(-1.344474), 579.0)]):
        x, cost, worth = np.array([1.0, 0, 0, 0]), price, 0.0
        for t in range(1, 61):
            dies = 0.0067 if 60 + t < 65 else 0.0193 if 60 + t < 75 else 0.0535 if 60 + t < 85 else 0.1548
            fails = 1 - math.exp(rate * ratio_ * ((t - 1) ** shape - t**shape))
            x = np.array(
                [
                    0.0,
                    0.98 * x[0] + (1 - fails - dies) * x[1],
                    fails * x[1] + 0.04 * x[3],
                    (1 - 0.02 - dies) * x[2] + (1 - 0.04 - dies) * x[3],
                ]
            )
            cost += 5294 * float(x[2]) / 1.06**t
            worth += float(x @ [0, 0.85, 0.3, 0.75]) / 1.015**t
        assert found.cost[0, i] == pytest.approx(cost, rel=1e-12)
        assert found.effect[0, i] == pytest.approx(worth, rel=1e-12)
    assert [f"{x:.0f}" for x in found.cost[0]] == ["512", "610"]
    assert [f"{x:.2f}" for x in found.effect[0]] == ["14.65", "14.70"]


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


@pytest.mark.parametrize(("counted", "length"), [*itertools.product(COUNTED, (1.0, 1 / 12))])
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
    for hazard in (m.WeibullPH(1.5, 0.3), m.PerCycle(typed[0], tuple(typed[1:]), tuple(range(1, 9)))):
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


def test_draws_are_the_same_one_by_one_and_together() -> None:
    case = hiv()
    together = run(load(case.problem, inline=sampled()), draws=8, seed=3)
    assert together.cost.shape == (8, 2) and np.ptp(together.cost[:, 1]) > 100 and np.ptp(together.cost[:, 0]) == 0
    summary = together.summary()
    assert summary["exact"]["grid_error"] == 0 and summary["unseen"] == []
    told = "\n".join(face(together, which="none").lines())
    assert "naive" not in told and "there is no noise of people in them" in " ".join(told.split())


def sampled() -> dict[str, Any]:
    """The numbers of the HIV model, with its published interval of the ratio."""
    prices = {"c_a": 2756, "c_b": 3052, "c_c": 9007, "c_zdv": 2278, "c_lam": 2086.5}
    told = {"unit": "ratio", "distribution": {"lognormal": {"mean": 0.509, "low": 0.365, "high": 0.71}}}
    return {"rr": told} | {n: money(p) for n, p in prices.items()}


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "horizon", "cycle", "text"),
    [
        ({"a": {"b": 0.7, "dead": 0.4}}, 5.0, m.Cycle(1.0), "leaving s a add to 1.1 in cycle 1 of draw 0; at most 1"),
        ({"a": {"b": 0.7}}, 5.5, m.Cycle(1.0), "5.5 years are 5.5 cycles of 1; allowed: a whole number"),
        ({"a": {"b": 0.7}}, 5.0, m.Cycle(1.0, counted="simpson"), "5 cycles; Simpson's rule takes an even number"),
        ({"a": {"b": 1.7}}, 5.0, m.Cycle(1.0), "1.7"),
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
