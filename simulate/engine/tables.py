"""Words to arrays: with ``effects`` and ``cohort``, all that knows both the contract and the kernel's layout."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeVar

import numpy as np

from models.contract import (
    AGE,
    Empirical,
    Event,
    Exponential,
    FixedTime,
    Gamma,
    GeneralisedGamma,
    Gompertz,
    LifeTable,
    LogLogistic,
    LogNormal,
    ModelError,
    Pathway,
    PiecewiseConstant,
    Quantity,
    StayBand,
    Strategy,
    Weibull,
    WeibullPH,
    When,
)
from parameters import life_table
from simulate.engine import families, layout, tabulated
from simulate.engine.effects import Lookup, branch_weights, channel_effects, checked, find_variants, flat_components
from simulate.engine.generators import streams
from simulate.engine.layout import Bools, Floats, Ints, Rows, Tables

T = TypeVar("T")
CLOCKS = {"sojourn": layout.SOJOURN, "gap": layout.GAP, "start": layout.START, "age": layout.AGE}
MAX_TRACKERS = 62


@dataclass(frozen=True)
class Collect:
    """What a run gathers beyond times, counts, *ever* and *time to first*.

    `nth`: how many occurrences of an event, branch or group are told apart; `bands`: times in stays;
    `years`: bins [k, k+1) since entry; `ages`: ages at which bands begin; `people`: totals of every
    person; `subgroup`: the characteristic by which all of it is also told.
    """

    nth: Mapping[str, int] = field(default_factory=dict)
    bands: tuple[StayBand, ...] = ()
    years: bool = False
    ages: tuple[float, ...] = ()
    people: bool = False
    subgroup: str | None = None


@dataclass(frozen=True)
class Names:
    """What the axes of the kernel's arrays mean."""

    strategies: tuple[str, ...]
    states: tuple[Mapping[str, str], ...]
    channels: tuple[str, ...]
    outcomes: tuple[str, ...]
    trackers: tuple[str, ...]
    components: tuple[str, ...]  # of each strategy in turn
    groups: tuple[str, ...]  # levels of the subgroup; one, "all", without
    nth: tuple[tuple[str, int], ...]  # rows: tracker and occurrence, from 1
    bands: tuple[tuple[When, float, float], ...]  # rows: stay, low and high, years


@dataclass(frozen=True)
class Lowered:
    """A pathway and its strategies, ready for the kernel."""

    pathway: Pathway
    strategies: tuple[Strategy, ...]
    names: Names
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


# --- states ---------------------------------------------------------------------------------------


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


# --- lowering -------------------------------------------------------------------------------------


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
    if not (np.isfinite(horizon) and horizon > 0):
        raise ModelError(f"horizon: {horizon} years; must be positive and finite")
    wanted = collect or Collect()
    events, states = channel_order(pathway), joint_states(pathway)
    names = _names(pathway, strategies, events, states, wanted)
    risk = np.array([[at_risk(pathway, s, e.when) for e in events] for s in states])
    columns, hazard_column, stretch_column, odds_column = _person_columns(pathway, events)
    variants = find_variants(strategies, lookup)
    effects = channel_effects(events, variants, lookup, draws, horizon)
    weights = branch_weights(events, variants, lookup, draws, horizon)
    pieces = _pieces(events, lookup, draws)
    histories = _histories(pathway, events, names.outcomes, lookup, draws)
    lengthenings = _lengthenings(events, lookup, draws)
    flat = flat_components(strategies)
    carries = np.array([isinstance(e.hazard, Exponential) or e.clock != "sojourn" for e in events])
    tables = Tables(
        family=np.array([_family(e) for e in events]),
        clock=np.array([CLOCKS[e.clock] for e in events]),
        carries=carries,
        stream=streams([e.name for e in events], "time"),
        parameters=np.stack([_parameters(e, lookup, draws) for e in events], axis=1),
        **pieces,
        hazard_column=hazard_column,
        stretch_column=stretch_column,
        variant=variants.first,
        uptake=variants.uptake,
        ratio=effects.ratio,
        speed=effects.speed,
        segments=effects.segments,
        window=effects.window,
        segment_start=effects.start,
        segment_ratio=effects.segment_ratio,
        segment_speed=effects.segment_speed,
        weight=weights.weight,
        weight_segments=weights.segments,
        weight_start=weights.start,
        enabled=_rows(risk),
        at_risk=np.vstack([risk, np.zeros_like(risk[:1])]),
        arm=_rows(~np.vstack([risk, np.zeros_like(risk[:1])])[:, None] & risk[None]),
        disarm=_rows(np.vstack([risk, np.zeros_like(risk[:1])])[:, None] & ~risk[None] & carries),
        absorbed=np.array([is_absorbed(pathway, s) for s in states]),
        outcomes=_outcome_ranges(events),
        becomes=_becomes(pathway, events, states),
        outcome_stream=streams(names.outcomes, "branch"),
        odds_column=odds_column,
        tracked=_rows(np.array([[o in pathway.resolve(t) for t in names.trackers] for o in names.outcomes])),
        **histories,
        **lengthenings,
        components=_rows(np.array([[owner == s for owner, _ in flat] for s in range(len(strategies))])),
        component_start=_component_times(flat, lookup, draws, "start"),
        component_end=_component_times(flat, lookup, draws, "end"),
        discount=forces_of_interest(discount, continuous),
        horizon=float(horizon),
        grid=np.asarray([] if grid is None else grid, dtype=np.float64),
        **_bins(horizon, wanted),
        blocks=_blocks(names),
        nth=_nth(names),
        **_stays(pathway, states, names),
    )
    return Lowered(pathway, tuple(strategies), names, tables, columns, draws, wanted)


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
        bands=_band_rows(collect.bands),
    )


