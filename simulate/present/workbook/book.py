"""Writing a workbook: text, numbers and formulas with the values that they come to; the same bytes each time."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from simulate.present.english.numbers import clean

MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # of every workbook: its bytes say nothing of when
LONGEST = 32_000  # characters of a cell; Excel allows 32,767
MOST_ROWS = 1_048_576
MOST_WIDE = 255  # columns that are given a width
FORMATS: dict[str, dict[str, Any]] = {
    "plain": {},
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4"},
    "text": {"text_wrap": True, "valign": "top"},
    "money": {"num_format": "#,##0.00;[Red]-#,##0.00"},
    "number": {"num_format": "#,##0.0000;[Red]-#,##0.0000"},
    "share": {"num_format": "0.0%"},
    "whole": {"num_format": "#,##0"},
    "any": {"num_format": "General"},
    "exact": {},  # of text: as it is, line breaks and all
    "input": {"bg_color": "#FFF2CC", "border": 1, "num_format": "General"},
}


class Formula(NamedTuple):
    """A formula, and what it comes to: shown by what cannot work formulas out."""

    text: str
    value: float | str


class Cell(NamedTuple):
    """Something with a format of ``FORMATS``."""

    of: float | str | Formula | None
    format: str = "plain"


Given = Cell | Formula | float | str | None


def column(k: int) -> str:
    """The letters of a column, counted from 0."""
    return str(xl_col_to_name(k))


class _Exact(float):
    """A number that is written with as many digits as tell it from every other: the library writes sixteen."""

    def __format__(self, spec: str) -> str:
        return repr(float(self)).upper()


class _Plain(Worksheet):  # type: ignore[misc]
    """A sheet whose formulas are written as they stand: they hold no function that Excel has since renamed."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


class Book:
    """A workbook in the making; sheets and their rows are written in order."""

    def __init__(self, title: str) -> None:
        self._out = io.BytesIO()
        never = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        self._book = xlsxwriter.Workbook(self._out, {"in_memory": True, **never})
        self._book.set_properties({"title": clean(title)[:250], "created": MADE})
        self._formats = {name: self._book.add_format(given) for name, given in FORMATS.items()}
        quoted = {name: self._book.add_format({**given, "quote_prefix": True}) for name, given in FORMATS.items()}
        self._quoted = quoted

    def sheet(self, name: str, widths: Sequence[float], frozen: tuple[int, int] = (0, 0)) -> Sheet:
        """A new sheet with columns of these widths, the rest as the last; rows and columns that stay in sight."""
        sheet = self._book.add_worksheet(name, _Plain)
        for k, width in enumerate(widths):
            sheet.set_column(k, k if k < len(widths) - 1 else MOST_WIDE, width)
        if frozen != (0, 0):
            sheet.freeze_panes(*frozen)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)  # as wide as a page, as long as it takes
        return Sheet(self, sheet)

    def chart(self, given: dict[str, Any]) -> Any:
        """A chart to be put into a sheet."""
        return self._book.add_chart(given)

    def content(self) -> bytes:
        """The bytes of the file."""
        self._book.close()
        return self._out.getvalue()

    def put(self, sheet: Any, row: int, col: int, given: Given) -> None:
        """Write one cell; text is never taken for a formula, an address or a number."""
        cell = given if isinstance(given, Cell) else Cell(given)
        look, of = self._formats[cell.format], cell.of
        if isinstance(of, Formula):
            sheet.write_formula(row, col, f"={of.text}", look, _shown(of.value))
        elif isinstance(of, bool):
            sheet.write_boolean(row, col, of, look)
        elif isinstance(of, str):
            text = of[:LONGEST] if cell.format == "exact" else clean(of)[:LONGEST]
            sheet.write_string(row, col, text, self._quoted[cell.format] if text[:1] in tuple("=+-@") else look)
        elif of is not None and math.isfinite(of):
            sheet.write_number(row, col, _Exact(of), look)
        else:
            sheet.write_blank(row, col, None, look)


def _shown(value: float | str) -> float | str:
    return value if isinstance(value, str) or math.isfinite(value) else ""


class Sheet:
    """A sheet in the making."""

    def __init__(self, book: Book, sheet: Any) -> None:
        self.inner, self._book, self._next = sheet, book, 0

    def row(self, *cells: Given, height: float | None = None) -> int:
        """Write a row below the last, and say its number, from 1."""
        if height is not None:
            self.inner.set_row(self._next, height)
        for col, given in enumerate(cells):
            if given is not None:
                self._book.put(self.inner, self._next, col, given)
        self._next += 1
        return self._next

    def rows(self, rows: Iterable[Sequence[Given]]) -> None:
        """Write several."""
        for cells in rows:
            self.row(*cells)

    def numbers(self, rows: Iterable[Sequence[float]], first: int = 0) -> None:
        """Write rows of numbers alone, quickly."""
        write = self.inner.write_number
        for row in rows:
            for col, value in enumerate(row, first):
                write(self._next, col, _Exact(value))
            self._next += 1
