"""Paragraphs, lists and titles of plain text, wrapped at 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from simulate.evaluate.uncertainty.told import MATERIAL
from simulate.present.english.numbers import clean, listed, percent

WIDTH = 100  # columns


def title(text: str, rule: str) -> str:
    """A title with a line of `rule` under it."""
    return f"{text}\n{rule * min(len(text), WIDTH)}"


def prose(text: str, indent: str = "", lead: str = "", width: int = WIDTH) -> str:
    """One wrapped paragraph; `lead` (a number or dash) stands before its first line, the rest hangs under it."""
    first, rest = indent + lead, indent + " " * len(lead)
    return textwrap.fill(
        clean(text), width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def points(texts: Iterable[str], indent: str = "") -> str:
    """A list with dashes, one block."""
    return "\n".join(prose(t, indent, "- ") for t in texts)


def numbered(texts: Iterable[Sequence[str]]) -> Iterator[str]:
    """Numbered paragraphs, each followed by its own points."""
    for i, (head, *more) in enumerate(texts, 1):
        lead = f"{i}. "
        yield "\n".join([prose(head, lead=lead), *([points(more, " " * len(lead))] if more else [])])


def people_words(shares: Mapping[str, float | None]) -> str:
    """Which differences, by what they are in, owe a material share of their spread to simulated people; empty: none."""
    told = {name: share for name, share in shares.items() if share is not None and share > MATERIAL}
    if not told:
        return ""
    of = ["the variance of the difference", *["that"] * len(told)]
    parts = [f"{percent(told[name], 2)} of {what} in {name}" for name, what in zip(told, of, strict=False)]
    are, whose = ("is", "its interval") if len(told) == 1 else ("are", "their intervals")
    return f"{listed(parts)} {are} chance between simulated people; more people narrow {whose}."
