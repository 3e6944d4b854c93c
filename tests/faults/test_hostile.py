"""Hostile inputs: only the project's own errors come of them, soon, and nothing is left behind."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import contract as m
from parameters import InputError, check, load
from parameters.files import comma_separated
from parameters.mistakes import Problem
from parameters.published import load_published
from scripts.verify import hostile, hostile_kinds
from simulate import read_result
from simulate.ask.cohort_file import read_cohort
from simulate.engine.statistics import load as load_statistics
from simulate.present.folder import survey
from simulate.result.priorities.equity import Baseline
from simulate.result.stored import FILES as FILES_READ

FEW, MANY = 20, 2_000  # of each kind: in a moment, and in the slow test; scripts/verify/hostile.py takes any number
MORE = {"batches": 80, "tables of draws": 80}

SLOW = (
    "folders of results",
    "labels",
    "pipes, devices and large files",
    "command lines",
    "stores",
    "shards",
    "shards of batches",
)


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_nothing_escapes_from_a_few(kind: str, tmp_path: Path) -> None:
    assert hostile.hostile(FEW // 5 if kind in SLOW else MORE.get(kind, FEW), 1, tmp_path, (kind,)) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", hostile.KINDS)
def test_nothing_escapes_from_many(kind: str, tmp_path: Path) -> None:
    assert hostile.hostile(MANY, 2, tmp_path, (kind,)) == []


def test_what_escapes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A control: an error that is not ours, a file left behind and a long time are each seen."""

    def fails(made: Any, folder: Path) -> None:
        raise KeyError("x")

    def leaves(made: Any, folder: Path) -> None:
        (folder / "left").touch()

    def waits(made: Any, folder: Path) -> None:
        while True:
            pass

    def writes(made: Any, folder: Path) -> None:
        (folder.parent.parent / f"{folder.parent.name}-elsewhere").touch()

    monkeypatch.setattr(hostile, "SECONDS", 1)
    for read, words in ((fails, "KeyError"), (leaves, "left"), (waits, "took more than 1 s"), (writes, "wrote to")):
        monkeypatch.setitem(hostile.KINDS, "files of people", hostile_kinds.Kind(hostile_kinds.make_cohort, read))
        (found,) = hostile.hostile(1, 1, tmp_path, ("files of people",))
        assert words in found


# --- what once escaped, by name ---------------------------------------------------------------------

