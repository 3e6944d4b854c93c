"""What a clinician or a finance director would ask of an account: its money beside what there is to be saved."""

from __future__ import annotations

from collections.abc import Iterator

from models.contract import DecisionProblem
from models.shared.ledger import LEDGER
from models.shared.sanity_rows import AT_RISK, Amount, SanityFigure

# Accounts of other people than those with psychosis under secondary care, whose costs and stays tell nothing of them.
_OTHERS = {
    "care_support_plus",  # long stays on rehabilitation wards
    "debt_advice",  # the general population
    "personal_health_budgets",  # any long-term condition
    "team_recovery_implementation_plan",  # a ward's staff
    "workplace_wellbeing",  # employees
}
_COURSES = {"wellness_recovery_action_plan", "self_management", "side_by_side_peer_support"}

_TEAM_PLAN = (
    SanityFigure("Fall of sickness absence", "fall_in_sickness", "share", ("known_fall_in_sickness",)),
    SanityFigure(
        "Cost a ward-year, beside staff's time on conflict", Amount("cost"), "GBP", ("known_conflict_ward_year",)
    ),
    SanityFigure(
        "Saving a ward-year, beside staff's time on conflict", Amount("saving"), "GBP", ("known_conflict_ward_year",)
    ),
)
_CARE_SUPPORT = (
    SanityFigure("Cost of the scheme a place-year", "c_care_support_plus", "GBP", ("known_care_home_year",)),
)
_RETURNS = {"debt_advice": "return_per_pound_debt", "workplace_wellbeing": "return_per_pound_workplace"}


def account_figures(problem: DecisionProblem) -> Iterator[SanityFigure]:
    """Rows of a problem without a pathway; none of any other."""
    if problem.pathway is not LEDGER:
        return
    if problem.id == "team_recovery_implementation_plan":
        yield from _TEAM_PLAN
    if problem.id == "care_support_plus":
        yield from _CARE_SUPPORT
    if problem.id in _RETURNS:
        yield SanityFigure("Returned for a pound", _RETURNS[problem.id], "ratio", ("known_return",))
    if problem.id in _COURSES:
        yield SanityFigure("Cost a person", Amount("cost", a_year=False), "GBP", ("known_course",))
    if problem.id == "recovery_college":
        yield SanityFigure("Saving claimed a person-year", Amount("saving"), "GBP", ("known_college_saving",))
    if problem.id not in _OTHERS:
        yield from _of_cost()
        if problem.kind != "threshold":  # whose saving is not known
            yield from _of_saving()


def _of_cost() -> Iterator[SanityFigure]:
    """What it costs a year, beside what there is: a service that costs more has nothing to pay it back with."""
    cost = Amount("cost")
    yield SanityFigure("Cost a person-year, beside that of all care", cost, "GBP", ("known_cost_of_care",))
    yield SanityFigure(
        "Stays a person-year that pay for it", Amount("cost", over="known_stay"), "per_year", ("known_stays",)
    )
    yield SanityFigure(
        "Relapses a person-year that pay for it", Amount("cost", over="known_relapse"), "per_year", ("known_relapses",)
    )


def _of_saving() -> Iterator[SanityFigure]:
    """What it is said to save a year, beside what there is."""
    yield SanityFigure(
        "Saving claimed a person-year, beside the cost of all care", Amount("saving"), "GBP", ("known_cost_of_care",)
    )
    yield SanityFigure(
        "Saving claimed a person-year, in bed-days", Amount("saving", over="known_bed_day"), "days", (AT_RISK,)
    )
