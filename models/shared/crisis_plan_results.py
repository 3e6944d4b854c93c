"""Published results of joint crisis plans, each with the statistic of ours that stands beside it."""

from __future__ import annotations

from models.contract import CountRatio, Ever, MeanTime, PublishedTrial, published, trial_figure
from models.shared.admissions import USUAL
from models.shared.crisis_plan import PLAN
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
