"""Numbers as people and programs write them: with a point or a comma, with thousands apart, or not at all.

Which mark the decimals have is seen from cells that can be read in one way only. Where all that hold a mark can be
read in two (1,234 is a thousand or about one), there is no seeing it, and the reader is asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parameters.files.as_saved.grids import COMMA, POINT, Cell, Grid
from parameters.ground.mistakes import LARGEST, MOST_TOLD, InputError, Problem, short
from parameters.ground.spoken import option
from parameters.money.currencies import without_sign

Floats = npt.NDArray[np.float64]

MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", ".", "-", "#value!", "#div/0!", "#ref!", "#num!"}
INFINITE = {"inf", "infinity"}
LONGEST = 60  # characters of a number
_NUMBER = {
    mark: re.compile(rf"\s*[-+]?(?:\d+(?:{re.escape(mark)}\d*)?|{re.escape(mark)}\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)
    for mark in (POINT, COMMA)
}
_GROUPED = {
    POINT: re.compile(
        r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?|[-+]?\d{1,3}(?:([ '\u2019])\d{3})(?:\1\d{3})*(?:\.\d*)?", re.ASCII
    ),
    COMMA: re.compile(
        r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d*)?|[-+]?\d{1,3}(?:([ '\u2019])\d{3})(?:\1\d{3})*(?:,\d*)?", re.ASCII
    ),
}
_SPACES = re.compile("[\u00a0\u202f\u2009]")
# Of a cell that holds marks: readable with one of them as the mark of decimals only.
_SURE = {
    POINT: re.compile(
        r"[-+]?0*\.\d+|[-+]?0+\.\d*|[-+]?\d{4,}\.\d*|[-+]?\d*\.(?:\d{0,2}|\d{4,})|[-+]?\d+(?:,\d{3})+\.\d*", re.ASCII
    ),
    COMMA: re.compile(
        r"[-+]?0*,\d+|[-+]?0+,\d*|[-+]?\d{4,},\d*|[-+]?\d*,(?:\d{0,2}|\d{4,})|[-+]?\d+(?:\.\d{3})+,\d*", re.ASCII
    ),
}
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+", re.ASCII)
_EXPONENT = re.compile(r"([.,])\d*[eE]|^[-+]?\d([.,])\d+[eE]", re.ASCII)
OTHER = {POINT: COMMA, COMMA: POINT}
WORDS = {POINT: "point", COMMA: "comma"}


def decimal_mark(grid: Grid, columns: Sequence[int]) -> str:
    """The mark of decimals in these columns of a table; ``InputError`` where there are two readings."""
    if grid.decimals is not None:
        return grid.decimals
    doubtful: tuple[int, int, str] | None = None
    for line, cells in grid.lines():
        for k in columns:
            text = cells[k]
            if not isinstance(text, str) or (POINT not in text and COMMA not in text):
                continue
            if (found := _mark_of(text.strip())) is not None:
                return found
            if doubtful is None and _is_doubtful(text.strip()) and (COMMA in text or not grid.commas_between):
                doubtful = (line, k, text.strip())
    if doubtful is None:
        return POINT
    line, k, text = doubtful
    mark = POINT if POINT in text else COMMA
    whole, part = text.replace(mark, ""), text.replace(mark, ".")
    raise InputError(
        [
            grid.wrong(
                line,
                grid.header[k],
                f"{short(text)} is {whole} or {part}, and no other cell says which; say it:"
                f" {option('decimal', WORDS[OTHER[mark]])} for {whole}, {option('decimal', WORDS[mark])} for {part}",
            )
        ]
    )


def _mark_of(text: str) -> str | None:
    if len(text) > LONGEST:
        return None
    if found := _EXPONENT.search(text):
        return found[1] or found[2]
    if found := _THOUSANDS.fullmatch(text):
        return OTHER[found[1]]
    sure = [mark for mark, pattern in _SURE.items() if pattern.fullmatch(text)]
    return sure[0] if len(sure) == 1 else None


def _is_doubtful(text: str) -> bool:
    return re.fullmatch(r"[-+]?[1-9]\d{0,2}[.,]\d{3}", text, re.ASCII) is not None


@dataclass(frozen=True, eq=False)
class Numbers:
    """Columns of a table as numbers, [line, column]; NaN where a cell is none, which `problems` tell."""

    values: Floats
    lines: tuple[int, ...]  # their numbers in the file
    problems: tuple[Problem, ...]


def numbers(grid: Grid, columns: Sequence[int], mark: str) -> Numbers:
    """The cells of `columns`; what is missing, infinite or no number is told by line and column."""
    rows: list[Floats] = []
    lines: list[int] = []
    problems: list[Problem] = []
    plain = re.compile(f"(?:{_NUMBER[mark].pattern})(?:\x1f(?:{_NUMBER[mark].pattern}))*", re.ASCII)
    whole = list(columns) == list(range(len(grid.header)))
    for line, cells in grid.lines():
        chosen = cells if whole else [cells[k] for k in columns]
        row = _quick(chosen, plain, mark)
        if row is None:
            row = np.array([_told(grid, line, k, cells[k], mark, problems) for k in columns], dtype=np.float64)
        rows.append(row)
        lines.append(line)
    values = np.array(rows) if rows else np.empty((0, len(columns)))
    return Numbers(values, tuple(lines), tuple(problems))


def _quick(cells: Sequence[Cell], plain: re.Pattern[str], mark: str) -> Floats | None:
    """A line of plain numbers; None where one cell is none."""
    try:
        joined = "\x1f".join(cells)  # type: ignore[arg-type]
    except TypeError:  # cells of a workbook
        return None
    if plain.fullmatch(joined) is None:
        return None
    joined = joined.replace(COMMA, POINT) if mark == COMMA else joined
    row = np.array([float(text) for text in joined.split("\x1f")])
    return row if row.size == 0 or np.abs(row).max() <= LARGEST else None


def _told(grid: Grid, line: int, k: int, cell: Cell, mark: str, problems: list[Problem]) -> float:
    found = number_of(cell, mark)
    if isinstance(found, str):
        if len(problems) <= MOST_TOLD:
            problems.append(grid.wrong(line, grid.header[k], found))
        return math.nan
    return found


def number_of(cell: Cell, mark: str) -> float | str:
    """A cell as a number, or what is wrong with it in words."""
    if cell is None:
        return "missing"
    value = _parsed(cell, mark) if isinstance(cell, str) else float(cell)
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return "missing (nan)"
    if math.isinf(value):
        return "infinite; must be finite"
    return value if abs(value) <= LARGEST else f"{cell!s:.20} is too large; allowed: up to {LARGEST:g}"


def _parsed(cell: str, mark: str) -> float | str:
    text = _SPACES.sub(" ", cell).strip()
    if text.lower() in MISSING:
        return f"missing ({short(text)})" if text else "missing"
    if text.lstrip("+-").lower() in INFINITE:
        return f"{short(text)} is infinite; must be finite"
    if len(text) <= LONGEST:
        if _NUMBER[mark].fullmatch(text):
            return float(text.replace(COMMA, POINT) if mark == COMMA else text)
        if _GROUPED[mark].fullmatch(text):
            bare = re.sub(r"[ '\u2019]", "", text.replace(OTHER[mark], ""))
            return float(bare.replace(COMMA, POINT))
    return f"{short(cell)} is no number{_hint(text, mark)}"


def _hint(text: str, mark: str) -> str:
    if len(text) <= LONGEST and _NUMBER[OTHER[mark]].fullmatch(text):
        return f" (decimals have a {WORDS[mark]} elsewhere in this table; or {option('decimal', WORDS[OTHER[mark]])})"
    plain = without_sign(text[:LONGEST]).removesuffix("%")
    if plain != text[:LONGEST] and re.fullmatch(r"[-\d.,]+\s?", plain):
        return "; write it without the sign"
    return ""
