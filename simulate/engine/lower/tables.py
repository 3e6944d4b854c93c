"""Words to arrays: with ``effects`` and ``cohort``, all that knows both the contract and the kernel's layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from models.contract import (
    AGE,
    Event,
    Exponential,
    Lengthening,
    ModelError,
    Pathway,
    Strategy,
)
from models.states import channel_order, ends_of, is_restarted, joint_states, subgroup_levels
from parameters.arrays import Bools, Floats
from simulate.engine.arithmetic.elementary import each, log1p
from simulate.engine.arithmetic.random_numbers import streams
from simulate.engine.kernel import layout
from simulate.engine.kernel.layout import Rows, Tables
from simulate.engine.lower.branches import branch_weights
from simulate.engine.lower.collect import Collect, Names, band_rows, bin_tables, block_ends, nth_starts, stay_bands
from simulate.engine.lower.effects import (
    Lookup,
    channel_effects,
    checked,
    find_variants,
    flat_components,
)
from simulate.engine.lower.hazards import family_of, hazard_parameters, hazard_pieces
from simulate.engine.lower.levels import level_tables
from simulate.engine.lower.states import States, restarts_of, rows_of, state_tables, states_of, step_tables
from simulate.engine.lower.weighed import weighed_tables

T = TypeVar("T")
CLOCKS = {"sojourn": layout.SOJOURN, "gap": layout.GAP, "start": layout.START, "age": layout.AGE}
MAX_TRACKERS = 62


@dataclass(frozen=True)
class Lowered:
    """A pathway and its strategies, ready for the kernel."""

    pathway: Pathway
    strategies: tuple[Strategy, ...]
    names: Names
    states: States
    tables: Tables
    columns: People
    draws: int
    collect: Collect


@dataclass(frozen=True)
class People:
    """What stands behind each column of the cohort's multipliers: names of frailties, positions of covariates."""

    hazard: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]
    stretch: tuple[tuple[int, ...], ...]
    odds: tuple[tuple[int, ...], ...]


def lower(
    pathway: Pathway,
    strategies: Sequence[Strategy],
    lookup: Lookup,
    draws: int,
    *,
    horizon: float,
    discount: tuple[Floats, Floats],
    continuous: bool = False,
    grid: Floats | None = None,
    collect: Collect | None = None,
) -> Lowered:
    """Tables of a pathway under its strategies for `draws` parameter draws.

    `lookup` gives any quantity in engine units, [draws]; `discount` the annual rates for costs and
    effects, [draws], effective unless `continuous`; `horizon` is in years. Raises ``ModelError``
    naming the field at fault.
    """
    if pathway.cycle is not None:
        raise ModelError(f"Pathway {pathway.name}: in cycles, as a cohort; nobody is simulated")
    if not (np.isfinite(horizon) and horizon > 0):
        raise ModelError(f"horizon: {horizon} years; must be positive and finite")
    wanted = collect or Collect()
    events, states = channel_order(pathway), states_of(pathway)
    names = _names(pathway, strategies, events, states.named, wanted)
    columns, places = _person_columns(pathway, events)
    flat = flat_components(strategies)
    at_states = state_tables(states, events)
    tables = Tables(
        **_effects(events, strategies, lookup, draws, horizon),
        **_channels(events, lookup, draws),
        **at_states,
        **step_tables(
            at_states["at_risk"], at_states["absorbed"], at_states["becomes"], _carries(events), restarts_of(events)
        ),
        restarts=np.array([is_restarted(e, end) for e in events for end in ends_of(e)]),
        **places,
        outcomes=_outcome_ranges(events),
        outcome_stream=streams(names.outcomes, "branch"),
        tracked=rows_of(np.array([[o in pathway.resolve(t) for t in names.trackers] for o in names.outcomes])),
        **_histories(pathway, events, names.outcomes, lookup, draws),
        **_lengthenings(events, lookup, draws),
        **level_tables(states, events, lookup, draws),
        components=rows_of(np.array([[owner == s for owner, _ in flat] for s in range(len(strategies))])),
        component_start=_component_times(flat, lookup, draws, "start"),
        component_end=_component_times(flat, lookup, draws, "end"),
        discount=forces_of_interest(discount, continuous),
        horizon=float(horizon),
        instant=layout.SAME_MOMENT * float(horizon),
        grid=np.asarray([] if grid is None else grid, dtype=np.float64),
        **bin_tables(horizon, wanted),
        blocks=block_ends(names, len(wanted.weighed)),
        nth=nth_starts(names),
        **stay_bands(states, names),
        **weighed_tables(wanted.weighed, pathway, states, names.outcomes, names.components),
    )
    return Lowered(pathway, tuple(strategies), names, states, tables, columns, draws, wanted)


