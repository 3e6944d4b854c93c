"""Seconds and Monte Carlo error against draws, people, threads and workers; what a chunk takes; what a branch would.

    python benchmarks/scaling.py [--only sizes|workers|chunks|branches] [--most 4096]

`sizes` simulates joint crisis plans, solved for beforehand and nothing kept, with more draws and with more people, on
one thread and two; `workers` the same with processes of this machine (``--cluster local:N``). A line is fitted to
seconds by draws and histories, and the largest is held against what the others foretell. `chunks` is what a full chunk
of every problem takes. Seconds of sizes and chunks are processor time, of threads and workers by the clock. `branches`
counts what changes anything only from some time after entry. With ``--keep`` it writes
the section ``scaling`` of ``results.json``, and ``scaling.png``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
from record import KEEP, RESULTS, machine, save

from models.catalogue import problem_ids
from models.contract import parameter_names
from parameters import Draws
from simulate import load
from simulate.ask.asked import Asked, ask
from simulate.ask.case import Case
from simulate.engine import driver
from simulate.engine.keeping import chunks
from simulate.engine.keeping.workplace import choose
from simulate.engine.lower.people import Drawing
from simulate.engine.memory import array_shapes
from simulate.evaluate.uncertainty.precision import mcse
from simulate.running.cluster import cluster
from simulate.running.forecast import trial
from simulate.running.lowering import collected, lower_case
from simulate.running.running import drawn_for, simulate_draws, simulated
from simulate.running.solving import solved_for
from simulate.solve.calibration import Calibration

PROBLEM = "joint_crisis_plan"
PEOPLE, DRAWS = 200, 256  # while the other grows
SEVERAL = 3  # times each is timed; the fastest counts, since other work only adds
LARGE = 5_000_000  # histories from which a run is timed once
FOR_CHUNKS = 64, 500  # draws and people


def timed(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter, several: int = SEVERAL) -> float:
    """Seconds of the fastest of several."""
    found = []
    for _ in range(several):
        begun = clock()
        work()
        found.append(clock() - begun)
    return min(found)


class Job:
    """A case that is solved for, to be simulated in any size."""

    def __init__(self) -> None:
        self.case = load(PROBLEM)
        self.calibration: Calibration = solved_for(self.case, fixed=False)

    def asked(self, draws: int, people: int) -> Asked:
        """What is simulated."""
        return ask(self.case, draws=draws, people=people)

    def row(self, draws: int, people: int, threads: int, *, error: bool = True) -> dict[str, Any]:
        """One size: histories, seconds of the simulation and, if wanted, the MCSE of the increments."""
        asked = self.asked(draws, people)
        ready = self.calibration.apply(drawn_for(asked))
        histories = draws * people * len(self.case.problem.strategies)
        clock = time.process_time if error else time.perf_counter  # other work on the machine is none of ours
        seconds = timed(
            lambda: simulate_draws(asked, ready, threads=threads), clock, SEVERAL if histories < LARGE else 1
        )
        found = {"draws": draws, "people": people, "threads": threads, "histories": histories, "seconds": seconds}
        return {**found, **(self._errors(asked) if error else {})}

    def _errors(self, asked: Asked) -> dict[str, float]:
        result = simulated(asked, self.calibration)
        values = result.values
        cost, effect = (x[:, 1] - x[:, 0] for x in (values.cost, values.effect))
        told = {"mcse_cost": cost, "mcse_qaly": effect}
        return {n: float(mcse(x, values.people, result.replicate)) for n, x in told.items()}


def sizes(job: Job, most: int) -> dict[str, Any]:
    """More draws, more people, one thread and two."""
    many = [d for d in (64, 256, 1024, 4096, 16384) if d <= most]
    by_draws = [job.row(d, PEOPLE, 1) for d in many]
    by_people = [job.row(DRAWS, p, 1) for p in (50, 200, 800, 3200, 12_800, 51_200) if p * DRAWS <= 16 * most * PEOPLE]
    threads = [job.row(many[-1], PEOPLE, n, error=False) for n in (1, 2)]
    return {"draws": by_draws, "people": by_people, "threads": threads, "line": line(by_draws + by_people)}


def line(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds = a draw's own x draws + a history's x histories, by least squares of what is off in proportion.

    And what the largest run took over what all others foretell of it.
    """
    rows = sorted(rows, key=lambda r: r["histories"])

    def fitted(some: list[dict[str, Any]]) -> tuple[float, float]:
        x = np.array([[r["draws"], r["histories"]] for r in some], dtype=np.float64)
        y = np.array([r["seconds"] for r in some])
        found = np.linalg.lstsq(x / y[:, None], np.ones(len(y)), rcond=None)[0]
        return float(found[0]), float(found[1])

    a, b = fitted(rows)
    before, last = fitted(rows[:-1]), rows[-1]
    foretold = before[0] * last["draws"] + before[1] * last["histories"]
    off = max(abs(a * r["draws"] + b * r["histories"] - r["seconds"]) / r["seconds"] for r in rows)
    largest = last["seconds"] / foretold
    return {"seconds_a_draw": a, "seconds_a_history": b, "most_off": off, "largest_over_foretold": largest}


