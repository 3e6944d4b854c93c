"""The register of claims as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from simulate.claims import Answered
from simulate.present.prose import prose
from simulate.present.words import clean, number, percent

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


def figure(value: float, unit: str) -> str:
    """A claim's figure with its symbol."""
    if unit == "%":
        return percent(value)
    if unit.startswith("£"):
        return f"{'-' if value < 0 else ''}£{abs(value):,.0f}" if abs(value) >= 10 else f"£{value:,.2f}"
    return number(value)


def words(unit: str) -> str:
    """What follows the figure."""
    return "" if unit == "%" else unit.removeprefix("£").strip()
