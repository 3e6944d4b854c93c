"""Many analyses from one file: what each is, what they share, what is taken as it stands, and what a failure costs."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from models.contract import ModelError
from simulate.analyse.batch.file import read
from simulate.analyse.batch.forecast import A_DRAW, WRITING
from simulate.analyse.batch.table import COLUMNS, Outcome
from simulate.engine import driver, memory
from simulate.present.batches import working
from simulate.present.faces.looks.batch import left_in_words
from simulate.present.folder import output
from simulate.running import running
from tests.unit.batches import QUICK, file_of, read_text

SAME = ("psa.csv", "statistics.npz", "summary.json", "ceac.csv", "evpi.csv", "incremental.csv")
OF_THE_COMMAND = ("command", "seconds", "seal")  # what a manifest says of who wrote it, and how fast


def digests(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


# --- running it --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory, command: Callable[..., Any]) -> Path:
    folder = tmp_path_factory.mktemp("quick")
    done = command("batch", file_of(folder, QUICK), "--out", folder / "out")
    assert done.code == 0, done.err
    assert "base: done" in done.out
    return folder


def test_each_folder_is_what_run_writes(quick: Path, tmp_path: Path, command: Callable[..., Any]) -> None:
    for name in ("public", "grid-c_recovery_college=350.5-seed=2"):
        ours = quick / "out" / name
        words = manifest_of(ours)["command"][1:]
        assert words[:2] == ["run", "recovery_college"] and words[-2:] == ["--out", str(ours)]
        assert command(*words[:-1], tmp_path / name).code == 0
        one, other = digests(ours), digests(tmp_path / name)
        assert one.keys() == other.keys()
        assert {n for n in one if one[n] != other[n]} == {"manifest.json"}
        told = [{k: v for k, v in manifest_of(f).items() if k not in OF_THE_COMMAND} for f in (ours, tmp_path / name)]
        assert told[0] == told[1] and list(manifest_of(ours)) == list(manifest_of(tmp_path / name))
        assert command(*words).code == 0  # and so run may write there again


def test_the_table_tells_every_analysis_strategy_and_threshold(quick: Path) -> None:
    table = pd.read_csv(quick / "out" / "batch" / "batch.csv")
    assert [c for c in table.columns if c != "set_c_recovery_college"] == list(COLUMNS)
    assert set(table["status"]) == {"done"} and table["name"].nunique() == 6
    summary = json.loads((quick / "out" / "public" / "summary.json").read_text(encoding="utf-8"))
    rows = table[(table["name"] == "public") & (table["strategy"] == "recovery_college")]
    (told,) = summary["incremental"]
    assert list(rows["cost_mean"]) == [told["cost"]["mean"]] * len(summary["ceac"])
    assert list(rows["verdict"]) == [told["verdict"]] * len(rows)
    assert set(rows["set_c_recovery_college"]) == {400.0}
    at_0 = rows[rows["threshold"] == 0.0].iloc[0]
    assert at_0["nmb_mean"] == pytest.approx(-at_0["cost_mean"]) and at_0["nmb_mcse"] == at_0["cost_mcse"]
    assert table[table["strategy"] == "usual_care"]["cost_mean"].isna().all()


def test_typed_again_it_takes_what_is_there(
    quick: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = quick / "out"
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file() and p.parent.name != "batch"}
    table = pd.read_csv(out / "batch" / "batch.csv")
    (out / "base" / "ceac.csv").unlink()  # not whole: made again
    (out / "public" / "notes.txt").touch()  # of somebody's, and in nobody's way
    (out / ".base.writing").mkdir()  # of a batch that was killed
    (out / ".base.writing" / "lock").touch()
    monkeypatch.setattr(working, "answered", counted := Counted(running.answered))
    done = command("batch", quick / "analyses.toml", "--out", out, "--json")
    assert done.code == 0, done.err
    told = {a["name"]: a["status"] for a in json.loads(done.out)["analyses"]}
    assert told.pop("base") == "done" and set(told.values()) == {"kept"} and counted.calls == 1
    assert {p for p, t in before.items() if p.stat().st_mtime_ns != t} <= set((out / "base").rglob("*"))
    again = pd.read_csv(out / "batch" / "batch.csv")
    pd.testing.assert_frame_equal(again.drop(columns=["status", "seconds"]), table.drop(columns=["status", "seconds"]))
    assert not (out / ".base.writing").exists()
    (out / "public" / "notes.txt").unlink()


class Counted:
    """A function that counts how often it is called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *given: Any, **more: Any) -> Any:
        self.calls += 1
        return self.function(*given, **more)


