"""Who pays: costs by payer, and what comes back to each for a pound of delivering a strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.bases import component_of
from models.contract import CostItem, ModelError, Strategy, check_one_of
from parameters.arrays import Floats
from parameters.units import SHARE
from simulate.engine.statistics import UNDISCOUNTED, Statistics
from simulate.evaluate.impact.budget import COLUMN_ENDS, Column, payer_name, return_on_investment
from simulate.evaluate.valuation import cost_by_item
from simulate.result.judgement import only_new_strategy
from simulate.result.valued import Valued

if TYPE_CHECKING:
    import pandas as pd


OTHERS = "others"  # cost items not named


def columns_of(items: Sequence[CostItem]) -> list[Column]:
    """Payers and kinds in order of appearance. What another item already contains (``opportunity``) is no money."""
    return list(dict.fromkeys((i.payer, i.kind) for i in items if COLUMN_ENDS[i.kind] is not None))


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
    return item.sign > 0 and component_of(item.basis) in {c.name for c in strategy.components}


def _cashable(result: Valued, given: Mapping[str, float]) -> Mapping[str, float]:
    """Shares by item; those of ``others`` go to every item not named."""
    names = [i.name for i in result.case.problem.costs]
    for name, share in given.items():
        check_one_of(name, [*names, OTHERS], "cashable")
        if SHARE.refusal(share) is not None:
            raise ModelError(f"cashable {name}: {share:g}; allowed: a share from 0 to 1")
    others = given.get(OTHERS)
    return {n: s for n in names if (s := given.get(n, others)) is not None}


def returns(
    result: Valued, *, strategy: str | None = None, cashable: Mapping[str, float] | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """What comes back for each pound of delivering a strategy, undiscounted: see ``evaluate.return_on_investment``.

    With it, the items with a saving whose cashable share was not given.
    """
    items, free = result.case.problem.costs, _cashable(result, cashable or {})
    chosen = only_new_strategy(result, strategy)
    new, columns = result.strategies.index(chosen), columns_of(items)
    declared = next(s for s in result.case.problem.strategies if s.id == chosen)
    cost = costs_by_item(result, result.counted)
    change = cost[:, new] - cost[:, 0]  # [draw, item]
    spent = np.array([is_delivery(item, declared) for item in items])
    shares = np.array([free.get(item.name, np.nan) for item in items])
    counted = np.array([is_counted(result, (item.payer, item.kind)) for item in items])
    moved = np.any(change != 0, axis=0) & ~spent
    unknown = tuple(items[k].name for k in np.flatnonzero(moved & counted & np.isnan(shares)))
    saved = np.where(spent, 0.0, -change)
    table = return_on_investment(
        by_payer(np.where(spent, change, 0.0), items, columns),
        by_payer(saved, items, columns),
        payers=[payer_name(c) for c in columns],
        counted=[is_counted(result, c) for c in columns],
        cashable=by_payer(np.where(moved, saved * shares, 0.0), items, columns) if free else None,
    )
    unit = result.case.money.unit
    return table.rename(columns={c: c.replace("per_pound", f"per_{unit}") for c in table.columns}), unknown
