"""Hostile inputs by the thousand: only the project's own errors may come of them, soon, and nothing may be left behind.

    python scripts/verify/hostile.py --inputs 20000 --seed 1     as many of each kind; exits 1 if any escapes

Parameter files, files of people, scenarios, command lines, folders of results and more are made from sound ones by
changes that know their structure: values of other types, numbers at every edge, names twice, deep nesting, cut and
flipped bytes, pipes and devices in place of files. Each is read as a run would read it, up to the draws of its
parameters; nothing is simulated. Every input has random numbers of its own, by kind, seed and number: `--first` goes on
where another call ended.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from scripts.verify.finished.hostile import make_table, read_table
from scripts.verify.hostile_batches import make_batch, read_batch
from scripts.verify.hostile_files import (
    make_file,
    make_groups,
    make_labels,
    make_published,
    make_script,
    read_file,
    read_groups,
    read_labels,
    read_published,
    read_script,
)
from scripts.verify.hostile_kinds import (
    Escaped,
    Kind,
    compare_folder,
    make_cohort,
    make_command,
    make_folder,
    make_parameters,
    make_scenarios,
    read_cohort_file,
    read_command,
    read_folder,
    read_parameters,
    read_scenarios,
)
from scripts.verify.kept.batches import make_batch_shards, read_batch_shards
from scripts.verify.kept.hostile import make_shard, make_store, read_shard, read_store

SECONDS = 10  # of the processor, that one input may take
WAITING = 6  # times as long by the clock: a machine may be crowded, and what waits for ever takes no processor
MEMORY = 3 * 2**30  # bytes of address space beyond what the program has when it starts
OWN = ("InputError", "ModelError", "SeveralMistakes", "ResourceError", "MissingExtra")


KINDS: dict[str, Kind] = {
    "parameter files": Kind(make_parameters, read_parameters),
    "files of people": Kind(make_cohort, read_cohort_file),
    "scenarios": Kind(make_scenarios, read_scenarios),
    "command lines": Kind(make_command, read_command),
    "folders of results": Kind(make_folder, read_folder),
    "folders compared": Kind(make_folder, compare_folder),
    "files of groups": Kind(make_groups, read_groups),
    "published results": Kind(make_published, read_published),
    "records in scripts": Kind(make_script, read_script),
    "labels": Kind(make_labels, read_labels),
    "batches": Kind(make_batch, read_batch),
    "pipes, devices and large files": Kind(make_file, read_file),
    "tables of draws": Kind(make_table, read_table),
    "stores": Kind(make_store, read_store),
    "shards": Kind(make_shard, read_shard),
    "shards of batches": Kind(make_batch_shards, read_batch_shards),
}


# --- trying them --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Stops what takes too long."""

    def late(*given: Any) -> None:
        raise Escaped(f"took more than {SECONDS} s")

    clocks = {signal.SIGPROF: (signal.ITIMER_PROF, SECONDS), signal.SIGALRM: (signal.ITIMER_REAL, WAITING * SECONDS)}
    before = {s: signal.signal(s, late) for s in clocks}
    for timer, seconds in clocks.values():
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for timer, _ in clocks.values():
            signal.setitimer(timer, 0)
        for s, handler in before.items():
            signal.signal(s, handler)


def tried(kind: str, number: int, seed: int, place: Path) -> str | None:
    """What escaped from one input of a kind; None where it was read or refused. Each has its own random numbers."""
    rng, folder = random.Random(f"{kind} {seed} {number}"), place / "inputs"
    folder.mkdir()
    home = Path.cwd()
    os.chdir(folder)
    try:
        made = KINDS[kind].make(rng, folder)
        before = sorted(folder.rglob("*"))
        with limited(), warnings.catch_warnings(), nothing_elsewhere(place):
            warnings.simplefilter("error")
            KINDS[kind].read(made, folder)
    except Escaped as fault:
        return f"{kind} {number}: {fault}"
    except (Exception, SystemExit) as fault:
        if not {c.__name__ for c in type(fault).__mro__} & set(OWN):
            return f"{kind} {number}: {type(fault).__name__}: {str(fault)[:300]}"
    finally:
        after = sorted(folder.rglob("*"))
        os.chdir(home)
        shutil.rmtree(folder)
    return f"{kind} {number}: left {set(after) - set(before)}" if after != before else None


