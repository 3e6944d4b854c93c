"""Problems without a pathway: each runs, what went in comes out, and what is left when people would have got better."""

from __future__ import annotations

from typing import Any

import pytest

from models.catalogue import problem, problem_ids
from simulate import load, run
from simulate.evaluate.valuation import cost_by_item

ACCOUNTS = [i for i in problem_ids() if not problem(i).pathway.events]
SETTINGS = [(i, s.name) for i in ACCOUNTS for s in problem(i).settings]


def difference(found: Any) -> float:
    return float(found.cost[0, -1] - found.cost[0, 0])


@pytest.mark.parametrize(("name", "setting"), SETTINGS)
def test_it_runs_and_what_went_in_comes_out(name: str, setting: str) -> None:
    result = run(load(name, setting), fixed=True, people=200)
    summary = result.summary()
    assert summary["kind"] in ("pre_post", "cost_consequence", "threshold")
    for row in summary["shown"]:
        for strategy, published in row["published"].items() if row["by_construction"] else ():
            assert row["simulated"][strategy] == pytest.approx(published, rel=0.01)


@pytest.mark.parametrize(("setting", "saving"), [("bourne_2018", 1200.0), ("bourne_2018_completers", 1760.0)])
def test_recovery_colleges_as_published(setting: str, saving: float) -> None:
    result = run(load("recovery_college", setting), fixed=True, people=200)
    then = 76.08 * (80.87 / 76.08) ** (1 / 3)  # the index by hand: 2016/17, and 2019/20 a third of the way
    assert -difference(result) * then / 96.11 == pytest.approx(saving, rel=1e-6)


@pytest.mark.parametrize(
    ("setting", "left"), [("regression_25", 0.75), ("regression_50", 0.5), ("regression_75", 0.25)]
)
def test_what_is_left_of_the_saving(setting: str, left: float) -> None:
    """The college's cost, less so much of the published saving as is not regression to the mean."""
    case = load("recovery_college", setting)
    gross = difference(run(load("recovery_college", "bourne_2018"), fixed=True, people=200))
    cost = run(case, fixed=True, people=200).draws.engine("c_recovery_college")[0]
    assert difference(run(case, fixed=True, people=200)) == pytest.approx(cost + left * gross)


@pytest.mark.parametrize("name", ["health_coaching", "personal_health_budgets"])
def test_null_results_stay_null(name: str) -> None:
    found = run(load(name), draws=256, people=200).summary()["incremental"][0]["cost"]
    assert found["low"] < 0 < found["high"] and found["high"] - found["low"] > 500


def test_thresholds_by_hand() -> None:
    """£260 against £330 a day, both of 2012/13: 0.79 bed-days (the evidence file's own arithmetic)."""
    (row,) = run(load("welfare_advice", "sheffield_2013"), fixed=True, people=200).breakeven()
    assert row["value"] == pytest.approx(260 / 330)
    for name in [i for i in ACCOUNTS if problem(i).kind == "threshold"]:
        (row,) = run(load(name), draws=256, people=200).breakeven()
        assert row["probability"] is None and row["value"] is not None  # nobody measured how likely that is


def test_peers_in_place_of_staff_by_hand() -> None:
    """26 hours of the role a year: 57 pounds an hour saved against 1.2 hours at 39, over 520 pounds a bed-day."""
    (row,) = run(load("peer_workers_in_place_of_staff"), fixed=True, people=2).breakeven()
    assert row["value"] == pytest.approx(26 * (1.2 * 39 - 57) / 520, rel=0.02)


def test_side_by_side_and_tile_house_as_printed() -> None:
    fall = run(load("side_by_side_peer_support", "published_9_months"), fixed=True, people=200)
    assert fall.effect[0, 1] == pytest.approx(0.53)
    flats = run(load("care_support_plus", "tile_house_2014"), fixed=True, people=200)
    assert 15 * (flats.effect[0, 1] - flats.effect[0, 0]) == pytest.approx(1298, rel=1e-4)


def test_whoever_is_not_in_hospital_lives_somewhere_that_costs() -> None:
    """Before the flats: a placement for the time out of hospital, by hand; as printed, neither flats nor placements."""
    result = run(load("care_support_plus"), fixed=True, people=200)
    items = cost_by_item(result.case.problem, result.draws, result.statistics)
    draw = {n: result.draws.engine(n)[0] for n in ("c_previous_placement", "p_hospital_before")}
    years = items["hospital"][0, 0] / (result.draws.engine("c_bed_day")[0] * draw["p_hospital_before"])
    paid = items["placements"] + items["placements_unused"]
    assert paid[0, 0] == pytest.approx(draw["c_previous_placement"] * (1 - draw["p_hospital_before"]) * years)
    assert paid[0, 1] == 0.0 and items["scheme"][0, 0] == 0.0
    published = load("care_support_plus", "tile_house_2014").setting.given
    assert published["c_previous_placement"] == published["c_care_support_plus"] == 0.0
