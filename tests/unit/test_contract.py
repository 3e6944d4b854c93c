"""What problems are judged on, compared with and scaled to, on a pathway where all is known by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import models as m
from parameters import to_engine
from parameters.units import price_index
from simulate import load, run
from simulate.evaluate.measures import measure

# Everybody is at home for half a year, on a ward for a quarter, and at home again to the end of the second year. On
# the ward there are restraints at 40 a year; the programme cuts stays by half.
WARD, HOME = m.When(place="ward"), m.When(place="home")
PATHWAY = m.Pathway(
    "toy",
    (m.Domain("place", ("home", "ward")),),
    (
        m.Event("admission", HOME, m.FixedTime("t_admission"), {"place": "ward"}, clock="start"),
        m.Event("discharge", WARD, m.FixedTime("t_stay"), {"place": "home"}),
        m.Event("restraint", WARD, m.Exponential("r_restraint")),
    ),
    {"place": "home"},
)
TOY = "a toy, worth what is asked"
SHORTER = m.Component("shorter", "Shorter stays", (m.Effect("discharge", "time", 0.5),))
PROBLEM = m.DecisionProblem(
    id="toy",
    label="Toy",
    pathway=PATHWAY,
    strategies=(m.Strategy("usual", "Usual"), m.Strategy("new", "New", (SHORTER,)), m.Strategy("idle", "Idle")),
    settings=(m.Setting("base", "Base", horizon=2.0, effect="days_home"),),
    costs=(
        m.CostItem("ward", "Ward", "nhs", m.StateTime(WARD), "c_ward"),
        m.CostItem("programme", "Programme", "nhs", m.Delivery("shorter"), "c_programme"),
    ),
    effects=(
        m.EffectMeasure("days_home", "Days at home", "day", days=HOME, beyond_cost=TOY),
        m.EffectMeasure("years_home", "Years at home", "year", years=HOME, beyond_cost=TOY),
        m.EffectMeasure("restraints", "Restraints averted", "restraint", averted="restraint"),
        m.EffectMeasure("admitted", "Admissions averted", "percentage point", ever="admission"),
    ),
    scales=(m.Scale("ward_year", "a ward-year", WARD, m.Product("n_beds", 1.0)),),
    discount_costs=0.0,
    discount_effects=0.0,
)
NUMBERS: dict[str, dict[str, Any]] = {
    "t_admission": {"unit": "years", "distribution": {"fixed": {"value": 0.5}}},
    "t_stay": {"unit": "years", "distribution": {"fixed": {"value": 0.25}}},
    "r_restraint": {"unit": "per_year", "distribution": {"fixed": {"value": 40.0}}},
    "n_beds": {"unit": "years", "distribution": {"fixed": {"value": 19.0}}},
    "c_ward": {"unit": "GBP_per_year", "price_year": "2023/24", "distribution": {"fixed": {"value": 1000.0}}},
    "c_programme": {"unit": "GBP", "price_year": "2023/24", "distribution": {"fixed": {"value": 10.0}}},
}


def simulated(problem: m.DecisionProblem = PROBLEM, **options: Any) -> Any:
    return run(load(problem, inline=NUMBERS), fixed=True, people=options.pop("people", 2000), **options)


@pytest.mark.parametrize(
    ("effect", "usual", "new"),
    [
        ("days_home", 1.75 * 365.25, 1.875 * 365.25),
        ("years_home", 1.75, 1.875),
        ("admitted", -100.0, -100.0),
    ],
)
def test_effects_by_hand(effect: str, usual: float, new: float) -> None:
    assert simulated(effect=effect).effect[0, :2] == pytest.approx([usual, new])


def test_restraints_averted_are_minus_their_number() -> None:
    """40 a year for a quarter and an eighth of a year: 10 and 5 a person, within five standard errors."""
    result = simulated(effect="restraints")
    counted = result.event_counts()["restraint"]
    assert (result.effect == -counted).all()
    assert -result.effect[0, :2] == pytest.approx([10.0, 5.0], abs=5 * (10 / 2000) ** 0.5)


def test_one_kind_of_effect_only() -> None:
    with pytest.raises(m.ModelError, match="EffectMeasure x: give one of"):
        m.EffectMeasure("x", "X", "day", ever="admission", days=HOME)


def shown(statistic: Any, unit: str, **more: Any) -> dict[str, Any]:
    item = m.PublishedResult("x", statistic, {"new": 1.0}, unit, "assumption", **more)  # type: ignore[arg-type]
    setting = replace(PROBLEM.settings[0], shown=(item,))
    found = simulated(replace(PROBLEM, settings=(setting,))).published_beside_ours()
    assert isinstance(found[0], dict)
    return dict(found[0])


@pytest.mark.parametrize(
    ("statistic", "unit", "usual", "new"),
    [
        (m.MeanTime(WARD), "days", 0.25 * 365.25, 0.125 * 365.25),
        (m.ShareOfTime(WARD), "share", 0.125, 0.0625),
        (m.ShareOfTime(WARD), "days_per_person_year", 0.125 * 365.25, 0.0625 * 365.25),
        (m.Rate("admission", WARD), "per_year", 4.0, 8.0),
        (m.Rate("admission", WARD), "per_1000_days", 4000 / 365.25, 8000 / 365.25),
        (m.ShareWithTime(WARD, 0.2), "share", 1.0, 0.0),
        ("cost", "GBP", 250.0, 135.0),
        ("effect", "count", 1.75 * 365.25, 1.875 * 365.25),
    ],
)
def test_shown_figures_by_hand(statistic: Any, unit: str, usual: float, new: float) -> None:
    found = shown(statistic, unit)["simulated"]
    assert found["usual"] == pytest.approx(usual) and found["new"] == pytest.approx(new)
    apart = shown(statistic, unit, contrast="difference")["simulated"]
    assert "usual" not in apart and apart["new"] == pytest.approx(new - usual)


@pytest.mark.parametrize(
    "statistic", [m.MeanTime(WARD), m.Rate("admission", HOME), m.CountRatio("admission", "discharge")]
)
def test_what_a_trial_counts_is_undiscounted_at_any_rate(statistic: Any) -> None:
    """Days and events that a trial printed are compared with days and events, not with their present value."""
    discounted = replace(PROBLEM, discount_costs=0.2, discount_effects=0.3)
    plain, found = (simulated(x, people=50) for x in (PROBLEM, discounted))
    assert found.cost[0, 0] < 0.95 * plain.cost[0, 0]
    told, wanted = (measure(statistic, x.statistics, x.case.problem) for x in (plain, found))
    assert np.array_equal(told, wanted)


def test_a_ratio_of_cost_to_effect_is_shown_in_another_currency() -> None:
    """115 less for 45.66 days more: -£2.519 a day, and in dollars by nobody's rate."""
    per_day = -115 / (0.125 * 365.25)
    assert shown("icer", "GBP_per_day")["simulated"]["new"] == pytest.approx(per_day)
    with pytest.raises(m.ModelError, match="CAD in a model in GBP: no exchange rate is given"):
        shown("icer", "CAD_per_day")


