"""Individual placement and support: the trials' shares, what they imply of tenure, and costs that do not differ."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import models as m
from models.interventions.individual_placement_and_support import IPS, PROBLEM, USUAL
from parameters import price_index
from simulate import load, run, trace
from simulate.evaluate.valuation import cost_by_item
from simulate.solve import solution, surface

pytestmark = pytest.mark.usefixtures("solved_once")

# Shares of 20,000 people: a standard error of at most 0.0035, so 0.02 is more than five.
WITHIN = 0.02


@functools.cache
def fixed(setting: str) -> Any:
    return run(load(IPS, setting), fixed=True, people=20_000)


@pytest.mark.parametrize(
    ("setting", "usual", "ips"),
    [("eqolise", 0.28, 0.55), ("hoffmann_5_years", 0.33, 0.65), ("swan_england", 0.11, 0.22)],
)
def test_ever_worked(setting: str, usual: float, ips: float) -> None:
    ever = fixed(setting).ever()["job_entry"][0]
    assert list(ever) == pytest.approx([usual, ips], abs=WITHIN)


@pytest.mark.slow
def test_a_variant_meets_its_own_target_and_leaves_the_main_result_alone() -> None:
    """Ratios of 2.31, 2.40 and 1.63 from one map; over 128,000 people a ratio of shares has a standard error of 1%."""
    result = run(load(IPS, "england_pooled"), draws=64, people=2_000, variants=True)
    assert result.calibration.published == pytest.approx([0.11, 2.31])
    assert result.calibration.achieved == pytest.approx([0.11, 2.31], rel=0.005)
    found = {"pooled": result, **result.variants}
    for name, published in (("pooled", 2.31), ("modini_2016", 2.40), ("frederick_2019", 1.63)):
        usual, ips = found[name].ever()["job_entry"].mean(axis=0)
        assert ips / usual == pytest.approx(published, rel=0.05), name


def test_half_of_five_years_in_work_is_solved_for_and_predicted() -> None:
    rows = {r["label"]: r["simulated"] for r in fixed("hoffmann_5_years").published_beside_ours()}
    found = rows["At least 130 of 260 weeks in work"]
    assert found[USUAL] == pytest.approx(0.11, abs=WITHIN)
    assert found[IPS] == pytest.approx(0.43, abs=WITHIN)


def test_a_published_ratio_is_no_hazard_ratio() -> None:
    """With people who differ, EQOLISE's 1.98 takes a hazard ratio above 3; typed in, it gives too few."""
    result = fixed("eqolise")
    assert result.draws.column("hr_job_entry_ips")[0] > 3.0
    setting = next(s for s in PROBLEM.settings if s.name == "eqolise")
    targets = tuple(t for t in setting.targets if t.unknown != "hr_job_entry_ips")
    typed = replace(setting, targets=targets, given={**setting.given, "hr_job_entry_ips": 1.98})
    naive = run(load(replace(PROBLEM, settings=(typed,))), fixed=True, people=20_000)
    assert naive.ever()["job_entry"][0, 1] < 0.48


@pytest.mark.slow
def test_the_conflict_on_tenure() -> None:
    """From the start of a first job, some 20 of 24 months in work under the Swiss figures, against 12.9 published."""
    found = trace(load(IPS, "hoffmann_5_years"), fixed=True, people=4_000, strategy=IPS)
    moves = found[found["event"].isin(["job_entry", "job_loss", "death"])]
    months = [worked for _, rows in moves.groupby("person") if (worked := _months_after_first(rows)) is not None]
    assert len(months) > 1_000
    mean = sum(months) / len(months)  # standard error about 0.15
    assert mean == pytest.approx(20, abs=1.0)
    assert mean > 12.9 + 5


def _months_after_first(rows: Any) -> float | None:
    """Months worked in the 24 after the start of a first job; None where that is not wholly seen."""
    first = rows["years"][rows["event"] == "job_entry"].min()
    if not first <= 3.0:
        return None
    worked, since, until = 0.0, None, first + 2.0
    for time, event in zip(rows["years"], rows["event"], strict=True):
        if event == "job_entry" and since is None:
            since = time
        elif since is not None and event != "job_entry":
            worked, since = worked + max(0.0, min(time, until) - min(since, until)), None
    if since is not None:
        worked += max(0.0, until - min(since, until))
    return 12 * worked


