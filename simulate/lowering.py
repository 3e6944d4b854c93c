"""A case and its draws as the engine wants them: for runs, traces and forecasts of memory alike."""

from __future__ import annotations

from models.contract import ModelError
from parameters import Draws
from simulate.case import Case
from simulate.engine import driver
from simulate.engine.lookup import make_lookup
from simulate.engine.tables import Collect, Lookup, Lowered, lower


def lower_case(case: Case, draws: Draws, collect: Collect) -> tuple[Lowered, Lookup]:
    """Tables of a case for draws that hold every engine parameter, and the lookup behind them."""
    rows = len(draws.values)
    lookup = make_lookup(draws.engine, rows)
    horizons = lookup(case.setting.horizon)
    if (horizons != horizons[0]).any():
        raise ModelError(f"{case.setting.horizon}: uncertain; the horizon must be the same in every draw")
    lowered = lower(
        case.problem.pathway,
        case.problem.strategies,
        lookup,
        rows,
        horizon=float(horizons[0]),
        discount=(lookup(case.problem.discount_costs), lookup(case.problem.discount_effects)),
        continuous=case.problem.discounting == "continuous",
        grid=driver.monthly_grid(float(horizons[0])),
        collect=collect,
    )
    return lowered, lookup
