"""The kernel against the readable reference simulator on a case of the catalogue."""

from __future__ import annotations

from parameters import sample
from simulate.ask.case import Case
from simulate.engine.arithmetic.random_numbers import GENERATORS
from simulate.engine.check.twin import compare
from simulate.engine.lower.quantities import make_lookup
from simulate.evaluate.bases import needed
from simulate.solve.calibration import calibrate


def compare_with_reference(case: Case, *, draws: int, people: int, seed: int, rng: str = "splitmix64") -> list[str]:
    """Differences between the kernel and the readable reference on a small run of a case; none is the promise."""
    calibration = calibrate(case.problem, case.setting, case.parameters, fixed=True)
    drawn = sample(case.parameters, case.names(), draws, seed)
    ready = calibration.apply(drawn)
    lookup = make_lookup(ready.engine, draws)
    return compare(
        case.problem.pathway,
        case.problem.strategies,
        lookup,
        draws,
        horizon=float(lookup(case.setting.horizon)[0]),
        discount=(lookup(case.problem.discount_costs), lookup(case.problem.discount_effects)),
        people=people,
        seed=seed,
        collect=needed(case.problem),
        generator=GENERATORS[rng],
    )
