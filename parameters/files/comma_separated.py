"""A CSV in UTF-8, read whole: its header, and the number and cells of every line that is not empty."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parameters.files.content import MEBIBYTE, content_of

LARGEST = 256 * MEBIBYTE
MOST_LINES = 1_000_000  # beyond, a minute goes by and gigabytes are taken before the first word is said
MOST_CELLS = 1_000  # in a line
LONGEST_LINE = 100_000  # characters


@dataclass(frozen=True)
class CommaSeparated:
    """What stands in a CSV, and the very bytes that it was read from."""

    content: bytes
    header: list[str]
    lines: list[tuple[int, list[str]]]

    def twice(self) -> list[str]:
        """Columns that the header names more than once, each once."""
        return [name for name in dict.fromkeys(self.header) if self.header.count(name) > 1]

    def uneven(self) -> list[int]:
        """Numbers of the lines that have not as many cells as the header."""
        return [line for line, cells in self.lines if len(cells) != len(self.header)]


def read_csv(path: Path) -> CommaSeparated:
    """Read a CSV, with or without a byte order mark; ``OSError`` and ``ValueError`` say why it cannot be read."""
    content = content_of(path, LARGEST)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ValueError("is not UTF-8 text; save it as CSV in UTF-8") from fault
    try:
        found = list(_cells(text))
    except csv.Error as fault:
        raise ValueError(str(fault)) from fault
    header = [name.strip() for name in found[0][1]] if found else []
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise ValueError("cells are not parted by commas; save it as CSV with commas and decimal points")
    return CommaSeparated(content, header, found[1:])


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_lines(text))
    for cells in reader:
        if len(cells) > MOST_CELLS:
            raise ValueError(f"line {reader.line_num} has more than {MOST_CELLS:,} cells")
        if cells:
            yield reader.line_num, cells


def _lines(text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if number > MOST_LINES + 1:  # and the header
            raise ValueError(f"has more than {MOST_LINES:,} lines")
        if len(line) > LONGEST_LINE:
            raise ValueError(f"line {number} has more than {LONGEST_LINE:,} characters")
        yield line
