"""Published cohort models in cycles, to the digits that were printed of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest

import models as m
from simulate import load, run
from simulate.ask.case import Case
from simulate.present.faces.run import face
from tests.oracle.chains import LIVING, STATES, chain_of, money, problem_of, ratio

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


def test_draws_are_the_same_one_by_one_and_together() -> None:
    case = hiv()
    together = run(load(case.problem, inline=sampled()), draws=8, seed=3)
    assert together.cost.shape == (8, 2) and np.ptp(together.cost[:, 1]) > 100 and np.ptp(together.cost[:, 0]) == 0
    summary = together.summary()
    assert summary["exact"]["grid_error"] == 0 and summary["unseen"] == []
    told = "\n".join(face(together, which="none").lines())
    assert "naive" not in told and "without any noise of people, since nobody is simulated" in " ".join(told.split())


def sampled() -> dict[str, Any]:
    """The numbers of the HIV model, with its published interval of the ratio."""
    prices = {"c_a": 2756, "c_b": 3052, "c_c": 9007, "c_zdv": 2278, "c_lam": 2086.5}
    told = {"unit": "ratio", "distribution": {"lognormal": {"mean": 0.509, "low": 0.365, "high": 0.71}}}
    return {"rr": told} | {n: money(p) for n, p in prices.items()}
