"""Virtual trials: single people add up to the run, chance is what closed forms say, the untold is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

import models as m
from simulate import load, run, virtual_trials
from simulate.analyse.credibility.virtual_trials import VirtualTrials
from simulate.ask.case import Case
from simulate.evaluate.persons import persons_of
from simulate.evaluate.uncertainty.precision import weighted_mean
from simulate.evaluate.valuation import value
from simulate.present.figures.credibility.printed_points import on_the_fan

pytestmark = pytest.mark.usefixtures("solved_once")

PLAN, USUAL = "joint_crisis_plan", "usual_care"


@pytest.fixture(scope="module")
def case() -> Case:
    return load(PLAN, "henderson_2004")


@pytest.fixture(scope="module")
def found(case: Case) -> VirtualTrials:
    return virtual_trials(case, trials=1000, seed=3)


@pytest.mark.parametrize("effect", ["admission_pp", "qaly"])
def test_single_people_add_up_to_the_run(case: Case, effect: str) -> None:
    result = run(case, fixed=True, people=400, persons=True, effect=effect)
    people = persons_of(result.statistics, case.problem, ["service"], [effect])
    each = value(case.problem, result.draws, people, "service", effect)
    assert each.cost.shape == (1, 2, 400)
    counted = value(case.problem, result.draws, result.statistics, "service", effect)  # rare events too as they fell
    for mine, all_of_them in ((each.cost, counted.cost), (each.effect, counted.effect)):
        assert mine.mean(axis=2) == pytest.approx(weighted_mean(all_of_them, counted.people))
    assert each.cost.mean(axis=2) == pytest.approx(result.cost, rel=2e-3)
    assert each.cost[0].std(axis=1).min() > 10_000  # people differ


def test_trials_vary_as_two_shares_do(found: VirtualTrials) -> None:
    """Ever admitted, 80 an arm: mean and SD of the difference, within four standard errors (power 0.98 at six)."""
    effect = found.figures[0]
    p, q = 35 / 80, 24 / 80
    for values, mean, sd in (
        (effect.modelled, 100 * (p - q), 100 * math.sqrt((p * (1 - p) + q * (1 - q)) / 80)),
        (effect.null, 0.0, 100 * math.sqrt(2 * p * (1 - p) / 80)),
    ):
        assert values.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(1000) + 0.5)  # 0.5: calibration
        assert values.std() == pytest.approx(sd, abs=4 * sd / math.sqrt(2000))


def test_without_an_effect_a_printed_probability_is_any(found: VirtualTrials) -> None:
    """Uniform under no effect, so that 78% says nothing; not so with the effects (negative control)."""
    money, worth = found.figures[1:]
    for figure in (money, worth):
        assert kstest(figure.null, "uniform").pvalue > 0.001
        assert kstest(figure.modelled, "uniform").pvalue < 1e-6
    rows = found.table().set_index("figure")
    assert rows["no_effect_rank"]["Probability of saving money"] == pytest.approx(0.71, abs=0.05)
    assert rows["modelled_low"]["Probability of saving money"] < 0.71
    assert rows["modelled_high"]["Probability of saving money"] > 0.95


def test_curves_pass_through_the_printed_figures_and_hold_them_in_the_fan(found: VirtualTrials) -> None:
    """At a printed threshold a trial's curve is its figure, worked out from moments; without an effect it is any."""
    (curves,) = found.curves
    money, worth = found.figures[1:]
    for figure in (money, worth):
        (at,) = np.flatnonzero(curves.thresholds == figure.figure.threshold)
        assert curves.modelled[at] == pytest.approx(figure.modelled, abs=1e-12)
        assert curves.null[at] == pytest.approx(figure.null, abs=1e-12)
    bands = found.curve_table()
    assert list(bands["threshold"]) == list(curves.thresholds)
    assert (bands["modelled_5"] < bands["modelled_50"]).all() and (bands["modelled_50"] < bands["modelled_95"]).all()
    assert bands["no_effect_50"].to_numpy() == pytest.approx(0.5, abs=0.1)


def test_bits_do_not_depend_on_threads_and_do_on_the_seed(case: Case, hasty_calibration: None) -> None:
    one, two, other = (virtual_trials(case, trials=20, seed=s, threads=t) for s, t in ((3, 1), (3, 2), (4, 1)))
    assert (one.each() == two.each()).all().all()
    assert (one.figures[1].modelled != other.figures[1].modelled).any()


def test_a_gap_is_of_the_same_people(hasty_calibration: None) -> None:
    """Two probabilities of one trial go together: their gap varies far less than that of two trials would."""
    found = virtual_trials(load(PLAN, "crimson_2013"), trials=60, seed=3)
    services, society, gap = found.figures[1:]
    assert gap.modelled == pytest.approx(services.modelled - society.modelled)
    assert gap.null == pytest.approx(services.null - society.null)
    assert gap.modelled.std() < 0.3 * math.hypot(services.modelled.std(), society.modelled.std())
    words = on_the_fan(found)
    assert "36% in one trial, has 100% below it" in words
    assert (
        f"80% (probability of being worth its cost to services) has {100 * services.row()['modelled_rank']:.2g}%"
        in words
    )


@pytest.mark.slow
def test_larger_arms_vary_less(case: Case, hasty_calibration: None) -> None:
    small, large = (virtual_trials(case, trials=200, arms={USUAL: n, PLAN: n}).figures[0].null for n in (20, 320))
    assert np.std(small) / np.std(large) == pytest.approx(4.0, rel=0.25)


def test_what_is_no_trial_or_not_told_by_person_is_refused(case: Case) -> None:
    with pytest.raises(m.ModelError, match="setting base is no trial; allowed: henderson_2004, crimson_2013"):
        virtual_trials(load(PLAN))
    with pytest.raises(m.ModelError, match="need at least 2"):
        virtual_trials(case, trials=1)
    with pytest.raises(m.ModelError, match="did you mean usual_care"):
        virtual_trials(case, arms={"usual_car": 5, PLAN: 5})
    with pytest.raises(m.ModelError, match="two strategies with at least 2 people each"):
        m.PublishedTrial({USUAL: 80})
    item = m.CostItem("by_time", "By time", "nhs", m.ComponentTime(PLAN), "c_joint_crisis_plan")
    priced = replace(case.problem, costs=(*case.problem.costs, item))
    result = run(case, fixed=True, people=4, persons=True)
    with pytest.raises(m.ModelError, match="CostItem by_time: ComponentTime is not told by person"):
        persons_of(result.statistics, priced, ["service"], [])
    with pytest.raises(m.ModelError, match="run with persons"):
        persons_of(run(case, fixed=True, people=4).statistics, case.problem, ["service"], [])


def test_the_command_leaves_a_whole_folder(command: Any, tmp_path: Path, hasty_calibration: None) -> None:
    out = tmp_path / "out"
    done = command("virtual-trials", PLAN, "--setting", "henderson_2004", "--trials", "30", "--out", out)
    assert done.code == 0 and "Probability of saving money: published 71%" in done.out
    told = json.loads((out / "summary.json").read_text())
    assert told["figures"][0]["figure"] == "Admissions averted" and told["arms"] == {USUAL: 80, PLAN: 80}
    drawn = {f"{stem}.{k}" for stem in ("virtual_trials", "virtual_trials_curves") for k in ("png", "svg", "csv")}
    assert {p.name for p in (out / "figures").iterdir()} == drawn
    again = command("virtual-trials", PLAN, "--setting", "henderson_2004", "--arms", "5", "--set", "a=1", "--out", out)
    assert again.code == 2 and "--arms '5'" in again.err and "--set: a" in again.err
