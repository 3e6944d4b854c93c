"""What may happen in a cycle: the probability of each event, by draw, cycle and time in state, under one variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.contract import (
    AGE,
    Event,
    Exponential,
    LifeTable,
    ModelError,
    Numeric,
    Pathway,
    PerCycle,
    PiecewiseConstant,
)
from parameters.arrays import Floats
from simulate.engine.arithmetic.elementary import each, exps, log1p, logs
from simulate.engine.laws.families import SPLINE, cumulative
from simulate.engine.laws.splines import spline_cumulative
from simulate.engine.laws.tabulated import piecewise, piecewise_cumulative
from simulate.engine.lower.branches import branch_weights
from simulate.engine.lower.effects import (
    ChannelEffects,
    Lookup,
    UptakeVariants,
    channel_effects,
    checked,
)
from simulate.engine.lower.hazards import family_of, hazard_parameters, hazard_pieces, steps_of

MOST_KNOWN = 64  # hazards cumulated over cycles
SAME = 1e-9  # years: an effect that begins with a cycle acts in it


@dataclass(frozen=True, eq=False)
class Chances:
    """Events of a pathway in cycles under every variant of its strategies, for every draw."""

    pathway: Pathway
    events: Sequence[Event]
    lookup: Lookup
    draws: int
    length: float  # of a cycle, years
    ratios: dict[str, ChannelEffects]  # by what they multiply: hazard, risk, odds
    weights: Floats  # of branches, [draw, variant, outcome]
    age: Floats  # at entry, [draw]; 0 where nothing goes by age
    cumulated: dict[tuple[bytes, bytes, int], Floats] = field(default_factory=dict)
    steps: dict[str, tuple[Floats, Floats, Floats]] = field(default_factory=dict)  # of hazards in steps, by event

    def of(self, k: int, v: int, cycle: int, longest: int) -> Floats:
        """Probability of event `k` in a cycle under variant `v`, [draw, cycles in state up to `longest`]."""
        event = self.events[k]
        if isinstance(event.hazard, LifeTable):
            plain = self._of_table(event.hazard, cycle)[:, None]
        elif isinstance(event.hazard, PerCycle):
            plain = self._of_cycle(event, event.hazard, cycle, longest)
        else:
            plain = self._of_hazard(event, cycle, longest)
        ratio = {how: _at(effects, v, k, cycle * self.length)[:, None] for how, effects in self.ratios.items()}
        out = plain
        if (ratio["hazard"] != 1.0).any():
            raised = 1 - exps(ratio["hazard"] * logs(np.maximum(1 - out, 2.0**-53)))
            out = np.where((ratio["hazard"] == 1.0) | (out == 1.0), out, raised)
        if (ratio["odds"] != 1.0).any():
            out = ratio["odds"] * out / (1 - out + ratio["odds"] * out)
        out = out * ratio["risk"]
        if (out > 1.0).any():
            d = int(np.flatnonzero((out > 1.0).any(axis=1))[0])
            raise ModelError(f"Event {event.name}: probability {out[d].max():.4g} in cycle {cycle + 1} of draw {d}")
        return np.broadcast_to(out, (self.draws, out.shape[1]))

    def memory(self, event: Event, cycles: int) -> int:
        """After how many of so many cycles in a state nothing of the event changes any more."""
        if isinstance(event.hazard, PerCycle):
            return event.hazard.starts[-1] if _by_sojourn(event) else 0
        return cycles if event.clock == "sojourn" and not isinstance(event.hazard, Exponential) else 0

    def _of_hazard(self, event: Event, cycle: int, longest: int) -> Floats:
        """One less the chance of passing the cumulative hazard of a cycle, [draw, cycles in state]."""
        first = np.arange(longest + 1.0) if event.clock == "sojourn" else np.array([float(cycle)])
        from_age = self.age if event.clock == "age" else np.zeros(self.draws)
        edges = from_age[:, None] + self.length * np.append(first, first[-1] + 1)
        found = (
            self._of_steps(event, edges) if isinstance(event.hazard, PiecewiseConstant) else self._summed(event, edges)
        )
        return 1 - exps(found[:, :-1] - found[:, 1:])

    def _of_steps(self, event: Event, edges: Floats) -> Floats:
        """The cumulative hazard of one in steps at these times, [draw, time]."""
        if event.name not in self.steps:
            assert isinstance(event.hazard, PiecewiseConstant)
            where = f"Event {event.name}.hazard"
            self.steps[event.name] = steps_of(event.hazard, self.lookup, self.draws, where)
        starts, rates, sums = self.steps[event.name]
        which = np.searchsorted(starts, edges, side="right") - 1
        within = np.take_along_axis(rates, which, axis=1) * (edges - starts[which])
        return np.take_along_axis(sums, which, axis=1) + within

    def _summed(self, event: Event, edges: Floats) -> Floats:
        """The cumulative hazard of a family at these times, [draw, time]."""
        p, family = hazard_parameters(event, self.lookup, self.draws), family_of(event)
        table = hazard_pieces((event,), self.lookup, self.draws)
        starts, rates, sums = (table[f"piece_{name}"] for name in ("start", "rate", "cumulative"))
        key = (p.tobytes() + starts.tobytes() + rates.tobytes() + sums.tobytes(), edges.tobytes(), family)
        known = self.cumulated

        def reached(d: int, x: float) -> float:
            if family == SPLINE:
                return spline_cumulative(p[d, 0], starts, rates[d], sums[d], 0, len(starts), x)
            p0, p1, p2, p3 = p[d].tolist()
            return cumulative(family, p0, p1, p2, p3, x)

        if key not in known:
            rows = [[reached(d, x) for x in at] for d, at in enumerate(edges.tolist())]
            if len(known) >= MOST_KNOWN:
                known.clear()
            known[key] = np.array(rows)
        return known[key]

    def _of_cycle(self, event: Event, hazard: object, cycle: int, longest: int) -> Floats:
        assert isinstance(hazard, PerCycle)
        quantities = (hazard.probability, *hazard.later)
        where = f"Event {event.name}.hazard"
        if _by_sojourn(event):
            which = np.searchsorted(hazard.starts, np.arange(longest + 1), side="right")
        else:
            which = np.array([np.searchsorted(hazard.starts, cycle, side="right")])
        found = {int(i): checked(self.lookup(quantities[i]), where, low=0.0) for i in np.unique(which)}
        return np.stack([found[int(i)] for i in which], axis=1)

    def _of_table(self, hazard: LifeTable, cycle: int) -> Floats:
        """One less the chance of living through the ages of a cycle."""
        ages, yearly = hazard.values()
        rates = -each(log1p, -np.array(yearly))
        table = piecewise(np.array(ages), rates)
        first = self.age + cycle * self.length

        def reached(at: Floats) -> Floats:
            found = {
                float(x): float(piecewise_cumulative(table.starts, rates, table.cums, 0, len(rates), float(x)))
                for x in np.unique(at)
            }
            return np.array([found[float(x)] for x in at])

        ratio = checked(self.lookup(hazard.ratio), "LifeTable.ratio", low=0.0)
        return 1 - exps(-ratio * (reached(first + self.length) - reached(first)))


def _by_sojourn(event: Event) -> bool:
    return isinstance(event.hazard, PerCycle) and event.clock == "sojourn" and bool(event.hazard.starts)


def make_chances(
    pathway: Pathway, events: Sequence[Event], variants: UptakeVariants, lookup: Lookup, draws: int, horizon: float
) -> Chances:
    """What may happen in the cycles of a pathway; ``ModelError`` for what a cohort cannot tell."""
    assert pathway.cycle is not None
    ratios = {
        how: channel_effects(events, _only(variants, how), lookup, draws, horizon) for how in ("hazard", "risk", "odds")
    }
    weights = branch_weights(events, variants, lookup, draws, horizon)
    if (weights.segments > 1).any():
        raise ModelError(f"Pathway {pathway.name}: branches whose odds change in time have no place in cycles")
    age = np.zeros(draws)
    if any(e.clock == AGE for e in events):
        age = age_of_all(pathway, lookup)
    return Chances(pathway, events, lookup, draws, pathway.cycle.length, ratios, weights.weight[:, :, 0], age)


def age_of_all(pathway: Pathway, lookup: Lookup) -> Floats:
    """The one age at entry of a cohort, years, [draw]; ``ModelError`` where people differ in it."""
    values = pathway.characteristic(AGE).values
    assert isinstance(values, Numeric)  # held by the pathway, for the clock
    if (lookup(values.second) != 0).any() or values.distribution != "normal":
        raise ModelError(f"Pathway {pathway.name}: a cohort is of one age; allowed: a normal one whose sd is 0")
    return lookup(values.first)


def _only(variants: UptakeVariants, how: str) -> UptakeVariants:
    """The variants with those of their effects alone that act on an event's probability in this way, as on a hazard."""
    some = tuple(
        replace(
            v,
            components=tuple(
                replace(
                    c,
                    effects=tuple(replace(e, ratio="hazard") for e in c.effects if e.ratio == how and e.branch is None),
                )
                for c in v.components
            ),
        )
        for v in variants.all
    )
    return replace(variants, all=some)


def _at(effects: ChannelEffects, v: int, k: int, time: float) -> Floats:
    """The ratio on channel `k` under variant `v` at a time since entry, [draw]."""
    out, place = effects.ratio[:, v, k], effects.window[k]
    if place < 0:
        return out
    n, starts = effects.segments[:, v, k], effects.start[:, v, place]
    begun = (starts <= time + SAME) & (np.arange(starts.shape[1]) < n[:, None])
    here = np.maximum(begun.sum(axis=1) - 1, 0)
    return np.where(n > 0, effects.segment_ratio[np.arange(len(n)), v, place, here], out)
