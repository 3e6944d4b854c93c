"""Headings, lines and tables on a terminal or in a pipe of any width."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from simulate.present.english.numbers import clean

PLAIN_WIDTH = 110  # columns where there is no terminal to ask

GAP = 3  # between columns
HEADERS = (24, 16, 0)  # characters that the name of a column may have on one line, the first that fits


def plain_console() -> Console:
    """A console that wraps as a terminal does, or at a fixed width elsewhere."""
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)


def heading(text: str) -> Text:
    """A heading, with an empty line above it."""
    return Text(f"\n{clean(text)}", style="bold")


def text_line(text: str, style: str = "") -> RenderableType:
    """A line of text."""
    return Text(clean(text), style=style)


def numbered(texts: Sequence[str]) -> Table:
    """Numbered lines, what is wrapped hanging under the text."""
    grid = Table.grid(padding=(0, 1))
    for i, text in enumerate(texts, 1):
        grid.add_row(Text(f"{i:3}."), Text(clean(text)))
    return grid


def make_table(width: int, columns: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> Table:
    """A table of `width` whose first `left` columns are words and the others figures, which are never broken."""
    cells = [[[clean(line) for line in cell.split("\n")] for cell in row] for row in rows]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="")
    lines = [[line for row in cells for line in row[k]] for k in range(len(columns))]
    widths = _widths(width, columns, lines, left)
    for k, name in enumerate(columns):
        side: Any = "left" if k < left else "right"
        table.add_column(Text(clean(name)), justify=side, overflow="fold", width=widths[k])
    for row in cells:
        table.add_row(*(Text("\n".join(lines)) for lines in row))
    return table


def drawn(parts: tuple[str, Sequence[str], Iterable[Sequence[str]]], width: int | None = None) -> str:
    """A table under its title as text, for what is put together from lines; as wide as the console or so many."""
    title, columns, rows = parts
    console = plain_console()
    with console.capture() as seen:
        console.print(make_table(width or console.width, columns, rows))
    table = "\n".join(line.rstrip() for line in seen.get().rstrip().split("\n"))
    return f"\n{clean(title)}\n{table}\n"


def _widths(width: int, columns: Sequence[str], lines: Sequence[Sequence[str]], left: int) -> Sequence[int | None]:
    """Widths at which figures and words stay whole; None for each, which leaves it to rich, where nothing fits."""
    words = [_longest(w for line in [columns[k], *lines[k]] for w in line.split()) for k in range(left)]
    wanted = [_longest([columns[k], *lines[k]]) - words[k] for k in range(left)]
    for header in HEADERS:
        figures = [_figure_width(columns[k], lines[k], header) for k in range(left, len(columns))]
        spare = width - sum(words) - sum(figures) - GAP * (len(columns) - 1)
        if spare >= (0 if header == HEADERS[-1] else sum(wanted)):
            return [*_shared_out(spare, words, wanted), *figures]
    return [None] * len(columns)


def _figure_width(name: str, lines: Sequence[str], header: int) -> int:
    """Room for every figure and every word of the name, and for `header` characters of the name on a line."""
    return max(_longest(lines), _longest(name.split()), min(len(name), header))


def _shared_out(spare: int, words: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """The columns of words with what is to spare, each as it wants or in proportion."""
    share = min(1.0, spare / max(sum(wanted), 1))
    return [w + int(more * share) for w, more in zip(words, wanted, strict=True)]


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)
