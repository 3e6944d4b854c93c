"""How a run is cut into tasks of about a second, in an order that does not depend on threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from parameters.ground.given import check_threads
from simulate.engine.arithmetic.random_numbers import SCRAMBLES
from simulate.engine.lower.tables import Lowered

BATCHES = SCRAMBLES  # so that each batch is a scramble of its own where people are spread evenly

HISTORIES_A_CALL = 200_000  # about a second at most, so that progress and Ctrl-C work


@dataclass(frozen=True)
class Task:
    draws: slice
    batches: tuple[int, int]


def usable_threads(asked: int | None) -> int:
    """`asked`, or the number of processors this process may use; ``ModelError`` for what is no number of them."""
    check_threads(asked)
    if asked is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return asked


def whole_draws(lowered: Lowered, people: int, chunk: int) -> bool:
    """Whether a draw is never cut: it is small, or has bins, which are kept for it as a whole (no two threads add)."""
    return len(lowered.tables.bin_edge) > 0 or people * len(lowered.names.strategies) <= chunk


def make_tasks(
    lowered: Lowered,
    people: int,
    batches: int,
    chunk: int,
    draws: slice | None = None,
    mine: tuple[int, int] | None = None,
) -> Iterator[Task]:
    """Several draws each, or one batch of a draw; of all draws and batches, or of these `draws` and batches alone."""
    per_draw = people * len(lowered.names.strategies)
    low, high = (0, lowered.draws) if draws is None else (draws.start, draws.stop)
    if whole_draws(lowered, people, chunk):
        step = max(1, chunk // per_draw)
        for d in range(low, high, step):
            yield Task(slice(d, min(d + step, high)), (0, batches))
        return
    for d in range(low, high):
        for b in range(*(mine or (0, batches))):
            yield Task(slice(d, d + 1), (b, b + 1))
