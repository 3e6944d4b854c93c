"""Runs the kernel over draws and batches on threads, a second or so at a time, and gathers statistics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simulate.engine.cohort import Drawing, PeopleFile, make_cohort
from simulate.engine.generators import SPLITMIX
from simulate.engine.kernel import NOT_A_TIME, OK, TOO_MANY_EVENTS, simulate_batches
from simulate.engine.layout import Cohort, Output, Tables
from simulate.engine.statistics import Floats, Statistics, rescaled
from simulate.engine.tables import Lookup, Lowered

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


@dataclass(frozen=True)
class _Run:
    """What every task of a run shares."""

    lowered: Lowered
    lookup: Lookup
    drawing: Drawing
    batches: int
    cap: int
    out: Output


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
    generator: int = SPLITMIX,
    file: PeopleFile | None = None,
    chunk: int = HISTORIES_A_CALL,
) -> tuple[Statistics, Floats]:
    """Statistics of every (draw, strategy, batch), and the first `histories` event rows (see ``Output.history``).

    With `same_people` every draw meets the same people (one-way analyses, calibration); with `file`
    the people are those of the file. Bits do not depend on `threads`, nor on `chunk`, the histories of
    one kernel call. Raises ``NumericalError`` with the replay command, ``ResourceError``, ``ValueError``.
    """
    if file is not None:
        people = len(file)
    if people < 1:
        raise ValueError(f"people: {people}; need at least 1")
    batches = min(batches, people)
    keys = np.zeros(lowered.draws, np.uint64) if same_people else np.arange(lowered.draws, dtype=np.uint64)
    drawing = Drawing(generator, seed, keys, people, file)
    run = _Run(lowered, lookup, drawing, batches, event_cap, _output(lowered, people, batches, histories))
    strategies = len(lowered.names.strategies)
    tasks = list(_tasks(lowered.draws, people, strategies, batches, chunk))
    workers = 1 if histories else usable_threads(threads)
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        for histories_done in _in_turn(pool, lambda task: _work(run, task), tasks, workers):
            done += histories_done
            if progress is not None:
                progress(done, lowered.draws * people * strategies)
    return _statistics(lowered, run.out, batches), run.out.history[: run.out.status[4]]


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


def _tasks(draws: int, people: int, strategies: int, batches: int, chunk: int) -> Iterator[_Task]:
    per_draw = people * strategies
    if per_draw <= chunk:
        step = max(1, chunk // per_draw)
        for d in range(0, draws, step):
            yield _Task(slice(d, min(d + step, draws)), (0, batches))
        return
    for d in range(draws):
        for b in range(batches):
            yield _Task(slice(d, d + 1), (b, b + 1))


def _work(run: _Run, task: _Task) -> int:
    global kernel_runs
    kernel_runs += 1
    cohort = make_cohort(run.lowered, run.lookup, task.draws, run.drawing)
    part = _view(run.out, task.draws)
    first, last = task.batches
    code: int = simulate_batches(
        _slice(run.lowered.tables, task.draws),
        cohort,
        part,
        run.drawing.generator,
        first,
        last,
        run.batches,
        run.drawing.people,
        run.cap,
    )
    if code != OK:
        raise NumericalError(_fault(code, part, task, run))
    mine = sum(len(range(b, run.drawing.people, run.batches)) for b in range(first, last))
    rows: int = task.draws.stop - task.draws.start
    return rows * mine * len(run.lowered.names.strategies)


def _fault(code: int, part: Output, task: _Task, run: _Run) -> str:
    draw, person, s = task.draws.start + int(part.status[1]), int(part.status[2]), int(part.status[3])
    what = {
        NOT_A_TIME: "an event time is not a number",
        TOO_MANY_EVENTS: f"more than {run.cap:,} events in one history",
    }[code]
    strategy = run.lowered.names.strategies[s]
    where = f"seed {run.drawing.seed}, draw {draw}, person {person}, strategy {strategy}"
    return f"{what}: {where}; replay: recovery-cea trace ID --seed {run.drawing.seed} --draw {draw} --person {person}"


# --- what comes out ---------------------------------------------------------------------------------


def _shapes(lowered: Lowered, people: int, batches: int, histories: int) -> dict[str, tuple[int, ...]]:
    names, tables, collect = lowered.names, lowered.tables, lowered.collect
    d, s, cells = lowered.draws, len(names.strategies), batches * len(names.groups)
    states, outcomes = len(names.states), len(names.outcomes)
    kept = people if collect.people else 0
    return {
        "people": (d, cells),
        "time": (d, s, cells, 3, states),
        "counts": (d, s, cells, 3, outcomes),
        "ever": (d, s, cells, len(names.trackers)),
        "first": (d, s, cells, len(names.trackers)),
        "nth": (d, s, cells, 3, len(names.nth)),
        "bands": (d, s, cells, 3, len(names.bands)),
        "delivered": (d, s, cells, 3, len(names.components)),
        "exposure": (d, s, cells, 3, len(names.components)),
        "occupancy": (d, s, cells, len(tables.grid), states),
        "year_time": (d, s, len(tables.years), 3, states),
        "year_count": (d, s, len(tables.years), 3, outcomes),
        "age_time": (d, s, len(tables.ages), 3, states),
        "age_count": (d, s, len(tables.ages), 3, outcomes),
        "person_time": (d, s, kept, 3, states),
        "person_count": (d, s, kept, 3, outcomes),
        "history": (histories, 7),
    }


def predicted_memory(lowered: Lowered, people: int, batches: int = BATCHES) -> int:
    """Bytes that the sums of a run take."""
    return sum(int(np.prod(shape)) * 8 for shape in _shapes(lowered, people, batches, 0).values())


def _output(lowered: Lowered, people: int, batches: int, histories: int) -> Output:
    _refuse_too_large(predicted_memory(lowered, people, batches))
    arrays = {name: np.zeros(shape) for name, shape in _shapes(lowered, people, batches, histories).items()}
    return Output(**arrays, status=np.zeros(5, dtype=np.int64))


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
    parts = {n: getattr(out, n)[draws] for n in Output._fields if n not in ("history", "status")}
    return Output(**parts, history=out.history, status=status)


_BY_DRAW = (
    "parameters",
    "piece_rate",
    "piece_cumulative",
    "ratio",
    "speed",
    "segments",
    "segment_start",
    "segment_ratio",
    "segment_speed",
    "weight",
    "weight_segments",
    "weight_start",
    "history_ratio",
    "lengthening",
    "component_start",
    "component_end",
    "discount",
)


def _slice(t: Tables, draws: slice) -> Tables:
    return t._replace(**{name: getattr(t, name)[draws] for name in _BY_DRAW})


def _statistics(lowered: Lowered, out: Output, batches: int) -> Statistics:
    groups = lowered.names.groups
    split = {n: _by_group(getattr(out, n), n, len(groups), batches) for n in _CELLS}
    whole = {n: values.sum(axis=_CELLS[n]) for n, values in split.items()}
    statistics = _named(lowered, out, whole)
    if len(groups) == 1:
        return statistics
    found = {}
    for g, level in enumerate(groups):
        mine = {n: np.take(values, g, axis=_CELLS[n]) for n, values in split.items()}
        people = mine["people"]
        part = _named(lowered, out, {**mine, "people": people})
        empty = (people.sum(axis=1) <= 0).any()
        if not empty:
            found[level] = rescaled(_without_bins(part), people)
    return replace(statistics, subgroups=found)


# Arrays with an axis of cells, and where it is.
_CELLS = {
    "people": 1,
    "time": 2,
    "counts": 2,
    "ever": 2,
    "first": 2,
    "nth": 2,
    "bands": 2,
    "delivered": 2,
    "exposure": 2,
    "occupancy": 2,
}


def _by_group(values: Floats, name: str, groups: int, batches: int) -> Floats:
    axis = _CELLS[name]
    return values.reshape(*values.shape[:axis], groups, batches, *values.shape[axis + 1 :])


def _named(lowered: Lowered, out: Output, sums: dict[str, Floats]) -> Statistics:
    n, horizon = lowered.names, lowered.tables.horizon
    people = sums["people"]
    return Statistics(
        strategies=n.strategies,
        states=tuple(dict(s) for s in n.states),
        outcomes=n.outcomes,
        trackers=n.trackers,
        people=people[0],
        horizon=horizon,
        time=sums["time"],
        count=sums["counts"],
        ever=sums["ever"],
        first=sums["first"] + horizon * people[:, None, :, None],
        occupancy=sums["occupancy"].sum(axis=2),
        grid=lowered.tables.grid,
        components=n.components,
        nth_rows=n.nth,
        band_rows=tuple(({k: list(v) for k, v in w.levels.items()}, a, b) for w, a, b in n.bands),
        ages=lowered.collect.ages,
        nth=sums["nth"],
        bands=sums["bands"],
        delivered=sums["delivered"],
        exposure=sums["exposure"],
        year_time=out.year_time,
        year_count=out.year_count,
        age_time=out.age_time,
        age_count=out.age_count,
        person_time=out.person_time,
        person_count=out.person_count,
    )


def _without_bins(s: Statistics) -> Statistics:
    """A subgroup's statistics: bins and totals of persons are told for everybody only."""
    none: dict[str, Any] = dict.fromkeys(_UNBATCHED, np.zeros(0))
    return replace(s, **none)


_UNBATCHED = ("year_time", "year_count", "age_time", "age_count", "person_time", "person_count")


def monthly_grid(horizon: float) -> Floats:
    """Times in years, from entry to the horizon, about a month apart and never more than 121 of them."""
    steps = int(np.clip(round(horizon * 12), 1, 120))
    return np.linspace(0.0, horizon, steps + 1)


__all__ = [
    "BATCHES",
    "Cohort",
    "NumericalError",
    "ResourceError",
    "monthly_grid",
    "predicted_memory",
    "simulate",
    "usable_threads",
]
