"""Tables of HTML for a notebook: everything escaped, and no style, so that the notebook's own colours hold."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from simulate.present.english.numbers import clean, number

LONGEST = 120  # characters of a cell or line
ROWS = 15  # of a table
COLUMNS = 9


def line(text: str, *, strong: bool = False) -> str:
    """A paragraph."""
    told = _text(text, 4 * LONGEST)
    return f"<p><b>{told}</b></p>" if strong else f"<p>{told}</p>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> str:
    """A table of words, with a line below it where rows were left out."""
    top = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows[:ROWS])
    above = f"<caption>{_text(caption, 4 * LONGEST)}</caption>" if caption else ""
    left = len(rows) - ROWS
    more = line(f"{left} more are not shown.") if left > 0 else ""
    return f"<table>{above}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{more}"


def frame(found: pd.DataFrame, caption: str = "") -> str:
    """The first rows and columns of a table of numbers."""
    kept = list(found.columns[:COLUMNS])
    rows = [[cell(value) for value in row] for row in found[kept].itertuples(index=False, name=None)]
    left = found.shape[1] - len(kept)
    return table([str(c) for c in kept], rows, caption) + (line(f"{left} more columns are not shown.") if left else "")


def cell(value: object) -> str:
    """A value as it stands in a table; nothing for what there is not."""
    if isinstance(value, bool | str) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else number(float(value), 4)
    return str(value)


def _text(text: str, longest: int = LONGEST) -> str:
    tidy = clean(text)
    return escape(tidy if len(tidy) <= longest else f"{tidy[: longest - 1]}…")
