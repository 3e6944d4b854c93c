"""Incremental mixture importance sampling: a posterior from a likelihood, without tuning.

Scores are standard normal under the prior. A sample of the prior, and of normals where a fit found a mode, is weighted
by prior times likelihood over the mixture of all it was drawn from; then again and again a normal is put where a single
point weighs most, until no few points carry the posterior (Raftery and Bao, Biometrics 2010;66:1162-1173).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from parameters.arrays import Floats, cholesky
from simulate.engine.arithmetic.elementary import exps

FROM_PRIOR, BATCH = 4096, 1024  # points of the prior, and of each normal
ROUNDS = 40  # normals at most, beside those that a fit gives
NEAREST = 512  # points, about the heaviest, by which a normal is shaped
RIDGE = 1e-9  # of a covariance

LogLikelihood = Callable[[Floats], Floats]  # of scores [rows, dimension], [rows]


class Hump(NamedTuple):
    """A normal distribution of scores."""

    mean: Floats  # [dimension]
    covariance: Floats  # [dimension, dimension]

    def drawn(self, rng: np.random.Generator, rows: int) -> Floats:
        """Points of it, [rows, dimension]."""
        return np.asarray(self.mean + rng.standard_normal((rows, len(self.mean))) @ self._factor().T)

    def density(self, z: Floats) -> Floats:
        """At scores `z` [rows, dimension], as a multiple of the same constant for all humps, [rows]."""
        factor = self._factor()
        scores = np.linalg.solve(factor, (z - self.mean).T)
        return np.asarray(exps(-0.5 * (scores**2).sum(axis=0)) / np.prod(np.diag(factor)))

    def _factor(self) -> Floats:
        ridge = RIDGE * np.eye(len(self.mean)) * max(1.0, float(np.trace(self.covariance)))
        return cholesky(self.covariance + ridge)


class Weighted(NamedTuple):
    """Points with weights that add up to 1."""

    z: Floats  # [point, dimension]
    weight: Floats  # [point]

    @property
    def effective(self) -> float:
        """As many independent draws of the posterior would be worth: 1 over the sum of squared weights."""
        return float(1.0 / (self.weight**2).sum())

    def moments(self) -> Hump:
        """Mean and covariance."""
        mean = self.weight @ self.z
        off = self.z - mean
        return Hump(np.asarray(mean), np.asarray(off.T @ (off * self.weight[:, None])))

    def picked(self, rows: int, rng: np.random.Generator) -> Floats:
        """So many points, each as often as it weighs, in random order, [rows, dimension]: systematic resampling."""
        at = (np.arange(rows) + rng.random()) / rows
        which = np.minimum(np.searchsorted(np.cumsum(self.weight), at), len(self.z) - 1)
        return np.asarray(self.z[rng.permutation(which)])


def importance(
    log_likelihood: LogLikelihood, dimensions: int, *, wanted: float, seed: int, modes: Sequence[Hump] = ()
) -> Weighted:
    """Points weighted to the posterior under standard normal priors, worth `wanted` draws where that can be had.

    `modes` are where a fit found the posterior to lie. ``ValueError`` where no point has any likelihood.
    """
    rng = np.random.default_rng(seed)
    prior = Hump(np.zeros(dimensions), np.eye(dimensions))
    humps, z = [prior, *modes], np.vstack([prior.drawn(rng, FROM_PRIOR), *(m.drawn(rng, BATCH) for m in modes)])
    height = log_likelihood(z)
    mixture = FROM_PRIOR * prior.density(z) + BATCH * sum(m.density(z) for m in modes)
    for _ in range(ROUNDS):
        found = _weighted(z, height, prior.density(z), mixture)
        if found.effective >= wanted:
            break
        humps.append(_about_the_heaviest(found))
        new = humps[-1].drawn(rng, BATCH)
        mixture = np.append(mixture + BATCH * humps[-1].density(z), _mixed(humps, new))
        z, height = np.vstack([z, new]), np.append(height, log_likelihood(new))
    return _weighted(z, height, prior.density(z), mixture)


def _mixed(humps: Sequence[Hump], z: Floats) -> Floats:
    sizes = [FROM_PRIOR, *[BATCH] * (len(humps) - 1)]
    return np.asarray(np.sum([n * h.density(z) for n, h in zip(sizes, humps, strict=True)], axis=0))


def _weighted(z: Floats, height: Floats, prior: Floats, mixture: Floats) -> Weighted:
    if not np.isfinite(height).any():
        raise ValueError("nothing drawn has any likelihood")
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(mixture > 0, exps(height - height.max()) * prior / mixture, 0.0)
    return Weighted(z, weight / weight.sum())


def _about_the_heaviest(found: Weighted) -> Hump:
    """A normal at the point of most weight, shaped by the points nearest to it."""
    heaviest = found.z[int(np.argmax(found.weight))]
    off = found.z - heaviest
    spread = found.moments().covariance + 1e-6 * np.eye(len(heaviest))
    near = np.argsort((off * np.linalg.solve(spread, off.T).T).sum(axis=1), kind="stable")[:NEAREST]
    share = found.weight[near] + 1.0 / len(found.z)
    return Hump(heaviest, np.asarray((off[near].T * (share / share.sum())) @ off[near]))
