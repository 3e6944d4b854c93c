"""What the gate times: work made ready beforehand, so that a timing holds nothing of compilation or calibration.

A workload is a function that makes ready, in a folder of its own, and returns what is timed. Everything runs on one
thread; commands run as a user types them, in a process of their own.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Work = Callable[[], object]
COMMAND = "import sys; sys.argv[0] = 'recovery-cea'; from simulate.present.cli import main; sys.exit(main())"
JOB = ("run", "joint_crisis_plan")
LEVELS = 5, 5, 4, 4, 5  # of domains: 2,000 joint states


@dataclass(frozen=True)
class Workload:
    """What is timed, by name."""

    words: str
    ready: Callable[[Path], Work]  # given an empty folder
    rounds: int = 7  # timed in a run; those that take long, less often


def yardstick() -> object:
    """About 0.1 s of what programs like ours do, none of it ours: interpreter, arrays, logarithms, hashes."""
    total = 0.0
    for k in range(1_000_000):
        total += (k & 255) * 0.5
    x = np.linspace(0.1, 4.0, 50_000)
    for _ in range(80):
        x = np.exp(-(np.log1p(x) ** 0.75)) + 0.1
    digest = hashlib.sha256(bytes(20_000_000)).hexdigest()
    return total, float(x[0]), digest


def kernel(folder: Path) -> Work:
    """Workload W1, 100 draws of 1,000 people, and its valuation."""
    from illness_death import case

    from simulate import run

    chosen = case()
    return _warm(lambda: run(chosen, draws=100, people=1000, threads=1).cost.mean())


def events(folder: Path) -> Work:
    """Joint crisis plans, 64 draws of 500 people: lowering, people and kernel, of draws solved for beforehand."""
    from simulate import load, run
    from simulate.ask.asked import ask
    from simulate.running.running import simulate_draws

    case = load("joint_crisis_plan")
    solved = run(case, draws=64, people=10, threads=1).draws
    asked = ask(case, draws=64, people=500)
    return _warm(lambda: simulate_draws(asked, solved, threads=1))


def states(folder: Path) -> Work:
    """The tables of 2,000 joint states, four times."""
    from models import Domain, Event, Exponential, Pathway, When
    from models.states import channel_order
    from simulate.engine.lower.states import state_tables, states_of

    domains = tuple(Domain(f"d{i}", tuple(f"d{i}_{k}" for k in range(n))) for i, n in enumerate(LEVELS))
    moves = tuple(
        Event(f"{d.name}_{k}", When({d.name: level}), Exponential("r"), {d.name: d.levels[(k + 1) % len(d.levels)]})
        for d in domains
        for k, level in enumerate(d.levels)
    )
    pathway = Pathway("wide", domains, moves, start={d.name: d.levels[0] for d in domains})
    order = channel_order(pathway)
    return _warm(lambda: [state_tables(states_of(pathway), order) for _ in range(4)])


def main_job(folder: Path) -> Work:
    """The main job as typed, compiled code at hand."""
    return _command(*JOB, "--overwrite", "--out", str(folder / "run"), threads=1)


def voi(folder: Path) -> Work:
    """The value of information of a run as the page on analyses types it."""
    small = ("--draws", "256", "--people", "200", "--no-variants", "--figures", "none")
    _command(*JOB, *small, "--out", str(folder / "run"))()
    trial = ("--wtp", "200", "--trial", "admissions", "--fixed-cost", "500000", "--cost-per-person", "1500")
    people = ("--population-per-year", "10000", "--years", "5")
    return _command("voi", str(folder / "run"), *trial, *people, "--overwrite", "--out", str(folder / "voi"))


def imports(folder: Path) -> Work:
    """From nothing to where a run could begin: the interpreter and every import."""
    return _process("from simulate import load, run; load, run")


def answers(folder: Path) -> Work:
    """``recovery-cea --help``, which imports nothing heavy."""
    return _command("--help")


def _command(*words: str, threads: int | None = None) -> Work:
    return _process(COMMAND, *words, *(() if threads is None else ("--threads", str(threads))))


def _process(code: str, *words: str) -> Work:
    def work() -> None:
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"gate: {' '.join(words) or code} failed: {done.stderr[-2000:]}")

    return _warm(work)


def _warm(work: Work) -> Work:
    work()  # compiles, or reads what is compiled
    return work


WORKLOADS = {
    "w1": Workload("W1, 200,000 histories", kernel),
    "joint_crisis_plan": Workload("joint crisis plans, 64,000 histories", events),
    "states": Workload("tables of 2,000 joint states, 4 times", states),
    "imports": Workload("imports before a run", imports),
    "help": Workload("recovery-cea --help", answers),
    "voi": Workload("recovery-cea voi, of 256 draws", voi, rounds=3),
    "main_job": Workload("recovery-cea run joint_crisis_plan, warm", main_job, rounds=3),
}
