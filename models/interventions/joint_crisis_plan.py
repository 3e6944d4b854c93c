"""Joint crisis plans against usual care: a plan agreed between service user and team before any crisis.

The two English trials (Henderson 2004 with Flood 2006; CRIMSON: Thornicroft 2013 with Barrett 2013)
are settings; the base case takes the pooled effect on detention and none assumed on admission. A Dutch
trial (Ruchlewska 2014) is a test of transfer: its law knows two kinds of detention.
"""

from __future__ import annotations

from dataclasses import replace

from models.contract import (
    Branch,
    CalibrationTarget,
    Characteristic,
    Component,
    CostItem,
    CountRatio,
    Covariate,
    DecisionProblem,
    Delivery,
    Effect,
    EffectMeasure,
    Event,
    Ever,
    EverRatio,
    Group,
    MeanTime,
    Mixture,
    Pathway,
    PublishedTrial,
    Setting,
    Strategy,
    Variant,
    When,
    published,
    trial_figure,
)
from models.shared.costs import SERVICE_USER_COSTS
from models.shared.service_user import BED_DAYS, INPATIENT, PARAMETER_FILES, PERSPECTIVES, SERVICE_USER, UTILITIES

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

_SHARE_DETAINED = CalibrationTarget(
    "odds_detained_at_admission",
    USUAL,
    EverRatio("detention", "admission"),
    "p_detained_given_admission",
    start=0.9,
    unit="odds",
    label="odds of detention at the start of an admission",
)
_CONVERSIONS = CalibrationTarget(
    "r_conversion",
    USUAL,
    CountRatio("conversion", "detention"),
    "p_detention_after_admission",
    start=2.5,
    unit="per_year",
    label="hazard of detention during an informal stay",
)

_STAY = CalibrationTarget(
    "los_median",
    USUAL,
    MeanTime(INPATIENT, per="admission"),
    "los_mean_admission",
    start=20.0,
    unit="days",
    label="median length of stay",
)

