"""Recovery Colleges: what students' use of services fell by, before and after, and what the college costs."""

from __future__ import annotations

from models.contract import (
    Breakeven,
    Component,
    CostItem,
    DecisionProblem,
    Delivery,
    Quantity,
    Setting,
    Strategy,
    Variant,
    published,
)
from models.shared.ledger import (
    AS_PUBLISHED,
    LEDGER,
    PARAMETER_FILES,
    PERSPECTIVES,
    USUAL,
    reached,
    regression_settings,
)

COLLEGE = "recovery_college"

_BASE = Setting(
    name="england",
    label="A registered student, the college's cost counted, 18 months",
    horizon="horizon_18_months_college",
    perspective="nhs_pss",
    effect="reached",
    given={"saving_per_student": "saving_registered_student"},
    notes=(
        "The savings are non-cashable: beds and staff stay, and are free for others.",
        "Bed-days, admissions, detained admissions and community contacts all fell in the source, whose abstract prints"
        " none of these numbers: they are in its saving, and nothing is made of them beside it.",
        "A student costs what all colleges' budgets come to over all their students, £387. Half of the colleges cost"
        " more than £518: the one in the middle, and one drawn, are told beside.",
        "Taken as before the college's cost; the briefing has them after it, which the source's abstract does not say.",
    ),
    leading=("share_real_change", "saving_registered_student"),
    variants=(
        Variant(
            "median_college",
            "the college in the middle, £518 a student",
            {"c_recovery_college": "c_recovery_college_median"},
        ),
        Variant(
            "one_college",
            "one college, not the mean of colleges: half lie between £275 and £840 a student",
            {"c_recovery_college": "c_recovery_college_one"},
        ),
    ),
)


def _published(name: str, label: str, saving: str, result: str, horizon: Quantity) -> Setting:
    return Setting(
        name=name,
        label=label,
        horizon=horizon,
        perspective="nhs_pss",
        effect="reached",
        given={"saving_per_student": saving, "share_real_change": 1.0, "c_recovery_college": 0.0},
        shown=(published(result, "cost"),),
        claimed=AS_PUBLISHED,
        notes=("As published: no regression to the mean, and no cost of the college.",),
    )


PROBLEM = DecisionProblem(
    id=COLLEGE,
    label="Recovery Colleges",
    question="Does a Recovery College save a trust more than it costs, once people's own recovery is allowed for?",
    pathway=LEDGER,
    strategies=(USUAL, Strategy(COLLEGE, "Recovery College", (Component(COLLEGE, "A place at a Recovery College"),))),
    settings=(
        _BASE,
        *regression_settings(_BASE),
        _published(
            "bourne_2018",
            "Registered students, as published",
            "saving_registered_student",
            "cost_registered_student",
            _BASE.horizon,
        ),
        _published(
            "bourne_2018_completers",
            "Students who completed",
            "saving_completing_student",
            "cost_completing_student",
            _BASE.horizon,
        ),
        _published(
            "south_west_london",
            "South West London, those who completed a course, twelve months",
            "saving_south_west_london",
            "cost_south_west_london",
            "horizon_1_year",
        ),
    ),
    costs=(
        CostItem("college", "The Recovery College", "nhs", Delivery(COLLEGE), "c_recovery_college"),
        CostItem(
            "services_averted",
            "Use of the trust's services averted",
            "nhs",
            Delivery(COLLEGE),
            "saving_per_student",
            ("share_real_change",),
            sign=-1,
        ),
    ),
    effects=(reached(COLLEGE, "Students registered", "student"),),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, f"interventions/{COLLEGE}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    breakevens=(
        Breakeven("share_real_change", "share of the change that is the college's doing"),
        Breakeven("c_recovery_college", "cost of the college per student"),
    ),
    kind="pre_post",
    each="student",
    challenge=3,
    claims=("C3-1", "C3-2", "C3-3", "C3-4", "C3-5", "C3-6", "C3-U1", "C3-W1", "C3-W2"),
    evidence="weak",
)
