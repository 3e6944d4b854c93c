"""Joint crisis plans abroad: only the Dutch control arm is fitted, and England's numbers know nothing of it.

At 40,000 people the Monte Carlo standard error of a share is below 0.0025; tolerances are three or more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import models as m
from models.interventions.joint_crisis_plan import BASE, PROBLEM
from models.shared.service_user import DETAINED, SERVICE_USER, VOLUNTARY
from parameters import InputError
from parameters.arrays import Floats
from parameters.units import DAYS_PER_YEAR
from simulate import load, run
from simulate.ask.case import Case
from simulate.engine.statistics import Statistics
from simulate.evaluate.measures import measure
from simulate.present.terminal.layout import plain_console
from simulate.present.terminal.summary import summary_lines
from simulate.result.result import Result

pytestmark = pytest.mark.usefixtures("solved_once")

AVERAGE = (1 + 0.4 + 0.6 * 0.75) / 2  # of the two readings, at the point estimates


@pytest.fixture(scope="module")
def dutch() -> Result:
    return run(load(PROBLEM, "netherlands_2014"), fixed=True, people=40_000)


def test_the_dutch_control_arm_is_met(dutch: Result) -> None:
    ever = dutch.ever()
    assert ever["court_order"][0, 0] == pytest.approx(19 / 73, abs=0.01)
    assert ever["emergency_detention"][0, 0] == pytest.approx(14 / 73, abs=0.01)


def test_the_plan_has_the_english_effect_and_not_the_dutch_one(dutch: Result) -> None:
    """A quarter fewer people detained; the Dutch halved their court orders, and the model does not follow."""
    ever = dutch.ever()
    assert ever["detention"][0, 1] / ever["detention"][0, 0] == pytest.approx(0.75, abs=0.02)
    assert ever["court_order"][0, 1] == pytest.approx(0.26 * 0.71, abs=0.015)
    assert ever["court_order"][0, 1] > 18 / 139 + 0.03
    assert abs(ever["emergency_detention"][0, 1] - 19 / 139) < 0.02
    average = 0.5 * (0.25 + 0.75 * 0.75) + 0.5  # three in four of those admitted are taken to be detained
    assert ever["admission"][0, 1] / ever["admission"][0, 0] == pytest.approx(average, abs=0.02)


def test_every_detention_is_of_one_kind(dutch: Result) -> None:
    counts = dutch.event_counts()
    ours = counts["court_order"] + counts["emergency_detention"]
    assert ours == pytest.approx(counts["detention"]) and (ours > 0).all()


@pytest.mark.usefixtures("hasty_calibration")
def test_england_is_untouched_by_the_dutch_setting() -> None:
    english = replace(PROBLEM, settings=tuple(s for s in PROBLEM.settings if s.pathway is None))
    assert len(english.settings) == len(PROBLEM.settings) - 2  # the Dutch one, and that by ethnicity
    with_it, without = load(PROBLEM), load(english)
    assert with_it.problem.pathway is SERVICE_USER and with_it.names() == without.names()
    ours, theirs = (run(case, draws=8, people=50, method="random") for case in (with_it, without))
    assert np.array_equal(ours.cost, theirs.cost) and np.array_equal(ours.effect, theirs.effect)


# --- Henderson 2004: detained days under the plan are predicted ---------------------------------


def days(case: Case) -> tuple[Floats, Floats]:
    """Detained and voluntary days a person, each [strategies]."""
    result = run(case, fixed=True, people=100_000)
    found = (measure(m.MeanTime(when), result.statistics, result.case.problem)[0] for when in (DETAINED, VOLUNTARY))
    detained, voluntary = (DAYS_PER_YEAR * x for x in found)
    return detained, voluntary


def test_detained_days_under_the_plan_are_predicted_and_its_voluntary_ones_put_in() -> None:
    """31, 5 and the plan's 18 voluntary days fitted; 14 detained published, 13 predicted with the share fitted."""
    detained, voluntary = days(load(PROBLEM, "henderson_2004"))
    assert detained == pytest.approx([31, 13], abs=0.6)
    assert voluntary == pytest.approx([5, 18], abs=0.5)


