"""Single histories, event by event, from the very kernel and numbers of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from parameters.arrays import Floats
from simulate.engine import driver
from simulate.engine.arithmetic.random_numbers import SPLITMIX
from simulate.engine.kernel import layout
from simulate.engine.kernel.histories import simulate_batches
from simulate.engine.kernel.layout import OK, Cohort, Keys, Output, Tables
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.people import Drawing, PeopleFile, make_cohort
from simulate.engine.lower.places import places_of, with_places
from simulate.engine.lower.tables import Lowered

ROWS = 4096  # of a history, at first


@dataclass(frozen=True, eq=False)
class Replayed:
    """One person of one draw under every strategy.

    `rows` [event, 7] as in ``Output.history``, strategies in turn; with a `fault` they end where it arose.
    """

    person: int | str  # number, or id in the file of people
    start: int  # joint state at entry
    rows: Floats
    fault: driver.NumericalError | None


def replay(
    lowered: Lowered,
    lookup: Lookup,
    *,
    draw: int,
    persons: Iterable[int],
    seed: int,
    generator: int = SPLITMIX,
    file: PeopleFile | None = None,
    event_cap: int | None = None,
) -> Iterator[Replayed]:
    """Histories of `persons` (positions) in `draw`, the same bits as in a run of all of `lowered`'s draws."""
    wanted = tuple(persons)
    places = places_of(lowered.pathway, generator)
    lowered = with_places(lowered, places)
    keys = np.arange(lowered.draws, dtype=np.uint64)
    drawing = _Few(generator, seed, keys, len(wanted), _rows(file, wanted), places, wanted)
    where = slice(draw, draw + 1)
    cohort, tables = make_cohort(lowered, lookup, where, drawing), layout.tables_of(lowered.tables, where)
    cap = driver.EVENT_CAP if event_cap is None else event_cap
    for i, person in enumerate(wanted):
        code, out = _alone(lowered, tables, _one(cohort, i), generator, cap)
        name = person if drawing.file is None else drawing.file.ids[i]
        place = driver.Place(seed, draw, name, lowered.names.strategies[out.status[3]])
        fault = None if code == OK else driver.fault(code, cap, place)
        yield Replayed(name, int(cohort.start[0, i]), out.history[: out.status[4]], fault)


@dataclass(frozen=True)
class _Few(Drawing):
    """Some people only, each with the numbers it has among all."""

    numbers: tuple[int, ...] = ()

    def person_keys(self) -> Keys:
        return super().person_keys() if self.file is not None else np.array(self.numbers, dtype=np.uint64)


def _rows(file: PeopleFile | None, wanted: tuple[int, ...]) -> PeopleFile | None:
    """Some people of a file."""
    if file is None:
        return None
    rows = list(wanted)
    return PeopleFile(
        ids=tuple(file.ids[i] for i in rows),
        weight=file.weight[rows],
        characteristics={n: values[rows] for n, values in file.characteristics.items()},
        start={n: levels[rows] for n, levels in file.start.items()},
        elapsed=file.elapsed[rows],
    )


def _alone(lowered: Lowered, tables: Tables, cohort: Cohort, generator: int, cap: int) -> tuple[int, Output]:
    """The kernel on one person, again with more room while the history fills what there is."""
    rows = ROWS
    while True:
        out = driver.empty_output(lowered, draws=1, people=1, batches=1, histories=rows)
        code = int(simulate_batches(tables, cohort, out, generator, 0, 1, 1, 1, cap))
        if out.status[4] < rows:
            return code, out
        rows *= 8


def _one(cohort: Cohort, person: int) -> Cohort:
    """The cohort of one person alone."""
    by_person = ("start", "weight", "group", "hazard", "stretch", "odds", "age", "elapsed", "taken")
    only: dict[str, Any] = {n: np.ascontiguousarray(getattr(cohort, n)[:, [person]]) for n in by_person}
    return cohort._replace(person_keys=cohort.person_keys[[person]], **only)
