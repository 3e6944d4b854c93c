"""The register of claims: each with its answer, and the briefing's figures against ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from simulate.analyse.credibility.claims import Answered
from simulate.present.english.numbers import after_claimed, claimed, clean
from simulate.present.english.prose import prose
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.present.figures.style import Drawing

KIND = kind_of(__name__)

STATUS = {
    "reproduced": "reproduced",
    "by_construction": "by construction: what went in, or was fitted, comes out",
    "not_reproduced": "not reproduced",
    "input": "an input",
    "scenario": "a named scenario",
    "contradicted": "contradicted by what was read",
    "qualified": "qualified by what was read",
    "unverified": "unverified",
    "context": "context",
}


def face(answers: Sequence[Answered]) -> Face:
    """What the claims show; no folder of results is written of them."""
    return Face(
        kind=KIND,
        data=[a.row() for a in answers],
        data_file=None,
        lines=lambda: lines(answers),
        figures=lambda: figures(answers),
    )


def figures(answers: Sequence[Answered]) -> Iterator[Drawing]:
    """The briefing's figures against ours."""
    from simulate.present.figures.credibility import claims

    yield claims.draw(answers)


def lines(answers: Sequence[Answered]) -> Iterator[str]:
    """Each claim with its answer, by challenge."""
    for challenge, group in groupby(answers, key=lambda a: a.claim.challenge):
        yield f"\nChallenge {challenge}"
        for a in group:
            yield from _answer(a)


def _answer(a: Answered) -> Iterator[str]:
    c = a.claim
    yield prose(f"{c.id}: {clean(c.claim)}")
    published = f"briefing {clean(c.published)}; " if c.published else ""
    yield f"    {published}{STATUS[c.status]}" + (f" -> {c.points_to}" if c.points_to else "")
    if a.value is not None:
        between = ""
        if a.low is not None and a.high is not None and a.low != a.high:
            between = f" ({claimed(a.low, c.unit)} to {claimed(a.high, c.unit)})"
        yield f"    ours {claimed(a.value, c.unit)}{between} {after_claimed(c.unit)}".rstrip()
    if c.reason:
        yield prose(f"    {clean(c.reason)}")
    if c.read is not None:
        yield prose(f'    Read in {c.read.source}: "{clean(c.read.words)}"')