def test_with_no_day_under_the_plan_fitted_its_voluntary_days_and_its_cost_are_missed() -> None:
    """31 and 5 days fitted; 14 and 18 published for the plan, 13 and 4 predicted, and some £8,700 saved for £1,095."""
    case = load(PROBLEM, "henderson_2004_predicted")
    assert [t.strategy for t in case.setting.targets if isinstance(t.statistic, m.MeanTime)] == ["usual_care"] * 2
    detained, voluntary = days(case)
    assert detained == pytest.approx([31, 13.2], abs=0.6)
    assert voluntary == pytest.approx([5, 3.7], abs=0.5)


# --- two readings of one finding ------------------------------------------------------------------


@pytest.mark.parametrize(("reading", "any_admission", "voluntary"), [(1.0, 0.85, 1.0), (0.0, 1.0, 1.375)])
def test_each_reading_leaves_alone_what_it_says(reading: float, any_admission: float, voluntary: float) -> None:
    case = load(PROBLEM, changes={"reading_voluntary_unchanged": reading})
    result = run(case, fixed=True, people=100_000)
    assert {v.name for v in case.setting.variants}.isdisjoint({"voluntary_unchanged", "combined_unchanged"})
    ever = result.ever()
    never = m.EverButNever("admission_or_detention", "detention")
    alone = measure(never, result.statistics, result.case.problem)[0]
    assert ever["admission"][0, 1] / ever["admission"][0, 0] == pytest.approx(any_admission, abs=0.01)
    assert ever["detention"][0, 1] / ever["detention"][0, 0] == pytest.approx(0.75, abs=0.01)
    assert alone[1] / alone[0] == pytest.approx(voluntary, abs=0.02)


def test_never_has_to_be_part_of_what_is_counted() -> None:
    target = replace(BASE.targets[0], statistic=m.EverButNever("admission", "detention"))
    with pytest.raises(m.ModelError, match=r"conversion of detention is none of admission; allowed: a part of it"):
        replace(PROBLEM, settings=(replace(BASE, targets=(target, *BASE.targets[1:])),))


@pytest.mark.parametrize("weights", [(0.5, 0.6), (-0.5, 1.5), (0.5, "reading_voluntary")])
def test_weights_of_base_cases_are_shares_of_a_whole(weights: tuple[m.Quantity, m.Quantity]) -> None:
    readings = [replace(v, weight=w) for v, w in zip(BASE.variants, weights, strict=False)]
    setting = replace(BASE, variants=(*readings, *BASE.variants[2:]))
    with pytest.raises((m.ModelError, InputError), match=r"weight"):
        load(replace(PROBLEM, settings=(setting, *PROBLEM.settings[1:])))


@pytest.mark.usefixtures("hasty_calibration")
def test_nothing_is_dominated_where_the_outcome_cannot_see_the_benefit() -> None:
    """A dear plan that shortens no time in hospital: by QALYs alone it would be dominated."""
    dear = {"reading_voluntary_unchanged": 0.0, "rr_admission_jcp": 1.2, "c_joint_crisis_plan": 5000.0}
    told = {}
    for loss in (0.0, -0.4):
        result = run(load(PROBLEM, changes={**dear, "u_detained": loss}), fixed=True, people=20_000, effect="qaly")
        summary = result.summary()
        (row,) = summary["incremental"]
        lines = summary_lines(summary, result.case.problem, result.case.parameters, console=plain_console())
        told[loss] = row["verdict"], row["blind_to"], " ".join(" ".join(lines).split())
    assert (
        told[0.0][0] == "costs more, and the outcome does not see being detained" and "dominated by" not in told[0.0][2]
    )
    assert "; the outcome does not see being detained" in told[0.0][2]
    assert told[-0.4][1] == "" and "does not see" not in told[-0.4][2]


@pytest.mark.usefixtures("hasty_calibration")
def test_base_cases_side_by_side_say_what_decides() -> None:
    """Dear enough, the plan costs more under one reading and saves under the other."""
    result = run(load(PROBLEM, changes={"c_joint_crisis_plan": 800.0}), draws=16, people=2_000, variants=True)
    summary = result.summary()
    lines = summary_lines(summary, result.case.problem, result.case.parameters, console=plain_console())
    text = " ".join(" ".join(lines).split())
    weights = {b["name"]: b["weight"] for b in summary["beside"] if b["weight"] is not None}
    assert weights == {"voluntary_unchanged": 0.5, "combined_unchanged": 0.5}
    assert "The evidence bears 2 readings." in text and "(weight 50%)" in text
    assert "They disagree in sign: the choice between them decides, and not chance." in text
    assert "a person spared it" in text  # a percentage point is a hundredth of a person


