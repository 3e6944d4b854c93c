"""What the ward models share: an acute ward's patients, what happens to them there, and what it costs the trust.

Ward staff are inside the bed-day. Their time on restraint and seclusion is told as an opportunity, never added to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from models.contract import (
    Component,
    CostItem,
    DecisionProblem,
    Effect,
    EffectMeasure,
    Event,
    EventCount,
    Exponential,
    Frailty,
    Mixture,
    Perspective,
    Product,
    Quantity,
    Scale,
    Setting,
    StateTime,
    Strategy,
)
from models.shared.costs import SERVICE_USER_COSTS
from models.shared.service_user import (
    BED_DAYS,
    ENGLAND,
    INPATIENT,
    PARAMETER_FILES,
    PERSPECTIVES,
    SERVICE_USER,
    UTILITIES,
)

USUAL = "usual_ward"

WARD = SERVICE_USER.extended(
    "admitted_today",
    label="Adults admitted to an acute ward today, this stay and any later ones within a year",
    start={"care": Mixture({"detained": "p_detained_at_start"}, otherwise="informal")},
    events=(
        Event("seclusion", INPATIENT, Exponential("r_seclusion"), label="seclusion"),
        Event("violent_incident", INPATIENT, Exponential("r_violent_incident"), label="violent incident on the ward"),
    ),
    frailties=(
        Frailty("violence_proneness", "v_violence", ("violent_incident",), "a few inpatients have most of them"),
    ),
)

SCALES = (
    Scale("ward_year", "a ward-year", INPATIENT, "bed_years_per_ward"),
    Scale("trust_year", "a trust-year", INPATIENT, Product("bed_years_per_ward", "wards_per_trust")),
)

COSTS = (
    *SERVICE_USER_COSTS,
    CostItem(
        "violence_sickness",
        "Sickness absence and replacement staff after violent incidents",
        "nhs",
        EventCount("violent_incident"),
        "c_violent_incident",
        ("share_sickness_of_violence",),
    ),
    CostItem(
        "violence_response",
        "Response team, legal costs and medication after violent incidents",
        "nhs",
        EventCount("violent_incident"),
        "c_violent_incident",
        ("share_response_of_violence",),
    ),
    CostItem(
        "restraint_injuries",
        "Replacement of staff hurt in restraint, where no violent incident counted them",
        "nhs",
        EventCount("restraint"),
        "c_staff_day",
        ("p_staff_injury_per_restraint", "share_restraints_apart", "sick_days_per_injury"),
    ),
    CostItem(
        "restraint_time",
        "Ward staff's time on restraint, inside the bed-day",
        "nhs",
        EventCount("restraint"),
        "c_restraint_time",
        kind="opportunity",
    ),
    CostItem(
        "seclusion_time",
        "Ward staff's time on seclusion, inside the bed-day",
        "nhs",
        EventCount("seclusion"),
        "c_seclusion_time",
        kind="opportunity",
    ),
)

WARD_PERSPECTIVES = (
    Perspective("provider", "The trust", ("nhs",)),
    Perspective(
        "ward_staff_time", "What ward staff's time on restraint and seclusion is worth", ("nhs",), ("opportunity",)
    ),
    *PERSPECTIVES,
)

RESTRAINTS = EffectMeasure(
    "restraints",
    "Restraints averted",
    "restraint",
    averted="restraint",
    beyond_cost="a restraint harms the person; its cost is of staff who are hurt",
)
EFFECTS = (
    RESTRAINTS,
    EffectMeasure(
        "violent_incidents",
        "Violent incidents averted",
        "violent incident",
        averted="violent_incident",
        beyond_cost="violence harms people; its cost is of staff away and of what follows",
    ),
    EffectMeasure(
        "seclusions",
        "Seclusions averted",
        "seclusion",
        averted="seclusion",
        beyond_cost="a seclusion harms the person; its cost is of staff's time",
    ),
    EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
)

THRESHOLDS = {
    "restraints": tuple(100.0 * k for k in range(51)),
    "violent_incidents": tuple(100.0 * k for k in range(51)),
    "seclusions": tuple(100.0 * k for k in range(51)),
    "qaly": tuple(1000.0 * k for k in range(51)),
}

# Baselines of an English acute ward; the shared pathway's own where a setting says nothing else.
GIVEN: Mapping[str, Quantity] = ENGLAND

FLAG = (
    "£3,212 for a violent incident was read in the briefing alone, and 54% of it is sickness and replacement; in all of"
    " the NHS a reported incident cost less than half of it without replacement. Where drawn, the price lies between"
    " the two and decides the savings. City-128's £145,000 of conflict a ward-year is staff time, another scope."
)
NO_UTILITY = (
    "No loss of quality of life by restraint, seclusion or violence was found: none is set, and QALYs see nothing."
)
DELIVERY = "No cost of delivering the programme was found: it is built from hours that are assumed, per ward and year."


def programme(
    name: str, label: str, effects: tuple[Effect, ...], uptake: Quantity = 1.0, fidelity: Quantity = 1.0
) -> Component:
    """A ward programme that reaches everybody on the ward."""
    return Component(name, label, effects, uptake, fidelity)


def delivery(name: str, label: str, price: str | None = None) -> CostItem:
    """The cost of a programme per ward and year, spread over the ward's bed-days: `price`, or that of its own name."""
    budget = Product(price or f"c_{name}_ward", "wards_per_bed_year")
    return CostItem(f"{name}_delivery", label, "nhs", StateTime(INPATIENT, component=name), budget)


def ward_problem(
    *,
    id: str,
    label: str,
    question: str,
    strategies: tuple[Strategy, ...],
    settings: tuple[Setting, ...],
    deliveries: tuple[CostItem, ...],
    claims: tuple[str, ...],
    evidence: Literal["strong", "moderate", "weak"],
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> DecisionProblem:
    """A ward model: usual wards against wards with a programme, told per person, per ward-year and per trust-year."""
    return DecisionProblem(
        id=id,
        label=label,
        question=question,
        pathway=WARD,
        strategies=(Strategy(USUAL, "Usual ward"), *strategies),
        settings=settings,
        costs=(*COSTS, *deliveries),
        utilities=UTILITIES,
        effects=EFFECTS,
        perspectives=WARD_PERSPECTIVES,
        parameter_files=(*PARAMETER_FILES, "england.toml", "ward.toml", "ward_staff.toml", f"interventions/{id}.toml"),
        discount_costs="r_discount_costs",
        discount_effects="r_discount_effects",
        thresholds=THRESHOLDS,
        days=BED_DAYS,
        scales=SCALES,
        kind="ward",
        challenge=6,
        claims=claims,
        evidence=evidence,
        correlations=correlations or {},
    )
