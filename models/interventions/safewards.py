"""Safewards: fewer conflicts and less containment on acute wards, by a cluster-randomised English trial."""

from __future__ import annotations

from models.contract import Effect, Ever, ItemCost, Rate, Setting, Strategy, Variant, published
from models.shared.service_user import INPATIENT
from models.shared.ward import DELIVERY, FLAG, GIVEN, NO_UTILITY, delivery, programme, ward_problem

NAME = "safewards"

_SAFEWARDS = programme(
    NAME,
    "Safewards' ten interventions on the ward",
    (
        Effect("restraint", "hazard", "rr_containment_safewards"),
        Effect("seclusion", "hazard", "rr_containment_safewards"),
        Effect("violent_incident", "hazard", "rr_violence_safewards"),
    ),
    fidelity="fidelity_safewards",
)

PROBLEM = ward_problem(
    id=NAME,
    label="Safewards",
    question=(
        "Should acute wards adopt Safewards, for fewer restraints and violent incidents? The briefing does not name it."
    ),
    strategies=(Strategy(NAME, "Safewards", (_SAFEWARDS,)),),
    settings=(
        Setting(
            name="england",
            label="English acute wards, patients admitted today, one year",
            horizon="horizon_ward_year",
            perspective="provider",
            effect="restraints",
            given=GIVEN,
            shown=(
                published("conflict_nsw", Rate("violent_incident", INPATIENT)),
                published("containment_nsw", Rate("restraint", INPATIENT)),
                published("ever_violent_di_giacomo", Ever("violent_incident")),
            ),
            notes=(
                "The trial's 0.768 is of all containment (restraint, seclusion, medication, observation) in shifts that"
                " had any; whether a shift had any did not change (1.044, 0.828 to 1.336). That restraint and seclusion"
                " fell like the rest is assumed, and that violence fell like all conflict (0.850).",
                "That violence fell decides the sign of the cost: were it untouched (rr_violence_safewards = 1), a ward"
                " would pay about £6,000 a year, the price of the programme, for its six restraints fewer.",
                "The abstract's 26.4% does not fit its own interval; the table's 0.768 is used.",
                FLAG,
                DELIVERY,
                NO_UTILITY,
            ),
            leading=("rr_violence_safewards", "c_safewards_ward", "c_violent_incident"),
            variants=(
                Variant(
                    "violence_unchanged",
                    "violence as before, of which the trial printed nothing by itself",
                    {"rr_violence_safewards": "rr_violence_safewards_none"},
                ),
            ),
        ),
        Setting(
            name="city_128",
            label="Costs of restraint and seclusion of a ward as City-128 had them, in 2005; Safewards' own cost apart",
            horizon="horizon_ward_year",
            perspective="ward_staff_time",
            effect="restraints",
            given={
                **GIVEN,
                "r_restraint": "r_restraint_city_128",
                "r_seclusion": "r_seclusion_city_128",
                "c_restraint_time": "c_restraint_time_city_128",
                "c_seclusion_time": "c_seclusion_time_city_128",
                "v_restraint": 0.0,
                "r_discount_costs": 0.0,
                "r_discount_effects": 0.0,
            },
            shown=(
                published("restraint_city_128", ItemCost("restraint_time")),
                published("seclusion_city_128", ItemCost("seclusion_time")),
            ),
            notes=("Rates and prices are worked back from the two sums: they come out as they went in.",),
        ),
    ),
    deliveries=(delivery(NAME, "Training, facilitation and materials of Safewards"),),
    claims=("C6-11", "C6-12", "C6-13"),
    evidence="moderate",
    correlations={("rr_containment_safewards", "rr_violence_safewards"): 0.5},
)
