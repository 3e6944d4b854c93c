"""What a problem declares and nothing would ever count, or nobody could tell apart, is refused with a way out."""

from __future__ import annotations

import math
from typing import Any

import pytest

import models as m
from models.catalogue import problem, problem_ids
from models.states import check_reached
from parameters import InputError
from parameters import inline as given_inline
from simulate import load, run
from simulate.ask.misuse import far_ratios

HEALTH = m.Domain("health", ("well", "ill", "dead"), absorbing=("dead",))
WELL, ILL = m.When(health="well"), m.When(health="ill")
NEVER = m.Event("falls_ill", WELL, m.Exponential(1e-9), {"health": "ill"})
IN_CYCLES = m.Event("falls_ill", WELL, m.PerCycle(1e-12), {"health": "ill"})
TREATED = m.StateTime(WELL, "drug")


def treated(basis: Any, drug: m.Component | None = None, in_cycles: bool = False, **more: Any) -> m.DecisionProblem:
    pathway = m.Pathway("small", (HEALTH,), (IN_CYCLES if in_cycles else NEVER,), {"health": "well"})
    if in_cycles:
        pathway = m.Pathway("small", (HEALTH,), (IN_CYCLES,), {"health": "well"}, cycle=m.Cycle(0.01))
    drug = drug or m.Component("drug", "Drug", end=2.0)
    given: dict[str, Any] = {
        "id": "treated",
        "label": "Treated",
        "pathway": pathway,
        "strategies": (m.Strategy("usual", "Usual"), m.Strategy("drug", "Drug", (drug,))),
        "settings": (m.Setting("base", "Base", horizon=10.0, effect="years"),),
        "costs": (m.CostItem("drug", "Drug", "nhs", basis, 1000.0),),
        "effects": (m.EffectMeasure("years", "Years well", "year", years=WELL),),
        "discount_costs": math.expm1(0.1),
    }
    return m.DecisionProblem(**{**given, **more})


@pytest.mark.parametrize(
    ("drug", "told"),
    [
        (m.Component("drug", "Drug", end=2.0), "end 2.0"),
        (m.Component("drug", "Drug", start="begins"), "start begins"),
        (m.Component("drug", "Drug", uptake=0.5), "uptake 0.5"),
        (m.Component("drug", "Drug", uptake="p", start=1.0, end=2.0), "uptake p, start 1.0, end 2.0"),
    ],
)
def test_time_in_states_under_a_part_of_a_component_is_refused(drug: m.Component, told: str) -> None:
    with pytest.raises(
        m.ModelError, match=f"CostItem drug.basis: StateTime under drug, .* has {told}, .*ComponentTime"
    ):
        treated(TREATED, drug)
    worth = m.EffectMeasure("years", "Years", "year", items=(m.EffectItem(TREATED, 0.5),))
    with pytest.raises(m.ModelError, match=f"EffectMeasure years.items: basis: StateTime under drug, .* has {told}"):
        treated(m.Delivery("drug"), drug, effects=(worth,))


@pytest.mark.parametrize("in_cycles", [False, True])
def test_what_it_says_to_use_instead_ends_with_the_component(in_cycles: bool) -> None:
    result = run(load(treated(m.ComponentTime("drug"), in_cycles=in_cycles)), fixed=True, exact=True)
    assert result.cost[0, 1] == pytest.approx(1000 * (1 - math.exp(-0.2)) / 0.1, rel=2e-3)


def test_throughout_it_is_taken() -> None:
    result = run(load(treated(TREATED, m.Component("drug", "Drug"))), fixed=True, exact=True)
    assert result.cost[0].tolist() == pytest.approx([0.0, 1000 * (1 - math.exp(-1.0)) / 0.1], rel=1e-6)


