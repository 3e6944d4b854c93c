"""Runs between old numbers and new: which subsets of the changed records are new in each, and what each comes to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.contract import DecisionProblem, ModelError
from parameters import ParameterSet
from parameters.arrays import Floats
from parameters.ground.spoken import option
from simulate.analyse.comparison.records import Change
from simulate.analyse.sweep.comparison_rows import comparisons
from simulate.ask.asked import Asked
from simulate.ask.case import Case, of_records
from simulate.engine.progress import StageProgress, of_stage
from simulate.evaluate.decision.acceptability import net_benefit
from simulate.evaluate.decision.equality import best_on_average
from simulate.result.judgement import chosen_threshold, increments
from simulate.result.result import Result
from simulate.running.known import Known
from simulate.running.running import simulated

WITHOUT_MORE, MOST_SHARED = 3, 6  # records whose Shapley value takes no more runs, and at most
Subset = frozenset[str]  # of changed records: those that are new


class Worth(NamedTuple):
    """What a run came to."""

    increments: Mapping[str, Mapping[str, Floats]]  # strategy -> outcome -> [draw]
    chances: Mapping[str, float | None]  # strategy -> probability of being best
    comparator: str
    best: str  # the strategy of the greatest mean net benefit
    replicate: npt.NDArray[np.int64] | None


def case_with(problem: DecisionProblem, setting: str, records: ParameterSet) -> Case:
    """The case; what the user fixed leaves the setting without its variants, as in a run."""
    fixed = {n: float(p.distribution.point) for n, p in records.items() if p.is_set}
    return of_records(problem, setting, records, fixed)


@dataclass(frozen=True, eq=False)
class Mixed:
    """Cases of the old numbers with some records new."""

    problem: DecisionProblem
    setting: str
    whole: tuple[ParameterSet, ParameterSet]
    changes: Mapping[str, Change]

    def case(self, new: Subset) -> Case:
        """The case with these records new and all others old."""
        old, other = self.whole
        if len(new) == len(self.changes):
            return case_with(self.problem, self.setting, other if new else old)
        records = dict(old.records)
        for name in new:
            change = self.changes[name]
            records = {n: p for n, p in records.items() if n not in change.names}
            records |= {p.name: p for p in (change.new or change.old)}
        ordered = {n: records[n] for n in (*old, *records) if n in records}
        sources = {**other.sources, **old.sources}
        return case_with(self.problem, self.setting, replace(old, records=ordered, sources=sources))


def subsets_of(names: Sequence[str], *, every: bool) -> list[Subset]:
    """None new, each new alone, each old alone, all new; and every other of few."""
    whole = frozenset(names)
    if len(names) <= WITHOUT_MORE or (every and len(names) <= MOST_SHARED):
        return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]
    if every:
        raise ModelError(f"{option('shapley')}: {len(names)} records changed; allowed: at most {MOST_SHARED}")
    return list(dict.fromkeys([frozenset(), *(frozenset({n}) for n in names), *(whole - {n} for n in names), whole]))


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
    first, chosen = result.strategies[0], result.strategies[best_on_average(worth)]
    return Worth(told, chances, first, chosen, result.replicate)


__all__ = ["Mixed", "Subset", "Worth", "case_with", "run_all", "subsets_of"]