_WRITTEN: list[str] = []  # by what is being tried, while something is


def _note(event: str, given: tuple[Any, ...]) -> None:
    """An audit hook (which stays for good): what is opened to be written to, made, renamed or removed."""
    if _WATCHING and event in CHANGES:
        names = given[:2] if event in ("os.rename", "os.link", "os.symlink") else given[:1]
        if event != "open" or (isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            _WRITTEN.extend(os.path.realpath(os.fsdecode(n)) for n in names if isinstance(n, (str, bytes, os.PathLike)))


CHANGES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_WATCHING: list[bool] = []
_HOOKED: list[bool] = []


@contextlib.contextmanager
def nothing_elsewhere(place: Path) -> Iterator[None]:
    """Escapes where anything outside a folder is written to, compiled code and the sink of the system apart."""
    if not _HOOKED:
        sys.addaudithook(_note)
        _HOOKED.append(True)
    _WRITTEN.clear()
    _WATCHING.append(True)
    try:
        yield
    finally:
        _WATCHING.clear()
    here = os.path.realpath(place)
    ours = (here + os.sep, os.devnull, str(Path.home() / ".cache" / "recovery-cea"))
    if elsewhere := sorted({n for n in _WRITTEN if not n.startswith(ours) and "__pycache__" not in n}):
        raise Escaped(f"wrote to {elsewhere[:3]}")


@contextlib.contextmanager
def shipped_once() -> Iterator[None]:
    """Our own files are read once: it is the others that are tried."""
    from parameters import PARAMETERS_DIR
    from parameters.bibliography import Bibliography
    from parameters.toml_files import TomlFile

    read_file, read_sources = TomlFile.read, Bibliography.read
    files: dict[Path, TomlFile] = {}
    sources: dict[Path, Bibliography] = {}

    def file(path: Path) -> TomlFile:
        if PARAMETERS_DIR not in path.parents:
            return read_file(path)
        return files.setdefault(path, files.get(path) or read_file(path))

    def bibliography(path: Path) -> Bibliography:
        known = sources.setdefault(path, sources.get(path) or read_sources(path))
        return Bibliography(dict(known.sources), known.problems)

    with mock.patch.object(TomlFile, "read", file), mock.patch.object(Bibliography, "read", bibliography):
        yield


def hostile(inputs: int, seed: int, place: Path, kinds: tuple[str, ...] = tuple(KINDS), first: int = 0) -> list[str]:
    """What escaped from so many inputs, spread over the kinds, from the `first` on; told as it is found."""
    found: list[str] = []
    with shipped_once():
        for i in range(first, first + inputs):
            text = tried(kinds[i % len(kinds)], i // len(kinds), seed, place)
            if text is not None:
                print(text, flush=True)
                found.append(text)
            if (i + 1 - first) % 500 == 0:
                print(f"{first} to {i}: {len(found)} escaped", file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Try them, tell what escaped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="repeatable; all when not given")
    asked = parser.parse_args()
    most = MEMORY + int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    kinds, started = tuple(asked.kind or KINDS), time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        found = hostile(asked.inputs, asked.seed, Path(place), kinds, asked.first)
    counted = Counter(text.partition(":")[0].rpartition(" ")[0] for text in found)
    numbers = f"{asked.first} to {asked.first + asked.inputs - 1} of seed {asked.seed}"
    took = time.monotonic() - started
    print(f"{asked.inputs} inputs of {len(kinds)} kinds ({numbers}) in {took:.0f} s: {len(found)} escaped", counted)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
