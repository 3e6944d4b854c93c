"""The compiled simulator: people through competing events in continuous time, statistics out.

Semantics: each channel (person x event) holds a residual unit exponential, which its cumulative
hazard uses up; the earliest channel fires. ``reference.py`` says the same in readable Python and
must agree to the last bit. Loops run draw, person, strategy, so that strategies meet the same person.

``simulate_batches`` is long on purpose: every array is unpacked once and the helpers of the common
path see scalars only, because handing arrays to a function costs two atomic operations an array and
call (measured: twelve times slower). Channels with effects in time or hazards in pieces, and
hazards that change on the way, go through ``walk_fire`` and ``walk_used``, which do take arrays.
"""

from __future__ import annotations

import math

import numpy as np

from simulate.engine.families import EMPIRICAL, EXPONENTIAL, FIXED_TIME, PIECEWISE, cumulative, inverse
from simulate.engine.generators import exponential, person_key
from simulate.engine.jit import njit
from simulate.engine.layout import AGE, GAP, PAUSE, SOJOURN, START, Cohort, Floats, Ints, Output, Tables
from simulate.engine.tabulated import (
    empirical_cumulative,
    empirical_inverse,
    nearest_time,
    piecewise_cumulative,
    piecewise_inverse,
)

CACHED = 4  # occurrences of each channel's exponential kept across strategies
OK, NOT_A_TIME, TOO_MANY_EVENTS = 0, 1, 2
USED, FIRE = 0, 1  # what a walk is for
LEAVE, ENTER, REMEMBER, LENGTHEN = 0, 1, 2, 3  # why a channel is walked


# --- one channel ------------------------------------------------------------------------------------


@njit
def fire_time(
    family: int,
    p0: float,
    p1: float,
    p2: float,
    p3: float,
    hazard: float,
    speed: float,
    age: float,
    residual: float,
    now: float,
) -> float:
    """When a channel of this `hazard` multiplier and `speed`, at operational `age`, uses up its `residual`.

    For families of four parameters without effects in time; not for a fixed time.
    """
    if family == EXPONENTIAL:
        rate = hazard * speed * p0
        return now + residual / rate if rate > 0.0 else math.inf
    if hazard <= 0.0:
        return math.inf
    goal = residual / hazard
    if age > 0.0:
        goal += cumulative(family, p0, p1, p2, p3, age)
    wait = (inverse(family, p0, p1, p2, p3, goal) - age) / speed
    return now + (0.0 if wait < 0.0 else wait)  # a tiny residual can round to before now


