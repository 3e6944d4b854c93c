"""The same semantics as ``kernel.py``, told in plain Python for a reader, from the contract itself.

It shares with the kernel only the scalar random-number and quantile functions, walks dictionaries
where the kernel walks tables, and must agree with it to the last bit (tests/oracle/test_twin.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.contract import (
    AGE,
    Component,
    Covariate,
    Effect,
    Empirical,
    Event,
    Exponential,
    FixedTime,
    Frailty,
    LifeTable,
    Mixture,
    Numeric,
    Pathway,
    PiecewiseConstant,
    Quantity,
    Strategy,
    Waning,
    When,
)
from parameters import life_table
from simulate.engine.arithmetic.random_numbers import exponential, hashed, person_key, seed_key, stream, uniform
from simulate.engine.laws import families, tabulated
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.people import PeopleFile, copula

Value = Callable[[Quantity], float]  # a quantity in engine units, for one draw
State = Mapping[str, str]
Trait = str | float


# --- what is recorded -------------------------------------------------------------------------------


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


# --- one event's clock ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Segment:
    """From `start` (years since entry) an effect multiplies the hazard by `ratio` and time runs at `speed`."""

    start: float
    ratio: float
    speed: float


@dataclass
class Channel:
    """One event's clock for one person."""

    event: Event
    hazard: Hazard
    segments: Sequence[Segment]
    own_hazard: float  # of the person
    own_speed: float
    key: np.uint64
    stream: np.uint64
    generator: int
    age_at_entry: float
    elapsed: float
    boost: float = 1.0  # by history
    slowed: float = 1.0  # by lengthening, in this spell
    drawn: int = 0
    residual: float | None = None
    age: float = 0.0
    since: float = 0.0
    origin: float = 0.0
    fires: float = math.inf

    @property
    def carries(self) -> bool:
        """Whether the residual outlives a spell without risk."""
        return isinstance(self.event.hazard, Exponential) or self.event.clock != "sojourn"

    def pieces(self, start: float) -> Iterator[tuple[float, float, float, float]]:
        """(from, to, hazard multiplier, speed) from `start` on, through the segments of the strategy's effects."""
        for i, segment in enumerate(self.segments):
            end = self.segments[i + 1].start if i + 1 < len(self.segments) else math.inf
            if end > start:
                hazard = self.own_hazard * self.boost * segment.ratio
                yield max(segment.start, start), end, hazard, self.own_speed * self.slowed * segment.speed

    def ran(self, start: float, now: float) -> float:
        """Operational time between two moments."""
        if len(self.segments) == 1:
            return self.own_speed * self.slowed * self.segments[0].speed * (now - start)
        total = 0.0
        for begin, end, _, speed in self.pieces(start):
            total += speed * (min(end, now) - begin)
            if end >= now:
                break
        return total

    def arm(self, now: float, entry: bool, again: bool) -> None:
        """Set the time at which it fires, from `now`; `again`: it has just fired and is at risk still."""
        if self.residual is None or not self.carries:
            self.residual = exponential(self.generator, self.key, self.stream, self.drawn)
            self.drawn += 1
        if not again:
            self.slowed = 1.0
        self.since = now
        clock = self.event.clock
        if clock == "sojourn":
            if not again:
                self.age = self.elapsed if entry else 0.0
        elif clock == "gap":
            self.age = self.ran(self.origin, now)
        else:
            self.age = self.ran(0.0, now)
            if clock == "age":
                self.age = self.age_at_entry + self.age
        if again and isinstance(self.event.hazard, Empirical) and clock != "gap":
            self.age = self.hazard.next_jump(self.age)  # rounding must not leave it short of the jump just made
        fixed_and_past = isinstance(self.event.hazard, FixedTime) and clock != "gap"
        if fixed_and_past and (again or (clock != "sojourn" and self.drawn > 1)):
            self.age = math.inf
        self.set_fire()

    def set_fire(self) -> None:
        """Find the moment at which the residual is used up, from `since` on."""
        assert self.residual is not None
        residual, age = self.residual, self.age
        for begin, end, hazard, speed in self.pieces(self.since):
            at = self.hazard.fires(begin, hazard, speed, age, residual)
            if at < end or math.isnan(at):
                self.fires = at
                return
            if end == math.inf:
                break
            residual = max(residual - self.hazard.used(hazard, speed, age, end - begin), 0.0)
            age += speed * (end - begin)
        self.fires = math.inf

    def settle(self, now: float) -> None:
        """Take off the residual what the hazard has used since the last change; nothing while paused."""
        assert self.residual is not None
        if now <= self.since:
            return
        used = 0.0
        for begin, end, hazard, speed in self.pieces(self.since):
            span = min(end, now) - begin
            used += self.hazard.used(hazard, speed, self.age, span)
            self.age += speed * span
            if end >= now:
                break
        self.residual = max(self.residual - used, 0.0)

    def disarm(self, now: float) -> None:
        """Lose risk at `now`: the residual is kept where it carries over."""
        if self.carries and self.residual is not None:
            self.settle(now)

    def fire(self, now: float) -> None:
        """It has happened: the residual is spent, a sojourn clock runs on, a gap clock starts again."""
        if now > self.since:
            self.age += self.ran(self.since, now)
        self.origin = now
        self.residual = None


