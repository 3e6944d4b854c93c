"""What becomes of one who enters a state of a semi-Markov pathway, cell by cell: the kernels of the equations."""

from __future__ import annotations

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.elementary import exps
from simulate.engine.renewal.chances import AGING, CALENDAR, STEADY, Chances, Grid, Sojourns

_FIRST_CELL = 64  # steps within it, ever longer: there a hazard may begin infinite


def times_within(grid: Grid) -> Floats:
    """The times since entering a state at which ``Chances.aged`` is told, years: edges of steps, and their middles."""
    first = grid.width * (np.arange(_FIRST_CELL) / _FIRST_CELL) ** 3
    edges = np.concatenate([first, grid.width * np.arange(1, grid.cells + 1)])
    points = np.empty(2 * len(edges) - 1)
    points[::2], points[1::2] = edges, (edges[1:] + edges[:-1]) / 2
    return points


def leaving(c: Chances) -> Floats:
    """The probability that an event takes a person out of a state or ends the story, [state, channel]."""
    out = np.zeros((len(c.becomes), len(c.kind)))
    here = np.arange(len(c.becomes))[:, None]
    for k, (first, n) in enumerate(c.outcomes.astype(int).tolist()):
        mine = slice(first, first + n)
        gone = (c.becomes[:, mine] != here) | c.ends[mine]
        out[:, k] = (c.share[0, mine] * gone).sum(axis=1)
    return out


Tables = tuple[Floats, list[Floats]]  # time in a state, and the count of each AGING event
Known = dict[bytes, Tables]


def sojourns(c: Chances, grid: Grid, known: Known) -> Sojourns:
    """The sojourns of a person in every state; `known` are tables of others in the same draw, on the same grid."""
    states, channels = len(c.becomes), len(c.kind)
    share = leaving(c)
    place, pair = np.full(states, -1), np.full((states, channels), -1)
    rate, passing = np.zeros(states), np.zeros((states, grid.cells))
    within = np.diff(c.calendar, axis=1)
    times: list[Floats] = []
    counts: list[Floats] = []
    for s in range(states):
        mine = c.enabled[s, 1 : 1 + c.enabled[s, 0]].astype(int)
        of = {kind: mine[c.kind[mine] == kind] for kind in (STEADY, AGING, CALENDAR)}
        rate[s] = (c.rate[of[STEADY]] * share[s, of[STEADY]]).sum()
        passing[s] = (share[s, of[CALENDAR], None] * within[of[CALENDAR]]).sum(axis=0)
        if len(of[AGING]):
            place[s], pair[s, of[AGING]] = len(times), len(counts) + np.arange(len(of[AGING]))
            here = c.aged[of[AGING]], share[s, of[AGING]]
            key = b"".join(x.tobytes() for x in (*here, rate[s : s + 1]))
            if key not in known:
                known[key] = _tables(*here, float(rate[s]), grid)
            time, events = known[key]
            times.append(time)
            counts += events
    time, count = (np.array(x).reshape(-1, 2, grid.cells) for x in (times, counts))
    return Sojourns(place, pair, rate, passing, time[:, 0], time[:, 1], count[:, 0], count[:, 1])


def _tables(aged: Floats, share: Floats, rate: float, grid: Grid) -> Tables:
    """Time in a state, and the count of each AGING event, of those who come late and of the atom, [2, cell]."""
    points = times_within(grid)
    log_left = -rate * points - share @ aged
    time = _integrated(exps(log_left), points, grid)
    counts = []
    for cumulative, p in zip(aged, share, strict=True):
        others = log_left + p * cumulative
        gone = -np.diff(exps(-p * cumulative)) / p if p > 0 else np.diff(cumulative)
        so_far = np.concatenate([[0.0], np.cumsum(gone * exps((others[1:] + others[:-1]) / 2))])
        at_edges = so_far[2 * _FIRST_CELL :: 2]
        atom = np.diff(at_edges, prepend=0.0)
        began = np.concatenate([[0.0], at_edges[:-1]])
        within = _simpson(so_far, points, grid) - grid.width * began
        counts.append(np.stack([_late(atom, within, grid), atom]))
    return time, counts


def _integrated(values: Floats, points: Floats, grid: Grid) -> Floats:
    """Of a function of time in the state: its mean over those who come evenly within a cell, and itself, [2, cell]."""
    width = np.diff(points[::2])
    first, middle = values[:-2:2], values[1::2]
    whole = width / 6 * (first + 4 * middle + values[2::2])
    edges = points[2::2]
    cell_ends = np.concatenate([np.full(_FIRST_CELL, grid.width), edges[_FIRST_CELL:]])
    ahead = width * width * (first / 6 + middle / 3) + (cell_ends - edges) * whole
    atom, within = _by_cell(whole), _by_cell(ahead)
    return np.stack([_late(atom, within, grid), atom])


def _late(atom: Floats, within: Floats, grid: Grid) -> Floats:
    """From what falls into each cell, and its integral within the cell: the same of those who come late, [cell]."""
    out = within / grid.width
    out[1:] += atom[:-1] - within[:-1] / grid.width
    return np.asarray(out)


def _simpson(values: Floats, points: Floats, grid: Grid) -> Floats:
    """Integrals over the cells."""
    return _by_cell(np.diff(points[::2]) / 6 * (values[:-2:2] + 4 * values[1::2] + values[2::2]))


def _by_cell(steps: Floats) -> Floats:
    return np.concatenate([[steps[:_FIRST_CELL].sum()], steps[_FIRST_CELL:]])
