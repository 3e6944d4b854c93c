"""Averages of one person: events, shares of people, and days."""

from __future__ import annotations

import numpy as np

from parameters.arrays import Floats
from parameters.units import DAYS_PER_YEAR
from simulate.result.valued import Valued


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
