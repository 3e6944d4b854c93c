"""The compiled simulator: people through competing events in continuous time, statistics out.

Semantics: each channel (person x event) holds a residual unit exponential, which its cumulative
hazard uses up; the earliest channel fires. ``check/reference.py`` says the same in readable Python and
must agree to the last bit. Loops run draw, person, strategy, so that strategies meet the same person.

The loop is cut into pieces that are written out again as one function (see ``arithmetic.written``): ``channels``
draws, arms and walks, ``tally`` counts, and here a history is led from event to event. Two kernels are made of
them: the full one, and the lean one without what most pathways have no use for (``needs_all``).

Positions are ``uint32``, because numba tests every signed index for being negative. What else was
measured, and what did not help, stands in ``benchmarks/README.md``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from threading import Lock

import numpy as np

from simulate.engine.arithmetic.compiled import piece, written
from simulate.engine.arithmetic.random_numbers import draw_key, exponential, key_of
from simulate.engine.kernel.channels import arm, change_level, disarm, lengthen, remember, walk_queue
from simulate.engine.kernel.layout import (
    KEPT,
    OK,
    RATIO,
    SPEED,
    TOO_MANY_EVENTS,
    Cohort,
    Moment,
    Output,
    Run,
    Tables,
    Who,
    Work,
)
from simulate.engine.kernel.tally import (
    count_delivered,
    count_event,
    count_last,
    count_more,
    count_present,
    count_time,
    moment,
)
from simulate.engine.kernel.weighing import count_back, weigh_delivered, weigh_event, weigh_time
from simulate.engine.laws.families import EXPONENTIAL, FIXED_TIME


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
    keep_people, bins = out.person_time.shape[2] > 0, len(t.bin_edge) > 0
    more_times, more_counts = keep_people or bins or t.stay.shape[1] > 0, keep_people or bins or len(out.history) > 0
    told_apart, weighed = bool(t.nth[:, 1].sum() > 0), len(t.weighed_age) > 0
    run = Run(
        generator=generator,
        batches=batches,
        people=people,
        cap=cap,
        nowhere=np.uint32(len(t.enabled)),
        histories=len(t.history_cap),
        by_level=len(t.level_row) > 0,
        stays=t.stay.shape[1],
        keep_people=keep_people,
        full=needs_all(t) or told_apart or more_times or more_counts or weighed,
        told_apart=told_apart,
        plain_people=c.hazard.shape[2] == 0 and c.stretch.shape[2] == 0 and len(t.history_cap) == 0,
        more_times=more_times,
        more_counts=more_counts,
        apart=out.occupancy.shape[2] == out.people.shape[1],
        grid_step=float((len(t.grid) - 1) / t.grid[-1]) if len(t.grid) > 1 else 0.0,
        weighed=weighed,
        counted_back=bool(t.weighed_last[:, 0].any()),
    )
    return int(_kernel(run.full)(t, c, _work(t, run), out, run, first_batch, last_batch))


def needs_all(t: Tables) -> bool:
    """Whether a pathway and its strategies need more of the kernel than the lean one has.

    That is: effects in time, hazards in pieces or at fixed times, clocks but the sojourn's that stop with the risk (but
    of constant hazards), histories, lengthening, ratios by level.
    """
    stopped = np.unique(t.disarm[:, 1:][np.arange(t.disarm.shape[1] - 1) < t.disarm[:, :1]])
    in_time = t.segments.max(initial=0) > 0 or t.family.max() >= FIXED_TIME
    more = len(t.history_cap) or t.lengthening.shape[1] or len(t.level_row)
    return bool(in_time or more or (t.family[stopped] != EXPONENTIAL).any())


def _work(t: Tables, run: Run) -> Work:
    """What the kernel writes on; only what it reads before it writes has values."""
    channels, variants = len(t.family), t.ratio.shape[1]
    places = channels * (run.histories + 3) + t.lengthening.shape[1]
    spells = run.cap + 1 if run.counted_back else 0
    empty = {name: np.empty(channels) for name in ("fires", "residual", "rate", "age", "since", "origin")}
    ones = ("boost", "slowed", "level_hazard", "level_pace", "own_hazard", "own_speed", "own_before")
    return Work(
        **empty,
        **{name: np.ones(channels) for name in ones},
        drawn=np.empty(channels, np.uint32),
        live=np.empty(channels, np.bool_),
        waiting=np.zeros(channels, np.bool_),
        queue=np.zeros((places, 3), np.uint32),
        kept=np.empty((channels * KEPT, 3)),
        known=np.empty(channels, np.uint32),
        happened=np.zeros(run.histories, np.int64),
        times_seen=np.zeros(len(t.nth), np.int64),
        stay_began=np.zeros(run.stays),
        been=np.empty(spells, np.uint32),
        been_from=np.empty(spells),
        numbers=np.empty((variants * channels, 6)),
        steady=np.empty(variants * channels, np.bool_),
    )


def _simulate(t: Tables, c: Cohort, w: Work, out: Output, run: Run, first_batch: int, last_batch: int) -> int:
    for d in range(c.draw_keys.shape[0]):
        force_c, force_e = t.discount[d, 0], t.discount[d, 1]
        last = moment(force_c, force_e, t.horizon)
        this_draw = draw_key(c.seed, c.draw_keys[d])
        enter_draw(t, w, d)
        for b in range(first_batch, last_batch):
            for person in range(b, run.people, run.batches):
                key = key_of(run.generator, this_draw, c.person_keys[person])
                cell = c.group[d, person] * run.batches + b
                slot = cell if run.apart else c.group[d, person]
                share = c.weight[d, person]
                out.people[d, cell] += share
                meet(t, c, w, run, d, person)
                for s in range(t.variant.shape[0]):
                    v = variant_of(t, c, d, person, s)
                    row = np.uint32(v * t.family.shape[0])
                    who = Who(d, person, s, v, row, key, cell, slot, share, force_c, force_e)
                    begin(w, run)
                    code = live(t, c, w, out, run, who, last)
                    if code != OK:
                        out.status[0], out.status[1], out.status[2], out.status[3] = code, d, person, s
                        return code
    return OK


@piece
def enter_draw(t: Tables, w: Work, d: int) -> None:
    """The numbers of a draw in one small array, and which channels take the common path."""
    channels = t.family.shape[0]
    for v in range(t.ratio.shape[1]):
        for i in range(channels):
            j = v * channels + i
            for n in range(4):
                w.numbers[j, n] = t.parameters[d, i, n]
            w.numbers[j, RATIO], w.numbers[j, SPEED] = t.ratio[d, v, i], t.speed[d, v, i]
            w.steady[j] = t.segments[d, v, i] == 0 and t.family[i] < FIXED_TIME


@piece
def meet(t: Tables, c: Cohort, w: Work, run: Run, d: int, person: int) -> None:
    """A person, before any strategy: nothing kept yet, and multipliers of their own."""
    for i in range(t.family.shape[0]):
        w.known[i] = 0
    if not run.plain_people:
        for i in range(t.family.shape[0]):
            if t.hazard_column[i] >= 0:
                w.own_hazard[i] = c.hazard[d, person, t.hazard_column[i]]
            if t.stretch_column[i] >= 0:
                w.own_speed[i] = c.stretch[d, person, t.stretch_column[i]]
            if t.before_column[i] >= 0:
                w.own_before[i] = c.stretch[d, person, t.before_column[i]]


@piece
def variant_of(t: Tables, c: Cohort, d: int, person: int, s: int) -> int:
    """The strategy's variant for what the person takes up."""
    v: int = t.variant[s]
    for i in range(t.uptake[s, 0]):
        if c.taken[d, person, t.uptake[s, 1 + i]]:
            v += 1 << i
    return v


