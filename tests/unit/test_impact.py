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
from simulate.analyse.impact import Population, Today, _monthly, impact
from simulate.analyse.timeline import timeline
from simulate.evaluate import budget_impact, return_on_investment
from simulate.evaluate.impact.budget import impact_by_draw, payback, value_of_implementation
from simulate.evaluate.uncertainty.told import MATERIAL
from simulate.present.faces.impact import lines
from simulate.result.payers import costs_by_item
from simulate.result.priorities import league as priorities
from simulate.result.priorities.league import league

pytestmark = pytest.mark.usefixtures("solved_once")


def of_one_payer(*differences: float) -> np.ndarray[Any, Any]:
    """Cumulative costs of the new strategy beside a comparator that costs nothing, [1, 2, times, 1]."""
    cost = np.zeros((1, 2, len(differences), 1))
    cost[0, 1, :, 0] = differences
    return cost


def test_an_open_cohort_by_hand() -> None:
    """£100 more in a person's first year and £40 less in the second; 10 people a year, half and then all treated.

    They enter evenly through the year: half of a person's first year falls in the calendar year of entry.
    """
    cost = of_one_payer(0.0, 100.0, 60.0)
    found = budget_impact(cost, [0.0, 12.0, 24.0], [10.0, 10.0], [0.5, 1.0], payers=["nhs"])
    total = found[found["payer"] == "total"]["mean"].to_numpy()
    first = 5 * 50.0
    second = 5 * (50.0 - 20.0) + 10 * 50.0
    assert total[:2] == pytest.approx([first, second])


def test_what_falls_due_on_entry_the_prevalent_and_a_part_of_a_year_by_hand() -> None:
    """£100 more in the first year, £60 of it on entry, and £30 more in the half of the second that is followed.

    Ten people a year enter evenly, half of them treated, and twenty are there on the first day. Of those entering, what
    is not due on entry comes half a year later on average, and what is of the half year a quarter of a year later.
    """
    cost, months = of_one_payer(60.0, 100.0, 130.0), [0.0, 12.0, 18.0]
    entering = impact_by_draw(cost, months, [10.0] * 4, [0.5] * 4)[0, :, 0]
    first, second, third = 60 + 40 / 2, 40 / 2 + 30 * 0.75, 30 * 0.25
    assert entering == pytest.approx([5 * first, *[5 * (first + second), *[5 * (first + second + third)] * 2]])
    both = impact_by_draw(cost, months, [10.0] * 4, [0.5] * 4, prevalent=20.0)[0, :, 0]
    assert both - entering == pytest.approx([10 * 100.0, 10 * 30.0, 0.0, 0.0])
    at_once = impact_by_draw(cost, months, [10.0] * 4, [0.5] * 4, timing="start")[0, :, 0]
    assert at_once == pytest.approx([500.0, 650.0, 650.0, 650.0])


def test_what_is_paid_on_entry_is_of_the_year_of_entry_and_what_is_saved_late_of_the_next() -> None:
    """£24 each, of ten people a year: on entry; or in the twelfth month, of which half a month of entrants sees half.

    Those who enter in January pay in December, from the moment on that a year after entry they have paid: the first
    month's entrants are through half of their twelfth month at the turn of the year, and the others pay in the next.
    """
    months = np.arange(0.0, 25.0)
    whole = of_one_payer(*[24.0] * 25)
    assert impact_by_draw(whole, months, [10.0, 0.0], [1.0, 1.0])[0, :, 0] == pytest.approx([240.0, 0.0])
    late = of_one_payer(*[0.0] * 12, *[24.0] * 13)
    found = impact_by_draw(late, months, [10.0, 0.0, 0.0], [1.0] * 3)[0, :, 0]
    assert found == pytest.approx([10 * 24 / 12 / 2, 10 * 24 * 23 / 24, 0.0])


def test_a_year_is_the_months_of_everybody_who_entered() -> None:
    """Followed day by day by hand, of each payer: entrants of each of very many moments, cut at the turns of years."""
    rng = np.random.default_rng(1)
    months = np.array([0.0, 1.0, 2.0, 5.0, 11.0, 12.0, 13.0, 24.0, 29.0])
    cost = rng.normal(size=(3, 2, len(months), 2)).cumsum(axis=2)
    people, uptake = np.array([10.0, 30.0, 20.0, 5.0, 1.0]), np.array([0.1, 0.5, 1.0, 0.3, 0.2])
    found = impact_by_draw(cost, months, people, uptake)
    moments = (np.arange(2000) + 0.5) / 2000  # of a year, at which people enter
    for d, p in np.ndindex(3, 2):
        more = cost[d, 1, :, p] - cost[d, 0, :, p]
        for year in range(5):
            spent = 0.0
            for k in range(year + 1):
                since = 12 * (year - k + 1 - moments)  # months since entry at the end of the calendar year
                upto = np.interp(since, months, more)
                before = np.interp(since - 12, months, more, left=0.0)
                spent += people[k] * uptake[k] * float((upto - before).mean())
            assert found[d, year, p] == pytest.approx(spent, abs=1e-3)


