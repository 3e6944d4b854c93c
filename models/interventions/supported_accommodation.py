"""Supported accommodation: residential care, supported housing and floating outreach, and who moves on from each.

People in the three differ, and nobody was allocated: the types are described side by side, and no effect is claimed.
"""

from __future__ import annotations

from models.contract import (
    CalibrationTarget,
    Component,
    CostItem,
    DecisionProblem,
    Domain,
    Effect,
    EffectMeasure,
    Event,
    Ever,
    Exponential,
    Perspective,
    Product,
    Setting,
    StateTime,
    Strategy,
    When,
    published,
)
from models.shared.costs import SERVICE_USER_COSTS
from models.shared.service_user import (
    BED_DAYS,
    ENGLAND,
    PARAMETER_FILES,
    PERSPECTIVES,
    SERVICE_USER,
    UTILITIES,
)

CARE, HOUSING, OUTREACH = "residential_care", "supported_housing", "floating_outreach"
IN_SERVICE = When(housing="in_service")

PATHWAY = SERVICE_USER.extended(
    "in_supported_accommodation",
    label="Adults in mental-health supported accommodation, each as those of its own type are",
    domains=(Domain("housing", ("in_service", "moved_on"), "Accommodation"),),
    start={"housing": "in_service"},
    events=(
        Event(
            "moved_on",
            IN_SERVICE,
            Exponential("r_move_on"),
            {"housing": "moved_on"},
            label="a move to more independent accommodation",
        ),
    ),
)


def _strategy(name: str, label: str, ratio: str | None) -> Strategy:
    effects = () if ratio is None else (Effect("moved_on", "hazard", ratio),)
    return Strategy(name, label, (Component(name, label, effects),))


def _cost(name: str, label: str) -> CostItem:
    budget = Product(f"c_budget_{name}", f"share_of_service_{name}")
    return CostItem(name, label, "social_care", StateTime(IN_SERVICE, component=name), budget)


QUEST = Setting(
    name="quest_england",
    label="England: the QuEST survey and cohort, thirty months",
    horizon="horizon_30_months",
    perspective="nhs_pss",
    effect="days_moved_on",
    targets=(
        CalibrationTarget(
            "r_move_on",
            CARE,
            Ever("moved_on"),
            "p_moved_on_residential_care",
            start=0.05,
            unit="per_year",
            label="hazard of moving on, residential care",
        ),
        CalibrationTarget(
            "hr_move_on_supported_housing",
            HOUSING,
            Ever("moved_on"),
            "p_moved_on_supported_housing",
            start=4.0,
            label="hazard of moving on, supported housing against residential care",
        ),
        CalibrationTarget(
            "hr_move_on_floating_outreach",
            OUTREACH,
            Ever("moved_on"),
            "p_moved_on_floating_outreach",
            start=10.0,
            label="hazard of moving on, floating outreach against residential care",
        ),
    ),
    given=ENGLAND,
    shown=(published("moved_on_quest", Ever("moved_on")),),
    notes=(
        "Not an effect: people with greater needs live in residential care. Differences between columns are of people.",
        "Budgets are of whole services. How many places share one was not printed: assumed, and with it every cost.",
        "Nothing is charged once somebody has moved on, though other support usually is needed.",
    ),
    leading=(
        "share_of_service_residential_care",
        "share_of_service_supported_housing",
        "share_of_service_floating_outreach",
    ),
)

PROBLEM = DecisionProblem(
    id="supported_accommodation",
    label="Supported accommodation",
    question=(
        "What do residential care, supported housing and floating outreach cost, and who moves on? A description: the"
        " people differ, so that no type is shown to be better than another."
    ),
    pathway=PATHWAY,
    strategies=(
        _strategy(CARE, "Residential care", None),
        _strategy(HOUSING, "Supported housing", "hr_move_on_supported_housing"),
        _strategy(OUTREACH, "Floating outreach", "hr_move_on_floating_outreach"),
    ),
    settings=(QUEST,),
    costs=(
        *SERVICE_USER_COSTS,
        _cost(CARE, "Residential care"),
        _cost(HOUSING, "Supported housing"),
        _cost(OUTREACH, "Floating outreach"),
    ),
    utilities=UTILITIES,
    effects=(
        EffectMeasure("days_moved_on", "Days in more independent accommodation", "day", days=When(housing="moved_on")),
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
    ),
    perspectives=(
        *PERSPECTIVES,
        Perspective("accommodation", "Social care alone", ("social_care",)),
    ),
    parameter_files=(*PARAMETER_FILES, "england.toml", "interventions/supported_accommodation.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    thresholds={"days_moved_on": tuple(2.0 * k for k in range(101)), "qaly": tuple(1000.0 * k for k in range(51))},
    days=BED_DAYS,
    challenge=10,
    claims=("C10-15", "C10-16", "C10-17"),
    evidence="weak",
)
