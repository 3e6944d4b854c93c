"""Budget impact, returns, payback and league tables: by hand on accounts without chance, and from the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.contract import ModelError
from simulate import load, run
from simulate.analyse.impact import Population, Today, impact
from simulate.analyse.timeline import timeline
from simulate.evaluate import budget_impact, return_on_investment
from simulate.evaluate.impact.budget import impact_by_draw, payback, value_of_implementation
from simulate.result.payers import costs_by_item
from simulate.result.priorities import league as priorities
from simulate.result.priorities.league import league

pytestmark = pytest.mark.usefixtures("solved_once")


def test_an_open_cohort_by_hand() -> None:
    """£100 more in a person's first year and £40 less in the second; 10 people a year, half and then all treated.

    They enter evenly through the year: half of a person's first year falls in the calendar year of entry.
    """
    cost = np.zeros((1, 2, 2, 1))
    cost[0, 1, :, 0] = [100.0, -40.0]
    found = budget_impact(cost, [10.0, 10.0], [0.5, 1.0], payers=["nhs"])
    total = found[found["payer"] == "total"]["mean"].to_numpy()
    first = 5 * 50.0
    second = 5 * (50.0 - 20.0) + 10 * 50.0
    assert total[:2] == pytest.approx([first, second])


def test_what_falls_due_on_entry_the_prevalent_and_a_part_of_a_year_by_hand() -> None:
    """£100 more in the first year, £60 of it on entry, and £30 more in the half of the second that is followed.

    Ten people a year enter evenly, half of them treated, and twenty are there on the first day. Of those entering, what
    is not due on entry comes half a year later on average, and what is of the half year a quarter of a year later.
    """
    cost, due = np.zeros((1, 2, 2, 1)), np.zeros((1, 2, 1))
    cost[0, 1, :, 0], due[0, 1, 0] = [100.0, 30.0], 60.0
    options: dict[str, Any] = {"at_entry": due, "last_year": 0.5}
    entering = impact_by_draw(cost, [10.0] * 4, [0.5] * 4, **options)[0, :, 0]
    first, second, third = 60 + 40 / 2, 40 / 2 + 30 * 0.75, 30 * 0.25
    assert entering == pytest.approx([5 * first, *[5 * (first + second), *[5 * (first + second + third)] * 2]])
    both = impact_by_draw(cost, [10.0] * 4, [0.5] * 4, prevalent=20.0, **options)[0, :, 0]
    assert both - entering == pytest.approx([10 * 100.0, 10 * 30.0, 0.0, 0.0])
    at_once = impact_by_draw(cost, [10.0] * 4, [0.5] * 4, timing="start", **options)[0, :, 0]
    assert at_once == pytest.approx([500.0, 650.0, 650.0, 650.0])


def test_a_total_is_over_the_payers_counted() -> None:
    cost = np.zeros((1, 2, 1, 3))
    cost[0, 1, 0] = [100.0, 10.0, 1.0]
    found = budget_impact(cost, [1.0], [1.0], counted=[True, False, True], timing="start").set_index("payer")["mean"]
    assert found.to_dict() == {"payer_1": 100.0, "payer_2": 10.0, "payer_3": 1.0, "total": 101.0}
    saved = np.array([[300.0, 30.0, 3.0]])
    back = return_on_investment(cost[:, 1, 0], saved, counted=[True, False, True]).set_index("payer")
    assert back["per_pound"].to_dict() == pytest.approx(
        {"payer_1": 300 / 101, "payer_2": 30 / 101, "payer_3": 3 / 101, "total": 3.0}
    )


def test_a_return_is_a_ratio_of_means() -> None:
    delivery, saving = np.array([[100.0], [300.0]]), np.array([[500.0], [300.0]])
    row = return_on_investment(delivery, saving).iloc[-1]
    assert row["per_pound"] == pytest.approx(2.0)  # and not the mean of 5 and 1
    assert row["net_saving_mean"] == pytest.approx(200.0) and row["p_net_saving"] == pytest.approx(0.5)


def test_payback_is_from_where_it_stays_paid() -> None:
    saving = np.array([[-1.0, 1.0, -0.5, 2.0], [-3.0, -2.0, -0.5, 1.0]])
    found = payback(saving, [0.0, 6.0, 12.0, 18.0], within=12.0)
    assert found.month is not None and 12.0 < found.month <= 18.0
    assert found.probability == 0.0


def test_better_delivery_is_worth_its_difference() -> None:
    gain = value_of_implementation([1.0, 3.0], [4.0, 4.0], people=10.0)
    assert gain.mean == pytest.approx(2.0)


@pytest.fixture(scope="module")
def found() -> Any:
    result = run(load("care_support_plus", "tile_house_2014"), draws=32, people=10)
    return impact(result, Population(15.0, (1.0,)), today=Today(uptake=0.5))


def test_the_parts_add_up_to_the_whole(found: Any) -> None:
    """A year's undiscounted difference per person, from the months and from the payers."""
    whole = float((found.result.cost[:, 1] - found.result.cost[:, 0]).mean())  # discounted at nought in this setting
    assert found.months["mean"].iloc[-1] == pytest.approx(-whole)
    row = found.returns[found.returns["payer"] == "total"].iloc[0]
    assert row["net_saving_mean"] == pytest.approx(-whole)


