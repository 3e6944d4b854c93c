"""The engine against a hand-written C program for the same model, alternately, on one quiet machine.

    python benchmarks/compare.py [--pairs 5] [--draws 1000] [--people 1000]

Builds ``illness_death.c`` into a temporary folder and checks that both find the same means. Then it runs
engine and C in turn, ratio by ratio; one thread and two, in turn; and the base case of joint crisis plans.
Writes the section ``speed`` of ``results.json`` with ``--keep``. Without a C compiler it says so and measures nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from illness_death import measure
from record import machine, save

HERE = Path(__file__).resolve().parent
FLAGS = ("-O3", "-march=native", "-std=gnu11")
WITHIN_SAMPLING = 0.02  # of means of 100,000 people: five standard errors of a difference


def compiler() -> str | None:
    """The C compiler, or None."""
    return shutil.which(os.environ.get("CC", "cc"))


def build(folder: Path) -> Path:
    """The compiled C program."""
    found = compiler()
    assert found is not None
    program = folder / "illness_death"
    subprocess.run([found, *FLAGS, "-o", str(program), str(HERE / "illness_death.c"), "-lm"], check=True)
    return program


def run_c(program: Path, draws: int, people: int, *options: str) -> dict[str, Any]:
    """What the C program prints."""
    command = [str(program), "--draws", str(draws), "--people", str(people), *options]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def check_means(program: Path, draws: int, people: int) -> float:
    """The greatest relative difference between our means and those of C on the same random numbers.

    With constant hazards the engine keeps what is left of an exponential when the risk is lost, and C draws
    another: there, as with people of their own, means agree within sampling error. ``SystemExit`` otherwise.
    """
    ours, constant = (measure(draws=draws, people=people, fixed=True, exponential=e) for e in (False, True))
    same = _apart(ours, run_c(program, draws, people, "--common"))
    if same > 1e-9:
        raise SystemExit(f"compare: on the same random numbers the C program's means differ by {same:.2g}")
    for found, options in ((ours, ()), (constant, ("--exponential",)), (constant, ("--exponential", "--common"))):
        if _apart(found, run_c(program, draws, people, *options)) > WITHIN_SAMPLING:
            raise SystemExit(f"compare: the C program's means are others; options: {' '.join(options) or 'none'}")
    return same


def _apart(a: dict[str, Any], b: dict[str, Any]) -> float:
    pairs = [(x, y) for key in ("mean_qaly", "mean_cost") for x, y in zip(a[key], b[key], strict=True)]
    return float(max(abs(x / y - 1) for x, y in pairs))


def against_c(program: Path, draws: int, people: int, pairs: int, exponential: bool) -> dict[str, Any]:
    """Rates in turn: engine, C with people of their own for each strategy, C with common random numbers."""
    options = ("--exponential",) if exponential else ()
    rates: dict[str, list[float]] = {"engine": [], "c": [], "c_common": []}
    for _ in range(pairs):
        engine = measure(draws=draws, people=people, fixed=True, exponential=exponential)
        rates["engine"].append(engine["histories_per_second"])
        rates["c"].append(run_c(program, draws, people, *options)["histories_per_second"])
        rates["c_common"].append(run_c(program, draws, people, "--common", *options)["histories_per_second"])
    ratios = {
        name: [round(a / b, 4) for a, b in zip(rates["engine"], rates[name], strict=True)] for name in ("c", "c_common")
    }
    return {
        "histories_per_second": {name: statistics.median(values) for name, values in rates.items()},
        "ratio_to_c": statistics.median(ratios["c"]),
        "ratio_to_c_common": statistics.median(ratios["c_common"]),
        "ratios_to_c": ratios["c"],
        "ratios_to_c_common": ratios["c_common"],
    }


def two_threads(draws: int, people: int, times: int) -> dict[str, Any]:
    """One thread and two in turn: the speed-up of each pair, and the median."""
    ratios = []
    for _ in range(times):
        one, two = (measure(draws=draws, people=people, fixed=True, threads=n)["seconds"] for n in (1, 2))
        ratios.append(round(one / two, 4))
    return {"speed_up": statistics.median(ratios), "speed_ups": ratios}


def memory(draws: int, people: int) -> float:
    """Peak memory of W1 in a process of its own, whose kernels were compiled before, MB."""
    command = [sys.executable, str(HERE / "illness_death.py"), "--fixed", "--json"]
    command += ["--draws", str(draws), "--people", str(people)]
    return float(
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["peak_memory_mb"]
    )


def base_case(times: int) -> dict[str, Any]:
    """The base case of joint crisis plans, 1,024 draws of 1,000 people: its simulation, people and tables included."""
    from simulate import load, run

    case, found = load("joint_crisis_plan"), []
    for _ in range(times):
        result = run(case, draws=1024, people=1000, threads=1)
        found.append(result.seconds["simulation"])
    seconds, histories = statistics.median(found), 1024 * 1000 * len(result.strategies)
    events = float(result.statistics.count[:, :, :, 0].sum())
    return {
        "seconds": seconds,
        "histories_per_second": histories / seconds,
        "events_per_history": events / histories,
        "nanoseconds_an_event": 1e9 * seconds / events,
        "calibration_seconds": result.seconds["calibration"],
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--people", type=int, default=1000)
    given = parser.parse_args(arguments)
    if compiler() is None:
        print("compare: skipped: no C compiler (cc, or what CC names) on this machine")
        return
    before = machine()
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        found = {
            "machine": before,
            "compiler": subprocess.run([str(compiler()), "--version"], capture_output=True, text=True).stdout.split(
                "\n"
            )[0],
            "flags": " ".join(FLAGS),
            "draws": given.draws,
            "people": given.people,
            "means_differ_by": check_means(program, max(given.draws // 10, 10), given.people),
            "weibull": against_c(program, given.draws, given.people, given.pairs, exponential=False),
            "exponential": against_c(program, given.draws, given.people, given.pairs, exponential=True),
            "two_threads": two_threads(given.draws, given.people, 3),
            "peak_memory_mb": memory(given.draws, given.people),
            "joint_crisis_plan": base_case(3),
        }
    found["load_after"] = machine()["load"]
    save("speed", found)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
