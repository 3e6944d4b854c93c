"""A small problem with something for every check to look at: branches, groups, kinds of people, payers, transfers."""

from __future__ import annotations

from typing import Any

import models as m
from simulate.ask.case import Case, load

STABLE, RELAPSE = m.When(health="stable"), m.When(health="relapse")

PATHWAY = m.Pathway(
    "relapse",
    (m.Domain("health", ("stable", "relapse", "dead"), "Health", absorbing=("dead",)),),
    (
        m.Event("relapses", STABLE, m.Exponential("r_relapse"), {"health": "relapse"}),
        m.Event("recovers", RELAPSE, m.LogNormal("t_relapse", 0.8), {"health": "stable"}),
        m.Event(
            "crisis",
            STABLE,
            m.Exponential("r_crisis"),
            branches=(
                m.Branch("lapse", "p_crisis_lapse", {"health": "relapse"}),
                m.Branch("averted", "p_crisis_averted", {}),
            ),
        ),
        m.Event("visits", RELAPSE, m.Exponential("r_visits")),
        m.Event("dies", m.When(), m.Exponential("r_death"), {"health": "dead"}),
    ),
    {"health": "stable"},
    groups=(m.Group("worse", ("relapses", "crisis.lapse")), m.Group("any_crisis", ("crisis", "crisis.lapse"))),
    characteristics=(m.Characteristic("sex", m.Mixture({"female": 0.5}, otherwise="male")),),
    covariates=(m.Covariate("sex", "relapses", "hazard", "hr_female", level="female"),),
)
MEDICINE = m.Component("medicine", "Medicine", (m.Effect("relapses", "hazard", "hr_medicine"),))
SUPPORT = m.Component(
    "support",
    "Family support",
    (m.Effect("recovers", "time", "tr_support"), m.Effect("crisis", "hazard", "hr_support")),
    uptake=0.8,
    scalable=True,
)
TARGET = m.CalibrationTarget("hr_medicine", "medicine", m.Ever("relapses"), "rr_published", "risk_ratio")

PROBLEM = m.DecisionProblem(
    id="verified_model",
    label="Preventing relapse",
    pathway=PATHWAY,
    strategies=(
        m.Strategy("usual", "Usual care"),
        m.Strategy("medicine", "Medicine", (MEDICINE,)),
        m.Strategy("support", "Support", (SUPPORT,)),
        m.Strategy("both", "Medicine and support", (MEDICINE, SUPPORT)),
    ),
    settings=(
        m.Setting(
            "base",
            "Ten years",
            horizon="horizon",
            perspective="nhs",
            given={"hr_medicine": "hr_medicine_trial"},
            variants=(m.Variant("dear", "a dear medicine", {"c_medicine": "c_medicine_dear"}),),
        ),
        m.Setting("solved", "The published ratio solved for", horizon=2.0, perspective="nhs", targets=(TARGET,)),
    ),
    costs=(
        m.CostItem("relapse", "Care in relapse", "nhs", m.StateTime(RELAPSE), "c_relapse", ("share_in_care",)),
        m.CostItem("visit", "Emergency visits", "public_other", m.EventCount("visits"), "c_visit"),
        m.CostItem("medicine", "Medicine", "nhs", m.ComponentTime("medicine"), "c_medicine"),
        m.CostItem("support", "Support, once", "nhs", m.Delivery("support"), "c_support"),
        m.CostItem("benefit", "Benefits", "public_other", m.StateTime(RELAPSE), "c_benefit", kind="transfer"),
    ),
    utilities=(
        m.Utility(RELAPSE, "u_relapse"),
        m.Utility(m.When(), "u_stable"),
        m.Utility(STABLE, 0.01, "gain"),
        m.Utility(m.When(), -0.002, "event", event="visits"),
    ),
    perspectives=(
        m.Perspective("nhs", "NHS", ("nhs",)),
        m.Perspective("public", "Public bodies", ("nhs", "public_other")),
        m.Perspective("exchequer", "The exchequer", ("nhs", "public_other"), ("resource", "transfer")),
    ),
    discount_costs="r_discount",
    discount_effects="r_discount",
    thresholds={"qaly": (0, 10_000, 20_000, 30_000)},
    correlations={("hr_medicine_trial", "hr_support"): 0.5},
)


def _record(unit: str, law: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"unit": unit, "distribution": law, **more}


def _priced(unit: str, law: dict[str, Any]) -> dict[str, Any]:
    return _record(unit, law, price_year="2023/24")


NUMBERS: dict[str, Any] = {
    "r_relapse": _record("per_year", {"gamma": {"mean": 0.5, "se": 0.06}}),
    "t_relapse": _record("months", {"gamma": {"mean": 4, "se": 0.5}}),
    "r_crisis": _record("per_year", {"gamma": {"mean": 0.4, "se": 0.05}}),
    "p_crisis": _record("probability", {"dirichlet": {"counts": {"lapse": 30, "averted": 70}}}),
    "r_visits": _record("per_year", {"gamma": {"mean": 3, "se": 0.4}}),
    "r_death": _record("per_year", {"gamma": {"mean": 0.02, "se": 0.003}}),
    "hr_female": _record("ratio", {"lognormal": {"mean": 0.8, "low": 0.6, "high": 1.067}}),
    "hr_medicine_trial": _record("ratio", {"lognormal": {"mean": 0.6, "low": 0.45, "high": 0.8}}),
    "rr_published": _record("ratio", {"fixed": {"value": 0.7}}),
    "hr_support": _record("ratio", {"lognormal": {"mean": 0.7, "low": 0.5, "high": 0.98}}),
    "tr_support": _record("ratio", {"lognormal": {"mean": 0.8, "low": 0.65, "high": 0.985}}),
    "horizon": _record("years", {"fixed": {"value": 5}}),
    "r_discount": _record("per_year_effective", {"fixed": {"value": 0.035}}),
    "share_in_care": _record("probability", {"beta": {"mean": 0.6, "se": 0.05}}),
    "c_relapse": _priced("GBP_per_day", {"gamma": {"mean": 30, "se": 5}}),
    "c_visit": _priced("GBP", {"gamma": {"mean": 250, "se": 40}}),
    "c_medicine": _priced("GBP_per_year", {"fixed": {"value": 900}}),
    "c_medicine_dear": _priced("GBP_per_year", {"fixed": {"value": 1200}}),
    "c_support": _priced("GBP", {"gamma": {"mean": 2900, "se": 300}}),
    "c_benefit": _priced("GBP_per_year", {"fixed": {"value": 4000}}),
    "u_stable": _record("utility", {"beta": {"mean": 0.8, "se": 0.03}}),
    "u_relapse": _record("utility", {"beta": {"mean": 0.55, "se": 0.05}}),
}


def verified(setting: str = "base") -> Case:
    """The case under a setting."""
    return load(PROBLEM, setting, inline=NUMBERS)
