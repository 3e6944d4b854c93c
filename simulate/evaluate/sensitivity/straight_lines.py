"""How far parameters move an outcome over draws that were made anyway: one straight line in all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats
from simulate.evaluate.decision.acceptability import refuse_not_finite

DRAWS_EACH = 4  # draws that a slope needs to be told from chance and from the others
SHARED = 1e-8  # of the largest eigenvalue of a correlation matrix: below it columns say the same as others do
HELD = 1e-4  # of a column in such a direction, from which it has a part in it


class Swing(NamedTuple):
    """A parameter's range over draws, and the outcome at its ends, all others as they were drawn."""

    name: str
    low: float  # 2.5% point of the parameter, its own unit
    high: float  # 97.5% point
    at_low: float  # outcome, in its own unit
    at_high: float
    se: float  # of the difference between the two


def swings(names: Sequence[str], parameters: npt.ArrayLike, outcome: npt.ArrayLike) -> list[Swing]:
    """What `outcome` [draws] is at the ends of each parameter's 95% range, widest first; what never varies is left out.

    `parameters`: [draws, names]. Least squares of the outcome on all parameters at once, so that nothing is credited
    to one that goes together with another; a bent effect shows as its average slope. Columns that are sums of others,
    such as shares of a whole, have no slope of their own and are left out. Fewer than `DRAWS_EACH` draws for each
    slope tell nothing: an empty list. ``ValueError`` for wrong shapes and what is not finite.
    """
    x, y = np.asarray(parameters, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    if x.ndim != 2 or x.shape != (len(y), len(names)):
        raise ValueError(f"parameters: shape {x.shape}; must be [draws, names] for {y.shape} draws, {len(names)} names")
    refuse_not_finite(x, "parameters")
    refuse_not_finite(y, "outcome")
    if len(y) < 2:
        return []
    varies = [j for j in range(x.shape[1]) if np.ptp(x[:, j]) > 0 and x[:, j].std() > 0]
    middle, spread = x[:, varies].mean(axis=0), x[:, varies].std(axis=0)
    each = (x[:, varies] - middle) / spread
    own = _of_their_own(each)
    left = len(y) - len(own) - 1
    if not own or len(y) < DRAWS_EACH * (len(own) + 1):
        return []
    each = each[:, own]
    inverse = np.linalg.inv(each.T @ each)
    slopes = inverse @ (each.T @ (y - y.mean()))
    noise = float(((y - y.mean() - each @ slopes) ** 2).sum()) / left
    found = []
    for k, slope in zip(own, slopes / spread[own], strict=True):
        column = x[:, varies[k]]
        low, high = (float(q) for q in np.quantile(column, [0.025, 0.975]))
        at_low, at_high = (float(y.mean() + slope * (end - middle[k])) for end in (low, high))
        se = float(np.sqrt(noise * inverse[own.index(k), own.index(k)])) / float(spread[k]) * (high - low)
        found.append(Swing(names[varies[k]], low, high, at_low, at_high, se))
    return widest_first(found)


def widest_first(found: Sequence[Swing]) -> list[Swing]:
    """Swings in the order of how far they go."""
    return sorted(found, key=lambda s: -abs(s.at_high - s.at_low))


def told_from_chance(found: Sequence[Swing], error: float = 0.05) -> list[Swing]:
    """Those that chance would hardly make, if none of all moved anything: one such list in 1 / `error` (Bonferroni)."""
    from scipy.special import ndtri

    bar = -float(ndtri(error / (2 * len(found)))) if found else 0.0
    return [s for s in found if abs(s.at_high - s.at_low) > bar * s.se]


def _of_their_own(each: Floats) -> list[int]:
    """Columns of `each` [draws, columns], scaled alike, that are no sum of others."""
    if not each.shape[1]:
        return []
    values, directions = np.linalg.eigh(each.T @ each)
    shared = directions[:, values < SHARED * values[-1]]
    return [int(k) for k in np.flatnonzero((np.abs(shared) < HELD).all(axis=1))]