def workers(job: Job, most: int) -> list[dict[str, Any]]:
    """The same run by processes of this machine: seconds until they are there, and of simulating; bytes either way."""
    from pickle import dumps

    asked = job.asked(most, PEOPLE)
    ready = job.calibration.apply(drawn_for(asked))
    rows = []
    for count in (0, 1, 2):
        begun = time.perf_counter()
        with nullcontext() if not count else cluster(f"local:{count}"):
            simulate_draws(job.asked(16, 2), ready_of(job, 16), threads=1)  # workers import and load compiled code
            started = time.perf_counter() - begun
            seconds = timed(lambda: simulate_draws(asked, ready, threads=1))
        rows.append({"workers": count, "draws": most, "people": PEOPLE, "starting": started, "seconds": seconds})
    lowered, lookup = lower_case(asked.delivered, ready, collected(asked))
    drawing = Drawing(0, 1, np.arange(most, dtype=np.uint64), PEOPLE)
    keys = chunks.Keys(lowered, lookup, drawing, driver.BATCHES, driver.EVENT_CAP)
    sent = [len(dumps(chunks.portion_of(keys, keys.named(0, d, (0, driver.BATCHES)), 0))) for d in (1, most)]
    size = sum(8 * math.prod(s) for s in array_shapes(lowered, 1, PEOPLE, driver.BATCHES, 0, True).values())
    rows[0] |= {"sent_a_chunk": sent[0], "sent_a_draw": (sent[1] - sent[0]) / (most - 1), "sums_a_draw": float(size)}
    return rows


def ready_of(job: Job, draws: int) -> Draws:
    """Draws with what was solved for."""
    return job.calibration.apply(drawn_for(job.asked(draws, 2)))


def a_chunk(problem: str) -> dict[str, Any]:
    """Processor seconds of a full chunk of a problem, near where solving for its targets starts."""
    case = load(problem)
    draws, people = FOR_CHUNKS
    asked = ask(case, draws=draws, people=people)
    ready = started(case, asked)
    lowered, lookup = lower_case(asked.delivered, ready, collected(asked))
    out: list[Any] = []

    def work() -> None:
        out[:] = [driver.simulate(lowered, lookup, people=people, seed=1, threads=1)[0]]

    work()
    seconds = timed(work, time.process_time)
    histories = draws * people * len(lowered.names.strategies)
    steps = histories + float(out[0].count[..., 0, :].sum())
    size = sum(8 * math.prod(s) for s in array_shapes(lowered, 1, people, driver.BATCHES, 0, True).values())
    most = min(chunks.STEPS / (steps / draws), chunks.MOST_BYTES / size)
    full = 1 << int(np.log2(max(most, 1.0)))
    return {
        "problem": problem,
        "ns_a_step": 1e9 * seconds / steps,
        "events_a_history": steps / histories - 1,
        "most_steps_seconds": seconds / steps * chunks.STEPS,
        "draws_of_1000_people": min(1 << int(np.log2(max(chunks.STEPS / (2 * steps / draws), 1.0))), full),
        "sums_bytes_a_draw": float(size),
    }


def started(case: Case, asked: Asked) -> Draws:
    """Draws with each unknown at the value that the search for it starts from."""
    from simulate.solve.given import with_given

    ready = with_given(case.setting, drawn_for(asked))
    for target in case.setting.targets:
        ready = ready.with_column(target.unknown, np.full(len(ready.values), target.start), target.unit)
    return ready


