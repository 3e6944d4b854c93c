"""The clinician's table: what is asked of a pathway, in which units, and what is marked."""

from __future__ import annotations

from typing import Any

import pytest

from models.catalogue import problem, problem_ids
from models.shared.sanity_figures import sanity_figures
from parameters import PARAMETERS_DIR
from parameters import load as load_records
from simulate import load, run
from simulate.analyse.credibility.sanity import Check, sanity


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
    assert (restraints.low, restraints.high) == pytest.approx((2.0, 13.4))
    per_day = result.event_counts()["restraint"][0] / result.days()["bed_days"][0]
    assert list(restraints.ours.values()) == pytest.approx(1000 * per_day)
    shares = found["Ever detained, of those ever admitted"].ours
    assert all(0 < x < 1 for x in shares.values())
    cost = next(c for label, c in found.items() if label.startswith("Cost a person-year"))
    assert 10_000 < cost.ours["usual_care"] < 25_000


def test_what_is_known_is_held_against_some_figure_and_nothing_else_is_asked_for() -> None:
    asked = {figure.known for name in problem_ids() for figure in sanity_figures(problem(name))}
    assert asked - {None} == set(load_records([PARAMETERS_DIR / "known.toml"]))


def test_what_lies_outside_is_marked() -> None:
    check = Check("x", "share", {"a": 0.1, "b": 0.3, "c": 0.2}, 0.2, 0.25, "assumption", "")
    assert check.surprises == ("a", "b")
    assert Check("x", "share", {"a": 0.1}, None, None, None, "").surprises == ()


@pytest.mark.usefixtures("hasty_calibration")
def test_the_command_prints_ours_beside_what_is_known(command: Any) -> None:
    done = command("describe", "joint_crisis_plan", "--check", "--people", 500)
    assert done.code == 0
    assert "Restraints per 1,000 bed-days" in done.out and "2 to 13.4" in done.out
    assert "hscic_2015" in done.out
