"""A result taken apart by some of the prices that may be changed after it, all else multiplied out.

A page carries few numbers: lines of the same payer and prices are added up, each with what else it is worth in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from models.contract import CostItem, DecisionProblem, ModelError, Quantity, Setting, parameter_names
from models.economics import Kind, Payer
from models.quantities import Product
from parameters.arrays import Floats
from parameters.units import UNITS, to_engine
from simulate.ask.answerable import Withheld, withheld
from simulate.ask.options import valued_as
from simulate.evaluate.decision.equality import settled, settled_means
from simulate.evaluate.rare.lacking import Lacking
from simulate.evaluate.uncertainty.precision import weighted_mean
from simulate.evaluate.valuation import value
from simulate.result.parts.lines import Line, item_lines, worth_of
from simulate.result.valued import Valued


class Price(NamedTuple):
    """A unit price that may be put in another's place afterwards."""

    name: str  # of its parameter
    factor: float  # engine units for one of the record's own unit and price year
    drawn: Floats  # [draw], in engine units
    delivers: bool  # whether it is of what delivers a strategy


class PricedLine(NamedTuple):
    """What one payer spends on what has the same prices: lines added up, whatever else they are worth in them."""

    payer: Payer
    kind: Kind
    prices: tuple[str, ...]  # names, all of which multiply it
    amount: Floats  # [draw, strategy], money per person where each of these prices is one engine unit


ItemLine = tuple[CostItem, Line]


@dataclass(frozen=True, eq=False)
class Parts:
    """A result in parts: costs of a perspective are the sum over its lines of amount x prices."""

    prices: tuple[Price, ...]
    lines: tuple[PricedLine, ...]
    effects: Mapping[str, Floats]  # by name, per person, [draw, strategy]
    withheld: Mapping[tuple[str, str], Withheld]  # by perspective and effect: what is not told, and why
    lacking_cost: Mapping[str, tuple[float, ...]]  # by perspective: see ``lacking_as``, of money at the prices drawn
    lacking_effect: Mapping[str, tuple[float, ...]]  # by effect


def taken_apart(result: Valued, most: int = 8) -> Parts:
    """The result's costs at unit price one with at most `most` prices apart, those that move differences most first.

    Under its setting, with rare events counted as its own costs and effects count them. An effect that cannot be
    valued (no quality of life is declared, say) is left out.
    """
    problem = result.case.problem
    whole = [(item, line) for item in problem.costs for line in item_lines(result, item)]
    apart = _by_weight(result, whole, prices_apart(result))[:most]
    lines = _priced(result, whole, [p.name for p in apart])
    used = {name for line in lines for name in line.prices}
    effects = {e.name: found for e in problem.effects if (found := _effect(result, e.name)) is not None}
    kept = {(p.name, e): withheld_as(result, p.name, e) for p in problem.perspectives for e in effects}
    o = result.options
    cost = {p.name: lacking_as(result, p.name, o.effect)[0] for p in problem.perspectives}
    effect = {e: lacking_as(result, o.perspective, e)[1] for e in effects}
    return Parts(tuple(p for p in apart if p.name in used), lines, effects, kept, cost, effect)


def prices_apart(result: Valued) -> list[Price]:
    """Every unit price in money that may be changed, multiplies cost items whole, and that nothing else reads.

    Of what may be changed (``Case.changeable``), that by which a page can multiply.
    """
    problem, setting = result.case.problem, result.case.setting
    free = result.case.changeable() - _read_otherwise(problem, setting)
    found: dict[str, bool] = {}
    as_given = _by_their_own_names(problem, setting)
    for item in problem.costs:
        for name in {q for q in _factors((item.unit_cost, *item.quantities), as_given) if isinstance(q, str)} & free:
            if name in result.case.parameters and UNITS[result.case.parameters[name].unit].money:
                found[name] = found.get(name, False) or getattr(item.basis, "component", None) is not None
    return [_price(result, name, delivers) for name, delivers in sorted(found.items())]


def _factors(quantities: Iterable[Quantity], as_given: Mapping[str, str]) -> Iterator[Quantity]:
    """All that is multiplied, products taken apart, each by the name of its own record."""
    for quantity in quantities:
        if isinstance(quantity, Product):
            yield from _factors(quantity.factors, as_given)
        else:
            yield as_given.get(quantity, quantity) if isinstance(quantity, str) else quantity


