"""The fully incremental table, worked by hand, and the words for what an increment means."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulate.evaluate import incremental_table, switch_points, verdict, versus
from simulate.evaluate.decision import frontier
from simulate.evaluate.decision.table import Table, joined

NAMES = ["f", "c", "a", "e", "b", "d"]
COST = np.array([[9000.0, 2500, 1000, 3500, 1500, 3000]])
EFFECT = np.array([[3.125, 1.25, 1.0, 2.5, 1.5, 1.875]])
# In order of cost: a is cheapest. b: 500 for 0.5, ICER 1,000. c costs more than b and does less: dominated.
# b to d would be 1,500 for 0.375 (4,000), but b to e is 2,000 for 1 (2,000): d is extendedly dominated.
# e to f: 5,500 for 0.625, ICER 8,800.


def test_six_strategies_worked_by_hand() -> None:
    table = incremental_table(COST, EFFECT, NAMES).set_index("strategy")
    assert list(table.index) == ["a", "b", "c", "d", "e", "f"]
    assert list(table["status"]) == [
        "reference",
        "on frontier",
        "dominated",
        "extendedly dominated",
        "on frontier",
        "on frontier",
    ]
    assert table["icer"].dropna().to_dict() == {"b": 1000, "e": 2000, "f": 8800}
    assert list(table["incremental_cost"])[1:] == [500, 1000, 1500, 2000, 5500]
    assert list(table["incremental_effect"])[1:] == [0.5, -0.25, 0.375, 1.0, 0.625]
    assert np.isnan(
        table.loc["a", ["incremental_cost", "incremental_effect", "icer", "p_cost_saving"]].astype(float)
    ).all()


def test_the_best_of_the_six_changes_at_the_icers() -> None:
    assert switch_points(COST, EFFECT, NAMES) == [(1000, "a", "b"), (2000, "b", "e"), (8800, "e", "f")]
    assert switch_points([[1.0, 2.0]], [[1.0, 0.5]], ["x", "y"]) == []


def test_columns_are_those_promised() -> None:
    expected = ["strategy", "cost", "effect", "incremental_cost", "incremental_effect"]
    assert list(incremental_table(COST, EFFECT, NAMES).columns) == [*expected, "icer", "status", "p_cost_saving"]


def test_equal_strategies_are_told_apart_by_order_alone() -> None:
    table = incremental_table([[5.0, 5.0]], [[1.0, 1.0]], ["x", "y"])
    assert list(zip(table["strategy"], table["status"], strict=True)) == [("x", "reference"), ("y", "equal")]


@pytest.mark.parametrize(
    ("cost", "effect", "places"),
    [
        ([0.3, 0.1 + 0.2, 0.2], [1.0, 1.0, 0.5], ["on frontier", "equal", "reference"]),  # equal but for rounding
        ([0.0, 5.0, 5.0], [1.0, 1.0, 1.0], ["reference", "dominated", "dominated"]),
        ([0.0, 3.0, 3.0, 4.0], [0.0, 1.0, 1.0, 4.0], ["reference", *["extendedly dominated"] * 2, "on frontier"]),
        ([1.0, 1.0, 1.0], [2.0, 2.0, 1.0], ["reference", "equal", "dominated"]),
    ],
)
def test_nothing_is_dominated_by_its_equal(cost: list[float], effect: list[float], places: list[str]) -> None:
    assert frontier.status(cost, effect) == places


def test_points_on_one_line_all_stay() -> None:
    table = incremental_table([[0.0, 1, 2]], [[0.0, 1, 2]], ["x", "y", "z"])
    assert list(table["status"]) == ["reference", "on frontier", "on frontier"]


def test_share_of_draws_that_save_money_is_against_the_reference() -> None:
    cost = np.array([[1.0, 0.0], [1.0, 2.0], [1.0, 8.0], [1.0, 1.0]])
    table = incremental_table(cost, np.zeros((4, 2)), ["x", "y"]).set_index("strategy")
    assert table.loc["y", "p_cost_saving"] == 0.25  # the same cost is no saving


@pytest.mark.parametrize(
    ("d_cost", "d_effect", "words"),
    [
        (-1, 1, "dominates"),
        (-1, 0, "dominates"),
        (0, 1, "dominates"),
        (1, -1, "dominated"),
        (1, 0, "dominated"),
        (0, -1, "dominated"),
        (-1, -1, "saves money, loses health"),
        (1, 1, "costs more, gains health"),
        (0, 0, "no difference"),
        (-0.0, 0.0, "no difference"),
    ],
)
def test_verdicts(d_cost: float, d_effect: float, words: str) -> None:
    assert verdict(d_cost, d_effect) == words


def test_comparisons_are_new_minus_comparator() -> None:
    cost, effect = np.array([[100.0, 300.0], [200.0, 300.0]]), np.array([[1.0, 2.0], [1.0, 4.0]])
    (only,) = versus(cost, effect, ["old", "new"])
    assert (only.strategy, only.versus, only.verdict) == ("new", "old", "costs more, gains health")
    assert list(only.cost) == [200, 100]
    assert list(only.effect) == [1, 3]
    assert only.icer == 75.0
    assert only.p_cost_saving == 0.0


def test_swapping_labels_negates_increments_exactly() -> None:
    generator = np.random.default_rng(2)
    cost, effect = generator.normal(size=(50, 2)), generator.normal(size=(50, 2))
    (there,), (back,) = versus(cost, effect, ["a", "b"]), versus(cost, effect, ["a", "b"], reference=1)
    assert np.array_equal(there.cost, -back.cost)
    assert np.array_equal(there.effect, -back.effect)


def test_no_icer_is_given_where_its_sign_would_mislead() -> None:
    assert versus([[2.0, 1.0]], [[0.0, 1.0]], ["a", "b"])[0].icer is None  # dominates
    assert versus([[1.0, 1.0]], [[1.0, 1.0]], ["a", "b"])[0].icer is None  # no difference
    assert versus([[2.0, 1.0]], [[2.0, 1.0]], ["a", "b"])[0].icer == 1.0  # pounds saved per unit given up


def test_malformed_input_is_refused() -> None:
    with pytest.raises(ValueError, match="names: 1 given for 2"):
        incremental_table([[1.0, 2.0]], [[1.0, 2.0]], ["a"])
    with pytest.raises(ValueError, match="reference: 2"):
        versus([[1.0, 2.0]], [[1.0, 2.0]], ["a", "b"], reference=2)
    with pytest.raises(ValueError, match="cost has shape"):
        versus([[1.0, 2.0]], [[1.0, 2.0, 3.0]], ["a", "b"])


def test_a_table_is_written_as_pandas_writes_it(tmp_path: Path) -> None:
    """Also text with commas, quotes and lines, numbers of many digits, and what is no number."""
    columns = {
        "text, quoted": ['a "b", c', "two\nlines", "", "=1+1"],
        "number": np.array([0.1 + 0.2, np.nan, -0.0, 1e-300]),
        "whole": np.arange(4),
        "none": [None] * 4,
        "flag": np.array([True, False, True, False]),
        "far": np.array([np.inf, -np.inf, 1e22, 123456789.0]),
    }
    table = joined([Table(columns), Table(columns)])
    table.to_csv(tmp_path / "ours.csv")
    table.frame().to_csv(tmp_path / "theirs.csv", index=False, lineterminator="\n", encoding="utf-8")
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()
    assert table.rows()[0] == {**table.frame().to_dict("records")[0], "none": None}
