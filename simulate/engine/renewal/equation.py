"""Renewal equations of a semi-Markov pathway on a grid of cells, for one person whose chances are known.

Those who enter a state within a cell are taken to enter evenly over it; where they are, and what happens to them
later, is a convolution with what becomes of one who has just entered. All of it is expected values. The error falls
with the square of the cell's width, so that two grids tell it and take most of it away. (Howard 1971, Dynamic
Probabilistic Systems, volume II, chapter 10, on the equations; Linz 1985, Analytical and Numerical Methods for Volterra
Equations, on product integration.)
"""

from __future__ import annotations

import math

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.renewal.chances import AGING, STEADY, Chances, Flow, Grid, Sojourns

_SETTLED = 1e-15  # of the people who enter a state within a cell
_MOST_ROUNDS = 60
_SMALL = 1e-2  # below this a series is more exact than the closed form


@njit
def expected_flow(c: Chances, x: Sojourns, start: Floats, grid: Grid) -> Flow:
    """Times and counts of one person who enters at each joint state with the probabilities `start`, [state]."""
    states, outcomes = c.becomes.shape
    flow = Flow(np.zeros((grid.cells, states)), np.zeros((grid.cells, outcomes)), np.zeros(grid.cells))
    time_ahead, count_ahead = np.zeros(x.late_time.shape), np.zeros(x.late_count.shape)
    behind = np.zeros(states)  # of states without AGING: who came before, less who left
    base_time, base_count = np.zeros(states), np.zeros(x.late_count.shape[0])
    entered, entering = np.zeros(states), np.zeros(states)
    for i in range(grid.cells):
        for s in range(states):
            first = x.surviving[s, i] * start[s]
            p = x.place[s]
            if p < 0:
                base_time[s] = _steady_base(x, s, i, first, behind[s], grid.width)
            else:
                base_time[s] = first * x.atom_time[p, i] + x.surviving[s, i] * time_ahead[p, i]
                for k in range(x.pair.shape[1]):
                    q = x.pair[s, k]
                    if q >= 0:
                        base_count[q] = first * x.atom_count[q, i] + x.surviving[s, i] * count_ahead[q, i]
        for _ in range(_MOST_ROUNDS):
            _pass_on(c, x, i, grid.width, base_time, base_count, entered, entering, flow)
            moved = np.abs(entering - entered).max()
            entered[:] = entering
            if moved < _SETTLED:
                break
        _look_ahead(x, i, grid.width, entered, behind, time_ahead, count_ahead)
    return flow


@njit
def _steady_base(x: Sojourns, s: int, i: int, first: float, behind: float, width: float) -> float:
    """Time in a state without AGING channels in cell `i`, of those who entered before it."""
    z = x.rate[s] * width
    left = _mean_left(z)
    return width * left * (first * math.exp(-z * i) + x.surviving[s, i] * behind * left)


@njit
def _pass_on(
    c: Chances, x: Sojourns, i: int, width: float, base_time: Floats, base_count: Floats, entered: Floats,
    entering: Floats, flow: Flow,
) -> None:  # fmt: skip
    """Times and counts in cell `i` where so many `entered` each state in it, and how many enter by those counts."""
    entering[:] = 0.0
    flow.count[i, :] = 0.0
    flow.ended[i] = 0.0
    for s in range(len(entered)):
        p = x.place[s]
        now = x.late_time[p, 0] if p >= 0 else width * _mean_within(x.rate[s] * width)
        time = base_time[s] + now * entered[s]
        flow.time[i, s] = time
        for j in range(1, 1 + c.enabled[s, 0]):
            k = c.enabled[s, j]
            if c.kind[k] == STEADY:
                events = c.rate[k] * time
            elif c.kind[k] == AGING:
                q = x.pair[s, k]
                events = base_count[q] + x.late_count[q, 0] * entered[s]
            else:
                events = (c.calendar[k, i + 1] - c.calendar[k, i]) / width * time
            _count(c, i, s, k, events, entering, flow)


@njit
def _count(c: Chances, i: int, s: int, k: int, events: float, entering: Floats, flow: Flow) -> None:
    for o in range(c.outcomes[k, 0], c.outcomes[k, 0] + c.outcomes[k, 1]):
        share = events * c.share[c.segment[i], o]
        flow.count[i, o] += share
        new = c.becomes[s, o]
        if c.ends[o]:
            flow.ended[i] += share
        elif new != s:
            entering[new] += share


@njit
def _look_ahead(
    x: Sojourns, i: int, width: float, entered: Floats, behind: Floats, time_ahead: Floats, count_ahead: Floats
) -> None:
    """What those who entered in cell `i` do in all later ones."""
    cells = x.surviving.shape[1]
    for s in range(len(entered)):
        early = entered[s] / x.surviving[s, i] if x.surviving[s, i] > 0.0 else 0.0
        p = x.place[s]
        if p < 0:
            behind[s] = behind[s] * math.exp(-x.rate[s] * width) + early
        elif early != 0.0:
            for later in range(1, cells - i):
                time_ahead[p, i + later] += early * x.late_time[p, later]
            for k in range(x.pair.shape[1]):
                q = x.pair[s, k]
                if q >= 0:
                    for later in range(1, cells - i):
                        count_ahead[q, i + later] += early * x.late_count[q, later]


@njit
def _mean_left(z: float) -> float:
    """The mean of exp(-z u) over u in 0 to 1."""
    return -math.expm1(-z) / z if z > 1e-12 else 1.0


@njit
def _mean_within(z: float) -> float:
    """The mean over evenly spread entries of the time in the state within the same cell, in cells."""
    if z < _SMALL:
        return 0.5 - z / 6.0 + z * z / 24.0 - z * z * z / 120.0
    return (z - 1.0 + math.exp(-z)) / (z * z)
