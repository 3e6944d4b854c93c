"""Published results of joint crisis plans, each beside a statistic of ours; trials predicted from each other."""

from __future__ import annotations

from dataclasses import replace

from models.contract import (
    CalibrationTarget,
    CountRatio,
    Ever,
    MeanTime,
    PublishedTrial,
    Setting,
    published,
    trial_figure,
)
from models.shared.admissions import USUAL
from models.shared.crisis_plan import PLAN, POOLED_EFFECT, READING, READINGS, any_admission
from models.shared.service_user import DETAINED, INPATIENT, VOLUNTARY

_DETAINED_DAYS = (
    published("days_detained_control_henderson", MeanTime(DETAINED)),
    published("days_detained_henderson", MeanTime(DETAINED)),
    published("days_per_person_detained_henderson", MeanTime(DETAINED, per_ever="detention")),
)
_TRIAL_COSTS = published("cost_henderson", "cost"), published("cost_difference_henderson", "cost")
PILOT = (
    *_DETAINED_DAYS,
    published("days_voluntary_fitted_henderson", MeanTime(VOLUNTARY)),
    *_TRIAL_COSTS,
)
PILOT_PREDICTED = (
    *_DETAINED_DAYS,
    published("days_voluntary_control_henderson", MeanTime(VOLUNTARY)),
    published("days_voluntary_henderson", MeanTime(VOLUNTARY)),
    published("bed_days_plan_henderson", MeanTime(INPATIENT)),
    published("bed_days_difference_henderson", MeanTime(INPATIENT)),
    published("bed_days_per_person_admitted_henderson", MeanTime(INPATIENT, per_ever="admission")),
    published("bed_days_per_person_admitted_difference_henderson", MeanTime(INPATIENT, per_ever="admission")),
    *_TRIAL_COSTS,
)
PILOT_TRIAL = PublishedTrial(
    {USUAL: 80, PLAN: 80},
    (
        trial_figure("admissions_averted_henderson", "effect"),
        trial_figure("p_saving_henderson", "probability"),
        trial_figure("p_worth_its_cost_henderson", "probability"),
    ),
)
CRIMSON_TRIAL = PublishedTrial(
    {USUAL: 280, PLAN: 267},
    (
        trial_figure("detentions_averted_crimson", "effect"),
        trial_figure("p_worth_its_cost_crimson", "probability"),
        trial_figure("p_saving_society_crimson", "probability"),
        trial_figure("gap_crimson", "gap"),
    ),
)
CRIMSON_COSTS = (published("cost_crimson", "cost"), published("cost_difference_crimson", "cost"))
DUTCH = (
    published("court_ordered_control_ruchlewska", Ever("court_order")),
    published("emergency_control_ruchlewska", Ever("emergency_detention")),
    published("court_ordered_both_plans", Ever("court_order")),
    published("court_ordered_advocates_plan", Ever("court_order")),
    published("court_ordered_clinicians_plan", Ever("court_order")),
    published("emergency_both_plans", Ever("emergency_detention")),
    published("emergency_advocates_plan", Ever("emergency_detention")),
    published("emergency_clinicians_plan", Ever("emergency_detention")),
    published("court_ordered_ratio_ruchlewska", Ever("court_order")),
    published("emergency_ratio_ruchlewska", Ever("emergency_detention")),
)

# Of other people than any that the base case is fitted to.
ONE_YEAR_RESULTS = (
    published("detained_papageorgiou", Ever("detention")),
    published("detained_again_priebe", Ever("detention")),
    published("detained_tinland", Ever("detention")),
    published("admitted_octet", Ever("admission")),
    published("share_of_admissions_detained_benchmarking", CountRatio("detention", "admission")),
    published("gain_qaly_loubiere", "effect"),
    published("qaly_year_impact", "effect"),
    published("cost_year_mccrone", "cost"),
)

# --- each English trial predicted from the others: its own control arm, and the pooled effect less its share ---

# What the pool says of detentions, each without one trial.
WITHOUT_HENDERSON, WITHOUT_CRIMSON = "rr_detention_jcp_without_henderson", "rr_detention_jcp_without_crimson"
# The same trials gave both ratios: where plans avert detentions, fewer voluntary admissions would surprise less.
SAME_TRIALS = {
    (ratio, "rr_voluntary_jcp"): 0.5
    for ratio in ("rr_detention_jcp", "or_detention_crimson", WITHOUT_HENDERSON, WITHOUT_CRIMSON)
}

_HOW = (
    "A test, not an estimate: only the control arm is fitted. The effect on detention is the pooled one of Molyneaux"
    " 2019 with this trial's own share taken out of it again, by inverse variance of the logarithm, so that it is what"
    " the other trials say. The pool is a random-effects one whose weights were not read: with no spread between"
    " trials, which is what a neighbouring pool found, its weights are these.",
    "The plan changes no stay.",
)


def henderson_from_others(trial: Setting) -> Setting:
    """The pilot trial `trial`, the plan's arm predicted."""
    return replace(
        trial,
        name="henderson_2004_from_others",
        label="The pilot trial of Henderson 2004, its plan's arm predicted from the other trials",
        targets=_targets(trial, WITHOUT_HENDERSON),
        given={"tr_stay_jcp": 1.0},
        shown=(
            published("detained_plan_henderson", Ever("detention")),
            published("detained_ratio_henderson", Ever("detention")),
            published("days_voluntary_henderson", MeanTime(VOLUNTARY)),
            published("bed_days_plan_henderson", MeanTime(INPATIENT)),
            published("cost_difference_henderson", "cost"),
        ),
        variants=READINGS,
        leading=(READING, "rr_admission_jcp", "rr_voluntary_jcp"),
        notes=_HOW,
        trial=PublishedTrial(
            {USUAL: 80, PLAN: 80},
            (
                trial_figure("p_saving_henderson", "probability"),
                trial_figure("p_worth_its_cost_henderson", "probability"),
            ),
        ),
    )


def crimson_from_others(trial: Setting) -> Setting:
    """CRIMSON, the plan's arm of `trial` predicted."""
    return replace(
        trial,
        name="crimson_2013_from_others",
        label="CRIMSON, its plan's arm predicted from the other trials",
        targets=_targets(trial, WITHOUT_CRIMSON),
        shown=(
            published("detained_plan_crimson", Ever("detention")),
            published("detained_odds_crimson", Ever("detention")),
            published("cost_difference_crimson", "cost"),
        ),
        leading=(READING, "rr_admission_jcp", "rr_voluntary_jcp"),
        notes=_HOW,
        trial=PublishedTrial(
            {USUAL: 280, PLAN: 267},
            (
                trial_figure("p_worth_its_cost_crimson", "probability"),
                trial_figure("p_saving_society_crimson", "probability"),
                trial_figure("gap_crimson", "gap"),
            ),
        ),
    )


def _targets(trial: Setting, ratio: str) -> tuple[CalibrationTarget, ...]:
    """The control arm's, and the plan's effect on admission and on detention by a pooled `ratio`."""
    usual = (t for t in trial.targets if t.strategy == USUAL)
    return (*usual, any_admission(ratio), replace(POOLED_EFFECT, published=ratio))
