"""Frames and arrays as plain rows and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulate.evaluate.uncertainty.precision import number_or_none

if TYPE_CHECKING:
    import pandas as pd


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as JSON holds it: a mapping a row, None for what is not a finite number."""
    rows = frame.astype(object).to_dict("records")
    return [{str(k): number_or_none(v) if isinstance(v, float) else v for k, v in row.items()} for row in rows]
