"""A cohort from cycle to cycle: the shares of people in each state, and of those to whom something has not happened.

Every cycle a person has one event at most, of those at risk in the state at its start. What is counted at which moment
is the pathway's (``models.contract.Cycle``). Statistics are those of so many people in expectation, in batches that are
alike: there is no noise, and this says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from itertools import groupby
from typing import Any

import numpy as np

from models.contract import Cycle, Event, ModelError, Pathway, Strategy
from models.states import at_risk, channel_order, collapse, is_absorbed, joint_states, passed_at_once
from parameters.arrays import Floats
from simulate.engine.account import BATCHES, start_shares
from simulate.engine.arithmetic.elementary import exps
from simulate.engine.cohort.chances import Chances, make_chances
from simulate.engine.cohort.weighing import Weighing
from simulate.engine.lower.effects import MAX_UPTAKES, Lookup, UptakeVariants, find_variants, flat_components
from simulate.engine.lower.tables import forces_of_interest
from simulate.engine.lower.weighed import Weighed
from simulate.engine.statistics import Statistics

WHOLE = 1e-9  # of a cycle: what a horizon in cycles may be off by
MOST_CYCLES = 100_000


@dataclass(frozen=True)
class Move:
    """One way out of a state in a cycle."""

    event: int  # in order
    outcome: int
    to: int  # the state after
    onwards: bool  # the time in state runs on: it is the same state


@dataclass(frozen=True, eq=False)
class Totals:
    """Of one person under one variant, [draw, …]; `3` stands for undiscounted, at the cost and at the effect rate."""

    time: Floats  # [draw, 3, state] years
    count: Floats  # [draw, 3, outcome]
    ever: Floats  # [draw, tracker]
    first: Floats  # [draw, tracker] years to the first, or the horizon
    shares: Floats  # [draw, moment, state]
    delivered: Floats  # [draw, 3, component]
    exposure: Floats  # [draw, 3, component] years
    weighed: Floats  # [draw, 3, weighed row]


def expected_statistics(
    pathway: Pathway,
    strategies: Sequence[Strategy],
    lookup: Lookup,
    draws: int,
    *,
    horizon: float,
    discount: tuple[Floats, Floats],
    continuous: bool,
    grid: Floats,
    people: int,
    only: Sequence[str] | None = None,
    weighed: Sequence[Weighed] = (),
) -> Statistics:
    """What a cohort of so many people comes to under all strategies, or `only` these.

    `discount`: annual rates [draws] of costs and effects. ``ModelError`` where probabilities of a state add to more
    than 1, or the horizon is no whole number of cycles.
    """
    assert pathway.cycle is not None
    cycles = whole_cycles(pathway.cycle, horizon)
    force = np.column_stack([np.zeros(draws), forces_of_interest(discount, continuous)])  # [draw, 3]
    chain = Chain(pathway, lookup, draws, cycles, Weighing.of(weighed, pathway, lookup, draws))
    variants = find_variants(strategies, lookup)
    chances = make_chances(pathway, chain.events, variants, lookup, draws, horizon)
    chosen = [s for s, strategy in enumerate(strategies) if only is None or strategy.id in only]
    found = [_of_strategy(chain, chances, variants, strategies, s, lookup, force, horizon) for s in chosen]

    def in_batches(values: Sequence[Floats]) -> Floats:
        """Of one person, by strategy, as [draw, strategy, batch, …] of so many."""
        return np.repeat(np.stack(values, axis=1)[:, :, None], BATCHES, axis=2) * people / BATCHES

    at = np.minimum((grid / pathway.cycle.length + WHOLE).astype(np.int64), cycles)
    return Statistics(
        strategies=tuple(strategies[s].id for s in chosen),
        states=tuple(dict(s) for s in chain.states),
        outcomes=chain.outcomes,
        trackers=chain.trackers,
        people=np.full(BATCHES, people / BATCHES),
        horizon=horizon,
        time=in_batches([x.time for x in found]),
        count=in_batches([x.count for x in found]),
        ever=in_batches([x.ever for x in found]),
        first=in_batches([x.first for x in found]),
        occupancy=np.stack([x.shares[:, at] for x in found], axis=1) * people,
        grid=grid,
        components=tuple(c.name for _, c in flat_components(strategies)),
        delivered=in_batches([x.delivered for x in found]),
        exposure=in_batches([x.exposure for x in found]),
        weighed_rows=tuple(w.words() for w in weighed),
        weighed=in_batches([x.weighed for x in found]),
        grid_error=0.0,
    )


def _of_strategy(
    chain: Chain,
    chances: Chances,
    variants: UptakeVariants,
    strategies: Sequence[Strategy],
    s: int,
    lookup: Lookup,
    force: Floats,
    horizon: float,
) -> Totals:
    """Of one strategy, over what people take up of it."""
    flat, draws = flat_components(strategies), chain.draws
    parts = []
    for v, variant in enumerate(variants.all):
        if variant.strategy != s:
            continue
        taken = {c.name for c in variant.components}
        probability = np.ones(draws)
        for c in strategies[s].components:
            uptake = lookup(c.uptake)
            probability = probability * (uptake if c.name in taken else 1 - uptake)
        if not probability.any():
            continue
        found = chain.run(chances, v, force)
        given, years = np.zeros((draws, 3, len(flat))), np.zeros((draws, 3, len(flat)))
        for j, (owner, component) in enumerate(flat):
            if owner == s and component.name in taken:
                end = np.full(draws, horizon) if component.end is None else lookup(component.end)
                under = found, force, lookup(component.start), end
                given[:, :, j], years[:, :, j] = chain.under(*under)
                for i, row in enumerate(chain.weighing.rows):
                    if row.name == component.name and row.what in ("delivered", "under"):
                        both = chain.under(*under, partial(chain.weighing.at, i))
                        found.weighed[:, :, i] += both[row.what == "under"]
        parts.append((probability, replace(found, delivered=given, exposure=years)))
    return Totals(**{f.name: _mixed(parts, f.name) for f in fields(Totals)})


def whole_cycles(cycle: Cycle, horizon: float) -> int:
    """How many cycles the horizon (years) is; ``ModelError`` for no whole number, or one not for Simpson's rule."""
    n = round(horizon / cycle.length)
    if n < 1 or n > MOST_CYCLES or abs(n * cycle.length - horizon) > WHOLE * cycle.length * n:
        raise ModelError(
            f"horizon: {horizon:g} years are {horizon / cycle.length:g} cycles of {cycle.length:g}; allowed: a whole"
            f" number, at most {MOST_CYCLES:,}"
        )
    if isinstance(cycle.counted, tuple) and len(cycle.counted) != n + 1:
        raise ModelError(f"Cycle.counted: {len(cycle.counted)} weights; must be {n + 1}, one a moment of {n} cycles")
    if cycle.counted == "simpson" and n % 2:
        raise ModelError(f"horizon: {n} cycles; Simpson's rule takes an even number of them")
    return n


