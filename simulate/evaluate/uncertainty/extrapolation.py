"""Whether a corrected EVPI agrees with what fewer people tell: a check that supposes nothing about its shape.

Half of the people have twice the noise, and what that adds to the naive EVPI it takes off again, to first order in
the noise's variance, whatever the shape of the distribution and however noise differs between draws (simulation and
extrapolation: Cook and Stefanski, J Am Stat Assoc 1994;89:1314-1328). It is noisy itself and says little where noise
is large, so it corrects nothing: it tells where a correction has gone astray.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats
from simulate.evaluate.uncertainty.increments import Increments, contrast
from simulate.evaluate.uncertainty.precision import mcse_of_draws

FIRST_ORDER = 0.5  # of the naive EVPI: noise that adds more is not extrapolated
SURE = 3.0  # standard errors by which a correction must be further off than none


def astray(increments: Increments, corrected: Floats, thresholds: Floats, replicate: npt.ArrayLike | None) -> Bools:
    """Thresholds at which `corrected` [draw, outcome] is surely further from the extrapolation than no correction."""
    out = np.zeros(len(thresholds), dtype=np.bool_)
    if len(corrected) == 1 or not increments.noise.any():
        return out
    halves, excess = _halves(increments)
    for i, threshold in enumerate(thresholds):
        w = contrast(increments, float(threshold))
        best = int((increments.values.mean(axis=0) @ w).argmax())
        naive = _gains(increments.values @ w, best)
        no_noise = naive - (np.mean([_gains(h @ w, best) for h in halves], axis=0) - naive) / excess
        if abs(naive.mean() - no_noise.mean()) > FIRST_ORDER * naive.mean():
            continue
        off = _gains(corrected @ w, best) - no_noise
        error = float(np.nan_to_num(mcse_of_draws(off, replicate)))
        out[i] = abs(off.mean()) > abs(naive.mean() - no_noise.mean()) + SURE * error
    return out


def _halves(increments: Increments) -> tuple[list[Floats], float]:
    """Increments [draw, outcome] by either half of the batches, cut in several ways, and how much more noise they have.

    The excess is of the variance of the noise, as a share of it.
    """
    b, weights = increments.batches, increments.weights
    found, more = [], []
    for first in range(b // 2):
        chosen = (np.arange(b) + first) % b < b // 2
        for half in (chosen, ~chosen):
            share = weights[half] / weights[half].sum()
            found.append(increments.by_batch[:, :, half] @ share)
            more.append(weights.sum() / weights[half].sum() - 1)
    return found, float(np.mean(more))


def _gains(benefit: Floats, best: int) -> Floats:
    """What the best strategy of each draw gains over `best`, [draw]."""
    return np.asarray(benefit.max(axis=1) - benefit[:, best])
