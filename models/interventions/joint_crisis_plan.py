"""Joint crisis plans against usual care: a plan agreed between service user and team before any crisis.

The two English trials (Henderson 2004 with Flood 2006; CRIMSON: Thornicroft 2013 with Barrett 2013)
are settings; the base case takes the pooled effect on detention and none assumed on admission.
"""

from __future__ import annotations

from models.contract import (
    Component,
    CostItem,
    CountRatio,
    DecisionProblem,
    Delivery,
    Effect,
    EffectMeasure,
    Ever,
    EverRatio,
    MeanTime,
    Setting,
    Shown,
    Strategy,
    Target,
    Variant,
    When,
)
from models.costs import SERVICE_USER_COSTS
from models.service_user import INPATIENT, PARAMETER_FILES, PERSPECTIVES, SERVICE_USER, UTILITIES

USUAL = "usual_care"
PLAN = "joint_crisis_plan"

_PLAN_COMPONENT = Component(
    "joint_crisis_plan",
    "One facilitated joint crisis plan, made at entry",
    (
        Effect("admission_from_community", "hazard", "hr_admission_jcp"),
        Effect("admission_from_crisis", "hazard", "hr_admission_jcp"),
        Effect("admission_from_community", "odds", "or_detention_jcp", branch="detained"),
        Effect("admission_from_crisis", "odds", "or_detention_jcp", branch="detained"),
        Effect("conversion", "hazard", "or_detention_jcp"),
        Effect("discharge", "time", "tr_stay_jcp"),
    ),
)

_SHARE_DETAINED = Target(
    "odds_detained_at_admission",
    USUAL,
    EverRatio("detention", "admission"),
    "p_detained_given_admission",
    start=0.9,
    unit="odds",
    label="odds of detention at the start of an admission",
)
_CONVERSIONS = Target(
    "r_conversion",
    USUAL,
    CountRatio("conversion", "detention"),
    "p_detention_after_admission",
    start=2.5,
    unit="per_year",
    label="hazard of detention during an informal stay",
)

_ENGLISH_BASELINE = (
    Target(
        "r_admission",
        USUAL,
        Ever("detention"),
        "p_detention_control_crimson",
        start=0.25,
        unit="per_year",
        label="hazard of admission from the community",
    ),
    _SHARE_DETAINED,
    _CONVERSIONS,
    Target(
        "los_median",
        USUAL,
        MeanTime(INPATIENT, per="admission"),
        "los_mean_admission",
        start=20.0,
        unit="days",
        label="median length of stay",
    ),
)

_NO_ADMISSION_EFFECT = Target(
    "hr_admission_jcp",
    PLAN,
    Ever("admission"),
    "rr_admission_jcp",
    scale="risk_ratio",
    label="hazard ratio of admission under the plan",
)

BASE = Setting(
    name="base",
    label="England today: CRIMSON's baseline, the pooled effect on detention",
    horizon="horizon_18_months",
    perspective="service",
    effect="detention_pp",
    given={"tr_stay_jcp": 1.0},
    targets=(
        *_ENGLISH_BASELINE,
        _NO_ADMISSION_EFFECT,
        Target(
            "or_detention_jcp",
            PLAN,
            Ever("detention"),
            "rr_detention_jcp",
            scale="risk_ratio",
            label="odds ratio of detention at admission, and hazard ratio during a stay, under the plan",
        ),
    ),
    variants=(
        Variant("se_0", "no uncertainty about any effect on admission", {"rr_admission_jcp": "rr_admission_jcp_se_0"}),
        Variant("se_005", "standard error 0.05 of its logarithm", {"rr_admission_jcp": "rr_admission_jcp_se_005"}),
        Variant("se_020", "standard error 0.20 of its logarithm", {"rr_admission_jcp": "rr_admission_jcp_se_020"}),
    ),
    notes=(
        "The share of admissions that are detained (Henderson's control arm) is assumed to carry over.",
        "Stays are unchanged by the plan: averting a detention does not by itself shorten a stay.",
        "Effects were observed for 15 to 18 months; nothing is assumed beyond the horizon.",
        "The ratio of admissions decides the difference in cost. Its median is 1, but hazards and bed-days are convex"
        " in it, so its uncertainty alone adds to the mean cost of the plan; the variants show by how much.",
        "The two ratios are drawn independently, though detentions are among the admissions.",
        "Legal status lengthens no stay here, so fewer days are detained than in Henderson's trial.",
    ),
    leading=("rr_admission_jcp",),
)

