"""The report for Word: whole, harmless whatever labels say, and the same bytes again."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from simulate import load, run
from simulate.present.figures.gallery import Picture
from simulate.present.report import report
from simulate.present.report.sections.checklists import ITEMS
from simulate.result.result import Result
from tests.unit.test_report import NASTY, hostile

pytestmark = pytest.mark.usefixtures("solved_once")

Command = Callable[..., Any]
DOT = bytes.fromhex(  # a PNG of one point
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645"
    "400000000049454e44ae426082"
)
SPOKEN = "</script><img src=x onerror=alert(1)>\"'&<b> [31m $x$"  # the same without what no page holds


@pytest.fixture(scope="module")
def ward() -> Result:
    pytest.importorskip("docx")
    return run(load("safewards"), draws=16, people=20, seed=1, variants=False)


def made_of(result: Result) -> bytes:
    return report.document(result, result.summary(), {}, [Picture("A plane", NASTY, DOT)])


def read(content: bytes) -> Any:
    docx: Any = pytest.importorskip("docx")
    return docx.Document(io.BytesIO(content))


def rows(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_it_holds_answer_decision_parameters_assumptions_and_the_checklist(ward: Result) -> None:
    found = read(made_of(ward))
    titles = [p.text for p in found.paragraphs if p.style.name == "Heading 1"]
    assert titles[0] == "The answer" and {"The decision", "What was assumed", "Figures"} <= set(titles)
    tables = [rows(table) for table in found.tables]
    [cheers] = [t for t in tables if t[0] == ["Part", "Item", "Title", "Reported"]]
    assert [row[2] for row in cheers[1:]] == [item.title for item in ITEMS]
    [numbers] = [t for t in tables if t[0][0] == "Parameter"]
    record = ward.case.parameters["c_bed_day"]
    [row] = [r for r in numbers if r[0].endswith("\nc_bed_day")]
    assert row[1] == record.status and row[3].endswith(str(record.price_year)) and row[4]
    assert len(found.inline_shapes) == 1


def test_labels_are_text_and_nothing_in_it_runs_or_leads_anywhere(ward: Result) -> None:
    content = made_of(hostile(ward))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        texts = {name: parts.read(name) for name in parts.namelist() if name.endswith((".xml", ".rels"))}
    assert not any(word in name.lower() for name in texts for word in ("vba", "macro", "embed", "activex"))
    for name, text in texts.items():
        ElementTree.fromstring(text)  # as XML should be
        assert b'TargetMode="External"' not in text and b"instrText" not in text and b"fldSimple" not in text, name
    found = read(content)
    assert any(SPOKEN in " ".join(p.text.split()) for p in found.paragraphs)
    assert NASTY not in "".join(p.text for p in found.paragraphs)


def test_the_same_report_is_the_same_bytes_and_says_no_time(ward: Result) -> None:
    content = made_of(ward)
    assert content == made_of(ward)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    told = read(content).core_properties
    assert (told.created.year, told.modified.year, told.author) == (2000, 2000, "")


def test_the_command_writes_it_beside_the_page(small_run: Any, command: Command, tmp_path: Path) -> None:
    pytest.importorskip("docx")
    done = command("report", small_run.folder, "--docx", "--out", tmp_path / "one")
    assert done.code == 0 and "report.docx" in done.out, done.err
    assert len(read((tmp_path / "one" / "report.docx").read_bytes()).inline_shapes) == 2
    assert (tmp_path / "one" / "report.html").read_bytes() == (small_run.folder / "report.html").read_bytes()


def test_a_finished_table_has_one_too(command: Command, checkout: Path, tmp_path: Path) -> None:
    pytest.importorskip("docx")
    table = checkout / "scripts/examples/psa_german.csv"
    asked = ("--comparator", "Gruppe", "--figures", "none", "--out", tmp_path / "found")
    assert command("evaluate", table, *asked).code == 0
    assert command("report", tmp_path / "found", "--docx").code == 0
    content = (tmp_path / "found" / "report" / "report.docx").read_bytes()
    assert "The answer" in [p.text for p in read(content).paragraphs]


def test_without_the_library_it_says_how_to_get_it(
    small_run: Any, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    done = command("report", small_run.folder, "--docx", "--out", tmp_path / "x")
    assert done.code == 4 and "pip install python-docx" in done.err and not (tmp_path / "x").exists()
