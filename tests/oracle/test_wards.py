"""Ward models: what went in comes out, ward staff are never counted twice, and a ward-year is what it says."""

from __future__ import annotations

from typing import Any

import pytest

import models as m
from models.shared.ward import USUAL
from simulate import load, run, trace

WARDS = ("safewards", "no_force_first", "six_core_strategies", "violence_reduction_collaborative")


def fixed(name: str, setting: str | None = None, people: int = 20_000) -> Any:
    return run(load(name, setting), fixed=True, people=people)


def test_ward_costs_come_out_as_they_went_in() -> None:
    """£14,084 and £5,007 a ward-year; about 6,400 restraints and 1,500 seclusions are simulated: four errors."""
    rows = {r["label"]: r for r in fixed("safewards", "city_128").published_beside_ours()}
    assert rows["Restraint, a ward-year"]["simulated"][USUAL] == pytest.approx(14084, rel=4 / 6400**0.5)
    assert rows["Seclusion, a ward-year"]["simulated"][USUAL] == pytest.approx(5007, rel=4 / 1500**0.5)
    assert all(r["by_construction"] for r in rows.values())


def test_incidents_come_out_as_they_went_in() -> None:
    """12.1 and 7.2 per 1,000 bed-days, of a million bed-days: four errors."""
    row, _ = fixed("violence_reduction_collaborative", "taylor_watt_2017").published_beside_ours()
    assert row["by_construction"]
    found = row["simulated"]
    assert found[USUAL] == pytest.approx(12.1, rel=4 / 12_000**0.5)
    assert found["violence_reduction_collaborative"] == pytest.approx(7.2, rel=4 / 7_000**0.5)


@pytest.mark.parametrize("name", WARDS)
def test_staff_time_is_inside_the_bed_day(name: str) -> None:
    """No perspective that pays for beds holds staff time, and its price moves none of them by a bit."""
    result = fixed(name, people=500)
    problem = result.case.problem
    for perspective in problem.perspectives:
        mixed = set(perspective.kinds) > {"opportunity"}
        assert not mixed
    dearer = {"c_restraint_time": 1e6, "c_seclusion_time": 1e6}
    for perspective in problem.perspectives:
        if perspective.name != "ward_staff_time":
            before = result.value(perspective=perspective.name).cost
            assert (result.value(perspective=perspective.name, prices=dearer).cost == before).all()
    staff = result.value(perspective="ward_staff_time")
    assert (result.value(perspective="ward_staff_time", prices=dearer).cost > staff.cost).all()


def test_opportunity_stands_alone() -> None:
    with pytest.raises(m.ModelError, match="opportunity stands alone"):
        m.Perspective("both", "Both", ("nhs",), ("resource", "opportunity"))


def test_sickness_absence_of_violence_is_counted_once() -> None:
    """The two parts of an incident's price are its whole."""
    from simulate.evaluate.valuation import cost_by_item

    result = fixed("violence_reduction_collaborative", "taylor_watt_2017", people=2_000)
    items = cost_by_item(result.case.problem, result.draws, result.statistics)
    both = items["violence_sickness"][0] + items["violence_response"][0]
    x = result.statistics
    events = x.per_person(x.count[:, :, :, 1, x.outcome_indices(["violent_incident"])]).sum(axis=-1)[0]
    assert both == pytest.approx(events * result.draws.engine("c_violent_incident")[0])
    assert items["violence_sickness"][0] == pytest.approx(0.54 * both)


def test_a_ward_year_is_nineteen_beds() -> None:
    rows = {(r["scale"], r["strategy"], r["measure"]): r["mean"] for r in fixed("safewards").scaled()}
    per_thousand = rows["ward_year", USUAL, "violent_incident"] / (19 * 365.25) * 1000
    assert per_thousand == pytest.approx(12.1, rel=0.05)
    assert 2.0 <= rows["ward_year", USUAL, "restraint"] / (19 * 365.25) * 1000 <= 6.6
    ratio = rows["trust_year", USUAL, "cost"] / rows["ward_year", USUAL, "cost"]
    assert ratio == pytest.approx(12)


