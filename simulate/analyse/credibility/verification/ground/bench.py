"""The bench a model is tested on: its case, solved for once, and small runs that checks share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from models.contract import CostItem, DecisionProblem, Setting
from models.states import follows_people
from parameters.arrays import Floats
from simulate.analyse.credibility.verification.ground.rewriting import YEARS
from simulate.ask.case import Case
from simulate.engine.statistics import Statistics
from simulate.evaluate.valuation import cost_by_item
from simulate.result.result import Result
from simulate.running.running import run
from simulate.running.solving import solved_for
from simulate.solve.calibration import Calibration
from simulate.solve.targets import unit_of

DRAWS, PEOPLE = 16, 64  # of a run in which what holds, holds exactly
SEEDS = tuple(range(1, 17))  # by which chance is measured
MANY, FEW = 800, 200  # people then
PLAIN = ("time", "count", "ever", "first", "nth", "bands", "weighed", "occupancy")  # what happens to people
EVENLY = ("half-cycle", "start", "end", "simpson")  # ways of counting cycles by which all time counts once
WHOLE = 1e-9  # relative: what adding up in another order may leave


@dataclass(frozen=True, eq=False)
class Bench:
    """A case; the same with its solved ratios held where they are at the point estimates; and what was run of it."""

    case: Case
    solved: Case
    calibration: Calibration
    threads: int | None = None
    kept: dict[Hashable, Result] = field(default_factory=dict)

    @staticmethod
    def of(case: Case, threads: int | None = None) -> Bench:
        """The bench of a case. Errors as of ``solved_for``."""
        calibration = solved_for(case, fixed=True, threads=threads)
        return Bench(case, with_solved(case, calibration), calibration, threads)

    @property
    def problem(self) -> DecisionProblem:
        """What is tested, under its setting."""
        return self.solved.problem

    @property
    def people_are_followed(self) -> bool:
        """Whether single people are simulated: not in an account, nor in a cohort in cycles."""
        return follows_people(self.problem.pathway)

    @property
    def is_account(self) -> bool:
        """Whether nothing ever happens."""
        return not self.problem.pathway.events

    @property
    def counts_evenly(self) -> bool:
        """Whether all time counts once: not where moments of cycles have weights of their own, or both ends count."""
        cycle = self.problem.pathway.cycle
        return cycle is None or cycle.counted in EVENLY

    def run(self, case: Case | None = None, **wishes: Any) -> Result:
        """A small run of the solved case, kept; or of another `case`, not kept. Arguments as of ``run``."""
        asked = {"draws": DRAWS, "people": PEOPLE, "seed": 1, "threads": self.threads, **wishes}
        if asked.get("exact") or not self.people_are_followed:
            asked.pop("people")
        if asked.get("fixed"):
            asked.pop("draws")  # there is one
        if case is not None:
            return run(case, **asked)
        key = tuple(sorted(asked.items()))
        if key not in self.kept:
            self.kept[key] = run(self.solved, **asked)
        return self.kept[key]

    @cached_property
    def base(self) -> Result:
        """The run that most checks look at."""
        return self.run()

    @cached_property
    def by_seed(self) -> Sequence[Result]:
        """The point estimates for many people, by seed."""
        return [self.run(fixed=True, people=MANY, seed=seed) for seed in SEEDS]

    @cached_property
    def by_seed_of_few(self) -> Sequence[Result]:
        """The same for a quarter of the people."""
        return [self.run(fixed=True, people=FEW, seed=seed) for seed in SEEDS]


def with_solved(case: Case, calibration: Calibration) -> Case:
    """A case without targets, variants and published figures, its solved ratios given as numbers.

    Where it is judged by QALYs and has no utilities, it is by years of life.
    """
    told = bool(case.problem.utilities) or not case.problem.effect(case.setting.effect).is_qaly
    values = zip(calibration.targets, calibration.value, strict=True)
    given = {**case.setting.given, **{t.unknown: float(x) * unit_of(t) for t, x in values}}
    setting = Setting(
        case.setting.name,
        case.setting.label,
        case.setting.horizon,
        perspective=case.setting.perspective,
        effect=case.setting.effect if told else YEARS.name,
        given=given,
    )
    effects = case.problem.effects if told else (*case.problem.effects, YEARS)
    problem = replace(case.problem, settings=(setting,), breakevens=(), effects=effects)
    return replace(case, problem=problem, setting=setting, asked=None, own=None)


def differing(a: Statistics, b: Statistics, names: Sequence[str] = PLAIN) -> list[str]:
    """Which arrays of two runs are not the same bits."""
    pairs = {n: (getattr(a, n), getattr(b, n)) for n in names}
    return [n for n, (x, y) in pairs.items() if (x.size or y.size) and not np.array_equal(x, y)]


def differing_arms(x: Statistics, first: int, second: int) -> list[str]:
    """Which arrays of two strategies of a run are not the same bits."""
    names = [n for n in PLAIN if getattr(x, n).ndim > 1]
    return [n for n in names if not np.array_equal(getattr(x, n)[:, first], getattr(x, n)[:, second])]


def revalued(result: Result, **changes: Any) -> Result:
    """A run whose problem has other costs, utilities or effects, of parameters it has drawn: nothing is simulated."""
    case = replace(result.case, problem=replace(result.case.problem, **changes))
    return replace(result, asked=result.asked.of(case), variants={})


def lines_of(result: Result) -> dict[str, Floats]:
    """Every cost line, money a person, each [draws, strategies]."""
    return cost_by_item(result.case.problem, result.draws, result.counted)


def with_line(items: Sequence[CostItem], name: str, **changes: Any) -> tuple[CostItem, ...]:
    """Cost items of which one is changed."""
    return tuple(replace(i, **changes) if i.name == name else i for i in items)


def off(a: Floats | float, b: Floats | float, size: Floats | float = 0.0) -> float:
    """By how much two things differ, of the greatest number of them or of `size`."""
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if left.size == 0:
        return 0.0
    greatest = max(np.abs(left).max(), np.abs(right).max(), np.abs(np.asarray(size)).max(initial=0.0))
    return 0.0 if greatest == 0 else float(np.abs(left - right).max() / greatest)
