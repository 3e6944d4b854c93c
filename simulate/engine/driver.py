"""Runs the kernel over draws and batches on threads, a second or so at a time, and gathers statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cache
from threading import Lock
from typing import TypeVar

import numpy as np

from parameters.arrays import Floats, axes_of
from simulate.engine.arithmetic.random_numbers import SPLITMIX
from simulate.engine.gathering import gathered
from simulate.engine.keeping.chunks import (
    WHAT,
    Chunk,
    Cut,
    Keys,
    Portion,
    fill,
    missing,
    own_missing,
    part_of,
    portion_of,
    sizes_of,
)
from simulate.engine.keeping.sealing import Arrays
from simulate.engine.keeping.workplace import Workplace
from simulate.engine.kernel.histories import simulate_batches
from simulate.engine.kernel.layout import (
    NOT_A_TIME,
    OK,
    SUMS_BY_DRAW,
    TOO_MANY_EVENTS,
    Cohort,
    Output,
    Tables,
    tables_of,
)
from simulate.engine.lower.collect import monthly_grid
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.people import Drawing, PeopleFile, make_cohort
from simulate.engine.lower.places import places_of, with_places
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import Lowered
from simulate.engine.memory import ResourceError, array_shapes, predicted_memory, refuse_too_large, zeros
from simulate.engine.progress import Progress, Told
from simulate.engine.statistics import Statistics
from simulate.engine.tasks import BATCHES, HISTORIES_A_CALL, Task, make_tasks, usable_threads, whole_draws

T = TypeVar("T")
U = TypeVar("U")
Keep = Callable[[Chunk, Arrays], None]

EVENT_CAP = 100_000
FIRST_PEOPLE = 128  # by whose histories it is told how long they are
EVENTS_A_HISTORY = 8.0  # where the people are those of a file
BY_STRATEGY = tuple(n for n, axes in axes_of(Tables).items() if axes and axes[0] == "strategy")

kernel_runs = 0  # how often the kernel was entered in this process: re-valuation must not change it


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


class _People:
    """Makes the people of a task; those of a draw that is cut into batches once, for all its tasks."""

    def __init__(self, lowered: Lowered, lookup: Lookup, drawing: Drawing):
        self._make: Callable[[slice], Cohort] = lambda draws: make_cohort(lowered, lookup, draws, drawing)
        self._one_at_a_time = Lock()
        self._last: tuple[slice, Cohort] | None = None

    def of(self, task: Task, batches: int) -> Cohort:
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
    only: Sequence[str] | None = None,
    workplace: Workplace | None = None,
) -> tuple[Statistics, Floats]:
    """Statistics of every (draw, strategy, batch), and the first `histories` event rows (see ``Output.history``).

    With `same_people` every draw meets the same people (one-way analyses, calibration); with `file`
    the people are those of the file. Bits do not depend on `threads`, nor on `chunk`, the histories of
    one kernel call, nor on which strategies are simulated: all, or `only` those. A history of more than
    `event_cap` events (EVENT_CAP unless given) is a fault. At a `workplace`, chunks that its store holds are taken from
    there, and others are put there as they are finished; those that are not this process's share are left at zero.
    Raises ``NumericalError`` with the place of the person, ``ResourceError``, ``ValueError``.
    """
    if file is not None:
        people = len(file)
    if people < 1:
        raise ValueError(f"people: {people}; need at least 1")
    if only is not None:
        lowered = of_strategies(lowered, only)
    batches = min(batches, people)
    keys = np.zeros(lowered.draws, np.uint64) if same_people else np.arange(lowered.draws, dtype=np.uint64)
    places = places_of(lowered.pathway, generator)
    lowered = with_places(lowered, places)
    drawing = Drawing(generator, seed, keys, people, file, places)
    cap = EVENT_CAP if event_cap is None else event_cap
    workers = 1 if histories else usable_threads(threads)
    fewer = "ask for fewer draws, people or threads" if workers > 1 else "ask for fewer draws or fewer people"
    refuse_too_large(predicted_memory(lowered, people, batches=batches, threads=workers), fewer)
    together = drawing.whole and whole_draws(lowered, people, chunk)
    out = empty_output(
        lowered, draws=lowered.draws, people=people, batches=batches, histories=histories, together=together
    )
    run = _Run(lowered, lookup, drawing, _People(lowered, lookup, drawing), batches, cap, out)
    told = Told.of(progress, lowered.draws, batches, people, len(lowered.names.strategies))
    told.begin()
    told.statistics = lambda draws: gathered(lowered, _view(out, draws), drawing.whole, let_go=False)
    if workplace is None or histories:
        _work_off(run, [_everything(run)], chunk, workers, told)
    else:
        _at(workplace, run, chunk, workers, told)
    return gathered(lowered, run.out, drawing.whole), run.out.history[: run.out.status[4]]


def of_strategies(lowered: Lowered, only: Sequence[str]) -> Lowered:
    """The same with the rows of these strategies alone; components stay those of all, as the people's uptake does."""
    if tuple(only) == lowered.names.strategies:
        return lowered
    rows = [lowered.names.strategies.index(s) for s in only]
    cut = {n: getattr(lowered.tables, n)[rows] for n in BY_STRATEGY}
    names = replace(lowered.names, strategies=tuple(only))
    return replace(lowered, names=names, tables=lowered.tables._replace(**cut))