@dataclass(frozen=True)
class Hazard:
    """A hazard with its numbers: a family of four parameters, or a table of pieces."""

    family: int
    p: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    starts: tuple[float, ...] = (0.0,)
    rates: tuple[float, ...] = (0.0,)
    sums: tuple[float, ...] = (0.0,)

    def cumulative(self, age: float) -> float:
        """Cumulative hazard at an operational age."""
        if self.family == families.PIECEWISE:
            table = np.array(self.starts), np.array(self.rates), np.array(self.sums)
            return tabulated.piecewise_cumulative(*table, 0, len(self.starts), age)
        if self.family == families.EMPIRICAL:
            return tabulated.empirical_cumulative(np.array(self.starts), np.array(self.sums), 0, len(self.starts), age)
        return families.cumulative(self.family, *self.p, age)

    def inverse(self, h: float) -> float:
        """Operational age at which the cumulative hazard reaches `h`."""
        if self.family == families.PIECEWISE:
            table = np.array(self.starts), np.array(self.rates), np.array(self.sums)
            return tabulated.piecewise_inverse(*table, 0, len(self.starts), h)
        if self.family == families.EMPIRICAL:
            return tabulated.empirical_inverse(np.array(self.starts), np.array(self.sums), 0, len(self.starts), h)
        return families.inverse(self.family, *self.p, h)

    def next_jump(self, age: float) -> float:
        """The jump of an empirical survival at this age, give or take rounding."""
        return tabulated.nearest_time(np.array(self.starts), 0, len(self.starts), age)

    def fires(self, now: float, hazard: float, speed: float, age: float, residual: float) -> float:
        """When a clock of this multiplier and speed uses up its residual, if nothing changes."""
        if self.family == families.EXPONENTIAL:
            rate = hazard * speed * self.p[0]
            return now + residual / rate if rate > 0 else math.inf
        if hazard <= 0:
            return math.inf
        if self.family == families.FIXED_TIME:
            return now + (self.p[0] - age) / speed if age <= self.p[0] else math.inf
        goal = residual / hazard
        if age > 0:
            goal += self.cumulative(age)
        wait = (self.inverse(goal) - age) / speed
        return now + (0.0 if wait < 0 else wait)  # a tiny residual can round to before now

    def used(self, hazard: float, speed: float, age: float, span: float) -> float:
        """Integrated hazard over a span that began at an operational age."""
        if self.family == families.EXPONENTIAL:
            return hazard * speed * self.p[0] * span
        if self.family == families.FIXED_TIME or hazard <= 0:
            return 0.0
        before = self.cumulative(age)
        if before == math.inf:
            return 0.0
        return hazard * (self.cumulative(age + speed * span) - before)


