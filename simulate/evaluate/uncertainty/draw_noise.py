"""How noisy each draw is: the spread between its batches, smoothed over draws by a regression on the parameters.

Noise differs between draws, often a hundredfold: where events are rare, so is what varies between people. One
covariance for all draws blurs the quiet ones, and quiet draws are where strategies differ little, which is where a
decision turns. Ten batches know a variance to about half of itself, and know it worst where the draw itself came
out far: so it is not a draw's own spread that is used, but what the parameters make of it, out of fold.
"""

from __future__ import annotations

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.of_arrays import exps, logs
from simulate.evaluate.regression.smoothers import Inputs, fit
from simulate.evaluate.uncertainty.increments import Increments

LEAST = 0.02  # quantile of the spreads seen below which a logarithm is not followed
QUIETEST = 0.05  # of the typical standard deviation: no draw counts as quieter


def expected_noise(increments: Increments, design: Inputs) -> Floats:
    """Covariance of each draw's noise as the parameters of `design` tell it, [draw, outcome, outcome].

    Variances differ between draws, correlations do not; the mean over draws is that of the batches.
    """
    own = np.diagonal(increments.noise_by_draw, axis1=1, axis2=2)
    variance = np.stack([_smoothed(column, design) for column in own.T], axis=1)
    sd = np.sqrt(variance)
    unit = np.where(sd > 0, sd, 1.0)
    alike = (increments.noise_by_draw / (unit[:, :, None] * unit[:, None, :])).mean(axis=0)
    return np.asarray(alike * sd[:, :, None] * sd[:, None, :])


def _smoothed(variance: Floats, design: Inputs) -> Floats:
    """`variance` [draw] by a regression of its logarithm, of the same mean; that mean where nothing tells of it."""
    seen = variance[variance > 0]
    if len(seen) < len(variance) / 2:
        return np.full_like(variance, variance.mean())
    log = logs(np.maximum(variance, np.quantile(seen, LEAST)))
    (found,) = fit(design, log[:, None])
    if found.method == "constant":
        return np.full_like(variance, variance.mean())
    expected = exps(np.clip(found.held_out, log.min(), log.max()))
    return np.asarray(expected * variance.mean() / expected.mean())


def relative_noise(noise: Floats) -> Floats:
    """Standard deviations of `noise` [draw, outcome, outcome] over their typical size, [draw, outcome]; 1 for none."""
    variance = np.diagonal(noise, axis1=1, axis2=2)
    typical = variance.mean(axis=0)
    found = np.sqrt(variance / np.where(typical > 0, typical, 1.0))
    return np.where(typical > 0, np.maximum(found, QUIETEST), 1.0)
