"""Engine parameters solved again for each cell of a sensitivity analysis, all cells at once and on the same people.

A cell's figures are brought as near to what was published as the base case's own solution is: to the base case's
residual on the same people. The tolerance of that solution then cancels in differences between cells, a cell that
equals the base case keeps its bits, and so does one whose parameters the targets do not read.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.contract import DecisionProblem, Setting
from parameters import Draws, ParameterSet
from simulate.engine.arithmetic.elementary import logs
from simulate.solve.calibration import Calibration
from simulate.solve.given import point_of, with_given
from simulate.solve.search import Search
from simulate.solve.simulator import make_simulator
from simulate.solve.targets import unit_of


def recalibrated(
    problem: DecisionProblem,
    setting: Setting,
    parameters: ParameterSet,
    base: Calibration,
    cells: Draws,
    *,
    threads: int | None = None,
) -> Draws:
    """`cells` (one a draw) with engine parameters solved for each; `base` is the calibration at the point estimates.

    Raises ``CalibrationError`` naming a target that no engine parameter can reach in some cell.
    """
    if not base.targets:
        return base.apply(cells)
    ready = with_given(setting, cells)
    values = {n: ready.engine(n) for n in base.names}
    matrix = np.column_stack([values[n] for n in base.names])
    _, first, which = np.unique(matrix, axis=0, return_index=True, return_inverse=True)
    some = {n: v[first] for n, v in values.items()}
    simulator = make_simulator(problem, setting, parameters, threads)
    centre = {n: np.array([point_of(parameters, setting, n)]) for n in base.names}
    x0 = logs(base.value * np.array([unit_of(t) for t in base.targets]))
    x = Search(simulator, base.targets, base.alone, x0, centre, some).solved()[which.ravel()]
    return replace(base, mapped=lambda _: (x, np.ones(len(x), dtype=np.bool_))).apply(cells)
