"""Peer-supported self-management after crisis care: a recovery workbook worked through with a peer support worker.

The trial CORE (Johnson 2018): fewer people were back in acute care within a year, with as many days in it.
"""

from __future__ import annotations

from models.contract import (
    CalibrationTarget,
    Component,
    CostItem,
    CountRatio,
    DecisionProblem,
    Delivery,
    Effect,
    EffectMeasure,
    Ever,
    Group,
    MeanTime,
    Setting,
    Strategy,
    Variant,
    When,
    published,
)
from models.shared.costs import SERVICE_USER_COSTS
from models.shared.service_user import (
    BED_DAYS,
    INPATIENT,
    PARAMETER_FILES,
    PERSPECTIVES,
    SERVICE_USER,
    UTILITIES,
    on_stays,
)

USUAL = "workbook_by_post"
PEER = "peer_supported_self_management"

ACUTE = When(care=("crisis", "informal", "detained"))
NOT_ACUTE, HOME_TREATMENT = When(care="community"), When(care="crisis")

PATHWAY = SERVICE_USER.extended(
    "after_crisis_care",
    label="Adults in England who have just left the care of a crisis team",
    groups=(
        Group(
            "acute_care",
            ("crisis", "admission_from_community"),
            "return to acute care, to a crisis team or straight to a ward",
        ),
    ),
)

_SELF_MANAGEMENT = Component(
    "self_management",
    "A recovery workbook with up to ten sessions with a peer support worker",
    (
        Effect("crisis", "hazard", "hr_acute_care_peer"),
        Effect("admission_from_community", "hazard", "hr_acute_care_peer"),
        # Longer home treatment is no likelier to end on a ward: both of its ends are as much later.
        Effect("crisis_resolved", "time", "tr_home_treatment_peer"),
        Effect("admission_from_crisis", "time", "tr_home_treatment_peer"),
        *on_stays("tr_stay_peer"),
    ),
)

_BASELINE = (
    CalibrationTarget(
        "r_crisis",
        USUAL,
        Ever("acute_care"),
        "p_readmission_control_core",
        start=0.35,
        unit="per_year",
        label="hazard of home treatment by a crisis team",
    ),
    CalibrationTarget(
        "r_admission",
        USUAL,
        CountRatio("admission_from_community", "acute_care"),
        "p_readmitted_to_a_ward_first",
        start=0.25,
        unit="per_year",
        label="hazard of admission from the community",
    ),
    CalibrationTarget(
        "odds_detained_at_admission",
        USUAL,
        CountRatio("detention", "admission"),
        "p_detained_of_admitted_england",
        start=0.4,
        unit="odds",
        label="odds of detention at the start of an admission",
    ),
    CalibrationTarget(
        "r_conversion",
        USUAL,
        CountRatio("conversion", "detention"),
        "p_detention_after_admission",
        start=1.0,
        unit="per_year",
        label="hazard of detention during an informal stay",
    ),
    CalibrationTarget(
        "los_median",
        USUAL,
        MeanTime(INPATIENT, per="admission"),
        "los_mean_admission",
        start=30.0,
        unit="days",
        label="median length of stay",
    ),
)

_FEWER_RETURNS = CalibrationTarget(
    "hr_acute_care_peer",
    PEER,
    Ever("acute_care"),
    "or_readmission_core",
    scale="odds_ratio",
    start=0.66,
    label="hazard ratio of a return to acute care with a peer",
)


def _as_many_days(unknown: str, where: When, label: str) -> CalibrationTarget:
    """Acute days were printed as one: the trial's ratio is taken to hold on wards and in home treatment alike."""
    days = MeanTime(where)
    return CalibrationTarget(unknown, PEER, days, "ratio_acute_days_core", scale="risk_ratio", start=1.5, label=label)


_PUBLISHED = published("back_in_acute_care_core", Ever("acute_care"))

