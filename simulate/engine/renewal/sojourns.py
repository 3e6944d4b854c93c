"""What becomes of one who enters a state of a semi-Markov pathway, cell by cell: the kernels of the equations."""

from __future__ import annotations

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import lean, njit
from simulate.engine.arithmetic.elementary import exp
from simulate.engine.renewal.chances import AGING, CALENDAR, STEADY, Chances, Grid, People, Sojourns

_FIRST_CELL = 64  # steps within it, ever longer: there a hazard may begin infinite


def times_within(grid: Grid) -> Floats:
    """The times since entering a state at which ``Chances.aged`` is told, years: edges of steps, and their middles."""
    first = grid.width * (np.arange(_FIRST_CELL) / _FIRST_CELL) ** 3
    edges = np.concatenate([first, grid.width * np.arange(1, grid.cells + 1)])
    points = np.empty(2 * len(edges) - 1)
    points[::2], points[1::2] = edges, (edges[1:] + edges[:-1]) / 2
    return points


@njit
def empty_sojourns(c: Chances, cells: int) -> Sojourns:
    """Room for the sojourns of a person in every state."""
    states, channels = len(c.becomes), len(c.kind)
    place, pair = np.full(states, -1), np.full((states, channels), -1)
    places, pairs = 0, 0
    for s in range(states):
        for j in range(1, 1 + c.enabled[s, 0]):
            k = c.enabled[s, j]
            if c.kind[k] == AGING:
                if place[s] < 0:
                    place[s] = places
                    places += 1
                pair[s, k] = pairs
                pairs += 1
    times, counts = np.zeros((2, places, cells)), np.zeros((2, pairs, cells))
    return Sojourns(
        place, pair, np.zeros(states), np.zeros((states, cells)), times[0], times[1], counts[0], counts[1]
    )  # fmt: skip


@lean
def fill_sojourns(c: Chances, people: People, n: int, x: Sojourns, room: Floats) -> None:
    """The sojourns of people of kind `n`; those that the kind before shares are left as they are.

    `room` is [3, point]: to work in.
    """
    cells = x.passing.shape[1]
    for s in range(len(x.place)):
        rate = 0.0
        x.passing[s, :] = 0.0
        for j in range(1, 1 + c.enabled[s, 0]):
            k = c.enabled[s, j]
            share = c.leaving[people.odds[n], s, k]
            if c.kind[k] == STEADY:
                rate += people.rate[n, k] * share
            elif c.kind[k] == CALENDAR and share > 0.0:
                row, times = people.row[n, k], people.times[n, k] * share
                for i in range(cells):
                    x.passing[s, i] += times * (c.calendar[row, i + 1] - c.calendar[row, i])
        known = n > 0 and rate == x.rate[s] and _alike(c, people, n, s)
        x.rate[s] = rate
        if x.place[s] >= 0 and not known:
            _fill_times(c, people, n, s, x, room)
            for j in range(1, 1 + c.enabled[s, 0]):
                if c.kind[c.enabled[s, j]] == AGING:
                    _fill_counts(c, people, n, s, c.enabled[s, j], x, room)


@lean
def _alike(c: Chances, people: People, n: int, s: int) -> bool:
    """Whether people of a kind leave a state by AGING channels as those of the kind before do."""
    for j in range(1, 1 + c.enabled[s, 0]):
        k = c.enabled[s, j]
        if c.kind[k] == AGING and (
            people.row[n, k] != people.row[n - 1, k]
            or people.times[n, k] != people.times[n - 1, k]
            or c.leaving[people.odds[n], s, k] != c.leaving[people.odds[n - 1], s, k]
        ):
            return False
    return True


@lean
def _fill_times(c: Chances, people: People, n: int, s: int, x: Sojourns, room: Floats) -> None:
    """Time in a state of those who come late and of the atom, cell by cell; room[0] holds the log of who is left."""
    points, log_left, left = c.points, room[0], room[1]
    for i in range(len(points)):
        z = -x.rate[s] * points[i]
        for j in range(1, 1 + c.enabled[s, 0]):
            k = c.enabled[s, j]
            if c.kind[k] == AGING:
                z -= c.leaving[people.odds[n], s, k] * (people.times[n, k] * c.aged[people.row[n, k], i])
        log_left[i], left[i] = z, exp(z)
    atom, within, width = x.atom_time[x.place[s]], x.late_time[x.place[s]], points[2 * _FIRST_CELL]
    atom[:], within[:] = 0.0, 0.0
    for i in range(len(points) // 2):
        cell = _cell(i)
        step = points[2 * i + 2] - points[2 * i]
        whole = step / 6 * (left[2 * i] + 4 * left[2 * i + 1] + left[2 * i + 2])
        rest = points[2 * (_FIRST_CELL + cell)] - points[2 * i + 2]  # of the cell, after the step
        atom[cell] += whole
        within[cell] += step * step * (left[2 * i] / 6 + left[2 * i + 1] / 3) + rest * whole
    _come_late(atom, within, width)


@lean
def _fill_counts(c: Chances, people: People, n: int, s: int, k: int, x: Sojourns, room: Floats) -> None:
    """The count of an AGING event in a state, of those who come late and of the atom, cell by cell."""
    points, log_left, so_far = c.points, room[0], room[2]
    p, times, row = c.leaving[people.odds[n], s, k], people.times[n, k], people.row[n, k]
    atom, within, width = x.atom_count[x.pair[s, k]], x.late_count[x.pair[s, k]], points[2 * _FIRST_CELL]
    so_far[0] = 0.0
    hazard, others = times * c.aged[row, 0], log_left[0] + p * (times * c.aged[row, 0])
    still = exp(-p * hazard)
    for i in range(1, len(points)):
        hazard_next = times * c.aged[row, i]
        others_next, still_next = log_left[i] + p * hazard_next, exp(-p * hazard_next)
        gone = (still - still_next) / p if p > 0.0 else hazard_next - hazard
        so_far[i] = so_far[i - 1] + gone * exp((others + others_next) / 2)
        hazard, others, still = hazard_next, others_next, still_next
    atom[:], within[:] = 0.0, 0.0
    for i in range(len(points) // 2):
        step = points[2 * i + 2] - points[2 * i]
        within[_cell(i)] += step / 6 * (so_far[2 * i] + 4 * so_far[2 * i + 1] + so_far[2 * i + 2])
    began = 0.0
    for cell in range(len(atom)):
        ended = so_far[2 * (_FIRST_CELL + cell)]
        atom[cell] = ended - began
        within[cell] -= width * began
        began = ended
    _come_late(atom, within, width)


@lean
def _cell(step: int) -> int:
    return max(0, step - _FIRST_CELL + 1)


@lean
def _come_late(atom: Floats, within: Floats, width: float) -> None:
    """From what falls into each cell, and its integral within the cell: the same of those who come late, in place."""
    for cell in range(len(atom) - 1, 0, -1):
        within[cell] = within[cell] / width + atom[cell - 1] - within[cell - 1] / width
    within[0] /= width