def _everything(run: _Run) -> Chunk:
    return Chunk(0, run.lowered.draws, (0, run.batches))


def _work_off(
    run: _Run, chunks: Iterable[Chunk], size: int, workers: int, told: Told, keep: Keep | None = None
) -> None:
    """Simulate chunks, in calls of `size` histories; each is given to `keep` when it is finished."""
    people, batches = run.drawing.people, run.batches
    tasks = [(c, t) for c in chunks for t in make_tasks(run.lowered, people, batches, size, c.draws, c.batches)]
    left = Counter(c for c, _ in tasks)
    pool = ThreadPoolExecutor(workers)
    try:
        for done, task in _in_turn(pool, lambda x: (x[0], _work(run, x[1])), tasks, workers):
            left[done] -= 1
            if keep is not None and not left[done]:
                keep(done, dict(part_of(run.out, done, batches)))
            told.more(task.draws, task.batches)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)  # whoever interrupts waits for no call under way
        raise
    pool.shutdown()


def _at(workplace: Workplace, run: _Run, size: int, workers: int, told: Told) -> None:
    """Simulate what a workplace lacks of a run: here or elsewhere, and of its share alone."""
    store, lowered = workplace.store, run.lowered
    if not store.reads and workplace.share is None and workplace.elsewhere is None:
        return _work_off(run, [_everything(run)], size, workers, told)
    keys = Keys(lowered, run.lookup, run.drawing, run.batches, run.cap)
    cut = cache(lambda: _cut(run, workplace.at_least))

    def take(chunk: Chunk, arrays: Arrays, *, kept: bool = True) -> bool:
        fits = fill(run.out, chunk, run.batches, arrays)
        if fits:
            told.more(chunk.draws, chunk.batches, kept=kept)
        return fits

    share = workplace.share
    if share is not None and share.mine is not None:
        lacking = own_missing(keys, cut(), store, take, lambda c: share.has(workplace.met + cut().number(c)))
    else:
        lacking = missing(keys, cut, store, take)
    chunks = {c: workplace.met + cut().number(c) for c in lacking}
    if share is not None:
        chunks = {c: n for c, n in chunks.items() if share.has(n)}
    if workplace.share is not None or workplace.elsewhere is not None:
        workplace.met += cut().count(lowered.draws)
    if workplace.elsewhere is None:

        def keep(chunk: Chunk, sums: Arrays) -> None:
            store.keep(WHAT, chunk.key, sums, sizes_of(lowered, run.drawing.people, run.batches, chunk, sums))

        return _work_off(run, chunks, size, workers, told, keep)
    for portion, sums in workplace.elsewhere((portion_of(keys, c, n) for c, n in chunks.items()), told.say):
        if sums is None:
            workplace.aside.append(portion.number)
        elif not take(portion.chunk, sums, kept=False):
            raise ValueError(f"chunk {portion.chunk.key}: its sums have other shapes than were asked for")


