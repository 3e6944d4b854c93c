"""Quantities made of others: sums, complements and quotients, wherever a quantity is read."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import models as m
from models.quantities import computed, names_in
from parameters import InputError
from simulate import load, run
from simulate.engine.lower.quantities import make_lookup
from simulate.present.english.model import describe

HOME = m.Domain("place", ("ward", "home"))
MEAN = m.Quotient("t_stay", m.Sum(m.Complement("p_long"), m.Product("p_long", "ratio")))


def problem(scale: m.Quantity = MEAN) -> m.DecisionProblem:
    event = m.Event("discharge", m.When(place="ward"), m.Weibull(1.0, scale), {"place": "home"})
    longer = m.Component("longer", "Longer stays", (m.Effect("discharge", "time", m.Sum("p_long", "p_long", 1.0)),))
    return m.DecisionProblem(
        id="stay",
        label="A stay",
        pathway=m.Pathway("stay", (HOME,), (event,), {"place": "ward"}),
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("longer", "Longer", (longer,))),
        settings=(m.Setting("base", "Base", horizon=20.0, effect="days"),),
        effects=(m.EffectMeasure("days", "Days", "day", days=m.When(place="ward")),),
    )


def records(**more: Any) -> dict[str, Any]:
    return {
        "t_stay": {"unit": "days", "distribution": {"gamma": {"mean": 30.0, "se": 3.0}}},
        "p_long": {"unit": "probability", "distribution": {"beta": {"mean": 0.4, "se": 0.05}}},
        "ratio": {"unit": "ratio", "distribution": {"lognormal": {"mean": 2.0, "low": 1.0, "high": 4.0}}},
        **more,
    }


def test_a_quantity_comes_to_what_its_parts_do() -> None:
    values = {"t_stay": np.array([30.0, 36.0]), "p_long": np.array([0.4, 0.25]), "ratio": np.array([2.0, 1.0])}
    assert make_lookup(values.__getitem__, 2)(MEAN) == pytest.approx([30 / 1.4, 36.0])
    assert list(names_in(MEAN)) == ["t_stay", "p_long", "p_long", "ratio"]
    assert computed(m.Sum(1.0, m.Quotient(3.0, 4.0)), lambda name: 0.0, float) == 1.75
    assert str(MEAN) == "t_stay / ((1 - p_long) + (p_long x ratio))"


def test_it_stands_wherever_a_quantity_may() -> None:
    case = load(problem(), inline=records())
    assert case.names() == ("t_stay", "p_long", "ratio")
    result = run(case, fixed=True, people=20_000)
    usual, longer = result.effect[0] / (30 / 1.4)
    assert usual == pytest.approx(1.0, abs=0.03) and longer / usual == pytest.approx(1.8, abs=0.02)
    told = " ".join(describe(case.problem, case.setting, case.parameters).split())
    assert "divided by ((1 less 40%" in told and "plus 1. " in told


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        (m.Sum("t_stay", "p_long"), r"t_stay \(days\), p_long \(probability\) are added at Event discharge"),
        (m.Complement("t_stay"), r"days is taken from 1 at Event discharge"),
        (m.Quotient("t_stay", "t_stay"), r"stands at Event discharge.*takes a time"),
        (m.Product("t_stay", m.Complement("ratio")), r"\(1 - ratio\): .*allowed: a finite number above 0"),
        (m.Quotient("t_stay", m.Sum("p_long", -0.5)), r"divides by 0, or by what can be it"),
        (m.Quotient(1.0, 0.0), r"inf is out of range"),
    ],
)
def test_what_it_cannot_be_is_told_before_anything_runs(scale: m.Quantity, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(problem(scale), inline=records())


@pytest.mark.parametrize("wrong", [m.Sum(), m.Sum(("t_stay", 1.0)), m.Complement(None), m.Product("t_stay", math.inf)])  # type: ignore[arg-type]
def test_what_is_no_quantity_is_refused(wrong: m.Quantity) -> None:
    with pytest.raises(m.ModelError, match=r"allowed: "):
        load(problem(wrong), inline=records())


def test_a_setting_that_gives_one_is_solved_for_over_its_spread() -> None:
    """Solved per draw: the mean stay is the target's in every draw, whatever the composite scale is drawn as."""
    declared = problem(m.Product("scale", "unknown"))
    target = m.CalibrationTarget("unknown", "usual", m.MeanTime(m.When(place="ward")), "t_target", start=1.0)
    setting = replace(declared.settings[0], given={"scale": MEAN}, targets=(target,))
    case = load(
        replace(declared, settings=(setting,)),
        inline=records(t_target={"unit": "days", "distribution": {"gamma": {"mean": 40.0, "se": 2.0}}}),
    )
    result = run(case, draws=16, people=20_000)
    usual = result.effect[:, 0] / result.draws.column("t_target")
    assert usual == pytest.approx(np.ones(16), abs=0.04)


def test_a_setting_cannot_give_what_it_gives_or_solves_for() -> None:
    with pytest.raises(m.ModelError, match=r"given\[a\]: b: given or solved for by the setting itself"):
        m.Setting("base", "Base", horizon=1.0, given={"a": m.Sum("b", 1.0), "b": 2.0})
