"""What happens in each year since entry, or at each age: time at every level and counts of every event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.contract import Pathway
from parameters.arrays import Floats
from simulate.engine.statistics import UNDISCOUNTED, Statistics
from simulate.evaluate.uncertainty.precision import mcse_of_draws, mean_and_interval, number_or_none

if TYPE_CHECKING:
    import pandas as pd


def by_bin(
    statistics: Statistics,
    pathway: Pathway,
    kind: str,
    time: Floats,
    count: Floats,
    edges: Sequence[float],
    replicate: npt.NDArray[np.int64] | None,
) -> pd.DataFrame:
    """One row a bin, strategy, measure and name: mean, 95% interval over draws and MCSE.

    `time` and `count` [draw, strategy, bin, 3, ...] are those of the bins between `edges`. Measures, per
    person who entered and undiscounted: ``years`` at a level of a domain (named ``domain.level``), and
    ``events``, the count of an event, a branch (``event.branch``) or a group.
    """
    import pandas as pd

    people = float(statistics.people.sum())
    rows: list[dict[str, Any]] = []
    for k in range(time.shape[2]):
        bounds = {kind: k + 1, "from": float(edges[k]), "to": number_or_none(edges[k + 1])}
        for measure, name, values in _measures(statistics, pathway, time[:, :, k], count[:, :, k]):
            rows += [
                {**bounds, "strategy": s, "measure": measure, "name": name}
                | _described(values[:, i] / people, replicate)
                for i, s in enumerate(statistics.strategies)
            ]
    return pd.DataFrame(rows)


def _measures(x: Statistics, pathway: Pathway, time: Floats, count: Floats) -> Iterator[tuple[str, str, Floats]]:
    """Measure, name and sums over people [draw, strategy] of one bin."""
    for domain in pathway.domains:
        for level in domain.levels:
            states = [i for i, state in enumerate(x.states) if state.get(domain.name) == level]
            yield "years", f"{domain.name}.{level}", time[:, :, UNDISCOUNTED, states].sum(axis=-1)
    for name in [*pathway.outcome_names(), *(g.name for g in pathway.groups)]:
        outcomes = x.outcome_indices(pathway.resolve(name))
        yield "events", name, count[:, :, UNDISCOUNTED, outcomes].sum(axis=-1)


def _described(values: Floats, replicate: npt.NDArray[np.int64] | None) -> dict[str, float | None]:
    return {**mean_and_interval(values), "mcse": number_or_none(float(mcse_of_draws(values, replicate)))}


__all__ = ["by_bin"]
