"""What strategies do to the branches of events, draw by draw: weights, in segments of time.

Odds ratios multiply weights; then all risk ratios of an event are solved for together, so that each holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np

from models.contract import Event, ModelError
from parameters.arrays import Bools, Floats, Ints
from simulate.engine.lower.effects import (
    Active,
    EffectColumns,
    Lookup,
    UptakeVariant,
    UptakeVariants,
    active_in,
    changing,
    checked,
    effect_columns,
)

SHARES_OF_ONE = 1e-9  # by which probabilities of all branches may miss 1, and it is rounding


@dataclass(frozen=True)
class BranchWeights:
    """Weights of every outcome, as in ``Tables``."""

    weight: Floats
    segments: Ints
    start: Floats


def branch_weights(
    events: Sequence[Event], variants: UptakeVariants, lookup: Lookup, draws: int, horizon: float
) -> BranchWeights:
    """Relative weights of branches after odds and risk ratios, for every draw, variant and segment of time."""
    base = [_base_weights(event, lookup, draws) for event in events]
    plain = np.concatenate(base, axis=1)
    steady: list[tuple[int, Ints, Floats]] = []
    found: dict[tuple[int, int], list[tuple[float, list[float]]]] = {}
    for v, variant in enumerate(variants.all):
        columns = _of_branches(variant, lookup, draws)
        if not columns:
            continue
        acting = np.any([column.acts(horizon) for column in columns], axis=0)
        moving = changing(columns, horizon)
        once = np.flatnonzero(acting & ~moving)
        weights = _steady_weights(events, base, columns, horizon, once)
        if weights is not None:
            steady.append((v, once, weights))
        walked = np.flatnonzero(acting if weights is None else moving)  # draw by draw, to tell the first at fault
        for d, active in active_in(columns, horizon, walked):
            found[d, v] = _weights_in_time(events, [b[d].tolist() for b in base], active, horizon, d)
    longest = max([len(x) for x in found.values()], default=1)
    weight = np.repeat(np.repeat(plain[:, None, None, :], len(variants.all), axis=1), longest, axis=2)
    segments = np.ones((draws, len(variants.all)), dtype=np.int64)
    start = np.zeros((draws, len(variants.all), longest))
    for v, once, weights in steady:
        weight[once, v, 0] = weights
    for (d, v), rows in found.items():
        segments[d, v] = len(rows)
        for q, (at, values) in enumerate(rows):
            start[d, v, q], weight[d, v, q] = at, values
    return BranchWeights(weight, segments, start)


def _of_branches(variant: UptakeVariant, lookup: Lookup, draws: int) -> list[EffectColumns]:
    """The effects on branches; those that have risk ratios beside them know it."""
    found = [(c, e) for c in variant.components for e in c.effects if e.branch is not None]
    risks = {(e.event, e.branch) for _, e in found if e.ratio == "risk"}
    several = {event for event, branch in risks if any(x == event and y != branch for x, y in risks)}
    columns = ((e, effect_columns(c, e, lookup, draws)) for c, e in found)
    return [replace(x, among=e.ratio == "risk" and e.event in several) for e, x in columns]


def _steady_weights(
    events: Sequence[Event], base: Sequence[Floats], columns: Sequence[EffectColumns], horizon: float, draws: Ints
) -> Floats | None:
    """Weights in those draws in which effects are the same all the time, [draw, outcome]; None where one is refused.

    The same operations as in ``_changed``, so the same bits.
    """
    ratios = [column.steady(horizon)[draws] for column in columns]
    out = []
    for event, plain in zip(events, base, strict=True):
        weights, names = plain[draws], [b.name for b in event.branches]
        risks = np.ones(weights.shape)
        held = np.zeros(weights.shape, dtype=np.bool_)
        for column, ratio in zip(columns, ratios, strict=True):
            if column.effect.event != event.name:
                continue
            j = names.index(str(column.effect.branch))
            if column.effect.ratio == "odds":
                weights[:, j] *= ratio
            else:
                risks[:, j] *= ratio
                held[:, j] |= column.acts(horizon)[draws]
        changed = _with_risks(weights, risks, held) if held.any() else weights
        if changed is None:
            return None
        out.append(changed)
    return np.concatenate(out, axis=1)


def _with_risks(weights: Floats, risks: Floats, held: Bools) -> Floats | None:
    """As ``_at_risk``, of every draw; None where one is to be refused."""
    acts = (held & (risks != 1.0)).any(axis=1)
    total = sum(weights.T, np.zeros(len(weights)))
    before, after = np.zeros(len(weights)), np.zeros(len(weights))
    changed = weights.copy()
    for j in range(weights.shape[1]):
        p = np.where(held[:, j], weights[:, j] / total, 0.0)
        new = p * risks[:, j]
        before, after = before + p, after + new
        changed[:, j] = new * total
    all_held = (before >= 1) | ((weights > 0) <= held).all(axis=1)
    settled = (np.abs(after - 1) <= SHARES_OF_ONE) & (held.sum(axis=1) > 1)
    if (acts & np.where(all_held, ~settled, after > 1)).any():
        return None
    rest = np.where(all_held, 0.0, (1 - after) / np.where(all_held, 1.0, 1 - before))
    return np.where(acts[:, None], np.where(held, changed, weights * rest[:, None]), weights)


def _weights_in_time(
    events: Sequence[Event], base: Sequence[list[float]], active: Sequence[Active], horizon: float, draw: int
) -> list[tuple[float, list[float]]]:
    rows: list[tuple[float, list[float]]] = []
    for at in sorted({0.0, *(t for a in active for t in a.cuts(horizon))}):
        row = [
            w
            for event, weights in zip(events, base, strict=True)
            for w in _changed(event, list(weights), active, at, draw)
        ]
        if not rows or row != rows[-1][1]:
            rows.append((at, row))
    return rows


def _changed(event: Event, weights: list[float], active: Sequence[Active], at: float, draw: int) -> list[float]:
    """Weights of one event's branches under the effects that hold `at`: odds ratios, then all risk ratios together."""
    names = [b.name for b in event.branches]
    risks: dict[int, float] = {}
    for a in active:
        if a.effect.event != event.name:
            continue
        j, ratio = names.index(str(a.effect.branch)), a.value(at)
        if a.effect.ratio == "odds":
            weights[j] *= ratio
        elif a.holds(at):
            risks[j] = risks.get(j, 1.0) * ratio
    if all(ratio == 1.0 for ratio in risks.values()):  # which leaves the very same bits
        return weights
    held = {j: risks[j] for j in sorted(risks)}
    return _at_risk(weights, held, f"Effect on {event.name}.{', '.join(names[j] for j in held)}", draw)


