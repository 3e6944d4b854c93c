"""The figures of a setting's targets as a function of standard normal scores, on the same people throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.contract import DecisionProblem, Setting
from models.quantities import names_in
from parameters import Draws, ParameterSet
from parameters.arrays import Floats
from parameters.distributions import Distribution
from parameters.sampling import sample
from simulate.ask.reads import target_names
from simulate.engine.arithmetic.elementary import logs
from simulate.engine.progress import Steps
from simulate.solve.blocks import blocks_of, joined
from simulate.solve.given import with_given
from simulate.solve.posterior.priors import Prior
from simulate.solve.simulator import CALIBRATION_SEED, Simulator, make_simulator
from simulate.solve.targets import unit_of

SEEDS_APART = 100  # between the people of one seed and the next
OTHERS = 16  # other people of the same number, by whom the figures are put where those of very many would be
DISCRETE = ("fixed", "bernoulli")


@dataclass(frozen=True, eq=False)
class Figures:
    """What simulation gives at scores of the priors; called, it takes [rows, prior] and gives [rows, target]."""

    setting: Setting
    simulator: Simulator
    priors: tuple[Prior, ...]  # the targets' unknowns first, in the targets' order, then records
    known: Draws  # one row: every record that is read, at its point estimate
    people: int

    def __call__(self, scores: Floats, *, seed: int = 0) -> Floats:
        """Figures on the scales they are solved on, of the people of the run or of other ones (`seed`)."""
        solved, read = len(self.simulator.targets), {n: self.known.column(n) for n in self.known.names}
        units = [unit_of(t) for t in self.simulator.targets]
        x = [logs(p.at(scores[:, j]) * u) for j, (p, u) in enumerate(zip(self.priors[:solved], units, strict=True))]
        read |= {p.name: p.at(scores[:, solved + k]) for k, p in enumerate(self.priors[solved:])}
        columns = np.column_stack([np.broadcast_to(v, (len(scores),)) for v in read.values()])
        draws = with_given(self.setting, replace(self.known, values=columns, replicate=np.zeros(len(scores), np.int64)))
        simulator = replace(self.simulator, seed=self.simulator.seed + seed, known={})
        inputs = {n: draws.engine(n) for n in self.simulator.block.names}
        return simulator(inputs, np.column_stack(x), self.people)

    def beside(self, records: Sequence[Prior]) -> Figures:
        """The same with these records' scores beside those of the unknowns."""
        return replace(self, priors=(*self.priors[: len(self.simulator.targets)], *records))

    def of_others(self, scores: Floats) -> Floats:
        """Figures of other people, [others, target], at scores [prior]."""
        return np.vstack([self(scores[None, :], seed=1 + k) for k in range(OTHERS)])


def make_figures(
    problem: DecisionProblem,
    setting: Setting,
    parameters: ParameterSet,
    unknowns: Sequence[Prior],
    *,
    people: int,
    seed: int,
    threads: int | None,
    steps: Steps,
) -> Figures:
    """The figures of all targets of a setting, its records at their point estimates."""
    block = joined(problem, blocks_of(problem, setting))
    simulator = make_simulator(problem, setting, parameters, block, threads, steps)
    names = list(dict.fromkeys(r for n in block.names for r in names_in(setting.given.get(n, n))))
    more = [r for q in setting.given.values() for r in names_in(q)]
    known = sample(parameters, list(dict.fromkeys([*names, *more])), 1, 0, fixed=True)
    simulator = replace(simulator, seed=CALIBRATION_SEED + SEEDS_APART * (1 + seed))
    return Figures(setting, simulator, tuple(unknowns), known, people)


def candidates(figures: Figures, parameters: ParameterSet) -> list[Prior]:
    """Records that the simulation reads and that vary by themselves: not those that targets are read from.

    What is drawn together with others, and what stands at its point estimate in a run, is left out.
    """
    block = figures.simulator.block
    read = dict.fromkeys(r for n in block.read for r in names_in(figures.setting.given.get(n, n)))
    published = {r for n in target_names(block.targets) for r in names_in(figures.setting.given.get(n, n))}
    found = []
    for record in (parameters[n] for n in read if n not in published):
        shape = record.distribution
        if isinstance(shape, Distribution) and shape.kind not in DISCRETE and not record.is_held:
            found.append(Prior(record.name, record.label, record.unit, shape, "record"))
    return found
