"""Runs the kernel over draws and batches on threads, a second or so at a time, and gathers statistics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from simulate.engine.cohort import Cohort, Keys, make_cohort
from simulate.engine.kernel import NOT_A_TIME, OK, TOO_MANY_EVENTS, Output, simulate_batches
from simulate.engine.statistics import Statistics
from simulate.engine.tables import Floats, Lookup, Lowered, Tables

BATCHES = 10
EVENT_CAP = 100_000
HISTORIES_A_CALL = 200_000  # about a second at most, so that progress and Ctrl-C work

kernel_runs = 0  # how often the kernel was entered in this process: re-valuation must not change it

Progress = Callable[[int, int], None]


class NumericalError(RuntimeError):
    """A person whose history could not be computed; the message says how to replay it."""


class ResourceError(RuntimeError):
    """The run would not fit in memory."""


@dataclass(frozen=True)
class _Task:
    draws: slice
    batches: tuple[int, int]


def usable_threads(asked: int | None) -> int:
    """`asked`, or the number of processors this process may use."""
    if asked is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if asked < 1:
        raise ValueError(f"threads: {asked}; need at least 1")
    return asked


def simulate(
    lowered: Lowered,
    lookup: Lookup,
    *,
    people: int,
    seed: int,
    threads: int | None = None,
    same_people: bool = False,
    batches: int = BATCHES,
    event_cap: int = EVENT_CAP,
    progress: Progress | None = None,
    histories: int = 0,
) -> tuple[Statistics, Floats]:
    """Statistics of every (draw, strategy, batch), and the first `histories` event rows (see ``Output.history``).

    With `same_people` every draw meets the same people (one-way analyses, calibration). Bits do not
    depend on `threads`. Raises ``NumericalError`` with the replay command, ``ResourceError``, ``ValueError``.
    """
    if people < 1:
        raise ValueError(f"people: {people}; need at least 1")
    batches = min(batches, people)
    keys = np.zeros(lowered.draws, np.uint64) if same_people else np.arange(lowered.draws, dtype=np.uint64)
    out = _output(lowered, batches, histories)
    tasks = list(_tasks(lowered.draws, people, len(lowered.names.strategies), batches))
    workers = 1 if histories else usable_threads(threads)
    done = 0

    def work(task: _Task) -> int:
        cohort = make_cohort(lowered, lookup, task.draws, people, seed, keys)
        return _run(lowered, cohort, out, task, batches, people, event_cap, seed)

    with ThreadPoolExecutor(workers) as pool:
        for histories_done in _in_turn(pool, work, tasks, workers):
            done += histories_done
            if progress is not None:
                progress(done, lowered.draws * people * len(lowered.names.strategies))
    return _statistics(lowered, out, people, batches), out.history[: out.status[4]]


def _in_turn(pool: ThreadPoolExecutor, work: Callable[[_Task], int], tasks: list[_Task], workers: int) -> Iterator[int]:
    """Results as they come, never more than two tasks a worker queued, so that an interrupt stops soon."""
    queue = iter(tasks)
    pending: set[Future[int]] = set()
    while True:
        for task in queue:
            pending.add(pool.submit(work, task))
            if len(pending) >= 2 * workers:
                break
        if not pending:
            return
        finished, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in finished:
            yield future.result()


def _tasks(draws: int, people: int, strategies: int, batches: int) -> Iterator[_Task]:
    per_draw = people * strategies
    if per_draw <= HISTORIES_A_CALL:
        step = max(1, HISTORIES_A_CALL // per_draw)
        for d in range(0, draws, step):
            yield _Task(slice(d, min(d + step, draws)), (0, batches))
        return
    for d in range(draws):
        for b in range(batches):
            yield _Task(slice(d, d + 1), (b, b + 1))


def _run(
    lowered: Lowered, cohort: Cohort, out: Output, task: _Task, batches: int, people: int, cap: int, seed: int
) -> int:
    global kernel_runs
    kernel_runs += 1
    part = _view(out, task.draws)
    code: int = simulate_batches(
        _slice(lowered.tables, task.draws), cohort, part, task.batches[0], task.batches[1], batches, people, cap
    )
    if code != OK:
        raise NumericalError(_fault(code, part, task, lowered, seed, cap))
    mine = sum(len(range(b, people, batches)) for b in range(*task.batches))
    rows: int = task.draws.stop - task.draws.start
    return rows * mine * len(lowered.names.strategies)


def _fault(code: int, part: Output, task: _Task, lowered: Lowered, seed: int, cap: int) -> str:
    draw, person, s = task.draws.start + int(part.status[1]), int(part.status[2]), int(part.status[3])
    what = {
        NOT_A_TIME: "an event time is not a number",
        TOO_MANY_EVENTS: f"more than {cap:,} events in one history",
    }[code]
    strategy = lowered.names.strategies[s]
    return f"{what}: seed {seed}, draw {draw}, person {person}, strategy {strategy} (same seed and draws replay it)"


def _output(lowered: Lowered, batches: int, histories: int) -> Output:
    d, s, n = lowered.draws, len(lowered.names.strategies), lowered.names
    grid = len(lowered.tables.grid)
    shape = (d, s, batches)
    size = d * s * batches * (3 * (len(n.states) + len(n.outcomes)) + 2 * len(n.trackers) + grid * len(n.states)) * 8
    _refuse_too_large(size)
    return Output(
        time=np.zeros((*shape, 3, len(n.states))),
        counts=np.zeros((*shape, 3, len(n.outcomes))),
        ever=np.zeros((*shape, len(n.trackers))),
        first=np.zeros((*shape, len(n.trackers))),
        occupancy=np.zeros((*shape, grid, len(n.states)), dtype=np.int64),
        history=np.zeros((histories, 6)),
        status=np.zeros(5, dtype=np.int64),
    )


def _refuse_too_large(size: int) -> None:
    available = _available_memory()
    if available is not None and size > 0.8 * available:
        need, have = size / 2**30, available / 2**30
        raise ResourceError(f"this run needs about {need:.1f} GiB and {have:.1f} GiB is free; ask for fewer draws")


def _available_memory() -> int | None:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _view(out: Output, draws: slice) -> Output:
    """The chunk's own part of the output; the status is its own too, except where histories are kept."""
    status = out.status if len(out.history) else np.zeros(5, dtype=np.int64)
    return Output(
        out.time[draws], out.counts[draws], out.ever[draws], out.first[draws], out.occupancy[draws], out.history, status
    )


