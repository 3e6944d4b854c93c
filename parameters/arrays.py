"""Names for arrays by what they hold, the axes that a record declares for its own, and the root of a covariance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Array = TypeVar("Array", bound=npt.NDArray[Any])


def axes_of(record: type) -> dict[str, tuple[str, ...]]:
    """Names of the axes of each array of a record, in order, as ``Annotated[Floats, "draw, state"]`` declares them."""
    hints = get_type_hints(record, include_extras=True)
    return {n: tuple(get_args(hint)[1].split(", ")) for n, hint in hints.items() if get_origin(hint) is Annotated}


def read_only(values: Array) -> Array:
    """The same numbers, which nobody can write to by this name: what was worked out of them would not follow."""
    if not values.flags.writeable:
        return values
    view = values.view()
    view.setflags(write=False)
    return view


def keep_read_only(record: object, names: Iterable[str]) -> None:
    """Put in the place of these arrays of a frozen record the same that cannot be written to."""
    for name in names:
        object.__setattr__(record, name, read_only(getattr(record, name)))


def cholesky(matrix: Floats) -> Floats:
    """The lower triangle whose square `matrix` [k, k] is, in an order of adding that no library chooses.

    ``ValueError`` where the matrix is not positive definite.
    """
    n = len(matrix)
    low: list[list[float]] = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            left = float(matrix[i, j]) - sum(low[i][k] * low[j][k] for k in range(j))
            if i == j and not left > 0:
                raise ValueError("not positive definite")
            low[i][j] = math.sqrt(left) if i == j else left / low[j][j]
    return np.array(low)
