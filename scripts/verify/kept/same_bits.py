"""Whether a run has the same bytes however it is done: a table, and exit 1 if any differs.

    python scripts/verify/kept/same_bits.py                         a problem that is solved for, and one that is not
    python scripts/verify/kept/same_bits.py run safewards --draws 64 --people 50         another run

Every number of threads, by this process, by one and two workers of dask.distributed, and in one, three and seven shards
that are merged in shuffled order; each with what the problem is solved for as another seed left it in a store, and with
no store at all, so that each process solves anew. (Workers write to the store where there is one, and send otherwise.)
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = "import sys; sys.argv[0] = 'recovery-cea'; from simulate.present.cli import main; sys.exit(main())"
COMMAND = [sys.executable, "-P", "-c", PROGRAM]
SMALL = (
    ("run", "joint_crisis_plan", "--draws", "32", "--people", "64"),
    ("run", "safewards", "--draws", "64", "--people", "100"),
)
SAME = ("psa.csv", "statistics.npz", "summary.json")
THREADS = (1, 2, 4)
WAYS = ("this process", "dask 1", "dask 2", "1 shards", "3 shards", "7 shards")
SOLVED = ("store", "anew")
ANOTHER = ("--seed", "7654321")


def call(words: Sequence[object], place: Path, store: Path | None) -> None:
    """One command; ``SystemExit`` with what it says where it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RECOVERY_CEA_STORE": "" if store is None else str(store)}
    command = [*COMMAND, *map(str, words), "--figures", "none"]
    ended = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {ended.stderr.strip()}")


def done(job: Sequence[str], place: Path, way: str, threads: int, store: Path | None, rng: random.Random) -> list[str]:
    """The hashes of the results of a run that is done in one way, in a folder of its own."""
    how, number = (*job, "--threads", threads), way.split()
    if number[1] == "shards":
        shards = [f"{k}-{number[0]}" for k in range(1, int(number[0]) + 1)]
        for shard in shards:
            mine = None if store is None else Path(shutil.copytree(store, place / f"store {shard}"))
            call((*how, "--shard", shard.replace("-", "/"), "--out", shard), place, mine)
        rng.shuffle(shards)
        call(("merge", *shards, "--threads", threads, "--out", "out"), place, store)
    else:
        cluster = ("--cluster", f"local:{number[1]}") if number[0] == "dask" else ()
        call((*how, *cluster, "--out", "out"), place, store)
    return [hashlib.sha256((place / "out" / name).read_bytes()).hexdigest() for name in SAME]


def compare(job: Sequence[str], place: Path, rng: random.Random) -> int:
    """How many ways of doing a run have other bytes than one thread of one process; a line for each."""
    solved = place / "solved"
    call((*job, *ANOTHER, "--out", "another"), place, solved)
    (plain := place / "plain").mkdir()
    usual, wrong = done(job, plain, WAYS[0], 1, None, rng), 0
    print(f"{' '.join(job)}: " + ", ".join(f"{n} {h[:12]}" for n, h in zip(SAME, usual, strict=True)), flush=True)
    for number, (threads, way, by) in enumerate(itertools.product(THREADS, WAYS, SOLVED)):
        (mine := place / str(number)).mkdir()
        store = Path(shutil.copytree(solved, mine / "store")) if by == "store" else None
        begun = time.perf_counter()
        found = done(job, mine, way, threads, store, rng)
        others = [n for n, one, other in zip(SAME, usual, found, strict=True) if one != other]
        wrong += bool(others)
        told = f"differs: {', '.join(others)}" if others else "equal"
        seconds = time.perf_counter() - begun
        print(f"  threads {threads}  {way:12}  solved: {by:5}  {seconds:6.1f} s  {told}", flush=True)
        shutil.rmtree(mine)
    return wrong


def main(words: Sequence[str]) -> int:
    """Compare each job; whether any way of one differs."""
    jobs, wrong = [tuple(words)] if words else list(SMALL), 0
    for job in jobs:
        with tempfile.TemporaryDirectory() as place:
            wrong += compare(job, Path(place), random.Random(1))
    ways = len(jobs) * len(THREADS) * len(WAYS) * len(SOLVED)
    print(f"{ways - wrong} of {ways} ways have the same bytes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
