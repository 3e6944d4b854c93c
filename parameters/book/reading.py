"""Reading records from a workbook: the data that a TOML file would hold, and the cell that each of it stands in."""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zipfile import ZipFile

from parameters.book.columns import (
    ARGUMENTS,
    COLUMNS,
    INTERVAL,
    NUMBERS,
    RECORDS,
    SOURCE_COLUMNS,
    SOURCE_LISTS,
    SOURCES,
    TABLE_COLUMNS,
    TABLES,
    TRUTHS,
)
from parameters.files.as_saved.workbooks import EXCEL, library
from parameters.files.content import MEBIBYTE
from parameters.ground.mistakes import short, spelling_hint
from parameters.ground.printed import Printed

LARGEST = 64 * MEBIBYTE  # unpacked
MOST_ROWS, MOST_COLUMNS = 200_000, 200

Key = tuple[str, ...]


class BookError(ValueError):
    """A file that is no workbook that can be read."""


@dataclass
class Found:
    """What a workbook holds: `data` as a TOML file would, and by key the cell that it stands in."""

    data: dict[str, Any] = field(default_factory=dict)
    cells: dict[Key, str] = field(default_factory=dict)  # "sheet 'Parameters' cell D7"
    rows: dict[Key, int] = field(default_factory=dict)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)  # cell, key, and what is wrong with it


def is_workbook(content: bytes) -> bool:
    """Whether these are the bytes of an Excel workbook, by how they begin."""
    return content.startswith(EXCEL)


def read_book(content: bytes) -> Found:
    """The records, tables and sources of a workbook; ``BookError``, or ``MissingExtra`` where openpyxl is not there."""
    sheets = _sheets(content)
    if RECORDS not in sheets:
        hint = spelling_hint(RECORDS, sheets)
        raise BookError(f"has no sheet {RECORDS}; it has {', '.join(map(short, sheets))[:300]}{hint}")
    found = Found()
    parts = list(_lines(found, sheets, TABLES, TABLE_COLUMNS))
    tables: dict[str, list[Line]] = {}
    for line in parts:
        tables.setdefault(line.id, []).append(line)
    for line in _lines(found, sheets, RECORDS, COLUMNS):
        if _is_new(found, line, (line.id,), found.data):
            found.data[line.id] = _record(found, line, tables.pop(line.id, []))
    for lines in tables.values():
        found.wrong.append((lines[0].at("id"), lines[0].id, f"stands in no row of {RECORDS}; allowed: an id that does"))
    sources: dict[str, Any] = {}
    for line in _lines(found, sheets, SOURCES, SOURCE_COLUMNS):
        if _is_new(found, line, ("sources", line.id), sources):
            sources[line.id] = _source(found, line)
    if sources:
        found.data["sources"] = sources
    return found


def _is_new(found: Found, line: Line, key: Key, known: Mapping[str, Any]) -> bool:
    if line.id in known:
        found.wrong.append((line.at("id"), line.id, f"given already in {found.cells[key]}; allowed: once"))
        return False
    found.cells[key], found.rows[key] = line.at("id"), line.row
    return True


# --- cells ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A row that says something: what stands in its cells, by column."""

    sheet: str
    row: int
    letters: Mapping[str, str]
    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Whose row it is."""
        return str(self.values.get("id", ""))

    def at(self, column: str) -> str:
        """Where a cell of it stands, in words."""
        return f"sheet {self.sheet!r} cell {self.letters.get(column, 'A')}{self.row}"


@dataclass(frozen=True)
class _Mistake:
    """What stands in a cell and can be nothing, and why."""

    text: str


def _sheets(content: bytes) -> dict[str, list[list[Any]]]:
    """The cells of the sheets that are ours, row by row: numbers, truths, texts, mistakes, or None."""
    openpyxl: Any = library("openpyxl", "Excel workbooks", "openpyxl")
    try:
        with ZipFile(io.BytesIO(content)) as parts:
            size = sum(part.file_size for part in parts.infolist())
            if size > LARGEST:
                raise BookError(f"holds {size / MEBIBYTE:,.0f} MiB, where {LARGEST // MEBIBYTE} are allowed")
            computed = any(b"<f" in parts.read(name) for name in parts.namelist() if "/worksheets/" in name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and drawings, which are not read
            books = [
                openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=known, keep_links=False)
                for known in ((True, False) if computed else (True,))  # what formulas came to; which cells they are
            ]
            names = [sheet.title for sheet in books[0].worksheets]
            ours = {name: _cells(books[0][name], books[-1][name]) for name in names if name in OURS}
            return ours or {name: [] for name in names}
    except BookError:
        raise
    except Exception as fault:  # whatever the library makes of bytes that are damaged
        raise BookError(f"cannot be read as an Excel workbook: {short(str(fault))}") from fault


OURS = (RECORDS, TABLES, SOURCES)


def _cells(values: Any, formulas: Any) -> list[list[Any]]:
    rows = []
    limits = {"max_row": MOST_ROWS + 1, "max_col": MOST_COLUMNS}
    every = (sheet.iter_rows(**limits) for sheet in ([values] if values is formulas else [values, formulas]))
    for each in zip(*every, strict=True):
        shown, written = each[0], each[-1]
        rows.append([_cell(one, other) for one, other in zip(shown, written, strict=True)])
        if len(rows) > MOST_ROWS:
            raise BookError(f"has more than {MOST_ROWS:,} rows")
    return rows


def _cell(shown: Any, written: Any) -> Any:
    """What a cell says; a formula says what it came to when the workbook was last saved."""
    value = shown.value
    if getattr(written, "data_type", "") == "f" and value is None:
        return _Mistake("is a formula that nothing has worked out yet; open the workbook, save it, and read it again")
    if getattr(shown, "data_type", "") == "e":
        return _Mistake(f"is the error {value}; allowed: a number, a text, or nothing")
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, float)):
        return _number(value)
    return _Mistake(f"is a {type(value).__name__}, {value!s:.40}; allowed: a number or a text: format the cell so")


def _number(value: float) -> Any:
    """A number that knows to how many digits it is given: as few as tell it from every other."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        return _Mistake("is no finite number")
    return Printed.read(str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number))


