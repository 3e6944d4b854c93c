"""Columns that tell nothing of their own: the same in every draw, or another column in other words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from parameters.arrays import Bools, Floats
from simulate.evaluate.information.partial import LEAST_SPREAD

ALIKE = 1e-4  # of a column's spread: tables are saved to five digits or more
REACH = 8.0  # standard normals: no direction puts columns that are alike further apart
BLOCK = 500  # columns at a time


def constant(values: Floats) -> Bools:
    """Which columns of `values` [draw, column] are the same in every draw, but for rounding, or as good as that."""
    if not len(values):
        return np.ones(values.shape[1], dtype=np.bool_)
    spread = values.max(axis=0) - values.min(axis=0)
    return np.asarray(spread <= np.maximum(1e-12 * np.abs(values).max(axis=0), LEAST_SPREAD))


def moving_together(values: Floats, names: Sequence[str]) -> list[list[str]]:
    """Names of columns that are a straight line of one another but for rounding, two or more at a time, in order.

    That is where no draw's residual matters beside the spread: its root mean square is below ``ALIKE`` of it. Columns
    that are alike lie close together in any direction, so that only neighbours in one, drawn once, need be compared.
    """
    varying = np.flatnonzero(~constant(values))
    if len(varying) < 2:
        return []
    at = np.empty(len(varying))
    direction = np.random.default_rng(0).standard_normal(len(values))
    for start in range(0, len(varying), BLOCK):
        block = _standard(values[:, varying[start : start + BLOCK]])
        at[start : start + BLOCK] = np.abs(block.T @ direction)
    order = np.argsort(at, kind="stable").tolist()
    leader = list(range(len(varying)))
    for place, k in enumerate(order):
        for other in order[place + 1 :]:
            if at[other] - at[k] > REACH * ALIKE:
                break
            if leader[other] != leader[k] and _alike(values[:, varying[[k, other]]]):
                low, high = sorted((leader[k], leader[other]))
                leader = [low if x == high else x for x in leader]
    groups: dict[int, list[str]] = {}
    for k, first in enumerate(leader):
        groups.setdefault(first, []).append(names[varying[k]])
    return [group for group in groups.values() if len(group) > 1]


def _alike(pair: Floats) -> bool:
    one, other = _standard(pair).T
    other = other if one @ other > 0 else -other
    return bool(np.linalg.norm(one - other) < ALIKE)


def _standard(columns: Floats) -> Floats:
    """Each about its mean, of length 1."""
    centred = columns - columns.mean(axis=0)
    scaled = centred / np.abs(centred).max(axis=0)  # no square of it overflows or vanishes
    return np.asarray(scaled / np.linalg.norm(scaled, axis=0))
