"""What whoever waits is told: on a terminal, where there is none, and in a file beside the run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate import load, run
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.workplace import Workplace, using
from simulate.engine.progress import Listener, Renamed, Steps, Worth
from simulate.evaluate.uncertainty.precision import mcse_of_draws, weighted_mean
from simulate.present.folder.hold import hold, release
from simulate.present.folder.progress_file import ProgressFile, is_progress, progress_path
from simulate.present.folder.survey import survey
from simulate.present.terminal import progress
from simulate.present.terminal.progress import progress_bar
from simulate.present.terminal.work import Work, clock, pace_words, worth_words
from simulate.result.judgement import batch_net_benefits, default_threshold
from simulate.running.telling import so_far
from tests.unit.terminal_screen import PYTHON, on_terminal

LONG = "a stage whose name is longer than there is room for beside a bar"
WAITING = f"""
import time
from simulate.engine.progress import Worth
from simulate.present.terminal.progress import progress_bar
with progress_bar(quiet=False) as tell:
    tell({LONG!r}, 0, 0)
    time.sleep(3.2)
    tell("simulating", 0, 1024)
    tell("simulating", 512, 1024)
    tell.histories("simulating", 512, "512 of 1,024 draws kept from before")
    time.sleep(0.3)
    tell("simulating", 768, 1024)
    tell.worth("simulating", Worth("a_strategy_with_a_long_name_of_its_own", 1234.5, 210.4, 20_000.0, 768, "£"))
    time.sleep(0.5)
    tell("a moment", 0, 0)
"""
HELD = """
import sys, time
from pathlib import Path
from simulate.present.folder.hold import hold
from simulate.present.terminal.progress import progress_bar
folder = Path(sys.argv[1])
hold(folder)
with progress_bar(quiet=True, beside=folder) as tell:
    tell("simulating", 1, 4)
    time.sleep(60)
