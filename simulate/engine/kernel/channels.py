"""Channels of one person under one strategy: drawn, aged, timed and walked. Compiled pieces of the kernel.

A channel on the common path (*steady*: no effects in time, no hazard in pieces) is timed at once. The
others, and those whose hazard changes on the way, are put in a queue, so that there is one walk in the code.
"""

from __future__ import annotations

import math

import numpy as np

from simulate.engine.arithmetic.compiled import piece
from simulate.engine.arithmetic.random_numbers import exponential
from simulate.engine.kernel.layout import (
    AGE,
    ENTER,
    FIRE,
    FORWARD,
    GAP,
    KEPT,
    LEAVE,
    LENGTHEN,
    LEVEL,
    NOT_A_TIME,
    OK,
    PAUSE,
    RATIO,
    REMEMBER,
    SOJOURN,
    SPEED,
    START,
    USED,
    Cohort,
    Run,
    Tables,
    Who,
    Work,
)
from simulate.engine.kernel.walk import Law, Segments, reached_by, segment_at, spent_between, walk, walked_age
from simulate.engine.laws.families import EMPIRICAL, EXPONENTIAL, FIXED_TIME, cumulative, inverse
from simulate.engine.laws.tabulated import nearest_time


@piece
def remember(t: Tables, w: Work, d: int, state: np.uint32, winner: np.uint32, outcome: np.uint32) -> int:
    """What has happened multiplies later hazards: at once, or by the queue where the channel is at risk; its length."""
    queued = 0
    for i in range(1, 1 + t.remembered[outcome, 0]):
        h = t.remembered[outcome, i]
        if w.happened[h] < t.history_cap[h]:
            w.happened[h] += 1
            for j in range(1, 1 + t.history_channels[h, 0]):
                k = t.history_channels[h, j]
                if t.at_risk[state, k] and k != winner:
                    w.queue[queued, 0], w.queue[queued, 1], w.queue[queued, 2] = k, REMEMBER, h
                    queued += 1
                    w.waiting[k] = True
                else:
                    w.boost[k] *= t.history_ratio[d, h]
    return queued


@piece
def disarm(
    t: Tables, w: Work, run: Run, who: Who, step: np.uint32, winner: np.uint32, fired: bool, now: float, queued: int
) -> int:  # fmt: skip
    """Channels that cease to be at risk and carry what is left; the length of the queue."""
    for i in range(1, 1 + t.disarm[step, 0]):
        k = t.disarm[step, i]
        if not run.full or (w.steady[who.row + k] and t.family[k] == EXPONENTIAL and not w.waiting[k]):
            # also for the winner, whose residual is spent and never read
            w.residual[k] = max(w.residual[k] - w.rate[k] * max(now - w.since[k], 0.0), 0.0)
        elif not (fired and k == winner):
            w.queue[queued, 0], w.queue[queued, 1] = k, LEAVE
            queued += 1
    return queued


@piece
def arm(
    t: Tables, c: Cohort, w: Work, run: Run, who: Who, new: np.uint32, step: np.uint32, winner: np.uint32,
    outcome: np.uint32, fired: bool, now: float, queued: int,
) -> tuple[int, int]:  # fmt: skip
    """Channels that come to be at risk, the winner's first if it is again; a status code and the queue's length."""
    code = OK
    again = fired and t.at_risk[new, winner] and not t.restarts[outcome]
    for i in range(0 if again else 1, 1 + t.arm[step, 0]):
        k = winner if i == 0 else t.arm[step, i]
        r = who.row + k
        passed = w.age[k]
        left, n = draw(t, w, run, who, k)
        fast = w.own_speed[k]
        if run.full:
            if i > 0:
                w.slowed[k] = 1.0
                if run.by_level:
                    hold_level(t, w, who.d, k, t.level_row[new, k])
            fast *= w.slowed[k] * w.level_pace[k]
        fast *= w.numbers[r, SPEED]
        if i > 0 and t.clock[k] == SOJOURN:
            passed = w.own_before[k] * c.elapsed[who.d, who.person] if not fired else 0.0
        else:
            passed = age_by_clock(t, c, w, run, who, k, fast, now, passed)
            if run.full and i == 0 and run.by_level:  # the clock has run until now as it ran before
                hold_level(t, w, who.d, k, t.level_row[new, k])
                fast = w.own_speed[k] * (w.slowed[k] * w.level_pace[k]) * w.numbers[r, SPEED]
        w.since[k] = now
        if run.full and i == 0 and t.family[k] == EMPIRICAL and t.clock[k] != GAP:
            # rounding must not leave it short of the jump just made
            passed = nearest_time(t.piece_start, t.piece[k, 0], t.piece[k, 1], passed)
        if run.full and not w.steady[r]:
            if t.family[k] == FIXED_TIME and ((i == 0 and t.clock[k] != GAP) or (n > 0 and t.clock[k] >= START)):
                passed = math.inf  # it has come, and comes once
            w.age[k] = passed
            w.queue[queued, 0], w.queue[queued, 1] = k, ENTER
            queued += 1
            continue
        w.age[k] = passed
        at = fires_at_once(t, w, run, k, r, n, left, passed, fast, now)
        w.fires[k] = at
        if not at >= now:
            code = NOT_A_TIME
    return code, queued


