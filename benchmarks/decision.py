"""Seconds for the decision analysis of a large probabilistic run: curves over thresholds, and values of parameters.

    python benchmarks/decision.py

10,000 draws of five strategies at 201 thresholds (CEAC, CEAF and EVPI together), the EVPPI of 30 single parameters at
10,000 draws of five strategies, and of two strategies that of 20 with the EVSI and ENBS of a trial at 16 sizes, all
with standard errors. Made-up numbers; the least of several repeats, since other work on the machine only slows. The
section ``decision`` of ``results.json`` keeps them with ``--keep``. Exit code 1 past a limit of processor time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from record import machine, save

from simulate.evaluate import TrialOfShares, ceac, ceaf, enbs, evpi, evppi, evsi

DRAWS, STRATEGIES, THRESHOLDS, PARAMETERS = 10_000, 5, 201, 30
SINGLE, SIZES = 20, [int(n) for n in np.geomspace(20, 20_000, 16)]
LIMITS = {"curves_seconds": 0.3, "evppi_seconds": 4.0, "learning_seconds": 3.0}


def made_up() -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Costs, effects and parameters; each strategy's effect bends with a few parameters, and pairs of them interact."""
    generator = np.random.default_rng(1)
    x = generator.standard_normal((DRAWS, PARAMETERS))
    effect = 1 + 0.05 * x[:, :STRATEGIES] + 0.02 * x[:, 5:6] * x[:, 6:7] + 0.02 * np.maximum(x[:, 7:12], 0)
    cost = 1000 + 500 * x[:, 12:17] + 300 * generator.standard_normal((DRAWS, STRATEGIES))
    return cost, effect, pd.DataFrame(x).add_prefix("p")


def learn() -> pd.DataFrame:
    """Single EVPPIs of two strategies, and the EVSI and ENBS of a trial of shares at every size."""
    generator = np.random.default_rng(2)
    usual = generator.beta(20, 80, DRAWS)
    shares = pd.DataFrame({"usual": usual, "new": usual * np.exp(generator.normal(-0.1, 0.1, DRAWS))})
    x = generator.standard_normal((DRAWS, SINGLE))
    benefit = 100_000 * (shares["usual"] - shares["new"]) - 800 + x @ np.linspace(0, 600, SINGLE)
    nb = np.stack([np.zeros(DRAWS), benefit], axis=1)
    evppi(nb, pd.DataFrame(x).add_prefix("p"))
    found = evsi(nb, shares, TrialOfShares("usual", "new"), SIZES)
    return enbs(found, per_year=10_000, years=5, fixed_cost=500_000, cost_per_person=1_000)


def least(work: Callable[[], Any], repeats: int) -> float:
    """Seconds of the processor, of the quickest of several repeats."""
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return min(seconds)


def measure() -> dict[str, Any]:
    """The times, with what they were measured on."""
    cost, effect, parameters = made_up()
    thresholds = np.linspace(0, 100_000, THRESHOLDS)
    nb = 20_000 * effect - cost
    evppi(nb[:100], parameters[:100], {"warm": ["p0"]})  # the first call imports
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
        "learning_seconds": least(learn, 3),
        "limits": LIMITS,
    }


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    found = measure()
    save("decision", found)
    print(json.dumps(found, indent=2))
    sys.exit(any(found[name] > limit for name, limit in LIMITS.items()))