def _mixed(parts: Sequence[tuple[Floats, Totals]], name: str) -> Floats:
    """Over what people take up."""
    out: Any = 0.0
    for probability, totals in parts:
        values = getattr(totals, name)
        out = out + probability.reshape(-1, *[1] * (values.ndim - 1)) * values
    return np.asarray(out)


def _ends(first: float, last: float) -> Callable[[int], Floats]:
    """Cycles that each moment counts for where those between count for one, by how many cycles there are."""
    return lambda n: np.concatenate([[first], np.ones(n - 1), [last]])


WEIGHTS: Mapping[str, Callable[[int], Floats]] = {  # of moments, by what is counted: see ``Cycle``
    "half-cycle": _ends(0.5, 0.5),
    "start": _ends(1.0, 0.0),
    "end": _ends(0.0, 1.0),
    "simpson": lambda n: np.array([1.0, *[4.0, 2.0] * (n // 2 - 1), 4.0, 1.0]) / 3,
    "both": _ends(1.0, 1.0),
}


def most_bytes(pathway: Pathway, strategies: Sequence[Strategy], draws: int, cycles: int) -> int:
    """At the peak: shares at every moment, of one strategy's variants at a time, and of all strategies on the grid."""
    states = len(joint_states(pathway))
    uncertain = max(sum(c.uptake != 1.0 for c in s.components) for s in strategies)
    return 8 * draws * states * (cycles + 1) * (len(strategies) + (1 << min(uncertain, MAX_UPTAKES)) + 2)


class Chain:
    """States and ways between them, and the cohort that goes these ways."""

    def __init__(self, pathway: Pathway, lookup: Lookup, draws: int, cycles: int, weighing: Weighing):
        assert pathway.cycle is not None
        self.weighing = weighing
        self.pathway, self.draws, self.cycle, self.cycles = pathway, draws, pathway.cycle, cycles
        self.events: tuple[Event, ...] = channel_order(pathway)
        self.states = joint_states(pathway)
        self.outcomes = tuple(o for e in self.events for o in e.outcomes())
        self.trackers = (*(e.name for e in pathway.events), *(g.name for g in pathway.groups))
        places = {tuple(s.items()): i for i, s in enumerate(self.states)}
        self.nodes = {places[tuple(s.items())]: e for s, e in passed_at_once(pathway)}  # each before where it leads
        self.ways = [self._ways(dict(state), places) for state in self.states]
        self.alive = np.array([not is_absorbed(pathway, s) for s in self.states])
        self.start = start_shares(pathway, lookup, draws)
        # Row 0 is everybody; row 1 + i those to whom tracker i has not happened.
        self.stays = np.ones((1 + len(self.trackers), len(self.outcomes)))
        for i, tracker in enumerate(self.trackers):
            for outcome in pathway.resolve(tracker):
                self.stays[1 + i, self.outcomes.index(outcome)] = 0.0

    def _ways(self, state: dict[str, str], places: Mapping[tuple[tuple[str, str], ...], int]) -> list[Move]:
        here, first, found = places[tuple(state.items())], 0, list[Move]()
        for k, event in enumerate(self.events):
            ends = tuple(b.becomes for b in event.branches) or (event.becomes,)
            if at_risk(self.pathway, state, event.when) and self.nodes.get(here, event) is event:
                for j, end in enumerate(ends):
                    to = places[tuple(collapse(self.pathway, {**state, **end}).items())]
                    found.append(Move(k, first + j, to, to == here))
            first += len(ends)
        return found

    def run(self, chances: Chances, v: int, force: Floats) -> Totals:
        """A cohort under variant `v`."""
        d, states, rows = self.draws, len(self.states), len(self.stays)
        longest = [
            0 if s in self.nodes else max((chances.memory(self.events[m.event], self.cycles) for m in ways), default=0)
            for s, ways in enumerate(self.ways)
        ]
        now = [np.zeros((rows, d, n + 1)) for n in longest]
        for s in range(states):
            now[s][:, :, 0] = self.start[:, s]
        shares = np.zeros((d, self.cycles + 1, states))
        count, first = np.zeros((d, 3, len(self.outcomes))), np.zeros((d, rows - 1))
        worth = self._of_events()
        at_entry = self._pass(now, chances, v)
        count += at_entry[:, None, :]
        weighed = np.zeros((d, 3, len(self.weighing.rows)))
        weighed += self.weighing.of_events(self.outcomes, at_entry, 0.0)[:, None, :]
        shares[:, 0] = np.stack([x[0].sum(axis=1) for x in now], axis=1)
        for cycle in range(self.cycles):
            first += sum(x[1:].sum(axis=2) for x in now).T * self.cycle.length
            when = self.cycle.length * (cycle + (self.cycle.events != "start"))
            now, happened = self._step(now, chances, v, cycle, longest)
            counts = (exps(-force * when) * worth[cycle])[:, :, None]
            count += happened[:, None, :] * counts
            weighed += self.weighing.of_events(self.outcomes, happened, when)[:, None, :] * counts
            shares[:, cycle + 1] = np.stack([x[0].sum(axis=1) for x in now], axis=1)
        time = self._time(force, shares)
        for m, weight in enumerate(self.weights if weighed.size else ()):
            at = m * self.cycle.length
            here = weight * self.weighing.of_time(self.states, self.alive, shares[:, m], at)
            dying = self.weighing.of_the_dying(self.states, self.alive, shares, m, self.cycle.length)
            here += self._part(m, np.zeros(1), self.weighing.untils) * dying
            weighed += exps(-force * at)[:, :, None] * here[:, None, :]
        left = sum(x[1:].sum(axis=2) for x in now).T
        none = np.zeros((d, 3, 0))
        return Totals(time, count, 1 - left, first, shares, none, none, weighed)

    def _step(
        self, now: list[Floats], chances: Chances, v: int, cycle: int, longest: list[int]
    ) -> tuple[list[Floats], Floats]:
        """The cohort a cycle later, and what happened, [draw, outcome]."""
        then = [np.zeros_like(x) for x in now]
        happened = np.zeros((self.draws, len(self.outcomes)))
        for s, ways in enumerate(self.ways):
            if not now[s][0].any():
                continue
            out = np.zeros((self.draws, longest[s] + 1))
            again = np.zeros_like(now[s])
            chance = {k: chances.of(k, v, cycle, longest[s]) for k in dict.fromkeys(m.event for m in ways)}
            for _, same in groupby(chance, key=lambda k: self.events[k].priority):
                out = self._in_turn(chance, list(same), out, s, cycle)
            for m in ways:
                flow = now[s] * (chance[m.event] * self._share(chances, m, v)[:, None])
                happened[:, m.outcome] += flow[0].sum(axis=1)
                flow = flow * self.stays[:, m.outcome][:, None, None]
                if m.onwards:
                    again += flow
                else:
                    then[m.to][:, :, 0] += flow.sum(axis=2)
            again += now[s] * (1 - np.minimum(out, 1.0))
            then[s][:, :, 1:] += again[:, :, :-1]
            then[s][:, :, -1] += again[:, :, -1]
        return then, happened + self._pass(then, chances, v)

    def _pass(self, now: list[Floats], chances: Chances, v: int) -> Floats:
        """Those at chance nodes go on, with no time passing; what happened, [draw, outcome]."""
        happened = np.zeros((self.draws, len(self.outcomes)))
        for s in self.nodes:
            for m in self.ways[s] if now[s][0].any() else ():
                flow = now[s][:, :, 0] * self._share(chances, m, v)
                happened[:, m.outcome] += flow[0]
                now[m.to][:, :, 0] += flow * self.stays[:, m.outcome][:, None]
            now[s][:] = 0.0
        return happened

    def _in_turn(self, chance: dict[int, Floats], same: list[int], before: Floats, s: int, cycle: int) -> Floats:
        """Those with an event so far: those `before`, and of the others those with one of the `same` priority.

        The chances of these become those of everybody in the state.
        """
        out = np.zeros_like(before)
        for k in same:
            out = out + chance[k]
        self._refuse_more_than_all(out, s, cycle)
        if before.any():
            chance.update({k: chance[k] * (1 - before) for k in same})
            return before + out * (1 - before)
        return out

    def _share(self, chances: Chances, m: Move, v: int) -> Floats:
        """Of those with an event, the share to whom it is this outcome, [draw]."""
        names = self.events[m.event].outcomes()
        first = self.outcomes.index(names[0])
        mine = chances.weights[:, v, first : first + len(names)]
        return np.asarray(chances.weights[:, v, m.outcome] / mine.sum(axis=1))

    def _refuse_more_than_all(self, out: Floats, s: int, cycle: int) -> None:
        if (out > 1 + 1e-9).any():
            d = int(np.flatnonzero((out > 1 + 1e-9).any(axis=1))[0])
            words = ", ".join(f"{domain} {level}" for domain, level in self.states[s].items())
            raise ModelError(
                f"Pathway {self.pathway.name}: probabilities of leaving {words} add to {out[d].max():.6g} in cycle"
                f" {cycle + 1} of draw {d}; at most 1"
            )

    def _time(self, force: Floats, shares: Floats) -> Floats:
        """Years in each state, [draw, 3, state], from the shares at every moment, [draw, moment, state]."""
        out = np.zeros((self.draws, 3, shares.shape[2]))
        for m, weight in enumerate(self.weights):
            out += weight * exps(-force * (m * self.cycle.length))[:, :, None] * shares[:, None, m]
        return out

    @cached_property
    def weights(self) -> Floats:
        """Years that each moment counts for, [moment]."""
        counted = self.cycle.counted
        return self.cycle.length * (np.array(counted) if isinstance(counted, tuple) else WEIGHTS[counted](self.cycles))

    def _of_events(self) -> Floats:
        """What an event of each cycle counts for, [cycle, 3]: once each, whatever it is worth."""
        worth = np.ones((self.cycles, 3))
        if self.cycle.events == "counted":
            worth[:, 1:] = self.weights[1:, None] / self.cycle.length
        return worth

    def under(
        self,
        totals: Totals,
        force: Floats,
        start: Floats,
        end: Floats,
        weight_at: Callable[[Floats], Floats] | None = None,
    ) -> tuple[Floats, Floats]:
        """Of those who took a component up: people given it, and their years alive under it, [draw, 3] each.

        Each times its weight at that time since entry [draw], where one is given.
        """
        alive = totals.shares[:, :, self.alive].sum(axis=2)  # [draw, moment]
        c, n = self.cycle.length, self.cycles
        first = np.clip((start / c + WHOLE).astype(np.int64), 0, n)
        there = np.where(first == 0, self.start[:, self.alive].sum(axis=1), alive[np.arange(self.draws), first])
        given = np.where(start < n * c * (1 - WHOLE), there, 0.0)  # at entry to all, wherever nodes take them at once
        years = np.zeros((self.draws, 3))
        for m in range(n + 1):
            weight = self._part(m, start, end)
            if weight_at is not None:
                weight = weight * weight_at(np.full(self.draws, m * c))
            years += (weight * alive[:, m])[:, None] * exps(-force * (m * c))
        if weight_at is not None:
            given = given * weight_at(start)
        return given[:, None] * exps(-force * np.maximum(start, 0.0)[:, None]), years

    def _part(self, m: int, start: Floats, end: Floats) -> Floats:
        """Years that moment `m` counts for of the time from `start` to `end`, years since entry.

        That is the part of the cycles around it which lies there; the moment's own weight where all of the time does.
        """
        c, n = self.cycle.length, self.cycles
        before = np.clip(np.minimum(end, m * c) - np.maximum(start, (m - 1) * c), 0.0, c) / c * (m > 0)
        after = np.clip(np.minimum(end, (m + 1) * c) - np.maximum(start, m * c), 0.0, c) / c * (m < n)
        weight = self.weights[m]
        of_its_weight = weight * (before + after) / ((m > 0) + (m < n))  # the share of the cycles around it
        part = {"start": after * c, "end": before * c}.get(str(self.cycle.counted), of_its_weight)
        whole = (start <= 0) & (end >= n * c * (1 - WHOLE))
        return np.asarray(np.where(whole, weight, part))
