"""Renewal equations of a semi-Markov pathway on a grid of cells, for people whose chances are known.

Those who enter a state within a cell are taken to enter evenly over it; where they are, and what happens to them
later, is a convolution with what becomes of one who has just entered. All of it is expected values. The error falls
with the square of the cell's width, so that two grids tell it and take most of it away. (Howard 1971, Dynamic
Probabilistic Systems, volume II, chapter 10, on the equations; Linz 1985, Analytical and Numerical Methods for Volterra
Equations, on product integration.)
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import lean, njit
from simulate.engine.arithmetic.elementary import expm1
from simulate.engine.renewal.chances import AGING, STEADY, Chances, Flow, Grid, People, Sojourns
from simulate.engine.renewal.sojourns import empty_sojourns, fill_sojourns

_SETTLED = 1e-15  # of the people who enter a state within a cell
_MOST_ROUNDS = 60
_SMALL = 1e-2  # below this a series is more exact than the closed form


class _Cell(NamedTuple):
    """One cell: what those do who were there before it, and by how much more for each who enters a state within it."""

    left: Annotated[Floats, "state"]  # mean over the cell of who is not gone by channels that do not go by age
    within: Annotated[
        Floats, "state"
    ]  # mean time in the cell, in cells, of those who come evenly over it, with those channels alone
    time: Annotated[Floats, "state"]  # person-years
    more_time: Annotated[Floats, "state"]
    events: Annotated[Floats, "state, channel"]
    more_events: Annotated[Floats, "state, channel"]
    arriving: Annotated[Floats, "state"]  # people, from those who were there before
    entered: Annotated[Floats, "state"]  # people, in all
    moving: Annotated[Floats, "state, state"]  # people into the second, from each who enters the first


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
    cell = _empty_cell(states, len(c.kind))
    for n in range(len(people.weight)):
        fill_sojourns(c, people, n, x, room)
        time_ahead[:], count_ahead[:], present[:], surviving[:] = 0.0, 0.0, start, 1.0
        for i in range(grid.cells):
            _leave(x, i, grid.width, cell)
            _come_before(
                x, i, grid.width, start, present, surviving, time_ahead, count_ahead, base_time, base_count, cell
            )
            _expect(c, people, n, x, i, grid.width, base_time, base_count, cell)
            _settle(cell)
            _tell(c, people.odds[n], i, cell, flow)
            _look_ahead(x, i, grid.width, cell, present, surviving, time_ahead, count_ahead)
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
    count_ahead: Floats, base_time: Floats, base_count: Floats, cell: _Cell,
) -> None:  # fmt: skip
    """Times and counts in cell `i` of those who entered before it."""
    for s in range(len(start)):
        p = x.place[s]
        if p < 0:
            base_time[s] = present[s] * width * cell.left[s]
            continue
        here = surviving[s] * cell.left[s]
        base_time[s] = here * (start[s] * x.atom_time[p, i] + time_ahead[p, i])
        for k in range(x.pair.shape[1]):
            q = x.pair[s, k]
            if q >= 0:
                base_count[q] = here * (start[s] * x.atom_count[q, i] + count_ahead[q, i])


@njit
def _empty_cell(states: int, channels: int) -> _Cell:
    one, two, three = np.zeros((6, states)), np.zeros((2, states, channels)), np.zeros((states, states))
    return _Cell(one[0], one[1], one[2], one[3], two[0], two[1], one[4], one[5], three)


@lean
def _expect(
    c: Chances, people: People, n: int, x: Sojourns, i: int, width: float, base_time: Floats, base_count: Floats,
    cell: _Cell,
) -> None:  # fmt: skip
    """Times and counts in cell `i` of those who entered before it, and by each who enters a state in it."""
    cell.arriving[:] = 0.0
    cell.moving[:] = 0.0
    for s in range(len(base_time)):
        now, factor = _at_once(x, s, width, cell)
        cell.time[s], cell.more_time[s] = base_time[s], now
        for j in range(1, 1 + c.enabled[s, 0]):
            k = c.enabled[s, j]
            if c.kind[k] == AGING:
                q = x.pair[s, k]
                events, more = base_count[q], factor * x.late_count[q, 0]
            else:
                rate = people.rate[n, k]
                if c.kind[k] != STEADY:
                    row = people.row[n, k]
                    rate = people.times[n, k] * (c.calendar[row, i + 1] - c.calendar[row, i]) / width
                events, more = rate * base_time[s], rate * now
            cell.events[s, k], cell.more_events[s, k] = events, more
            for o in range(c.outcomes[k, 0], c.outcomes[k, 0] + c.outcomes[k, 1]):
                new = c.becomes[s, o]
                if new != s and not c.ends[o]:
                    share = c.share[people.odds[n], i, o]
                    cell.arriving[new] += events * share
                    cell.moving[s, new] += more * share


@lean
def _settle(cell: _Cell) -> None:
    """How many enter each state within the cell, those who move on within it too."""
    states = len(cell.entered)
    for _ in range(_MOST_ROUNDS):
        moved = 0.0
        for new in range(states):  # each with what is known by now of the others
            entering = cell.arriving[new]
            for s in range(states):
                entering += cell.entered[s] * cell.moving[s, new]
            moved = max(moved, abs(entering - cell.entered[new]))
            cell.entered[new] = entering
        if moved < _SETTLED:
            break


@lean
def _tell(c: Chances, odds: int, i: int, cell: _Cell, flow: Flow) -> None:
    """Times and counts in cell `i` of everybody."""
    flow.ended[i] = 0.0
    flow.events[i, :] = 0.0
    for s in range(len(cell.entered)):
        flow.time[i, s] = cell.time[s] + cell.more_time[s] * cell.entered[s]
        for j in range(1, 1 + c.enabled[s, 0]):
            k = c.enabled[s, j]
            events = cell.events[s, k] + cell.more_events[s, k] * cell.entered[s]
            for o in range(c.outcomes[k, 0], c.outcomes[k, 0] + c.outcomes[k, 1]):
                share = events * c.share[odds, i, o]
                flow.events[i, o] += share
                if c.ends[o]:
                    flow.ended[i] += share


@lean
def _at_once(x: Sojourns, s: int, width: float, cell: _Cell) -> tuple[float, float]:
    """Time in a state within the cell in which it is entered, and what CALENDAR channels leave of events there."""
    p = x.place[s]
    if p < 0:
        return width * cell.within[s], 1.0
    factor = 2.0 * cell.within[s]
    return factor * x.late_time[p, 0], factor


@lean
def _look_ahead(
    x: Sojourns, i: int, width: float, cell: _Cell, present: Floats, surviving: Floats, time_ahead: Floats,
    count_ahead: Floats,
) -> None:  # fmt: skip
    """What those who entered in cell `i` do in all later ones."""
    entered = cell.entered
    for s in range(len(entered)):
        p = x.place[s]
        if p < 0:
            z = x.rate[s] * width + x.passing[s, i]
            present[s] += entered[s] * cell.left[s] - present[s] * z * cell.left[s]  # exp(-z) is 1 - z left
            continue
        surviving[s] -= surviving[s] * x.passing[s, i] * cell.left[s]
        if entered[s] == 0.0 or surviving[s] == 0.0:
            continue
        early = entered[s] * cell.left[s] / surviving[s]
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
def _leave(x: Sojourns, i: int, width: float, cell: _Cell) -> None:
    """What channels that do not go by time in the state leave of those in it in cell `i`."""
    for s in range(len(x.place)):
        z = x.passing[s, i] if x.place[s] >= 0 else x.rate[s] * width + x.passing[s, i]
        if z < _SMALL:
            cell.left[s] = 1.0 - z / 2.0 * (1.0 - z / 3.0 * (1.0 - z / 4.0 * (1.0 - z / 5.0 * (1.0 - z / 6.0))))
            cell.within[s] = 0.5 - z / 6.0 * (1.0 - z / 4.0 * (1.0 - z / 5.0 * (1.0 - z / 6.0 * (1.0 - z / 7.0))))
        else:
            cell.left[s] = -expm1(-z) / z
            cell.within[s] = (1.0 - cell.left[s]) / z