def sums_of(portion: Portion, threads: int = 1) -> Arrays:
    """The sums of a chunk, simulated by themselves: the bits that they have in the whole run."""
    lowered, drawing, batches = portion.lowered, portion.drawing, portion.batches
    lookup = make_lookup(portion.values.__getitem__, lowered.draws)
    together = drawing.whole and whole_draws(lowered, drawing.people, HISTORIES_A_CALL)
    out = empty_output(
        lowered, draws=lowered.draws, people=drawing.people, batches=batches, histories=0, together=together
    )
    run = _Run(lowered, lookup, drawing, _People(lowered, lookup, drawing), batches, portion.cap, out)
    mine = Chunk(0, lowered.draws, portion.chunk.batches)
    try:
        _work_off(run, [mine], HISTORIES_A_CALL, threads, Told.of(None, lowered.draws, batches, drawing.people, 1))
    except NumericalError as found:
        if (place := found.place) is None:
            raise
        there = replace(place, draw=place.draw + portion.chunk.first)
        raise NumericalError(str(found).replace(str(place), str(there)), there) from found
    return {n: np.ascontiguousarray(a) for n, a in part_of(out, mine, batches).items()}


def _cut(run: _Run, at_least: int) -> Cut:
    """How a run is cut into chunks."""
    lowered, people = run.lowered, run.drawing.people
    size = sum(getattr(run.out, n).nbytes for n in SUMS_BY_DRAW) / lowered.draws
    by_batch = not whole_draws(lowered, people, HISTORIES_A_CALL)
    per_draw = people * len(lowered.names.strategies) * (1.0 + _events_a_history(run))
    cut = Cut.of(per_draw, size, run.batches, by_batch=by_batch, at_least=at_least, draws=lowered.draws)
    return replace(cut, batches=1) if lowered.collect.people and cut.batches < run.batches else cut


def _events_a_history(run: _Run) -> float:
    """Events of a history, from the first people of the first draw: by which a run is cut, wherever it is run."""
    if run.drawing.file is not None:
        return EVENTS_A_HISTORY
    drawing = replace(run.drawing, draw_keys=run.drawing.draw_keys[:1], people=min(run.drawing.people, FIRST_PEOPLE))
    first, people = slice(0, 1), drawing.people
    out = empty_output(run.lowered, draws=1, people=people, batches=1, histories=0)
    cohort = make_cohort(run.lowered, run.lookup, first, drawing)
    tables = tables_of(run.lowered.tables, first)
    simulate_batches(tables, cohort, out, drawing.generator, 0, 1, 1, people, run.cap)
    states, outcomes = (int(b) for b in run.lowered.tables.blocks[:2])
    return float(out.sums[..., states:outcomes, 0].sum()) / (people * len(run.lowered.names.strategies))


def _in_turn(pool: ThreadPoolExecutor, work: Callable[[T], U], tasks: Iterable[T], workers: int) -> Iterator[U]:
    """Results as they come, never more than two tasks a worker queued, so that an interrupt stops soon."""
    queue = iter(tasks)
    pending: set[Future[U]] = set()
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


def _work(run: _Run, task: Task) -> Task:
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
    return task


def _fault(code: int, part: Output, task: Task, run: _Run) -> NumericalError:
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


def empty_output(
    lowered: Lowered, *, draws: int, people: int, batches: int, histories: int, together: bool = False
) -> Output:
    """Sums at zero, and room for so many rows of histories; `together` where a draw is one task."""
    shapes = array_shapes(lowered, draws, people, batches, histories, together)
    arrays = {n: zeros(shape) for n, shape in shapes.items()}
    return Output(**arrays, status=np.zeros(5, dtype=np.int64))


def _view(out: Output, draws: slice) -> Output:
    """The chunk's own part of the output; the status is its own too, except where histories are kept."""
    status = out.status if len(out.history) else np.zeros(5, dtype=np.int64)
    parts = {n: getattr(out, n)[draws] for n in SUMS_BY_DRAW}
    return Output(**parts, history=out.history, status=status)


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
