"""Runs the kernel over draws and batches on threads, a second or so at a time, and gathers statistics."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np

from simulate.engine.cohort import Drawing, PeopleFile, make_cohort
from simulate.engine.generators import SPLITMIX
from simulate.engine.kernel import NOT_A_TIME, OK, TOO_MANY_EVENTS, simulate_batches
from simulate.engine.layout import Cohort, Output, Tables
from simulate.engine.memory import ResourceError, refuse_too_large
from simulate.engine.statistics import Floats, Statistics, rescaled
from simulate.engine.tables import Lookup, Lowered

BATCHES = 10
EVENT_CAP = 100_000
HISTORIES_A_CALL = 200_000  # about a second at most, so that progress and Ctrl-C work

kernel_runs = 0  # how often the kernel was entered in this process: re-valuation must not change it

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Place:
    """Whose history: all that its random numbers are a function of."""

    seed: int
    draw: int
    person: int | str  # number, or id in a file of people
    strategy: str

    def __str__(self) -> str:
        return f"seed {self.seed}, draw {self.draw}, person {self.person}, strategy {self.strategy}"


class NumericalError(RuntimeError):
    """A person whose history could not be computed; `place` says whose, so that it can be replayed."""

    def __init__(self, text: str, place: Place | None = None):
        super().__init__(text)
        self.place = place


@dataclass(frozen=True)
class _Task:
    draws: slice
    batches: tuple[int, int]


class _People:
    """Makes the people of a task; those of a draw that is cut into batches once, for all its tasks."""

    def __init__(self, lowered: Lowered, lookup: Lookup, drawing: Drawing):
        self._make: Callable[[slice], Cohort] = lambda draws: make_cohort(lowered, lookup, draws, drawing)
        self._one_at_a_time = Lock()
        self._last: tuple[slice, Cohort] | None = None

    def of(self, task: _Task, batches: int) -> Cohort:
        """The people of `task`, whose draws have so many `batches`."""
        if task.batches == (0, batches):
            return self._make(task.draws)
        with self._one_at_a_time:
            if self._last is None or self._last[0] != task.draws:
                self._last = task.draws, self._make(task.draws)
            return self._last[1]


@dataclass(frozen=True)
class _Run:
    """What every task of a run shares."""

    lowered: Lowered
    lookup: Lookup
    drawing: Drawing
    people: _People
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
    event_cap: int | None = None,
    progress: Progress | None = None,
    histories: int = 0,
    generator: int = SPLITMIX,
    file: PeopleFile | None = None,
    chunk: int = HISTORIES_A_CALL,
) -> tuple[Statistics, Floats]:
    """Statistics of every (draw, strategy, batch), and the first `histories` event rows (see ``Output.history``).

    With `same_people` every draw meets the same people (one-way analyses, calibration); with `file`
    the people are those of the file. Bits do not depend on `threads`, nor on `chunk`, the histories of
    one kernel call. A history of more than `event_cap` events (EVENT_CAP unless given) is a fault.
    Raises ``NumericalError`` with the place of the person, ``ResourceError``, ``ValueError``.
    """
    if file is not None:
        people = len(file)
    if people < 1:
        raise ValueError(f"people: {people}; need at least 1")
    batches = min(batches, people)
    keys = np.zeros(lowered.draws, np.uint64) if same_people else np.arange(lowered.draws, dtype=np.uint64)
    drawing = Drawing(generator, seed, keys, people, file)
    cap = EVENT_CAP if event_cap is None else event_cap
    workers = 1 if histories else usable_threads(threads)
    refuse_too_large(
        predicted_memory(lowered, people, batches=batches, threads=workers), "ask for fewer draws or fewer people"
    )
    together = drawing.whole and _whole_draws(lowered, people, chunk)
    out = empty_output(
        lowered, draws=lowered.draws, people=people, batches=batches, histories=histories, together=together
    )
    run = _Run(lowered, lookup, drawing, _People(lowered, lookup, drawing), batches, cap, out)
    tasks = list(_tasks(lowered, people, batches, chunk))
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        for histories_done in _in_turn(pool, lambda task: _work(run, task), tasks, workers):
            done += histories_done
            if progress is not None:
                progress(done, lowered.draws * people * len(lowered.names.strategies))
    return _statistics(lowered, run.out, drawing.whole), run.out.history[: run.out.status[4]]


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


def _whole_draws(lowered: Lowered, people: int, chunk: int) -> bool:
    """Whether a draw is never cut: it is small, or has bins, which are kept for it as a whole (no two threads add)."""
    return len(lowered.tables.bin_edge) > 0 or people * len(lowered.names.strategies) <= chunk


def _tasks(lowered: Lowered, people: int, batches: int, chunk: int) -> Iterator[_Task]:
    """Several draws each, or one batch of a draw."""
    draws, per_draw = lowered.draws, people * len(lowered.names.strategies)
    if _whole_draws(lowered, people, chunk):
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
    cohort = run.people.of(task, run.batches)
    part = _view(run.out, task.draws)
    first, last = task.batches
    written = int(part.status[4])
    code: int = simulate_batches(
        tables_of(run.lowered.tables, task.draws),
        cohort,
        part,
        run.drawing.generator,
        first,
        last,
        run.batches,
        run.drawing.people,
        run.cap,
    )
    part.history[written : part.status[4], 0] += task.draws.start  # the kernel counts draws from its first
    if code != OK:
        raise _fault(code, part, task, run)
    mine = sum(len(range(b, run.drawing.people, run.batches)) for b in range(first, last))
    rows: int = task.draws.stop - task.draws.start
    return rows * mine * len(run.lowered.names.strategies)


def _fault(code: int, part: Output, task: _Task, run: _Run) -> NumericalError:
    draw, person, s = task.draws.start + int(part.status[1]), int(part.status[2]), int(part.status[3])
    name = person if run.drawing.file is None else run.drawing.file.ids[person]
    return fault(code, run.cap, Place(run.drawing.seed, draw, name, run.lowered.names.strategies[s]))


def fault(code: int, cap: int, place: Place) -> NumericalError:
    """The kernel's status code as an error."""
    what = {
        NOT_A_TIME: "an event time is not a number",
        TOO_MANY_EVENTS: f"more than {cap:,} events in one history",
    }[code]
    return NumericalError(f"{what}: {place}", place)


