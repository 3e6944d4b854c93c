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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
SERVER = """
import sys
from http.server import HTTPServer, SimpleHTTPRequestHandler

server = HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
print(server.server_port, file=sys.stderr)
server.serve_forever()
"""
posix = pytest.mark.skipif(os.name == "nt", reason="signals")


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
@pytest.mark.parametrize("there", ["nobody", "a server of pages", "a worker"])
def test_where_no_scheduler_is_it_says_so(machine: Machine, there: str) -> None:
    address = "tcp://127.0.0.1:9"
    if there == "a server of pages":
        server = machine.start("-u", "-c", SERVER)
        address = f"tcp://127.0.0.1:{wait_for(lambda: server.stderr and server.stderr.readline()).strip()}"
    if there == "a worker":
        _, scheduler = machine.scheduler()
        worker = machine.worker(scheduler)
        assert worker.stderr is not None
        lines = iter(worker.stderr.readline, "")
        address = next(found[0] for line in lines if (found := re.search(r"tcp://127.0.0.1:[0-9]+", line)))
    code, said = machine.ended(machine.run(*SMALL, "--cluster", address, "--out", "out"))
    assert code == 4 and said == f"error: --cluster {address}: no scheduler answers there\n"
    assert not (machine.folder / "at" / "out").exists()


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
