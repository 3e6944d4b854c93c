"""Names for arrays by what they hold, and the axes that a record declares for its own."""

from __future__ import annotations

from typing import Annotated, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def axes_of(record: type) -> dict[str, tuple[str, ...]]:
    """Names of the axes of each array of a record, in order, as ``Annotated[Floats, "draw, state"]`` declares them."""
    hints = get_type_hints(record, include_extras=True)
    return {n: tuple(get_args(hint)[1].split(", ")) for n, hint in hints.items() if get_origin(hint) is Annotated}
