"""Averages of one person: events, shares of people, and days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.contract import EventCount, ModelError, StateTime
from models.quantities import computed
from parameters.arrays import Floats
from parameters.units import DAYS_PER_YEAR
from simulate.evaluate.moments import at_moments
from simulate.evaluate.weighing import is_weighed
from simulate.result.valued import Valued

if TYPE_CHECKING:
    import pandas as pd


def follows_people(result: Valued) -> bool:
    """Whether anybody is simulated, with chance between people; in accounts and in expected values nobody is."""
    return result.statistics.grid_error is None and bool(result.case.problem.pathway.events)


def event_counts(result: Valued) -> dict[str, Floats]:
    """Mean undiscounted count per person of every event and group, each [draws, strategies]."""
    statistics, pathway = result.statistics, result.case.problem.pathway
    per_person = statistics.per_person(statistics.count[:, :, :, 0, :])
    names = [e.name for e in pathway.events] + [g.name for g in pathway.groups]
    found = {n: statistics.outcome_indices(pathway.resolve(n)) for n in names}
    return {n: np.asarray(per_person[:, :, columns].sum(axis=2)) for n, columns in found.items()}


def ever(result: Valued) -> dict[str, Floats]:
    """Share of people with at least one of every event and group, each [draws, strategies]."""
    share = result.statistics.per_person(result.statistics.ever)
    return {name: share[:, :, i] for i, name in enumerate(result.statistics.trackers)}


def days(result: Valued) -> dict[str, Floats]:
    """Mean undiscounted days per person by name, as the problem tells them, each [draws, strategies]."""
    statistics = result.statistics
    times = {d.name: statistics.state_indices(d.when.holds) for d in result.case.problem.days}
    undiscounted = statistics.time[:, :, :, 0, :]
    return {
        name: np.asarray(statistics.per_person(undiscounted[..., states]).sum(axis=2) * DAYS_PER_YEAR)
        for name, states in times.items()
    }


def occupancy(result: Valued) -> pd.DataFrame:
    """Who is where at the times asked for: see ``evaluate.moments``. ``ModelError`` where none were."""
    if not result.options.occupancy:
        raise ModelError("no times were asked for; run with occupancy, such as [0.5, 1, 2] years")
    return at_moments(result.statistics, result.case.problem.pathway, result.replicate)


def cost_of_one(result: Valued) -> dict[str, float] | None:
    """What one of the events that the effect counts costs under the comparator, from the perspective; None if untold.

    `days` it takes on average; undiscounted, of those days (`stay`) and of what goes with each event (`process`).
    Means over draws of all costs over all events, so that a draw with few of them does not outweigh the others.
    """
    problem, options = result.case.problem, result.options
    measure, statistics = problem.effect(options.effect), result.statistics
    if measure.ever is None or measure.takes is None:
        return None
    outcomes = statistics.outcome_indices(problem.pathway.resolve(measure.ever))
    events = statistics.per_person(statistics.count[:, :, :, 0, :])[:, 0, outcomes].sum(axis=1)
    if not events.any():
        return None
    taken = statistics.state_indices(measure.takes.holds)
    years = statistics.per_person(statistics.time[:, :, :, 0, :])[:, 0, taken].sum(axis=1)
    stay, process, one = np.zeros(len(events)), np.zeros(len(events)), np.ones(len(events))
    for item in problem.counted(options.perspective):
        price = item.sign * one
        for quantity in map(problem.strategies[0].under, (item.unit_cost, *item.quantities)):
            price = price * computed(quantity, result.draws.engine, lambda x: x * one)
        basis = item.basis
        is_one = isinstance(basis, EventCount) and basis.name == measure.ever
        takes = isinstance(basis, StateTime) and set(taken) <= set(statistics.state_indices(basis.when.holds))
        if (is_one or takes) and is_weighed(item):
            return None  # what one costs goes by more than the event and its days
        if is_one:
            process += price * events
        if takes:
            stay += price * years
    if not (stay.any() or process.any()):
        return None  # an account of other costs
    told = {"days": years * DAYS_PER_YEAR, "stay": stay, "process": process}
    return {name: float(x.sum() / events.sum()) for name, x in told.items()}