HENDERSON = Setting(
    name="henderson_2004",
    label="The pilot trial of Henderson 2004, costed by Flood 2006: 160 people, 15 months",
    horizon="horizon_15_months",
    perspective="service",
    effect="admission_pp",
    targets=(
        Target(
            "r_admission",
            USUAL,
            Ever("admission"),
            "p_admission_control_henderson",
            start=0.6,
            unit="per_year",
            label="hazard of admission from the community",
        ),
        _SHARE_DETAINED,
        _CONVERSIONS,
        Target(
            "los_median",
            USUAL,
            MeanTime(INPATIENT, per_ever="admission"),
            "bed_days_given_admission_control_henderson",
            start=20.0,
            unit="days",
            label="median length of stay",
        ),
        Target(
            "hr_admission_jcp",
            PLAN,
            Ever("admission"),
            "rr_admission_henderson",
            scale="risk_ratio",
            start=0.6,
            label="hazard ratio of admission under the plan",
        ),
        Target(
            "or_detention_jcp",
            PLAN,
            EverRatio("detention", "admission"),
            "or_detained_given_admission_henderson",
            scale="odds_ratio",
            start=0.5,
            label="odds ratio of detention at admission, and hazard ratio during a stay, under the plan",
        ),
        Target(
            "tr_stay_jcp",
            PLAN,
            MeanTime(INPATIENT, per_ever="admission"),
            "ratio_bed_days_given_admission_henderson",
            scale="risk_ratio",
            start=2.0,
            label="ratio of stays under the plan",
        ),
    ),
    shown=(
        Shown("Mean days detained", MeanTime(When(care="detained")), {USUAL: 31, PLAN: 14}, "days", "henderson_2004"),
        Shown(
            "Mean cost per person",
            "cost",
            {USUAL: 8359, PLAN: 7264},
            "GBP",
            "flood_2006",
            "the trial's own prices and price year are not published; never fitted",
        ),
    ),
    notes=(
        "Those admitted under the plan stayed longer; the ratio of stays acts on every stay of that arm.",
        "Days detained are predicted. Legal status lengthens no stay here, so the control arm's 31 is undershot.",
    ),
)

CRIMSON = Setting(
    name="crimson_2013",
    label="CRIMSON: Thornicroft 2013, costed by Barrett 2013: 569 people, 18 months",
    horizon="horizon_18_months",
    perspective="service",
    effect="detention_pp",
    given={"tr_stay_jcp": 1.0},
    targets=(
        *_ENGLISH_BASELINE,
        _NO_ADMISSION_EFFECT,
        Target(
            "or_detention_jcp",
            PLAN,
            Ever("detention"),
            "or_detention_crimson",
            scale="odds_ratio",
            label="odds ratio of detention at admission, and hazard ratio during a stay, under the plan",
        ),
    ),
    leading=("rr_admission_jcp",),
    notes=("CRIMSON printed no admission numbers, only 'no significant effect': the base case's assumption is used.",),
)

PROBLEM = DecisionProblem(
    id="joint_crisis_plan",
    label="Joint crisis plans",
    question="Should people with psychosis or bipolar disorder be offered a joint crisis plan beside usual care?",
    pathway=SERVICE_USER,
    strategies=(
        Strategy(USUAL, "Usual care"),
        Strategy(PLAN, "Joint crisis plan", (_PLAN_COMPONENT,)),
    ),
    settings=(BASE, HENDERSON, CRIMSON),
    costs=(
        *SERVICE_USER_COSTS,
        CostItem(
            "joint_crisis_plan",
            "Making the joint crisis plan",
            "nhs",
            Delivery("joint_crisis_plan"),
            "c_joint_crisis_plan",
        ),
    ),
    utilities=UTILITIES,
    effects=(
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
        EffectMeasure("admission_pp", "Admissions averted", "percentage point", ever="admission"),
        EffectMeasure("detention_pp", "Detentions averted", "percentage point", ever="detention"),
    ),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, "interventions/joint_crisis_plan.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    thresholds={
        "qaly": tuple(1000.0 * k for k in range(51)),
        "admission_pp": tuple(10.0 * k for k in range(101)),
        "detention_pp": tuple(10.0 * k for k in range(101)),
    },
    bed_days=INPATIENT,
    challenge=1,
    claims=("C1-2", "C1-7", "C1-8", "C1-9", "C1-10"),
    evidence="moderate",
)
