"""The same semantics as ``kernel.py``, told in plain Python for a reader, from the contract itself.

It shares with the kernel only the scalar random-number and quantile functions, walks dictionaries
where the kernel walks tables, and must agree with it to the last bit (tests/oracle/test_twin.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.contract import (
    Event,
    Exponential,
    Gompertz,
    LogNormal,
    Mixture,
    Pathway,
    Quantity,
    Strategy,
    Weibull,
)
from simulate.engine import hazards
from simulate.engine.random import exponential, person_key, seed_key, stream, uniform

Value = Callable[[Quantity], float]  # a quantity in engine units, for one draw
State = Mapping[str, str]


@dataclass(frozen=True)
class Happening:
    """One row of a history."""

    time: float
    outcome: str
    state: State


@dataclass
class Totals:
    """Sums over people; keys as in ``Statistics``."""

    time: dict[tuple[int, str], float] = field(default_factory=dict)
    count: dict[tuple[int, str], float] = field(default_factory=dict)
    ever: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)

    def add(self, table: dict[tuple[int, str], float], rate: int, name: str, amount: float) -> None:
        """Add `amount` under (rate, name)."""
        table[rate, name] = table.get((rate, name), 0.0) + amount


@dataclass
class Channel:
    """One event's clock for one person."""

    event: Event
    family: int
    p: tuple[float, float, float]
    hazard: float  # person multiplier x hazard ratio
    speed: float  # 1 / time ratio
    key: np.uint64
    stream: np.uint64
    drawn: int = 0
    residual: float | None = None
    age: float = 0.0
    since: float = 0.0
    origin: float = 0.0
    fires: float = math.inf

    @property
    def memoryless(self) -> bool:
        """A constant hazard: time already waited says nothing."""
        return isinstance(self.event.hazard, Exponential)

    @property
    def carries(self) -> bool:
        """Whether the residual outlives a spell without risk."""
        return self.memoryless or self.event.clock != "sojourn"

    def arm(self, now: float) -> None:
        """Set the time at which it fires, from `now`."""
        if self.residual is None or not self.carries:
            self.residual = exponential(self.key, self.stream, self.drawn)
            self.drawn += 1
        self.since = now
        if self.memoryless:
            rate = self.hazard * self.speed * self.p[0]
            self.fires = now + self.residual / rate if rate > 0 else math.inf
            return
        if self.event.clock == "start":
            self.age = self.speed * now
        elif self.event.clock == "gap":
            self.age = self.speed * (now - self.origin)
        if self.hazard <= 0:
            self.fires = math.inf
            return
        goal = self.residual / self.hazard
        if self.age > 0:
            goal += hazards.cumulative(self.family, *self.p, self.age)
        self.fires = now + (hazards.inverse(self.family, *self.p, goal) - self.age) / self.speed

    def disarm(self, now: float) -> None:
        """Lose risk at `now`: what the hazard has used comes off the residual."""
        if not self.carries or self.residual is None:
            return
        if self.memoryless:
            used = self.hazard * self.speed * self.p[0] * (now - self.since)
        else:
            until = self.age + self.speed * (now - self.since)
            before = hazards.cumulative(self.family, *self.p, self.age)
            used = self.hazard * (hazards.cumulative(self.family, *self.p, until) - before)
        self.residual = max(self.residual - used, 0.0)

    def fire(self, now: float) -> None:
        """It has happened: the residual is spent, a sojourn clock runs on, a gap clock starts again."""
        self.age += self.speed * (now - self.since)
        self.origin = now
        self.residual = None


