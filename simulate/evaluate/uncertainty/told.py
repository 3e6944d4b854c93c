"""Whether a difference can be told from 0 at all, and how much of its spread over draws is chance between people."""

from __future__ import annotations

import math

import numpy as np

from parameters.arrays import Floats, Ints
from simulate.evaluate.uncertainty.precision import mcse, reach_of, weighted_mean

MATERIAL = 0.1  # of a variance, beyond which what is chance between simulated people is said beside an interval
ROUNDING = 1e-12  # of a variance, below which one is none


def share_of_people(batches: Floats, people: Floats) -> float | None:
    """How much of the variance over draws of a mean [draws, batches] is chance between the people of each draw, 0 to 1.

    That is the variance within draws, from their batches of `people` [batches], over that between draws. None where
    either is not known: of one draw, or of one batch. 0 of what never varies, and of expected values.
    """
    if len(batches) < 2 or len(people) < 2:
        return None
    mean = weighted_mean(batches, people)
    total = float(mean.var(ddof=1))
    spread = (batches - mean[:, None]) * (people / people.sum())
    within = float((spread**2).sum(axis=1).mean()) * len(people) / (len(people) - 1)
    return min(within / total, 1.0) if total > 0 and within > ROUNDING * total else 0.0


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
