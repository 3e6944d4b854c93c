"""Costs and utilities by age, by characteristic and before the end: which weighed rows they are sums of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from models.bases import expanded
from models.contract import (
    ComponentTime,
    CostItem,
    DecisionProblem,
    Delivery,
    EventCount,
    Quantity,
    StateTime,
    Utility,
)
from parameters.arrays import Floats
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.weighed import Weighed
from simulate.engine.statistics import Statistics

Row = tuple[Weighed, tuple[Quantity, ...]]  # what is counted, and the values that multiply it beside the item's own


def is_weighed(item: CostItem | Utility) -> bool:
    """Whether an item goes by more than the state: what all people's sums of time and events do not tell."""
    return bool(item.by) or item.before is not None


def weighed_in(problem: DecisionProblem) -> tuple[Weighed, ...]:
    """Every row that the problem's costs and utilities are sums of, each once."""
    items: list[CostItem | Utility] = [*problem.costs, *problem.utilities]
    return tuple({row.words(): row for item in items for row, _ in rows_of(problem, item)}.values())


def rows_of(problem: DecisionProblem, item: CostItem | Utility) -> Iterator[Row]:
    """The rows that an item is a sum of; none where it goes by the state alone."""
    if not is_weighed(item):
        return
    counted = _of_utility(problem, item) if isinstance(item, Utility) else _of_basis(item.basis)
    for weight, values in expanded(item.by):
        yield Weighed(weight=weight, before=item.before, **counted), values


def _of_utility(problem: DecisionProblem, utility: Utility) -> dict[str, Any]:
    """What a utility is counted by: time, as a level where none before it holds; or an event."""
    if utility.event is not None:
        return {"what": "event", "name": utility.event}
    levels = [u for u in problem.utilities if u.role == "level"]
    place = next((i for i, u in enumerate(levels) if u is utility), 0)
    unless = tuple(dict.fromkeys(u.when for u in levels[:place])) if utility.role == "level" else ()
    return {"what": "time", "when": utility.when, "unless": unless}


COUNTED: Mapping[type, str] = {EventCount: "event", Delivery: "delivered", ComponentTime: "under"}


def _of_basis(basis: Any) -> dict[str, Any]:
    if isinstance(basis, StateTime):
        return {"what": "time", "when": basis.when}
    return {"what": COUNTED[type(basis)], "name": basis.name if isinstance(basis, EventCount) else basis.component}


def weighed_sum(
    problem: DecisionProblem, item: CostItem | Utility, lookup: Lookup, statistics: Statistics, rate: int
) -> Floats:
    """An item's rows times their values, summed over the people of each batch, [draws, strategies, batches]."""
    total = np.zeros(statistics.time.shape[:3])
    for row, values in rows_of(problem, item):
        each = statistics.weighed[..., rate, statistics.weighed_index(row.words())]
        for value in values:
            each = each * lookup(value)
        total = total + each
    return total
