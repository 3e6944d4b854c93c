"""A clinician's table: a few figures of a model that anybody on a ward could judge, with what is known beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from models.contract import DecisionProblem, EverRatio, MeanTime, Rate, ShareOfTime, Statistic, When
from parameters import PARAMETERS_DIR, Parameter, load
from simulate.ask.case import Case
from simulate.evaluate.measures import in_unit, measure
from simulate.result.result import Result
from simulate.running.running import run

PEOPLE = 20_000
ALIVE = When()


@dataclass(frozen=True)
class Check:
    """One figure by strategy, and what is known of it."""

    label: str
    unit: str  # of ``models.ShownUnit``
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


@dataclass(frozen=True)
class _Asked:
    label: str
    statistic: Statistic
    unit: str
    known: str | None = None  # record in parameters/known.toml


def sanity(case: Case, *, people: int = PEOPLE, threads: int | None = None) -> list[Check]:
    """The figures that the case's pathway has, at the point estimates, under each strategy."""
    result = run(case, fixed=True, people=people, threads=threads)
    known = load([PARAMETERS_DIR / "known.toml"])
    checks = [_check(result, asked, known) for asked in _asked(case.problem)]
    return [*checks, _cost(result)]


def _asked(problem: DecisionProblem) -> Iterator[_Asked]:
    """What the pathway can be asked."""
    pathway, beds = problem.pathway, problem.bed_days
    names = {*(e.name for e in pathway.events), *(g.name for g in pathway.groups)}
    domains = {d.name: d.levels for d in pathway.domains}
    from_hospital = beds is not None and _starts_in_hospital(problem)
    if {"admission"} <= names and beds is not None:
        ended = "discharge" if from_hospital else "admission"  # a stay that people enter with was never an admission
        yield _Asked("Mean stay in hospital", MeanTime(beds, per=ended), "days", "known_mean_stay")
        yield _Asked("Admissions a person-year", Rate("admission", ALIVE), "per_year", "known_admissions")
    if {"admission", "detention"} <= names and not from_hospital:
        yield _Asked(
            "Ever detained, of those ever admitted",
            EverRatio("detention", "admission"),
            "share",
            "known_share_detained_of_admitted",
        )
        yield _Asked("Detentions a person-year", Rate("detention", ALIVE), "per_year", "known_detentions")
    for event, label, record in (
        ("restraint", "Restraints per 1,000 bed-days", "known_restraints_per_bed_day"),
        ("seclusion", "Seclusions per 1,000 bed-days", None),
        ("violent_incident", "Violent incidents per 1,000 bed-days", None),
    ):
        if event in names and beds is not None:
            yield _Asked(label, Rate(event, beds), "per_1000_days", record)
    if "employed" in domains.get("work", ()):
        yield _Asked("Share of time in paid work", ShareOfTime(When(work="employed")), "share", "known_share_in_work")
    for level in domains.get("housing", ()):
        yield _Asked(f"Share of time {level.replace('_', ' ')}", ShareOfTime(When(housing=level)), "share")
    if "crisis" in domains.get("care", ()):
        yield _Asked("Time in home treatment", ShareOfTime(When(care="crisis")), "days_per_person_year")
    if beds is not None:
        yield _Asked("Bed-days", ShareOfTime(beds), "days_per_person_year")
    if "death" in names:
        yield _Asked("Deaths per 1,000 person-years", Rate("death", ALIVE), "per_1000_years", "known_deaths")


def _starts_in_hospital(problem: DecisionProblem) -> bool:
    assert problem.bed_days is not None
    starts = [(d, s) for d, s in problem.pathway.start.items() if d in problem.bed_days.levels]
    levels = [(d, (s,) if isinstance(s, str) else s.levels()) for d, s in starts]
    return any(level in problem.bed_days.levels[d] for d, found in levels for level in found)


def _check(result: Result, asked: _Asked, known: Mapping[str, Parameter]) -> Check:
    values = in_unit(measure(asked.statistic, result.statistics, result.case.problem)[0], asked.unit)
    ours = {s: float(values[i]) for i, s in enumerate(result.strategies)}
    if asked.known is None:
        return Check(asked.label, asked.unit, ours, None, None, None, "")
    record = known[asked.known]
    low, high = (_limit(record, end, asked.unit) for end in (0.0, 1.0))
    return Check(asked.label, asked.unit, ours, low, high, record.source, record.note or "")


def _limit(record: Parameter, end: float, unit: str) -> float:
    """An end of the record's range in the check's own unit."""
    from parameters import to_engine

    value = record.distribution.ppf(np.array([end]))
    return float(in_unit(to_engine(value, record.unit, None), unit)[0])


def _cost(result: Result) -> Check:
    """Undiscounted years alive are the denominator; costs are as the setting counts them."""
    years = measure(MeanTime(ALIVE), result.statistics, result.case.problem)[0]
    ours = {s: float(result.cost[0, i] / years[i]) for i, s in enumerate(result.strategies)}
    words = result.case.problem.perspective(result.options.perspective).label
    return Check(f"Cost a person-year alive ({words})", "GBP", ours, None, None, None, "")
