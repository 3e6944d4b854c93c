"""Global sensitivity: Sobol's indices of incremental cost, effect and net benefit, the same people in every cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.contract import ModelError
from parameters.arrays import Floats
from parameters.ground.brief import Brief
from parameters.joint import TOGETHER
from parameters.sampling import drawn_at
from simulate.analyse.sweep.cells import OUTCOMES, ranges_of, simulate_alike
from simulate.ask.asked import ask
from simulate.ask.case import AnyCase, Case, as_case
from simulate.ask.options import Wishes
from simulate.engine.progress import StageProgress, silent
from simulate.evaluate.sensitivity.variance import saltelli_sample, sobol_indices
from simulate.process.shown import Finding
from simulate.result.judgement import (
    base_case_worth,
    best_new_strategy,
    chosen_threshold,
    how_judged,
    increments,
    refuse_judgement,
)
from simulate.result.plain import rows_of
from simulate.result.result import Result
from simulate.running.forecast import refuse_unaffordable
from simulate.running.running import drawn_for
from simulate.running.solving import solved_for

if TYPE_CHECKING:
    import pandas as pd

POINTS, PEOPLE = 256, 1000  # of Saltelli's design, before its copies for every parameter; people in each cell


@dataclass(frozen=True, eq=False, repr=False)
class Sobol(Brief, Finding):
    """Indices of every uncertain parameter, from cells that share their people."""

    result: Result  # draws: the base case, then Saltelli's design
    names: tuple[str, ...]
    points: int
    strategy: str
    threshold: float
    indices: pd.DataFrame

    @property
    def kind(self) -> str:
        """What was asked for, by the name of its files."""
        return "sobol"

    def table(self) -> pd.DataFrame:
        """One row an outcome and parameter: indices, half-widths of their 95% intervals, label."""
        records = self.result.case.parameters
        return self.indices.assign(label=[records[n].label for n in self.indices["parameter"]])

    def summary(self) -> dict[str, Any]:
        """What ``recovery-cea sweep --sobol --json`` prints."""
        about = how_judged(self.result, self.kind, self.strategy, self.threshold)
        return {**about, "points": self.points, "cells": len(self.result.cost) - 1, "rows": rows_of(self.table())}


def sobol(
    case: AnyCase,
    names: Sequence[str] = (),
    *,
    points: int = POINTS,
    threshold: float | None = None,
    strategy: str | None = None,
    people: int = PEOPLE,
    seed: int = 1,
    threads: int | None = None,
    perspective: str | None = None,
    effect: str | None = None,
    rng: str = "splitmix64",
    implementation: float = 1.0,
    progress: StageProgress | None = None,
) -> Sobol:
    """First-order and total indices of `names` (all that runs draw when empty), others at their point estimate.

    `points` (a power of two) x (parameters + 2) cells. Inputs are drawn independently: correlations are left out.
    Engine parameters come from the map that a run's draws use. Needs SALib (the extra `sa`): ``MissingExtra`` says so.
    ``ModelError`` for what cannot be judged, ``InputError`` for unknown names.
    """
    case = as_case(case)
    refuse_judgement(case, threshold, strategy, effect=effect, perspective=perspective)
    asked = list(dict.fromkeys(names or [n for n in case.uncertain() if not case.parameters[n].is_held]))
    if not asked:
        raise ModelError(f"{case.problem.id}: no parameter is uncertain")
    ranges_of(case, asked)  # refuses unknown names
    _refuse_shares(case, asked)
    wishes: Wishes = {"perspective": perspective, "effect": effect, "rng": rng, "implementation": implementation}
    wishes |= {"people": people, "seed": seed, "fixed": True}
    question = ask(case, **wishes).to_be_judged()
    design = saltelli_sample(asked, points, seed)
    tell = progress or silent
    point = drawn_for(question)
    values = np.repeat(point.values, 1 + len(design), axis=0)
    for k, name in enumerate(asked):
        values[1:, point.names.index(name)] = drawn_at(case.parameters[name].distribution, design[:, k])
    drawn = replace(point, values=values, replicate=np.zeros(len(values), dtype=np.int64))
    refuse_unaffordable(question, draws=len(values), threads=threads)
    calibration = solved_for(case, fixed=False, threads=threads, progress=tell)
    result = simulate_alike(question, drawn, calibration, calibration.apply, threads, tell)
    at = chosen_threshold(result, threshold)
    chosen = best_new_strategy(result, strategy, base_case_worth(result, at))
    outcomes: dict[str, Floats] = {o: v[1:] for o, v in increments(result, chosen, at).items()}
    found = sobol_indices({o: outcomes[o] for o in OUTCOMES}, asked, seed)
    return Sobol(result, tuple(asked), points, chosen, at, found)


def _refuse_shares(case: Case, names: Sequence[str]) -> None:
    """Shares of a Dirichlet, columns of a bootstrap, coefficients of a regression: indices would mean nothing."""
    together = [n for n in names if case.parameters[n].distribution.kind in TOGETHER]
    if together:
        raise ModelError(
            f"sobol: {', '.join(together)} are drawn together with others, and indices need independent inputs;"
            " name the parameters to look at, without these"
        )
