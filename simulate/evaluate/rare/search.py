"""What no simulated person met, or hardly any, and what it could be worth: never seen is not zero.

Of events that nobody met among N people the mean number a person lies below 3 / N with 95% confidence (the rule of
three; Hanley and Lippman-Hand, JAMA 1983;249:1743-1745), and of k events below the Poisson limit of k. Times their
price, or the time left to spend where they lead times its price, that is what the result may lack. Each draw has
people of its own, so that all of them count; the limit is of the mean over draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.contract import (
    Basis,
    ComponentTime,
    DecisionProblem,
    Delivery,
    Event,
    EventCount,
    Exponential,
    FixedTime,
    Gompertz,
    Mixture,
    StateTime,
    StayBand,
    When,
)
from models.states import alive_and
from parameters.arrays import Bools, Floats
from parameters.ground.brief import Brief
from parameters.units import DAYS_PER_YEAR
from simulate.engine.lower.quantities import make_lookup, of_each
from simulate.engine.lower.states import States, states_of
from simulate.engine.statistics import UNDISCOUNTED, Statistics
from simulate.evaluate.bases import amount, state_time
from simulate.evaluate.rare.expectation import Quantities, expected_count
from simulate.evaluate.utilities import state_utilities

FEW = 5  # seen fewer times, a mean has no standard error to speak of
SURE = 0.95
Z = 1.96


@dataclass(frozen=True, eq=False, repr=False)
class Judged(Brief):
    """A run, and what it is judged by."""

    problem: DecisionProblem
    draws: Quantities
    statistics: Statistics
    perspective: str
    effect: str
    people: int  # simulated in each draw
    expected: frozenset[str]  # events and branches that costs and effects count by expectation

    @cached_property
    def unseen(self) -> tuple[Unseen, ...]:
        """All that counts and was met fewer than FEW times; nothing that cannot happen."""
        return _Search(self).found()


@dataclass(frozen=True)
class Unseen:
    """Something that a cost or effect hangs on and that fewer than FEW people met, under one strategy."""

    what: str  # event, state, stay, occurrence, component
    name: str  # of the event, branch or component, or the condition in words
    strategy: str
    seen: float
    limit: float  # of its mean number a person, with 95% confidence
    cost: float  # money of one at most
    effect: float  # units of the effect of one at most
    expected: float | None  # its mean number a person, where hazards tell
    counted: str  # "expected": costs and effects hold the expectation; "simulated"

    @property
    def lacking(self) -> bool:
        """Whether the result lacks it: expectations lack nothing."""
        return self.counted == "simulated"

    def error(self, worth: float) -> float:
        """Standard error of what it adds to a mean, from the limit, where one is `worth` so much."""
        return worth * self.limit / Z if self.lacking else 0.0

    def people_needed(self) -> int | None:
        """How many people, of all draws together, meet it at least once with 95% probability, where that is known."""
        return int(np.ceil(-np.log1p(-SURE) / self.expected)) if self.expected else None


class _Search:
    """One run, and what its states, events and prices are."""

    def __init__(self, run: Judged):
        self.r, self.x, self.problem = run, run.statistics, run.problem
        self.pathway, self.measure = self.problem.pathway, self.problem.effect(run.effect)
        self.share = run.people / self.x.people.sum()  # a person of a file may stand for several
        self.lookup = of_each(make_lookup(run.draws.engine, self.x.draws), self.problem.strategies)
        self.items = self.problem.counted(run.perspective)

    def found(self) -> tuple[Unseen, ...]:
        """Each thing and strategy once, as ``Judged.unseen`` tells it."""
        if not self.pathway.events or self.x.grid_error is not None:  # nobody is met, and everything is expected
            return ()
        rows = [u for event in self.pathway.events for u in self._of_event(event)]
        for basis in dict.fromkeys(item.basis for item in self.items if not _is_whole(item.basis)):
            rows += self._of_basis(basis)
        for when in self._valued():
            rows += self._of_state(when)
        return tuple({(u.what, u.name, u.strategy): u for u in rows if u.cost or u.effect}.values())

    # --- what there is

    @cached_property
    def states(self) -> States:
        """The joint states as arrays, in the order of the statistics."""
        return states_of(self.pathway)

    @cached_property
    def reachable(self) -> list[Bools]:
        """Joint states that somebody may come to be in under each strategy, [strategy][state]."""
        starts = [self._is_start(state) for state in self.x.states]
        return [self._onwards(starts, s) for s in range(len(self.x.strategies))]

    def _onwards(self, states: Sequence[bool], s: int) -> Bools:
        """Those states and all that events of a strategy lead to from them, [state]."""
        out = np.array(states)
        ahead: list[int] = np.flatnonzero(out).tolist()
        while ahead:
            for new in self.neighbours[s][ahead.pop()]:
                if not out[new]:
                    out[new] = True
                    ahead.append(new)
        return out

    @cached_property
    def neighbours(self) -> list[list[list[int]]]:
        """What events that may happen can lead to, [strategy][state]; the state itself where one cannot."""
        return [self._neighbours(s) for s in range(len(self.x.strategies))]

    def _neighbours(self, s: int) -> list[list[int]]:
        here = np.arange(len(self.x.states))
        ways = [(e.when, becomes) for e in self.pathway.events if self._may(e, s) for _, becomes in self._ways(e, s)]
        found = [np.where(self.states.holding(when), self.states.after(becomes), here) for when, becomes in ways]
        return [row.tolist() for row in np.stack([here, *found], axis=1)]

    def _is_start(self, state: Mapping[str, str]) -> bool:
        """Whether people may enter in a state; of a file all levels are thought possible that the problem names."""
        return all(level in self._entered(domain) for domain, level in state.items())

    def _entered(self, domain: str) -> tuple[str, ...]:
        start = self.pathway.start[domain]
        return start.level_names() if isinstance(start, Mixture) else (start,)

    def _may(self, event: Event, s: int) -> bool:
        """Whether its hazard is ever more than 0 within the follow-up, under a strategy."""
        h = event.hazard
        if isinstance(h, (Exponential, Gompertz)):
            return bool((self._known(h.rate, s) > 0).any())
        if isinstance(h, FixedTime) and event.clock != "age":
            return bool((self._known(h.at, s) < self.x.horizon).any())
        return True

    def _known(self, quantity: Any, s: int) -> Floats:
        """A quantity's values under a strategy, [draws]; 1 where the run has not kept it."""
        try:
            found = self.lookup(quantity)
        except (KeyError, ValueError):
            return np.ones(1)
        return np.asarray(found[:, min(s, found.shape[1] - 1), 0])

    def _ways(self, event: Event, s: int) -> list[tuple[str, Mapping[str, str]]]:
        """Outcomes that may come under a strategy, and the levels that each leads to."""
        if not event.branches:
            return [(event.name, event.becomes)]
        return [(f"{event.name}.{b.name}", b.becomes) for b in event.branches if (self._known(b.weight, s) > 0).any()]

    @cached_property
    def spread(self) -> tuple[float, float]:
        """The most that a year in one state differs from a year in another: cost, money, and effect."""
        alive = alive_and(self.pathway, When())
        cost, effect = np.zeros(len(self.x.states)), np.zeros((len(self.x.states), len(self.problem.strategies)))
        for item in self.items:
            if isinstance(item.basis, (StateTime, StayBand)):
                for k in self._states(item.basis.when):
                    cost[k] += item.sign * self._price(item)
        if self.measure.is_qaly and self.problem.utilities:
            for k, utility in state_utilities(self.problem, self.lookup, self.x.states, weighed=True):
                effect[k] = _means(utility)
        for when, unit in ((self.measure.days, DAYS_PER_YEAR), (self.measure.years, 1.0)):
            if when is not None:
                effect[self._states(when)] = unit
        here = np.any(self.reachable, axis=0) | np.array([not alive(s) for s in self.x.states])
        return float(np.ptp(cost[here])), float(np.ptp(effect[here], axis=0).max())

    def _states(self, when: When) -> list[int]:
        return np.flatnonzero(self.states.holding(when)).tolist()

    def _price(self, item: Any) -> float:
        """money of one unit of a cost item, on average over draws, under the strategy where it is most."""
        price = self.lookup(item.unit_cost)
        for quantity in item.quantities:
            price = price * self.lookup(quantity)
        return max(_means(np.abs(price)))

    # --- what was hardly seen

    def _of_event(self, event: Event) -> Iterator[Unseen]:
        ways = {s: dict(self._ways(event, s)) for s in range(len(self.x.strategies)) if self._may(event, s)}
        ways = {s: found for s, found in ways.items() if self.is_met(event.when, s)}
        for outcome, becomes in {name: to for found in ways.values() for name, to in found.items()}.items():
            count = self.x.count[..., UNDISCOUNTED, self.x.outcomes.index(outcome)].sum(axis=(0, 2))
            few = [s for s in np.flatnonzero(count * self.share < FEW).tolist() if outcome in ways.get(s, ())]
            expected = self._expected(outcome) if few else None
            worth, counted = self._worth(event, outcome, becomes)
            for s in few:
                often = None if expected is None else float(expected[s])
                yield self._row("event", outcome, s, float(count[s]), *worth, counted, often)

    def _worth(self, event: Event, outcome: str, becomes: Mapping[str, str]) -> tuple[tuple[float, float], str]:
        """What one more costs, money, and is worth in the effect, at most; and how costs and effects count it."""
        priced = [i for i in self.items if isinstance(i.basis, EventCount) and i.basis.counts_all]
        cost = sum(self._price(i) for i in priced if outcome in self._outcomes_of(i.basis))
        effect = self._effect_of(outcome)
        at = self._states(event.when)
        if (self.states.after(becomes)[at] == at).all():
            return (cost, effect), "expected" if outcome in self.r.expected else "simulated"
        if outcome in self.r.expected:  # what it leads to is lacking still
            cost, effect = 0.0, 0.0
        years = self.x.horizon
        return (cost + self.spread[0] * years, effect + self.spread[1] * years), "simulated"

    def _outcomes_of(self, basis: Basis) -> tuple[str, ...]:
        return self.pathway.resolve(basis.name) if isinstance(basis, EventCount) else ()

    def _effect_of(self, outcome: str) -> float:
        """What one more of an event is worth in the effect itself."""
        worth = ((self.measure.ever, 100.0), (self.measure.achieved, 100.0), (self.measure.averted, 1.0))
        once = self.problem.utilities if self.measure.is_qaly else ()
        valued = [*worth, *((u.event, float(np.abs(self.lookup(u.value)).mean())) for u in once)]
        return sum(w for name, w in valued if name is not None and outcome in self.pathway.resolve(name))

    def _expected(self, outcome: str) -> Floats | None:
        """Its mean number a person, [strategies]; None where hazards do not tell."""
        found = expected_count(self.problem, self.r.draws, self.x, outcome)
        people = self.x.people.sum() * self.x.draws
        return None if found is None else np.asarray(found[..., UNDISCOUNTED].sum(axis=(0, 2)) / people)

    def _of_basis(self, basis: Basis) -> Iterator[Unseen]:
        """A time, a delivery or an n-th occurrence that has a price: where there was none at all."""
        price = sum(self._price(item) for item in self.items if item.basis == basis)
        found = amount(self.problem, basis, self.x, UNDISCOUNTED).sum(axis=(0, 2))
        what, name, most = self._told(basis)
        for s in np.flatnonzero(found == 0):
            if POSSIBLE[type(basis)](self, basis, int(s)):
                yield self._row(what, name, int(s), 0.0, price * most, 0.0, "simulated", None)

    def _told(self, basis: Basis) -> tuple[str, str, float]:
        """What a basis is called, and how much of it a person has at most."""
        if isinstance(basis, EventCount):
            until = "on" if basis.last is None else f"to {basis.last}"
            return "occurrence", f"{basis.name}, from {basis.first} {until}", 1.0
        if isinstance(basis, (Delivery, ComponentTime)):
            return "component", basis.component, 1.0 if isinstance(basis, Delivery) else self.x.horizon
        if isinstance(basis, StayBand):
            name = f"{basis.when.words()}, {basis.low:.3g} to {basis.high:.3g} years after it began"
            return "stay", name, min(basis.high, self.x.horizon) - min(basis.low, self.x.horizon)
        return "state", basis.when.words(), self.x.horizon

    def is_held(self, component: str, s: int) -> bool:
        """Whether some people of a strategy get a component within the follow-up."""
        held = [c for c in self.problem.strategies[s].components if c.name == component]
        return any(
            (self._known(c.uptake, s) > 0).any() and (self._known(c.start, s) < self.x.horizon).any() for c in held
        )

    def is_met(self, when: When, s: int) -> bool:
        """Whether somebody may come to be where `when` holds, under a strategy."""
        return bool(self.reachable[s][self._states(when)].any())

    def comes_again(self, basis: EventCount, s: int) -> bool:
        """Whether what is counted can happen to a person so often, under a strategy."""
        for outcome in self.pathway.resolve(basis.name):
            event = self.pathway.event(outcome.partition(".")[0])
            becomes = dict(self._ways(event, s)).get(outcome)
            if becomes is None or not self._may(event, s):
                continue
            at = [k for k in self._states(event.when) if self.reachable[s][k]]
            after = set(self.states.after(becomes)[at].tolist())
            onwards = self._onwards([k in after for k in range(len(self.x.states))], s)
            if at and (basis.first == 1 or any(onwards[k] for k in self._states(event.when))):
                return True
        return False

    def _valued(self) -> list[When]:
        """Conditions whose time the effect is counted by."""
        if self.measure.is_qaly:
            return [u.when for u in self.problem.utilities if u.event is None]
        return [w for w in (self.measure.days, self.measure.years) if w is not None]

    def _of_state(self, when: When) -> Iterator[Unseen]:
        """Time where a condition holds that has a worth: where there was none at all."""
        time = state_time(self.problem, when, self.x, UNDISCOUNTED).sum(axis=(0, 2))
        for s in [k for k in np.flatnonzero(time == 0) if self.is_met(when, int(k))]:
            yield self._row("state", when.words(), int(s), 0.0, 0.0, self.spread[1] * self.x.horizon, "simulated", None)

    def _row(
        self,
        what: str,
        name: str,
        s: int,
        seen: float,
        cost: float,
        effect: float,
        counted: str,
        expected: float | None,
    ) -> Unseen:
        from simulate.engine.arithmetic.gamma_quantiles import unit_gammas

        people = self.r.people * self.x.draws
        number = float(seen * self.share)
        shape = np.floor(number) + 1.0
        limit = float(shape * unit_gammas(np.array([shape]), np.array([[SURE]]))[0, 0]) / people
        return Unseen(what, name, self.x.strategies[s], number, limit, cost, effect, expected, counted)


def _means(values: Floats) -> list[float]:
    """Over draws, of each strategy or of one for all, from [draws, strategies or 1, 1]."""
    return [float(np.ascontiguousarray(column).mean()) for column in values[:, :, 0].T]


def _is_whole(basis: Basis) -> bool:
    return isinstance(basis, EventCount) and basis.counts_all


# By basis: whether a strategy's people may have any of it.
POSSIBLE: Mapping[type, Callable[[_Search, Any, int], bool]] = {
    StateTime: lambda x, basis, s: (
        x.is_met(basis.when, s) and (basis.component is None or x.is_held(basis.component, s))
    ),
    StayBand: lambda x, basis, s: x.is_met(basis.when, s) and basis.low < x.x.horizon,
    EventCount: lambda x, basis, s: x.comes_again(basis, s),
    Delivery: lambda x, basis, s: x.is_held(basis.component, s),
    ComponentTime: lambda x, basis, s: x.is_held(basis.component, s),
}
