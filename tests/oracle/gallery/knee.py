"""The cohort of the package rdecision: its two matrices, and costs on transitions; the first year is not discounted."""

from __future__ import annotations

import numpy as np

STATES = ("operation", "serious", "minor", "well", "complex", "simple", "other", "revised", "dead")
PRIMARY, REVISION = 0.00387, 0.00492  # deaths in a month
# From each state; nan is what the others leave, and gets what is taken from serious complications.
N = np.nan
MATRIX = np.array(
    [
        [0, 0.01495, 0.04285, N, 0, 0, 0, 0, 0],
        [0, 0, 0.01385, 0, 0.02469, 0.00523, N, 0, PRIMARY],
        [0, 0.00921, 0.02505, N, 0, 0.0025, 0.01701, 0, PRIMARY],
        [0, 0.00921, 0.01385, N, 0, 0, 0, 0, PRIMARY],
        [0, 0.02545, 0, 0, 0, 0, 0, N, REVISION],
        [0, 0.0159, 0.00816, 0, 0, 0, 0.01701, N, REVISION],
        [0, 0.00921, 0.01385, N, 0, 0.0025, 0, 0, PRIMARY],
        [0, 0, 0, 0, 0.02003, 0.01038, 0, N, REVISION],
        [0, 0, 0, 0, 0, 0, 0, 0, 1],
    ]
)
WORTH = np.array([0.72, 0.35, 0.66, 0.78, 0.51, 0.66, 0.72, 0.68, 0])


def exact() -> dict[str, dict[str, float]]:
    """Cost, QALYs, how often states are entered, and the share of the dead, of each strategy."""
    return {"conventional": _totals(1.0, 0.0), "computer": _totals(0.66, 235.0)}


def _totals(ratio: float, help_: float) -> dict[str, float]:
    step = MATRIX * np.where(np.arange(9) == 1, ratio, 1.0)
    rest = 1 - np.nansum(step, axis=1)
    step = np.where(np.isnan(step), rest[:, None], step)
    price = np.zeros((9, 9))
    price[:, 4], price[:, 5], price[:, 6], price[0] = 7326 + help_, 6234 + help_, 2844, 5197 + help_
    here, entered = np.eye(9)[0], np.zeros(9)
    totals = np.array([0.0, here @ WORTH / 12])
    for month in range(120):
        flows = here[:, None] * step
        here = flows.sum(axis=0)
        entered += here
        factor = 1.035 ** -max((month + 1) / 12 - 1, 0.0)
        totals += factor * np.array([(flows * price).sum(), here @ WORTH / 12])
    told = {"cost": float(totals[0]), "effect": float(totals[1]), "ever enters_dead": float(here[8])}
    return told | {f"count enters_{STATES[k]}": float(entered[k]) for k in (1, 4, 5)}  # none of which is stayed in
