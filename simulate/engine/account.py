"""Statistics of a pathway without events: nobody moves, so everything is known without simulating anybody.

For interventions whose evidence supports an account of costs and effects and no pathway. People are not drawn: a
component taken up by a share of them counts for that share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from models.contract import Mixture, ModelError, Pathway, Strategy
from models.states import collapse, joint_states
from parameters.arrays import Floats
from simulate.engine.arithmetic.elementary import each, exp, expm1
from simulate.engine.lower.effects import Lookup, checked, flat_components
from simulate.engine.lower.tables import forces_of_interest
from simulate.engine.statistics import Statistics

BATCHES = 2  # alike to the last bit: there is no noise, and this says so


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
    years: bool,
) -> Statistics:
    """What ``driver.simulate`` would find for `people` people, in expectation; by year where `years` are wanted.

    `discount`: annual rates [draws] of costs and effects. ``ModelError`` for people who differ but in where they start.
    """
    if pathway.events:
        raise ModelError(f"Pathway {pathway.name}: has events; they have to be simulated")
    if pathway.characteristics or pathway.frailties:
        raise ModelError(f"Pathway {pathway.name}: has no events, so characteristics and frailties change nothing")
    force = np.column_stack([np.zeros(draws), forces_of_interest(discount, continuous)])  # [draw, 3]
    states = joint_states(pathway)
    share = start_shares(pathway, lookup, draws)  # [draw, state]
    flat = flat_components(strategies)
    here = [_present(flat, s) for s in range(len(strategies))]
    size = np.full(BATCHES, people / BATCHES)

    def in_batches(values: Floats) -> Floats:
        """[draw, strategy, …] of one person as [draw, strategy, batch, …] of so many."""
        return np.repeat(values[:, :, None], BATCHES, axis=2) * people / BATCHES

    def everywhere(values: Floats) -> Floats:
        """[draw, …] under every strategy."""
        return np.repeat(values[:, None], len(strategies), axis=1)

    time = _span(force, np.zeros(draws), np.full(draws, horizon))[:, :, None] * share[:, None, :]
    given, under = _components(flat, lookup, draws, force, horizon)
    nothing = np.zeros((draws, len(strategies), BATCHES, 3, 0))
    told_apart = math.ceil(horizon) if years else 0
    year_time = _by_year(force, share, horizon, told_apart)
    return Statistics(
        strategies=tuple(s.id for s in strategies),
        states=tuple(dict(s) for s in states),
        outcomes=(),
        trackers=(),
        people=size,
        horizon=horizon,
        time=in_batches(everywhere(time)),
        count=nothing,
        ever=nothing[:, :, :, 0],
        first=nothing[:, :, :, 0],
        occupancy=everywhere(np.repeat(share[:, None], len(grid), axis=1)) * people,
        grid=grid,
        components=tuple(c.name for _, c in flat),
        delivered=in_batches(np.stack([given * present for present in here], axis=1)),
        exposure=in_batches(np.stack([under * present for present in here], axis=1)),
        year_time=everywhere(year_time) * people,
        year_count=np.zeros((draws, len(strategies), told_apart, 3, 0)),
    )


def _by_year(force: Floats, share: Floats, horizon: float, years: int) -> Floats:
    """Years in each state in each of the first `years` years, [draw, year, 3, state]."""
    draws, states = share.shape
    out = np.zeros((draws, years, 3, states))
    for y in range(years):
        ends = np.full(draws, min(y + 1.0, horizon))
        out[:, y] = _span(force, np.full(draws, float(y)), ends)[:, :, None] * share[:, None, :]
    return out


def _present(flat: Sequence[tuple[int, object]], strategy: int) -> Floats:
    return np.array([float(s == strategy) for s, _ in flat])


def _components(
    flat: Sequence[tuple[int, object]], lookup: Lookup, draws: int, force: Floats, horizon: float
) -> tuple[Floats, Floats]:
    """Per person: people who took each component up, and years under it, [draw, 3, component]."""
    from models.contract import Component

    given, under = np.zeros((draws, 3, len(flat))), np.zeros((draws, 3, len(flat)))
    for k, (_, component) in enumerate(flat):
        assert isinstance(component, Component)
        uptake = checked(lookup(component.uptake), f"Component {component.name}.uptake", low=0.0)
        if (uptake > 1).any():
            raise ModelError(f"Component {component.name}.uptake: must lie in 0 to 1")
        start = lookup(component.start)
        end = np.full(draws, horizon) if component.end is None else np.minimum(lookup(component.end), horizon)
        given[:, :, k] = np.where(start < horizon, uptake, 0.0)[:, None] * each(exp, -force * start[:, None])
        under[:, :, k] = uptake[:, None] * _span(force, start, np.maximum(start, end))
    return given, under


def _span(force: Floats, start: Floats, end: Floats) -> Floats:
    """Years from `start` to `end` [draw], at each force of interest, [draw, 3]."""
    a, b = start[:, None], np.maximum(start, end)[:, None]
    safe = np.where(force == 0, 1.0, force)
    return np.where(force == 0, b - a, -each(expm1, -safe * (b - a)) / safe * each(exp, -safe * a))


def start_shares(pathway: Pathway, lookup: Lookup, draws: int) -> Floats:
    """Share of people at each joint state, [draw, state]."""
    domains, states = pathway.domains, joint_states(pathway)
    column = {tuple(state.items()): k for k, state in enumerate(states)}
    at = [{level: _at(pathway.start[d.name], level, lookup, draws) for level in d.levels} for d in domains]
    total = np.zeros((draws, len(states)))
    for levels in product(*(d.levels for d in domains)):
        named = {d.name: level for d, level in zip(domains, levels, strict=True)}
        p = np.ones(draws)
        for share, level in zip(at, levels, strict=True):
            p = p * share[level]
        total[:, column[tuple(collapse(pathway, named).items())]] += p
    return total


def _at(start: str | Mixture, level: str, lookup: Lookup, draws: int) -> Floats:
    if isinstance(start, str):
        return np.full(draws, float(start == level))
    if level in start.shares:
        return lookup(start.shares[level])
    others = sum((lookup(q) for q in start.shares.values()), np.zeros(draws))
    return np.asarray(1 - others if level == start.otherwise else np.zeros(draws))
