"""The equations of the states solved on a grid: a year's revision is a delay."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

A_YEAR = 50  # steps
YEARS = 60
OPERATED, AGAIN = -math.log(0.98), -math.log(0.96)
SHAPE, RATE = math.exp(0.3740968), math.exp(-5.490935 - 0.0367022 * 60)


def exact() -> dict[str, dict[str, float]]:
    """Cost and QALYs of each prosthesis."""
    return {"standard": _totals(1.0, 394.0), "np1": _totals(math.exp(-1.344474), 579.0)}


def _dying(t: float) -> float:
    return 0.0067 if t < 5 else 0.0193 if t < 15 else 0.0535 if t < 25 else 0.1548


def _totals(ratio: float, price: float) -> dict[str, float]:
    """Steps of Runge and Kutta's fourth order, of half the grid's width twice over, so that delays lie on the grid."""
    h = 1 / A_YEAR
    dying = np.array([_dying((k + 0.5) / A_YEAR) for k in range(YEARS * A_YEAR)])  # in each step, which no age cuts
    lives = np.exp(-np.concatenate([[0.0], np.cumsum((dying + OPERATED) * h)]))  # of those under revision
    entered = np.zeros(2 * YEARS * A_YEAR + 1)  # into revision per year, at each half step
    middle = np.sqrt(lives[:-1] * lives[1:])
    alive = np.empty(2 * YEARS * A_YEAR + 1)
    alive[::2], alive[1::2] = lives, middle
    x = np.array([1.0, 0.0, 0.0, 0.0])
    totals = np.zeros(2)
    for k in range(YEARS * A_YEAR):

        def slope(y: NDArray[np.float64], j: int, k: int = k) -> NDArray[np.float64]:
            """At half step `j` from step `k` on: primary, well, revision, again."""
            t, d = (2 * k + j) * h / 2, dying[k]
            fails = ratio * RATE * SHAPE * t ** (SHAPE - 1) * y[1]
            into = fails + AGAIN * y[3]
            back = 2 * k + j - 2 * A_YEAR
            leaves = entered[back] * alive[2 * k + j] / alive[back] if back >= 0 else 0.0
            return np.array(
                [
                    -(2 + OPERATED) * y[0],
                    2 * y[0] - fails - d * y[1],
                    into - leaves - (d + OPERATED) * y[2],
                    leaves - AGAIN * y[3] - d * y[3],
                ]
            )

        def entering(y: NDArray[np.float64], j: int, k: int = k) -> float:
            return float(ratio * RATE * SHAPE * ((2 * k + j) * h / 2) ** (SHAPE - 1) * y[1] + AGAIN * y[3])

        entered[2 * k] = entering(x, 0)
        one = slope(x, 0)
        two = slope(x + h / 2 * one, 1)
        three = slope(x + h / 2 * two, 1)
        four = slope(x + h * three, 2)
        then = x + h / 6 * (one + 2 * two + 2 * three + four)
        half = (x + then) / 2 + h / 8 * (one - four)
        entered[2 * k + 1] = entering(half, 1)
        moments = np.array([k, k + 0.5, k + 1]) * h
        states = np.stack([x, half, then])
        weights = np.array([1, 4, 1]) * h / 6
        totals[0] += weights @ (np.exp(-0.06 * moments) * states[:, 2]) * 5294
        totals[1] += weights @ (np.exp(-0.015 * moments) * (states @ [0.0, 0.85, 0.3, 0.75]))
        x = then
    return {"cost": price + float(totals[0]), "effect": float(totals[1])}
