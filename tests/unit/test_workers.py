"""Workers that fail, and schedulers that go: what is told, what is kept, and how the same command goes on.

Slow ones are processes of dask's own command line on this machine. A worker is made to fail by a module that it loads
as it starts; the program has nothing of the kind.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models.contract import ModelError
from simulate.engine import driver, worker
from simulate.engine.driver import NumericalError, Place
from simulate.engine.memory import ResourceError
from simulate.engine.progress import silent
from simulate.running import cluster
from simulate.running.cluster import Crew, Sent

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; sys.argv[0] = 'recovery-cea'; from simulate.present.cli import main; main()"
RESULTS = ("psa.csv", "statistics.npz", "summary.json")
SMALL = ("run", "safewards", "--draws", "64", "--people", "100", "--figures", "none", "--no-variants")
LONG = ("run", "safewards", "--draws", "256", "--people", "12000", "--figures", "none", "--no-variants")
AT_MOST = 300  # seconds until something is taken to hang
POISON = """
import os, signal
from simulate.engine import driver

if "whole" not in globals():  # it is loaded twice over
    whole = driver.sums_of

def sums_of(portion, threads=1):
    if portion.number == 3:
        {what}
    return whole(portion, threads)

driver.sums_of = sums_of
"""
BLIND = """
import os

if "listed" not in globals():
    listed = os.scandir

def scandir(path="."):
    if str(path) == {folder!r}:
        raise FileNotFoundError(path)
    return listed(path)

os.scandir = scandir
"""
posix = pytest.mark.skipif(os.name == "nt", reason="signals")


# --- errors in words --------------------------------------------------------------------------


class Awkward(Exception):
    """An error that neither a pickle nor a text can be made of."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("fault", "raised", "told"),
    [
        (NumericalError("more than 9: x", Place(1, 2, 3, "care")), NumericalError, "^more than 9: x$"),
        (ModelError("not like this"), ModelError, "not like this"),
        (ResourceError("too large"), ResourceError, "too large"),
        (MemoryError(), MemoryError, "MemoryError"),
        (FileNotFoundError(2, "gone", "a file"), OSError, "gone"),
        (RecursionError("too deep"), worker.WorkerError, r"(?s)stopped at RecursionError: too deep.*in sums_of"),
        (KeyboardInterrupt(), worker.WorkerError, "stopped at KeyboardInterrupt"),
        (Awkward(), worker.WorkerError, "stopped at Awkward"),
    ],
)
def test_an_error_of_a_worker_is_raised_here(
    fault: BaseException, raised: type[Exception], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sums_of(portion: object) -> None:
        raise fault

    monkeypatch.setattr(driver, "sums_of", sums_of)
    answer = worker.simulated(None, {}, None, "", 0)  # type: ignore[arg-type]
    with pytest.raises(raised, match=told) as caught:
        answer.opened()
    assert getattr(caught.value, "place", None) == getattr(fault, "place", None)


def test_another_arithmetic_is_refused_in_words() -> None:
    answer = worker.simulated(None, {"numpy": "0.1"}, None, "", 0)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"another \(numpy: .*, here '0\.1'\)"):
        answer.opened()


# --- what is lost is sent again ---------------------------------------------------------------


class Future:
    """One of dask's, as far as it is looked at."""

    def __init__(self, key: str) -> None:
        self.key, self.status, self.call = key, "pending", None

    def add_done_callback(self, call: Any) -> None:
        self.call = call


class Scheduler:
    """A scheduler and its client, that answer what they are told to."""

    def __init__(self) -> None:
        self.status, self.sent = "running", list[Future]()
        self.threads: Any = {"a": 1}
        self.held: Any = {"a": ()}
        self.scheduler = SimpleNamespace(ncores=lambda: self.threads, processing=lambda workers: self.held)

    def sync(self, ask: Any, callback_timeout: float, **what: Any) -> Any:
        found = ask(**what)
        if isinstance(found, Exception):
            raise found
        return found

    def submit(self, portion: object) -> Future:
        self.sent.append(Future(str(len(self.sent))))
        return self.sent[-1]


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    """One for which no time has to pass."""
    monkeypatch.setattr(cluster, "LOOK", 0.001)
    for name in ("LOOK_AT_WORKERS", "IDLE", "SILENCE"):
        monkeypatch.setattr(cluster, name, 0.0)
    return Scheduler()


