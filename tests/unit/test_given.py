"""Strategies that differ in anything: what one gives is what a problem of its own with these numbers would have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import models as m
from models.quantities import Quantity, put
from parameters import InputError
from simulate import load, run, trace
from simulate.analyse.credibility.verify import compare_with_reference
from simulate.analyse.impact import Today, implementation
from simulate.ask.case import Case
from simulate.ask.reads import known_names
from simulate.present.english.model import describe
from simulate.result.result import Result

HEALTH = m.Domain("health", ("well", "ill", "dead"), absorbing=("dead",))
ILL = m.When(health="ill")
TREATED = m.Branch("treated", "w_treated", {})
PATHWAY = m.Pathway(
    "small",
    (HEALTH,),
    (
        m.Event("falls_ill", m.When(health="well"), m.Weibull("shape", "scale"), {"health": "ill"}),
        m.Event("seen", ILL, m.Exponential("r_seen"), branches=(TREATED, m.Branch("sent_home", "w_home", {}))),
        m.Event("dies", ILL, m.Exponential("r_death"), {"health": "dead"}),
    ),
    {"health": m.Mixture({"ill": "p_ill"}, otherwise="well")},
    characteristics=(m.Characteristic("severity", m.Numeric("normal", "severity", 1.0)),),
)
DRUG = m.Component("drug", "Drug", (m.Effect("dies", "hazard", "hr"),), uptake="uptake")
NUMBERS: dict[str, dict[str, Any]] = {
    "shape": {"unit": "ratio", "distribution": {"fixed": {"value": 1.3}}},
    "scale": {"unit": "years", "distribution": {"lognormal": {"mean": 4.0, "se": 0.4}}},
    "r_seen": {"unit": "per_year", "distribution": {"gamma": {"mean": 2.0, "se": 0.2}}},
    "r_death": {"unit": "per_year", "distribution": {"gamma": {"mean": 0.2, "se": 0.02}}},
    "w_treated": {"unit": "ratio", "distribution": {"fixed": {"value": 0.4}}},
    "w_home": {"unit": "ratio", "distribution": {"fixed": {"value": 0.6}}},
    "p_ill": {"unit": "probability", "distribution": {"beta": {"mean": 0.3, "se": 0.05}}},
    "severity": {"unit": "ratio", "distribution": {"fixed": {"value": 0.0}}},
    "hr": {"unit": "ratio", "distribution": {"lognormal": {"mean": 0.8, "se": 0.1}}},
    "uptake": {"unit": "probability", "distribution": {"fixed": {"value": 0.7}}},
    "other": {"unit": "ratio", "distribution": {"beta": {"mean": 0.6, "se": 0.05}}},
    "c_ill": {"unit": "GBP_per_year", "price_year": "2023/24", "distribution": {"gamma": {"mean": 900.0, "se": 90.0}}},
    "c_seen": {"unit": "GBP", "price_year": "2023/24", "distribution": {"gamma": {"mean": 50.0, "se": 5.0}}},
    "u_ill": {"unit": "utility", "distribution": {"beta": {"mean": 0.6, "se": 0.03}}},
    "rate": {"unit": "ratio", "distribution": {"fixed": {"value": 0.035}}},
}


def problem(*strategies: m.Strategy, **more: Any) -> m.DecisionProblem:
    given: dict[str, Any] = {
        "id": "small",
        "label": "Small",
        "pathway": PATHWAY,
        "strategies": strategies,
        "settings": (m.Setting("base", "Base", horizon=8.0),),
        "costs": (
            m.CostItem("ill", "Ill", "nhs", m.StateTime(ILL), "c_ill"),
            m.CostItem("seen", "Seen", "nhs", m.EventCount("seen.treated"), "c_seen"),
        ),
        "utilities": (m.Utility(m.When(health="well"), 0.9), m.Utility(ILL, "u_ill")),
    }
    return m.DecisionProblem(**{**given, **more})


USUAL, PLAIN = m.Strategy("usual", "Usual"), m.Strategy("drug", "Drug", (DRUG,))
SMALL: dict[str, Any] = {"draws": 16, "people": 60, "seed": 3}


def loaded(asked: m.DecisionProblem) -> Case:
    return load(asked, inline={n: record for n, record in NUMBERS.items() if n in known_names(asked)})


def found(asked: m.DecisionProblem) -> Result:
    """At the point estimates, so that what is sampled in which order changes nothing."""
    return run(loaded(asked), fixed=True, people=600, seed=3)


GIVEN: list[dict[str, Quantity]] = [
    {"c_ill": 500.0},
    {"c_seen": m.Product("c_seen", 1.5)},
    {"u_ill": 0.7},
    {"u_ill": m.Product("u_ill", "other"), "c_seen": 0.0},
    {"p_ill": 0.9},
    {"p_ill": m.Product("p_ill", "other"), "scale": m.Product("scale", 1.5)},
    {"w_treated": 0.8, "w_home": m.Complement(0.8)},
    {"r_death": 0.1, "u_ill": 0.5},
    {"shape": "other"},
    {"hr": "other", "uptake": 1.0},
]


@pytest.mark.parametrize("given", GIVEN, ids=lambda g: ", ".join(f"{n}={q}" for n, q in g.items()))
def test_it_is_what_a_problem_with_these_numbers_has(given: dict[str, Quantity]) -> None:
    """To the last bit, and the other strategies keep theirs; a strategy that gives nothing is the negative control."""
    own = replace(PLAIN, id="own", label="Own", given=given)
    result = found(problem(USUAL, own, PLAIN))
    alone = problem(USUAL, PLAIN)
    parts = {n: put(getattr(alone, n), given) for n in ("pathway", "costs", "utilities")}
    all_given = found(replace(alone, strategies=put(alone.strategies, given), **parts))
    plain = found(alone)
    for name in ("cost", "effect"):
        mine = getattr(result, name)
        assert np.array_equal(mine[:, 1], getattr(all_given, name)[:, 1])
        assert np.array_equal(mine[:, [0, 2]], getattr(plain, name))
    assert not np.array_equal(result.cost[:, 1], plain.cost[:, 1]) or (result.effect[:, 1] != plain.effect[:, 1]).any()


def test_a_price_simulates_nothing_again_and_a_hazard_does() -> None:
    own = replace(PLAIN, id="own", label="Own", given={"c_ill": m.Product("c_ill", "other")})
    killing = replace(PLAIN, id="killing", label="Killing", given={"r_death": "r_seen"})
    case = loaded(problem(USUAL, own, PLAIN, killing))
    assert "other" not in case.simulated() and {"r_seen", "r_death"} <= set(case.simulated())
    result = run(case, **SMALL)
    assert np.array_equal(result.statistics.time[:, 1], result.statistics.time[:, 2])
    assert (result.statistics.time[:, 3] != result.statistics.time[:, 2]).any()
    assert (result.cost[:, 1] != result.cost[:, 2]).all()
    revalued = result.value(prices={"other": 1.0})
    assert np.array_equal(revalued.cost[:, 1], result.cost[:, 2])
    with pytest.raises(m.ModelError, match="used by the simulation"):
        result.value(prices={"r_seen": 1.0})


def test_expected_values_histories_and_the_readable_simulator_follow() -> None:
    given: dict[str, Quantity] = {"r_death": m.Product("r_death", "other"), "p_ill": 1.0}
    plain = replace(PATHWAY, characteristics=())
    asked = problem(USUAL, replace(PLAIN, given=given), pathway=plain)
    case = loaded(asked)
    assert compare_with_reference(case, draws=2, people=12, seed=4) == []
    histories = trace(case, people=3, draws=16, seed=3)
    entries = histories[histories["event"] == "(entry)"]
    assert list(entries["strategy"]) == ["usual", "drug"] * 3
    assert (entries.loc[entries["strategy"] == "drug", "to"].astype(str).str.contains("ill")).all()
    exact = run(case, fixed=True, exact=True)
    people = run(case, fixed=True, people=40_000)
    reach = 4 * people.cost.std() / 100 + 40
    assert np.abs(exact.cost - people.cost).max() < reach and exact.cost[0, 1] != exact.cost[0, 0]


def test_accounts_start_where_a_strategy_says() -> None:
    place = m.Pathway(
        "account", (m.Domain("place", ("home", "ward")),), (), {"place": m.Mixture({"ward": "p_ill"}, "home")}
    )
    days = m.EffectMeasure("days", "Days at home", "day", days=m.When(place="home"), beyond_cost="Home is better")
    ward = m.CostItem("ward", "Ward", "nhs", m.StateTime(m.When(place="ward")), "c_ill")
    asked = problem(
        USUAL,
        replace(USUAL, id="own", label="Own", given={"p_ill": 0.1, "c_ill": 1000.0}),
        pathway=place,
        costs=(ward,),
        utilities=(),
        effects=(days,),
        settings=(m.Setting("base", "Base", horizon=1.0, effect="days"),),
        discount_costs=0.0,
        discount_effects=0.0,
    )
    result = run(loaded(asked), **SMALL)
    assert result.cost[:, 1] == pytest.approx(100.0) and result.cost[:, 0].std() > 0


WRONG: list[tuple[dict[str, Quantity], str]] = [
    ({"c_il": 5.0}, r"Strategy own\.given\[c_il\].*is nothing that .* read; did you mean c_ill\?"),
    ({"severity": 1.0}, "is of the people, who are the same under every strategy"),
    ({"rate": 0.0}, "is of the follow-up, discounting or a scale"),
    ({"u_ill": 1.9}, r"Utility\.value under strategy own.*1\.9"),
    ({"p_ill": 1.2}, r"under strategy own.*1\.2"),
    ({"r_death": "scale"}, "scale.unit.*years.*under strategy own, which takes a rate"),
    ({"c_seen": "c_ill"}, "under strategy own, which takes money, such as GBP"),
    ({"u_ill": "nobody"}, "no parameter record for nobody"),
    ({"c_ill": -5.0}, r"Strategy own\.given\[c_ill\].*-5 is out of range"),
]


@pytest.mark.parametrize(("given", "match"), WRONG)
def test_what_cannot_be_given_is_refused_before_anything_runs(given: dict[str, Quantity], match: str) -> None:
    asked = problem(USUAL, replace(PLAIN, id="own", label="Own", given=given), discount_costs="rate")
    with pytest.raises((InputError, m.ModelError), match=match):
        loaded(asked)


IN_OTHER_UNITS: list[tuple[str, dict[str, Any], str]] = [
    ("scale", {"unit": "months", "distribution": {"fixed": {"value": 48.0}}}, "in years, .* in months"),
    ("r_death", {"unit": "per_month", "distribution": {"fixed": {"value": 0.02}}}, "in a year, .* in per_month"),
    (
        "c_seen",
        {"unit": "GBP", "price_year": "2019/20", "distribution": {"fixed": {"value": 50.0}}},
        "in pounds of 2023/24, .* in GBP of 2019/20",
    ),
]


@pytest.mark.parametrize("added", [False, True], ids=["alone", "added"])
@pytest.mark.parametrize("by", ["strategy", "setting"])
@pytest.mark.parametrize(("name", "record", "match"), IN_OTHER_UNITS)
def test_a_plain_number_is_not_taken_for_another_unit(
    name: str, record: dict[str, Any], match: str, by: str, added: bool
) -> None:
    """Nothing at all and a factor are taken; 5 beside a record in months would be 5 years, and is refused."""
    numbers = {**NUMBERS, name: record}

    def loads(given: dict[str, Quantity]) -> Case:
        mine = replace(PLAIN, id="own", label="Own", given=given if by == "strategy" else {})
        setting = m.Setting("base", "Base", horizon=8.0, given=given if by == "setting" else {})
        asked = problem(USUAL, mine, settings=(setting, m.Setting("plain", "Plain", horizon=8.0)))
        return load(asked, inline={n: r for n, r in numbers.items() if n in known_names(asked)})

    told = "Strategy own" if by == "strategy" else "Setting base"
    with pytest.raises(InputError, match=rf"{told}\.given\[{name}\]: 5 would be {match}"):
        loads({name: m.Product(m.Sum(2.0, 3.0), 1.0) if added else 5.0})
    if by == "strategy":
        with pytest.raises(InputError, match=rf"5 is added at .*\[{name}\].* would be {match.partition(', ')[0]}"):
            loads({name: m.Quotient(m.Sum(name, 5.0), 2.0)})
    if name == "c_seen":
        assert loads({name: 0.0})
    if by == "strategy":
        assert loads({name: m.Product(name, 2.0)})


def test_nor_beside_what_is_solved_for_or_given_by_the_setting_nor_in_the_model() -> None:
    days = {"unit": "days", "distribution": {"fixed": {"value": 30.0}}}
    own = replace(PLAIN, id="own", label="Own", given={"scale": 20.0})
    target = m.CalibrationTarget("scale", "usual", m.MeanTime(ILL), "t", unit="days", start=0.1)
    by_setting = m.Setting("base", "Base", horizon=8.0, given={"scale": "t"})
    model = replace(PATHWAY, events=(replace(PATHWAY.events[0], hazard=m.Weibull("shape", m.Sum("t", 2.0))),))
    nothing = replace(PATHWAY, events=(replace(PATHWAY.events[0], hazard=m.Exponential(m.Complement(0.9))),))
    settled: dict[str, Any] = {"costs": (), "strategies": (USUAL, m.Strategy("other", "Other"))}
    for asked, match in (
        (
            problem(USUAL, own, settings=(replace(by_setting, given={}, targets=(target,)),)),
            "20 would be in years, .* days",
        ),
        (problem(USUAL, own, settings=(by_setting,)), "20 would be in years, .* in days"),
        (problem(pathway=model, **settled), "2 is added at .*scale, and would be in years"),
        (problem(pathway=nothing, **settled), "1 - 0.9.*takes a rate"),
    ):
        with pytest.raises(InputError, match=match):
            load(asked, inline={n: r for n, r in {**NUMBERS, "t": days}.items() if n in known_names(asked)})


MADE: dict[str, dict[str, Any]] = {
    "first": {"unit": "ratio", "value": "0.2"},
    "middle": {"unit": "ratio", "value": "first * 1.5"},
    "other": {"unit": "ratio", "value": "middle + 0.1"},
    "p_ill": {"unit": "probability", "value": "middle"},
}


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"first": 0.4}, r"given\[first\]: first is what .*p_ill.* made of for everybody"),
        ({"middle": 0.4}, r"given\[middle\]: middle is what .*p_ill.* made of for everybody"),
        ({"middle": 0.4, "p_ill": 0.3}, r"given\[middle\]: middle is what other is made of for everybody"),
        ({"p_ill": 0.4}, ""),
        ({"middle": 0.4, "p_ill": 0.3, "other": 0.2}, ""),
    ],
)
def test_what_others_are_made_of_is_not_given_without_them(given: dict[str, Quantity], match: str) -> None:
    """By way of records between them too, and of records of one number, which others are computed from all the same."""
    own = replace(PLAIN, id="own", label="Own", given=given)
    reads = m.CostItem("more", "More", "nhs", m.EventCount("dies"), "c_seen", (m.Product("other", "middle", "first"),))
    asked = problem(USUAL, own, costs=(reads,))
    numbers = {**NUMBERS, **MADE}
    inline = {n: r for n, r in numbers.items() if n in {*known_names(asked), *MADE}}
    if match:
        with pytest.raises(InputError, match=match):
            load(asked, inline=inline)
    else:
        assert load(asked, inline=inline)


def test_it_is_described_and_combined() -> None:
    own = replace(PLAIN, id="own", label="Own", given={"c_ill": m.Product("c_ill", "other"), "p_ill": 0.5})
    case = loaded(problem(USUAL, own))
    told = describe(case.problem, case.setting, case.parameters)
    assert "Under it" in told and "is 50% instead" in told
    both = m.combine("both", "Both", own, m.Strategy("price", "Price", given={"c_seen": 1.0}))
    assert both.given == {**own.given, "c_seen": 1.0}
    with pytest.raises(m.ModelError, match="p_ill is given as"):
        m.combine("both", "Both", own, m.Strategy("price", "Price", given={"p_ill": 0.4}))


def test_what_holds_for_everybody_is_made_for_no_share_of_people() -> None:
    offered = replace(DRUG, scalable=True)
    own = m.Strategy("own", "Own", (offered,), given={"c_ill": 5.0})
    case = loaded(problem(USUAL, own))
    with pytest.raises(m.ModelError, match="numbers given for everybody under own; allowed: 1"):
        run(case, implementation=0.5, **SMALL)
    with pytest.raises(m.ModelError, match="own gives c_ill for everybody"):
        implementation(run(case, **SMALL), "own", Today(uptake=0.4), 500.0)


@pytest.mark.slow
def test_what_is_solved_for_is_solved_under_what_strategies_give() -> None:
    """A published risk ratio comes out whatever the hazards are that both strategies give."""
    part = replace(DRUG, uptake=1.0)
    for given in ({}, {"r_death": 0.9}):
        target = m.CalibrationTarget("hr", "drug", m.Ever("dies"), 0.7, scale="risk_ratio", start=0.7)
        asked = problem(
            m.Strategy("usual", "Usual", given=given),
            m.Strategy("drug", "Drug", (part,), given=given),
            settings=(m.Setting("base", "Base", horizon=8.0, targets=(target,)),),
        )
        found = run(loaded(asked), fixed=True, people=40_000).statistics
        ever = found.ever[0, :, :, found.tracker_index("dies")].sum(axis=1)
        assert ever[1] / ever[0] == pytest.approx(0.7, abs=0.02)


def test_what_is_solved_for_is_not_given_away() -> None:
    target = m.CalibrationTarget("hr", "own", m.Ever("dies"), 0.7, scale="risk_ratio", start=0.7)
    own = m.Strategy("own", "Own", (DRUG,), given={"hr": 0.5})
    setting = m.Setting("base", "Base", horizon=8.0, targets=(target,))
    with pytest.raises(InputError, match="hr is solved for so that this strategy shows a published figure"):
        loaded(problem(USUAL, own, settings=(setting,)))


def test_what_another_number_is_made_of_is_not_given_in_its_place() -> None:
    """The setting makes r_death of r_seen once, for everybody: under the strategy it would stay what it was."""
    setting = m.Setting("base", "Base", horizon=8.0, given={"r_death": m.Product("r_seen", 0.1)})
    own = m.Strategy("own", "Own", (DRUG,), given={"r_seen": 0.5})
    with pytest.raises(InputError, match=r"r_seen is what r_death is made of for everybody.*; give r_death"):
        loaded(problem(USUAL, own, settings=(setting,)))
    follows = replace(own, given={"r_death": 0.5})
    found = run(loaded(problem(USUAL, follows, settings=(setting,))), **SMALL)
    assert (found.cost[:, 0] != found.cost[:, 1]).all()


def test_what_one_event_costs_goes_by_the_prices_that_the_comparator_gives() -> None:
    """Those of the first strategy, as names and as what is made of them: twice the price is twice the cost of one."""
    stays = m.EffectMeasure("seen", "People seen", "person", ever="seen", takes=ILL)
    more: dict[str, Any] = {
        "effects": (stays,),
        "settings": (m.Setting("base", "Base", horizon=8.0, effect="seen"),),
        "costs": (m.CostItem("ill", "Ill", "nhs", m.StateTime(ILL), "c_ill"),),
    }
    read = {n: record for n, record in NUMBERS.items() if n not in ("c_seen", "other", "rate")}
    plain, dear = (
        run(load(problem(first, PLAIN, **more), inline=read), fixed=True, people=200, seed=1).summary()["cost_of_one"]
        for first in (USUAL, replace(USUAL, given={"c_ill": m.Product("c_ill", 2.0)}))
    )
    assert plain["stay"] > 0 and dear["stay"] == pytest.approx(2 * plain["stay"])
