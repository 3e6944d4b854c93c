"""Parameters as a workbook: every problem's come back bit for bit, and what is wrong is told by sheet and cell."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from models.catalogue import problem_ids
from parameters import InputError, Parameter, ParameterSet, inline
from parameters import load as load_files
from parameters.book.columns import ARGUMENTS, COLUMNS
from parameters.distributions import FAMILIES
from parameters.loading import _Record
from parameters.money.currencies import USUAL
from parameters.sampling import sample
from parameters.units import UNITS
from simulate import load, read_result
from simulate.ask.case import whole
from simulate.ask.changes import changed_parameters
from simulate.ask.reads import known_names
from simulate.present.workbook.parameters import book_of

Command = Callable[..., Any]
SOFFICE = shutil.which("soffice")
LONG = (0.1 + 0.2, 1 / 3, 2.0**-40, 12345.678901234567)
OWN: Mapping[str, Any] = {
    "a": {"unit": "ratio", "distribution": {"sample": {"values": list(LONG), "together": "posterior"}}},
    "b": {"unit": "ratio", "distribution": {"sample": {"values": list(LONG[::-1]), "together": "posterior"}}},
    "p": {"unit": "probability", "distribution": {"dirichlet": {"counts": {"x": 1 / 3, "y": 2.5, "z": 4}}}},
    "q": {"unit": "probability", "distribution": {"dirichlet": {"mean": {"x": 0.3, "y": 0.7}, "se": 0.05}}},
    "k": {
        "unit": "number",
        "distribution": {
            "multivariate_normal": {
                "mean": {"one": 0.1 + 0.2, "two": -1.5},
                "covariance": {"one": {"one": 0.04, "two": 0.001 / 3}, "two": {"two": 0.01}},
            }
        },
    },
    "e": {"unit": "number", "value": "exp(k_one) * 2", "label": "=A1+1", "note": "Two\nlines, - and 'more'."},
    "f": {"unit": "GBP", "price_year": "2023/24", "value": 0.1 + 0.2, "source": "mine", "status": "derived"},
    "sources": {
        "mine": {
            "authors": "A. Author", "year": 2024, "title": "+1", "journal": "J", "design": "audit",
            "supports": "f", "pools": ["theirs"],
        },
        "theirs": {
            "authors": "B", "year": 2023, "title": "T", "journal": "J", "design": "trial", "supports": "f", "n": 40,
        },
    },
}  # fmt: skip


def as_they_are(records: Mapping[str, Parameter]) -> dict[str, Parameter]:
    return {n: replace(r, file="", line=0, cell="") for n, r in records.items()}


def bits(records: ParameterSet, names: tuple[str, ...]) -> bytes:
    drawn = [n for n in names if records[n].distribution.kind != "expression"]
    return sample(records, drawn, 16, 3).values.tobytes()


@pytest.mark.parametrize("name", problem_ids())
def test_every_problem_comes_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    problem, records = whole(name)
    names = tuple(n for n in known_names(problem) if n in records)
    book = tmp_path / "book.xlsx"
    home = tuple(n for n in names if UNITS[records[n].unit].currency in ("", USUAL))  # only ours may be exchanged
    book.write_bytes(book_of(records, home))
    theirs = load_files([], extra=[book])
    told = {n: r for n, r in theirs.items() if n in names}
    assert as_they_are(told) == as_they_are({n: records[n] for n in home}) and len(home) > len(names) - 6
    assert bits(theirs, home) == bits(records, home)
    given = [v for n in names for v in getattr(records[n].distribution, "arguments", {}).values()]
    assert all(float(f"{v:.15g}") == v for v in given)  # what LibreOffice keeps of what it saves


def test_what_was_not_changed_is_the_shipped_record(tmp_path: Path) -> None:
    """Also in money that only shipped records may exchange, so that nothing is told to be changed."""
    problem, records = whole("health_coaching")
    names = [n for n in known_names(problem) if n in records]
    assert any(UNITS[records[n].unit].currency not in ("", USUAL) for n in names)
    book = tmp_path / "book.xlsx"
    book.write_bytes(book_of(records, names))
    case = load("health_coaching", parameters=[book])
    assert not case.parameters.extra and not changed_parameters(case)
    assert book.read_bytes() == book_of(records, names)


def test_what_is_drawn_together_and_sources_of_ones_own_come_back(tmp_path: Path) -> None:
    records = inline(OWN)
    book = tmp_path / "book.xlsx"
    book.write_bytes(book_of(records, records))
    theirs = load_files([], extra=[book])
    assert as_they_are(theirs.records) == as_they_are(records.records)
    assert {s: theirs.sources[s] for s in ("mine", "theirs")} == {s: records.sources[s] for s in ("mine", "theirs")}
    assert bits(theirs, tuple(theirs)) == bits(records, tuple(records))
    cells = [c for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for c in row]
    assert {c.data_type for c in cells} <= {"s", "n", "b"}  # no formula


def test_every_argument_and_key_has_a_column() -> None:
    needed = {n for f in FAMILIES.values() for n in (*f.natural, *f.extra)} | {"mean", "se", "low", "high"}
    assert needed - {"value"} <= set(ARGUMENTS)
    assert set(_Record.model_fields) - {"interval"} <= set(COLUMNS)


# --- a run ----------------------------------------------------------------------------------------


def test_a_run_with_the_workbook_is_the_run_without(command: Command, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    done = command("parameters", "export", "welfare_advice", book)
    assert done.code == 0 and "7 parameters of welfare_advice" in done.out, done.err
    assert command("check", book).code == 0
    asked = ("run", "welfare_advice", "--draws", 16, "--people", 10, "--figures", "none", "--out")
    assert command(*asked, tmp_path / "a").code == 0
    assert command(*asked, tmp_path / "b", "--parameters", book).code == 0
    for name in ("psa.csv", "ceac.csv", "summary.json", "results.xlsx"):
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "a" / name).read_bytes()


def test_a_number_that_is_changed_is_told_and_read_back(command: Command, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    assert command("parameters", "export", "welfare_advice", book).code == 0
    change(book, {"c_bed_day": {"mean": 500.25}})
    out = tmp_path / "out"
    asked = ("--draws", 16, "--people", 10, "--figures", "none", "--parameters", book, "--out", out)
    done = command("run", "welfare_advice", *asked)
    assert done.code == 0 and "book.xlsx" in done.out, done.err
    assert (out / "inputs" / "book.xlsx").read_bytes() == book.read_bytes()
    again = read_result(out)
    assert again.case.parameters.extra == ("c_bed_day",)
    assert again.case.parameters["c_bed_day"].distribution.point == 500.25


def test_a_file_that_is_there_is_left_alone(command: Command, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    book.write_bytes(b"mine")
    done = command("parameters", "export", "welfare_advice", book)
    assert done.code == 2 and "is there already; allowed: a new file" in done.err and book.read_bytes() == b"mine"
    assert "ends in .xlsx" in command("parameters", "export", "welfare_advice", tmp_path / "book.csv").err
    assert command("parameters", "import", "welfare_advice", tmp_path / "new.xlsx").code == 2


# --- mistakes -------------------------------------------------------------------------------------


def change(book: Path, cells: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """Type into cells by id and column (``""``: the header); where each stands."""
    typed = openpyxl.load_workbook(book)
    sheet = typed["Parameters"]
    columns = {c.value: c.column for c in sheet[1]}
    rows = {row[0].value: row[0].row for row in sheet.iter_rows()} | {"": 1}
    places = {}
    for name, told in cells.items():
        for column, value in told.items():
            cell = sheet.cell(rows.get(name, sheet.max_row + 1), columns[column])
            cell.value = value
            places[name, column] = cell.coordinate
    typed.save(book)
    return places


def test_mistakes_are_told_at_once_by_sheet_and_cell(command: Command, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    assert command("parameters", "export", "welfare_advice", book).code == 0
    wrong: dict[str, dict[str, Any]] = {
        "c_bed_day": {"mean": "481,5", "status": "guessed"},
        "c_welfare_advice": {"unit": "pounds", "price_year": 2024.5},
        "bed_days_averted_advice": {"error_assumed": "yes", "note": None, "low": "=1/0"},
        "c_unknown": {"id": "c_bed_day", "label": "again"},
    }
    places = change(book, wrong)
    done = command("run", "welfare_advice", "--parameters", book)
    assert done.code == 2
    told = done.err.splitlines()
    for name, column, text in (
        ("c_bed_day", "mean", "'481,5' is text, no number; type it as a number"),
        ("c_bed_day", "status", "'guessed' is unknown"),
        ("c_welfare_advice", "unit", "pounds"),
        ("c_welfare_advice", "price_year", "2024.5"),
        ("bed_days_averted_advice", "error_assumed", "valid boolean"),
        ("bed_days_averted_advice", "low", "is a formula that nothing has worked out yet"),
        ("c_unknown", "id", "given already in sheet 'Parameters' cell"),
    ):
        place = f"error: {book} sheet 'Parameters' cell {places[name, column]}: "
        assert any(line.startswith(place) and text in line for line in told), (name, column, done.err)
    assert not [line for line in told if "sheet 'Parameters' cell" not in line]


def test_names_that_nothing_reads_are_told_with_the_other_mistakes(command: Command, tmp_path: Path) -> None:
    book, toml = tmp_path / "book.xlsx", tmp_path / "more.toml"
    assert command("parameters", "export", "welfare_advice", book).code == 0
    places = change(book, {"c_bed_day": {"mean": "many"}, "c_unknown": {"id": "c_bed_dya", "value": 3.0}})
    toml.write_text('[c_bed_night]\nunit = "GBP"\n\n[c_welfare_advice]\nunit = "pounds"\n')
    done = command("run", "welfare_advice", "--parameters", book, "--parameters", toml)
    assert done.code == 2
    told = done.err.splitlines()
    cell = f"error: {book} sheet 'Parameters' cell"
    for start, text in (
        (f"{cell} {places['c_bed_day', 'mean']}: ", "'many' is text"),
        (f"{cell} {places['c_unknown', 'id']}: ", "is no parameter of welfare_advice; did you mean c_bed_day?"),
        (f"error: {toml}:1: c_bed_night: is no parameter", "did you mean c_bed_day?"),
        (f"error: {toml}:4: ", "welfare_advice"),
    ):
        assert any(line.startswith(start) and text in line for line in told), (start, done.err)
    assert set(told) <= set(command("check", "welfare_advice", book, toml).err.splitlines())


def test_a_name_that_an_expression_reads_is_passed_over_by_no_mistake(command: Command, tmp_path: Path) -> None:
    toml = tmp_path / "more.toml"
    label = 'label = "L"\nsource = "assumption"\nstatus = "assumed"\nnote = "N"\n'
    toml.write_text(f'[mine]\nunit = "GBP"\n{label}\n[c_bed_day]\nunit = "GBP_per_year"\nvalue = "mine * 365"\n')
    done = command("run", "welfare_advice", "--parameters", toml)
    assert done.code == 2 and "mine" in done.err and "is no parameter" not in done.err


def test_the_book_of_another_problem_is_told_by_its_cells(command: Command, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    assert command("parameters", "export", "safewards", book).code == 0
    done = command("run", "welfare_advice", "--parameters", book)
    told = done.err.splitlines()
    assert done.code == 2 and len(told) > 10
    assert all(
        re.match(rf"error: {re.escape(str(book))} sheet 'Parameters' cell A\d+: \w+: is no", x) for x in told[:9]
    )
    assert not [x for x in told if re.search(r"xlsx:\d", x)]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("means", "cell G1: column: 'means' is no column; allowed: id, label"),
        ("se", "cell H1: se: named twice"),
        (4.0, "cell G1: column: '4.0' is no column"),
    ],
)
def test_columns_are_those_that_there_are(header: Any, told: str, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    _, records = whole("welfare_advice")
    book.write_bytes(book_of(records, ["c_bed_day"]))
    change(book, {"": {"mean": header}})
    with pytest.raises(InputError, match="sheet 'Parameters'") as fault:
        load_files([], extra=[book])
    assert told in str(fault.value) and len(fault.value.problems) == 1  # not once more for every row beneath


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "told"),
    [
        ("Parameters", "AZ3", "remark", "cell AZ3: b: stands under no name of a column"),
        ("Parameters", "A2", None, "cell A2: id: missing; every row that says something needs it"),
        ("Parameters", "A2", 5, "cell A2: id: 5.0 is no text"),
        ("Tables", "A2", "nobody", "cell A2: nobody: stands in no row of Parameters"),
        ("Tables", "E2", "0,3", "cell E2: a.value: '0,3' is text, no number"),
        ("Tables", "B2", "value", "sheet 'Parameters' cell F2: a.distribution.sample: sample takes"),
        ("Tables", "B2", None, "cell B2: a.part: missing"),
        ("Sources", "C2", "soon", "cell C2: sources.mine.year: input should be a valid integer"),
        ("Parameters", "F2", None, "cell V2: a.together: stands beside no distribution"),
        ("Parameters", "F2", "gama", "cell F2: a.distribution.gama: 'gama' is unknown"),
    ],
)
def test_a_mistake_in_any_sheet_is_told_by_its_cell(
    sheet: str, cell: str, value: Any, told: str, tmp_path: Path
) -> None:
    records = inline(OWN)
    book = tmp_path / "book.xlsx"
    book.write_bytes(book_of(records, records))
    typed = openpyxl.load_workbook(book)
    typed[sheet][cell] = value
    typed.save(book)
    with pytest.raises(InputError) as fault:
        load_files([], extra=[book])
    assert told in str(fault.value), str(fault.value)


@pytest.mark.parametrize("content", [b"PK\x03\x04nothing", b"PK\x03\x04" + bytes(99)])
def test_what_is_no_workbook_is_said(content: bytes, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    book.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as an Excel workbook"):
        load_files([], extra=[book])


@pytest.mark.parametrize("content", [b"", b"damaged", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)])
def test_a_book_that_is_damaged_or_locked_is_not_called_a_toml_file(content: bytes, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    book.write_bytes(content)
    with pytest.raises(InputError, match=r"is no workbook that can be read: damaged, an old \.xls, or locked") as fault:
        load_files([], extra=[book])
    assert "TOML" not in str(fault.value)


def test_a_workbook_without_the_sheet_is_told(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.title = "Parameter"
    out = io.BytesIO()
    made.save(out)
    book = tmp_path / "book.xlsx"
    book.write_bytes(out.getvalue())
    with pytest.raises(InputError, match="has no sheet Parameters; it has 'Parameter'; did you mean Parameter"):
        load_files([], extra=[book])


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="needs LibreOffice (soffice)")
def test_another_program_saves_the_same(tmp_path: Path) -> None:
    """What is drawn together, text that looks like a formula, and numbers: LibreOffice keeps fifteen digits of them."""
    rounded = tuple(float(f"{x:.15g}") for x in LONG)
    records = inline(
        {
            **OWN,
            "a": {"unit": "ratio", "distribution": {"sample": {"values": list(rounded), "together": "posterior"}}},
            "b": {"unit": "ratio", "distribution": {"sample": {"values": list(rounded), "together": "posterior"}}},
            "p": {"unit": "probability", "distribution": {"dirichlet": {"counts": {"x": 0.333, "y": 2.5, "z": 4}}}},
            "q": {"unit": "number", "distribution": {"normal": {"mean": 0.35, "se": 0.0125}}},
            "k": {"unit": "number", "distribution": {"gamma": {"mean": 1.25, "se": 0.1}}},
            "e": {**OWN["e"], "value": "exp(k) * 2"},
            "f": {**OWN["f"], "value": 0.3},
        }
    )
    (tmp_path / "book.xlsx").write_bytes(book_of(records, records))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    asked = [str(SOFFICE), profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved")]
    subprocess.run([*asked, tmp_path / "book.xlsx"], check=True, capture_output=True, timeout=180)
    theirs = load_files([], extra=[tmp_path / "saved" / "book.xlsx"])
    assert as_they_are(theirs.records) == as_they_are(records.records)
