"""What an account is told for, and what its intervals leave out."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest

from models.catalogue import problem, problem_ids
from simulate import load, run
from simulate.analyse.impact import Population, impact
from simulate.ask.case import Case
from simulate.evaluate.valuation import cost_by_item
from simulate.present.english.numbers import AT_LEAST, NARROW
from simulate.present.faces.impact import face
from simulate.present.terminal.summary import summary_lines
from simulate.result.judgement import A_SCENARIO, NOT_ANSWERABLE

pytestmark = pytest.mark.usefixtures("solved_once")

ACCOUNTS = [(i, s.name) for i in problem_ids() if not problem(i).pathway.events for s in problem(i).settings]


@functools.cache
def found(name: str, setting: str) -> Any:
    return run(load(name, setting), draws=16, people=2)


def text_of(result: Any) -> str:
    return re.sub(r"\s+", " ", " ".join(summary_lines(result.summary(), result.case.problem, result.case.parameters)))


@pytest.mark.parametrize(("name", "setting"), ACCOUNTS)
def test_an_interval_without_what_nobody_measured_says_so(name: str, setting: str) -> None:
    """Beside "not answerable" no interval stands as if it were all that is not known."""
    result = found(name, setting)
    summary, said = result.summary(), text_of(result)
    guessed = [r for r in summary["incremental"] if r["verdict"].startswith((NOT_ANSWERABLE, A_SCENARIO))]
    assert {r["strategy"] for r in guessed} <= {*summary["withheld"]["narrow"]}
    assert (AT_LEAST in said) == (NARROW in said) == bool(guessed)
    assert said.count(AT_LEAST) >= 2 * len(guessed)  # of its cost and of the difference


def test_the_comparator_too_says_what_its_interval_leaves_out() -> None:
    """What everybody costs is nobody's measurement there, whether the fall is claimed or not."""
    for setting in ("six_months", "published_9_months"):
        kept = found("side_by_side_peer_support", setting).withheld
        assert kept.narrow == ("usual_care", "side_by_side_peer_support") and kept.strategies == kept.narrow[1:]


@pytest.mark.parametrize(("name", "setting"), ACCOUNTS)
def test_an_account_is_told_for_what_it_counts(name: str, setting: str) -> None:
    case: Case = found(name, setting).case
    assert f"£ per {case.each}" in text_of(found(name, setting)) and "people each" not in text_of(found(name, setting))
    if case.each != "person":
        assert "per person" not in text_of(found(name, setting))
    assert (case.each == "pound spent") == ("c_one_pound" in case.setting.given.values())
    units = {case.parameters[p].unit for p in case.names()}
    assert ("per_ward_year" in units) == (case.each == "ward")


def test_no_month_says_how_probable_a_guess_is_to_have_paid_back() -> None:
    result = run(load("welfare_advice"), draws=64, people=10)
    told = impact(result, Population(per_year=10.0, uptake=(1.0,)))
    assert np.isnan(told.months[["p_even_or_saved", "p_paid_back"]]).all(axis=None)
    assert NARROW in [*face(told).lines()]


def test_time_in_hospital_is_never_less_than_none() -> None:
    """What a scheme averts is a share of what there was, in every draw."""
    result = run(load("care_support_plus", "regression_25"), draws=256, people=2)
    items = cost_by_item(result.case.problem, result.draws, result.statistics)
    assert (items["hospital"] + items["hospital_averted"]).min() > 0.0


def test_what_a_perspective_leaves_out_is_told() -> None:
    """Delivery that nobody counts does not come out free: one line says what is spent beside."""
    inside = run(load("care_support_plus"), draws=16, people=2)
    outside = run(load("care_support_plus"), draws=16, people=2, perspective="employer")
    assert "Not counted" not in text_of(inside)
    assert re.search(r"though it is spent: .*The scheme beyond the rent \(scheme\) by social care", text_of(outside))


def test_a_variant_that_turns_the_sign_says_so() -> None:
    """Of the college whose mean is drawn for one place, the difference in cost is of another sign."""
    said = text_of(run(load("recovery_college"), draws=256, people=2, variants=True))
    turned = "The sign of the difference in cost is another where it is so: one college, not the mean"
    assert said.index(turned) < said.index("Variants beside the main result")  # beside the verdict, which knows it not


@pytest.mark.slow
@pytest.mark.usefixtures("hasty_calibration")
@pytest.mark.parametrize(("name", "setting"), [(i, s.name) for i in problem_ids() for s in problem(i).settings])
def test_every_setting_can_be_printed(name: str, setting: str) -> None:
    """With its variants, over draws: what is withheld of one is told of none."""
    result = run(load(name, setting), draws=16, people=20, variants=True)
    lines = summary_lines(result.summary(), result.case.problem, result.case.parameters)
    assert len(lines) > 10 and "None" not in " ".join(lines)


@pytest.mark.usefixtures("hasty_calibration")
def test_readings_of_a_scenario_are_told_without_a_probability() -> None:
    text = text_of(run(load("joint_crisis_plan", "netherlands_2014"), draws=16, people=40, variants=True))
    assert "a scenario, no finding" in text and "saving money in" not in text
