"""Frames and arrays as plain rows and numbers, and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.evaluate.decision.table import Table
from simulate.evaluate.uncertainty.precision import number_or_none

if TYPE_CHECKING:
    import pandas as pd


def rows_of(frame: pd.DataFrame | Table) -> list[dict[str, Any]]:
    """A table as JSON holds it: a mapping a row, None for what is not a finite number."""
    rows = frame.rows() if isinstance(frame, Table) else frame.astype(object).to_dict("records")
    return [{str(k): number_or_none(v) if isinstance(v, float) else v for k, v in row.items()} for row in rows]


def json_text(data: Any) -> str:
    """`data` as JSON; ``ValueError`` where a number is not finite, ``TypeError`` for what JSON has no word for."""
    return json.dumps(data, indent=2, allow_nan=False, default=_item)


def _item(value: object) -> object:
    """A number of numpy's as one of Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot stand in JSON")