def _lines(found: Found, sheets: Mapping[str, list[list[Any]]], sheet: str, allowed: Sequence[str]) -> Iterator[Line]:
    """The rows of a sheet below its header that say something and whose they are."""
    rows = sheets.get(sheet) or []
    if not rows:
        return
    wrong = len(found.wrong)
    letters = _header(found, rows[0], sheet, allowed)
    if len(found.wrong) > wrong:
        return  # what stands under a name that is not known would be missed, or told, row by row
    if "id" not in letters:
        found.wrong.append((f"sheet {sheet!r} cell A1", "id", f"no column id; allowed: {', '.join(allowed)}"))
        return
    places = {name: k for k, name in enumerate(rows[0]) if name in letters}
    for number, cells in enumerate(rows[1:], 2):
        values = {name: cells[k] for name, k in places.items() if k < len(cells) and cells[k] is not None}
        beyond = [k for k, cell in enumerate(cells) if cell is not None and k not in places.values()]
        line = Line(sheet, number, letters, _sound(found, Line(sheet, number, letters, values)))
        if beyond:
            at = f"sheet {sheet!r} cell {_letters(beyond[0])}{number}"
            found.wrong.append((at, line.id or "cell", "stands under no name of a column; allowed: notes in `note`"))
        if values and not line.id:
            found.wrong.append((line.at("id"), "id", "missing; every row that says something needs it"))
        elif values:
            yield line


def _header(found: Found, cells: Sequence[Any], sheet: str, allowed: Sequence[str]) -> dict[str, str]:
    """The letters of the columns that there are, by name."""
    letters: dict[str, str] = {}
    for k, cell in enumerate(cells):
        at = f"sheet {sheet!r} cell {_letters(k)}1"
        if cell is None:
            continue
        if not isinstance(cell, str) or cell not in allowed:
            word = cell if isinstance(cell, str) else str(getattr(cell, "text", cell))
            hint = spelling_hint(word, allowed)
            found.wrong.append((at, "column", f"{short(word)} is no column; allowed: {', '.join(allowed)}{hint}"))
        elif cell in letters:
            found.wrong.append((at, cell, "named twice; allowed: each column once"))
        else:
            letters[cell] = _letters(k)
    return letters


