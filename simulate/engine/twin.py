"""Kernel against reference, bit for bit: every history row and every sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.contract import Pathway, Quantity, Strategy
from simulate.engine import driver
from simulate.engine.reference import Happening, Reference, Totals, state_name
from simulate.engine.statistics import Statistics
from simulate.engine.tables import Floats, Lookup, Lowered, lower

HISTORY_ROWS = 2_000_000


def compare(
    pathway: Pathway,
    strategies: Sequence[Strategy],
    lookup: Lookup,
    draws: int,
    *,
    horizon: float,
    discount: tuple[Floats, Floats],
    people: int,
    seed: int,
) -> list[str]:
    """Differences between kernel and reference, in words; empty when they agree to the last bit."""
    lowered = lower(pathway, strategies, lookup, draws, horizon=horizon, discount=discount)
    statistics, rows = driver.simulate(lowered, lookup, people=people, seed=seed, histories=HISTORY_ROWS)
    kernel = _histories(rows)
    differences: list[str] = []
    for d in range(draws):
        reference = Reference(
            pathway,
            strategies,
            _one_draw(lookup, d),
            horizon,
            (float(discount[0][d]), float(discount[1][d])),
            seed,
            d,
        )
        for s, strategy in enumerate(strategies):
            totals = [Totals() for _ in statistics.people]
            for person in range(people):
                told = reference.person(person, strategy, totals[person % len(totals)])
                if _coded(told, lowered) != kernel.get((d, person, s), []):
                    differences.append(f"history of draw {d}, person {person}, strategy {strategy.id}")
            differences += _sums(totals, statistics, d, s)
    return differences


def _one_draw(lookup: Lookup, d: int) -> Callable[[Quantity], float]:
    def value(quantity: Quantity) -> float:
        return float(lookup(quantity)[d])

    return value


def _histories(rows: Floats) -> dict[tuple[int, int, int], list[tuple[float, int, int]]]:
    out: dict[tuple[int, int, int], list[tuple[float, int, int]]] = {}
    for draw, person, strategy, time, outcome, state in rows.tolist():
        out.setdefault((int(draw), int(person), int(strategy)), []).append((time, int(outcome), int(state)))
    return out


def _coded(history: Sequence[Happening], lowered: Lowered) -> list[tuple[float, int, int]]:
    names = lowered.names
    states = [dict(s) for s in names.states]
    return [(h.time, names.outcomes.index(h.outcome), states.index(dict(h.state))) for h in history]


def _sums(totals: Sequence[Totals], statistics: Statistics, d: int, s: int) -> list[str]:
    differences = []
    horizon = statistics.horizon
    for b, told in enumerate(totals):
        for rate in range(3):
            times = [told.time.get((rate, state_name(x)), 0.0) for x in statistics.states]
            counts = [told.count.get((rate, o), 0.0) for o in statistics.outcomes]
            if not np.array_equal(times, statistics.time[d, s, b, rate]):
                differences.append(f"time of draw {d}, strategy {s}, batch {b}, rate {rate}")
            if not np.array_equal(counts, statistics.count[d, s, b, rate]):
                differences.append(f"counts of draw {d}, strategy {s}, batch {b}, rate {rate}")
        ever = [told.ever.get(t, 0.0) for t in statistics.trackers]
        first = [told.first.get(t, 0.0) + horizon * statistics.people[b] for t in statistics.trackers]
        if not (np.array_equal(ever, statistics.ever[d, s, b]) and np.array_equal(first, statistics.first[d, s, b])):
            differences.append(f"ever or first of draw {d}, strategy {s}, batch {b}")
    return differences
