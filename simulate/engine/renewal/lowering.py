"""From the kernel's tables to what the renewal equations read, person by person."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from parameters.arrays import Bools, Floats, Ints
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.kernel import layout
from simulate.engine.kernel.layout import Tables
from simulate.engine.laws.families import EXPONENTIAL, PIECEWISE, cumulative
from simulate.engine.laws.tabulated import piecewise_cumulative
from simulate.engine.renewal.chances import AGING, CALENDAR, STEADY, Chances, Grid
from simulate.engine.renewal.people import Nodes
from simulate.engine.renewal.sojourns import Known, times_within


def kinds(t: Tables, draw: int, variant: int) -> Ints:
    """How each channel's hazard goes, [channel]."""
    steady = (t.family == EXPONENTIAL) & (t.segments[draw, variant] == 0)
    aging = (t.family != EXPONENTIAL) & (t.clock == layout.SOJOURN)
    return np.where(steady, STEADY, np.where(aging, AGING, CALENDAR))


@dataclass
class Lives:
    """The chances of people under one variant of a strategy in one draw."""

    tables: Tables
    draw: int
    variant: int
    nodes: Nodes
    grid: Grid
    known: Known = field(default_factory=dict)  # tables of sojourns
    _known: dict[tuple[int, float], Floats] = field(default_factory=dict)  # cumulative hazards by channel and speed

    def of(self, node: int, hazard: Floats, ends: Bools) -> Chances:
        """Those of one person with these multipliers of hazards [column], whose story ends with some outcomes."""
        t, d, v = self.tables, self.draw, self.variant
        kind = kinds(t, d, v)
        own = np.array([1.0 if c < 0 else hazard[c] for c in t.hazard_column])
        speed = np.array([1.0 if c < 0 else self.nodes.stretch[node, c] for c in t.stretch_column]) * t.speed[d, v]
        times = times_within(self.grid)
        aged = np.zeros((len(kind), len(times)))
        calendar = np.zeros((len(kind), self.grid.cells + 1))
        for k in np.flatnonzero(kind == AGING):
            aged[k] = own[k] * t.ratio[d, v, k] * self._aged(int(k), float(speed[k]), times)
        for k in np.flatnonzero(kind == CALENDAR):
            calendar[k] = own[k] * self._since_entry(
                int(k), float(self.nodes.age[node]), float(speed[k] / t.speed[d, v, k])
            )
        share, segment = self._shares(node)
        rate = own * t.parameters[d, :, 0] * t.ratio[d, v] * speed
        return Chances(kind, rate, aged, calendar, t.enabled, t.becomes, t.outcomes, share, segment, ends)

    def _aged(self, k: int, speed: float, times: Floats) -> Floats:
        if (k, speed) not in self._known:
            self._known[k, speed] = self._hazard(k, speed * times)
        return self._known[k, speed]

    def _hazard(self, k: int, ages: Floats) -> Floats:
        """Cumulative hazard of a channel at operational ages."""
        t, d = self.tables, self.draw
        if t.family[k] == PIECEWISE:
            first, n = t.piece[k]
            return _in_pieces(t.piece_start, t.piece_rate[d], t.piece_cumulative[d], first, n, ages)
        return _in_families(t.family[k], t.parameters[d, k], ages)

    def _since_entry(self, k: int, age: float, own_speed: float) -> Floats:
        """Cumulative hazard since entry at the cells' edges, through the segments of the effects on it."""
        t, d, v = self.tables, self.draw, self.variant
        edges = self.grid.width * np.arange(self.grid.cells + 1)
        clock = age if t.clock[k] == layout.AGE else 0.0
        n = t.segments[d, v, k]
        if n == 0:
            pieces = [(0.0, t.ratio[d, v, k], t.speed[d, v, k])]
        else:
            w = t.window[k]
            pieces = [
                (t.segment_start[d, v, w, i], t.segment_ratio[d, v, w, i], t.segment_speed[d, v, w, i])
                for i in range(n)
            ]
        total = np.zeros(len(edges))
        for (start, ratio, speed), end in zip(pieces, [*(p[0] for p in pieces[1:]), np.inf], strict=True):
            pace = speed * own_speed
            until = clock + pace * np.clip(edges - start, 0.0, end - start)
            total += ratio * (self._hazard(k, until) - self._hazard(k, np.array([clock])))
            clock += pace * (end - start) if np.isfinite(end) else 0.0
        return total

    def _shares(self, node: int) -> tuple[Floats, Ints]:
        """The share of each outcome among its event's, [segment, outcome], and which segment holds, [cell]."""
        t, d, v = self.tables, self.draw, self.variant
        n = t.weight_segments[d, v]
        weight = t.weight[d, v, :n] * np.array([1.0 if c < 0 else self.nodes.odds[node, c] for c in t.odds_column])
        share = np.empty_like(weight)
        for first, many in t.outcomes.astype(int).tolist():
            mine = slice(first, first + many)
            share[:, mine] = weight[:, mine] / weight[:, mine].sum(axis=1, keepdims=True)
        middles = self.grid.width * (np.arange(self.grid.cells) + 0.5)
        return share, np.searchsorted(t.weight_start[d, v, 1:n], middles, side="right")


@njit
def _in_families(family: int, p: Floats, ages: Floats) -> Floats:
    out = np.empty(len(ages))
    for i in range(len(ages)):
        out[i] = cumulative(family, p[0], p[1], p[2], p[3], ages[i])
    return out


@njit
def _in_pieces(starts: Floats, rates: Floats, cums: Floats, first: int, n: int, ages: Floats) -> Floats:
    out = np.empty(len(ages))
    for i in range(len(ages)):
        out[i] = piecewise_cumulative(starts, rates, cums, first, n, ages[i])
    return out
