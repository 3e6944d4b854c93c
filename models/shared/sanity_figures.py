"""A clinician's table: figures of the service that anybody on a ward could judge, and the records of what is known."""

from __future__ import annotations

from collections.abc import Iterator

from models.contract import (
    DecisionProblem,
    Ever,
    EverRatio,
    MeanTime,
    Rate,
    ShareOfTime,
    When,
    parameter_names,
)
from models.shared.sanity_accounts import account_figures
from models.shared.sanity_rows import SanityFigure

ALIVE = When()
ADMISSIONS = ("known_admissions", "known_admissions_after_discharge")
WARDS = "bed_days"  # the days that a problem tells of its wards


def sanity_figures(problem: DecisionProblem) -> Iterator[SanityFigure]:
    """What a clinician would ask of the problem, as far as its pathway, its prices and its thresholds have it."""
    yield from _of_care(problem)
    yield from _of_time(problem)
    priced = {*parameter_names(problem.costs), *(n for s in problem.settings for n in parameter_names(s))}
    if "c_bed_day" in priced:
        yield SanityFigure("Price of a bed-day", "c_bed_day", "GBP", ("known_bed_day",))
    yield from account_figures(problem)


def _of_care(problem: DecisionProblem) -> Iterator[SanityFigure]:
    """Admissions, detentions, stays, and what happens on wards."""
    pathway, beds = problem.pathway, problem.days_on(WARDS)
    names = {*(e.name for e in pathway.events), *(g.name for g in pathway.groups)}
    from_hospital = beds is not None and _starts_in_hospital(problem)
    if {"admission"} <= names and beds is not None:
        ended = "discharge" if from_hospital else "admission"  # a stay that people enter with was never an admission
        yield SanityFigure("Mean stay in hospital", MeanTime(beds, per=ended), "days", ("known_mean_stay",))
        yield SanityFigure("Admissions a person-year", Rate("admission", ALIVE), "per_year", ADMISSIONS)
    if {"admission", "detention"} <= names and not from_hospital:
        yield SanityFigure(
            "Ever detained, of those ever admitted",
            EverRatio("detention", "admission"),
            "share",
            ("known_share_detained_of_admitted", "known_share_detained_in_trials"),
        )
        yield SanityFigure(
            "Detentions a person-year",
            Rate("detention", ALIVE),
            "per_year",
            ("known_detentions", "known_detained_again"),
        )
    for event, label, known in (
        (
            "restraint",
            "Restraints per 1,000 bed-days",
            ("known_restraints_per_bed_day", "known_restraints_per_bed_day_reviewed"),
        ),
        ("seclusion", "Seclusions per 1,000 bed-days", ()),
        ("violent_incident", "Violent incidents per 1,000 bed-days", ()),
    ):
        if event in names and beds is not None:
            yield SanityFigure(label, Rate(event, beds), "per_1000_days", known)
    if problem.kind == "ward":  # which tells of a year from an admission
        violent = Ever("violent_incident")
        yield SanityFigure("Ever violent, of inpatients", violent, "share", ("known_share_violent",))
        yield SanityFigure("Readmitted within a year", Ever("admission"), "share", ("known_readmitted",))
    if "death" in names:
        homeless = problem.pathway.start.get("housing") == "homeless"
        deaths = ("known_deaths_homeless",) if homeless else ("known_deaths", "known_deaths_london")
        yield SanityFigure("Deaths per 1,000 person-years", Rate("death", ALIVE), "per_1000_years", deaths)


def _of_time(problem: DecisionProblem) -> Iterator[SanityFigure]:
    """Shares of time in work, at home, in home treatment and on wards."""
    pathway, beds = problem.pathway, problem.days_on(WARDS)
    domains = {d.name: d.levels for d in pathway.domains}
    if "employed" in domains.get("work", ()):
        employed = ShareOfTime(When(work="employed"))
        yield SanityFigure(
            "Share of time in paid work", employed, "share", ("known_share_in_work", "known_share_in_work_two_years")
        )
    for level in domains.get("housing", ()):
        yield SanityFigure(f"Share of time {level.replace('_', ' ')}", ShareOfTime(When(housing=level)), "share")
    if "crisis" in domains.get("care", ()):
        yield SanityFigure("Time in home treatment", ShareOfTime(When(care="crisis")), "days_per_person_year")
    if beds is not None:
        known = () if _starts_in_hospital(problem) else ("known_bed_days",)
        yield SanityFigure("Bed-days", ShareOfTime(beds), "days_per_person_year", known)


def _starts_in_hospital(problem: DecisionProblem) -> bool:
    beds = problem.days_on(WARDS)
    assert beds is not None
    starts = [(d, s) for d, s in problem.pathway.start.items() if d in beds.levels]
    levels = [(d, (s,) if isinstance(s, str) else s.level_names()) for d, s in starts]
    return any(level in beds.levels[d] for d, found in levels for level in found)
