"""The command line when things are wrong: exit codes, messages, and nothing run, written or harmed."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parameters import InputError
from simulate import load
from simulate.engine import driver
from simulate.present.figures import gallery

PROBLEM = "joint_crisis_plan"
TINY = ("--fixed", "--people", 50)
HEAVY = ("numba", "scipy.stats", "pandas", "matplotlib")

SOUND = """
[c_joint_crisis_plan]
label = "Making a plan here"
unit = "GBP"
price_year = "2023/24"
distribution = { gamma = { mean = 250, se = 50 } }
source = "ours"
status = "derived"

[sources.ours]
authors = "A. Author"
year = 2024
title = "Time sheets of one trust"
journal = "Unpublished"
design = "audit"
supports = "the cost of a plan"
"""


@pytest.fixture(autouse=True)
def quick(hasty_calibration: None, no_figures: None, solved_once: None) -> None:
    """Nothing here is about the figures or the engine's ratios."""


def parameter_file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


# --- what cannot be run -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "joint_crisis_pan"], "did you mean joint_crisis_plan?"),
        (["describe", "joint_crisis_pan"], "did you mean joint_crisis_plan?"),
        (["check", "joint_crisis_pan"], "did you mean joint_crisis_plan?"),
        (["run", PROBLEM, "--setting", "henderson"], "did you mean henderson_2004?"),
        (["run", PROBLEM, "--perspective", "servic"], "did you mean service?"),
        (["run", PROBLEM, "--effect", "qualy"], "did you mean qaly?"),
        (["run", PROBLEM, "--set", "c_bed_dya=400"], "--set: c_bed_dya: is no parameter of joint_crisis_plan"),
        (["run", PROBLEM, "--set", "c_bed_dya=400"], "did you mean c_bed_day?"),
        (["run", PROBLEM, "--set", "hr_admission_jcp=1"], "is solved for by joint_crisis_plan"),
        (["run", PROBLEM, "--set", "c_bed_day"], "is no NAME=VALUE"),
        (["run", PROBLEM, "--set", "c_bed_day=nan"], "allowed: a finite number"),
        (["run", PROBLEM, "--set", "c_bed_day=-5"], "-5 is out of range; allowed for GBP_per_day: 0 or more"),
        (["run", PROBLEM, "--set", "r_discount_costs=-2"], "allowed for per_year_effective: 0 to 1"),
        (["run", PROBLEM, "--set", "horizon_18_months=0"], "must be positive"),
        (["run", PROBLEM, "--sed", "3"], "--seed"),
        (["run", PROBLEM, "--draws", "0"], "--draws"),
        (["run", PROBLEM, "--draws", "many"], "--draws"),
        (["run", PROBLEM, "--people", "1"], "people: 1; several draws need at least 2"),
        (["run", PROBLEM, "--seed", str(2**64)], "allowed 0 to 2^64 - 1"),
        (["run", PROBLEM, "--threads", "0"], "--threads"),
        (["run", PROBLEM, "--method", "sobl"], "allowed: sobol, random"),
        (["run", PROBLEM, "--figures", "most"], "--figures: 'most' is unknown; allowed: main, all, none"),
        (["run", PROBLEM, "--parameters", "absent.toml"], "absent.toml: file: cannot be read"),
        (["run"], "error: run: ID|FILE: is missing"),
        (["sweep", PROBLEM, "--switch", "--draws", "64"], "--switch: --draws is an option"),
        (["rnu"], "run"),
        (["list", "--jsn"], "--json"),
    ],
)
def test_bad_input_is_exit_2_and_names_what_is_allowed(
    arguments: list[str], words: str, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command(*arguments)
    assert done.code == 2
    assert words in done.err
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []


def test_every_fault_of_set_is_told_at_once(command: Any) -> None:
    done = command("run", PROBLEM, "--set", "c_bed_dya=1", "--set", "u_stable=3", "--set", "r_bogus=1")
    assert done.code == 2
    assert [line.split(":")[2].strip() for line in done.err.splitlines()] == ["c_bed_dya", "u_stable", "r_bogus"]


WRONG = {
    "run": (
        *("--set", "r_bogus=1", "--set", "c_bed_day=x", "--perspective", "x", "--effect", "y", "--rng", "z"),
        *("--method", "q", "--ages", "3,x", "--cohort", "absent.csv", "--people", "5", "--subgroup", "u"),
        *("--until-mcse", "bla", "--out", "."),
    ),
    "impact": (
        *("--population", "0", "--uptake", "0.1", "--cashable", "x", "--implementation", "foo=1"),
        *("--set", "r_bogus=1", "--out", "."),
    ),
    "equity": ("--subgroup", "u", "--baseline", "absent.csv", "--set", "r_bogus=1", "--out", "."),
    "sweep": ("--one-way", "--sobol", "--range", "x", "--set", "r_bogus=1", "--out", "."),
    "plan": ("--target", "bla", "--set", "r_bogus=1"),
    "trace": ("--set", "r_bogus=1", "--out", "."),
}
TOLD = {
    "run": (
        *("--ages", "--out", "r_bogus", "c_bed_day", "perspective", "effect", "rng", "method"),
        *("absent.csv", "characteristic", "target"),
    ),
    "impact": ("population", "--implementation", "--cashable", "--out", "r_bogus"),
    "equity": ("absent.csv", "--out", "r_bogus"),
    "sweep": ("--one-way and --sobol", "--range", "--out", "r_bogus"),
    "plan": ("target", "r_bogus"),
    "trace": ("--out", "r_bogus"),
}


@pytest.mark.parametrize("verb", WRONG)
def test_mistakes_of_every_kind_are_told_at_once(
    verb: str, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command(verb, PROBLEM, *WRONG[verb])
    assert done.code == 2
    lines = done.err.splitlines()
    assert [word for word in TOLD[verb] if not any(word in line for line in lines)] == []
    assert len(lines) == len(TOLD[verb])
    assert list(tmp_path.iterdir()) == []


def test_an_account_has_no_histories(command: Any, tmp_path: Path) -> None:
    done = command("trace", "recovery_college", "--out", tmp_path / "out")
    assert done.code == 2
    assert "nothing happens to single people" in done.err


def test_where_nothing_can_be_written_nothing_is_run(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("simulate.present.folder.hold._locked", refuse)
    monkeypatch.setattr("simulate.running.known.solved_for", None)  # would fail otherwise than asked for below
    done = command("run", PROBLEM, *TINY, "--out", tmp_path / "a" / "b")
    assert done.code == 4
    assert f"nothing can be written to {tmp_path}: Permission denied" in done.err


def test_a_number_the_setting_does_not_use_is_noted(command: Any, tmp_path: Path) -> None:
    change = ("--set", "rr_admission_henderson=0.5", "--json", "--out", tmp_path / "out")
    done = command("run", PROBLEM, *TINY, *change)
    assert done.code == 0
    assert "note: rr_admission_henderson is not used under setting base" in done.err
    json.loads(done.out)


# --- parameter files --------------------------------------------------------------------------

MALFORMED = """\
[c_bed_day]
label = "A bed-day"
unit = "GBP_per_day"
price_year = "2023/24"
distribution = { gamma = { mean = 520, se = -55 } }
source = "ours"
status = "derived"

[p_employed_at_start]
label = "In work"
unit = "probability"
distribution = { fixed = { value = 1.2 } }
status = "derived"

[rr_detention_jcp]
label = "Detention"
unit = "ratio"
distribution = { lognormall = { mean = 0.75, low = 0.61, high = 0.93 } }
source = "nobody_2024"
statuss = "published"
"""
FAULTS = (  # line, key, words
    (5, "c_bed_day.distribution.gamma", "se = -55.0 must be positive; for no uncertainty use fixed"),
    (6, "c_bed_day.source", "is in no bibliography"),
    (9, "p_employed_at_start.source", "missing"),
    (12, "p_employed_at_start.distribution.fixed", "allowed for probability: 0 to 1"),
    (15, "rr_detention_jcp.status", "missing"),
    (18, "rr_detention_jcp.distribution.lognormall", "did you mean lognormal?"),
    (19, "rr_detention_jcp.source", "is in no bibliography"),
    (20, "rr_detention_jcp.statuss", "did you mean status?"),
)


@pytest.mark.parametrize("verb", ["run", "check", "describe"])
def test_a_malformed_file_gets_every_error_at_once(verb: str, command: Any, tmp_path: Path) -> None:
    file, folder, before = parameter_file(tmp_path, MALFORMED), tmp_path / "out", driver.kernel_runs
    arguments = {
        "run": ("run", PROBLEM, "--parameters", file, "--out", folder),
        "check": ("check", file),
        "describe": ("describe", PROBLEM, "--parameters", file),
    }
    done = command(*arguments[verb])
    assert done.code == 2
    assert done.out == "" and not folder.exists() and driver.kernel_runs == before
    lines = done.err.splitlines()
    assert all(line.startswith(f"error: {file}:") for line in lines), done.err
    for number, key, words in FAULTS:
        place = f"error: {file}:{number}: {key}: "
        assert any(line.startswith(place) and words in line for line in lines), place
    assert len(lines) == len(FAULTS)


def test_a_sound_file_replaces_a_record(command: Any, tmp_path: Path) -> None:
    file = parameter_file(tmp_path, SOUND)
    assert load(PROBLEM, parameters=[file]).parameters["c_joint_crisis_plan"].distribution.point == 250
    done = command("run", PROBLEM, *TINY, "--json", "--parameters", file, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert "c_joint_crisis_plan" not in json.loads(done.out)["assumed"]
    copied = {p.read_bytes() for p in (tmp_path / "out" / "inputs").iterdir()}
    assert file.read_bytes() in copied


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("c_joint_crisis_plann", "is no parameter of joint_crisis_plan; did you mean c_joint_crisis_plan?"),
        ("r_admission", "is solved for by joint_crisis_plan; change what it is solved from: p_detention_control"),
        ("zzz", "is no parameter of joint_crisis_plan"),
    ],
)
def test_a_record_that_nothing_reads_is_an_error(name: str, words: str, command: Any, tmp_path: Path) -> None:
    text = SOUND.replace("[c_joint_crisis_plan]", f"[{name}]")
    file = parameter_file(tmp_path, text)
    done = command("run", PROBLEM, "--parameters", file, "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {file}:2: {name}: {words}")
    assert len(done.err.splitlines()) == 1 and not (tmp_path / "out").exists()


def test_records_of_other_settings_and_of_variants_are_accepted(tmp_path: Path) -> None:
    record = SOUND.replace('"GBP"', '"ratio"').replace('price_year = "2023/24"\n', "")
    for name in ("rr_admission_henderson", "rr_admission_jcp_se_020"):
        file = parameter_file(tmp_path, record.replace("c_joint_crisis_plan]", f"{name}]"))
        assert load(PROBLEM, parameters=[file]).parameters[name].file == str(file)


def test_unknown_records_and_changes_are_told_together(tmp_path: Path) -> None:
    file = parameter_file(tmp_path, SOUND.replace("[c_joint_crisis_plan]", "[zzz]"))
    with pytest.raises(InputError) as fault:
        load(PROBLEM, parameters=[file], changes={"yyy": 1.0, "u_stable": 2.0})
    assert [p.key for p in fault.value.problems] == ["zzz", "yyy", "u_stable"]


# --- text is data -----------------------------------------------------------------------------

HOSTILE = "=1+1 [bold]b[/bold] $x_1$ <i>i</i> {{ 7 * 7 }} \\u001b[31mred"  # in TOML: an escape character
SHOWN = "=1+1 [bold]b[/bold] $x_1$ <i>i</i> {{ 7 * 7 }}"


def test_text_of_a_parameter_file_appears_as_it_is(command: Any, tmp_path: Path) -> None:
    text = SOUND.replace("Making a plan here", HOSTILE).replace('"derived"', '"assumed"\nnote = "=2+2 [red]"')
    file = parameter_file(tmp_path, text)
    done = command("run", PROBLEM, *TINY, "--parameters", file, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert SHOWN in " ".join(done.out.split()) and "\x1b" not in done.out
    told = command("describe", PROBLEM, "--parameters", file)
    assert told.code == 0 and SHOWN in " ".join(told.out.split()) and "\x1b" not in told.out


def test_no_cell_of_a_table_is_a_formula(command: Any, small_run: Any) -> None:
    for path in small_run.folder.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            cells = [cell for row in csv.reader(handle) for cell in row]
        assert not [c for c in cells if c[:1] in "=+@\t" and c] and "" not in cells[:1]


# --- standard output --------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["small_run", "fixed_run"])
def test_json_is_all_there_is_on_stdout(which: str, request: pytest.FixtureRequest) -> None:
    made = request.getfixturevalue(which)
    assert made.finished.code == 0, made.finished.err
    assert made.finished.out.startswith("{") and made.finished.out.endswith("}\n")
    assert json.dumps(made.summary)  # parsed as strict JSON: no NaN, no Infinity
    assert made.summary == json.loads((made.folder / "summary.json").read_text(encoding="utf-8"))


def test_list_is_json_on_request(command: Any) -> None:
    done = command("list", "--json")
    assert done.code == 0
    (row,) = [r for r in json.loads(done.out) if r["id"] == PROBLEM]
    assert row["settings"][:3] == ["base", "henderson_2004", "crimson_2013"] and len(row["settings"]) == 11


def test_doctor_finds_kernel_and_reference_agreed(command: Any) -> None:
    done = command("doctor")
    assert done.code == 0, done.out
    assert "agrees with the reference simulator to the last bit" in done.out
    assert "numba" in done.out


# --- folders ----------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_foreign_folder_is_refused_and_untouched(command: Any, tmp_path: Path) -> None:
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter_1.txt").write_text("years of work")
    before = driver.kernel_runs
    done = command("run", PROBLEM, *TINY, "--out", mine)
    assert (done.code, done.out) == (2, "")
    assert "holds other files" in done.err and driver.kernel_runs == before
    assert contents(tmp_path) == {"thesis/chapter_1.txt": b"years of work"}


@pytest.mark.parametrize("out", ["note.txt", "note.txt/runs", "note.txt/a/b"])
def test_a_file_in_the_way_is_refused_before_anything_runs(out: str, command: Any, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    before = driver.kernel_runs
    done = command("run", PROBLEM, *TINY, "--out", tmp_path / out)
    assert (done.code, done.out) == (2, "")
    assert "is a file" in done.err and driver.kernel_runs == before
    assert contents(tmp_path) == {"note.txt": b"mine"}


@pytest.mark.parametrize("out", [".", ".."])
def test_the_current_folder_is_never_replaced(
    out: str, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    done = command("run", PROBLEM, *TINY, "--out", out)
    assert (done.code, done.out) == (2, "") and "current folder" in done.err
    assert contents(tmp_path) == {}


@pytest.fixture
def earlier(command: Any, tmp_path: Path) -> Path:
    """The folder of an earlier run, alone in its parent."""
    folder = tmp_path / "out"
    assert command("run", PROBLEM, *TINY, "--json", "--out", folder).code == 0
    return folder


@pytest.mark.parametrize(
    ("fault", "code"), [(OSError(28, "No space left on device"), 4), (KeyboardInterrupt(), 130), (MemoryError(), 4)]
)
def test_a_write_that_fails_leaves_the_old_folder_whole(
    fault: BaseException, code: int, earlier: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise fault

    before = contents(earlier.parent)
    monkeypatch.setattr(gallery, "draw_figures", fail)  # the last thing written
    done = command("run", PROBLEM, *TINY, "--seed", 2, "--json", "--out", earlier, "--overwrite")
    assert (done.code, bool(done.out)) == (code, code == 4)  # what was found out is told all the same
    assert "Traceback" not in done.err and done.err
    assert contents(earlier.parent) == before


@pytest.mark.parametrize("atomic", [True, False])
def test_a_swap_that_fails_puts_the_old_folder_back(
    atomic: bool, earlier: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, before = os.rename, contents(earlier.parent)

    def busy(*_: Path) -> bool:
        raise OSError(16, "Device or resource busy")

    def rename(source: Path, target: Path) -> None:
        busy() if Path(target) == earlier and Path(source).name != "before" else real(source, target)

    monkeypatch.setattr("simulate.present.folder.exchange.exchange", busy if atomic else lambda *_: False)
    monkeypatch.setattr("simulate.present.folder.exchange.os.rename", rename)
    done = command("run", PROBLEM, *TINY, "--seed", 2, "--json", "--out", earlier, "--overwrite")
    assert done.code == 4 and "busy" in done.err
    assert contents(earlier.parent) == before


# --- faults of the run itself -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (driver.NumericalError("an event time is not a number: seed 1, draw 0, person 3"), 3, "person 3"),
        (driver.ResourceError("this run needs about 900.0 GiB"), 4, "900.0 GiB"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_a_fault_of_the_run_has_its_exit_code(
    fault: BaseException, code: int, words: str, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("simulate.running.running.answered", fail)
    done = command("run", PROBLEM, *TINY, "--out", tmp_path / "out")
    assert (done.code, done.out) == (code, "")
    assert words in done.err and "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


# --- quick to answer --------------------------------------------------------------------------

PROBE = f"""
import json, sys
from simulate.present import cli
try:
    cli.main()
except SystemExit as left:
    assert left.code == 0, left.code
json.dump([m for m in {HEAVY!r} if m in sys.modules], sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["run", "--help"], ["check"]])
def test_help_and_check_import_nothing_heavy(arguments: list[str], checkout: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROBE, *arguments], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr) == []
    assert done.stdout


def test_check_of_a_file_imports_nothing_heavy(checkout: Path, tmp_path: Path) -> None:
    file = parameter_file(tmp_path, SOUND)
    done = subprocess.run([sys.executable, "-c", PROBE, "check", file], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0 and json.loads(done.stderr) == []
