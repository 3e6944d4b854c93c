"""The gallery's models against their published figures, over ten seeds of 100,000 people each.

    python scripts/examples/gallery/table.py [MODEL ...] [--people N] [--seeds N]

A model is a file beside this one that names its SOURCE, what is PUBLISHED of it, and its PROBLEM. Where its rules of
counting are not ours, it also says what is EXACT under ours, computed another way in ``tests/oracle/gallery``: ours is
compared with both, and has to agree with that one.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import math
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from simulate import Result, load, run
from simulate.engine.keeping.workplace import NOWHERE, Workplace, using

FOLDER = Path(__file__).resolve().parent
# What stands in a model's file and is not the model: what it is compared with, and where that comes from.
NOT_DECLARED = ("SOURCE", "PUBLISHED", "EXACT")
ROUNDING = 0.5 + 1e-6  # of the last printed digit
NO_NOISE = 1e-9  # standard error; of a cohort followed as shares
HEADER = (
    *("model", "strategy", "measure", "published", "exact", "ours", "MCSE"),
    *("z published", "z exact", "lines", "seconds"),
)


class Distance(NamedTuple):
    """How far ours is from a figure: `z` over all seeds, or None of what has no noise, `off` in last digits."""

    z: float | None
    off: float

    @property
    def agrees(self) -> bool:
        """Within 3 standard errors, or of what has no noise what is printed, to the last digit."""
        return abs(self.z) <= 3.0 if self.z is not None else self.off <= ROUNDING

    def __str__(self) -> str:
        return f"{self.z:+.1f}" if self.z is not None else f"{self.off:.1f} of a digit"


class Figure(NamedTuple):
    """Ours beside what is published, beside what is exact, or beside both, which need not be the same."""

    strategy: str
    measure: str
    published: str
    exact: str
    ours: float
    mcse: float
    of_published: Distance | None
    of_exact: Distance | None

    @property
    def judged(self) -> Distance:
        """The distance that says whether it agrees: from what is exact, where that is known."""
        found = self.of_exact or self.of_published
        assert found is not None
        return found


def names() -> tuple[str, ...]:
    """Every model of the gallery, by file name."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.py") if p.name != Path(__file__).name))


@cache
def model(name: str) -> ModuleType:
    """The module of a model's file."""
    spec = importlib.util.spec_from_file_location(f"gallery_{name}", FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines_of(name: str) -> int:
    """Lines that declare a model: all of its file but comments, blank lines, imports, and what it is compared with."""
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    kept = set[int]()
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.Expr):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if not any(isinstance(t, ast.Name) and t.id in NOT_DECLARED for t in targets):
            kept |= {*range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)}
    lines = text.splitlines()
    return sum(bool(lines[k - 1].strip()) and not lines[k - 1].strip().startswith("#") for k in kept)


def found(name: str, *, people: int, seed: int) -> Result:
    """A model's result at its point estimates, with the numbers of a TOML file beside it where there is one."""
    return run(load(FOLDER / f"{name}.py"), fixed=True, people=people, seed=seed)


def measured(result: Result, strategy: str, measure: str) -> tuple[float, float]:
    """``cost``, ``effect``, ``ever EVENT`` or ``count EVENT``, with its MCSE."""
    at = result.strategies.index(strategy)
    kind, _, event = measure.partition(" ")
    told = result.summary()["strategies"][at]
    if kind in ("ever", "count"):
        per_event = result.ever() if kind == "ever" else result.event_counts()
        return float(per_event[event][0, at]), float(told["mcse"]["ever" if kind == "ever" else "events"][event] or 0.0)
    return float(told[kind]["mean"]), float(told[kind]["mcse"] or 0.0)


def compared(name: str, results: Sequence[Result]) -> list[Figure]:
    """Each figure of a model against the mean over these results, which differ by seed alone."""
    printed, exact = (_by_figure(getattr(model(name), what, {})) for what in ("PUBLISHED", "EXACT"))
    return [_figure(results, *key, printed.get(key, ""), exact.get(key, "")) for key in {**printed, **exact}]


def _by_figure(told: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str], str]:
    return {(strategy, measure): text for strategy, row in told.items() for measure, text in row.items()}


def _figure(results: Sequence[Result], strategy: str, measure: str, printed: str, exact: str) -> Figure:
    values, errors = zip(*(measured(r, strategy, measure) for r in results), strict=True)
    ours, many = statistics.fmean(values), len(values)
    error = (sum(e * e for e in errors) / many) ** 0.5
    noise = error / math.sqrt(many)
    apart = [_distance(ours, noise, text) if text else None for text in (printed, exact)]
    return Figure(strategy, measure, printed, exact, ours, noise, *apart)


def _distance(ours: float, noise: float, wanted: str) -> Distance:
    digit = 10.0 ** -len(wanted.partition(".")[2])
    apart = ours - float(wanted)
    beyond = math.copysign(max(abs(apart) - digit / 2, 0.0), apart)  # what rounding leaves unexplained
    return Distance(beyond / noise if noise > NO_NOISE else None, abs(apart) / digit)


def main(words: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a figure does not agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", choices=[*names(), []], metavar="MODEL")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, default=10)
    asked = parser.parse_args(words)
    print("| " + " | ".join(HEADER) + " |\n|" + "---|" * len(HEADER))
    failed = 0
    for name in asked.models or names():
        with using(Workplace(NOWHERE)):  # what was found before would be read, and not simulated
            found(name, people=100, seed=1)  # compiled and read before the clock starts
            begun = time.perf_counter()
            results = [found(name, people=asked.people, seed=1)]
            seconds = time.perf_counter() - begun
            results += [found(name, people=asked.people, seed=s) for s in range(2, asked.seeds + 1)]
        for i, f in enumerate(compared(name, results)):
            digits = len((f.exact or f.published).partition(".")[2]) + 1
            far = ("" if d is None else str(d) for d in (f.of_published, f.of_exact))
            first = (name, str(lines_of(name)), f"{seconds:.1f}") if i == 0 else ("", "", "")
            row = (f.strategy, f.measure, f.published, f.exact, f"{f.ours:.{digits}f}", f"{f.mcse:.2g}", *far)
            print("| " + " | ".join((first[0], *row, *first[1:])) + " |", flush=True)
            failed += not f.judged.agrees
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
