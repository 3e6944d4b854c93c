"""Paragraphs, lists and titles of plain text, wrapped at 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from simulate.present.english.numbers import clean

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
