"""Whose variance it is: Sobol's first-order and total indices (Saltelli 2010), by SALib.

First-order: the share of an outcome's variance that goes away when this input alone is known. Total: the share that is
left when everything else is known, interactions included. Inputs are taken as independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from parameters.arrays import Floats
from parameters.mistakes import MissingExtra
from simulate.evaluate.decision.acceptability import refuse_not_finite, refuse_repeated

if TYPE_CHECKING:
    import pandas as pd


RESAMPLES = 200
CONFIDENCE = 0.95


def saltelli_sample(names: Sequence[str], points: int, seed: int) -> Floats:
    """Uniforms [points x (names + 2), names] strictly inside (0, 1) for ``sobol_indices``; `points` a power of two."""
    refuse_repeated(names, "names")
    if not isinstance(points, Integral) or points < 2 or points & (points - 1):
        raise ValueError(f"points: {points}; must be a power of two, 2 or more")
    sample = _salib("SALib.sample.sobol").sample(_problem(names), points, calc_second_order=False, seed=seed)
    return np.clip(np.asarray(sample, dtype=np.float64), 2.0**-32, 1 - 2.0**-32)


def sobol_indices(outcomes: Mapping[str, Floats], names: Sequence[str], seed: int) -> pd.DataFrame:
    """One row an outcome and input: ``first`` and ``total`` indices with the half-widths of their 95% intervals.

    Outcomes are in the order of ``saltelli_sample``; the intervals are bootstrapped with `seed`. An outcome that does
    not vary has indices of 0.
    """
    import pandas as pd

    frames = []
    refuse_repeated(names, "names")
    for outcome, given in outcomes.items():
        values = np.asarray(given, dtype=np.float64)
        if values.ndim != 1 or not len(values) or len(values) % (len(names) + 2):
            raise ValueError(f"{outcome}: shape {values.shape}; must be one value a row of saltelli_sample")
        refuse_not_finite(values, outcome)
        found = _analysed(values, names, seed)
        frame = pd.DataFrame({"outcome": outcome, "parameter": list(names), **found})
        frames.append(frame.sort_values(["total", "parameter"], ascending=[False, True]))
    return pd.concat(frames, ignore_index=True)


def _analysed(values: Floats, names: Sequence[str], seed: int) -> dict[str, Floats]:
    columns = {"first": "S1", "first_reach": "S1_conf", "total": "ST", "total_reach": "ST_conf"}
    if np.ptp(values) == 0:
        return {name: np.zeros(len(names)) for name in columns}
    found = _salib("SALib.analyze.sobol").analyze(
        _problem(names),
        values,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        seed=seed,
    )
    return {name: np.asarray(found[key], dtype=np.float64) for name, key in columns.items()}


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _salib(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as fault:
        raise MissingExtra("Sobol indices need SALib: pip install SALib") from fault
