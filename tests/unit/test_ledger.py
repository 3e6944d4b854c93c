"""Problems without events: accounts of costs and effects, in closed form, and what they take to pay for themselves."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models as m
from simulate import load, run

FORCE = math.log1p(0.035)
LEDGER = m.Pathway(
    "ledger", (m.Domain("place", ("here", "there")),), (), {"place": m.Mixture({"there": "p_there"}, "here")}
)
COURSE = m.Component("course", "A course", uptake="p_uptake", start=0.5, end=1.5)
PROBLEM = m.DecisionProblem(
    id="course",
    label="A course",
    pathway=LEDGER,
    strategies=(m.Strategy("usual", "Usual"), m.Strategy("course", "Course", (COURSE,))),
    settings=(m.Setting("base", "Base", horizon=2.5, effect="gain"),),
    costs=(
        m.CostItem("place", "Place", "nhs", m.StateTime(m.When(place="there")), "c_place"),
        m.CostItem("course", "Course", "nhs", m.Delivery("course"), "c_course"),
        m.CostItem("tutor", "Tutor", "nhs", m.ComponentTime("course"), "c_tutor"),
        m.CostItem("averted", "Days averted", "nhs", m.Delivery("course"), "c_day", ("days_averted",), sign=-1),
    ),
    effects=(
        m.EffectMeasure("gain", "Gain", "point", items=(m.EffectItem(m.ComponentTime("course"), "gain"),)),
        m.EffectMeasure("qaly", "QALYs", "QALY"),
    ),
    utilities=(m.Utility(m.When(), 1.0),),
    breakevens=(m.Breakeven("days_averted", "bed-days averted a person"),),
    kind="threshold",
)


def fixed(unit: str, value: float) -> dict[str, Any]:
    money = {"price_year": "2023/24"} if unit.startswith("GBP") else {}
    return {"unit": unit, "distribution": {"fixed": {"value": value}}, **money}


NUMBERS: dict[str, dict[str, Any]] = {
    "p_there": fixed("probability", 0.25),
    "p_uptake": fixed("probability", 0.4),
    "c_place": fixed("GBP_per_year", 100.0),
    "c_course": fixed("GBP", 1000.0),
    "c_tutor": fixed("GBP_per_year", 200.0),
    "c_day": fixed("GBP_per_day", 500.0),
    "days_averted": {"unit": "days_difference", "distribution": {"normal": {"mean": 1.0, "se": 1.0}}},
    "gain": fixed("number", 0.1),
}


def years(a: float, b: float) -> float:
    return (math.exp(-FORCE * a) - math.exp(-FORCE * b)) / FORCE


def test_an_effect_of_time_under_a_component_is_had_only_with_it() -> None:
    everybody = replace(COURSE, uptake=1.0, start=0.0, end=None)
    there = m.EffectItem(m.StateTime(m.When(place="there"), component="course"), "gain")
    problem = replace(
        PROBLEM,
        strategies=(PROBLEM.strategies[0], m.Strategy("course", "Course", (everybody,))),
        effects=(m.EffectMeasure("gain", "Gain", "point", items=(there,)), PROBLEM.effects[1]),
    )
    numbers = {name: x for name, x in NUMBERS.items() if name != "p_uptake"}
    effect = run(load(problem, inline=numbers), draws=2, people=10).effect
    assert (effect[:, 0] == 0.0).all()
    assert effect[:, 1] == pytest.approx(np.full(2, 0.1 * 0.25 * years(0, 2.5)))


def test_costs_and_effects_by_hand() -> None:
    result = run(load(PROBLEM, inline=NUMBERS), draws=64, people=10)
    days = result.drawn.column("days_averted")
    given = 0.4 * math.exp(-FORCE * 0.5)
    usual = 0.25 * 100 * years(0, 2.5)
    assert result.cost[:, 0] == pytest.approx(np.full(64, usual))
    extra = given * 1000 + 0.4 * years(0.5, 1.5) * 200 - given * 500 * days
    assert result.cost[:, 1] - result.cost[:, 0] == pytest.approx(extra)
    assert result.effect[:, 1] - result.effect[:, 0] == pytest.approx(np.full(64, 0.4 * years(0.5, 1.5) * 0.1))
    assert result.value(effect="qaly").effect == pytest.approx(np.full((64, 2), years(0, 2.5)))


def test_there_is_no_noise() -> None:
    result = run(load(PROBLEM, inline=NUMBERS), draws=64, people=10)
    found = result.summary()
    assert found["noise"]["share_of_variance"] == 0.0
    assert (result.ceac()["probability_course"] == result.ceac()["corrected_course"]).all()
    other = run(load(PROBLEM, inline=NUMBERS), draws=64, people=1000, threads=2)
    assert other.cost == pytest.approx(result.cost, rel=1e-12)


def test_where_it_pays_for_itself() -> None:
    """(1,000 + 200 x what a year is worth from there) / 500 bed-days; P(more drawn) by the normal, within 0.02."""
    result = run(load(PROBLEM, inline=NUMBERS), draws=1024, people=10)
    (row,) = result.breakeven()
    expected = (1000 + 200 * years(0, 1)) / 500
    assert row["value"] == pytest.approx(expected) and row["low"] == pytest.approx(expected)
    assert (row["strategy"], row["unit"], row["pays_from"]) == ("course", "days_difference", "above")
    assert row["probability"] == pytest.approx(0.5 * math.erfc((expected - 1) / math.sqrt(2)), abs=0.02)


def test_yearly_bins_add_up() -> None:
    result = run(load(PROBLEM, inline=NUMBERS), draws=16, people=10, by_year=True)
    assert result.statistics.year_time.sum(axis=2) == pytest.approx(result.statistics.time.sum(axis=2))


def test_what_differs_between_people_is_refused() -> None:
    people = (m.Characteristic("sex", m.Mixture({"male": 0.5}, "female")),)
    problem = replace(PROBLEM, pathway=replace(LEDGER, characteristics=people))
    with pytest.raises(m.ModelError, match="characteristics and frailties change nothing"):
        run(load(problem, inline=NUMBERS), draws=16, people=10)


def test_it_leaves_a_whole_folder(tmp_path: Path) -> None:
    from simulate.present.english.model import describe
    from simulate.present.faces.run import face
    from simulate.present.folder.output import write
    from simulate.present.terminal.summary import summary_lines

    case = load(PROBLEM, inline=NUMBERS)
    result = run(case, draws=64, people=10)
    summary = write(face(result), tmp_path / "out")
    assert summary["kind"] == "threshold" and (tmp_path / "out" / "figures" / "cost_difference.png").exists()
    assert "A course" in "\n".join(summary_lines(summary, case.problem, case.parameters))
    assert "A course" in describe(case.problem, case.setting, case.parameters)


@pytest.mark.parametrize(
    ("unit", "said"), [("probability", "25% to 50%"), ("GBP", "£0.25 to £0.5"), ("days", "0.25 to 0.5")]
)
def test_an_interval_of_where_it_pays_has_the_unit_of_its_point(unit: str, said: str) -> None:
    """0.25 to 0.5, of a share, of money and of days."""
    from simulate.present.terminal.beside import _between

    assert said in _between({"low": 0.25, "high": 0.5, "unit": unit, "narrow": False})
    assert _between({"low": None, "high": None, "unit": unit, "narrow": False}) == ""
