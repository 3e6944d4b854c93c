"""Put the engine's random numbers, in the order and by the keys the kernel uses, through a statistical battery.

    python3 scripts/start.py python scripts/verify/random_battery.py            # 500 million numbers, minutes
    python3 scripts/start.py python scripts/verify/random_battery.py --weak lcg # a generator that must fail
    python3 scripts/start.py python scripts/verify/random_battery.py --dieharder

Prints a probability for each test and writes ``benchmarks/random_battery.json``. Exits with 1 when one of them, on
either side, is below one in a million shared among them. Memory stays below 1 GB however many numbers are drawn.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from parameters.arrays import Ints
from scripts.verify.battery import BITS, Result, Test, battery
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.random_numbers import GENERATORS, SOBOL, absorb, person_key, stream, uniform

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "benchmarks" / "random_battery.json"

NUMBERS, PEOPLE, OCCURRENCES = 500_000_000, 7_813, 4
FAMILY_ERROR = 1e-6
INDEPENDENT = tuple(name for name, g in GENERATORS.items() if g != SOBOL)  # even ones are to fail
Keys = npt.NDArray[np.uint64]


# Names such as the catalogue's shared pathway has; fixed here, so that the record stays what it was.
TIMES = (
    "crisis", "crisis_resolved", "admission_from_community", "admission_from_crisis", "conversion", "discharge",
    "restraint", "police_contact", "job_entry", "job_loss", "death",
)  # fmt: skip
BRANCHES = tuple(
    f"admission_from_{place}.{how}" for place in ("community", "crisis") for how in ("informal", "detained")
)


def streams() -> Keys:
    """The streams of eleven events, of four branches and of a frailty."""
    times, branches = [stream(n, "time") for n in TIMES], [stream(n, "branch") for n in BRANCHES]
    return np.array([*times, *branches, stream("relapse_proneness", "frailty")], dtype=np.uint64)


# --- the numbers ----------------------------------------------------------------------------------


@njit
def _fill(generator: int, seed: np.uint64, draw: int, keys: Keys, occurrences: int, out: Ints) -> None:
    for person in range(out.shape[0]):
        key = person_key(seed, np.uint64(draw), np.uint64(person))
        for s in range(len(keys)):
            for n in range(occurrences):
                out[person, s * occurrences + n] = int(uniform(generator, key, keys[s], n) * 2.0**BITS)


@njit
def _added(seed: np.uint64, draw: int, keys: Keys, occurrences: int, out: Ints) -> None:
    """Keys added up where they ought to be absorbed: person 1 of draw 2 is person 2 of draw 1."""
    for person in range(out.shape[0]):
        for s in range(len(keys)):
            for n in range(occurrences):
                key = absorb(seed, keys[s] + np.uint64(draw + person + n))
                out[person, s * occurrences + n] = int(uniform(0, key, keys[s], 0) * 2.0**BITS)


@njit
def _lehmer(state: int, out: Ints) -> int:
    """Lehmer's 16807 modulo 2^31 - 1 (Park & Miller's minimal standard)."""
    for person in range(out.shape[0]):
        for column in range(out.shape[1]):
            state = state * 16807 % 2147483647
            out[person, column] = int(state / 2147483647.0 * 2.0**BITS)
    return state


Blocks = Callable[[int, int], Iterator[Ints]]  # seed and number of draws -> blocks


def good(generator: int, people: int = PEOPLE) -> Blocks:
    """Blocks of the engine's generator, one a draw."""
    keys = streams()

    def blocks(seed: int, draws: int) -> Iterator[Ints]:
        """The blocks of a seed, one a draw."""
        for draw in range(draws):
            out = np.empty((people, len(keys) * OCCURRENCES), dtype=np.int64)
            _fill(generator, np.uint64(seed), draw, keys, OCCURRENCES, out)
            yield out

    return blocks


def weak(kind: str, people: int = PEOPLE) -> Blocks:
    """Blocks that must fail: a Lehmer generator, 20 bits in place of 52, or keys that are added up."""
    keys = streams()

    def blocks(seed: int, draws: int) -> Iterator[Ints]:
        """The blocks of a seed, one a draw."""
        state = seed + 1
        for draw in range(draws):
            out = np.empty((people, len(keys) * OCCURRENCES), dtype=np.int64)
            if kind == "lcg":
                state = int(_lehmer(state, out))
            elif kind == "added":
                _added(np.uint64(seed), draw, keys, OCCURRENCES, out)
            else:
                _fill(0, np.uint64(seed), draw, keys, OCCURRENCES, out)
                out &= -(1 << (BITS - 20))
            yield out

    return blocks


