"""What a clinician or a finance director would ask of an account: its money beside what there is to be saved."""

from __future__ import annotations

from collections.abc import Iterator

from models.contract import DecisionProblem
from models.shared.ledger import LEDGER
from models.shared.sanity_rows import AT_RISK, Amount, SanityFigure

_COURSES = {"wellness_recovery_action_plan", "self_management", "side_by_side_peer_support"}

_PLACES = ("known_support_year", "known_care_home_year")

# Accounts of other people than those with psychosis under secondary care, whose costs and stays tell nothing of them:
# a ward's staff, long stays on rehabilitation wards, the general population, employees, any long-term condition.
_TEAM_PLAN = (
    SanityFigure("Days of sickness absence a ward-year", "r_sick_days", "count", ("known_sick_days_ward",)),
    SanityFigure("Price of a day's replacement of a nurse", "c_staff_day", "GBP", ("known_agency_day",)),
    SanityFigure("Fall of sickness absence", "fall_in_sickness", "share", ("known_fall_in_sickness",)),
    SanityFigure(
        "Cost a ward-year, beside staff's time on conflict", Amount("cost"), "GBP", ("known_conflict_ward_year",)
    ),
    SanityFigure(
        "Saving a ward-year, beside staff's time on conflict", Amount("saving"), "GBP", ("known_conflict_ward_year",)
    ),
)
_CARE_SUPPORT = (
    SanityFigure("Share of time in hospital before", "p_hospital_before", "share", ("known_hospital_before",)),
    SanityFigure("Bed-days averted a place-year", Amount("effect"), "days", ("known_hospital_averted",)),
    SanityFigure("Cost of the scheme a place-year", "c_care_support_plus", "GBP", _PLACES),
    SanityFigure("Cost of the placement before, a year", "c_previous_placement", "GBP", _PLACES),
)
_DEBT_ADVICE = (
    SanityFigure("Cost a client", Amount("cost", a_year=False), "GBP", ("known_debt_advice",)),
    SanityFigure(
        "Returned for a pound", "return_per_pound_debt", "ratio", ("known_return", "known_return_debt_charity")
    ),
    SanityFigure(
        "Returned for a pound, beside health, benefits and output",
        "return_per_pound_debt",
        "ratio",
        ("known_return_advice",),
    ),
    SanityFigure(
        "Saving a client, beside what problem debt costs",
        Amount("saving", a_year=False),
        "GBP",
        ("known_debt_avoidable",),
    ),
    SanityFigure(
        "Months off sickness benefit a client that pay for it",
        Amount("cost", over="known_month_on_benefit", a_year=False),
        "months",
        ("known_months_ill",),
    ),
)
_AT_WORK = (
    SanityFigure(
        "Returned for a pound", "return_per_pound_workplace", "ratio", ("known_return", "known_return_treatment")
    ),
    SanityFigure(
        "Cost an employee, beside what ill health costs", Amount("cost"), "GBP", ("known_loss_reducible_2017",)
    ),
    SanityFigure(
        "Saving an employee, beside what ill health costs", Amount("saving"), "GBP", ("known_loss_reducible",)
    ),
    SanityFigure(
        "Days of absence an employee that pay for it",
        Amount("cost", over="known_absence_day"),
        "days",
        ("known_absence",),
    ),
    SanityFigure(
        "Saving an employee, in days of absence",
        Amount("saving", over="known_absence_day"),
        "days",
        ("known_absence_and_presence",),
    ),
)
_BUDGETS = (
    SanityFigure("Gain, beside that of home care", "gain_ascot_phb", "points", ("known_gain_home_care",)),
    SanityFigure("Gain, beside that of community life", "gain_ascot_phb", "points", ("known_gain_community",)),
    SanityFigure("Gain, beside what is lacking", "gain_ascot_phb", "points", ("known_headroom",)),
    SanityFigure(
        "Difference in cost, beside that of individual budgets",
        "cost_difference_phb",
        "GBP",
        ("known_difference_budgets",),
    ),
    SanityFigure(
        "Difference in cost, beside that of community life",
        "cost_difference_phb",
        "GBP",
        ("known_difference_community",),
    ),
)
_OF_ITS_OWN = {
    "care_support_plus": _CARE_SUPPORT,
    "debt_advice": _DEBT_ADVICE,
    "personal_health_budgets": _BUDGETS,
    "team_recovery_implementation_plan": _TEAM_PLAN,
    "workplace_wellbeing": _AT_WORK,
}


def account_figures(problem: DecisionProblem) -> Iterator[SanityFigure]:
    """Rows of a problem without a pathway; none of any other."""
    if problem.pathway is not LEDGER:
        return
    yield from _OF_ITS_OWN.get(problem.id, ())
    if problem.id in _COURSES:
        yield SanityFigure("Cost a person", Amount("cost", a_year=False), "GBP", ("known_course",))
    if problem.id == "recovery_college":
        yield SanityFigure("Saving claimed a person-year", Amount("saving"), "GBP", ("known_college_saving",))
    if problem.id not in _OF_ITS_OWN:
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
