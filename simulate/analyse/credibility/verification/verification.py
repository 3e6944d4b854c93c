"""A model verified: every black-box test that applies to it, one line each, and why.

The tests are those that TECH-VER (Büyükkaramikli and others 2019, doi 10.1007/s40273-019-00844-y) and AdViSHE (Vemer
and others 2016, doi 10.1007/s40273-015-0327-2) ask of any decision model: of its inputs, of people and what happens to
them, of effects, costs, the decision, its uncertainty and the program; and a few of what it can hardly mean. Each looks
at the model from outside: it runs it small, once more with something put where the answer is known, and compares.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.contract import check_one_of
from parameters.ground.brief import Brief
from parameters.ground.spoken import option
from parameters.mistakes import Mistakes
from simulate.analyse.credibility.verification import chance, costs, decision, effects, engine, inputs, people, sense
from simulate.analyse.credibility.verification.ground.bench import Bench
from simulate.analyse.credibility.verification.ground.verdicts import STATUSES, Check, Status, Verdict
from simulate.ask.case import AnyCase, Case, as_case
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.engine.keeping.workplace import NOWHERE, Workplace, using
from simulate.engine.progress import StageProgress, silent
from simulate.process.shown import Finding

if TYPE_CHECKING:
    import pandas as pd

THEMES: Mapping[str, tuple[Check, ...]] = {
    "inputs": inputs.CHECKS,
    "people": people.CHECKS,
    "effects": effects.CHECKS,
    "costs": costs.CHECKS,
    "decision": decision.CHECKS,
    "chance": chance.CHECKS,
    "engine": engine.CHECKS,
    "sense": sense.CHECKS,
}
NAMES = tuple(check.name for checks in THEMES.values() for check in checks)


@dataclass(frozen=True)
class Line:
    """What one check says of a model."""

    theme: str
    check: str
    rule: str
    status: Status
    why: str


@dataclass(frozen=True, repr=False)
class Verification(Brief, Finding):
    """What all checks say of a case, by theme."""

    case: Case
    lines: tuple[Line, ...]

    @property
    def failed(self) -> tuple[Line, ...]:
        """Those that fail."""
        return tuple(line for line in self.lines if line.status == "fail")

    @property
    def counts(self) -> dict[Status, int]:
        """How many checks say what."""
        return {status: sum(line.status == status for line in self.lines) for status in STATUSES}

    def table(self) -> pd.DataFrame:
        """A row a check, in the order they are made: ``theme``, ``check``, ``rule``, ``status``, ``why``."""
        import pandas as pd

        return pd.DataFrame([vars(line) for line in self.lines], columns=list(Line.__annotations__))

    def summary(self) -> dict[str, Any]:
        """Everything as plain data: what ``recovery-cea verify --json`` prints."""
        return {
            "problem": self.case.problem.id,
            "setting": self.case.setting.name,
            "counts": {name.replace(" ", "_"): n for name, n in self.counts.items()},
            "checks": [vars(line) for line in self.lines],
        }


@on_one_thread
def verify(
    case: AnyCase,
    *,
    only: str | Collection[str] = NAMES,
    threads: int | None = None,
    progress: StageProgress | None = None,
) -> Verification:
    """Every check of a case (or of what ``load`` takes), or `only` the one or those named; each says whether it holds.

    A check runs the model small and once more with something put where the answer is known: nothing is estimated, and
    the seed is its own. Ratios that published figures are solved for are solved for once, and held at the point
    estimates. ``failed`` are the checks that do not hold, ``counts`` how many say what, ``table()`` a row a check.
    ``ModelError`` or ``InputError`` with everything wrong: checks that there are not, and what ``load`` or a run
    refuses; what a check itself runs into is a failure of that check. After TECH-VER (doi
    10.1007/s40273-019-00844-y) and AdViSHE (doi 10.1007/s40273-015-0327-2).
    """
    only, mistakes, cases = [only] if isinstance(only, str) else only, Mistakes(), list[Case]()
    for name in only:
        with mistakes.among():
            check_one_of(name, NAMES, option("only"))
    with mistakes.among():
        cases.append(as_case(case))
    mistakes.tell()
    tell, case = progress or silent, cases[0]
    asked = [(theme, check) for theme, checks in THEMES.items() for check in checks if check.name in only]
    tell("verifying", 0, len(asked))
    bench, lines = Bench.of(case, threads), []
    with using(Workplace(NOWHERE)):  # what was kept of earlier runs would be compared with itself
        bench.run(fixed=True)  # what cannot be run is told once, not by every check
        for k, (theme, check) in enumerate(asked, 1):
            found = looked_at(check, bench)
            lines.append(Line(theme, check.name, check.rule, found.status, found.why))
            tell("verifying", k, len(asked))
    return Verification(case, tuple(lines))


def looked_at(check: Check, bench: Bench) -> Verdict:
    """What a check says; what it ends in is a failure."""
    try:
        return check.look(bench)
    except Exception as fault:  # whatever it is: a model that cannot be tested has not passed
        told = (str(fault).splitlines() or [""])[0]
        return Verdict("fail", f"ended in {type(fault).__name__}: {told}")