# --- one person -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """A pathway and strategies for one parameter draw, ready to simulate one person at a time."""

    pathway: Pathway
    strategies: Sequence[Strategy]
    value: Value
    horizon: float
    discount: tuple[float, float]  # force of interest per year, costs and effects
    seed: int
    draw: int
    generator: int = 0
    collect: Collect = field(default_factory=Collect)
    people: PeopleFile | None = None

    def person(self, person: int, strategy: Strategy, totals: Totals | None = None) -> list[Happening]:
        """The history of one person under one strategy; statistics are added to `totals`."""
        return _Life(self, person, strategy, totals or Totals()).live()


class _Life:
    """One person under one strategy."""

    def __init__(self, reference: Reference, person: int, strategy: Strategy, totals: Totals):
        self.r, self.strategy, self.number = reference, strategy, person
        identity = np.uint64(person) if reference.people is None else hashed(f"person\0{reference.people.ids[person]}")
        self.key = np.uint64(person_key(seed_key(reference.seed), np.uint64(reference.draw), identity))
        self.traits = self._traits()
        taken = [c for c in strategy.components if self._takes(c)]
        self.strategy = Strategy(strategy.id, strategy.label, tuple(taken))
        order = sorted(reference.pathway.events, key=lambda e: (e.priority, e.name))
        self.channels = {e.name: self._channel(e) for e in order}
        weight = 1.0 if reference.people is None else float(reference.people.weight[person])
        age = float(self.traits.get(AGE, 0.0))
        self.ledger = _Ledger(totals, reference, weight, age, self._elapsed())
        self.remembered = dict.fromkeys([h.name for h in reference.pathway.history], 0)

    def live(self) -> list[Happening]:
        history: list[Happening] = []
        state = self._start()
        self.ledger.enter(state)
        for channel in self.channels.values():
            if self._at_risk(channel.event, state):
                channel.arm(0.0, entry=True, again=False)
        while True:
            running = [c for c in self.channels.values() if self._at_risk(c.event, state)]
            winner = min(running, key=lambda c: c.fires, default=None)
            if winner is None or winner.fires >= self.r.horizon:
                self.ledger.advance(state, self.r.horizon)
                self.ledger.leave(self.strategy, [c.name for c in self.strategy.components])
                return history
            now = winner.fires
            self.ledger.advance(state, now)
            outcome, moves = self._outcome(winner, now)
            self.ledger.happened(outcome)
            new = self._become(state, moves)
            history.append(Happening(now, state, outcome, new))
            winner.fire(now)
            self._remember(outcome, winner, state, now)
            self._move(winner, state, new, now)
            self._lengthen(winner, state, new, now)
            self.ledger.enter(new)
            state = new

    # --- events

    def _move(self, winner: Channel, state: State, new: State, now: float) -> None:
        for channel in self.channels.values():
            was, will = self._at_risk(channel.event, state), self._at_risk(channel.event, new)
            if was and not will and channel is not winner:
                channel.disarm(now)
            if will and not was:
                channel.arm(now, entry=False, again=False)
            if channel is winner and was and will:
                channel.arm(now, entry=False, again=True)

    def _remember(self, outcome: str, winner: Channel, state: State, now: float) -> None:
        for history in self.r.pathway.history:
            if outcome not in self.r.pathway.resolve(history.source) or self.remembered[history.name] >= history.cap:
                continue
            self.remembered[history.name] += 1
            for name in history.events:
                channel = self.channels[name]
                running = self._at_risk(channel.event, state) and channel is not winner
                if running:
                    channel.settle(now)
                    channel.since = max(channel.since, now)
                channel.boost *= self.r.value(history.hazard_ratio)
                if running:
                    channel.set_fire()

    def _lengthen(self, winner: Channel, state: State, new: State, now: float) -> None:
        for lengthening in winner.event.lengthens:
            stay = self.channels[lengthening.event]
            if stay is winner or not (self._at_risk(stay.event, state) and self._at_risk(stay.event, new)):
                continue
            stay.settle(now)
            stay.since = max(stay.since, now)
            if lengthening.pause is not None:
                stay.since += self.r.value(lengthening.pause)
            else:
                assert lengthening.slower is not None
                stay.slowed /= self.r.value(lengthening.slower)
            stay.set_fire()

    def _outcome(self, channel: Channel, now: float) -> tuple[str, Mapping[str, str]]:
        event = channel.event
        if not event.branches:
            return event.name, event.becomes
        if len(event.branches) == 1:
            return event.outcomes()[0], event.branches[0].becomes
        weights = self._weights(event, now)
        times = {
            b.name: self._exponential(f"{event.name}.{b.name}", "branch", channel.drawn - 1) / weights[b.name]
            for b in event.branches
            if weights[b.name] > 0
        }
        chosen = min(times, key=lambda name: times[name])
        branch = next(b for b in event.branches if b.name == chosen)
        return f"{event.name}.{chosen}", branch.becomes

    def _weights(self, event: Event, now: float) -> dict[str, float]:
        weights = {b.name: self.r.value(b.weight) for b in event.branches}
        for component, effect in self._effects():
            if effect.event == event.name and effect.branch is not None:
                ratio = self._ratio_at(component, effect, now)
                if effect.ratio == "odds":
                    weights[effect.branch] *= ratio
                elif ratio != 1.0:
                    weights = _shared_out(weights, effect.branch, ratio)
        for name in weights:
            own = [c for c in self.r.pathway.covariates if c.event == event.name and c.branch == name]
            if own:
                weights[name] *= self._product([self._covariate(c) for c in own])
        return weights

    # --- who the person is

    def _traits(self) -> dict[str, Trait]:
        pathway, file = self.r.pathway, self.r.people
        if file is not None:
            return {n: v[self.number] for n, v in file.characteristics.items()}
        u = {c.name: self._uniform(c.name, "baseline") for c in pathway.characteristics}
        if pathway.correlations:
            u = self._tied(u)
        return {
            c.name: self._level(c.values, u[c.name])
            if isinstance(c.values, Mixture)
            else self._number(c.values, u[c.name])
            for c in pathway.characteristics
        }

    def _tied(self, u: dict[str, float]) -> dict[str, float]:
        from scipy.special import ndtr, ndtri

        names = [n for n in u if any(n in pair for pair in self.r.pathway.correlations)]
        factor = copula(names, self.r.pathway.correlations)
        z = [ndtri(u[n]) for n in names]
        tied = {n: float(ndtr(sum(factor[i, j] * z[j] for j in range(i + 1)))) for i, n in enumerate(names)}
        return {**u, **tied}

    def _number(self, n: Numeric, u: float) -> float:
        from scipy.special import gammaincinv, ndtri

        a, b = self.r.value(n.first), self.r.value(n.second)
        if n.distribution == "uniform":
            x = a + (b - a) * u
        elif n.distribution == "gamma":
            x = float(gammaincinv((a / b) * (a / b), u)) * (b * b / a)
        elif n.distribution == "normal":
            x = a + b * float(ndtri(u))
        else:
            x = a * math.exp(b * float(ndtri(u)))
        return min(max(x, n.low), n.high)

    def _level(self, mixture: Mixture, u: float) -> str:
        below = 0.0
        for level, share in mixture.shares.items():
            if below <= u < below + self.r.value(share):
                return level
            below += self.r.value(share)
        return mixture.otherwise

    def _takes(self, component: Component) -> bool:
        p = self.r.value(component.uptake)
        return p == 1.0 or self._uniform(component.name, "uptake") < p

    def _frailty(self, frailty: Frailty) -> float:
        from scipy.special import gammaincinv, ndtri

        variance = self.r.value(frailty.variance)
        if variance == 0:
            return 1.0
        u = self._uniform(frailty.name, "frailty")
        if frailty.distribution == "gamma":
            return float(gammaincinv(1.0 / variance, u) * variance)
        sigma = math.sqrt(math.log1p(variance))
        return math.exp(sigma * (float(ndtri(u)) - sigma / 2))

    def _covariate(self, c: Covariate) -> float:
        ratio, trait = self.r.value(c.parameter), self.traits[c.characteristic]
        if isinstance(self.r.pathway.characteristic(c.characteristic).values, Mixture):
            return ratio if trait == c.level else 1.0
        return math.pow(ratio, float(trait) - self.r.value(c.centre))

    def _product(self, factors: Sequence[float]) -> float:
        out = 1.0
        for factor in factors:
            out *= factor
        return out

    # --- clocks

    def _channel(self, event: Event) -> Channel:
        pathway = self.r.pathway
        frailties = [self._frailty(f) for f in pathway.frailties if event.name in f.events]
        mine = [c for c in pathway.covariates if c.event == event.name]
        own = self._product([*frailties, *(self._covariate(c) for c in mine if c.ratio == "hazard")])
        stretch = self._product([self._covariate(c) for c in mine if c.ratio == "time"])
        return Channel(
            event,
            self._hazard(event),
            self._segments(event),
            own,
            1.0 / stretch,
            self.key,
            stream(event.name, "time"),
            self.r.generator,
            float(self.traits.get(AGE, 0.0)),
            self._elapsed(),
        )

    def _elapsed(self) -> float:
        """Years already spent in the start state."""
        return 0.0 if self.r.people is None else float(self.r.people.elapsed[self.number])

    def _hazard(self, event: Event) -> Hazard:
        h = event.hazard
        if isinstance(h, Empirical):
            starts, sums = tabulated.observed(h.times)
            return Hazard(families.EMPIRICAL, starts=tuple(starts), rates=tuple(0 * starts), sums=tuple(sums))
        if isinstance(h, PiecewiseConstant):
            return _table(h.starts, [self.r.value(r) for r in h.rates])
        if isinstance(h, LifeTable):
            ages, deaths = life_table(h.table, h.column)
            rates = self.r.value(h.ratio) * -np.log1p(-np.array(deaths))
            return _table(ages, rates.tolist())
        kind, code = CODES[type(h).__name__]
        numbers = {name: np.array([self.r.value(getattr(h, name))]) for name in h.__dataclass_fields__}
        p0, p1, p2, p3 = families.pack(kind, **numbers)[0].tolist()
        return Hazard(code, (p0, p1, p2, p3))

    def _effects(self) -> list[tuple[Component, Effect]]:
        return [(c, e) for c in self.strategy.components for e in c.effects]

    def _segments(self, event: Event) -> list[Segment]:
        mine = [(c, e) for c, e in self._effects() if e.event == event.name and e.branch is None]
        cuts = sorted({0.0, *(t for c, e in mine for t in self._cuts(c, e))})
        out: list[Segment] = []
        for t in cuts:
            ratio = self._product([self._ratio_at(c, e, t) for c, e in mine if e.ratio == "hazard"])
            speed = 1.0 / self._product([self._ratio_at(c, e, t) for c, e in mine if e.ratio == "time"])
            if not out or (ratio, speed) != (out[-1].ratio, out[-1].speed):
                out.append(Segment(t, ratio, speed))
        return out

    def _window(self, component: Component, effect: Effect) -> tuple[float, float]:
        start = component.start if effect.start is None else effect.start
        end = component.end if effect.end is None else effect.end
        return self.r.value(start), math.inf if end is None else self.r.value(end)

    def _cuts(self, component: Component, effect: Effect) -> list[float]:
        start, end = self._window(component, effect)
        if self.r.value(effect.parameter) == 1.0 or self.r.value(component.fidelity) == 0.0:
            return []
        found = [start, end]
        if effect.waning is not None:
            steps = math.ceil((min(end, self.r.horizon) - start) / effect.waning.step)
            found += [start + i * effect.waning.step for i in range(1, steps)]
        return [t for t in found if 0 < t < self.r.horizon]

    def _ratio_at(self, component: Component, effect: Effect, now: float) -> float:
        start, end = self._window(component, effect)
        ratio = self.r.value(effect.parameter)
        if not start <= now < end or ratio == 1.0:
            return 1.0
        power = self.r.value(component.fidelity)
        if effect.waning is not None:
            power = power * self._left(effect.waning, start, now)
        return ratio if power == 1.0 else math.pow(ratio, power)

    def _left(self, waning: Waning, start: float, now: float) -> float:
        step = math.floor((now - start) / waning.step + 1e-9)
        middle = (step + 0.5) * waning.step
        over = self.r.value(waning.over)
        if waning.kind == "linear":
            return max(0.0, 1.0 - middle / over)
        return math.pow(0.5, middle / over)

    # --- states

    def _start(self) -> State:
        return self._become({d.name: self._start_level(d.name) for d in self.r.pathway.domains}, {})

    def _start_level(self, domain: str) -> str:
        if self.r.people is not None and domain in self.r.people.start:
            return str(self.r.people.start[domain][self.number])
        start = self.r.pathway.start[domain]
        if not isinstance(start, Mixture):
            return start
        return self._level(start, self._uniform(f"{domain}.start", "baseline"))

    def _at_risk(self, event: Event, state: State) -> bool:
        return not _absorbed(self.r.pathway, state) and event.when.holds(state)

    def _become(self, state: State, moves: Mapping[str, str]) -> State:
        new = {**state, **moves}
        for domain in self.r.pathway.domains:
            if new.get(domain.name) in domain.absorbing:
                return {domain.name: new[domain.name]}
        return new

    # --- random numbers

    def _uniform(self, name: str, purpose: str) -> float:
        return uniform(self.r.generator, self.key, stream(name, purpose), 0)

    def _exponential(self, name: str, purpose: str, occurrence: int) -> float:
        return exponential(self.r.generator, self.key, stream(name, purpose), occurrence)


