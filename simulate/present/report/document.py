"""The report as a document for Word, which its author goes on with: sections of the page, and pictures for drawings.

Text goes in as text: there is no field, no macro and no link in it, whatever labels say. The same report gives the same
bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from parameters.ground.mistakes import MissingExtra
from simulate.present.english.numbers import clean
from simulate.present.figures.gallery import Picture
from simulate.present.report.parts.blocks import Block, Cell, Chart, Charts, Grid, Heading, Line, Link, Listing, Section

MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # of every document: its bytes say nothing of when
ZIPPED = (1980, 1, 1, 0, 0, 0)  # of every part: the earliest that an archive can say
PAPER, MARGIN = (29.7, 21.0), 1.8  # cm: A4 on its side, for tables of seven columns
POINTS, OF_TABLES = 10, 8  # of letters
GRIDS = "Table Grid"  # a style of the library's own template
LONGEST_TITLE = 250  # that a document's properties hold


def library() -> Any:
    """The library that writes documents; ``MissingExtra`` says how to get it."""
    try:
        return import_module("docx")
    except ImportError as fault:
        raise MissingExtra("a document for Word needs python-docx: pip install python-docx") from fault


def document(title: str, sections: Iterable[Section], pictures: Sequence[Picture] = ()) -> bytes:
    """Sections, and the pictures behind them, as the content of a file; ``MissingExtra`` as for ``library``."""
    made = library().Document()
    _lay_out(made, title)
    made.add_heading(clean(title), 0)
    for one in sections:
        made.add_heading(clean(one.title), 1)
        for block in one.blocks:
            PUT[type(block)](made, block)
    if pictures:
        made.add_heading("Figures", 1)
    for picture in pictures:
        _put_picture(made, picture)
    out = io.BytesIO()
    made.save(out)
    return _undated(out.getvalue())


def _lay_out(made: Any, title: str) -> None:
    """Paper, letters, and properties that say nothing of the machine."""
    cm, points = import_module("docx.shared").Cm, import_module("docx.shared").Pt
    page = made.sections[0]
    page.page_width, page.page_height = map(cm, PAPER)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = cm(MARGIN)
    made.styles["Normal"].font.size = points(POINTS)
    properties = made.core_properties
    properties.title, properties.author, properties.last_modified_by = clean(title)[:LONGEST_TITLE], "", ""
    properties.created = properties.modified = MADE
    properties.comments, properties.revision = "", 1


# --- blocks ---------------------------------------------------------------------------------------


def _put_heading(made: Any, block: Heading) -> None:
    made.add_heading(clean(block.text), 2)


def _put_line(made: Any, block: Line) -> None:
    made.add_paragraph().add_run(clean(block.text)).bold = block.warns or None


def _put_listing(made: Any, block: Listing) -> None:
    for number, item in enumerate(block.items, 1):
        made.add_paragraph(f"{number}. {clean(item)}")


def _put_nothing(made: Any, block: Chart | Charts) -> None:
    """A drawing of the page, in whose place the pictures stand."""


def _put_grid(made: Any, block: Grid) -> None:
    if block.caption:
        made.add_paragraph().add_run(clean(block.caption)).italic = True
    rows = [*_rows(block)]
    table = made.add_table(len(rows), len(block.columns), GRIDS)
    size = import_module("docx.shared").Pt(OF_TABLES)
    if any(block.columns):  # the head comes again on every page
        table.rows[0]._tr.get_or_add_trPr().append(import_module("docx.oxml").OxmlElement("w:tblHeader"))
    for n, (row, told) in enumerate(zip(table.rows, rows, strict=True)):
        cells = row.cells
        if len(told) < len(cells):
            cells = [cells[0].merge(cells[-1])]
        for cell, text in zip(cells, told, strict=True):
            run = cell.paragraphs[0].add_run(text)
            run.font.size, run.font.bold = size, True if n == 0 and any(block.columns) else None
    made.add_paragraph()


def _rows(block: Grid) -> Iterator[tuple[str, ...]]:
    """The head, where there is one, and rows; a note stands in a row of one cell beneath its own."""
    if any(block.columns):
        yield tuple(map(_lines, block.columns))
    for k, row in enumerate(block.rows):
        yield tuple(_cell(cell, whole=block.left >= len(block.columns)) for cell in row)
        if block.notes and block.notes[k]:
            yield (_lines(block.notes[k]),)


def _cell(cell: Cell, *, whole: bool) -> str:
    """A cell's text; in a table of words alone a link's address stands behind it, to be read."""
    if isinstance(cell, Link):
        return clean(f"{cell.text} {cell.address}" if whole else cell.text)
    return _lines(cell)


def _lines(text: str) -> str:
    return "\n".join(clean(line) for line in text.split("\n"))


def _put_picture(made: Any, picture: Picture) -> None:
    width = import_module("docx.shared").Cm(PAPER[0] - 2 * MARGIN - 5)
    shape = made.add_picture(io.BytesIO(picture.png), width=width)
    shape._inline.docPr.set("descr", clean(picture.words))  # for who cannot see it; the library has no door to it
    made.add_paragraph().add_run(clean(picture.title)).italic = True


PUT: Mapping[type[Block], Callable[[Any, Any], None]] = {
    Heading: _put_heading,
    Line: _put_line,
    Listing: _put_listing,
    Grid: _put_grid,
    Chart: _put_nothing,
    Charts: _put_nothing,
}


def _undated(content: bytes) -> bytes:
    """The same archive, whose parts do not say when they were packed."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as parts, ZipFile(out, "w", ZIP_DEFLATED) as fixed:
        for part in parts.infolist():
            entry = ZipInfo(part.filename, ZIPPED)
            entry.external_attr, entry.compress_type, entry.create_system = 0o644 << 16, ZIP_DEFLATED, 3
            fixed.writestr(entry, parts.read(part))
    return out.getvalue()
