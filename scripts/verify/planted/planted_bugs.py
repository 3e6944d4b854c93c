"""Bugs planted one at a time in a copy of the code: of each, one named test of the suite has to say so.

    python scripts/verify/planted/planted_bugs.py                  all of them, and the table in tests/planted_bugs.md
    python scripts/verify/planted/planted_bugs.py EVPI evaluate/  those of whose words or file one of these is a part

The bugs stand in `bugs.toml` beside this file: slips that leave every command running and every page well-formed, and
move a decision. Each is one change of a text that occurs once in its file, made in a fresh copy of the code; the test
named with it is run there, with a folder of its own for compiled code. It is caught where that test fails on an
assertion: an import error, or a test that cannot begin, is none. All named tests are run in a copy that nothing was
planted in too, where they have to pass. A quarter of an hour of one core (`--jobs` for more); exit 1 if a bug is not
caught.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[3]
LIST = Path(__file__).with_name("bugs.toml")
TABLE = ROOT / "tests" / "planted_bugs.md"
COPIED = ("parameters", "models", "simulate", "scripts", "tests", "benchmarks")  # rooms; and files beside them
LEFT = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.pyc")
ASSERTED = ("assert ", "AssertionError", "Failed: DID NOT RAISE")  # how what was found begins, in pytest's own words
PASSED, FAILED = "passes", "fails on an assertion"
HEADER = """# Planted bugs

What `scripts/verify/planted/planted_bugs.py` found: each bug was planted alone in a copy of the code, and the test
beside it failed there on an assertion; without the bug it passes. {caught} of {all} are caught. Written by the script.

| bug | planted in | test | caught |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Bug:
    """One change of a text that stands once in a file, and the test that has to see it."""

    what: str
    file: str  # from the root
    old: str
    new: str
    test: str  # file::test, where need be with its parameters in brackets

    def refusal(self, root: Path) -> str:
        """Why it cannot be planted in the code at `root`; "" where it can."""
        path = root / self.file
        if not path.is_file():
            return f"{self.what}: there is no {self.file}"
        times = path.read_text(encoding="utf-8").count(self.old) if self.old else 0
        if times != 1:
            return f"{self.what}: the text to be replaced stands {times} times in {self.file}; it must stand once"
        return f"{self.what}: changes nothing" if self.old == self.new else ""

    def plant(self, root: Path) -> None:
        """Change the code at `root`; ``ValueError`` where it cannot be planted there."""
        if told := self.refusal(root):
            raise ValueError(told)
        path = root / self.file
        path.write_text(path.read_text(encoding="utf-8").replace(self.old, self.new), encoding="utf-8")


class Outcome(NamedTuple):
    """What a test did, in words, and in how many seconds it and all that it was run with."""

    what: str  # PASSED, FAILED or whatever else happened
    seconds: float


