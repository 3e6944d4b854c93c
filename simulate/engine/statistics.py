"""What a simulation leaves behind: times, counts and flags per draw, strategy and batch. No money, no QALYs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNDISCOUNTED, COST_RATE, EFFECT_RATE = 0, 1, 2  # positions on the axis of discounting

_ARRAYS = ("people", "time", "count", "ever", "first", "occupancy", "grid")
_NAMES = ("strategies", "states", "outcomes", "trackers", "horizon")


@dataclass(frozen=True, eq=False)
class Statistics:
    """Sums over the people of each batch; batches partition the people of a draw, the same in every strategy.

    Raises ``ValueError`` naming the field whose shape does not fit the names.
    """

    strategies: tuple[str, ...]
    states: tuple[dict[str, str], ...]  # domain -> level; an absorbed state holds its absorbing domain alone
    outcomes: tuple[str, ...]  # "event" or "event.branch"
    trackers: tuple[str, ...]  # every event, then every group
    people: Ints  # [batch]
    horizon: float  # years
    time: Floats  # [draw, strategy, batch, 3, state], person-years: undiscounted, at the cost rate, at the effect rate
    count: Floats  # [draw, strategy, batch, 3, outcome], events, the same three
    ever: Floats  # [draw, strategy, batch, tracker], people with at least one
    first: Floats  # [draw, strategy, batch, tracker], sum over people of min(time to first, horizon), years
    occupancy: Ints  # [draw, strategy, grid, state], people
    grid: Floats  # [grid], years since entry

    def __post_init__(self) -> None:
        draws, strategies, batches = len(self.time), len(self.strategies), len(self.people)
        each = (draws, strategies, batches)
        expected = {
            "people": (batches,),
            "time": (*each, 3, len(self.states)),
            "count": (*each, 3, len(self.outcomes)),
            "ever": (*each, len(self.trackers)),
            "first": (*each, len(self.trackers)),
            "occupancy": (draws, strategies, len(self.grid), len(self.states)),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"Statistics.{name}: shape {getattr(self, name).shape}; expected {shape}")

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

    def per_person(self, sums: Floats) -> Floats:
        """`sums` [draw, strategy, batch, …] over batches and divided by people: means [draw, strategy, …]."""
        mean: Floats = sums.sum(axis=2) / self.people.sum()
        return mean

    def save(self, path: str | Path) -> None:
        """Write an ``npz`` (no pickle) that ``load`` reads back; the same statistics give the same bytes."""
        target = Path(path)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        words = json.dumps({name: getattr(self, name) for name in _NAMES})
        with unfinished.open("wb") as out:
            np.savez(out, allow_pickle=False, words=np.array(words), **{name: getattr(self, name) for name in _ARRAYS})
        os.replace(unfinished, target)


def load(path: str | Path) -> Statistics:
    """The statistics written by ``Statistics.save``; ``ValueError`` when `path` holds something else."""
    try:
        with np.load(Path(path), allow_pickle=False) as data:
            words = json.loads(str(data["words"]))
            arrays = {name: data[name] for name in _ARRAYS}
    except (KeyError, ValueError, TypeError, AttributeError, EOFError, BadZipFile) as fault:
        raise ValueError(f"{path}: not a statistics file of this program ({fault})") from fault
    return Statistics(
        strategies=tuple(words["strategies"]),
        states=tuple(words["states"]),
        outcomes=tuple(words["outcomes"]),
        trackers=tuple(words["trackers"]),
        horizon=float(words["horizon"]),
        **arrays,
    )


def _position(names: tuple[str, ...], name: str, what: str) -> int:
    if name not in names:
        raise ValueError(f"{what} {name!r} was not collected by this run; collected: {', '.join(names)}")
    return names.index(name)