def subgroup_levels(pathway: Pathway, name: str | None) -> tuple[str, ...]:
    """Levels of the characteristic that people are told apart by; ``ModelError`` when it has none."""
    if name is None:
        return ("all",)
    values = pathway.characteristic(name).values
    if not hasattr(values, "levels"):
        raise ModelError(f"subgroup {name}: is a number; allowed: a characteristic with levels")
    return tuple(values.levels())


def _band_rows(bands: Sequence[StayBand]) -> tuple[tuple[When, float, float], ...]:
    """The bands asked for as a partition of each stay, so that every row is [low, high) and none overlap."""
    rows: list[tuple[When, float, float]] = []
    for when in dict.fromkeys(b.when for b in bands):
        mine = [b for b in bands if b.when == when]
        edges = sorted({0.0, *(b.low for b in mine), *(b.high for b in mine if np.isfinite(b.high))})
        rows += [(when, a, b) for a, b in zip(edges, [*edges[1:], float("inf")], strict=True)]
    return tuple(rows)


def forces_of_interest(discount: tuple[Floats, Floats], continuous: bool) -> Floats:
    """Forces of interest for costs and effects, per year, [draw, 2], from annual rates."""
    rates = [checked(np.asarray(r), "discount rate", low=None) for r in discount]
    return np.stack(rates if continuous else [np.log1p(r) for r in rates], axis=1)


# --- hazards --------------------------------------------------------------------------------------


def _family(event: Event) -> int:
    codes = {
        Exponential: families.EXPONENTIAL,
        Weibull: families.WEIBULL,
        WeibullPH: families.WEIBULL,
        Gompertz: families.GOMPERTZ,
        LogLogistic: families.LOG_LOGISTIC,
        LogNormal: families.LOG_NORMAL,
        Gamma: families.GENERALISED_GAMMA,
        GeneralisedGamma: families.GENERALISED_GAMMA,
        PiecewiseConstant: families.PIECEWISE,
        LifeTable: families.PIECEWISE,
        Empirical: families.EMPIRICAL,
        FixedTime: families.FIXED_TIME,
    }
    return codes[type(event.hazard)]


KINDS = {
    Exponential: "exponential",
    Weibull: "weibull",
    WeibullPH: "weibull_ph",
    Gompertz: "gompertz",
    LogLogistic: "log_logistic",
    LogNormal: "log_normal",
    Gamma: "gamma",
    GeneralisedGamma: "generalised_gamma",
    FixedTime: "fixed_time",
}


def _parameters(event: Event, lookup: Lookup, draws: int) -> Floats:
    """Packed parameters of one event, [draws, 4]; zeros for a hazard in pieces."""
    h = event.hazard
    if isinstance(h, (PiecewiseConstant, LifeTable, Empirical)):
        return np.zeros((draws, 4))
    values = {name: lookup(getattr(h, name)) for name in h.__dataclass_fields__}
    try:
        return families.pack(KINDS[type(h)], **values)
    except ValueError as fault:
        raise ModelError(f"Event {event.name}.hazard: {fault}") from fault