@piece
def draw(t: Tables, w: Work, run: Run, who: Who, k: np.uint32) -> tuple[float, np.uint32]:
    """The unit exponential of channel `k` and its occurrence: what is left of the last, or another."""
    left, n = w.residual[k], w.drawn[k]
    if not w.live[k] or not t.carries[k]:
        w.drawn[k] = n + 1
        w.live[k] = True
        if n < w.known[k]:
            left = w.kept[k * KEPT + n, 0]
        else:
            left = exponential(run.generator, who.key, t.stream[k], n)
            if n < KEPT:
                w.kept[k * KEPT + n, 0], w.kept[k * KEPT + n, 1] = left, -1.0
                w.known[k] = n + 1
        w.residual[k] = left
    else:
        n = np.uint32(n - np.uint32(1))
    return left, n


@piece
def age_by_clock(
    t: Tables, c: Cohort, w: Work, run: Run, who: Who, k: np.uint32, fast: float, now: float, passed: float
) -> float:
    """The operational age at `now` of a channel whose clock runs on, from `passed` at its last change; years."""
    ran_from = w.since[k]
    if t.clock[k] != SOJOURN:
        ran_from = w.origin[k] if t.clock[k] == GAP else 0.0
        passed = w.own_before[k] * c.age[who.d, who.person] if t.clock[k] == AGE else 0.0
    if not run.full or t.segments[who.d, who.v, k] == 0:
        passed += fast * max(now - ran_from, 0.0)
    elif now > ran_from:
        edges, speeds = t.segment_start[who.d, who.v, t.window[k]], t.segment_speed[who.d, who.v, t.window[k]]
        passed += walked_age(edges, speeds, t.segments[who.d, who.v, k], fast, ran_from, now)
    return passed


@piece
def fires_at_once(
    t: Tables, w: Work, run: Run, k: np.uint32, r: np.uint32, n: np.uint32, left: float, passed: float, fast: float,
    now: float,
) -> float:  # fmt: skip
    """When a steady channel fires that has `left` of its exponential and operational age `passed`."""
    m = w.own_hazard[k]
    if run.full:
        m *= w.boost[k] * w.level_hazard[k]
    m *= w.numbers[r, RATIO]
    at = math.inf
    if t.family[k] == EXPONENTIAL:
        w.rate[k] = m * fast * w.numbers[r, 0]
        if w.rate[k] > 0.0:
            at = now + left / w.rate[k]
    elif not m <= 0.0:
        if m != 1.0:  # a division takes as long as four additions
            left = left / m
        if passed > 0.0:
            left += cumulative(t.family[k], w.numbers[r, 0], w.numbers[r, 1], w.numbers[r, 2], w.numbers[r, 3], passed)
        if n < KEPT and w.kept[k * KEPT + n, 1] == left:
            wait = w.kept[k * KEPT + n, 2]
        else:
            wait = inverse(t.family[k], w.numbers[r, 0], w.numbers[r, 1], w.numbers[r, 2], w.numbers[r, 3], left)
            if n < KEPT:
                w.kept[k * KEPT + n, 1], w.kept[k * KEPT + n, 2] = left, wait
        wait -= passed
        if fast != 1.0:
            wait = wait / fast
        at = now + (0.0 if wait < 0.0 else wait)  # a tiny residual can round to before now
    return at


@piece
def hold_level(t: Tables, w: Work, d: int, k: np.uint32, row: np.uint32) -> None:
    """Channel `k` goes by another row of ratios by level from now on."""
    w.level_hazard[k], w.level_pace[k] = t.level_ratio[d, row], t.level_speed[d, row]


@piece
def change_level(t: Tables, w: Work, d: int, new: np.uint32, queued: int) -> int:
    """Channels at risk before and after whose ratios by level are others in state `new` are queued; its length."""
    for i in range(1, 1 + t.enabled[new, 0]):
        k = t.enabled[new, i]
        row = t.level_row[new, k]
        if w.level_hazard[k] != t.level_ratio[d, row] or w.level_pace[k] != t.level_speed[d, row]:
            w.queue[queued, 0], w.queue[queued, 1], w.queue[queued, 2] = k, LEVEL, row
            queued += 1
    return queued