CODES = {
    "Exponential": ("exponential", families.EXPONENTIAL),
    "Weibull": ("weibull", families.WEIBULL),
    "WeibullPH": ("weibull_ph", families.WEIBULL),
    "Gompertz": ("gompertz", families.GOMPERTZ),
    "LogLogistic": ("log_logistic", families.LOG_LOGISTIC),
    "LogNormal": ("log_normal", families.LOG_NORMAL),
    "Gamma": ("gamma", families.GENERALISED_GAMMA),
    "GeneralisedGamma": ("generalised_gamma", families.GENERALISED_GAMMA),
    "FixedTime": ("fixed_time", families.FIXED_TIME),
}


def _table(starts: Sequence[float], rates: Sequence[float]) -> Hazard:
    sums = [0.0]
    for i in range(1, len(starts)):
        sums.append(sums[-1] + rates[i - 1] * (starts[i] - starts[i - 1]))
    return Hazard(families.PIECEWISE, starts=tuple(starts), rates=tuple(rates), sums=tuple(sums))


def _absorbed(pathway: Pathway, state: State) -> bool:
    return any(state.get(d.name) in d.absorbing for d in pathway.domains)


def _shared_out(weights: dict[str, float], branch: str, ratio: float) -> dict[str, float]:
    """Weights under which `branch` has `ratio` times its probability and the rest keep their proportions."""
    total = sum(weights.values())
    p = weights[branch] / total
    new = p * ratio
    rest = (1 - new) / (1 - p) if p < 1 else 0.0
    return {name: new * total if name == branch else w * rest for name, w in weights.items()}