def _pieces(events: Sequence[Event], lookup: Lookup, draws: int) -> dict[str, Any]:
    """The tables of hazards in pieces: rows of every such event, one after the other."""
    piece = np.zeros((len(events), 2), dtype=np.int64)
    starts: list[Floats] = []
    rates: list[Floats] = []
    sums: list[Floats] = []
    for k, event in enumerate(events):
        found = _piece_rows(event, lookup, draws)
        if found is None:
            continue
        piece[k] = sum(len(x) for x in starts), len(found[0])
        for rows, new in zip((starts, rates, sums), found, strict=True):
            rows.append(new)
    none = [np.zeros((draws, 1))]
    return {
        "piece": piece,
        "piece_start": np.concatenate(starts or [np.zeros(1)]),
        "piece_rate": np.concatenate(rates or none, axis=1),
        "piece_cumulative": np.concatenate(sums or none, axis=1),
    }


def _piece_rows(event: Event, lookup: Lookup, draws: int) -> tuple[Floats, Floats, Floats] | None:
    """Starts [row], rates and cumulative hazards [draws, row] of a hazard in pieces; None for another."""
    h, where = event.hazard, f"Event {event.name}.hazard"
    if isinstance(h, PiecewiseConstant):
        starts = np.array(h.starts)
        rates = np.stack([checked(lookup(r), f"{where}.rates", low=0.0) for r in h.rates], axis=1)
    elif isinstance(h, LifeTable):
        ages, probabilities = life_table(h.table, h.column)
        starts = np.array(ages)
        rates = checked(lookup(h.ratio), f"{where}.ratio", low=0.0)[:, None] * -np.log1p(-np.array(probabilities))
    elif isinstance(h, Empirical):
        starts, sums = tabulated.observed(h.times)
        return starts, np.zeros((draws, len(starts))), np.repeat(sums[None, :], draws, axis=0)
    else:
        return None
    return starts, rates, np.stack([tabulated.piecewise(starts, row).cums for row in rates])


# --- people ---------------------------------------------------------------------------------------


def _person_columns(pathway: Pathway, events: Sequence[Event]) -> tuple[People, Ints, Ints, Ints]:
    """The distinct products of person multipliers, and which of them acts on each channel and outcome."""
    hazard: list[tuple[tuple[str, ...], tuple[int, ...]]] = []
    stretch: list[tuple[int, ...]] = []
    odds: list[tuple[int, ...]] = []
    at: tuple[list[int], list[int], list[int]] = ([], [], [])
    for event in events:
        frailties = tuple(f.name for f in pathway.frailties if event.name in f.events)
        mine = _covariates(pathway, event, "hazard")
        at[0].append(_place(hazard, (frailties, mine), bool(frailties or mine)))
        slower = _covariates(pathway, event, "time")
        at[1].append(_place(stretch, slower, bool(slower)))
        for branch in event.branches or (None,):
            changed = _covariates(pathway, event, "odds", branch.name) if branch else ()
            at[2].append(_place(odds, changed, bool(changed)))
    places = [np.array(x, dtype=np.int64) for x in at]
    return People(tuple(hazard), tuple(stretch), tuple(odds)), places[0], places[1], places[2]


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


# --- what events do -------------------------------------------------------------------------------


def _outcome_ranges(events: Sequence[Event]) -> Rows:
    sizes = np.array([len(e.outcomes()) for e in events])
    return np.stack([np.cumsum(sizes) - sizes, sizes], axis=1).astype(np.uint32)


def _becomes(pathway: Pathway, events: Sequence[Event], states: Sequence[Mapping[str, str]]) -> Rows:
    moves = [b.becomes for e in events for b in (e.branches or (e,))]
    out = np.empty((len(states), len(moves)), dtype=np.uint32)
    for s, state in enumerate(states):
        for o, move in enumerate(moves):
            stuck = is_absorbed(pathway, state)
            out[s, o] = s if stuck else states.index(collapse(pathway, {**state, **move}))
    return out


