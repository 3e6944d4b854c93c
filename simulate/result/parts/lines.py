"""Costs and effects as sums of lines: how much of something people used, which is counted, times what it is worth.

Whoever has the lines by draw and strategy may put costs and effects together again at other prices, and needs no
simulation and no program of ours: a workbook does so by its formulas, and a page in a browser (see ``prices``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from models.contract import CostItem, DecisionProblem, EffectMeasure, Quantity, StateTime, Strategy, Utility, When
from models.states import alive_and, node_at, utility_levels
from parameters.arrays import Floats
from parameters.units import DAYS_PER_YEAR
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.statistics import COST_RATE, EFFECT_RATE, Statistics
from simulate.evaluate.bases import amount, basis_amount, holders, state_time, sum_over
from simulate.evaluate.weighing import is_weighed, rows_of
from simulate.result.valued import Valued


@dataclass(frozen=True, eq=False)
class Line:
    """A part of a cost or effect: `amount` x the product of `factors`, summed over lines."""

    name: str
    factors: tuple[Quantity, ...]  # in engine units: their product is what one of the amount is worth
    amount: Floats  # a person, discounted, [draws, strategies]


def cost_lines(result: Valued) -> list[Line]:
    """What the result's costs are the sum of, money per person."""
    items = result.case.problem.counted(result.options.perspective)
    return [line for item in items for line in item_lines(result, item)]


def item_lines(result: Valued, item: CostItem) -> list[Line]:
    """What one cost item is the sum of, money per person, whoever counts it."""
    return [*_of_each(result, item.name, *_of_item(result.case.problem, item, result.counted))]


def effect_lines(result: Valued) -> list[Line]:
    """What the result's effect is the sum of, in units of the effect per person."""
    problem, x = result.case.problem, result.counted
    measure = problem.effect(result.options.effect)
    parts = _of_measure(problem, measure, x)
    return [line for name, *rows in parts for line in _of_each(result, name, *rows)]


def worth_of(result: Valued, factors: Iterable[Quantity]) -> Floats:
    """The product of quantities in engine units, [draws]: what one of a line's amount is worth."""
    lookup = make_lookup(result.draws.engine, len(result.draws.values))
    found = np.ones(len(result.draws.values))
    for factor in factors:
        found = found * lookup(factor)
    return found


Row = tuple[tuple[Quantity, ...], Floats]  # what multiplies it, and how much there was, [draws, strategies, batches]

Part = tuple[str, *tuple[Row, ...]]  # of an effect: its name, and rows


def _of_each(result: Valued, name: str, *rows: Row) -> Iterator[Line]:
    """Rows as lines: one for each way that strategies value it, where they differ."""
    known = {s.id: s for s in result.case.problem.strategies}
    strategies = [known.get(s, Strategy(s, s)) for s in result.strategies]
    for k, (factors, sums) in enumerate(rows):
        each = result.counted.per_person(np.broadcast_to(sums, result.counted.time.shape[:3]))
        own = [tuple(s.under(f) for f in factors) for s in strategies]
        told = name if len(rows) == 1 else f"{name}, part {k + 1}"
        for n, mine in enumerate(dict.fromkeys(own)):
            those = np.array([found == mine for found in own])
            yield Line(told if not n else f"{told}, other {n}", mine, np.where(those, each, 0.0))


def _of_item(problem: DecisionProblem, item: CostItem, x: Statistics) -> list[Row]:
    if not is_weighed(item):
        return [((item.unit_cost, *item.quantities), basis_amount(problem, item, x, COST_RATE) * item.sign)]
    held = item.basis.component if isinstance(item.basis, StateTime) else None
    share = 1.0 if held is None else holders(problem, held)[:, None]
    return [
        ((*values, item.unit_cost, *item.quantities), _weighed(x, row.words(), COST_RATE) * share * item.sign)
        for row, values in rows_of(problem, item)
    ]


def _weighed(x: Statistics, words: str, rate: int) -> Floats:
    return np.asarray(x.weighed[..., rate, x.weighed_index(words)])


def _of_measure(problem: DecisionProblem, measure: EffectMeasure, x: Statistics) -> Iterator[Part]:
    """Name and rows of each part of an effect."""
    if measure.ever is not None:
        yield measure.ever, ((-100.0,), x.ever[..., x.tracker_index(measure.ever)])
    elif measure.achieved is not None:
        yield measure.achieved, ((100.0,), x.ever[..., x.tracker_index(measure.achieved)])
    elif measure.averted is not None:
        outcomes = x.outcome_indices(problem.pathway.resolve(measure.averted))
        yield measure.averted, ((-1.0,), sum_over(x.count[..., EFFECT_RATE, :], outcomes))
    elif measure.days is not None:
        yield "time", ((DAYS_PER_YEAR,), state_time(problem, measure.days, x, EFFECT_RATE))
    elif measure.years is not None:
        yield "time", ((1.0,), state_time(problem, measure.years, x, EFFECT_RATE))
    elif measure.items:
        for k, item in enumerate(measure.items, 1):
            sums = amount(problem, item.basis, x, EFFECT_RATE) * item.sign
            yield f"part {k}", ((item.value, *item.quantities), sums)
    else:
        yield from _of_utilities(problem, x)


def _of_utilities(problem: DecisionProblem, x: Statistics) -> Iterator[Part]:
    for utility in problem.utilities:
        name = f"{utility.role} {utility.event or utility.when.words()}"
        if is_weighed(utility):
            rows = rows_of(problem, utility)
            yield name, *(((*v, utility.value), _weighed(x, row.words(), EFFECT_RATE)) for row, v in rows)
        elif utility.event is not None:
            outcomes = x.outcome_indices(problem.pathway.resolve(utility.event))
            yield name, ((utility.value,), sum_over(x.count[..., EFFECT_RATE, :], outcomes))
        else:
            states = [k for k, state in _lived_in(problem, x) if _counts(problem, utility, state)]
            yield name, ((utility.value,), sum_over(x.time[..., EFFECT_RATE, :], np.array(states, dtype=np.int64)))


def _lived_in(problem: DecisionProblem, x: Statistics) -> Iterator[tuple[int, dict[str, str]]]:
    """Joint states that have a utility, with their places."""
    alive = alive_and(problem.pathway, When())
    yield from (
        (k, dict(state)) for k, state in enumerate(x.states) if alive(state) and node_at(problem.pathway, state) is None
    )


def _counts(problem: DecisionProblem, utility: Utility, state: dict[str, str]) -> bool:
    """Whether a utility is the level of a state, or a gain there."""
    return utility_levels(problem, state)[0] is utility if utility.role == "level" else utility.when.holds(state)