# --- the ledger -------------------------------------------------------------------------------------


@dataclass
class _Ledger:
    """Person-time, counts and first times of one person, added to the totals as they pass."""

    totals: Totals
    reference: Reference
    weight: float
    age: float
    elapsed: float  # in the start state
    now: float = 0.0
    entered: bool = False
    seen: dict[str, int] = field(default_factory=dict)
    alive_until: float = 0.0
    began: dict[When, float] = field(default_factory=dict)  # stays under way

    def _force(self, rate: int) -> float:
        return self.reference.discount[rate - 1] if rate else 0.0

    def _factor(self, rate: int, time: float) -> float:
        force = self._force(rate)
        return math.exp(-force * time) if force != 0 else 1.0

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
        inside = [b.when for b in self.reference.collect.bands if self._inside(b.when, state)]
        start = self.now if self.entered else self.now - self.elapsed
        self.began = {when: self.began.get(when, start) for when in inside}
        self.entered = True

    def _inside(self, when: When, state: State) -> bool:
        return not _absorbed(self.reference.pathway, state) and when.holds(state)

    def advance(self, state: State, end: float) -> None:
        """Time in `state` from the last moment to `end`."""
        name = state_name(state)
        self._add(self._spans(self.now, end), "time", name)
        self._binned("year_time", name, [float(k) for k in range(math.ceil(self.reference.horizon))], 0.0, end)
        self._binned("age_time", name, list(self.reference.collect.ages), self.age, end)
        for when, began in self.began.items():
            self._stay(when, began, end)
        self.now = end
        if not _absorbed(self.reference.pathway, state):
            self.alive_until = end

    def _binned(self, table: str, name: str, edges: Sequence[float], offset: float, end: float) -> None:
        if table == "year_time" and not self.reference.collect.years:
            return
        for i, edge in enumerate(edges):
            low = max(self.now, edge - offset)
            high = min(end, edges[i + 1] - offset) if i + 1 < len(edges) else end
            if high > low:
                self._add(self._spans(low, high), table, i, name)

    def _stay(self, when: When, began: float, end: float) -> None:
        mine = [b for b in self.reference.collect.bands if b.when == when]
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
        if self.reference.collect.years:
            self._add(factors, "year_count", math.floor(self.now), outcome)
        ages = [i for i, low in enumerate(self.reference.collect.ages) if low <= self.age + self.now]
        if ages:
            self._add(factors, "age_count", ages[-1], outcome)
        pathway, nth = self.reference.pathway, self.reference.collect.nth
        names = [e.name for e in pathway.events] + [g.name for g in pathway.groups]
        for tracker in [*names, *(n for n in nth if n not in names)]:
            if outcome in pathway.resolve(tracker):
                self.seen[tracker] = self.seen.get(tracker, 0) + 1
                if self.seen[tracker] == 1:
                    self.totals.add(self.weight, "ever", tracker)
                    self.totals.add(self.weight * (self.now - self.reference.horizon), "first", tracker)
                if self.seen[tracker] <= nth.get(tracker, 0):
                    self._add(factors, "nth", tracker, self.seen[tracker])

    def leave(self, strategy: Strategy, taken: Sequence[str]) -> None:
        """What was delivered, and for how long, once all is over."""
        for component in strategy.components:
            start = self.reference.value(component.start)
            end = math.inf if component.end is None else self.reference.value(component.end)
            if component.name not in taken or start > self.alive_until or start >= self.reference.horizon:
                continue
            self._add([1.0, self._factor(1, start), self._factor(2, start)], "delivered", component.name)
            until = min(end, self.alive_until)
            if until > start:
                self._add(self._spans(start, until), "exposure", component.name)


def state_name(state: State) -> str:
    """One name for a joint state."""
    return "/".join(f"{domain}={level}" for domain, level in state.items())
