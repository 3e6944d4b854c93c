"""How much memory is free, so that a run that cannot fit is refused before anything is allocated."""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from parameters.arrays import Floats
from simulate.engine.kernel.layout import BY_DRAW, CELLS
from simulate.engine.lower.tables import Lowered
from simulate.engine.lower.weighed import own_parts
from simulate.engine.tasks import BATCHES, HISTORIES_A_CALL, whole_draws

SLAB = 2**25  # bytes of sums that are made into statistics at a time, and the least that is worth giving back


def array_shapes(
    lowered: Lowered, draws: int, people: int, batches: int, histories: int, together: bool
) -> dict[str, tuple[int, ...]]:
    """Shapes of the sums; with `together`, occupancy, which is large, is not kept by batch, unless it is asked for."""
    names, tables, collect = lowered.names, lowered.tables, lowered.collect
    slots = 1 if together and not collect.moments else batches
    d, s, cells = draws, len(names.strategies), batches * len(names.groups)
    states, outcomes = len(names.states), len(names.outcomes)
    kept = people if collect.people else 0
    return {
        "people": (d, cells),
        "sums": (d, s, cells, int(tables.blocks[-1]), 3),
        "bands": (d, s, len(names.bands), 3, cells),
        "occupancy": (d, s, len(names.groups) * slots, states, len(tables.grid) + 1),
        "bin_time": (d, s, len(tables.bin_edge), 3, states),
        "bin_count": (d, s, len(tables.bin_edge), 3, outcomes),
        "person_time": (d, s, kept, 3, states),
        "person_count": (d, s, kept, 3, outcomes),
        "history": (histories, 7),
    }


def predicted_memory(
    lowered: Lowered,
    people: int,
    *,
    draws: int | None = None,
    batches: int = BATCHES,
    threads: int = 1,
    variants: int = 0,
    valued: bool = False,
) -> int:
    """Bytes that lowering, simulating and, if `valued`, valuing take at their peak, for `draws` draws like `lowered`'s.

    Statistics of the run and of one of its `variants` at a time, of which values are kept; beside them either tables,
    with the Python numbers they are made from, the people of every kernel call under way and a chunk being kept, or
    what valuing copies.
    """
    rows = lowered.draws if draws is None else draws
    statistics, copies = _sums_memory(lowered, rows, people, min(batches, people))
    simulating = copies + _tables_memory(lowered, rows) + _cohort_memory(lowered, rows, people, threads)
    valuing = _valuing_memory(lowered, rows, min(batches, people)) if valued else 0
    if not variants:
        return statistics + max(simulating, valuing)
    a_batch = 8 * rows * len(lowered.names.strategies) * min(batches, people)
    shapes = array_shapes(lowered, rows, people, batches, 0, together=True)
    persons = 8 * sum(math.prod(shapes[n]) for n in ("person_time", "person_count"))
    kept = 2 * variants * a_batch * 2  # costs and effects, by batch and of all
    one = max(statistics + simulating, persons + _variant_memory(lowered, a_batch))
    return statistics + kept + max(one, valuing)


def _sums_memory(lowered: Lowered, draws: int, people: int, batches: int) -> tuple[int, int]:
    """Statistics, and copies while they are made: a slab of sums and a chunk twice, or all where subgroups are told."""
    groups = len(lowered.names.groups)
    shapes = array_shapes(lowered, draws, people, batches, 0, whole_draws(lowered, people, HISTORIES_A_CALL))
    sizes: dict[str, int] = {n: 8 * math.prod(shape) for n, shape in shapes.items()}
    cells = sum(sizes[n] for n in CELLS)
    return sum(sizes.values()), min(3 * SLAB, 3 * cells) if groups == 1 else cells + 2 * cells // groups


def _valuing_memory(lowered: Lowered, draws: int, batches: int) -> int:
    """Counts with what is rare by expectation, at three rates, and shares and counts at one, twice."""
    outcomes, trackers = len(lowered.names.outcomes), len(lowered.names.trackers)
    return 8 * draws * len(lowered.names.strategies) * batches * (3 * outcomes + 2 * (outcomes + trackers))