def test_a_total_is_over_the_payers_counted() -> None:
    cost = np.zeros((1, 2, 2, 3))
    cost[0, 1, 1] = [100.0, 10.0, 1.0]
    options: dict[str, Any] = {"counted": [True, False, True], "timing": "start"}
    found = budget_impact(cost, [0.0, 12.0], [1.0], [1.0], **options).set_index("payer")["mean"]
    assert found.to_dict() == {"payer_1": 100.0, "payer_2": 10.0, "payer_3": 1.0, "total": 101.0}
    saved = np.array([[300.0, 30.0, 3.0]])
    back = return_on_investment(cost[:, 1, 1], saved, counted=[True, False, True]).set_index("payer")
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
    """Fifteen a year at an uptake of 0.4 beside seven at the start, of an account without people: month by month."""
    result = run(load("welfare_advice"), draws=4, people=10, variants=False)
    line = timeline(result)
    months, cost = line.months, line.cost.sum(axis=-1).mean(axis=0)
    more = cost[1] - cost[0]
    assert abs(more[0]) > 1.0 and months[-1] == 12.0
    found = impact(result, Population(15.0, (0.4, 0.4), prevalent=7.0))
    asked = found.budget.set_index(["calendar_year", "payer"])
    first = 15 * 0.4 * float(np.trapezoid(more, months)) / 12
    assert asked["mean"][1, "total"] == pytest.approx(first + 7 * 0.4 * more[-1])
    assert asked["mean"][2, "total"] == pytest.approx(15 * 0.4 * more[-1])


def test_a_budget_by_payer_is_the_integral_of_the_months(found: Any) -> None:
    """The first year of an open cohort costs what its months tell, by payer and in all."""
    line = timeline(found.result)
    for payer in found.payers:
        mine = [k for k, item in enumerate(line.items) if item.payer == payer and item.kind == "resource"]
        more = (line.cost[:, 1] - line.cost[:, 0])[..., mine].sum(axis=-1).mean(axis=0)
        told = found.budget[found.budget["payer"] == payer]["mean"].iloc[0]
        assert told == pytest.approx(15 * float(np.trapezoid(more, line.months)) / 12)
    total = found.budget[found.budget["payer"] == "total"]["mean"].iloc[0]
    assert total == pytest.approx(-15 * float(np.trapezoid(found.months["mean"], found.months["month"])) / 12)


def test_the_months_tell_both_whether_it_is_even_and_whether_it_stays_so() -> None:
    saving = np.array([[-1.0, 1.0, -0.5, 2.0], [-3.0, -2.0, 0.5, 1.0], [0.0, 1.0, 1.0, 1.0], [-1.0, 1.0, 1.0, -1.0]])
    months = np.array([0.0, 6.0, 12.0, 18.0])
    table = _monthly(saving, months)
    assert table["p_even_or_saved"].tolist() == [0.25, 0.75, 0.75, 0.75]
    assert table["p_paid_back"].tolist() == [0.25, 0.25, 0.5, 0.75]
    assert table["p_paid_back"][2] == payback(saving, months, within=12.0).probability


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


def test_an_impact_says_how_much_is_chance_between_people() -> None:
    """Ten people a draw are few; an account simulates nobody."""
    few = run(load("safewards"), draws=8, people=10, variants=False)
    found = replace(impact(few, Population(1.0, (1.0,))), by_people=0.4)
    assert impact(few, Population(1.0, (1.0,))).by_people == few.summary()["incremental"][0]["by_people"]["cost"]
    of_few = " ".join(lines(found))
    assert "chance between the 10 people of each draw" in of_few
    assert found.summary()["by_people"] == 0.4
    assert "40% of the variance of the difference in cost is chance between simulated people" in of_few
    less = " ".join(lines(replace(found, by_people=MATERIAL)))
    assert "people of each draw" in less and "of the variance" not in less
    nobody = impact(run(load("welfare_advice"), draws=4, people=10, variants=False), Population(1.0, (1.0,)))
    assert nobody.by_people == 0.0 and "people of each draw" not in " ".join(lines(nobody))


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