@njit
def walk(
    mode: int,
    family: int,
    p0: float,
    p1: float,
    p2: float,
    p3: float,
    starts: Floats,
    rates: Floats,
    sums: Floats,
    first: int,
    n: int,
    edges: Floats,
    ratios: Floats,
    speeds: Floats,
    segments: int,
    hazard: float,
    speed: float,
    age: float,
    residual: float,
    start: float,
    now: float,
) -> tuple[float, float]:
    """A channel of any family from `start` on, through the `segments` of the effects in time.

    USED: the hazard used by `now` and the operational age then; nothing while paused (`start` > `now`).
    FIRE: the moment at which `residual` is used up, and the age at `start`. `hazard` and `speed`
    multiply those of the segments, and an event at the very start of a segment belongs to it. One
    call of each quantile function: they are large, and the compiler writes them out wherever they stand.
    """
    if mode == USED and now <= start:
        return 0.0, age
    i = 0
    while i + 1 < segments and edges[i + 1] <= start:
        i += 1
    t, was, used, before, entry_age, moved = start, start, 0.0, 0.0, age, False
    h, s = 0.0, 0.0
    while True:
        reached = 0.0
        if family == PIECEWISE:
            reached = piecewise_cumulative(starts, rates, sums, first, n, age)
        elif family == EMPIRICAL:
            reached = empirical_cumulative(starts, sums, first, n, age)
        elif family != EXPONENTIAL and family != FIXED_TIME and age > 0.0:
            reached = cumulative(family, p0, p1, p2, p3, age)
        if moved:  # what the segment behind has used
            spent = 0.0
            if family == EXPONENTIAL:
                spent = h * s * p0 * (t - was)
            elif family != FIXED_TIME and h > 0.0 and before != math.inf:
                spent = h * (reached - before)
            used += spent
            residual = max(residual - spent, 0.0)
            if mode == USED and t >= now:
                return used, age
        h = hazard * ratios[i] if segments > 0 else hazard
        s = speed * speeds[i] if segments > 0 else speed
        end = edges[i + 1] if i + 1 < segments else math.inf
        if mode == FIRE:
            at = math.inf
            if family == EXPONENTIAL:
                rate = h * s * p0
                if rate > 0.0:
                    at = t + residual / rate
            elif family == FIXED_TIME:
                if h > 0.0 and age <= p0:
                    at = t + (p0 - age) / s
            elif h > 0.0:
                goal = residual / h
                if age > 0.0:
                    goal += reached
                if family == PIECEWISE:
                    to = piecewise_inverse(starts, rates, sums, first, n, goal)
                elif family == EMPIRICAL:
                    to = empirical_inverse(starts, sums, first, n, goal)
                else:
                    to = inverse(family, p0, p1, p2, p3, goal)
                wait = (to - age) / s
                at = t + (0.0 if wait < 0.0 else wait)
            if not at >= end:  # also when it is not a number
                return at, entry_age
            if end == math.inf:
                return math.inf, entry_age
        else:
            end = min(end, now)
        before, was, moved = reached, t, True
        age += s * (end - t)
        t = end
        i += 1


@njit
def walked_age(edges: Floats, speeds: Floats, segments: int, speed: float, since: float, now: float) -> float:
    """Operational time that passes from `since` to `now` through the segments of an effect."""
    i = 0
    while i + 1 < segments and edges[i + 1] <= since:
        i += 1
    t: float = since
    age: float = 0.0
    while True:
        s: float = speed * speeds[i]
        end: float = edges[i + 1] if i + 1 < segments else math.inf
        age += s * (min(end, now) - t)
        if end >= now:
            return age
        t = end
        i += 1


# --- discounting and bins -----------------------------------------------------------------------


@njit
def discounted(force: float, before: float, after: float, span: float) -> float:
    """Integral of the discount factor over a span, from its values at the two ends."""
    return (before - after) / force if force != 0.0 else span


@njit
def discount_factor(force: float, time: float) -> float:
    """exp(-force x time), exactly 1 without discounting."""
    return math.exp(-force * time) if force != 0.0 else 1.0


@njit
def add_span(
    out: Floats, d: int, s: int, c: int, x: int, weight: float, fc: float, fe: float, a: float, b: float
) -> None:
    """Add the time from `a` to `b`, undiscounted and discounted at both rates, to ``out[d, s, c, :, x]``."""
    span = b - a
    out[d, s, c, 0, x] += weight * span
    out[d, s, c, 1, x] += weight * discounted(fc, discount_factor(fc, a), discount_factor(fc, b), span)
    out[d, s, c, 2, x] += weight * discounted(fe, discount_factor(fe, a), discount_factor(fe, b), span)


@njit
def add_binned(
    out: Floats,
    edges: Floats,
    d: int,
    s: int,
    x: int,
    weight: float,
    fc: float,
    fe: float,
    offset: float,
    a: float,
    b: float,
) -> None:
    """Add the time from `a` to `b` to the bins that begin at `edges` on a clock that is `offset` ahead."""
    for i in range(max(bin_of(edges, a + offset) - 1, 0), edges.shape[0]):
        low = max(a, edges[i] - offset)
        high = b if i + 1 == edges.shape[0] else min(b, edges[i + 1] - offset)
        if high > low:
            add_span(out, d, s, i, x, weight, fc, fe, low, high)
        if edges[i] - offset >= b:
            return


