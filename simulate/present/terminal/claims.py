"""The register of claims as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from simulate.analyse.credibility.claims import Answered
from simulate.present.english.claims import figure, words
from simulate.present.english.numbers import clean
from simulate.present.english.prose import prose

STATUS = {
    "reproduced": "reproduced",
    "by_construction": "an input in disguise: it comes out as it goes in",
    "input": "an input",
    "scenario": "a named scenario",
    "contradicted": "contradicted or qualified",
    "context": "context",
}


def told(answers: Sequence[Answered]) -> Iterator[str]:
    """Each claim with its answer, by challenge."""
    for challenge, group in groupby(answers, key=lambda a: a.claim.challenge):
        yield f"\nChallenge {challenge}"
        for a in group:
            yield from _told(a)


def _told(a: Answered) -> Iterator[str]:
    c = a.claim
    yield prose(f"{c.id}: {clean(c.claim)}")
    published = f"briefing {clean(c.published)}; " if c.published else ""
    yield f"    {published}{STATUS[c.status]}" + (f" -> {c.points_to}" if c.points_to else "")
    if a.value is not None:
        between = "" if a.low is None or a.high is None else f" ({figure(a.low, c.unit)} to {figure(a.high, c.unit)})"
        yield f"    ours {figure(a.value, c.unit)}{between} {words(c.unit)}".rstrip()
    if c.reason:
        yield prose(f"    {clean(c.reason)}")