# --- what comes out ---------------------------------------------------------------------------------


def _shapes(
    lowered: Lowered, draws: int, people: int, batches: int, histories: int, together: bool
) -> dict[str, tuple[int, ...]]:
    """Shapes of the sums; with `together`, occupancy, which is large, is not kept by batch."""
    names, tables, collect = lowered.names, lowered.tables, lowered.collect
    d, s, cells = draws, len(names.strategies), batches * len(names.groups)
    states, outcomes = len(names.states), len(names.outcomes)
    kept = people if collect.people else 0
    return {
        "people": (d, cells),
        "sums": (d, s, cells, int(tables.blocks[-1]), 3),
        "bands": (d, s, len(names.bands), 3, cells),
        "occupancy": (d, s, len(names.groups) * (1 if together else batches), states, len(tables.grid) + 1),
        "bin_time": (d, s, len(tables.bin_edge), 3, states),
        "bin_count": (d, s, len(tables.bin_edge), 3, outcomes),
        "person_time": (d, s, kept, 3, states),
        "person_count": (d, s, kept, 3, outcomes),
        "history": (histories, 7),
    }


def predicted_memory(
    lowered: Lowered, people: int, *, draws: int | None = None, batches: int = BATCHES, threads: int = 1
) -> int:
    """Bytes that lowering and simulating take at their peak, for `draws` draws like those of `lowered`.

    Sums and what is made of them, tables with the Python numbers they are made from, and the people of
    every kernel call under way.
    """
    rows = lowered.draws if draws is None else draws
    return (
        _sums_memory(lowered, rows, people, min(batches, people))
        + _tables_memory(lowered, rows)
        + _cohort_memory(lowered, rows, people, threads)
    )


