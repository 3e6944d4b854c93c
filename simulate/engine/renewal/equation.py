"""Renewal equations of a semi-Markov pathway on a grid of cells, for people whose chances are known.

Those who enter a state within a cell are taken to enter evenly over it; where they are, and what happens to them
later, is a convolution with what becomes of one who has just entered. All of it is expected values. The error falls
with the square of the cell's width, so that two grids tell it and take most of it away. (Howard 1971, Dynamic
Probabilistic Systems, volume II, chapter 10, on the equations; Linz 1985, Analytical and Numerical Methods for Volterra
Equations, on product integration.)
"""

from __future__ import annotations

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import lean, njit
from simulate.engine.arithmetic.elementary import exp, expm1
from simulate.engine.renewal.chances import AGING, STEADY, Chances, Flow, Grid, People, Sojourns
from simulate.engine.renewal.sojourns import empty_sojourns, fill_sojourns

_SETTLED = 1e-15  # of the people who enter a state within a cell
_MOST_ROUNDS = 60
_SMALL = 1e-2  # below this a series is more exact than the closed form


@njit
def expected_flow(c: Chances, people: People, start: Floats, grid: Grid) -> Flow:
    """Times and counts of a person who is of each kind by its weight, and enters each joint state by `start`, [state].

    The same to the last bit wherever it is computed; the order of the kinds is that of the sums.
    """
    states, outcomes = c.becomes.shape
    total = Flow(np.zeros((grid.cells, states)), np.zeros((grid.cells, outcomes)), np.zeros(grid.cells))
    flow = Flow(np.zeros((grid.cells, states)), np.zeros((grid.cells, outcomes)), np.zeros(grid.cells))
    x, room = empty_sojourns(c, grid.cells), np.empty((3, len(c.points)))
    time_ahead, count_ahead = np.zeros(x.late_time.shape), np.zeros(x.late_count.shape)
    base_time, base_count = np.zeros(states), np.zeros(x.late_count.shape[0])
    present, surviving = np.empty(states), np.empty(states)  # at the cell's beginning: there; not gone by CALENDAR ones
    entered, entering = np.zeros(states), np.zeros(states)
    for n in range(len(people.weight)):
        fill_sojourns(c, people, n, x, room)
        time_ahead[:], count_ahead[:], present[:], surviving[:] = 0.0, 0.0, start, 1.0
        for i in range(grid.cells):
            _come_before(x, i, grid.width, start, present, surviving, time_ahead, count_ahead, base_time, base_count)
            for _ in range(_MOST_ROUNDS):
                _pass_on(c, people, n, x, i, grid.width, base_time, base_count, entered, entering, flow)
                moved = 0.0
                for s in range(states):
                    moved = max(moved, abs(entering[s] - entered[s]))
                    entered[s] = entering[s]
                if moved < _SETTLED:
                    break
            _look_ahead(x, i, grid.width, entered, present, surviving, time_ahead, count_ahead)
        _add(total, flow, people.weight[n])
    return total


@lean
def _add(total: Flow, flow: Flow, weight: float) -> None:
    for i in range(len(total.ended)):
        total.ended[i] += weight * flow.ended[i]
        for s in range(total.time.shape[1]):
            total.time[i, s] += weight * flow.time[i, s]
        for o in range(total.events.shape[1]):
            total.events[i, o] += weight * flow.events[i, o]


@lean
def _come_before(
    x: Sojourns, i: int, width: float, start: Floats, present: Floats, surviving: Floats, time_ahead: Floats,
    count_ahead: Floats, base_time: Floats, base_count: Floats,
) -> None:  # fmt: skip
    """Times and counts in cell `i` of those who entered before it."""
    for s in range(len(start)):
        p = x.place[s]
        if p < 0:
            base_time[s] = present[s] * width * _mean_left(x.rate[s] * width + x.passing[s, i])
            continue
        here = surviving[s] * _mean_left(x.passing[s, i])
        base_time[s] = here * (start[s] * x.atom_time[p, i] + time_ahead[p, i])
        for k in range(x.pair.shape[1]):
            q = x.pair[s, k]
            if q >= 0:
                base_count[q] = here * (start[s] * x.atom_count[q, i] + count_ahead[q, i])


