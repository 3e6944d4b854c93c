"""What is expected of a person under one variant of a strategy, in one draw, on one grid."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from models.states import is_absorbed
from parameters.arrays import Bools, Floats
from simulate.engine.arithmetic.elementary import each, expm1, exps
from simulate.engine.lower.tables import Lowered
from simulate.engine.renewal.chances import Chances, Flow, Grid, People
from simulate.engine.renewal.equation import expected_flow
from simulate.engine.renewal.lowering import Lives
from simulate.engine.renewal.people import Nodes

Totals = dict[str, Floats]  # expected of one person: arrays by name as in ``Statistics``, without batches


class Expectation:
    """One variant of a strategy in one draw."""

    def __init__(
        self, lowered: Lowered, draw: int, variant: int, nodes: Nodes, grid: Grid, start: Floats, strategy: int,
        taken: Iterable[str],
    ):  # fmt: skip
        self.lowered, self.draw, self.grid, self.start = lowered, draw, grid, start
        self.nodes, self.strategy, self.taken = nodes, strategy, set(taken)
        self.lives = Lives(lowered.tables, draw, variant, nodes, grid)
        t = lowered.tables
        force = np.array([0.0, *t.discount[draw]])
        edges = np.asarray(grid.width * np.arange(grid.cells + 1), dtype=np.float64)
        self.weight = np.array([_mean_discount(r, edges) for r in force])  # [3, cell]
        self.force, self.edges = force, edges
        self.alive = np.array([not is_absorbed(lowered.pathway, x) for x in lowered.names.states])
        self._told_apart: dict[tuple[int, ...], People] = {}

    def total(self) -> Totals:
        """Everything."""
        none = np.zeros(len(self.lowered.names.outcomes), dtype=bool)
        flow = self._flow(none)
        ever, first, nth = self._tracked()
        delivered, exposure = self._delivered(flow)
        return {
            "time": self.weight @ flow.time,
            "count": self.weight @ flow.events,
            "ever": ever,
            "first": first,
            "occupancy": self._present(flow),
            "nth": nth,
            "delivered": delivered,
            "exposure": exposure,
        }

    def _flow(self, ends: Bools) -> Flow:
        """The flow of everybody, whose stories end with some outcomes."""
        chances = self.lives.chances(ends)
        return expected_flow(chances, self._alike(chances), self.start, self.grid)

    def _alike(self, chances: Chances) -> People:
        """People who differ in what moves them, with mean multipliers of hazards otherwise.

        What only multiplies how often something happens that moves nobody enters by its mean.
        """
        t = self.lowered.tables
        moving = (chances.leaving.max(axis=0) * t.at_risk[:-1] > 0).any(axis=0)
        columns = tuple(sorted({int(c) for c in t.hazard_column[moving] if c >= 0}))
        if columns not in self._told_apart:
            self._told_apart[columns] = self._kinds(columns)
        return self._told_apart[columns]

    def _kinds(self, columns: tuple[int, ...]) -> People:
        n = self.nodes
        there = np.flatnonzero(n.weight > 0.0)
        rows = np.column_stack([n.hazard[:, list(columns)], n.stretch, n.odds, n.age])[there]
        _, at, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        which = which.ravel()
        weight = np.asarray(np.bincount(which, n.weight[there]), dtype=np.float64)
        mean = np.zeros((len(weight), n.hazard.shape[1]))
        np.add.at(mean, which, n.weight[there, None] * n.hazard[there])
        return self.lives.people(weight, np.asarray(there[at], dtype=np.int64), mean / weight[:, None])

    def _tracked(self) -> tuple[Floats, Floats, Floats]:
        """People ever, years to the first, and discounted first occurrences, of every tracker."""
        names, t = self.lowered.names, self.lowered.tables
        horizon = t.horizon
        ever, first = np.zeros(len(names.trackers)), np.full(len(names.trackers), horizon)
        nth = np.zeros((3, len(names.nth)))
        for i in range(len(names.trackers)):
            ends = np.array([i in row[1 : 1 + row[0]] for row in t.tracked])
            ended = self._flow(ends).ended
            middles = (self.edges[1:] + self.edges[:-1]) / 2
            ever[i] = ended.sum()
            first[i] = horizon - (ended * (horizon - middles)).sum()
            for j, (tracker, _) in enumerate(names.nth):
                if tracker == names.trackers[i]:
                    nth[:, j] = self.weight @ ended
        return ever, first, nth

    def _present(self, flow: Flow) -> Floats:
        """People in each state at the times of the occupancy grid, [grid, state]."""
        density = flow.time / self.grid.width
        edges = np.vstack([self.start, (density[1:] + density[:-1]) / 2, 1.5 * density[-1] - 0.5 * density[-2]])
        wanted = self.lowered.tables.grid
        if not self.lowered.collect.moments:
            return np.asarray(edges[:: self.grid.cells // (len(wanted) - 1)])
        return np.stack([np.interp(wanted, self.edges, at) for at in edges.T], axis=1)

    def _delivered(self, flow: Flow) -> tuple[Floats, Floats]:
        """People given each component, and years under it, at the three rates, [3, component]."""
        t, names = self.lowered.tables, self.lowered.names
        given, under = np.zeros((3, len(names.components))), np.zeros((3, len(names.components)))
        alive = flow.time[:, self.alive].sum(axis=1)
        for j in t.components[self.strategy, 1 : 1 + t.components[self.strategy, 0]].astype(int):
            start, end = t.component_start[self.draw, j], min(t.component_end[self.draw, j], t.horizon)
            if names.components[j] not in self.taken or start >= t.horizon - t.instant:
                continue
            given[:, j] = exps(-self.force * start) * self._alive_at(alive, start)
            share = np.clip(np.minimum(self.edges[1:], end) - np.maximum(self.edges[:-1], start), 0.0, None)
            under[:, j] = self.weight @ (alive * share / self.grid.width)
        return given, under

    def _alive_at(self, alive: Floats, when: float) -> float:
        if when == 0.0:
            return float(self.start[self.alive].sum())
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        return float(np.interp(when, middles, alive / self.grid.width))


def _mean_discount(force: float, edges: Floats) -> Floats:
    """What discounting makes of an even flow over each cell, [cell]."""
    z = force * np.diff(edges)
    with np.errstate(divide="ignore", invalid="ignore"):
        return exps(-force * edges[:-1]) * np.where(np.abs(z) > 0, -each(expm1, -z) / z, 1.0)
