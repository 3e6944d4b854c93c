"""What would be passed over in silence, or refused by a run alone, is told where a problem is checked, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import models as m
from parameters import InputError, inline
from simulate import load, run
from simulate.ask.case import Case
from simulate.ask.misuse import risks_above_all
from simulate.ask.reads import known_names
from tests.unit.test_given import NUMBERS, PATHWAY, PLAIN, USUAL, problem

SMALL: dict[str, Any] = {"draws": 64, "people": 10, "seed": 3, "variants": False}


def loaded(asked: m.DecisionProblem, numbers: Mapping[str, Any] = NUMBERS, **more: Any) -> Case:
    return load(asked, inline={n: r for n, r in numbers.items() if n in known_names(asked)}, **more)


# --- prices below 0 ---------------------------------------------------------------------------------


def paid(unit_cost: m.Quantity, *quantities: m.Quantity, **more: Any) -> m.DecisionProblem:
    item = m.CostItem("ill", "Ill", "nhs", m.StateTime(m.When(health="ill")), unit_cost, quantities=quantities)
    whole = problem(USUAL, PLAIN, **more)
    return replace(whole, costs=(item, *whole.costs[1:]))


GIVES = replace(PLAIN, id="gives", given={"c_ill": m.Product("c_ill", -1.0)})
LOSES = m.Setting("base", "Base", horizon=8.0, given={"c_ill": m.Product("c_there", -1.0)})


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (paid(m.Product("c_ill", -1.0)), "CostItem ill.unit_cost: c_ill x -1"),
        (paid("c_ill", "other", -1.0), "CostItem ill.quantities[1]: -1"),
        (paid("c_ill", m.Product("other", -0.5)), "CostItem ill.quantities[0]: other x -0.5"),
        (problem(USUAL, GIVES), "CostItem ill.unit_cost under strategy gives: c_ill x -1"),
        (paid("c_ill", settings=(LOSES,)), "CostItem ill.unit_cost: c_there x -1"),
    ],
)
def test_a_price_or_quantity_that_a_number_turns_is_refused(asked: m.DecisionProblem, where: str) -> None:
    with pytest.raises((m.ModelError, InputError)) as caught:
        loaded(asked, {**NUMBERS, "c_there": NUMBERS["c_ill"]})
    assert where in str(caught.value) and "sign=-1" in str(caught.value)


def test_prices_that_are_not_turned_pass() -> None:
    loaded(paid("c_ill", "other", m.Complement("other")))
    loaded(paid(m.Sum("c_ill", -5.0)))


# --- ages -------------------------------------------------------------------------------------------


def aged(law: m.Numeric) -> m.DecisionProblem:
    return problem(USUAL, PLAIN, pathway=replace(PATHWAY, characteristics=(m.Characteristic("age", law),)))


@pytest.mark.parametrize("law", [m.Numeric("normal", 20.0, 10.0), m.Numeric("uniform", -1.0, 40.0)])
def test_ages_before_birth_are_refused(law: m.Numeric) -> None:
    with pytest.raises(InputError, match=rf"Characteristic age: a {law.distribution} of .* draws ages below 0.*low=0"):
        loaded(aged(law))


@pytest.mark.parametrize(
    "law",
    [
        m.Numeric("normal", 20.0, 10.0, low=0.0),
        m.Numeric("normal", 60.0, 10.0),
        m.Numeric("gamma", 20.0, 15.0),
        m.Numeric("uniform", 0.0, 40.0),
    ],
)
def test_other_ages_pass(law: m.Numeric) -> None:
    loaded(aged(law))


# --- ratios -----------------------------------------------------------------------------------------


def test_a_ratio_at_a_level_that_is_absorbing_is_refused() -> None:
    work = m.Domain("work", ("in", "out", "retired"), absorbing=("retired",))
    events = tuple(
        replace(e, by=(m.ByLevel("work", {"out": "other", "retired": 0.5}),)) if e.name == "dies" else e
        for e in PATHWAY.events
    )
    retires = m.Event("retires", m.When(work=("in", "out")), m.Exponential(0.1), {"work": "retired"})
    levels = {**PATHWAY.start, "work": "in"}
    with pytest.raises(m.ModelError, match=r"Event dies\.by\[work\]\[retired\]: it does not happen there"):
        replace(PATHWAY, domains=(*PATHWAY.domains, work), events=(*events, retires), start=levels)


def risky(mean: float) -> tuple[m.DecisionProblem, dict[str, Any]]:
    effect = m.Effect("seen", "risk", "hr", branch="treated")
    drug = m.Strategy("drug", "Drug", (m.Component("drug", "Drug", (effect,)),))
    law = {"lognormal": {"mean": mean, "se": 0.2}}
    return problem(USUAL, drug), {**NUMBERS, "hr": {"unit": "ratio", "distribution": law, "among": "seen"}}


def test_risks_that_draws_put_above_all_are_told_as_a_run_refuses_them(tmp_path: Path) -> None:
    asked, numbers = risky(2.4)
    case = loaded(asked, numbers)
    [told] = risks_above_all(case.problem, case.setting, case.parameters)
    assert told.startswith("Effect on seen.treated: a risk ratio of 2.8") and "a run refuses" in told
    with pytest.raises(m.ModelError, match=r"Effect on seen\.treated in draw \d+: probability"):
        run(case, **SMALL)
    asked, numbers = risky(1.2)
    case = loaded(asked, numbers)
    assert not [*risks_above_all(case.problem, case.setting, case.parameters)]
    run(case, **SMALL)


# --- correlations -----------------------------------------------------------------------------------


def test_a_correlation_with_what_is_fixed_is_refused_unless_it_was_fixed_for_the_run() -> None:
    asked = problem(USUAL, PLAIN, correlations={("c_ill", "shape"): 0.5, ("c_seen", "w_home"): 0.1})
    with pytest.raises(m.ModelError, match=r"small\.correlations: shape is fixed, and goes together with nothing"):
        loaded(replace(asked, correlations={("c_ill", "shape"): 0.5}))
    loaded(problem(USUAL, PLAIN, correlations={("c_ill", "c_seen"): 0.5}), changes={"c_ill": 900.0})
    with pytest.raises(m.ModelError, match="shape, w_home are fixed, and go"):
        loaded(asked)
    assert inline(NUMBERS)["shape"].distribution.kind == "fixed"
