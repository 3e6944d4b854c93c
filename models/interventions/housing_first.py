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
    PUBLIC_SECTOR,
    SERVICE_USER,
    UTILITIES,
)

USUAL, FIRST = "usual_care", "housing_first"
HOMELESS, HOUSED = When(housing="homeless"), When(housing="housed")
# Nobody sleeps rough on a ward.
ROUGH = When(housing="homeless", care=("community", "crisis"))
LOSS = Product(-1.0, "u_homeless_loss")

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
        Effect("death", "hazard", "hr_death_hf"),
    ),
)

# What a claim says is saved is charged to usual care, so that nobody's care costs less than nothing.
_SERVICES = Component("other_services", "The services that others use")

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
# Homeless people die ten times as often as people of their age under community teams.
_PEOPLE: Mapping[str, Quantity] = {**ENGLAND, "r_death_at_40": "r_death_homeless", "c_sleeping_rough_year": 0.0}
_NO_CLAIM: Mapping[str, Quantity] = {**_PEOPLE, "saving_claimed_hf": 0.0}
# Where the price of being homeless, or a claim, holds the health care saved, none is saved beside it.
_HEALTH_INSIDE: Mapping[str, Quantity] = {"hr_admission_hf": 1.0, "irr_emergency_visits_hf": 1.0}
_FRANCE = (
    published("homes_lost_france", Rate("home_lost", HOUSED)),
    published("homes_found_france", Rate("housed", HOMELESS)),
)
_KEPT = (published("homes_lost_pilots", Rate("home_lost", HOUSED)), *_FRANCE)
_UTILITY = Variant(
    "no_loss", "no loss of utility by being homeless (moves QALYs alone)", {"u_homeless_loss": "u_homeless_loss_none"}
)
DEATHS = Variant(
    "deaths_as_in_france",
    "as many more deaths under Housing First as the French trial counted",
    {"hr_death_hf": "hr_death_hf_france"},
)
_DEATHS = (
    "Deaths are those of the French trial of Housing First, both arms together, 25 per 1,000 a year, and as many in"
    " either arm. It counted 23 of 353 under Housing First and 11 of 350 without (p = 0.054):{} no gain of life is"
    " told, and harm is not ruled out."
)


