"""From the kernel's tables to what the renewal equations read, for all kinds of people at once."""

from __future__ import annotations

import numpy as np

from parameters.arrays import Bools, Floats, Ints
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.kernel import layout
from simulate.engine.kernel.layout import Rows, Tables
from simulate.engine.laws.families import EXPONENTIAL, PIECEWISE, SPLINE, cumulative
from simulate.engine.laws.splines import spline_cumulative
from simulate.engine.laws.tabulated import piecewise_cumulative
from simulate.engine.renewal.chances import AGING, CALENDAR, STEADY, Chances, Grid, People
from simulate.engine.renewal.people import Nodes
from simulate.engine.renewal.sojourns import times_within


def kinds(t: Tables, draw: int, variant: int) -> Ints:
    """How each channel's hazard goes, [channel]."""
    steady = (t.family == EXPONENTIAL) & (t.segments[draw, variant] == 0)
    aging = (t.family != EXPONENTIAL) & (t.clock == layout.SOJOURN)
    return np.where(steady, STEADY, np.where(aging, AGING, CALENDAR))


class Lives:
    """The chances of people under one variant of a strategy in one draw, on one grid."""

    def __init__(self, tables: Tables, draw: int, variant: int, nodes: Nodes, grid: Grid):
        self.tables, self.draw, self.variant, self.nodes, self.grid = tables, draw, variant, nodes, grid
        self.kind = kinds(tables, draw, variant)
        self.points = times_within(grid)
        self._aged: list[Floats] = []
        self._calendar: list[Floats] = []
        self._odds, self._odds_of = np.unique(nodes.odds, axis=0, return_inverse=True)
        self._share = self._shares()
        self._speed, self._row = self._paces()

    def chances(self, ends: Bools) -> Chances:
        """Those of everybody whose story ends with some outcomes."""
        t = self.tables
        none = np.zeros((0, 0))
        aged, calendar = (np.array(x) if x else none for x in (self._aged, self._calendar))
        leaving = np.array([leaving_by(share[0], t.becomes, t.outcomes, ends) for share in self._share])
        arrays = (self.kind, self.points, aged, calendar, t.enabled, t.becomes, t.outcomes, self._share, leaving, ends)
        return Chances(*map(np.ascontiguousarray, arrays))

    def people(self, weight: Floats, node: Ints, hazard: Floats) -> People:
        """Kinds of people, each like a `node` but for its multipliers of hazards, [kind, column]."""
        t, d, v = self.tables, self.draw, self.variant
        own = np.column_stack([np.ones(len(node)), hazard])[:, t.hazard_column + 1]
        times = np.where(self.kind == AGING, own * t.ratio[d, v], own)
        rate = own * t.parameters[d, :, 0] * t.ratio[d, v] * self._speed[node]
        return People(*map(np.ascontiguousarray, (weight, rate, times, self._row[node], self._odds_of.ravel()[node])))

    def _paces(self) -> tuple[Floats, Ints]:
        """How fast the hazard of every channel goes for people of each node, and the row that tells it."""
        t, d, v, n = self.tables, self.draw, self.variant, self.nodes
        own = np.column_stack([np.ones(len(n.weight)), n.stretch])[:, t.stretch_column + 1]
        row = np.zeros(own.shape, dtype=np.int64)
        for k in np.flatnonzero(self.kind != STEADY).tolist():
            ages = n.age if t.clock[k] == layout.AGE else np.zeros(len(n.age))
            paces, which = np.unique(np.column_stack([own[:, k], ages]), axis=0, return_inverse=True)
            found = [self._found(k, float(pace), float(age)) for pace, age in paces]
            row[:, k] = np.array(found)[which.ravel()]
        return own * t.speed[d, v], row

    def _found(self, k: int, pace: float, age: float) -> int:
        """The row of a channel for people of an own pace and an age at entry, made where it is new."""
        if self.kind[k] == AGING:
            self._aged.append(self._hazard(k, pace * self.tables.speed[self.draw, self.variant, k] * self.points))
            return len(self._aged) - 1
        self._calendar.append(self._since_entry(k, age, pace))
        return len(self._calendar) - 1

    def _hazard(self, k: int, ages: Floats) -> Floats:
        """Cumulative hazard of a channel at operational ages."""
        t, d = self.tables, self.draw
        if t.family[k] == PIECEWISE:
            first, n = t.piece[k]
            return _in_pieces(t.piece_start, t.piece_rate[d], t.piece_cumulative[d], first, n, ages)
        if t.family[k] == SPLINE:
            first, n = t.piece[k]
            word, table = t.parameters[d, k, 0], (t.piece_start, t.piece_rate[d], t.piece_cumulative[d])
            return np.array([spline_cumulative(word, *table, first, n, x) for x in ages.tolist()])
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

    def _shares(self) -> Floats:
        """The share of each outcome among its event's, on average over every cell, [odds, cell, outcome]."""
        t, d, v = self.tables, self.draw, self.variant
        n = t.weight_segments[d, v]
        own = np.column_stack([np.ones(len(self._odds)), self._odds])[:, t.odds_column + 1]
        weight = t.weight[d, v, :n] * own[:, None]  # [odds, segment, outcome]
        share = np.empty_like(weight)
        for first, many in t.outcomes.astype(int).tolist():
            mine = slice(first, first + many)
            share[..., mine] = weight[..., mine] / weight[..., mine].sum(axis=-1, keepdims=True)
        if n <= 1:
            return np.repeat(share[:, :1], self.grid.cells, axis=1)
        edges = self.grid.width * np.arange(self.grid.cells + 1)
        since = np.array([0.0, *t.weight_start[d, v, 1:n], np.inf])
        spent = np.clip(edges[:, None], since[:-1], since[1:]) - since[:-1]  # years of each segment by each edge
        return np.asarray(np.diff(spent, axis=0) / self.grid.width @ share)


def leaving_by(share: Floats, becomes: Rows, outcomes: Rows, ends: Bools) -> Floats:
    """The probability that an event takes a person out of a state or ends the story, [state, channel]."""
    gone = (becomes != np.arange(len(becomes))[:, None]) | ends
    lost = np.where(gone, share, 0.0)
    return np.stack([lost[:, first : first + n].sum(axis=1) for first, n in outcomes.astype(int).tolist()], axis=1)


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
