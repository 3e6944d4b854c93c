"""A null effect takes the very same path as none: increments are exactly 0, in every sum and every history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.contract import Component, Effect, Strategy, Waning
from parameters.arrays import Floats
from simulate.engine.statistics import Statistics
from tests.oracle.rich import (
    BATCHED,
    BINNED,
    DRAWS,
    EFFECTS,
    OF_PERSONS,
    PATHWAY,
    PLAN,
    SUPPORT,
    USUAL,
    go,
    lowered,
    people,
    told,
)

ROWS = 100_000
OUTCOMES = tuple(f for f in (*BATCHED, *BINNED, *OF_PERSONS) if f not in ("delivered", "exposure"))
FADES = Waning("exponential", 0.7, 0.25)


def as_usual(statistics: Statistics, strategy: int = 1, draws: Sequence[int] = tuple(range(DRAWS))) -> bool:
    """Whether a strategy's outcomes are those of the first, to the last bit."""
    arrays = [getattr(statistics, f)[list(draws)] for f in OUTCOMES]
    return all(np.array_equal(a[:, 0], a[:, strategy]) for a in arrays)


def against_usual(part: Component, some: Floats | None = None) -> Statistics:
    strategies = (USUAL, Strategy("new", "New", (part,)))
    tables = lowered(strategies=strategies, some=some)
    statistics, history = go(tables, histories=ROWS)
    if as_usual(statistics):  # then histories are alike too
        usual, new = (history[history[:, 2] == s] for s in (0, 1))
        assert np.array_equal(np.delete(usual, 2, axis=1), np.delete(new, 2, axis=1))
    return statistics


EVERY = (
    ("hazard", None), ("time", None), ("odds", "detained"), ("risk", "detained"), ("odds", "informal"),
)  # fmt: skip
WHEN = {
    "throughout": {},
    "in a window": {"start": 0.3, "end": 1.4},
    "from a time on": {"start": 0.5},
    "waning": {"waning": FADES},
    "waning in a window": {"start": 0.3, "end": 1.9, "waning": Waning("linear", 1.1)},
}


def all_effects(when: str, ratio: float | str) -> tuple[Effect, ...]:
    """An effect of this size on every event and branch, at that time."""
    effects = []
    for event in PATHWAY.events:
        for kind, branch in EVERY:
            if branch is None or event.branches:
                effects.append(Effect(event.name, kind, ratio, branch=branch, **WHEN[when]))  # type: ignore[arg-type]
    return tuple(effects)


@pytest.mark.parametrize("uptake", [1.0, 0.6])
@pytest.mark.parametrize("when", WHEN)
def test_null_effects_on_everything(when: str, uptake: float) -> None:
    statistics = against_usual(Component("part", "", all_effects(when, 1.0), uptake=uptake))
    assert as_usual(statistics)
    assert statistics.delivered[:, 1].sum() > 0 and statistics.exposure[:, 1].sum() > 0
    assert (statistics.delivered[:, 0] == 0).all()
    small = against_usual(Component("part", "", all_effects(when, 1.0 + 1e-9), uptake=uptake))
    assert not as_usual(small)  # negative control: as small an effect as this is seen


@pytest.mark.parametrize("when", WHEN)
def test_effects_that_are_null_in_some_draws_only(when: str) -> None:
    """Draws with a ratio of 1 stay as they were, though another is walked through segments."""
    statistics = against_usual(replace(PLAN, effects=all_effects(when, "some")), some=np.array([1.0, 0.6, 1.0]))
    assert as_usual(statistics, draws=(0, 2)) and not as_usual(statistics, draws=(1,))


@pytest.mark.parametrize("uptake", [1.0, 0.6])
def test_zero_fidelity_is_no_effect(uptake: float) -> None:
    idle = replace(PLAN, fidelity=0.0, uptake=uptake)
    assert as_usual(against_usual(idle))
    assert as_usual(against_usual(replace(idle, effects=all_effects("waning in a window", 0.4))))
    assert not as_usual(against_usual(replace(idle, fidelity=1e-9)))  # negative control


def test_an_uptake_of_nobody_is_no_effect() -> None:
    statistics = against_usual(replace(PLAN, uptake=0.0))
    assert as_usual(statistics) and (statistics.delivered == 0).all()


@pytest.mark.parametrize(
    "window", [{"start": 2.6, "end": 9.0}, {"start": 50.0, "end": None}, {"start": 0.7, "end": 0.7}]
)
def test_an_effect_that_never_holds_is_no_effect(window: dict[str, float | None]) -> None:
    effects = tuple(replace(e, **window) for e in EFFECTS)  # type: ignore[arg-type]
    assert as_usual(against_usual(Component("part", "", effects, uptake=0.6)))
    late = tuple(replace(e, start=0.7, end=0.71) for e in EFFECTS)
    assert not as_usual(against_usual(Component("part", "", late)))  # negative control


@pytest.mark.parametrize("uptake", [1.0, 0.6])
def test_a_null_component_beside_another_changes_nothing(uptake: float) -> None:
    """In one strategy: with an idle component, with an effect of its own that is null, or without."""
    idle = Component("idle", "", all_effects("waning in a window", 1.0), uptake=uptake)
    more = replace(PLAN, effects=(*PLAN.effects, *all_effects("in a window", 1.0)))
    strategies = (
        Strategy("alone", "", (PLAN, SUPPORT)),
        Strategy("with", "", (PLAN, idle, SUPPORT)),
        Strategy("more", "", (more, SUPPORT)),
    )
    statistics = go(lowered(strategies=strategies))[0]
    assert as_usual(statistics, 1) and as_usual(statistics, 2)
    assert not as_usual(go(lowered(strategies=(Strategy("one", "", (PLAN,)), strategies[0])))[0])


def test_equal_segments_are_one() -> None:
    """An effect cut in two at any moment is the effect; two that cancel leave the very bits of none."""
    whole = Effect("admission", "hazard", 0.5, start=0.2, end=1.8)
    halves = (replace(whole, end=0.9), replace(whole, start=0.9))
    pair = (
        Strategy("whole", "", (Component("a", "", (whole,)),)),
        Strategy("halves", "", (Component("a", "", halves),)),
    )
    assert as_usual(go(lowered(strategies=pair))[0])
    gap = (replace(whole, end=0.9), replace(whole, start=1.0))
    pair = (pair[0], Strategy("gap", "", (Component("a", "", gap),)))
    assert not as_usual(go(lowered(strategies=pair))[0])  # negative control
    cancelled = tuple(Effect("admission", "hazard", r, start=0.2, end=1.8) for r in (0.5, 2.0))
    assert as_usual(against_usual(Component("part", "", cancelled)))


def test_null_effects_on_people_of_a_file() -> None:
    part = Component("part", "", all_effects("waning", 1.0), uptake=0.5)
    tables = lowered(strategies=(USUAL, Strategy("new", "", (part,))))
    file = people()
    statistics, history = go(tables, file=file, histories=ROWS)
    assert as_usual(statistics)
    usual = {(r[:2], r[3:]) for r in told(tables, history, file.ids) if r[2] == "usual"}
    assert usual == {(r[:2], r[3:]) for r in told(tables, history, file.ids) if r[2] == "new"}
