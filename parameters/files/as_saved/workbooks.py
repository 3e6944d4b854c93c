"""Tables that are no text: a sheet of an Excel workbook, a Parquet file. Either needs a library of its own."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from parameters.files.as_saved.grids import Cell, Grid, Line, Reading
from parameters.files.content import MEBIBYTE
from parameters.ground.mistakes import InputError, MissingExtra, Problem, short, spelling_hint
from parameters.ground.spoken import option

EXCEL, PARQUET = b"PK\x03\x04", b"PAR1"  # the first bytes of either
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet
MOST_CELLS = 60_000_000
LARGEST = 2048 * MEBIBYTE  # of what a workbook holds, unpacked


def read_excel(path: Path, content: bytes, sha256: str, reading: Reading) -> Grid:
    """One sheet, values only: the one that is asked for, or the only one that holds anything."""
    sheets = _sheets(path, content)
    full = {name: rows for name, rows in sheets.items() if rows}
    if not full:
        raise _refusal(path, "no sheet holds anything")
    name = reading.sheet
    if name is None:
        if len(full) > 1:
            named = ", ".join(map(short, full))
            raise _refusal(path, f"{len(full)} sheets hold something ({named}); say which: {option('sheet', 'NAME')}")
        name = next(iter(full))
    if name not in full:
        told = "is empty" if name in sheets else "is unknown"
        hint = spelling_hint(name, full)
        raise _refusal(path, f"sheet {short(name)} {told}; allowed: {', '.join(map(short, full))}{hint}")
    (_, header), *rows = full[name]
    wide = len(header)
    wrong = [_wide(path, line, len(cells), wide) for line, cells in rows if len(cells) > wide]
    if wrong:
        raise InputError(wrong)
    lines = [(line, (*cells, *[None] * (wide - len(cells)))) for line, cells in rows]
    said = (f"sheet {short(name)} of an Excel workbook",)
    names = tuple("" if cell is None else str(cell).strip() for cell in header)
    return Grid(str(path), sha256, names, lambda: iter(lines), said, decimals=reading.decimal, sheet=name)


def read_parquet(path: Path, content: bytes, sha256: str, reading: Reading) -> Grid:
    """The columns of a Parquet file; what is no number in them is told by the number of its row, from 1."""
    parquet: Any = library("pyarrow.parquet", "Parquet files", "pyarrow")
    try:
        table = parquet.read_table(io.BytesIO(content))
        columns = [table.column(k).to_pylist() for k in range(table.num_columns)]
    except Exception as fault:  # whatever the library makes of bytes that are damaged
        raise _refusal(path, f"cannot be read as Parquet: {short(str(fault))}") from fault

    def lines() -> Iterator[Line]:
        for number, cells in enumerate(zip(*columns, strict=True), 1):
            yield number, tuple(map(_cell, cells))

    names = tuple(str(name).strip() for name in table.column_names)
    return Grid(str(path), sha256, names, lines, ("a Parquet file",), decimals=reading.decimal)


def _sheets(path: Path, content: bytes) -> dict[str, list[Line]]:
    openpyxl: Any = library("openpyxl", "Excel workbooks", "openpyxl")
    try:
        with ZipFile(io.BytesIO(content)) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > LARGEST:
            raise _refusal(path, f"holds {size / MEBIBYTE:,.0f} MiB, where {LARGEST // MEBIBYTE:,} are allowed")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and drawings, which are not read
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            return {sheet.title: list(_rows(sheet)) for sheet in book.worksheets}
    except InputError:
        raise
    except Exception as fault:  # whatever the library makes of bytes that are damaged
        raise _refusal(path, f"cannot be read as an Excel workbook: {short(str(fault))}") from fault


def _rows(sheet: Any) -> Iterator[Line]:
    """Number and cells of every row that holds anything, without the empty cells behind."""
    count = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_row=MOST_ROWS, max_col=MOST_COLUMNS), 1):
        cells = [_cell(value) for value in row]
        while cells and (cells[-1] is None or cells[-1] == ""):
            cells.pop()
        count += len(cells)
        if count > MOST_CELLS:
            raise MemoryError(f"a sheet of more than {MOST_CELLS:,} cells")
        if cells:
            yield number, cells


def _cell(value: object) -> Cell:
    """A number, a text, or nothing; anything else (a date, yes or no) as a text that is no number."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return f"{value!s:.60} ({type(value).__name__})"
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def library(module: str, what: str, package: str) -> Any:
    """A library that need not be there; ``MissingExtra`` says how to get it."""
    try:
        return import_module(module)
    except ImportError as fault:
        raise MissingExtra(f"{what} need {package}: pip install {package}; or save the table as CSV") from fault


def _refusal(path: Path, text: str) -> InputError:
    return InputError([Problem(str(path), 0, "table", text)])


def _wide(path: Path, line: int, cells: int, wide: int) -> Problem:
    return Problem(str(path), line, "table", f"{cells} cells, where the header has {wide}")


READERS: Sequence[tuple[bytes, Any]] = ((EXCEL, read_excel), (PARQUET, read_parquet))
