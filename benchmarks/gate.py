"""A gate on speed: a few workloads, timed against a yardstick of the same run, and held against a saved run.

    python benchmarks/gate.py                                         measure and print
    python benchmarks/gate.py --against benchmarks/baseline.json      exits 1 where one takes more than 20% longer
    python benchmarks/gate.py --save mine.json                        keep, to be held against later
    python benchmarks/gate.py --only w1 --only states                 those alone, repeatable

Times are processor time of this process and its children, not time by the clock: other work on the machine weighs
little. Each is divided by that of a yardstick, some fixed work that is none of ours, timed just before and after: what
slows or speeds the machine as a whole cancels. Medians of several rounds, in which workloads take turns. What is past
the limit is timed again, as often, before it fails. Nothing is written but what --save names.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from record import machine
from workloads import WORKLOADS, Work, Workload, yardstick

LIMIT = 0.20  # longer than the saved run's, beyond which the gate fails
FAILED, BAD_INPUT = 1, 2
LARGEST = 2**20  # bytes of a saved run

Clock = Callable[[], float]


def processor_time() -> float:
    """Seconds of processor time of this process and of the children that have ended."""
    try:
        import resource
    except ImportError:  # Windows, which does not tell of children: commands then take no time, and are not gated
        return time.process_time()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@dataclass(frozen=True)
class Verdict:
    """One workload's time against the saved one's."""

    name: str
    now: float  # yardsticks
    saved: float | None  # None: the saved run has none of this name

    @property
    def change(self) -> float | None:
        """How much longer it takes, as a share; negative where it is quicker."""
        return None if self.saved is None else self.now / self.saved - 1

    @property
    def slower(self) -> bool:
        """Whether that is past the limit."""
        return self.change is not None and self.change > LIMIT


def timed(
    works: Mapping[str, Work], rounds: Mapping[str, int], clock: Clock = processor_time
) -> dict[str, list[float]]:
    """Time of each work in yardsticks, `rounds` of each; they take turns, each between two yardsticks."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(max(rounds.values(), default=0)):
        for name, work in works.items():
            if turn < rounds[name]:
                before, spent, after = (_spent(w, clock) for w in (yardstick, work, yardstick))
                found[name].append(2 * spent / (before + after))
    return found


def _spent(work: Work, clock: Clock) -> float:
    started = clock()
    work()
    return clock() - started


def judged(found: Mapping[str, Sequence[float]], saved: Mapping[str, float]) -> list[Verdict]:
    """The median of each against the saved run."""
    return [Verdict(name, statistics.median(times), saved.get(name)) for name, times in found.items()]


def read(path: Path) -> dict[str, float]:
    """Medians of a saved run; ``ValueError`` or ``OSError`` where it is none."""
    if path.stat().st_size > LARGEST:
        raise ValueError("too large to be a saved run")
    kept = json.loads(path.read_text(encoding="utf-8"))
    try:
        medians = {str(name): float(row["median"]) for name, row in kept["workloads"].items()}
    except (LookupError, TypeError, AttributeError) as fault:
        raise ValueError(f"no saved run ({fault!r})") from fault
    if not medians or not all(math.isfinite(m) and m > 0 for m in medians.values()):
        raise ValueError("no saved run: a time that is none")
    return medians


def kept(found: Mapping[str, Sequence[float]], workloads: Mapping[str, Workload]) -> dict[str, Any]:
    """What --save writes: times in yardsticks, and the machine."""
    rows = {
        name: {"words": workloads[name].words, "median": statistics.median(times), "all": list(times)}
        for name, times in found.items()
    }
    return {"machine": machine(), "unit": "yardsticks, of processor time", "workloads": rows}


def table(verdicts: Sequence[Verdict], workloads: Mapping[str, Workload]) -> list[str]:
    """A line a workload."""
    lines = [f"{'':<42}{'yardsticks':>11}{'saved':>9}{'change':>9}"]
    for v in verdicts:
        saved = "-" if v.saved is None else f"{v.saved:.2f}"
        change = "-" if v.change is None else f"{v.change:+.0%}"
        slow = "  SLOWER" if v.slower else ""
        lines.append(f"{workloads[v.name].words:<42}{v.now:>11.2f}{saved:>9}{change:>9}{slow}")
    return lines


def gate(
    workloads: Mapping[str, Workload], saved: Mapping[str, float], clock: Clock = processor_time
) -> dict[str, list[float]]:
    """Time all, and those past the limit once more, which then count with the first."""
    with tempfile.TemporaryDirectory() as folder:
        works = {}
        for name, workload in workloads.items():
            place = Path(folder) / name
            place.mkdir()
            works[name] = workload.ready(place)
        rounds = {name: w.rounds for name, w in workloads.items()}
        found = timed(works, rounds, clock)
        slow = [v.name for v in judged(found, saved) if v.slower]
        again = timed({name: works[name] for name in slow}, {name: rounds[name] for name in slow}, clock)
        return {name: times + again.get(name, []) for name, times in found.items()}


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and say by the exit code whether all is as quick as before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", type=Path, metavar="FILE")
    parser.add_argument("--against", type=Path, metavar="FILE")
    parser.add_argument("--only", action="append", choices=list(WORKLOADS), help="repeatable; all when not given")
    given = parser.parse_args(arguments)
    try:
        saved = {} if given.against is None else read(given.against)
    except (OSError, ValueError, RecursionError) as fault:
        print(f"gate: --against {given.against}: {fault}; allowed: a file that --save wrote", file=sys.stderr)
        return BAD_INPUT
    workloads = {name: w for name, w in WORKLOADS.items() if not given.only or name in given.only}
    if saved and not set(saved) & set(workloads):
        print(f"gate: --against {given.against}: holds none of {', '.join(workloads)}", file=sys.stderr)
        return BAD_INPUT
    found = gate(workloads, saved)
    verdicts = judged(found, saved)
    print("\n".join(table(verdicts, workloads)))
    if given.save is not None:
        given.save.write_text(json.dumps(kept(found, workloads), indent=2) + "\n", encoding="utf-8")
    return FAILED if any(v.slower for v in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
