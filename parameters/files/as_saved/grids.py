"""A table as a file holds it: a header, and lines of cells that are not numbers yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from parameters.ground.mistakes import Problem

Cell = str | float | None  # as written; as a workbook holds it; nothing
Line = tuple[int, Sequence[Cell]]  # its number in the file, and its cells

POINT, COMMA = ".", ","
MARKS = {"point": POINT, "comma": COMMA}  # of decimals, by the word that asks for it


@dataclass(frozen=True, eq=False)
class Grid:
    """One table of one file, every line as wide as the header."""

    file: str  # as it was named
    sha256: str
    header: tuple[str, ...]
    lines: Callable[[], Iterator[Line]]  # from the first again at each call
    said: tuple[str, ...]  # how it was read, in words
    decimals: str | None = None  # the mark in every text; None: not known yet
    sheet: str | None = None  # of a workbook
    commas_between: bool = False  # cells: then a decimal has a point, unless a quoted cell says otherwise

    def wrong(self, line: int, column: str, text: str) -> Problem:
        """A mistake in this file."""
        return Problem(self.file, line, column or "(a column without a name)", text)


@dataclass(frozen=True)
class Reading:
    """What was said of how to read files; None: to be recognised, or asked about."""

    separator: str | None = None
    decimal: str | None = None  # POINT or COMMA
    sheet: str | None = None


def is_number(text: str) -> bool:
    """Whether a cell holds a number, with a point or a comma for its decimals."""
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
