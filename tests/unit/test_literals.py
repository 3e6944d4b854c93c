"""No number written in a problem escapes: every field that holds one refuses what is none, or none for its place."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

import models as m
from models import contract
from parameters import InputError
from simulate import load

WELL = m.When(health="well")
HEALTH = m.Domain("health", ("well", "ill"))
AGE = m.Characteristic("age", m.Numeric("normal", 40.0, 5.0))
NAN, INF = math.nan, math.inf
NEVER = (NAN, True, "1", 10**400, -(10**400), 1 + 2j, [1.0])  # of a plain number, wherever it stands


def problem(law: Any = None, **more: Any) -> m.DecisionProblem:
    event = m.Event("falls_ill", WELL, law or m.Exponential(0.5), {"health": "ill"}, clock=more.pop("clock", "sojourn"))
    severity = m.Characteristic("severity", more.pop("severity", m.Numeric("normal", 0.0, 1.0)))
    of_pathway = {n: more.pop(n) for n in ("correlations", "history", "start", "cycle") if n in more}
    start = of_pathway.pop("start", {"health": "well"})
    given: dict[str, Any] = {
        "id": "x",
        "label": "X",
        "pathway": m.Pathway("p", (HEALTH,), (event,), start, characteristics=(AGE, severity), **of_pathway),
        "strategies": (m.Strategy("a", "A"), m.Strategy("b", "B")),
        "settings": (m.Setting("base", "Base", horizon=2.0),),
        "utilities": (m.Utility(m.When(), 0.5),),
    }
    return m.DecisionProblem(**{**given, **more})


def costing(basis: Any, unit_cost: Any = 1.0, quantities: tuple[Any, ...] = ()) -> m.DecisionProblem:
    return problem(costs=(m.CostItem("c", "C", "nhs", basis, unit_cost, quantities),))


def with_effect(**effect: Any) -> m.DecisionProblem:
    part = m.Component("part", "Part", (m.Effect("falls_ill", "hazard", 0.5, **effect),))
    return problem(strategies=(m.Strategy("a", "A"), m.Strategy("b", "B", (part,))))


def counting(value: Any, quantities: tuple[Any, ...] = ()) -> m.DecisionProblem:
    part = m.Component("part", "Part")
    item = m.EffectItem(m.Delivery("part"), value, quantities)
    return problem(
        strategies=(m.Strategy("a", "A"), m.Strategy("b", "B", (part,))),
        effects=(m.EffectMeasure("q", "Q", "u", items=(item,), direction="gained", unvalued="Nobody said"),),
        settings=(m.Setting("base", "Base", horizon=2.0, effect="q"),),
    )


def by(*terms: m.Term, times: tuple[m.Profile, ...] = ()) -> m.DecisionProblem:
    return problem(utilities=(m.Utility(m.When(), 1.0, by=(m.Profile(terms), *times)),))


def dying(**before: Any) -> m.DecisionProblem:
    mortal = m.Domain("health", ("well", "ill"), absorbing=("ill",))
    last = m.Utility(WELL, -0.1, "gain", before=m.Before(m.When(health="ill"), **before))
    given = problem()
    return replace(given, pathway=replace(given.pathway, domains=(mortal,)), utilities=(m.Utility(WELL, 0.5), last))


Make = Callable[[Any], m.DecisionProblem]
# Fields that hold plain numbers, which no parameter may stand for; and numbers, finite ones, that may not stand there.
PLAIN: dict[tuple[type, str], tuple[Make, tuple[float, ...]]] = {
    (contract.Empirical, "times"): (lambda x: problem(m.Empirical((x, 1.0))), (0.0, -1.0, INF)),
    (contract.PiecewiseConstant, "starts"): (
        lambda x: problem(m.PiecewiseConstant((0.0, x), (0.1, 0.2))),
        (0.0, -1.0, INF),
    ),
    (contract.Spline, "knots"): (lambda x: problem(m.Spline((x, 1.0), (0.1, 1.0))), (1.0, 2.0, INF, -INF)),
    (contract.Spline, "per_year"): (
        lambda x: problem(m.Spline((0.0, 1.0), (0.1, 1.0), per_year=x)),
        (0.0, -1.0, INF),
    ),
    (contract.PerCycle, "starts"): (
        lambda x: problem(m.PerCycle(0.1, (0.2,), (x,)), cycle=m.Cycle(1.0)),
        (0, 1.5, INF),
    ),
    (contract.Cycle, "length"): (lambda x: problem(m.PerCycle(0.1), cycle=m.Cycle(x)), (0.0, -1.0, INF)),
    (contract.Cycle, "counted"): (
        lambda x: problem(m.PerCycle(0.1), cycle=m.Cycle(1.0, counted=(0.5, x, 0.5))),
        (-0.1, INF),
    ),
    (contract.LifeTable, "rows"): (
        lambda x: problem(m.LifeTable("mine", "qx", rows=((0.0, 50.0), (0.1, x))), clock="age"),
        (1.9, -0.1, INF),
    ),
    (contract.Numeric, "low"): (lambda x: problem(severity=m.Numeric("normal", 0.0, 1.0, low=x)), (INF,)),
    (contract.Numeric, "high"): (lambda x: problem(severity=m.Numeric("normal", 0.0, 1.0, high=x)), (-INF,)),
    (contract.Pathway, "correlations"): (lambda x: problem(correlations={("age", "severity"): x}), (1.0, -1.5, INF)),
    (contract.StayBand, "low"): (lambda x: costing(m.StayBand(WELL, x)), (-1.0, INF)),
    (contract.StayBand, "high"): (lambda x: costing(m.StayBand(WELL, 1.0, x)), (1.0, -1.0)),
    (contract.Waning, "step"): (lambda x: with_effect(waning=m.Waning("linear", 1.0, x)), (0.0, -1.0, INF)),
    (contract.EventCount, "first"): (lambda x: costing(m.EventCount("falls_ill", x)), (0, 1.5, INF)),
    (contract.EventCount, "last"): (lambda x: costing(m.EventCount("falls_ill", 2, x)), (1, 2.5, INF)),
    (contract.History, "cap"): (
        lambda x: problem(history=(m.History("h", "falls_ill", ("falls_ill",), 1.5, x),)),
        (0, 1.5, INF),
    ),
    (contract.Term, "ages"): (lambda x: by(m.Term(0.5, (x, 60.0)), m.Term(0.5)), (-1.0, 60.0, INF)),
    (contract.Term, "powers"): (lambda x: by(m.Term(1e-9, powers={"age": x}), m.Term(0.5)), (0, 1.5, 5, INF)),
    (contract.Before, "within"): (lambda x: dying(within=x), (0.0, -1.0)),
    (contract.Before, "until"): (lambda x: dying(within=2.0, until=x), (0.0, -1.0)),
    (contract.Before, "beyond"): (lambda x: dying(within=2.0, beyond=x), (2.0, -1.0, INF)),
    (contract.DecisionProblem, "thresholds"): (lambda x: problem(thresholds={"qaly": (x,)}), (-1.0, INF)),
}
# Whole numbers that order or count and can be any, and figures of publications, which are shown and change nothing.
ELSEWHERE = {
    (contract.Event, "priority"),
    (contract.Alternative, "fixed"),  # in a record's place, by whoever runs it: tests/unit/test_structure.py
    (contract.DecisionProblem, "challenge"),
    (contract.DecisionProblem, "correlations"),  # of records: tests/faults/test_ranges.py
    (contract.Expression, "low"),  # of what is computed, by whoever loads it
    (contract.Expression, "high"),
    (contract.CalibrationTarget, "start"),
    (contract.CalibrationTarget, "prior"),  # tests/unit/test_calibrate.py
    (contract.ShareWithTime, "years"),
    (contract.PublishedResult, "published"),
    (contract.PublishedResult, "intervals"),
    (contract.PublishedResult, "people"),
    (contract.PublishedResult, "counts"),
    (contract.PublishedResult, "sd"),
    (contract.PublishedResult, "months"),
    (contract.PublishedTrial, "arms"),
    (contract.TrialFigure, "value"),
    (contract.TrialFigure, "threshold"),
    (contract.PriceLevels, "levels"),  # tests/unit/test_money.py, as the rates
    (contract.ExchangeRate, "rate"),
}


def test_every_field_of_plain_numbers_is_tried() -> None:
    words = {x for x in vars(contract).values() if isinstance(x, type) and is_dataclass(x)}
    told = {(w, f.name): str(f.type) for w in words for f in fields(w)}
    numbers = {place for place, t in told.items() if ("float" in t or "int" in t) and "Quantity" not in t}
    assert numbers - {(contract.Product, "factors")} == PLAIN.keys() | ELSEWHERE


# Fields of quantities that are not in one table with their ranges alone: what each must refuse beside.
QUANTITIES: dict[str, tuple[Make, tuple[float, ...]]] = {
    "utility": (lambda x: replace(problem(), utilities=(m.Utility(m.When(), x),)), (1.9, -1.1, INF)),
    "utility, as a product": (
        lambda x: replace(problem(), utilities=(m.Utility(m.When(), m.Product(x, 1.0)),)),
        (1.9, INF),
    ),
    "utility, given by a strategy": (
        lambda x: problem(strategies=(m.Strategy("a", "A"), m.Strategy("b", "B", given={"u": x}))),
        (),
    ),
    "utility, by a profile": (lambda x: by(m.Term(x)), (1.9, -1.1, INF)),
    "utility, by two profiles": (
        lambda x: problem(
            utilities=(m.Utility(m.When(), 0.5, by=(m.Profile((m.Term(x),)), m.Profile.by_age({0: 2.0}))),)
        ),
        (1.9, -1.1, INF),
    ),
    "share": (lambda x: problem(severity=m.Mixture({"mild": x, "worse": 0.5}, "none")), (-0.1, 0.6, 1.2, INF)),
    "start": (lambda x: problem(start={"health": m.Mixture({"ill": x, "well": 0.5}, "well")}), (-0.1, 0.6, INF)),
    "price": (lambda x: costing(m.StateTime(WELL), x), (INF, -INF)),
    "quantity": (lambda x: costing(m.StateTime(WELL), 1.0, (x,)), (INF,)),
    "effect": (counting, (INF,)),
    "quantity of an effect": (lambda x: counting(1.0, (x,)), (INF,)),
    "rate": (lambda x: problem(m.Exponential(x)), (-1.0, INF)),
    "ratio": (lambda x: with_effect(start=x), (-1.0, INF)),
}
TRIED = {f"{kind.__name__}.{name}": found for (kind, name), found in PLAIN.items()} | QUANTITIES


@pytest.mark.parametrize("place", TRIED)
def test_what_is_no_number_for_its_place_is_refused(place: str) -> None:
    """Told by our own errors, at the latest when the problem is loaded."""
    make, wrong = TRIED[place]
    for value in (*NEVER, *wrong):
        if isinstance(value, str) and place in QUANTITIES:
            continue  # a name, of which there is no record
        with pytest.raises((m.ModelError, InputError)):
            load(make(value))


def test_a_number_that_a_setting_gives_is_held_to_what_it_is_a_part_of() -> None:
    """Inside a product as by itself, and where a variant puts another record in its place."""
    worth = (m.Utility(m.When(), m.Product("u", "v")),)
    numbers = {n: {"unit": "ratio", "distribution": {"fixed": {"value": 0.9}}} for n in ("u", "v")}
    big = {"unit": "ratio", "distribution": {"fixed": {"value": 3.0}}}

    def under(**setting: Any) -> m.DecisionProblem:
        return problem(utilities=worth, settings=(m.Setting("base", "Base", horizon=2.0, **setting),))

    load(under(), inline=numbers)
    with pytest.raises(InputError, match=r"Utility\.value in setting base: .*2\.7 is out of range"):
        load(under(given={"u": 3.0}), inline={"v": numbers["v"]})
    with pytest.raises(InputError, match=r"Utility\.value: .*2\.7 is out of range"):
        load(under(variants=(m.Variant("more", "More", {"u": "w"}),)), inline={**numbers, "w": big})
