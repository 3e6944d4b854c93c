"""The two trials reproduced: simulated shares and bed-days against the published ones.

At the point estimates and 200,000 people the Monte Carlo standard error of a share is 0.0007 to 0.0011
and that of the bed-days 0.10 to 0.15; the tests hold them below 0.0015 and 0.2, so that the tolerances
are five standard errors or more. The calibration has people of its own and is exact to 0.0005 on a
share. The negative control types the published ratios in as the engine's own, and must fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from simulate import load, run
from simulate.ask.case import Case
from simulate.result.result import Result

pytestmark = pytest.mark.usefixtures("solved_once")

PEOPLE = 200_000
USUAL, PLAN = 0, 1  # positions of the strategies


@dataclass(frozen=True)
class Published:
    """A trial's figures, usual care first, each with what may lie between it and ours."""

    shares: Mapping[str, tuple[float, float]]
    share_tolerance: float
    difference_tolerance: float  # of plan minus usual care
    bed_days: tuple[float, float] | None = None
    bed_day_tolerance: float = 1.0


TRIALS = {
    "henderson_2004": Published(
        {"admission": (0.4375, 0.30), "detention": (0.2625, 0.125)}, 0.01, 0.01, bed_days=(36.0, 32.0)
    ),
    "crimson_2013": Published({"detention": (0.200, 49 / 267)}, 0.005, 0.003),
}


def simulated(case: Case, people: int = PEOPLE) -> Result:
    return run(case, fixed=True, people=people)


def typed_in(case: Case) -> Case:
    """The case with the plan's published ratios used as the engine's ratios, nothing solved for them."""
    plan = case.problem.strategies[PLAN].id
    theirs = [t for t in case.setting.targets if t.strategy == plan]
    kept = tuple(t for t in case.setting.targets if t.strategy != plan)
    given = {**case.setting.given, **{t.unknown: t.published for t in theirs}}
    return replace(case, setting=replace(case.setting, targets=kept, given=given))


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """Each trial's setting at the point estimates."""
    return {name: simulated(load("joint_crisis_plan", name)) for name in TRIALS}


def shares(result: Result, name: str) -> np.ndarray:
    return np.asarray(result.ever()[name][0])


def errors(result: Result, name: str) -> np.ndarray:
    """Monte Carlo standard errors of usual care, plan, and their difference, from the spread between batches."""
    s = result.statistics
    batches = (s.ever / s.people[:, None])[0, :, :, s.trackers.index(name)]  # [strategy, batch]
    three = np.vstack([batches, batches[PLAN] - batches[USUAL]])
    return np.asarray(three.std(axis=1, ddof=1) / np.sqrt(three.shape[1]))


def misses(result: Result, published: Published) -> list[str]:
    """The figures that lie outside their tolerance."""
    found = []
    for name, figures in published.shares.items():
        ours = shares(result, name)
        off = [abs(ours[USUAL] - figures[USUAL]), abs(ours[PLAN] - figures[PLAN])]
        gap = abs((ours[PLAN] - ours[USUAL]) - (figures[PLAN] - figures[USUAL]))
        found += [
            f"{name} {arm}" for arm, o in zip(("usual", "plan"), off, strict=True) if o > published.share_tolerance
        ]
        found += [f"{name} difference"] if gap > published.difference_tolerance else []
    if published.bed_days is not None:
        off = np.abs(result.days()["bed_days"][0] - published.bed_days).tolist()
        found += [
            f"bed-days {arm}" for arm, o in zip(("usual", "plan"), off, strict=True) if o > published.bed_day_tolerance
        ]
    return found


# What is predicted and not met: a day fewer detained under the plan than printed, with voluntary days as printed.
MISSED = {"henderson_2004": ["bed-days plan"], "crimson_2013": []}


@pytest.mark.parametrize("setting", TRIALS)
def test_the_trial_is_reproduced_but_for_what_is_said(setting: str, results: dict[str, Result]) -> None:
    assert misses(results[setting], TRIALS[setting]) == MISSED[setting]


def test_as_many_voluntary_days_as_usual_miss_the_days_printed() -> None:
    as_usual = {"ratio_voluntary_days_henderson": 35 / 24}
    case = load("joint_crisis_plan", "henderson_2004", changes=as_usual)
    assert misses(simulated(case, PEOPLE // 2), TRIALS["henderson_2004"]) == ["bed-days plan"]


@pytest.mark.parametrize("setting", TRIALS)
def test_differences_have_the_right_sign_beyond_doubt(setting: str, results: dict[str, Result]) -> None:
    for name, figures in TRIALS[setting].shares.items():
        ours = shares(results[setting], name)
        difference, error = ours[PLAN] - ours[USUAL], errors(results[setting], name)[2]
        assert np.sign(difference) == np.sign(figures[PLAN] - figures[USUAL])
        assert abs(difference) > 6 * error


@pytest.mark.parametrize("setting", TRIALS)
def test_the_sample_could_have_told(setting: str, results: dict[str, Result]) -> None:
    for name in TRIALS[setting].shares:
        error = errors(results[setting], name)
        assert (error[:2] < 0.0015).all() and error[2] < 0.0015
        assert (5 * error[:2] < TRIALS[setting].share_tolerance).all(), "more people are needed"
        assert 5 * error[2] < TRIALS[setting].difference_tolerance
    if TRIALS[setting].bed_days is not None:
        assert (bed_day_errors(results[setting]) < 0.2).all()


def bed_day_errors(result: Result) -> np.ndarray:
    s, when = result.statistics, result.case.problem.days_on("bed_days")
    assert when is not None
    days = s.time[0, :, :, 0, :][..., s.state_indices(when.holds)].sum(axis=-1) / s.people * 365.25
    return np.asarray(days.std(axis=1, ddof=1) / np.sqrt(days.shape[1]))


def test_published_ratios_typed_in_do_not_reproduce_the_trial() -> None:
    """In CRIMSON the ratio is so near to one that it could not be told."""
    setting = "henderson_2004"
    found = misses(simulated(typed_in(load("joint_crisis_plan", setting)), PEOPLE // 2), TRIALS[setting])
    assert {"admission plan", "admission difference"} <= set(found)
    assert not [f for f in found if "usual" in f]  # usual care is solved for as before


def test_a_published_ratio_that_is_set_is_reached() -> None:
    """A published figure that does not vary must not leave the map blind to the engine's ratio behind it."""
    result = run(load("joint_crisis_plan", changes={"rr_detention_jcp": 0.9}), draws=128, people=2_000)
    ever = result.ever()["detention"]
    assert np.log(ever[:, PLAN] / ever[:, USUAL]).mean() == pytest.approx(np.log(0.9), abs=0.015)
