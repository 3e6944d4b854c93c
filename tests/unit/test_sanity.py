"""The clinician's table: what is asked of a pathway, in which units, and what is marked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.catalogue import problem, problem_ids
from models.shared.sanity_figures import sanity_figures
from models.shared.sanity_rows import AT_RISK
from parameters import load as load_records
from simulate import load, run
from simulate.analyse.credibility.sanity import KNOWN, Check, chosen, failed, own_sources, sanity
from simulate.present.faces.looks.sanity import NOTHING_KNOWN, face

pytestmark = pytest.mark.usefixtures("solved_once")


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


@pytest.mark.parametrize("name", problem_ids())
def test_five_figures_are_known_from_other_sources(name: str) -> None:
    """Counted without a run: the records that a check would hold against ours, of no source that the model reads."""
    case, known = load(name), load_records([KNOWN])
    own = own_sources(case)
    rows = [chosen(known, f.known, own) for f in sanity_figures(case.problem) if f.known]
    told = [case.parameters[b.parameter] for b in case.problem.breakevens if b.parameter in case.parameters]
    rows += [known[AT_RISK] for r in told if r.unit == "days_difference"]
    independent = sum(r is not None and r.source not in own for r in rows)
    assert independent >= 5


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
    assert told.label in failed(sanity(dear))


def test_nothing_must_be_averted_where_a_service_saves_already() -> None:
    checks = {c.label: c for c in sanity(load("peer_workers_in_place_of_staff"))}
    told = checks["Bed-days averted a person and year, to pay for itself"]
    assert list(told.ours.values()) == [0.0] and not told.surprises


def test_money_of_an_account_stands_beside_what_there_is() -> None:
    found = {c.label: c for c in sanity(load("recovery_college"))}
    cost = found["Cost a person-year, beside that of all care"]
    inflated = 96.11 / 85.30  # 2021/22 to 2023/24
    assert list(cost.ours) == ["recovery_college"]
    assert list(cost.ours.values()) == pytest.approx([387 * inflated / 1.5], rel=0.01)
    stays = found["Stays a person-year that pay for it"]
    assert list(stays.ours.values()) == pytest.approx([387 * inflated / 1.5 / (14_216 * 1.1572)], rel=0.01)
    days = found["Saving claimed a person-year, in bed-days"]
    saving = found["Saving claimed a person-year"].ours["recovery_college"]
    assert list(days.ours.values()) == pytest.approx([saving / (455 * 1.1572)], rel=0.001) and days.high == 28.8
    dear = sanity(load("open_dialogue", changes={"c_open_dialogue": 20_000.0}))
    assert {"Cost a person-year, beside that of all care", "Stays a person-year that pay for it"} <= set(failed(dear))


# A change of one figure of an account, and the row that marks it.
OFF = {
    ("care_support_plus", "p_hospital_before"): (0.6, "Share of time in hospital before"),
    ("care_support_plus", "p_fall_in_hospital"): (0.05, "Bed-days averted a place-year"),
    ("care_support_plus", "c_care_support_plus"): (60_000.0, "Cost of the scheme a place-year"),
    ("care_support_plus", "c_previous_placement"): (5_000.0, "Cost of the placement before, a year"),
    ("debt_advice", "c_debt_advice"): (3_000.0, "Months off sickness benefit a client that pay for it"),
    ("debt_advice", "return_per_pound_debt"): (4.5, "Saving a client, beside what problem debt costs"),
    ("personal_health_budgets", "gain_ascot_phb"): (0.25, "Gain, beside what is lacking"),
    ("personal_health_budgets", "cost_difference_phb"): (
        2_000.0,
        "Difference in cost, beside that of individual budgets",
    ),
    ("team_recovery_implementation_plan", "r_sick_days"): (800.0, "Days of sickness absence a ward-year"),
    ("workplace_wellbeing", "c_workplace_programme"): (100.0, "Days of absence an employee that pay for it"),
    ("workplace_wellbeing", "return_per_pound_workplace"): (4.8, "Saving an employee, in days of absence"),
}


@pytest.mark.parametrize(("name", "parameter"), OFF)
def test_an_accounts_figure_that_is_off_is_marked(name: str, parameter: str) -> None:
    wrong, label = OFF[name, parameter]
    marked = {c.label for c in sanity(load(name, changes={parameter: wrong})) if c.surprises}
    assert label in marked and label not in {c.label for c in sanity(load(name)) if c.surprises}


def test_what_is_brought_is_told_as_the_problem_counts_it() -> None:
    found = {c.label: c for c in sanity(load("care_support_plus"))}
    case = load("care_support_plus")
    names = ("p_hospital_before", "p_fall_in_hospital", "share_real_change")
    before, fall, real = (case.parameters[n].distribution.point for n in names)
    averted = found["Bed-days averted a place-year"].ours
    assert list(averted) == ["care_support_plus"] and averted["care_support_plus"] == pytest.approx(
        365.25 * before * fall * real, rel=0.03
    )  # discounted by half a year


def test_a_course_is_told_whole_and_not_by_the_year() -> None:
    checks = {c.label: c for c in sanity(load("side_by_side_peer_support"))}  # half a year
    assert list(checks["Cost a person"].ours.values()) == pytest.approx([500])
    assert list(checks["Cost a person-year, beside that of all care"].ours.values()) == pytest.approx([1000])


def test_a_source_that_an_assumption_was_made_of_is_one_of_the_models_own() -> None:
    assert {"hfma_2012", "ncl_2025"} <= own_sources(load("open_dialogue"))  # between which the bed-day was assumed
    assert "mcdaid_2017" in own_sources(load("workplace_wellbeing"))
    assert "flood_2008" in own_sources(load("safewards"))  # whose money a ward-year gave the price of a restraint


@pytest.mark.usefixtures("hasty_calibration")
def test_a_ward_is_held_against_violence_and_readmission() -> None:
    case = load("safewards")
    found = {c.label: c for c in sanity(case, people=2000)}
    result = run(case, fixed=True, people=2000)
    (violent, readmitted) = (found["Ever violent, of inpatients"], found["Readmitted within a year"])
    assert (violent.low, violent.high) == pytest.approx((0.17, 0.40))
    assert violent.ours["safewards"] < violent.ours["usual_ward"]
    assert readmitted.ours["usual_ward"] == readmitted.ours["safewards"]  # no programme of a ward touches it
    assert 0 < readmitted.ours["usual_ward"] <= result.event_counts()["admission"][0, 0]


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


@pytest.mark.parametrize("silent", [True, False])
def test_a_check_that_cannot_fail_says_so(silent: bool) -> None:
    case = load("open_dialogue")
    checks = [replace(c, low=None, high=None) if silent else c for c in sanity(case, people=20)]
    text = " ".join(" ".join(face(checks, case).lines()).split())
    assert (NOTHING_KNOWN in text) == silent
