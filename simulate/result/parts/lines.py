"""A result taken apart so that money can be put together again without us: quantities at unit price one, and prices.

Costs are sums of products: how much there was of something, times what one of it costs. Whoever has the first by draw
and strategy may change the second and needs no simulation and no program of ours: a page does so in a browser.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from models.contract import CostItem, DecisionProblem, ModelError, parameter_names
from models.economics import Kind, Payer
from parameters.arrays import Floats
from parameters.units import UNITS, to_engine
from simulate.ask.answerable import Withheld, withheld
from simulate.ask.options import valued_as
from simulate.ask.reads import price_names
from simulate.evaluate.decision.equality import settled
from simulate.evaluate.uncertainty.precision import weighted_mean
from simulate.evaluate.valuation import cost_of, value
from simulate.result.valued import Valued


class Price(NamedTuple):
    """A unit price that may be put in another's place afterwards."""

    name: str  # of its parameter
    factor: float  # engine units for one of the record's own unit and price year
    drawn: Floats  # [draw], in engine units
    delivers: bool  # whether it is of what delivers a strategy


class CostLine(NamedTuple):
    """What one payer spends on what has the same prices."""

    payer: Payer
    kind: Kind
    prices: tuple[str, ...]  # names, all of which multiply it
    amount: Floats  # [draw, strategy], money per person where each of these prices is one engine unit


@dataclass(frozen=True, eq=False)
class Parts:
    """A result in parts: costs of a perspective are the sum over its lines of amount x prices."""

    prices: tuple[Price, ...]
    lines: tuple[CostLine, ...]
    effects: Mapping[str, Floats]  # by name, per person, [draw, strategy]
    withheld: Mapping[tuple[str, str], Withheld]  # by perspective and effect: what is not told, and why


def parts_of(result: Valued, most: int = 8) -> Parts:
    """The result's costs at unit price one with at most `most` prices apart, those that move differences most first.

    Under its setting, with rare events counted as its own costs and effects count them. An effect that cannot be
    valued (no quality of life is declared, say) is left out.
    """
    problem = result.case.problem
    apart = _by_weight(result, prices_apart(result))[:most]
    lines = _lines(result, [p.name for p in apart])
    used = {name for line in lines for name in line.prices}
    effects = {e.name: found for e in problem.effects if (found := _effect(result, e.name)) is not None}
    kept = {(p.name, e): withheld_as(result, p.name, e) for p in problem.perspectives for e in effects}
    return Parts(tuple(p for p in apart if p.name in used), lines, effects, kept)


def prices_apart(result: Valued) -> list[Price]:
    """Every unit price in money that multiplies cost items whole, and that nothing else reads."""
    problem, setting, drawn = result.case.problem, result.case.setting, result.drawn
    free = set(price_names(problem, setting, drawn.names)) - _read_otherwise(problem, setting.given)
    found: dict[str, bool] = {}
    for item in problem.costs:
        for name in {q for q in (item.unit_cost, *item.quantities) if isinstance(q, str)} & free:
            if name in result.case.parameters and UNITS[result.case.parameters[name].unit].money:
                found[name] = found.get(name, False) or getattr(item.basis, "component", None) is not None
    return [_price(result, name, delivers) for name, delivers in sorted(found.items())]


def _read_otherwise(problem: DecisionProblem, given: Mapping[str, object]) -> set[str]:
    """Names that stand in something made of several, in an effect, or in what a setting or strategy gives."""
    whole = tuple((i.unit_cost, *i.quantities) for i in problem.costs)
    composite = tuple(q for factors in whole for q in factors if not isinstance(q, str))
    profiles = tuple(i.by for i in problem.costs)
    gives = tuple(s.given for s in problem.strategies)
    twice = {q for factors in whole for q in factors if isinstance(q, str) and factors.count(q) > 1}
    read = {*parameter_names((composite, profiles, problem.utilities, problem.effects)), *twice, *given}
    read |= {n for values in (given, *gives) for q in values.values() for n in parameter_names((q,))}
    return read | {name for values in gives for name in values}


def _price(result: Valued, name: str, delivers: bool) -> Price:
    record = result.case.parameters[name]
    factor = float(to_engine(np.array(1.0), record.unit, record.price_year, result.draws.money))
    return Price(name, factor, result.draws.engine(name), delivers)


def _by_weight(result: Valued, prices: list[Price]) -> list[Price]:
    """Those of what delivers a strategy first, then by how much of the mean differences in cost hangs on each."""
    problem, weight = result.case.problem, dict.fromkeys((p.name for p in prices), 0.0)
    costs = cost_of(problem, problem.costs, result.draws, result.counted)
    for item, cost in zip(problem.costs, costs, strict=True):
        for name in {item.unit_cost, *item.quantities} & set(weight):
            weight[str(name)] += float(np.abs(cost.mean(axis=0) - cost.mean(axis=0)[0]).max())
    return sorted(prices, key=lambda p: (not p.delivers, -weight[p.name], p.name))


def _lines(result: Valued, names: Collection[str]) -> tuple[CostLine, ...]:
    """Items of the same payer, kind and prices together."""
    problem = result.case.problem
    costs = cost_of(problem, [_at_one(i, names) for i in problem.costs], result.draws, result.counted)
    found: dict[tuple[Payer, Kind, tuple[str, ...]], Floats] = {}
    for item, cost in zip(problem.costs, costs, strict=True):
        prices = tuple(q for q in (item.unit_cost, *item.quantities) if isinstance(q, str) and q in names)
        key = (item.payer, item.kind, tuple(sorted(prices)))
        found[key] = found[key] + cost if key in found else cost
    return tuple(CostLine(*key, amount) for key, amount in found.items())


def _at_one(item: CostItem, names: Collection[str]) -> CostItem:
    """The item with these prices at one."""
    quantities = tuple(q for q in item.quantities if q not in names)
    return replace(item, unit_cost=1.0 if item.unit_cost in names else item.unit_cost, quantities=quantities)


def _effect(result: Valued, name: str) -> Floats | None:
    problem, options = result.case.problem, result.options
    try:
        found = value(problem, result.draws, result.counted, options.perspective, name)
    except (ModelError, ValueError):
        return None
    return settled(weighted_mean(found.effect, found.people))


def withheld_as(result: Valued, perspective: str, effect: str) -> Withheld:
    """What is not told of the result valued otherwise; as it was valued, what it withholds itself."""
    if (perspective, effect) == (result.options.perspective, result.options.effect):
        return result.withheld
    try:
        options = valued_as(result.options, result.case, perspective, effect)
    except ModelError as fault:
        why = str(fault)
        return Withheld(why, why, why, why, result.strategies)
    return withheld(result.case, options)
