"""How far each parameter moves an outcome over draws that were made anyway: a straight line through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulate.evaluate.decision.acceptability import refuse_not_finite


class Swing(NamedTuple):
    """A parameter's range over draws, and the outcome that a straight line through the draws has at its ends."""

    name: str
    low: float  # 2.5% point of the parameter, its own unit
    high: float  # 97.5% point
    at_low: float  # outcome, in its own unit
    at_high: float
    se: float  # of the difference between the two


def swings(names: Sequence[str], parameters: npt.ArrayLike, outcome: npt.ArrayLike) -> list[Swing]:
    """What `outcome` [draws] is at the ends of each parameter's 95% range, widest first; what never varies is left out.

    `parameters`: [draws, names]. Least squares of the outcome on one parameter at a time, which is the slope of the
    outcome averaged over all others where draws are independent; a bent effect shows as its average slope. Fewer than
    four draws tell nothing: an empty list. ``ValueError`` for wrong shapes and what is not finite.
    """
    x, y = np.asarray(parameters, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    if x.ndim != 2 or x.shape != (len(y), len(names)):
        raise ValueError(f"parameters: shape {x.shape}; must be [draws, names] for {y.shape} draws, {len(names)} names")
    refuse_not_finite(x, "parameters")
    refuse_not_finite(y, "outcome")
    if len(y) < 4:
        return []
    middle, centred = x.mean(axis=0), x - x.mean(axis=0)
    spread = (centred**2).sum(axis=0)
    varies = [j for j in range(x.shape[1]) if np.ptp(x[:, j]) > 0 and spread[j] > 0]
    found = []
    low, high = np.quantile(x, [0.025, 0.975], axis=0)
    for j in varies:
        slope = float(centred[:, j] @ (y - y.mean()) / spread[j])
        left = y - y.mean() - slope * centred[:, j]
        se = float(np.sqrt((left**2).sum() / (len(y) - 2) / spread[j]))
        at_low, at_high = (float(y.mean() + slope * (end - middle[j])) for end in (low[j], high[j]))
        found.append(Swing(names[j], float(low[j]), float(high[j]), at_low, at_high, se * float(high[j] - low[j])))
    return sorted(found, key=lambda s: -abs(s.at_high - s.at_low))
