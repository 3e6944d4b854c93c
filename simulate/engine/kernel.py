"""The compiled simulator: people through competing events in continuous time, statistics out.

Semantics: each channel (person x event) holds a residual unit exponential, which its cumulative
hazard uses up; the earliest channel fires. ``reference.py`` says the same in readable Python and
must agree to the last bit. Loops run draw, person, strategy, so that strategies meet the same person.

``simulate_batches`` is long on purpose: every array is unpacked once and the helpers see scalars
only, because handing arrays to a function costs two atomic operations an array and call (measured:
twelve times slower).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simulate.engine.cohort import Cohort
from simulate.engine.hazards import EXPONENTIAL, cumulative, inverse
from simulate.engine.jit import njit
from simulate.engine.random import exponential, person_key
from simulate.engine.tables import Floats, Ints, Tables

SOJOURN, GAP, START = 0, 1, 2
CACHED = 4  # occurrences of each channel's exponential kept across strategies

OK, NOT_A_TIME, TOO_MANY_EVENTS = 0, 1, 2


class Output(NamedTuple):
    """Sums over the people of a batch, added to in place; the draw axis is the chunk's."""

    time: Floats  # [draw, strategy, batch, 3, state] person-years: undiscounted, at the cost rate, at the effect rate
    counts: Floats  # [draw, strategy, batch, 3, outcome] events (not `count`: a tuple has a method of that name)
    ever: Floats  # [draw, strategy, batch, tracker] people
    first: Floats  # [draw, strategy, batch, tracker] sum of (time to first - horizon), years
    occupancy: Ints  # [draw, strategy, batch, grid, state] people
    history: Floats  # [rows, 6]: draw, person, strategy, time, outcome, state after; no rows: not kept
    status: Ints  # [5]: code, draw, person, strategy, history rows written


@njit
def fire_time(
    family: int, p0: float, p1: float, p2: float, hazard: float, speed: float, age: float, residual: float, now: float
) -> float:
    """When a channel of this `hazard` multiplier and `speed`, at operational `age`, uses up its `residual`."""
    if family == EXPONENTIAL:
        rate = hazard * speed * p0
        return now + residual / rate if rate > 0.0 else math.inf
    if hazard <= 0.0:
        return math.inf
    goal = residual / hazard
    if age > 0.0:
        goal += cumulative(family, p0, p1, p2, age)
    return now + (inverse(family, p0, p1, p2, goal) - age) / speed


@njit
def used_hazard(
    family: int, p0: float, p1: float, p2: float, hazard: float, speed: float, age: float, span: float
) -> float:
    """Integrated hazard of a channel over a `span` of time that began at operational `age`."""
    if family == EXPONENTIAL:
        return hazard * speed * p0 * span
    before = cumulative(family, p0, p1, p2, age)
    return hazard * (cumulative(family, p0, p1, p2, age + speed * span) - before)


@njit
def discounted(force: float, before: float, after: float, span: float) -> float:
    """Integral of the discount factor over a span, from its values at the two ends."""
    return (before - after) / force if force != 0.0 else span


@njit
def discount_factor(force: float, time: float) -> float:
    """exp(-force x time), exactly 1 without discounting."""
    return math.exp(-force * time) if force != 0.0 else 1.0


