"""Costs told apart by who pays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.contract import ComponentTime, CostItem, Delivery, StateTime, Strategy
from parameters.arrays import Floats
from simulate.engine.statistics import UNDISCOUNTED, Statistics
from simulate.evaluate.valuation import cost_by_item
from simulate.result.valued import Valued

Column = tuple[str, str]  # payer and kind


def columns_of(items: Sequence[CostItem]) -> list[Column]:
    """Payers and kinds in order of appearance. What another item already contains (``opportunity``) is no money."""
    return list(dict.fromkeys((i.payer, i.kind) for i in items if i.kind in ("resource", "transfer")))


def payer_name(column: Column) -> str:
    """The payer, and that of its transfers apart."""
    payer, kind = column
    return payer if kind == "resource" else f"{payer}_{kind}s"


def is_counted(result: Valued, column: Column) -> bool:
    """Whether the result's perspective has that payer and kind."""
    seen = result.case.problem.perspective(result.options.perspective)
    return column[0] in seen.payers and column[1] in seen.kinds


def by_payer(cost: Floats, items: Sequence[CostItem], columns: Sequence[Column]) -> Floats:
    """Cost [..., items] summed to [..., columns]."""
    places = [[k for k, item in enumerate(items) if (item.payer, item.kind) == c] for c in columns]
    return np.stack([cost[..., p].sum(axis=-1) for p in places], axis=-1)


def costs_by_item(result: Valued, statistics: Statistics) -> Floats:
    """Undiscounted cost per person of a result's draws as `statistics` have it, GBP, [draws, strategies, items]."""
    problem = result.case.problem
    found = cost_by_item(problem, result.draws, statistics, rate=UNDISCOUNTED)
    shape = (*result.statistics.time.shape[:2], 0)
    return np.stack([found[item.name] for item in problem.costs], axis=2) if problem.costs else np.zeros(shape)


def is_delivery(item: CostItem, strategy: Strategy) -> bool:
    """Whether an item is what delivering `strategy` costs: priced by one of its components, and no gain."""
    if not isinstance(item.basis, Delivery | ComponentTime | StateTime) or item.sign < 0:
        return False
    return item.basis.component in {c.name for c in strategy.components}
