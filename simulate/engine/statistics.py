"""What a simulation leaves behind: times, counts and flags per draw, strategy and batch. No money, no QALYs."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import Annotated, Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt

from models.contract import When
from parameters.arrays import Floats, Ints, axes_of, keep_read_only
from parameters.ground.brief import Brief
from parameters.mistakes import short_text
from parameters.units import LARGEST

UNDISCOUNTED, COST_RATE, EFFECT_RATE = 0, 1, 2  # positions on the axis of discounting

_NAMES = (
    "strategies",
    "states",
    "outcomes",
    "trackers",
    "horizon",
    "components",
    "nth_rows",
    "band_rows",
    "ages",
    "grid_error",
    "weighed_rows",
    "moments",
)
_LATER = ("weighed_rows", "moments")  # names that files did not have of old: left out where nothing is


def _none() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True, eq=False, repr=False)
class Statistics(Brief):
    """Sums over the people of each batch; batches partition the people of a draw, the same in every strategy.

    `3` stands for undiscounted, at the cost rate, at the effect rate. What was not collected is empty.
    Raises ``ValueError`` naming the field whose shape does not fit the names.
    """

    strategies: tuple[str, ...]
    states: tuple[dict[str, str], ...]  # domain -> level; an absorbed state holds its absorbing domain alone
    outcomes: tuple[str, ...]  # "event" or "event.branch"
    trackers: tuple[str, ...]  # every event, then every group, then single branches asked for
    people: Annotated[Floats, "batch"]  # weights of the people
    horizon: float  # years
    time: Annotated[Floats, "draw, strategy, batch, 3, state"]  # person-years
    count: Annotated[Floats, "draw, strategy, batch, 3, outcome"]  # events
    ever: Annotated[Floats, "draw, strategy, batch, tracker"]  # people with at least one
    first: Annotated[Floats, "draw, strategy, batch, tracker"]  # person-years to the first, or the horizon
    occupancy: Annotated[Floats, "draw, strategy, grid, state"]  # people
    grid: Annotated[Floats, "grid"]  # years since entry
    components: tuple[str, ...] = ()  # of each strategy in turn
    nth_rows: tuple[tuple[str, int], ...] = ()  # tracker and occurrence, from 1
    band_rows: tuple[tuple[dict[str, list[str]], float, float], ...] = ()  # levels of the stay, from and to, years
    ages: tuple[float, ...] = ()  # at which age bands begin
    weighed_rows: tuple[str, ...] = ()  # what each counts, and by what it is weighed: see ``Weighed.words``
    grid_error: float | None = None  # a person, of expected values on a grid of time; None where people were simulated
    nth: Annotated[Floats, "draw, strategy, batch, 3, occurrence"] = field(default_factory=_none)  # people
    weighed: Annotated[Floats, "draw, strategy, batch, 3, weighed row"] = field(default_factory=_none)  # see its row
    bands: Annotated[Floats, "draw, strategy, batch, 3, stay band"] = field(default_factory=_none)  # person-years
    delivered: Annotated[Floats, "draw, strategy, batch, 3, component"] = field(default_factory=_none)  # people
    exposure: Annotated[Floats, "draw, strategy, batch, 3, component"] = field(default_factory=_none)  # person-years
    year_time: Annotated[Floats, "draw, strategy, year, 3, state"] = field(default_factory=_none)  # person-years
    year_count: Annotated[Floats, "draw, strategy, year, 3, outcome"] = field(default_factory=_none)  # events
    age_time: Annotated[Floats, "draw, strategy, age band, 3, state"] = field(default_factory=_none)  # person-years
    age_count: Annotated[Floats, "draw, strategy, age band, 3, outcome"] = field(default_factory=_none)  # events
    moments: tuple[float, ...] = ()  # years since entry at which people in each state were asked for
    present: Annotated[Floats, "draw, strategy, batch, moment, state"] = field(default_factory=_none)  # people
    # of persons: not saved
    person_time: Annotated[Floats, "draw, strategy, person, 3, state"] = field(default_factory=_none)  # years
    person_count: Annotated[Floats, "draw, strategy, person, 3, outcome"] = field(default_factory=_none)
    subgroups: Mapping[str, Statistics] = field(default_factory=dict)  # by level; not saved
    rougher: Mapping[str, Statistics] = field(default_factory=dict)  # the same expected values, each with one step less

    def __post_init__(self) -> None:
        sizes = {
            "draw": len(self.time),
            "strategy": len(self.strategies),
            "batch": len(self.people),
            "3": 3,
            "state": len(self.states),
            "outcome": len(self.outcomes),
            "tracker": len(self.trackers),
            "grid": len(self.grid),
            "component": len(self.components),
            "occurrence": len(self.nth_rows),
            "stay band": len(self.band_rows),
            "age band": len(self.ages),
            "weighed row": len(self.weighed_rows),
            "moment": len(self.moments),
        }
        for name, axes in AXES.items():
            array = getattr(self, name)
            if name in MAYBE_EMPTY and array.shape == (0,):
                continue
            fits = array.ndim == len(axes)
            for axis, size in zip(axes, array.shape, strict=False):
                fits &= sizes.setdefault(axis, size) == size  # years and persons: as many as the first array has
            if not fits:
                expected = ", ".join(f"{axis} {sizes[axis]}" if axis in sizes else axis for axis in axes)
                raise ValueError(f"Statistics.{name}: shape {array.shape}; expected ({expected})")
        keep_read_only(self, AXES)

    @property
    def draws(self) -> int:
        """Number of parameter draws."""
        return len(self.time)

    def state_indices(self, holds: Callable[[Mapping[str, str]], bool]) -> Ints:
        """Positions of the joint states for which `holds` is true (``When.holds`` fits), on the state axis."""
        return np.array([i for i, state in enumerate(self.states) if holds(state)], dtype=np.int64)

    def outcome_indices(self, names: Iterable[str]) -> Ints:
        """Positions of single outcomes (see ``Pathway.resolve``) on the outcome axis; ``ValueError`` for another."""
        return np.array([_position(self.outcomes, name, "outcome") for name in names], dtype=np.int64)

    def tracker_index(self, name: str) -> int:
        """Position of an event or group on the tracker axis; ``ValueError`` when it was not tracked."""
        return _position(self.trackers, name, "event or group")

    def strategy_index(self, name: str) -> int:
        """Position of a strategy on the strategy axis; ``ValueError`` when it was not simulated."""
        return _position(self.strategies, name, "strategy")

    def component_indices(self, name: str) -> Ints:
        """Positions of a component (one for each strategy that holds it); ``ValueError`` when there is none."""
        _position(self.components, name, "component")
        return np.array([i for i, c in enumerate(self.components) if c == name], dtype=np.int64)

    def nth_indices(self, name: str, first: int, last: int) -> Ints:
        """Rows of the occurrences `first` to `last` of a tracker; ``ValueError`` when some were not told apart."""
        rows = [i for i, (tracker, n) in enumerate(self.nth_rows) if tracker == name and first <= n <= last]
        if len(rows) != last - first + 1:
            raise ValueError(f"occurrences {first} to {last} of {name!r} were not collected: no cost item needs them")
        return np.array(rows, dtype=np.int64)

    def band_indices(self, when: When, low: float, high: float) -> Ints:
        """Rows of the bands of a stay that make up `low` to `high` years; ``ValueError`` when not collected."""
        levels = {k: list(v) for k, v in when.levels.items()}
        rows = [i for i, (w, a, b) in enumerate(self.band_rows) if w == levels and low <= a and b <= high]
        covered = rows and self.band_rows[rows[0]][1] == low and self.band_rows[rows[-1]][2] == high
        if not covered:
            raise ValueError(f"the band {low:g} to {high:g} years of stays where {when.words()} was not collected")
        return np.array(rows, dtype=np.int64)

    def weighed_index(self, words: str) -> int:
        """Position of a weighed row (``Weighed.words``); ``ValueError`` when it was not collected."""
        return _position(self.weighed_rows, words, "weighed row")

    def per_person(self, sums: Floats) -> Floats:
        """`sums` [draw, strategy, batch, …] over batches and divided by people: means [draw, strategy, …]."""
        mean: Floats = sums.sum(axis=2) / self.people.sum()
        return mean

    def save(self, path: str | Path) -> None:
        """Write an ``npz`` (no pickle) that ``load`` reads back; the same statistics give the same bytes."""
        target = Path(path)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        told: dict[str, Any] = {
            name: getattr(self, name) for name in _NAMES if name not in _LATER or getattr(self, name)
        }
        saved = [name for name in SAVED if name not in WHERE_ASKED or getattr(self, name).size]
        arrays = {name: getattr(self, name) for name in saved}
        if self.rougher:
            told["rougher"] = list(self.rougher)
            arrays |= {f"{way} {name}": getattr(x, name) for way, x in self.rougher.items() for name in saved}
        words = json.dumps(told)
        with unfinished.open("wb") as out:
            np.savez(out, allow_pickle=False, words=np.array(words), **arrays)
        os.replace(unfinished, target)


AXES = axes_of(Statistics)
MAYBE_EMPTY = frozenset(f.name for f in fields(Statistics) if f.default_factory is _none)  # where not collected
SAVED = tuple(n for n, axes in AXES.items() if "person" not in axes)
WHERE_ASKED = ("present", "weighed")  # arrays that a file need not hold
BY_DRAW = tuple(n for n, axes in AXES.items() if "draw" in axes)
BY_BATCH = tuple(n for n in BY_DRAW if "batch" in AXES[n])
NESTED = ("subgroups", "rougher")  # statistics of others within
LET_GO = frozenset((*BY_DRAW, *NESTED, "grid"))  # what ``Recalled`` finds again
EVERYBODY = tuple(n for n in BY_DRAW if {"year", "age band", "person"} & set(AXES[n]))  # not told by subgroup


def load(path: str | Path) -> Statistics:
    """The statistics written by ``Statistics.save``; ``ValueError`` when `path` holds something else."""
    try:
        with ZipFile(Path(path)) as data:
            words: dict[str, Any] = json.loads(str(_array(data, "words", "U")))
            there = {member.removesuffix(".npy") for member in data.namelist()}
            saved = [name for name in SAVED if name not in WHERE_ASKED or name in there]
            arrays: dict[str, Any] = {name: _array(data, name, "fiu") for name in saved}
            ways = [str(way) for way in words.get("rougher", ())]
            rougher: dict[str, dict[str, Any]] = {
                way: {name: _array(data, f"{way} {name}", "fiu") for name in saved} for way in ways
            }
        found = Statistics(
            strategies=tuple(words["strategies"]),
            states=tuple(words["states"]),
            outcomes=tuple(words["outcomes"]),
            trackers=tuple(words["trackers"]),
            horizon=float(words["horizon"]),
            components=tuple(words["components"]),
            nth_rows=tuple((str(t), int(n)) for t, n in words["nth_rows"]),
            band_rows=tuple((w, float(a), float(b)) for w, a, b in words["band_rows"]),
            ages=tuple(words["ages"]),
            weighed_rows=tuple(words.get("weighed_rows", ())),
            grid_error=None if words.get("grid_error") is None else float(words["grid_error"]),
            moments=tuple(map(float, words.get("moments", ()))),
            **arrays,
        )
        return replace(found, rougher={way: replace(found, **x) for way, x in rougher.items()}) if ways else found
    except (LookupError, ValueError, TypeError, AttributeError, EOFError, BadZipFile, RuntimeError, OSError) as fault:
        raise ValueError(f"{path}: not a statistics file of this program ({fault})") from fault


def _array(data: ZipFile, name: str, kinds: str) -> npt.NDArray[Any]:
    """One array of an archive; ``ValueError`` unless it is of the `kinds`, all of it there, and finite.

    Its shape is held against the bytes that are there before any memory is asked for.
    """
    member = data.getinfo(f"{name}.npy")
    if member.compress_type != ZIP_STORED or member.file_size > member.compress_size:
        raise ValueError(f"{name}: compressed")
    content = BytesIO(data.read(member))
    if np.lib.format.read_magic(content) != (1, 0):
        raise ValueError(f"{name}: another version of npy")
    try:
        shape, _, dtype = np.lib.format.read_array_header_1_0(content)
    except (SyntaxError, TokenError) as fault:  # numpy reads a header as Python
        raise ValueError(f"{name}: a damaged header") from fault
    if dtype.kind not in kinds or math.prod(shape) * dtype.itemsize != member.file_size - content.tell():
        raise ValueError(f"{name}: {dtype} of shape {short_text(str(shape))} in {member.file_size} bytes")
    content.seek(0)
    array = np.lib.format.read_array(content, allow_pickle=False)
    if dtype.kind != "U" and not (np.abs(array) <= LARGEST).all():
        raise ValueError(f"{name}: not finite everywhere")
    return np.asarray(array)


def rescaled(statistics: Statistics, people: Floats) -> Statistics:
    """Statistics of a subgroup whose people [draw, batch] differ between draws, as if each draw had their mean.

    Means per person stay those of each draw. Batches are joined when one is empty in some draw;
    ``ValueError`` when a whole draw is.
    """
    if (people.sum(axis=1) <= 0).any():
        raise ValueError("a subgroup is empty in some draw: simulate more people")
    joined = statistics
    if (people <= 0).any():
        people = people.sum(axis=1, keepdims=True)
        joined = replace(statistics, people=people.mean(axis=0), **_each(statistics, _over_batches))
    scale = people.mean(axis=0) / people  # [draw, batch]
    changes = _each(joined, lambda values: _scaled(values, scale[:, None]))
    whole = people.mean(axis=0).sum() / people.sum(axis=1)
    changes["occupancy"] = joined.occupancy * whole[:, None, None, None]
    return replace(joined, people=people.mean(axis=0), **changes)


class Recalled(Statistics):
    """Statistics whose arrays by draw were let go, and are found again, to the last bit, when they are asked for."""

    @classmethod
    def of(cls, found: Statistics, again: Callable[[], Statistics]) -> Recalled:
        """Those that were `found`, without their arrays; `again` finds them."""
        mine = object.__new__(cls)
        small = {n: v for n, v in vars(found).items() if n not in LET_GO}
        vars(mine).update(small, _again=again, _draws=found.draws)
        return mine

    def __getattr__(self, name: str) -> Any:
        if name not in LET_GO or "_again" not in vars(self):
            raise AttributeError(name)
        return getattr(vars(self)["_again"](), name)

    @property
    def draws(self) -> int:
        """Number of parameter draws."""
        return int(vars(self).get("_draws", 0)) or len(self.time)


def moments_in(moments: Sequence[float], grid: Floats, later: float = 0.0) -> Ints:
    """Where each moment stands in a grid up to the horizon that holds it, so much `later`."""
    return np.asarray(np.searchsorted(grid, np.minimum(np.asarray(moments, dtype=np.float64) + later, grid[-1])))


def with_moments(statistics: Statistics, moments: Sequence[float]) -> Statistics:
    """Expected values, whose batches are alike, with those present at some of the times of the grid."""
    if not moments:
        return statistics
    at, batches = moments_in(moments, statistics.grid), len(statistics.people)
    present = np.repeat(statistics.occupancy[:, :, None, at], batches, axis=2) / batches
    rougher = {way: with_moments(x, moments) for way, x in statistics.rougher.items()}
    return replace(statistics, moments=tuple(moments), present=present, rougher=rougher)


def valued_alone(statistics: Statistics) -> Statistics:
    """The same without what no cost or effect is made of: occupancy, bins by year and age, subgroups."""
    shape = (statistics.draws, len(statistics.strategies), 0, len(statistics.states))
    rougher = {way: valued_alone(x) for way, x in statistics.rougher.items()}
    none: dict[str, Any] = {n: np.zeros(0) for n in EVERYBODY if "person" not in AXES[n]}
    none |= {"grid": np.zeros(0), "occupancy": np.zeros(shape), "subgroups": {}, "moments": (), "present": np.zeros(0)}
    return replace(statistics, rougher=rougher, **none)


def of_strategies(
    strategies: Sequence[str], found: Sequence[Statistics], spent: Sequence[Statistics] = ()
) -> Statistics:
    """Statistics of these strategies in this order, each from the first of `found` that holds it.

    All are of the same people, draws and names otherwise. Rows lie in memory as those of one simulation would, so that
    sums over them keep their order. Arrays of those that are `spent`, and of no use afterwards, are let go one by one.
    """
    first = found[0]
    if first.strategies == tuple(strategies):
        return first
    owners = [next(x for x in found if s in x.strategies) for s in strategies]
    rows = [x.strategy_index(s) for x, s in zip(owners, strategies, strict=True)]

    def over(name: str) -> Floats:
        joined = np.stack([getattr(x, name)[:, row] for x, row in zip(owners, rows, strict=True)], axis=1)
        for x in spent:
            vars(x).pop(name, None)
        return joined

    by_strategy = [n for n in collected(first, BY_DRAW) if AXES[n][1] == "strategy"]
    nested: dict[str, Any] = {
        kind: {
            name: of_strategies(strategies, [getattr(x, kind)[name] for x in found]) for name in getattr(first, kind)
        }
        for kind in NESTED
    }
    arrays: dict[str, Any] = {n: over(n) for n in by_strategy}
    errors = [x.grid_error for x in found if x.grid_error is not None]
    error = max(errors) if errors else None
    return replace(first, strategies=tuple(strategies), grid_error=error, **nested, **arrays)


def collected(statistics: Statistics, names: Iterable[str]) -> dict[str, Floats]:
    """Those of the named arrays that the run collected."""
    arrays = {n: getattr(statistics, n) for n in names}
    return {n: values for n, values in arrays.items() if values.shape != (0,)}


def _each(statistics: Statistics, change: Callable[[Floats], Floats]) -> dict[str, Any]:
    """What `change` makes of every array by draw and batch that was collected."""
    return {n: change(values) for n, values in collected(statistics, BY_BATCH).items()}


def _over_batches(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=2, keepdims=True))


def _scaled(values: Floats, scale: Floats) -> Floats:
    return np.asarray(values * scale.reshape(*scale.shape, *[1] * (values.ndim - scale.ndim)))


def _position(names: tuple[str, ...], name: str, what: str) -> int:
    if name not in names:
        raise ValueError(f"{what} {name!r} was not collected by this run; collected: {', '.join(names)}")
    return names.index(name)
