"""What comes back for each pound of delivering a strategy, by payer, from one result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models.contract import ModelError, check_one_of
from simulate.evaluate.budget import return_on_investment
from simulate.result.judgement import only_new_strategy
from simulate.result.payers import by_payer, columns_of, costs_by_item, is_counted, is_delivery, payer_name
from simulate.result.valued import Valued

if TYPE_CHECKING:
    import pandas as pd


OTHERS = "others"  # cost items not named


def _cashable(result: Valued, given: Mapping[str, float]) -> Mapping[str, float]:
    """Shares by item; those of ``others`` go to every item not named."""
    names = [i.name for i in result.case.problem.costs]
    for name, share in given.items():
        check_one_of(name, [*names, OTHERS], "cashable")
        if not 0 <= share <= 1:
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
    cost = costs_by_item(result, result.statistics)
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
    return table, unknown
