"""Housing First: a home of one's own at once, with support, for homeless people with mental illness.

The effect is Canadian (At Home/Chez Soi) and found for housing; it was cost-effective there, not cost-saving. What it
would cost in England is not known: English settings are scenarios.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.contract import (
    CalibrationTarget,
    Component,
    ComponentTime,
    CostItem,
    DecisionProblem,
    Domain,
    Effect,
    EffectMeasure,
    Event,
    EventCount,
    Exponential,
    Perspective,
    Product,
    Quantity,
    Rate,
    Setting,
    ShareOfTime,
    StateTime,
    Strategy,
    Utility,
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

USUAL, FIRST = "usual_care", "housing_first"
HOMELESS, HOUSED = When(housing="homeless"), When(housing="housed")

PATHWAY = SERVICE_USER.extended(
    "homeless_people",
    label="Homeless adults with mental illness",
    domains=(Domain("housing", ("homeless", "housed"), "Housing"),),
    start={"housing": "homeless", "work": "out_of_work"},
    events=(
        Event("housed", HOMELESS, Exponential("r_housed"), {"housing": "housed"}, label="a home of one's own"),
        Event("home_lost", HOUSED, Exponential("r_home_lost"), {"housing": "homeless"}, label="loss of that home"),
        Event("emergency_visit", When(), Exponential("r_emergency_visit"), label="visit to an emergency department"),
    ),
)

_PROGRAMME = Component(
    FIRST,
    "Housing First with support",
    (
        Effect("housed", "hazard", "hr_housed_hf"),
        Effect("admission_from_community", "hazard", "hr_admission_hf"),
        Effect("admission_from_crisis", "hazard", "hr_admission_hf"),
        Effect("emergency_visit", "hazard", "irr_emergency_visits_hf"),
    ),
)

_HOUSED_USUAL = CalibrationTarget(
    "r_housed",
    USUAL,
    ShareOfTime(HOUSED),
    "p_time_housed_usual",
    start=0.4,
    unit="per_year",
    label="hazard of finding a home, usual care",
)
_ADMISSIONS = CalibrationTarget(
    "hr_admission_hf",
    FIRST,
    Rate("admission", When()),
    "irr_admissions_hf",
    scale="risk_ratio",
    start=0.75,
    label="hazard ratio of admission under Housing First",
)


def _days(published: str) -> CalibrationTarget:
    return CalibrationTarget(
        "hr_housed_hf",
        FIRST,
        ShareOfTime(HOUSED),
        published,
        scale="difference",
        start=6.0,
        label="hazard ratio of finding a home under Housing First",
    )


_TARGETS = (_HOUSED_USUAL, _days("d_share_housed_moderate_need"), _ADMISSIONS)
_NO_CLAIM: Mapping[str, Quantity] = {**ENGLAND, "saving_claimed_hf": 0.0}


def _canada(name: str, label: str, days: str, programme: str, homeless: str, need: str) -> Setting:
    return Setting(
        name=name,
        label=label,
        horizon="horizon_24_months_hf",
        perspective="trial_canada",
        effect="days_housed",
        targets=(_HOUSED_USUAL, _days(days), _ADMISSIONS),
        given={**_NO_CLAIM, "c_hf_year": programme, "c_homeless_year": homeless},
        shown=(
            published(f"days_housed_{need}", ShareOfTime(HOUSED)),
            published(f"cost_per_day_housed_{need}", "icer"),
        ),
        notes=(
            "Money is in Canadian dollars of 2016 where shown in them; elsewhere in pounds by purchasing power, at an"
            " assumed rate that no figure in dollars depends on.",
            "The trial's costs of all services stand in one price of being homeless: hospital and emergency visits are"
            " simulated and not priced apart.",
            "Its 80% at Can$67 a day rests on the standard error that is an input here: it validates nothing.",
        ),
    )


AT_HOME = _canada(
    "at_home_canada",
    "Canada: people with moderate needs, two years (At Home/Chez Soi)",
    "d_share_housed_moderate_need",
    "c_hf_year_moderate_need",
    "c_homeless_year_moderate_need",
    "moderate_need",
)
HIGH_NEED = _canada(
    "at_home_high_need",
    "Canada: people with high needs and assertive community treatment, two years",
    "d_share_housed_high_need",
    "c_hf_year_high_need",
    "c_homeless_year_high_need",
    "high_need",
)

PROBLEM = DecisionProblem(
    id=FIRST,
    label="Housing First",
    question="Should homeless people with mental illness be offered a home at once, with support?",
    pathway=PATHWAY,
    strategies=(Strategy(USUAL, "Usual care"), Strategy(FIRST, "Housing First", (_PROGRAMME,))),
    settings=(
        AT_HOME,
        HIGH_NEED,
        Setting(
            name="england",
            label="England: the Canadian effect at assumed English costs, two years",
            horizon="horizon_24_months_hf",
            perspective="public_sector",
            effect="days_housed",
            targets=_TARGETS,
            given={**_NO_CLAIM, "c_hf_year": "c_hf_year_england", "c_homeless_year": "c_homeless_year_england"},
            notes=(
                "No controlled English estimate exists, of the effect or of its cost: this is a scenario.",
                "Admissions, emergency visits and the cost of being homeless are each priced; the last is assumed to"
                " leave out the first two.",
                "Baseline admissions are those of people under community teams, not of homeless people.",
            ),
            leading=("c_hf_year_england", "c_homeless_year_england"),
        ),
        Setting(
            name="bretherton_2015",
            label="The briefing: £15,000 saved a person-year, nine English services without controls",
            horizon="horizon_12_months_hf",
            perspective="public_sector",
            effect="days_housed",
            targets=_TARGETS,
            given={
                **ENGLAND,
                "saving_claimed_hf": "saving_claimed_hf_bretherton",
                "c_hf_year": 0.0,
                "c_homeless_year": 0.0,
                "r_discount_costs": 0.0,
            },
            shown=(published("saving_bretherton", "cost"),),
            notes=("A legacy scenario: no control group, few people, and trials found a net cost.",),
        ),
    ),
    costs=(
        *SERVICE_USER_COSTS,
        CostItem("programme", "Housing First", "housing", ComponentTime(FIRST), "c_hf_year"),
        CostItem("homeless", "Public services used while homeless", "housing", StateTime(HOMELESS), "c_homeless_year"),
        CostItem("emergency", "Emergency departments", "nhs", EventCount("emergency_visit"), "c_emergency_visit"),
        CostItem("claimed_saving", "Saving, as claimed", "housing", ComponentTime(FIRST), "saving_claimed_hf", sign=-1),
    ),
    utilities=(*UTILITIES, Utility(HOMELESS, Product(-1.0, "u_homeless_loss"), role="gain")),
    effects=(
        EffectMeasure("days_housed", "Days housed", "day", days=HOUSED),
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
    ),
    perspectives=(
        Perspective("trial_canada", "All services, as the Canadian trial priced them", ("housing",)),
        *PERSPECTIVES,
        Perspective(
            "public_sector",
            "The public sector",
            ("nhs", "social_care", "criminal_justice", "housing", "public_other"),
        ),
    ),
    parameter_files=(*PARAMETER_FILES, "england.toml", f"interventions/{FIRST}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    thresholds={
        "days_housed": tuple(1.0 * k for k in range(121)),
        "qaly": tuple(1000.0 * k for k in range(51)),
    },
    days=BED_DAYS,
    challenge=10,
    claims=("C10-1", "C10-2", "C10-3", "C10-11", "C10-12", "C10-13", "C10-14", "C10-U1", "C10-W3"),
    evidence="moderate",
)
