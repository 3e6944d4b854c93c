"""Statistics times prices: costs by perspective and effects, without simulating anything again.

Costs take the statistics at the cost rate, QALYs those at the effect rate, shares ever the
undiscounted ones. Sums run over states, outcomes and batches one at a time, so that two strategies
with the same histories get the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.contract import (
    ComponentTime,
    CostItem,
    DecisionProblem,
    Delivery,
    EffectItem,
    EffectMeasure,
    EventCount,
    ModelError,
    Pathway,
    Perspective,
    StateTime,
    StayBand,
    Utility,
    When,
)
from parameters.units import DAYS_PER_YEAR
from simulate.engine.lookup import make_lookup
from simulate.engine.statistics import COST_RATE, EFFECT_RATE, Floats, Ints, Statistics
from simulate.engine.tables import Collect, Lookup, joint_states
from simulate.evaluate.precision import weighted_mean


class Quantities(Protocol):
    """Parameter draws: any parameter in engine units (years, per year, GBP of the base year), [draws]."""

    def engine(self, name: str, /) -> Floats: ...


@dataclass(frozen=True, eq=False)
class Values:
    """Means per person within each batch; effects are signed so that greater is better."""

    cost: Floats  # [draw, strategy, batch], GBP per person
    effect: Floats  # [draw, strategy, batch], units of the effect measure per person
    people: Floats  # [batch]

    def mean_cost(self) -> Floats:
        """Mean cost per person, GBP, [draws, strategies]."""
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
    lookup = _lookup(draws, statistics)
    total = np.zeros(statistics.time.shape[:3])
    for item in items_in(problem, perspective):
        total = total + _item_cost(problem, item, lookup, statistics)
    gained = _effect(problem, problem.effect(effect), lookup, statistics)
    return Values(total / statistics.people, gained / statistics.people, statistics.people)


def cost_by_item(
    problem: DecisionProblem,
    draws: Quantities,
    statistics: Statistics,
    perspective: str | None = None,
    *,
    rate: int = COST_RATE,
) -> dict[str, Floats]:
    """Mean cost per person of each cost item, GBP, [draws, strategies]; every item when `perspective` is None.

    `rate` is a position on the axis of discounting: ``COST_RATE``, or ``UNDISCOUNTED`` for budgets.
    """
    lookup = _lookup(draws, statistics)
    items = problem.costs if perspective is None else items_in(problem, perspective)
    return {item.name: statistics.per_person(_item_cost(problem, item, lookup, statistics, rate)) for item in items}


def items_in(problem: DecisionProblem, perspective: str) -> tuple[CostItem, ...]:
    """The cost items that count in a perspective: those of its payers and its kinds."""
    seen: Perspective = problem.perspective(perspective)
    return tuple(item for item in problem.costs if item.payer in seen.payers and item.kind in seen.kinds)


def _lookup(draws: Quantities, statistics: Statistics) -> Lookup:
    def column(name: str) -> Floats:
        values = np.asarray(draws.engine(name), dtype=np.float64)
        if values.shape != (statistics.draws,):
            raise ValueError(f"{name}: values of shape {values.shape} for statistics of {statistics.draws} draws")
        return values

    return make_lookup(column, statistics.draws)


def _item_cost(
    problem: DecisionProblem, item: CostItem, lookup: Lookup, statistics: Statistics, rate: int = COST_RATE
) -> Floats:
    """GBP summed over the people of each batch, [draws, strategies, batches]."""
    price = lookup(item.unit_cost) * item.sign
    for quantity in item.quantities:
        price = price * lookup(quantity)
    return _basis(problem, item, statistics, rate) * price[:, None, None]


def _basis(problem: DecisionProblem, item: CostItem, statistics: Statistics, rate: int) -> Floats:
    """What the item is paid for, summed over the people of each batch, [draws, strategies, batches]."""
    basis = item.basis
    try:
        if isinstance(basis, StateTime):
            time = _time(problem, basis.when, statistics, rate)
            return time if basis.component is None else time * _holders(problem, basis.component)[:, None]
        if isinstance(basis, StayBand):
            rows = statistics.band_indices(basis.when, basis.low, basis.high)
            return _sum_over(statistics.bands[..., rate, :], rows)
        if isinstance(basis, EventCount):
            return _events(problem, basis, statistics, rate)
        return _by_component(basis, statistics, rate)
    except ValueError as fault:
        raise ModelError(f"CostItem {item.name}: {fault}") from fault


def _holders(problem: DecisionProblem, component: str) -> Floats:
    """1 for strategies with the component and 0 for others, [strategies]; ``ModelError`` unless all take it up."""
    held = [[c for c in s.components if c.name == component] for s in problem.strategies]
    if any(c.uptake != 1.0 for found in held for c in found):
        raise ModelError(f"StateTime under {component}: its uptake must be 1, since time is not told by who took it up")
    return np.array([float(bool(found)) for found in held])


def _time(problem: DecisionProblem, when: When, statistics: Statistics, rate: int) -> Floats:
    """Person-years alive where `when` holds, [draws, strategies, batches]."""
    states = statistics.state_indices(_alive_and(problem.pathway, when))
    return _sum_over(statistics.time[..., rate, :], states)


def _events(problem: DecisionProblem, basis: EventCount, statistics: Statistics, rate: int) -> Floats:
    outcomes = statistics.outcome_indices(problem.pathway.resolve(basis.name))
    everything = _sum_over(statistics.count[..., rate, :], outcomes)
    if basis.first == 1 and basis.last is None:
        return everything
    if basis.last is not None:
        return _sum_over(statistics.nth[..., rate, :], statistics.nth_indices(basis.name, basis.first, basis.last))
    before = statistics.nth_indices(basis.name, 1, basis.first - 1)
    return everything - _sum_over(statistics.nth[..., rate, :], before)


def needed(problem: DecisionProblem) -> Collect:
    """What a run has to collect so that every cost item of the problem can be valued."""
    counts = [i.basis for i in problem.costs if isinstance(i.basis, EventCount)]
    told_apart = [(b.name, b.last if b.last is not None else b.first - 1) for b in counts]
    nth: dict[str, int] = {}
    for name, n in told_apart:
        if n > 0:
            nth[name] = max(n, nth.get(name, 0))
    return Collect(nth=nth, bands=tuple(i.basis for i in problem.costs if isinstance(i.basis, StayBand)))


def _sum_over(values: Floats, positions: Ints) -> Floats:
    total = np.zeros(values.shape[:-1])
    for k in positions:
        total += values[..., k]
    return total


def _by_component(basis: Delivery | ComponentTime, statistics: Statistics, rate: int) -> Floats:
    """People who took the component up, or their person-years under it; 0 in a strategy without it."""
    values = statistics.delivered if isinstance(basis, Delivery) else statistics.exposure
    return _sum_over(values[..., rate, :], statistics.component_indices(basis.component))


def _effect(problem: DecisionProblem, measure: EffectMeasure, lookup: Lookup, statistics: Statistics) -> Floats:
    """Effect summed over the people of each batch, [draws, strategies, batches]."""
    if measure.ever is not None:
        return -100.0 * statistics.ever[..., statistics.tracker_index(measure.ever)]
    if measure.achieved is not None:
        return 100.0 * statistics.ever[..., statistics.tracker_index(measure.achieved)]
    if measure.averted is not None:
        outcomes = statistics.outcome_indices(problem.pathway.resolve(measure.averted))
        return -_sum_over(statistics.count[..., EFFECT_RATE, :], outcomes)
    if measure.days is not None:
        return _time(problem, measure.days, statistics, EFFECT_RATE) * DAYS_PER_YEAR
    if measure.years is not None:
        return _time(problem, measure.years, statistics, EFFECT_RATE)
    if measure.items:
        items = [_effect_item(problem, item, lookup, statistics) for item in measure.items]
        return np.asarray(sum(items[1:], items[0]))
    total = np.zeros(statistics.time.shape[:3])
    for k, utility in state_utilities(problem, lookup, statistics.states):
        total += statistics.time[..., EFFECT_RATE, k] * utility[:, None, None]
    return total


def _effect_item(problem: DecisionProblem, item: EffectItem, lookup: Lookup, statistics: Statistics) -> Floats:
    """Effect summed over the people of each batch, [draws, strategies, batches]."""
    amount = lookup(item.value) * item.sign
    for quantity in item.quantities:
        amount = amount * lookup(quantity)
    if isinstance(item.basis, StateTime):
        return _time(problem, item.basis.when, statistics, EFFECT_RATE) * amount[:, None, None]
    assert isinstance(item.basis, Delivery | ComponentTime)
    return _by_component(item.basis, statistics, EFFECT_RATE) * amount[:, None, None]


def state_utilities(
    problem: DecisionProblem, lookup: Lookup, states: Sequence[Mapping[str, str]]
) -> Iterator[tuple[int, Floats]]:
    """Position and utility [draws] of every joint state but the absorbed, which are worth 0."""
    alive = _alive_and(problem.pathway, When())
    for k, state in enumerate(states):
        if alive(state):
            yield k, _state_utility(problem, lookup, state)


def _state_utility(problem: DecisionProblem, lookup: Lookup, state: Mapping[str, str]) -> Floats:
    """The first level that matches, plus every gain that matches."""
    total = lookup(_levels(problem, state)[0].value)
    for gain in problem.utilities:
        if gain.role == "gain" and gain.when.holds(state):
            total = total + lookup(gain.value)
    return total


def _levels(problem: DecisionProblem, state: Mapping[str, str]) -> list[Utility]:
    """The utilities of a state that are levels, in order."""
    levels = [u for u in problem.utilities if u.role == "level" and u.when.holds(state)]
    if not levels:
        words = ", ".join(f"{domain} {level}" for domain, level in state.items())
        raise ModelError(f"{problem.id}.utilities: no level for the state {words}")
    return levels


def check_utilities(problem: DecisionProblem) -> None:
    """Raise ``ModelError`` naming the first state, alive, that no utility of the problem is a level of."""
    for state in joint_states(problem.pathway):
        if _alive_and(problem.pathway, When())(state):
            _levels(problem, state)


def _alive_and(pathway: Pathway, when: When) -> Callable[[Mapping[str, str]], bool]:
    """A test of joint states: `when` holds and no domain is at an absorbing level."""
    absorbing = {domain.name: domain.absorbing for domain in pathway.domains}

    def holds(state: Mapping[str, str]) -> bool:
        return when.holds(state) and not any(level in absorbing[domain] for domain, level in state.items())

    return holds