def test_another_currency_goes_there_and_back() -> None:
    dollars = to_engine(np.array([56.08]), "CAD_per_day", "2016/17") / 365.25
    assert dollars * price_index().foreign("CAD") == pytest.approx([56.08])


def test_a_share_of_people_needs_everybodys_totals() -> None:
    setting = replace(
        PROBLEM.settings[0],
        shown=(m.PublishedResult("x", m.ShareWithTime(WARD, 0.2), {"new": 1.0}, "share", "assumption"),),
    )
    case = load(replace(PROBLEM, settings=(setting,)), inline=NUMBERS)
    (row,) = run(case, draws=16, people=20).published_beside_ours()
    assert row["simulated"] == {
        "usual": None,
        "new": None,
        "idle": None,
    }
    assert run(case, draws=16, people=20, persons=True).published_beside_ours()[0]["simulated"]["usual"] == 1.0


def test_what_is_solved_for_must_be_shown_as_such() -> None:
    targets = (m.CalibrationTarget("t_stay", "new", m.ShareOfTime(WARD), 0.1),)
    row = m.PublishedResult("x", m.ShareOfTime(WARD), {"new": 0.1}, "share", "assumption")
    setting = replace(PROBLEM.settings[0], targets=targets, shown=(row,))
    with pytest.raises(
        m.ModelError, match=r"PublishedResult x.by_construction: False; it is solved for, so it must be True"
    ):
        replace(PROBLEM, settings=(setting,))
    honest = replace(row, by_construction=True)
    partly = replace(row, published={"usual": 0.1, "new": 0.1})  # the comparator is not solved for
    replace(PROBLEM, settings=(replace(setting, shown=(honest, partly)),))


