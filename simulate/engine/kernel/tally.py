"""Discounting, and the sums that a history adds to: compiled pieces of the kernel."""

from __future__ import annotations

import numpy as np

from parameters.arrays import Floats, Ints
from simulate.engine.arithmetic.compiled import lean, njit, piece
from simulate.engine.arithmetic.elementary import exp
from simulate.engine.kernel.layout import Cohort, Moment, Output, Run, Tables, Who


@njit
def discounted(force: float, before: float, after: float, span: float) -> float:
    """Integral of the discount factor over a span, from its values at the two ends."""
    return (before - after) / force if force != 0.0 else span


@njit
def discount_factor(force: float, time: float) -> float:
    """exp(-force x time), exactly 1 without discounting."""
    return exp(-force * time) if force != 0.0 else 1.0


@lean
def add(
    out: Floats, d: int, s: int, c: int, x: int | np.uint32, plain: float, at_cost: float, at_effect: float
) -> None:
    """Add to ``out[d, s, c, :, x]``: undiscounted, at the cost rate and at the effect rate."""
    out[d, s, c, 0, x] += plain
    out[d, s, c, 1, x] += at_cost
    out[d, s, c, 2, x] += at_effect


@lean
def add_span(
    out: Floats, d: int, s: int, c: int, x: int | np.uint32, weight: float, fc: float, fe: float, a: float, b: float
) -> None:
    """Add the time from `a` to `b`, undiscounted and discounted at both rates, to ``out[d, s, c, :, x]``."""
    span = b - a
    at_cost = weight * discounted(fc, discount_factor(fc, a), discount_factor(fc, b), span)
    at_effect = weight * discounted(fe, discount_factor(fe, a), discount_factor(fe, b), span)
    add(out, d, s, c, x, weight * span, at_cost, at_effect)


@lean
def add_binned(
    out: Floats,
    edges: Floats,
    first: int,
    n: int,
    d: int,
    s: int,
    x: int | np.uint32,
    weight: float,
    fc: float,
    fe: float,
    ahead: float,
    a: float,
    b: float,
) -> None:
    """Add the time from `a` to `b` to ``out[d, s, row, :, x]``, by the `n` rows from `first` on.

    Each begins at its edge on a clock that is `ahead` of the time since entry.
    """
    for i in range(max(bin_of(edges, first, n, a + ahead) - 1, first), first + n):
        low = max(a, edges[i] - ahead)
        high = b if i + 1 == first + n else min(b, edges[i + 1] - ahead)
        if high > low:
            add_span(out, d, s, i, x, weight, fc, fe, low, high)
        if edges[i] - ahead >= b:
            return


@lean
def bin_of(edges: Floats, first: int, n: int, at: float) -> int:
    """The row among the `n` from `first` on whose bin [edge, next edge) holds `at`; ``first - 1`` before them."""
    i = first - 1
    while i + 1 < first + n and edges[i + 1] <= at:
        i += 1
    return i


@piece
def grid_before(grid: Floats, first: int, end: float, per_year: float) -> int:
    """How many grid points lie before `end`, of which `first` are known to; `per_year` gives a first guess."""
    n: int = grid.shape[0]
    i = min(max(int(end * per_year), first), n)
    while i > first and grid[i - 1] >= end:
        i -= 1
    while i < n and grid[i] < end:
        i += 1
    return i


@njit
def moment(force_c: float, force_e: float, time: float) -> Moment:
    """A moment with its two discount factors, of which the second is the first where the rates are equal."""
    at_cost = discount_factor(force_c, time)
    return Moment(time, at_cost, at_cost if force_c == force_e else discount_factor(force_e, time))


@piece
def add_row(out: Output, who: Who, row: int | np.uint32, plain: float, at_cost: float, at_effect: float) -> None:
    """Add a person's share of three numbers, one for each discounting, to a row of the sums."""
    out.sums[who.d, who.s, who.cell, row, 0] += who.share * plain
    out.sums[who.d, who.s, who.cell, row, 1] += who.share * at_cost
    out.sums[who.d, who.s, who.cell, row, 2] += who.share * at_effect


@piece
def span_between(who: Who, begin: Moment, end: Moment) -> tuple[float, float, float]:
    """The time between two moments, undiscounted, at the cost rate and at the effect rate."""
    span = end.time - begin.time
    span_c = discounted(who.force_c, begin.at_cost, end.at_cost, span)
    span_e = span_c
    if who.force_c != who.force_e:
        span_e = discounted(who.force_e, begin.at_effect, end.at_effect, span)
    return span, span_c, span_e


