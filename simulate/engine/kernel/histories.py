"""The compiled simulator: people through competing events in continuous time, statistics out.

Semantics: each channel (person x event) holds a residual unit exponential, which its cumulative
hazard uses up; the earliest channel fires. ``reference.py`` says the same in readable Python and
must agree to the last bit. Loops run draw, person, strategy, so that strategies meet the same person.

``simulate_batches`` is long on purpose: every array is unpacked once and the helpers of the common
path see scalars only, because handing arrays to a function costs two atomic operations an array and
call (measured: twelve times slower). Channels with effects in time or hazards in pieces, and
hazards that change on the way, go through ``walk``, which does take arrays.

Positions are ``uint32``, because numba tests every signed index for being negative. What else was
measured, and what did not help, stands in ``benchmarks/README.md``.
"""

from __future__ import annotations

import math

import numpy as np

from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.random_numbers import absorb, draw_key, exponential
from simulate.engine.kernel.layout import (
    AGE,
    ENTER,
    FIRE,
    GAP,
    KEPT,
    LEAVE,
    LENGTHEN,
    NOT_A_TIME,
    OK,
    PAUSE,
    RATIO,
    REMEMBER,
    SOJOURN,
    SPEED,
    START,
    TOO_MANY_EVENTS,
    USED,
    Cohort,
    Output,
    Tables,
)
from simulate.engine.kernel.tally import add, add_binned, bin_of, discount_factor, discounted, grid_before, nth_rows
from simulate.engine.kernel.walk import walk, walked_age
from simulate.engine.laws.families import EMPIRICAL, EXPONENTIAL, FIXED_TIME, cumulative, inverse
from simulate.engine.laws.tabulated import nearest_time


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
    discount, horizon, grid, bins, bin_edge = t.discount, t.horizon, t.grid, t.bins, t.bin_edge
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
    tally, rows_band, occupancy = out.sums, out.bands, out.occupancy
    bin_time, bin_count, person_time, person_count = out.bin_time, out.bin_count, out.person_time, out.person_count
    history, status = out.history, out.status

    channels, strategies, grid_points = family.shape[0], variant.shape[0], grid.shape[0]
    histories, stays, keep_people = history_cap.shape[0], stay.shape[1], person_time.shape[2] > 0
    nowhere = np.uint32(enabled.shape[0])  # the state before entry, from which every channel at risk is armed
    told_apart = nth_rows(nth) > 0
    plain_people = hazard_of.shape[2] == 0 and stretch_of.shape[2] == 0 and histories == 0
    more_times = keep_people or bin_edge.shape[0] > 0 or stays > 0
    more_counts = keep_people or bin_edge.shape[0] > 0 or history.shape[0] > 0
    fires = np.empty(channels)  # time at which a channel would fire
    residual = np.empty(channels)  # unit exponential left at `since`
    rate = np.empty(channels)  # hazard per year, if constant
    age = np.empty(channels)  # operational age at `since`
    since = np.empty(channels)  # time of its last change; later than now while it is paused
    origin = np.empty(channels)  # its own last firing, for the gap clock
    drawn = np.empty(channels, np.uint32)  # exponentials drawn so far
    live = np.empty(channels, np.bool_)  # whether the residual is usable
    own_hazard = np.ones(channels)  # the person's multiplier on each hazard
    own_speed = np.ones(channels)  # the person's multiplier on the speed of each clock
    boost = np.ones(channels)  # what history makes of each hazard
    slowed = np.ones(channels)  # what lengthening makes of the speed of each clock, in this spell
    waiting = np.zeros(channels, np.bool_)  # whether history has put a channel in the queue
    queue = np.zeros((channels * (histories + 2) + lengthening.shape[1], 3), np.uint32)  # channel, why, which
    kept = np.empty(
        (channels * KEPT, 3)
    )  # (channel, occurrence): exponential, last cumulative hazard inverted, its age
    known = np.empty(channels, np.uint32)  # exponentials kept so far
    happened = np.zeros(histories, np.int64)
    times_seen = np.zeros(nth.shape[0], np.int64)
    stay_began = np.zeros(stays)
    numbers = np.empty((ratio.shape[1] * channels, 6))  # (variant, channel): the draw's parameters, ratio and speed
    steady = np.empty(ratio.shape[1] * channels, np.bool_)  # neither effects in time nor hazard in pieces
    outcome_row, given_row, exposure_row = t.blocks[0], t.blocks[1], t.blocks[2]
    tracker_row, nth_row = t.blocks[3], t.blocks[4]
    apart = occupancy.shape[2] == out.people.shape[1]  # batches are told apart in occupancy
    grid_step = (grid_points - 1) / grid[grid_points - 1] if grid_points > 1 else 0.0

    for d in range(draw_keys.shape[0]):
        force_c, force_e = discount[d, 0], discount[d, 1]
        same_force = force_c == force_e
        horizon_c, horizon_e = discount_factor(force_c, horizon), discount_factor(force_e, horizon)
        this_draw = draw_key(c.seed, draw_keys[d])
        for v in range(ratio.shape[1]):
            for i in range(channels):
                j = v * channels + i
                for n in range(4):
                    numbers[j, n] = parameters[d, i, n]
                numbers[j, RATIO], numbers[j, SPEED] = ratio[d, v, i], speed[d, v, i]
                steady[j] = segments[d, v, i] == 0 and family[i] < FIXED_TIME
        for b in range(first_batch, last_batch):
            for person in range(b, people, batches):
                key = absorb(this_draw, person_keys[person])
                cell = group[d, person] * batches + b
                slot = cell if apart else group[d, person]
                share = people_weight[d, person]
                out.people[d, cell] += share
                for i in range(channels):
                    known[i] = 0
                if not plain_people:
                    for i in range(channels):
                        if hazard_column[i] >= 0:
                            own_hazard[i] = hazard_of[d, person, hazard_column[i]]
                        if stretch_column[i] >= 0:
                            own_speed[i] = stretch_of[d, person, stretch_column[i]]
                for s in range(strategies):
                    v = variant[s]
                    for i in range(uptake[s, 0]):
                        if taken[d, person, uptake[s, 1 + i]]:
                            v += 1 << i
                    row = np.uint32(v * channels)
                    for i in range(channels):
                        drawn[i] = 0
                        live[i] = False
                        origin[i] = 0.0
                    if histories > 0:
                        boost[:] = 1.0
                        happened[:] = 0
                    if told_apart:
                        times_seen[:] = 0
                    state, new, winner, fired = nowhere, start[d, person], np.uint32(0), False
                    now, before_c, before_e = 0.0, 1.0, 1.0
                    alive_until, alive_c, alive_e = 0.0, 1.0, 1.0
                    seen, next_grid, events, code, outcome = 0, 0, 0, OK, np.uint32(0)
                    while True:
                        # --- channels to be walked are put in a queue, so that there is one walk in the code
                        queued = 0
                        if histories > 0 and fired:
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
                        if state != new:
                            for i in range(1, 1 + disarm[state, new, 0]):
                                k = disarm[state, new, i]
                                if steady[row + k] and family[k] == EXPONENTIAL and not waiting[k]:
                                    # also for the winner, whose residual is spent and never read
                                    residual[k] = max(residual[k] - rate[k] * max(now - since[k], 0.0), 0.0)
                                elif not (fired and k == winner):
                                    queue[queued, 0], queue[queued, 1] = k, LEAVE
                                    queued += 1
                        still = fired and at_risk[new, winner]
                        for i in range(0 if still else 1, 1 + (arm[state, new, 0] if state != new else 0)):
                            k = winner if i == 0 else arm[state, new, i]
                            r = row + k
                            left, passed, n = residual[k], age[k], drawn[k]
                            if not live[k] or not carries[k]:
                                drawn[k] = n + 1
                                live[k] = True
                                if n < known[k]:
                                    left = kept[k * KEPT + n, 0]
                                else:
                                    left = exponential(generator, key, stream[k], n)
                                    if n < KEPT:
                                        kept[k * KEPT + n, 0], kept[k * KEPT + n, 1] = left, -1.0
                                        known[k] = n + 1
                                residual[k] = left
                            else:
                                n = n - np.uint32(1)
                            if i > 0:
                                slowed[k] = 1.0
                            fast = own_speed[k] * slowed[k] * numbers[r, SPEED]
                            if i > 0 and clock[k] == SOJOURN:
                                passed = elapsed[d, person] if state == nowhere else 0.0
                            else:
                                ran_from = since[k]
                                if clock[k] != SOJOURN:
                                    ran_from = origin[k] if clock[k] == GAP else 0.0
                                    passed = entry_age[d, person] if clock[k] == AGE else 0.0
                                if segments[d, v, k] == 0:
                                    passed += fast * max(now - ran_from, 0.0)
                                elif now > ran_from:
                                    passed += walked_age(
                                        edges[d, v, window[k]], speeds[d, v, window[k]], segments[d, v, k],
                                        fast, ran_from, now,
                                    )  # fmt: skip
                            since[k] = now
                            if i == 0 and family[k] == EMPIRICAL and clock[k] != GAP:
                                # rounding must not leave it short of the jump just made
                                passed = nearest_time(starts, piece[k, 0], piece[k, 1], passed)
                            if not steady[r]:
                                if family[k] == FIXED_TIME and (
                                    (i == 0 and clock[k] != GAP) or (n > 0 and clock[k] >= START)
                                ):
                                    passed = math.inf  # it has come, and comes once
                                age[k] = passed
                                queue[queued, 0], queue[queued, 1] = k, ENTER
                                queued += 1
                                continue
                            age[k] = passed
                            m = own_hazard[k] * boost[k] * numbers[r, RATIO]
                            at = math.inf
                            if family[k] == EXPONENTIAL:
                                rate[k] = m * fast * numbers[r, 0]
                                if rate[k] > 0.0:
                                    at = now + left / rate[k]
                            elif not m <= 0.0:
                                if m != 1.0:  # a division takes as long as four additions
                                    left = left / m
                                if passed > 0.0:
                                    left += cumulative(
                                        family[k], numbers[r, 0], numbers[r, 1], numbers[r, 2], numbers[r, 3], passed
                                    )
                                if n < KEPT and kept[k * KEPT + n, 1] == left:
                                    wait = kept[k * KEPT + n, 2]
                                else:
                                    wait = inverse(
                                        family[k], numbers[r, 0], numbers[r, 1], numbers[r, 2], numbers[r, 3], left
                                    )
                                    if n < KEPT:
                                        kept[k * KEPT + n, 1], kept[k * KEPT + n, 2] = left, wait
                                wait -= passed
                                if fast != 1.0:
                                    wait = wait / fast
                                at = now + (0.0 if wait < 0.0 else wait)  # a tiny residual can round to before now
                            fires[k] = at
                            if not at >= now:
                                code = NOT_A_TIME

                        # --- a stay under way that the event lengthens
                        if fired:
                            for i in range(1, 1 + lengthens[winner, 0]):
                                j = lengthens[winner, i]
                                k = lengthened[j, 0]
                                if k != winner and at_risk[state, k] and at_risk[new, k]:
                                    queue[queued, 0], queue[queued, 1], queue[queued, 2] = k, LENGTHEN, j
                                    queued += 1

                        # --- the queue: what was used until now, what changes, and when it will fire
                        for q in range(queued):
                            k, why, j = queue[q, 0], queue[q, 1], queue[q, 2]
                            r = row + k
                            waiting[k] = False
                            w = max(window[k], 0)
                            for mode in range(FIRE if why == ENTER else USED, USED + 1 if why == LEAVE else FIRE + 1):
                                m = own_hazard[k] * boost[k] * numbers[r, RATIO]
                                fast = own_speed[k] * slowed[k] * numbers[r, SPEED]
                                found, age[k] = walk(
                                    mode,
                                    family[k],
                                    numbers[r, 0],
                                    numbers[r, 1],
                                    numbers[r, 2],
                                    numbers[r, 3],
                                    starts,
                                    rates[d],
                                    sums[d],
                                    piece[k, 0],
                                    piece[k, 1],
                                    edges[d, v, w],
                                    ratios[d, v, w],
                                    speeds[d, v, w],
                                    segments[d, v, k],
                                    m,
                                    fast,
                                    age[k],
                                    residual[k],
                                    since[k],
                                    now,
                                )
                                if mode == FIRE:
                                    fires[k] = found
                                    rate[k] = m * fast * numbers[r, 0]
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
                                stay_began[j] = now - (elapsed[d, person] if state == nowhere else 0.0)
                        state = new
                        if code != OK:
                            break

                        # --- the earliest channel, and the time until then
                        earliest = math.inf
                        for i in range(1, 1 + enabled[state, 0]):
                            k = enabled[state, i]
                            if fires[k] < earliest:
                                earliest, winner = fires[k], k
                        if earliest < horizon:
                            end = earliest
                            after_c = discount_factor(force_c, end)
                            after_e = after_c if same_force else discount_factor(force_e, end)
                        else:
                            end, after_c, after_e = horizon, horizon_c, horizon_e
                        span = end - now
                        span_c = discounted(force_c, before_c, after_c, span)
                        span_e = span_c if same_force else discounted(force_e, before_e, after_e, span)
                        tally[d, s, cell, state, 0] += share * span
                        tally[d, s, cell, state, 1] += share * span_c
                        tally[d, s, cell, state, 2] += share * span_e
                        if more_times:
                            if keep_people:
                                add(person_time, d, s, person, state, span, span_c, span_e)
                            for j in range(2):
                                ahead = entry_age[d, person] if j == 1 else 0.0
                                add_binned(
                                    bin_time, bin_edge, bins[j, 0], bins[j, 1], d, s, state, share, force_c, force_e,
                                    ahead, now, end,
                                )  # fmt: skip
                            for j in range(stays):
                                if stay[state, j]:
                                    add_binned(
                                        rows_band, band_edge, band[j, 0], band[j, 1], d, s, cell, share, force_c,
                                        force_e, -stay_began[j], now, end,
                                    )  # fmt: skip
                        until = grid_before(grid, next_grid, end, grid_step)
                        if c.whole:
                            occupancy[d, s, slot, state, next_grid] += share
                            occupancy[d, s, slot, state, until] -= share
                        else:
                            for i in range(next_grid, until):
                                occupancy[d, s, slot, state, i] += share
                        next_grid = until
                        if not absorbed[state]:
                            alive_until, alive_c, alive_e = end, after_c, after_e
                        if earliest >= horizon:
                            break
                        events += 1
                        if events > cap:
                            code = TOO_MANY_EVENTS
                            break

                        # --- it fires: which outcome, and what it counts towards
                        fired, now, before_c, before_e = True, end, after_c, after_e
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
                                    e = (
                                        exponential(generator, key, outcome_stream[j], np.uint32(drawn[winner] - 1))
                                        / relative
                                    )
                                    if e < best:
                                        best, outcome = e, np.uint32(j)
                        tally[d, s, cell, outcome_row + outcome, 0] += share
                        tally[d, s, cell, outcome_row + outcome, 1] += share * after_c
                        tally[d, s, cell, outcome_row + outcome, 2] += share * after_e
                        for i in range(1, 1 + tracked[outcome, 0]):
                            tracker = tracked[outcome, i]
                            if not (seen >> tracker) & 1:
                                seen |= 1 << tracker
                                tally[d, s, cell, tracker_row + tracker, 0] += share
                                tally[d, s, cell, tracker_row + tracker, 1] += share * (now - horizon)
                            if told_apart and nth[tracker, 1] > 0:
                                n = times_seen[tracker]
                                times_seen[tracker] = n + 1
                                if n < nth[tracker, 1]:
                                    q = nth_row + nth[tracker, 0] + n
                                    tally[d, s, cell, q, 0] += share
                                    tally[d, s, cell, q, 1] += share * after_c
                                    tally[d, s, cell, q, 2] += share * after_e
                        new = becomes[state, outcome]
                        if more_counts:
                            if keep_people:
                                add(person_count, d, s, person, outcome, 1.0, after_c, after_e)
                            for j in range(2):
                                ahead = entry_age[d, person] if j == 1 else 0.0
                                i = bin_of(bin_edge, bins[j, 0], bins[j, 1], now + ahead)
                                if i >= bins[j, 0]:
                                    add(bin_count, d, s, i, outcome, share, share * after_c, share * after_e)
                            if status[4] < history.shape[0]:
                                i = status[4]
                                history[i, 0], history[i, 1], history[i, 2], history[i, 3] = d, person, s, now
                                history[i, 4], history[i, 5], history[i, 6] = state, outcome, new
                                status[4] = i + 1
                        origin[winner] = now
                        live[winner] = False
                    if code != OK:
                        status[0], status[1], status[2], status[3] = code, d, person, s
                        return code
                    # a grid point at the horizon itself: the last state
                    if c.whole:
                        occupancy[d, s, slot, state, next_grid] += share
                    else:
                        for i in range(next_grid, grid_points):
                            occupancy[d, s, slot, state, i] += share

                    # --- who was given what, and for how long
                    for i in range(1, 1 + components[s, 0]):
                        j = components[s, i]
                        begins, ends = component_start[d, j], min(component_end[d, j], alive_until)
                        if not taken[d, person, j] or begins > alive_until or begins >= horizon:
                            continue
                        from_c, from_e = 1.0, 1.0
                        if begins > 0.0:
                            from_c, from_e = discount_factor(force_c, begins), discount_factor(force_e, begins)
                        tally[d, s, cell, given_row + j, 0] += share
                        tally[d, s, cell, given_row + j, 1] += share * from_c
                        tally[d, s, cell, given_row + j, 2] += share * from_e
                        if ends > begins:
                            until_c = alive_c if ends == alive_until else discount_factor(force_c, ends)
                            until_e = alive_e if ends == alive_until else discount_factor(force_e, ends)
                            tally[d, s, cell, exposure_row + j, 0] += share * (ends - begins)
                            tally[d, s, cell, exposure_row + j, 1] += share * discounted(
                                force_c, from_c, until_c, ends - begins
                            )
                            tally[d, s, cell, exposure_row + j, 2] += share * discounted(
                                force_e, from_e, until_e, ends - begins
                            )
    return OK
