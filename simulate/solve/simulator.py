"""The small simulations that calibration is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from models.contract import CalibrationTarget, DecisionProblem, Setting
from parameters import ParameterSet
from parameters.arrays import Floats
from simulate.engine import driver
from simulate.engine.arithmetic.elementary import exps
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import lower
from simulate.engine.progress import Steps
from simulate.evaluate.measures import needs_people
from simulate.solve.blocks import Block
from simulate.solve.given import point_of
from simulate.solve.targets import transformed, unit_of

CALIBRATION_SEED = 20_040_717  # its own people, never those of a run

STEP = 0.15  # finite difference on the log scale; wide enough to move many people
ROWS_KEPT = 32  # rows at a time where the totals of everybody are kept; the people of each part are alike


@dataclass(frozen=True)
class Simulator:
    """A block's targets as a function of inputs and log engine parameters, on the same people in every row by default.

    Only the strategies that the targets are about are simulated.
    """

    problem: DecisionProblem
    block: Block
    horizon: float
    discount: tuple[float, float]
    threads: int | None
    seed: int = CALIBRATION_SEED
    steps: Steps = field(default_factory=Steps, compare=False, repr=False)  # who is told how far it is

    @property
    def targets(self) -> tuple[CalibrationTarget, ...]:
        """Those of the block, in order."""
        return self.block.targets

    def words(self) -> tuple[object, ...]:
        """All that its figures depend on beside inputs, engine parameters and how many people."""
        return self.problem.pathway, self.block, self.horizon, self.discount, self.seed

    def __call__(self, inputs: Mapping[str, Floats], x: Floats, people: int, *, same_people: bool = True) -> Floats:
        """Transformed figures [rows, target] for log engine parameters `x` [rows, target] (engine units)."""
        rows = len(x)
        if rows > ROWS_KEPT and needs_people(tuple(t.statistic for t in self.targets)):
            parts = [slice(r, r + ROWS_KEPT) for r in range(0, rows, ROWS_KEPT)]
            some = [{n: v[p] if len(v) == rows else v for n, v in inputs.items()} for p in parts]
            found = [self(i, x[p], people, same_people=same_people) for i, p in zip(some, parts, strict=True)]
            return np.concatenate(found)
        solved = {t.unknown: exps(x[:, j]) for j, t in enumerate(self.targets)}

        def column(name: str) -> Floats:
            return solved[name] if name in solved else np.broadcast_to(inputs[name], (rows,))

        lookup = make_lookup(column, rows)
        lowered = lower(
            self.problem.pathway,
            self.block.strategies,
            lookup,
            rows,
            horizon=self.horizon,
            discount=(np.full(rows, self.discount[0]), np.full(rows, self.discount[1])),
            collect=Collect(people=needs_people(tuple(t.statistic for t in self.targets))),
        )
        try:
            statistics, _ = driver.simulate(
                lowered,
                lookup,
                people=people,
                seed=self.seed,
                threads=self.threads,
                same_people=same_people,
                progress=self.steps,
            )
        except driver.NumericalError as fault:
            raise self._explained(fault, x) from fault
        return np.stack([transformed(t, statistics, self.problem) for t in self.targets], axis=1)

    def _explained(self, fault: driver.NumericalError, x: Floats) -> driver.NumericalError:
        """The same, with what the search had come to when it arose."""
        row = x[0 if fault.place is None else fault.place.draw]
        told = [f"{t.unknown} = {math.exp(v) / unit_of(t):.4g}" for t, v in zip(self.targets, row, strict=True)]
        return driver.NumericalError(f"{fault}; while solving for the setting's targets, at {', '.join(told)}")


def make_simulator(
    problem: DecisionProblem,
    setting: Setting,
    parameters: ParameterSet,
    block: Block,
    threads: int | None,
    steps: Steps | None = None,
) -> Simulator:
    """A block's targets as a function of inputs and log engine parameters, at the setting's horizon."""
    lookup = make_lookup(lambda n: np.array([point_of(parameters, setting, n)]), 1)
    discount = float(lookup(problem.discount_costs)[0]), float(lookup(problem.discount_effects)[0])
    return Simulator(problem, block, float(lookup(setting.horizon)[0]), discount, threads, steps=steps or Steps())