def read_bugs(path: Path = LIST) -> list[Bug]:
    """The bugs of a list, in its order."""
    return [Bug(**row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["bug"]]


def chosen(bugs: Sequence[Bug], words: Sequence[str]) -> list[Bug]:
    """Those in whose words or file one of these is said, in either case of letters; all where none is given."""
    return [b for b in bugs if not words or any(w.lower() in f"{b.what} {b.file}".lower() for w in words)]


def copy_code(source: Path, target: Path) -> None:
    """The code at `source` as a folder of its own: rooms and the files beside them, nothing that was compiled."""
    target.mkdir()
    for path in source.iterdir():
        if path.is_dir() and path.name in COPIED:
            shutil.copytree(path, target / path.name, ignore=LEFT)
        elif path.is_file():
            shutil.copy2(path, target / path.name)


def run_tests(root: Path, tests: Sequence[str], cache: Path, *, first: bool = False) -> dict[str, Outcome]:
    """What tests of the code at `root` do, in a process that keeps compiled code in `cache`; to the `first` failure."""
    mine = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "RECOVERY_CEA_CACHE": str(cache)}
    others = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "RECOVERY_CEA_"))}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = ("-q", *(["-x"] if first else []), "-p", "no:cacheprovider", "-p", "no:xdist", f"--junitxml={report}")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, *tests],
            cwd=root,
            env={**others, **mine, "RECOVERY_CEA_STORE": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        cases = list(ElementTree.parse(report).iter("testcase")) if report.is_file() else []
    seconds = time.monotonic() - began
    return {t: Outcome(_told([c for c in cases if _is_of(c, t)], done.stdout), seconds) for t in tests}


def _is_of(case: ElementTree.Element, test: str) -> bool:
    """Whether what is reported is that test, with any parameters where it names none; or that its file failed."""
    path, _, name = test.partition("::")
    module, found = path.removesuffix(".py").replace("/", "."), case.get("name", "")
    if case.get("classname") != module:
        return module in (case.get("classname"), found)
    return found == name or found.partition("[")[0] == name


def _told(cases: Sequence[ElementTree.Element], said: str) -> str:
    """What pytest's report says of one test, and of all its parameters."""
    failures = [f.get("message", "") for case in cases for f in case.iter("failure")]
    errors = [f.get("message", "") for case in cases for f in case.iter("error")]
    if failures and not errors and all(f.startswith(ASSERTED) for f in failures):
        return FAILED
    if failures or errors:
        return f"fails, but on no assertion: {' '.join((errors + failures)[0].split())[:200]}"
    if not cases:
        return f"is not run: {' '.join(said.split())[-200:]}"
    return "is skipped" if any(case.find("skipped") is not None for case in cases) else PASSED


def control(source: Path, tests: Sequence[str], place: Path) -> dict[str, Outcome]:
    """Every named test in a copy that nothing was planted in."""
    copy_code(source, place / "control")
    found = run_tests(place / "control", tests, place / "cache")
    for test, outcome in found.items():
        if outcome.what != PASSED:
            _say(outcome, f"without a bug: {test}")
    passed = sum(outcome.what == PASSED for outcome in found.values())
    print(
        f"{max(o.seconds for o in found.values()):6.1f} s  {passed} of {len(found)} tests pass without a bug",
        flush=True,
    )
    return found


def try_bug(source: Path, bug: Bug, place: Path) -> Outcome:
    """What the test of a bug does where that is planted; ``ValueError`` where it cannot be."""
    with tempfile.TemporaryDirectory(dir=place) as folder:
        root = Path(folder) / "code"
        copy_code(source, root)
        bug.plant(root)
        found = run_tests(root, [bug.test], place / "cache", first=True)[bug.test]
    _say(found, bug.what)
    return found


def _say(found: Outcome, what: str) -> None:
    print(f"{found.seconds:6.1f} s  {found.what:22}  {what}", flush=True)


def is_caught(bug: Bug, without: Mapping[str, Outcome], planted: Mapping[Bug, Outcome]) -> bool:
    """Whether its test passes without it, and fails with it on an assertion."""
    return without[bug.test].what == PASSED and planted[bug].what == FAILED


def table_of(bugs: Sequence[Bug], caught: Sequence[bool]) -> str:
    """The page of what was caught: a row a bug, the same bytes for the same findings."""
    rows = [
        f"| {' | '.join(x.replace('|', chr(92) + '|') for x in (bug.what, f'`{bug.file}`', f'`{bug.test}`'))} "
        f"| {'yes' if seen else 'NO'} |\n"
        for bug, seen in zip(bugs, caught, strict=True)
    ]
    return HEADER.format(caught=sum(caught), all=len(bugs)) + "".join(rows)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--jobs", type=int, default=1, metavar="N")
    asked = parser.parse_args()
    every = read_bugs()
    bugs = chosen(every, asked.words)
    if not bugs:
        print(f"no bug of which {' or '.join(asked.words)} is said", file=sys.stderr)
        return 1
    if wrong := [told for b in bugs if (told := b.refusal(ROOT))]:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="planted_bugs_") as folder, ThreadPoolExecutor(asked.jobs) as pool:
        place = Path(folder)
        tests = list(dict.fromkeys(b.test for b in bugs))
        clean = pool.submit(control, ROOT, tests, place)
        planted = dict(zip(bugs, pool.map(lambda b: try_bug(ROOT, b, place), bugs), strict=True))
        without = clean.result()
    caught = [is_caught(b, without, planted) for b in bugs]
    if bugs == every:
        TABLE.write_text(table_of(bugs, caught), encoding="utf-8")
    missed = [
        f"not caught: {b.what} ({b.test} {planted[b].what})" for b, seen in zip(bugs, caught, strict=True) if not seen
    ]
    print("\n".join([*missed, f"{sum(caught)} of {len(bugs)} caught in {time.monotonic() - began:.0f} seconds"]))
    return int(not all(caught))


if __name__ == "__main__":
    sys.exit(main())
