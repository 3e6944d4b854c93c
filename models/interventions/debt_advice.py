"""Debt advice: what comes back for each pound, by a model of the general population."""

from __future__ import annotations

from models.contract import Breakeven, Component, CostItem, DecisionProblem, Delivery, Setting, Strategy, published
from models.shared.ledger import AS_CLAIMED, LEDGER, PARAMETER_FILES, PERSPECTIVES, reached

ADVICE = "debt_advice"

PROBLEM = DecisionProblem(
    id=ADVICE,
    label="Debt advice",
    question="Does face-to-face debt advice return more than it costs?",
    pathway=LEDGER,
    strategies=(
        Strategy("no_advice", "No advice"),
        Strategy(ADVICE, "Debt advice", (Component(ADVICE, "Face-to-face debt advice"),)),
    ),
    settings=(
        Setting(
            name="england",
            label="General population; the return for a pound assumed, from a model whose figure was not read",
            horizon="horizon_1_year",
            perspective="societal",
            effect="reached",
            given={"return_per_pound": "return_per_pound_debt"},
            notes=(
                "The return is a model's, for the general population, and mostly outside the health service.",
                "Its figure was not read: the briefing has almost £3; £2.60 is remembered, and £2.93 of another"
                " programme on the same list, which the briefing may have taken.",
            ),
            leading=("return_per_pound_debt",),
        ),
        Setting(
            name="briefing",
            label="The briefing's figure: almost £3 for every £1",
            horizon="horizon_1_year",
            perspective="societal",
            effect="reached",
            given={"return_per_pound": "return_per_pound_briefing", "c_debt_advice": "c_one_pound"},
            shown=(published("net_of_a_pound_debt_advice", "cost"),),
            claimed=AS_CLAIMED,
            each="pound spent",
            notes=("A scenario: the figure as the briefing has it.",),
        ),
    ),
    costs=(
        CostItem("advice", "Debt advice", "public_other", Delivery(ADVICE), "c_debt_advice"),
        CostItem(
            "return",
            "Depression and anxiety avoided, and the economy's gain",
            "productivity",
            Delivery(ADVICE),
            "c_debt_advice",
            ("return_per_pound",),
            sign=-1,
        ),
    ),
    effects=(reached(ADVICE, "People advised", "person"),),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, f"interventions/{ADVICE}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    breakevens=(Breakeven("return_per_pound", "returned for each pound"),),
    kind="cost_consequence",
    challenge=10,
    claims=("C10-28", "C10-U4"),
    evidence="weak",
)
