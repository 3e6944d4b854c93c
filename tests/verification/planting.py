"""Ways of planting a fault in the program, for the time of a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from models.contract import Effect
from parameters import Draws, sampling
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.engine.statistics import Statistics
from simulate.running import lowering, running

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


class Fault(NamedTuple):
    """The check that must fail, what is planted in words, and how; the setting of the model it is planted under."""

    check: str
    words: str
    plant: Plant
    setting: str = "base"


# --- ways of planting -----------------------------------------------------------------------------


def wrapped(where: Any, name: str, change: Callable[..., Any]) -> Plant:
    """What a function returns, changed: `change` is given that and the function's own arguments."""
    whole = getattr(where, name)

    def plant(patch: Patch) -> None:
        patch.setattr(where, name, lambda *a, **k: change(whole(*a, **k), *a, **k))

    return plant


def instead(where: Any, name: str, other: Any) -> Plant:
    """Another thing in a name's place."""
    return lambda patch: patch.setattr(where, name, other)


def sums(change: Callable[[Statistics, Asked], Statistics]) -> Plant:
    """What a simulation leaves behind, changed."""
    return wrapped(running, "simulate_draws", lambda found, asked, *a, **k: change(found, asked))


def seeded(seed: Callable[[Asked, Draws], int]) -> Plant:
    """People of another seed than was asked for."""
    whole = running.simulate_draws

    def other(asked: Asked, draws: Draws, **more: Any) -> Statistics:
        return whole(asked.but(seed=seed(asked, draws)), draws, **more)

    return instead(running, "simulate_draws", other)


def told(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Plant:
    """One array of what a simulation leaves behind, changed."""

    def of(x: Statistics, asked: Asked) -> Statistics:
        changes: dict[str, Any] = {name: change(np.array(getattr(x, name)))}
        return replace(x, **changes)

    return sums(of)


def drawn(change: Callable[[np.ndarray, Any, np.ndarray], np.ndarray]) -> Plant:
    """Draws of one parameter, changed: given them, the distribution and the uniforms."""
    return wrapped(sampling, "drawn_at", lambda values, law, u: change(values, law, u))


def sampled(change: Callable[..., Draws]) -> Plant:
    """The draws of a run, changed."""
    return wrapped(running, "sample", change)


def lowered_as(change: Callable[[Case], Case]) -> Plant:
    """Another case than asked for reaches the simulator."""
    whole = lowering.lower_apart
    return instead(running, "lower_apart", lambda case, *a: whole(change(case), *a))


def with_every_effect(case: Case, change: Callable[[Effect], Effect]) -> Case:
    def of(strategy: Any) -> Any:
        parts = tuple(replace(c, effects=tuple(map(change, c.effects))) for c in strategy.components)
        return replace(strategy, components=parts)

    return replace(case, problem=replace(case.problem, strategies=tuple(map(of, case.problem.strategies))))


def at(array: np.ndarray, place: Any, factor: float) -> np.ndarray:
    changed = array.copy()
    changed[place] *= factor
    return changed


def plus(array: np.ndarray, place: Any, more: float) -> np.ndarray:
    changed = array.copy()
    changed[place] += more
    return changed
