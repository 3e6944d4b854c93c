"""Text with a character between cells: which character that is, and in which encoding, is seen or asked about.

A separator is one under which every line has as many cells as the header, and at least two. Where two characters do
that there are two readings, and none is taken.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parameters.files.as_saved.grids import POINT, Grid, Line, Reading
from parameters.ground.mistakes import InputError, Problem, short
from parameters.ground.spoken import option

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MOST_CELLS = 20_000  # in a line: more columns than anybody has parameters
LONGEST = 2_000_000  # characters in a line
TOLD = 5  # lines that are uneven


def read_text(path: Path, content: bytes, sha256: str, reading: Reading) -> Grid:
    """The table in a text; ``InputError`` where it is none, or where there are two."""
    text, encoding = _decoded(path, content)
    separator = _separator(path, text, reading.separator)
    header = next((cells for _, cells in _cells(path, text, separator)), [])
    said = [f"{SEPARATORS.get(separator, short(separator))}s between cells"]
    if encoding not in ("utf-8-sig", "utf-8"):
        said.append(f"letters as {encoding}")
    return Grid(
        str(path),
        sha256,
        tuple(name.strip() for name in header),
        lambda: _below(path, text, separator),
        tuple(said),
        decimals=reading.decimal or (POINT if separator == "," and '"' not in text else None),
        commas_between=separator == ",",
    )


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    """The text, and its encoding; where it is not Unicode it is taken for that of Excel in Western Europe."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        kinds: tuple[str, ...] = ("utf-16",)
    else:
        kinds = ("utf-8-sig", "cp1252")
    for kind in kinds:
        try:
            text = content.decode(kind)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, kind
    raise _refusal(path, "is no text, Excel workbook or Parquet file; save it as CSV in UTF-8")


def _refusal(path: Path, text: str, line: int = 0) -> InputError:
    return InputError([Problem(str(path), line, "table", text)])


def _cells(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every line that holds anything."""
    reader = csv.reader(_lines(path, text), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if len(cells) > MOST_CELLS:
                raise _refusal(path, f"has more than {MOST_CELLS:,} cells", reader.line_num)
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as fault:
        raise _refusal(path, f"cannot be read: {fault}", reader.line_num) from fault


def _below(path: Path, text: str, separator: str) -> Iterator[Line]:
    lines = _cells(path, text, separator)
    next(lines, None)
    yield from lines


def _lines(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if len(line) > LONGEST:
            raise _refusal(path, f"has more than {LONGEST:,} characters", number)
        if number == 1 and line.lower().startswith("sep=") and len(line.strip()) <= 5:
            line = "\n"  # what Excel writes for itself
        yield line


@dataclass(frozen=True)
class _Tried:
    """A file cut at one character."""

    separator: str
    columns: int
    uneven: tuple[tuple[int, int], ...]  # line and its cells

    @property
    def fits(self) -> bool:
        return self.columns > 1 and not self.uneven


def _tried(path: Path, text: str, separator: str) -> _Tried:
    columns, uneven = 0, []
    for line, cells in _cells(path, text, separator):
        columns = columns or len(cells)
        if len(cells) != columns:
            uneven.append((line, len(cells)))
            if len(uneven) > TOLD:
                break
    return _Tried(separator, columns, tuple(uneven))


def _separator(path: Path, text: str, asked: str | None) -> str:
    if not text.strip():
        raise _refusal(path, "is empty; allowed: a header, and a line a draw")
    first = next(line for line in io.StringIO(text, newline=None) if line.strip())
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        asked = asked or first.strip()[-1]
    if asked is not None:
        found = _tried(path, text, asked)
        if found.uneven:
            raise _uneven(path, found)
        return asked
    tried = []
    for separator in SEPARATORS:
        if separator not in first:
            continue
        try:
            tried.append(_tried(path, text, separator))
        except InputError:  # of quotes that make sense with another only
            continue
    fitting = [t for t in tried if t.fits]
    if len(fitting) == 1:
        return fitting[0].separator
    if len(fitting) > 1:
        words = " or ".join(f"{t.columns} columns with {SEPARATORS[t.separator]}s between them" for t in fitting)
        flags = " or ".join(option("separator", SEPARATORS[t.separator]) for t in fitting)
        raise _refusal(path, f"can be read in more than one way: {words}; say which: {flags}")
    if tried:
        raise _uneven(path, max(tried, key=lambda t: t.columns))
    found = _tried(path, text, ",")
    if found.uneven:
        raise _uneven(path, found)
    return ","  # one column


def _uneven(path: Path, found: _Tried) -> InputError:
    word = SEPARATORS.get(found.separator, short(found.separator))
    told = [
        Problem(str(path), line, "table", f"{cells} cells, where the header has {found.columns} ({word}s between them)")
        for line, cells in found.uneven[:TOLD]
    ]
    if len(found.uneven) > TOLD:
        told.append(Problem(str(path), 0, "table", "and more lines like these"))
    return InputError(told)