@dataclass(frozen=True)
class Reference:
    """A pathway and strategies for one parameter draw, ready to simulate one person at a time."""

    pathway: Pathway
    strategies: Sequence[Strategy]
    value: Value
    horizon: float
    discount: tuple[float, float]  # annual effective, costs and effects
    seed: int
    draw: int

    def person(self, person: int, strategy: Strategy, totals: Totals | None = None) -> list[Happening]:
        """The history of one person under one strategy; statistics are added to `totals`."""
        key = np.uint64(person_key(seed_key(self.seed), np.uint64(self.draw), np.uint64(person)))
        order = sorted(self.pathway.events, key=lambda e: (e.priority, e.name))
        channels = [self._channel(event, strategy, key) for event in order]
        state = self._start(key)
        ledger = _Ledger(totals or Totals(), self.pathway, self.horizon, self.discount)
        history: list[Happening] = []
        for channel in channels:
            if self._at_risk(channel.event, state):
                channel.arm(0.0)
        while True:
            running = [c for c in channels if self._at_risk(c.event, state)]
            winner = min(running, key=lambda c: c.fires, default=None)
            if winner is None or winner.fires >= self.horizon:
                ledger.advance(state, self.horizon)
                return history
            now = winner.fires
            ledger.advance(state, now)
            outcome, moves = self._outcome(winner, strategy, key)
            ledger.happened(winner.event, outcome)
            new = self._become(state, moves)
            history.append(Happening(now, outcome, new))
            self._move(channels, winner, state, new, now)
            state = new

    def _move(self, channels: Sequence[Channel], winner: Channel, state: State, new: State, now: float) -> None:
        winner.fire(now)
        for channel in channels:
            was, will = self._at_risk(channel.event, state), self._at_risk(channel.event, new)
            if was and not will and channel is not winner:
                channel.disarm(now)
            if will and not was:
                if channel.event.clock == "sojourn":
                    channel.age = 0.0
                channel.arm(now)
            if channel is winner and was and will:
                channel.arm(now)

    def _channel(self, event: Event, strategy: Strategy, key: np.uint64) -> Channel:
        hazard = 1.0
        for frailty in self.pathway.frailties:
            if event.name in frailty.events:
                hazard *= self._frailty(frailty.name, self.value(frailty.variance), key)
        ratio, stretch = self._ratio(event, strategy, "hazard"), self._ratio(event, strategy, "time")
        family, p = self._family(event)
        return Channel(event, family, p, hazard * ratio, 1.0 / stretch, key, stream(event.name, "time"))

    def _ratio(self, event: Event, strategy: Strategy, kind: str) -> float:
        out = 1.0
        for component in strategy.components:
            for effect in component.effects:
                if effect.event == event.name and effect.ratio == kind:
                    out *= self.value(effect.parameter)
        return out

    def _family(self, event: Event) -> tuple[int, tuple[float, float, float]]:
        h = event.hazard
        if isinstance(h, Exponential):
            return hazards.EXPONENTIAL, (self.value(h.rate), 0.0, 0.0)
        if isinstance(h, Weibull):
            return hazards.WEIBULL, (self.value(h.shape), self.value(h.scale), 0.0)
        if isinstance(h, Gompertz):
            return hazards.GOMPERTZ, (self.value(h.rate), self.value(h.growth), 0.0)
        assert isinstance(h, LogNormal)
        return hazards.LOG_NORMAL, (self.value(h.median), self.value(h.sigma), math.log(self.value(h.median)))

    def _frailty(self, name: str, variance: float, key: np.uint64) -> float:
        from scipy.special import gammaincinv

        if variance == 0:
            return 1.0
        return float(gammaincinv(1.0 / variance, uniform(key, stream(name, "frailty"), 0)) * variance)

    def _start(self, key: np.uint64) -> State:
        levels = {d.name: self._start_level(d.name, key) for d in self.pathway.domains}
        return self._become(levels, {})

    def _start_level(self, domain: str, key: np.uint64) -> str:
        start = self.pathway.start[domain]
        if not isinstance(start, Mixture):
            return start
        u, below = uniform(key, stream(domain, "baseline"), 0), 0.0
        for level, share in start.shares.items():
            if below <= u < below + self.value(share):
                return level
            below += self.value(share)
        return start.otherwise

    def _at_risk(self, event: Event, state: State) -> bool:
        over = any(state.get(d.name) in d.absorbing for d in self.pathway.domains)
        return not over and event.when.holds(state)

    def _become(self, state: State, moves: Mapping[str, str]) -> State:
        new = {**state, **moves}
        for domain in self.pathway.domains:
            if new.get(domain.name) in domain.absorbing:
                return {domain.name: new[domain.name]}
        return new

    def _outcome(self, channel: Channel, strategy: Strategy, key: np.uint64) -> tuple[str, Mapping[str, str]]:
        event = channel.event
        if not event.branches:
            return event.name, event.becomes
        weights = self._weights(event, strategy)
        occurrence = channel.drawn - 1
        if len(event.branches) == 1:
            return event.outcomes()[0], event.branches[0].becomes
        times = {
            b.name: exponential(key, stream(f"{event.name}.{b.name}", "branch"), occurrence) / weights[b.name]
            for b in event.branches
            if weights[b.name] > 0
        }
        chosen = min(times, key=lambda name: times[name])
        branch = next(b for b in event.branches if b.name == chosen)
        return f"{event.name}.{chosen}", branch.becomes

    def _weights(self, event: Event, strategy: Strategy) -> dict[str, float]:
        weights = {b.name: self.value(b.weight) for b in event.branches}
        for component in strategy.components:
            for effect in component.effects:
                if effect.event == event.name and effect.branch is not None:
                    ratio = self.value(effect.parameter)
                    if effect.ratio == "odds":
                        weights[effect.branch] *= ratio
                    elif ratio != 1.0:
                        weights = _shared_out(weights, effect.branch, ratio)
        return weights


