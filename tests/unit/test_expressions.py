"""Expressions: what the language says and refuses, what it comes to, and what a problem makes of it."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models as m
from models.contract import ModelError
from parameters import InputError
from parameters import load as load_records
from parameters.expressions import functions, grammar
from parameters.expressions.formula import evaluated
from parameters.expressions.grammar import DEEPEST, LONGEST, MOST, ExpressionError, Node
from parameters.units import SPANS
from simulate import load, run
from simulate.ask.expressions.dimensions import misfit
from simulate.present.english.model import describe

VALUES = {"a": 2.0, "b": 0.25, "c_1": 3.0, "p": 0.2}


def parsed(text: str) -> Node:
    return grammar.parsed(text, SPANS)


def value(text: str) -> float:
    return float(evaluated(parsed(text), lambda name: np.asarray(VALUES[name])))


# --- the language -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 - exp(-b * 1)", 1 - math.exp(-0.25)),
        ("a * b", 0.5),
        ("exp(a + b * c_1)", math.exp(2.75)),
        ("1 - 2 - 3", -4.0),
        ("8 / 4 / 2", 1.0),
        ("2 + 3 * 4", 14.0),
        ("(2 + 3) * 4", 20.0),
        ("-a^2", -4.0),
        ("2^3^2", 512.0),
        ("a^-1", 0.5),
        ("a^b", 2**0.25),
        ("--+-1", -1.0),
        ("2*-3", -6.0),
        (".5e1 + 1.", 6.0),
        ("min(a, b, c_1) + max(1, 2)", 2.25),
        ("logit(expit(1.5)) + sqrt(16)", 5.5),
        ("log(exp(3))", 3.0),
        ("day * 365.25 + 12 * month - 2 * year", 0.0),
        ("  a\t*\n b ", 0.5),
    ],
)
def test_what_an_expression_comes_to(text: str, wanted: float) -> None:
    assert value(text) == pytest.approx(wanted, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("", 1, "the end where a number, a name or ( should stand"),
        ("a +", 4, "the end where"),
        ("a + * b", 5, "'*' where a number"),
        ("a b", 3, "a * is never left out"),
        ("2a", 2, "a * is never left out"),
        ("a(b)", 1, "a is no function"),
        ("Exp(a)", 1, "did you mean exp?"),
        ("ln(a)", 1, "log is the natural logarithm"),
        ("inv_logit(a)", 1, "inv_logit is no function; allowed: exp, log, sqrt, logit, expit, min, max; write expit"),
        ("exp", 1, "exp is a function; write exp(...)"),
        ("exp()", 5, "')' where a number"),
        ("exp(a, b)", 1, "exp of 2; allowed: 1"),
        ("min(a)", 1, "min of 1; allowed: 2 or more"),
        ("(a", 3, "the end where ) should close the ( of column 1"),
        ("a)", 2, "where the expression should end"),
        ("a ** b", 3, "write ^"),
        ("a % b", 3, "'%' is none of the signs; write / 100"),
        ("a × b", 3, "write *"),
        ("1 − p", 3, "write -"),
        ("1,5 * a", 2, "write 1.5 and not 1,5"),
        ("exp(1,5)", 1, "write 1.5 and not 1,5"),
        ("a[0]", 2, "write ("),
        ("a.b", 2, "'.' is none of the signs"),
        ("__import__", 1, "is no name"),
        ("A + 1", 1, "'A' is no name"),
        ("1e999", 1, "out of range"),
        ("'a'", 1, "is none of the signs"),
        ("a; b", 2, "is none of the signs"),
        ("a = 1", 3, "is none of the signs"),
        ("lambda: 0", 7, "is none of the signs"),
        ("a if b else c_1", 3, "a * is never left out"),
        ("p\x00", 2, "is none of the signs"),
    ],
)
def test_mistakes_are_told_by_column(text: str, column: int, told: str) -> None:
    with pytest.raises(ExpressionError) as fault:
        parsed(text)
    assert fault.value.column == column and told in fault.value.text


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1),
        "-" * (DEEPEST + 2) + "1",
        "exp(" * 200 + "1" + ")" * 200,
        "2^" * (DEEPEST + 1) + "2",
        "+".join(["a"] * MOST),
        "a" * (LONGEST + 1),
        "9" * 1_000,
    ],
    ids=range(8),
)
def test_what_is_too_much_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parsed(text)


def test_two_hundred_hostile_expressions_are_read_or_refused() -> None:
    """Words and signs at random, of Python as well: each is a number or a mistake at a column, and nothing else."""
    chosen = random.Random(16)
    words = [*"abp()()+-*/^,.0123456789e \t\n[]{}'\"\\%$#@!~`;:=<>&|?_", "exp", "log", "min", "max", "logit", "day"]
    words += ["import os", "__class__", "lambda", "eval", "nan", "inf", "None", "1_000", "0x1F", "\u0660", "\u202e"]
    refused = 0
    for _ in range(200):
        text = "".join(chosen.choice(words) for _ in range(chosen.randint(1, 40)))
        try:
            assert isinstance(float(evaluated(parsed(text), lambda name: np.asarray(0.5))), float)
        except ExpressionError as fault:
            refused += 1
            assert 1 <= fault.column <= len(text) + 1 and str(fault).isprintable(), text
    assert 100 < refused <= 200


def test_functions_have_their_digits() -> None:
    """Within two units in the last place, at 20,000 points each, and where there is no value."""
    draw = np.random.default_rng(1)
    x = np.concatenate([draw.uniform(-700, 700, 10_000), draw.uniform(-1, 1, 10_000)])
    y = np.exp(draw.uniform(-200, 200, 20_000))
    for ours, theirs in ((functions.exp(x), np.exp(x)), (functions.log(y), np.log(y))):
        assert (np.abs(ours - theirs) <= 2 * np.spacing(np.abs(theirs))).all()
    assert functions.exp([0.0, -np.inf, np.inf, -800.0]).tolist() == [1.0, 0.0, np.inf, 0.0]
    assert functions.log([1.0, 0.0, np.inf]).tolist() == [0.0, -np.inf, np.inf]
    assert np.isnan([functions.log(-1.0), functions.exp(np.nan), functions.power(-1.0, 0.5)]).all()
    assert functions.exp([0.1, 1.0, 20.0]).tobytes().hex() == "d4005ab3c7aef13f6a57148b0abf054004e8688b08ebbc41"


# --- units ----------------------------------------------------------------------------------------------

UNITS_OF = {"r": "per_year", "rm": "per_month", "p": "probability", "t": "days", "y": "years", "c": "GBP"}
UNITS_OF |= {"b": "number"}


@pytest.mark.parametrize(
    ("text", "unit", "told"),
    [
        ("1 - exp(-r * 1)", "probability", ""),
        ("1 - exp(-rm * month)", "probability", ""),
        ("-log(1 - p) / year", "per_year", ""),
        ("t - 3 * day", "weeks", ""),
        ("c / t", "GBP_per_day", ""),
        ("exp(b + b * y / year)", "ratio", ""),
        ("sqrt(p) + p^b", "number", ""),
        ("r * rm * year^2", "number", ""),
        ("1 - exp(-r)", "probability", "exp of what is in per_year; divide its unit out"),
        ("1 - exp(-rm * 1)", "probability", "by a plain number, of what is not said; write its unit"),
        ("log(c)", "number", "log of what is in GBP"),
        ("log(c * 2)", "number", "log of what is in GBP by a plain number"),
        ("-log(1 - p)", "per_year", "comes to a plain number, and not to what is in per_year"),
        ("3", "days", "comes to a plain number"),
        ("t - 3", "days", "a difference of what is in years and a plain number"),
        ("c + t", "GBP", "a sum of what is in GBP and what is in years"),
        ("max(p, r)", "ratio", "max of a plain number and what is in per_year"),
        ("2^r", "ratio", "a power by what is in per_year"),
        ("r^b", "ratio", "a power of what is in per_year"),
        ("r * r", "per_year", "comes to time^-2"),
        ("c", "CAD", "cannot be in CAD"),
    ],
)
def test_units_are_checked_where_nothing_is_guessed(text: str, unit: str, told: str) -> None:
    found = misfit(parsed(text), unit, UNITS_OF.__getitem__, "GBP")
    assert (found == "") == (told == "") and told in found


# --- in a problem -----------------------------------------------------------------------------------------

ILL, WELL = m.When(health="ill"), m.When(health="well")
PROBLEM = m.DecisionProblem(
    id="cold",
    label="A cold",
    pathway=m.Pathway(
        "cold",
        (m.Domain("health", ("ill", "well"), "Health"),),
        (m.Event("gets_well", ILL, m.Exponential("r_well"), {"health": "well"}),),
        {"health": "ill"},
    ),
    strategies=(
        m.Strategy("wait", "Wait"),
        m.Strategy("tea", "Tea", (m.Component("tea", "Tea", (m.Effect("gets_well", "hazard", "hr_tea"),)),)),
    ),
    settings=(m.Setting("base", "Base", horizon=1.0),),
    costs=(m.CostItem("tea", "Tea", "nhs", m.ComponentTime("tea"), "c_tea"),),
    utilities=(m.Utility(ILL, "u_ill"), m.Utility(WELL, 0.9)),
)
PLAIN: dict[str, dict[str, Any]] = {
    "r_sure": {"unit": "per_month", "distribution": {"gamma": {"mean": 0.25, "se": 0.05}}},
    "r_well": {"unit": "per_year", "value": "r_sure"},
    "log_hr": {"unit": "number", "distribution": {"normal": {"mean": 0.2, "sd": 0.1}}},
    "hr_tea": {"unit": "ratio", "value": "exp(log_hr)"},
    "c_cup": {"unit": "GBP", "price_year": "2019/20", "distribution": {"gamma": {"mean": 2.0, "se": 0.2}}},
    "c_tea": {"unit": "GBP_per_day", "value": "3 * c_cup / day"},
    "u_ill": {"unit": "utility", "value": 0.6},
}


def with_(**others: Any) -> dict[str, dict[str, Any]]:
    return {n: r for n, r in {**PLAIN, **others}.items() if r is not None}


def refused(**others: Any) -> str:
    with pytest.raises((InputError, ModelError)) as fault:
        load(PROBLEM, inline=with_(**others))
    return str(fault.value)


def test_a_rate_times_one_is_that_rate_and_nothing_of_it_is_drawn() -> None:
    """The same numbers as of a problem that names the record itself, and the same draws."""
    by_expression = run(load(PROBLEM, inline=PLAIN), draws=8, people=20)
    assert set(by_expression.case.names()) == {"r_sure", "log_hr", "c_cup", "u_ill"}
    draws = by_expression.draws
    assert draws.engine("r_well").tolist() == pytest.approx(12 * draws.column("r_sure"))
    assert draws.column("hr_tea") == pytest.approx(np.exp(draws.column("log_hr")), rel=1e-14)
    assert draws.column("c_tea") == pytest.approx(3 * draws.engine("c_cup"), rel=1e-14)
    events = (replace(PROBLEM.pathway.events[0], hazard=m.Exponential("r_sure")),)
    named = replace(PROBLEM, pathway=replace(PROBLEM.pathway, events=events))
    both = ((PROBLEM, PLAIN), (named, with_(r_well=None)))
    fixed = [run(load(problem, inline=numbers), fixed=True, people=20) for problem, numbers in both]
    assert fixed[0].effect == pytest.approx(fixed[1].effect, rel=1e-12)


def test_what_it_names_moves_it_and_to_set_it_replaces_it() -> None:
    base = run(load(PROBLEM, inline=PLAIN), fixed=True, people=50)
    other = run(load(PROBLEM, inline=PLAIN, changes={"c_cup": 4.0}), fixed=True, people=50)
    assert other.cost[0, 1] == pytest.approx(2 * base.cost[0, 1], rel=1e-12)
    case = load(PROBLEM, inline=PLAIN, changes={"c_tea": 1.0})
    assert "c_cup" not in case.names() and "c_tea" in case.names() and "c_tea" not in case.setting.given
    assert run(case, fixed=True, people=50).cost[0, 1] == pytest.approx(365.25, rel=0.05)
    with pytest.raises(InputError, match="did you mean c_tea"):
        load(PROBLEM, inline=PLAIN, changes={"c_te": 1.0})
    with pytest.raises(InputError, match="out of range"):
        load(PROBLEM, inline=PLAIN, changes={"c_tea": -1.0})


def test_expressions_of_expressions_in_any_order() -> None:
    half = {"unit": "ratio", "value": "exp(log_hr) / 2"}
    case = load(PROBLEM, inline=with_(hr_tea={"unit": "ratio", "value": "half * 2"}, half=half))
    assert set(case.names()) == {"r_sure", "log_hr", "c_cup", "u_ill"}
    assert set(case.setting.given) == {"r_well", "hr_tea", "c_tea", "half"}
    fixed = load(PROBLEM, inline=with_(hr_tea={"unit": "ratio", "value": "half * 2"}, half=half), changes={"half": 0.7})
    assert run(fixed, draws=8, people=2).draws.engine("hr_tea").tolist() == [1.4] * 8
    assert "log_hr" not in fixed.names()


def test_what_a_setting_gives_may_be_made_of_expressions() -> None:
    setting = replace(PROBLEM.settings[0], given={"hr_tea": m.Product("half", "two")})
    numbers = with_(hr_tea=None, half={"unit": "ratio", "value": "exp(log_hr) / 2"}, two={"unit": "ratio", "value": 2})
    draws = run(load(replace(PROBLEM, settings=(setting,)), inline=numbers), draws=8, people=2).draws
    assert draws.engine("hr_tea") == pytest.approx(np.exp(draws.column("log_hr")), rel=1e-14)


def ratio(text: str) -> dict[str, str]:
    return {"unit": "ratio", "value": text}


def test_mistakes_of_a_problem() -> None:
    assert "log_h is no record; did you mean log_hr?" in refused(hr_tea=ratio("exp(log_h)"))
    circle = refused(hr_tea=ratio("x * 2"), x=ratio("y + 1"), y=ratio("hr_tea"))
    assert "is computed from itself: " in circle and circle.count("computed from itself") == 1
    assert "x.value: is computed from itself: x from x" in refused(hr_tea=ratio("x"), x=ratio("x"))
    assert "hr_tea.value: column 1" in refused(hr_tea=ratio("exp(r_sure)"))
    assert "r_wel: is no parameter of cold; did you mean r_well" in refused(r_wel=ratio("log_hr + 1"))
    assert "stands beside a distribution" in refused(hr_tea={**PLAIN["log_hr"], **ratio("1")})
    assert "every record needs it, or a value" in refused(hr_tea={"unit": "ratio"})
    assert "price_year: of an expression" in refused(c_tea={**PLAIN["c_tea"], "price_year": "2019/20"})
    assert "comes to -1" in refused(u_ill={"unit": "probability", "value": "log_hr - 1.2"})
    assert "comes to 0 is out of range" in refused(hr_tea=ratio("0 * log_hr"))  # a hazard ratio
    assert "allowed for utility" in refused(u_ill={"unit": "utility", "value": "1 + 1"})
    assert "day is a span of time, and a record" in refused(
        day={"unit": "days", "value": 3}, c_tea={"unit": "GBP_per_day", "value": "c_cup / day"}
    )
    chain = {f"x{k}": ratio(f"x{k + 1} + x{k + 1}") for k in range(60)}
    assert "pieces" in refused(hr_tea=ratio("x0"), **chain, x60=ratio("exp(log_hr)"))
    deep = {f"x{k}": ratio(f"x{k + 1} + 1") for k in range(400)}
    assert "within each other" in refused(hr_tea=ratio("x0"), **deep, x400=ratio("exp(log_hr)"))


def test_a_draw_that_its_unit_or_place_does_not_allow_is_refused() -> None:
    for name, unit, text, told in (
        ("u_ill", "utility", "0.9 + log_hr / 2", "in draw"),
        ("hr_tea", "number", "log_hr", "above 0"),
        ("u_ill", "number", "sqrt(log_hr + 0.1)", "nan in draw"),
    ):
        case = load(PROBLEM, inline=with_(**{name: {"unit": unit, "value": text}}))
        with pytest.raises(ModelError, match=told) as fault:
            run(case, draws=256, people=2)
        assert f"{name} = {text}" in str(fault.value)


def test_it_is_told_in_english() -> None:
    case = load(PROBLEM, inline=PLAIN)
    told = " ".join(describe(case.problem, case.setting, case.parameters).split())
    assert "3 per person-year, computed as r_sure [r_well (r_well)]" in told
    assert "Computed from other parameters, in every draw of these" in told
    assert "computed as 3 * c_cup / day" in told


def test_in_a_file(tmp_path: Path) -> None:
    """With its line; and one that replaces a record of ours is a change that is told."""
    path = tmp_path / "mine.toml"
    start = '[rr]\nlabel = "r"\nunit = "ratio"\nsource = "assumption"\nstatus = "derived"\nnote = "Ours."\n'
    path.write_text(start + 'value = "exp(l"\n')
    with pytest.raises(InputError, match=r"mine.toml:7: rr.value: column 6: the end where \)"):
        load_records([path])
    path.write_text(start + "value = 1.25\n")
    assert load_records([path])["rr"].distribution.point == 1.25
    for wrong in ("value = true", "value = [1]", "value = nan", "value = { a = 1 }"):
        path.write_text(f"{start}{wrong}\n")
        with pytest.raises(InputError):
            load_records([path])
