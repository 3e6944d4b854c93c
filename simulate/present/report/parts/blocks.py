"""Blocks of a page: headings, paragraphs, lists, tables and drawings, as plain data that a template sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import ClassVar

from markupsafe import Markup
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from simulate.present.english.numbers import clean


@dataclass(frozen=True)
class Heading:
    """A title within a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Line:
    """A paragraph; one that `warns` is set apart."""

    kind: ClassVar[str] = "line"
    text: str
    warns: bool = False


@dataclass(frozen=True)
class Listing:
    """Numbered lines."""

    kind: ClassVar[str] = "listing"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """Words in a cell that lead to an address."""

    text: str
    address: str


Cell = str | Link


@dataclass(frozen=True)
class Grid:
    """A table whose first `left` columns are words and the others figures; a cell may hold several lines."""

    kind: ClassVar[str] = "grid"
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left: int = 1
    name: str = ""  # an id in the page
    caption: str = ""
    notes: tuple[str, ...] = ()  # beneath each row; none at all, or one a row


@dataclass(frozen=True)
class Chart:
    """A drawing with what it shows in words; `name` is its id in the page, `key` the class and label of each mark."""

    kind: ClassVar[str] = "chart"
    name: str
    caption: str
    drawing: Markup
    key: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Charts:
    """Drawings side by side, where there is room."""

    kind: ClassVar[str] = "charts"
    charts: tuple[Chart, ...]


Block = Heading | Line | Listing | Grid | Chart | Charts


@dataclass(frozen=True)
class Section:
    """A part of the page under a title; `name` is its id."""

    name: str
    title: str
    blocks: tuple[Block, ...] = field(default=())


def section(name: str, title: str, blocks: Iterable[Block]) -> Section | None:
    """A section, or None where it has nothing to say."""
    found = tuple(_side_by_side(blocks))
    return Section(name, title, found) if found else None


def _side_by_side(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with drawings that follow one another in one."""
    for are_charts, some in groupby(blocks, key=lambda b: isinstance(b, Chart)):
        run = list(some)
        charts = tuple(b for b in run if isinstance(b, Chart))
        yield from [Charts(charts)] if are_charts and len(run) > 1 else run


def of_terminal(pieces: Iterable[RenderableType]) -> Iterator[Block]:
    """What a terminal is told, as blocks: the page says the same words."""
    for piece in pieces:
        if isinstance(piece, Text):
            yield _text(piece)
        elif isinstance(piece, Table):
            yield _table(piece)
        else:
            raise TypeError(f"{type(piece).__name__} is none of what the terminal's sections yield")


def without_first_heading(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks less a heading that would say what the section's own title says."""
    for number, block in enumerate(blocks):
        if number or not isinstance(block, Heading):
            yield block


def _text(piece: Text) -> Block:
    words = clean(piece.plain)
    return Heading(words) if piece.style == "bold" else Line(words, piece.style == "yellow")


def _table(piece: Table) -> Block:
    columns = [[_lines(cell) for cell in column.cells] for column in piece.columns]
    rows = list(zip(*columns, strict=True))
    if not piece.show_header:  # a list: numbers, and what they stand before
        return Listing(tuple(row[-1] for row in rows))
    left = next((k for k, c in enumerate(piece.columns) if c.justify == "right"), len(piece.columns))
    return Grid(tuple(_lines(c.header) for c in piece.columns), tuple(rows), left)


def _lines(cell: RenderableType) -> str:
    """A cell's lines, without what no page holds."""
    text = cell.plain if isinstance(cell, Text) else str(cell)
    return "\n".join(clean(line) for line in text.split("\n"))


def grid(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    left: int = 1,
    name: str = "",
    caption: str = "",
    notes: Sequence[str] = (),
) -> Grid:
    """A table of what comes from files, cleaned of control characters."""
    told = tuple(tuple(_clean(cell) for cell in row) for row in rows)
    return Grid(tuple(clean(c) for c in columns), told, left, name, clean(caption), tuple(map(clean, notes)))


def _clean(cell: Cell) -> Cell:
    return cell if isinstance(cell, Link) else _lines(cell)
