"""A case and its draws as the engine wants them: for runs, traces and forecasts of memory alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from models.contract import ModelError
from parameters import Draws
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.engine import driver
from simulate.engine.account import expected_statistics
from simulate.engine.cohort import chain
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import Lowered, lower
from simulate.engine.statistics import Statistics
from simulate.evaluate.bases import needed
from simulate.evaluate.measures import needs_people


def collected(asked: Asked) -> Collect:
    """What the cost items need and the options ask for."""
    case, options = asked.case, asked.options
    return replace(
        needed(case.problem),
        years=options.by_year,
        ages=options.ages,
        people=options.persons or (options.fixed and needs_people(tuple(x.statistic for x in case.setting.shown))),
        subgroup=options.subgroup,
    )


def lower_case(case: Case, draws: Draws, collect: Collect) -> tuple[Lowered, Lookup]:
    """Tables of a case for draws that hold every engine parameter, and the lookup behind them."""
    lookup = make_lookup(draws.engine, len(draws.values))
    pathway, strategies = case.problem.pathway, case.problem.strategies
    return lower(pathway, strategies, lookup, len(draws.values), **_frame(case, lookup), collect=collect), lookup


def unfollowed(
    case: Case, draws: Draws, people: int, *, years: bool = False, only: Sequence[str] | None = None
) -> Statistics:
    """Statistics of a case in which nobody is followed: an account, or a cohort in cycles; of all or `only` these."""
    return _cohort(case, draws, people, only) if case.problem.pathway.cycle else _account(case, draws, people, years)


def _account(case: Case, draws: Draws, people: int, years: bool) -> Statistics:
    """Of a pathway that has no events: see ``engine.account``."""
    lookup = make_lookup(draws.engine, len(draws.values))
    pathway, strategies = case.problem.pathway, case.problem.strategies
    frame = _frame(case, lookup)
    return expected_statistics(pathway, strategies, lookup, len(draws.values), **frame, people=people, years=years)


def _cohort(case: Case, draws: Draws, people: int, only: Sequence[str] | None) -> Statistics:
    """Of a pathway that goes in cycles: see ``engine.cohort.chain``."""
    lookup = make_lookup(draws.engine, len(draws.values))
    pathway, strategies = case.problem.pathway, case.problem.strategies
    frame = _frame(case, lookup)
    return chain.expected_statistics(pathway, strategies, lookup, len(draws.values), **frame, people=people, only=only)


def _frame(case: Case, lookup: Lookup) -> dict[str, Any]:
    """Horizon, discounting and grid."""
    horizons = lookup(case.setting.horizon)
    if (horizons != horizons[0]).any():
        raise ModelError(f"{case.setting.horizon}: uncertain; the horizon must be the same in every draw")
    return {
        "horizon": float(horizons[0]),
        "discount": (lookup(case.problem.discount_costs), lookup(case.problem.discount_effects)),
        "continuous": case.problem.discounting == "continuous",
        "grid": driver.monthly_grid(float(horizons[0])),
    }
