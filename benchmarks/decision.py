"""Seconds for the decision analysis of a large probabilistic run: curves over thresholds, and values of parameters.

    python benchmarks/decision.py

10,000 draws of five strategies at 201 thresholds (CEAC, CEAF and EVPI together), and the EVPPI of 30 single
parameters at 10,000 draws of five strategies. Made-up numbers; the least of several repeats, since other work on
the machine only slows. The section ``decision`` of ``results.json`` keeps them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from record import machine, save

from simulate.evaluate import ceac, ceaf, evpi, evppi

DRAWS, STRATEGIES, THRESHOLDS, PARAMETERS = 10_000, 5, 201, 30
LIMITS = {"curves_seconds": 0.3, "evppi_seconds": 20.0}


def made_up() -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Costs, effects and parameters; each strategy's effect bends with a few parameters, and pairs of them interact."""
    generator = np.random.default_rng(1)
    x = generator.standard_normal((DRAWS, PARAMETERS))
    effect = 1 + 0.05 * x[:, :STRATEGIES] + 0.02 * x[:, 5:6] * x[:, 6:7] + 0.02 * np.maximum(x[:, 7:12], 0)
    cost = 1000 + 500 * x[:, 12:17] + 300 * generator.standard_normal((DRAWS, STRATEGIES))
    return cost, effect, pd.DataFrame(x).add_prefix("p")


def least(work: Callable[[], Any], repeats: int) -> float:
    """Seconds of the quickest of several repeats."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def measure() -> dict[str, Any]:
    """Both times, with what they were measured on."""
    cost, effect, parameters = made_up()
    thresholds = np.linspace(0, 100_000, THRESHOLDS)
    nb = 20_000 * effect - cost
    evppi(nb[:100], parameters[:100], {"warm": ["p0"]})  # the first call imports scikit-learn
    return {
        "machine": machine(),
        "draws": DRAWS,
        "strategies": STRATEGIES,
        "thresholds": THRESHOLDS,
        "parameters": PARAMETERS,
        "curves_seconds": least(
            lambda: (ceac(cost, effect, thresholds), ceaf(cost, effect, thresholds), evpi(cost, effect, thresholds)), 7
        ),
        "evppi_seconds": least(lambda: evppi(nb, parameters), 3),
        "limits": LIMITS,
    }


if __name__ == "__main__":
    found = measure()
    save("decision", found)
    print(json.dumps(found, indent=2))