def sent_to(scheduler: Scheduler, said: list[str] | None = None, patience: float = 1e9) -> tuple[Sent, Any]:
    """One portion that was sent to it; what is said goes to `said`."""
    portion: Any = type("Portion", (), {"number": 4})()
    crew = Crew(scheduler, "tcp://here:1", 1, patience=patience, say=silent if said is None else said.append)
    sent = Sent(crew, scheduler.submit)
    sent.send(portion)
    return sent, portion


@pytest.mark.parametrize("status", ["cancelled", "lost"])
def test_what_is_lost_is_sent_again_and_not_for_ever(scheduler: Scheduler, status: str) -> None:
    sent, _ = sent_to(scheduler)
    scheduler.held = {"a": ("0",)}
    submit = scheduler.submit

    def lost(portion: object) -> Future:
        future = submit(portion)
        future.status = status
        return future

    sent.submit = lost
    scheduler.sent[0].status = status
    with pytest.raises(OSError, match=r"chunk 5 was sent 6 times, and nothing came of it; what was done is kept"):
        sent.next()
    assert len(scheduler.sent) == cluster.SENDS


def test_what_nobody_works_at_is_sent_again(scheduler: Scheduler) -> None:
    sent, _ = sent_to(scheduler)
    with pytest.raises(OSError, match="sent 6 times"):
        sent.next()