@piece
def begin(w: Work, run: Run) -> None:
    """The person before entry under another strategy."""
    for i in range(w.drawn.shape[0]):
        w.drawn[i] = 0
        w.live[i] = False
        w.origin[i] = 0.0
    if run.full and run.histories > 0:
        w.boost[:] = 1.0
        w.happened[:] = 0
    if run.full and run.told_apart:
        w.times_seen[:] = 0


@piece
def live(t: Tables, c: Cohort, w: Work, out: Output, run: Run, who: Who, last: Moment) -> int:
    """One history, from entry to `last`, the horizon, counted as it goes; a status code."""
    state, new, winner, fired = run.nowhere, c.start[who.d, who.person], np.uint32(0), False
    now, alive = Moment(0.0, 1.0, 1.0), Moment(0.0, 1.0, 1.0)
    seen, next_grid, events, spells, outcome, step = 0, 0, 0, 0, np.uint32(0), t.entry[new]
    while True:
        code = move(t, c, w, run, who, state, new, step, winner, outcome, fired, now.time)
        if run.full:
            begin_stays(t, c, w, run, who, state, new, now.time)
        state = new
        if code != OK:
            break
        earliest, winner = first_to_fire(t, w, state, winner)
        over = earliest >= t.horizon - t.instant
        end = last if over else moment(who.force_c, who.force_e, earliest)
        count_time(t, c, out, run, who, w.stay_began, state, now, end)
        if run.full and run.weighed:
            weigh_time(t, c, out, who, state, now.time, end.time)
            if run.counted_back and not t.absorbed[state]:
                w.been[spells], w.been_from[spells] = state, now.time
                spells += 1
        next_grid = count_present(t, c, out, run, who, state, next_grid, end.time)
        if not t.absorbed[state]:
            alive = end
        if over:
            break
        events += 1
        if events > run.cap:
            code = TOO_MANY_EVENTS
            break
        fired, now = True, end
        outcome = outcome_of(t, c, w, run, who, winner, now.time)
        seen = count_event(t, out, run, who, w.times_seen, outcome, now, seen)
        if run.full and run.weighed:
            weigh_event(t, c, out, who, outcome, now.time)
        new, step = t.becomes[state, outcome], t.step[state, outcome]
        if run.full and run.more_counts:
            count_more(t, c, out, run, who, state, outcome, new, now)
        w.origin[winner] = now.time
        w.live[winner] = False
    if code == OK:
        count_last(t, c, out, who, state, next_grid)
        count_delivered(t, c, out, who, alive)
        if run.full and run.weighed:
            weigh_delivered(t, c, out, who, alive.time)
            if run.counted_back and t.absorbed[state]:
                count_back(t, c, w, out, who, spells, state, alive.time)
    return code


