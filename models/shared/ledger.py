"""What interventions without a pathway share: an account of costs and effects per person, in which nobody moves.

For evidence that supports no more: own-control comparisons before and after, ratios of return, and thresholds.
"""

from __future__ import annotations

from models.contract import (
    Breakeven,
    Component,
    CostItem,
    DecisionProblem,
    Delivery,
    Domain,
    EffectItem,
    EffectMeasure,
    Pathway,
    Perspective,
    Setting,
    Strategy,
)
from parameters.units import DAYS_PER_YEAR

DAYS = DAYS_PER_YEAR  # in a year: effects in years are told in days

LEDGER = Pathway(
    name="account",
    label="Whoever is offered the service; nobody is simulated",
    domains=(Domain("person", ("offered",)),),
    events=(),
    start={"person": "offered"},
)

PERSPECTIVES = (
    Perspective("nhs_pss", "NHS and personal social services", ("nhs", "social_care")),
    Perspective(
        "public_sector",
        "The public sector",
        ("nhs", "social_care", "criminal_justice", "housing", "public_other"),
    ),
    Perspective("employer", "The employer", ("employer",)),
    Perspective(
        "societal",
        "Society: services, other public bodies, employers and lost production",
        ("nhs", "social_care", "criminal_justice", "housing", "public_other", "employer", "productivity"),
    ),
)

# Why a setting that credits the whole of a fall to the service is not answered.
AS_PUBLISHED = (
    "nobody measured how much of the change would have come anyway: all of it is put in as the service's doing"
)
AS_CLAIMED = "nobody measured this return, a model's without an error: it was put in as claimed"
A_BED_DAY = "a bed-day averted is in the cost already, at the price of a bed-day"
USUAL = Strategy("usual_care", "Usual care")
PARAMETER_FILES = ("ledger.toml", "unit_costs.toml", "economics.toml")


def reached(component: str, label: str, unit: str) -> EffectMeasure:
    """The effect of an account that has no other: people who took the component up."""
    return EffectMeasure(
        "reached",
        label,
        unit,
        items=(EffectItem(Delivery(component), 1.0),),
        direction="reached",
        counts="people reached",
    )


def regression_settings(
    base: Setting, why: str = "people enter services when they are at their worst"
) -> tuple[Setting, ...]:
    """`base` again with a stated share of the change before and after taken to be regression to the mean, and why."""
    return tuple(
        Setting(
            name=f"regression_{share}",
            label=f"{base.label}, {share}% of the change being regression to the mean",
            horizon=base.horizon,
            perspective=base.perspective,
            effect=base.effect,
            given={**base.given, "share_real_change": f"share_real_change_{100 - share}"},
            notes=(f"The share is set, not estimated: {why}.",),
        )
        for share in (25, 50, 75)
    )


def threshold_problem(
    *,
    id: str,
    label: str,
    service: str,
    offered: str,
    delivery: str,
    bed_days: str,
    claims: tuple[str, ...],
    challenge: int,
    notes: tuple[str, ...] = (),
    settings: tuple[Setting, ...] = (),
    price: str = "c_bed_day",
    hours: tuple[str, ...] = (),
    costs: tuple[CostItem, ...] = (),
) -> DecisionProblem:
    """How many bed-days a service must save per person to pay for itself, and how plausible that is.

    `service` names it in a sentence and `offered` says what a person is given; `delivery` is the cost of giving it
    (times `hours`, where it is a price by the hour), `costs` are what else it costs or saves, and `bed_days` is the
    record of bed-days averted a person: assumed where no trial measured it, centred on none, and wide. Without
    `settings` it is asked of a year in England, with `notes`.
    """
    a_year = Setting(
        name="england",
        label="One year, the cost of delivery assumed",
        horizon="horizon_1_year",
        perspective="nhs_pss",
        effect="bed_days",
        notes=notes,
        leading=(bed_days, delivery),
    )
    component = Component(id, offered)
    return DecisionProblem(
        id=id,
        label=label,
        question=f"How many bed-days must {service} save per person to pay for itself, and how plausible is that?",
        pathway=LEDGER,
        strategies=(USUAL, Strategy(id, label, (component,))),
        settings=settings or (a_year,),
        costs=(
            CostItem("delivery", offered, "nhs", Delivery(id), delivery, hours),
            CostItem("bed_days_averted", "Bed-days averted", "nhs", Delivery(id), price, (bed_days,), sign=-1),
            *costs,
        ),
        effects=(
            EffectMeasure(
                "bed_days",
                "Bed-days averted",
                "bed-day",
                items=(EffectItem(Delivery(id), bed_days, (DAYS,)),),
                direction="averted",
                already_priced=A_BED_DAY,
            ),
        ),
        perspectives=PERSPECTIVES,
        parameter_files=(*PARAMETER_FILES, f"interventions/{id}.toml"),
        discount_costs="r_discount_costs",
        discount_effects="r_discount_effects",
        breakevens=(Breakeven(bed_days, "bed-days averted a person"),),
        kind="threshold",
        challenge=challenge,
        claims=claims,
        evidence="weak",
    )
