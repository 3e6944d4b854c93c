"""A clinician's table: a few figures of a model that anybody at work there could judge, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.contract import MeanTime
from models.shared.sanity_figures import ALIVE, SanityFigure, sanity_figures
from parameters import PARAMETERS_DIR, Parameter, load
from parameters.units import FigureUnit, from_engine
from simulate.ask.case import Case
from simulate.evaluate.measures import measure
from simulate.result.result import Result
from simulate.running.running import run

PEOPLE = 20_000


@dataclass(frozen=True)
class Check:
    """One figure by strategy, and what is known of it."""

    label: str
    unit: FigureUnit
    ours: Mapping[str, float]
    low: float | None
    high: float | None
    source: str | None  # id
    note: str

    @property
    def surprises(self) -> tuple[str, ...]:
        """Strategies whose figure lies outside what is known."""
        if self.low is None or self.high is None:
            return ()
        return tuple(s for s, x in self.ours.items() if not self.low <= x <= self.high)


def sanity(case: Case, *, people: int = PEOPLE, threads: int | None = None) -> list[Check]:
    """The figures that the case's pathway has, at the point estimates, under each strategy."""
    result = run(case, fixed=True, people=people, threads=threads)
    known = load([PARAMETERS_DIR / "known.toml"])
    checks = [_check(result, asked, known) for asked in sanity_figures(case.problem)]
    return [*checks, _cost(result)]


def _check(result: Result, asked: SanityFigure, known: Mapping[str, Parameter]) -> Check:
    values = from_engine(measure(asked.statistic, result.statistics, result.case.problem)[0], asked.unit)
    ours = {s: float(values[i]) for i, s in enumerate(result.strategies)}
    if asked.known is None:
        return Check(asked.label, asked.unit, ours, None, None, None, "")
    record = known[asked.known]
    low, high = (_limit(record, end, asked.unit) for end in (0.0, 1.0))
    return Check(asked.label, asked.unit, ours, low, high, record.source, record.note or "")


def _limit(record: Parameter, end: float, unit: FigureUnit) -> float:
    """An end of the record's range in the check's own unit."""
    from parameters import to_engine

    value = record.distribution.ppf(np.array([end]))
    return float(from_engine(to_engine(value, record.unit, None), unit)[0])


def _cost(result: Result) -> Check:
    """Undiscounted years alive are the denominator; costs are as the setting counts them."""
    years = measure(MeanTime(ALIVE), result.statistics, result.case.problem)[0]
    ours = {s: float(result.cost[0, i] / years[i]) for i, s in enumerate(result.strategies)}
    words = result.case.problem.perspective(result.options.perspective).label
    return Check(f"Cost a person-year alive ({words})", "GBP", ours, None, None, None, "")
