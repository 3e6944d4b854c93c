"""From the kernel's sums to statistics by name: no more of either is held at a time than there has to be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from parameters.arrays import Floats
from simulate.engine.kernel.layout import CELLS, SUMS_BY_DRAW, Output
from simulate.engine.lower.tables import Lowered
from simulate.engine.memory import SLAB, give_back
from simulate.engine.statistics import BY_DRAW, EVERYBODY, Statistics, collected, moments_in, rescaled


def gathered(lowered: Lowered, out: Output, whole: bool, *, let_go: bool = True) -> Statistics:
    """Statistics of everybody and of each subgroup; `whole` where every weight is a whole number.

    Subgroups take all draws at once; without any, what is done with of the sums is let go, and they are lost, unless
    not `let_go`.
    """
    groups = lowered.names.groups
    if len(groups) == 1:
        return _in_slabs(lowered, out, whole, let_go)
    found_there = {"occupancy": _present(out.occupancy, whole)}
    split = {n: _by_group(found_there.get(n, getattr(out, n)), n, len(groups)) for n in CELLS}
    statistics = _named(lowered, out, {n: values.sum(axis=CELLS[n]) for n, values in split.items()})
    found = {}
    for g, level in enumerate(groups):
        mine = {n: np.take(values, g, axis=CELLS[n]) for n, values in split.items()}
        people = mine["people"]
        part = _named(lowered, out, {**mine, "people": people})
        empty = (people.sum(axis=1) <= 0).any()
        if not empty:
            found[level] = rescaled(_without_bins(part), people)
    return replace(statistics, subgroups=found)


def _by_group(values: Floats, name: str, groups: int) -> Floats:
    axis = CELLS[name]
    return values.reshape(*values.shape[:axis], groups, values.shape[axis] // groups, *values.shape[axis + 1 :])


def _in_slabs(lowered: Lowered, out: Output, whole: bool, let_go: bool) -> Statistics:
    """Statistics of everybody, some draws at a time, and no more of the sums kept than is still to come."""
    draws = len(out.people)
    step = max(1, int(SLAB * draws // max(1, sum(getattr(out, n).nbytes for n in SUMS_BY_DRAW))))
    arrays: dict[str, Any] = {}
    for low in range(0, draws, step):
        high = min(low + step, draws)
        part = out._replace(**{n: getattr(out, n)[low:high] for n in SUMS_BY_DRAW})
        some = _named(lowered, part, {**part._asdict(), "occupancy": _present(part.occupancy, whole)})
        for n, found in collected(some, BY_DRAW).items():
            arrays.setdefault(n, np.empty((draws, *found.shape[1:])))[low:high] = found
        for n in SUMS_BY_DRAW if let_go else ():
            give_back(getattr(out, n), low, high)
    return replace(some, **arrays)


def _present(occupancy: Floats, whole: bool) -> Floats:
    """People at each grid point, [draw, strategy, slot, grid, state], from those who came and went if `whole`."""
    present = np.cumsum(occupancy, axis=-1) if whole else occupancy
    return np.ascontiguousarray(present[..., :-1].swapaxes(-1, -2))


def _named(lowered: Lowered, out: Output, sums: dict[str, Floats]) -> Statistics:
    n, horizon = lowered.names, lowered.tables.horizon
    people, years = sums["people"], lowered.tables.bins[0, 1]
    moments = lowered.collect.moments
    at = moments_in(moments, lowered.tables.grid, lowered.tables.instant) if moments else ()
    time, count, delivered, exposure, tracked, nth, weighed, _ = np.split(sums["sums"], lowered.tables.blocks, axis=3)
    return Statistics(
        strategies=n.strategies,
        states=tuple(dict(s) for s in n.states),
        outcomes=n.outcomes,
        trackers=n.trackers,
        people=people[0],
        horizon=horizon,
        time=_rates_first(time),
        count=_rates_first(count),
        ever=np.ascontiguousarray(tracked[..., 0]),
        first=tracked[..., 1] + horizon * people[:, None, :, None],
        occupancy=sums["occupancy"].sum(axis=2),
        grid=lowered.tables.grid,
        moments=moments,
        present=sums["occupancy"][:, :, :, at] if moments else np.zeros(0),
        components=n.components,
        nth_rows=n.nth,
        band_rows=tuple(({k: list(v) for k, v in w.levels.items()}, a, b) for w, a, b in n.bands),
        ages=lowered.collect.ages,
        weighed_rows=tuple(w.words() for w in lowered.collect.weighed),
        nth=_rates_first(nth),
        weighed=_rates_first(weighed),
        bands=np.ascontiguousarray(sums["bands"].transpose(0, 1, 4, 3, 2)),
        delivered=_rates_first(delivered),
        exposure=_rates_first(exposure),
        year_time=out.bin_time[:, :, :years],
        year_count=out.bin_count[:, :, :years],
        age_time=out.bin_time[:, :, years:],
        age_count=out.bin_count[:, :, years:],
        person_time=out.person_time,
        person_count=out.person_count,
    )


def _rates_first(block: Floats) -> Floats:
    """A block of rows [..., row, 3] as [..., 3, row], in memory too: sums over it then keep their order."""
    return np.ascontiguousarray(block.swapaxes(-1, -2))


def _without_bins(s: Statistics) -> Statistics:
    """A subgroup's statistics: bins and totals of persons are told for everybody only."""
    none: dict[str, Any] = dict.fromkeys(EVERYBODY, np.zeros(0))
    return replace(s, **none)
