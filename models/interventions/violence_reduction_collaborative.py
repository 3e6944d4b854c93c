"""The East London violence reduction collaborative: incidents before and after on six wards."""

from __future__ import annotations

from models.contract import Effect, Rate, Setting, Strategy, published
from models.shared.service_user import INPATIENT
from models.shared.ward import DELIVERY, FLAG, GIVEN, NO_UTILITY, delivery, programme, ward_problem

NAME = "violence_reduction_collaborative"

_COLLABORATIVE = programme(
    NAME,
    "A quality-improvement collaborative on violence",
    (Effect("violent_incident", "hazard", "rr_violence_vrc"),),
    fidelity="share_real_change_vrc",
)

_RESTRAINT = published("restraint_taylor_watt", Rate("restraint", INPATIENT))

PROBLEM = ward_problem(
    id=NAME,
    label="Violence reduction collaborative",
    question="What does a collaborative against violence save, if part of the fall would have come anyway?",
    strategies=(Strategy(NAME, "Violence reduction collaborative", (_COLLABORATIVE,)),),
    settings=(
        Setting(
            name="east_london",
            label="Six wards of East London, part of the fall being the wards' return to their usual level",
            horizon="horizon_ward_year",
            perspective="provider",
            effect="violent_incidents",
            given=GIVEN,
            shown=(_RESTRAINT,),
            notes=(
                "One year before and after, without other wards: the share that was its doing is assumed.",
                "The trust tells of 60% fewer restraints beside 40% less violence on its six wards. Here restraint"
                " stays as it was, so that nothing of it is counted.",
                FLAG,
                DELIVERY,
                NO_UTILITY,
            ),
            leading=("share_real_change_vrc", "c_violence_reduction_collaborative_ward", "c_violent_incident"),
        ),
        Setting(
            name="taylor_watt_2017",
            label="As published: the whole fall the collaborative's doing, £3,212 an incident",
            horizon="horizon_ward_year",
            perspective="provider",
            effect="violent_incidents",
            given={
                **GIVEN,
                "share_real_change_vrc": 1.0,
                "c_violent_incident": "c_violent_incident_east_london",
                "v_violence": 0.0,
            },
            shown=(published("incidents_taylor_watt", Rate("violent_incident", INPATIENT)), _RESTRAINT),
            claimed="nobody measured how much of the fall was the six wards' return to their mean: none is put in",
            notes=("What was published comes out as it went in.", FLAG),
        ),
    ),
    deliveries=(delivery(NAME, "Meetings, coaching and data of the collaborative"),),
    claims=("C6-14", "C6-15"),
    evidence="weak",
)
