"""Statistics times prices: costs by perspective and effects, without simulating anything again.

Costs take the statistics at the cost rate, QALYs those at the effect rate, shares ever the
undiscounted ones. Sums run over states, outcomes and batches one at a time, so that two strategies
with the same histories get the same bits; what still differs by rounding only is settled by ``equality``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.contract import (
    CostItem,
    DecisionProblem,
    EffectItem,
    EffectMeasure,
    StateTime,
    Strategy,
)
from parameters.arrays import Floats, keep_read_only
from parameters.ground.brief import Brief
from parameters.units import DAYS_PER_YEAR
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.quantities import make_lookup, of_each
from simulate.engine.statistics import COST_RATE, EFFECT_RATE, Statistics
from simulate.evaluate.bases import amount, basis_amount, holders, state_time, sum_over
from simulate.evaluate.decision.equality import settled
from simulate.evaluate.uncertainty.precision import weighted_mean
from simulate.evaluate.utilities import state_utilities
from simulate.evaluate.weighing import is_weighed, weighed_sum


class Quantities(Protocol):
    """Parameter draws: any parameter in engine units (years, per year, money of the base year), [draws]."""

    def engine(self, name: str, /) -> Floats: ...


@dataclass(frozen=True, eq=False, repr=False)
class Values(Brief):
    """Means per person within each batch; effects are signed so that greater is better."""

    cost: Floats  # [draw, strategy, batch], money per person
    effect: Floats  # [draw, strategy, batch], units of the effect measure per person
    people: Floats  # [batch]

    def __post_init__(self) -> None:
        keep_read_only(self, ("cost", "effect", "people"))

    def mean_cost(self) -> Floats:
        """Mean cost per person, money, [draws, strategies]."""
        return weighted_mean(self.cost, self.people)

    def mean_effect(self) -> Floats:
        """Mean effect per person, [draws, strategies]."""
        return weighted_mean(self.effect, self.people)

    def batch_values(self) -> Floats:
        """Cost and effect together as ``noise_correct`` reads them, [draws, batches, strategies, 2]."""
        return np.stack([np.swapaxes(self.cost, 1, 2), np.swapaxes(self.effect, 1, 2)], axis=-1)


def value(problem: DecisionProblem, draws: Quantities, statistics: Statistics, perspective: str, effect: str) -> Values:
    """Costs that count in `perspective` and `effect`, per person, for every draw, strategy and batch.

    Items outside the perspective are left out, never multiplied by zero. ``ModelError`` names an
    unknown perspective, effect or state without a utility; ``ValueError`` what the run did not
    collect, or prices drawn for another number of draws.
    """
    costs = cost_batches(problem, draws, statistics, perspective)
    gained = _effect(problem, problem.effect(effect), _lookup(problem, draws, statistics), statistics)
    return Values(costs, settled(gained / statistics.people, axis=1), statistics.people)


def cost_batches(problem: DecisionProblem, draws: Quantities, statistics: Statistics, perspective: str) -> Floats:
    """The costs of ``value`` alone, money per person, [draw, strategy, batch]; errors likewise."""
    lookup = _lookup(problem, draws, statistics)
    total, size = np.zeros(statistics.time.shape[:3]), np.zeros(statistics.time.shape[:3])
    for item in problem.counted(perspective):
        cost = _item_cost(problem, item, lookup, statistics)
        total, size = total + cost, size + np.abs(cost)
    return settled(total / statistics.people, size / statistics.people, axis=1)


def cost_by_item(
    problem: DecisionProblem,
    draws: Quantities,
    statistics: Statistics,
    perspective: str | None = None,
    *,
    rate: int = COST_RATE,
) -> dict[str, Floats]:
    """Mean cost per person of each cost item, money, [draws, strategies]; every item when `perspective` is None.

    `rate` is a position on the axis of discounting: ``COST_RATE``, or ``UNDISCOUNTED`` for budgets.
    """
    items = problem.costs if perspective is None else problem.counted(perspective)
    return dict(zip([i.name for i in items], cost_of(problem, items, draws, statistics, rate=rate), strict=True))


def cost_of(
    problem: DecisionProblem,
    items: Sequence[CostItem],
    draws: Quantities,
    statistics: Statistics,
    *,
    rate: int = COST_RATE,
) -> list[Floats]:
    """Mean cost per person of each of these `items`, money, [draws, strategies].

    They may be the problem's own at another price: one at a unit cost of 1.0 costs as much as there is of it.
    """
    lookup = _lookup(problem, draws, statistics)
    return [statistics.per_person(_item_cost(problem, item, lookup, statistics, rate)) for item in items]


def _lookup(problem: DecisionProblem, draws: Quantities, statistics: Statistics) -> Lookup:
    """Of a quantity as it is under each strategy, [draws, strategies or 1, 1]."""

    def column(name: str) -> Floats:
        values = np.asarray(draws.engine(name), dtype=np.float64)
        if values.shape != (statistics.draws,):
            raise ValueError(f"{name}: values of shape {values.shape} for statistics of {statistics.draws} draws")
        return values

    return of_each(make_lookup(column, statistics.draws), _those_of(problem, statistics))


def _those_of(problem: DecisionProblem, statistics: Statistics) -> list[Strategy]:
    """The strategies of the statistics, in their order."""
    known = {s.id: s for s in problem.strategies}
    return [known.get(s, Strategy(s, s)) for s in statistics.strategies]


def _item_cost(
    problem: DecisionProblem, item: CostItem, lookup: Lookup, statistics: Statistics, rate: int = COST_RATE
) -> Floats:
    """money summed over the people of each batch, [draws, strategies, batches]."""
    price = lookup(item.unit_cost) * item.sign
    for quantity in item.quantities:
        price = price * lookup(quantity)
    if is_weighed(item):
        held = item.basis.component if isinstance(item.basis, StateTime) else None
        weighed = weighed_sum(problem, item, lookup, statistics, rate) * price
        return weighed if held is None else weighed * holders(problem, held)[:, None]
    return basis_amount(problem, item, statistics, rate) * price


def _effect(problem: DecisionProblem, measure: EffectMeasure, lookup: Lookup, statistics: Statistics) -> Floats:
    """Effect summed over the people of each batch, [draws, strategies, batches]."""
    if measure.ever is not None:
        return -100.0 * statistics.ever[..., statistics.tracker_index(measure.ever)]
    if measure.achieved is not None:
        return 100.0 * statistics.ever[..., statistics.tracker_index(measure.achieved)]
    if measure.averted is not None:
        outcomes = statistics.outcome_indices(problem.pathway.resolve(measure.averted))
        return -sum_over(statistics.count[..., EFFECT_RATE, :], outcomes)
    if measure.days is not None:
        return state_time(problem, measure.days, statistics, EFFECT_RATE) * DAYS_PER_YEAR
    if measure.years is not None:
        return state_time(problem, measure.years, statistics, EFFECT_RATE)
    if measure.items:
        items = [_effect_item(problem, item, lookup, statistics) for item in measure.items]
        return np.asarray(sum(items[1:], items[0]))
    total = np.zeros(statistics.time.shape[:3])
    for k, utility in state_utilities(problem, lookup, statistics.states):
        total += statistics.time[..., EFFECT_RATE, k] * utility
    for once in problem.utilities:
        if is_weighed(once):
            total += weighed_sum(problem, once, lookup, statistics, EFFECT_RATE) * lookup(once.value)
        elif once.event is not None:
            outcomes = statistics.outcome_indices(problem.pathway.resolve(once.event))
            total += sum_over(statistics.count[..., EFFECT_RATE, :], outcomes) * lookup(once.value)
    return total


def _effect_item(problem: DecisionProblem, item: EffectItem, lookup: Lookup, statistics: Statistics) -> Floats:
    """Effect summed over the people of each batch, [draws, strategies, batches]."""
    each = lookup(item.value) * item.sign
    for quantity in item.quantities:
        each = each * lookup(quantity)
    return amount(problem, item.basis, statistics, EFFECT_RATE) * each
