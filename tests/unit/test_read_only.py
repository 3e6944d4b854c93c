"""Arrays of a result cannot be written to: what was worked out of them and kept would not follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parameters.arrays import read_only
from simulate import PsaTable, read_psa, run
from simulate.engine.statistics import AXES
from simulate.engine.statistics import load as load_statistics
from simulate.result.result import Result


@pytest.fixture(scope="module")
def result() -> Result:
    return run("welfare_advice", draws=32, people=10, by_year=True)


def write(values: Any) -> None:
    values[...] = values * 0


@pytest.mark.parametrize(
    "of",
    [
        *(lambda r, n=name: getattr(r, n) for name in ("cost", "effect", "thresholds", "replicate")),
        *(lambda r, n=name: getattr(r.values, n) for name in ("cost", "effect", "people")),
        *(lambda r, n=name: getattr(r.drawn, n) for name in ("values", "replicate")),
        lambda r: r.draws.values,
        lambda r: r.draws.column(r.draws.names[0]),
        *(lambda r, n=name: getattr(r.statistics, n) for name in AXES),
        lambda r: r.value().cost,
    ],
)
def test_what_a_result_holds_cannot_be_written_to(of: Any, result: Result) -> None:
    with pytest.raises(ValueError, match="read-only"):
        write(of(result))


def test_what_is_handed_out_anew_can(result: Result) -> None:
    before = result.cost.copy()
    for frame in (result.psa(), result.incremental(), result.ceac()):
        frame.iloc[:, -1] = 0
    write(result.cost - 1)
    assert np.array_equal(result.cost, before)


def test_so_it_is_of_what_is_read_back(result: Result, tmp_path: Path) -> None:
    result.statistics.save(tmp_path / "s.npz")
    with pytest.raises(ValueError, match="read-only"):
        write(load_statistics(tmp_path / "s.npz").time)
    pd.DataFrame({"cost_a": [1.0, 2.0], "cost_b": [2.0, 4.0], "effect_a": [0.1, 0.3], "effect_b": [0.2, 0.1]}).to_csv(
        tmp_path / "t.csv", index=False
    )
    table = read_psa(tmp_path / "t.csv")
    frames = (pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 5.0]}), pd.DataFrame({"a": [0.1, 0.3], "b": [0.2, 0.1]}))
    for found in (table, PsaTable.of(*frames)):
        for values in (found.cost, found.effect):
            with pytest.raises(ValueError, match="read-only"):
                write(values)
    frames[0].iloc[0, 0] = 7.0  # those stay the user's


def test_the_array_itself_stays_whose_it_was() -> None:
    mine = np.arange(3.0)
    told = read_only(mine)
    mine[0] = 5.0
    assert told[0] == 5.0 and read_only(told) is told
