"""Health coaching: no effect on costs in England, savings in one American plan that were not of mental health."""

from __future__ import annotations

from models.contract import (
    Breakeven,
    Component,
    ComponentTime,
    CostItem,
    DecisionProblem,
    ItemCost,
    Setting,
    Strategy,
    published,
)
from models.shared.ledger import LEDGER, PARAMETER_FILES, PERSPECTIVES, USUAL, reached

COACHING = "health_coaching"

PROBLEM = DecisionProblem(
    id=COACHING,
    label="Health coaching",
    question="Does coaching in community mental-health teams change what people cost the health system?",
    pathway=LEDGER,
    strategies=(USUAL, Strategy(COACHING, "Health coaching", (Component(COACHING, "Coaching by the team"),))),
    settings=(
        Setting(
            name="england",
            label="English community teams, one year, the saving of a randomised trial that cannot be told from none",
            horizon="horizon_1_year",
            perspective="nhs_pss",
            effect="reached",
            given={"saving_coaching_year": "saving_coaching_refocus"},
            notes=(
                "The trial coached teams, not people, and found no better recovery; its adjusted difference in cost,"
                " £1,062 less, has an interval from £1,103 more to £3,017 less.",
                "The time that coaching takes is charged beside it.",
            ),
            leading=("saving_coaching_refocus", "c_coaching"),
        ),
        Setting(
            name="jonk_2015",
            label="An American health plan, six months, people with any long-term condition",
            horizon="horizon_6_months",
            perspective="nhs_pss",
            effect="reached",
            given={"saving_coaching_year": "saving_coaching_jonk"},
            shown=(published("cost_jonk", ItemCost("services_averted")),),
            notes=(
                "A scenario: another country, other conditions, no randomisation.",
                "Its abstract does not say that the cost of coaching is taken off: it is charged, as in England.",
                "The interval is that of the plan's members: nothing in it is for matching or for another country.",
            ),
            claimed="people were matched and not randomised, and had other conditions in another country",
        ),
    ),
    costs=(
        CostItem("coaching", "Training and coaching time", "nhs", ComponentTime(COACHING), "c_coaching"),
        CostItem(
            "services_averted",
            "Use of services averted",
            "nhs",
            ComponentTime(COACHING),
            "saving_coaching_year",
            sign=-1,
        ),
    ),
    effects=(reached(COACHING, "People coached", "person"),),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, f"interventions/{COACHING}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    breakevens=(Breakeven("saving_coaching_year", "saving in service costs a year"),),
    kind="cost_consequence",
    challenge=1,
    claims=("C1-5", "C1-6", "C1-U2", "C1-U3"),
    evidence="weak",
)