def test_results_for_a_ward_year() -> None:
    """19 beds for a year are 76 stays of a quarter, and 152 of an eighth: money a year, and restraints as the rate."""
    rows = {(r["strategy"], r["measure"]): r for r in simulated().scaled()}
    assert rows["usual", "cost"]["mean"] == pytest.approx(76 * 250)
    assert rows["new", "cost"]["mean"] == pytest.approx(152 * 135)
    assert rows["new", "cost"]["difference"]["mean"] == pytest.approx(152 * 135 - 76 * 250)
    assert rows["usual", "restraint"]["mean"] == pytest.approx(19 * 40, rel=0.05)
    assert rows["new", "restraint"]["mean"] == pytest.approx(19 * 40, rel=0.05)
    assert rows["usual", "cost"]["difference"] is None


def test_a_setting_compares_the_strategies_it_names() -> None:
    settings = (*PROBLEM.settings, m.Setting("two", "Two", 2.0, effect="days_home", strategies=("usual", "idle")))
    problem = replace(PROBLEM, settings=settings)
    result = run(load(problem, "two", inline=NUMBERS), fixed=True, people=100)
    assert result.strategies == ("usual", "idle") and result.cost[0] == pytest.approx([250.0, 250.0])
    assert [c.name for c in result.case.problem.costs] == ["ward"]
    with pytest.raises(m.ModelError, match="'nobody' is unknown; allowed: usual, new, idle"):
        replace(PROBLEM, settings=(m.Setting("bad", "Bad", 2.0, effect="days_home", strategies=("usual", "nobody")),))


def test_a_setting_may_have_a_natural_history_of_its_own() -> None:
    """A ward from which nobody is discharged, and a strategy that acts on what there is."""
    stay = m.Pathway("stay", PATHWAY.domains, (PATHWAY.event("admission"), PATHWAY.event("restraint")), PATHWAY.start)
    gentle = m.Component("gentle", "Fewer restraints", (m.Effect("restraint", "hazard", 0.5),))
    own = m.Strategy("gentle", "Gentle", (gentle,))
    alone = m.Setting("stay", "Stay", 2.0, effect="restraints", strategies=("usual", own), pathway=stay)
    problem = replace(PROBLEM, settings=(*PROBLEM.settings, alone))
    result = run(load(problem, "stay", inline=NUMBERS), fixed=True, people=100)
    assert result.strategies == ("usual", "gentle") and result.cost[0] == pytest.approx([1500.0] * 2)
    assert result.effect[0] == pytest.approx([-60, -30], rel=0.1)
    assert run(load(problem, inline=NUMBERS), fixed=True, people=100).cost[0, :2] == pytest.approx([250.0, 135.0])
    with pytest.raises(m.ModelError, match=r"Effect on discharge\.event: 'discharge' is unknown"):
        replace(PROBLEM, settings=(replace(alone, strategies=()),))
    lost = m.CalibrationTarget("r_restraint", "usual", m.Ever("discharge"), 0.5)
    with pytest.raises(m.ModelError, match=r"CalibrationTarget r_restraint\.statistic: 'discharge' is unknown"):
        replace(PROBLEM, settings=(replace(alone, targets=(lost,)),))


def test_a_difference_is_solved_for() -> None:
    """A fifth of a year less on the ward: stays of 0.05 in place of 0.25."""
    target = m.CalibrationTarget("tr_stay", "new", m.ShareOfTime(WARD), "d_share", "difference", 0.5)
    shorter = m.Component("shorter", "Shorter stays", (m.Effect("discharge", "time", "tr_stay"),))
    problem = replace(
        PROBLEM,
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("new", "New", (shorter,))),
        settings=(replace(PROBLEM.settings[0], targets=(target,)),),
    )
    numbers = {**NUMBERS, "d_share": {"unit": "number", "distribution": {"fixed": {"value": -0.1}}}}
    result = run(load(problem, inline=numbers), fixed=True, people=100)
    assert result.draws.column("tr_stay") == pytest.approx([0.2], abs=0.01)


def test_a_pathway_is_extended() -> None:
    more = PATHWAY.extended(
        "more",
        domains=(m.Domain("home", ("housed", "homeless")),),
        start={"home": "homeless"},
        groups=(m.Group("anything", ("admission", "restraint")),),
    )
    assert [d.name for d in more.domains] == ["place", "home"] and more.start == {"place": "home", "home": "homeless"}
    assert more.events == PATHWAY.events and [g.name for g in more.groups] == ["anything"]
    with pytest.raises(m.ModelError, match="'event' is unknown"):
        PATHWAY.extended("more", event=())