"""


def test_a_stage_of_more_than_a_moment_has_a_line_and_a_long_one_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with progress_bar(quiet=False) as tell:
        for what, done, seconds in (
            ("quick", 0, 0.5),
            ("slow", 1, 2.0),
            ("long", 1, 11.0),
            ("long", 2, 1.0),
            ("long", 3, 1.0),
            ("last", 0, 3.0),
        ):
            tell(what, done, 4 if done else 0)
            now[0] += seconds
    assert capsys.readouterr().err.splitlines() == ["slow: 2 s", "long 50% (0:11 left)", "long: 13 s", "last: 3 s"]
    with progress_bar(quiet=True) as tell:
        tell("slow", 0, 0)
        now[0] += 99.0
        tell("next", 0, 0)
    assert capsys.readouterr().err == ""


def test_where_there_is_no_terminal_a_stage_that_blocks_is_told_of_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "MOMENT", 0.02)
    monkeypatch.setattr(progress, "EVERY", 0.1)
    with progress_bar(quiet=False) as tell:
        tell("blocked", 0, 0)
        time.sleep(0.5)
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 5 and set(lines) == {"blocked, 0:00"}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_a_run_on_a_terminal_tells_its_stages_and_its_file_and_leaves_neither_bar_nor_file(tmp_path: Path) -> None:
    words = ["run", "safewards", "--draws", "2048", "--people", "500", "--no-store", "--out", str(tmp_path / "out")]
    found: list[str] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            with suppress(FileNotFoundError):
                found.append((tmp_path / "out.progress.json").read_text(encoding="utf-8"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    seen = on_terminal([*PYTHON, "from simulate.present.cli import main; main()", *words])
    over.set()
    watcher.join()
    told = {json.loads(text)["stage"] for text in found}
    assert {"simulating"} <= told and {json.loads(text)["command"].split()[1] for text in found} == {"run"}
    rows = {row for _, shown in seen for row in shown}
    stages = ("simulating", "taking out the noise between people", "writing results")
    assert all(any(row.startswith(stage) for row in rows) for stage in stages)
    assert any("net benefit so far" in row for row in rows)
    assert all(len(row) <= 80 for row in rows) and not any("━" in row for row in seen[-1][1])
    assert max(b - a for (a, _), (b, _) in pairwise(seen)) < 2.0  # five times a second, on a machine that is crowded
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_on_a_terminal_the_clock_goes_on_while_a_stage_blocks_and_no_row_wraps() -> None:
    seen = on_terminal([*PYTHON, WAITING])
    bars = [[row for row in rows if "━" in row] for _, rows in seen]
    blocked = [row[0] for row in bars if row and row[0].startswith("a stage whose")]
    assert len({row.split()[-1] for row in blocked}) >= 3  # 0:00, 0:01 …
    assert all(len(rows) <= 1 for rows in bars)  # one bar, and none that was left behind
    assert all(len(row) <= 80 for _, rows in seen for row in rows)
    assert all("…" in row for row in blocked)
    told = {row for _, rows in seen for row in rows}
    assert any(re.search(r"histories a second, 0:0\d left", row) for row in told)
    assert any("net benefit so far £1,234 (MCSE £210) at £20,000, 768 draws: a strategy" in row for row in told)
    assert seen[-1][1] == [f"{LONG}: 3 s", "simulating: 512 of 1,024 draws kept from before"]


def test_pace_and_time_left_leave_out_what_was_kept_and_follow_the_last_half_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, said = [0.0], list[str]()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    work = Work(said.append)
    work("simulating", 0, 1000)
    now[0] = 1.0
    work("simulating", 500, 1000)
    work.histories("simulating", 500, "half")
    assert work.stage.left(1.0) is None  # nothing was simulated yet
    now[0] = 71.0  # what is compiled first takes long
    work("simulating", 510, 1000)
    for second in range(72, 112):
        now[0] = float(second)
        work("simulating", 510 + 10 * (second - 71), 1000)
    assert work.stage.pace == pytest.approx(10.0)
    assert work.stage.left(111.0) == pytest.approx(9.0)
    assert work.stage.left(113.0) == pytest.approx(7.0)  # it is counted down while nothing is heard
    assert pace_words(work.stage, 111.0) == "10 histories a second, 0:09 left"
    assert json.loads(json.dumps(work.facts()))["histories_per_second"] == 10
    work("beside it", 0, 10)
    work.histories("beside it", 10, "all")
    work.end()
    work.say("once")
    work.say("once")
    assert said == ["simulating: half, 111 s", "once"]
    assert [clock(s) for s in (0.9, 61.0, 3661.0)] == ["0:00", "1:01", "1:01:01"]
    assert "MCSE" not in worth_words(Worth("a", 1.0, float("nan"), 0.0, 1, "£"))


def test_small_simulations_one_after_another_are_counted_through() -> None:
    told: list[tuple[str, int, int]] = []
    steps = Steps(lambda *heard: told.append(heard))
    steps.begin("solving")
    for done, total in ((0, 4), (4, 4), (0, 6), (3, 6), (6, 6)):
        steps(done, total)
    assert [done for _, done, _ in told] == [0, 0, 4, 4, 7, 10]
    assert {total for *_, total in told} == {0}


class Heard(Listener):
    """Everything that is told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int]] = []
        self.kept: dict[str, str] = {}
        self.worths: list[Worth] = []
        self.said: list[str] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        self.steps.append((what, done, total))

    def histories(self, what: str, kept: int, words: str = "") -> None:
        self.kept[what] = words

    def worth(self, what: str, worth: Worth) -> None:
        self.worths.append(worth)

    def say(self, text: str) -> None:
        self.said.append(text)


def test_what_it_comes_to_so_far_is_the_mean_of_the_draws_that_are_done_and_alters_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(so_far, "EVERY", 0.0)
    monkeypatch.setattr(so_far, "FEWEST", 8)
    monkeypatch.setattr(so_far, "AT_MOST", 60.0)
    monkeypatch.setattr("simulate.engine.driver.make_tasks", one_draw_at_a_time)
    case, heard = load("safewards"), Heard()
    asked: dict[str, Any] = {"draws": 64, "people": 40, "threads": 1}
    plain = run(case, **asked)
    with using(Workplace(Store(tmp_path))):
        found = run(case, **asked, progress=Renamed(heard, lambda what: f"1 of 1: {what}"))
    assert np.array_equal(found.cost, plain.cost) and np.array_equal(found.effect, plain.effect)
    at = default_threshold(plain)
    benefit = weighted_mean(batch_net_benefits(plain, at), plain.values.people)
    assert len(heard.worths) > 3 and heard.worths[-1].draws == 64 and heard.worths[0].draws < 64
    for worth in heard.worths:
        best = list(plain.strategies[1:]).index(worth.strategy)
        some = benefit[: worth.draws]
        assert best == some.mean(axis=0).argmax() and worth.threshold == at
        assert worth.mean == pytest.approx(some[:, best].mean(), rel=1e-9)
        assert worth.mcse == pytest.approx(mcse_of_draws(some[:, best], plain.drawn.replicate[: worth.draws]), rel=1e-9)
    assert [s for s in heard.steps if s[1] == s[2]] == [("1 of 1: simulating", 64 * 40 * 2, 64 * 40 * 2)]
    assert heard.kept == {"1 of 1: simulating": ""}
    again = Heard()
    with using(Workplace(Store(tmp_path))):
        run(case, **asked, progress=again)
    assert again.kept == {"simulating": "64 draws, all kept from before"}
    with using(Workplace(Store(tmp_path))):
        run(case, **{**asked, "draws": 128}, progress=again)
    assert again.kept == {"simulating": "64 of 128 draws kept from before"}