STAY = m.Event("discharge", m.When(place="ward"), m.Exponential(1.0), {"place": "home"})
WARD = m.Pathway("ward", (m.Domain("place", ("ward", "home")),), (STAY,), {"place": "ward"})
RECORD = """[p]
label = "x"
unit = {unit}
distribution = {distribution}
source = {source}
status = "assumed"
note = "x"
"""
USUAL = {"unit": '"ratio"', "distribution": "{ fixed = { value = 1 } }", "source": '"assumption"'}
FILES = {
    "an array for a unit": {"unit": '["ratio"]'},
    "a table for a source": {"source": "{ a = 1 }"},
    "an array for a number": {"distribution": "{ fixed = { value = [1] } }"},
    "a table for a family": {"distribution": "{ fixed = { value = { a = 1 } } }"},
    "an array for a family": {"distribution": "{ fixed = [1] }"},
    "5,000 digits": {"distribution": "{ fixed = { value = " + "9" * 5000 + " } }"},
    "5,000 hexadecimal digits": {"distribution": "{ fixed = { value = 0x" + "f" * 5000 + " } }"},
    "400 digits": {"distribution": "{ gamma = { mean = " + "9" * 400 + ", se = 1 } }"},
    "an overflow in a log-normal": {"distribution": "{ lognormal = { mean = 1e-300, se = 1e300 } }"},
    "an overflow in a gamma": {"distribution": "{ gamma = { mean = 1e-200, se = 1e200 } }"},
    "an overflow in a beta": {"distribution": "{ beta = { mean = 0.5, se = 1e-200 } }"},
    "a log-normal's draws without end": {"distribution": "{ lognormal = { mu = 700, sigma = 100 } }"},
    "division by zero": {"distribution": "{ beta = { mean = 5e-324, se = 5e-324 } }"},
    "a truncated normal far out": {"distribution": "{ truncated_normal = { mean = 1, sd = 1e300, min = 0, max = 2 } }"},
    "deep arrays": {"distribution": "[" * 5000 + "]" * 5000},
    "deep tables": {"distribution": "{a=" * 5000 + "1" + "}" * 5000},
    "a sample that is none": {"distribution": "{ sample = { values = [1, nan] } }"},
    "a sample of 400 digits": {"distribution": "{ sample = { values = [1, " + "9" * 400 + "] } }"},
    "a Dirichlet of tables": {"distribution": "{ dirichlet = { counts = { a = {}, b = [] } } }"},
    "a file for a sample that is none": {"distribution": '{ sample = { file = "\\u0000", column = "x" } }'},
    "a pipe for a sample": {"distribution": '{ sample = { file = "pipe", column = "x" } }'},
    "a device for a sample": {"distribution": '{ sample = { file = "/dev/zero", column = "x" } }'},
    "a Dirichlet of thousands": {
        "distribution": "{ dirichlet = { counts = {" + ", ".join(f"a{i} = 1" for i in range(3000)) + "} } }"
    },
    "more keys than can be told of": {
        "distribution": "{ fixed = {" + ", ".join(f"a{i} = 1" for i in range(21_000)) + "} }"
    },
    "a key of thousands of parts": {"distribution": "{ a" + ".a" * 20_000 + " = 1 }"},
    "thousands of spaces in a name": {"distribution": '{ "' + " " * 50_000 + '" = 1, "' + " " * 50_000 + '" = 2 }'},
    "a date for a number": {"distribution": "{ fixed = { value = 2024-01-01 } }"},
    "a time for a number": {"distribution": "{ fixed = { value = 12:30:00 } }"},
    "a switch for a number": {"distribution": "{ fixed = { value = true } }"},
    "a key given twice": {"distribution": "{ fixed = { value = 1, value = 2 } }"},
    "a byte that ends a text": {"distribution": "{ fixed = { value = 1 } } \x00"},
    "a year in other digits": {"unit": '"GBP"', "source": '"assumption"\nprice_year = "٢٠٢٣/٢٤"'},
    "a folder for a sample": {"distribution": '{ sample = { file = ".", column = "x" } }'},
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_once_escaped_is_refused_where_it_stands(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RECORD.format(**{**USUAL, **FILES[kind]}), encoding="utf-8")
    if "pipe" in kind:
        os.mkfifo(tmp_path / "pipe")
    with hostile.limited(), pytest.raises(InputError) as fault:
        load([path])
    assert all(len(str(problem)) < 600 for problem in fault.value.problems)
    assert check([path]) == list(fault.value.problems)


def test_spaces_in_a_long_note_take_no_time(tmp_path: Path) -> None:
    """Where a table begins is looked for on every line, in notes too."""
    path = tmp_path / "mine.toml"
    path.write_text(RECORD.format(**USUAL).replace('"x"\n', '"""\n[' + " " * 20_000 + '"""\n'), encoding="utf-8")
    with hostile.limited():
        assert load([path])["p"].line == 1


def test_a_file_too_large_to_be_read_soon_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    with path.open("wb") as file:
        file.truncate(10**9)
    for read in (load, lambda paths: read_cohort(paths[0], WARD)):
        with hostile.limited(), pytest.raises(InputError, match=r"is larger than \S+ MiB"):
            read([path])


READERS: dict[str, Callable[[Path], object]] = {
    "parameters": lambda path: load([path]),
    "people": lambda path: read_cohort(path, WARD),
    "groups": Baseline.read,
    "published": load_published,
    "scenarios": lambda path: hostile_kinds.read_scenarios(path, path.parent),
}


@pytest.mark.parametrize("what", READERS)
def test_what_is_no_file_is_refused_and_not_waited_for(what: str, tmp_path: Path) -> None:
    for name, make in (
        ("pipe", os.mkfifo),
        ("device", lambda path: path.symlink_to("/dev/zero")),
        ("loop", lambda path: path.symlink_to("loop")),
        ("folder", Path.mkdir),
    ):
        make(tmp_path / name)
        with hostile.limited(), pytest.raises(InputError, match="cannot be read"):
            READERS[what](tmp_path / name)


def test_a_pipe_is_not_taken_for_an_empty_file(command: Callable[..., Any]) -> None:
    """It can be read but once, and what a command is asked is hashed before it runs."""
    ends = os.pipe()
    os.write(ends[1], RECORD.format(**USUAL).encode())
    os.close(ends[1])
    done = command("describe", "recovery_college", "--parameters", f"/dev/fd/{ends[0]}")
    os.close(ends[0])
    assert (done.code, "is a pipe or a device" in done.err) == (2, True)


def test_a_pipe_for_a_manifest_is_somebody_elses(command: Callable[..., Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.json")
    with hostile.limited():
        done = command("run", "recovery_college", "--out", str(tmp_path))
    assert (done.code, "manifest.json" in done.err) == (2, True)


def test_a_link_to_itself_is_no_folder_for_results(command: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = command("run", "recovery_college", "--out", str(tmp_path / "loop"))
    assert (done.code, "Traceback" in done.err) == (4, False)


def test_a_folder_is_looked_through_only_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for k in range(20):
        (tmp_path / f"f{k}").touch()
    assert len(survey.survey(tmp_path).others) == 20
    monkeypatch.setattr(survey, "MOST", 19)
    with pytest.raises(m.ModelError, match="holds more than 19 files"):
        survey.survey(tmp_path)
    (tmp_path / Path(*["deep"] * 60)).mkdir(parents=True)
    monkeypatch.undo()
    with pytest.raises(m.ModelError, match="is nested too deeply"):
        survey.survey(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,weight\n" + "a\n" * 12, "has more than 10 lines"),
        (",".join(f"c{i}" for i in range(2000)), "line 1 has more than 1,000 cells"),
        ("id,weight\n" + "a" * 200_000, "line 2 has more than 100,000 characters"),
        ("id,weight\n" + "\n" * 12, "has more than 10 lines"),
    ],
)
def test_a_table_is_read_only_so_far(text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comma_separated, "MOST_LINES", 10)
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_cohort(path, WARD)


def test_a_thousand_mistakes_are_told_and_the_others_counted(tmp_path: Path) -> None:
    assert str(InputError([Problem("f", 1, "k", "x")] * 1200)).splitlines()[-1] == "and 200 more"
    path = tmp_path / "mine.toml"
    path.write_text("[p]\n" + "".join(f"a{i} = 1\n" for i in range(3000)), encoding="utf-8")
    assert len(check([path])) <= 1000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("level,share,health,health\na,1,60,70\n", "health: given twice"),
        ("level,share,health\na,0.5,60\nb,0.5,60,70\n", ":3: level: has not 3 cells"),
        ("level,share,health,borne\na,1,60,0\n", "borne: is 0 for everybody"),
        ("level,share,health\na,1,1e308\n", "health: '1e308'"),
        ("level,share,health\n", "no groups"),
    ],
)
def test_a_table_of_groups_is_held_to_its_columns(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        Baseline.read(path)


def test_a_byte_order_mark_is_read_and_other_text_is_named(tmp_path: Path) -> None:
    path, text = tmp_path / "mine.toml", RECORD.format(**USUAL)
    path.write_bytes(text.encode("utf-8-sig"))
    assert load([path])["p"].line == 1
    for content in (text.encode("utf-16"), b"\xfe\xff" + text.encode("utf-16-be")):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is UTF-16 text, not UTF-8; save it as UTF-8"):
            load([path])
    path.write_bytes(text.replace('"x"', '"£"').encode("cp1252"))
    assert "is not UTF-8 text (line 2)" in str(check([path])[0])


def test_a_message_moves_no_cursor() -> None:
    told = str(Problem("a\x1b[31m.toml", 1, "k\ney", "bad \u202e text £"))
    assert told == "a\\x1b[31m.toml:1: k\\ney: bad \\u202e text £"


@pytest.mark.parametrize("weight", ["1e308", "1e300", "1e51", "inf", "nan", "0", "-1"])
def test_weights_that_cannot_be_added_up_are_refused(weight: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"id,weight\na,{weight}\nb,{weight}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"weight: .*; must be a number, finite and positive"):
        read_cohort(path, WARD)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("c_bed_day=1,000", "write 1000"),
        ("c_bed_day=1,234,567.5", "write 1234567.5"),
        ("c_bed_day=GBP450", "write 450"),
        ("c_bed_day=£450", "write 450"),
        ("c_bed_day=£1,250.50", "write 1250.50"),
        ("c_bed_day=450 GBP", "write 450"),
        ("c_bed_day=450,5", "write 450.5"),
        ("c_bed_day=12.5%", "write 0.125"),
        ("c_bed_day=1,00,0", "is no number; allowed: a finite number"),
        ("c_bed_day", "no NAME=VALUE; allowed: a finite number"),
        ("=450", "no NAME=VALUE"),
        ("c_bed_day=" + "9" * 5000, "is no number"),
        ("c_bed_day=1e60", "1e+60 is out of range"),
        ("c_bed_day=1" + " " * 100_000 + "£x", "is no number; allowed: a finite number"),
    ],
)
def test_a_number_written_as_people_write_it_is_told_how_to_be_written(
    option: str, told: str, command: Callable[..., Any], tmp_path: Path
) -> None:
    done = command("run", "joint_crisis_plan", "--set", option, "--out", str(tmp_path / "out"))
    assert done.code == 2
    assert told in done.err
    assert len(done.err) < 500


def test_spaces_about_a_change_are_no_part_of_it(command: Callable[..., Any]) -> None:
    assert "£450 a day" in command("describe", "joint_crisis_plan", "--set", " c_bed_day = 450 ").out


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fixed", "false"),
        ("fixed", 0),
        ("draws", True),
        ("draws", 17),
        ("rng", True),
        ("method", ["sobol"]),
        ("problem", False),
        ("command", "run"),
        ("command", [True]),
        ("inputs", {"../../mine.toml": "x"}),
        ("sampling", True),
        ("collected", None),
        ("people", 10**400),
    ],
)
def test_a_tampered_manifest_is_refused(key: str, value: Any, sound: Path, tmp_path: Path) -> None:
    place = tmp_path / "result"
    place.mkdir()
    for name in FILES_READ:
        (place / name).write_bytes((sound / name).read_bytes())
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    (place / "manifest.json").write_text(json.dumps({**manifest, key: value}), encoding="utf-8")
    with pytest.raises(m.ModelError, match="result: "):
        read_result(place)


