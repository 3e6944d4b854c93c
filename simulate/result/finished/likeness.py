"""Columns that tell nothing of their own: the same in every draw, or another column in other words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from parameters.arrays import Bools, Floats

DIGITS = 9  # to which two columns in standard units are the same
BLOCK = 500  # columns at a time


def constant(values: Floats) -> Bools:
    """Which columns of `values` [draw, column] are the same in every draw, but for rounding."""
    if not len(values):
        return np.ones(values.shape[1], dtype=np.bool_)
    spread = values.max(axis=0) - values.min(axis=0)
    return np.asarray(spread <= 1e-12 * np.abs(values).max(axis=0))


def moving_together(values: Floats, names: Sequence[str]) -> list[list[str]]:
    """Names of columns that are a straight line of one another, two or more at a time, in order."""
    found: dict[bytes, list[str]] = {}
    for start in range(0, values.shape[1], BLOCK):
        block = values[:, start : start + BLOCK]
        varying = ~constant(block)
        kept = np.array(names[start : start + BLOCK], dtype=object)[varying].tolist()
        for name, column in zip(kept, _standard(block[:, varying]).T, strict=True):
            found.setdefault(column.tobytes(), []).append(name)
    return [group for group in found.values() if len(group) > 1]


def _standard(columns: Floats) -> Floats:
    """Each about its mean, in its own largest distance from it, that draw's being positive; rounded."""
    centred = columns - columns.mean(axis=0)
    at = np.abs(np.round(centred / np.abs(centred).max(axis=0), DIGITS)).argmax(axis=0)
    largest = np.take_along_axis(centred, at[None], axis=0)
    return np.asarray(np.ascontiguousarray(np.round(centred / largest, DIGITS).T + 0.0).T)  # -0 is 0