def one_draw_at_a_time(lowered: Any, people: int, batches: int, chunk: int, draws: slice, mine: Any = None) -> Any:
    from simulate.engine.tasks import Task

    return (Task(slice(d, d + 1), (0, batches)) for d in range(draws.start, draws.stop))


def test_the_file_is_whole_whenever_it_is_read_and_gone_in_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    hold(folder)
    file, path = ProgressFile(folder), progress_path(folder)
    over, torn, read = threading.Event(), list[str](), [0]

    def watch() -> None:
        while not over.is_set():
            try:
                text = path.read_text(encoding="utf-8")
            except FileNotFoundError:
                continue
            read[0] += 1
            if not text.endswith("}\n") or json.loads(text)["pid"] != os.getpid():
                torn.append(text)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for k in range(200):
        file.write({"stage": "x" * (k % 50) * 100, "done": k})
    over.set()
    watcher.join()
    assert read[0] > 20 and not torn and not file.note
    assert json.loads(path.read_text(encoding="utf-8"))["done"] == 199
    assert (tmp_path / "out.progress.json").exists()
    release(folder)
    assert not list(tmp_path.iterdir())
    file.write({"stage": "late"})
    assert not list(tmp_path.iterdir())


def test_a_killed_run_leaves_a_file_that_the_next_one_replaces(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "out"
    path = progress_path(folder)
    child = subprocess.Popen([*PYTHON, HELD, str(folder)])
    until = time.monotonic() + 60
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.05)
    told = json.loads(path.read_text(encoding="utf-8"))
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert is_progress(path) and told["pid"] == child.pid
    names = ("stage", "done", "total", "histories_per_second", "seconds", "seconds_left", "pid", "host", "command")
    assert set(names) <= told.keys() and (told["stage"], told["done"], told["total"]) == ("simulating", 1, 4)
    (folder.parent / ".out.writing" / "progress").write_text('{"fi', encoding="utf-8")  # killed while it wrote
    hold(folder)
    file = ProgressFile(folder)
    file.write({"stage": "again"})
    assert json.loads(path.read_text(encoding="utf-8"))["pid"] == os.getpid()
    release(folder)
    assert not list(folder.parent.iterdir())


STRANGERS = {
    "text": lambda p: p.write_text("mine"),
    "another's JSON": lambda p: p.write_text('{"file": "mine", "stage": "x"}'),
    "nothing in it": lambda p: p.write_text(""),
    "a folder": lambda p: p.mkdir(),
    "a link": lambda p: p.symlink_to("elsewhere"),
}


@pytest.mark.parametrize("make", STRANGERS.values(), ids=list(STRANGERS))
@pytest.mark.parametrize("late", [False, True])
def test_a_file_of_somebody_else_is_neither_replaced_nor_removed(tmp_path: Path, make: Any, late: bool) -> None:
    folder = tmp_path / "out"
    path = progress_path(folder)
    hold(folder)
    file = ProgressFile(folder)
    if late:
        file.write({"stage": "ours"})
        path.unlink()
    make(path)
    before = path.lstat()
    file.write({"stage": "next"})
    assert "somebody else's" in file.note and path.lstat() == before
    release(folder)
    assert path.lstat() == before and [p.name for p in tmp_path.iterdir()] == [path.name]


def test_without_a_folder_that_is_held_nothing_is_written(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path / "out")
    file.write({"stage": "x"})
    assert file.ended and not list(tmp_path.iterdir())


def test_what_a_killed_run_left_in_a_folder_of_results_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "voi.progress.json").write_text("{}", encoding="utf-8")
    assert survey(tmp_path).others and not survey(tmp_path).strangers()
