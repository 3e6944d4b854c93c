"""Peer support workers around discharge from hospital, against usual care.

Centred on no effect since the large English trial (ENRICH 2022). Smaller trials, and the return of
"almost 5:1" on peer workers, are scenarios by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.contract import (
    CalibrationTarget,
    Component,
    CostItem,
    DecisionProblem,
    Delivery,
    Effect,
    EffectMeasure,
    Ever,
    MeanTime,
    Product,
    Quantity,
    Rate,
    Scale,
    Setting,
    Strategy,
    Variant,
    When,
    published,
)
from models.shared.costs import SERVICE_USER_COSTS
from models.shared.service_user import (
    AT_HOME,
    BED_DAYS,
    INPATIENT,
    PARAMETER_FILES,
    PERSPECTIVES,
    SERVICE_USER,
    STAYS,
    UTILITIES,
    on_stays,
)

USUAL = "usual_care"
PEER = "peer_support_worker"

PATHWAY = SERVICE_USER.extended("after_discharge", label="Adults who have just left a psychiatric ward")

_PEER_WORKER = Component(
    "peer_worker",
    "A paid peer support worker from before discharge to some months after it",
    (
        Effect("admission_from_community", "hazard", "hr_readmission_peer"),
        Effect("admission_from_crisis", "hazard", "hr_readmission_peer"),
        *on_stays("tr_stay_peer"),
    ),
)

_ENGLAND: Mapping[str, Quantity] = {
    **STAYS,
    "n_peer_sessions": "n_sessions_enrich",
    "d_follow_up": "horizon_12_months",
}
_STAYS_UNCHANGED: Mapping[str, Quantity] = {"tr_stay_peer": 1.0}


def _readmitted(published: str) -> CalibrationTarget:
    """The hazard of readmission from the share readmitted by the end of follow-up."""
    return CalibrationTarget(
        "r_admission",
        USUAL,
        Ever("admission"),
        published,
        start=0.35,
        unit="per_year",
        label="hazard of admission from the community",
    )


def _effect(published: str) -> CalibrationTarget:
    """The hazard ratio of readmission from the odds ratio of having been readmitted."""
    return CalibrationTarget(
        "hr_readmission_peer",
        PEER,
        Ever("admission"),
        published,
        scale="odds_ratio",
        label="hazard ratio of readmission with a peer worker",
    )


_THE_SAME_PEOPLE = (
    "Everybody has just left a ward. The hazard of readmission is constant for each person and falls with time since"
    " discharge only because those at most risk return first: slower than in London, where 15% were back in 90 days."
)
_STAYS = "Peers change no stay: no trial in England says that they do."

ENRICH = Setting(
    name="enrich_england",
    label="England today: no effect on readmission, as in ENRICH (Gillard 2022), one year",
    horizon="horizon_12_months",
    perspective="nhs_pss",
    effect="readmission_pp",
    given={**_ENGLAND, **_STAYS_UNCHANGED},
    targets=(_readmitted("p_readmission_enrich"), _effect("or_readmission_peer_worker")),
    shown=(published("deaths_after_discharge_hoang", Rate("death", When())),),
    variants=(
        Variant("se_0", "exactly no effect", {"or_readmission_peer_worker": "or_readmission_peer_worker_se_0"}),
        Variant("se_009", "half the spread", {"or_readmission_peer_worker": "or_readmission_peer_worker_se_009"}),
        Variant("half_readmitted", "50% readmitted", {"p_readmission_enrich": "p_readmission_enrich_half"}),
        Variant("wsipp", "United States pool", {"or_readmission_peer_worker": "or_readmission_peer_worker_wsipp"}),
    ),
    notes=(
        "The trial's null result was read and its numbers were not: the effect is 1 with an assumed spread, which"
        " decides the difference in cost. Its mean is 1, so that its uncertainty alone adds next to nothing.",
        _THE_SAME_PEOPLE,
        _STAYS,
        "Nothing but readmission is counted. Hope, empowerment, and the peer workers' own gain from work are left out:"
        " trials find some, and no utility goes with them.",
        "Two of the six studies behind 'almost 5:1' lost money; their ratios were not read.",
    ),
    leading=("or_readmission_peer_worker", "h_per_peer_session"),
)

AFTER_90_DAYS = Setting(
    name="enrich_after_90_days",
    label="England today, told after 90 days: beside a London cohort, of which nothing is fitted",
    horizon="horizon_3_months",
    perspective="nhs_pss",
    effect="readmission_pp",
    given={
        **_ENGLAND,
        **_STAYS_UNCHANGED,
        "r_admission": "r_readmission_enrich",
        "hr_readmission_peer": 1.0,
        "d_follow_up": "horizon_3_months",
    },
    shown=(published("readmitted_tulloch", Ever("admission")),),
    notes=(
        "A test, not an estimate: the base case stopped after three months, at the hazard of readmission that it solves"
        " for from a year's share. Nothing is assumed of peers, so that they cost what they cost.",
        _THE_SAME_PEOPLE,
    ),
)

SIMPSON = Setting(
    name="simpson_2014",
    label="The London pilot trial of Simpson 2014: 46 people, four weeks of support, three months",
    horizon="horizon_3_months",
    perspective="nhs_pss",
    effect="readmission_pp",
    given={
        **_ENGLAND,
        **_STAYS_UNCHANGED,
        "n_peer_sessions": "n_sessions_simpson",
        "n_people_per_worker": "n_people_per_worker_simpson",
        "d_follow_up": "horizon_3_months",
    },
    targets=(_readmitted("p_readmission_90_days_london"), _effect("or_readmission_peer_worker")),
    shown=(published("cost_simpson", "cost"),),
    notes=(
        "Too small to find anything: its readmissions were not read, so the English base case's effect and a London"
        " cohort's readmissions stand in. Only its costs are a comparison.",
        "Ours are 2.3 times as dear, not reproduced: prices are of 2023/24, and community and social care are"
        " counted for everybody.",
        _STAYS,
    ),
    leading=("or_readmission_peer_worker", "n_sessions_simpson", "h_per_peer_session"),
)

SLEDGE = Setting(
    name="sledge_2011",
    label="A scenario, not England: the trial of Sledge 2011, 74 people with many admissions, Connecticut, nine months",
    horizon="horizon_9_months",
    perspective="nhs_pss",
    effect="days_out_of_hospital",
    given={
        **{k: v for k, v in _ENGLAND.items() if k != "los_median"},
        "v_frailty": "v_frailty_sledge",
        "d_follow_up": "horizon_9_months",
    },
    targets=(
        CalibrationTarget(
            "r_admission",
            USUAL,
            Rate("admission", When()),
            "r_readmission_control_sledge",
            start=1.5,
            unit="per_year",
            label="hazard of admission from the community",
        ),
        CalibrationTarget(
            "los_median",
            USUAL,
            MeanTime(INPATIENT),
            "bed_days_control_sledge",
            start=9.0,
            unit="days",
            label="median length of stay",
        ),
        CalibrationTarget(
            "hr_readmission_peer",
            PEER,
            Rate("admission", When()),
            "ratio_readmissions_sledge",
            scale="risk_ratio",
            start=0.6,
            label="hazard ratio of readmission with a peer",
        ),
        CalibrationTarget(
            "tr_stay_peer",
            PEER,
            MeanTime(INPATIENT),
            "ratio_bed_days_sledge",
            scale="risk_ratio",
            start=0.9,
            label="ratio of stays with a peer",
        ),
    ),
    shown=(
        published("days_in_hospital_sledge", MeanTime(INPATIENT)),
        published("readmissions_sledge", Rate("admission", When())),
    ),
    notes=(
        "One trial of 74 people, judged by one-tailed tests; by two-tailed ones both intervals hold no effect. The"
        " large English trial found nothing. A scenario.",
        "People there had three or more admissions in 18 months, and stays are a third of England's. Home treatment,"
        " detention and every price are England's; the course is that of the English trial, for want of its own.",
    ),
    leading=("h_per_peer_session",),
)

TRACHTENBERG = Setting(
    name="trachtenberg_legacy",
    label="What 'almost 5:1' takes: the bed-days that peer workers would have to save (Trachtenberg 2013)",
    horizon="horizon_12_months",
    perspective="nhs_pss",
    effect="days_out_of_hospital",
    given={**_ENGLAND, **_STAYS_UNCHANGED},
    targets=(
        _readmitted("p_readmission_enrich"),
        CalibrationTarget(
            "hr_readmission_peer",
            PEER,
            MeanTime(INPATIENT),
            "d_bed_days_trachtenberg",
            scale="difference",
            start=0.5,
            label="hazard ratio of readmission with a peer worker",
        ),
    ),
    shown=(published("days_saved_trachtenberg", MeanTime(INPATIENT)),),
    claimed="nobody measured these bed-days: they were worked backwards from the return claimed",
    notes=(
        "A legacy scenario, worked backwards from the briefing's 'almost 5:1' and taken as 5: it shows what would have"
        " to be true, not that it is. Half of all bed-days after discharge would have to go. Bed-days alone return 5;"
        " with the care that people then use at home it is less.",
        "The large English trial found no effect on readmission: the base case contradicts this scenario.",
        "It saves money because it was made to. The interval says nothing of the six studies, of which two lost money:"
        " their spread was not read.",
    ),
    leading=("d_bed_days_trachtenberg", "n_people_per_worker", "h_per_peer_session"),
)

VETERANS = Setting(
    name="veterans_2017",
    label="A null result: peer mentors of homeless veterans, United States (Yoon 2017)",
    horizon="horizon_12_months",
    perspective="nhs_pss",
    effect="readmission_pp",
    given={**_ENGLAND, **_STAYS_UNCHANGED, "n_peer_sessions": "n_sessions_veterans"},
    targets=(_readmitted("p_readmission_enrich"), _effect("or_readmission_veterans")),
    notes=(
        "'No difference in the costs or use of health services' is all that was read. No number of the trial is used:"
        " with England's people and prices, and an assumed effect of mean none, a mentor costs what he costs: the"
        " published finding on cost is not reproduced. That nothing can be told of readmissions was put in: to find it"
        " again is no finding, and a ratio of cost to effect would be one of chance.",
        "Its follow-up was not read; one year is assumed.",
    ),
    leading=("or_readmission_veterans", "n_sessions_veterans", "h_per_peer_session"),
)

PROBLEM = DecisionProblem(
    id="peer_support_workers",
    label="Peer support workers around discharge",
    question="Should people leaving a psychiatric ward be supported by a paid peer support worker beside usual care?",
    pathway=PATHWAY,
    strategies=(
        Strategy(USUAL, "Usual care"),
        Strategy(PEER, "Peer support worker", (_PEER_WORKER,)),
    ),
    settings=(ENRICH, SIMPSON, SLEDGE, TRACHTENBERG, VETERANS, AFTER_90_DAYS),
    costs=(
        *SERVICE_USER_COSTS,
        CostItem(
            "peer_worker",
            "The peer support worker's time",
            "nhs",
            Delivery("peer_worker"),
            "c_peer_worker_hour",
            ("n_peer_sessions", "h_per_peer_session"),
        ),
    ),
    utilities=UTILITIES,
    effects=(
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
        EffectMeasure("readmission_pp", "Readmissions averted", "percentage point", ever="admission", takes=INPATIENT),
        EffectMeasure(
            "days_out_of_hospital",
            "Days out of hospital",
            "day",
            days=AT_HOME,
            already_priced="a day out of hospital is in the cost already, as a bed-day not paid for",
        ),
    ),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, "england.toml", "interventions/peer_support_workers.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    thresholds={
        "qaly": tuple(1000.0 * k for k in range(51)),
        "readmission_pp": tuple(10.0 * k for k in range(101)),
    },
    days=BED_DAYS,
    scales=(
        Scale(
            "worker_year",
            "the people whom one full-time peer worker sees in a year, over their follow-up",
            When(),
            Product("n_people_per_worker", "d_follow_up"),
        ),
    ),
    challenge=8,
    claims=("C8-2", "C8-3", "C8-4", "C8-5", "C8-U1", "C8-U2", "C8-W1", "C8-W2"),
    evidence="weak",
    correlations={("ratio_readmissions_sledge", "ratio_bed_days_sledge"): 0.7},
)
