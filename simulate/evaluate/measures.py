"""Statistics that published figures are compared with: shares, ratios, times and rates from a simulation's sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from models.contract import (
    CountRatio,
    DecisionProblem,
    Ever,
    EverButNever,
    EverRatio,
    MeanTime,
    ModelError,
    Rate,
    ShareOfTime,
    ShareWithTime,
    Statistic,
    When,
)
from models.states import alive_and
from parameters.arrays import Floats, Ints
from simulate.engine.statistics import UNDISCOUNTED, Statistics


def measure(statistic: Statistic, statistics: Statistics, problem: DecisionProblem) -> Floats:
    """The statistic in every draw and strategy, float64 [draws, strategies]; times in years, undiscounted.

    ``ModelError`` where it needs the totals of every person and they were not kept.
    """
    read = Reader(statistics, problem)
    with np.errstate(divide="ignore", invalid="ignore"):
        return MEASURES[type(statistic)].of(read, statistic)


def needs_people(statistics: object) -> bool:
    """Whether any of these statistics needs the totals of every person."""
    assert isinstance(statistics, tuple)
    return any(MEASURES[type(s)].needs_people for s in statistics if type(s) in MEASURES)  # others: costs and the like


class Reader:
    """Means per person, [draws, strategies]."""

    def __init__(self, statistics: Statistics, problem: DecisionProblem):
        self._x, self._problem = statistics, problem
        self._people = statistics.people.sum()

    def share(self, name: str) -> Floats:
        """Share of people with at least one."""
        ever = self._x.ever[..., list(self._x.trackers).index(name)]
        return np.asarray(ever.sum(axis=2) / self._people)

    def count(self, name: str) -> Floats:
        """Events a person."""
        columns = [self._x.outcomes.index(o) for o in self._problem.pathway.resolve(name)]
        return np.asarray(self._x.count[:, :, :, UNDISCOUNTED, columns].sum(axis=(2, 3)) / self._people)

    def time(self, when: When) -> Floats:
        """Years a person where `when` holds."""
        return np.asarray(self._x.time[:, :, :, UNDISCOUNTED, self._states(when)].sum(axis=(2, 3)) / self._people)

    def share_with(self, when: When, years: float) -> Floats:
        """Share of people with at least `years` where `when` holds, everybody counting once."""
        if self._x.person_time.size == 0:
            raise ModelError("a share of people by their time needs the totals of every person: run with persons")
        time = self._x.person_time[:, :, :, UNDISCOUNTED, self._states(when)].sum(axis=-1)
        return np.asarray((time >= years).mean(axis=2))

    def _states(self, when: When) -> Ints:
        return self._x.state_indices(alive_and(self._problem.pathway, when))


def _mean_time(read: Reader, statistic: MeanTime) -> Floats:
    time = read.time(statistic.when)
    if statistic.per is not None:
        return np.asarray(time / read.count(statistic.per))
    return np.asarray(time / read.share(statistic.per_ever) if statistic.per_ever is not None else time)


class Measure(NamedTuple):
    """How a statistic is read, [draws, strategies], and whether it needs the totals of every person."""

    of: Callable[[Reader, Any], Floats]
    needs_people: bool = False


MEASURES: Mapping[type, Measure] = {
    Ever: Measure(lambda read, x: read.share(x.name)),
    EverButNever: Measure(lambda read, x: read.share(x.name) - read.share(x.never)),  # checked: it holds `never`
    EverRatio: Measure(lambda read, x: read.share(x.name) / read.share(x.among)),
    CountRatio: Measure(lambda read, x: read.count(x.name) / read.count(x.among)),
    MeanTime: Measure(_mean_time),
    ShareOfTime: Measure(lambda read, x: read.time(x.when) / read.time(x.among)),
    Rate: Measure(lambda read, x: read.count(x.name) / read.time(x.when)),
    ShareWithTime: Measure(lambda read, x: read.share_with(x.when, x.years), needs_people=True),
}
