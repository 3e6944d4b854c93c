"""A model in English: every word of the contract is told, here of problems unlike those of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from models.contract import (
    Basis,
    Branch,
    ByLevel,
    CalibrationTarget,
    Characteristic,
    Component,
    ComponentTime,
    CostItem,
    CountRatio,
    Covariate,
    DecisionProblem,
    Delivery,
    Domain,
    Effect,
    EffectMeasure,
    Empirical,
    Event,
    EventCount,
    Ever,
    EverRatio,
    Exponential,
    FixedTime,
    Frailty,
    Gamma,
    GeneralisedGamma,
    Gompertz,
    Group,
    Hazard,
    History,
    Lengthening,
    LifeTable,
    LogLogistic,
    LogNormal,
    MeanTime,
    Mixture,
    Normal,
    Numeric,
    Pathway,
    Perspective,
    PiecewiseConstant,
    Product,
    PublishedResult,
    Setting,
    Spline,
    StateTime,
    StayBand,
    Strategy,
    Utility,
    Variant,
    Waning,
    Weibull,
    WeibullPH,
    When,
)
from parameters import Parameter, ParameterSet, Source
from parameters.distributions import Distribution
from simulate.ask.reads import sampled_names
from simulate.present.english.laws import FAMILIES
from simulate.present.english.model import describe


def flat(text: str) -> str:
    """`text` on one line, so that wrapping hides nothing."""
    return " ".join(text.split())


def record(name: str, unit: str, status: str = "published", **more: object) -> Parameter:
    arguments = more.pop("arguments", None)
    distribution = Distribution("lognormal", {"mu": -1.0, "sigma": 0.2})
    if arguments is not None:
        distribution = Distribution("fixed", {"value": float(arguments)})  # type: ignore[arg-type]
    label = str(more.pop("label", f"Label of {name}"))
    return Parameter(name, label, unit, distribution, "smith_1999", status, **more)  # type: ignore[arg-type]


RECORDS = [
    record("r_start", "per_day"),
    record("los", "days"),
    record("sigma", "ratio"),
    record("shape", "ratio", arguments=1.4),
    record("scale", "weeks"),
    record("rate", "per_year"),
    record("growth", "per_year_growth", arguments=-0.1),
    record("w_severe", "odds", "assumed", note="Nobody has counted."),
    record("rr_severe", "ratio"),
    record("hr_class", "ratio", label="[bold]class[/bold] \x1b[31meffect"),
    record("p_ill", "probability", arguments=0.25),
    record("variance", "ratio"),
    record("c_class", "GBP", price_year="2010/11"),
    record("c_day", "GBP_per_day", price_year="2010/11"),
    record("hours", "hours", arguments=2.0),
    record("benefit", "GBP_per_week", price_year="2023/24"),
    record("u", "utility", arguments=0.7),
    record("follow_up", "years", arguments=3.0),
    record("p_target", "probability"),
    record("p_among", "probability"),
    record("x_ratio", "ratio", arguments=1.0),
    record("other", "ratio"),
    record("time_target", "days"),
    record("r_count", "ratio"),
    record("rate_d", "per_year_effective", arguments=0.0),
]
SOURCE = Source("smith_1999", "Smith, A. and Jones, B.", 1999, "On classes", "Journal", "Survey", "Everything.", n=1200)

PATHWAY = Pathway(
    name="school",
    domains=(
        Domain("health", ("well", "ill")),
        Domain("place", ("home", "away_from_home", "gone"), absorbing=("gone",)),
    ),
    start={"health": Mixture({"ill": "p_ill"}, otherwise="well"), "place": "home"},
    events=(
        Event(
            "falling_ill",
            When(health="well"),
            Exponential(Product("r_start", 2.0)),
            branches=(Branch("mild", 1.0, {}), Branch("very_severe", "w_severe", {"health": "ill"})),
        ),
        Event("recovery", When(health="ill"), LogNormal("los", "sigma"), {"health": "well"}, label="recovery; slow"),
        Event("visit", When(), Weibull("shape", "scale"), clock="gap", priority=2, label="visit, planned or not"),
        Event("leaving", When(), Gompertz("rate", "growth"), {"place": "gone"}, clock="start"),
    ),
    groups=(Group("anything", ("falling_ill.very_severe", "visit", "recovery")),),
    frailties=(Frailty("weakness", "variance", ("falling_ill",)),),
)
CLASS = Component(
    "class_on_health",
    "",
    (
        Effect("falling_ill", "risk", "rr_severe", branch="very_severe"),
        Effect("falling_ill", "hazard", "hr_class"),
        Effect("recovery", "time", "x_ratio"),
    ),
)
SETTING = Setting(
    name="town",
    label="",
    horizon="follow_up",
    targets=(
        CalibrationTarget("r_start", "none", Ever("visit"), "p_target", unit="per_day"),
        CalibrationTarget("los", "none", MeanTime(When(health="ill"), per="visit"), "time_target", unit="days"),
        CalibrationTarget(
            "scale", "none", CountRatio("recovery", "anything"), "r_count", unit="weeks", label="time to a visit"
        ),
        CalibrationTarget("rr_severe", "class_one", EverRatio("recovery", "visit"), "p_among", scale="odds_ratio"),
        CalibrationTarget("sigma", "class_one", MeanTime(When(), per_ever="visit"), "time_target", scale="risk_ratio"),
    ),
    perspective="all",
    effect="qaly",
    given={"x_ratio": "other", "shape": 0.5},
    shown=(
        PublishedResult(
            "Days away", MeanTime(When(place="away_from_home")), {"none": 3, "class_one": 2}, "days", "lost_2001"
        ),
    ),
    variants=(Variant("half", "half as much", {"hr_class": "other"}),),
    notes=("all children [sic] were asked",),
)
TOY = DecisionProblem(
    id="toy",
    label="Classes",
    question="Are classes worth it?",
    pathway=PATHWAY,
    strategies=(
        Strategy("none", "No class"),
        Strategy("class_one", "[red]One[/red] class", (CLASS,)),
        Strategy("class_two", "", (replace(CLASS, name="again", effects=()),)),
    ),
    settings=(SETTING, Setting("city", "A city", 1.0, (), "all", "ill_pp")),
    costs=(
        CostItem("classes", "", "housing", Delivery("class_on_health"), "c_class", ("hours",)),
        CostItem("days", "Days", "nhs", StateTime(When()), "c_day"),
        CostItem("visits", "Visits", "employer", EventCount("anything"), Product("c_class", 0.5), sign=-1),
        CostItem("benefit", "Benefit", "person", StateTime(When(health="ill")), "benefit", kind="transfer"),
    ),
    utilities=(Utility(When(), "u"), Utility(When(health="ill"), -0.1, role="gain")),
    effects=(EffectMeasure("qaly", "Quality", "QALY"), EffectMeasure("ill_pp", "", "point", ever="anything")),
    perspectives=(
        Perspective("all", "Everybody", ("nhs", "housing", "employer", "person"), ("resource", "transfer")),
        Perspective("nhs", "The health service", ("nhs",)),
    ),
    parameter_files=(),
    discount_costs="rate_d",
    discount_effects=0.015,
    thresholds={"qaly": (0.0, 20000.0), "ill_pp": ()},
)
SET = ParameterSet({p.name: p for p in RECORDS}, {SOURCE.id: SOURCE})


@pytest.fixture(scope="module")
def toy() -> str:
    return flat(describe(TOY, SETTING, SET))


@pytest.mark.parametrize(
    "words",
    [
        # who and how long
        "The setting is:",
        "Everybody is followed for 3 years [Label of follow_up (follow_up)].",
        "A city (city).",
        'Health: "ill" with probability 25% [Label of p_ill (p_ill)]; otherwise "well".',
        'Nothing more happens to a person who has reached "gone".',
        # strategies
        "No class (none). Nothing is added",
        "[red]One[/red] class (class_one). It delivers: class on health (class_on_health).",
        'multiplies the probability that falling ill (falling_ill) has outcome "very severe" (its other outcomes share',
        "multiplies the hazard of falling ill (falling_ill) by 0.3679, 95% interval",
        "[[bold]class[/bold] [31meffect (hr_class)]",
        "multiplies the time to recovery (recovery) by 0.3679",
        "class two (class_two). It delivers: again (again). It changes no event.",
        # events
        '1. Falling ill (falling_ill). At risk are people with health "well". The hazard is constant: a figure',
        "a figure solved for [Label of r_start (r_start)] times 2. The person's hidden multiplier, weakness",
        '"mild" (weight: 1): then no state changes.',
        '"very severe" (weight: 0.3679, 95% interval 0.249 to 0.544, assumed [Label of w_severe (w_severe)]): then',
        "half happen within the median, a figure solved for [Label of los (los)]",
        'afresh in every spell. Then health becomes "well". Slow.',
        'Everybody is at risk until place is "gone".',
        "with shape 0.5, set by this setting [Label of shape (shape)] and scale a figure solved for",
        "a shape below 1 means that the hazard falls as time passes",
        "Time is counted from its own last occurrence, the first time from entry.",
        "It changes no state: it is counted, and may happen again.",
        "that is by -9.5% a year compounded. Time is counted from entry into the model.",
        "happen in this order: falling_ill, leaving, recovery and visit.",
        'Anything (anything) is any of: falling ill with outcome "very severe"; visit, planned or not; or recovery.',
        "Weakness (weakness) multiplies the hazard of falling ill.",
        # calibration
        "(r_start), per day: such that the share of people with at least one visit, planned or not, by the end of",
        'such that the mean time with health "ill" per visit, planned or not, under "No class", equals 0.3679 days',
        "Time to a visit (scale), weeks: such that the mean count of recovery divided by the mean count of anything",
        "the odds of at least one recovery among those with at least one visit, planned or not, under",
        'per person with at least one visit, planned or not, under "[red]One[/red] class" divided by that under',
        "Label of x_ratio (x_ratio): 0.3679, 95% interval 0.249 to 0.544 [Label of other (other)].",
        "Label of shape (shape): 0.5.",
        # economics
        "Falling on housing: - classes (classes): each person given class on health, times 2 hours [Label of hours",
        "Falling on the NHS: - Days (days): time alive, times £0.37 a day at 2010/11 prices",
        "each anything, times £0.37 at 2010/11 prices, 95% interval £0.25 to £0.54 [Label of c_class (c_class)] times",
        "It is subtracted from costs.",
        "It is a transfer.",
        'a person who has reached "gone" counts 0: - Everybody: 0.7 [Label of u (u)].',
        'To it is added: - People with health "ill": -0.1.',
        "Costs are discounted by 0% a year [Label of rate_d (rate_d)], quality-adjusted life-years by 1.5% a year.",
        "£0 to £20,000 per QALY.",
        # beside
        "Days away: 3 days under No class and 2 days under [red]One[/red] class (lost 2001).",
        "All children [sic] were asked.",
        "Half as much (half): [bold]class[/bold] [31meffect (hr_class) becomes 0.3679",
        "1 of the",
        "Nobody has counted.",
        "[smith_1999] Smith, A. and Jones, B. (1999). On classes. Journal. Survey, n = 1,200. Supports: Everything.",
        "[lost_2001] is in no bibliography.",
    ],
)
def test_another_kind_of_problem_is_told(toy: str, words: str) -> None:
    assert words in toy


def test_every_hazard_and_basis_of_the_contract_has_words() -> None:
    assert set(FAMILIES) == set(get_args(Hazard))
    for basis, words in BASES.items():
        item = CostItem("item", "", "nhs", basis, 10.0)
        problem = replace(TOY, costs=(item,), strategies=(*TOY.strategies, Strategy("x", "", (LATE,))))
        price = "£10 a year" if isinstance(basis, StateTime | StayBand | ComponentTime) else "£10"
        assert f"item (item): {words}, times {price}." in flat(describe(problem, SETTING, SET))
    assert {type(b) for b in BASES} == set(get_args(Basis))


LATE = Component(
    "late",
    "Late help",
    (
        Effect("falling_ill", "hazard", "hr_class", start=0.5, end="follow_up", waning=Waning("exponential", 2.0)),
        Effect("recovery", "hazard", 0.9, waning=Waning("linear", "los", step=0.25)),
    ),
    uptake="p_ill",
    fidelity=0.8,
    start=0.25,
    end=2.0,
)
ILL = When(health="ill")
BASES: dict[Basis, str] = {
    StateTime(ILL): 'time with health "ill"',
    StayBand(ILL, 0.0, 30 / 365.25): 'time with health "ill", from 0 days until 30 days after each spell began',
    StayBand(ILL, 30 / 365.25): 'time with health "ill", from 30 days after each spell began',
    EventCount("recovery"): "each recovery",
    EventCount("recovery", last=1): "each recovery, only the first of a person",
    EventCount("recovery", last=10): "each recovery, only numbers 1 to 10 of a person",
    EventCount("recovery", first=3): "each recovery, from number 3 of a person on",
    Delivery("late"): "each person given Late help",
    ComponentTime("late"): "time alive under Late help",
}


def test_delivery_is_told() -> None:
    text = flat(describe(replace(TOY, strategies=(*TOY.strategies, Strategy("x", "", (LATE,)))), SETTING, SET))
    for words in (
        "x (x). It delivers: Late help (late). It is taken up with probability 25% [Label of p_ill (p_ill)].",
        "Its fidelity is 0.8: every ratio is raised to this power.",
        "It is offered from 0.25 years after entry until 2 years after entry. This - multiplies the hazard of falling",
        " from 0.5 years after entry until 3 years [Label of follow_up (follow_up)] after entry; the effect fades: its"
        " logarithm is halved every 2 years, in steps of 1 month.",
        "by 0.9; the effect fades: its logarithm falls in a straight line to 0 over a figure solved for [Label of los"
        " (los)], in steps of 3 months.",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("hazard", "words"),
    [
        (WeibullPH("shape", 0.2), "by t years the hazard has summed to 0.2 times t to the power of 0.5"),
        (LogLogistic(2.0, 1.0), "log-logistic: half happen within the median, 1 year, and the shape is 2."),
        (Gamma(2.0, 0.5), "gamma with shape 2 and scale 0.5 years, whose product is its mean."),
        (GeneralisedGamma(1.0, 0.5, 0.2), "(Prentice's form) with location 1 year, sigma 0.5 and q 0.2;"),
        (PiecewiseConstant((0.0, 1.0), (0.3, "rate")), "in steps: 0.3 per person-year from 0 years on then 0.3679 per"),
        (Empirical((0.1, 0.2, 3.0)), "one of 3 observed times from 0.1 to 3 years, each equally likely."),
        (
            Spline((-1.0, 2.0), (-0.7, 1.3), "odds", 12.0),
            "the log odds of having had it is a natural cubic spline of the log of time, in a unit of which 12 are a",
        ),
        (Normal(2.0, 0.5), "normal with mean 2 years and standard deviation 0.5 years, what lies below 0 cut off"),
        (FixedTime(0.5), "It happens at exactly 0.5 years. Time is counted from its own last occurrence"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_hazards_are_told(hazard: Hazard, words: str) -> None:
    events = tuple(replace(e, hazard=hazard) if e.name == "visit" else e for e in PATHWAY.events)
    solved = Event("other", ILL, Weibull(1.0, "scale"))  # what the setting solves for has to stand somewhere
    problem = replace(TOY, pathway=replace(PATHWAY, events=(*events, solved)))
    assert words in flat(describe(problem, SETTING, SET))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("hazard", "By health, from moment to moment, its hazard is multiplied by 2 while it is"),
        ("time", "By health, from moment to moment, what is left of the time to it is multiplied by 2 while it is"),
    ],
)
def test_what_goes_by_the_level_of_a_domain_is_told(kind: Any, words: str) -> None:
    fall = Event("fall", When(), Exponential(0.1), by=(ByLevel("health", {"ill": 2.0}, kind),))
    text = flat(describe(replace(TOY, pathway=replace(PATHWAY, events=(*PATHWAY.events, fall))), SETTING, SET))
    assert f'{words} "ill".' in text


def test_people_and_their_past_are_told() -> None:
    dying = Event("dying", When(), LifeTable("life_table_uk", "female", "hr_class"), {"place": "gone"}, clock="age")
    fall = Event(
        "fall", ILL, Exponential(0.1), lengthens=(Lengthening("recovery", 0.02), Lengthening("recovery", None, 2.0))
    )
    pathway = replace(
        PATHWAY,
        events=(*PATHWAY.events, dying, fall),
        characteristics=(
            Characteristic("age", Numeric("normal", 40.0, 12.0, low=18.0), "Age at entry"),
            Characteristic("sex", Mixture({"female": 0.5}, otherwise="male")),
            Characteristic("need", Numeric("lognormal", 1.0, "sigma")),
        ),
        correlations={("age", "need"): 0.3},
        covariates=(
            Covariate("sex", "recovery", "hazard", 1.2, level="female"),
            Covariate("age", "recovery", "time", "rr_severe", centre=40.0),
            Covariate("need", "falling_ill", "odds", 1.1, branch="very_severe"),
        ),
        history=(History("scar", "falling_ill.very_severe", ("falling_ill",), 1.3, 5),),
        frailties=(Frailty("weakness", 0.5, ("falling_ill",), distribution="lognormal"),),
    )
    text = flat(describe(replace(TOY, pathway=pathway), SETTING, SET))
    for words in (
        "Age at entry (age): normal with mean 40 years and standard deviation 12 years, never below 18.",
        'Sex (sex): "female" with probability 50%; otherwise "male".',
        "Need (need): log-normal with median 1 and standard deviation of the logarithm a figure solved for",
        "(by a Gaussian copula): age and need 0.3.",
        'For people with sex (sex) "female", against all others, the hazard of recovery is multiplied by 1.2.',
        "For each year of Age at entry (age) above 40 years, the time to recovery is multiplied by",
        'the odds that falling ill has outcome "very severe" are multiplied by 1.1.',
        'Scar (scar): each falling ill with outcome "very severe", the first 5 times, multiplies the later hazard of',
        "It is log-normal, and its variance is 0.5.",
        "It also depends on sex (sex) and Age at entry (age), as told further down.",
        "It also depends on need (need) and what happened before (scar), as told further down.",
        "The hazard is that of dying at the person's age in the life table life_table_uk, column female, multiplied by",
        "Time is counted from birth.",
        "Each time, the clock of recovery pauses for 0.02 years.",
        "Each time, the clock of recovery runs slower by a factor of 2 from then on.",
    ):
        assert words in text, words


def test_no_text_of_a_file_steers_the_terminal() -> None:
    assert "\x1b" not in describe(TOY, SETTING, SET)


def test_a_setting_with_next_to_nothing_is_told() -> None:
    bare = DecisionProblem(
        id="bare",
        label="",
        question="",
        pathway=Pathway("p", (Domain("d", ("a",)),), (Event("e", When(), Exponential(1.0)),), {"d": "a"}),
        strategies=(Strategy("only", ""),),
        settings=(Setting("base", "", 1.0, (), "nobody", "qaly"),),
        costs=(),
        utilities=(),
        effects=(EffectMeasure("qaly", "", "QALY"),),
        perspectives=(Perspective("nobody", "", ()),),
        parameter_files=(),
        discount_costs=0.0,
        discount_effects=0.0,
        thresholds={},
    )
    text = flat(describe(bare, bare.settings[0], ParameterSet({}, {})))
    assert "Everybody is at risk at all times. The hazard is constant: 1 per person-year; on average once in 12" in text
    assert "Everybody is followed for 1 year." in text
    assert "assumed" not in text


def test_solved_parameters_are_not_in_the_table_of_inputs() -> None:
    rows = describe(TOY, SETTING, SET).split("\nParameters\n")[1].split("\n")
    listed = {line.split()[0] for line in rows if line and not line.startswith(" ")}
    assert not listed & {t.unknown for t in SETTING.targets}
    assert set(sampled_names(TOY, SETTING)) <= listed
