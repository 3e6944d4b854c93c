"""Averages of one person: events, shares of people, and days on wards."""

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


def bed_days(result: Valued) -> Floats:
    """Mean inpatient days per person, [draws, strategies]; NaN where the problem has no wards."""
    when = result.case.problem.bed_days
    if when is None:
        return np.full(result.cost.shape, np.nan)
    statistics = result.statistics
    time = statistics.time[:, :, :, 0, :][..., statistics.state_indices(when.holds)]
    return np.asarray(statistics.per_person(time).sum(axis=2) * DAYS_PER_YEAR)
