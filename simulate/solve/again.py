"""Engine parameters solved again for each cell of a sensitivity analysis, all cells at once and on the same people.

A cell's figures are brought as near to what was published as the base case's own solution is: to the base case's
residual on the same people. The tolerance of that solution then cancels in differences between cells, a cell that
equals the base case keeps its bits, and so does one whose parameters the targets do not read.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parameters import Draws
from parameters.arrays import Floats
from simulate.solve.calibration import Calibration
from simulate.solve.solution import Solution
from simulate.solve.surface import Values


def recalibrated(base: Calibration, cells: Draws, *, threads: int | None = None) -> Draws:
    """`cells` (one a draw) with engine parameters solved for each; `base` is the calibration at the point estimates.

    Raises ``CalibrationError`` naming a target that no engine parameter can reach in some cell.
    """

    def at(solution: Solution, values: Values) -> Floats:
        """Log engine parameters of a block [cell, target], cells that are alike to it solved once."""
        block = solution.simulator.block
        mine = block.inputs(values)
        matrix = np.column_stack(list(mine.values()))
        _, first, which = np.unique(matrix, axis=0, return_index=True, return_inverse=True)
        here = replace(solution, simulator=replace(solution.simulator, threads=threads))
        some = {n: v[first] for n, v in mine.items()}
        found = solution.kept("cells", some, lambda: {"x": here.searched(some).solved()})
        return np.asarray(found["x"][which.ravel()])

    return base.solved(cells, at)
