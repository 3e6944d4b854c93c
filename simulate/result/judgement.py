"""What a decision is judged at when nobody says: a willingness to pay among the setting's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.contract import Delivery, ModelError, check_one_of
from parameters.arrays import Floats
from simulate.ask.case import Case
from simulate.evaluate.decision.acceptability import benefit_at, net_benefit
from simulate.evaluate.uncertainty.precision import mcse
from simulate.result.valued import Valued


def refuse_judgement(case: Case, wtp: float | None, strategy: str | None = None) -> None:
    """Raise ``ModelError`` for a threshold or strategy that no result could be judged by, before anything runs."""
    compared = [s.id for s in case.problem.strategies]
    if len(compared) < 2:
        raise ModelError(f"{case.problem.id}: one strategy; there is nothing to compare")
    if strategy is not None:
        check_one_of(strategy, compared[1:], "strategy")
    if wtp is not None and not (np.isfinite(wtp) and wtp >= 0):
        raise ModelError(f"wtp: {wtp}; allowed: a finite number of pounds, 0 or more")


def chosen_threshold(result: Valued, wtp: float | None) -> float:
    """`wtp`, or the setting's usual one, GBP per unit of effect."""
    return default_threshold(result) if wtp is None else float(wtp)


def only_new_strategy(result: Valued, strategy: str | None) -> str:
    """The new strategy asked for; where there is but one, that. ``ModelError`` otherwise."""
    new = result.strategies[1:]
    if strategy is None and len(new) != 1:
        raise ModelError(f"strategy: {len(new)} to choose from; give one of {', '.join(new)}")
    check_one_of(strategy or new[0], new, "strategy")
    return strategy or new[0]


def best_new_strategy(result: Valued, strategy: str | None, net_benefit: Floats) -> str:
    """The new strategy asked for, or that of the greatest `net_benefit` [strategies]; ``ModelError`` where none is."""
    new = result.strategies[1:]
    if not new:
        raise ModelError("one strategy; there is none to compare with it")
    if strategy is not None:
        check_one_of(strategy, new, "strategy")
        return strategy
    return new[int(np.argmax(net_benefit[1:]))]


def base_case_worth(result: Valued, wtp: float) -> Floats:
    """Net benefit in the first draw of a sensitivity analysis, its base case, GBP per person, [strategies]."""
    return np.asarray(net_benefit(result.cost[:1], result.effect[:1], wtp)[0])


def increments(result: Valued, strategy: str, wtp: float) -> dict[str, Floats]:
    """Incremental net benefit, cost and effect of a strategy, by outcome, each [draws]; new minus comparator."""
    i = result.strategies.index(strategy)
    cost, effect = (x[:, i] - x[:, 0] for x in (result.cost, result.effect))
    return {"nmb": benefit_at(wtp, cost, effect), "cost": cost, "effect": effect}


def batch_increments(result: Valued, strategy: str, wtp: float) -> dict[str, Floats]:
    """The same by batch of people, means per person, each [draws, batches]."""
    i = result.strategies.index(strategy)
    cost, effect = (x[:, i] - x[:, 0] for x in (result.values.cost, result.values.effect))
    return {"nmb": benefit_at(wtp, cost, effect), "cost": cost, "effect": effect}


def error(result: Valued, batches: Floats) -> float:
    """Monte Carlo standard error of the mean of one row [batches]."""
    return float(mcse(batches[None, :], result.values.people, None))


def how_judged(result: Valued, kind: str, strategy: str, wtp: float) -> dict[str, Any]:
    """What was run and how it is judged."""
    case, options = result.case, result.options
    return {
        "kind": kind,
        "problem": case.problem.id,
        "setting": case.setting.name,
        "perspective": options.perspective,
        "effect": options.effect,
        "strategy": strategy,
        "versus": result.strategies[0],
        "wtp": wtp,
        "people": options.people,
        "seed": options.seed,
    }


def error_of(result: Valued, threshold: float) -> float:
    """The greatest MCSE of a strategy's mean incremental net benefit against the comparator, GBP per person."""
    return float(mcse(batch_net_benefits(result, threshold), result.values.people, result.replicate).max())


def batch_net_benefits(result: Valued, threshold: float) -> Floats:
    """Incremental net benefit of batches, GBP, new minus comparator, [draws, strategies less one, batches]."""
    benefit = benefit_at(threshold, result.values.cost, result.values.effect)
    return np.asarray(benefit[:, 1:] - benefit[:, :1])


QALY_THRESHOLD = 20_000.0  # GBP per QALY, the lower end of the range NICE used until 2025


def default_threshold(result: Valued) -> float:
    """GBP per unit of effect: the first from £20,000 a QALY; for another effect, the middle one of the problem's.

    £0 for an effect that only counts whom the service reaches: to value that would be to pay for the service twice.
    """
    known = result.thresholds
    if _only_counts_delivery(result):
        return 0.0
    if _counts_qalys(result):
        return float(next((t for t in known if t >= QALY_THRESHOLD), known[-1]))
    return float(known[len(known) // 2])


def why_default(result: Valued) -> str:
    """Why that threshold, in words."""
    if _only_counts_delivery(result):
        return "since to be reached is worth nothing by itself"
    if _counts_qalys(result):
        return "the first of the setting's thresholds from £20,000 a QALY"
    return "the middle one of the setting's thresholds"


def _only_counts_delivery(result: Valued) -> bool:
    items = result.case.problem.effect(result.options.effect).items
    return bool(items) and all(isinstance(i.basis, Delivery) and i.value == 1.0 and not i.quantities for i in items)


def _counts_qalys(result: Valued) -> bool:
    return result.case.problem.effect(result.options.effect).is_qaly
