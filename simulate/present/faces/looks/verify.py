"""The checks of ``recovery-cea verify``, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from simulate.analyse.credibility.verification.verification import Verification
from simulate.present.english.numbers import clean
from simulate.present.terms.face import Face, kind_of

KIND = kind_of(__name__)

THEMES = {
    "inputs": "Numbers that go in",
    "people": "People and what happens to them",
    "effects": "What strategies do",
    "costs": "Costs, worth and discounting",
    "decision": "The decision",
    "chance": "Monte Carlo error",
    "engine": "The program",
    "sense": "What it means",
}
MARKS = {"pass": "pass", "fail": "FAIL", "suspicious": "suspicious", "not applicable": "-"}
WIDTH = max(map(len, MARKS.values()))


def face(found: Verification) -> Face:
    """What a verification shows; nothing is written of it."""
    return Face(kind=KIND, data=found.summary(), data_file=None, lines=lambda: lines(found), about=found.case)


def lines(found: Verification) -> Iterator[str]:
    """Each check by theme, with why; what was counted comes last."""
    yield f"{found.case.problem.label}, setting {found.case.setting.name}"
    for theme, group in groupby(found.lines, key=lambda line: line.theme):
        yield f"\n{THEMES[theme]}"
        for line in group:
            yield f"  {MARKS[line.status]:<{WIDTH}}  {line.rule}: {clean(line.why)}  [{line.check}]"
    counts = found.counts
    told = f"{counts['pass']} pass, {counts['fail']} fail, {counts['suspicious']} suspicious"
    yield f"\n{told}, {counts['not applicable']} not applicable, of {len(found.lines)} checks."
    if counts["fail"]:
        yield f"Failed: {', '.join(line.check for line in found.failed)}."
    if counts["suspicious"]:
        yield "Suspicious is what may be meant, and hardly is: read why, and be sure."