def _canada(name: str, label: str, days: str, programme: str, homeless: str, need: str) -> Setting:
    return Setting(
        name=name,
        label=label,
        horizon="horizon_24_months_hf",
        perspective="trial_canada",
        effect="days_housed",
        targets=(_HOUSED_USUAL, _days(days), _ADMISSIONS),
        given={**_NO_CLAIM, "c_hf_year": programme, "c_homeless_year": homeless, "c_rent_year": 0.0},
        shown=(
            published(f"days_housed_{need}", ShareOfTime(HOUSED)),
            published(f"cost_per_day_housed_{need}", "icer"),
            *_FRANCE,
        ),
        variants=(_UTILITY,),
        notes=(
            "Money is in Canadian dollars of 2016 where shown in them; elsewhere in pounds by purchasing power, at an"
            " assumed rate that no figure in dollars depends on.",
            "The trial's costs of all services stand in one price of being homeless: hospital and emergency visits are"
            " simulated and not priced apart.",
            "Quality of life by EQ-5D did not differ between the arms (remembered, not read): QALYs here rest on an"
            " assumed loss by being homeless, and the variant no_loss has none.",
            "Admissions, detentions and police contacts told are those of English people under community teams: no"
            " figure of the trial.",
            _DEATHS.format(""),
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
    strategies=(Strategy(USUAL, "Usual care", (_SERVICES,)), Strategy(FIRST, "Housing First", (_PROGRAMME,))),
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
            given={
                **_NO_CLAIM,
                "c_hf_year": "c_hf_year_england",
                "c_homeless_year": 0.0,
                "c_sleeping_rough_year": "c_homeless_year_council",
            },
            shown=_KEPT,
            variants=(
                _UTILITY,
                DEATHS,
                Variant(
                    "hostels",
                    "Housing Benefit pays as much for a hostel as for a home",
                    {"c_rent_year": "c_rent_year_none"},
                ),
            ),
            notes=(
                "No controlled English estimate exists, of the effect or of its cost: this is a scenario.",
                "Being homeless costs what councils spend on a rough sleeper, while not in hospital; admissions,"
                " emergency visits and police contacts are simulated and priced beside it. The setting"
                " england_all_public takes the one figure that holds them all, of rough sleepers too.",
                "The rent of a home is paid by Housing Benefit: a cost to the public sector, and a dwelling used up to"
                " society. Homeless people are taken to sleep rough, at no rent; in the variant hostels none has one.",
                "Pilots kept 84% of tenancies for three years; here one hazard of losing a home serves both arms, and"
                " some 70% are kept: not reproduced. How soon homes are found is solved for, so days housed come out.",
                "Baseline admissions are those of people under community teams, not of homeless people.",
                _DEATHS.format(
                    " the variant deaths_as_in_france has as many more, and costs less, since who is dead costs"
                    " nothing: read it in QALYs;"
                ),
            ),
            leading=("c_hf_year_england", "c_homeless_year_council", "c_rent_year"),
        ),
        Setting(
            name="england_all_public",
            label="England: the same, being homeless priced by all that the public sector spends on a rough sleeper",
            horizon="horizon_24_months_hf",
            perspective="public_sector",
            effect="days_housed",
            targets=(_HOUSED_USUAL, _days("d_share_housed_moderate_need")),
            given={
                **_NO_CLAIM,
                **_HEALTH_INSIDE,
                "c_hf_year": "c_hf_year_england",
                "c_homeless_year": "c_homeless_year_all_public",
            },
            shown=_KEPT,
            notes=(
                "£20,128 holds health care and justice: no admission or emergency visit is saved beside it, and the"
                " care simulated is the same in both arms.",
                "What a rough sleeper costs beyond a housed person is less than what he costs: all of it is taken to"
                " end with a home, which favours Housing First.",
                _DEATHS.format(""),
            ),
            leading=("c_hf_year_england", "c_homeless_year_all_public", "c_rent_year"),
        ),
        Setting(
            name="bretherton_2015",
            label="The briefing: £15,000 saved a person-year, nine English services without controls",
            horizon="horizon_12_months_hf",
            perspective="public_sector",
            effect="days_housed",
            targets=(_HOUSED_USUAL, _days("d_share_housed_moderate_need")),
            given={
                **_PEOPLE,
                **_HEALTH_INSIDE,
                "c_rent_year": 0.0,
                "saving_claimed_hf": "saving_claimed_hf_bretherton",
                "c_hf_year": 0.0,
                "c_homeless_year": 0.0,
                "r_discount_costs": 0.0,
            },
            shown=(published("saving_bretherton", "cost"),),
            claimed="nobody measured the saving against people without Housing First: it was claimed, without an error",
            notes=(
                "A legacy scenario: no control group, few people, and trials found a net cost.",
                "The claim holds what is saved in emergency departments and the justice system: nothing is saved beside"
                " it. What it says is saved is what usual care costs more.",
                _DEATHS.format(""),
            ),
        ),
    ),
    costs=(
        *SERVICE_USER_COSTS,
        CostItem("programme", "Housing First", "housing", ComponentTime(FIRST), "c_hf_year"),
        CostItem("homeless", "Public services used while homeless", "housing", StateTime(HOMELESS), "c_homeless_year"),
        CostItem(
            "sleeping_rough",
            "Councils' spending on rough sleepers, outside hospital",
            "housing",
            StateTime(ROUGH),
            "c_sleeping_rough_year",
        ),
        CostItem("emergency", "Emergency departments", "nhs", EventCount("emergency_visit"), "c_emergency_visit"),
        CostItem("rent", "Rent, paid by Housing Benefit", "public_other", StateTime(HOUSED), "c_rent_year"),
        CostItem(
            "claimed_services",
            "Services used beyond those under Housing First, as claimed",
            "housing",
            ComponentTime("other_services"),
            "saving_claimed_hf",
        ),
    ),
    utilities=(*UTILITIES, Utility(HOMELESS, LOSS, role="gain")),
    effects=(
        EffectMeasure(
            "days_housed",
            "Days housed",
            "day",
            days=HOUSED,
            beyond_cost="a home is worth more to the person than the services that homelessness takes",
        ),
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
    ),
    perspectives=(
        Perspective("trial_canada", "All services, as the Canadian trial priced them", ("housing",)),
        *PERSPECTIVES,
        PUBLIC_SECTOR,
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
