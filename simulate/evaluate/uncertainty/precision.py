"""Monte Carlo standard errors (MCSE) of means: never 0 by accident, NaN where they cannot be estimated."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats, Ints


def mcse(batch_values: npt.ArrayLike, people: npt.ArrayLike, replicate: npt.ArrayLike | None = None) -> Floats:
    """MCSE of the mean over draws and people of `batch_values` [draws, ..., batches], in its own unit, [...].

    Batches are means per person, weighted by `people` [batches]. Two or more draws: the spread of
    draws (see ``mcse_of_draws``, whose `replicate` this is). A single draw: the spread of its batches.
    """
    values = np.asarray(batch_values, dtype=np.float64)
    weights = np.asarray(people, dtype=np.float64)
    if values.ndim < 2 or values.shape[-1:] != weights.shape:
        raise ValueError(
            f"batch_values: shape {values.shape}; must be [draws, ..., batches] for {weights.shape} batches"
        )
    if len(values) == 1:
        return mcse_of_batches(np.moveaxis(values[0], -1, 0), weights)
    return mcse_of_draws(weighted_mean(values, weights), replicate)


def mcse_of_draws(values: npt.ArrayLike, replicate: npt.ArrayLike | None = None) -> Floats:
    """MCSE of the mean of `values` [draws, ...] over draws, [...].

    With `replicate` [draws] (which independent scramble of a Sobol sequence a draw belongs to) it
    comes from the spread of the replicates' means, since draws inside one are not independent;
    without, draws are taken as independent. NaN with fewer than two replicates or draws.
    """
    array = np.asarray(values, dtype=np.float64)
    if replicate is None:
        return _standard_error(array, np.ones(len(array)))
    labels = np.asarray(replicate)
    if labels.shape != array.shape[:1]:
        raise ValueError(f"replicate: {labels.shape} for {len(array)} draws; must give one label a draw")
    found = np.unique(labels)
    means = np.array([array[labels == label].mean(axis=0) for label in found])
    sizes = np.array([(labels == label).sum() for label in found], dtype=np.float64)
    return _standard_error(means, sizes)


def mcse_of_batches(values: npt.ArrayLike, people: npt.ArrayLike) -> Floats:
    """MCSE of the mean over people from batch means `values` [batches, ...], weighted by `people`, [...]."""
    return _standard_error(np.asarray(values, dtype=np.float64), np.asarray(people, dtype=np.float64))


def reach_of(degrees: int) -> float:
    """Standard errors either side in a 95% interval: Student's t, 2.36 for seven `degrees` of freedom, NaN for none."""
    from scipy.special import stdtrit

    return round(float(stdtrit(degrees, 0.975)), 9) if degrees > 0 else math.nan


def is_close(worth: Floats, best: int, replicate: npt.ArrayLike | None = None) -> bool:
    """Whether another than the `best` of `worth` [draws, strategies] is as good within Monte Carlo error.

    Chance could then have made it the best. False of a single draw, which has no error.
    """
    if len(worth) < 2:
        return False
    groups = len(worth) if replicate is None else len(np.unique(np.asarray(replicate)))
    reach, gaps = reach_of(groups - 1), worth[:, [best]] - np.delete(worth, best, axis=1)
    return any(float(x.mean()) <= reach * float(mcse_of_draws(x, replicate)) for x in gaps.T)


def luck_of_the_best(values: npt.ArrayLike) -> float:
    """By up to how much the greatest mean of `values` [draws, option] is too great, only for being the greatest.

    0 where no other option comes within two standard errors of it. The expectation of the greatest of k means that are
    equal in truth: of two normals exactly s / sqrt(2 pi), s the standard error of their difference; of more no more
    than the sum of these, nor than s sqrt(2 log k).
    """
    array = np.asarray(values, dtype=np.float64)
    means = array.mean(axis=0)
    first = int(means.argmax())
    error = np.delete(mcse_of_draws(array[:, [first]] - array), first)
    near = error[(np.delete(means[first] - means, first) < 2 * error) & np.isfinite(error)]
    if not len(near):
        return 0.0
    most = float(near.max()) * math.sqrt(2 * math.log(len(near) + 1))
    return min(float(near.sum()) / math.sqrt(2 * math.pi), most)


def weighted_mean(values: Floats, people: Ints | Floats) -> Floats:
    """Mean over the last axis weighted by `people`, added in order so that equal inputs give equal bits."""
    total = values[..., 0] * people[0]
    for b in range(1, len(people)):
        total = total + values[..., b] * people[b]
    return np.asarray(total / people.sum())


def mean_and_interval(values: Floats) -> dict[str, float]:
    """``mean``, and ``low`` and ``high`` of the 95% interval, of `values` [draws] over draws, in their own unit."""
    low, high = np.quantile(values, [0.025, 0.975])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def number_or_none(value: float) -> float | None:
    """`value`, or None where it is not finite: what JSON can hold."""
    return float(value) if math.isfinite(value) else None


def _standard_error(means: Floats, sizes: Floats) -> Floats:
    """Of the mean of independent `means` [groups, ...] weighted by `sizes`; with equal sizes, SD / sqrt(groups)."""
    groups = len(means)
    if groups < 2:
        return np.full(means.shape[1:], np.nan)
    w = (sizes / sizes.sum()).reshape(-1, *[1] * (means.ndim - 1))
    centred = means - (w * means).sum(axis=0)
    error = np.sqrt((w**2 * centred**2).sum(axis=0) * groups / (groups - 1))
    return np.where(np.ptp(means, axis=0) == 0, 0.0, error)  # equal values have no spread, whatever rounding left
