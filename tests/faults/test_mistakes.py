"""What a person who writes a pathway gets wrong: each is refused before anything runs, naming the field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

import models as m
from parameters import InputError
from simulate import load, run
from simulate.engine import driver

Change = Callable[[m.DecisionProblem], m.DecisionProblem]


def pathway(**changes: Any) -> Change:
    return lambda p: replace(p, pathway=replace(p.pathway, **changes))


def event(name: str, **changes: Any) -> Change:
    def change(p: m.DecisionProblem) -> m.DecisionProblem:
        events = tuple(replace(e, **changes) if e.name == name else e for e in p.pathway.events)
        return replace(p, pathway=replace(p.pathway, events=events))

    return change


def more(*events: m.Event, **changes: Any) -> Change:
    return lambda p: replace(p, pathway=replace(p.pathway, events=(*p.pathway.events, *events), **changes))


def programme(**changes: Any) -> Change:
    def change(p: m.DecisionProblem) -> m.DecisionProblem:
        usual, new = p.strategies
        return replace(p, strategies=(usual, replace(new, components=(replace(new.components[0], **changes),))))

    return change


def cost(basis: m.Basis, price: Any = 1.0, **changes: Any) -> Change:
    return lambda p: replace(
        p, costs=(m.CostItem("item", "", **{"payer": "nhs", **changes}, basis=basis, unit_cost=price),)
    )


def setting(**changes: Any) -> Change:
    return lambda p: replace(p, settings=(replace(p.settings[0], **changes),))


def target(*arguments: Any, **more: Any) -> Change:
    return setting(targets=(m.CalibrationTarget(*arguments, **more),))


HOME, WARD = m.When(place="home"), m.When(place="ward")
AGE = m.Characteristic("age", m.Numeric("normal", 40.0, 10.0, low=18.0))
RATIO = "hr_restraint_detained"

MISTAKES: dict[str, tuple[Change, str]] = {
    "effect on a misspelt event": (
        programme(effects=(m.Effect("restrain", "hazard", 0.5),)),
        "Component programme: Effect on restrain.event: 'restrain' is unknown; allowed: discharge, readmission,"
        " restraint; did you mean restraint?",
    ),
    "odds ratio without branch": (
        lambda p: programme(effects=(m.Effect("restraint", "odds", 0.5),))(p),
        "Effect on restraint.branch: None with ratio odds; odds and risk ratios name a branch",
    ),
    "unknown branch": (
        programme(effects=(m.Effect("restraint", "odds", 0.5, branch="prone"),)),
        "Effect on restraint.branch: 'prone' is unknown; allowed: none",
    ),
    "unknown kind of ratio": (
        lambda p: programme(effects=(m.Effect("restraint", "hazrd", 0.5),))(p),  # type: ignore[arg-type]
        "Effect on restraint.ratio: 'hazrd' is unknown; allowed: hazard, time, odds, risk; did you mean hazard?",
    ),
    "negative ratio": (
        programme(effects=(m.Effect("restraint", "hazard", -0.5),)),
        ": Effect.parameter: -0.5 is out of range",
    ),
    "window upside down": (
        programme(effects=(m.Effect("restraint", "hazard", 0.5, start=1.0, end=0.5),)),
        "Effect on restraint (0.5): ends before it starts",
    ),
    "effects without a comma": (
        lambda p: programme(effects=(m.Effect("restraint", "hazard", 0.5)))(p),
        "Component programme.effects: must be a tuple of Effect, one alone with a comma after it; got Effect(",
    ),
    "uptake above 1": (programme(uptake=1.2), "Component programme.uptake: 1.2 is out of range; allowed: 0 to 1"),
    "the same component twice": (
        lambda p: replace(p, strategies=(*p.strategies, m.Strategy("two", "", 2 * p.strategies[1].components))),
        "Strategy two.components: programme given more than once",
    ),
    "unknown level": (
        event("discharge", when=m.When(place="wrad")),
        "Event discharge.when[place]: 'wrad' is unknown; allowed: ward, home; did you mean ward?",
    ),
    "a variant's number": (
        lambda p: replace(p, label=m.Variant("dear", "Dear", {"c_plan": 900.0}).label),  # type: ignore[dict-item]
        "Variant dear.replace[c_plan]: 900.0; allowed: str",
    ),
    "unknown domain": (event("discharge", when=m.When(plaec="ward")), "Event discharge.when: 'plaec' is unknown"),
    "a condition that is none": (event("discharge", when={"place": "ward"}), "Event discharge.when: {'place': 'ward'}"),
    "to an unknown level": (event("discharge", becomes={"place": "hmoe"}), "Event discharge.becomes[place]: 'hmoe'"),
    "to two levels": (
        event("discharge", becomes={"place": ("ward", "home")}),
        "Event discharge.becomes[place]: ('ward', 'home'); must be one level",
    ),
    "a branch to an unknown level": (
        more(m.Event("x", HOME, m.Exponential(1.0), branches=(m.Branch("a", 1.0, {"place": "wrad"}),))),
        "Event x.branches: a.becomes[place]: 'wrad' is unknown",
    ),
    "a hazard that is a number": (
        event("readmission", hazard=0.5),
        "Event readmission.hazard: 0.5; allowed: Exponential",
    ),
    "a negative rate": (
        event("readmission", hazard=m.Exponential(-0.5)),
        "Event readmission: Exponential.rate: -0.5 is out of range; allowed: a finite number from 0 on",
    ),
    "a rate that is not a number": (
        event("readmission", hazard=m.Exponential(float("nan"))),
        "Exponential.rate: nan; allowed: the name of a parameter, a finite number",
    ),
    "a rate that is missing": (
        event("readmission", hazard=m.Exponential(None)),  # type: ignore[arg-type]
        "Exponential.rate: None; allowed: the name of a parameter",
    ),
    "a parameter without a record": (
        event("readmission", hazard=m.Exponential("r_readmision")),
        "no parameter record for r_readmision; did you mean r_readmission?",
    ),
    "a parameter of the wrong kind": (
        event("readmission", hazard=m.Exponential("los_median")),
        "los_median.unit: days stands at Event readmission: Exponential.rate, which takes a rate, such as per_year",
    ),
    "an age clock without age": (
        event("readmission", clock="age"),
        "Event readmission.clock: age needs a numeric characteristic called age, in years",
    ),
    "an unknown clock": (event("readmission", clock="sojurn"), "did you mean sojourn?"),
    "a ratio by the one level it happens at": (
        event("restraint", by=(m.ByLevel("place", {"ward": 2.0}),)),
        "Event restraint.by[place]: it happens where place is ward alone; put the ratio in its hazard",
    ),
    "a ratio by a misspelt level": (
        more(m.Event("x", m.When(), m.Exponential(1.0), by=(m.ByLevel("place", {"wrad": 2.0}),))),
        "Event x.by[place]: 'wrad' is unknown; allowed: ward, home; did you mean ward?",
    ),
    "a rate in place of a ratio by level": (
        more(m.Event("x", m.When(), m.Exponential(1.0), by=(m.ByLevel("place", {"ward": "r_readmission"}),))),
        "stands at Event x: ByLevel.ratios, which takes a plain number, probability or ratio",
    ),
    "a negative ratio by level": (
        more(m.Event("x", m.When(), m.Exponential(1.0), by=(m.ByLevel("place", {"ward": -2.0}),))),
        "ByLevel.ratios[ward]: -2 is out of range; allowed: a finite number from 0 on",
    ),
    "lengthening an unknown event": (
        event("restraint", lengthens=(m.Lengthening("dischage", pause="d_pause"),)),
        "Event restraint.lengthens: 'dischage' is unknown; allowed: discharge, readmission, restraint",
    ),
    "lengthening an event on another clock": (
        event("discharge", clock="start"),
        "Event restraint.lengthens: discharge runs on the clock start; must be sojourn",
    ),
    "lengthening without end": (
        event("restraint", hazard=m.Exponential(200.0)),
        "Event restraint.lengthens.pause: each pause brings one more restraint on average; the stay would never end",
    ),
    "a covariate without its level": (
        pathway(covariates=(m.Covariate("legal", "restraint", "hazard", RATIO),)),
        "Covariate legal on restraint.level: missing; legal has the levels detained, informal",
    ),
    "a covariate with an unknown level": (
        pathway(covariates=(m.Covariate("legal", "restraint", "hazard", RATIO, level="detaned"),)),
        "Covariate legal on restraint.level: 'detaned' is unknown; allowed: detained, informal; did you mean detained?",
    ),
    "a covariate of an unknown characteristic": (
        pathway(covariates=(m.Covariate("lgal", "restraint", "hazard", RATIO, level="detained"),)),
        "Covariate lgal on restraint.characteristic: 'lgal' is unknown; allowed: legal",
    ),
    "a covariate on an unknown event": (
        pathway(covariates=(m.Covariate("legal", "restaint", "hazard", RATIO, level="detained"),)),
        "Covariate legal on restaint.event: 'restaint' is unknown",
    ),
    "frailty of one event without a comma": (
        lambda p: pathway(frailties=(m.Frailty("f", 1.0, "restraint"),))(p),  # type: ignore[arg-type]
        "Frailty f.events: must be a tuple of str, one alone with a comma after it; got 'restraint'",
    ),
    "history of an unknown event": (
        pathway(history=(m.History("h", "restrint", ("restraint",), 1.2, 2),)),
        "History h.source: 'restrint' is unknown",
    ),
    "a share above 1": (
        pathway(characteristics=(m.Characteristic("legal", m.Mixture({"detained": 0.7, "x": 0.5}, "informal")),)),
        "Characteristic legal.values: shares come to 1.2; allowed: at most 1",
    ),
    "a negative spread": (
        lambda p: pathway(
            characteristics=(*p.pathway.characteristics, m.Characteristic("age", m.Numeric("normal", 40.0, -3.0)))
        )(p),
        "Numeric.second: -3 is out of range; allowed: a finite number from 0 on",
    ),
    "a correlation of 2": (
        lambda p: pathway(characteristics=(*p.pathway.characteristics, AGE), correlations={("age", "legal"): 2.0})(p),
        "Pathway ward.correlations['age', 'legal']: 2.0; must lie between -1 and 1",
    ),
    "no start": (pathway(start={}), "Pathway ward.start: domain 'place' has no start level"),
    "a start in an unknown domain": (
        pathway(start={"place": "home", "work": "none"}),
        "Pathway ward.start: 'work' is unknown; allowed: place",
    ),
    "the same event twice": (
        lambda p: more(p.pathway.events[0])(p),
        "events and groups: discharge given more than once",
    ),
    "an unknown life table": (
        more(
            m.Event("dies", HOME, m.LifeTable("life_uk", "male_qx"), clock="age"), characteristics=(AGE,), covariates=()
        ),
        "no life table; allowed: life_table_uk",
    ),
    "an unknown column of a life table": (
        more(
            m.Event("dies", HOME, m.LifeTable("life_table_uk", "men"), clock="age"),
            characteristics=(AGE,),
            covariates=(),
        ),
        "men: no such column; allowed: male_qx, female_qx",
    ),
    "a target's unknown that is nowhere": (
        target("r_nothing", "usual", m.Ever("restraint"), "p_injury"),
        "Setting base.targets: unknown: 'r_nothing' is unknown; allowed: ",
    ),
    "a target on an unknown event": (
        target("r_restraint", "usual", m.Ever("restrant"), "p_injury"),
        "CalibrationTarget r_restraint.statistic: 'restrant' is unknown",
    ),
    "a target under an unknown strategy": (
        target("r_restraint", "usal", m.Ever("restraint"), "p_injury"),
        "CalibrationTarget r_restraint.strategy: 'usal' is unknown; allowed: usual, programme; did you mean usual?",
    ),
    "a target of time in an unknown level": (
        target("los_median", "usual", m.MeanTime(m.When(place="wrd")), "d_pause", unit="days"),
        "CalibrationTarget los_median.statistic[place]: 'wrd' is unknown",
    ),
    "an unknown payer": (cost(m.EventCount("restraint"), payer="nsh"), "CostItem item.payer: 'nsh' is unknown"),
    "a cost of an unknown event": (cost(m.EventCount("restrant")), "CostItem item.basis: 'restrant' is unknown"),
    "a cost of an unknown component": (cost(m.Delivery("programe")), "CostItem item.basis: 'programe' is unknown"),
    "a price per day for an event": (
        cost(m.EventCount("restraint"), "c_day_later"),
        "c_day_later.unit: GBP_per_day stands at CostItem item: unit_cost and quantities, which takes money",
    ),
    "a price for time without its time": (
        cost(m.StateTime(WARD), "c_injury"),
        "c_injury.unit: GBP stands at CostItem item: unit_cost and quantities, which takes money for a time",
    ),
    "the same cost twice": (
        lambda p: replace(p, costs=(*p.costs, p.costs[0])),
        "ward_restraint.costs: first_week given more than once",
    ),
    "a state without a utility": (
        lambda p: setting(effect="qaly")(replace(p, utilities=(m.Utility(WARD, 0.5),))),
        "ward_restraint.utilities: no level for the state place home",
    ),
    "an unknown effect": (
        setting(effect="qualy"),
        "Setting base.effect: 'qualy' is unknown; allowed: qaly, restraint_pp",
    ),
    "an uncertain horizon": (
        setting(horizon="d_pause"),
        "d_pause: uncertain; the horizon must be the same in every draw",
    ),
    "no horizon": (setting(horizon=0.0), "Setting base.horizon: 0 is out of range; allowed: a finite number above 0"),
    "no settings": (lambda p: replace(p, settings=()), "ward_restraint.settings: empty; need at least one"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_and_its_field_named(mistake: str, example: Callable[[str], ModuleType]) -> None:
    change, words = MISTAKES[mistake]
    before = driver.kernel_runs
    late = mistake == "a share above 1"  # found when the first people are drawn
    with pytest.raises((m.ModelError, InputError)) as fault:
        run(load(change(example("ward_restraint").PROBLEM)), draws=16, people=20)
    assert words in str(fault.value)
    assert late or driver.kernel_runs == before


def test_inline_records_are_checked_like_those_of_files(example: Callable[[str], ModuleType]) -> None:
    illness = example("illness_death")
    wrong = {
        "k_recovers": {"unit": "ratio", "distribution": {"lognormal": {"mu": 0.0, "sigma": -1.0}}},
        "t_recovers": {"unit": "yeers", "distribution": {"fixed": {"value": 1.0}}},
        "u_sick": {"unit": "utility", "distribution": {"fixed": {"value": 1.5}}},
    }
    with pytest.raises(InputError) as fault:
        load(illness.PROBLEM, inline={**illness.INLINE, **wrong})
    keys = [p.key for p in fault.value.problems]
    assert sorted(keys) == ["k_recovers.distribution.lognormal", "t_recovers.unit", "u_sick.distribution.fixed"]
    with pytest.raises(InputError, match="t_recover: is no parameter of illness_death; did you mean t_recovers"):
        load(illness.PROBLEM, inline={**illness.INLINE, "t_recover": illness.INLINE["t_recovers"]})
