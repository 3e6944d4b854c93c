"""Numbers out of range are refused alike wherever they stand, before anything runs; `check` refuses what `run` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import models as m
from models import contract
from models.quantities import COMPOSITES
from parameters import InputError
from simulate import load, sweep
from simulate.analyse.impact import Population
from simulate.ask.options import complete
from simulate.ask.ranges import NUMERIC, RANGES
from simulate.evaluate.information.sample import TrialOfMeans, enbs, evsi, population_value
from simulate.result.judgement import refuse_judgement
from simulate.result.priorities import league

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[m.DecisionProblem], m.DecisionProblem]


def of_pathway(**changes: Any) -> Change:
    return lambda p: replace(p, pathway=replace(p.pathway, **changes))


def of_event(name: str, hazard: m.Hazard) -> Change:
    def change(p: m.DecisionProblem) -> m.DecisionProblem:
        events = tuple(replace(e, hazard=hazard) if e.name == name else e for e in p.pathway.events)
        return replace(p, pathway=replace(p.pathway, events=events))

    return change


def of_component(**changes: Any) -> Change:
    def change(p: m.DecisionProblem) -> m.DecisionProblem:
        usual, new = p.strategies
        return replace(p, strategies=(usual, replace(new, components=(replace(new.components[0], **changes),))))

    return change


def of_problem(**changes: Any) -> Change:
    return lambda p: replace(p, **changes)


def of_setting(**changes: Any) -> Change:
    return lambda p: replace(p, settings=(replace(p.settings[0], **changes),))


def of_person(*arguments: Any, **more: Any) -> Change:
    return lambda p: replace(
        p,
        pathway=replace(
            p.pathway,
            characteristics=(*p.pathway.characteristics, m.Characteristic("score", m.Numeric(*arguments, **more))),
        ),
    )


WARD = m.When(place="ward")
NAN, INF = float("nan"), float("inf")
LITERALS: dict[str, tuple[Change, str]] = {
    "discount 3.5": (of_problem(discount_costs=3.5), "ward_restraint.discount_costs: 3.5 is out of range"),
    "discount of effects -0.1": (of_problem(discount_effects=-0.1), "discount_effects: -0.1 is out of range"),
    "discount none": (of_problem(discount_costs=NAN), "discount_costs: nan is out of range; allowed: 0 to 1"),
    "discount without end": (of_problem(discount_costs=INF), "discount_costs: inf is out of range"),
    "utility 90": (of_problem(utilities=(m.Utility(m.When(), 90.0),)), "Utility.value: 90 is out of range"),
    "a utility of -3": (of_problem(utilities=(m.Utility(m.When(), -3.0),)), "allowed: -1 to 1"),
    "a gain of 2": (of_problem(utilities=(m.Utility(m.When(), 0.5), m.Utility(WARD, 2.0, role="gain"))), "2 is out"),
    "fidelity 70": (of_component(fidelity=70.0), "Component programme.fidelity: 70 is out of range; allowed: 0 to 1"),
    "fidelity as a product": (of_component(fidelity=m.Product(70.0, 0.9)), "Component programme.fidelity: 63 is"),
    "uptake 1.2": (of_component(uptake=1.2), "Component programme.uptake: 1.2 is out of range"),
    "a start before entry": (of_component(start=-1.0), "Component programme.start: -1 is out of range"),
    "a threshold below 0": (of_problem(thresholds={"restraint_pp": (-1.0, 5.0)}), "thresholds[restraint_pp]: -1 is"),
    "a threshold that is none": (of_problem(thresholds={"restraint_pp": (NAN,)}), "nan is out of range"),
    "one threshold alone": (of_problem(thresholds={"restraint_pp": 5.0}), "thresholds[restraint_pp]: must be a tuple"),
    "a negative rate": (of_event("readmission", m.Exponential(-0.5)), "Exponential.rate: -0.5 is out of range"),
    "a rate beyond counting": (of_event("readmission", m.Exponential(1e300)), "Exponential.rate: 1e+300 is out of"),
    "a shape of 0": (of_event("readmission", m.Weibull(0.0, 1.0)), "Weibull.shape: 0 is out of range"),
    "a horizon of -1": (of_setting(horizon=-1.0), "Setting base.horizon: -1 is out of range"),
    "given 3": (of_setting(given={"hr_restraint_detained": -3.0}), "Setting base.given[hr_restraint_detained]: -3 is"),
    "a gamma about 0": (of_person("gamma", 0.0, 1.0), "Characteristic score: Numeric.first: 0 is out of range"),
    "a gamma below 0": (of_person("gamma", -2.0, 1.0), "Numeric.first: -2 is out of range"),
    "a gamma without spread": (of_person("gamma", 2.0, 0.0), "Numeric.second: 0 is out of range"),
    "a log-normal about 0": (of_person("lognormal", 0.0, 1.0), "Numeric.first: 0 is out of range"),
    "a uniform upside down": (lambda p: of_person("uniform", 3.0, 2.0)(p), "a uniform needs first <= second"),
    "half an occurrence": (
        lambda p: replace(p, costs=(m.CostItem("x", "", "nhs", m.EventCount("restraint", 1.5), 1.0),)),  # type: ignore[arg-type]
        "EventCount restraint: 1.5; must be a whole number",
    ),
    "half a cap": (
        lambda p: of_pathway(history=(m.History("h", "restraint", ("restraint",), 1.2, 2.5),))(p),  # type: ignore[arg-type]
        "History h.cap: 2.5; must be a whole number",
    ),
    "a correlation that cannot be": (of_problem(correlations={("los_median", "d_pause"): 1.5}), "-1 < rho < 1"),
    "a correlation of nobody": (of_problem(correlations={("los_median", "d_paus"): 0.5}), "did you mean d_pause"),
    "correlations that cannot all hold": (
        of_problem(
            correlations={
                ("los_median", "d_pause"): 0.9,
                ("d_pause", "r_readmission"): 0.9,
                ("los_median", "r_readmission"): -0.9,
            }
        ),
        "cannot all hold",
    ),
}  # fmt: skip


@pytest.mark.parametrize("literal", LITERALS)
def test_a_number_out_of_range_is_refused_when_a_problem_is_loaded(
    literal: str, example: Callable[[str], ModuleType]
) -> None:
    change, words = LITERALS[literal]
    with pytest.raises((m.ModelError, InputError)) as fault:
        load(change(example("ward_restraint").PROBLEM))
    assert words in str(fault.value)


def test_a_product_of_numbers_alone_is_a_number(example: Callable[[str], ModuleType]) -> None:
    """It has no unit of its own to be held against the place, in a price as in a rate."""
    ward = example("ward_restraint").PROBLEM
    price = m.CostItem("x", "", "nhs", m.StateTime(WARD), m.Product(2.0, 50.0), (m.Product(2.0),))
    load(replace(ward, costs=(*ward.costs, price)))
    load(of_event("readmission", m.Exponential(m.Product(0.5, 0.5)))(ward))


def test_a_record_out_of_range_for_its_place_is_refused_like_a_number(example: Callable[[str], ModuleType]) -> None:
    """70 is a ratio as good as any; it is no fidelity."""
    ward = example("ward_restraint").PROBLEM
    as_record = of_component(fidelity="how_well")(ward)
    for kind, arguments in (("fixed", {"value": 70.0}), ("lognormal", {"mean": 0.7, "se": 0.1})):
        with pytest.raises(InputError, match=r"how_well: .*(out of range|values).*Component programme.fidelity"):
            load(as_record, inline={"how_well": {"unit": "ratio", "distribution": {kind: arguments}}})
    load(as_record, inline={"how_well": {"unit": "ratio", "distribution": {"uniform": {"min": 0.5, "max": 0.9}}}})


def test_every_quantity_has_a_range() -> None:
    words = {x for x in vars(contract).values() if isinstance(x, type) and is_dataclass(x)} - {*COMPOSITES}
    quantities = {(w, f.name) for w in words for f in fields(w) if "Quantity" in str(f.type)}
    elsewhere = {
        (contract.Numeric, "first"),
        (contract.Numeric, "second"),
        (contract.CalibrationTarget, "published"),
        (contract.Setting, "given"),
        (contract.Strategy, "given"),
    }
    assert quantities - set(RANGES) == elsewhere
    assert set(NUMERIC) == {"normal", "lognormal", "gamma", "uniform"}


# --- functions of arrays, and options ----------------------------------------------------------------

NB = np.random.default_rng(1).standard_normal((64, 2))
TRUTH = pd.DataFrame({"a": NB[:, 0], "b": NB[:, 1]})


@pytest.mark.parametrize("size", [2.5, 0, -3, True, NAN, np.float64(10.0)])
def test_part_of_a_person_is_refused(size: Any) -> None:
    with pytest.raises(ValueError, match=r"sizes: .*must be a whole number"):
        evsi(NB, TRUTH, TrialOfMeans("a", "b", 1.0), [size])
    with pytest.raises(ValueError, match=r"repeats: .*must be a whole number"):
        evsi(NB, TRUTH, TrialOfMeans("a", "b", 1.0), [10], repeats=size)


@pytest.mark.parametrize(("name", "value"), [("discount", 3.5), ("discount", -0.5), ("years", NAN), ("per_year", -1.0)])
def test_a_rate_out_of_range_is_refused_by_functions_too(name: str, value: float) -> None:
    usual = {"per_year": 10.0, "years": 5.0, "discount": 0.035}
    with pytest.raises(ValueError, match=f"{name}: .* is out of range"):
        population_value(1.0, **{**usual, name: value})
    table = pd.DataFrame({"n": [10], "evsi": [1.0]})
    with pytest.raises(ValueError, match=f"{name}: .* is out of range"):
        enbs(table, **{**usual, name: value}, fixed_cost=1.0, cost_per_person=1.0)
    with pytest.raises(ValueError, match="fixed_cost: -1 is out of range"):
        enbs(table, **usual, fixed_cost=-1.0, cost_per_person=1.0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--discount", "3.5"], "--discount: 3.5 is out of range; allowed: 0 to 1, such as 0.035"),
        (["--discount", "nan"], "--discount: nan is out of range"),
        (["--discount", "-0.1"], "--discount: -0.1 is out of range"),
        (["--years", "inf"], "--years: inf is out of range"),
        (["--trial", "costs", "--sizes", "0"], "--sizes: '0'; allowed: whole numbers from 1 to 999999999"),
        (["--trial", "costs", "--sizes", "2.5"], "--sizes: '2.5'; allowed: whole numbers"),
        (["--trial", "costs", "--sizes", "9" * 5000], "allowed: whole numbers from 1 to 999999999"),
    ],
)
def test_an_option_out_of_range_is_refused(
    words: list[str], told: str, command: Callable[..., Any], tmp_path: Path
) -> None:
    done = command("voi", str(tmp_path), *words)
    assert done.code == 2
    assert told in done.err


# --- `check` refuses what `run` refuses -----------------------------------------------------------------


def record(name: str, unit: str, distribution: str, **more: str) -> str:
    words = {"label": "x", "unit": unit, "source": "assumption", "status": "assumed", "note": "x", **more}
    lines = [f"[{name}]", *(f'{key} = "{value}"' for key, value in words.items() if value)]
    return "\n".join([*lines, f"distribution = {{ {distribution} }}"]) + "\n"


POUNDS = {"price_year": "2023/24"}
BAD = {
    "a price without its time": record("c_bed_day", "GBP", "fixed = { value = 450 }", **POUNDS),
    "a price a week where none is a time": record(
        "c_joint_crisis_plan", "GBP_per_week", "fixed = { value = 450 }", **POUNDS
    ),
    "a rate for a time": record("d_crisis", "per_day", "fixed = { value = 3 }"),
    "a time for a ratio": record("rr_admission_jcp", "days", "fixed = { value = 3 }"),
    "a utility as a ratio of 90": record("u_stable", "ratio", "fixed = { value = 90 }"),
    "a utility that can leave": record("u_stable", "number", "normal = { mean = 0.8, sd = 0.1 }"),
    "a negative ratio": record("rr_admission_jcp", "number", "fixed = { value = -0.5 }"),
    "a discount of 3.5": record("r_discount_costs", "ratio", "fixed = { value = 3.5 }"),
    "a beta that there is not": record("u_stable", "utility", "beta = { mean = 0.02, low = 0.001, high = 0.999 }"),
    "an uneven interval": record("rr_admission_jcp", "ratio", "lognormal = { mean = 2, low = 1.9, high = 8 }"),
    "a triangle beyond its unit": record(
        "c_joint_crisis_plan", "GBP", "triangular = { mean = 60, low = 2, high = 140 }", **POUNDS
    ),
    "what overflows": record("rr_admission_jcp", "ratio", "lognormal = { mean = 1e-40, se = 1e49 }"),
    "another spelling": record("c_bed_days", "GBP_per_day", "fixed = { value = 450 }", **POUNDS),
    "no price year": record("c_bed_day", "GBP_per_day", "fixed = { value = 450 }"),
    "no TOML": "[c_bed_day\n",
    "a variant's other unit": record("rr_admission_jcp_se_020", "days", "fixed = { value = 3 }"),
}


ALONE = ("a price without its time", "a utility that can leave", "a variant's other unit", "no TOML")


def lines(text: str) -> set[str]:
    return {line for line in text.splitlines() if line.strip()}


@pytest.mark.parametrize("kind", BAD)
def test_check_refuses_what_run_refuses_in_the_same_words(
    kind: str, command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulate.running.running.run", None)  # nothing is run
    mine, out = tmp_path / "mine.toml", tmp_path / "out"
    mine.write_text(BAD[kind], encoding="utf-8")
    words = ("--parameters", str(mine), "--out", str(out), "--draws", "2", "--people", "2")
    ran, checked = command("run", "joint_crisis_plan", *words), command("check", "joint_crisis_plan", str(mine))
    assert (ran.code, checked.code) == (2, 2)
    assert lines(ran.err)
    assert lines(ran.err) <= lines(checked.err)
    assert not out.exists()
    if kind in ALONE:  # a file alone may be for another problem, and every problem that reads it is looked at
        alone = command("check", str(mine))
        assert alone.code == 2
        assert lines(ran.err) <= lines(alone.err)


def test_what_runs_is_not_refused(command: Callable[..., Any], tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(record("c_bed_day", "GBP_per_week", "fixed = { value = 2800 }", **POUNDS), encoding="utf-8")
    assert command("check", "joint_crisis_plan", str(mine)).code == 0
    assert command("check", str(mine)).code == 0
    load("joint_crisis_plan", parameters=[mine])


SCENARIO = '[s]\nlabel = "S"\nreason = "A test."\n'


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("horizon = 0", "a finite number above 0"),
        ("horizon = 1e60", "a finite number above 0"),
        ("discount = 3.5", "0 to 1"),
        ("discount_costs = -0.1", "0 to 1"),
        ("discount_effects = 35", "0 to 1"),
        ("wtp = -1", "a finite number from 0 on"),
        ("wtp = 1e60", "a finite number from 0 on"),
    ],
)
def test_a_scenario_is_held_to_the_ranges_of_what_it_changes(line: str, allowed: str, tmp_path: Path) -> None:
    path = tmp_path / "scenarios.toml"
    path.write_text(f"{SCENARIO}{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"is out of range; allowed: {allowed}") as refused:
        sweep.scenarios("safewards", path, draws=1, people=10)
    assert ":4: s." in str(refused.value)


@pytest.mark.parametrize("number", [-1.0, float("nan"), float("inf"), 1e60])
def test_options_are_held_to_the_same_ranges(number: float) -> None:
    for asked in (
        lambda: Population(number, (0.5,)),
        lambda: Population(10.0, (0.5, number)),
        lambda: Population(10.0, (0.5,), number),
        lambda: refuse_judgement(load("safewards"), number),
        lambda: league.check(number, {"a": 1.0}, ["a"]),
        lambda: league.check(1.0, {"a": number}, ["a"]),
    ):
        with pytest.raises(m.ModelError):
            asked()


@pytest.mark.parametrize(
    "value", [True, "450,5", "450", None, [450], {"value": 450}, 10**400, -(10**400), 1j], ids=type
)
def test_changes_in_a_script_are_numbers(value: Any) -> None:
    with pytest.raises(InputError, match=r"changes: c_bed_day: .*(is no number|is out of range); allowed"):
        load("safewards", changes={"c_bed_day": value})
    assert load("safewards", changes={"c_bed_day": np.float64(450)}).parameters["c_bed_day"].distribution.point == 450


@pytest.mark.parametrize("name", ["draws", "people", "seed"])
def test_yes_is_no_size_and_no_seed(name: str) -> None:
    wishes: dict[str, Any] = {name: True}
    with pytest.raises(m.ModelError, match=f"^{name}: True"):
        complete(load(mortal()), **wishes)


END = m.When(life="dead")
BEYOND: dict[str, tuple[dict[str, Any], str]] = {  # what is declared of people whom nobody follows any more
    "a price of time": ({"costs": (m.CostItem("s", "S", "nhs", m.StateTime(END), 1.0),)}, "CostItem s: StateTime.when"),
    "a price of a stay": (
        {"costs": (m.CostItem("s", "S", "nhs", m.StayBand(END, 0.0, 1.0), 1.0),)},
        "CostItem s: StayBand.when",
    ),
    "one level of two": (
        {"costs": (m.CostItem("s", "S", "nhs", m.StateTime(m.When(life=("alive", "dead"))), 1.0),)},
        "CostItem s: StateTime.when",
    ),
    "a utility": ({"utilities": (m.Utility(m.When(), 0.8), m.Utility(END, 0.3))}, "Utility: Utility.when"),
    "years": (
        {"effects": (m.EffectMeasure("qaly", "Gone", "year", years=END, beyond_cost="a test"),), "utilities": ()},
        "EffectMeasure qaly: EffectMeasure.years",
    ),
}


def mortal(**changes: Any) -> m.DecisionProblem:
    """People who live, and die."""
    life = m.Domain("life", ("alive", "dead"), "Life", absorbing=("dead",))
    death = m.Event("dies", m.When(life="alive"), m.Exponential(0.1), {"life": "dead"})
    care = m.CostItem("care", "Care", "nhs", m.StateTime(m.When(life="alive")), 1.0)
    return m.DecisionProblem(
        id="mortal",
        label="Mortal",
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("same", "Same")),
        settings=(m.Setting("base", "Base", horizon=10.0),),
        **{
            "pathway": m.Pathway("mortal", (life,), (death,), {"life": "alive"}),
            "costs": (care,),
            "utilities": (m.Utility(m.When(), 0.8), m.Utility(END, 0.0)),
            **changes,
        },
    )


@pytest.mark.parametrize("kind", BEYOND)
def test_nothing_is_priced_or_valued_where_nobody_is_followed(kind: str) -> None:
    changes, where = BEYOND[kind]
    with pytest.raises(InputError, match=rf"mortal: {where}: life dead is absorbing"):
        load(mortal(**changes))
    load(mortal())  # that the dead have no utility may be said


@pytest.mark.parametrize("field", ["discount_costs", "discount_effects"])
def test_yes_is_no_rate(field: str) -> None:
    with pytest.raises(InputError, match=rf"\.{field}: True is no number; allowed: 0 to 1"):
        load(mortal(**{field: True}))


def test_no_event_is_declared_of_who_is_absorbed() -> None:
    rises = m.Event("rises", END, m.Exponential(1.0), {"life": "alive"})
    pathway = mortal().pathway
    with pytest.raises(InputError, match=r"Event rises: Event\.when: life dead is absorbing"):
        load(mortal(pathway=replace(pathway, events=(*pathway.events, rises))))
