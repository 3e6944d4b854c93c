"""The clinician's table: what is asked of a pathway, in which units, and what is marked."""

from __future__ import annotations

from typing import Any

import pytest

from models.catalogue import problem, problem_ids
from models.shared.sanity_figures import sanity_figures
from models.shared.sanity_rows import AT_RISK
from parameters import load as load_records
from simulate import load, run
from simulate.analyse.credibility.sanity import KNOWN, Check, chosen, failed, own_sources, sanity


@pytest.mark.usefixtures("hasty_calibration")
def test_figures_of_joint_crisis_plans() -> None:
    case = load("joint_crisis_plan")
    found = {c.label: c for c in sanity(case, people=2000)}
    result = run(case, fixed=True, people=2000)
    stay = found["Mean stay in hospital"]
    assert (stay.low, stay.high) == pytest.approx((29.0, 37.0))
    by_hand = result.days()["bed_days"][0] / result.event_counts()["admission"][0]
    assert list(stay.ours.values()) == pytest.approx(by_hand)
    restraints = found["Restraints per 1,000 bed-days"]
    assert (restraints.low, restraints.high) == pytest.approx((1.0, 8.2))  # hscic_2015 is an input of this problem
    per_day = result.event_counts()["restraint"][0] / result.days()["bed_days"][0]
    assert list(restraints.ours.values()) == pytest.approx(1000 * per_day)
    shares = found["Ever detained, of those ever admitted"].ours
    assert all(0 < x < 1 for x in shares.values())
    cost = next(c for label, c in found.items() if label.startswith("Cost a person-year"))
    assert 10_000 < cost.ours["usual_care"] < 25_000


def test_what_is_known_is_held_against_some_figure_and_nothing_else_is_asked_for() -> None:
    asked = {k for name in problem_ids() for figure in sanity_figures(problem(name)) for k in figure.records}
    assert asked | {AT_RISK} == set(load_records([KNOWN]))


# Problems for which fewer than five figures are known from sources other than their own, and how many are.
FEW = {
    "care_support_plus": 1,
    "debt_advice": 0,
    "health_coaching": 0,
    "no_force_first": 3,
    "open_dialogue": 2,
    "personal_health_budgets": 0,
    "recovery_college": 0,
    "safewards": 3,
    "self_management": 2,
    "shared_decision_making": 2,
    "side_by_side_peer_support": 0,
    "six_core_strategies": 3,
    "team_recovery_implementation_plan": 0,
    "violence_reduction_collaborative": 3,
    "welfare_advice": 2,
    "wellness_recovery_action_plan": 2,
    "workplace_wellbeing": 0,
}


@pytest.mark.parametrize("name", problem_ids())
def test_five_figures_are_known_from_other_sources(name: str) -> None:
    """Counted without a run: the records that a check would hold against ours, of no source that the model reads."""
    case, known = load(name), load_records([KNOWN])
    own = own_sources(case)
    rows = [chosen(known, f.known, own) for f in sanity_figures(case.problem) if f.known]
    told = [case.parameters[b.parameter] for b in case.problem.breakevens if b.parameter in case.parameters]
    rows += [known[AT_RISK] for r in told if r.unit == "days_difference"]
    assert sum(r is not None and r.source not in own for r in rows) >= FEW.get(name, 5)


def test_a_source_of_the_model_is_passed_over() -> None:
    known = load_records([KNOWN])
    two = ("known_detentions", "known_detained_again")
    for own, picked in ((set(), two[0]), ({"thornicroft_2013"}, two[1]), ({"thornicroft_2013", "priebe_2009"}, two[0])):
        found = chosen(known, two, own)
        assert found is not None and found.name == picked
    assert chosen(known, (), set()) is None


def test_a_figure_that_is_off_fails_the_check() -> None:
    usual_off = Check("x", "share", {"usual": 0.3, "new": 0.22}, 0.2, 0.25, "assumption", "")
    new_off = Check("y", "share", {"usual": 0.22, "new": 0.3}, 0.2, 0.25, "assumption", "")
    assert failed([usual_off, new_off]) == ["x"]


def test_what_a_service_must_avert_stands_beside_what_there_is() -> None:
    (told,) = [c for c in sanity(load("open_dialogue")) if c.unit == "days" and c.high]
    assert told.ours["open_dialogue"] == pytest.approx(2500 / 520, rel=0.02) and told.high == pytest.approx(28.8)
    dear = load("open_dialogue", changes={"c_open_dialogue": 20_000.0})  # 38 bed-days, more than anybody has
    assert failed(sanity(dear)) == [told.label]


def test_what_lies_outside_is_marked() -> None:
    check = Check("x", "share", {"a": 0.1, "b": 0.3, "c": 0.2}, 0.2, 0.25, "assumption", "")
    assert check.surprises == ("a", "b")
    assert Check("x", "share", {"a": 0.1}, None, None, None, "").surprises == ()


@pytest.mark.usefixtures("hasty_calibration")
def test_the_command_prints_ours_beside_what_is_known(command: Any) -> None:
    done = command("describe", "joint_crisis_plan", "--check", "--people", 500)
    assert done.code == (1 if "*" in done.out.split("* outside")[0] else 0)
    assert "Restraints per 1,000 bed-days" in done.out and "1 to 8.2" in done.out
    assert "stewart_2009" in done.out
