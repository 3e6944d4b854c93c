"""Increments against the first strategy, and the noise in them, from costs and effects by batch of people."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats
from simulate.evaluate.decision.acceptability import benefit_at, refuse_not_finite
from simulate.evaluate.decision.equality import apart
from simulate.evaluate.uncertainty.covariance import about_mean
from simulate.evaluate.uncertainty.precision import weighted_mean


@dataclass(frozen=True, eq=False)
class Increments:
    """Increments against the first strategy: costs of the others, then their effects."""

    values: Floats  # [draw, outcome]
    noise: Floats  # [outcome, outcome], covariance of a draw's value around its expectation; pooled over draws,
    # because the few batches of one draw know it badly, and badly just where the draw itself is far out
    batches: int
    strategies: int

    def split(self, values: Floats) -> tuple[Floats, Floats]:
        """Costs and effects [draw, strategy], 0 for the first strategy."""
        none = np.zeros((len(values), 1))
        others = self.strategies - 1
        return np.hstack([none, values[:, :others]]), np.hstack([none, values[:, others:]])

    @property
    def centred(self) -> Floats:
        """Deviations from the mean, [draw, outcome]."""
        return about_mean(self.values)[0]


def make_increments(batch_values: npt.ArrayLike, people: npt.ArrayLike | None) -> Increments:
    """Mean increments of each draw and their pooled noise; arguments and errors as ``noise_correct`` has them."""
    values = np.asarray(batch_values, dtype=np.float64)
    if values.ndim != 4 or values.shape[3] != 2 or 0 in values.shape:
        raise ValueError(f"batch_values: shape {values.shape}; must be [draws, batches, strategies, 2]")
    refuse_not_finite(values, "batch_values")
    batches, strategies = values.shape[1:3]
    if batches < 2:
        raise ValueError("batch_values: one batch; the noise within a draw shows only between two or more")
    weights = _weights(people, batches)
    against_first = apart(values[:, :, 1:, :], values[:, :, :1, :])
    by_batch = np.moveaxis(against_first, 1, -1).swapaxes(1, 2).reshape(len(values), 2 * (strategies - 1), batches)
    mean = weighted_mean(by_batch, weights)
    spread = (by_batch - mean[..., None]) * (weights / weights.sum())
    noise = np.einsum("dkb,dlb->kl", spread, spread) / len(values) * batches / (batches - 1)
    return Increments(mean, noise, batches, strategies)


def _weights(people: npt.ArrayLike | None, batches: int) -> Floats:
    weights = np.ones(batches) if people is None else np.asarray(people, dtype=np.float64)
    if weights.shape != (batches,) or not (np.isfinite(weights) & (weights > 0)).all():
        raise ValueError(f"people: must give a positive number for each of {batches} batches; got {weights}")
    return weights


def error_of_excess(increments: Increments) -> Floats:
    """Standard error of total less noise less explained variance: the noise is itself sampled and estimated."""
    draws, b = len(increments.values), increments.batches
    return np.asarray(np.diag(increments.noise) * math.sqrt(2 / (draws - 1) * (1 + 1 / (b - 1))))


def contrast(increments: Increments, threshold: float) -> Floats:
    """Weights that turn outcomes into incremental net benefit, [outcome, strategy]."""
    cost, effect = increments.split(np.eye(increments.values.shape[1]))
    return benefit_at(threshold, cost, effect)