def test_another_question_or_a_changed_file_is_refused_before_anything_runs(
    tmp_path: Path, command: Callable[..., Any]
) -> None:
    text = "[defaults]\nproblem = 'recovery_college'\ndraws = 16\npeople = 4\n[analyses.a]\n[analyses.b]\nseed = 2\n"
    out = tmp_path / "out"
    assert command("batch", file_of(tmp_path, text), "--out", out).code == 0
    (out / "b" / "psa.csv").write_text("mine", encoding="utf-8")
    before = digests(out)
    done = command("batch", file_of(tmp_path, text.replace("[analyses.a]", "[analyses.a]\nseed = 5")), "--out", out)
    assert done.code == 2 and digests(out) == before
    assert f"--out {out / 'a'}: holds the answer to another question (another seed)" in done.err
    assert f"--out {out / 'b'}: holds other files, or changed ones: psa.csv" in done.err
    (out / "b" / "psa.csv").unlink()
    edited = file_of(tmp_path, text.replace("[analyses.a]", "[analyses.a]\nseed = 5"))
    done = command("batch", edited, "--out", out, "--overwrite", "--json")
    assert done.code == 0 and [a["status"] for a in json.loads(done.out)["analyses"]] == ["done", "done"]
    assert manifest_of(out / "a")["seed"] == 5


@pytest.mark.parametrize("kind", ["a result", "a file", "somebody's"])
def test_a_folder_that_is_something_else_is_refused(kind: str, tmp_path: Path, command: Callable[..., Any]) -> None:
    path, out = file_of(tmp_path, QUICK), tmp_path / "out"
    if kind == "a result":
        assert (
            command("run", "recovery_college", "--draws", 16, "--people", 4, "--figures", "none", "--out", out).code
            == 0
        )
    elif kind == "a file":
        out.write_text("x", encoding="utf-8")
    else:
        (out / "notes").mkdir(parents=True)
        (out / "notes" / "mine.txt").write_text("x", encoding="utf-8")
    before = digests(tmp_path)
    done = command("batch", path, "--out", out)
    assert done.code == 2 and digests(tmp_path) == before
    if kind == "a result":
        assert "is itself a folder of results" in command("batch", path, "--out", out, "--overwrite").err
    told = {"a result": "holds an answer of run", "a file": "is a file", "somebody's": "holds other files"}
    assert told[kind] in done.err