def test_a_busy_scheduler_is_waited_for(scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others' work, or a chunk that takes long, is no loss; what comes is taken, also where nobody called."""
    sent, portion = sent_to(scheduler)
    scheduler.held = {"a": ("somebody's",)}
    looks: list[int] = []

    def ncores() -> dict[str, int]:
        looks.append(1)
        scheduler.sent[0].status = "finished" if len(looks) > 20 else "pending"
        return {"a": 1}

    scheduler.scheduler.ncores = ncores
    assert sent.next() == (portion, scheduler.sent[0])
    assert len(scheduler.sent) == 1 and len(looks) > 20
    sent.done(portion)
    assert not sent.waited_for


def test_a_silent_scheduler_ends_it(scheduler: Scheduler) -> None:
    sent, _ = sent_to(scheduler)
    scheduler.threads = TimeoutError()
    with pytest.raises(OSError, match=r"the scheduler has not answered for .* the same command goes on from there"):
        sent.next()


def test_that_there_is_no_worker_is_told_once(scheduler: Scheduler) -> None:
    said: list[str] = []
    sent, _ = sent_to(scheduler, said)
    answers: Iterator[Mapping[str, int]] = iter([{}, {}, {}, {"a": 1}, {"a": 1}])

    def ncores() -> Mapping[str, int]:
        threads = next(answers)
        if threads:
            sent._came.put(scheduler.sent[0])
        return threads

    scheduler.scheduler.ncores, scheduler.held = ncores, {}
    sent.next()
    assert [s.split(";")[0] for s in said] == ["no worker is there", "workers are there again: 1"]
    waiting, _ = sent_to(scheduler, patience=-1.0)
    scheduler.scheduler.ncores = lambda: {}
    with pytest.raises(OSError, match="there was no worker"):
        waiting.next()


def test_without_the_extra_it_says_what_to_install(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = command(*SMALL, "--cluster", "local:2", "--out", tmp_path / "out")
    assert done.code == 4 and "pip install distributed" in done.err and not list(tmp_path.iterdir())


# --- processes --------------------------------------------------------------------------------


class Machine:
    """Processes in one folder, each with its own temporary one, that are gone when the test is over."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store, self.begun = folder, folder / "store", list[subprocess.Popen[str]]()
        (folder / "passing").mkdir()
        (folder / "at").mkdir()

    def start(self, *words: object, **more: str) -> subprocess.Popen[str]:
        """``python`` with these words."""
        own = {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.folder / "passing"), "RECOVERY_CEA_STORE": str(self.store)}
        process = subprocess.Popen(
            [sys.executable, "-P", *map(str, words)],
            cwd=self.folder / "at",
            env={**os.environ, **own, **more},
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.begun.append(process)
        return process

    def run(self, *words: object, **more: str) -> subprocess.Popen[str]:
        return self.start("-c", PROGRAM, *words, **more)

    def ended(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Its exit code, and what it said."""
        said = process.communicate(timeout=AT_MOST)[1]
        return process.returncode, said

    def preload(self, text: str) -> Path:
        """A module for workers to load."""
        path = self.folder / "preload.py"
        path.write_text(text, encoding="utf-8")
        return path

    def scheduler(self) -> tuple[subprocess.Popen[str], str]:
        """One that runs, and its address."""
        told = self.folder / "scheduler.json"
        process = self.start(
            *("-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard"),
            *("--scheduler-file", told),
        )
        wait_for(lambda: told.exists() and told.read_text())
        return process, json.loads(told.read_text())["address"]

    def worker(self, address: str, preload: Path | None = None, **more: str) -> subprocess.Popen[str]:
        words = ["-m", "dask", "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        return self.start(*words, *(["--preload", str(preload)] if preload else []), **more)

    def kept(self) -> dict[str, int]:
        """What lies in the store, and which file it is: one that is written again is another."""
        return {p.name: p.stat().st_ino for p in self.store.glob("*.found")} if self.store.is_dir() else {}

    def results(self, out: str) -> list[bytes]:
        return [(self.folder / "at" / out / name).read_bytes() for name in RESULTS]

    def end(self) -> None:
        for process in self.begun:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Processes; skipped without the extra."""
    pytest.importorskip("distributed")
    found = Machine(tmp_path)
    yield found
    found.end()


def wait_for(what: Any) -> Any:
    """What it returns, once that is something."""
    end = time.monotonic() + AT_MOST
    while not (found := what()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
    return found


def children_of(process: int) -> list[int]:
    """Workers that a process started."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    return [int(pid) for pid, parent, words in rows if int(parent) == process and "spawn_main" in words]


def is_there(process: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@posix
@pytest.mark.slow
def test_a_chunk_that_kills_every_worker_is_set_aside(machine: Machine) -> None:
    poison = machine.preload(POISON.format(what="os.kill(os.getpid(), signal.SIGKILL)"))
    preload = {"DASK_DISTRIBUTED__WORKER__PRELOAD": json.dumps([str(poison)])}
    code, said = machine.ended(machine.run(*SMALL, "--cluster", "local:2", "--out", "out", **preload))
    assert code == 3 and "every process that simulated chunk 4 was killed" in said
    assert sorted(p.name for p in (machine.folder / "at").iterdir()) == []
    kept = machine.kept()
    found = re.search(r"replay: recovery-cea (run .* --shard [0-9]+/8)\n", said)
    assert found and len(kept) == 7
    assert machine.ended(machine.run(*shlex.split(found[1]), "--out", "shard"))[0] == 0
    assert len(machine.kept()) == 8 and kept.items() <= machine.kept().items()
    made = machine.kept()
    assert machine.ended(machine.run(*SMALL, "--cluster", "local:2", "--out", "whole"))[0] == 0
    assert made.items() <= machine.kept().items()
    assert machine.ended(machine.run(*SMALL, "--no-store", "--out", "plain"))[0] == 0
    assert machine.results("whole") == machine.results("plain")


@pytest.mark.slow
def test_an_error_that_nobody_expected_ends_it_in_words(machine: Machine) -> None:
    poison = machine.preload(POISON.format(what="raise RecursionError('too deep')"))
    preload = {"DASK_DISTRIBUTED__WORKER__PRELOAD": json.dumps([str(poison)])}
    code, said = machine.ended(machine.run(*SMALL, "--cluster", "local:2", "--out", "out", **preload))
    assert code == 1 and "stopped at RecursionError: too deep" in said and "raise RecursionError" in said


@pytest.mark.slow
def test_workers_that_see_no_store_send_what_they_did(machine: Machine) -> None:
    _, address = machine.scheduler()
    blind = machine.preload(BLIND.format(folder=str(machine.store)))
    for _ in range(2):
        machine.worker(address, blind)
    code, said = machine.ended(machine.run(*SMALL, "--cluster", address, "--out", "out"))
    assert code == 0, said
    kept = machine.kept()
    assert kept and not list(machine.store.glob("*.tmp"))
    assert machine.ended(machine.run(*SMALL, "--out", "again"))[0] == 0
    assert kept.items() <= machine.kept().items()
    assert machine.ended(machine.run(*SMALL, "--no-store", "--out", "plain"))[0] == 0
    assert machine.results("out") == machine.results("again") == machine.results("plain")


@posix
@pytest.mark.slow
def test_a_scheduler_that_goes_loses_nothing(machine: Machine) -> None:
    scheduler, address = machine.scheduler()
    for _ in range(2):
        machine.worker(address)
    run = machine.run(*LONG, "--cluster", address, "--out", "out")
    wait_for(lambda: len(machine.kept()) >= 2 or run.poll() is not None)
    assert run.poll() is None
    scheduler.kill()
    code, said = machine.ended(run)
    assert code == 4 and "Traceback" not in said
    assert [line for line in said.splitlines() if "error" in line] == [said.splitlines()[-1]]
    assert said.splitlines()[-1].startswith(f"error: --cluster {address}: the scheduler is gone")
    kept = machine.kept()
    assert machine.ended(machine.run(*LONG, "--out", "out"))[0] == 0
    assert kept.items() <= machine.kept().items()
    assert machine.ended(machine.run(*LONG, "--no-store", "--out", "plain"))[0] == 0
    assert machine.results("out") == machine.results("plain")


@pytest.mark.slow
def test_where_no_scheduler_is_it_says_so(machine: Machine) -> None:
    code, said = machine.ended(machine.run(*SMALL, "--cluster", "tcp://127.0.0.1:9", "--out", "out"))
    assert code == 4 and said == "error: --cluster tcp://127.0.0.1:9: no scheduler answers there\n"
    assert not list((machine.folder / "at").iterdir())


@pytest.mark.slow
def test_a_worker_of_another_version_is_refused(machine: Machine) -> None:
    for package in ("simulate", "models", "parameters"):
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, machine.folder / "other" / package, ignore=without)
    with (machine.folder / "other" / "simulate" / "engine" / "worker.py").open("a") as changed:
        changed.write("# another version\n")
    _, address = machine.scheduler()
    machine.worker(address, PYTHONPATH=str(machine.folder / "other"))
    code, said = machine.ended(machine.run(*SMALL, "--cluster", address, "--out", "out"))
    assert code == 2 and "its arithmetic is another (sources: " in said and "Traceback" not in said


@posix
@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_who_started_them(machine: Machine, by: signal.Signals) -> None:
    run = machine.run(*LONG, "--cluster", "local:2", "--out", "out")
    workers = wait_for(lambda: len(found := children_of(run.pid)) == 2 and machine.kept() and found)
    run.send_signal(by)
    assert machine.ended(run)[0] == (-9 if by == signal.SIGKILL else 128 + by)
    wait_for(lambda: not any(is_there(w) for w in workers))
    if by == signal.SIGKILL:  # whoever comes next clears it away
        assert machine.ended(machine.run(*SMALL, "--cluster", "local:1", "--out", "next"))[0] == 0
        shutil.rmtree(machine.folder / "at" / "next")
    assert not list((machine.folder / "passing").glob("recovery-cea-of-*"))
    assert not list((machine.folder / "at").iterdir())
