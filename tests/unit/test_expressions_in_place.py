"""Expressions in place of a quantity, in Python: they come to what a record of theirs would, under each strategy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models as m
from parameters import InputError
from parameters.mistakes import ModelError
from simulate import load, run
from simulate.ask.own.spelling import as_data, from_data

HEALTH = m.Domain("health", ("well", "ill"), "Health")
NUMBERS: Mapping[str, Mapping[str, Any]] = {
    "r": {"unit": "per_year", "distribution": {"gamma": {"mean": 0.5, "se": 0.1}}},
    "b": {"unit": "number", "distribution": {"normal": {"mean": -0.5, "se": 0.1}}},
    "u": {"unit": "utility", "distribution": {"beta": {"mean": 0.6, "se": 0.05}}},
    "c": {"unit": "GBP_per_year", "price_year": "2023/24", "distribution": {"gamma": {"mean": 100.0, "se": 10.0}}},
}
RATIO = m.Expression("exp(b)", "ratio")
CHANCE = m.Expression("1 - exp(-r * year)", "probability")


def problem(
    chance: m.Quantity = CHANCE,
    ratio: m.Quantity = RATIO,
    *,
    cost: m.Quantity = "c",
    utility: m.Quantity = "u",
    **given: m.Quantity,
) -> m.DecisionProblem:
    drug = m.Component("drug", "Drug", (m.Effect("relapse", "risk", ratio),))
    relapse = m.Event("relapse", m.When(health="well"), m.PerCycle(chance), {"health": "ill"})
    return m.DecisionProblem(
        id="relapse",
        label="Relapse",
        pathway=m.Pathway("relapse", (HEALTH,), (relapse,), {"health": "well"}, cycle=m.Cycle(1.0, counted="end")),
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("drug", "Drug", (drug,), given=given)),
        settings=(m.Setting("base", "Everybody", horizon=1.0),),
        costs=(m.CostItem("care", "Care", "nhs", m.StateTime(m.When(health="ill")), cost),),
        utilities=(m.Utility(m.When(health="well"), 1.0), m.Utility(m.When(health="ill"), utility)),
        discount_costs=0.0,
        discount_effects=0.0,
    )


def relapses(of: m.DecisionProblem, **wish: Any) -> tuple[Any, Callable[[str], Any]]:
    result = run(load(of, inline=NUMBERS), draws=16, **wish)
    return result.event_counts()["relapse"], result.drawn.engine


def test_they_come_to_what_is_written_draw_by_draw() -> None:
    found, drawn = relapses(problem())
    chance = 1 - np.exp(-drawn("r"))
    np.testing.assert_allclose(found[:, 0], chance, rtol=1e-12)
    np.testing.assert_allclose(found[:, 1], chance * np.exp(drawn("b")), rtol=1e-12)


def test_a_strategys_own_numbers_hold_in_them() -> None:
    found, drawn = relapses(problem(r=0.2))
    np.testing.assert_allclose(found[:, 0], 1 - np.exp(-drawn("r")), rtol=1e-12)
    np.testing.assert_allclose(found[:, 1], (1 - math.exp(-0.2)) * np.exp(drawn("b")), rtol=1e-12)
    found, drawn = relapses(problem(r=m.Product("r", 0.5)))
    np.testing.assert_allclose(found[:, 1], (1 - np.exp(-0.5 * drawn("r"))) * np.exp(drawn("b")), rtol=1e-12)
    found, drawn = relapses(problem(r=m.Expression("r * exp(b)", "per_year")))
    np.testing.assert_allclose(
        found[:, 1], (1 - np.exp(-drawn("r") * np.exp(drawn("b")))) * np.exp(drawn("b")), rtol=1e-12
    )


def test_a_records_expression_that_would_not_follow_is_refused() -> None:
    numbers = {**NUMBERS, "q": {"unit": "probability", "value": "1 - exp(-r * year)"}}
    half = m.Expression("q * exp(-r * year)", "probability")
    with pytest.raises(InputError, match="r is what q is made of for everybody, which would not follow; give q"):
        load(problem(half, m.Complement("q"), r=0.2), inline=numbers)


def test_they_stand_within_products_and_as_prices_and_utilities() -> None:
    whole = problem(
        cost=m.Product(m.Expression("1 + 0.5 * exp(b)"), "c"), utility=m.Expression("min(1, u + 0.1)", "utility")
    )
    result = run(load(whole, inline=NUMBERS), draws=16)
    drawn, ill = result.drawn.engine, result.event_counts()["relapse"][:, 0]
    np.testing.assert_allclose(result.cost[:, 0], ill * drawn("c") * (1 + 0.5 * np.exp(drawn("b"))), rtol=1e-9)
    np.testing.assert_allclose(result.effect[:, 0], 1 - ill + ill * np.minimum(1, drawn("u") + 0.1), rtol=1e-9)


def test_what_they_name_is_learnt_and_set() -> None:
    case = load(problem(), inline=NUMBERS, changes={"r": 0.3})
    assert set(case.names()) == {"r", "b", "u", "c"}
    found = run(case, draws=16).event_counts()["relapse"]
    np.testing.assert_allclose(found[:, 0], 1 - math.exp(-0.3), rtol=1e-9)


def loaded(text: str, unit: str = "number", place: str = "chance") -> Any:
    return load(problem(**{place: m.Expression(text, unit)}), inline=NUMBERS)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: m.Expression("1 - * r"), "column 5"),
        (lambda: m.Expression("r", "per_yeer"), "did you mean per_year"),
        (lambda: m.Expression(1.0), "allowed: a text"),  # type: ignore[arg-type]
        (lambda: loaded("1 - exp(-rr * year)", "probability"), "rr is no record; did you mean r"),
        (lambda: loaded("1 - exp(-r)", "probability"), "exp"),
        (lambda: loaded("r", "per_year"), "which takes a plain number"),
        (lambda: loaded("2 * exp(b)"), "comes to 1.21306 is out of range; allowed: 0 to 1"),
        (lambda: loaded("3 / 2"), "1.5 is out of range; allowed: 0 to 1"),
        (lambda: run(loaded("u + 0.35", place="utility"), draws=64), "is out of range in"),
    ],
)
def test_mistakes_are_told(make: Callable[[], Any], words: str) -> None:
    with pytest.raises((InputError, ModelError), match=words):
        make()


def test_they_go_into_a_folder_and_back() -> None:
    again = from_data(as_data(problem(r=m.Expression("r / 2", "per_year"))))
    assert again == problem(r=m.Expression("r / 2", "per_year"))


def test_a_model_of_ones_own_has_them_on_the_command_line(tmp_path: Path, command: Any) -> None:
    model = Path(__file__).read_text(encoding="utf-8").partition("def relapses")[0]
    numbers = f"NUMBERS = {dict(NUMBERS)!r}\n"
    (tmp_path / "mine.py").write_text(f"{model}\n\nPROBLEM = problem()\n{numbers}", encoding="utf-8")
    done = command("run", tmp_path / "mine.py", "--draws", "8", "--figures", "none", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert command("voi", tmp_path / "out", "--figures", "none").code == 0
    assert "1 - exp(-r * year)" in command("describe", tmp_path / "mine.py").out