def _channels(events: Sequence[Event], lookup: Lookup, draws: int) -> dict[str, Any]:
    """The tables of channels: families, clocks, streams and parameters."""
    return {
        "family": np.array([family_of(e) for e in events]),
        "clock": np.array([CLOCKS[e.clock] for e in events]),
        "carries": _carries(events),
        "stream": streams([e.name for e in events], "time"),
        "parameters": np.stack([hazard_parameters(e, lookup, draws) for e in events], axis=1),
        **hazard_pieces(events, lookup, draws),
    }


def _carries(events: Sequence[Event]) -> Bools:
    return np.array([isinstance(e.hazard, Exponential) or e.clock != "sojourn" for e in events])


def _effects(
    events: Sequence[Event], strategies: Sequence[Strategy], lookup: Lookup, draws: int, horizon: float
) -> dict[str, Any]:
    """The tables of effects, by variant of the strategies."""
    variants = find_variants(strategies, lookup)
    effects = channel_effects(events, variants, lookup, draws, horizon)
    weights = branch_weights(events, variants, lookup, draws, horizon)
    return {
        "variant": variants.first,
        "uptake": variants.uptake,
        "ratio": effects.ratio,
        "speed": effects.speed,
        "segments": effects.segments,
        "window": effects.window,
        "segment_start": effects.start,
        "segment_ratio": effects.segment_ratio,
        "segment_speed": effects.segment_speed,
        "weight": weights.weight,
        "weight_segments": weights.segments,
        "weight_start": weights.start,
    }


def _names(
    pathway: Pathway,
    strategies: Sequence[Strategy],
    events: Sequence[Event],
    states: Sequence[Mapping[str, str]],
    collect: Collect,
) -> Names:
    trackers = [e.name for e in pathway.events] + [g.name for g in pathway.groups]
    trackers += [n for n in collect.nth if n not in trackers]  # single branches
    if len(trackers) > MAX_TRACKERS:
        raise ModelError(f"{len(trackers)} events and groups; at most {MAX_TRACKERS} can be tracked")
    nth = [(t, i + 1) for t in trackers for i in range(collect.nth.get(t, 0))]
    return Names(
        strategies=tuple(s.id for s in strategies),
        states=tuple(states),
        channels=tuple(e.name for e in events),
        outcomes=tuple(o for e in events for o in e.outcomes()),
        trackers=tuple(trackers),
        components=tuple(c.name for _, c in flat_components(strategies)),
        groups=subgroup_levels(pathway, collect.subgroup),
        nth=tuple(nth),
        bands=band_rows(collect.bands),
    )


def forces_of_interest(discount: tuple[Floats, Floats], continuous: bool) -> Floats:
    """Forces of interest for costs and effects, per year, [draw, 2], from annual rates."""
    rates = [checked(np.asarray(r), "discount rate", low=None) for r in discount]
    return np.stack(rates if continuous else [each(log1p, r) for r in rates], axis=1)


def _person_columns(pathway: Pathway, events: Sequence[Event]) -> tuple[People, dict[str, Any]]:
    """The distinct products of person multipliers, and which of them acts on each channel and outcome."""
    hazard: list[tuple[tuple[str, ...], tuple[int, ...]]] = []
    stretch: list[tuple[int, ...]] = []
    odds: list[tuple[int, ...]] = []
    at: dict[str, list[int]] = {f"{x}_column": [] for x in ("hazard", "stretch", "before", "odds")}
    for event in events:
        frailties = tuple(f.name for f in pathway.frailties if event.name in f.events)
        mine = _covariates(pathway, event, "hazard")
        at["hazard_column"].append(_place(hazard, (frailties, mine), bool(frailties or mine)))
        slower = _covariates(pathway, event, "time")
        before = tuple(i for i in slower if pathway.covariates[i].since == "zero")
        at["stretch_column"].append(_place(stretch, slower, bool(slower)))
        at["before_column"].append(_place(stretch, before, bool(before)))
        for branch in event.branches or (None,):
            changed = _covariates(pathway, event, "odds", branch.name) if branch else ()
            at["odds_column"].append(_place(odds, changed, bool(changed)))
    places = {name: np.array(x, dtype=np.int64) for name, x in at.items()}
    return People(tuple(hazard), tuple(stretch), tuple(odds)), places


