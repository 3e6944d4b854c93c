"""Hazards in words to families, parameters and pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from models import hazards
from models.contract import (
    Event,
    ModelError,
)
from parameters.arrays import Floats
from simulate.engine.arithmetic.elementary import each, log1p
from simulate.engine.laws import families, splines, tabulated
from simulate.engine.lower.effects import Lookup, checked

Rows = tuple[Floats, Floats, Floats]  # starts [row], rates and cumulative hazards [draws, row]


class Lowering(NamedTuple):
    """How a hazard in words reaches the kernel: as four numbers a draw, or as rows of a table."""

    family: int  # of ``families``
    kind: str | None  # of ``families.KINDS``, which packs the numbers; None for rows
    rows: Callable[[Any, Lookup, int, str], Rows] | None = None  # hazard, lookup, draws, where it stands
    word: Callable[[Any], float] = lambda _: 0.0  # of a hazard in rows, what its first number says of them


def _packed(kind: str) -> Lowering:
    return Lowering(families.KINDS[kind].family, kind)


def steps_of(h: hazards.PiecewiseConstant, lookup: Lookup, draws: int, where: str) -> Rows:
    """Where the rates of a hazard in steps begin (years), the rates and what they sum to by then, [draw, step]."""
    rates = np.stack([checked(lookup(r), f"{where}.rates", low=0.0) for r in h.rates], axis=1)
    return _summed(np.array(h.starts), rates)


def _by_age(h: hazards.LifeTable, lookup: Lookup, draws: int, where: str) -> Rows:
    ages, probabilities = h.values()
    rates = checked(lookup(h.ratio), f"{where}.ratio", low=0.0)[:, None] * -each(log1p, -np.array(probabilities))
    return _summed(np.array(ages), rates)


def _observed(h: hazards.Empirical, lookup: Lookup, draws: int, where: str) -> Rows:
    starts, sums = tabulated.observed(h.times)
    return starts, np.zeros((draws, len(starts))), np.repeat(sums[None, :], draws, axis=0)


def _spline(h: hazards.Spline, lookup: Lookup, draws: int, where: str) -> Rows:
    found = np.stack([checked(lookup(c), f"{where}.coefficients", low=None) for c in h.coefficients], axis=1)
    try:
        return splines.spline(np.array(h.knots), found, h.per_year)
    except ValueError as fault:
        raise ModelError(f"{where}: {fault}") from fault


def _summed(starts: Floats, rates: Floats) -> Rows:
    return starts, rates, np.stack([tabulated.piecewise(starts, row).cums for row in rates])


LOWERINGS: Mapping[type, Lowering] = {
    hazards.Exponential: _packed("exponential"),
    hazards.Weibull: _packed("weibull"),
    hazards.WeibullPH: _packed("weibull_ph"),
    hazards.Gompertz: _packed("gompertz"),
    hazards.LogLogistic: _packed("log_logistic"),
    hazards.LogNormal: _packed("log_normal"),
    hazards.Gamma: _packed("gamma"),
    hazards.GeneralisedGamma: _packed("generalised_gamma"),
    hazards.PiecewiseConstant: Lowering(families.PIECEWISE, None, steps_of),
    hazards.LifeTable: Lowering(families.PIECEWISE, None, _by_age),
    hazards.Empirical: Lowering(families.EMPIRICAL, None, _observed),
    hazards.Spline: Lowering(families.SPLINE, None, _spline, lambda h: splines.SCALES[h.scale]),
    hazards.Normal: _packed("normal"),
    hazards.FixedTime: _packed("fixed_time"),
    hazards.AtOnce: _packed("at_once"),
}


def family_of(event: Event) -> int:
    """The kernel's code of an event's hazard."""
    return LOWERINGS[type(event.hazard)].family


def hazard_parameters(event: Event, lookup: Lookup, draws: int) -> Floats:
    """Packed parameters of one event, [draws, 4]; of a hazard in pieces zeros, but for its word."""
    h = event.hazard
    kind, word = LOWERINGS[type(h)].kind, LOWERINGS[type(h)].word
    if kind is None:
        return np.repeat([[word(h), 0.0, 0.0, 0.0]], draws, axis=0)
    values = {name: lookup(getattr(h, name)) for name in h.__dataclass_fields__}
    try:
        return families.pack(kind, **values)
    except ValueError as fault:
        raise ModelError(f"Event {event.name}.hazard: {fault}") from fault


def hazard_pieces(events: Sequence[Event], lookup: Lookup, draws: int) -> dict[str, Any]:
    """The tables of hazards in pieces: rows of every such event, one after the other."""
    piece = np.zeros((len(events), 2), dtype=np.int64)
    starts: list[Floats] = []
    rates: list[Floats] = []
    sums: list[Floats] = []
    for k, event in enumerate(events):
        in_rows = LOWERINGS[type(event.hazard)].rows
        if in_rows is None:
            continue
        found = in_rows(event.hazard, lookup, draws, f"Event {event.name}.hazard")
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
