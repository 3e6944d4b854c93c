"""Supported accommodation: residential care, supported housing and floating outreach, and who moves on from each.

People in the three differ, and nobody was allocated: the types are described side by side, and no effect is claimed.
Whoever has moved on is charged the next lighter type, since support seldom ends with a move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

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
    Quantity,
    Setting,
    StateTime,
    Strategy,
    Variant,
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
IN_SERVICE, MOVED_ON = When(housing="in_service"), When(housing="moved_on")

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


def _place(name: str, label: str) -> CostItem:
    return CostItem(name, label, "social_care", StateTime(IN_SERVICE, component=name), f"c_place_{name}")


def _after(name: str, label: str, price: str) -> CostItem:
    return CostItem(f"after_{name}", label, "social_care", StateTime(MOVED_ON, component=name), price)


# Councils' average spending on a person likely holds such places: charged beside one it would be paid twice.
_OTHER_COSTS = tuple(c for c in SERVICE_USER_COSTS if c.name != "social_care")

_UNLIKE = (
    "How much is of people: after adjustment the odds of moving on from outreach were 8.0 times those from residential"
    " care (2.9 to 21.7) and 2.7 times those from supported housing (1.0 to 7.4); as counted they are 18.0 and 3.2.",
    "Admissions, detentions and bed-days are those of people under community teams, the same in every column: the"
    " cohort's were not read, and people in residential care have greater needs. A place is paid for during them.",
    "A place in residential care includes the home; the rent of the other two, which Housing Benefit pays, is left out,"
    " and with it part of what they cost.",
    "What councils spend on the average person with schizophrenia (£1,380 in 2007/08) is left out: whether it holds"
    " such places was not read, it likely does, and beside the price of a place it would be paid twice. What councils"
    " spend on these people beside a place was not read: social care here is a lower bound, the same in every column.",
)

# What a place costs if a whole service's budget is shared among places that nobody counted.
_OF_BUDGETS: Mapping[str, Quantity] = {
    f"c_place_{name}": Product(f"c_budget_{name}", f"share_of_service_{name}") for name in (CARE, HOUSING, OUTREACH)
}

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
    variants=(
        Variant(
            "care_home_2013",
            "residential care at the price of a mental-health care home, £716 to £793 a week",
            {"c_place_residential_care": "c_place_care_home"},
        ),
    ),
    notes=(
        "Not an effect: people with greater needs live in residential care. Differences between columns are of people.",
        "Two prices of residential care conflict: about £500 a week (QuEST, 2018) and £716 to £793 (homes, 2012/13):"
        " the first here, the second as a variant. The budgets of whole services, which the briefing prints, fit the"
        " first with some eighteen places each; nobody printed how many there are (the setting quest_budgets).",
        "No price of supported housing by place was read: between the other two.",
        "Moved on from residential care is charged as supported housing, from supported housing as floating outreach,"
        " from outreach a third of it: assumed.",
        *_UNLIKE,
    ),
    leading=("c_place_supported_housing", "c_after_floating_outreach"),
)
BUDGETS = replace(
    QUEST,
    name="quest_budgets",
    label="The same, a place priced by its share of a whole service's budget",
    given={**ENGLAND, **_OF_BUDGETS},
    variants=(),
    notes=(
        "Not an effect: people with greater needs live in residential care. Differences between columns are of people.",
        "Budgets are of whole services. How many places share one was not printed: assumed, and with it every cost.",
        *_UNLIKE,
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
    settings=(QUEST, BUDGETS),
    costs=(
        *_OTHER_COSTS,
        _place(CARE, "Residential care"),
        _place(HOUSING, "Supported housing"),
        _place(OUTREACH, "Floating outreach"),
        _after(CARE, "Supported housing after residential care", f"c_place_{HOUSING}"),
        _after(HOUSING, "Floating outreach after supported housing", f"c_place_{OUTREACH}"),
        _after(OUTREACH, "Support after floating outreach", f"c_after_{OUTREACH}"),
    ),
    utilities=UTILITIES,
    effects=(
        EffectMeasure("days_moved_on", "Days in more independent accommodation", "day", days=MOVED_ON),
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
    kind="description",
    described="people were not allocated to the types and differ between them, so that no type is better than another",
    challenge=10,
    claims=("C10-15", "C10-16", "C10-17"),
    evidence="weak",
)
