"""Net benefit, acceptability and the expected value of perfect information, from costs and effects alone.

Costs are money per person and effects are signed so that greater is better; a threshold is money per
unit of effect. Nothing here depends on a seed: ties, by the one rule of ``equality``, are shared equally.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats, Ints
from simulate.evaluate.decision.equality import RELATIVE, best, settled


class Ceaf(NamedTuple):
    """The acceptability frontier: what is best on expectation, and how probable it is that it is best."""

    optimal: Ints  # [threshold], position of the strategy with the least expected loss; the first of a tie
    probability: Floats  # [threshold], its acceptability


def net_benefit(cost: npt.ArrayLike, effect: npt.ArrayLike, threshold: npt.ArrayLike) -> Floats:
    """Net monetary benefit, threshold x effect - cost, in money per person.

    `cost`, `effect`: [draws, strategies]. One threshold gives [draws, strategies]; a sequence gives
    [thresholds, draws, strategies]. Ties are exact. ``ValueError`` names the argument that is malformed.
    """
    c, e = checked(cost, effect)
    limits = checked_thresholds(threshold)
    at = limits[0] if np.ndim(threshold) == 0 else limits[:, None, None]
    return settled(benefit_at(at, c, e), _size_at(at, c, e))


def benefit_at(threshold: float | Floats, cost: Floats, effect: Floats) -> Floats:
    """Net benefit of arrays of any shape that go together, unchecked: the one place where it is worked out."""
    return np.asarray(threshold * effect - cost)


def ceac(cost: npt.ArrayLike, effect: npt.ArrayLike, thresholds: npt.ArrayLike) -> Floats:
    """Probability that each strategy has the greatest net benefit, [thresholds, strategies]; rows sum to 1.

    `cost`, `effect`: [draws, strategies]. Strategies tied in a draw share that draw equally.
    """
    return np.array([_wins(loss) for loss, _ in _losses(cost, effect, thresholds)])


def ceaf(cost: npt.ArrayLike, effect: npt.ArrayLike, thresholds: npt.ArrayLike) -> Ceaf:
    """The strategy with the greatest expected net benefit at each threshold, and its acceptability."""
    optimal, probability = [], []
    for loss, size in _losses(cost, effect, thresholds):
        first = int(best(-loss.mean(axis=1), size))
        optimal.append(first)
        probability.append(_wins(loss)[first])
    return Ceaf(np.array(optimal, dtype=np.int64), np.array(probability))


def expected_loss(cost: npt.ArrayLike, effect: npt.ArrayLike, thresholds: npt.ArrayLike) -> Floats:
    """Expected net benefit given up by choosing each strategy, per person, [thresholds, strategies]; never < 0."""
    return np.array([loss.mean(axis=1) for loss, _ in _losses(cost, effect, thresholds)])


def evpi(cost: npt.ArrayLike, effect: npt.ArrayLike, thresholds: npt.ArrayLike) -> Floats:
    """Expected value of perfect information, money per person, [thresholds], taking the draws as they are.

    Person-level noise within draws inflates it (see ``noise_correct``). It is the least expected
    loss: never negative, and exactly 0 where one strategy is best in every draw.
    """
    return np.asarray(expected_loss(cost, effect, thresholds).min(axis=1))


def evpi_and_ceac(cost: npt.ArrayLike, effect: npt.ArrayLike, thresholds: npt.ArrayLike) -> tuple[Floats, Floats]:
    """``evpi`` and ``ceac``, the same bits, in the time of one."""
    found = [(loss.mean(axis=1).min(), _wins(loss)) for loss, _ in _losses(cost, effect, thresholds)]
    value, share = zip(*found, strict=True)
    return np.array(value), np.array(share)


def checked(cost: npt.ArrayLike, effect: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Both as float64 [draws, strategies], ties by rounding exact; ``ValueError`` names what is wrong with which."""
    refuse_unlike(cost, effect)
    c, e = matrix(cost, "cost"), matrix(effect, "effect")
    if c.shape != e.shape:
        raise ValueError(f"cost has shape {c.shape} and effect {e.shape}; both must be [draws, strategies]")
    return settled(c), settled(e)