def _at_risk(weights: Sequence[float], risks: Mapping[int, float], what: str, draw: int) -> list[float]:
    """Weights under which each branch of `risks` has so many times its probability; the rest share what is left.

    They keep their proportions, and the order of the ratios settles nothing.
    """
    where = f"{what} in draw {draw}"
    total = reduce(add, weights)  # one after the other: sum() keeps more digits from Python 3.12 on
    before, after = 0.0, 0.0
    for j, ratio in risks.items():
        p = weights[j] / total
        before, after = before + p, after + p * ratio
    if before >= 1 or all(j in risks for j, w in enumerate(weights) if w > 0):
        if len(risks) == 1:
            ratio = next(iter(risks.values()))
            raise ModelError(
                f"{where}: its probability is 1; a risk ratio of {ratio:.4g} has no other branch to act on"
            )
        if abs(after - 1) > SHARES_OF_ONE:
            raise ModelError(f"{where}: risk ratios of every branch, whose probabilities come to {after:.4g}, not to 1")
        rest = 0.0
    elif after > 1 and len(risks) == 1:
        raise ModelError(f"{where}: probability {after:.4g}; a risk ratio may not exceed {1 / before:.4g} there")
    elif after > 1:
        raise ModelError(f"{where}: under risk ratios their probabilities come to {after:.4g}; together at most 1")
    else:
        rest = (1 - after) / (1 - before)
    return [w / total * risks[j] * total if j in risks else w * rest for j, w in enumerate(weights)]


def _base_weights(event: Event, lookup: Lookup, draws: int) -> Floats:
    """Weights without any strategy, [draws, branches]; 1 for an event that ends one way only."""
    if not event.branches:
        return np.ones((draws, 1))
    where = f"Event {event.name}.branches"
    columns = [checked(lookup(b.weight), f"{where}.{b.name}.weight", low=0.0) for b in event.branches]
    base = np.stack(columns, axis=1)
    if not (base.sum(axis=1) > 0).all():
        raise ModelError(f"{where}: every weight is 0 in some draw")
    return base
