"""Words to arrays: the only module that knows both the contract and the kernel's layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.contract import (
    Effect,
    Event,
    Exponential,
    Gompertz,
    Hazard,
    LogNormal,
    ModelError,
    Pathway,
    Quantity,
    Strategy,
    Weibull,
    When,
)
from simulate.engine import hazards
from simulate.engine.random import streams

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Lookup = Callable[[Quantity], Floats]  # a quantity's value in engine units, [draws]

CLOCKS = ("sojourn", "gap", "start")
MAX_TRACKERS = 62


class Tables(NamedTuple):
    """All that the kernel reads about the model. Channels are events in order of (priority, name)."""

    family: Ints  # [channel]
    clock: Ints  # [channel], index into CLOCKS
    carries: npt.NDArray[np.bool_]  # [channel], residual exponential survives losing risk
    multiplier: Ints  # [channel], column of the cohort's person multipliers, or -1
    stream: npt.NDArray[np.uint64]  # [channel]
    parameters: Floats  # [draw, channel, 3], see hazards.pack; years
    ratio: Floats  # [draw, strategy, channel], multiplies the hazard
    speed: Floats  # [draw, strategy, channel], operational time per year of time
    enabled: Ints  # [state, 1 + channel]: n, then the channels at risk in order
    arm: Ints  # [from, to, 1 + channel]: channels that come to be at risk; the last `from` is before entry
    disarm: Ints  # [from, to, 1 + channel]: channels that cease to be at risk
    outcomes: Ints  # [channel, 2]: first outcome and how many
    becomes: Ints  # [state, outcome] -> state
    weight: Floats  # [draw, strategy, outcome]
    outcome_stream: npt.NDArray[np.uint64]  # [outcome]
    tracked: Ints  # [outcome, 1 + tracker]: trackers an outcome sets
    discount: Floats  # [draw, 2]: force of interest for costs and effects, per year
    horizon: float  # years
    grid: Floats  # [grid] years at which occupancy is counted


@dataclass(frozen=True)
class Names:
    """What the axes of the kernel's arrays mean."""

    strategies: tuple[str, ...]
    states: tuple[Mapping[str, str], ...]
    channels: tuple[str, ...]
    outcomes: tuple[str, ...]
    trackers: tuple[str, ...]


@dataclass(frozen=True)
class Lowered:
    """A pathway and its strategies, ready for the kernel."""

    pathway: Pathway
    names: Names
    tables: Tables
    multiplier_groups: tuple[tuple[str, ...], ...]  # names of the frailties behind each multiplier column
    draws: int


def joint_states(pathway: Pathway) -> tuple[Mapping[str, str], ...]:
    """Every combination of levels; all states that share an absorbing level are one, holding that level alone."""
    found: list[Mapping[str, str]] = []
    for levels in product(*(d.levels for d in pathway.domains)):
        state = collapse(pathway, {d.name: level for d, level in zip(pathway.domains, levels, strict=True)})
        if state not in found:
            found.append(state)
    return tuple(found)


def collapse(pathway: Pathway, state: Mapping[str, str]) -> Mapping[str, str]:
    """`state`, or its absorbing level alone when it holds one (the first declared wins)."""
    for domain in pathway.domains:
        if state.get(domain.name) in domain.absorbing:
            return {domain.name: state[domain.name]}
    return dict(state)


def at_risk(pathway: Pathway, state: Mapping[str, str], when: When) -> bool:
    """Whether `when` holds in a joint state; never in an absorbed one."""
    return not is_absorbed(pathway, state) and when.holds(state)


def is_absorbed(pathway: Pathway, state: Mapping[str, str]) -> bool:
    """Whether a joint state holds an absorbing level."""
    return any(state.get(d.name) in d.absorbing for d in pathway.domains)


def channel_order(pathway: Pathway) -> tuple[Event, ...]:
    """Events in the order that settles ties: declared priority, then name."""
    return tuple(sorted(pathway.events, key=lambda e: (e.priority, e.name)))


