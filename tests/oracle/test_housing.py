"""Housing First and supported accommodation: what the trials found, what goes in and comes out, budgets of services."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import models as m
from models.interventions.housing_first import FIRST
from models.interventions.supported_accommodation import CARE, HOUSING, OUTREACH, PROBLEM
from parameters import InputError
from simulate import load, run
from simulate.evaluate.measures import measure
from simulate.evaluate.valuation import cost_by_item
from simulate.solve import centre

pytestmark = pytest.mark.usefixtures("solved_once")


@cache
def fixed(name: str, setting: str | None = None) -> Any:
    return run(load(name, setting), fixed=True, people=20_000)


@pytest.mark.parametrize(
    ("setting", "days", "price"), [("at_home_canada", 140.34, 56.08), ("at_home_high_need", 151.2, 41.73)]
)
def test_days_housed_and_their_price_in_canada(setting: str, days: float, price: float) -> None:
    rows = {r["label"]: r for r in fixed("housing_first", setting).published_beside_ours()}
    assert rows["Days housed a person-year"]["simulated"][FIRST] == pytest.approx(days, rel=0.05)
    assert rows["Cost per day housed"]["simulated"][FIRST] == pytest.approx(price, rel=0.05)
    put_in = [label for label, row in rows.items() if row["by_construction"]]
    assert put_in == ["Days housed a person-year", "Cost per day housed"]


def test_a_claim_that_holds_the_savings_is_the_whole_difference() -> None:
    """Nothing simulated is saved beside the claim, and nobody's care costs less than nothing."""
    result = run(load("housing_first", "bretherton_2015"), fixed=True, people=4_000)
    assert (result.cost > 0).all()
    (row,) = result.published_beside_ours()
    years = measure(m.MeanTime(m.When(life="alive")), result.statistics, result.case.problem)[0, -1]
    assert row["by_construction"] and row["simulated"][FIRST] / years == pytest.approx(-15_246, rel=0.001)


def test_homeless_people_die_as_the_trial_counted() -> None:
    """34 of 703 in two years, 4.8%; of 20,000 a share has a standard error of 0.15%. As many in either arm."""
    result = fixed("housing_first", "england")
    deaths = result.ever()["death"][0]
    assert deaths[0] == pytest.approx(34 / 703, abs=0.006)  # older by a year on average: 0.2% more
    assert deaths[1] == pytest.approx(deaths[0], abs=0.001)
    for setting in load("housing_first").problem.settings:
        assert setting.given["r_death_at_40"] == "r_death_homeless", setting.name
    portfolio = load("recovery_portfolio", "homeless").setting
    assert portfolio.given["r_death_at_40"] == "r_death_homeless"


@pytest.mark.parametrize("setting", ["bretherton_2015", "england_all_public"])
def test_no_health_care_is_saved_beside_a_price_that_holds_it(setting: str) -> None:
    given = load("housing_first", setting).setting.given
    assert given["hr_admission_hf"] == given["irr_emergency_visits_hf"] == 1.0
    case = load("housing_first", "england").setting
    assert not {"hr_admission_hf", "irr_emergency_visits_hf"} & set(case.given)


def test_a_home_has_a_rent_where_it_is_priced_in_pounds() -> None:
    for setting in load("housing_first").problem.settings:
        assert (setting.given.get("c_rent_year") == 0.0) == (not setting.name.startswith("england")), setting.name


def test_nobody_sleeps_rough_on_a_ward() -> None:
    """Councils' price of a rough sleeper x years homeless outside hospital, by hand at the points."""
    result = fixed("housing_first", "england")
    items = cost_by_item(result.case.problem, result.draws, result.statistics)
    x = result.statistics
    here = [
        [i for i, s in enumerate(x.states) if s.get("housing") == "homeless" and s.get("care") in care]
        for care in (("community", "crisis"), ("informal", "detained"))
    ]
    rough, ward = (x.per_person(x.time[:, :, :, 1, i]).sum(axis=-1)[0] for i in here)
    assert items["sleeping_rough"][0] == pytest.approx(rough * result.draws.engine("c_homeless_year_council")[0])
    assert (items["homeless"] == 0.0).all() and 0.01 < ward[0] / (rough[0] + ward[0]) < 0.06


def test_council_spending_on_average_stands_beside_no_place() -> None:
    """What it likely holds has a price here: no item reads it, and social care is places and assessments alone."""
    assert "c_social_care_year" not in load("supported_accommodation").names()
    result = fixed("supported_accommodation").value(perspective="accommodation")
    items = cost_by_item(result.case.problem, result.draws, result.statistics)
    places = sum(items[n] for n in (CARE, HOUSING, OUTREACH, *(f"after_{n}" for n in (CARE, HOUSING, OUTREACH))))
    assert result.cost == pytest.approx(places + items["detention_amhp"])


def test_it_buys_days_and_saves_nothing() -> None:
    for setting in ("at_home_canada", "england"):
        found = fixed("housing_first", setting).summary()["incremental"][0]
        assert found["cost"]["mean"] > 0 and found["verdict"].startswith("costs more")


