"""Published figures to engine parameters: the ratios that make the simulated trial show the published one.

A published ratio on *ever by T* is a target, not a hazard ratio. Each target names the engine
parameter that is moved for it. They are solved strategy by strategy, the comparator's first (see ``blocks``), and those
of one together: first at the published point estimates (Newton with the same people throughout, so that the figures
are smooth), then for every parameter draw: the figures simulated at a design of points around that centre, different
people at each so that their noise averages out, are fitted as polynomials of the inputs, and inverted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.contract import CalibrationTarget, DecisionProblem, ModelError, Setting
from parameters import Draws, ParameterSet
from parameters.arrays import Bools, Floats
from parameters.ground.brief import Brief
from parameters.joint import Drawable
from simulate.ask.reads import solved_from
from simulate.engine.arithmetic.elementary import exp
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.engine.progress import StageProgress, Steps, silent
from simulate.solve.blocks import blocks_of
from simulate.solve.given import point_of, with_given
from simulate.solve.keeping import Keep, not_kept
from simulate.solve.mapping import errors, figure_errors, published_errors, with_maps
from simulate.solve.simulator import make_simulator
from simulate.solve.solution import Solution
from simulate.solve.surface import Values, spreads
from simulate.solve.targets import refuse_impossible, target_value, unit_of, untransformed

COARSE = 0.1  # of a published figure's standard error, by which the map's error may move it and not be told


@dataclass(frozen=True, repr=False)
class Calibration(Brief):
    """Engine parameters as a function of the published figures and the other inputs.

    `value`, `published`, `achieved`: at the point estimates, [target], in the target's own unit;
    `error`: root mean square of ln(mapped / exact engine parameter) over fresh points, spread as the draws
    are, or what of it could not have been seen where that is larger, [target]; nan where no map was needed.
    `share`: what such errors move the published figure by, in standard errors of that figure, [target]; nan where there
    is no map or the figure has no error.
    """

    setting: Setting
    targets: tuple[CalibrationTarget, ...]
    value: Floats
    published: Floats
    achieved: Floats
    error: Floats
    share: Floats
    names: tuple[str, ...]
    solutions: tuple[Solution, ...] | None  # one a block, in the order they are solved; None where they were not kept

    @property
    def coarse(self) -> Bools:
        """Whether the map's error moves a figure by more than a tenth of that figure's standard error, [target]."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.share > COARSE)

    def unsolved(self, draws: Draws) -> int:
        """Draws beyond the map that were not solved one by one either, and take a straight line."""
        solved = np.ones(len(draws.values), dtype=np.bool_)

        def at(solution: Solution, values: Values) -> Floats:
            x, here = solution.at(values)
            solved[~here] = False
            return x

        self.solved(draws, at)
        return int((~solved).sum())

    @on_one_thread
    def apply(self, draws: Draws) -> Draws:
        """`draws` with a column for each engine parameter the setting gives or its targets solve for."""
        return self.solved(draws, lambda solution, values: solution.at(values)[0])

    def solved(self, draws: Draws, at: Callable[[Solution, Values], Floats]) -> Draws:
        """The same by other means: `at` gives the log engine parameters of a block, [draws, target]."""
        draws = with_given(self.setting, draws)
        if not self.targets:
            return draws
        if self.solutions is None:
            raise ModelError("the map of engine ratios is not kept in a folder of results; run again to apply it")
        values = {n: draws.engine(n) for n in self.names}
        for solution in self.solutions:
            values |= solution.columns(values, at(solution, values))
        for target in self.targets:
            draws = draws.with_column(target.unknown, values[target.unknown] / unit_of(target), target.unit)
        return draws


@on_one_thread
def calibrate(
    problem: DecisionProblem,
    setting: Setting,
    parameters: ParameterSet,
    *,
    fixed: bool = False,
    exact: bool = False,
    covering: Mapping[str, Sequence[Drawable]] | None = None,
    threads: int | None = None,
    progress: StageProgress = silent,
    keep: Keep = not_kept,
) -> Calibration:
    """Solve the setting's targets at the point estimates and, unless `fixed`, map them over the distributions.

    If `fixed`, they may be solved by expected values (`exact`), which have no noise of people in them.
    The map also serves other distributions of a parameter: those of `covering`, by its name, which then stand for its
    own. They are read in its record's unit and price year. Each step is handed to `keep`, block by block. Raises
    ``CalibrationError`` naming the target that cannot be reached.
    """
    steps = Steps(progress)
    targets = setting.targets
    names = _inputs(problem, setting, parameters)
    if not targets:
        none = np.zeros(0)
        return Calibration(setting, (), none, none, none, none, none, names, ())
    centre = {n: np.array([point_of(parameters, setting, n)]) for n in names}
    refuse_impossible(targets, centre)
    steps.begin("solving for the engine's ratios at the published point estimates")
    solutions, at = [], dict(centre)
    for block in blocks_of(problem, setting):
        simulator = make_simulator(problem, setting, parameters, block, threads, steps, exact=exact and fixed)
        solutions.append(Solution.at_centre(simulator, at, keep))
        at |= solutions[-1].columns(at, solutions[-1].x0[None, :])
    spread = {} if fixed else spreads(parameters, setting, _by_block(solutions), covering or {})
    error = share = np.full(len(targets), np.nan)
    if spread:
        steps.begin("mapping them for every parameter draw")
        solutions = with_maps(solutions, centre, spread)
        found = errors(solutions, centre, spread)
        error, share = _in_order(targets, found), _in_order(targets, figure_errors(solutions, found))
        share = _in_errors(share, published_errors(problem, setting, parameters))
    return Calibration(
        setting,
        targets,
        _in_order(targets, _values(solutions)),
        np.array([target_value(t, centre)[0] for t in targets]),
        _in_order(targets, _achieved(solutions)),
        error,
        share,
        names,
        tuple(solutions),
    )


def _in_errors(off: Floats, published: Floats) -> Floats:
    """By how much figures are off, in standard errors of what was published; nan where that has none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(published > 0, off / published, np.nan)


def _inputs(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> tuple[str, ...]:
    """Names of everything known before solving: the engine's other parameters and the published figures."""
    names = solved_from(problem, setting)
    missing = [n for n in names if n not in parameters and n not in setting.given]
    if missing:
        raise ModelError(f"{problem.id}, setting {setting.name}: no parameter, target or given value for {missing}")
    return tuple(names)


def _by_block(solutions: Sequence[Solution]) -> list[str]:
    """Every input once, those of earlier blocks first: what the later ones read then moves nothing of theirs."""
    return list(dict.fromkeys(n for s in solutions for n in s.simulator.block.names))


def _values(solutions: Sequence[Solution]) -> dict[str, float]:
    """Engine parameters at the point estimates, each in its target's unit."""
    return {
        t.unknown: float(exp(float(x))) / unit_of(t) for s in solutions for t, x in zip(s.targets, s.x0, strict=True)
    }


def _achieved(solutions: Sequence[Solution]) -> dict[str, float]:
    return {
        t.unknown: float(untransformed(t, s.achieved[j : j + 1])[0]) for s in solutions for j, t in enumerate(s.targets)
    }


def _in_order(targets: Sequence[CalibrationTarget], found: Mapping[str, float]) -> Floats:
    return np.array([found[t.unknown] for t in targets])
