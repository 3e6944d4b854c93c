"""Whether a difference can be told from 0 at all, by its Monte Carlo error."""

from __future__ import annotations

import math

import numpy as np

from parameters.arrays import Floats, Ints
from simulate.evaluate.uncertainty.precision import mcse, reach_of, weighted_mean


def can_be_told(batches: Floats, people: Floats, replicate: Ints | None = None) -> bool:
    """Whether the mean of increments [draws, batches] lies outside the 95% interval of Monte Carlo error about 0.

    The interval is Student's, for as many replicates (or independent draws, or of one draw batches) as its error comes
    from; arguments as of ``mcse``. True where the mean is exactly 0, which is known, and where no error is known.
    """
    mean = float(weighted_mean(batches, people).mean())
    error = float(mcse(batches, people, replicate))
    if mean == 0 or not math.isfinite(error):
        return True
    return abs(mean) > error * reach_of(degrees_of(len(batches), len(people), replicate))


def degrees_of(draws: int, batches: int, replicate: Ints | None = None) -> int:
    """Degrees of freedom of a mean's MCSE: what it comes from, replicates, draws or of one draw batches, less one."""
    if draws == 1:
        return batches - 1
    return (draws if replicate is None else len(np.unique(replicate))) - 1