@njit
def simulate_batches(
    t: Tables, c: Cohort, out: Output, first_batch: int, last_batch: int, batches: int, people: int, cap: int
) -> int:
    """All draws of the cohort for batches [first, last), where person p belongs to batch p mod `batches`.

    Adds to `out` in order of person, so sums do not depend on how the work was cut. Returns a status
    code; the person at fault is in ``out.status``.
    """
    family, clock, carries, group, stream = t.family, t.clock, t.carries, t.multiplier, t.stream
    parameters, ratio, speed, enabled, arm, disarm = t.parameters, t.ratio, t.speed, t.enabled, t.arm, t.disarm
    outcomes, becomes, weight, outcome_stream, tracked = t.outcomes, t.becomes, t.weight, t.outcome_stream, t.tracked
    discount, horizon, grid = t.discount, t.horizon, t.grid
    draw_keys, start, multiplier = c.draw_keys, c.start, c.multiplier
    time, count, ever, first, occupancy = out.time, out.counts, out.ever, out.first, out.occupancy
    history, status = out.history, out.status

    channels, strategies, grid_points = family.shape[0], ratio.shape[1], grid.shape[0]
    nowhere = enabled.shape[0]  # the state before entry, from which every channel at risk is armed
    fires = np.empty(channels)  # time at which a channel would fire
    residual = np.empty(channels)  # unit exponential left at `since`
    age = np.empty(channels)  # operational age at `since`
    since = np.empty(channels)  # time of its last change
    origin = np.empty(channels)  # its own last firing, for the gap clock
    drawn = np.empty(channels, np.int64)  # exponentials drawn so far
    live = np.empty(channels, np.bool_)  # whether the residual is usable
    cache = np.empty((channels, CACHED))
    cached = np.empty(channels, np.int64)

    for d in range(draw_keys.shape[0]):
        force_c, force_e = discount[d, 0], discount[d, 1]
        same_force = force_c == force_e
        for b in range(first_batch, last_batch):
            for person in range(b, people, batches):
                key = person_key(c.seed, draw_keys[d], np.uint64(person))
                for k in range(channels):
                    cached[k] = 0
                for s in range(strategies):
                    for k in range(channels):
                        drawn[k] = 0
                        live[k] = False
                        age[k] = 0.0
                        origin[k] = 0.0
                    state, new, winner = nowhere, start[d, person], -1
                    now, before_c, before_e = 0.0, 1.0, 1.0
                    seen, next_grid, events, code = 0, 0, 0, OK
                    while True:
                        # --- channels whose risk changed from `state` to `new`, the winner's first
                        still = winner >= 0
                        if state != new:
                            for i in range(1, 1 + disarm[state, new, 0]):
                                k = disarm[state, new, i]
                                if k == winner:
                                    still = False
                                elif carries[k]:
                                    g = group[k]
                                    m = multiplier[d, person, g] if g >= 0 else 1.0
                                    p0, p1, p2 = parameters[d, k, 0], parameters[d, k, 1], parameters[d, k, 2]
                                    span = now - since[k]
                                    used = used_hazard(
                                        family[k], p0, p1, p2, m * ratio[d, s, k], speed[d, s, k], age[k], span
                                    )
                                    residual[k] = max(residual[k] - used, 0.0)
                        for i in range(0 if still else 1, 1 + (arm[state, new, 0] if state != new else 0)):
                            k = winner if i == 0 else arm[state, new, i]
                            if not live[k] or not carries[k]:
                                n = drawn[k]
                                drawn[k] = n + 1
                                live[k] = True
                                if n < cached[k]:
                                    residual[k] = cache[k, n]
                                else:
                                    residual[k] = exponential(key, stream[k], n)
                                    if n < CACHED:
                                        cache[k, n] = residual[k]
                                        cached[k] = n + 1
                            fast = speed[d, s, k]
                            if clock[k] == START:
                                age[k] = fast * now
                            elif clock[k] == GAP:
                                age[k] = fast * (now - origin[k])
                            elif i > 0:
                                age[k] = 0.0
                            g = group[k]
                            m = multiplier[d, person, g] if g >= 0 else 1.0
                            p0, p1, p2 = parameters[d, k, 0], parameters[d, k, 1], parameters[d, k, 2]
                            since[k] = now
                            fires[k] = fire_time(
                                family[k], p0, p1, p2, m * ratio[d, s, k], fast, age[k], residual[k], now
                            )
                            if not fires[k] >= now:
                                code = NOT_A_TIME
                        state = new
                        if code != OK:
                            break

                        # --- the earliest channel, and the time until then
                        earliest, winner = math.inf, -1
                        for i in range(1, 1 + enabled[state, 0]):
                            k = enabled[state, i]
                            if fires[k] < earliest:
                                earliest, winner = fires[k], k
                        end = min(earliest, horizon)
                        after_c = discount_factor(force_c, end)
                        after_e = after_c if same_force else discount_factor(force_e, end)
                        time[d, s, b, 0, state] += end - now
                        time[d, s, b, 1, state] += discounted(force_c, before_c, after_c, end - now)
                        time[d, s, b, 2, state] += discounted(force_e, before_e, after_e, end - now)
                        while next_grid < grid_points and grid[next_grid] < end:
                            occupancy[d, s, b, next_grid, state] += 1
                            next_grid += 1
                        if earliest >= horizon:
                            break
                        events += 1
                        if events > cap:
                            code = TOO_MANY_EVENTS
                            break

                        # --- it fires: which outcome, and what it counts towards
                        now, before_c, before_e = end, after_c, after_e
                        o = outcomes[winner, 0]
                        if outcomes[winner, 1] > 1:
                            best = math.inf
                            for j in range(outcomes[winner, 0], outcomes[winner, 0] + outcomes[winner, 1]):
                                if weight[d, s, j] > 0.0:
                                    e = exponential(key, outcome_stream[j], drawn[winner] - 1) / weight[d, s, j]
                                    if e < best:
                                        best, o = e, j
                        count[d, s, b, 0, o] += 1.0
                        count[d, s, b, 1, o] += after_c
                        count[d, s, b, 2, o] += after_e
                        for i in range(1, 1 + tracked[o, 0]):
                            tracker = tracked[o, i]
                            if not (seen >> tracker) & 1:
                                seen |= 1 << tracker
                                ever[d, s, b, tracker] += 1.0
                                first[d, s, b, tracker] += now - horizon
                        new = becomes[state, o]
                        if status[4] < history.shape[0]:
                            row = status[4]
                            history[row, 0], history[row, 1], history[row, 2] = d, person, s
                            history[row, 3], history[row, 4], history[row, 5] = now, o, new
                            status[4] = row + 1
                        age[winner] = age[winner] + speed[d, s, winner] * (now - since[winner])
                        origin[winner] = now
                        live[winner] = False
                    if code != OK:
                        status[0], status[1], status[2], status[3] = code, d, person, s
                        return code
                    while next_grid < grid_points:  # a grid point at the horizon itself: the last state
                        occupancy[d, s, b, next_grid, state] += 1
                        next_grid += 1
    return OK