@piece
def move(
    t: Tables, c: Cohort, w: Work, run: Run, who: Who, state: np.uint32, new: np.uint32, step: np.uint32,
    winner: np.uint32, outcome: np.uint32, fired: bool, now: float,
) -> int:  # fmt: skip
    """From `state` to `new` by `step`: channels whose hazard or risk changes, timed or queued; a status code."""
    queued = 0
    if run.full and run.histories > 0 and fired:
        queued = remember(t, w, who.d, state, winner, outcome)
    queued = disarm(t, w, run, who, step, winner, fired, now, queued)
    code, queued = arm(t, c, w, run, who, new, step, winner, outcome, fired, now, queued)
    if run.full:
        if run.by_level:
            queued = change_level(t, w, who.d, new, queued)
        if fired:
            queued = lengthen(t, w, state, new, winner, queued)
        walked = walk_queue(t, w, who, queued, now)
        code = max(code, walked)  # either is well, or not a time
    return code


@piece
def begin_stays(
    t: Tables, c: Cohort, w: Work, run: Run, who: Who, state: np.uint32, new: np.uint32, now: float
) -> None:
    """Stays that begin with the step from `state` to `new`."""
    for j in range(run.stays):
        if t.stay[new, j] and (state == run.nowhere or not t.stay[state, j]):
            w.stay_began[j] = now - (c.elapsed[who.d, who.person] if state == run.nowhere else 0.0)


@piece
def first_to_fire(t: Tables, w: Work, state: np.uint32, winner: np.uint32) -> tuple[float, np.uint32]:
    """When the earliest channel at risk fires, and which it is; (infinite, the last one) if none ever does.

    Of channels that fire at the same moment, give or take rounding, it is the first in order.
    """
    earliest = math.inf
    for i in range(1, 1 + t.enabled[state, 0]):
        k = t.enabled[state, i]
        if w.fires[k] < earliest:
            if earliest - w.fires[k] > t.instant:
                winner = k
            earliest = w.fires[k]
    return earliest, winner


@piece
def outcome_of(t: Tables, c: Cohort, w: Work, run: Run, who: Who, winner: np.uint32, now: float) -> np.uint32:
    """Which of an event's outcomes comes: the one whose exponential, over its weight, is least."""
    outcome: np.uint32 = t.outcomes[winner, 0]
    if t.outcomes[winner, 1] > 1:
        best, q = math.inf, 0
        while q + 1 < t.weight_segments[who.d, who.v] and t.weight_start[who.d, who.v, q + 1] <= now + t.instant:
            q += 1
        for j in range(t.outcomes[winner, 0], t.outcomes[winner, 0] + t.outcomes[winner, 1]):
            relative = t.weight[who.d, who.v, q, j]
            if t.odds_column[j] >= 0:
                relative *= c.odds[who.d, who.person, t.odds_column[j]]
            if relative > 0.0:
                occurrence = np.uint32(w.drawn[winner] - 1)
                e = exponential(run.generator, who.key, t.outcome_stream[j], occurrence) / relative
                if e < best:
                    best, outcome = e, np.uint32(j)
    return outcome


def _kernel(full: bool) -> Callable[..., int]:
    """The full or the lean kernel, written out when it is first wanted, by one thread for all."""
    with _WRITING:
        return _written(full)


@cache
def _written(full: bool) -> Callable[..., int]:
    return written(_simulate, "simulate_full" if full else "simulate_lean", {"run.full": full})


_WRITING = Lock()