def _covariates(pathway: Pathway, event: Event, ratio: str, branch: str | None = None) -> tuple[int, ...]:
    return tuple(
        i for i, c in enumerate(pathway.covariates) if c.event == event.name and c.ratio == ratio and c.branch == branch
    )


def _place(found: list[T], item: T, exists: bool) -> int:
    if not exists:
        return -1
    if item not in found:
        found.append(item)
    return found.index(item)


def _outcome_ranges(events: Sequence[Event]) -> Rows:
    sizes = np.array([len(e.outcomes()) for e in events])
    return np.stack([np.cumsum(sizes) - sizes, sizes], axis=1).astype(np.uint32)


def _histories(
    pathway: Pathway, events: Sequence[Event], outcomes: Sequence[str], lookup: Lookup, draws: int
) -> dict[str, Any]:
    sources = [pathway.resolve(h.source) for h in pathway.history]
    ratios = [checked(lookup(h.hazard_ratio), f"History {h.name}.hazard_ratio", low=0.0) for h in pathway.history]
    targets = np.array([[e.name in h.events for e in events] for h in pathway.history])
    return {
        "remembered": rows_of(np.array([[o in s for s in sources] for o in outcomes]).reshape(len(outcomes), -1)),
        "history_channels": rows_of(targets.reshape(len(sources), len(events))),
        "history_ratio": np.stack(ratios, axis=1) if ratios else np.zeros((draws, 0)),
        "history_cap": np.array([h.cap for h in pathway.history], dtype=np.int64),
    }


def _lengthenings(events: Sequence[Event], lookup: Lookup, draws: int) -> dict[str, Any]:
    found = [(k, x) for k, event in enumerate(events) for x in event.lengthens]
    names = [e.name for e in events]
    values = [_lengthening(events[k], x, lookup) for k, x in found]
    kinds = [_kind(x) for _, x in found]
    return {
        "lengthens": rows_of(np.array([[k == owner for owner, _ in found] for k in range(len(events))])),
        "lengthened": np.array([[names.index(x.event), kind] for (_, x), kind in zip(found, kinds, strict=True)])
        .reshape(-1, 2)
        .astype(np.uint32),
        "lengthening": np.stack(values, axis=1) if values else np.zeros((draws, 0)),
    }


def _kind(x: Lengthening) -> int:
    return layout.PAUSE if x.pause is not None else layout.FORWARD if x.forward is not None else layout.SLOWER


def _lengthening(event: Event, x: Lengthening, lookup: Lookup) -> Floats:
    where = f"Event {event.name}.lengthens"
    for name, factor_of, does in (("slower", x.slower, "slows"), ("faster", x.faster, "speeds up")):
        if factor_of is not None:
            factor = checked(lookup(factor_of), f"{where}.{name}")
            if (factor < 1).any():
                text = f"{factor.min():.4g} in some draw; a factor of 1 or more {does} the clock"
                raise ModelError(f"{where}.{name}: {text}")
            return factor if name == "slower" else 1.0 / factor
    if x.forward is not None:
        return checked(lookup(x.forward), f"{where}.forward", low=0.0)
    assert x.pause is not None
    years = checked(lookup(x.pause), f"{where}.pause", low=0.0)
    if isinstance(event.hazard, Exponential) and (lookup(event.hazard.rate) * years >= 1).any():
        raise ModelError(f"{where}.pause: each pause brings one more {event.name} on average; the stay would never end")
    return years


def _component_times(flat: Sequence[tuple[int, object]], lookup: Lookup, draws: int, which: str) -> Floats:
    columns = [getattr(component, which) for _, component in flat]
    values = [np.full(draws, np.inf) if c is None else lookup(c) for c in columns]
    return np.stack(values, axis=1) if values else np.zeros((draws, 0))


__all__ = ["AGE", "Collect", "Lookup", "Lowered", "Names", "joint_states", "lower", "subgroup_levels"]
