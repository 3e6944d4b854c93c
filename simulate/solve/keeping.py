"""What the steps of solving are to whoever keeps what they found: named arrays, made from others and from words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Arrays = dict[str, Array]

# What is found, the words it depends on (declarations and numbers), the arrays it depends on, and how it is made.
Keep = Callable[[str, tuple[object, ...], Mapping[str, Array], Callable[[], Arrays]], Arrays]


def not_kept(what: str, words: tuple[object, ...], given: Mapping[str, Array], make: Callable[[], Arrays]) -> Arrays:
    """Made each time."""
    return make()


def in_one_layout(arrays: Mapping[str, Array]) -> Arrays:
    """The same, row after row in memory: made or read from a file, products of them then have the same bits."""
    return {n: np.ascontiguousarray(a) for n, a in arrays.items()}
