"""Published figures to engine parameters: the ratios that make the simulated trial show the published one.

A published ratio on *ever by T* is a target, not a hazard ratio. Each target names the engine
parameter that is moved for it. They are solved together, first at the published point estimates
(Newton with the same people throughout, so that the figures are smooth), then for every parameter
draw: the figures simulated at a design of points around that centre, different people at each so
that their noise averages out, are fitted as polynomials of the inputs, and inverted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.contract import CalibrationTarget, DecisionProblem, ModelError, Setting
from parameters import Draws, ParameterSet
from parameters.arrays import Floats
from parameters.joint import Drawable
from parameters.sampling import carried
from simulate.ask.reads import solved_from
from simulate.engine.arithmetic.elementary import exps, logs
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.solve.centre import solve_centre
from simulate.solve.given import point_of, with_given
from simulate.solve.simulator import CALIBRATION_SEED, make_simulator
from simulate.solve.surface import FRESH_POINTS, Mapped, fitted_map, make_design, map_error, spreads
from simulate.solve.targets import nulls_of, refuse_impossible, target_value, unit_of, untransformed

SOLVED_PLACES = 24  # binary, of a ratio that was solved for


@dataclass(frozen=True)
class Calibration:
    """Engine parameters as a function of the published figures and the other inputs.

    `value`, `published`, `achieved`: at the point estimates, [target], in the target's own unit;
    `error`: root mean square of ln(mapped / exact engine parameter) over fresh points, spread as the draws
    are, [target]; nan where no map was needed.
    """

    setting: Setting
    targets: tuple[CalibrationTarget, ...]
    value: Floats
    published: Floats
    achieved: Floats
    error: Floats
    names: tuple[str, ...]
    mapped: Mapped | None
    alone: npt.NDArray[np.bool_]  # [target]: nothing else that its strategy changes moves this figure

    def unsolved(self, draws: Draws) -> int:
        """Draws beyond the map that were not solved one by one either, and take a straight line."""
        if self.mapped is None:
            return 0
        return int((~self.mapped({n: with_given(self.setting, draws).engine(n) for n in self.names})[1]).sum())

    @on_one_thread
    def apply(self, draws: Draws) -> Draws:
        """`draws` with a column for each engine parameter the setting gives or its targets solve for.

        Solved ones carry seven digits, more than their map is good to: in later ones linear algebra differs.
        """
        draws = with_given(self.setting, draws)
        if not self.targets:
            return draws
        values = {n: draws.engine(n) for n in self.names}
        rows = len(draws.values)
        log_value = logs(self.value * np.array([unit_of(t) for t in self.targets]))
        x = np.repeat(log_value[None, :], rows, axis=0) if self.mapped is None else self.mapped(values)[0]
        solved = carried(exps(x), SOLVED_PLACES)
        solved[nulls_of(self.targets, self.alone, values, rows)] = 1.0
        for j, target in enumerate(self.targets):
            draws = draws.with_column(target.unknown, solved[:, j] / unit_of(target), target.unit)
        return draws


@on_one_thread
def calibrate(
    problem: DecisionProblem,
    setting: Setting,
    parameters: ParameterSet,
    *,
    fixed: bool = False,
    covering: Mapping[str, Sequence[Drawable]] | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """Solve the setting's targets at the point estimates and, unless `fixed`, map them over the distributions.

    The map also serves other distributions of a parameter: those of `covering`, by its name, which then stand for its
    own. They are read in its record's unit and price year. Raises ``CalibrationError`` naming the target that cannot
    be reached.
    """
    say = progress or (lambda _: None)
    targets = setting.targets
    names = _inputs(problem, setting, parameters)
    if not targets:
        none = np.zeros(0)
        return Calibration(setting, (), none, none, none, none, names, None, np.zeros(0, dtype=bool))
    simulator = make_simulator(problem, setting, parameters, threads)
    centre = {n: np.array([point_of(parameters, setting, n)]) for n in names}
    refuse_impossible(targets, centre)
    say("solving for the engine's ratios at the published point estimates")
    x0, jacobian, y0 = solve_centre(simulator, targets, centre)
    unit = np.array([unit_of(t) for t in targets])
    published = np.array([target_value(t, centre)[0] for t in targets])
    achieved = np.array([untransformed(t, y0[j : j + 1])[0] for j, t in enumerate(targets)])
    spread = {} if fixed else spreads(parameters, setting, names, covering or {})
    alone = _alone(targets, jacobian)
    mapped, error = None, np.full(len(targets), np.nan)
    if spread:
        say("mapping them for every parameter draw")
        at = centre, x0, jacobian, alone
        design = make_design(centre, spread)
        mapped, read = fitted_map(simulator, targets, design, centre, list(spread), x0, jacobian, alone)
        fresh = make_design(centre, spread, points=FRESH_POINTS, wider=1.0, seed=CALIBRATION_SEED + 1)
        error = map_error(simulator, targets, read, fresh, *at)
    return Calibration(setting, targets, exps(x0) / unit, published, achieved, error, names, mapped, alone)


def _inputs(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> tuple[str, ...]:
    """Names of everything known before solving: the engine's other parameters and the published figures."""
    names = solved_from(problem, setting)
    missing = [n for n in names if n not in parameters and n not in setting.given]
    if missing:
        raise ModelError(f"{problem.id}, setting {setting.name}: no parameter, target or given value for {missing}")
    return tuple(names)


def _alone(targets: Sequence[CalibrationTarget], jacobian: Floats) -> npt.NDArray[np.bool_]:
    """Which ratios no other unknown of their strategy moves, [target]: exact, since the people are the same."""
    others = [[k for k, t in enumerate(targets) if t.strategy == u.strategy and k != j] for j, u in enumerate(targets)]
    return np.array([not jacobian[j, k].any() for j, k in enumerate(others)], dtype=bool)
