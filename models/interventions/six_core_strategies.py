"""Six core strategies: less restraint where they were stably implemented, which not every site managed."""

from __future__ import annotations

from models.contract import (
    CalibrationTarget,
    Component,
    Effect,
    Ever,
    Product,
    Rate,
    Setting,
    Strategy,
    Variant,
    published,
)
from models.shared.service_user import INPATIENT
from models.shared.ward import DELIVERY, FLAG, GIVEN, NO_UTILITY, USUAL, delivery, programme, ward_problem

STABLE, OFFERED = "stable_implementation", "six_core_strategies"

_STABLE = programme(
    STABLE,
    "Six core strategies, stably implemented",
    (
        Effect("restraint", "hazard", "hr_restraint_6cs"),
        Effect("seclusion", "hazard", "hr_seclusion_6cs"),
    ),
)
_OFFERED = Component(OFFERED, "Training in six core strategies")
_TAKEN = Component(
    "stable_site",
    "A ward that implements them, with what sites differ by",
    (
        Effect("restraint", "hazard", Product("hr_restraint_6cs", "site_variation_6cs")),
        Effect("seclusion", "hazard", "hr_seclusion_6cs"),
    ),
    uptake="p_stable_implementation_6cs",
)


def _target(unknown: str, event: str, published: str, label: str) -> CalibrationTarget:
    return CalibrationTarget(unknown, STABLE, Ever(event), published, scale="risk_ratio", start=0.6, label=label)


_TARGETS = (
    _target("hr_restraint_6cs", "restraint", "rr_ever_restrained_6cs", "hazard ratio of restraint, stable sites"),
    _target("hr_seclusion_6cs", "seclusion", "rr_ever_secluded_6cs", "hazard ratio of seclusion, stable sites"),
)

PROBLEM = ward_problem(
    id=OFFERED,
    label="Six core strategies",
    question="What does training wards in six core strategies achieve, when a third of sites do not implement them?",
    strategies=(
        Strategy(OFFERED, "Six core strategies, as sites implement them", (_OFFERED, _TAKEN)),
        Strategy(STABLE, "Six core strategies, everywhere stable", (_STABLE,)),
    ),
    settings=(
        Setting(
            name="england",
            label="Ratios of 28 stable American sites of 43, carried to English acute wards, one year",
            horizon="horizon_ward_year",
            perspective="provider",
            effect="restraints",
            strategies=(USUAL, OFFERED),
            given={
                **GIVEN,
                "hr_restraint_6cs": "hr_restraint_6cs_england",
                "hr_seclusion_6cs": "hr_seclusion_6cs_england",
            },
            shown=(
                published("restraint_restrain_yourself", Rate("restraint", INPATIENT)),
                published("restrictive_practice_collaborative", Rate("restraint", INPATIENT)),
            ),
            notes=(
                "Stable implementation is not for sale: what can be bought is training, which 28 of 43 sites turned"
                " into it. What it would be everywhere is the setting everywhere_stable, a bound and no option.",
                "30% fewer people restrained become half as many restraints, only because a few people have most of"
                " them (v_restraint): those few are still restrained, less often.",
                "Before and after, without controls, in another country. The briefing's 55% is of hours and was not"
                " significant.",
                "Implementing is a site's doing: its probability is 28 of 43, and sites differ beyond it.",
                "Nothing is assumed of violence: it did not rise in the Finnish trial.",
                FLAG,
                DELIVERY,
                NO_UTILITY,
            ),
            leading=("c_six_core_strategies_ward",),
            variants=(
                Variant(
                    "one_site",
                    "one implementing site, not the mean of sites",
                    {"site_variation_6cs": "site_variation_6cs"},
                ),
            ),
        ),
        Setting(
            name="everywhere_stable",
            label="The same, if every ward implemented them stably: a bound, not an option that can be bought",
            horizon="horizon_ward_year",
            perspective="provider",
            effect="restraints",
            strategies=(USUAL, STABLE),
            targets=_TARGETS,
            given=GIVEN,
            shown=(published("ever_restrained_wieman", Ever("restraint")),),
            notes=(
                "The hazard ratios solved for here are those that the setting england is given.",
                FLAG,
                DELIVERY,
                NO_UTILITY,
            ),
            leading=("c_six_core_strategies_ward",),
        ),
        Setting(
            name="putkonen_2013",
            label="Finnish secure wards' fall in hours of restraint and seclusion, as numbers, on English acute wards",
            strategies=(USUAL, STABLE),
            horizon="horizon_ward_year",
            perspective="provider",
            effect="restraints",
            given={
                **GIVEN,
                "hr_restraint_6cs": "rr_hours_putkonen",
                "hr_seclusion_6cs": "rr_hours_putkonen",
            },
            notes=(
                "A cluster-randomised trial of four wards of men. Its ratio of 0.88 is for each month, not in all:"
                " 0.88^6 = 0.46, as the 30 to 15% of days agree. A scenario: high security, another country.",
                "The trial's hours of restraint, seclusion and observation are taken for numbers: were restraints only"
                " shorter, there would be as many.",
                FLAG,
                DELIVERY,
                NO_UTILITY,
            ),
        ),
    ),
    deliveries=(
        delivery(OFFERED, "Training and facilitation of six core strategies"),
        delivery(STABLE, "The same, on every ward", "c_six_core_strategies_ward"),
    ),
    claims=("C6-1", "C6-2", "C6-3", "C6-4", "C6-5", "C6-16", "C6-17", "C6-18", "C6-19", "C6-U3", "C6-U4"),
    evidence="weak",
)
