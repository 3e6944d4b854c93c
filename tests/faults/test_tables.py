"""Tables that go together are aligned by their labels, or refused: nothing is paired by position against them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parameters import InputError, load
from simulate.evaluate import budget_impact, ceac, evppi, evsi, incremental_table, return_on_investment
from simulate.evaluate.information.sample import TrialOfMeans
from simulate.evaluate.sensitivity.influence import by_influence
from simulate.evaluate.sensitivity.one_at_a_time import tornado
from simulate.evaluate.sensitivity.variance import sobol_indices

rng = np.random.default_rng(20)
X = rng.standard_normal((128, 3))
NB = np.stack([np.zeros(128), X[:, 0] + 0.3 * X[:, 1]], axis=1)
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
WRONG_FRAMES: dict[str, tuple[Any, str]] = {
    "a name twice": (FRAME.set_axis(["a", "b", "a"], axis=1), "a given twice"),
    "rows in another order": (FRAME.sort_values("a"), "its rows are labelled otherwise"),
    "rows of a longer table": (FRAME.set_axis(range(1, 129)), "its rows are labelled otherwise"),
    "fewer rows": (FRAME.iloc[:100], "100 rows for 128 draws"),
    "a value that is none": (FRAME.mask(FRAME > 2.0), "every value must be finite"),
    "a value without end": (FRAME.where(FRAME < 2.0, np.inf), "every value must be finite"),
    "no labels": (X, "must be a DataFrame"),
}


@pytest.mark.parametrize("wrong", WRONG_FRAMES)
@pytest.mark.parametrize("of", ["evppi", "evsi"])
def test_parameters_of_other_rows_or_names_are_refused(wrong: str, of: str) -> None:
    frame, words = WRONG_FRAMES[wrong]
    with pytest.raises(ValueError, match=words):
        if of == "evppi":
            evppi(NB, frame)
        else:
            evsi(NB, frame, TrialOfMeans("a", "b", 1.0), [10])


def test_columns_are_found_by_name_and_rows_by_label() -> None:
    """Another order of columns changes nothing; the same labels in both tables are no mistake."""
    usual = evppi(NB, FRAME, ["a"])["evppi"][0]
    assert evppi(NB, FRAME[["c", "a", "b"]], ["a"])["evppi"][0] == usual
    labelled = FRAME.set_axis([f"draw {i}" for i in range(128)])
    benefit = pd.DataFrame(NB, index=labelled.index)
    assert evppi(benefit, labelled, ["a"])["evppi"][0] == usual
    with pytest.raises(ValueError, match="its rows are labelled otherwise"):
        evppi(benefit.iloc[::-1], labelled, ["a"])


@pytest.mark.parametrize("names", [["a", "a"], ["b", "a", "b"]])
def test_a_group_names_each_parameter_once(names: list[str]) -> None:
    with pytest.raises(ValueError, match="given twice"):
        evppi(NB, FRAME, {"both": names})


@pytest.mark.parametrize("draws", [1, 2, 3])
def test_more_parameters_than_draws_teach_nothing(draws: int) -> None:
    with pytest.raises(ValueError, match=f"3 parameters in {draws} draws"):
        evppi(NB[:draws], FRAME.iloc[:draws], {"all": ["a", "b", "c"]})


@pytest.mark.parametrize("draws", [2, 3, 5, 8, 16])
@pytest.mark.parametrize("slope", [1.0, 1e-12, 1e12])
def test_an_exact_fit_has_a_value_and_an_error(draws: int, slope: float) -> None:
    """Net benefit that is a line in the parameter: nothing is left over, by rounding even less than nothing."""
    x = np.linspace(-1.0, 1.0, draws)
    nb = np.stack([np.zeros(draws), slope * x], axis=1)
    found = evppi(nb, pd.DataFrame({"a": x}))
    assert np.isfinite(found[["evppi", "se"]].to_numpy(dtype=float)).all()
    assert 0 <= found["evppi"][0] <= slope


TABLE = pd.DataFrame(X[:, :2] + 5.0, columns=["usual", "new"])


@pytest.mark.parametrize("other", [TABLE[["new", "usual"]], TABLE.iloc[::-1]])
def test_costs_and_effects_of_other_labels_are_refused(other: pd.DataFrame) -> None:
    for asked in (lambda: ceac(TABLE, other, [1.0]), lambda: incremental_table(TABLE, other, ["usual", "new"])):
        with pytest.raises(ValueError, match=r"cost and effect: their (columns|index) differ"):
            asked()


TWICE: dict[str, Callable[[], object]] = {
    "incremental_table": lambda: incremental_table(TABLE, TABLE, ["new", "new"]),
    "by_influence": lambda: by_influence(["a", "b", "a"], X, NB[:, 1]),
    "tornado": lambda: tornado(["a", "a"], [1.0, 2.0], [2.0, 3.0], 1.5),
    "sobol_indices": lambda: sobol_indices({"nmb": np.arange(16.0)}, ["a", "a"], 1),
    "budget_impact": lambda: budget_impact(np.ones((2, 2, 2, 2)), [0, 12], [1.0], [0.5], payers=["nhs", "nhs"]),
    "return_on_investment": lambda: return_on_investment(X[:, :2], X[:, :2], payers=["nhs", "nhs"]),
}
NONE: dict[str, Callable[[], object]] = {
    "sobol_indices": lambda: sobol_indices({"nmb": np.full(16, np.nan)}, ["a", "b"], 1),
    "sobol_indices of another length": lambda: sobol_indices({"nmb": np.arange(15.0)}, ["a", "b"], 1),
    "budget_impact": lambda: budget_impact(np.full((2, 2, 2, 2), np.nan), [0, 12], [1.0], [0.5]),
    "return_on_investment": lambda: return_on_investment(np.full((4, 2), np.nan), np.ones((4, 2))),
    "by_influence": lambda: by_influence(["a", "b", "c"], FRAME.mask(FRAME > 2.0), NB[:, 1]),
    "by_influence of other columns": lambda: by_influence(["b", "a", "c"], FRAME, NB[:, 1]),
}


@pytest.mark.parametrize("function", TWICE)
def test_a_name_twice_is_refused_wherever_names_and_arrays_go_together(function: str) -> None:
    with pytest.raises(ValueError, match="given twice"):
        TWICE[function]()


@pytest.mark.parametrize("function", NONE)
def test_what_is_no_number_or_not_aligned_is_refused(function: str) -> None:
    with pytest.raises(ValueError, match=r"finite|must be"):
        NONE[function]()


# --- a sample's file -----------------------------------------------------------------------------------

SAMPLED = """[p]
label = "x"
unit = "ratio"
distribution = { sample = { file = "boot.csv", column = "rr" } }
source = "assumption"
status = "assumed"
note = "x"
"""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("rr,rr\n0.5,5.0\n0.6,6.0\n", "rr: given twice"),
        ("id,rr,rr \n1,0.5,5.0\n2,0.6,6.0\n", "rr: given twice"),
        ("id,id,rr\n1,1,0.5\n2,2,0.6\n", "id: given twice"),
        ("id,rr\n1,0.5\n2\n", "csv:3: table: 1 cells, where the header has 2"),
        ("id,rr\n1,0.5,9\n2,0.6\n", "csv:2: table: 3 cells, where the header has 2"),
        ("id,rr\n1,0.5\n2,x\n", "csv:3: rr: 'x' is no number"),
        ("id,rr\n1,0.5\n2,inf\n", "'inf' is infinite"),
        ("id,rr\n1,0.5\n2,1e60\n", "1e60 is too large"),
        ("id;rr\n1;1,234\n2;2,345\n", 'decimal = "comma" for 1.234'),
        ("id;rr|x\n1;0.5|1\n2;2.5|2\n", 'say which: separator = "semicolon" or separator = "bar"'),
        ("id,other\n1,0.5\n", "no column 'rr'; it has id, other"),
        ("", "is empty"),
    ],
)
def test_a_sample_that_could_be_read_otherwise_is_refused(content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "boot.csv").write_text(content, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(SAMPLED, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load([tmp_path / "mine.toml"])


def test_a_sample_is_read_with_a_byte_order_mark_and_spaces(tmp_path: Path) -> None:
    (tmp_path / "boot.csv").write_bytes(b"\xef\xbb\xbfrr, id\r\n0.5,1\r\n0.7,2\r\n\r\n")
    (tmp_path / "mine.toml").write_text(SAMPLED, encoding="utf-8")
    assert load([tmp_path / "mine.toml"])["p"].distribution.reach() == (0.5, 0.7)
