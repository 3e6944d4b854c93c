"""Kernel against reference, bit for bit: every history row and every sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from models.contract import Pathway, Quantity, Strategy, When
from parameters.arrays import Floats
from simulate.engine import driver
from simulate.engine.arithmetic.random_numbers import SPLITMIX
from simulate.engine.check.ledger import Happening, Totals, state_name
from simulate.engine.check.reference import Reference
from simulate.engine.lower.apart import families
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.people import PeopleFile
from simulate.engine.lower.tables import Lowered, lower
from simulate.engine.statistics import Statistics

HISTORY_ROWS = 2_000_000

History = list[tuple[float, int, int, int]]


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
    collect: Collect | None = None,
    generator: int = SPLITMIX,
    file: PeopleFile | None = None,
) -> list[str]:
    """Differences between kernel and reference, in words; empty when they agree to the last bit."""
    wanted = replace(collect or Collect(), moments=())  # where people are, their histories say
    differences: list[str] = []
    for family in families(pathway, strategies):
        lowered = lower(
            family.pathway, family.strategies, lookup, draws, horizon=horizon, discount=discount, collect=wanted
        )
        found = driver.simulate(
            lowered, lookup, people=people, seed=seed, histories=HISTORY_ROWS, generator=generator, file=file
        )
        given = pathway, strategies, family.mine, lookup, people if file is None else len(file)
        differences += _against(lowered, found, *given, seed=seed, generator=generator, file=file)
    return differences


def _against(
    lowered: Lowered,
    found: tuple[Statistics, Floats],
    pathway: Pathway,
    strategies: Sequence[Strategy],
    mine: Sequence[str],
    lookup: Lookup,
    people: int,
    *,
    seed: int,
    generator: int,
    file: PeopleFile | None,
) -> list[str]:
    """What is `found` of the strategies `mine` against the reference, which is told of all as they were declared."""
    statistics, kernel = found[0], _histories(found[1])
    tables, differences = lowered.tables, list[str]()
    for d in range(lowered.draws):
        force = float(tables.discount[d, 0]), float(tables.discount[d, 1])
        numbers = _one_draw(lookup, d), tables.horizon, force, seed, d, generator, lowered.collect, file
        reference = Reference(pathway, strategies, *numbers)
        for s, strategy in enumerate(strategies):
            if strategy.id not in mine:
                continue
            totals = [Totals() for _ in statistics.people]
            for person in range(people):
                told = reference.person(person, strategy, totals[person % len(totals)])
                if _coded(told, lowered) != kernel.get((d, person, s), []):
                    differences.append(f"history of draw {d}, person {person}, strategy {strategy.id}")
            differences += _sums(totals, statistics, d, s, strategy)
    return differences


def _one_draw(lookup: Lookup, d: int) -> Callable[[Quantity], float]:
    known: dict[Quantity, float] = {}

    def value(quantity: Quantity) -> float:
        if quantity not in known:
            known[quantity] = float(lookup(quantity)[d])
        return known[quantity]

    return value


def _histories(rows: Floats) -> dict[tuple[int, int, int], History]:
    out: dict[tuple[int, int, int], History] = {}
    for draw, person, strategy, time, before, outcome, state in rows.tolist():
        row = (time, int(before), int(outcome), int(state))
        out.setdefault((int(draw), int(person), int(strategy)), []).append(row)
    return out


def _coded(history: Sequence[Happening], lowered: Lowered) -> History:
    names = lowered.names
    states = [dict(s) for s in names.states]
    return [
        (h.time, states.index(dict(h.before)), names.outcomes.index(h.outcome), states.index(dict(h.state)))
        for h in history
    ]


def _sums(totals: Sequence[Totals], statistics: Statistics, d: int, s: int, strategy: Strategy) -> list[str]:
    """Every array of sums that the reference also keeps, compared."""
    differences = []
    for name, found, key in _expected(statistics, d, s, strategy):
        told = [t.get(*key) for t in totals]
        if name.startswith(("year", "age")):  # kept for all batches together, in another order of adding
            same = bool(np.isclose(found, sum(told), rtol=1e-12, atol=1e-12).all())
        else:
            same = bool(np.array_equal(found, told))
        if not same:
            differences.append(f"{name} of draw {d}, strategy {s}: {key}: kernel {found}, reference {told}")
    return differences


def _expected(x: Statistics, d: int, s: int, strategy: Strategy) -> Iterator[tuple[str, Floats, tuple[object, ...]]]:
    """(array, the kernel's values over batches, the reference's key) of everything compared."""
    states = [state_name(state) for state in x.states]
    for i, tracker in enumerate(x.trackers):
        yield "ever", x.ever[d, s, :, i], ("ever", tracker)
    for rate in range(3):
        for i, state in enumerate(states):
            yield "time", x.time[d, s, :, rate, i], ("time", state, rate)
            for k in range(x.year_time.shape[2] if x.year_time.size else 0):
                yield "year_time", x.year_time[d, s, k, rate, i], ("year_time", k, state, rate)
            for k in range(len(x.ages)):
                yield "age_time", x.age_time[d, s, k, rate, i], ("age_time", k, state, rate)
        for i, outcome in enumerate(x.outcomes):
            yield "count", x.count[d, s, :, rate, i], ("count", outcome, rate)
            for k in range(x.year_count.shape[2] if x.year_count.size else 0):
                yield "year_count", x.year_count[d, s, k, rate, i], ("year_count", k, outcome, rate)
            for k in range(len(x.ages)):
                yield "age_count", x.age_count[d, s, k, rate, i], ("age_count", k, outcome, rate)
        for i, (tracker, n) in enumerate(x.nth_rows):
            yield "nth", x.nth[d, s, :, rate, i], ("nth", tracker, n, rate)
        for i, words in enumerate(x.weighed_rows):
            yield "weighed", x.weighed[d, s, :, rate, i], ("weighed", words, rate)
        for i, (levels, low, _) in enumerate(x.band_rows):
            when = When({k: tuple(v) for k, v in levels.items()})
            yield "bands", x.bands[d, s, :, rate, i], ("bands", when, low, rate)
        for name in [c.name for c in strategy.components]:
            for table, values in (("delivered", x.delivered), ("exposure", x.exposure)):
                columns = x.component_indices(name)
                yield table, values[d, s][:, rate, columns].sum(axis=1), (table, name, rate)
