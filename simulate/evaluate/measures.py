"""Statistics that published figures are compared with: shares, ratios, times and rates from a simulation's sums."""

from __future__ import annotations

import numpy as np

from models.contract import (
    CountRatio,
    DecisionProblem,
    Ever,
    EverRatio,
    MeanTime,
    ModelError,
    Rate,
    ShareOfTime,
    ShareWithTime,
    Statistic,
    When,
)
from models.states import at_risk
from parameters.arrays import Floats, Ints
from parameters.units import DAYS_PER_YEAR, price_index
from simulate.engine.statistics import UNDISCOUNTED, Statistics


def measure(statistic: Statistic, statistics: Statistics, problem: DecisionProblem) -> Floats:
    """The statistic in every draw and strategy, float64 [draws, strategies]; times in years, undiscounted.

    ``ModelError`` where it needs the totals of every person and they were not kept.
    """
    read = _Reader(statistics, problem)
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(statistic, Ever):
            return read.share(statistic.name)
        if isinstance(statistic, EverRatio):
            return read.share(statistic.name) / read.share(statistic.among)
        if isinstance(statistic, CountRatio):
            return read.count(statistic.name) / read.count(statistic.among)
        if isinstance(statistic, ShareOfTime):
            return read.time(statistic.when) / read.time(statistic.among)
        if isinstance(statistic, Rate):
            return read.count(statistic.name) / read.time(statistic.when)
        if isinstance(statistic, ShareWithTime):
            return read.share_with(statistic.when, statistic.years)
        return _mean_time(read, statistic)


def needs_people(statistics: object) -> bool:
    """Whether any of these statistics needs the totals of every person."""
    assert isinstance(statistics, tuple)
    return any(isinstance(s, ShareWithTime) for s in statistics)


def in_unit(values: Floats, unit: str) -> Floats:
    """Statistics as measured (years, per year, GBP of the base year) in a unit of ``models.ShownUnit``."""
    return np.asarray(values * _factor(unit))


def _factor(unit: str) -> float:
    currency = unit.partition("_per_")[0]
    if currency in ("GBP", "CAD", "USD"):  # an effect in days is worth so much a day: nothing to convert
        return price_index().foreign(currency) if currency != "GBP" else 1.0
    return {
        "months": 12.0,
        "weeks": DAYS_PER_YEAR / 7,
        "days": DAYS_PER_YEAR,
        "days_per_person_year": DAYS_PER_YEAR,
        "per_1000_days": 1000 / DAYS_PER_YEAR,
        "per_1000_years": 1000.0,
    }.get(unit, 1.0)


def _mean_time(read: _Reader, statistic: MeanTime) -> Floats:
    time = read.time(statistic.when)
    if statistic.per is not None:
        return np.asarray(time / read.count(statistic.per))
    return np.asarray(time / read.share(statistic.per_ever) if statistic.per_ever is not None else time)


class _Reader:
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
        pathway = self._problem.pathway
        return np.array([i for i, s in enumerate(self._x.states) if at_risk(pathway, s, when)], dtype=np.int64)
