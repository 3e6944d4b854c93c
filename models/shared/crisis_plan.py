"""The joint crisis plan as a component, and how the pooled trials are read: what its settings share."""

from __future__ import annotations

from dataclasses import replace

from models.contract import (
    Alternative,
    CalibrationTarget,
    Complement,
    Component,
    CostItem,
    Delivery,
    Effect,
    Ever,
    Product,
    Quantity,
    Structure,
    Sum,
    Variant,
    Waning,
    alternative_of,
)
from models.shared.service_user import ONE_DISCHARGE

PLAN, OFFERED, AS_IN_TRIAL = "joint_crisis_plan", "joint_crisis_plan_offer", "costs_as_in_trial"
REVIEWED = "joint_crisis_plan_review"
READING = "reading_voluntary_unchanged"

PLAN_COMPONENT = Component(
    "joint_crisis_plan",
    "One facilitated joint crisis plan, made at entry",
    (
        Effect("admission_from_community", "hazard", "hr_admission_jcp"),
        Effect("admission_from_crisis", "hazard", "hr_admission_jcp"),
        Effect("admission_from_community", "odds", "or_detention_jcp", branch="detained"),
        Effect("admission_from_crisis", "odds", "or_detention_jcp", branch="detained"),
        Effect("conversion", "hazard", "or_detention_jcp"),
        Effect("discharge_informal", "time", "tr_stay_jcp"),
    ),
    scalable=True,
)
# What is spent on everybody offered a plan, whether one is made or not.
OFFER = Component(OFFERED, "The offer of a joint crisis plan")
# After a year, for those alive and followed then: a follow-up of twelve months ends before it.
REVIEW = Component(REVIEWED, "The review of the plan after a year", start=1.0, scalable=True)
BESIDE_THE_PLAN = (OFFER, REVIEW)
COSTS_AS_IN_TRIAL = Component(AS_IN_TRIAL, "Costs as the pilot trial found them")

WANING_COMPONENT = replace(
    PLAN_COMPONENT,
    effects=tuple(
        replace(e, waning=Waning("exponential", "half_life_jcp")) for e in PLAN_COMPONENT.effects if e.ratio != "time"
    ),
)

PLAN_COSTS = (
    CostItem(
        "joint_crisis_plan",
        "Making the joint crisis plan",
        "nhs",
        Delivery(PLAN),
        "c_joint_crisis_plan",
    ),
    CostItem(
        "plan_set_up",
        "Training and supervising facilitators",
        "nhs",
        Delivery(OFFERED),
        "c_plan_set_up",
    ),
    CostItem(
        "plans_not_made",
        "Offers and meetings that come to no plan",
        "nhs",
        Delivery(OFFERED),
        "c_joint_crisis_plan",
        ("effort_on_plans_not_made",),
    ),
    CostItem(
        "plan_review",
        "Reviewing the plan once, after a year",
        "nhs",
        Delivery(REVIEWED),
        "c_plan_review",
    ),
    CostItem(
        AS_IN_TRIAL,
        "Health, social care and criminal justice, the plan in it, as the pilot trial found the difference",
        "nhs",
        Delivery(AS_IN_TRIAL),
        "saving_jcp_flood",
        sign=-1,
    ),
)


def any_admission(rr_detention: Quantity, detained: str = "p_detained_given_admission") -> CalibrationTarget:
    """The ratio of any admission under two readings of one pooled finding, one or the other in each draw.

    Pooled trials found an effect on detentions and none on voluntary or on combined admissions, which cannot both be
    exactly nil. With voluntary admissions alone unchanged (`rr_voluntary_jcp`), those admitted are the voluntary and
    the detained among them, whose share is `detained`; with combined ones unchanged, it is `rr_admission_jcp`.
    """
    voluntary = Product(Complement(detained), "rr_voluntary_jcp")
    summed = Sum(voluntary, Product(detained, rr_detention))
    return CalibrationTarget(
        "hr_admission_jcp",
        PLAN,
        Ever("admission"),
        Sum(Product(READING, summed), Product(Complement(READING), "rr_admission_jcp")),
        scale="risk_ratio",
        label="hazard ratio of admission under the plan",
    )


POOLED_ADMISSION = any_admission("rr_detention_jcp")

POOLED_EFFECT = CalibrationTarget(
    "or_detention_jcp",
    PLAN,
    Ever("detention"),
    "rr_detention_jcp",
    scale="risk_ratio",
    label="odds ratio of detention at admission, and hazard ratio during a stay, under the plan",
)

READINGS = (
    Variant(
        "voluntary_unchanged",
        "voluntary admissions unchanged, so fewer of any",
        {READING: "reading_voluntary"},
        weight=READING,
    ),
    Variant(
        "combined_unchanged",
        "admissions as a whole unchanged, so more voluntary ones",
        {READING: "reading_combined"},
        weight=Complement(READING),
    ),
)

STRUCTURES = (
    Structure(
        "admissions",
        "Which admissions the pooled trials leave unchanged",
        "The trials found fewer detentions and no effect on voluntary or on combined admissions, which cannot both be"
        " nil. Neither reading is preferred: the weights are those by which the main result draws one or the other.",
        tuple(map(alternative_of, READINGS)),
    ),
    Structure(
        "stays",
        "Whether stays go by legal status",
        "Detained stays were longer among 4,885 inpatients, but the gravest illness is both detained and kept longer,"
        " and no ratio was read that tells the two apart. Nobody was asked how probable each is: one half each.",
        (
            Alternative("stays_by_legal_status", "detained stays are as long as assumed, twice informal ones", 0.5),
            Alternative(
                "one_stay",
                "one stay, timed from admission: a detention neither lengthens it nor begins it anew",
                0.5,
                fixed={"ratio_stay_detained": 1.0},
                without=("discharge_detained",),
                events=(ONE_DISCHARGE,),
            ),
        ),
    ),
)
