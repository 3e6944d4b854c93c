"""Which inputs matter: parameters in order of their association with an outcome over draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats
from simulate.evaluate.decision.acceptability import refuse_not_finite, refuse_other_labels, refuse_repeated


class Influence(NamedTuple):
    """A parameter and its squared rank correlation with the outcome, from 0 to 1."""

    name: str
    share: float


def by_influence(names: Sequence[str], parameters: npt.ArrayLike, outcome: npt.ArrayLike) -> list[Influence]:
    """`names` from most to least influential on `outcome`, by squared Spearman correlation over draws.

    `parameters`: [draws, names]; `outcome`: [draws], e.g. incremental net benefit. Ties keep the order
    given; a parameter that never varies has share 0 and comes last. ``ValueError`` for wrong shapes.
    """
    refuse_other_labels(names, parameters, "parameters")
    x, y = np.asarray(parameters, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 1 or x.shape != (len(y), len(names)):
        raise ValueError(
            f"parameters: shape {x.shape}; must be [draws, names] for {y.shape} draws and {len(names)} names"
        )
    refuse_repeated(names, "names")
    refuse_not_finite(x, "parameters")
    refuse_not_finite(y, "outcome")
    target = _standardised(_ranks(y))
    shares = [_squared_correlation(_standardised(_ranks(x[:, j])), target) for j in range(x.shape[1])]
    varies = np.ptp(x, axis=0) > 0 if len(x) else np.zeros(x.shape[1], dtype=bool)
    order = sorted(range(len(names)), key=lambda j: (not varies[j], -shares[j], j))
    return [Influence(names[j], shares[j]) for j in order]


def _ranks(values: Floats) -> Floats:
    """Ranks from 0, equal values sharing their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count + 1) / 2
    return np.asarray(middle[place])


def _standardised(ranks: Floats) -> Floats:
    centred = ranks - ranks.mean() if len(ranks) else ranks
    length = float(np.sqrt((centred**2).sum()))
    return centred / length if length > 0 else np.zeros_like(centred)


def _squared_correlation(x: Floats, y: Floats) -> float:
    return min(1.0, float((x * y).sum()) ** 2)
