"""Runs between old numbers and new, and what each comes to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats
from simulate.analyse.comparison.mixed import Mixed, Subset
from simulate.analyse.sweep.comparison_rows import comparisons
from simulate.ask.asked import Asked
from simulate.engine.progress import StageProgress, of_stage
from simulate.evaluate.decision.acceptability import net_benefit
from simulate.evaluate.decision.equality import best_on_average
from simulate.result.judgement import chosen_threshold, increments
from simulate.result.result import Result
from simulate.running.known import Known
from simulate.running.running import simulated


class Worth(NamedTuple):
    """What a run came to."""

    increments: Mapping[str, Mapping[str, Floats]]  # strategy -> outcome -> [draw]
    sizes: Mapping[str, Mapping[str, Floats]]  # the same: the absolute costs and effects that an increment is of
    chances: Mapping[str, float | None]  # strategy -> probability of being best
    comparator: str
    best: str  # the strategy of the greatest mean net benefit
    replicate: npt.NDArray[np.int64] | None


def run_all(
    asked: Asked,
    mixed: Mixed,
    subsets: Sequence[Subset],
    threshold: float | None,
    threads: int | None,
    tell: StageProgress,
) -> tuple[dict[Subset, Worth], float]:
    """Every subset's run, with what it shares with the old numbers or the new ones taken from there."""
    known, ends, found = Known(), list[Result](), dict[Subset, Worth]()
    at = math.nan
    order = sorted(subsets, key=lambda s: 0 < len(s) < len(mixed.changes))  # both ends first
    for number, subset in enumerate(order, 1):
        case = mixed.case(subset)
        calibration = known.calibration(
            asked.of(case).told.case if asked.options.exact and asked.options.fixed else case,
            fixed=asked.options.fixed,
            exact=asked.options.exact,
            threads=threads,
            progress=tell,
        )
        telling = of_stage(tell, f"run {number} of {len(order)}")
        result = simulated(asked.of(case), calibration, threads=threads, progress=telling, known=ends)
        if number <= 2:
            ends.append(result)
        at = chosen_threshold(result, threshold) if number == 1 else at
        found[subset] = _worth(result, at)
    return found, at


def _worth(result: Result, threshold: float) -> Worth:
    told = {s: increments(result, s, threshold) for s in result.strategies[1:]}
    chances = {r["strategy"]: r["p_cost_effective"] for r in comparisons(result, threshold)}
    worth = net_benefit(result.cost, result.effect, threshold)
    of = {"cost": np.abs(result.cost), "effect": np.abs(result.effect)}
    sizes = {s: {o: x[:, 0] + x[:, k] for o, x in of.items()} for k, s in enumerate(result.strategies) if k}
    first, chosen = result.strategies[0], result.strategies[best_on_average(worth)]
    return Worth(told, sizes, chances, first, chosen, result.replicate)


__all__ = ["Worth", "run_all"]
