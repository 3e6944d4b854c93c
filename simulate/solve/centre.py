"""Engine ratios solved for at the point estimates, by Newton steps on the same people."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.elementary import logs
from simulate.solve.simulator import STEP, Simulator
from simulate.solve.targets import TOLERANCE, CalibrationError, goal_of, in_words, must_be_finite, target_value, unit_of

SEARCH_PEOPLE = 10_000
CENTRE_PEOPLE = 100_000
EXACT_TOLERANCE = 1e-6  # of expected values, on the scale of TOLERANCE: below what their grids leave open
CHORD, CALMER = (
    8,
    16,
)  # full steps, then halved ones: where single people move a figure, full ones may go round and round


def solve_centre(simulator: Simulator, centre: Mapping[str, Floats]) -> tuple[Floats, Floats, Floats]:
    """Log engine parameters of a block, Jacobian of its figures, and the figures achieved, at the point estimates."""
    targets = simulator.targets
    close = EXACT_TOLERANCE if simulator.exact else TOLERANCE
    goal = np.array([goal_of(t, target_value(t, centre))[0] for t in targets])
    x = logs([t.start * unit_of(t) for t in targets])
    jacobian = np.eye(len(x))
    for _ in range(12):
        y, jacobian = _derivatives(simulator, centre, x, SEARCH_PEOPLE)
        must_be_finite(y, targets)
        step = np.linalg.lstsq(jacobian, goal - y, rcond=None)[0]
        x = x + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 0.02:
            break
    for k in range(CHORD + CALMER):
        y = simulator(centre, x[None, :], CENTRE_PEOPLE)[0]
        must_be_finite(y, targets)
        if np.abs(y - goal).max() < close:
            return x, jacobian, y
        step = np.clip(np.linalg.lstsq(jacobian, goal - y, rcond=None)[0], -0.5, 0.5)
        x = x + (step if k < CHORD else step / 2)
    missed = int((np.abs(y - goal) > close).argmax())  # the first: baselines are declared before effects
    wanted, nearest = (in_words(targets[missed], x[missed]) for x in (goal, y))
    raise CalibrationError(
        f"{targets[missed].published}: {targets[missed].unknown} cannot be found for {wanted}; the nearest is {nearest}"
    )


def _derivatives(simulator: Simulator, centre: Mapping[str, Floats], x: Floats, people: int) -> tuple[Floats, Floats]:
    """Figures at `x` and their Jacobian by forward differences."""
    y = simulator(centre, np.vstack([x, x + STEP * np.eye(len(x))]), people)
    return y[0], (y[1:] - y[0]).T / STEP
