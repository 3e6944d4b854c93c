"""Ward models: what went in comes out, ward staff are never counted twice, and a ward-year is what it says."""

from __future__ import annotations

from typing import Any

import pytest

import models as m
from models.shared.ward import USUAL
from simulate import load, run

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
    (row,) = fixed("violence_reduction_collaborative", "taylor_watt_2017").published_beside_ours()
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
    assert apart["admission"] == apart["discharge"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert apart["restraint"]["mean"] < 0


@pytest.mark.parametrize(
    ("name", "event", "ratio"), [("safewards", "restraint", 0.768), ("no_force_first", "restraint", 0.83)]
)
def test_ratios_of_counts(name: str, event: str, ratio: float) -> None:
    """Recurrent events change nothing else, so the ratio of counts is that of hazards; common random numbers."""
    counts = fixed(name).event_counts()[event][0]
    assert counts[1] / counts[0] == pytest.approx(ratio, abs=0.03)


def test_a_share_restrained_is_solved_for() -> None:
    ever = fixed("six_core_strategies").ever()["restraint"][0]
    assert ever[2] / ever[0] == pytest.approx(0.70, abs=0.02)
    hazard = fixed("six_core_strategies", people=100).draws.column("hr_restraint_6cs")[0]
    assert hazard < 0.55  # a few people have most restraints: their share falls far less than their number
    assert ever[2] < ever[1] < ever[0]  # not every site implements


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