@njit
def bin_of(edges: Floats, at: float) -> int:
    """Position of the bin [edge, next edge) that holds `at`; -1 before the first."""
    i = -1
    while i + 1 < edges.shape[0] and edges[i + 1] <= at:
        i += 1
    return i


# --- everything ---------------------------------------------------------------------------------


@njit
def simulate_batches(
    t: Tables,
    c: Cohort,
    out: Output,
    generator: int,
    first_batch: int,
    last_batch: int,
    batches: int,
    people: int,
    cap: int,
) -> int:
    """All draws of the cohort for batches [first, last), where person p belongs to batch p mod `batches`.

    Adds to `out` in order of person, so sums do not depend on how the work was cut. Returns a status
    code; the person at fault is in ``out.status``.
    """
    family, clock, carries, stream = t.family, t.clock, t.carries, t.stream
    parameters, ratio, speed, enabled, arm, disarm = t.parameters, t.ratio, t.speed, t.enabled, t.arm, t.disarm
    segments, window, absorbed, at_risk = t.segments, t.window, t.absorbed, t.at_risk
    edges, ratios, speeds = t.segment_start, t.segment_ratio, t.segment_speed
    piece, starts, rates, sums = t.piece, t.piece_start, t.piece_rate, t.piece_cumulative
    hazard_column, stretch_column, odds_column = t.hazard_column, t.stretch_column, t.odds_column
    variant, uptake = t.variant, t.uptake
    weight, weight_segments, weight_start = t.weight, t.weight_segments, t.weight_start
    outcomes, becomes, outcome_stream, tracked = t.outcomes, t.becomes, t.outcome_stream, t.tracked
    remembered, history_channels, history_ratio, history_cap = (
        t.remembered,
        t.history_channels,
        t.history_ratio,
        t.history_cap,
    )
    lengthens, lengthened, lengthening = t.lengthens, t.lengthened, t.lengthening
    components, component_start, component_end = t.components, t.component_start, t.component_end
    discount, horizon, grid, years, ages = t.discount, t.horizon, t.grid, t.years, t.ages
    nth, stay, band, band_edge = t.nth, t.stay, t.band, t.band_edge
    draw_keys, person_keys, start, hazard_of, stretch_of, odds_of = (
        c.draw_keys,
        c.person_keys,
        c.start,
        c.hazard,
        c.stretch,
        c.odds,
    )
    people_weight, group, entry_age, elapsed, taken = c.weight, c.group, c.age, c.elapsed, c.taken
    time, counts, ever, first, occupancy = out.time, out.counts, out.ever, out.first, out.occupancy
    rows_nth, rows_band, delivered, exposure = out.nth, out.bands, out.delivered, out.exposure
    year_time, year_count, age_time, age_count = out.year_time, out.year_count, out.age_time, out.age_count
    person_time, person_count, history, status = out.person_time, out.person_count, out.history, out.status

    channels, strategies, grid_points = family.shape[0], variant.shape[0], grid.shape[0]
    histories, stays, keep_people = history_cap.shape[0], stay.shape[1], person_time.shape[2] > 0
    nowhere = enabled.shape[0]  # the state before entry, from which every channel at risk is armed
    counted = nth_rows(nth) > 0
    plain_people = hazard_of.shape[2] == 0 and stretch_of.shape[2] == 0 and histories == 0
    fires = np.empty(channels)  # time at which a channel would fire
    residual = np.empty(channels)  # unit exponential left at `since`
    age = np.empty(channels)  # operational age at `since`
    since = np.empty(channels)  # time of its last change; later than now while it is paused
    origin = np.empty(channels)  # its own last firing, for the gap clock
    drawn = np.empty(channels, np.int64)  # exponentials drawn so far
    live = np.empty(channels, np.bool_)  # whether the residual is usable
    own_hazard = np.ones(channels)  # the person's multiplier on each hazard
    own_speed = np.ones(channels)  # the person's multiplier on the speed of each clock
    boost = np.ones(channels)  # what history makes of each hazard
    slowed = np.ones(channels)  # what lengthening makes of the speed of each clock, in this spell
    waiting = np.zeros(channels, np.bool_)  # whether history has put a channel in the queue
    queue = np.zeros((channels * (histories + 2) + lengthening.shape[1], 3), np.int64)  # channel, why, which
    cache = np.empty((channels, CACHED))
    cached = np.empty(channels, np.int64)
    happened = np.zeros(histories, np.int64)
    times_seen = np.zeros(nth.shape[0], np.int64)
    stay_began = np.zeros(stays)

    for d in range(draw_keys.shape[0]):
        force_c, force_e = discount[d, 0], discount[d, 1]
        same_force = force_c == force_e
        for b in range(first_batch, last_batch):
            for person in range(b, people, batches):
                key = person_key(c.seed, draw_keys[d], person_keys[person])
                cell = group[d, person] * batches + b
                share = people_weight[d, person]
                out.people[d, cell] += share
                for k in range(channels):
                    cached[k] = 0
                if not plain_people:
                    for k in range(channels):
                        if hazard_column[k] >= 0:
                            own_hazard[k] = hazard_of[d, person, hazard_column[k]]
                        if stretch_column[k] >= 0:
                            own_speed[k] = stretch_of[d, person, stretch_column[k]]
                for s in range(strategies):
                    v = variant[s]
                    for i in range(uptake[s, 0]):
                        if taken[d, person, uptake[s, 1 + i]]:
                            v += 1 << i
                    for k in range(channels):
                        drawn[k] = 0
                        live[k] = False
                        age[k] = 0.0
                        origin[k] = 0.0
                    if histories > 0:
                        boost[:] = 1.0
                        happened[:] = 0
                    if counted:
                        times_seen[:] = 0
                    state, new, winner = nowhere, start[d, person], -1
                    now, before_c, before_e = 0.0, 1.0, 1.0
                    alive_until, alive_c, alive_e = 0.0, 1.0, 1.0
                    seen, next_grid, events, code, outcome = 0, 0, 0, OK, -1
                    while True:
                        # --- channels to be walked are put in a queue, so that there is one walk in the code
                        queued = 0
                        if histories > 0 and outcome >= 0:
                            for i in range(1, 1 + remembered[outcome, 0]):
                                h = remembered[outcome, i]
                                if happened[h] < history_cap[h]:
                                    happened[h] += 1
                                    for j in range(1, 1 + history_channels[h, 0]):
                                        k = history_channels[h, j]
                                        if at_risk[state, k] and k != winner:
                                            queue[queued, 0], queue[queued, 1], queue[queued, 2] = k, REMEMBER, h
                                            queued += 1
                                            waiting[k] = True
                                        else:
                                            boost[k] *= history_ratio[d, h]

                        # --- channels whose risk changed from `state` to `new`, the winner's first
                        still = winner >= 0
                        if state != new:
                            for i in range(1, 1 + disarm[state, new, 0]):
                                k = disarm[state, new, i]
                                if k == winner:
                                    still = False
                                elif carries[k]:
                                    if segments[d, v, k] == 0 and family[k] == EXPONENTIAL and not waiting[k]:
                                        m = own_hazard[k] * boost[k] * ratio[d, v, k]
                                        fast = own_speed[k] * slowed[k] * speed[d, v, k]
                                        used = m * fast * parameters[d, k, 0] * max(now - since[k], 0.0)
                                        residual[k] = max(residual[k] - used, 0.0)
                                    else:
                                        queue[queued, 0], queue[queued, 1] = k, LEAVE
                                        queued += 1
                        for i in range(0 if still else 1, 1 + (arm[state, new, 0] if state != new else 0)):
                            k = winner if i == 0 else arm[state, new, i]
                            if not live[k] or not carries[k]:
                                n = drawn[k]
                                drawn[k] = n + 1
                                live[k] = True
                                if n < cached[k]:
                                    residual[k] = cache[k, n]
                                else:
                                    residual[k] = exponential(generator, key, stream[k], n)
                                    if n < CACHED:
                                        cache[k, n] = residual[k]
                                        cached[k] = n + 1
                            if i > 0:
                                slowed[k] = 1.0
                            since[k] = now
                            n = segments[d, v, k]
                            fast = own_speed[k] * slowed[k] * (1.0 if n > 0 else speed[d, v, k])
                            if clock[k] == SOJOURN:
                                if i > 0:
                                    age[k] = elapsed[d, person] if state == nowhere else 0.0
                            else:
                                ran_from = origin[k] if clock[k] == GAP else 0.0
                                if n > 0:
                                    age[k] = walked_age(
                                        edges[d, v, window[k]], speeds[d, v, window[k]], n, fast, ran_from, now
                                    )
                                else:
                                    age[k] = fast * (now - ran_from)
                                if clock[k] == AGE:
                                    age[k] = entry_age[d, person] + age[k]
                            if i == 0 and family[k] == EMPIRICAL and clock[k] != GAP:
                                # rounding must not leave it short of the jump just made
                                age[k] = nearest_time(starts, piece[k, 0], piece[k, 1], age[k])
                            if n == 0 and family[k] < FIXED_TIME:
                                fires[k] = fire_time(
                                    family[k],
                                    parameters[d, k, 0],
                                    parameters[d, k, 1],
                                    parameters[d, k, 2],
                                    parameters[d, k, 3],
                                    own_hazard[k] * boost[k] * ratio[d, v, k],
                                    fast,
                                    age[k],
                                    residual[k],
                                    now,
                                )
                                if not fires[k] >= now:
                                    code = NOT_A_TIME
                            else:
                                if family[k] == FIXED_TIME and (
                                    (i == 0 and clock[k] != GAP) or (drawn[k] > 1 and clock[k] >= START)
                                ):
                                    age[k] = math.inf  # it has come, and comes once
                                queue[queued, 0], queue[queued, 1] = k, ENTER
                                queued += 1

                        # --- a stay under way that the event lengthens
                        if winner >= 0:
                            for i in range(1, 1 + lengthens[winner, 0]):
                                j = lengthens[winner, i]
                                k = lengthened[j, 0]
                                if k != winner and at_risk[state, k] and at_risk[new, k]:
                                    queue[queued, 0], queue[queued, 1], queue[queued, 2] = k, LENGTHEN, j
                                    queued += 1

                        # --- the queue: what was used until now, what changes, and when it will fire
                        for q in range(queued):
                            k, why, j = queue[q, 0], queue[q, 1], queue[q, 2]
                            waiting[k] = False
                            w, n = max(window[k], 0), segments[d, v, k]
                            for mode in range(FIRE if why == ENTER else USED, USED + 1 if why == LEAVE else FIRE + 1):
                                found, age[k] = walk(
                                    mode,
                                    family[k],
                                    parameters[d, k, 0],
                                    parameters[d, k, 1],
                                    parameters[d, k, 2],
                                    parameters[d, k, 3],
                                    starts,
                                    rates[d],
                                    sums[d],
                                    piece[k, 0],
                                    piece[k, 1],
                                    edges[d, v, w],
                                    ratios[d, v, w],
                                    speeds[d, v, w],
                                    n,
                                    own_hazard[k] * boost[k] * (1.0 if n > 0 else ratio[d, v, k]),
                                    own_speed[k] * slowed[k] * (1.0 if n > 0 else speed[d, v, k]),
                                    age[k],
                                    residual[k],
                                    since[k],
                                    now,
                                )
                                if mode == FIRE:
                                    fires[k] = found
                                    if not found >= now:
                                        code = NOT_A_TIME
                                else:
                                    residual[k] = max(residual[k] - found, 0.0)
                                    since[k] = max(since[k], now)
                                    if why == REMEMBER:
                                        boost[k] *= history_ratio[d, j]
                                    elif why == LENGTHEN and lengthened[j, 1] == PAUSE:
                                        since[k] += lengthening[d, j]
                                    elif why == LENGTHEN:
                                        slowed[k] /= lengthening[d, j]

                        # --- stays that begin
                        for j in range(stays):
                            if stay[new, j] and (state == nowhere or not stay[state, j]):
                                stay_began[j] = now
                        if absorbed[new]:
                            alive_until, alive_c, alive_e = now, before_c, before_e
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
                        span = end - now
                        span_c = discounted(force_c, before_c, after_c, span)
                        span_e = span_c if same_force else discounted(force_e, before_e, after_e, span)
                        time[d, s, cell, 0, state] += share * span
                        time[d, s, cell, 1, state] += share * span_c
                        time[d, s, cell, 2, state] += share * span_e
                        if keep_people:
                            person_time[d, s, person, 0, state] += span
                            person_time[d, s, person, 1, state] += span_c
                            person_time[d, s, person, 2, state] += span_e
                        if years.shape[0] > 0:
                            add_binned(year_time, years, d, s, state, share, force_c, force_e, 0.0, now, end)
                        if ages.shape[0] > 0:
                            offset = entry_age[d, person]
                            add_binned(age_time, ages, d, s, state, share, force_c, force_e, offset, now, end)
                        for j in range(stays):
                            if stay[state, j]:
                                add_stay(
                                    rows_band, band_edge, band[j, 0], band[j, 1], d, s, cell, share, force_c, force_e,
                                    stay_began[j], now, end,
                                )  # fmt: skip
                        while next_grid < grid_points and grid[next_grid] < end:
                            occupancy[d, s, cell, next_grid, state] += share
                            next_grid += 1
                        if not absorbed[state]:
                            alive_until, alive_c, alive_e = end, after_c, after_e
                        if earliest >= horizon:
                            break
                        events += 1
                        if events > cap:
                            code = TOO_MANY_EVENTS
                            break

                        # --- it fires: which outcome, and what it counts towards
                        now, before_c, before_e = end, after_c, after_e
                        outcome = outcomes[winner, 0]
                        if outcomes[winner, 1] > 1:
                            best, q = math.inf, 0
                            while q + 1 < weight_segments[d, v] and weight_start[d, v, q + 1] <= now:
                                q += 1
                            for j in range(outcomes[winner, 0], outcomes[winner, 0] + outcomes[winner, 1]):
                                relative = weight[d, v, q, j]
                                if odds_column[j] >= 0:
                                    relative *= odds_of[d, person, odds_column[j]]
                                if relative > 0.0:
                                    e = exponential(generator, key, outcome_stream[j], drawn[winner] - 1) / relative
                                    if e < best:
                                        best, outcome = e, j
                        counts[d, s, cell, 0, outcome] += share
                        counts[d, s, cell, 1, outcome] += share * after_c
                        counts[d, s, cell, 2, outcome] += share * after_e
                        if keep_people:
                            person_count[d, s, person, 0, outcome] += 1.0
                            person_count[d, s, person, 1, outcome] += after_c
                            person_count[d, s, person, 2, outcome] += after_e
                        if years.shape[0] > 0:
                            i = bin_of(years, now)
                            year_count[d, s, i, 0, outcome] += share
                            year_count[d, s, i, 1, outcome] += share * after_c
                            year_count[d, s, i, 2, outcome] += share * after_e
                        if ages.shape[0] > 0:
                            i = bin_of(ages, entry_age[d, person] + now)
                            if i >= 0:
                                age_count[d, s, i, 0, outcome] += share
                                age_count[d, s, i, 1, outcome] += share * after_c
                                age_count[d, s, i, 2, outcome] += share * after_e
                        for i in range(1, 1 + tracked[outcome, 0]):
                            tracker = tracked[outcome, i]
                            if not (seen >> tracker) & 1:
                                seen |= 1 << tracker
                                ever[d, s, cell, tracker] += share
                                first[d, s, cell, tracker] += share * (now - horizon)
                            if nth[tracker, 1] > 0:
                                n = times_seen[tracker]
                                times_seen[tracker] = n + 1
                                if n < nth[tracker, 1]:
                                    rows_nth[d, s, cell, 0, nth[tracker, 0] + n] += share
                                    rows_nth[d, s, cell, 1, nth[tracker, 0] + n] += share * after_c
                                    rows_nth[d, s, cell, 2, nth[tracker, 0] + n] += share * after_e
                        new = becomes[state, outcome]
                        if status[4] < history.shape[0]:
                            row = status[4]
                            history[row, 0], history[row, 1], history[row, 2], history[row, 3] = d, person, s, now
                            history[row, 4], history[row, 5], history[row, 6] = state, outcome, new
                            status[4] = row + 1
                        if segments[d, v, winner] == 0:
                            fast = own_speed[winner] * slowed[winner] * speed[d, v, winner]
                            age[winner] = age[winner] + fast * max(now - since[winner], 0.0)
                        elif now > since[winner]:
                            w = window[winner]
                            age[winner] = age[winner] + walked_age(
                                edges[d, v, w], speeds[d, v, w], segments[d, v, winner],
                                own_speed[winner] * slowed[winner], since[winner], now,
                            )  # fmt: skip
                        origin[winner] = now
                        live[winner] = False
                    if code != OK:
                        status[0], status[1], status[2], status[3] = code, d, person, s
                        return code
                    while next_grid < grid_points:  # a grid point at the horizon itself: the last state
                        occupancy[d, s, cell, next_grid, state] += share
                        next_grid += 1

                    # --- who was given what, and for how long
                    for i in range(1, 1 + components[s, 0]):
                        j = components[s, i]
                        begins, ends = component_start[d, j], min(component_end[d, j], alive_until)
                        if not taken[d, person, j] or begins > alive_until or begins >= horizon:
                            continue
                        from_c, from_e = discount_factor(force_c, begins), discount_factor(force_e, begins)
                        delivered[d, s, cell, 0, j] += share
                        delivered[d, s, cell, 1, j] += share * from_c
                        delivered[d, s, cell, 2, j] += share * from_e
                        if ends > begins:
                            until_c = alive_c if ends == alive_until else discount_factor(force_c, ends)
                            until_e = alive_e if ends == alive_until else discount_factor(force_e, ends)
                            exposure[d, s, cell, 0, j] += share * (ends - begins)
                            exposure[d, s, cell, 1, j] += share * discounted(force_c, from_c, until_c, ends - begins)
                            exposure[d, s, cell, 2, j] += share * discounted(force_e, from_e, until_e, ends - begins)
    return OK


@njit
def nth_rows(nth: Ints) -> int:
    """How many rows of n-th occurrences are kept."""
    total = 0
    for i in range(nth.shape[0]):
        total += nth[i, 1]
    return total


@njit
def add_stay(
    out: Floats,
    edges: Floats,
    first: int,
    n: int,
    d: int,
    s: int,
    c: int,
    weight: float,
    fc: float,
    fe: float,
    began: float,
    a: float,
    b: float,
) -> None:
    """Add the time from `a` to `b` of a stay that began at `began` to its `n` bands, from row `first` on."""
    for i in range(first, first + n):
        low = max(a, began + edges[i])
        high = b if i + 1 == first + n else min(b, began + edges[i + 1])
        if high > low:
            add_span(out, d, s, c, i, weight, fc, fe, low, high)