_ENGLISH_BASELINE = (
    CalibrationTarget(
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
    _STAY,
)

_NO_ADMISSION_EFFECT = CalibrationTarget(
    "hr_admission_jcp",
    PLAN,
    Ever("admission"),
    "rr_admission_jcp",
    scale="risk_ratio",
    label="hazard ratio of admission under the plan",
)

_POOLED_EFFECT = CalibrationTarget(
    "or_detention_jcp",
    PLAN,
    Ever("detention"),
    "rr_detention_jcp",
    scale="risk_ratio",
    label="odds ratio of detention at admission, and hazard ratio during a stay, under the plan",
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
        _POOLED_EFFECT,
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
        CalibrationTarget(
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
        CalibrationTarget(
            "los_median",
            USUAL,
            MeanTime(INPATIENT, per_ever="admission"),
            "bed_days_given_admission_control_henderson",
            start=20.0,
            unit="days",
            label="median length of stay",
        ),
        CalibrationTarget(
            "hr_admission_jcp",
            PLAN,
            Ever("admission"),
            "rr_admission_henderson",
            scale="risk_ratio",
            start=0.6,
            label="hazard ratio of admission under the plan",
        ),
        CalibrationTarget(
            "or_detention_jcp",
            PLAN,
            EverRatio("detention", "admission"),
            "or_detained_given_admission_henderson",
            scale="odds_ratio",
            start=0.5,
            label="odds ratio of detention at admission, and hazard ratio during a stay, under the plan",
        ),
        CalibrationTarget(
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
        published("days_detained_henderson", MeanTime(When(care="detained"))),
        published("cost_henderson", "cost"),
    ),
    notes=(
        "Those admitted under the plan stayed longer; the ratio of stays acts on every stay of that arm.",
        "Days detained are predicted. Legal status lengthens no stay here, so the control arm's 31 is undershot.",
    ),
    trial=PublishedTrial(
        {USUAL: 80, PLAN: 80},
        (
            trial_figure("admissions_averted_henderson", "effect"),
            trial_figure("p_saving_henderson", "probability"),
            trial_figure("p_worth_its_cost_henderson", "probability"),
        ),
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
        CalibrationTarget(
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
    trial=PublishedTrial(
        {USUAL: 280, PLAN: 267},
        (
            trial_figure("detentions_averted_crimson", "effect"),
            trial_figure("p_worth_its_cost_crimson", "probability"),
            trial_figure("p_saving_society_crimson", "probability"),
        ),
    ),
)

# --- the Netherlands: court-ordered and emergency detention are told apart --------------------

_COURT_ORDERED = Branch("court_ordered", "odds_court_ordered", {"care": "detained"})
_EMERGENCY = Branch("emergency", "odds_emergency", {"care": "detained"})
_DOORS = ("admission_from_community", "admission_from_crisis")


def _by_dutch_law(event: Event) -> Event:
    """The event with detention ordered by a court, or by emergency measure."""
    if event.name in _DOORS:
        informal = next(b for b in event.branches if b.name == "informal")
        return replace(event, branches=(informal, _COURT_ORDERED, _EMERGENCY))
    if event.name == "conversion":
        return replace(event, becomes={}, branches=(_COURT_ORDERED, _EMERGENCY))
    return event


def _kind(branch: Branch) -> tuple[str, ...]:
    """Every way to a detention of that kind."""
    return tuple(f"{event}.{branch.name}" for event in (*_DOORS, "conversion"))


_DUTCH_PATHWAY = Pathway(
    **{
        **vars(SERVICE_USER),
        "name": "service_user_netherlands",
        "label": "Adults with psychosis or bipolar disorder in outpatient care in the Netherlands",
        "events": tuple(_by_dutch_law(e) for e in SERVICE_USER.events),
        "groups": (
            *(g for g in SERVICE_USER.groups if g.name == "admission"),
            Group("court_order", _kind(_COURT_ORDERED), "detention ordered by a court"),
            Group("emergency_detention", _kind(_EMERGENCY), "detention by emergency measure"),
            Group("detention", ("court_order", "emergency_detention"), "detention of either kind"),
        ),
    }
)

_DUTCH_PLAN = Component(
    _PLAN_COMPONENT.name,
    _PLAN_COMPONENT.label,
    tuple(
        replace(effect, branch=branch.name) if effect.branch else effect
        for effect in _PLAN_COMPONENT.effects
        for branch in ((_COURT_ORDERED, _EMERGENCY) if effect.branch else (_COURT_ORDERED,))
    ),
)

NETHERLANDS = Setting(
    name="netherlands_2014",
    label="A test of transfer: the Dutch trial of Ruchlewska 2014, 212 people, 18 months, with the English effect",
    horizon="horizon_18_months",
    perspective="service",
    effect="detention_pp",
    pathway=_DUTCH_PATHWAY,
    strategies=(USUAL, Strategy(PLAN, "Joint crisis plan", (_DUTCH_PLAN,))),
    given={"tr_stay_jcp": 1.0},
    targets=(
        CalibrationTarget(
            "r_admission",
            USUAL,
            EverRatio("detention", "admission"),
            "p_detained_given_admission",
            start=0.6,
            unit="per_year",
            label="hazard of admission from the community",
        ),
        CalibrationTarget(
            "odds_court_ordered",
            USUAL,
            Ever("court_order"),
            "p_court_ordered_control_ruchlewska",
            start=0.6,
            unit="odds",
            label="odds of a court order, against an informal admission",
        ),
        CalibrationTarget(
            "odds_emergency",
            USUAL,
            Ever("emergency_detention"),
            "p_emergency_control_ruchlewska",
            start=0.4,
            unit="odds",
            label="odds of an emergency measure, against an informal admission",
        ),
        _CONVERSIONS,
        _STAY,
        _NO_ADMISSION_EFFECT,
        _POOLED_EFFECT,
    ),
    shown=(
        published("court_ordered_both_plans", Ever("court_order")),
        published("court_ordered_advocates_plan", Ever("court_order")),
        published("court_ordered_clinicians_plan", Ever("court_order")),
        published("emergency_both_plans", Ever("emergency_detention")),
        published("emergency_advocates_plan", Ever("emergency_detention")),
        published("emergency_clinicians_plan", Ever("emergency_detention")),
    ),
    notes=(
        "A test, not an estimate: only the Dutch control arm is fitted. The plan has the English pooled effect, the"
        " same on both kinds of detention, and the Dutch arms stand beside it.",
        "The trial found fewer court orders, but no effect on involuntary admissions overall, on voluntary ones, or on"
        " emergency visits.",
        "Voluntary admissions were not printed. The share detained of those admitted (Henderson's control arm) and"
        " the English share detained after admission are assumed to carry over, and so is the mean stay. It makes"
        " nearly two people in three admitted within 18 months, which may be too many; the shares detained"
        " under the plan hardly depend on it.",
        "An emergency measure that a court order follows in the same stay counts once, as the first.",
        "Costs are at English prices and service use: no Dutch cost was read, so judge shares only.",
    ),
    leading=("p_detained_given_admission", "rr_admission_jcp"),
)

_DOORS_AND_STAY = tuple(
    Covariate("ethnicity", event, "odds", "or_detention_black", level="black", branch="detained") for event in _DOORS
)
ETHNICITY = replace(
    BASE,
    name="ethnicity",
    label="England, Black and White service users told apart: a scenario",
    pathway=SERVICE_USER.extended(
        "service_user_by_ethnicity",
        characteristics=(Characteristic("ethnicity", Mixture({"black": "p_black"}, "white"), "Ethnicity"),),
        covariates=(
            *_DOORS_AND_STAY,
            Covariate("ethnicity", "conversion", "hazard", "or_detention_black", level="black"),
        ),
    ),
    variants=(),
    notes=(
        "The odds of compulsory admission are some three times as high for Black as for White service users; admissions"
        " themselves are taken to be alike, and so is what a plan does to each.",
        "CRIMSON found plans likelier to be worth their cost for Black service users: a finding in a subgroup of a null"
        " trial, shown and not used.",
        *BASE.notes,
    ),
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
    settings=(BASE, HENDERSON, CRIMSON, NETHERLANDS, ETHNICITY),
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
    days=BED_DAYS,
    challenge=1,
    claims=("C1-2", "C1-7", "C1-8", "C1-9", "C1-10", "C1-W2"),
    evidence="moderate",
)
