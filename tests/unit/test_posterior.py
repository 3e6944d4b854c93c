"""Draws of another program as a sample: joint, by name, from any kind of table, and told where they are too few."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models as m
from parameters import InputError, inline, sample
from simulate import load, run

ROWS = np.round(np.column_stack([np.arange(40.0), np.linspace(0.2, 0.4, 40), np.linspace(0.9, 0.5, 40)]), 6)
HEADER = [".draw", "p[1]", "hr"]


def posterior(folder: Path, file: str = "draws.csv", **said: str) -> Any:
    columns = {"p_relapse": ("probability", "p[1]"), "hr_drug": ("ratio", "hr")}
    records = {
        name: {"unit": unit, "distribution": {"sample": {"file": file, "column": column, **said}}}
        for name, (unit, column) in columns.items()
    }
    return inline(records, folder / "model.py")


def text(separator: str = ",", mark: str = ".") -> str:
    lines = [HEADER, *([repr(float(x)).replace(".", mark) for x in row] for row in ROWS)]
    return "\n".join(separator.join(line) for line in lines) + "\n"


def rows_of(found: Any, n: int, names: tuple[str, ...] = ("p_relapse", "hr_drug")) -> list[tuple[float, ...]]:
    return [tuple(row) for row in sample(found, names, n, 1).values.tolist()]


def test_a_draw_takes_a_whole_row_and_rows_are_taken_evenly(tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text(text(), encoding="utf-8")
    drawn = rows_of(posterior(tmp_path), 4000)
    known = [tuple(row[1:]) for row in ROWS.tolist()]
    assert set(drawn) == set(known)
    assert all(90 <= drawn.count(row) <= 110 for row in known)  # 100 each
    few = np.array(rows_of(posterior(tmp_path), 16))[:, 0]
    assert np.ptp(few) > 0.15  # of 0.2: over the whole file


def test_rows_do_not_depend_on_which_columns_are_read(tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text(text(), encoding="utf-8")
    both, one = rows_of(posterior(tmp_path), 64), rows_of(posterior(tmp_path), 64, ("p_relapse",))
    assert [row[0] for row in both] == [row[0] for row in one]


@pytest.mark.parametrize("kind", ["german", "tabs", "parquet", "xlsx"])
def test_any_kind_of_table_is_the_same(tmp_path: Path, kind: str) -> None:
    (tmp_path / "draws.csv").write_text(text(), encoding="utf-8")
    file = f"other.{kind if kind in ('parquet', 'xlsx') else 'csv'}"
    if kind == "parquet":
        arrow: Any = pytest.importorskip("pyarrow")
        parquet: Any = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.table(dict(zip(HEADER, ROWS.T, strict=True))), tmp_path / file)
    elif kind == "xlsx":
        openpyxl: Any = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        for row in [HEADER, *ROWS.tolist()]:
            book.active.append(row)
        book.save(tmp_path / file)
    else:
        told = text(";", ",") if kind == "german" else text("\t")
        (tmp_path / file).write_text(told, encoding="utf-8-sig")
    assert rows_of(posterior(tmp_path, file), 64) == rows_of(posterior(tmp_path), 64)


def test_what_is_wrong_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text(text().replace("p[1]", "p[2]").replace(",0.9\n", ",n/a\n"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        posterior(tmp_path)
    told = str(refused.value)
    assert "p_relapse.distribution.sample" in told and "no column 'p[1]'; it has .draw, p[2], hr" in told
    assert "hr_drug.distribution.sample" in told and "draws.csv:2: hr: missing ('n/a')" in told


def test_a_separator_may_be_said(tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text("a;b|c\n1;2|3\n4;5|6\n", encoding="utf-8")

    def alone(**said: str) -> Any:
        record = {"file": "draws.csv", "column": "c", **said}
        return inline({"x": {"unit": "number", "distribution": {"sample": record}}}, tmp_path / "m.py")

    with pytest.raises(InputError, match='say which: separator = "semicolon" or separator = "bar"'):
        alone()
    assert alone(separator="bar")["x"].distribution.reach() == (3.0, 6.0)
    with pytest.raises(InputError, match="did you mean comma"):
        alone(separator="coma")


def test_more_draws_than_rows_are_told(tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text(text(), encoding="utf-8")
    state = m.Domain("health", ("well", "ill"), "Health")
    event = m.Event("relapse", m.When(health="well"), m.PerCycle("p_relapse"), {"health": "ill"})
    drug = m.Component("drug", "Drug", (m.Effect("relapse", "risk", "hr_drug"),))
    problem = m.DecisionProblem(
        id="relapse",
        label="Relapse",
        pathway=m.Pathway("relapse", (state,), (event,), {"health": "well"}, cycle=m.Cycle(1.0)),
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("drug", "Drug", (drug,))),
        settings=(m.Setting("base", "Everybody", horizon=2.0),),
        costs=(m.CostItem("drug", "Drug", "nhs", m.ComponentTime("drug"), 100.0),),
        utilities=(m.Utility(m.When(health="well"), 1.0), m.Utility(m.When(health="ill"), 0.5)),
    )
    columns = {"p_relapse": ("probability", "p[1]"), "hr_drug": ("ratio", "hr")}
    numbers = {
        name: {"unit": unit, "distribution": {"sample": {"file": str(tmp_path / "draws.csv"), "column": column}}}
        for name, (unit, column) in columns.items()
    }
    case = load(problem, inline=numbers)
    warned = run(case, draws=64).summary()["noise"]["warnings"]
    assert len(warned) == 1 and warned[0].startswith(
        "p_relapse, hr_drug: 64 draws of 40 rows take each about 1.6 times"
    )
    assert not any("rows" in told for told in run(case, draws=32).summary()["noise"]["warnings"])
