"""The same semantics as the kernel, told in plain Python for a reader, from the contract itself.

It shares with the kernel only the scalar random-number and quantile functions, walks dictionaries
where the kernel walks tables, and must agree with it to the last bit (tests/oracle/test_twin.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.contract import (
    AGE,
    AtOnce,
    Branch,
    Component,
    Covariate,
    Effect,
    Event,
    Frailty,
    Mixture,
    Numeric,
    Pathway,
    PerCycle,
    Quantity,
    Strategy,
    Waning,
)
from models.states import ends_of, is_restarted
from simulate.engine.arithmetic.elementary import exp, log1p, pow
from simulate.engine.arithmetic.normal import normal_at, normal_share
from simulate.engine.arithmetic.random_numbers import draw_key, exponential, hashed, key_of, seed_key, uniform
from simulate.engine.check.clock import Channel, Segment
from simulate.engine.check.laws import QUANTILES, hazard_of, unit_gamma
from simulate.engine.check.ledger import Happening, Ledger, State, Totals, Value, absorbed
from simulate.engine.kernel.layout import SAME_MOMENT
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.people import PeopleFile, copula
from simulate.engine.lower.places import places_of, stream_at

Trait = str | float


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

    @property
    def instant(self) -> float:
        """Years; moments no further apart are the same one."""
        return SAME_MOMENT * self.horizon

    def person(self, person: int, strategy: Strategy, totals: Totals | None = None) -> list[Happening]:
        """The history of one person under one strategy; statistics are added to `totals`."""
        return _Life(self, person, strategy, totals or Totals()).live()


class _Life:
    """One person under one strategy."""

    def __init__(self, reference: Reference, person: int, strategy: Strategy, totals: Totals):
        self.r, self.strategy, self.number = reference, strategy, person
        identity = np.uint64(person) if reference.people is None else hashed(f"person\0{reference.people.ids[person]}")
        this_draw = np.uint64(draw_key(seed_key(reference.seed), np.uint64(reference.draw)))
        self.key = np.uint64(key_of(reference.generator, this_draw, identity))
        self.places = places_of(reference.pathway, reference.generator)
        self.traits = self._traits()
        taken = [c for c in strategy.components if self._takes(c)]
        self.strategy = replace(strategy, components=tuple(taken))
        order = sorted(reference.pathway.events, key=lambda e: (not isinstance(e.hazard, AtOnce), e.priority, e.name))
        self.channels = {e.name: self._channel(e) for e in order}
        weight = 1.0 if reference.people is None else float(reference.people.weight[person])
        age = float(self.traits.get(AGE, 0.0))
        frame = reference.pathway, reference.collect, reference.discount, reference.horizon, self.value
        self.ledger = Ledger(totals, *frame, weight, age, self._elapsed(), traits=self.traits)
        self.remembered = dict.fromkeys([h.name for h in reference.pathway.history], 0)

    def value(self, quantity: Quantity) -> float:
        """Of a quantity under the strategy."""
        return self.r.value(self.strategy.under(quantity))

    def live(self) -> list[Happening]:
        """What happens to the person up to the horizon, in order, times in years; the ledger fills as it does."""
        history: list[Happening] = []
        state = self._start()
        self.ledger.enter(state)
        for channel in self.channels.values():
            if self._at_risk(channel.event, state):
                self._hold_level(channel, state)
                channel.arm(0.0, entry=True, again=False)
        while True:
            running = [c for c in self.channels.values() if self._at_risk(c.event, state)]
            winner, now = self._first(running)
            if winner is None or now >= self.r.horizon - self.r.instant:
                self.ledger.advance(state, self.r.horizon)
                self.ledger.leave(self.strategy, [c.name for c in self.strategy.components])
                self.ledger.end(state)
                return history
            self.ledger.advance(state, now)
            outcome, end = self._outcome(winner, now)
            self.ledger.happened(outcome)
            new = self._become(state, end.becomes)
            history.append(Happening(now, state, outcome, new))
            winner.fire(now)
            self._remember(outcome, winner, state, now)
            self._move(winner, end, state, new, now)
            self._lengthen(winner, state, new, now)
            self.ledger.enter(new)
            state = new

    # --- events

    def _first(self, running: Sequence[Channel]) -> tuple[Channel | None, float]:
        """The first to fire, and when: of those that do so at the same moment, the first in order."""
        winner, earliest = None, math.inf
        for channel in running:
            if channel.fires < earliest:
                if earliest - channel.fires > self.r.instant:
                    winner = channel
                earliest = channel.fires
        return winner, earliest

    def _move(self, winner: Channel, end: Branch, state: State, new: State, now: float) -> None:
        for channel in self.channels.values():
            was, will = self._at_risk(channel.event, state), self._at_risk(channel.event, new)
            if was and not will and channel is not winner:
                channel.disarm(now)
            anew = is_restarted(channel.event, end)
            running = was and will and not anew and channel is not winner
            changes = will and (channel.level_hazard, channel.level_pace) != self._by_level(channel.event, new)
            if running and changes:
                channel.settle(now)
                channel.since = max(channel.since, now)
            if changes:
                self._hold_level(channel, new)
            if running and changes:
                channel.set_fire()
            if will and (anew or not was):
                channel.arm(now, entry=False, again=False)
            if channel is winner and was and will and not anew:
                channel.arm(now, entry=False, again=True)

    def _by_level(self, event: Event, state: State) -> tuple[float, float]:
        """What the levels of a state make of an event's hazard, and of the pace of its clock."""
        hazard = self._product([self.value(x.at(state)) for x in event.by if x.ratio == "hazard"])
        return hazard, 1.0 / self._product([self.value(x.at(state)) for x in event.by if x.ratio == "time"])

    def _hold_level(self, channel: Channel, state: State) -> None:
        channel.level_hazard, channel.level_pace = self._by_level(channel.event, state)

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
                channel.boost *= self.value(history.hazard_ratio)
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
                stay.since += self.value(lengthening.pause)
            elif lengthening.forward is not None:
                stay.bring_forward(self.value(lengthening.forward), now)
            elif lengthening.faster is not None:
                stay.slowed /= 1.0 / self.value(lengthening.faster)
            else:
                assert lengthening.slower is not None
                stay.slowed /= self.value(lengthening.slower)
            stay.set_fire()
            if lengthening.forward is not None and stay.residual == 0.0 and stay.since <= now:
                stay.fires = now

    def _outcome(self, channel: Channel, now: float) -> tuple[str, Branch]:
        event = channel.event
        if len(event.outcomes()) == 1:
            return event.outcomes()[0], ends_of(event)[0]
        weights = self._weights(event, now)
        times = {
            b.name: self._exponential(f"{event.name}.{b.name}", "branch", channel.drawn - 1) / weights[b.name]
            for b in event.branches
            if weights[b.name] > 0
        }
        chosen = min(times, key=lambda name: times[name])
        branch = next(b for b in event.branches if b.name == chosen)
        return f"{event.name}.{chosen}", branch

    def _weights(self, event: Event, now: float) -> dict[str, float]:
        weights = {b.name: self.value(b.weight) for b in event.branches}
        risks: dict[str, float] = {}
        for component, effect in self._effects():
            if effect.event == event.name and effect.branch is not None:
                ratio = self._ratio_at(component, effect, now + self.r.instant)
                if effect.ratio == "odds":
                    weights[effect.branch] *= ratio
                elif self._power_at(component, effect, now + self.r.instant) > 0.0:
                    risks[effect.branch] = risks.get(effect.branch, 1.0) * ratio
        if any(ratio != 1.0 for ratio in risks.values()):
            weights = _shared_out(weights, risks)
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
        names = [n for n in u if any(n in pair for pair in self.r.pathway.correlations)]
        factor = copula(names, self.r.pathway.correlations)
        z = [normal_at(u[n]) for n in names]
        tied = {n: normal_share(sum(float(factor[i, j]) * z[j] for j in range(i + 1))) for i, n in enumerate(names)}
        return {**u, **tied}

    def _number(self, n: Numeric, u: float) -> float:
        x = QUANTILES[n.distribution](self.value(n.first), self.value(n.second), u)
        return min(max(x, n.low), n.high)

    def _level(self, mixture: Mixture, u: float) -> str:
        below = 0.0
        for level, share in mixture.shares.items():
            if below <= u < below + self.value(share):
                return level
            below += self.value(share)
        return mixture.otherwise

    def _takes(self, component: Component) -> bool:
        p = self.value(component.uptake)
        return p == 1.0 or self._uniform(component.name, "uptake") < p

    def _frailty(self, frailty: Frailty) -> float:
        variance = self.value(frailty.variance)
        if variance == 0:
            return 1.0
        u = self._uniform(frailty.name, "frailty")
        if frailty.distribution == "gamma":
            return unit_gamma(1.0 / variance, u)
        sigma = math.sqrt(log1p(variance))
        return exp(sigma * (normal_at(u) - sigma / 2))

    def _covariate(self, c: Covariate) -> float:
        ratio, trait = self.value(c.parameter), self.traits[c.characteristic]
        if isinstance(self.r.pathway.characteristic(c.characteristic).values, Mixture):
            return ratio if trait == c.level else 1.0
        return pow(ratio, float(trait) - self.value(c.centre))

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
        slower = [c for c in mine if c.ratio == "time"]
        stretch = self._product([self._covariate(c) for c in slower])
        before = self._product([self._covariate(c) for c in slower if c.since == "zero"])
        assert not isinstance(event.hazard, PerCycle)
        return Channel(
            event,
            hazard_of(event.hazard, self.value),
            self._segments(event),
            own,
            1.0 / stretch,
            1.0 / before,
            self.key,
            stream_at(self.places, event.name, "time"),
            self.r.generator,
            float(self.traits.get(AGE, 0.0)),
            self._elapsed(),
        )

    def _elapsed(self) -> float:
        """Years already spent in the start state."""
        return 0.0 if self.r.people is None else float(self.r.people.elapsed[self.number])

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
        return self.value(start), math.inf if end is None else self.value(end)

    def _cuts(self, component: Component, effect: Effect) -> list[float]:
        start, end = self._window(component, effect)
        if self.value(effect.parameter) == 1.0 or self.value(component.fidelity) == 0.0:
            return []
        found = [start, end]
        if effect.waning is not None:
            steps = math.ceil((min(end, self.r.horizon) - start) / effect.waning.step)
            found += [start + i * effect.waning.step for i in range(1, steps)]
        return [t for t in found if 0 < t < self.r.horizon]

    def _ratio_at(self, component: Component, effect: Effect, now: float) -> float:
        start, end = self._window(component, effect)
        ratio = self.value(effect.parameter)
        if not start <= now < end or ratio == 1.0:
            return 1.0
        power = self._power_at(component, effect, now)
        return ratio if power == 1.0 else pow(ratio, power)

    def _power_at(self, component: Component, effect: Effect, now: float) -> float:
        """To what power the ratio is raised; 0 where nothing is left of it."""
        start, end = self._window(component, effect)
        if not start <= now < end:
            return 0.0
        power = self.value(component.fidelity)
        return power if effect.waning is None else power * self._left(effect.waning, start, now)

    def _left(self, waning: Waning, start: float, now: float) -> float:
        step = math.floor((now - start) / waning.step + 1e-9)
        middle = (step + 0.5) * waning.step
        over = self.value(waning.over)
        if waning.kind == "linear":
            return max(0.0, 1.0 - middle / over)
        return pow(0.5, middle / over)

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
        return not absorbed(self.r.pathway, state) and event.when.holds(state)

    def _become(self, state: State, moves: Mapping[str, str]) -> State:
        new = {**state, **moves}
        for domain in self.r.pathway.domains:
            if new.get(domain.name) in domain.absorbing:
                return {domain.name: new[domain.name]}
        return new

    # --- random numbers

    def _uniform(self, name: str, purpose: str) -> float:
        return uniform(self.r.generator, self.key, stream_at(self.places, name, purpose), 0)

    def _exponential(self, name: str, purpose: str, occurrence: int) -> float:
        return exponential(self.r.generator, self.key, stream_at(self.places, name, purpose), occurrence)


def _shared_out(weights: dict[str, float], risks: Mapping[str, float]) -> dict[str, float]:
    """Weights under which each branch of `risks` has so many times its probability; the rest keep their proportions."""
    total = sum(weights.values())
    held = [name for name in weights if name in risks]
    before = sum(weights[name] / total for name in held)
    after = sum(weights[name] / total * risks[name] for name in held)
    rest = (1 - after) / (1 - before) if before < 1 else 0.0
    return {n: weights[n] / total * risks[n] * total if n in held else w * rest for n, w in weights.items()}
