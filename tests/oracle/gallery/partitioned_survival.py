"""Areas under two discounted Weibull curves, by quadrature."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad

CURVES = {"free": (0.7626145, 3.7909358), "alive": (1.2435916, 9.2921307)}  # shape, scale in years


def exact() -> dict[str, dict[str, float]]:
    """Cost and QALYs of 60 years; what is progressed is what lies between the curves."""
    return {"observed": _arm(1.0, 0.0), "drug": _arm(0.75, 6000.0)}


def _arm(ratio: float, price: float) -> dict[str, float]:
    free, alive = (_area(*curve, ratio) for curve in CURVES.values())
    return {"cost": (4800 + price) * free + 1200 * (alive - free), "effect": 0.8 * free + 0.5 * (alive - free)}


def _area(shape: float, scale: float, ratio: float) -> float:
    return float(quad(lambda t: np.exp(-ratio * (t / scale) ** shape) * 1.03**-t, 0, 60, epsabs=1e-10, limit=500)[0])