def _variant_memory(lowered: Lowered, a_batch: int) -> int:
    """What valuing a variant holds: sums without occupancy and bins, counts with what is rare by expectation, terms."""
    kept = a_batch * (int(lowered.tables.blocks[-1]) + len(lowered.names.bands)) * 3
    states, outcomes = len(lowered.names.states), len(lowered.names.outcomes)
    return kept + a_batch * (3 * outcomes + states + 10)


def _tables_memory(lowered: Lowered, draws: int) -> int:
    """Tables of all draws; effects in time are Python numbers first, seven times as large."""
    sizes: dict[str, int] = {n: getattr(lowered.tables, n).nbytes for n in BY_DRAW}
    in_time = sum(sizes[n] for n in ("segment_start", "segment_ratio", "segment_speed", "weight", "weight_start"))
    return -(-(2 * sum(sizes.values()) + 7 * in_time) * draws // lowered.draws)


def _cohort_memory(lowered: Lowered, draws: int, people: int, threads: int) -> int:
    """The people of every kernel call under way (of a draw that is cut, of it and the next), and what makes them."""
    columns, pathway = lowered.columns, lowered.pathway
    own = len(own_parts(lowered.collect.weighed))
    numbers = 4 + len(columns.hazard) + len(columns.stretch) + len(columns.odds) + own
    mine = 4 + 8 * numbers + len(lowered.names.components)
    made = 8 * (4 + len(pathway.characteristics) + len(pathway.covariates) + len(pathway.frailties))
    if not whole_draws(lowered, people, HISTORIES_A_CALL):
        return (min(draws, threads, 2) * mine + made) * people
    at_once = min(draws, max(1, HISTORIES_A_CALL // (people * len(lowered.names.strategies))))
    return (mine + made) * at_once * people * threads


def zeros(shape: tuple[int, ...]) -> Floats:
    """Zeros, of which the rows that are done with can be given back; large ones alone."""
    size = 8 * math.prod(shape)
    if size < SLAB or not hasattr(mmap, "MAP_PRIVATE"):
        return np.zeros(shape)
    return np.ndarray(shape, buffer=mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


def give_back(array: Floats, low: int, high: int) -> None:
    """Let the memory of these rows of ``zeros`` go, by whole pages; what they held is lost."""
    pages = array.base
    if not isinstance(pages, mmap.mmap) or not hasattr(mmap, "MADV_DONTNEED"):
        return
    row = array.nbytes // len(array)
    first, end = -(-low * row // mmap.PAGESIZE) * mmap.PAGESIZE, high * row // mmap.PAGESIZE * mmap.PAGESIZE
    if end > first:
        pages.madvise(mmap.MADV_DONTNEED, first, end - first)


FILLED = 0.8  # of what is free, at most: others use the machine too
GIB = 2**30
_CGROUPS = (  # folder, limit, use, and what of the use can be given back at once
    ("/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


class ResourceError(RuntimeError):
    """The run would not fit in memory."""


def fits(size: float) -> bool:
    """Whether so many bytes may be filled."""
    free = available()
    return free is None or size <= FILLED * free


def refuse_too_large(size: float, advice: str) -> None:
    """Raise ``ResourceError`` when `size` bytes are more than may be filled; `advice` says what to ask for instead."""
    free = available()
    if free is not None and size > FILLED * free:
        raise ResourceError(f"this run needs about {size / GIB:.1f} GiB and {free / GIB:.1f} GiB is free; {advice}")


def available() -> int | None:
    """Bytes this process may still take, by the machine and by its container; None where neither can be told."""
    return min([*_machine(), *_container()], default=None)


def _machine() -> Iterator[int]:
    found = _field(Path("/proc/meminfo"), "MemAvailable:")
    if found is not None:
        yield found * 1024
        return
    try:
        yield os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return


def _container() -> Iterator[int]:
    for folder, limit, used, cached in _CGROUPS:
        most, now = (_number(Path(folder) / name) for name in (limit, used))
        if most is not None and now is not None:
            yield max(most - now + (_field(Path(folder) / "memory.stat", cached) or 0), 0)


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None  # "max" is no limit


def _field(path: Path, name: str) -> int | None:
    """The number after `name` at the start of a line."""
    for line in _text(path).splitlines():
        first, *rest = line.split()[:2] or [""]
        if first == name and rest and rest[0].isdigit():
            return int(rest[0])
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