def test_a_budget_is_of_the_people_and_the_times_that_it_is_asked_for() -> None:
    """Fifteen a year at an uptake of 0.4 beside seven at the start: what falls due on entry, and half of the rest."""
    result = run(load("welfare_advice"), draws=4, people=10, variants=False)
    line = timeline(result)
    cost, due = line.yearly().sum(axis=-1)[:, :, 0], line.at_entry.sum(axis=-1)
    more, at_once = ((x[:, 1] - x[:, 0]).mean() for x in (cost, due))
    assert abs(at_once) > 1.0 and line.last_year == 1.0
    asked = impact(result, Population(15.0, (0.4, 0.4), prevalent=7.0)).budget.set_index(["calendar_year", "payer"])
    first = 15 * 0.4 * (at_once + (more - at_once) / 2)
    assert asked["mean"][1, "total"] == pytest.approx(first + 7 * 0.4 * more)
    assert asked["mean"][2, "total"] == pytest.approx(15 * 0.4 * more)


def test_half_the_uptake_is_half_the_gain(found: Any) -> None:
    both = found.gains["uptake and fidelity"]
    whole = float((found.result.cost[:, 0] - found.result.cost[:, 1]).mean())
    gained = float((found.result.effect[:, 1] - found.result.effect[:, 0]).mean())
    assert both.mean == pytest.approx(0.5 * (whole + found.threshold * gained), rel=1e-6)


def test_budgets_are_undiscounted_whatever_the_rate() -> None:
    """Money is budgeted in the year in which it is spent: not at its present value, as in the decision."""
    case = load("care_support_plus", "tile_house_2014")
    dear = replace(case, problem=replace(case.problem, discount_costs=0.5))
    plain, discounted = (run(c, draws=4, people=10, variants=False) for c in (case, dear))
    assert (discounted.cost[:, 0] < 0.9 * plain.cost[:, 0]).all()
    assert np.array_equal(costs_by_item(plain, plain.counted), costs_by_item(discounted, discounted.counted))


@pytest.mark.parametrize("uptake", [(), (1.5,), (-0.1, 0.5)])
def test_an_impossible_uptake_is_refused(uptake: tuple[float, ...]) -> None:
    with pytest.raises(ModelError, match="allowed: a share from 0 to 1"):
        Population(10.0, uptake)


def test_the_command_tells_all_three(command: Any, tmp_path: Path) -> None:
    words = ("--population", 100, "--uptake", "0.2,0.4", "--draws", 32, "--people", 10)
    done = command("impact", "recovery_college", *words, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert "Budget impact" in done.out and "back for each £1 spent" in done.out
    assert "Pays for itself" in done.out or "No payback" in done.out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["uptake"] == [0.2, 0.4] and "new minus comparator" in summary["sign"]
    assert (tmp_path / "out" / "figures" / "budget_impact.png").exists()
    assert command("impact", "recovery_college", "--population", 1, "--uptake", "2", "--out", tmp_path / "no").code == 2
    assert not (tmp_path / "no").exists()


def ledgers(*names: str) -> list[Any]:
    return [run(load(n), draws=32, people=10) for n in names]


def test_a_league_funds_what_a_pound_does_most_with() -> None:
    results = ledgers("open_dialogue", "welfare_advice", "debt_advice")
    people = {"open_dialogue": 10.0, "welfare_advice": 10.0, "debt_advice": 10.0}
    found = league(results, 1000.0, people, thresholds={"bed-day": 1e6, "person": 1e3})
    table = found.table
    for _, rows in table.groupby("unit", sort=False):
        worth = (rows["net_benefit"] / rows["cost"]).where(rows["cost"] > 0, np.inf)
        fundable = worth[rows["net_benefit"] > 0]
        assert (fundable.diff().dropna() <= 0).all()
    assert ((table["net_benefit"] > 0) | (table["funded"] == 0)).all()
    assert (table["outlay"].clip(lower=0) * table["funded"]).sum() <= 1000.0 + 1e-9
    assert set(league(results, 1000.0, people, divisible=False).table["funded"]) <= {0.0, 1.0}


def test_what_a_programme_takes_of_the_budget_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of £1,000 what saves costs nothing, the best pays its £600, and £400 are left of the £600 that the next takes."""
    worth = {  # cost, outlay and net benefit
        "open_dialogue": (10.0, 600.0, 20.0),
        "welfare_advice": (10.0, 600.0, 30.0),
        "debt_advice": (-5.0, -50.0, 5.0),
        "social_networks": (1.0, 5.0, -1.0),
    }

    def row(result: Any, people: float, thresholds: Any) -> dict[str, Any]:
        cost, outlay, benefit = worth[result.case.problem.id]
        told = {"problem": result.case.problem.id, "unit": "bed-day", "cost": cost}
        return told | {"outlay": outlay, "net_benefit": benefit}

    monkeypatch.setattr(priorities, "_row", row)
    results = ledgers(*worth)
    for divisible, last in ((True, 400 / 600), (False, 0.0)):
        table = league(results, 1000.0, dict.fromkeys(worth, 10.0), divisible=divisible).table.set_index("problem")
        assert list(table.index) == ["debt_advice", "welfare_advice", "open_dialogue", "social_networks"]
        assert table["funded"].tolist() == pytest.approx([1.0, 1.0, last, 0.0])
        assert table["left"].tolist() == pytest.approx([1000.0, 400.0, *[400 - 600 * last] * 2])


def test_a_league_tells_every_mistake_at_once() -> None:
    results = ledgers("welfare_advice", "welfare_advice")
    with pytest.raises(ModelError, match=r"given 2 times; welfare_advice: no population.*x: not among.*budget"):
        league(results, -1.0, {"x": 3.0})


def test_the_league_command(command: Any, tmp_path: Path) -> None:
    words = ("--budget", 1000, "--population", "welfare_advice=10", "--draws", 32, "--people", 10)
    done = command("league", "welfare_advice", *words, "--out", tmp_path / "out")
    assert done.code == 0 and "Per bed-day" in done.out
    assert command("league", "debt_advice", *words, "--out", tmp_path / "no").code == 2
