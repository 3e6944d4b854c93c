"""What the readable simulator writes down: histories, and sums over them, added as time passes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from models.contract import Pathway, Quantity, Strategy, When
from simulate.engine.arithmetic.elementary import exp
from simulate.engine.kernel.layout import SAME_MOMENT
from simulate.engine.lower.collect import Collect

Value = Callable[[Quantity], float]  # a quantity in engine units, for one draw
State = Mapping[str, str]


@dataclass(frozen=True)
class Happening:
    """One row of a history."""

    time: float
    before: State
    outcome: str
    state: State


@dataclass
class Totals:
    """Sums over people of one batch, by (name of the array, …)."""

    sums: dict[tuple[object, ...], float] = field(default_factory=dict)

    def add(self, amount: float, *key: object) -> None:
        """Add `amount` under `key`."""
        self.sums[key] = self.sums.get(key, 0.0) + amount

    def get(self, *key: object) -> float:
        """The sum under `key`."""
        return self.sums.get(key, 0.0)


@dataclass
class Ledger:
    """Person-time, counts and first times of one person, added to the totals as they pass."""

    totals: Totals
    pathway: Pathway
    collect: Collect
    discount: tuple[float, float]
    horizon: float
    value: Value
    weight: float
    age: float
    elapsed: float  # in the start state
    now: float = 0.0
    entered: bool = False
    seen: dict[str, int] = field(default_factory=dict)
    alive_until: float = 0.0
    began: dict[When, float] = field(default_factory=dict)  # stays under way

    @property
    def _instant(self) -> float:
        return SAME_MOMENT * self.horizon

    def _force(self, rate: int) -> float:
        return self.discount[rate - 1] if rate else 0.0

    def _factor(self, rate: int, time: float) -> float:
        force = self._force(rate)
        return exp(-force * time) if force != 0 else 1.0

    def _spans(self, start: float, end: float) -> list[float]:
        """The span, undiscounted and at both rates."""
        out = [end - start]
        for rate in (1, 2):
            force = self._force(rate)
            before, after = self._factor(rate, start), self._factor(rate, end)
            out.append((before - after) / force if force != 0 else end - start)
        return out

    def _add(self, amounts: Sequence[float], *key: object) -> None:
        for rate, amount in enumerate(amounts):
            self.totals.add(self.weight * amount, *key, rate)

    def enter(self, state: State) -> None:
        """Remember when each stay began; of one under way at entry, that was before."""
        inside = [b.when for b in self.collect.bands if self._inside(b.when, state)]
        start = self.now if self.entered else self.now - self.elapsed
        self.began = {when: self.began.get(when, start) for when in inside}
        self.entered = True

    def _inside(self, when: When, state: State) -> bool:
        return not absorbed(self.pathway, state) and when.holds(state)

    def advance(self, state: State, end: float) -> None:
        """Time in `state` from the last moment to `end`."""
        name = state_name(state)
        self._add(self._spans(self.now, end), "time", name)
        self._binned("year_time", name, [float(k) for k in range(math.ceil(self.horizon))], 0.0, end)
        self._binned("age_time", name, list(self.collect.ages), self.age, end)
        for when, began in self.began.items():
            self._stay(when, began, end)
        self.now = end
        if not absorbed(self.pathway, state):
            self.alive_until = end

    def _binned(self, table: str, name: str, edges: Sequence[float], offset: float, end: float) -> None:
        if table == "year_time" and not self.collect.years:
            return
        for i, edge in enumerate(edges):
            low = max(self.now, edge - offset)
            high = min(end, edges[i + 1] - offset) if i + 1 < len(edges) else end
            if high > low:
                self._add(self._spans(low, high), table, i, name)

    def _stay(self, when: When, began: float, end: float) -> None:
        mine = [b for b in self.collect.bands if b.when == when]
        edges = sorted({0.0, *(b.low for b in mine), *(b.high for b in mine if b.high < math.inf)})
        for i, edge in enumerate(edges):
            low = max(self.now, began + edge)
            high = min(end, began + edges[i + 1]) if i + 1 < len(edges) else end
            if high > low:
                self._add(self._spans(low, high), "bands", when, edge)

    def happened(self, outcome: str) -> None:
        """`outcome` at the present moment."""
        factors = [1.0, self._factor(1, self.now), self._factor(2, self.now)]
        self._add(factors, "count", outcome)
        if self.collect.years:
            self._add(factors, "year_count", math.floor(self.now + self._instant), outcome)
        ages = [i for i, low in enumerate(self.collect.ages) if low <= self.age + self.now + self._instant]
        if ages:
            self._add(factors, "age_count", ages[-1], outcome)
        pathway, nth = self.pathway, self.collect.nth
        names = [e.name for e in pathway.events] + [g.name for g in pathway.groups]
        for tracker in [*names, *(n for n in nth if n not in names)]:
            if outcome in pathway.resolve(tracker):
                self.seen[tracker] = self.seen.get(tracker, 0) + 1
                if self.seen[tracker] == 1:
                    self.totals.add(self.weight, "ever", tracker)
                    self.totals.add(self.weight * (self.now - self.horizon), "first", tracker)
                if self.seen[tracker] <= nth.get(tracker, 0):
                    self._add(factors, "nth", tracker, self.seen[tracker])

    def leave(self, strategy: Strategy, taken: Sequence[str]) -> None:
        """What was delivered, and for how long, once all is over."""
        for component in strategy.components:
            start = self.value(component.start)
            end = math.inf if component.end is None else self.value(component.end)
            if component.name not in taken or start > self.alive_until or start >= self.horizon - self._instant:
                continue
            self._add([1.0, self._factor(1, start), self._factor(2, start)], "delivered", component.name)
            until = min(end, self.alive_until)
            if until > start:
                self._add(self._spans(start, until), "exposure", component.name)


def absorbed(pathway: Pathway, state: State) -> bool:
    """Whether nothing can happen any more in a joint state."""
    return any(state.get(d.name) in d.absorbing for d in pathway.domains)


def state_name(state: State) -> str:
    """One name for a joint state."""
    return "/".join(f"{domain}={level}" for domain, level in state.items())