def test_a_service_priced_by_a_trials_total_is_charged_that_total() -> None:
    """EQOLISE: £2,424 and £6,446 a person in eighteen months, both; deaths and discounting take less than 5%."""
    result = fixed("eqolise")
    items = cost_by_item(result.case.problem, result.draws, result.statistics)
    factor = price_index().factor("2003/04")
    assert items["ips"][0, 1] / factor == pytest.approx(2424, rel=0.05)
    assert items["vocational"][0, 0] / factor == pytest.approx(6446, rel=0.05)


def test_a_trials_price_is_charged_for_the_trials_time() -> None:
    """A price worked out of a trial's total by its follow-up is paid for all of it, in both arms."""
    own = [s for s in PROBLEM.settings if "c_ips_year" in s.given]
    assert len(own) >= 4
    for setting in own:
        assert setting.given["d_in_ips"] == setting.horizon, setting.name


def test_a_first_job_lasts_as_long_as_printed() -> None:
    """9.96 of the 24 months after its start: the area under the survival curve of a first job."""
    records = load(IPS).parameters
    shape, scale = (records[n].distribution.point for n in ("shape_tenure", "scale_tenure_ips"))
    years = (np.arange(20_000) + 0.5) / 10_000
    assert 24 * np.exp(-((years / scale) ** shape)).mean() == pytest.approx(9.96, abs=0.05)


@pytest.mark.slow
def test_days_in_work_in_japan() -> None:
    """Chosen on usual services, predicted under IPS, and too many: memoryless entry without a search gave 150."""
    rows = {r["label"]: r for r in fixed("japan").published_beside_ours()}
    usual, ips = rows["Days in work, usual services"], rows["Days in work, IPS"]
    assert usual["by_construction"] and usual["simulated"][USUAL] == pytest.approx(24.9, abs=2.0)
    assert not ips["by_construction"] and 90 < ips["simulated"][IPS] < 125


def test_benefits_count_for_the_exchequer_and_not_for_society() -> None:
    result = fixed("swan_england")
    dearer = {"c_exchequer_job_year": 20_000.0}
    for perspective in result.case.problem.perspectives:
        before = result.value(perspective=perspective.name).cost
        moved = (result.value(perspective=perspective.name, prices=dearer).cost != before).any()
        assert moved == (perspective.name == "public_sector")
    public = result.value(perspective="public_sector").cost
    items = cost_by_item(result.case.problem, result.draws, result.statistics)
    others = result.value(perspective="service").cost
    assert public == pytest.approx(others + items["benefits"])  # nothing of housing is priced here
    assert (items["benefits"] < 0).all()
    with pytest.raises(m.ModelError, match="to society benefits and taxes are no cost"):
        m.Perspective("both", "Both", ("public_other", "productivity"), ("resource", "transfer"))


LONG = [pytest.param(name, marks=pytest.mark.slow) for name in ("hoffmann_5_years", "japan")]


@pytest.mark.parametrize("setting", ["swan_england", *LONG])
def test_costs_that_do_not_differ(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surface, "DESIGN_PEOPLE", 400)  # the map need not be fine to show an interval
    monkeypatch.setattr(solution, "MOST_BEYOND", (0, 0.0))  # a rough map leaves many beyond it
    monkeypatch.setattr(solution, "FRESH_PEOPLE", 500)
    found = run(load(IPS, setting), draws=128, people=200).summary()["incremental"][0]["cost"]
    assert found["low"] < 0 < found["high"]
    assert found["high"] - found["low"] > 1000


def test_the_briefings_own_figures_come_out_as_they_went_in() -> None:
    (row,) = fixed("briefing_2016").published_beside_ours()
    assert row["by_construction"] and row["simulated"][IPS] == pytest.approx(-300, rel=0.01)
