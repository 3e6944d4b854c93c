"""Years stable and worse by numerical integration, over sex and the quantiles of age."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

STEPS, HORIZON = 4000, 30.0
RATIOS = {"care": (1.0, 1.0, 0.0), "drug_1": (0.7, 0.85, 15000.0), "drug_2": (0.6, 0.75, 18000.0)}
Floats = NDArray[np.float64]


def exact() -> dict[str, dict[str, float]]:
    """Cost and QALYs of each strategy."""
    ages, weights = np.polynomial.hermite_e.hermegauss(21)
    weights = weights / weights.sum()
    return {
        name: _sum(
            _totals(woman, 5.5 * age, *ratios) * weight / 2
            for woman in (False, True)
            for age, weight in zip(ages, weights, strict=True)
        )
        for name, ratios in RATIOS.items()
    }


def _sum(parts: object) -> dict[str, float]:
    cost, effect = np.sum(list(parts), axis=0)  # type: ignore[call-overload]
    return {"cost": float(cost), "effect": float(effect)}


def _cumulative(t: Floats, shape: float, mean: float, ratio: float) -> Floats:
    return np.asarray(ratio * (t * math.gamma(1 + 1 / shape) / mean) ** shape)


def _totals(woman: bool, years: float, progress: float, death: float, drug: float) -> Floats:
    """Cost and QALYs of people of one sex and so many years above 60, discounted at 3.5%."""
    t = np.linspace(0, HORIZON, STEPS + 1)
    h = t[1]
    factor = 1.035**-t
    to_worse = progress * (1.4 if woman else 1.0) * 1.03**years
    to_death = death * (1.2 if woman else 1.0) * 1.02**years
    after = (1.3 if woman else 1.0) * 1.02**years
    stable = np.exp(-_cumulative(t, 2.0, 6.25, to_worse) - _cumulative(t, 2.5, 10.0, to_death))
    density = stable * _cumulative(np.ones_like(t), 2.0, 6.25, to_worse) * 2.0 * t
    lived = np.exp(-_cumulative(t, 3.5, 8.0, after)) * factor
    so_far = np.concatenate([[0.0], np.cumsum((lived[1:] + lived[:-1]) / 2) * h])
    worse = np.trapezoid(density * factor * so_far[::-1], dx=h)  # worse from t on, to the horizon
    well = np.trapezoid(stable * factor, dx=h)
    return np.array([(4000 + drug) * well + 12000 * worse, 0.8 * well + 0.6 * worse])
