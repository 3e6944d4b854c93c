"""Team Recovery Implementation Plan: sickness absence and assaults on one ward fell; how much must they, to pay?"""

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
)
from models.shared.ledger import LEDGER, PARAMETER_FILES, PERSPECTIVES, USUAL, regression_settings

PLAN = "team_recovery_implementation_plan"

_BASE = Setting(
    name="one_ward",
    label="One ward for a year",
    horizon="horizon_1_year",
    perspective="nhs_pss",
    effect="sick_days",
    notes=(
        "Figures are for one ward and a year. The one ward's report prints a direction and no number: the fall is"
        " assumed, and what is worth reading is the fall at which the plan pays for itself.",
    ),
    leading=("fall_in_sickness", "share_real_change", "c_trip"),
)

PROBLEM = DecisionProblem(
    id=PLAN,
    label="Team Recovery Implementation Plan",
    question="What fall in staff sickness would pay for a team's recovery plan, and how plausible is it?",
    pathway=LEDGER,
    strategies=(USUAL, Strategy(PLAN, "Team Recovery Implementation Plan", (Component(PLAN, "The plan, one ward"),))),
    settings=(_BASE, *regression_settings(_BASE, "a ward is likelier to begin a plan after a bad year")),
    costs=(
        CostItem(
            "sickness", "Replacement of staff off sick", "nhs", StateTime(When()), "c_staff_day", ("r_sick_days",)
        ),
        CostItem(
            "sickness_averted",
            "Sickness absence averted",
            "nhs",
            ComponentTime(PLAN),
            "c_staff_day",
            ("r_sick_days", "fall_in_sickness", "share_real_change"),
            sign=-1,
        ),
        CostItem("plan", "Meetings and facilitation", "nhs", ComponentTime(PLAN), "c_trip"),
    ),
    effects=(
        EffectMeasure(
            "sick_days",
            "Days of sickness absence averted",
            "day",
            items=(EffectItem(ComponentTime(PLAN), "r_sick_days", ("fall_in_sickness", "share_real_change")),),
            direction="averted",
            already_priced="a day of absence averted is in the cost already, at the price of a replacement",
        ),
    ),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, "ward_staff.toml", f"interventions/{PLAN}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    breakevens=(
        Breakeven("share_real_change", "share of the fall that is the plan's doing"),
        Breakeven("fall_in_sickness", "share of sickness absence averted"),
    ),
    kind="pre_post",
    each="ward",
    challenge=4,
    claims=("C4-3", "C4-U1"),
    evidence="weak",
)
