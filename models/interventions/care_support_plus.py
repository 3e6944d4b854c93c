"""Care Support Plus (Tile House): hospital time of people housed in fifteen flats, two years before and after."""

from __future__ import annotations

from models.contract import (
    Breakeven,
    Component,
    ComponentTime,
    CostItem,
    DecisionProblem,
    EffectItem,
    EffectMeasure,
    Setting,
    StateTime,
    Strategy,
    When,
    published,
)
from models.shared.ledger import (
    A_BED_DAY,
    AS_PUBLISHED,
    DAYS,
    LEDGER,
    PARAMETER_FILES,
    PERSPECTIVES,
    regression_settings,
)

PREVIOUS, FLATS = "previous_placements", "care_support_plus"

_BASE = Setting(
    name="england",
    label="A place for a year at today's price of a bed-day, the scheme's cost counted",
    horizon="horizon_1_year",
    perspective="public_sector",
    effect="bed_days",
    given={"c_bed_day_scheme": "c_bed_day"},
    shown=(published("bed_days_averted_dalton_locke", "effect"),),
    notes=(
        "Fifteen people chosen for long admissions: much of the fall would have come without the scheme.",
        "No gross cost of the scheme was found, nor what the placements before it cost: both are assumed, anchored on"
        " the prices of places of their kind, and with them the sign of the result.",
    ),
    leading=("share_real_change", "c_care_support_plus", "c_previous_placement"),
)

PROBLEM = DecisionProblem(
    id=FLATS,
    label="Care Support Plus",
    question="Do supported flats pay for themselves by what they save in hospital?",
    pathway=LEDGER,
    strategies=(
        Strategy(PREVIOUS, "Previous placements", (Component(PREVIOUS, "A placement where not in hospital"),)),
        Strategy(FLATS, "Care Support Plus", (Component(FLATS, "A flat with support"),)),
    ),
    settings=(
        _BASE,
        *regression_settings(_BASE),
        Setting(
            name="tile_house_2014",
            label="As published: no regression to the mean, no cost of the scheme, the scheme's own price of a bed-day",
            horizon="horizon_1_year",
            perspective="public_sector",
            effect="bed_days",
            given={
                "c_bed_day_scheme": "c_bed_day_tile_house",
                "share_real_change": 1.0,
                "c_care_support_plus": 0.0,
                "c_previous_placement": 0.0,
                "p_hospital_before": "p_hospital_before_tile_house",
                "p_fall_in_hospital": "p_fall_in_hospital_tile_house",
                "r_discount_costs": 0.0,
                "r_discount_effects": 0.0,
            },
            shown=(
                published("cost_tile_house", "cost"),
                published("bed_days_tile_house", "effect"),
            ),
            claimed=AS_PUBLISHED,
            notes=(
                "What the provider published: hospital alone. Neither the flats nor the placements before them cost"
                " anything here, and all of the fall is the scheme's doing: no estimate of what it saves.",
            ),
        ),
    ),
    costs=(
        CostItem("hospital", "Time in hospital", "nhs", StateTime(When()), "c_bed_day_scheme", ("p_hospital_before",)),
        CostItem(
            "hospital_averted",
            "Time in hospital averted",
            "nhs",
            ComponentTime(FLATS),
            "c_bed_day_scheme",
            ("p_hospital_before", "p_fall_in_hospital", "share_real_change"),
            sign=-1,
        ),
        CostItem("placements", "Previous placements", "social_care", ComponentTime(PREVIOUS), "c_previous_placement"),
        CostItem(
            "placements_unused",
            "Previous placements not paid while in hospital",
            "social_care",
            ComponentTime(PREVIOUS),
            "c_previous_placement",
            ("p_hospital_before",),
            sign=-1,
        ),
        CostItem("scheme", "The scheme beyond the rent", "social_care", ComponentTime(FLATS), "c_care_support_plus"),
    ),
    effects=(
        EffectMeasure(
            "bed_days",
            "Bed-days averted",
            "bed-day",
            items=(
                EffectItem(
                    ComponentTime(FLATS), "p_hospital_before", ("p_fall_in_hospital", "share_real_change", DAYS)
                ),
            ),
            direction="averted",
            already_priced=A_BED_DAY,
        ),
    ),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, f"interventions/{FLATS}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    breakevens=(Breakeven("share_real_change", "share of the change that is the service's doing"),),
    kind="pre_post",
    each="place",
    challenge=10,
    claims=("C10-7", "C10-8", "C10-9", "C10-10"),
    evidence="weak",
)