def lower(
    pathway: Pathway,
    strategies: Sequence[Strategy],
    lookup: Lookup,
    draws: int,
    *,
    horizon: float,
    discount: tuple[Floats, Floats],
    grid: Floats | None = None,
) -> Lowered:
    """Tables of a pathway under its strategies for `draws` parameter draws.

    `lookup` gives any quantity in engine units, [draws]; `discount` the annual effective rates for
    costs and effects, [draws]; `horizon` is in years. Raises ``ModelError`` naming the field at fault.
    """
    if not (np.isfinite(horizon) and horizon > 0):
        raise ModelError(f"horizon: {horizon} years; must be positive and finite")
    events = channel_order(pathway)
    states = joint_states(pathway)
    outcomes = [o for e in events for o in e.outcomes()]
    trackers = [e.name for e in pathway.events] + [g.name for g in pathway.groups]
    if len(trackers) > MAX_TRACKERS:
        raise ModelError(f"{len(trackers)} events and groups; at most {MAX_TRACKERS} can be tracked")
    groups, columns = _multiplier_groups(pathway, events)
    risk = np.array([[at_risk(pathway, s, e.when) for e in events] for s in states])
    tables = Tables(
        family=np.array([_family(e.hazard) for e in events]),
        clock=np.array([CLOCKS.index(e.clock) for e in events]),
        carries=np.array([e.clock != "sojourn" or isinstance(e.hazard, Exponential) for e in events]),
        multiplier=columns,
        stream=streams([e.name for e in events], "time"),
        parameters=_parameters(events, lookup, draws),
        ratio=_ratios(events, strategies, lookup, draws, "hazard"),
        speed=1.0 / _ratios(events, strategies, lookup, draws, "time"),
        enabled=_rows(risk),
        arm=_rows(~np.vstack([risk, np.zeros_like(risk[:1])])[:, None, :] & risk[None, :, :]),
        disarm=_rows(np.vstack([risk, np.zeros_like(risk[:1])])[:, None, :] & ~risk[None, :, :]),
        outcomes=_outcome_ranges(events),
        becomes=_becomes(pathway, events, states),
        weight=_weights(events, strategies, lookup, draws),
        outcome_stream=streams(outcomes, "branch"),
        tracked=_rows(_tracks(pathway, outcomes, trackers)),
        discount=np.stack([np.log1p(discount[0]), np.log1p(discount[1])], axis=1),
        horizon=float(horizon),
        grid=np.asarray([] if grid is None else grid, dtype=np.float64),
    )
    names = Names(
        tuple(s.id for s in strategies), states, tuple(e.name for e in events), tuple(outcomes), tuple(trackers)
    )
    return Lowered(pathway, names, tables, groups, draws)


def _family(hazard: Hazard) -> int:
    codes = {Exponential: 0, Weibull: 1, Gompertz: 2, LogNormal: 3}
    return codes[type(hazard)]


def _parameters(events: Sequence[Event], lookup: Lookup, draws: int) -> Floats:
    out = np.zeros((draws, len(events), 3))
    for k, event in enumerate(events):
        first, second = _hazard_values(event, lookup, draws)
        out[:, k, :] = hazards.pack(_family(event.hazard), first, second)
    return out


def _hazard_values(event: Event, lookup: Lookup, draws: int) -> tuple[Floats, Floats]:
    h, where = event.hazard, f"Event {event.name}.hazard"
    none = np.zeros(draws)
    if isinstance(h, Exponential):
        return _checked(lookup(h.rate), f"{where}.rate", low=0.0), none
    if isinstance(h, Weibull):
        return _checked(lookup(h.shape), f"{where}.shape"), _checked(lookup(h.scale), f"{where}.scale")
    if isinstance(h, Gompertz):
        return _checked(lookup(h.rate), f"{where}.rate", low=0.0), _checked(
            lookup(h.growth), f"{where}.growth", low=None
        )
    return _checked(lookup(h.median), f"{where}.median"), _checked(lookup(h.sigma), f"{where}.sigma")


def _checked(values: Floats, where: str, low: float | None = np.nextafter(0.0, 1.0)) -> Floats:
    """`values` once they are all finite and, unless `low` is None, at least `low`."""
    bad = ~np.isfinite(values) if low is None else ~(np.isfinite(values) & (values >= low))
    if bad.any():
        draw = int(np.flatnonzero(bad)[0])
        need = "finite" if low is None else "finite and positive" if low else "finite and not negative"
        raise ModelError(f"{where}: {values[draw]} in draw {draw}; must be {need}")
    return np.asarray(values, dtype=np.float64)


def _effects(strategy: Strategy) -> list[Effect]:
    return [effect for component in strategy.components for effect in component.effects]


def _ratios(events: Sequence[Event], strategies: Sequence[Strategy], lookup: Lookup, draws: int, kind: str) -> Floats:
    out = np.ones((draws, len(strategies), len(events)))
    index = {e.name: k for k, e in enumerate(events)}
    for s, strategy in enumerate(strategies):
        for effect in _effects(strategy):
            if effect.ratio == kind:
                values = _checked(lookup(effect.parameter), f"Effect on {effect.event} ({effect.parameter})")
                out[:, s, index[effect.event]] *= values
    return out


