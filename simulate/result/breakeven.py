"""From where on a strategy pays for itself: the value of one parameter at which costs are equal."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.contract import Breakeven
from parameters.arrays import Floats
from simulate.ask.answerable import unmeasured
from simulate.evaluate.uncertainty.precision import number_or_none
from simulate.result.valued import Valued


def breakeven_rows(result: Valued, breakeven: Breakeven) -> list[dict[str, Any]]:
    """For each strategy whose cost the parameter moves: where its mean incremental cost is 0, in the record's own unit.

    Costs are linear in a price or quantity, d(x) = d(0) + b x, so that the value is -d(0)/b: of the means, with the
    95% interval of the draws' own values. `probability` is that of a cost saving at the values drawn, which is how
    plausible the parameter makes it; None where nobody measured that. The interval is `narrow` where it leaves out
    something else that nobody measured. Nothing is simulated. No row where the
    setting fixes the parameter.
    """
    name = result.case.setting.given.get(breakeven.parameter, breakeven.parameter)
    if not isinstance(name, str):
        return []
    at_zero, at_one = (_increments(result.value(prices={name: x})) for x in (0.0, 1.0))
    drawn = _increments(result)
    slope = at_one - at_zero
    unit = result.case.parameters[name].unit
    rows = []
    for i, strategy in enumerate(result.strategies):
        if i == 0 or not slope[:, i].any():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            values = -at_zero[:, i] / slope[:, i]
            mean = -at_zero[:, i].mean() / slope[:, i].mean()
        low, high = np.quantile(values, [0.025, 0.975]) if np.isfinite(values).all() else (np.nan, np.nan)
        rows.append(
            {
                "parameter": name,
                "label": breakeven.label,
                "unit": unit,
                "strategy": strategy,
                "value": number_or_none(float(mean)),
                "low": number_or_none(float(low)),
                "high": number_or_none(float(high)),
                "narrow": bool(_others(result, name, strategy)),
                "pays_from": "above" if slope[:, i].mean() < 0 else "below",
                "probability": None if strategy in result.withheld.strategies else float((drawn[:, i] < 0).mean()),
            }
        )
    return rows


def _others(result: Valued, name: str, strategy: str) -> list[str]:
    """What else of a strategy nobody measured, beside the parameter asked for."""
    if strategy not in result.withheld.strategies:
        return []
    its = next(s for s in result.case.problem.strategies if s.id == strategy)
    found = [n for n in unmeasured(result.case, result.options, its) if n != name]
    return found or [result.case.setting.claimed] * bool(result.case.setting.claimed)


def _increments(result: Valued) -> Floats:
    """New minus comparator, [draws, strategies]."""
    return np.asarray(result.cost - result.cost[:, :1])
