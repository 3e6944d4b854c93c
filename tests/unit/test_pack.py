"""A pack for a reviewer: whole, checked, the same each time, and what is in it can be run and ticked."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from simulate import load, run
from simulate.evaluate.decision.table import Table
from simulate.present.folder.manifest import read_sealed
from simulate.present.pack.checklist import Item, as_html, as_markdown, items
from simulate.present.pack.contents import pack
from simulate.present.pack.verification import _table
from simulate.present.workbook import plan

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def packed(small_run: Any, command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packed") / "pack"
    done = command("pack", small_run.folder, "--out", out)
    assert done.code == 0 and "DOES NOT HOLD" not in done.out, done.err
    return out


def test_it_holds_the_run_as_it_was_written_and_hashes_of_all(packed: Path, small_run: Any) -> None:
    for path in (p for p in small_run.folder.rglob("*") if p.is_file()):
        within = path.relative_to(small_run.folder)
        assert (packed / "results" / within).read_bytes() == path.read_bytes()
    lines = (line.split("  ", 1) for line in (packed / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
    sums = {name: digest for digest, name in lines}
    made = {"SHA256SUMS", "pack.zip", "summary.json", "manifest.json"}
    there = {p.relative_to(packed).as_posix() for p in packed.rglob("*") if p.is_file()}
    assert set(sums) == there - made
    assert all(hashlib.sha256((packed / n).read_bytes()).hexdigest() == digest for n, digest in sums.items())
    with zipfile.ZipFile(packed / "pack.zip") as parts:
        assert {n.removeprefix("pack/") for n in parts.namelist()} == {*sums, "SHA256SUMS"}
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert parts.read("pack/results/psa.csv") == (small_run.folder / "psa.csv").read_bytes()


def test_it_says_what_it_was_made_with_and_what_was_looked_at(packed: Path, checkout: Path) -> None:
    code = json.loads((packed / "code.json").read_text(encoding="utf-8"))
    lock = hashlib.sha256((checkout / "requirements.lock").read_bytes()).hexdigest()
    assert code["requirements.lock"] == lock and "simulate/evaluate/valuation.py" in code["sources"]
    found = json.loads((packed / "verification.json").read_text(encoding="utf-8"))
    assert len(found) == 6 and all(row["holds"] for row in found)
    assert "PARAMETERS" in (packed / "model.txt").read_text(encoding="utf-8").upper()


def test_twice_the_same_bytes(packed: Path, small_run: Any) -> None:
    manifest = read_sealed(small_run.folder)
    assert manifest is not None
    again = pack(small_run.folder, manifest).files
    assert all((packed / name).read_bytes() == content for name, content in again.items())


def test_a_run_that_has_no_workbook_is_packed_without_one(
    small_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(small_run.folder, folder)
    manifest = read_sealed(folder)
    assert manifest is not None
    files = {name: digest for name, digest in manifest["files"].items() if name != "results.xlsx"}
    monkeypatch.setattr(plan, "MOST_STRATEGIES", 1)
    found = pack(folder, {**manifest, "files": files}).files
    assert "results/results.xlsx" not in found
    assert "there is no `results/results.xlsx`: 2 strategies are more than 1" in found["README.md"].decode()


def test_the_report_is_packed_and_a_changed_file_is_refused(small_run: Any, command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(small_run.folder, folder)
    done = command("pack", folder)
    assert done.code == 0 and "without one" not in done.out, done.err
    mine = tmp_path / "run-pack"
    assert (mine / "results" / "report.html").read_bytes() == (folder / "report.html").read_bytes()
    (mine / "letter.txt").write_text("to the editor", encoding="utf-8")
    done = command("pack", folder)
    assert done.code == 2 and "letter.txt" in done.err and (mine / "letter.txt").exists()
    (folder / "psa.csv").write_text("cost_a\n1\n", encoding="utf-8")
    (folder / "evpi.csv").unlink()
    done = command("pack", folder, "--out", tmp_path / "other")
    assert done.code == 2 and "psa.csv (changed)" in done.err and "evpi.csv (" in done.err
    assert not (tmp_path / "other").exists()
    assert "is no folder written by run" in command("pack", tmp_path).err


def test_a_table_that_does_not_come_out_of_the_draws_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "evpi.csv"
    path.write_text("threshold,value\n0.0,10.0\n5.0,\n", encoding="utf-8")
    assert _table(path, ("value",), Table({"threshold": [0.0, 5.0], "value": [10.0, 7.0]})).holds
    for at, value in ((0.0, 10.1), (0.0, math.nan), (1.0, 10.0)):  # another, none, and of another price
        assert not _table(path, ("value",), Table({"threshold": [at, 5.0], "value": [value, 7.0]})).holds


def test_the_script_comes_to_the_tables_in_base_r(packed: Path, tmp_path: Path) -> None:
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("needs R (Rscript), which is not installed")
    done = subprocess.run([program, packed / "reproduce.R"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "The same decision tables." in done.stdout, done.stderr
    shutil.copytree(packed, tmp_path / "pack")
    draws = tmp_path / "pack" / "results" / "psa.csv"
    header, first, *rest = draws.read_text(encoding="utf-8").splitlines()
    cost, more = first.split(",", 1)
    draws.write_text("\n".join([header, f"{float(cost) + 500},{more}", *rest]) + "\n", encoding="utf-8")
    done = subprocess.run([program, tmp_path / "pack" / "reproduce.R"], capture_output=True, text=True, timeout=120)
    assert done.returncode != 0 and "differs" in done.stderr


def test_the_checklist_says_of_an_account_that_nobody_is_simulated() -> None:
    told = {i.number: i.told for i in items(run(load("health_coaching"), draws=4, people=20, variants=False))}
    assert told[20] == "4 draws, with nobody simulated, seed 1" and told[9] == "12 months"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_the_checklist_has_a_box_for_each_item_and_reads_no_label_as_markup(packed: Path) -> None:
    page = Tags()
    page.feed((packed / "checklist.html").read_text(encoding="utf-8"))
    assert page.seen.count("input") == 56 and not {"script", "img", "link", "a"} & set(page.seen)
    lines = (packed / "checklist.md").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("- [ ] **") for line in lines) == 28
    nasty = [Item(1, "Title", "model.txt", '<script>alert(1)</script> [x](http://y) "=1+1"')]
    page = Tags()
    page.feed(as_html(nasty, "<img src=x>"))
    assert not {"script", "img", "a"} & set(page.seen)
    assert "\\<script\\>" in as_markdown(nasty, "t") and "[x](" not in as_markdown(nasty, "t").replace("\\[x\\](", "")
