"""Joint crisis plans against usual care: a plan agreed between service user and team before any crisis.

The two English trials (Henderson 2004 with Flood 2006; CRIMSON: Thornicroft 2013 with Barrett 2013) are settings; the
base case takes the pooled effect on detention. A Dutch trial (Ruchlewska 2014), under another law, tests transfer.
"""

from __future__ import annotations

from dataclasses import replace

from models.contract import (
    CalibrationTarget,
    Characteristic,
    Complement,
    Covariate,
    DecisionProblem,
    Delivery,
    EffectItem,
    EffectMeasure,
    Ever,
    EverRatio,
    MeanTime,
    Mixture,
    Product,
    Quotient,
    Setting,
    Strategy,
    Sum,
    Utility,
    Variant,
)
from models.shared.admissions import CONVERSIONS, CRIMSON_BASELINE, MEAN_STAY, SHARE_DETAINED, USUAL
from models.shared.costs import SERVICE_USER_COSTS
from models.shared.crisis_plan import (
    AS_IN_TRIAL,
    BESIDE_THE_PLAN,
    COSTS_AS_IN_TRIAL,
    PLAN,
    PLAN_COMPONENT,
    PLAN_COSTS,
    POOLED_ADMISSION,
    POOLED_EFFECT,
    READING,
    READINGS,
    STRUCTURES,
    WANING_COMPONENT,
    any_admission,
)
from models.shared.crisis_plan_results import (
    CRIMSON_COSTS,
    CRIMSON_TRIAL,
    DUTCH,
    ONE_YEAR_RESULTS,
    PILOT,
    PILOT_PREDICTED,
    PILOT_TRIAL,
    SAME_TRIALS,
    crimson_from_others,
    henderson_from_others,
)
from models.shared.dutch_law import DUTCH_PATHWAY, by_dutch_law
from models.shared.service_user import (
    ADMISSIONS,
    BED_DAYS,
    DETAINED,
    INPATIENT,
    PARAMETER_FILES,
    PERSPECTIVES,
    SERVICE_USER,
    UTILITIES,
    VOLUNTARY,
)

_SPREADS = {
    "se_0": "no uncertainty about the effects on admissions",
    "se_005": "standard error 0.05",
    "se_020": "standard error 0.20",
}


def _spread(name: str, label: str) -> Variant:
    return Variant(name, label, dict.fromkeys(("rr_admission_jcp", "rr_voluntary_jcp"), f"rr_admission_jcp_{name}"))


BASE = Setting(
    name="base",
    label="England today: CRIMSON's baseline, the pooled effect on detention",
    horizon="horizon_18_months",
    perspective="service",
    effect="detention_pp",
    given={"tr_stay_jcp": 1.0},
    targets=(*CRIMSON_BASELINE, POOLED_ADMISSION, POOLED_EFFECT),
    variants=(
        *READINGS,
        *(_spread(name, label) for name, label in _SPREADS.items()),
        Variant(
            "another_place",
            "the effect on detentions as a new place may find it, not as the mean of the trials",
            {"rr_detention_jcp": "rr_detention_jcp_another_place"},
        ),
        Variant("detention_utility", "being detained is worth less of life", {"u_detained": "u_detained_assumed"}),
    ),
    notes=(
        "The share of admissions that are detained (Henderson's control arm) is assumed to carry over.",
        "The plan changes no stay. Detained stays are longer, so averting a detention averts days: twice as long as"
        " informal ones (1 to 4), assumed. Henderson 2004's own days imply ten times.",
        "Effects were observed for 15 to 18 months; nothing is assumed beyond the horizon.",
        "No effect was found on voluntary or on combined admissions. Both cannot be nil while detentions fall: with"
        " combined admissions unchanged, more people would be admitted voluntarily only, without evidence of it."
        " Both readings are base cases, told side by side; the main result draws one or the other.",
        "The assumed ratios of admissions have mean one. Bed-days are a little convex in them, so that their"
        " uncertainty alone adds a little to the mean cost of the plan; the variants show how much.",
    ),
    leading=(READING, "rr_admission_jcp", "rr_voluntary_jcp"),
)

