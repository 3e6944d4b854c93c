"""How often an event is to be expected, from its hazard and the time at risk: a count that needs none to be seen.

The expected number of events is the expected integral of their hazard over the time at risk, whatever they change
(the compensator of a counting process; Andersen, Borgan, Gill and Keiding 1993, doi 10.1007/978-1-4612-4348-9). Where
the hazard is constant that is rate x ratios x person-years at risk, which every run has kept by draw, strategy and
batch. It is exact for events with an ``Exponential`` hazard that no covariate, frailty, history or lengthening of
their own alters, under effects that hold throughout and for everybody; other events are not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from models.contract import DecisionProblem, Event, Exponential, Pathway, Strategy, parameter_names
from models.states import alive_and
from parameters.arrays import Floats
from simulate.engine.lower.effects import Lookup, channel_effects, find_variants
from simulate.engine.lower.quantities import make_lookup, of_each
from simulate.engine.statistics import UNDISCOUNTED, Statistics

RARE = 100.0  # events expected in the whole run, of any strategy: beyond it, counts err by less than a tenth


class Quantities(Protocol):
    """Parameter draws: their names, and any of them in engine units, [draws]."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def engine(self, name: str, /) -> Floats: ...


def expected_count(problem: DecisionProblem, draws: Quantities, statistics: Statistics, outcome: str) -> Floats | None:
    """Events expected of a single outcome, [draws, strategies, batches, 3]; None where they cannot be told."""
    pathway, strategies = problem.pathway, problem.strategies
    event = pathway.event(outcome.partition(".")[0])
    read = event.hazard, event.branches
    wanted = parameter_names(tuple(s.under((read, s.components)) for s in strategies))
    if not _is_plain(pathway, event, outcome) or not set(wanted) <= set(draws.names):
        return None
    lookup = make_lookup(draws.engine, statistics.draws)
    own = [replace(s, components=s.under(s.components)) for s in strategies]
    ratio = _constant_ratio(event, own, lookup, statistics)
    if ratio is None:
        return None
    assert isinstance(event.hazard, Exponential)
    each = of_each(lookup, strategies)
    rate = each(event.hazard.rate)[:, :, 0] * ratio * _share(event, outcome, each)
    states = statistics.state_indices(alive_and(pathway, event.when))
    return np.asarray(rate[:, :, None, None] * statistics.time[..., states].sum(axis=-1))


def with_rare_expected(
    problem: DecisionProblem, draws: Quantities, statistics: Statistics, outcomes: Iterable[str], people: int
) -> tuple[Statistics, frozenset[str]]:
    """`statistics` with the rare ones among `outcomes` counted by expectation, and which these are.

    Rare is what is expected fewer than ``RARE`` times of the `people` of all draws under every strategy. That is
    judged by the expectation, never by what was seen, since then no count would be right on average.
    """
    share = people / statistics.people.sum()
    found: dict[int, Floats] = {}
    for name in outcomes:
        k = statistics.outcomes.index(name)
        if statistics.count[..., UNDISCOUNTED, k].sum(axis=(0, 2)).max() * share > 4 * RARE:
            continue  # by far too often to be rare, and the rest need not be looked at
        expected = expected_count(problem, draws, statistics, name)
        if expected is not None and expected[..., UNDISCOUNTED].sum(axis=(0, 2)).max() * share < RARE:
            found[k] = expected
    if not found:
        return statistics, frozenset()
    count = statistics.count.copy()
    for k, expected in found.items():
        count[..., k] = expected
    return replace(statistics, count=count), frozenset(statistics.outcomes[k] for k in found)


def _is_plain(pathway: Pathway, event: Event, outcome: str) -> bool:
    """Whether nothing of a person, or of their past, alters the hazard or the branch."""
    named = {c.event for c in pathway.covariates} | {n for f in pathway.frailties for n in f.events}
    named |= {n for h in pathway.history for n in h.events} | {x.event for e in pathway.events for x in e.lengthens}
    return isinstance(event.hazard, Exponential) and event.name not in named and not event.by


def _constant_ratio(event: Event, strategies: Sequence[Strategy], lookup: Lookup, x: Statistics) -> Floats | None:
    """What strategies make of the rate, [draws, strategies]; None where that changes in time or between people."""
    if any(e.event == event.name and e.branch is not None for s in strategies for c in s.components for e in c.effects):
        return None
    variants = find_variants(strategies, lookup)
    effects = channel_effects([event], variants, lookup, x.draws, x.horizon)
    if effects.segments.any():
        return None
    product = effects.ratio[:, :, 0] * effects.speed[:, :, 0]
    owner = np.array([v.strategy for v in variants.all])
    if any(np.ptp(product[:, owner == s], axis=1).any() for s in range(len(strategies))):
        return None
    return np.asarray(product[:, variants.first])


def _share(event: Event, outcome: str, lookup: Lookup) -> Floats:
    """The probability of a branch, [draws, strategies or 1]; 1 for an event without any."""
    weights = {f"{event.name}.{b.name}": lookup(b.weight)[:, :, 0] for b in event.branches}
    return weights[outcome] / sum(weights.values()) if weights else np.ones((1, 1))
