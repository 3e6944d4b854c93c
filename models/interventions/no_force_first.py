"""No Force First: restraint before and after in 44 wards of one trust, and the briefing's two pilot wards."""

from __future__ import annotations

from models.contract import Effect, Setting, Strategy, published
from models.shared.ward import DELIVERY, FLAG, GIVEN, NO_UTILITY, delivery, programme, ward_problem

NAME = "no_force_first"

_PROGRAMME = programme(
    NAME,
    "No Force First on the ward",
    (
        Effect("restraint", "hazard", "irr_restraint_nff"),
        Effect("violent_incident", "hazard", "irr_assaults_nff"),
    ),
)

PROBLEM = ward_problem(
    id=NAME,
    label="No Force First",
    question="Should wards adopt No Force First, for fewer restraints?",
    strategies=(Strategy(NAME, "No Force First", (_PROGRAMME,)),),
    settings=(
        Setting(
            name="trust_wide",
            label="44 wards, 24 months before and after, no concurrent control",
            horizon="horizon_ward_year",
            perspective="provider",
            effect="restraints",
            given={**GIVEN, "irr_assaults_nff": "irr_assaults_nff_trust_wide"},
            notes=(
                "No ward was compared with; the printed interval (0.77 to 0.88) ignores that and the clustering in"
                " wards, and is widened.",
                "No effect on assaults was printed for the trust: none is assumed, with a spread.",
                FLAG,
                DELIVERY,
                NO_UTILITY,
            ),
            leading=("c_no_force_first_ward", "irr_assaults_nff_trust_wide", "c_violent_incident"),
        ),
        Setting(
            name="pilot_wards",
            label="The briefing: two chosen pilot wards, 60% fewer restraints and 46% fewer assaults",
            horizon="horizon_ward_year",
            perspective="provider",
            effect="restraints",
            given={
                **GIVEN,
                "irr_restraint_nff": "irr_restraint_nff_pilots",
                "irr_assaults_nff": "irr_assaults_nff_pilots",
            },
            shown=(published("cost_trust_year_nff", "cost"),),
            claimed="nobody measured the falls on these two wards against others: they were claimed, without an error",
            notes=(
                "Not comparable with the published £249,069: twelve acute wards of a trust here, sickness and absence"
                " of one secure division there.",
                "A legacy scenario: two wards chosen for it. Other texts of the same trust have 25, 30, 37 and 50%.",
                FLAG,
            ),
        ),
    ),
    deliveries=(delivery(NAME, "Training and facilitation of No Force First"),),
    claims=("C6-7", "C6-8", "C6-9", "C6-20", "C6-21", "C6-W2"),
    evidence="weak",
)
