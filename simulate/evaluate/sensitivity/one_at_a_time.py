"""One parameter at a time: how far an outcome moves as each input goes from its low to its high value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulate.evaluate.decision.acceptability import refuse_repeated

if TYPE_CHECKING:
    import pandas as pd


COLUMNS = (
    "parameter", "low_input", "high_input", "outcome_at_low", "outcome_at_high", "base", "swing", "direction",
)  # fmt: skip


def tornado(
    names: Sequence[str],
    outcome_at_low: npt.ArrayLike,
    outcome_at_high: npt.ArrayLike,
    base: float,
    low_input: npt.ArrayLike | None = None,
    high_input: npt.ArrayLike | None = None,
    *,
    nothing_below: float = 0.0,
) -> pd.DataFrame:
    """One row a parameter, widest swing first, ties by name; outcomes and inputs [parameters], `base` the base case's.

    `swing` is the reach of the outcome over low input, base case and high input. `direction`: "rises" or "falls" as
    the input rises; "turns" where both ends lie on one side of the base case; "none" where nothing moves by more than
    `nothing_below` (rounding).
    ``ValueError`` on arrays of other lengths than `names`.
    """
    import pandas as pd

    refuse_repeated(names, "names")
    at_low, at_high = (np.asarray(x, dtype=np.float64) for x in (outcome_at_low, outcome_at_high))
    nothing = np.full(len(names), np.nan)
    low, high = (nothing if x is None else np.asarray(x, dtype=np.float64) for x in (low_input, high_input))
    for what, values in (("outcome_at_low", at_low), ("outcome_at_high", at_high), ("inputs", low), ("inputs", high)):
        if values.shape != (len(names),):
            raise ValueError(f"{what}: shape {values.shape}; expected ({len(names)},), one for each name")
    ends = np.stack([at_low, at_high, np.full(len(names), float(base))])
    swing = np.ptp(ends, axis=0) if len(names) else nothing
    directions = [
        _direction(a, b, float(base)) if s > nothing_below else "none"
        for a, b, s in zip(at_low, at_high, swing, strict=True)
    ]
    rows = zip(names, low, high, at_low, at_high, ends[2], swing, directions, strict=True)
    ordered = sorted(rows, key=lambda row: (-float(row[6]), row[0]))
    return pd.DataFrame(ordered, columns=list(COLUMNS))


def _direction(at_low: float, at_high: float, base: float) -> str:
    if (at_low - base) * (at_high - base) > 0:
        return "turns"
    return "rises" if at_high > at_low else "falls"