@piece
def lengthen(t: Tables, w: Work, state: np.uint32, new: np.uint32, winner: np.uint32, queued: int) -> int:
    """Stays under way that the event lengthens are queued; the length of the queue."""
    for i in range(1, 1 + t.lengthens[winner, 0]):
        j = t.lengthens[winner, i]
        k = t.lengthened[j, 0]
        if k != winner and t.at_risk[state, k] and t.at_risk[new, k]:
            w.queue[queued, 0], w.queue[queued, 1], w.queue[queued, 2] = k, LENGTHEN, j
            queued += 1
    return queued


@piece
def walk_queue(t: Tables, w: Work, who: Who, queued: int, now: float) -> int:
    """The queue: what was used until now, what changes, and when each will fire; a status code."""
    code = OK
    for q in range(queued):
        k, why, j = w.queue[q, 0], w.queue[q, 1], w.queue[q, 2]
        r = who.row + k
        w.waiting[k] = False
        law = law_of(t, w, who, k)
        segments = segments_of(t, who, k)
        for mode in range(FIRE if why == ENTER else USED, USED + 1 if why == LEAVE else FIRE + 1):
            m = w.own_hazard[k] * (w.boost[k] * w.level_hazard[k]) * w.numbers[r, RATIO]
            fast = w.own_speed[k] * (w.slowed[k] * w.level_pace[k]) * w.numbers[r, SPEED]
            walked, w.age[k] = walk(mode, law, segments, m, fast, w.age[k], w.residual[k], w.since[k], now)
            if mode == FIRE:
                if why == LENGTHEN and t.lengthened[j, 1] == FORWARD and w.residual[k] == 0.0 and w.since[k] <= now:
                    walked = now  # brought forward to this moment, also where no hazard is left to be used
                w.fires[k] = walked
                w.rate[k] = m * fast * w.numbers[r, 0]
                if not walked >= now:
                    code = NOT_A_TIME
            else:
                w.residual[k] = max(w.residual[k] - walked, 0.0)
                w.since[k] = max(w.since[k], now)
                if why == REMEMBER:
                    w.boost[k] *= t.history_ratio[who.d, j]
                elif why == LEVEL:
                    hold_level(t, w, who.d, k, j)
                elif why == LENGTHEN and t.lengthened[j, 1] == PAUSE:
                    w.since[k] += t.lengthening[who.d, j]
                elif why == LENGTHEN and t.lengthened[j, 1] == FORWARD:
                    bring_forward(w, k, law, segments, m, fast, t.lengthening[who.d, j], now)
                elif why == LENGTHEN:
                    w.slowed[k] /= t.lengthening[who.d, j]
    return code


@piece
def bring_forward(
    w: Work, k: np.uint32, law: Law, segments: Segments, m: float, fast: float, by: float, now: float
) -> None:  # fmt: skip
    """What is left to wait is `by` years less, at the pace of the moment: a pause first, then the residual."""
    rest = by - (w.since[k] - now)
    w.since[k] = max(w.since[k] - by, now)
    if rest > 0.0:
        i = segment_at(segments, now)
        h = m * segments.ratios[i] if segments.n > 0 else m
        s = fast * segments.speeds[i] if segments.n > 0 else fast
        before, reached, age = 0.0, 0.0, w.age[k]
        for end in range(2):
            before = reached
            reached = reached_by(law, age)
            if end == 0:
                age += s * rest
        spent = spent_between(law, h, s, before, reached, rest)
        w.residual[k] = max(w.residual[k] - spent, 0.0)
        if law.family == FIXED_TIME and w.age[k] <= law.p0:
            age = min(age, law.p0)
        w.age[k] = age


@piece
def law_of(t: Tables, w: Work, who: Who, k: np.uint32) -> Law:
    """The hazard of channel `k` in this draw."""
    r = who.row + k
    return Law(
        t.family[k], w.numbers[r, 0], w.numbers[r, 1], w.numbers[r, 2], w.numbers[r, 3],
        t.piece_start, t.piece_rate[who.d], t.piece_cumulative[who.d], t.piece[k, 0], t.piece[k, 1],
    )  # fmt: skip


@piece
def segments_of(t: Tables, who: Who, k: np.uint32) -> Segments:
    """The effects in time on channel `k` under this variant."""
    d, v, place = who.d, who.v, max(t.window[k], 0)
    starts, ratios, speeds = t.segment_start[d, v, place], t.segment_ratio[d, v, place], t.segment_speed[d, v, place]
    return Segments(starts, ratios, speeds, t.segments[d, v, k])
