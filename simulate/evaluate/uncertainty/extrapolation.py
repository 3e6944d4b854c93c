"""What fewer people tell of the EVPI without noise: a check of a correction that supposes little about its shape.

Half of the people have twice the noise. What that adds to the naive EVPI is to be taken off again (simulation and
extrapolation: Cook and Stefanski, J Am Stat Assoc 1994;89:1314-1328), on a scale that is not known: where the decision
is a toss-up the EVPI's square grows with the noise's variance, where one strategy is nearly always best its logarithm
grows at most as fast. The two make a bracket, narrow where noise is small whatever the distribution and however noise
differs between draws. It is noisier than a correction by regression, which therefore stands inside it, and outside it
is drawn to its edge as far as the distance is more than chance (Stein's rule, its positive part: Efron and Morris,
J Am Stat Assoc 1973;68:117-130). It is drawn up only where the bracket is near the naive value: of a sharp edge or a
few values that much noise hides, half of the people know nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats, Ints
from simulate.engine.arithmetic.of_arrays import exps, logs
from simulate.evaluate.uncertainty.increments import Increments
from simulate.evaluate.uncertainty.jackknife import error_of

NEAR = 0.25  # of the naive EVPI: a bracket that begins further below it draws nothing up
FACTORS = 60  # halvings behind a factor of spread
WIDEST = 2.0  # such a factor: draws that never change the decision are not blown up until they do


class Three(NamedTuple):
    """Three estimates of an EVPI, or of the same without a group of draws; each [..., threshold], money per person."""

    corrected: Floats
    naive: Floats
    halved: Floats  # naive, with half of the people


def halves(increments: Increments) -> tuple[Floats, float]:
    """Increments [half, draw, outcome] by either half of the batches, cut in several ways, and the noise they add.

    That is by how much the variance of their noise exceeds that of all people, as a share of it.
    """
    b, weights = increments.batches, increments.weights
    found, more = [], []
    for first in range(b // 2):
        chosen = (np.arange(b) + first) % b < b // 2
        for half in (chosen, ~chosen):
            share = weights[half] / weights[half].sum()
            found.append(increments.by_batch[:, :, half] @ share)
            more.append(weights.sum() / weights[half].sum() - 1)
    return np.array(found), float(np.mean(more))


def mean_evpi(values: Floats, contrasts: Sequence[Floats], group: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Mean over halves of the EVPI of increments `values` [half, draw, outcome], [contrast]; and without each `group`
    of draws [draw], [group, contrast].

    Sums over the draws of a group are made once; a product with the contrasts by linear algebra would have other last
    digits on other processors.
    """
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(int(group.max()) + 1))
    of_outcome = np.ascontiguousarray(np.moveaxis(values[:, order], 2, 0))  # [outcome, half, draw]
    kept = _kept(len(starts))
    draws = kept @ np.diff(starts, append=len(group))
    found = np.array([_evpi_of_kept(of_outcome, w, starts, kept, draws) for w in contrasts])
    return found[:, 0], found[:, 1:].T


def _kept(groups: int) -> Ints:
    """Which groups are kept, [set, group]: all of them, then all without each; a single group is always kept."""
    without = 1 - np.eye(groups, dtype=np.int64) if groups > 1 else np.ones((1, 1), dtype=np.int64)
    return np.vstack([np.ones((1, groups), dtype=np.int64), without])


def _evpi_of_kept(
    of_outcome: Floats, contrast: Floats, starts: npt.NDArray[np.intp], kept: Ints, draws: Ints
) -> Floats:
    """Mean over halves of the EVPI of each set of groups `kept` [set, group], [set]; never below 0."""
    none = np.zeros(of_outcome.shape[1:])
    worth = [sum((c * x for c, x in zip(column, of_outcome, strict=True) if c), start=none) for column in contrast.T]
    sums = [np.add.reduceat(b, starts, axis=1) for b in (*worth, np.maximum.reduce(worth))]
    means = [(s[:, None, :] * kept).sum(axis=2) / draws for s in sums]  # [half, set]
    return np.asarray(np.maximum((means[-1] - np.maximum.reduce(means[:-1])).mean(axis=0), 0.0))


def bracket(three: Three, excess: float) -> tuple[Floats, Floats]:
    """EVPI extrapolated to no noise in squares and in logarithms, [..., threshold]; never above the naive one."""
    naive, more = three.naive, np.maximum(three.halved, three.naive)
    low = np.sqrt(np.maximum(naive**2 - (more**2 - naive**2) / excess, 0.0))
    high = naive * exps(logs(naive / np.where(more > 0, more, 1.0)) / excess)
    return np.minimum(low, high), high


def lean(whole: Three, parts: Three, excess: float) -> Floats:
    """Share of the way to the bracket's edge that a correction goes, [threshold]; `parts` are [group, threshold]."""
    off = _to_bracket(whole, excess)
    error = np.nan_to_num(error_of(_to_bracket(parts, excess)))
    near = whole.naive - bracket(whole, excess)[0] <= NEAR * whole.naive
    sure = (np.abs(off) > error) & (near | (off < 0))
    return np.where(sure, 1 - (error / np.where(sure, np.abs(off), 1.0)) ** 2, 0.0)


def leant(three: Three, share: Floats, excess: float) -> Floats:
    """The corrected EVPI, drawn to the bracket's edge by `share` of its distance."""
    return np.asarray(three.corrected + share * _to_bracket(three, excess))


def doubt(evpi: Floats, three: Three, excess: float) -> Floats:
    """What the scale of the noise's effect leaves open of `evpi` [threshold], as a standard error.

    Half of the way to the further edge of the bracket, and no more than half of what the correction took off. It is for
    where few draws change the decision (see ``tails.weight_of_doubt``).
    """
    low, high = bracket(three, excess)
    further = np.maximum(np.abs(evpi - low), np.abs(evpi - high))
    return np.asarray(np.minimum(further, np.abs(evpi - three.naive)) / 2)


def with_evpi(benefit: Floats, wanted: float) -> Floats:
    """Net benefit [draw, strategy] drawn in, or out, about its mean until its EVPI is `wanted`; unchanged if it is."""
    mean = benefit.mean(axis=0)

    def found(factor: float) -> float:
        stretched = mean + factor * (benefit - mean)
        return float(stretched.max(axis=1).mean() - mean.max())

    if abs(found(1.0) - wanted) <= 1e-9 * max(abs(wanted), np.ptp(benefit)):
        return benefit
    low, high = 0.0, WIDEST
    for _ in range(FACTORS):
        middle = (low + high) / 2
        low, high = (middle, high) if found(middle) < wanted else (low, middle)
    return np.asarray(mean + high * (benefit - mean))


def _to_bracket(three: Three, excess: float) -> Floats:
    low, high = bracket(three, excess)
    return np.clip(three.corrected, low, high) - three.corrected
