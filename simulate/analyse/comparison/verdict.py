"""Whether two folders of results are the same: to the bit, but for rounding, within their errors, or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parameters.ground.brief import Brief
from parameters.mistakes import Mistakes
from simulate.analyse.comparison.estimates import MAIN, Estimate, estimates, pairs, same_people
from simulate.analyse.comparison.folders import (
    Difference,
    Files,
    Opened,
    differences,
    files_of,
    opened,
    refuse_unlike,
)
from simulate.evaluate.decision.equality import RELATIVE
from simulate.process.shown import Finding
from simulate.result.stored import taken_as_ours

if TYPE_CHECKING:
    import pandas as pd

# How often chance alone may call two runs of the same different. Half of it is shared among costs, effects and their
# differences, the other half among all other numbers, equally: each that differs is then a finding (Bonferroni).
LEVEL = 0.01
SAME, ROUNDED, WITHIN, BEYOND = "same", "rounded", "within", "beyond"


@dataclass(frozen=True)
class Judged:
    """A number of both folders, and what becomes of its difference."""

    estimate: Estimate
    allowed: float  # difference that chance may make; 0 where there is none
    verdict: str

    @property
    def apart(self) -> float:
        """The second less the first."""
        return self.estimate.values[1] - self.estimate.values[0]

    @property
    def errors(self) -> float:
        """The difference in standard errors; NaN where no error can be told."""
        e = self.estimate.error
        return self.apart / e if e > 0 else math.nan if self.apart else 0.0


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Brief, Finding):
    """Two folders held against each other."""

    names: tuple[str, str]
    paired: bool  # errors are those of the differences between draws
    same_people: bool
    files: Files
    changed: tuple[tuple[str, ...], tuple[str, ...]]  # files that somebody changed since
    differences: Sequence[Difference]
    strategies: tuple[tuple[str, ...], tuple[str, ...]]  # of one folder alone
    numbers: Sequence[Judged]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many numbers there are of each verdict."""
        return {v: sum(n.verdict == v for n in self.numbers) for v in (SAME, ROUNDED, WITHIN, BEYOND)}

    @property
    def verdict(self) -> str:
        """The worst of the numbers; where a strategy is missing from one folder, that is beyond error."""
        if any(self.strategies):
            return BEYOND
        return next((v for v in (BEYOND, WITHIN, ROUNDED) if self.counts[v]), SAME)

    def table(self) -> pd.DataFrame:
        """A row a number that both folders have: what it is, both values, their difference and what is allowed of it.

        ``error`` is the standard error of the difference, ``allowed`` what chance may make, in the number's own unit.
        """
        import pandas as pd

        rows = [_row(n) for n in self.numbers]
        ends = [dict(zip(("first", "second"), r.pop("values"), strict=True)) for r in rows]
        names = [("group", "strategy", "what"), ("difference", "error", "degrees", "allowed", "verdict")]
        before, after = ([{n: r[n] for n in some} for r in rows] for some in names)
        return pd.DataFrame([{**a, **e, **b} for a, e, b in zip(before, ends, after, strict=True)])

    def summary(self) -> dict[str, Any]:
        """What ``recovery-cea compare --json`` prints."""
        files = self.files
        return {
            "folders": list(self.names),
            "verdict": self.verdict,
            "identical": files.identical,
            "files": {"same": files.same, "differing": files.differing, "only": files.only, "changed": self.changed},
            "paired": self.paired,
            "same_people": self.same_people,
            "differences": [{"kind": d.kind, "name": d.name, "values": d.values} for d in self.differences],
            "strategies_of_one": self.strategies,
            "level": LEVEL,
            "counts": dict(self.counts),
            "numbers": [_row(n) for n in self.numbers],
        }


def compare(one: str | Path, other: str | Path) -> Comparison:
    """Hold two folders that ``recovery-cea run`` wrote against each other; nothing is simulated, nothing written.

    ``verdict`` is "same" to the last digit, "rounded" (1e-9), "within" Monte Carlo error (Bonferroni over all numbers),
    or "beyond" it; ``table()`` has a row a number, in its own unit. ``moved`` says which record moved them.
    ``ModelError`` where one is no such folder, of both at once, or where problems, effects or comparators differ.
    """
    mistakes, found = Mistakes(), list[Opened]()
    for folder in (one, other):
        with mistakes.among():
            found.append(opened(folder))
    mistakes.tell()
    a, b = found
    refuse_unlike(a, b)
    with taken_as_ours(Path(f"{one} or {other}")):
        paired = pairs(a, b)
        numbers = judged(estimates(a, b))
        told = differences(a, b, same_draws=paired)
    return Comparison(
        (str(one), str(other)),
        paired,
        same_people(a, b),
        files_of(a, b),
        (a.changed, b.changed),
        told,
        (_missing(a, b), _missing(b, a)),
        numbers,
    )


def judged(found: Sequence[Estimate]) -> list[Judged]:
    """Each number with its verdict."""
    main = sum(e.name.group in MAIN for e in found)
    shares = {True: LEVEL / 2 / max(main, 1), False: LEVEL / 2 / max(len(found) - main, 1)}
    return [_judged(e, shares[e.name.group in MAIN]) for e in found]


def _judged(found: Estimate, share: float) -> Judged:
    a, b = found.values
    allowed = _reach(share, found.degrees) * found.error if found.error > 0 else 0.0
    allowed += found.slack
    size = RELATIVE * (abs(a) + abs(b))
    verdict = SAME if a == b else ROUNDED if abs(a - b) <= size else WITHIN if abs(a - b) <= allowed else BEYOND
    return Judged(found, allowed, verdict)


def _reach(share: float, degrees: float) -> float:
    """Standard errors beyond which a difference lies by chance with this probability."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 1 - share / 2)) if degrees > 0 else 0.0


def _missing(a: Opened, b: Opened) -> tuple[str, ...]:
    return tuple(s for s in a.statistics.strategies if s not in b.statistics.strategies)


def _row(found: Judged) -> dict[str, Any]:
    e = found.estimate
    return {
        "group": e.name.group,
        "strategy": e.name.strategy,
        "what": e.name.what,
        "values": e.values,
        "difference": found.apart,
        "error": e.error if math.isfinite(e.error) else None,
        "degrees": e.degrees if math.isfinite(e.degrees) else None,
        "allowed": found.allowed,
        "verdict": found.verdict,
    }


__all__ = ["BEYOND", "ROUNDED", "SAME", "WITHIN", "Comparison", "Judged", "compare", "judged"]