def test_what_a_ward_programme_leaves_alone_differs_by_exactly_nothing() -> None:
    """Restraints cut the time on a ward into other pieces, whose sum may differ in its last bit."""
    rows = run(load("safewards"), draws=32, people=100).scaled()
    apart = {r["measure"]: r["difference"] for r in rows if r["difference"] is not None and r["scale"] == "ward_year"}
    assert apart["conversion"] == apart["discharge"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert apart["restraint"]["mean"] < 0


def test_a_stay_begins_and_is_converted_as_often_as_counted_and_lasts_as_long() -> None:
    """40% under the Act at any time of the stay, and 39 days: 5,000 first stays, four standard errors of some 42 days.

    0.30 at the start and 14.2% of the others later, by formula too: a start of 0.40 would make 48.5% and 41.6 days.
    """
    found = trace(load("safewards"), fixed=True, people=5_000, strategy=USUAL)
    first = found[found["event"].isin(("discharge_informal", "discharge_detained"))].groupby("person").first()
    detained = (first["event"] == "discharge_detained").mean()
    assert detained == pytest.approx(0.40, abs=4 * (0.4 * 0.6 / 5_000) ** 0.5)
    assert first["years"].mean() * 365.25 == pytest.approx(39.0, abs=4 * 42 / 5_000**0.5)


def test_a_ward_year_holds_what_happens_on_the_ward() -> None:
    """Nineteen beds at their price, and what violence and restraint add: nobody who has left, no tribunal, no job."""
    result = fixed("safewards")
    rows = {r["measure"]: r["mean"] for r in result.scaled() if (r["scale"], r["strategy"]) == ("ward_year", USUAL)}
    beds = 19 * 365.25 * 520
    assert beds * 0.97 < rows["cost"] < beds + 90 * 4057  # of at most some ninety incidents; discounting takes 1%
    assert not {"police_contact", "job_entry", "admission", "detention", "crisis", "death"} & set(rows)


@pytest.mark.slow
def test_a_few_have_most_of_it() -> None:
    """Printed: 26.9% ever violent, 4% with half of the incidents; 5.7% restrained, 16% of them five times or more."""
    found = trace(load("safewards"), fixed=True, people=12_000, strategy=USUAL)
    violent, restrained = (
        found[found["event"] == e].groupby("person").size().sort_values(ascending=False).to_numpy()
        for e in ("violent_incident", "restraint")
    )
    assert 0.22 < len(violent) / 12_000 < 0.28
    assert 0.45 < violent[:480].sum() / violent.sum() < 0.52  # 4% of people
    assert 0.052 < len(restrained) / 12_000 < 0.070
    assert 0.14 < (restrained >= 5).mean() < 0.22


def test_hospitals_pay_for_their_reports() -> None:
    payers = {c.name: c.payer for c in load("joint_crisis_plan").problem.costs}
    assert (payers["tribunal_panel"], payers["tribunal_reports"]) == ("criminal_justice", "nhs")


@pytest.mark.parametrize(
    ("name", "event", "ratio"), [("safewards", "restraint", 0.768), ("no_force_first", "restraint", 0.83)]
)
def test_ratios_of_counts(name: str, event: str, ratio: float) -> None:
    """Recurrent events change nothing else, so the ratio of counts is that of hazards; common random numbers."""
    counts = fixed(name).event_counts()[event][0]
    assert counts[1] / counts[0] == pytest.approx(ratio, abs=0.03)


def test_a_share_restrained_is_solved_for() -> None:
    """Where stable, and carried to what can be bought: records hold the ratios that the bound solves for."""
    bound, bought = fixed("six_core_strategies", "everywhere_stable"), fixed("six_core_strategies")
    ever = bound.ever()["restraint"][0]
    assert ever[1] / ever[0] == pytest.approx(0.70, abs=0.02)
    hazards = ("hr_restraint_6cs", "hr_seclusion_6cs")
    solved = [bound.draws.column(n)[0] for n in hazards]
    assert solved[0] < 0.6  # a few people have most restraints: their share falls far less than their number
    assert [bought.draws.column(n)[0] for n in hazards] == pytest.approx(solved, rel=0.02)
    assert bought.strategies == (USUAL, "six_core_strategies")  # being stable everywhere is no option
    offered = bought.ever()["restraint"][0]
    assert offered[0] == ever[0] and ever[1] < offered[1] < offered[0]  # not every site implements


def test_one_cost_is_one_record() -> None:
    """The Finnish wards are one strategy with one price, not two with the same effects and prices drawn apart."""
    case = load("six_core_strategies", "putkonen_2013")
    assert len(case.problem.under(case.setting).strategies) == 2
    prices = {c.unit_cost for c in case.problem.costs if c.name.endswith("_delivery")}
    assert len(prices) == 1


def test_programmes_are_never_multiplied_together() -> None:
    for name in WARDS:
        for strategy in load(name).problem.strategies:
            held = {c.name for c in strategy.components} & set(WARDS)
            assert len(held) <= 1


@pytest.mark.parametrize("name", WARDS)
def test_the_dear_incident_is_flagged(name: str) -> None:
    for setting in load(name).problem.settings:
        priced = setting.perspective == "provider" and setting.name != "putkonen_2013"
        assert not priced or any("£3,212" in note for note in setting.notes)
