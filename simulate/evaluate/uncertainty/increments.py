"""Increments against the first strategy, and the noise in them, from costs and effects by batch of people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats
from simulate.evaluate.decision.acceptability import benefit_at, refuse_not_finite
from simulate.evaluate.decision.equality import apart
from simulate.evaluate.uncertainty.precision import weighted_mean


@dataclass(frozen=True, eq=False)
class Increments:
    """Increments against the first strategy: costs of the others, then their effects."""

    values: Floats  # [draw, outcome]
    by_batch: Floats  # [draw, outcome, batch]
    weights: Floats  # [batch], by which batches count
    strategies: int

    @cached_property
    def noise_by_draw(self) -> Floats:
        """Covariance of each draw's value around its expectation, from its batches alone, [draw, outcome, outcome]."""
        spread = (self.by_batch - self.values[..., None]) * (self.weights / self.weights.sum())
        return np.asarray(np.einsum("dkb,dlb->dkl", spread, spread) * self.batches / (self.batches - 1))

    @cached_property
    def noise(self) -> Floats:
        """The same pooled over draws, [outcome, outcome]."""
        return np.asarray(self.noise_by_draw.mean(axis=0))

    @property
    def batches(self) -> int:
        """Batches of people in each draw."""
        return len(self.weights)

    def split(self, values: Floats) -> tuple[Floats, Floats]:
        """Costs and effects [draw, strategy], 0 for the first strategy."""
        none = np.zeros((len(values), 1))
        others = self.strategies - 1
        return np.hstack([none, values[:, :others]]), np.hstack([none, values[:, others:]])

    def part(self, rows: Bools) -> Increments:
        """Those of the draws in `rows` [draw]."""
        return Increments(self.values[rows], self.by_batch[rows], self.weights, self.strategies)


def make_increments(batch_values: npt.ArrayLike, people: npt.ArrayLike | None) -> Increments:
    """Mean increments of each draw and of its batches; arguments and errors as ``noise_correct`` has them."""
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
    return Increments(mean, by_batch, weights, strategies)


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