def test_an_item_of_effect_is_of_states_and_components_that_there_are() -> None:
    for basis in (m.StateTime(m.When(health="hale")), m.ComponentTime("drog")):
        worth = m.EffectMeasure("years", "Years", "year", items=(m.EffectItem(basis, 0.5),))
        with pytest.raises(m.ModelError, match=r"EffectMeasure years.items: basis.*(hale|drog)"):
            treated(m.Delivery("drug"), effects=(worth,))


LEVELS = (m.Utility(WELL, 0.8), m.Utility(ILL, 0.5))


def valued(*utilities: m.Utility) -> m.DecisionProblem:
    qaly = m.EffectMeasure("qaly", "QALYs", "QALY")
    settings = (m.Setting("base", "Base", horizon=10.0, effect="qaly"),)
    return treated(m.Delivery("drug"), utilities=utilities, effects=(qaly,), settings=settings)


@pytest.mark.parametrize("late", [m.Utility(WELL, 0.7), m.Utility(m.When(health=("well", "ill")), 0.7)])
def test_a_level_that_is_never_reached_is_refused(late: m.Utility) -> None:
    told = "treated.utilities: the level 0.7 where .* is never reached: .* 0.[58] where .* stands before it"
    with pytest.raises(m.ModelError, match=told):
        load(valued(*LEVELS, late))


@pytest.mark.parametrize(
    "more",
    [
        (m.Utility(m.When(health="dead"), 0.0),),
        (m.Utility(WELL, 0.1, role="gain"), m.Utility(WELL, 0.2, role="gain")),
    ],
)
def test_levels_of_no_living_state_and_gains_are_taken(more: tuple[m.Utility, ...]) -> None:
    load(valued(*LEVELS, *more))
    load(valued(m.Utility(WELL, 0.8), m.Utility(m.When(), 0.5), m.Utility(m.When(health="dead"), 0.0)))


@pytest.mark.parametrize("label", ["Drug", "drug ", "DR UG"])
def test_two_strategies_of_one_label_are_refused(label: str) -> None:
    strategies = (m.Strategy("usual", label), m.Strategy("drug", "Drug", (m.Component("drug", "Drug"),)))
    with pytest.raises(m.ModelError, match="strategies: usual and drug are both called 'Drug'"):
        treated(m.Delivery("drug"), strategies=strategies)


def test_all_of_the_catalogue_is_reached() -> None:
    for name in problem_ids():
        check_reached(problem(name))


FIXED = {"unit": "ratio", "distribution": {"fixed": {"value": 1.0}}, "source": "assumption"}


@pytest.mark.parametrize(
    ("status", "more", "is_taken"),
    [
        ("published", {"note": "Read."}, False),
        ("derived", {"note": "Half of what smith_2020 printed."}, True),
        ("assumed", {"note": "Nobody knows."}, True),
    ],
)
def test_what_is_assumed_never_passes_as_published(status: str, more: dict[str, Any], is_taken: bool) -> None:
    record = {**FIXED, "status": status, **more}
    if is_taken:
        assert given_inline({"rr": record})["rr"].status == status
        return
    with pytest.raises(InputError, match=f"rr.status: {status}, and the source is an assumption; allowed: assumed"):
        given_inline({"rr": record})
    computed = {**{k: v for k, v in record.items() if k != "distribution"}, "value": "2 * b", "status": "derived"}
    assert given_inline({"rr": computed, "b": {**FIXED, "status": "assumed", "note": "A."}})["rr"].status == "derived"


@pytest.mark.parametrize(
    ("ratio", "is_told"), [(70.0, True), (0.007, True), (0.7, False), (20.0, False), (0.05, False)]
)
def test_a_ratio_typed_as_a_percentage_is_noted(ratio: float, is_told: bool) -> None:
    drug = m.Component("drug", "Drug", (m.Effect("falls_ill", "hazard", ratio),))
    case = load(treated(m.Delivery("drug"), drug))
    told = [*far_ratios(case.problem, case.setting, case.parameters)]
    assert len(told) == is_told
    assert not told or f"a hazard ratio of {ratio:g}, beyond 0.05 to 20" in told[0]
