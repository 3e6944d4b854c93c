"""Runs that are killed again and again lose nothing: typed again, they end with the bytes of one that nobody stopped.

    python scripts/verify/kept/resume.py --kills 30 --seed 1

which exits 1 if a byte differs or a finished chunk is made again.

Each run is killed three times and then left to end, in a store of its own. The moments are drawn at random: while it
simulates, in the middle of the writing of a chunk (half of it under another name; half under its own, as a power cut
may leave it; whole, and not yet renamed), and at an operation on files while results are written. What each process
does is noted in a file as it does it: every chunk that was finished, and the histories of every call.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SAME = ("psa.csv", "statistics.npz", "summary.json")
JOB = ("run", "safewards", "--draws", "256", "--people", "400")
STEPS = 40_000  # of a chunk: some hundredths of a second of work, so that a small run has many
EACH = 3  # kills of a run
MOMENTS = ("simulating", "simulating", "half", "half in its place", "not yet renamed", "writing results")

CHILD = """
import json, os, random, signal, sys, threading
told = json.loads(sys.argv[1])
sys.argv = ["recovery-cea", *sys.argv[2:]]
from simulate.engine import driver
from simulate.engine.keeping import chunks, store
from simulate.present.cli import main

chunks.STEPS = told["steps"]
note = os.open(told["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
work, put = driver._work, store.Store._put
rng, puts, files = random.Random(told["seed"]), [0], [0]
moment, nth = told["moment"], told["nth"]

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def worked(run, task):
    if moment == "simulating" and not files[0]:
        files[0] = 1
        threading.Timer(told["after"], kill).start()
    done = work(run, task)
    people = sum(len(range(b, run.drawing.people, run.batches)) for b in range(*done.batches))
    histories = (done.draws.stop - done.draws.start) * people * len(run.lowered.names.strategies)
    os.write(note, f"worked {histories}\\n".encode())
    return done

def torn(self, key, content):
    puts[0] += 1
    if puts[0] == nth and moment in ("half", "half in its place", "not yet renamed"):
        name = f"{key}.{os.getpid()}.0123abcd.tmp" if moment != "half in its place" else f"{key}.found"
        (self.folder / name).write_bytes(content if moment == "not yet renamed" else content[: len(content) // 2])
        kill()
    put(self, key, content)
    os.write(note, f"finished {key}\\n".encode())

def seen(event, given):
    if moment == "writing results" and event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir"):
        if ".writing" in str(given[0]) and not str(given[0]).endswith("lock"):
            files[0] += 1
            if files[0] == nth:
                kill()

driver._work, store.Store._put = worked, torn
sys.addaudithook(seen)
sys.exit(main())
"""


@dataclass(frozen=True)
class Done:
    """What the processes of a run did: chunks finished, by key, and histories simulated; and hashes of its results."""

    finished: Counter[str]
    worked: list[int]
    results: dict[str, str]


def once(place: Path, job: tuple[str, ...], **told: object) -> int:
    """One process, with a store and a folder of results in `place`; its exit code."""
    what = {"steps": STEPS, "log": str(place / "log"), "seed": 0, "moment": "", "nth": -1, "after": 0.0, **told}
    words = [*job, "--threads", "1", "--figures", "none", "--out", "out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RECOVERY_CEA_STORE": str(place / "store")}
    command = [sys.executable, "-P", "-c", CHILD, json.dumps(what), *words]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, check=False).returncode


def done(place: Path) -> Done:
    """What was noted of a run."""
    lines = [line.split() for line in (place / "log").read_text(encoding="ascii").splitlines()]
    results = {n: hashlib.sha256((place / "out" / n).read_bytes()).hexdigest() for n in SAME}
    finished = Counter(key for what, key in lines if what == "finished")
    return Done(finished, [int(n) for what, n in lines if what == "worked"], results)


def killed(place: Path, job: tuple[str, ...], rng: random.Random, chunks: int, moments: list[str]) -> int:
    """A run that is killed at these moments and then left to end; how often it was (a moment may come too late)."""
    kills = 0
    for moment in moments:
        nth = rng.randint(1, 14) if moment == "writing results" else rng.randint(1, max(1, chunks // EACH))
        kills += once(place, job, moment=moment, nth=nth, after=rng.uniform(0.0, 0.6)) == -9
    if (code := once(place, job)) != 0:
        raise RuntimeError(f"a run that was killed at {moments} ends with {code}")
    return kills


def compare(place: Path, job: tuple[str, ...], kills: int, seed: int, *, warm: bool = False) -> list[str]:
    """Kill so many times and tell what was lost by it; a line of figures is printed for each run.

    With `warm`, every store holds what the same problem was solved for, as another seed of the run left it.
    """
    rng, wrong, all_kills, number = random.Random(seed), list[str](), 0, 0
    (solved := place / "solved").mkdir()
    if warm and (code := once(solved, (*job, "--seed", "1234567"))) != 0:
        raise RuntimeError(f"the run ends with {code}")

    def new(name: str) -> Path:
        (made := place / name).mkdir()
        if warm:
            shutil.copytree(solved / "store", made / "store")
        return made

    plain = new("plain")
    if (code := once(plain, job)) != 0:
        raise RuntimeError(f"the run ends with {code}")
    whole = done(plain)
    chunk = max(1, -(-sum(whole.worked) // max(1, len(whole.finished))))
    print(f"uninterrupted: {len(whole.finished)} files kept, {sum(whole.worked):,} histories", flush=True)
    while all_kills < kills and number < 2 * kills:
        mine = new(str(number))
        moments = [MOMENTS[(number * EACH + k) % len(MOMENTS)] for k in range(EACH)]
        came = killed(mine, job, rng, len(whole.finished), moments)
        found, all_kills, number = done(mine), all_kills + came, number + 1
        again = [key for key, times in found.finished.items() if times > 1]
        work = sum(found.worked)
        print(
            f"{came} kills ({', '.join(moments)}): work {work / sum(whole.worked):.3f}, made again {len(again)}",
            flush=True,
        )
        wrong += [f"run {number}: {n} differs" for n in SAME if found.results[n] != whole.results[n]]
        wrong += [f"run {number}: a finished chunk was made again: {key}" for key in again]
        if work > 1.1 * sum(whole.worked) + came * chunk:
            wrong.append(f"run {number}: {work:,} histories for {sum(whole.worked):,} and {came} kills")
    print(f"{all_kills} kills: {len(wrong)} faults", flush=True)
    return wrong if all_kills else ["nothing was killed"]


def main() -> int:
    """Kill, compare, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--warm", action="store_true", help="with what the problem is solved for in the store")
    parser.add_argument("job", nargs="*", help="words after recovery-cea, after --; a run of safewards when not given")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        wrong = compare(Path(place), tuple(asked.job) or JOB, asked.kills, asked.seed, warm=asked.warm)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
