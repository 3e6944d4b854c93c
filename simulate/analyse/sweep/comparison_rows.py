"""A result's comparisons as rows of a table: what scenarios and subgroups are told by."""

from __future__ import annotations

from typing import Any

import numpy as np

from parameters.arrays import Floats
from simulate.evaluate.uncertainty.precision import mcse, number_or_none, weighted_mean
from simulate.result.judgement import batch_increments, judged
from simulate.result.result import Result


def comparisons(result: Result, threshold: float) -> list[dict[str, Any]]:
    """One row a strategy beside the comparator, at `threshold` money per unit of effect.

    ``cost``, ``effect`` and ``nmb`` are increments with their 95% interval over draws and MCSE;
    ``p_cost_effective`` is the probability of being the best of all strategies, noise-corrected, and ``p_naive`` the
    same from the draws as they are. Intervals and probabilities are empty where there is but one draw.
    """
    several = len(result.cost) > 1
    best = result.ceac([threshold]).iloc[0] if several else None
    rows, lacking = [], result.lacking
    for found in judged(result):
        c = found.comparison
        row: dict[str, Any] = {"strategy": c.strategy, "versus": c.versus}
        missed = lacking.cost((c.strategy, c.versus)), lacking.effect((c.strategy, c.versus))
        unseen = {"nmb": float(np.hypot(missed[0], threshold * missed[1])), "cost": missed[0], "effect": missed[1]}
        for name, batches in batch_increments(result, c.strategy, threshold).items():
            row |= {f"{name}_{k}": v for k, v in described(result, batches, unseen[name]).items()}
        row |= {"icer": found.icer, "verdict": found.verdict}
        naive, corrected = (np.nan, np.nan) if best is None else (best[f"{k}_{c.strategy}"] for k in _PROBABILITIES)
        known = np.isfinite(corrected)
        row |= {"p_cost_effective": number_or_none(float(corrected if known else naive))}
        saving = several and c.strategy not in result.withheld.strategies
        row |= {"p_naive": number_or_none(float(naive)), "p_cost_saving": c.p_cost_saving if saving else None}
        rows.append(row)
    return rows


_PROBABILITIES = ("probability", "corrected")


def described(result: Result, batches: Floats, unseen: float) -> dict[str, float | None]:
    """Mean, 95% interval over draws and MCSE of batch means [draws, batches], with the error from what was `unseen`."""
    draws = weighted_mean(batches, result.values.people)
    low, high = np.quantile(draws, [0.025, 0.975]) if len(draws) > 1 else (np.nan, np.nan)
    found = {
        "mean": float(draws.mean()),
        "low": float(low),
        "high": float(high),
        "mcse": float(np.hypot(mcse(batches, result.values.people, result.replicate), unseen)),
    }
    return {name: number_or_none(value) for name, value in found.items()}