def matrix(values: npt.ArrayLike, name: str) -> Floats:
    """`values` as finite float64 [draws, strategies] with at least one of each."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name}: shape {array.shape}; must be [draws, strategies], at least one of each")
    refuse_not_finite(array, name)
    return array


def refuse_not_finite(array: Floats, name: str) -> None:
    """Raise ``ValueError`` with the position of the first NaN or infinity."""
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        where = tuple(int(i) for i in bad[0])
        raise ValueError(f"{name}: {array[where]} at {list(where)}; every value must be finite")


def refuse_repeated(names: Sequence[object], what: str) -> None:
    """Raise ``ValueError`` where a name is given twice: which column or row is meant would be a guess."""
    twice = [str(n) for n in dict.fromkeys(names) if list(names).count(n) > 1]
    if twice:
        raise ValueError(f"{what}: {', '.join(twice)} given twice; allowed: each name once")


def refuse_unlike(cost: object, effect: object) -> None:
    """Raise ``ValueError`` where two tables label their draws or strategies otherwise: they would be paired wrongly."""
    for what in ("columns", "index"):
        ours, theirs = (getattr(table, what, None) for table in (cost, effect))
        if ours is None or theirs is None or callable(ours) or callable(theirs):
            continue  # no table: a list, whose `index` is a method, or an array
        if list(ours) != list(theirs):
            raise ValueError(f"cost and effect: their {what} differ; must be the same, in the same order")


def refuse_other_labels(names: Sequence[object], table: object, what: str) -> None:
    """Raise ``ValueError`` where a table's own columns are not `names` in their order, so that none is mistaken."""
    columns = getattr(table, "columns", None)
    if columns is not None and list(columns) != list(names):
        raise ValueError(f"{what}: its columns are {', '.join(map(str, columns))}; must be the names, in their order")


def checked_thresholds(thresholds: npt.ArrayLike) -> Floats:
    """Thresholds as finite, non-negative float64 [thresholds], money per unit of effect."""
    values = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
    if values.ndim != 1 or not len(values):
        raise ValueError(f"thresholds: shape {values.shape}; must be one number or a sequence of at least one")
    refuse_not_finite(values, "thresholds")
    if (values < 0).any():
        raise ValueError(f"thresholds: {values.min()}; a willingness to pay may not be negative")
    return values


def _losses(cost: npt.ArrayLike, effect: npt.ArrayLike, thresholds: npt.ArrayLike) -> Iterator[tuple[Floats, Floats]]:
    """Net benefit lost against the best of the draw, [strategies, draws], and the mean size of what went into it.

    One threshold at a time, to spare memory.
    """
    c, e = checked(cost, effect)
    c, e = np.ascontiguousarray(c.T), np.ascontiguousarray(e.T)
    size_c, size_e = np.abs(c), np.abs(e)
    mean_c, mean_e = size_c.mean(axis=1), size_e.mean(axis=1)
    largest_c, largest_e = size_c.max(), size_e.max()
    for threshold in checked_thresholds(thresholds):
        benefit = benefit_at(threshold, c, e)
        loss = benefit.max(axis=0) - benefit
        close = loss <= 2 * RELATIVE * _size_at(threshold, largest_c, largest_e)  # a bound, so that most need no more
        if np.count_nonzero(close) > loss.shape[1]:  # more than the best of each draw
            benefit = settled(benefit, _size_at(threshold, c, e), axis=0)
            loss = benefit.max(axis=0) - benefit
        yield loss, _size_at(threshold, mean_c, mean_e)


def _size_at(threshold: float | Floats, cost: Floats, effect: Floats) -> Floats:
    """The absolute sums that go into a net benefit."""
    return np.asarray(np.abs(threshold * effect) + np.abs(cost))


def _wins(loss: Floats) -> Floats:
    best = loss == 0.0
    tied = best.sum(axis=0)
    share = best if tied.max() == 1 else best / tied  # counting is quicker, and as exact
    return np.asarray(share.mean(axis=1))
