"""Workplace programmes for common mental disorders: what an employer gets back for each pound."""

from __future__ import annotations

from models.contract import Breakeven, Component, CostItem, DecisionProblem, Delivery, Setting, Strategy, published
from models.shared.ledger import AS_CLAIMED, LEDGER, PARAMETER_FILES, PERSPECTIVES, reached

PROGRAMME = "workplace_wellbeing"


def _published(name: str, label: str, record: str, result: str, perspective: str, whose: str) -> Setting:
    return Setting(
        name=name,
        label=label,
        horizon="horizon_1_year",
        perspective=perspective,
        effect="reached",
        given={"return_per_pound": record, "c_workplace_programme": "c_one_pound"},
        shown=(published(result, "cost"),),
        claimed=AS_CLAIMED,
        each="pound spent",
        notes=("As published, without an interval.", whose),
    )


PROBLEM = DecisionProblem(
    id=PROGRAMME,
    label="Workplace mental-health programmes",
    question="Does an employer get back what a programme against common mental disorders costs?",
    pathway=LEDGER,
    strategies=(
        Strategy("no_programme", "No programme"),
        Strategy(PROGRAMME, "Workplace programme", (Component(PROGRAMME, "A programme, per employee"),)),
    ),
    settings=(
        Setting(
            name="england",
            label="Employers in general, the spread of returns assumed",
            horizon="horizon_1_year",
            perspective="employer",
            effect="reached",
            given={"return_per_pound": "return_per_pound_workplace"},
            notes=(
                "Returns are ratios from models and surveys of consultancies, with publication bias; people with severe"
                " mental illness are not the employees meant.",
            ),
            leading=("return_per_pound_workplace",),
        ),
        _published(
            "phe_wellbeing_2017",
            "Wellbeing programme, one year, as published",
            "return_phe_wellbeing",
            "net_of_a_pound_phe_wellbeing",
            "societal",
            "The model's saving is to society: how much of it is the employer's was not read.",
        ),
        _published(
            "phe_stress_2017",
            "Stress prevention, two years, as published",
            "return_phe_stress",
            "net_of_a_pound_phe_stress",
            "employer",
            "Whose saving the model's is was not read; it is told as the employer's.",
        ),
    ),
    costs=(
        CostItem("programme", "The programme", "employer", Delivery(PROGRAMME), "c_workplace_programme"),
        CostItem(
            "return",
            "Absence and presenteeism avoided",
            "employer",
            Delivery(PROGRAMME),
            "c_workplace_programme",
            ("return_per_pound",),
            sign=-1,
        ),
    ),
    effects=(reached(PROGRAMME, "Employees reached", "employee"),),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, f"interventions/{PROGRAMME}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    breakevens=(Breakeven("return_per_pound", "returned for each pound"),),
    kind="cost_consequence",
    each="employee",
    challenge=9,
    claims=("C9-4", "C9-5", "C9-U1"),
    evidence="weak",
)
