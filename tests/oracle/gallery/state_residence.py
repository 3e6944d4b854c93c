"""The tutorial's own layout: 75 tunnel states of the sick, a matrix for every year, rewards on its transitions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

YEARS = 75
DATA = Path(__file__).resolve().parents[3] / "scripts" / "examples" / "gallery" / "us_2015.csv"
HEALTHY, SICKER, DEAD = 0, YEARS + 1, YEARS + 2  # the sick, by years so far, in between
STRATEGIES = {"care": (False, False), "a": (True, False), "b": (False, True), "ab": (True, True)}


def exact() -> dict[str, dict[str, float]]:
    """Cost and QALYs of each strategy."""
    with DATA.open(encoding="utf-8") as file:
        rates = [float(r["rate"]) for r in csv.DictReader(file)][25 : 25 + YEARS]
    return {name: _totals(rates, *treated) for name, treated in STRATEGIES.items()}


def _totals(rates: list[float], a: bool, b: bool) -> dict[str, float]:
    cost = np.array([2000.0, *[4000.0 + 12000.0 * a + 13000.0 * b] * YEARS, 15000.0 + 12000.0 * a + 13000.0 * b, 0.0])
    worth = np.array([1.0, *[0.95 if a else 0.75] * YEARS, 0.5, 0.0])
    here = np.eye(YEARS + 3)[HEALTHY]
    totals = np.array([here @ cost, here @ worth]) / 3
    for t in range(1, YEARS + 1):
        flows = here[:, None] * _matrix(rates[t - 1], 0.6 if b else 1.0)
        here = flows.sum(axis=0)
        earned = np.array([here @ cost, here @ worth])
        earned += [1000.0 * flows[HEALTHY, 1] + 2000.0 * flows[:DEAD, DEAD].sum(), -0.01 * flows[HEALTHY, 1]]
        weight = 1 / 3 if t == YEARS else (2 / 3 if t % 2 else 4 / 3)
        totals += weight * earned / 1.03**t
    return {"cost": float(totals[0]), "effect": float(totals[1])}


def _matrix(rate: float, ratio: float) -> NDArray[np.float64]:
    """Probabilities of a year, at this death rate of the healthy and this hazard ratio of getting worse."""
    out = np.zeros((YEARS + 3, YEARS + 3))
    lives = np.exp(-rate * np.array([1.0, 3.0, 10.0]))
    ill = 1 - np.exp(-0.15)
    out[HEALTHY, [HEALTHY, 1]] = lives[0] * np.array([1 - ill, ill])
    for k in range(1, YEARS + 1):
        worse = 1 - np.exp(-ratio * ((0.08 * k) ** 1.1 - (0.08 * (k - 1)) ** 1.1))
        well = 1 - np.exp(-0.5)
        out[k, HEALTHY] = lives[1] * well
        out[k, SICKER] = lives[1] * worse
        out[k, min(k + 1, YEARS)] += lives[1] * (1 - well - worse)
    out[SICKER, SICKER], out[DEAD, DEAD] = lives[2], 1.0
    out[:DEAD, DEAD] = 1 - out[:DEAD].sum(axis=1)
    return out