WEAK = ("lcg", "truncated", "added")


# --- running --------------------------------------------------------------------------------------


def run(blocks: Iterator[Ints], tests: list[Test], progress: Callable[[int], None] | None = None) -> list[Result]:
    """Every test on every block."""
    done = 0
    for block in blocks:
        for test in tests:
            test.add(block)
        done += block.size
        if progress is not None:
            progress(done)
    return [result for test in tests for result in test.results()]


def verdict(results: list[Result]) -> bool:
    """Whether none is too far out on either side, given how many there are."""
    return min(r.two_sided for r in results) > FAMILY_ERROR / len(results)


def report(results: list[Result]) -> str:
    """One line a test."""
    width = max(len(r.name) for r in results)
    lines = [f"{r.name:<{width}}  {r.statistic:>16.3f}  p = {r.p:.6f}" for r in results]
    worst = min(results, key=lambda r: r.two_sided)
    end = f"{'passed' if verdict(results) else 'FAILED'}: {len(results)} tests, the furthest out {worst.name}"
    return "\n".join([*lines, f"{end} (two-sided {worst.two_sided:.3g}; limit {FAMILY_ERROR / len(results):.3g})"])


def dieharder(blocks: Iterator[Ints], test: str) -> int:
    """The highest 32 bits of every number into ``dieharder``, all of its tests or the one of that number."""
    program = shutil.which("dieharder")
    if program is None:
        print("dieharder is not installed (Debian: apt-get install dieharder)", file=sys.stderr)
        return 4
    which = ["-a"] if test == "all" else ["-d", str(int(test))]
    with subprocess.Popen([program, *which, "-g", "200"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            for block in blocks:
                process.stdin.write((block.ravel() >> (BITS - 32)).astype(np.uint32).tobytes())
        except BrokenPipeError:  # it has had enough
            pass
    return process.returncode


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--numbers", type=int, default=NUMBERS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rng", choices=INDEPENDENT, default="splitmix64")
    parser.add_argument("--weak", choices=WEAK, help="a generator that must fail; nothing is written")
    parser.add_argument("--dieharder", nargs="?", const="all", metavar="TEST", help="pipe to dieharder instead")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    columns = len(streams()) * OCCURRENCES
    source = weak(options.weak) if options.weak else good(GENERATORS[options.rng])
    draws = -(-options.numbers // (PEOPLE * columns))
    if options.dieharder:
        return dieharder(source(options.seed, 1 << 40), options.dieharder)
    began = time.monotonic()
    numbers = draws * PEOPLE * columns
    results = run(source(options.seed, draws), battery(numbers, OCCURRENCES), _said(numbers))
    print(report(results))
    if options.weak is None:
        told = {"generator": options.rng, "seed": options.seed, "numbers": numbers}
        pattern = {"draws": draws, "people": PEOPLE, "streams": len(streams()), "occurrences": OCCURRENCES}
        options.out.parent.mkdir(exist_ok=True)
        options.out.write_text(_json(told | pattern, results, time.monotonic() - began), encoding="utf-8")
    return 0 if verdict(results) else 1


def _json(told: dict[str, object], results: list[Result], seconds: float) -> str:
    rows = [{"test": r.name, "statistic": r.statistic, "p": r.p} for r in results]
    smallest = min(r.two_sided for r in results)
    end = {"passed": verdict(results), "smallest_two_sided_p": smallest, "limit": FAMILY_ERROR / len(results)}
    return json.dumps(told | end | {"seconds": round(seconds), "tests": rows}, indent=1) + "\n"


def _said(numbers: int) -> Callable[[int], None]:
    """One line every ten seconds."""
    last = time.monotonic()

    def progress(done: int) -> None:
        nonlocal last
        if time.monotonic() - last > 10:
            last = time.monotonic()
            print(f"{done / numbers:.0%}", file=sys.stderr, flush=True)

    return progress


if __name__ == "__main__":
    sys.exit(main())
