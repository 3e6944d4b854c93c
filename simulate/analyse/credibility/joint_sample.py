"""The joint sample of structural alternatives: one result whose draws each have a structure, drawn by weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.contract import ModelError, Structure
from parameters import Draws
from parameters.arrays import Floats, Ints
from parameters.sampling import uniforms_beyond
from simulate.analyse.credibility.alternatives import Combination
from simulate.ask.asked import Asked
from simulate.engine.statistics import AXES, BY_BATCH, EVERYBODY, Statistics
from simulate.engine.statistics import collected as arrays_of
from simulate.evaluate.decision.equality import RELATIVE
from simulate.result.result import Result

PREFIX = "structure_"  # of the columns that tell which alternative a draw has


@dataclass(frozen=True, eq=False, repr=False)
class Averaged(Result):
    """A joint sample in which each draw has a structure of its own, drawn by weight: its columns are read as others."""

    chosen: tuple[str, ...] = ()  # columns that tell which

    def seen(self) -> set[str]:
        """Parameters that costs or the effect use, and the structure."""
        return {*super().seen(), *self.chosen}


def averaged(
    asked: Asked, structures: Sequence[Structure], every: Sequence[Combination], results: Sequence[Result]
) -> Averaged:
    """One result whose draws each have a combination, drawn by weight in dimensions that no parameter has.

    ``ModelError`` where the problem as it stands cannot tell what a draw under another natural history costs.
    """
    first = results[0]
    of_structure, which = _drawn(asked, structures, every, first.drawn)
    rows = np.arange(len(which))
    drawn, draws = (_rows(which, [getattr(r, n) for r in results]) for n in ("drawn", "draws"))
    chosen = []
    for structure, places in zip(structures, of_structure, strict=True):
        for k, alternative in enumerate(structure.alternatives[1:], 1):
            column = f"{PREFIX}{structure.name}_{alternative.name}"
            chosen.append(column)
            drawn = drawn.with_column(column, (places == k).astype(np.float64), "ratio")
            draws = draws.with_column(column, (places == k).astype(np.float64), "ratio")
    statistics = _statistics(which, rows, [r.statistics for r in results])
    made = Averaged(first.asked.of(asked.case), drawn, draws, first.calibration, statistics, chosen=tuple(chosen))
    for what in ("cost", "effect"):
        apiece = np.stack([getattr(r, what) for r in results])[which, rows]
        if not np.allclose(getattr(made, what), apiece, rtol=RELATIVE, atol=0.0):
            told = f"its {what} is not that of the same states and events under every structure"
            raise ModelError(f"{asked.case.problem.id}: {told}; allowed: alternatives in which no new event is valued")
    return made


def _drawn(
    asked: Asked, structures: Sequence[Structure], every: Sequence[Combination], draws: Draws
) -> tuple[list[Ints], Ints]:
    """The place of each draw's alternative in each structure, and of its combination among all."""
    uniform = uniforms_beyond(asked.case.parameters, asked.case.names(), draws, len(structures))
    shape = tuple(len(s.alternatives) for s in structures)
    found = []
    for k, structure in enumerate(structures):
        share = np.zeros(shape[k])
        for combination in every:
            share[[a.name for a in structure.alternatives].index(combination.alternatives[k].name)] += (
                combination.weight
            )
        found.append(_places(share, uniform[:, k]))
    return found, np.ravel_multi_index(tuple(found), shape).astype(np.int64)


def _places(share: Floats, u: Floats) -> Ints:
    """Which of some shares of 1 each uniform falls on; never one of none."""
    there = np.flatnonzero(share > 0)
    ends = np.cumsum(share[there]) / share.sum()
    return np.asarray(there[np.minimum(np.searchsorted(ends, u, side="right"), len(there) - 1)])


def _rows(which: Ints, several: Sequence[Draws]) -> Draws:
    """Draws of which each row is that of the combination it has."""
    names = several[0].names
    values = np.stack([d.values[:, [d.names.index(n) for n in names]] for d in several])[which, np.arange(len(which))]
    return replace(several[0], values=values)


def _statistics(which: Ints, rows: Ints, several: Sequence[Statistics]) -> Statistics:
    """Sums by batch of which each draw is that of the combination it has; a value needs no others."""
    first = several[0]
    kept: dict[str, Any] = {}
    for name in arrays_of(first, BY_BATCH):
        kept[name] = np.stack([_as_named(x, name, first) for x in several])[which, rows]
    nobody = np.zeros((len(which), len(first.strategies), 0, len(first.states)))
    kept |= dict.fromkeys(EVERYBODY, np.zeros(0))
    return replace(first, grid=np.zeros(0), occupancy=nobody, subgroups={}, rougher={}, **kept)


def _as_named(one: Statistics, array: str, first: Statistics) -> Floats:
    """An array with the events and trackers of `first`: what cannot happen under the other's pathway never does."""
    values: Floats = getattr(one, array)
    axis = AXES[array][-1]
    names = {"outcome": "outcomes", "tracker": "trackers"}.get(axis)
    if names is None or getattr(one, names) == getattr(first, names):
        return values
    there = {n: k for k, n in enumerate(getattr(one, names))}
    never = np.zeros(values.shape[:-1])
    if array == "first":  # of what never happens, the time to it is all there is
        never = never + one.people * one.horizon
    return np.stack([values[..., there[n]] if n in there else never for n in getattr(first, names)], axis=-1)


__all__ = ["Averaged", "averaged"]