HENDERSON = Setting(
    name="henderson_2004",
    label="The pilot trial of Henderson 2004, costed by Flood 2006: 160 people, 15 months",
    horizon="horizon_15_months",
    perspective="service",
    effect="admission_pp",
    targets=(
        CalibrationTarget(
            "r_admission",
            USUAL,
            Ever("admission"),
            "p_admission_control_henderson",
            start=0.6,
            unit="per_year",
            label="hazard of admission from the community",
        ),
        SHARE_DETAINED,
        CONVERSIONS,
        CalibrationTarget(
            "los_median",
            USUAL,
            MeanTime(VOLUNTARY, per_ever="admission"),
            "voluntary_days_given_admission_control_henderson",
            start=20.0,
            unit="days",
            label="median length of an informal stay",
        ),
        CalibrationTarget(
            "ratio_stay_detained",
            USUAL,
            MeanTime(DETAINED, per_ever="detention"),
            "detained_days_given_detention_control_henderson",
            start=3.0,
            label="ratio of a detained stay to an informal one",
        ),
        CalibrationTarget(
            "hr_admission_jcp",
            PLAN,
            Ever("admission"),
            "rr_admission_henderson",
            scale="risk_ratio",
            start=0.6,
            label="hazard ratio of admission under the plan",
        ),
        CalibrationTarget(
            "or_detention_jcp",
            PLAN,
            EverRatio("detention", "admission"),
            "or_detained_given_admission_henderson",
            scale="odds_ratio",
            start=0.5,
            label="odds ratio of detention at admission, and hazard ratio during a stay, under the plan",
        ),
        CalibrationTarget(
            "tr_stay_jcp",
            PLAN,
            MeanTime(VOLUNTARY, per_ever="admission"),
            "ratio_voluntary_days_henderson",
            scale="risk_ratio",
            start=6.6,
            label="ratio of informal stays under the plan to those under usual care",
        ),
    ),
    shown=PILOT,
    notes=(
        "The control arm's days are fitted, detained and voluntary apart, and the plan's voluntary ones. Its days per"
        " person detained are predicted; the share detained is fitted.",
        "The difference in cost is not independent: voluntary days were fitted after the difference in cost had been"
        " seen. henderson_2004_predicted fits no day of the plan and no cost.",
        "The plan's 18 voluntary days of 14 people admitted voluntarily only, against 5 of 14, are the trial's own"
        " puzzle: voluntary stays are lengthened until the printed 32 days come out. Without those days, as in"
        " henderson_2004_predicted, plans would save several times the printed £1,095, which the trial did not find.",
    ),
    trial=PILOT_TRIAL,
)

HENDERSON_PREDICTED = replace(
    HENDERSON,
    name="henderson_2004_predicted",
    label="The pilot trial of Henderson 2004, no day under the plan fitted: what shares admitted and detained predict",
    given={"tr_stay_jcp": 1.0},
    targets=HENDERSON.targets[:-1],
    shown=PILOT_PREDICTED,
    trial=None,
    notes=(
        "Fitted: the shares admitted and detained in both arms, and the control arm's 31 detained and 5 voluntary days."
        " The plan changes no stay, so that its days and the difference in cost are predicted. Days per person detained"
        " are predicted; the share detained is fitted.",
        "The trial's 18 voluntary days and its difference in cost are missed: it found no saving of this size.",
    ),
)

CRIMSON = Setting(
    name="crimson_2013",
    label="CRIMSON: Thornicroft 2013, costed by Barrett 2013: 569 people, 18 months",
    horizon="horizon_18_months",
    perspective="service",
    effect="detention_pp",
    given={"tr_stay_jcp": 1.0},
    targets=(
        *CRIMSON_BASELINE,
        any_admission(
            Quotient(
                "or_detention_crimson",
                Sum(
                    Complement("p_detention_control_crimson"),
                    Product("p_detention_control_crimson", "or_detention_crimson"),
                ),
            )
        ),
        CalibrationTarget(
            "or_detention_jcp",
            PLAN,
            Ever("detention"),
            "or_detention_crimson",
            scale="odds_ratio",
            label="odds ratio of detention at admission, and hazard ratio during a stay, under the plan",
        ),
    ),
    shown=CRIMSON_COSTS,
    variants=READINGS,
    leading=("rr_admission_jcp",),
    notes=("CRIMSON printed no admission numbers, only 'no significant effect': the base case's assumption is used.",),
    trial=CRIMSON_TRIAL,
)

# --- the Netherlands ------------------------------------------------------------------------

