"""How much of each cost basis people used: times, events, stays and deliveries, from a run's statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from models.contract import (
    Basis,
    ComponentTime,
    CostItem,
    DecisionProblem,
    Delivery,
    EventCount,
    ModelError,
    StateTime,
    StayBand,
    When,
)
from models.states import alive_and
from parameters.arrays import Floats, Ints
from simulate.engine.lower.collect import Collect
from simulate.engine.statistics import Statistics
from simulate.evaluate.weighing import is_weighed, weighed_in


def basis_amount(problem: DecisionProblem, item: CostItem, statistics: Statistics, rate: int) -> Floats:
    """What the item is paid for, summed over the people of each batch, [draws, strategies, batches]."""
    try:
        return amount(problem, item.basis, statistics, rate)
    except ValueError as fault:
        raise ModelError(f"CostItem {item.name}: {fault}") from fault


def amount(problem: DecisionProblem, basis: Basis, statistics: Statistics, rate: int) -> Floats:
    """How much of a basis there was, summed over the people of each batch, [draws, strategies, batches].

    `rate` is a position on the axis of discounting. ``ValueError`` for what the run did not collect.
    """
    return AMOUNTS[type(basis)].sum(problem, basis, statistics, rate)


def _time(problem: DecisionProblem, basis: StateTime, statistics: Statistics, rate: int) -> Floats:
    time = state_time(problem, basis.when, statistics, rate)
    return time if basis.component is None else time * holders(problem, basis.component)[:, None]


def holders(problem: DecisionProblem, component: str) -> Floats:
    """1 for strategies with the component and 0 for others, [strategies]; ``ModelError`` unless all take it up."""
    held = [[c for c in s.components if c.name == component] for s in problem.strategies]
    if any(c.uptake != 1.0 for found in held for c in found):
        raise ModelError(f"StateTime under {component}: its uptake must be 1, since time is not told by who took it up")
    return np.array([float(bool(found)) for found in held])


def state_time(problem: DecisionProblem, when: When, statistics: Statistics, rate: int) -> Floats:
    """Person-years alive where `when` holds, [draws, strategies, batches]."""
    states = statistics.state_indices(alive_and(problem.pathway, when))
    return sum_over(statistics.time[..., rate, :], states)


def _band(problem: DecisionProblem, basis: StayBand, statistics: Statistics, rate: int) -> Floats:
    rows = statistics.band_indices(basis.when, basis.low, basis.high)
    return sum_over(statistics.bands[..., rate, :], rows)


def _events(problem: DecisionProblem, basis: EventCount, statistics: Statistics, rate: int) -> Floats:
    outcomes = statistics.outcome_indices(problem.pathway.resolve(basis.name))
    everything = sum_over(statistics.count[..., rate, :], outcomes)
    if basis.first == 1 and basis.last is None:
        return everything
    if basis.last is not None:
        return sum_over(statistics.nth[..., rate, :], statistics.nth_indices(basis.name, basis.first, basis.last))
    before = statistics.nth_indices(basis.name, 1, basis.first - 1)
    return everything - sum_over(statistics.nth[..., rate, :], before)


def _delivered(problem: DecisionProblem, basis: Delivery, statistics: Statistics, rate: int) -> Floats:
    """People who took the component up; 0 in a strategy without it."""
    return sum_over(statistics.delivered[..., rate, :], statistics.component_indices(basis.component))


def _under(problem: DecisionProblem, basis: ComponentTime, statistics: Statistics, rate: int) -> Floats:
    """Person-years under the component by those who took it up; 0 in a strategy without it."""
    return sum_over(statistics.exposure[..., rate, :], statistics.component_indices(basis.component))


def sum_over(values: Floats, positions: Ints) -> Floats:
    total = np.zeros(values.shape[:-1])
    for k in positions:
        total += values[..., k]
    return total


# --- what a run collects ----------------------------------------------------------------------


def _nothing_more(basis: Basis) -> Collect:
    return Collect()


def _occurrences(basis: EventCount) -> Collect:
    told_apart = basis.last if basis.last is not None else basis.first - 1
    return Collect(nth={basis.name: told_apart} if told_apart > 0 else {})


class Amount(NamedTuple):
    """How much of a basis people used, and what a run has to collect for it beyond what all do."""

    sum: Callable[[DecisionProblem, Any, Statistics, int], Floats]
    collect: Callable[[Any], Collect] = _nothing_more


AMOUNTS: Mapping[type, Amount] = {
    StateTime: Amount(_time),
    StayBand: Amount(_band, lambda basis: Collect(bands=(basis,))),
    EventCount: Amount(_events, _occurrences),
    Delivery: Amount(_delivered),
    ComponentTime: Amount(_under),
}


def needed(problem: DecisionProblem) -> Collect:
    """What a run has to collect so that every cost item and utility of the problem can be valued."""
    nth: dict[str, int] = {}
    bands: list[StayBand] = []
    for item in [c for c in problem.costs if not is_weighed(c)]:
        asked = AMOUNTS[type(item.basis)].collect(item.basis)
        nth |= {name: max(n, nth.get(name, 0)) for name, n in asked.nth.items()}
        bands += asked.bands
    return Collect(nth=nth, bands=tuple(bands), weighed=weighed_in(problem))
