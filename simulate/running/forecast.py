"""What a run takes in memory, told from a trial lowering of a few draws: before anything is solved or simulated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.contract import ModelError
from models.states import follows_people
from parameters import Draws, sample
from parameters.sampling import DIMENSIONS
from parameters.units import number_of
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.engine import memory, tasks
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.tables import Lowered
from simulate.engine.memory import refuse_too_large
from simulate.running.lowering import collected, lower_apart
from simulate.solve.given import with_given

TRIAL = 16  # draws: an effect that is null in one of them is seen in another
NUDGE = 1.05  # away from a ratio of 1, at which an effect would be dropped


def refuse_unaffordable(asked: Asked, *, draws: int | None = None, threads: int | None, variants: int = 0) -> None:
    """Raise ``ResourceError`` when the run, or one of so many draws, with so many variants would not fit in memory.

    Takes a moment and next to no memory itself.
    """
    many, people = asked.options.draws if draws is None else draws, asked.options.people
    collect, workers = collected(asked), tasks.usable_threads(threads)
    size = predicted_bytes(asked.delivered, collect, draws=many, people=people, threads=workers, variants=variants)
    now = f"{number_of(many, 'draw')} of " * (many > 1) + number_of(people, "person")
    refuse_too_large(
        size, f"ask for fewer than {now}, or collect less{', or leave the variants out' if variants else ''}"
    )


def affordable(asked: Asked, *, threads: int | None, variants: int) -> bool:
    """Whether a run would fit in memory with the statistics of all its `variants` held at once."""
    options, lowered = asked.options, None
    if asked.delivered.problem.pathway.events:
        lowered = trial(asked.delivered, collected(asked))
    workers = tasks.usable_threads(threads)
    size = bytes_of(asked.delivered, lowered, draws=options.draws, people=options.people, threads=workers)
    return memory.fits(size * (1 + variants))


def predicted_bytes(case: Case, collect: Collect, *, draws: int, people: int, threads: int, variants: int = 0) -> int:
    """Bytes at the peak of a run that is valued: parameters as drawn and as solved for, tables, people and sums."""
    lowered = trial(case, collect) if follows_people(case.problem.pathway) else None
    return bytes_of(case, lowered, draws=draws, people=people, threads=threads, variants=variants)


def bytes_of(case: Case, lowered: Lowered | None, *, draws: int, people: int, threads: int, variants: int = 0) -> int:
    """The same of a case that was lowered for a trial; None where it has no events."""
    kept, mapping = _parameters(case, draws)
    kept += variants * 8 * draws * 3 * (len(case.names()) + len(case.setting.targets))  # as drawn and as solved for
    if lowered is None:
        return kept + mapping
    simulated = memory.predicted_memory(lowered, people, draws=draws, threads=threads, variants=variants, valued=True)
    return kept + max(mapping, simulated)


def _parameters(case: Case, draws: int) -> tuple[int, int]:
    """Draws x parameters: the sequence, uniforms and values; and, for a while, features of the map of targets."""
    names, targets = len(case.names()), len(case.setting.targets)
    inputs = targets + min(names, 2 * targets)
    features = 1 + 2 * inputs + inputs * (inputs + 1) // 2 if targets else 0
    return 8 * draws * (DIMENSIONS // 4 + 6 * (names + targets)), 8 * draws * 4 * features


def trial(case: Case, collect: Collect) -> Lowered:
    """The case lowered for a few draws, with what is to be solved for near where the search for it starts."""
    return trials(case, collect)[0]


def trials(case: Case, collect: Collect) -> list[Lowered]:
    """The same of each part of the case, in which strategies give the pathway the same numbers."""
    draws = trial_draws(case, lambda ready: lower_apart(case, ready, collect))
    return [part.lowered for part in lower_apart(case, draws, collect)]


def trial_draws(case: Case, possible: Callable[[Draws], object]) -> Draws:
    """A few draws, if they are `possible`; else the point estimates, which are also before the targets are solved."""
    ready = _started(case, sample(case.parameters, case.names(), TRIAL, seed=0), NUDGE)
    try:
        possible(ready)
    except ModelError:
        return _started(case, sample(case.parameters, case.names(), 1, seed=0, fixed=True), 1.0)
    return ready


def _started(case: Case, drawn: Draws, nudge: float) -> Draws:
    ready = with_given(case.setting, drawn)
    for target in case.setting.targets:
        ready = ready.with_column(target.unknown, np.full(len(drawn.values), target.start * nudge), target.unit)
    return ready