NETHERLANDS = Setting(
    name="netherlands_2014",
    label="A test of transfer: the Dutch trial of Ruchlewska 2014, 212 people, 18 months, with the English effect",
    horizon="horizon_18_months",
    perspective="service",
    effect="detention_pp",
    pathway=DUTCH_PATHWAY,
    strategies=(USUAL, Strategy(PLAN, "Joint crisis plan", (by_dutch_law(PLAN_COMPONENT), *BESIDE_THE_PLAN))),
    given={"tr_stay_jcp": 1.0},
    targets=(
        CalibrationTarget(
            "r_admission",
            USUAL,
            EverRatio("detention", "admission"),
            "p_detained_given_admission_netherlands",
            start=0.6,
            unit="per_year",
            label="hazard of admission from the community",
        ),
        CalibrationTarget(
            "odds_court_ordered",
            USUAL,
            Ever("court_order"),
            "p_court_ordered_control_ruchlewska",
            start=0.6,
            unit="odds",
            label="odds of a court order, against an informal admission",
        ),
        CalibrationTarget(
            "odds_emergency",
            USUAL,
            Ever("emergency_detention"),
            "p_emergency_control_ruchlewska",
            start=0.4,
            unit="odds",
            label="odds of an emergency measure, against an informal admission",
        ),
        CONVERSIONS,
        MEAN_STAY,
        any_admission("rr_detention_jcp", "p_detained_given_admission_netherlands"),
        POOLED_EFFECT,
    ),
    shown=DUTCH,
    variants=READINGS,
    notes=(
        "A test, not an estimate: only the Dutch control arm is fitted. The plan has the English pooled effect, the"
        " same on both kinds of detention, and the Dutch arms stand beside it.",
        "The trial found fewer court orders, but no effect on involuntary admissions overall, on voluntary ones, or on"
        " emergency visits.",
        "Voluntary admissions were not printed. Three in four of those admitted are taken to be detained, chosen so"
        " that admissions and days are plausible; the English share detained after admission is assumed to carry over,"
        " and so is the mean stay. Half of all people are then admitted within 18 months; at the 60% of Henderson's"
        " control arm two in three would be, for more days on a ward than any trial here has. The shares detained under"
        " the plan hardly depend on it.",
        "An emergency measure that a court order follows in the same stay counts once, as the first.",
        "Costs are at English prices and service use: no Dutch cost was read, so judge shares only.",
    ),
    leading=("p_detained_given_admission_netherlands", "rr_admission_jcp"),
    claimed="no Dutch cost, stay or share of voluntary admissions was read: only shares detained can be judged",
)

# One ratio on every way to a detention.
_MORE_DETAINED = "ratio_detention_black"
_BY_ETHNICITY = (
    *(Covariate("ethnicity", e, "hazard", _MORE_DETAINED, level="black") for e in ADMISSIONS),
    *(Covariate("ethnicity", e, "odds", _MORE_DETAINED, level="black", branch="detained") for e in ADMISSIONS),
    Covariate("ethnicity", "conversion", "hazard", _MORE_DETAINED, level="black"),
)
ETHNICITY = replace(
    BASE,
    name="ethnicity",
    label="England, Black and White service users told apart: a scenario",
    pathway=SERVICE_USER.extended(
        "service_user_by_ethnicity",
        characteristics=(Characteristic("ethnicity", Mixture({"black": "p_black"}, "white"), "Ethnicity"),),
        covariates=_BY_ETHNICITY,
    ),
    variants=READINGS,
    notes=(
        "The odds of ever being detained are some three times as high for Black as for White service users, among all"
        " under mental-health services. How much of it comes by more admissions and how much by more detention of those"
        " admitted was not read: one ratio acts on both alike. What a plan does to each is taken to be alike.",
        "Odds ratio of ever being detained, published 2.94 (2.90 to 2.98; Weich 2017), here 2.89 at the point estimates"
        " (400,000 people), solved for there and not in each draw. Detained: 38.5% of Black people under usual care and"
        " 17.8% of White; averted by plans, in percentage points: 6.5 and 4.8.",
        "CRIMSON found plans likelier to be worth their cost for Black service users: a finding in a subgroup of a null"
        " trial whose numbers were not read, shown and not used.",
        *BASE.notes,
    ),
)

# --- what others counted after one year ----------------------------------------------------------

ONE_YEAR = replace(
    BASE,
    name="base_after_one_year",
    label="England today, told after one year: beside what others counted, of whom nothing is fitted",
    horizon="horizon_12_months",
    effect="qaly",
    given={"tr_stay_jcp": 1.0, "r_admission": "r_admission_england"},
    targets=(SHARE_DETAINED, CONVERSIONS, MEAN_STAY, POOLED_ADMISSION, POOLED_EFFECT),
    shown=ONE_YEAR_RESULTS,
    variants=READINGS,
    notes=(
        "A test, not an estimate: the base case stopped after one year. The hazard of admission is the one that it"
        " solves for from CRIMSON's eighteen months, and the pooled ratios are read as those of a year.",
        "The people it is shown beside are others than the model's: those of two cohorts had just been detained, those"
        " of a national count have all diagnoses, and a French plan is another one under another law.",
        *BASE.notes,
    ),
)