def _sums_memory(lowered: Lowered, draws: int, people: int, batches: int) -> int:
    """Sums, and their copies when batches and subgroups are told apart."""
    groups = len(lowered.names.groups)
    shapes = _shapes(lowered, draws, people, batches, 0, _whole_draws(lowered, people, HISTORIES_A_CALL))
    sizes: dict[str, int] = {n: 8 * math.prod(shape) for n, shape in shapes.items()}
    cells = sum(sizes[n] for n in _CELLS)
    return sum(sizes.values()) + (cells if groups == 1 else cells + 2 * cells // groups)


def _tables_memory(lowered: Lowered, draws: int) -> int:
    """Tables of all draws; effects in time are Python numbers first, seven times as large."""
    sizes: dict[str, int] = {n: getattr(lowered.tables, n).nbytes for n in _BY_DRAW}
    in_time = sum(sizes[n] for n in ("segment_start", "segment_ratio", "segment_speed", "weight", "weight_start"))
    return -(-(2 * sum(sizes.values()) + 7 * in_time) * draws // lowered.draws)


def _cohort_memory(lowered: Lowered, draws: int, people: int, threads: int) -> int:
    """The people of every kernel call under way (of a draw that is cut, of it and the next), and what makes them."""
    columns, pathway = lowered.columns, lowered.pathway
    numbers = 4 + len(columns.hazard) + len(columns.stretch) + len(columns.odds)
    mine = 4 + 8 * numbers + len(lowered.names.components)
    made = 8 * (4 + len(pathway.characteristics) + len(pathway.covariates) + len(pathway.frailties))
    if not _whole_draws(lowered, people, HISTORIES_A_CALL):
        return (min(draws, threads, 2) * mine + made) * people
    at_once = min(draws, max(1, HISTORIES_A_CALL // (people * len(lowered.names.strategies))))
    return (mine + made) * at_once * people * threads


def empty_output(
    lowered: Lowered, *, draws: int, people: int, batches: int, histories: int, together: bool = False
) -> Output:
    """Sums at zero, and room for so many rows of histories; `together` where a draw is one task (see ``_shapes``)."""
    arrays = {n: np.zeros(shape) for n, shape in _shapes(lowered, draws, people, batches, histories, together).items()}
    return Output(**arrays, status=np.zeros(5, dtype=np.int64))


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


def tables_of(t: Tables, draws: slice) -> Tables:
    """The tables of some draws."""
    return t._replace(**{name: getattr(t, name)[draws] for name in _BY_DRAW})


def _statistics(lowered: Lowered, out: Output, whole: bool) -> Statistics:
    groups = lowered.names.groups
    found_there = {"occupancy": _present(out.occupancy, whole)}
    split = {n: _by_group(found_there.get(n, getattr(out, n)), n, len(groups)) for n in _CELLS}
    statistics = _named(lowered, out, {n: _over_groups(values, _CELLS[n]) for n, values in split.items()})
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
    "sums": 2,
    "bands": 4,
    "occupancy": 2,
}


def _by_group(values: Floats, name: str, groups: int) -> Floats:
    axis = _CELLS[name]
    return values.reshape(*values.shape[:axis], groups, values.shape[axis] // groups, *values.shape[axis + 1 :])


def _over_groups(values: Floats, axis: int) -> Floats:
    """The sum over groups; a view where there is one only, since these arrays are large."""
    return values.squeeze(axis) if values.shape[axis] == 1 else values.sum(axis=axis)


def _present(occupancy: Floats, whole: bool) -> Floats:
    """People at each grid point, [draw, strategy, slot, grid, state], from those who came and went if `whole`."""
    present = np.cumsum(occupancy, axis=-1) if whole else occupancy
    return np.ascontiguousarray(present[..., :-1].swapaxes(-1, -2))


def _named(lowered: Lowered, out: Output, sums: dict[str, Floats]) -> Statistics:
    n, horizon = lowered.names, lowered.tables.horizon
    people, years = sums["people"], lowered.tables.bins[0, 1]
    time, count, delivered, exposure, tracked, nth, _ = np.split(sums["sums"], lowered.tables.blocks, axis=3)
    return Statistics(
        strategies=n.strategies,
        states=tuple(dict(s) for s in n.states),
        outcomes=n.outcomes,
        trackers=n.trackers,
        people=people[0],
        horizon=horizon,
        time=_rates_first(time),
        count=_rates_first(count),
        ever=np.ascontiguousarray(tracked[..., 0]),
        first=tracked[..., 1] + horizon * people[:, None, :, None],
        occupancy=sums["occupancy"].sum(axis=2),
        grid=lowered.tables.grid,
        components=n.components,
        nth_rows=n.nth,
        band_rows=tuple(({k: list(v) for k, v in w.levels.items()}, a, b) for w, a, b in n.bands),
        ages=lowered.collect.ages,
        nth=_rates_first(nth),
        bands=np.ascontiguousarray(sums["bands"].transpose(0, 1, 4, 3, 2)),
        delivered=_rates_first(delivered),
        exposure=_rates_first(exposure),
        year_time=out.bin_time[:, :, :years],
        year_count=out.bin_count[:, :, :years],
        age_time=out.bin_time[:, :, years:],
        age_count=out.bin_count[:, :, years:],
        person_time=out.person_time,
        person_count=out.person_count,
    )


def _rates_first(block: Floats) -> Floats:
    """A block of rows [..., row, 3] as [..., 3, row], in memory too: sums over it then keep their order."""
    return np.ascontiguousarray(block.swapaxes(-1, -2))


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
    "Place",
    "ResourceError",
    "monthly_grid",
    "predicted_memory",
    "simulate",
    "usable_threads",
]