def _histories(
    pathway: Pathway, events: Sequence[Event], outcomes: Sequence[str], lookup: Lookup, draws: int
) -> dict[str, Any]:
    sources = [pathway.resolve(h.source) for h in pathway.history]
    ratios = [checked(lookup(h.hazard_ratio), f"History {h.name}.hazard_ratio", low=0.0) for h in pathway.history]
    targets = np.array([[e.name in h.events for e in events] for h in pathway.history])
    return {
        "remembered": _rows(np.array([[o in s for s in sources] for o in outcomes]).reshape(len(outcomes), -1)),
        "history_channels": _rows(targets.reshape(len(sources), len(events))),
        "history_ratio": np.stack(ratios, axis=1) if ratios else np.zeros((draws, 0)),
        "history_cap": np.array([h.cap for h in pathway.history], dtype=np.int64),
    }


def _lengthenings(events: Sequence[Event], lookup: Lookup, draws: int) -> dict[str, Any]:
    found = [(k, x) for k, event in enumerate(events) for x in event.lengthens]
    names = [e.name for e in events]
    values = [_lengthening(events[k], x.pause, x.slower, lookup) for k, x in found]
    kinds = [layout.PAUSE if x.pause is not None else layout.SLOWER for _, x in found]
    return {
        "lengthens": _rows(np.array([[k == owner for owner, _ in found] for k in range(len(events))])),
        "lengthened": np.array([[names.index(x.event), kind] for (_, x), kind in zip(found, kinds, strict=True)])
        .reshape(-1, 2)
        .astype(np.uint32),
        "lengthening": np.stack(values, axis=1) if values else np.zeros((draws, 0)),
    }


def _lengthening(event: Event, pause: Quantity | None, slower: Quantity | None, lookup: Lookup) -> Floats:
    where = f"Event {event.name}.lengthens"
    if pause is None:
        assert slower is not None
        factor = checked(lookup(slower), f"{where}.slower")
        if (factor < 1).any():
            raise ModelError(f"{where}.slower: {factor.min():.4g} in some draw; a factor of 1 or more slows the clock")
        return factor
    years = checked(lookup(pause), f"{where}.pause", low=0.0)
    if isinstance(event.hazard, Exponential) and (lookup(event.hazard.rate) * years >= 1).any():
        raise ModelError(f"{where}.pause: each pause brings one more {event.name} on average; the stay would never end")
    return years


# --- what is collected ----------------------------------------------------------------------------


def _component_times(flat: Sequence[tuple[int, object]], lookup: Lookup, draws: int, which: str) -> Floats:
    columns = [getattr(component, which) for _, component in flat]
    values = [np.full(draws, np.inf) if c is None else lookup(c) for c in columns]
    return np.stack(values, axis=1) if values else np.zeros((draws, 0))


def _bins(horizon: float, collect: Collect) -> dict[str, Any]:
    years = math.ceil(horizon) if collect.years else 0
    edges = np.array([*range(years), *collect.ages], dtype=np.float64)
    return {"bins": np.array([[0, years], [years, len(collect.ages)]]), "bin_edge": edges}


def _blocks(names: Names) -> Rows:
    parts = names.states, names.outcomes, names.components, names.components, names.trackers, names.nth
    return np.cumsum([len(p) for p in parts]).astype(np.uint32)


def _nth(names: Names) -> Ints:
    sizes = np.array([sum(t == tracker for t, _ in names.nth) for tracker in names.trackers], dtype=np.int64)
    return np.stack([np.cumsum(sizes) - sizes, sizes], axis=1)


def _stays(pathway: Pathway, states: Sequence[Mapping[str, str]], names: Names) -> dict[str, Any]:
    stays = list(dict.fromkeys(when for when, _, _ in names.bands))
    sizes = np.array([sum(w == stay for w, _, _ in names.bands) for stay in stays], dtype=np.int64)
    return {
        "stay": np.array([[at_risk(pathway, s, w) for w in stays] for s in states], dtype=bool).reshape(
            len(states), -1
        ),
        "band": np.stack([np.cumsum(sizes) - sizes, sizes], axis=1),
        "band_edge": np.array([low for _, low, _ in names.bands], dtype=np.float64),
    }


def _rows(flags: Bools) -> Rows:
    """The true positions along the last axis as rows of (n, positions…)."""
    width = flags.shape[-1]
    out = np.zeros((*flags.shape[:-1], 1 + width), dtype=np.uint32)
    for where in np.ndindex(flags.shape[:-1]):
        hits = np.flatnonzero(flags[where])
        out[where][0] = len(hits)
        out[where][1 : 1 + len(hits)] = hits
    return out


__all__ = ["AGE", "Collect", "Lookup", "Lowered", "Names", "joint_states", "lower", "subgroup_levels"]
