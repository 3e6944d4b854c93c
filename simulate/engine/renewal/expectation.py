"""Expected statistics of a semi-Markov pathway: what a simulation of infinitely many people would find."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.contract import ModelError
from models.states import is_absorbed
from parameters.arrays import Bools, Floats
from simulate.engine.account import BATCHES, start_shares
from simulate.engine.arithmetic.elementary import each, expm1, exps
from simulate.engine.lower.effects import Lookup, find_variants
from simulate.engine.lower.tables import Lowered
from simulate.engine.progress import Progress, silent
from simulate.engine.renewal.chances import Flow, Grid
from simulate.engine.renewal.equation import expected_flow
from simulate.engine.renewal.lowering import Lives
from simulate.engine.renewal.people import make_nodes
from simulate.engine.renewal.qualification import obstacles
from simulate.engine.renewal.sojourns import leaving, sojourns
from simulate.engine.statistics import Statistics

CELLS, MOST_CELLS = 240, 4_000  # of the first two grids, and of any
CLOSE = 1e-4  # of a person-year, an event or a person: what two grids may differ by, once most of it is taken away
MOST_NODES = 70_000


@dataclass(frozen=True)
class _Total:
    """What is expected of one person of a draw under one strategy: as in ``Statistics``, without its batches."""

    time: Floats  # [3, state]
    count: Floats  # [3, outcome]
    ever: Floats  # [tracker]
    first: Floats  # [tracker]
    occupancy: Floats  # [grid, state]
    nth: Floats  # [3, occurrence]
    delivered: Floats  # [3, component]
    exposure: Floats  # [3, component]


def expected_statistics(lowered: Lowered, lookup: Lookup, *, people: int, progress: Progress = silent) -> Statistics:
    """What ``driver.simulate`` would find for `people` people, in expectation, on grids ever finer.

    ``grid_error`` is the largest difference that the last refinement made to any of them, a person, over three.

    ``ModelError``, with every reason, for a pathway that does not start afresh whenever a state is entered.
    """
    refuse(lowered)
    kinds = len(make_nodes(lowered, lookup, 0).weight)
    if kinds > MOST_NODES:
        raise ModelError(f"exact: {kinds:,} kinds of people to tell apart; at most {MOST_NODES:,}")
    steps = len(lowered.tables.grid) - 1
    cells = steps * max(1, math.ceil(CELLS / 2 / steps))
    coarse, error = _on_grid(lowered, lookup, cells, progress), math.inf
    while True:
        cells *= 2
        fine = _on_grid(lowered, lookup, cells, progress)
        error = max(float(np.abs(fine[n] - coarse[n]).max(initial=0.0)) for n in fine) / 3
        if error < CLOSE or cells > MOST_CELLS / 2:
            break
        coarse = fine
    return _named(lowered, {n: fine[n] + (fine[n] - coarse[n]) / 3 for n in fine}, people, error)


def refuse(lowered: Lowered) -> None:
    """Raise ``ModelError`` with every reason why there are no expected values of a pathway."""
    found = obstacles(lowered)
    if found:
        raise ModelError(f"exact: expected values are not to be had, since {'; '.join(found)}")


def _on_grid(lowered: Lowered, lookup: Lookup, cells: int, progress: Progress) -> dict[str, Floats]:
    """Every array of the statistics for one person, [draw, strategy, ...]."""
    grid = Grid(cells, lowered.tables.horizon / cells)
    strategies = range(len(lowered.strategies))
    rows = []
    for d in range(lowered.draws):
        rows.append([_of_strategy(lowered, lookup, d, s, grid) for s in strategies])
        progress(d + 1, lowered.draws)
    return {n: np.array([[getattr(x, n) for x in row] for row in rows]) for n in _Total.__dataclass_fields__}


def _of_strategy(lowered: Lowered, lookup: Lookup, d: int, s: int, grid: Grid) -> _Total:
    nodes = make_nodes(lowered, lookup, d)
    start = start_shares(lowered.pathway, lookup, lowered.draws)[d]
    variants = find_variants(lowered.strategies, lookup)
    parts = []
    for v, variant in enumerate(variants.all):
        if variant.strategy != s:
            continue
        taken = {c.name for c in variant.components}
        probability = 1.0
        for c in lowered.strategies[s].components:
            p = float(lookup(c.uptake)[d])
            probability *= p if c.name in taken else 1.0 - p
        if probability > 0.0:
            life = _Expectation(lowered, Lives(lowered.tables, d, v, nodes, grid), start, s, taken)
            parts.append((probability, life.total()))
    return _Total(**{n: sum(p * getattr(x, n) for p, x in parts) for n in _Total.__dataclass_fields__})


class _Expectation:
    """One variant of a strategy in one draw."""

    def __init__(self, lowered: Lowered, lives: Lives, start: Floats, strategy: int, taken: Iterable[str]):
        self.lowered, self.lives, self.start, self.strategy, self.taken = lowered, lives, start, strategy, set(taken)
        t, grid = lowered.tables, lives.grid
        force = np.array([0.0, *t.discount[lives.draw]])
        edges = np.asarray(grid.width * np.arange(grid.cells + 1), dtype=np.float64)
        self.weight = np.array([_mean_discount(r, edges) for r in force])  # [3, cell]
        self.force, self.edges = force, edges
        self.alive = np.array([not is_absorbed(lowered.pathway, x) for x in lowered.names.states])

    def total(self) -> _Total:
        """Everything."""
        none = np.zeros(len(self.lowered.names.outcomes), dtype=bool)
        flow = self._flow(none)
        ever, first, nth = self._tracked()
        delivered, exposure = self._delivered(flow)
        return _Total(
            self.weight @ flow.time,
            self.weight @ flow.events,
            ever,
            first,
            self._present(flow),
            nth,
            delivered,
            exposure,
        )

    def _flow(self, ends: Bools) -> Flow:
        """The flow of everybody, whose stories end with some outcomes."""
        c, nodes = self.lives, self._alike(ends)
        total: Flow | None = None
        for weight, node, hazard in nodes:
            chances = c.of(node, hazard, ends)
            flow = expected_flow(chances, sojourns(chances, c.grid, c.known), self.start, c.grid)
            if total is None:
                total = Flow(*(np.zeros(x.shape) for x in flow))
            for sums, found in zip(total, flow, strict=True):
                sums += weight * found
        assert total is not None
        return total

    def _alike(self, ends: Bools) -> list[tuple[float, int, Floats]]:
        """People who differ in what moves them: weight, a node of theirs, and mean multipliers of hazards.

        What only multiplies how often something happens that moves nobody enters by its mean.
        """
        t, nodes = self.lowered.tables, self.lives.nodes
        first = self.lives.of(0, nodes.hazard[0], ends)
        moving = (leaving(first) * t.at_risk[:-1] > 0).any(axis=0)
        columns = sorted({int(c) for c in t.hazard_column[moving] if c >= 0})
        rows = np.column_stack([nodes.hazard[:, columns], nodes.stretch, nodes.odds, nodes.age])
        _, at, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        which = which.ravel()
        weight = np.bincount(which, nodes.weight)
        mean = np.zeros((len(weight), nodes.hazard.shape[1]))
        np.add.at(mean, which, nodes.weight[:, None] * nodes.hazard)
        mean /= weight[:, None]
        return [(float(w), int(i), m) for w, i, m in zip(weight, at, mean, strict=True) if w > 0]

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
        density = flow.time / self.lives.grid.width
        edges = np.vstack([self.start, (density[1:] + density[:-1]) / 2, 1.5 * density[-1] - 0.5 * density[-2]])
        step = self.lives.grid.cells // (len(self.lowered.tables.grid) - 1)
        return np.asarray(edges[::step])

    def _delivered(self, flow: Flow) -> tuple[Floats, Floats]:
        """People given each component, and years under it, at the three rates, [3, component]."""
        t, d, names = self.lowered.tables, self.lives.draw, self.lowered.names
        given, under = np.zeros((3, len(names.components))), np.zeros((3, len(names.components)))
        alive = flow.time[:, self.alive].sum(axis=1)
        for j in t.components[self.strategy, 1 : 1 + t.components[self.strategy, 0]].astype(int):
            start, end = t.component_start[d, j], min(t.component_end[d, j], t.horizon)
            if names.components[j] not in self.taken or start >= t.horizon - t.instant:
                continue
            given[:, j] = exps(-self.force * start) * self._alive_at(alive, start)
            share = np.clip(np.minimum(self.edges[1:], end) - np.maximum(self.edges[:-1], start), 0.0, None)
            under[:, j] = self.weight @ (alive * share / self.lives.grid.width)
        return given, under

    def _alive_at(self, alive: Floats, when: float) -> float:
        if when == 0.0:
            return float(self.start[self.alive].sum())
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        return float(np.interp(when, middles, alive / self.lives.grid.width))


def _mean_discount(force: float, edges: Floats) -> Floats:
    """What discounting makes of an even flow over each cell, [cell]."""
    z = force * np.diff(edges)
    with np.errstate(divide="ignore", invalid="ignore"):
        return exps(-force * edges[:-1]) * np.where(np.abs(z) > 0, -each(expm1, -z) / z, 1.0)


def _named(lowered: Lowered, one: dict[str, Floats], people: int, error: float) -> Statistics:
    """The statistics of so many people, in batches that are alike: there is no noise, and this says so."""
    n = lowered.names
    occupancy = one.pop("occupancy")
    batched: dict[str, Any] = {k: np.repeat(v[:, :, None], BATCHES, axis=2) * people / BATCHES for k, v in one.items()}
    return Statistics(
        strategies=n.strategies,
        states=tuple(dict(s) for s in n.states),
        outcomes=n.outcomes,
        trackers=n.trackers,
        people=np.full(BATCHES, people / BATCHES),
        horizon=lowered.tables.horizon,
        occupancy=occupancy * people,
        grid=lowered.tables.grid,
        components=n.components,
        nth_rows=n.nth,
        grid_error=error,
        **batched,
    )
