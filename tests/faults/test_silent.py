"""What once did nothing, or went on for ever, in silence: refused by name, or done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import models as m
from simulate import load, run
from simulate.analyse import sweep
from simulate.ask.case import Case

CARE = m.Domain("care", ("ward", "home"), "Care")
ON_WARD = m.When(care="ward")
STAY = m.Event(
    "discharge",
    ON_WARD,
    m.FixedTime(0.5),
    branches=(m.Branch("home", 1.0, {"care": "home"}), m.Branch("again", 0.0, {})),
)
RECORDS = {"ratio": {"unit": "ratio", "distribution": {"fixed": {"value": 0.5}}}}


def problem(*effects: m.Effect, groups: tuple[m.Group, ...] = (), **more: Any) -> m.DecisionProblem:
    new = m.Strategy("new", "New", (m.Component("new", "New", effects),))
    pathway = m.Pathway("stays", (CARE,), (STAY,), {"care": "ward"}, groups=groups)
    setting = m.Setting("base", "Everybody on a ward", horizon=1.0, effect="days_at_home")
    effect = m.EffectMeasure("days_at_home", "Days at home", "day", days=m.When(care="home"), beyond_cost="a test")
    return m.DecisionProblem(
        "stays", "Stays", pathway, (m.Strategy("usual", "Usual"), new), (setting,), effects=(effect,), **more
    )


def small(*effects: m.Effect) -> Case:
    return load(problem(*effects), inline=RECORDS)


def test_a_risk_ratio_needs_another_branch() -> None:
    with pytest.raises(m.ModelError, match=r"its probability is 1; a risk ratio of 0.5 has no other branch to act on"):
        run(small(m.Effect("discharge", "risk", "ratio", branch="home")), fixed=True, people=5)


def test_a_fixed_time_has_no_hazard() -> None:
    with pytest.raises(m.ModelError, match=r"Effect on discharge.ratio: hazard; a fixed time has none; allowed: time"):
        problem(m.Effect("discharge", "hazard", "ratio"))


@pytest.mark.parametrize("members", [(("g",), ()), (("h",), ("g",))])
def test_a_group_does_not_hold_itself(members: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    groups = tuple(m.Group(name, inside, name) for name, inside in zip("gh", members, strict=True) if inside)
    with pytest.raises(m.ModelError, match=r"Group g.members: holds itself"):
        problem(groups=groups)


def test_waning_in_endless_steps_is_refused() -> None:
    waning = m.Waning("exponential", 1.0, step=1e-9)
    with pytest.raises(m.ModelError, match="at most 10,000"):
        run(small(m.Effect("discharge", "time", "ratio", waning=waning)), fixed=True, people=5)


@pytest.mark.parametrize("asked", [{"draws": 2.5}, {"people": "10"}])
def test_half_a_draw_is_refused(asked: dict[str, Any]) -> None:
    case = load(problem())
    with pytest.raises(m.ModelError, match="must be a whole number"):
        run(case, **asked)


def test_a_band_counts_from_when_the_stay_began(tmp_path: Path) -> None:
    """The first quarter of a year on a ward costs 1,000 a year; who has 0.3 years behind them is past it."""
    people = tmp_path / "people.csv"
    people.write_text("id,weight,elapsed\na,1,0\nb,1,0.3\n", encoding="utf-8")
    item = m.CostItem("first_quarter", "First quarter", "nhs", m.StayBand(ON_WARD, 0.0, 0.25), 1000.0)
    case = load(problem(costs=(item,), discount_costs=0.0))
    assert run(case, fixed=True, cohort=people).cost[0] == pytest.approx([125.0, 125.0])
    assert run(case, fixed=True, people=4).cost[0] == pytest.approx([250.0, 250.0])


def test_to_be_reached_is_worth_nothing_by_itself() -> None:
    found = sweep.threshold_value(load("recovery_college"), "c_recovery_college", people=50)
    assert found.threshold == 0.0
    assert "best below 659" in found.verdict()
