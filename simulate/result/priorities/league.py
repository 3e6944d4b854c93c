"""A league table of independent programmes under a budget: never one frontier across programmes.

Programmes that do not exclude each other are ranked by the net benefit that a pound of their cost buys, within a unit
of effect; across units nothing is ranked, since no price makes a day in work and a percentage point the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.contract import ModelError
from parameters import Money
from parameters.units import NOT_NEGATIVE
from simulate.ask.case import Case
from simulate.evaluate.decision.acceptability import benefit_at, ceac, net_benefit
from simulate.evaluate.decision.equality import settled_means
from simulate.result.judgement import default_threshold
from simulate.result.plain import rows_of
from simulate.result.summary import summary_of
from simulate.result.valued import Valued

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class League:
    """Programmes in order: those that save and gain first, then by net benefit for each pound of cost."""

    table: pd.DataFrame
    budget: float
    divisible: bool
    sign: str  # of its money

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "sign": "new minus comparator",
            "budget": self.budget,
            "divisible": self.divisible,
            "programmes": rows_of(self.table),
        }


def league(
    results: Sequence[Valued],
    budget: float,
    population: Mapping[str, float],
    *,
    thresholds: Mapping[str, float] | None = None,
    divisible: bool = True,
) -> League:
    """Rank the programmes of `results`, each its problem's last strategy against its comparator, and spend `budget`.

    `population`: people by problem id. Within a unit of effect the order is by net benefit at the threshold (by unit;
    the setting's default otherwise) for each pound of mean cost; programmes that save come first and cost nothing of
    the budget, and those without net benefit are never funded. The budget is spent unit by unit in the order given.
    With `divisible` a last programme is funded in part; without, one that does not fit is passed over. ``ModelError``
    on a missing population, a negative budget or a problem given twice.
    """
    import pandas as pd

    check(budget, population, [r.case.problem.id for r in results])
    sign = one_money([r.case for r in results]).sign
    rows = [_row(r, population[r.case.problem.id], thresholds or {}) for r in results]
    units = list(dict.fromkeys(r["unit"] for r in rows))
    rows.sort(key=lambda r: (units.index(r["unit"]), -_rank(r)))
    left = budget
    for row in rows:
        row["funded"] = _funded(row, left, divisible)
        left -= max(row["outlay"], 0.0) * row["funded"]
        row["left"] = left
    return League(pd.DataFrame(rows), budget, divisible, sign)


def check(budget: float, population: Mapping[str, float], ids: Sequence[str]) -> None:
    """Raise ``ModelError`` with everything that is wrong with what a league table is asked for."""
    wrong = [f"{i}: given {ids.count(i)} times" for i in dict.fromkeys(ids) if ids.count(i) > 1]
    wrong += [f"{i}: no population; give {i}=PEOPLE" for i in dict.fromkeys(ids) if i not in population]
    wrong += [f"{i}: not among the programmes" for i in population if i not in ids]
    wrong += [
        f"{i}: {n:g} people; must be 0 or more" for i, n in population.items() if NOT_NEGATIVE.refusal(n) is not None
    ]
    if NOT_NEGATIVE.refusal(budget) is not None:
        wrong.append(f"budget: {budget:g}; must be 0 or more")
    if wrong:
        raise ModelError("; ".join(wrong))


def one_money(cases: Sequence[Case]) -> Money:
    """The money of every programme; ``ModelError`` where they are in several, which no budget could be spent in."""
    told = {case.problem.id: case.money for case in cases}
    if len({money.name for money in told.values()}) > 1:
        words = ", ".join(f"{i} in {money.name}" for i, money in told.items())
        raise ModelError(f"league: {words}; allowed: programmes in one currency, at prices of one year")
    return next(iter(told.values()))


def _row(result: Valued, people: float, thresholds: Mapping[str, float]) -> dict[str, Any]:
    measure = result.case.problem.effect(result.options.effect)
    threshold = 0.0 if result.withheld.threshold else thresholds.get(measure.unit, default_threshold(result))
    best = ceac(result.cost[:, [0, -1]], result.effect[:, [0, -1]], threshold)[0, 1]
    found = summary_of(result)["incremental"][-1]
    d_cost, d_effect = (x[:, -1] - x[:, 0] for x in (result.cost, result.effect))
    worth = settled_means(net_benefit(result.cost[:, [0, -1]], result.effect[:, [0, -1]], threshold))
    return {
        "programme": result.strategies[-1],
        "problem": result.case.problem.id,
        "setting": result.case.setting.name,
        "evidence": result.case.problem.evidence,
        "unit": measure.unit,
        "threshold": float(threshold),
        "cost": found["cost"]["mean"],
        "cost_low": found["cost"]["low"],
        "cost_high": found["cost"]["high"],
        "effect": found["effect"]["mean"],
        "effect_low": found["effect"]["low"],
        "effect_high": found["effect"]["high"],
        "icer": found["icer"],
        "verdict": found["verdict"],
        "net_benefit": 0.0 if worth[0] == worth[1] else float(benefit_at(threshold, d_cost.mean(), d_effect.mean())),
        "p_cost_effective": None if result.strategies[-1] in result.withheld.strategies else float(best),
        "people": people,
        "outlay": people * found["cost"]["mean"],
    }


def _rank(row: Mapping[str, Any]) -> float:
    """Net benefit for each pound; what saves and has net benefit comes before everything."""
    if row["net_benefit"] <= 0:
        return -np.inf
    return float(np.inf if row["cost"] <= 0 else row["net_benefit"] / row["cost"])


def _funded(row: Mapping[str, Any], left: float, divisible: bool) -> float:
    """Share of a programme that is funded."""
    if row["net_benefit"] <= 0:
        return 0.0
    if row["outlay"] <= left or row["outlay"] <= 0:
        return 1.0
    return left / row["outlay"] if divisible else 0.0