def test_a_sound_folder_is_read(sound: Path) -> None:
    assert len(read_result(sound).cost) == 16


@pytest.mark.parametrize("shape", [(10**9, 10**6), (2**40,), (10**30,), (0,)])
@pytest.mark.parametrize("kind", ["<f8", "|O", "<U9"])
def test_an_array_is_held_against_its_bytes_before_memory_is_asked_for(
    shape: tuple[int, ...], kind: str, sound: Path, tmp_path: Path
) -> None:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": kind, "fortran_order": False, "shape": shape})
    path = tmp_path / "statistics.npz"
    with zipfile.ZipFile(sound / "statistics.npz") as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            after.writestr(name, content.getvalue() + bytes(64) if name == "time.npy" else before.read(name))
    with pytest.raises(ValueError, match="not a statistics file of this program"):
        load_statistics(path)


@pytest.mark.parametrize("number", ["Infinity", "NaN", "1e999", "[" * 100_000])
@pytest.mark.parametrize("file", ["manifest.json", "summary.json"])
def test_what_is_no_number_in_a_folder_is_refused(file: str, number: str, sound: Path, tmp_path: Path) -> None:
    place = tmp_path / "result"
    place.mkdir()
    for name in FILES_READ:
        (place / name).write_bytes((sound / name).read_bytes())
    (place / file).write_text(f'{{"kind": "run", "calibrated": {number}}}', encoding="utf-8")
    with pytest.raises(m.ModelError, match="result"):
        read_result(place)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_kinds.sound_folder(tmp_path_factory.mktemp("sound") / "run")
