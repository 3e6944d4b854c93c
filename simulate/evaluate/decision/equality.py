"""One rule of equality: what differs by no more than adding up in another order leaves is the same.

Whatever calls two strategies equal, better or worse (verdict, table, frontier, curve, sentence) reads values that have
passed here, and may then compare them exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats, Ints

# Of the absolute sums that went in: some thousand times what double precision leaves of a long sum, and less than a
# penny in ten million pounds.
RELATIVE = 1e-9


def settled(values: npt.ArrayLike, size: npt.ArrayLike | None = None, axis: int = -1) -> Floats:
    """`values` whose entries along `axis` (strategies), where equal but for rounding, are exactly the first of them.

    `size`: the absolute sums that went into each, in the same unit and shape; the values' own where not given. Where
    nothing is to be settled the values come back as they are, to the bit.
    """
    x = np.moveaxis(np.asarray(values, dtype=np.float64), axis, -1)
    s = np.abs(x) if size is None else np.moveaxis(np.asarray(size, dtype=np.float64), axis, -1)
    if x.size and _some_are_close(x, s):
        x = _to_first(x, s)
    return np.moveaxis(x, -1, axis)


def settled_means(values: Floats) -> Floats:
    """Means over draws of `values` [draws, strategies], settled by what was added up, [strategies]."""
    return settled(values.mean(axis=0), np.abs(values).mean(axis=0))


def best(worth: npt.ArrayLike, size: npt.ArrayLike | None = None) -> Ints:
    """Position along the last axis of the greatest `worth`: the first of those that are equal but for rounding.

    `size` as for ``settled``. Every choice of a strategy, or of a size of trial, is made here.
    """
    return np.asarray(settled(worth, size).argmax(axis=-1))


def best_on_average(worth: Floats) -> int:
    """The same of means over draws of net benefit [draws, strategies]."""
    return int(settled_means(worth).argmax())


def apart(new: npt.ArrayLike, comparator: npt.ArrayLike) -> Floats:
    """`new` minus `comparator`, which go together; exactly 0 where they are equal but for rounding."""
    a, b = np.asarray(new, dtype=np.float64), np.asarray(comparator, dtype=np.float64)
    with np.errstate(invalid="ignore"):  # of two infinities nothing is known
        difference = a - b
    return np.where(np.abs(difference) <= RELATIVE * (np.abs(a) + np.abs(b)), 0.0, difference)


def _some_are_close(x: Floats, size: Floats) -> bool:
    """Whether neighbours in order differ, and by so little that they may have to be settled."""
    gaps = np.diff(np.sort(x, axis=-1), axis=-1)
    return bool(((gaps > 0) & (gaps <= 2 * RELATIVE * size.max(axis=-1, keepdims=True))).any())


def _to_first(x: Floats, size: Floats) -> Floats:
    """Each entry along the last axis replaced by the first that it equals."""
    found = x.copy()
    for i in range(1, x.shape[-1]):
        for j in reversed(range(i)):  # so that the first stays
            close = np.abs(x[..., i] - found[..., j]) <= RELATIVE * (size[..., i] + size[..., j])
            found[..., i] = np.where(close, found[..., j], found[..., i])
    return found
