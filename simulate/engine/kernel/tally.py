"""Discounting, and the sums that a history adds to: compiled pieces of the kernel."""

from __future__ import annotations

import math

import numpy as np

from parameters.arrays import Floats, Ints
from simulate.engine.arithmetic.compiled import njit


@njit
def discounted(force: float, before: float, after: float, span: float) -> float:
    """Integral of the discount factor over a span, from its values at the two ends."""
    return (before - after) / force if force != 0.0 else span


@njit
def discount_factor(force: float, time: float) -> float:
    """exp(-force x time), exactly 1 without discounting."""
    return math.exp(-force * time) if force != 0.0 else 1.0


@njit
def add(
    out: Floats, d: int, s: int, c: int, x: int | np.uint32, plain: float, at_cost: float, at_effect: float
) -> None:
    """Add to ``out[d, s, c, :, x]``: undiscounted, at the cost rate and at the effect rate."""
    out[d, s, c, 0, x] += plain
    out[d, s, c, 1, x] += at_cost
    out[d, s, c, 2, x] += at_effect


@njit
def add_span(
    out: Floats, d: int, s: int, c: int, x: int, weight: float, fc: float, fe: float, a: float, b: float
) -> None:
    """Add the time from `a` to `b`, undiscounted and discounted at both rates, to ``out[d, s, c, :, x]``."""
    span = b - a
    at_cost = weight * discounted(fc, discount_factor(fc, a), discount_factor(fc, b), span)
    at_effect = weight * discounted(fe, discount_factor(fe, a), discount_factor(fe, b), span)
    add(out, d, s, c, x, weight * span, at_cost, at_effect)


@njit
def add_binned(
    out: Floats,
    edges: Floats,
    first: int,
    n: int,
    d: int,
    s: int,
    x: int,
    weight: float,
    fc: float,
    fe: float,
    ahead: float,
    a: float,
    b: float,
) -> None:
    """Add the time from `a` to `b` to ``out[d, s, row, :, x]``, by the `n` rows from `first` on.

    Each begins at its edge on a clock that is `ahead` of the time since entry.
    """
    for i in range(max(bin_of(edges, first, n, a + ahead) - 1, first), first + n):
        low = max(a, edges[i] - ahead)
        high = b if i + 1 == first + n else min(b, edges[i + 1] - ahead)
        if high > low:
            add_span(out, d, s, i, x, weight, fc, fe, low, high)
        if edges[i] - ahead >= b:
            return


@njit
def bin_of(edges: Floats, first: int, n: int, at: float) -> int:
    """The row among the `n` from `first` on whose bin [edge, next edge) holds `at`; ``first - 1`` before them."""
    i = first - 1
    while i + 1 < first + n and edges[i + 1] <= at:
        i += 1
    return i


@njit
def grid_before(grid: Floats, first: int, end: float, per_year: float) -> int:
    """How many grid points lie before `end`, of which `first` are known to; `per_year` gives a first guess."""
    n: int = grid.shape[0]
    i = min(max(int(end * per_year), first), n)
    while i > first and grid[i - 1] >= end:
        i -= 1
    while i < n and grid[i] < end:
        i += 1
    return i


@njit
def nth_rows(nth: Ints) -> int:
    """How many rows of n-th occurrences are kept."""
    total = 0
    for i in range(nth.shape[0]):
        total += nth[i, 1]
    return total
