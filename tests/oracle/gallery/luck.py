"""The time sick, and what is left from each moment of getting sicker, by Gauss and Legendre's quadrature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
RATE = np.log(1.035)
LATE, EARLY = (12.0, 3.0), (8.0, 2.0)
NODES, WEIGHTS = (x / 2 for x in np.polynomial.legendre.leggauss(400))
LONGEST = 40.0
MOMENTS = LONGEST * (0.5 + NODES)


def exact() -> dict[str, dict[str, float]]:
    """Cost and QALYs for life."""
    return {"none": _arm(0.2, 0.4, 0.0), "drug": _arm(0.16, 0.3, 1000.0)}


def _arm(rate: float, unlucky: float, price: float) -> dict[str, float]:
    here = np.exp(-rate * MOMENTS) * _lived(MOMENTS, np.zeros(1), LATE)
    left = (1 - unlucky) * _left(LATE) + unlucky * _left(EARLY)
    sick = LONGEST * float(WEIGHTS @ (np.exp(-RATE * MOMENTS) * here))
    sicker = LONGEST * float(WEIGHTS @ (rate * here * left))
    return {"cost": (3000 + price) * sick + (7000 + price) * sicker, "effect": 0.8 * sick + 0.5 * sicker}


def _left(law: tuple[float, float]) -> Floats:
    """Discounted years of life after each moment of getting sicker."""
    later = MOMENTS[:, None] + MOMENTS
    return np.asarray(LONGEST * (np.exp(-RATE * later) * _lived(later, MOMENTS[:, None], law)) @ WEIGHTS)


def _lived(t: Floats, since: Floats, law: tuple[float, float]) -> Floats:
    return np.asarray(np.exp(norm.logsf(t, *law) - norm.logsf(since, *law)))
