"""What may be changed after a run: one rule, asked by valuation, tornado, report page, workbook and batches alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import models as m
from models.catalogue import problem as catalogued
from models.catalogue import problem_ids
from parameters.sampling import sample
from simulate import load, run
from simulate.ask.case import Case
from simulate.ask.reads import known_names
from simulate.present.workbook.plan import Plan
from simulate.result.parts import swings
from simulate.result.parts.prices import prices_apart
from simulate.result.parts.swings import swings_of
from simulate.result.result import Result
from simulate.solve.given import at_prices, with_given
from tests.unit.test_given import NUMBERS, PLAIN, USUAL, problem

CASES = [(name, setting.name) for name in problem_ids() for setting in catalogued(name).settings]
FIRST = list(dict(reversed(CASES)).items())  # of each problem, under its first setting
QUICK: dict[str, Any] = {"draws": 16, "people": 20, "seed": 3, "variants": False}
BUDGET, SHARE, PRICE = "c_place", "other", "c_seen"  # a setting gives the first times the second
GIVEN: dict[str, m.Quantity] = {"c_ill": m.Product(BUDGET, SHARE)}
RECORDS: dict[str, Any] = {
    BUDGET: NUMBERS["c_ill"],
    "kind": {"unit": "probability", "distribution": {"dirichlet": {"counts": {"here": 30, "there": 70}}}},
}


def asked(given: dict[str, m.Quantity], **changes: float) -> Case:
    """A small problem, the setting of which makes one of its prices of others."""
    whole = problem(USUAL, PLAIN, settings=(m.Setting("base", "Base", horizon=8.0, given=given),))
    paid = m.CostItem("shared", "Shared", "nhs", m.EventCount("seen"), 40.0, quantities=("kind_here",))
    whole = replace(whole, costs=(*whole.costs, paid))
    records = {n: r for n, r in {**NUMBERS, **RECORDS}.items() if n in {*known_names(whole), "kind"}}
    return load(whole, inline=records, changes=changes)


def otherwise(case: Case) -> dict[str, float]:
    """Another value of everything that may be changed, where its law has one."""
    ends = {n: case.parameters[n].distribution.interval95()[1] for n in sorted(case.changeable())}
    return {n: float(x) for n, x in ends.items() if case.parameters[n].refusal(float(x)) is None}


@pytest.fixture(scope="module")
def result() -> Result:
    return run(asked(GIVEN), **QUICK)


@pytest.mark.parametrize("cases", [FIRST, pytest.param(CASES, marks=pytest.mark.slow)], ids=["first", "all"])
def test_a_valuation_takes_what_the_rule_names_and_refuses_all_else(cases: list[tuple[str, str]]) -> None:
    tried = 0
    for name, setting in cases:
        case = load(name, setting)
        drawn = sample(case.parameters, list(case.names()), 1, 1, fixed=True)
        draws, may = with_given(case.setting, drawn), case.changeable()
        points = {n: float(case.parameters[n].distribution.point) for n in case.names()}
        changed, _ = at_prices(case, drawn, draws, {n: points[n] for n in may})
        assert all((changed.column(n) == points[n]).all() for n in may)
        refused = set(case.names()) - may
        with pytest.raises(m.ModelError) as caught:
            at_prices(case, drawn, draws, {n: points[n] for n in refused})
        assert str(caught.value).count("cannot be changed afterwards (it is used by the simulation") == len(refused)
        assert refused == set(case.simulated())
        tried += len(may)
    assert tried > 8 * len(cases)


def test_what_a_setting_makes_of_a_price_is_made_again(result: Result) -> None:
    changes = {BUDGET: 50_000.0, SHARE: 0.5}
    fresh, after = (run(asked(GIVEN, **changes), **QUICK), result.value(prices=changes))
    assert np.array_equal(after.cost, fresh.cost) and not np.array_equal(after.cost, result.cost)


def test_page_tornado_workbook_and_batches_ask_the_rule(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    def exact() -> set[str]:
        """Prices that the tornado values again: what the straight line would say of them is left out of account."""
        asked: list[str] = []

        def valued(_: Result, name: str, *more: Any) -> Any:
            asked.append(name)
            return kept(result, name, *more)

        with monkeypatch.context() as patch:
            patch.setattr(swings, "_valued", valued)
            swings_of(result, [*result.drawn.names], 100.0, 1)
        return set(asked)

    kept = swings._valued
    assert {BUDGET, PRICE} <= exact() and {BUDGET, PRICE} <= set(Plan.of(result).free)
    assert PRICE in {p.name for p in prices_apart(result)}
    rule: Callable[[Case], frozenset[str]] = Case.changeable
    with monkeypatch.context() as patch:
        patch.setattr(Case, "changeable", lambda case: rule(case) - {BUDGET, PRICE})
        assert not {BUDGET, PRICE} & ({*exact()} | {*Plan.of(result).free} | {p.name for p in prices_apart(result)})
        with pytest.raises(m.ModelError, match=f"{BUDGET}' cannot be changed"):
            result.value(prices={BUDGET: 1.0})


def test_all_that_cannot_be_changed_is_told_at_once_with_why(result: Result) -> None:
    wrong = {"r_death": 1.0, "c_ill": 2.0, "c_sene": 3.0, "kind_here": 0.2, "c_seen": -1.0}
    with pytest.raises(m.ModelError) as caught:
        result.value(prices=wrong)
    told = str(caught.value).splitlines()
    words = ("is used by the simulation", "gives it as", "unknown name", "the other shares", "out of range")
    assert all(why in line for why, line in zip(words, told, strict=True))


def test_what_comes_to_no_number_is_refused() -> None:
    divided = run(asked({"c_ill": m.Quotient(BUDGET, SHARE)}), **QUICK)
    with pytest.raises(m.ModelError, match=r"prices: c_ill = .*no number at other = 0"):
        divided.value(prices={SHARE: 0.0})


@pytest.mark.slow
@pytest.mark.parametrize(("name", "setting"), CASES)
def test_all_that_may_be_changed_comes_to_a_fresh_run(name: str, setting: str) -> None:
    case = load(name, setting)
    prices = otherwise(case)
    after = run(case, fixed=True, people=50, variants=False).value(prices=prices)
    fresh = run(load(name, setting, changes=prices), fixed=True, people=50, variants=False)
    assert np.array_equal(after.cost, fresh.cost) and np.array_equal(after.effect, fresh.effect)
    assert after.scaled() == fresh.scaled()
