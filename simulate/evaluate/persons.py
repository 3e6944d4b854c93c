"""Statistics of single people: each as a batch of one, so that costs and effects are valued by the same rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from models.contract import (
    Basis,
    ComponentTime,
    DecisionProblem,
    Delivery,
    EventCount,
    ModelError,
    StateTime,
    StayBand,
)
from parameters.arrays import Floats
from simulate.engine.statistics import BY_DRAW, UNDISCOUNTED, Statistics, collected
from simulate.evaluate.weighing import is_weighed


def persons_of(
    statistics: Statistics, problem: DecisionProblem, perspectives: Iterable[str], effects: Iterable[str]
) -> Statistics:
    """The same people told one by one, each a batch, to be valued under `perspectives` and by `effects`.

    `statistics` are of a run that kept the totals of every person. ``ModelError`` for a cost whose basis is not told
    by person: all but time in states, events, and what everybody gets.
    """
    if statistics.person_time.size == 0:
        raise ModelError("single people need the totals of every person: run with persons")
    certain = {c.name for s in problem.strategies for c in s.components if c.uptake == 1.0}
    for perspective in perspectives:
        for item in problem.counted(perspective):
            if is_weighed(item):
                raise ModelError(
                    f"CostItem {item.name}: by age, by characteristic or before the end: not told by person"
                )
            _refuse_untold(f"CostItem {item.name}", item.basis, certain)
    for effect in effects:
        for gain in problem.effect(effect).items:
            _refuse_untold(f"EffectMeasure {effect}", gain.basis, certain)
        if problem.effect(effect).is_qaly and any(map(is_weighed, problem.utilities)):
            raise ModelError(
                f"EffectMeasure {effect}: utilities by age, by characteristic or before the end are not told by person"
            )
    people = statistics.person_time.shape[2]
    each = (*statistics.person_time.shape[:3], len(statistics.trackers))
    ever = np.zeros(each)
    for k, name in enumerate(statistics.trackers):
        outcomes = statistics.outcome_indices(problem.pathway.resolve(name))
        ever[..., k] = statistics.person_count[..., UNDISCOUNTED, outcomes].sum(axis=-1) > 0
    return replace(
        statistics,
        people=np.ones(people),
        time=statistics.person_time,
        count=statistics.person_count,
        ever=ever,
        first=np.zeros(each),
        delivered=_alike(statistics, people),
        exposure=np.zeros(0),
        nth=np.zeros(0),
        bands=np.zeros(0),
        weighed=np.zeros(0),
    )


def of_draws(statistics: Statistics, draws: slice) -> Statistics:
    """The same of some draws, with nothing told by subgroup."""
    by_draw: dict[str, Any] = {n: values[draws] for n, values in collected(statistics, BY_DRAW).items()}
    return replace(statistics, subgroups={}, **by_draw)


def _alike(statistics: Statistics, people: int) -> Floats:
    """What is delivered to each, where everybody gets the same: [draw, strategy, person, 3, component]."""
    total = statistics.delivered.sum(axis=2, keepdims=True) / statistics.people.sum()
    return np.repeat(total, people, axis=2)


# Whether the totals of a person tell how much of a basis it had; with the components that everybody gets.
OF_A_PERSON: Mapping[type, Callable[[Any, set[str]], bool]] = {
    StateTime: lambda basis, certain: True,
    StayBand: lambda basis, certain: False,
    EventCount: lambda basis, certain: basis.first == 1 and basis.last is None,
    Delivery: lambda basis, certain: basis.component in certain,
    ComponentTime: lambda basis, certain: False,
}


def _refuse_untold(name: str, basis: Basis, certain: set[str]) -> None:
    if not OF_A_PERSON[type(basis)](basis, certain):
        raise ModelError(
            f"{name}: {type(basis).__name__} is not told by person; allowed: time in states, events, and what everybody"
            " gets from a component with an uptake of 1"
        )