@pytest.mark.usefixtures("hasty_calibration")
def test_what_the_setting_gives_by_another_name_is_seen_and_priced() -> None:
    """`c_hf_year`, which the cost item reads, is `c_hf_year_england` in England: it decides the cost."""
    result = run(load("housing_first", "england"), draws=128, people=100)
    assert result.assumed()[0] == "c_hf_year_england"
    dearer = result.value(prices={"c_hf_year_england": 12_000.0}).cost
    before = run(load("housing_first", "england", changes={"c_hf_year_england": 12_000.0}), fixed=True, people=100)
    after = run(load("housing_first", "england"), fixed=True, people=100).value(prices={"c_hf_year_england": 12_000.0})
    assert (after.cost == before.cost).all()
    assert (dearer[:, 1] != result.cost[:, 1]).all() and (dearer[:, 0] == result.cost[:, 0]).all()
    with pytest.raises(m.ModelError, match="england gives it as c_hf_year_england"):
        result.value(prices={"c_hf_year": 1.0})


def test_dollars_do_not_depend_on_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    from parameters.money import model_money, prices

    before = {r["label"]: r["simulated"] for r in fixed("housing_first").published_beside_ours()}
    index = prices.price_index()
    other = replace(index, currencies={"CAD": replace(index.currencies["CAD"], per_pound=1.5)})
    monkeypatch.setattr(model_money, "price_index", lambda: other)
    model_money._worth.cache_clear()
    after = {r["label"]: r["simulated"] for r in fixed.__wrapped__("housing_first").published_beside_ours()}
    model_money._worth.cache_clear()
    assert after["Cost per day housed"][FIRST] == pytest.approx(before["Cost per day housed"][FIRST])


def test_moving_on_comes_out_as_it_went_in() -> None:
    (row,) = fixed("supported_accommodation").published_beside_ours()
    assert row["by_construction"]
    found = row["simulated"]
    assert [found[CARE], found[HOUSING], found[OUTREACH]] == pytest.approx([0.10, 0.39, 0.67], abs=0.015)


def test_a_budget_of_a_service_is_nobodys_cost() -> None:
    """Without the share of a place in it, its unit cannot stand as a price for a person's time."""
    careless = tuple(replace(c, unit_cost="c_budget_residential_care") if c.name == CARE else c for c in PROBLEM.costs)
    with pytest.raises(InputError, match="GBP_per_service_year stands at CostItem residential_care"):
        load(replace(PROBLEM, costs=careless))


def test_a_price_of_a_state_that_differs_between_strategies_needs_everybody() -> None:
    some = replace(PROBLEM.strategies[1].components[0], uptake=0.5)
    strategies = (PROBLEM.strategies[0], replace(PROBLEM.strategies[1], components=(some,)), PROBLEM.strategies[2])
    with pytest.raises(m.ModelError, match=r"has uptake 0\.5, and such time is that of everybody"):
        replace(PROBLEM, strategies=strategies)


def test_a_description_says_why_it_compares_nothing() -> None:
    assert PROBLEM.kind == "description" and "allocated" in PROBLEM.described
    wrong: tuple[dict[str, Any], ...] = ({"described": ""}, {"kind": "pathway"})
    for silent in wrong:
        with pytest.raises(m.ModelError, match="say why a description compares nothing"):
            replace(PROBLEM, **silent)


def test_every_week_is_charged_at_the_place_it_is_spent_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The price of a place x years in the service, and after it the next lighter type's, by hand at the points."""
    monkeypatch.setattr(centre, "CENTRE_PEOPLE", 20_000)
    result = fixed("supported_accommodation").value(perspective="accommodation")
    price = {n: result.draws.engine(f"c_place_{n}")[0] for n in (CARE, HOUSING, OUTREACH)}
    later = {CARE: price[HOUSING], HOUSING: price[OUTREACH]}
    later[OUTREACH] = result.draws.engine("c_after_floating_outreach")[0]
    items = cost_by_item(result.case.problem, result.draws, result.statistics)
    for i, name in enumerate((CARE, HOUSING, OUTREACH)):
        for item, level, paid in ((name, "in_service", price), (f"after_{name}", "moved_on", later)):
            years = _years(result, level)[i]
            assert items[item][0] == pytest.approx([paid[name] * years if j == i else 0.0 for j in range(3)])
    assert price[CARE] / price[OUTREACH] == pytest.approx(500 / 150)


def test_a_place_may_be_priced_by_its_share_of_a_budget() -> None:
    result = run(load("supported_accommodation", "quest_budgets"), fixed=True, people=500)
    item = cost_by_item(result.case.problem, result.draws, result.statistics)[CARE][0, 0]
    budget, share = (result.draws.engine(f"{n}_{CARE}")[0] for n in ("c_budget", "share_of_service"))
    assert item == pytest.approx(budget * share * _years(result, "in_service")[0])


def _years(result: Any, level: str) -> Any:
    """Discounted years at a level of housing per person, [strategies]."""
    x = result.statistics
    here = [i for i, s in enumerate(x.states) if s.get("housing") == level]
    return x.per_person(x.time[:, :, :, 1, here]).sum(axis=-1)[0]