def _slice(t: Tables, draws: slice) -> Tables:
    return t._replace(
        parameters=t.parameters[draws],
        ratio=t.ratio[draws],
        speed=t.speed[draws],
        weight=t.weight[draws],
        discount=t.discount[draws],
    )


def _statistics(lowered: Lowered, out: Output, people: int, batches: int) -> Statistics:
    n = lowered.names
    per_batch = np.array([len(range(b, people, batches)) for b in range(batches)], dtype=np.int64)
    horizon = lowered.tables.horizon
    return Statistics(
        strategies=n.strategies,
        states=tuple(dict(s) for s in n.states),
        outcomes=n.outcomes,
        trackers=n.trackers,
        people=per_batch,
        horizon=horizon,
        time=out.time,
        count=out.counts,
        ever=out.ever,
        first=out.first + horizon * per_batch[:, None],
        occupancy=out.occupancy.sum(axis=2),
        grid=lowered.tables.grid,
    )


def monthly_grid(horizon: float) -> Floats:
    """Times in years, from entry to the horizon, about a month apart and never more than 121 of them."""
    steps = int(np.clip(round(horizon * 12), 1, 120))
    return np.linspace(0.0, horizon, steps + 1)


__all__ = ["BATCHES", "Keys", "NumericalError", "ResourceError", "monthly_grid", "simulate", "usable_threads"]