def _weights(events: Sequence[Event], strategies: Sequence[Strategy], lookup: Lookup, draws: int) -> Floats:
    """Relative branch weights [draw, strategy, outcome] after odds and risk ratios."""
    columns: list[Floats] = []
    for event in events:
        base = np.stack([_branch_weight(event, b.name, lookup) for b in event.branches] or [np.ones(draws)], axis=1)
        if not (base.sum(axis=1) > 0).all():
            raise ModelError(f"Event {event.name}.branches: every weight is 0 in some draw")
        columns.append(np.stack([_strategy_weights(event, base, s, lookup) for s in strategies], axis=1))
    return np.concatenate(columns, axis=2)


def _branch_weight(event: Event, branch: str, lookup: Lookup) -> Floats:
    weight = next(b.weight for b in event.branches if b.name == branch)
    return _checked(lookup(weight), f"Event {event.name}.branches.{branch}.weight", low=0.0)


def _strategy_weights(event: Event, base: Floats, strategy: Strategy, lookup: Lookup) -> Floats:
    weights = base.copy()
    names = [b.name for b in event.branches]
    for effect in _effects(strategy):
        if effect.event != event.name or effect.branch is None:
            continue
        j = names.index(effect.branch)
        where = f"Effect on {event.name}.{effect.branch} ({effect.parameter})"
        ratio = _checked(lookup(effect.parameter), where)
        if effect.ratio == "odds":
            weights[:, j] *= ratio
        else:
            weights = _risk_ratio(weights, j, ratio, where)
    return weights


def _risk_ratio(weights: Floats, j: int, ratio: Floats, where: str) -> Floats:
    """Weights under which branch `j` has `ratio` times its probability and the rest keep their proportions."""
    total = weights.sum(axis=1)
    p = weights[:, j] / total
    new = p * ratio
    if (new > 1).any():
        draw = int(np.flatnonzero(new > 1)[0])
        raise ModelError(
            f"{where}: probability {new[draw]:.4g} in draw {draw}; a risk ratio may not exceed {1 / p[draw]:.4g}"
        )
    out = weights.copy()
    changed = ratio != 1.0  # a ratio of exactly 1 leaves the very same bits
    rest = np.where(p < 1, (1 - new) / np.where(p < 1, 1 - p, 1.0), 0.0)
    for column in range(weights.shape[1]):
        scaled = new * total if column == j else weights[:, column] * rest
        out[:, column] = np.where(changed, scaled, weights[:, column])
    return out


def _rows(flags: npt.NDArray[np.bool_]) -> Ints:
    """The true positions along the last axis as rows of (n, positions…)."""
    width = flags.shape[-1]
    out = np.zeros((*flags.shape[:-1], 1 + width), dtype=np.int64)
    for where in np.ndindex(flags.shape[:-1]):
        hits = np.flatnonzero(flags[where])
        out[where][0] = len(hits)
        out[where][1 : 1 + len(hits)] = hits
    return out


def _outcome_ranges(events: Sequence[Event]) -> Ints:
    sizes = np.array([len(e.outcomes()) for e in events])
    return np.stack([np.cumsum(sizes) - sizes, sizes], axis=1)


def _becomes(pathway: Pathway, events: Sequence[Event], states: Sequence[Mapping[str, str]]) -> Ints:
    moves = [b.becomes for e in events for b in (e.branches or (e,))]
    out = np.empty((len(states), len(moves)), dtype=np.int64)
    for s, state in enumerate(states):
        for o, move in enumerate(moves):
            stuck = is_absorbed(pathway, state)
            out[s, o] = s if stuck else states.index(collapse(pathway, {**state, **move}))
    return out


def _tracks(pathway: Pathway, outcomes: Sequence[str], trackers: Sequence[str]) -> npt.NDArray[np.bool_]:
    return np.array([[o in pathway.resolve(t) for t in trackers] for o in outcomes])


def _multiplier_groups(pathway: Pathway, events: Sequence[Event]) -> tuple[tuple[tuple[str, ...], ...], Ints]:
    """The distinct sets of frailties that act on some event, and each channel's set (or -1)."""
    groups: list[tuple[str, ...]] = []
    columns = []
    for event in events:
        mine = tuple(f.name for f in pathway.frailties if event.name in f.events)
        if mine and mine not in groups:
            groups.append(mine)
        columns.append(groups.index(mine) if mine else -1)
    return tuple(groups), np.array(columns, dtype=np.int64)
