"""Individual placement and support (IPS): competitive work first, support afterwards, against usual vocational help.

Trials print who ever worked. Entry hazards and their ratio are solved for, with people who differ in readiness, a
search before the first job, jobs that are lost, and quicker re-entry by those who have had one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from models.contract import (
    Alternative,
    CalibrationTarget,
    Component,
    ComponentTime,
    CostItem,
    DecisionProblem,
    Effect,
    EffectMeasure,
    Ever,
    Frailty,
    History,
    MeanTime,
    Quantity,
    Setting,
    ShareWithTime,
    StateTime,
    Strategy,
    Structure,
    Variant,
    When,
    published,
)
from models.shared.costs import SERVICE_USER_COSTS
from models.shared.service_user import (
    BED_DAYS,
    ENGLAND,
    PARAMETER_FILES,
    PERSPECTIVES,
    PUBLIC_SECTOR,
    SERVICE_USER,
    UTILITIES,
)
from parameters.units import DAYS_PER_YEAR

USUAL, IPS = "usual_vocational_services", "individual_placement_and_support"
EMPLOYED = When(work="employed")
WEEKS_130 = 130 * 7 / DAYS_PER_YEAR  # years

SEEKING_WORK = SERVICE_USER.extended(
    "seeking_work",
    label="People with severe mental illness who are out of work and want to work",
    start={"work": "out_of_work"},
    frailties=(
        Frailty("job_readiness", "v_job_readiness", ("job_entry",), "some find work soon, others hardly ever", "gamma"),
    ),
    history=(History("had_a_job", "job_loss", ("job_entry",), "hr_job_reentry", 1),),
)


_VOCATIONAL = Component("vocational_services", "Usual vocational services")
SEARCH = Component(
    "job_search",
    "The first months, in which hardly a job starts",
    (Effect("job_entry", "hazard", "hr_job_entry_searching"),),
    end="d_job_search",
)
_SUPPORT = Component(
    IPS,
    "A place with an employment specialist",
    (
        Effect("job_entry", "hazard", "hr_job_entry_ips"),
        Effect("admission_from_community", "hazard", "hr_admission_ips"),
        Effect("admission_from_crisis", "hazard", "hr_admission_ips"),
    ),
    fidelity="fidelity_ips",
)

_PLACE = Component("ips_place", "Time in the IPS service", end="d_in_ips")


def _entry(published: str) -> CalibrationTarget:
    return CalibrationTarget(
        "r_job_entry",
        USUAL,
        Ever("job_entry"),
        published,
        start=0.1,
        unit="per_year",
        label="hazard of starting a competitive job, usual services",
    )


def _ratio(published: str) -> CalibrationTarget:
    return CalibrationTarget(
        "hr_job_entry_ips",
        IPS,
        Ever("job_entry"),
        published,
        scale="risk_ratio",
        start=2.4,
        label="hazard ratio of starting a job under IPS, first and later ones",
    )


_NO_CLAIM: Mapping[str, Quantity] = {**ENGLAND, "saving_claimed_ips": 0.0}
# How long clients of such services stay in a first job, where a setting's own trial says nothing of it.
_OWN: Mapping[str, Quantity] = {**_NO_CLAIM, "scale_tenure": "scale_tenure_ips"}
_FEWER = Variant(
    "fewer_admissions", "a fifth fewer admissions under IPS", {"hr_admission_ips": "hr_admission_ips_fewer"}
)

SWAN = Setting(
    name="swan_england",
    label="South London: people out of work under community teams, two years (SWAN)",
    horizon="horizon_2_years_ips",
    perspective="nhs_pss",
    effect="days_in_work",
    targets=(_entry("p_ever_worked_usual_swan"), _ratio("rr_ever_worked_swan")),
    given={**_OWN, "c_vocational_year": "c_vocational_year_england"},
    shown=(published("ever_worked_swan", Ever("job_entry")),),
    variants=(_FEWER,),
    notes=(
        "IPS itself cost £291 a person in the trial's first year, since little was delivered; a full caseload costs"
        " £2,700. Here it is delivered in full, for the time given, with the effect of so little: dearer and no better"
        " than what the trial tested. The setting swan_as_delivered pays what the trial paid.",
        "An effect on admissions is not established: £1,880 less health care after one year of this trial and no"
        " difference after two, fewer readmissions in EQOLISE and in Switzerland, no difference in cost in Japan."
        " Assumed, centred on none; the variant fewer_admissions has a fifth fewer.",
        "Work moves welfare benefits: see the perspective public_sector.",
    ),
    leading=("hr_admission_ips", "d_in_ips"),
)

AS_DELIVERED = replace(
    SWAN,
    name="swan_as_delivered",
    label="South London, as delivered: the trial's effect at the trial's own spend",
    given={**SWAN.given, "c_ips_year": "c_ips_year_swan", "d_in_ips": "horizon_2_years_ips"},
    notes=(
        "£291 a person was spent in the first year and is charged in both here; what the second cost was not read.",
        "The effect of more could be larger: the pooled ratio of trials that delivered more is 2.31.",
    ),
    leading=("hr_admission_ips", "c_ips_year_swan"),
)

POOLED = Setting(
    name="england_pooled",
    label="The same people, with the pooled ratio of 21 trials in 12 countries",
    horizon="horizon_2_years_ips",
    perspective="nhs_pss",
    effect="days_in_work",
    targets=(_entry("p_ever_worked_usual_swan"), _ratio("rr_ever_worked_pooled")),
    given={**_OWN, "c_vocational_year": "c_vocational_year_england"},
    shown=(published("days_worked_kinoshita", MeanTime(EMPLOYED)),),
    variants=(
        Variant("modini_2016", "the ratio of 19 studies", {"rr_ever_worked_pooled": "rr_ever_worked_modini"}),
        Variant(
            "frederick_2019",
            "the ratio against usual conditions",
            {"rr_ever_worked_pooled": "rr_ever_worked_frederick"},
        ),
        _FEWER,
    ),
    notes=(
        "The pooled ratio is smaller where jobs and benefits are better protected, and its interval says nothing of"
        " how places differ: the English trial's own (2.0, 1.0 to 4.0) is the first setting.",
        "A ratio of shares over follow-ups of half a year to five years, most of them one to two, taken as that of two"
        " years. Where few work it hardly depends on the follow-up: read as that of eighteen months it would make a"
        " hazard ratio 6% smaller.",
        "Days in work are no trial's: they follow from shares who ever work and from how long jobs last. One trial of"
        " 204 people in the Cochrane review of 2013 printed 71 more days of competitive work (43 to 94), about twice"
        " ours; where, and how many of them worked, was not read.",
    ),
    leading=("hr_admission_ips", "d_in_ips"),
)

EQOLISE = Setting(
    name="eqolise",
    label="Six European centres, London among them, eighteen months (EQOLISE)",
    horizon="horizon_18_months_ips",
    perspective="societal",
    effect="employed_pp",
    targets=(_entry("p_ever_worked_usual_eqolise"), _ratio("rr_ever_worked_eqolise")),
    given={
        **_OWN,
        "c_vocational_year": "c_vocational_year_eqolise",
        "c_ips_year": "c_ips_year_eqolise",
        "d_in_ips": "horizon_18_months_ips",
    },
    shown=(
        published("ever_worked_eqolise", Ever("job_entry")),
        published("net_cost_eqolise", "cost"),
        published("days_worked_eqolise", MeanTime(EMPLOYED)),
        published("readmitted_eqolise", Ever("admission")),
        published("readmitted_difference_eqolise", Ever("admission")),
    ),
    notes=(
        "Both services cost what the trial's people were charged for the whole of it: £2,424 and £6,446 in eighteen"
        " months.",
        "Published: £17,005 less under IPS; here about a third of it. £4,022 are the services' own, an input. Output is"
        " days in work at English pay; hospital is left alike, where fewer readmissions were found (how many is"
        " remembered, not read, and not used). What makes up the rest is not known: not reproduced.",
    ),
    leading=("hr_admission_ips",),
)

HOFFMANN = Setting(
    name="hoffmann_5_years",
    label="Switzerland, five years (Hoffmann 2014)",
    horizon="horizon_5_years_ips",
    perspective="service",
    effect="employed_pp",
    targets=(
        _entry("p_ever_worked_usual_hoffmann"),
        CalibrationTarget(
            "hr_job_entry_ips",
            IPS,
            Ever("job_entry"),
            "p_ever_worked_ips_hoffmann",
            start=4.8,
            label="hazard ratio of starting a job under IPS, first and later ones",
        ),
        CalibrationTarget(
            "scale_tenure",
            USUAL,
            ShareWithTime(EMPLOYED, WEEKS_130),
            "p_130_weeks_usual_hoffmann",
            start=0.95,
            unit="years",
            label="mean time in a job",
        ),
    ),
    given={
        **_NO_CLAIM,
        "shape_tenure": 1.0,
        "v_job_readiness": "v_job_readiness_hoffmann",
        "hr_job_reentry": "hr_job_reentry_hoffmann",
        "c_vocational_year": "c_vocational_year_hoffmann",
        "c_ips_year": "c_ips_year_hoffmann",
        "d_in_ips": "horizon_5_years_ips",
        "hr_admission_ips": "hr_admission_ips_hoffmann",
    },
    shown=(
        published("ever_worked_hoffmann", Ever("job_entry")),
        published("weeks_130_hoffmann", ShareWithTime(EMPLOYED, WEEKS_130)),
        published("months_worked_hoffmann", MeanTime(EMPLOYED, per_ever="job_entry")),
    ),
    notes=(
        "These figures imply that people with IPS work some 20 of the 24 months after the start of a first job."
        " American clients of IPS worked 12.9 (Bond 2011): the two cannot both hold for one service.",
        "Readiness, re-entry and time in a job were chosen on the trial's four figures: agreement with them is by"
        " construction, that of 43% included. Days in work are three times as many, where incomes were almost double.",
        "No difference in total cost was found: dearer support, fewer admissions. Both are assumed, without numbers.",
        "Arm sizes were not read: fifty each is assumed.",
    ),
    leading=("hr_admission_ips_hoffmann", "c_ips_year_hoffmann", "c_vocational_year_hoffmann"),
)

JAPAN = Setting(
    name="japan",
    label="Japan, twelve months, with cognitive remediation, at English unit costs",
    horizon="horizon_12_months_ips",
    perspective="nhs_pss",
    effect="days_in_work",
    targets=(_entry("p_ever_worked_usual_japan"), _ratio("rr_ever_worked_japan")),
    given={**_OWN, "c_vocational_year": "c_vocational_year_japan", "d_in_ips": "horizon_12_months_ips"},
    shown=(
        published("ever_worked_japan", Ever("job_entry")),
        published("days_worked_usual_japan", MeanTime(EMPLOYED)),
        published("days_worked_ips_japan", MeanTime(EMPLOYED)),
        published("cost_japan", "cost"),
        published("cost_difference_japan", "cost"),
    ),
    notes=(
        "Shares who ever worked are solved for, and the search before a first job was chosen on days in work under"
        " usual services; days under IPS are predicted, and too many. Cognitive remediation came first under IPS"
        " and may have put jobs off: it is not modelled.",
        "The trial's costs did not differ (US$9,823 and 11,063, standard error of the difference about 1,900).",
    ),
    leading=("hr_admission_ips",),
)

BRIEFING = Setting(
    name="briefing_2016",
    label="The briefing: £2,700 a year, offset by more than £3,000 of mental-health services",
    horizon="horizon_12_months_ips",
    perspective="nhs_pss",
    effect="days_in_work",
    targets=SWAN.targets,
    given={
        **_OWN,
        "saving_claimed_ips": "saving_claimed_ips_briefing",
        "c_vocational_year": 0.0,
        "c_ips_year": "c_ips_year_briefing",
        "hr_admission_ips": 1.0,
        "d_in_ips": "horizon_12_months_ips",
        "r_discount_costs": 0.0,
    },
    shown=(published("cost_ips_briefing", "cost"),),
    claimed="nobody measured the saving, and no trial found one of that size: it was claimed, without an error",
    notes=("A legacy scenario: no trial found savings of that size, and no interval was printed.",),
)

STRUCTURES = (
    Structure(
        "work",
        "Why a lost job is seldom followed by another soon",
        "Few of those who want work find it, and those who lose a job are often long without one: because some are"
        " readier for work than others, because having lost a job is itself a hindrance, or both. Shares who ever work"
        " cannot tell these apart, and neither number was read. Nobody was asked how probable each is: a third each.",
        (
            Alternative(
                "readiness_and_reentry", "people differ in readiness, and re-entry after a job is slower", 1 / 3
            ),
            Alternative(
                "readiness",
                "people differ in readiness alone: a lost job is followed by another as the first was found",
                1 / 3,
                without=("had_a_job",),
            ),
            Alternative(
                "reentry",
                "people are alike: only re-entry after a job is slower",
                1 / 3,
                without=("job_readiness",),
            ),
        ),
    ),
)

PROBLEM = DecisionProblem(
    id=IPS,
    label="Individual placement and support",
    question="Should people with severe mental illness who want to work be offered individual placement and support?",
    pathway=SEEKING_WORK,
    strategies=(
        Strategy(USUAL, "Usual vocational services", (_VOCATIONAL, SEARCH)),
        Strategy(
            IPS,
            "Individual placement and support",
            (_SUPPORT, _PLACE, SEARCH),
        ),
    ),
    settings=(SWAN, AS_DELIVERED, POOLED, EQOLISE, HOFFMANN, JAPAN, BRIEFING),
    costs=(
        *SERVICE_USER_COSTS,
        CostItem("ips", "Employment specialists", "nhs", ComponentTime("ips_place"), "c_ips_year"),
        CostItem(
            "vocational",
            "Usual vocational services",
            "social_care",
            ComponentTime("vocational_services"),
            "c_vocational_year",
        ),
        CostItem(
            "claimed_saving",
            "Use of mental-health services saved, as claimed",
            "nhs",
            ComponentTime("ips_place"),
            "saving_claimed_ips",
            sign=-1,
        ),
        CostItem(
            "benefits",
            "Welfare benefits no longer paid, and tax",
            "public_other",
            StateTime(EMPLOYED),
            "c_exchequer_job_year",
            kind="transfer",
            sign=-1,
        ),
    ),
    utilities=UTILITIES,
    effects=(
        EffectMeasure(
            "days_in_work",
            "Days in competitive work",
            "day",
            days=EMPLOYED,
            already_priced="a day in work is in the cost already, as what it produces",
        ),
        EffectMeasure("employed_pp", "Ever in competitive work", "percentage point", achieved="job_entry"),
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
    ),
    perspectives=(*PERSPECTIVES, PUBLIC_SECTOR),
    parameter_files=(*PARAMETER_FILES, "england.toml", f"interventions/{IPS}.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    thresholds={
        "days_in_work": tuple(2.0 * k for k in range(101)),
        "employed_pp": tuple(10.0 * k for k in range(101)),
        "qaly": tuple(1000.0 * k for k in range(51)),
    },
    days=BED_DAYS,
    structures=STRUCTURES,
    challenge=10,
    claims=(
        "C10-4",
        "C10-5",
        "C10-6",
        "C10-18",
        "C10-19",
        "C10-20",
        "C10-21",
        "C10-22",
        "C10-23",
        "C10-24",
        "C10-25",
        "C10-U2",
        "C10-W1",
        "C10-W2",
        "C10-W5",
    ),
    evidence="strong",
)
