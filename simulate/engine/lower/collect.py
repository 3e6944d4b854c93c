"""Which statistics a run collects, and the table rows that they take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.contract import StayBand, When
from parameters.arrays import Floats, Ints
from parameters.units import MONTHS_PER_YEAR
from simulate.engine.kernel.layout import Rows
from simulate.engine.lower.states import States
from simulate.engine.lower.weighed import Weighed


@dataclass(frozen=True)
class Collect:
    """What a run gathers beyond times, counts, *ever* and *time to first*.

    `nth`: how many occurrences of an event, branch or group are told apart; `bands`: times in stays;
    `years`: bins [k, k+1) since entry; `ages`: ages at which bands begin; `people`: totals of every
    person; `subgroup`: the characteristic by which all of it is also told; `weighed`: what is weighed
    by age and characteristics, each once; `moments`: years since entry at which it is told, by batch, where people are.
    """

    nth: Mapping[str, int] = field(default_factory=dict)
    bands: tuple[StayBand, ...] = ()
    years: bool = False
    ages: tuple[float, ...] = ()
    people: bool = False
    subgroup: str | None = None
    weighed: tuple[Weighed, ...] = ()
    moments: tuple[float, ...] = ()


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


def monthly_grid(horizon: float) -> Floats:
    """Times in years, from entry to the horizon, about a month apart and never more than 121 of them."""
    steps = int(np.clip(round(horizon * MONTHS_PER_YEAR), 1, 120))
    return np.linspace(0.0, horizon, steps + 1)


def band_rows(bands: Sequence[StayBand]) -> tuple[tuple[When, float, float], ...]:
    """The bands asked for as a partition of each stay, so that every row is [low, high) and none overlap."""
    rows: list[tuple[When, float, float]] = []
    for when in dict.fromkeys(b.when for b in bands):
        mine = [b for b in bands if b.when == when]
        edges = sorted({0.0, *(b.low for b in mine), *(b.high for b in mine if np.isfinite(b.high))})
        rows += [(when, a, b) for a, b in zip(edges, [*edges[1:], float("inf")], strict=True)]
    return tuple(rows)


def bin_tables(horizon: float, collect: Collect) -> dict[str, Any]:
    """Edges of the bins by year since entry and by age, years, and where each kind's begin and how many there are."""
    years = math.ceil(horizon) if collect.years else 0
    edges = np.array([*range(years), *collect.ages], dtype=np.float64)
    return {"bins": np.array([[0, years], [years, len(collect.ages)]]), "bin_edge": edges}


def block_ends(names: Names, weighed: int) -> Rows:
    """Where each block of table rows ends: states, outcomes, uptake and time of components, trackers, n-th, weighed."""
    parts = names.states, names.outcomes, names.components, names.components, names.trackers, names.nth
    return np.cumsum([*(len(p) for p in parts), weighed]).astype(np.uint32)


def nth_starts(names: Names) -> Ints:
    """The first row of each tracker's n-th events, and how many it has, [tracker, 2]."""
    sizes = np.array([sum(t == tracker for t, _ in names.nth) for tracker in names.trackers], dtype=np.int64)
    return np.stack([np.cumsum(sizes) - sizes, sizes], axis=1)


def stay_bands(states: States, names: Names) -> dict[str, Any]:
    """Which states belong to which stay, bool [state, stay], and where each stay's bands begin, years after it did."""
    stays = list(dict.fromkeys(when for when, _, _ in names.bands))
    sizes = np.array([sum(w == stay for w, _, _ in names.bands) for stay in stays], dtype=np.int64)
    return {
        "stay": states.satisfying(stays),
        "band": np.stack([np.cumsum(sizes) - sizes, sizes], axis=1),
        "band_edge": np.array([low for _, low, _ in names.bands], dtype=np.float64),
    }