def _shared_out(weights: dict[str, float], branch: str, ratio: float) -> dict[str, float]:
    """Weights under which `branch` has `ratio` times its probability and the rest keep their proportions."""
    total = float(np.array(list(weights.values())).sum())
    p = weights[branch] / total
    new = p * ratio
    rest = (1 - new) / (1 - p) if p < 1 else 0.0
    return {name: new * total if name == branch else w * rest for name, w in weights.items()}


@dataclass
class _Ledger:
    """Person-time, counts and first times of one person, added to the totals as they pass."""

    totals: Totals
    pathway: Pathway
    horizon: float
    discount: tuple[float, float]
    now: float = 0.0
    seen: set[str] = field(default_factory=set)

    def _force(self, rate: int) -> float:
        return float(np.log1p(self.discount[rate - 1]))

    def _factor(self, rate: int, time: float) -> float:
        force = self._force(rate)
        return math.exp(-force * time) if force != 0 else 1.0

    def advance(self, state: State, end: float) -> None:
        """Time in `state` from the last moment to `end`."""
        name = state_name(state)
        span = end - self.now
        self.totals.add(self.totals.time, 0, name, span)
        for rate in (1, 2):
            force = self._force(rate)
            before, after = self._factor(rate, self.now), self._factor(rate, end)
            self.totals.add(self.totals.time, rate, name, (before - after) / force if force != 0 else span)
        self.now = end

    def happened(self, event: Event, outcome: str) -> None:
        """`outcome` of `event` at the present moment."""
        self.totals.add(self.totals.count, 0, outcome, 1.0)
        for rate in (1, 2):
            self.totals.add(self.totals.count, rate, outcome, self._factor(rate, self.now))
        for tracker in [e.name for e in self.pathway.events] + [g.name for g in self.pathway.groups]:
            if outcome in self.pathway.resolve(tracker) and tracker not in self.seen:
                self.seen.add(tracker)
                self.totals.ever[tracker] = self.totals.ever.get(tracker, 0.0) + 1.0
                self.totals.first[tracker] = self.totals.first.get(tracker, 0.0) + (self.now - self.horizon)


def state_name(state: State) -> str:
    """One name for a joint state."""
    return "/".join(f"{domain}={level}" for domain, level in state.items())