BASE = Setting(
    name="base",
    label="England: the trial CORE (Johnson 2018), 434 people followed, one year",
    horizon="horizon_12_months",
    perspective="nhs_pss",
    effect="readmission_pp",
    targets=(
        *_BASELINE,
        _FEWER_RETURNS,
        _as_many_days("tr_stay_peer", INPATIENT, "ratio of ward stays with a peer"),
        _as_many_days("tr_home_treatment_peer", HOME_TREATMENT, "ratio of home treatments with a peer"),
    ),
    shown=(_PUBLISHED, published("back_in_acute_care_osborn", Ever("acute_care"))),
    variants=(
        Variant("se_0", "acute days exactly equal", {"ratio_acute_days_core": "ratio_acute_days_core_se_0"}),
        Variant(
            "se_010", "half the spread about equal days", {"ratio_acute_days_core": "ratio_acute_days_core_se_010"}
        ),
        Variant("ten_sessions", "all ten sessions held", {"n_sessions_core": "n_sessions_core_ten"}),
    ),
    notes=(
        "Fewer people returned with no fewer days in acute care, so those who did must have stayed longer: ratios"
        " are solved for, of stays on wards and of home treatments, each with as many days as before (the trial printed"
        " their sum). Stays 1.7 times as long make a mean ward stay of some 60 days, longer than any clinician"
        " expects: read it as the shorter returns being those averted.",
        "The ratio of acute days decides the difference in cost. Its mean is 1, so that its uncertainty alone adds next"
        " to nothing to the mean cost; the variants show what is left.",
        "Bed-days need not come out exactly equal. The ratios of stays are read off a fitted map, with an error of some"
        " 2% (told beside each), and the ratio of acute days varies from draw to draw about a mean of 1: a quarter of a"
        " day in 12 between the two is no finding. A run at the point estimates (--fixed) solves for them without a"
        " map: its cost is that of the sessions, nearly.",
        "One trial, p = 0.044. The effect is taken to last the year observed, and nothing is assumed beyond.",
        "The hazard of a return is constant for each person. It falls with time since discharge only because those at"
        " most risk return first: about 13% within 90 days, against 15% in a London cohort.",
        "The workbook alone is what is compared with; usual care without it was not tried.",
        "With equal acute days there is next to nothing to gain in QALYs here: an averted return has no worth beyond"
        " its days. Recovery and satisfaction are left out.",
        "Crisis houses and acute day units are within home treatment; death and work are those of psychosis.",
    ),
    leading=("ratio_acute_days_core", "n_sessions_core", "h_per_peer_session"),
)

STAYS_AS_USUAL = Setting(
    name="stays_as_usual",
    label="What if those who return stayed no longer than others: a scenario that the trial contradicts",
    horizon="horizon_12_months",
    perspective="nhs_pss",
    effect="readmission_pp",
    given={"tr_stay_peer": 1.0, "tr_home_treatment_peer": 1.0},
    targets=(*_BASELINE, _FEWER_RETURNS),
    shown=(_PUBLISHED,),
    notes=(
        "Shows what is claimed when every return averted is taken to save a whole stay. The trial found no difference"
        " in days in acute care: a scenario, never a result.",
    ),
    leading=("p_readmitted_to_a_ward_first", "n_sessions_core", "h_per_peer_session"),
    claimed="the trial found as many days in acute care, so that what is saved here was not",
)

PROBLEM = DecisionProblem(
    id="peer_supported_self_management",
    label="Peer-supported self-management after crisis care",
    question="Should people leaving a crisis team be offered a recovery workbook with a peer support worker, and not"
    " by post alone?",
    pathway=PATHWAY,
    strategies=(
        Strategy(USUAL, "Workbook by post"),
        Strategy(PEER, "Peer-supported self-management", (_SELF_MANAGEMENT,)),
    ),
    settings=(BASE, STAYS_AS_USUAL),
    costs=(
        *SERVICE_USER_COSTS,
        CostItem(
            "peer_sessions",
            "Sessions with a peer support worker",
            "nhs",
            Delivery("self_management"),
            "c_peer_worker_hour",
            ("n_sessions_core", "h_per_peer_session"),
        ),
    ),
    utilities=UTILITIES,
    effects=(
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
        EffectMeasure("readmission_pp", "Returns to acute care averted", "percentage point", ever="acute_care"),
        EffectMeasure(
            "days_not_acute",
            "Days out of acute care",
            "day",
            days=NOT_ACUTE,
            already_priced="a day out of acute care is in the cost already, as a day of care not paid for",
        ),
    ),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, "interventions/peer_supported_self_management.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    thresholds={
        "qaly": tuple(1000.0 * k for k in range(51)),
        "readmission_pp": tuple(10.0 * k for k in range(101)),
    },
    days=BED_DAYS,
    challenge=1,
    claims=("C1-3",),
    evidence="moderate",
)
