"""What it is worth to learn which of a few structures is true, from draws under each: EVPPI of a discrete choice.

Known the structure, the strategy of the greatest mean net benefit under it is chosen; unknown, that of the greatest
weighted mean. The draws are the same under every structure, so that what they share cancels. The greatest of means that
are not known exactly is too great on average: by how much is found by adding the means' own error to them again
(a parametric bootstrap, Efron and Tibshirani, An introduction to the bootstrap, 1993, chapter 10), and taken off.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats, Ints
from simulate.evaluate.decision.equality import apart
from simulate.evaluate.uncertainty.covariance import covariance_of, root_pair
from simulate.evaluate.uncertainty.jackknife import error_of, groups_of, left_out

POINTS = 4096  # normal points behind the bias
WHOLE = 1e-9  # by which weights may miss 1


class OfStructure(NamedTuple):
    """EVPPI of a structure, in the unit of net benefit."""

    evppi: float  # the bias taken off, never below 0: where nothing is to be learnt, above 0 by less than its error
    se: float  # of chance between draws and people, and of the bias, which is half known; NaN for one draw
    plain: float  # as the draws are
    bias: float  # by which that is expected to be too great


def evppi_of_structure(
    benefit: npt.ArrayLike,
    weight: npt.ArrayLike,
    group: npt.ArrayLike | None = None,
    replicate: npt.ArrayLike | None = None,
) -> OfStructure:
    """EVPPI of learning which structure is true.

    `benefit` [structure, draw, strategy]: net benefit, the same draws under each; `weight` [structure], shares of 1.
    Structures of the same `group` [structure] are not told apart: what is learnt is the group; by default each is its
    own. `replicate` [draw]: the scramble of each draw (see ``precision``). ``ValueError`` for other shapes or weights.
    """
    worth, shares, kinds = _checked(benefit, weight, group)
    increments = worth[:, :, 1:] - worth[:, :, :1]
    draws = increments.shape[1]
    labels = groups_of(draws, replicate)
    if not increments.size:
        return OfStructure(0.0, 0.0, 0.0, 0.0)
    plain = float(_gain(increments.mean(axis=1), shares, kinds))
    if draws < 2:
        return OfStructure(max(plain, 0.0), float("nan"), plain, 0.0)

    def without(kept: Bools) -> Floats:
        return np.asarray(_gain(increments[:, kept].mean(axis=1), shares, kinds))

    means = left_out(lambda kept: increments[:, kept].mean(axis=1).ravel(), labels)
    bias = _bias(increments.mean(axis=1), _error_of_means(means), shares, kinds)
    error = float(error_of(left_out(without, labels)))
    return OfStructure(max(plain - bias, 0.0), float(np.hypot(error, bias / 2)), plain, bias)


def _checked(
    benefit: npt.ArrayLike, weight: npt.ArrayLike, group: npt.ArrayLike | None
) -> tuple[Floats, Floats, npt.NDArray[np.intp]]:
    worth, shares = np.asarray(benefit, dtype=np.float64), np.asarray(weight, dtype=np.float64)
    if worth.ndim != 3 or 0 in worth.shape or not np.isfinite(worth).all():
        raise ValueError(f"benefit: shape {worth.shape}; must be finite, [structure, draw, strategy], one of each")
    if shares.shape != worth.shape[:1] or not (shares >= 0).all() or abs(shares.sum() - 1) > WHOLE:
        raise ValueError(f"weight: {shares.tolist()}; must be a share of 1 for each of {len(worth)} structures")
    given = np.arange(len(worth)) if group is None else np.asarray(group)
    if given.shape != shares.shape:
        raise ValueError(f"group: shape {given.shape}; must be one for each of {len(worth)} structures")
    return worth, shares, np.asarray(np.unique(given, return_inverse=True)[1].ravel())


def _gain(means: Floats, weight: Floats, group: Ints) -> Floats:
    """Mean gain of choosing by group, of mean increments `means` [..., structure, strategy but the first]."""
    weighted = means * weight[:, None]
    of_group = np.stack([weighted[..., group == g, :].sum(axis=-2) for g in range(int(group.max()) + 1)], axis=-2)
    known = np.maximum(of_group.max(axis=-1), 0.0).sum(axis=-1)
    return apart(known, np.maximum(weighted.sum(axis=-2).max(axis=-1), 0.0))


def _error_of_means(without: Floats) -> Floats:
    """Covariance of means by their values without each group of draws, [mean, mean]."""
    count = len(without)
    return np.asarray(covariance_of(without) * (count - 1) ** 2 / count)


def _bias(means: Floats, covariance: Floats, weight: Floats, group: Ints) -> float:
    """By how much the gain of means with their error added to them again is greater than their own."""
    if not covariance.any():
        return 0.0
    root, _ = root_pair(covariance)
    points = np.random.default_rng(POINTS).standard_normal((POINTS // 2, means.size))
    again = means + (np.concatenate([points, -points]) @ root).reshape(-1, *means.shape)
    return float(apart(_gain(again, weight, group).mean(), _gain(means, weight, group)))


__all__ = ["OfStructure", "evppi_of_structure"]