# --- the trials' own costs, and plans that wear off ---------------------------------------------

TRIAL_COSTS = replace(
    BASE,
    name="trial_costs",
    label="The pilot trial's own difference in cost (Flood 2006), beside the pooled effect on detention",
    strategies=(
        USUAL,
        Strategy(
            PLAN,
            "Joint crisis plan",
            (replace(PLAN_COMPONENT, scalable=False), COSTS_AS_IN_TRIAL),
        ),
    ),
    costs=(AS_IN_TRIAL,),
    variants=(),
    notes=(
        "An account beside the modelled one: what the plan saved in the pilot trial, over 15 months and with its own"
        " cost in it, £1,095 with a 95% interval from £2,814 more to £5,004 less, brought to today's prices. No"
        " modelled cost is counted: what stands under usual care is no cost of usual care.",
        "No price year is printed; another would move the sum and leave the probability of saving as it is.",
        "The cost is one trial's and the effect all trials', and the two are drawn apart: that trial found more of an"
        " effect than the others.",
        "CRIMSON's costs (Barrett 2013) were not read. Its abstract has no significant difference in total societal"
        " cost and, for services, a probability of 80% of being worth the cost: nothing of it is drawn.",
    ),
    leading=("saving_jcp_flood",),
)

WANING = replace(
    BASE,
    name="waning",
    label="England today, with plans that wear off: their effect halved every 12 months",
    strategies=(USUAL, Strategy(PLAN, "Joint crisis plan", (WANING_COMPONENT, *BESIDE_THE_PLAN))),
    given={},
    variants=READINGS,
    notes=(
        "Assumed: the logarithm of every ratio under the plan is halved every 12 months from entry, since plans become"
        " out of date and the staff who agreed them leave. No trial printed its effect by time.",
        "The pooled ratios are solved for at 18 months all the same, since that is what the trials saw: the effect is"
        " stronger at first and weaker later, and as many detentions are averted by then as if it lasted. What wearing"
        " off takes away comes after that: the scenarios run it for 36 months beside an effect that lasts.",
        *BASE.notes,
    ),
    leading=("half_life_jcp", *BASE.leading),
)

SETTINGS = BASE, HENDERSON, CRIMSON, NETHERLANDS, ETHNICITY, TRIAL_COSTS, WANING, HENDERSON_PREDICTED, ONE_YEAR
PROBLEM = DecisionProblem(
    id="joint_crisis_plan",
    label="Joint crisis plans",
    question="Should people with psychosis or bipolar disorder be offered a joint crisis plan beside usual care?",
    pathway=SERVICE_USER,
    strategies=(
        Strategy(USUAL, "Usual care"),
        Strategy(PLAN, "Joint crisis plan", (PLAN_COMPONENT, *BESIDE_THE_PLAN)),
    ),
    settings=(*SETTINGS, henderson_from_others(HENDERSON_PREDICTED), crimson_from_others(CRIMSON)),
    costs=(
        *SERVICE_USER_COSTS,
        *PLAN_COSTS,
    ),
    utilities=(*UTILITIES, Utility(DETAINED, "u_detained", role="gain")),
    effects=(
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY", blind_to="being detained", sees_by="u_detained"),
        EffectMeasure(
            "qaly_france",
            "Quality-adjusted life-years, as a French trial of advance directives found them",
            "QALY",
            items=(EffectItem(Delivery("joint_crisis_plan"), "gain_qaly_directives_france"),),
            direction="gained",
        ),
        EffectMeasure("admission_pp", "Admissions averted", "percentage point", ever="admission", takes=INPATIENT),
        EffectMeasure("detention_pp", "Detentions averted", "percentage point", ever="detention", takes=DETAINED),
    ),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, "england.toml", "interventions/joint_crisis_plan.toml"),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    thresholds={
        "qaly": tuple(1000.0 * k for k in range(51)),
        "qaly_france": tuple(1000.0 * k for k in range(51)),
        "admission_pp": tuple(10.0 * k for k in range(101)),
        "detention_pp": tuple(10.0 * k for k in range(101)),
    },
    days=BED_DAYS,
    structures=STRUCTURES,
    correlations=SAME_TRIALS,
    challenge=1,
    claims=("C1-2", "C1-7", "C1-8", "C1-9", "C1-10", "C1-W2"),
    evidence="moderate",
)