def branches() -> dict[str, Any]:
    """Variants, and how many change only what begins some time after entry: what could take the time before as it was.

    A parameter begins late if it is read by effects with a start of their own after entry, or by components offered
    later, and by nothing else; people's states at that time would have to be kept.
    """
    found: dict[str, Any] = {"settings": 0, "variants": 0, "late": [], "parameters": 0, "late_parameters": []}
    for problem in problem_ids():
        if not load(problem).problem.pathway.events:
            continue
        for setting in load(problem).problem.settings:
            case = load(problem, setting.name)
            late, read = late_parameters(case)
            found["settings"] += 1
            found["parameters"] += len(read)
            found["late_parameters"] += [f"{problem} {setting.name} {n}" for n in sorted(late)]
            for variant in setting.variants:
                found["variants"] += 1
                changed = set(variant.replace) & read
                if changed and changed <= late:
                    found["late"].append(f"{problem} {setting.name} {variant.name}")
    asked = ask(load(PROBLEM), draws=16, people=10)
    lowered = trial(asked.delivered, collected(asked))
    channels, trackers = len(lowered.names.channels), len(lowered.names.trackers)
    found["bytes_a_history"] = 8 * (5 * channels + 2 * trackers + 4) + 5 * channels  # see ``layout.Work``
    return found


def late_parameters(case: Case) -> tuple[set[str], set[str]]:
    """Names that act only from some time after entry, and all that a simulation reads."""
    problem = case.problem
    later, now = set[str](), set(parameter_names(problem.pathway))
    for strategy in problem.strategies:
        for component in strategy.components:
            delayed = component.start != 0.0
            now |= set(parameter_names((component.start, component.end)))
            for effect in component.effects:
                names = set(parameter_names(effect))
                if delayed or effect.start not in (None, 0.0):
                    later |= names
                else:
                    now |= names
    return later - now, later | now


def draw_figure(found: dict[str, Any]) -> None:
    """Seconds, and the error of the incremental cost, by histories."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for name, mark in (("draws", "o"), ("people", "s")):
        rows = found["sizes"][name]
        label = f"more draws, {PEOPLE} people" if name == "draws" else f"more people, {DRAWS} draws"
        x = [r["histories"] for r in rows]
        left.loglog(x, [r["seconds"] for r in rows], mark + "-", label=label)
        right.loglog(x, [r["mcse_cost"] for r in rows], mark + "-", label=label)
    each, ends = found["sizes"]["line"]["seconds_a_history"], (1e4, 1e10)
    left.loglog(ends, [each * n for n in ends], ":", color="grey", label="a history's time, to $10^{10}$")
    left.set(xlabel="histories", ylabel="processor seconds, one thread", title="Time grows with histories")
    right.set(xlabel="histories", ylabel="MCSE of the incremental cost, GBP a person", title="Draws buy precision")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    figure.savefig(RESULTS.with_name("scaling.png"), dpi=110, metadata={"Software": None})


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("sizes", "workers", "chunks", "branches"))
    parser.add_argument("--most", type=int, default=4096, help="draws of 200 people, at most")
    asked = parser.parse_args(arguments)
    kept = json.loads(RESULTS.read_text(encoding="utf-8")).get("scaling", {}) if RESULTS.exists() else {}
    found: dict[str, Any] = {**kept, "machine": machine(), "most": asked.most}
    wanted = [asked.only] if asked.only else ["sizes", "workers", "chunks", "branches"]
    if {"sizes", "workers"} & set(wanted):
        job = Job()
        choose(None)  # from here on everything is simulated
        job.row(16, 2, 1, error=False)
        found |= {"sizes": sizes(job, asked.most)} if "sizes" in wanted else {}
        found |= {"workers": workers(job, asked.most)} if "workers" in wanted else {}
    if "chunks" in wanted:
        found["chunks"] = [a_chunk(p) for p in problem_ids() if load(p).problem.pathway.events]
    if "branches" in wanted:
        found["branches"] = branches()
    save("scaling", found)
    if "sizes" in found and KEEP:
        draw_figure(found)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
