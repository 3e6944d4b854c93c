"""A simulation in chunks, whole draws or whole batches of one, each named by all that its bits depend on.

Where a run is cut depends on how long its histories are, never on threads. Intervals of draws begin at multiples of
their length, a power of two, and a chunk that is not there is looked for in its halves: so a run of more draws finds
what one of fewer left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from models.quantities import parameter_names
from parameters.arrays import Floats, axes_of
from simulate.engine.keeping.sealing import Arrays, key_of
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.words import arithmetic, spelt
from simulate.engine.kernel.layout import CELLS, SUMS_BY_DRAW, Output, tables_of
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.people import Drawing
from simulate.engine.lower.tables import Lowered

STEPS = 90_000_000  # entries and events of the histories of a chunk, half of it at least: 5 to 20 s of one processor
MOST_BYTES = 2**25  # of the sums of a chunk: where a draw has few people, this is what bounds it
PERSONS = {n: axes_of(Output)[n].index("person") for n in SUMS_BY_DRAW if "person" in axes_of(Output)[n]}
WHAT = "sums of a chunk"


@dataclass(frozen=True)
class Chunk:
    """Whole draws, or whole batches of one; the key under which its sums are kept."""

    first: int
    last: int  # not in it
    batches: tuple[int, int]
    key: str = ""

    @property
    def draws(self) -> slice:
        """Those of it."""
        return slice(self.first, self.last)


@dataclass(frozen=True)
class Cut:
    """How many draws make a chunk, and how many batches of one where that is too many already."""

    draws: int
    batches: int
    all_batches: int

    @staticmethod
    def of(per_draw: float, size: float, batches: int, *, by_batch: bool, at_least: int = 1, draws: int) -> Cut:
        """By the steps and the bytes of a draw; where there are enough `draws`, into `at_least` so many chunks."""
        most = min(STEPS / max(per_draw, 1.0), MOST_BYTES / max(size, 1.0), max(draws / at_least, 1.0))
        if most < 1 and by_batch:
            return Cut(1, min(batches, max(1, int(batches * STEPS / per_draw))), batches)
        return Cut(1 << int(np.log2(max(most, 1.0))), batches, batches)

    def number(self, chunk: Chunk) -> int:
        """Which one it is, from 0, or which it is a part of."""
        return chunk.first // self.draws * self.per_draw + chunk.batches[0] // self.batches

    def count(self, draws: int) -> int:
        """How many chunks so many draws make."""
        return -(-draws // self.draws) * self.per_draw

    @property
    def per_draw(self) -> int:
        """Chunks of the draws that are cut together."""
        return -(-self.all_batches // self.batches)


@dataclass(frozen=True, eq=False)
class Keys:
    """Names of the chunks of one simulation: a hash of declarations, numbers, people, and whose arithmetic it is."""

    lowered: Lowered
    lookup: Lookup
    drawing: Drawing
    batches: int
    cap: int

    def named(self, first: int, last: int, batches: tuple[int, int]) -> Chunk:
        """The chunk of these draws and batches."""
        rows = b"".join(array[first:last].tobytes() for array in self._by_draw)
        return Chunk(first, last, batches, key_of([self._common, spelt((last - first, batches)), rows]))

    @cached_property
    def _common(self) -> bytes:
        it, drawing = self.lowered, self.drawing
        people = drawing.generator, drawing.seed, drawing.people, drawing.file
        frame = it.tables.horizon, it.tables.grid, it.collect, self.batches, self.cap, it.names.strategies
        words = it.pathway, it.strategies, self._names, people, frame
        return hashlib.sha256(arithmetic() + spelt(words)).digest()

    @cached_property
    def _names(self) -> list[str]:
        return sorted(set(parameter_names((self.lowered.pathway, self.lowered.strategies))))

    @cached_property
    def values(self) -> dict[str, Floats]:
        """Every parameter that is read, [draw], engine units."""
        return {n: np.asarray(self.lookup(n), dtype=np.float64) for n in self._names}

    @cached_property
    def _by_draw(self) -> list[Any]:
        """Arrays whose rows are draws: keys of random numbers, rates of discount, every parameter that is read."""
        it = self.lowered
        rows = np.stack(list(self.values.values()), axis=1).astype("<f8") if self.values else np.zeros((it.draws, 0))
        return [self.drawing.draw_keys.astype("<u8"), it.tables.discount.reshape(it.draws, -1).astype("<f8"), rows]


@dataclass(frozen=True, eq=False)
class Portion:
    """All that simulating a chunk takes, for whoever does it elsewhere."""

    chunk: Chunk
    number: int  # among all chunks of a run, from 0
    lowered: Lowered  # of its draws alone
    values: dict[str, Floats]  # of every parameter that is read, [its draws], engine units
    drawing: Drawing
    batches: int
    cap: int


def portion_of(keys: Keys, chunk: Chunk, number: int) -> Portion:
    """What simulating a chunk takes."""
    lowered, mine = keys.lowered, chunk.draws
    cut = replace(lowered, tables=tables_of(lowered.tables, mine), draws=chunk.last - chunk.first)
    drawing = replace(keys.drawing, draw_keys=keys.drawing.draw_keys[mine])
    return Portion(chunk, number, cut, {n: v[mine] for n, v in keys.values.items()}, drawing, keys.batches, keys.cap)


def part_of(out: Output, chunk: Chunk, batches: int) -> dict[str, Floats]:
    """Views of the sums that a chunk adds to."""
    part = {n: getattr(out, n)[chunk.draws] for n in SUMS_BY_DRAW}
    if chunk.batches == (0, batches):
        return part
    cells = {n: _cells(part[n], CELLS[n], chunk.batches, batches) for n in part if n in CELLS}
    persons = {n: _of_batch(part[n], PERSONS[n], chunk.batches, batches) for n in PERSONS}
    return {**{n: a for n, a in part.items() if a.size}, **cells, **persons}


def _cells(array: Floats, axis: int, mine: tuple[int, int], batches: int) -> Floats:
    """Of the cells, subgroup x batches + batch, those of the batches of a chunk."""
    groups = array.shape[axis] // batches
    apart = array.reshape(*array.shape[:axis], groups, batches, *array.shape[axis + 1 :])
    return apart[(slice(None),) * (axis + 1) + (slice(*mine),)]


def _of_batch(array: Floats, axis: int, mine: tuple[int, int], batches: int) -> Floats:
    """Of persons, those of the one batch of a chunk: person mod batches."""
    return array[(slice(None),) * axis + (slice(mine[0], None, batches),)]


def sizes_of(lowered: Lowered, people: int, batches: int, chunk: Chunk, sums: Arrays) -> dict[str, int]:
    """How much a chunk is: draws, batches, people of each draw, and steps, the entries and events of their histories.

    `people` and `batches` are those of a whole draw. Events of weighted people count by weight.
    """
    draws, mine = chunk.last - chunk.first, sum(len(range(b, people, batches)) for b in range(*chunk.batches))
    states, outcomes = (int(b) for b in lowered.tables.blocks[:2])
    steps = draws * mine * len(lowered.names.strategies) + round(float(sums["sums"][..., states:outcomes, 0].sum()))
    return {"draws": draws, "batches": chunk.batches[1] - chunk.batches[0], "people": mine, "steps": steps}


def fill(out: Output, chunk: Chunk, batches: int, arrays: Arrays) -> bool:
    """Put kept sums in their places; False, and nothing done, where they do not fit."""
    part = part_of(out, chunk, batches)
    if part.keys() != arrays.keys():
        return False
    if any(a.shape != arrays[n].shape or arrays[n].dtype != a.dtype for n, a in part.items()):
        return False
    for n, a in part.items():
        a[...] = arrays[n]
    return True


def own_missing(
    keys: Keys, cut: Cut, store: Store, take: Callable[[Chunk, Arrays], bool], mine: Callable[[Chunk], bool]
) -> Iterator[Chunk]:
    """Of the chunks that are `mine` and no others, those that are not in the store; as ``missing``."""
    draws = keys.lowered.draws
    for low in range(0, draws, cut.draws):
        for b in range(0, keys.batches, cut.batches):
            chunk = keys.named(low, min(low + cut.draws, draws), (b, min(b + cut.batches, keys.batches)))
            if not mine(chunk):
                continue
            found = store.find(WHAT, chunk.key)
            if found is None or not take(chunk, found):
                yield chunk


def missing(keys: Keys, cut: Callable[[], Cut], store: Store, take: Callable[[Chunk, Arrays], bool]) -> Iterator[Chunk]:
    """The chunks that are not in the store, in order; what is there is given to `take`, which says whether it fits.

    What `cut` takes is asked only where something is missing.
    """
    there, draws, whole = store.keys(), keys.lowered.draws, (0, keys.batches)

    def taken(chunk: Chunk) -> bool:
        if chunk.key not in there:
            return False
        found = store.find(WHAT, chunk.key)
        return found is not None and take(chunk, found)

    def search(low: int, size: int) -> list[Chunk]:
        """What is missing of the draws from `low`, `size` of them or to the last."""
        chunk = keys.named(low, min(low + size, draws), whole)
        if taken(chunk):
            return []
        if size == 1 or not there:
            return [chunk]
        half = size // 2
        found = search(low, half)
        found += search(low + half, half) if low + half < draws else []
        return [chunk] if sum(c.last - c.first for c in found) == chunk.last - chunk.first else found

    for lacking in search(0, 1 << (draws - 1).bit_length()):
        step = cut()
        for low in range(lacking.first, lacking.last, step.draws):
            high = min(low + step.draws, lacking.last)
            for b in range(0, keys.batches, step.batches):
                chunk = keys.named(low, high, (b, min(b + step.batches, keys.batches)))
                if chunk.batches == whole or not taken(chunk):
                    yield chunk
