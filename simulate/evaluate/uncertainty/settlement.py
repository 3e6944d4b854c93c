"""The EVPI and the acceptabilities that corrected increments tell, checked by half of the people, and their errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats
from simulate.evaluate.decision.acceptability import evpi, evpi_and_ceac
from simulate.evaluate.uncertainty.estimators import Regression, correct
from simulate.evaluate.uncertainty.extrapolation import Three, doubt, halves, lean, leant, mean_evpi
from simulate.evaluate.uncertainty.increments import Increments, contrast
from simulate.evaluate.uncertainty.jackknife import error_of, left_out
from simulate.evaluate.uncertainty.tails import error_of_few, error_of_rare, weight_of_doubt


class Settled(NamedTuple):
    """The EVPI (money per person), then every strategy's acceptability, [threshold, 1 + strategy]."""

    decision: Floats
    error: Floats  # standard errors
    naive: Floats
    drawn: Floats  # [threshold], by how much the EVPI was drawn towards what half of the people tell


def settled(
    increments: Increments, regression: Regression | None, thresholds: Floats, group: npt.NDArray[np.intp]
) -> Settled:
    """What corrected increments tell; errors by leaving out each `group` of draws, and what else is not known.

    What a regression predicts of each draw stays as it is. Without noise, or of one draw, nothing is checked.
    """
    contrasts = [contrast(increments, float(t)) for t in thresholds]
    half, excess = halves(increments)

    halved = mean_evpi(half, contrasts, group)

    def both(kept: Bools) -> Floats:
        """Corrected decision and naive EVPI, [threshold, 1 + strategy + 1]."""
        part = increments.part(kept)
        corrected = correct(part, regression.part(kept) if regression else None)
        told = evpi(*increments.split(part.values), thresholds)
        return np.column_stack([_decision(increments, corrected, thresholds), told])

    # Each with what half of the people tell, [..., threshold, 1 + strategy + 2].
    found, without = (
        np.concatenate([told, half_told[..., None]], axis=-1)
        for told, half_told in zip(
            (both(np.ones(len(group), dtype=np.bool_)), left_out(both, group)), halved, strict=True
        )
    )
    naive = _decision(increments, increments.values, thresholds)
    decision = found[:, :-2].copy()
    left_open = np.zeros_like(decision)
    if len(group) > 1 and increments.noise.any():
        whole, parts = (Three(x[..., 0], x[..., -2], x[..., -1]) for x in (found, without))
        share = lean(whole, parts, excess)
        decision[:, 0], without[..., 0] = leant(whole, share, excess), leant(parts, share, excess)
        left_open = np.abs(decision - naive) / 2
        left_open[:, 0] = doubt(decision[:, 0], whole, excess)
        left_open *= _weights(decision, len(group))
    error = np.hypot(error_of(without[..., :-2]), left_open)
    least = _least_errors(increments, correct(increments, regression), contrasts, decision)
    return Settled(decision, np.maximum(error, least), naive, decision[:, 0] - found[:, 0])


def _decision(increments: Increments, values: Floats, thresholds: Floats) -> Floats:
    """The EVPI, then every strategy's acceptability, of increments [draw, outcome]; [threshold, 1 + strategy]."""
    cost, effect = increments.split(values)
    return np.column_stack(evpi_and_ceac(cost, effect, thresholds))


def _weights(decision: Floats, draws: int) -> Floats:
    """By how many draws decide each of `decision`; an EVPI, those where another strategy than the usual is best."""
    shares = decision[:, 1:]
    return weight_of_doubt(np.column_stack([shares.max(axis=1), shares]), draws)


def _least_errors(increments: Increments, values: Floats, contrasts: Sequence[Floats], decision: Floats) -> Floats:
    """Least standard errors of `decision`, told by increments `values` [draw, outcome]; 0 where nothing varies."""
    least = np.zeros_like(decision)
    if len(values) == 1 or increments.strategies == 1 or not np.ptp(increments.values, axis=0).any():
        return least
    mean = increments.values.mean(axis=0)
    for i, w in enumerate(contrasts):
        least[i, 0] = error_of_few(values @ w, int((mean @ w).argmax()))
    least[:, 1:] = error_of_rare(decision[:, 1:], len(values))
    return least
