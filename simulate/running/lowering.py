"""A case and its draws as the engine wants them: for runs, traces and forecasts of memory alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from models.contract import ModelError
from parameters import Draws
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.engine import driver
from simulate.engine.account import expected_statistics
from simulate.engine.cohort import chain
from simulate.engine.kernel.layout import SAME_MOMENT
from simulate.engine.lower.apart import Family, families
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import Lowered, lower
from simulate.engine.statistics import Statistics, of_strategies, with_moments
from simulate.evaluate.bases import needed
from simulate.evaluate.measures import needs_people
from simulate.evaluate.weighing import weighed_in
from simulate.solve.given import point_of


def collected(asked: Asked) -> Collect:
    """What the cost items need and the options ask for."""
    case, options = asked.case, asked.options
    return replace(
        needed(case.problem),
        years=options.by_year,
        ages=options.ages,
        people=options.persons or (options.fixed and needs_people(tuple(x.statistic for x in case.setting.shown))),
        subgroup=options.subgroup,
        moments=options.occupancy,
    )


class Part(NamedTuple):
    """Tables of a case as it is under some strategies, the lookup behind them, and which strategies these are."""

    lowered: Lowered
    lookup: Lookup
    mine: tuple[str, ...]

    def wanted(self, only: Sequence[str] | None) -> list[str] | None:
        """Those of it to be simulated, where not all that is wanted are its tables' own."""
        if only is None and self.mine == self.lowered.names.strategies:
            return None
        return [s for s in self.mine if only is None or s in only]


def lower_apart(case: Case, draws: Draws, collect: Collect) -> list[Part]:
    """A case in one part, or in as many as its strategies make of the pathway, for draws that hold every parameter."""
    lookup = make_lookup(draws.engine, len(draws.values))
    frame = _frame(case, lookup, collect.moments, SAME_MOMENT)  # what happens at a moment has happened by then
    return [
        Part(lower(f.pathway, f.strategies, lookup, len(draws.values), **frame, collect=collect), lookup, f.mine)
        for f in families(case.problem.pathway, case.problem.strategies)
    ]


def lower_case(case: Case, draws: Draws, collect: Collect) -> tuple[Lowered, Lookup]:
    """Tables of a case, as under its comparator, and the lookup behind them; errors of every strategy's."""
    return lower_apart(case, draws, collect)[0][:2]


def unfollowed(
    case: Case, draws: Draws, people: int, collect: Collect, *, only: Sequence[str] | None = None
) -> Statistics:
    """Statistics of a case in which nobody is followed: an account, or a cohort in cycles; of all or `only` these."""
    moments = collect.moments
    if case.problem.pathway.cycle:
        return with_moments(_cohort(case, draws, people, moments, only), moments)
    return with_moments(_account(case, draws, people, moments, collect.years), moments)


def _account(case: Case, draws: Draws, people: int, moments: Sequence[float], years: bool) -> Statistics:
    """Of a pathway that has no events: see ``engine.account``."""
    lookup = make_lookup(draws.engine, len(draws.values))
    frame, n = _frame(case, lookup, moments), len(draws.values)
    found = [
        (f, expected_statistics(f.pathway, f.strategies, lookup, n, **frame, people=people, years=years))
        for f in families(case.problem.pathway, case.problem.strategies)
    ]
    return joined(case, found)


def joined(
    case: Case, found: Sequence[tuple[Part | Family, Statistics]], only: Sequence[str] | None = None
) -> Statistics:
    """What was found of each part, as of all strategies together or `only` these."""
    if len(found) == 1:
        return found[0][1]
    wanted = [s.id for s in case.problem.strategies if only is None or s.id in only]
    return of_strategies(wanted, [of_strategies([s for s in x.strategies if s in p.mine], [x]) for p, x in found])


def _cohort(case: Case, draws: Draws, people: int, moments: Sequence[float], only: Sequence[str] | None) -> Statistics:
    """Of a pathway that goes in cycles: see ``engine.cohort.chain``."""
    lookup = make_lookup(draws.engine, len(draws.values))
    frame, n, found = _frame(case, lookup, moments), len(draws.values), []
    for f in families(case.problem.pathway, case.problem.strategies):
        wanted = [s for s in f.mine if only is None or s in only]
        if wanted:
            more: dict[str, Any] = {"people": people, "only": wanted, "weighed": weighed_in(case.problem)}
            some = chain.expected_statistics(f.pathway, f.strategies, lookup, n, **frame, **more)
            found.append((f, some))
    return joined(case, found, only)


def cohort_bytes(case: Case, draws: int) -> int:
    """Bytes at the peak of a cohort in cycles, of so many draws."""
    lookup = make_lookup(lambda name: np.array([point_of(case.parameters, case.setting, name)]), 1)
    cycle, horizon = case.problem.pathway.cycle, float(lookup(case.setting.horizon)[0])
    assert cycle is not None
    return chain.most_bytes(case.problem.pathway, case.problem.strategies, draws, chain.whole_cycles(cycle, horizon))


def _frame(case: Case, lookup: Lookup, moments: Sequence[float] = (), later: float = 0.0) -> dict[str, Any]:
    """Horizon, discounting and grid: that of the figures with the `moments` asked for, a share of the horizon later."""
    horizons = lookup(case.setting.horizon)
    if (horizons != horizons[0]).any():
        raise ModelError(f"{case.setting.horizon}: uncertain; the horizon must be the same in every draw")
    horizon = float(horizons[0])
    asked = np.minimum(np.asarray(moments, dtype=np.float64) + later * horizon, horizon)
    return {
        "horizon": horizon,
        "discount": (lookup(case.problem.discount_costs), lookup(case.problem.discount_effects)),
        "continuous": case.problem.discounting == "continuous",
        "grid": np.union1d(driver.monthly_grid(horizon), asked),
    }