def _by_their_own_names(problem: DecisionProblem, setting: Setting) -> dict[str, str]:
    """What a setting gives as another parameter just as it is: name that items read -> the record's own."""
    elsewhere = {name for s in problem.strategies for name in s.given}
    plain = {n: q for n, q in setting.given.items() if isinstance(q, str) and n not in elsewhere}
    return {n: q for n, q in plain.items() if q not in setting.given}


def _read_otherwise(problem: DecisionProblem, setting: Setting) -> set[str]:
    """Names that stand in something made of several, in an effect, or in what a setting or strategy gives changed."""
    as_given = _by_their_own_names(problem, setting)
    given = {n: q for n, q in setting.given.items() if n not in as_given}
    whole = tuple(tuple(_factors((i.unit_cost, *i.quantities), as_given)) for i in problem.costs)
    composite = tuple(q for factors in whole for q in factors if not isinstance(q, str))
    profiles = tuple(i.by for i in problem.costs)
    gives = tuple(s.given for s in problem.strategies)
    twice = {q for factors in whole for q in factors if isinstance(q, str) and factors.count(q) > 1}
    read = {*parameter_names((composite, profiles, problem.utilities, problem.effects)), *twice, *given}
    read |= {n for values in (given, *gives) for q in values.values() for n in parameter_names((q,))}
    read |= {name for values in gives for name in values}
    return read | {as_given[n] for n in read & set(as_given)}


def _price(result: Valued, name: str, delivers: bool) -> Price:
    record = result.case.parameters[name]
    factor = float(to_engine(np.array(1.0), record.unit, record.price_year, result.draws.money))
    return Price(name, factor, result.draws.engine(name), delivers)


def _by_weight(result: Valued, lines: Sequence[ItemLine], prices: list[Price]) -> list[Price]:
    """Those of what delivers a strategy first, then by how much of the mean differences in cost hangs on each.

    Where no difference does but by rounding, by how much is spent at them.
    """
    moved, spent = ({p.name: 0.0 for p in prices} for _ in range(2))
    as_given = _by_their_own_names(result.case.problem, result.case.setting)
    for item in result.case.problem.costs:
        mine = [line for x, line in lines if x is item]
        cost = sum((line.amount * worth_of(result, line.factors)[:, None] for line in mine), np.zeros((1, 1)))
        means = settled_means(cost)
        for name in {f for line in mine for f in _factors(line.factors, as_given) if isinstance(f, str)} & set(moved):
            moved[name] += float(np.abs(means - means[0]).max())
            spent[name] += float(np.abs(means).max())
    return sorted(prices, key=lambda p: (not p.delivers, -moved[p.name], -spent[p.name], p.name))


def _priced(result: Valued, lines: Sequence[ItemLine], names: Collection[str]) -> tuple[PricedLine, ...]:
    """Lines of the same payer, kind and prices together, each with what it is worth but for these prices."""
    found: dict[tuple[Payer, Kind, tuple[str, ...]], Floats] = {}
    as_given = _by_their_own_names(result.case.problem, result.case.setting)
    for item, line in lines:
        own = list(_factors(line.factors, as_given))
        prices = tuple(sorted(f for f in own if isinstance(f, str) and f in names))
        amount = line.amount * worth_of(result, [f for f in own if f not in prices])[:, None]
        key = (item.payer, item.kind, prices)
        found[key] = found[key] + amount if key in found else amount
    return tuple(PricedLine(*key, amount) for key, amount in found.items())


def _effect(result: Valued, name: str) -> Floats | None:
    problem, options = result.case.problem, result.options
    try:
        found = value(problem, result.draws, result.counted, options.perspective, name)
    except (ModelError, ValueError):
        return None
    return settled(weighted_mean(found.effect, found.people))


def lacking_as(result: Valued, perspective: str, effect: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """By how much differences from the first strategy may be off through what nobody met, valued otherwise.

    Standard errors of every other strategy's mean difference in cost and in effect, which its MCSE holds too.
    """
    other = Lacking.of(replace(result.judged, perspective=perspective, effect=effect))
    first, *others = result.strategies
    return tuple(other.cost((s, first)) for s in others), tuple(other.effect((s, first)) for s in others)


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
