"""A model to begin with, as a new user meets it: written, checked, told, run, and asked what knowing is worth."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import pytest

from simulate import load, run
from tests.conftest import Command


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_nothing_to_what_it_is_worth_to_know(desk: Path, command: Command) -> None:
    begun = command("init", "my_model/")
    assert begun.code == 0 and "recovery-cea describe my_model/my_model.py" in begun.out
    assert command("check", "my_model/my_model.py").out == "No errors: my_model/my_model.py (12 parameters).\n"
    told = command("describe", "my_model/my_model.py")
    assert told.code == 0 and "Preventing relapse (my_model)" in told.out
    done = command("run", "my_model/my_model.py", "--draws", 16, "--people", 50, "--figures", "none")
    assert done.code == 0, done.err
    found = json.loads(Path("runs/my_model/summary.json").read_text())
    assert [s["id"] for s in found["strategies"]] == ["usual", "medicine", "both"]
    learnt = command("voi", "runs/my_model", "--figures", "none")
    assert learnt.code == 0 and "hr_medicine" in learnt.out


def test_it_is_called_as_its_folder_where_that_can_be(desk: Path, command: Command) -> None:
    for folder, name in (("depression", "depression"), ("My model", "my_model"), ("safewards", "my_model"), (".", 0)):
        if name:
            assert command("init", folder).code == 0
            assert load(Path(folder) / f"{name}.py").problem.id == name


def test_nothing_is_written_among_other_files(desk: Path, command: Command) -> None:
    Path("full").mkdir()
    Path("full/kept.txt").write_text("kept")
    Path("file").write_text("kept")
    for where, told in (("full", "holds files already"), ("file", "is a file"), ("file/inside", "file")):
        refused = command("init", where)
        assert refused.code in (2, 4) and told in refused.err, refused
    assert [p.name for p in Path("full").iterdir()] == ["kept.txt"]


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4])
def test_where_there_is_no_room_nothing_is_left(
    desk: Path, command: Command, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    """On a disk that is full when the first or the second file is flushed, or gets its name."""
    calls = []

    def refuse(*given: object) -> None:
        calls.append(given)
        if len(calls) == fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    rename = Path.rename

    def renamed(path: Path, to: Path) -> Path:
        refuse()
        return rename(path, to)

    monkeypatch.setattr(os, "fsync", refuse)
    monkeypatch.setattr(Path, "rename", renamed)
    refused = command("init", "a/b")
    assert refused.code == 4 and "b: No space left on device: nothing was written" in refused.err
    assert not [*desk.iterdir()] and len(calls) == fails_at


def test_what_else_can_be_said_runs_too(desk: Path, command: Command) -> None:
    """Every commented line at once: none of them has grown old."""
    assert command("init", "m").code == 0
    code, numbers = Path("m/m.py"), Path("m/m.toml")
    for path in (code, numbers):
        plain = path.read_text()
        path.write_text(re.sub(r"(?m)^( *)# \+ ", r"\1", plain))
        assert path.read_text().count("\n") == plain.count("\n") and path.read_text() != plain
    result = run(load(code, "short"), draws=8, people=20)
    assert result.statistics.horizon == 2.0 and "c_visit" in result.case.names()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('m.Complement("a", "b")', "Complement takes of$"),
        (
            'm.Branch("a", weigth=1.0, becomes={})',
            "Branch takes name, weight, becomes, restart=...; did you mean weight?",
        ),
        ("m.Evnt", "has no attribute 'Evnt'; did you mean Event?"),
        ("int('x')", "invalid literal for int"),
    ],
)
def test_a_word_called_in_another_way_says_how_it_is_called(
    desk: Path, command: Command, wrong: str, told: str
) -> None:
    assert command("init", "m").code == 0
    code = Path("m/m.py")
    code.write_text(code.read_text().replace("import models as m\n", f"import models as m\nX = {wrong}\n", 1))
    done = command("check", code)
    line = 1 + code.read_text().splitlines().index(f"X = {wrong}")
    assert done.code == 2 and f"m.py:{line}: file: " in done.err
    assert re.search(told.replace("?", r"\?").replace("...", r"\.\.\."), done.err.strip()), done.err


def test_nobody_has_graded_the_evidence_of_a_new_model(desk: Path, command: Command) -> None:
    assert command("init", "m").code == 0
    assert "The evidence is not graded." in command("describe", "m/m.py").out


def test_a_source_that_is_nowhere_says_where_it_would_stand(desk: Path, command: Command) -> None:
    assert command("init", "m").code == 0
    numbers = Path("m/m.toml")
    numbers.write_text(numbers.read_text().replace('source = "assumption"', 'source = "smith_2020"', 1))
    told = command("check", "m/m.py").err
    assert "allowed: assumption, or one told in the same file under [sources.smith_2020]" in told


@pytest.mark.parametrize(
    ("file", "right", "wrong", "told"),
    [
        ("m.toml", "[r_relapse]", "[r_relapses]", "r_relapses: is no parameter of m; did you mean r_relapse?"),
        ("m.py", '"r_death")', '"r_deaths")', "no parameter record for r_deaths; did you mean r_death?"),
        ("m.toml", "mean = 0.35", "mean = 0,35", "m.toml:7: file: not TOML: .*; decimals take a point, as in 0.8"),
        ("m.py", '{"qaly": (20_000, 30_000)}', "(20_000, 30_000)", r"m\.thresholds: must be a dict by effect, such as"),
    ],
)
def test_slips_of_a_first_edit_are_told_by_what_was_meant(
    desk: Path, command: Command, file: str, right: str, wrong: str, told: str
) -> None:
    assert command("init", "m").code == 0
    path = Path("m") / file
    path.write_text(path.read_text().replace(right, wrong, 1))
    done = command("check", "m/m.py")
    assert done.code == 2 and re.search(told.replace("?", r"\?"), done.err), done.err