@piece
def count_time(
    t: Tables, c: Cohort, out: Output, run: Run, who: Who, stay_began: Floats, state: np.uint32, begin: Moment,
    end: Moment,
) -> None:  # fmt: skip
    """The time in a state: to its sums and, where asked for, to the person, the bins and the bands of stays."""
    span, span_c, span_e = span_between(who, begin, end)
    add_row(out, who, state, span, span_c, span_e)
    if run.full and run.more_times:
        if run.keep_people:
            add(out.person_time, who.d, who.s, who.person, state, span, span_c, span_e)
        for j in range(2):
            ahead = c.age[who.d, who.person] if j == 1 else 0.0
            add_binned(
                out.bin_time, t.bin_edge, t.bins[j, 0], t.bins[j, 1], who.d, who.s, state, who.share, who.force_c,
                who.force_e, ahead, begin.time, end.time,
            )  # fmt: skip
        for j in range(run.stays):
            if t.stay[state, j]:
                add_binned(
                    out.bands, t.band_edge, t.band[j, 0], t.band[j, 1], who.d, who.s, who.cell, who.share,
                    who.force_c, who.force_e, -stay_began[j], begin.time, end.time,
                )  # fmt: skip


@piece
def count_present(
    t: Tables, c: Cohort, out: Output, run: Run, who: Who, state: np.uint32, first: int, end: float
) -> int:
    """The person at the grid points from `first` on that lie before `end`; the first one after."""
    until = grid_before(t.grid, first, end, run.grid_step)
    if c.whole:
        out.occupancy[who.d, who.s, who.slot, state, first] += who.share
        out.occupancy[who.d, who.s, who.slot, state, until] -= who.share
    else:
        for i in range(first, until):
            out.occupancy[who.d, who.s, who.slot, state, i] += who.share
    return until


@piece
def count_last(t: Tables, c: Cohort, out: Output, who: Who, state: np.uint32, first: int) -> None:
    """A grid point at the horizon itself: the last state."""
    if c.whole:
        out.occupancy[who.d, who.s, who.slot, state, first] += who.share
    else:
        for i in range(first, t.grid.shape[0]):
            out.occupancy[who.d, who.s, who.slot, state, i] += who.share


@piece
def count_event(
    t: Tables, out: Output, run: Run, who: Who, times_seen: Ints, outcome: np.uint32, at: Moment, seen: int
) -> int:
    """An outcome: to its sums, and to its trackers if their first or n-th; the trackers `seen` by now, as bits."""
    add_row(out, who, t.blocks[0] + outcome, 1.0, at.at_cost, at.at_effect)
    for i in range(1, 1 + t.tracked[outcome, 0]):
        tracker = t.tracked[outcome, i]
        if not (seen >> tracker) & 1:
            seen |= 1 << tracker
            row = t.blocks[3] + tracker
            out.sums[who.d, who.s, who.cell, row, 0] += who.share
            out.sums[who.d, who.s, who.cell, row, 1] += who.share * (at.time - t.horizon)
        if run.full and run.told_apart and t.nth[tracker, 1] > 0:
            n = times_seen[tracker]
            times_seen[tracker] = n + 1
            if n < t.nth[tracker, 1]:
                add_row(out, who, t.blocks[4] + t.nth[tracker, 0] + n, 1.0, at.at_cost, at.at_effect)
    return seen


@piece
def count_more(
    t: Tables, c: Cohort, out: Output, run: Run, who: Who, state: np.uint32, outcome: np.uint32, new: np.uint32,
    at: Moment,
) -> None:  # fmt: skip
    """An outcome by person, by bin and in the rows of histories, where these are asked for."""
    if run.keep_people:
        add(out.person_count, who.d, who.s, who.person, outcome, 1.0, at.at_cost, at.at_effect)
    for j in range(2):
        ahead = c.age[who.d, who.person] if j == 1 else 0.0
        i = bin_of(t.bin_edge, t.bins[j, 0], t.bins[j, 1], at.time + ahead + t.instant)
        if i >= t.bins[j, 0]:
            share = who.share
            add(out.bin_count, who.d, who.s, i, outcome, share, share * at.at_cost, share * at.at_effect)
    i = out.status[4]
    if i < out.history.shape[0]:
        row = out.history[i]
        row[0], row[1], row[2], row[3] = who.d, who.person, who.s, at.time
        row[4], row[5], row[6] = state, outcome, new
        out.status[4] = i + 1


@piece
def count_delivered(t: Tables, c: Cohort, out: Output, who: Who, alive: Moment) -> None:
    """Who was given what, and for how long, up to the moment `alive` when the person left the living states."""
    for i in range(1, 1 + t.components[who.s, 0]):
        j = t.components[who.s, i]
        begins, ends = t.component_start[who.d, j], min(t.component_end[who.d, j], alive.time)
        if not c.taken[who.d, who.person, j] or begins > alive.time or begins >= t.horizon - t.instant:
            continue
        first = Moment(begins, 1.0, 1.0)
        if begins > 0.0:
            first = moment(who.force_c, who.force_e, begins)
        add_row(out, who, t.blocks[1] + j, 1.0, first.at_cost, first.at_effect)
        if ends > begins:
            last = alive if ends == alive.time else moment(who.force_c, who.force_e, ends)
            span, span_c, span_e = span_between(who, first, last)
            add_row(out, who, t.blocks[2] + j, span, span_c, span_e)