@lean
def _pass_on(
    c: Chances, people: People, n: int, x: Sojourns, i: int, width: float, base_time: Floats, base_count: Floats,
    entered: Floats, entering: Floats, flow: Flow,
) -> None:  # fmt: skip
    """Times and counts in cell `i` where so many `entered` each state in it, and how many enter by those counts."""
    flow.ended[i] = 0.0
    for o in range(flow.events.shape[1]):
        flow.events[i, o] = 0.0
    for s in range(len(entering)):
        entering[s] = 0.0
    for s in range(len(entered)):
        now, factor = _at_once(x, i, s, width)
        time = base_time[s] + now * entered[s]
        flow.time[i, s] = time
        for j in range(1, 1 + c.enabled[s, 0]):
            k = c.enabled[s, j]
            if c.kind[k] == STEADY:
                events = people.rate[n, k] * time
            elif c.kind[k] == AGING:
                q = x.pair[s, k]
                events = base_count[q] + factor * x.late_count[q, 0] * entered[s]
            else:
                row = people.row[n, k]
                events = people.times[n, k] * (c.calendar[row, i + 1] - c.calendar[row, i]) / width * time
            _count(c, people.odds[n], i, s, k, events, entering, flow)


@lean
def _count(c: Chances, odds: int, i: int, s: int, k: int, events: float, entering: Floats, flow: Flow) -> None:
    for o in range(c.outcomes[k, 0], c.outcomes[k, 0] + c.outcomes[k, 1]):
        share = events * c.share[odds, i, o]
        flow.events[i, o] += share
        new = c.becomes[s, o]
        if c.ends[o]:
            flow.ended[i] += share
        elif new != s:
            entering[new] += share


@lean
def _at_once(x: Sojourns, i: int, s: int, width: float) -> tuple[float, float]:
    """Time in a state within the cell in which it is entered, and what CALENDAR channels leave of events there."""
    p = x.place[s]
    if p < 0:
        return width * _mean_within(x.rate[s] * width + x.passing[s, i]), 1.0
    factor = 2.0 * _mean_within(x.passing[s, i])
    return factor * x.late_time[p, 0], factor


@lean
def _look_ahead(
    x: Sojourns, i: int, width: float, entered: Floats, present: Floats, surviving: Floats, time_ahead: Floats,
    count_ahead: Floats,
) -> None:  # fmt: skip
    """What those who entered in cell `i` do in all later ones."""
    for s in range(len(entered)):
        p = x.place[s]
        if p < 0:
            z = x.rate[s] * width + x.passing[s, i]
            present[s] = present[s] * exp(-z) + entered[s] * _mean_left(z)
            continue
        surviving[s] *= exp(-x.passing[s, i])
        if entered[s] == 0.0 or surviving[s] == 0.0:
            continue
        early = entered[s] * _mean_left(x.passing[s, i]) / surviving[s]
        _add_later(time_ahead, x.late_time, p, early, i)
        for k in range(x.pair.shape[1]):
            q = x.pair[s, k]
            if q >= 0:
                _add_later(count_ahead, x.late_count, q, early, i)


@lean
def _add_later(ahead: Floats, late: Floats, row: int, early: float, i: int) -> None:
    for later in range(1, late.shape[1] - i):
        ahead[row, i + later] += early * late[row, later]


@lean
def _mean_left(z: float) -> float:
    """The mean of exp(-z u) over u in 0 to 1."""
    return -expm1(-z) / z if z > 1e-12 else 1.0


@lean
def _mean_within(z: float) -> float:
    """The mean over evenly spread entries of the time in the state within the same cell, in cells."""
    if z < _SMALL:
        return 0.5 - z / 6.0 + z * z / 24.0 - z * z * z / 120.0
    return (z - 1.0 + exp(-z)) / (z * z)
