"""The small simulations that calibration is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict

import numpy as np

from models.contract import CalibrationTarget, DecisionProblem, Setting, Strategy, parameter_names
from parameters import ParameterSet
from parameters.arrays import Floats
from simulate.engine import driver
from simulate.engine.arithmetic.elementary import exps
from simulate.engine.lower.apart import families
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import lower
from simulate.engine.progress import Progress, Steps
from simulate.engine.renewal.expectation import expected_statistics
from simulate.evaluate.measures import needs_people
from simulate.solve.blocks import Block
from simulate.solve.given import point_of
from simulate.solve.targets import figure_of, simulated_as, unit_of

Values = Mapping[str, Floats]
Key = tuple[str, int, int, bytes]  # a strategy, a seed, people, numbers

CALIBRATION_SEED = 20_040_717  # its own people, never those of a run

STEP = 0.15  # finite difference on the log scale; wide enough to move many people
ROWS_KEPT = 32  # rows at a time where the totals of everybody are kept; the people of each part are alike
MOST_KNOWN = 20_000  # rows of strategies whose figures are remembered


class _Options(TypedDict):
    people: int
    threads: int | None
    only: Sequence[str] | None
    progress: Progress


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
    exact: bool = False  # expected values in place of simulated people, however many
    known: dict[Key, Floats] = field(default_factory=dict, compare=False, repr=False)
    steps: Steps = field(default_factory=Steps, compare=False, repr=False)  # who is told how far it is

    @property
    def targets(self) -> tuple[CalibrationTarget, ...]:
        """Those of the block, in order."""
        return self.block.targets

    def words(self) -> tuple[object, ...]:
        """All that its figures depend on beside inputs, engine parameters and how many people."""
        return self.problem.pathway, self.block, self.horizon, self.discount, self.seed, self.exact

    def __call__(self, inputs: Mapping[str, Floats], x: Floats, people: int, *, same_people: bool = True) -> Floats:
        """Transformed figures [rows, target] for log engine parameters `x` [rows, target] (engine units).

        Of the same people no strategy is simulated twice for the same numbers.
        """
        rows, people = len(x), 1 if self.exact else people
        if rows > ROWS_KEPT and self.by_person:
            parts = [slice(r, r + ROWS_KEPT) for r in range(0, rows, ROWS_KEPT)]
            some = [{n: v[p] if len(v) == rows else v for n, v in inputs.items()} for p in parts]
            found = [self(i, x[p], people, same_people=same_people) for i, p in zip(some, parts, strict=True)]
            return np.concatenate(found)
        values = self._columns(inputs, x)
        told = (
            self._known(values, rows, people)
            if same_people
            else self._simulated(values, rows, people, same_people=False)
        )
        comparator = self.problem.strategies[0].id
        by_target = [{s: v[:, j] for s, v in told.items()} for j in range(len(self.targets))]
        return np.stack([figure_of(t, v, comparator) for t, v in zip(self.targets, by_target, strict=True)], axis=1)

    @property
    def by_person(self) -> bool:
        """Whether the totals of everybody are kept."""
        return needs_people(tuple(t.statistic for t in self.targets))

    def _columns(self, inputs: Mapping[str, Floats], x: Floats) -> dict[str, Floats]:
        """All that the simulation reads, [rows] each: inputs, and what is solved for."""
        given = {n: np.broadcast_to(v, (len(x),)) for n, v in inputs.items()}
        return {**given, **{t.unknown: exps(x[:, j]) for j, t in enumerate(self.targets)}}

    def _known(self, values: Values, rows: int, people: int) -> dict[str, Floats]:
        """What ``_simulated`` tells of the same people in each row; what was told before is not simulated again."""
        keys = {s.id: self._keys(s, values, rows, people) for s in self.block.strategies}
        if len(self.known) > MOST_KNOWN:
            self.known.clear()
        told, new = set(self.known), dict[tuple[str, ...], list[int]]()
        for row in range(rows):
            if here := tuple(s for s, mine in keys.items() if mine[row] not in told):
                new.setdefault(here, []).append(row)
                told |= {keys[s][row] for s in here}
        for some, which in new.items():
            found = self._simulated({n: v[which] for n, v in values.items()}, len(which), people, only=some)
            self.known.update({keys[s][row]: found[s][i] for s in some for i, row in enumerate(which)})
        return {s: np.stack([self.known[k] for k in mine]) for s, mine in keys.items()}

    def _keys(self, strategy: Strategy, values: Values, rows: int, people: int) -> list[Key]:
        """All that what is told of a strategy depends on, [row]: who, and every number that its simulation reads."""
        read = set(parameter_names((self.problem.pathway, strategy)))
        matrix = np.stack([v for n, v in values.items() if n in read] or [np.zeros(rows)], axis=1)
        return [(strategy.id, self.seed, people, row.tobytes()) for row in matrix]

    def _simulated(
        self,
        values: Values,
        rows: int,
        people: int,
        *,
        same_people: bool = True,
        only: Sequence[str] | None = None,
    ) -> dict[str, Floats]:
        """Each target's statistic on its scale, [row, target], by strategy: all, or `only` these."""
        lookup = make_lookup(lambda name: values[name], rows)
        told: dict[str, Floats] = {}
        for family in families(self.problem.pathway, self.block.strategies):
            lowered = lower(
                family.pathway,
                family.strategies,
                lookup,
                rows,
                horizon=self.horizon,
                discount=(np.full(rows, self.discount[0]), np.full(rows, self.discount[1])),
                collect=Collect(people=self.by_person),
                grid=np.array([0.0, self.horizon]) if self.exact else None,
            )
            wanted = [s for s in family.mine if only is None or s in only]
            options: _Options = {"people": people, "threads": self.threads, "only": wanted, "progress": self.steps}
            if not wanted:
                continue
            if self.exact:
                statistics = expected_statistics(lowered, lookup, **options)
            else:
                try:
                    statistics, _ = driver.simulate(lowered, lookup, seed=self.seed, same_people=same_people, **options)
                except driver.NumericalError as fault:
                    raise self._explained(fault, values) from fault
            found = np.stack([simulated_as(t, statistics, self.problem) for t in self.targets], axis=2)
            told |= {s: found[:, i] for i, s in enumerate(statistics.strategies)}
        return told

    def _explained(self, fault: driver.NumericalError, values: Values) -> driver.NumericalError:
        """The same, with what the search had come to when it arose."""
        row = 0 if fault.place is None else fault.place.draw
        told = [f"{t.unknown} = {values[t.unknown][row] / unit_of(t):.4g}" for t in self.targets]
        return driver.NumericalError(f"{fault}; while solving for the setting's targets, at {', '.join(told)}")


def make_simulator(
    problem: DecisionProblem,
    setting: Setting,
    parameters: ParameterSet,
    block: Block,
    threads: int | None,
    steps: Steps | None = None,
    exact: bool = False,
) -> Simulator:
    """A block's targets as a function of inputs and log engine parameters, at the setting's horizon.

    `exact`: by expected values, but for targets that take the totals of everybody.
    """
    lookup = make_lookup(lambda n: np.array([point_of(parameters, setting, n)]), 1)
    discount = float(lookup(problem.discount_costs)[0]), float(lookup(problem.discount_effects)[0])
    horizon = float(lookup(setting.horizon)[0])
    found = Simulator(problem, block, horizon, discount, threads, steps=steps or Steps())
    return replace(found, exact=exact and not found.by_person)
