"""What the readable simulator writes down: histories, and sums over them, added as time passes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from models.contract import Pathway, Quantity, Strategy, When
from simulate.engine.arithmetic.elementary import exp
from simulate.engine.kernel.layout import SAME_MOMENT
from simulate.engine.kernel.weighing import power_of, weighed_span
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.weighed import Weighed

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
    traits: Mapping[str, str | float] = field(default_factory=dict)
    began: dict[When, float] = field(default_factory=dict)  # stays under way
    spells: list[tuple[State, float, float]] = field(default_factory=list)  # states, since and until when

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
        for row in self.collect.weighed:
            if row.what == "time" and row.before is None and not absorbed(self.pathway, state) and row.holds(state):
                self._weigh(row, self.now, end)
        if not absorbed(self.pathway, state):
            self.spells.append((state, self.now, end))
            self.alive_until = end
        self.now = end

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
        for row in self.collect.weighed:
            if row.what == "event" and outcome in self.pathway.resolve(row.name):
                self._weigh_moment(row, self.now)
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
            for row in self.collect.weighed:
                if row.name == component.name and row.what == "delivered":
                    self._weigh_moment(row, start)
                if row.name == component.name and row.what == "under" and until > start:
                    self._weigh(row, start, until)

    def end(self, state: State) -> None:
        """The last state of all: where it is an end, what is counted back from it."""
        for been, since, until in reversed(self.spells):
            for row in self.collect.weighed:
                if row.before is not None and absorbed(self.pathway, state) and row.is_end(state) and row.holds(been):
                    low = max(since, self.alive_until - row.before.within)
                    high = min(until, self.alive_until - row.before.beyond, row.before.until)
                    if high > low:
                        self._weigh(row, low, high)

    def _own(self, row: Weighed) -> float:
        """What the person is weighed by throughout."""
        out = 1.0
        for name, levels in row.weight.levels:
            out *= float(self.traits[name] in levels)
        for name, power in row.weight.own.powers:
            for _ in range(power):
                out *= float(self.traits[name])
        return out

    def _weigh(self, row: Weighed, start: float, end: float) -> None:
        """The time from `start` to `end`, weighed."""
        own, (low, high) = self._own(row), row.weight.ages
        low, high = max(start, low - self.age), min(end, high - self.age)
        if own != 0 and high > low:
            spans = [weighed_span(self._force(r), self.age, float(row.weight.age_power), low, high) for r in range(3)]
            for rate, span in enumerate(spans):
                self.totals.add(self.weight * own * span, "weighed", row.words(), rate)

    def _weigh_moment(self, row: Weighed, at: float) -> None:
        """Something that happens `at` a time, weighed."""
        now, (low, high) = self.age + at, row.weight.ages
        if low <= now + self._instant < high:
            own = self.weight * self._own(row) * power_of(now, float(row.weight.age_power))
            for rate in range(3):
                self.totals.add(own * self._factor(rate, at), "weighed", row.words(), rate)


def absorbed(pathway: Pathway, state: State) -> bool:
    """Whether nothing can happen any more in a joint state."""
    return any(state.get(d.name) in d.absorbing for d in pathway.domains if d.absorbing)


def state_name(state: State) -> str:
    """One name for a joint state."""
    return "/".join(f"{domain}={level}" for domain, level in state.items())
