"""Side by Side: costs of people in community peer support, against their own baseline."""

from __future__ import annotations

from models.contract import (
    Breakeven,
    Component,
    ComponentTime,
    CostItem,
    DecisionProblem,
    Delivery,
    EffectItem,
    EffectMeasure,
    Setting,
    StateTime,
    Strategy,
    When,
    published,
)
from models.shared.ledger import AS_PUBLISHED, LEDGER, PARAMETER_FILES, PERSPECTIVES, USUAL, regression_settings

PEERS = "side_by_side_peer_support"

_BASE = Setting(
    name="six_months",
    label="Six months, by the fall seen at six months",
    horizon="horizon_6_months",
    perspective="societal",
    effect="cost_fall",
    given={"fall_in_costs": "fall_in_costs_6_months"},
    notes=(
        "Nobody was compared with; those who stayed in the study were the ones seen at nine months.",
        "No level of costs was printed: it is assumed, and with it every amount of money.",
    ),
    leading=("share_real_change", "c_baseline_year", "c_side_by_side"),
)


def _published(name: str, label: str, horizon: str, fall: str, result: str) -> Setting:
    return Setting(
        name=name,
        label=label,
        horizon=horizon,
        perspective="societal",
        effect="cost_fall",
        given={"fall_in_costs": fall, "share_real_change": 1.0},
        shown=(published(result, "effect"),),
        claimed=AS_PUBLISHED,
        notes=("As published: no regression to the mean.",),
    )


PROBLEM = DecisionProblem(
    id=PEERS,
    label="Side by Side community peer support",
    question="Are costs lower for people in community peer support, beyond what time alone would have done?",
    pathway=LEDGER,
    strategies=(USUAL, Strategy(PEERS, "Community peer support", (Component(PEERS, "Community peer support"),))),
    settings=(
        _BASE,
        *regression_settings(_BASE),
        _published(
            "published_6_months",
            "As published, six months",
            "horizon_6_months",
            "fall_in_costs_6_months",
            "fall_in_costs_6_months_side_by_side",
        ),
        _published(
            "published_9_months",
            "Published, nine months",
            "horizon_9_months_side_by_side",
            "fall_in_costs_9_months",
            "fall_in_costs_9_months_side_by_side",
        ),
    ),
    costs=(
        CostItem("services", "Services and production at baseline", "nhs", StateTime(When()), "c_baseline_year"),
        CostItem(
            "services_averted",
            "Fall of those costs",
            "nhs",
            ComponentTime(PEERS),
            "c_baseline_year",
            ("fall_in_costs", "share_real_change"),
            sign=-1,
        ),
        CostItem("peer_support", "Community peer support", "nhs", Delivery(PEERS), "c_side_by_side"),
    ),
    effects=(
        EffectMeasure(
            "cost_fall",
            "Fall of costs below baseline",
            "share of baseline",
            items=(EffectItem(Delivery(PEERS), "fall_in_costs", ("share_real_change",)),),
            direction="gained",
            already_priced="the fall is of costs, and in the cost already",
        ),
    ),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, f"interventions/{PEERS}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    breakevens=(
        Breakeven("share_real_change", "share of the fall that is peer support's doing"),
        Breakeven("c_baseline_year", "costs a year at baseline"),
    ),
    kind="pre_post",
    challenge=7,
    claims=("C7-1", "C7-2", "C7-U1", "C7-U2"),
    evidence="weak",
)