@pytest.mark.usefixtures("hasty_calibration")
def test_what_a_detention_costs_stands_beside_the_price_of_being_spared_it() -> None:
    result = run(load(PROBLEM), fixed=True, people=5_000)
    one = result.summary()["cost_of_one"]
    days = DAYS_PER_YEAR * measure(m.MeanTime(DETAINED, per="detention"), result.statistics, result.case.problem)[0, 0]
    assert one["days"] == pytest.approx(days) and one["stay"] == pytest.approx(520.0 * days)
    price = {n: float(result.draws.engine(n)[0]) for n in ("c_consultant_hour", "c_amhp_hour", "c_tribunal_panel")}
    hearings = 0.335 * (500.0 + 744.0 + price["c_tribunal_panel"])
    assert one["process"] == pytest.approx(
        3 * price["c_consultant_hour"] + 5 * price["c_amhp_hour"] + hearings, rel=2e-3
    )
    lines = summary_lines(result.summary(), result.case.problem, result.case.parameters, console=plain_console())
    assert "Beside a person spared it: one detention costs £" in " ".join(" ".join(lines).split())
    assert result.value(effect="qaly").summary()["cost_of_one"] is None
    account = run(load(PROBLEM, "trial_costs"), fixed=True, people=500).summary()  # which prices no stay
    assert account["cost_of_one"] is None
    with pytest.raises(m.ModelError, match=r"EffectMeasure x\.takes: is the time that one of `ever` takes"):
        m.EffectMeasure("x", "X", "day", days=DETAINED, takes=DETAINED)


# --- who is detained ------------------------------------------------------------------------------


def test_the_odds_of_ever_being_detained_are_as_published_among_all_service_users() -> None:
    """2.94, Black against White, everybody counted; at 10,000 Black people its logarithm has an error of 0.02."""
    result = run(load(PROBLEM, "ethnicity"), fixed=True, people=100_000, subgroup="ethnicity")
    share = {level: x.per_person(x.ever)[0, 0, x.tracker_index("detention")] for level, x in _levels(result)}
    odds = {level: p / (1 - p) for level, p in share.items()}
    assert odds["black"] / odds["white"] == pytest.approx(2.94, rel=0.07)


def _levels(result: Result) -> list[tuple[str, Statistics]]:
    return list(result.statistics.subgroups.items())


# --- the trial's own costs, and plans that wear off -----------------------------------------------


@pytest.mark.usefixtures("hasty_calibration")
def test_the_trials_own_costs_stand_beside_the_modelled_ones() -> None:
    """£1,095 with a standard error of 3,909 / 1.96 = 1,994: saving with a probability of 0.71, at today's prices."""
    result = run(load(PROBLEM, "trial_costs"), draws=1024, people=2)
    saving = result.cost[:, 0] - result.cost[:, 1]
    today = 96.11 / 57.99  # price index, 2023/24 over 2003/04
    assert [c.name for c in result.case.problem.costs] == ["costs_as_in_trial"]
    assert (saving > 0).mean() == pytest.approx(0.709, abs=0.01)
    assert saving.mean() == pytest.approx(1095 * today, abs=60) and (result.cost[:, 0] == 0).all()
    assert saving.std() == pytest.approx(3909 / 1.96 * today, rel=0.05)
    assert result.options.effect == BASE.effect and "costs_as_in_trial" not in str(load(PROBLEM).problem.costs)


def test_only_costs_that_there_are_can_be_counted() -> None:
    for none in ("nothing", "costs_as_in_trial"):  # of a component that the base case does not have
        settings = (replace(BASE, costs=("bed_days", none)), *PROBLEM.settings[1:])
        with pytest.raises(m.ModelError, match=rf"Setting base.costs: '{none}' is unknown; allowed: "):
            load(replace(PROBLEM, settings=settings))


@pytest.mark.slow
@pytest.mark.usefixtures("hasty_calibration")
def test_a_plan_that_wears_off_averts_detentions_sooner() -> None:
    """As many by 18 months, since that is solved for, but stronger at first."""
    lasting, waning = (run(load(PROBLEM, name), fixed=True, people=20_000) for name in ("base", "waning"))
    ratio = [r.ever()["detention"][0, 1] / r.ever()["detention"][0, 0] for r in (lasting, waning)]
    assert ratio == pytest.approx([0.75, 0.75], abs=0.03)
    assert waning.calibration.value[-1] < lasting.calibration.value[-1] - 0.05
