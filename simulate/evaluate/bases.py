"""How much of each cost basis people used: times, events, stays and deliveries, from a run's statistics."""

from __future__ import annotations

import numpy as np

from models.contract import (
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


def basis_amount(problem: DecisionProblem, item: CostItem, statistics: Statistics, rate: int) -> Floats:
    """What the item is paid for, summed over the people of each batch, [draws, strategies, batches]."""
    basis = item.basis
    try:
        if isinstance(basis, StateTime):
            time = state_time(problem, basis.when, statistics, rate)
            return time if basis.component is None else time * _holders(problem, basis.component)[:, None]
        if isinstance(basis, StayBand):
            rows = statistics.band_indices(basis.when, basis.low, basis.high)
            return sum_over(statistics.bands[..., rate, :], rows)
        if isinstance(basis, EventCount):
            return _events(problem, basis, statistics, rate)
        return by_component(basis, statistics, rate)
    except ValueError as fault:
        raise ModelError(f"CostItem {item.name}: {fault}") from fault


def _holders(problem: DecisionProblem, component: str) -> Floats:
    """1 for strategies with the component and 0 for others, [strategies]; ``ModelError`` unless all take it up."""
    held = [[c for c in s.components if c.name == component] for s in problem.strategies]
    if any(c.uptake != 1.0 for found in held for c in found):
        raise ModelError(f"StateTime under {component}: its uptake must be 1, since time is not told by who took it up")
    return np.array([float(bool(found)) for found in held])


def state_time(problem: DecisionProblem, when: When, statistics: Statistics, rate: int) -> Floats:
    """Person-years alive where `when` holds, [draws, strategies, batches]."""
    states = statistics.state_indices(alive_and(problem.pathway, when))
    return sum_over(statistics.time[..., rate, :], states)


def _events(problem: DecisionProblem, basis: EventCount, statistics: Statistics, rate: int) -> Floats:
    outcomes = statistics.outcome_indices(problem.pathway.resolve(basis.name))
    everything = sum_over(statistics.count[..., rate, :], outcomes)
    if basis.first == 1 and basis.last is None:
        return everything
    if basis.last is not None:
        return sum_over(statistics.nth[..., rate, :], statistics.nth_indices(basis.name, basis.first, basis.last))
    before = statistics.nth_indices(basis.name, 1, basis.first - 1)
    return everything - sum_over(statistics.nth[..., rate, :], before)


def needed(problem: DecisionProblem) -> Collect:
    """What a run has to collect so that every cost item of the problem can be valued."""
    counts = [i.basis for i in problem.costs if isinstance(i.basis, EventCount)]
    told_apart = [(b.name, b.last if b.last is not None else b.first - 1) for b in counts]
    nth: dict[str, int] = {}
    for name, n in told_apart:
        if n > 0:
            nth[name] = max(n, nth.get(name, 0))
    return Collect(nth=nth, bands=tuple(i.basis for i in problem.costs if isinstance(i.basis, StayBand)))


def sum_over(values: Floats, positions: Ints) -> Floats:
    total = np.zeros(values.shape[:-1])
    for k in positions:
        total += values[..., k]
    return total


def by_component(basis: Delivery | ComponentTime, statistics: Statistics, rate: int) -> Floats:
    """People who took the component up, or their person-years under it; 0 in a strategy without it."""
    values = statistics.delivered if isinstance(basis, Delivery) else statistics.exposure
    return sum_over(values[..., rate, :], statistics.component_indices(basis.component))
