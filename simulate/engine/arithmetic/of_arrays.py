"""exp and log of arrays for those that are to import nothing heavy: compiled code waits for the first call."""

from __future__ import annotations

import numpy.typing as npt

from parameters.arrays import Floats


def exps(values: npt.ArrayLike) -> Floats:
    """The exponential of each of `values`, of the same shape and the same bits everywhere."""
    from simulate.engine.arithmetic import elementary

    return elementary.exps(values)


def logs(values: npt.ArrayLike) -> Floats:
    """The natural logarithm of each of `values`, of the same shape and the same bits everywhere."""
    from simulate.engine.arithmetic import elementary

    return elementary.logs(values)
