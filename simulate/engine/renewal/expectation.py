"""Expected statistics of a semi-Markov pathway: what a simulation of infinitely many people would find."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from models.contract import ModelError
from simulate.engine.account import BATCHES, start_shares
from simulate.engine.lower.collect import monthly_grid
from simulate.engine.lower.effects import Lookup, find_variants
from simulate.engine.lower.tables import Lowered
from simulate.engine.progress import Progress, silent
from simulate.engine.renewal.chances import CLOSE, Grid
from simulate.engine.renewal.people import Nodes, count_nodes, make_nodes
from simulate.engine.renewal.qualification import obstacles
from simulate.engine.renewal.variant import Expectation, Totals
from simulate.engine.statistics import Statistics
from simulate.engine.tasks import usable_threads

CELLS, MOST_CELLS = 36, 4_000  # of the first grid at least, and of any
FINENESS = (2 / 3, 1.0, 1.5, 2.25)  # with which people are told apart
MOST_NODES = 70_000


@dataclass(frozen=True)
class _Found:
    """One strategy in one draw, and the same off by what the grid, and telling few kinds of people apart, may move.

    The last doubling of the cells tells the first: what is left is at most a half of what it moved, where errors fall
    at least with the cells' width. They fall with its square or faster, but for effects that begin within a cell.
    """

    best: Totals
    on_rougher_grid: Totals
    of_fewer_kinds: Totals


def expected_statistics(
    lowered: Lowered,
    lookup: Lookup,
    *,
    people: int,
    threads: int | None = None,
    progress: Progress = silent,
    only: Sequence[str] | None = None,
) -> Statistics:
    """What ``driver.simulate`` would find for `people` people, in expectation; of all strategies or `only` these.

    Every strategy and draw by itself: people are told apart ever more finely, then the grid is made ever finer, until
    nothing a person is moved by more than CLOSE. ``rougher`` holds the same moved by so much as either may, and
    ``grid_error`` the largest difference that either makes.

    ``ModelError``, with every reason, for a pathway that does not start afresh whenever a state is entered.
    """
    refuse(lowered)
    kinds = count_nodes(lowered, lookup, 0, FINENESS[1])
    if kinds > MOST_NODES:
        raise ModelError(f"exact: {kinds:,} kinds of people to tell apart; at most {MOST_NODES:,}")
    names = lowered.names.strategies
    chosen = [s for s, name in enumerate(names) if only is None or name in only]
    rows: list[list[_Found]] = []
    with ThreadPoolExecutor(min(usable_threads(threads), lowered.draws)) as pool:
        for row in pool.map(lambda d: [_of_strategy(lowered, lookup, d, s) for s in chosen], range(lowered.draws)):
            rows.append(row)
            progress(len(rows), lowered.draws)
    told = tuple(names[s] for s in chosen)
    best, grid, nodes = (
        {n: np.array([[getattr(x, kind)[n] for x in row] for row in rows]) for n in rows[0][0].best}
        for kind in ("best", "on_rougher_grid", "of_fewer_kinds")
    )
    rougher = {"grid": _named(lowered, told, grid, people, 1), "people": _named(lowered, told, nodes, people, 1)}
    error = max(_apart(best, grid), _apart(best, nodes))
    return _named(lowered, told, best, people, BATCHES, rougher=rougher, grid_error=error)


def refuse(lowered: Lowered) -> None:
    """Raise ``ModelError`` with every reason why there are no expected values of a pathway."""
    found = obstacles(lowered)
    if found:
        raise ModelError(f"exact: expected values are not to be had, since {'; '.join(found)}")


def _of_strategy(lowered: Lowered, lookup: Lookup, d: int, s: int) -> _Found:
    """One strategy in one draw, refined until it is close."""
    grid = monthly_grid(lowered.tables.horizon) if lowered.collect.moments else lowered.tables.grid
    steps = len(grid) - 1
    cells = steps * max(1, math.ceil(CELLS / steps))
    nodes, few, many = _told_apart(lowered, lookup, d, s, cells)
    for before, best in pairwise(_ever_finer(lowered, lookup, d, s, nodes, few, cells)):
        if _apart(before, best) < CLOSE:
            break
    better = {n: best[n] + many[n] - few[n] for n in best}
    return _Found(better, {n: better[n] + before[n] - best[n] for n in best}, best)


def _told_apart(lowered: Lowered, lookup: Lookup, d: int, s: int, cells: int) -> tuple[Nodes, Totals, Totals]:
    """People told apart finely enough, and what is found of these and of more kinds."""
    sizes = [f for f in FINENESS if f <= FINENESS[1] or count_nodes(lowered, lookup, d, f) <= MOST_NODES]
    nodes = make_nodes(lowered, lookup, d, sizes[0])
    many = _on_grid(lowered, lookup, d, s, nodes, cells)
    for fineness in sizes[1:]:
        before, few, more = nodes, many, make_nodes(lowered, lookup, d, fineness)
        if len(more.weight) == len(before.weight):  # levels, say: they are all there is
            break
        many, nodes = _on_grid(lowered, lookup, d, s, more, cells), more
        if _apart(few, many) < CLOSE:
            break
    return before, few, many


def _ever_finer(
    lowered: Lowered, lookup: Lookup, d: int, s: int, nodes: Nodes, first: Totals, cells: int
) -> Iterator[Totals]:
    """Extrapolated from each grid and the one before, of twice the width, to none (Richardson 1911)."""
    coarse = first
    for doubling in range(1, 100):
        fine = _on_grid(lowered, lookup, d, s, nodes, cells << doubling)
        yield {n: fine[n] + (fine[n] - coarse[n]) / 3 for n in fine}
        if doubling > 1 and cells << doubling > MOST_CELLS / 2:
            return
        coarse = fine


def _apart(some: Totals, others: Totals) -> float:
    """The largest difference."""
    return max(float(np.abs(some[n] - others[n]).max(initial=0.0)) for n in some)


def _on_grid(lowered: Lowered, lookup: Lookup, d: int, s: int, nodes: Nodes, cells: int) -> Totals:
    """Over what people take up of a strategy."""
    grid = Grid(cells, lowered.tables.horizon / cells)
    start = start_shares(lowered.pathway, lookup, lowered.draws)[d]
    parts = []
    for v, variant in enumerate(find_variants(lowered.strategies, lookup).all):
        if variant.strategy != s:
            continue
        taken = {c.name for c in variant.components}
        probability = 1.0
        for c in lowered.strategies[s].components:
            p = float(lookup(c.uptake)[d])
            probability *= p if c.name in taken else 1.0 - p
        if probability > 0.0:
            parts.append((probability, Expectation(lowered, d, v, nodes, grid, start, s, taken).total()))
    return {n: np.asarray(sum(p * x[n] for p, x in parts)) for n in parts[0][1]}


def _named(
    lowered: Lowered, strategies: tuple[str, ...], one: Totals, people: int, batches: int, **more: Any
) -> Statistics:
    """The statistics of so many people, in batches that are alike: there is no noise, and this says so."""
    n = lowered.names
    arrays: dict[str, Any] = {
        k: np.repeat(v[:, :, None], batches, axis=2) * people / batches for k, v in one.items() if k != "occupancy"
    }
    return Statistics(
        strategies=strategies,
        states=tuple(dict(s) for s in n.states),
        outcomes=n.outcomes,
        trackers=n.trackers,
        people=np.full(batches, people / batches),
        horizon=lowered.tables.horizon,
        occupancy=one["occupancy"] * people,
        grid=lowered.tables.grid,
        components=n.components,
        nth_rows=n.nth,
        **arrays,
        **more,
    )
