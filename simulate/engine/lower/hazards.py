"""Hazards in words to families, parameters and pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.contract import (
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
    PiecewiseConstant,
    Weibull,
    WeibullPH,
)
from parameters import life_table
from parameters.arrays import Floats
from simulate.engine.laws import families, tabulated
from simulate.engine.lower.effects import Lookup, checked


def family_of(event: Event) -> int:
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


def hazard_parameters(event: Event, lookup: Lookup, draws: int) -> Floats:
    """Packed parameters of one event, [draws, 4]; zeros for a hazard in pieces."""
    h = event.hazard
    if isinstance(h, (PiecewiseConstant, LifeTable, Empirical)):
        return np.zeros((draws, 4))
    values = {name: lookup(getattr(h, name)) for name in h.__dataclass_fields__}
    try:
        return families.pack(KINDS[type(h)], **values)
    except ValueError as fault:
        raise ModelError(f"Event {event.name}.hazard: {fault}") from fault


def hazard_pieces(events: Sequence[Event], lookup: Lookup, draws: int) -> dict[str, Any]:
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
