"""Each trial of crisis plans predicted from the others: its own control arm, and the pooled effect less its share."""

from __future__ import annotations

from dataclasses import replace

from models.contract import CalibrationTarget, Ever, MeanTime, PublishedTrial, Setting, published, trial_figure
from models.shared.admissions import USUAL
from models.shared.crisis_plan import PLAN, POOLED_EFFECT, READING, READINGS, any_admission
from models.shared.service_user import INPATIENT, VOLUNTARY

# What the pool says of detentions, each without one trial.
WITHOUT_HENDERSON, WITHOUT_CRIMSON = "rr_detention_jcp_without_henderson", "rr_detention_jcp_without_crimson"
# Ratios of detentions that a setting may read: the same trials gave them and, as far as they did, voluntary admissions.
DETENTION_RATIOS = "rr_detention_jcp", "or_detention_crimson", WITHOUT_HENDERSON, WITHOUT_CRIMSON

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
            published("admitted_plan_henderson", Ever("admission")),
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
            ),
        ),
    )


def _targets(trial: Setting, ratio: str) -> tuple[CalibrationTarget, ...]:
    """The control arm's, and the plan's effect on admission and on detention by a pooled `ratio`."""
    usual = (t for t in trial.targets if t.strategy == USUAL)
    return (*usual, any_admission(ratio), replace(POOLED_EFFECT, published=ratio))
