"""Joint crisis plans abroad: only the Dutch control arm is fitted, and England's numbers know nothing of it.

At 40,000 people the Monte Carlo standard error of a share is below 0.0025; tolerances are three or more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.interventions.joint_crisis_plan import PROBLEM
from models.shared.service_user import SERVICE_USER
from simulate import load, run
from simulate.result.result import Result


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
    assert ever["admission"][0, 1] == pytest.approx(ever["admission"][0, 0], abs=0.01)


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