def _letters(k: int) -> str:
    """The letters of a column, counted from 0."""
    return (_letters(k // 26 - 1) if k >= 26 else "") + chr(ord("A") + k % 26)


def _sound(found: Found, line: Line) -> dict[str, Any]:
    """The cells of a row that can be something; the others are told."""
    told = {name: value for name, value in line.values.items() if isinstance(value, _Mistake)}
    identity = line.values.get("id")
    name = identity if isinstance(identity, str) else "cell"
    for column, mistake in told.items():
        found.wrong.append((line.at(column), f"{name}.{column}", mistake.text))
    if identity is not None and not isinstance(identity, (str, _Mistake)):
        found.wrong.append((line.at("id"), "id", f"{short(identity)} is no text; allowed: an id"))
    return {n: v for n, v in line.values.items() if n not in told and (n != "id" or isinstance(v, str))}


# --- what the cells mean --------------------------------------------------------------------------


def _record(found: Found, line: Line, tables: Sequence[Line]) -> dict[str, Any]:
    """A record as a table of TOML holds it."""
    record: dict[str, Any] = {}
    for name, value in line.values.items():
        if name in ("id", "distribution", "together", "value", *NUMBERS):
            continue
        right = isinstance(value, bool) if name in TRUTHS else isinstance(value, str)
        record[name] = _as_year(value) if name == "price_year" and not right else value
        found.cells[line.id, name] = line.at(name)
    interval = [_wanted(found, line, name) for name in INTERVAL if name in line.values]
    if interval:
        record["interval"] = interval
        found.cells[line.id, "interval"] = line.at(next(n for n in INTERVAL if n in line.values))
    family = line.values.get("distribution")
    if family is None:
        record |= _value(found, line, tables)
    else:
        record["distribution"] = {str(family): _arguments(found, line, str(family), tables)}
    return record


def _as_year(value: Any) -> Any:
    """2024, as a number, is a year."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else value


def _value(found: Found, line: Line, tables: Sequence[Line]) -> dict[str, Any]:
    """The number or expression of a record without a distribution."""
    given = [n for n in (*ARGUMENTS, "together") if n in line.values]
    found.cells[line.id, "distribution"] = line.at("distribution")
    for name in given:
        text = "stands beside no distribution; allowed: the name of one in `distribution`"
        found.wrong.append((line.at(name), f"{line.id}.{name}", text))
    for part in tables[:1]:
        found.wrong.append((part.at("id"), f"{line.id}.{part.values.get('part')}", "its record has no distribution"))
    if "value" not in line.values:
        return {}
    value = line.values["value"]
    found.cells[line.id, "value"] = line.at("value")
    if isinstance(value, str) and (meant := _meant(value)):
        found.wrong.append((line.at("value"), f"{line.id}.value", f"{short(value)} is text, no number{meant}"))
        return {"value": Printed.read("0")}
    return {"value": value}


def _arguments(found: Found, line: Line, family: str, tables: Sequence[Line]) -> dict[str, Any]:
    where: Key = (line.id, "distribution", family)
    found.cells[where[:2]] = found.cells[where] = line.at("distribution")
    arguments: dict[str, Any] = {}
    for name in ("value", *ARGUMENTS):
        if name in line.values:
            arguments[name] = _wanted(found, line, name)
            found.cells[*where, name] = line.at(name)
    if "together" in line.values:
        arguments["together"] = line.values["together"]
    for part in tables:
        _add_part(found, arguments, part, where)
    return arguments


def _add_part(found: Found, arguments: dict[str, Any], line: Line, where: Key) -> None:
    """A row of a table of a distribution: one of a list, or of a table by one name or two."""
    part, one, other = (line.values.get(name) for name in ("part", "of", "with"))
    told = [n for n, v in (("part", part), ("of", one), ("with", other)) if v is not None and not isinstance(v, str)]
    if part is None or told or "value" not in line.values:
        column = told[0] if told else "part" if part is None else "value"
        found.wrong.append((line.at(column), f"{line.id}.{column}", "missing, or no text; allowed: as in README"))
        return
    value = _wanted(found, line, "value")
    found.cells.setdefault((*where, str(part)), line.at("part"))
    if one is None:
        into: Any = arguments.setdefault(part, [])
        right = isinstance(into, list)
        if right:
            into.append(value)
    else:
        into = arguments.setdefault(part, {})
        right = isinstance(into, dict)
        if right and other is not None:
            into = into.setdefault(one, {})
            right = isinstance(into, dict)
        key = str(one if other is None else other)
        if right and key in into:
            found.wrong.append((line.at("of"), f"{line.id}.{part}.{key}", "given twice; allowed: once"))
        if right:
            into[key] = value
    if not right:
        found.wrong.append((line.at("part"), f"{line.id}.{part}", "is of another form than the rows before it"))


def _wanted(found: Found, line: Line, column: str) -> Any:
    """The number in a cell; what else stands there is told, and taken for 0 so that nothing more is said of it."""
    value = line.values[column]
    if isinstance(value, float):
        return value
    text = f"{short(value)} is {'text' if isinstance(value, str) else 'yes or no'}, no number"
    found.wrong.append((line.at(column), f"{line.id}.{column}", text + _meant(str(value))))
    return Printed.read("0")


def _meant(text: str) -> str:
    """How a text that looks like a number is to be typed; "" for any other."""
    plain = text.strip().rstrip("%").strip()
    if len(plain) > 40 or not re.fullmatch(r"[-+]?[\d ,.'\u00a0]*\d", plain):
        return ""
    return "; type it as a number, in the cell's own format and with the decimal mark of your program"


def _source(found: Found, line: Line) -> dict[str, Any]:
    """A source as a table of TOML holds it."""
    told: dict[str, Any] = {}
    for name, value in line.values.items():
        if name == "id":
            continue
        found.cells["sources", line.id, name] = line.at(name)
        if name in SOURCE_LISTS and isinstance(value, str):
            told[name] = [part.strip() for part in value.split(",") if part.strip()]
        elif name in ("year", "n") and isinstance(value, float) and value.is_integer():
            told[name] = int(value)
        else:
            told[name] = value
    return told
