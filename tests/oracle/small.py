"""Runs of small pathways whose quantities are all numbers, with every person's own share of each sum."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Literal

import numpy as np
import pytest

from models.contract import Characteristic, Component, Domain, Effect, Event, Numeric, Pathway, Strategy, Waning, When
from models.hazards import Hazard
from models.pathway import Clock
from parameters.arrays import Floats
from simulate.engine import driver
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.people import PeopleFile
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import lower
from simulate.engine.statistics import Statistics

USUAL = Strategy("usual", "Usual")
ROWS = 1_500_000  # of histories; memory is taken only for those written


@dataclass(frozen=True)
class Run:
    """One draw, with batches of one person: the axis of batches is the axis of people."""

    statistics: Statistics
    rows: Floats  # [row, 7]: see ``Output.history``

    def time(self, strategy: int = 0, rate: int = 0, **levels: str) -> Floats:
        """Years [person] in the joint states at these levels."""
        columns = self.statistics.state_indices(When(dict(levels)).holds)
        return np.asarray(self.statistics.time[0, strategy, :, rate][:, columns].sum(axis=1))

    def count(self, outcome: str, strategy: int = 0, rate: int = 0) -> Floats:
        """How often [person] an outcome happened."""
        column = self.statistics.outcomes.index(outcome)
        return np.asarray(self.statistics.count[0, strategy, :, rate, column])

    def ever(self, tracker: str, strategy: int = 0) -> Floats:
        """Whether [person] it ever happened, 0 or 1."""
        return np.asarray(self.statistics.ever[0, strategy, :, self.statistics.tracker_index(tracker)])

    def first(self, tracker: str, strategy: int = 0) -> Floats:
        """Time [person] to the first, at most the horizon."""
        return np.asarray(self.statistics.first[0, strategy, :, self.statistics.tracker_index(tracker)])

    def events(self, outcome: str, strategy: int = 0) -> Floats:
        """Rows [row, 7] of the histories in which an outcome happens."""
        mine = (self.rows[:, 5] == self.statistics.outcomes.index(outcome)) & (self.rows[:, 2] == strategy)
        return np.asarray(self.rows[mine])

    def times(self, outcome: str, strategy: int = 0) -> Floats:
        """Times at which an outcome happens."""
        return np.asarray(self.events(outcome, strategy)[:, 3])


LATER = (
    ", cycle=None",
    ", restart=False",
    ", rows=None",
    ", forward=None",
    ", faster=None",
    ", by=()",
)  # said of what was declared before there was such a word


def seed_of(pathway: Pathway) -> int:
    """A hash of what is declared; a word that is new, and not used, moves nobody's seed."""
    words = _written_out(pathway)
    for word in LATER:
        words = words.replace(word, "")
    return zlib.crc32(words.encode())


def _written_out(thing: object) -> str:
    """Every field of every declaration in it, as a dataclass writes itself that does not cut itself short."""
    if is_dataclass(thing) and not isinstance(thing, type):
        told = (f"{f.name}={_written_out(getattr(thing, f.name))}" for f in fields(thing))
        return f"{type(thing).__qualname__}({', '.join(told)})"
    if isinstance(thing, tuple) and type(thing) is tuple:
        return f"({', '.join(map(_written_out, thing))}{',' * (len(thing) == 1)})"
    if isinstance(thing, dict):
        return f"{{{', '.join(f'{k!r}: {_written_out(v)}' for k, v in thing.items())}}}"
    return repr(thing)


def simulate(
    pathway: Pathway,
    people: int,
    horizon: float,
    strategies: tuple[Strategy, ...] = (USUAL,),
    *,
    forces: tuple[float, float] = (0.0, 0.0),
    annual: bool = False,
    collect: Collect | None = None,
    grid: Sequence[float] = (),
    file: PeopleFile | None = None,
    seed: int | None = None,
    histories: bool = False,
) -> Run:
    """One draw of `people`, discounted by `forces` of interest (costs, effects), told person by person.

    `annual`: the forces are effective annual rates instead.
    The seed, unless given, is a hash of the pathway, so that no two checks lean on the same numbers.
    """
    lookup = make_lookup(lambda name: pytest.fail(f"no parameter {name} expected"), 1)
    lowered = lower(
        pathway,
        strategies,
        lookup,
        1,
        horizon=horizon,
        discount=(np.array([forces[0]]), np.array([forces[1]])),
        continuous=not annual,
        grid=np.array(grid, dtype=np.float64),
        collect=collect,
    )
    n = people if file is None else len(file)
    statistics, rows = driver.simulate(
        lowered,
        lookup,
        people=n,
        batches=n,
        chunk=n * len(strategies),
        seed=seed_of(pathway) if seed is None else seed,
        histories=ROWS if histories else 0,
        file=file,
    )
    assert len(rows) < ROWS, "histories were cut off"
    return Run(statistics, rows)


# --- pathways -------------------------------------------------------------------------------------


def one_way(hazard: Hazard, clock: Clock = "sojourn", age: float | None = None) -> Pathway:
    """Alive until a single absorbing event; everybody enters at `age`, if given."""
    return Pathway(
        "one_way",
        (Domain("life", ("alive", "dead"), absorbing=("dead",)),),
        (Event("end", When(), hazard, {"life": "dead"}, clock=clock),),
        {"life": "alive"},
        characteristics=() if age is None else (of_age(age),),
    )


def recurrent(hazard: Hazard, clock: Clock = "sojourn", **more: object) -> Pathway:
    """At home for ever, with an event `visit` that changes no state."""
    home = Domain("care", ("home",))
    return Pathway("recurrent", (home,), (Event("visit", When(), hazard, clock=clock),), {"care": "home"}, **more)  # type: ignore[arg-type]


def of_age(age: float) -> Characteristic:
    """Everybody is this old at entry."""
    return Characteristic("age", Numeric("uniform", age, age))


def changed(*effects: Effect, uptake: float = 1.0, fidelity: float = 1.0, name: str = "part") -> Strategy:
    """A strategy of one component."""
    return Strategy("new", "New", (Component(name, name, effects, uptake=uptake, fidelity=fidelity),))


def on(
    event: str,
    ratio: Literal["hazard", "time"],
    by: float,
    start: float | None = None,
    end: float | None = None,
    waning: Waning | None = None,
) -> Effect:
    """A hazard or time ratio on an event, in a window if given."""
    return Effect(event, ratio, by, start=start, end=end, waning=waning)