def test_one_that_fails_stops_no_other(
    tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = running.answered

    def fails(asked: Any, *given: Any, **more: Any) -> Any:
        if asked.options.seed in (2, 3):
            raise driver.NumericalError("a time is not a number") if asked.options.seed == 2 else KeyError("odd")
        return real(asked, *given, **more)

    monkeypatch.setattr(working, "answered", fails)
    text = "[[grid]]\nname='x'\nproblem='recovery_college'\ndraws=16\npeople=4\nover.seed=[1,2,3,4]"
    out = tmp_path / "out"
    done = command("batch", file_of(tmp_path, text), "--out", out)
    assert done.code == 1
    assert done.out.index("2 of 4 failed:") < done.out.index("  x-seed=2: a time is not a number")
    assert "x-seed=3: KeyError: 'odd'" in done.out
    assert sorted(p.name for p in out.iterdir()) == ["batch", "x-seed=1", "x-seed=4"]
    table = pd.read_csv(out / "batch" / "batch.csv").drop_duplicates("name").set_index("name")
    assert list(table["status"]) == ["done", "failed", "failed", "done"]
    assert table.loc["x-seed=2", "error"] == "a time is not a number" and table.loc["x-seed=2", "seed"] == 2
    monkeypatch.undo()
    done = command("batch", file_of(tmp_path, text), "--out", out, "--json")
    assert [a["status"] for a in json.loads(done.out)["analyses"]] == ["kept", "done", "done", "kept"]


PARTLY = """
[defaults]
problem = "recovery_college"
draws = 16
[analyses.good]
people = 4
[analyses.unknown]
problem = "recovery_colege"
[analyses.elsewhere]
setting = "mars"
[analyses.range]
set.c_recovery_college = -1
perspective = "x"
[analyses.people]
cohort = "none.csv"
[analyses.records]
parameters = ["none.toml"]
[analyses.account]
exact = true
"""


def test_what_cannot_be_run_is_refused_alone_and_told_first(tmp_path: Path, command: Callable[..., Any]) -> None:
    path, out = file_of(tmp_path, PARTLY), tmp_path / "out"
    dry = command("batch", path, "--out", out, "--dry-run")
    assert dry.code == 1 and not out.exists()
    assert "7 analyses: 1 to be simulated, 6 refused." in dry.out and f"  unknown: refused: {path}:8: " in dry.out
    done = command("batch", path, "--out", out)
    assert done.code == 1 and "6 of 7 refused:" in done.out
    assert sorted(p.name for p in out.iterdir()) == ["batch", "good"]
    table = pd.read_csv(out / "batch" / "batch.csv").drop_duplicates("name").set_index("name")
    assert dict(table["status"]) == {n: "done" if n == "good" else "refused" for n in table.index}
    for name, told in (
        ("unknown", f"{path}:8: analyses.unknown.problem: 'recovery_colege' is no decision problem"),
        ("elsewhere", f"{path}:10: analyses.elsewhere.setting: recovery_college: setting: 'mars'"),
        ("range", f"{path}:12: analyses.range.set.c_recovery_college: -1 is out of range"),
        ("range", f"{path}:13: analyses.range.perspective: recovery_college: perspective: 'x' is unknown"),
        ("people", f"{path}:15: analyses.people.cohort: {tmp_path / 'none.csv'}: cannot be read: No such file"),
        ("records", f"{path}:17: analyses.records.parameters: {tmp_path / 'none.toml'}: cannot be read: No such file"),
        ("account", f"{path}:19: analyses.account.exact: exact: nobody is simulated in recovery_college"),
    ):
        assert told in str(table.loc[name, "error"]), name
        assert told in done.err and told in done.out and told in dry.err
    again = command("batch", path, "--out", out, "--json")
    assert again.code == 1 and json.loads(again.out)["analyses"][0]["status"] == "kept"


def test_where_nothing_can_be_run_or_the_file_is_wrong_nothing_is(tmp_path: Path, command: Callable[..., Any]) -> None:
    alone = PARTLY.replace("[analyses.good]", "[analyses.good]\nseed = -1")
    for text in (alone, f"{PARTLY}\n[analyses.odd]\ndraws = 'x'", f"{PARTLY}\n[analyses.GOOD]"):
        done = command("batch", file_of(tmp_path, text), "--out", tmp_path / "out")
        assert done.code == 2 and "analyses.unknown.problem" in done.err and not (tmp_path / "out").exists()


def test_a_full_disk_ends_it_and_it_goes_on_later(
    tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = output.write, list[int]()

    def full(*given: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise OSError(28, os.strerror(28))
        return real(*given, **more)

    monkeypatch.setattr(working, "write", full)
    text = "[[grid]]\nname='x'\nproblem='recovery_college'\ndraws=16\npeople=4\nover.seed=[1,2,3]"
    done = command("batch", file_of(tmp_path, text), "--out", tmp_path / "out")
    assert done.code == 4 and len(calls) == 2 and "No space left" in done.err
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["x-seed=1"]
    monkeypatch.undo()
    done = command("batch", file_of(tmp_path, text), "--out", tmp_path / "out", "--json")
    assert [a["status"] for a in json.loads(done.out)["analyses"]] == ["kept", "done", "done"]


def test_what_differs_in_valuation_alone_is_simulated_once(
    tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another between them in the file, and the same bytes as each run by itself."""
    text = """
    [defaults]
    problem = "six_core_strategies"
    draws = 16
    people = 10
    [analyses.base]
    [analyses.other]
    seed = 2
    [analyses.seen]
    perspective = "societal"
    [analyses.priced]
    set.c_bed_day = 500
    """
    entered: list[int] = []
    monkeypatch.setattr(running, "simulate_draws", counted := Counted(running.simulate_draws))

    def runs(words: tuple[Any, ...]) -> int:
        before, counted.calls = driver.kernel_runs, 0
        assert command(*words).code == 0
        entered.append(counted.calls)
        return driver.kernel_runs - before

    path = file_of(tmp_path, text)
    names = [a.name for a in read(path).in_order()]
    assert names == ["base", "seen", "priced", "other"]
    size = ("six_core_strategies", "--draws", 16, "--people", 10, "--figures", "none")
    alone = runs(("run", *size, "--out", tmp_path / "alone"))
    assert alone > 0
    assert runs(("batch", path, "--out", tmp_path / "out")) == 2 * alone
    assert entered[1] == 2 * entered[0]
    words = ("--perspective", "societal")
    assert command("run", *size, *words, "--out", tmp_path / "seen").code == 0
    mine, theirs = digests(tmp_path / "out" / "seen"), digests(tmp_path / "seen")
    assert {n: mine[n] for n in SAME} == {n: theirs[n] for n in SAME}


def test_a_link_in_place_of_a_folder_is_refused(tmp_path: Path, command: Callable[..., Any]) -> None:
    (tmp_path / "elsewhere" / "new").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "base").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "out" / ".public.writing").symlink_to(tmp_path / "elsewhere")
    done = command("batch", file_of(tmp_path, QUICK), "--out", tmp_path / "out")
    assert done.code == 2 and f"--out {tmp_path / 'out' / 'base'}: is a link" in done.err
    assert "holds other files, or changed ones: .public.writing" in done.err
    assert [p.name for p in (tmp_path / "elsewhere").iterdir()] == ["new"]


def test_time_left_is_told_from_what_was_run_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    text = "[[grid]]\nname='x'\nproblem='recovery_college'\npeople=10\nover.draws=[100,200,300,400]"
    batch, told = read_text(tmp_path, text), list[str]()
    left = working.TimeLeft(batch)

    def tell(what: str, done: int, total: int) -> None:
        told.append(what)

    names = [a.name for a in batch.in_order()]
    for analysis, seconds, status in zip(batch.in_order(), (10, 1, 30), ("done", "kept", "done"), strict=False):
        left.telling(1 + names.index(analysis.name), tell)("simulating", 0, 0)
        clock[0] += seconds
        left.done(analysis, Outcome(analysis, status))
    left.telling(4, tell)("simulating", 0, 0)
    first = [f"{k} of 4, x-draws={d}: simulating" for k, d in ((1, 100), (2, 200), (3, 300), (4, 400))]
    assert told[0] == first[0]
    assert told[2] == f"{first[2]} (about 70 s left in all)"  # 700 draws at a tenth of a second
    assert told[3] == f"{first[3]} (about 40 s left in all)"
    assert left_in_words(600) == "about 10 min" and left_in_words(7200) == "about 2.0 h"


# --- before it is run ----------------------------------------------------------------------------------


def test_a_dry_run_tells_time_memory_and_disk_and_writes_nothing(
    quick: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    out = tmp_path / "out"
    done = command("batch", quick / "analyses.toml", "--out", out, "--dry-run", "--json")
    assert done.code == 0 and not out.exists()
    told = json.loads(done.out)
    rows: dict[str, Mapping[str, Any]] = {a["name"]: a for a in told["analyses"]}
    assert rows["base"]["status"] == "run" and rows["public"]["status"] == "shared"
    real = sum(p.stat().st_size for p in (quick / "out" / "base").rglob("*") if p.is_file())
    assert 0.5 * real < rows["base"]["disk"] < 2 * real
    assert told["memory"] > 0 and told["seconds"] == pytest.approx(6 * (WRITING + 32 * A_DRAW)) and told["free"] > 0
    again = command("batch", quick / "analyses.toml", "--out", quick / "out", "--dry-run")
    assert "6 there already" in again.out and "Nothing was run." in again.out
    assert "recovery_college regression_25: nobody is simulated" in again.out


def test_a_dry_run_tells_what_would_not_fit_in_memory(
    tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available", lambda: 100)
    done = command("batch", file_of(tmp_path, QUICK), "--out", tmp_path / "out", "--dry-run")
    assert done.code == 0 and "would be refused, as they do not fit in the memory that is free now" in done.out
    assert done.out.count(", more memory than is free") >= 1


def test_a_second_batch_is_refused_while_one_writes(tmp_path: Path) -> None:
    from simulate.present.batches.places import places_for
    from simulate.present.folder import hold as holding

    places = places_for(read_text(tmp_path, QUICK), tmp_path / "out")
    with places.held():
        held = dict(holding._held)
        holding._held.clear()  # as another process has it
        with pytest.raises(ModelError, match="another run is writing to it"), places.held():
            pass
        holding._held.update(held)
    assert not list(tmp_path.glob(".out*"))
