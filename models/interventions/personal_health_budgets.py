"""Personal health budgets: better quality of life by the social-care measure, and no difference in cost."""

from __future__ import annotations

from models.contract import (
    Component,
    CostItem,
    DecisionProblem,
    Delivery,
    EffectItem,
    EffectMeasure,
    Setting,
    Strategy,
    published,
)
from models.shared.ledger import LEDGER, PARAMETER_FILES, PERSPECTIVES, USUAL

BUDGET = "personal_health_budgets"

PROBLEM = DecisionProblem(
    id=BUDGET,
    label="Personal health budgets",
    question="Are personal health budgets worth what they cost, by quality of life as social care measures it?",
    pathway=LEDGER,
    strategies=(USUAL, Strategy(BUDGET, "Personal health budget", (Component(BUDGET, "A personal health budget"),))),
    settings=(
        Setting(
            name="england",
            label="The national pilot, twelve months, all conditions",
            horizon="horizon_1_year",
            perspective="nhs_pss",
            effect="ascot",
            shown=(published("gain_ascot_forder", "effect"), published("cost_difference_york", "cost")),
            notes=(
                "ASCOT is not EQ-5D: a point of it is no QALY, and no effect on EQ-5D was found.",
                "The gain is of the score at twelve months; how soon it came was not read.",
                "People chose to take part and were compared, not randomised; the gain in mental health was not read.",
                "No effect on cost was found; its standard error was not read, and is assumed.",
            ),
            leading=("cost_difference_phb",),
        ),
    ),
    costs=(
        CostItem(
            "all_services",
            "Difference in the cost of all services, the budget included",
            "nhs",
            Delivery(BUDGET),
            "cost_difference_phb",
        ),
    ),
    effects=(
        EffectMeasure(
            "ascot",
            "Quality of life by social care's measure (ASCOT) at twelve months",
            "ASCOT point",
            items=(EffectItem(Delivery(BUDGET), "gain_ascot_phb"),),
            direction="gained",
            unvalued="an ASCOT point is no QALY, and nobody has set a willingness to pay for it",
        ),
    ),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, f"interventions/{BUDGET}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    kind="cost_consequence",
    challenge=10,
    claims=("C10-26", "C10-27"),
    evidence="moderate",
)
