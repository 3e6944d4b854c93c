"""What a decision is judged at when nobody says, and what a comparison comes to in words that it bears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from models.contract import Direction, EffectMeasure, ModelError, check_one_of
from parameters.arrays import Floats
from parameters.ground.spoken import option
from parameters.money.currencies import USUAL, signed
from parameters.money.willingness import QALY_THRESHOLD
from parameters.units import NOT_NEGATIVE
from simulate.ask.case import Case
from simulate.ask.changes import changes_of
from simulate.evaluate.decision import frontier
from simulate.evaluate.decision.acceptability import benefit_at, expected_loss, net_benefit
from simulate.evaluate.decision.equality import best, settled_means
from simulate.evaluate.decision.table import Table
from simulate.evaluate.rare.lacking import BUT_UNSEEN
from simulate.evaluate.uncertainty.precision import mcse
from simulate.evaluate.uncertainty.told import can_be_told
from simulate.result.published import misses
from simulate.result.valued import Valued


def refuse_judgement(
    case: Case,
    threshold: float | None,
    strategy: str | None = None,
    *,
    effect: str | None = None,
    perspective: str | None = None,
) -> None:
    """Raise ``ModelError`` for a threshold or strategy that no result could be judged by, before anything runs."""
    compared = [s.id for s in case.problem.strategies]
    if len(compared) < 2:
        raise ModelError(f"{case.problem.id}: one strategy; there is nothing to compare")
    if strategy is not None:
        check_one_of(strategy, compared[1:], "strategy")
    if threshold is not None and NOT_NEGATIVE.refusal(threshold) is not None:
        raise ModelError(f"{option('threshold')}: {threshold}; allowed: a finite number, 0 or more")
    why = case.problem.only_at_0(effect or case.setting.effect, perspective or case.setting.perspective)
    if threshold and why:
        raise ModelError(f"{option('threshold')}: {threshold:g}; only {signed(case.money.sign, '0')} is allowed: {why}")


def chosen_threshold(result: Valued, threshold: float | None) -> float:
    """`threshold`, or the setting's usual one, money per unit of effect."""
    if threshold is not None:
        result.refuse_threshold(float(threshold))
    return default_threshold(result) if threshold is None else float(threshold)


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
    return new[int(best(net_benefit[1:]))]


def base_case_worth(result: Valued, threshold: float) -> Floats:
    """Net benefit in the first draw of a sensitivity analysis, its base case, money per person, [strategies]."""
    return np.asarray(net_benefit(result.cost[:1], result.effect[:1], threshold)[0])


def increments(result: Valued, strategy: str, threshold: float) -> dict[str, Floats]:
    """Incremental net benefit, cost and effect of a strategy, by outcome, each [draws]; new minus comparator.

    Where the two strategies are worth the same but for rounding, the first is exactly 0.
    """
    i = result.strategies.index(strategy)
    cost, effect = (x[:, i] - x[:, 0] for x in (result.cost, result.effect))
    worth = net_benefit(result.cost[:, [0, i]], result.effect[:, [0, i]], threshold)
    nmb = np.where(worth[:, 0] == worth[:, 1], 0.0, benefit_at(threshold, cost, effect))
    return {"nmb": nmb, "cost": cost, "effect": effect}


def batch_increments(result: Valued, strategy: str, threshold: float) -> dict[str, Floats]:
    """The same by batch of people, means per person, each [draws, batches]."""
    i = result.strategies.index(strategy)
    cost, effect = (x[:, i] - x[:, 0] for x in (result.values.cost, result.values.effect))
    return {"nmb": benefit_at(threshold, cost, effect), "cost": cost, "effect": effect}


def error(result: Valued, batches: Floats) -> float:
    """Monte Carlo standard error of the mean of one row [batches]."""
    return float(mcse(batches[None, :], result.values.people, None))


def how_judged(result: Valued, kind: str, strategy: str, threshold: float) -> dict[str, Any]:
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
        "wtp": threshold,
        "people": options.people,
        "seed": options.seed,
        "changed": changes_of(case, options),
        "unseen": unseen_names(result),
    }


def error_of(result: Valued, threshold: float) -> float:
    """The greatest MCSE of a strategy's mean incremental net benefit against the comparator, money per person."""
    return float(mcse(batch_net_benefits(result, threshold), result.values.people, result.replicate).max())


def batch_net_benefits(result: Valued, threshold: float) -> Floats:
    """Incremental net benefit of batches, money, new minus comparator, [draws, strategies less one, batches]."""
    benefit = benefit_at(threshold, result.values.cost, result.values.effect)
    return np.asarray(benefit[:, 1:] - benefit[:, :1])


def losses(result: Valued, at: Floats) -> Table:
    """What choosing each strategy is expected to lose at thresholds, money per person; empty where it is not told.

    Noise between people does not move means: the corrected loss is the corrected EVPI and how far the mean lies below
    the best.
    """
    nothing = np.full((len(at), len(result.strategies)), np.nan)
    told = not result.withheld.evpi
    naive = expected_loss(result.cost, result.effect, at) if told else nothing
    corrected = nothing
    if told and result.noise_is_known:
        means = net_benefit_means(result, at)
        corrected = result.over(at).evpi[:, None] + means.max(axis=1, keepdims=True) - means
    columns = {f"loss_{s}": naive[:, i] for i, s in enumerate(result.strategies)}
    return Table(
        {"threshold": at} | columns | {f"corrected_{s}": corrected[:, i] for i, s in enumerate(result.strategies)}
    )


def net_benefit_means(result: Valued, at: Floats) -> Floats:
    """Mean net benefit of each strategy at thresholds, money per person, [thresholds, strategies]."""
    cost, effect = settled_means(result.cost), settled_means(result.effect)
    return np.array([benefit_at(float(k), cost, effect) for k in at])


def usual_threshold(case: Case) -> float:
    """What is usual for a QALY in the case's own money; ``ModelError`` where we know of nothing that is."""
    if case.money.currency != USUAL:
        name = option("threshold")
        raise ModelError(f"{name}: none is usual in {case.money.name}; allowed: {name} with a number of one's own")
    return QALY_THRESHOLD


def default_threshold(result: Valued) -> float:
    """Money per unit of effect: the first from `QALY_THRESHOLD`, where QALYs are paid in pounds; else the middle one.

    0 for an effect that is worth nothing beside its cost: to value it would be to pay for it twice.
    """
    known, asked = result.thresholds, result.options.threshold
    if asked is not None and not result.withheld.threshold:
        return float(asked)
    if _is_nice(result):
        return float(next((t for t in known if t >= QALY_THRESHOLD), known[-1]))
    return float(known[len(known) // 2])


def why_default(result: Valued) -> str:
    """Why that threshold, in words."""
    if result.withheld.threshold:
        return f"since {result.withheld.threshold}"
    if result.options.threshold is not None:
        return "as asked"
    if _is_nice(result):
        at = signed(result.case.money.sign, f"{QALY_THRESHOLD:,.0f}")
        return f"the first of the setting's thresholds from {at} a QALY"
    if result.assumes_thresholds:
        return "the middle one of a plain grid, since the model declares no willingness to pay"
    return "the middle one of the setting's thresholds"


def _is_nice(result: Valued) -> bool:
    """Whether the range that NICE has used is one of it: of QALYs, in pounds."""
    return result.case.money.currency == USUAL and result.case.problem.effect(result.options.effect).is_qaly


# --- in words -------------------------------------------------------------------------------------

# Of draws, on whose side the mean must lie before one strategy is said to dominate: "likely" of the Intergovernmental
# Panel on Climate Change (Mastrandrea and others, guidance note on uncertainties, 2010).
LIKELY = 2 / 3
TOSS_UP = "toss-up"
NOT_ANSWERABLE = "not answerable: nobody measured what decides it"
NOT_COMPARED = "described, not compared"
BUT_MISSED = ", but the published difference is not reproduced"  # behind a verdict
A_SCENARIO = "a scenario, no finding"


class Words(NamedTuple):
    """Of more and of less: verbs after a strategy's name, and participles after an amount."""

    more: str
    less: str
    done: str
    undone: str


DIRECTIONS: Mapping[Direction, Words] = {
    "gained": Words("gains", "loses", "gained", "given up"),
    "averted": Words("averts", "adds", "averted", "added"),
    "reached": Words("reaches", "leaves out", "reached", "left out"),
}


class Judged(NamedTuple):
    """One strategy against the comparator, with what can be said of it."""

    comparison: frontier.Comparison
    verdict: str
    icer: float | None  # money per unit of effect; None where it would be a ratio of noise, too
    cost_told: bool  # whether the difference can be told from 0, by its Monte Carlo error
    effect_told: bool
    unseen: list[str]  # what nobody met and could turn the verdict, by name
    p_cost: float  # share of draws in which the difference has the sign of its mean
    p_effect: float


def judged(result: Valued) -> list[Judged]:
    """Every other strategy against the first, in order."""
    measure, lacking = result.case.problem.effect(result.options.effect), result.lacking
    found = frontier.versus(result.cost, result.effect, result.strategies)
    return [_judged(result, measure, c, lacking.that_turn((c.strategy, c.versus), *_means(c))) for c in found]


def tied(result: Valued, best: Sequence[str]) -> list[list[str]]:
    """At each threshold, what cannot be told from the `best` there, its net benefit being within Monte Carlo error."""
    found: list[list[str]] = []
    for threshold, first in zip(result.thresholds, best, strict=True):
        if first not in result.strategies:  # nothing is said to be best
            found.append([])
            continue
        i = result.strategies.index(first)
        worth = benefit_at(float(threshold), result.values.cost, result.values.effect)
        told = [_is_apart(result, worth[:, i] - worth[:, k]) for k in range(len(result.strategies))]
        found.append([s for s, apart in zip(result.strategies, told, strict=True) if s != first and not apart])
    return found


def _is_apart(result: Valued, increments: Floats) -> bool:
    """Whether a difference [draws, batches] is one, and lies outside its Monte Carlo error."""
    return bool(increments.any()) and can_be_told(increments, result.values.people, result.replicate)


def unseen_names(result: Valued) -> list[str]:
    """What nobody met and could turn a verdict on any strategy, by name."""
    return list(dict.fromkeys(name for found in judged(result) for name in found.unseen))


def _means(c: frontier.Comparison) -> tuple[float, float]:
    return c.mean_cost, c.mean_effect


def _judged(result: Valued, measure: EffectMeasure, c: frontier.Comparison, unseen: list[str]) -> Judged:
    i = result.strategies.index(c.strategy)
    cost, effect = (
        can_be_told(x[:, i] - x[:, 0], result.values.people, result.replicate)
        for x in (result.values.cost, result.values.effect)
    )
    shares = _share(c.cost, c.mean_cost), _share(c.effect, c.mean_effect)
    borne = cost and effect and (shares[1] >= LIKELY or c.verdict in ("dominates", "dominated"))
    icer = c.icer if borne and not result.withheld.icer else None
    verdict = _verdict(measure, c, cost, effect, shares)
    if result.withheld.icer:
        verdict = _of_cost(c, cost, shares[0])
    if verdict == "dominated" and (hidden := blind_to(result)):
        verdict = f"costs more, and the outcome does not see {hidden}"
    if c.strategy in result.withheld.strategies:
        icer, verdict = None, _withheld_verdict(result.case)
    elif misses(result, c.strategy):
        verdict = _undominated(measure, c, verdict) + BUT_MISSED
    return Judged(c, verdict + (BUT_UNSEEN if unseen else ""), icer, cost, effect, unseen, *shares)


def bare(verdict: str) -> str:
    """A verdict without what is said behind it."""
    return verdict.removesuffix(BUT_UNSEEN).removesuffix(BUT_MISSED)


def _undominated(measure: EffectMeasure, c: frontier.Comparison, verdict: str) -> str:
    """The verdict without the word dominance, which is too much where a published difference does not come out."""
    if verdict not in ("dominates", "dominated"):
        return verdict
    return f"{'saves money' if c.mean_cost < 0 else 'costs more'}, {_changes(measure, c.mean_effect)}"


def _withheld_verdict(case: Case) -> str:
    if case.problem.described:
        return NOT_COMPARED
    return A_SCENARIO if case.setting.claimed else NOT_ANSWERABLE


def _of_cost(c: frontier.Comparison, told: bool, share: float) -> str:
    """The verdict of money alone, where the effect is in the cost already or counts who is reached."""
    if c.mean_cost == 0 or not told:
        return "no difference in cost can be told" if c.mean_cost else "no difference in cost"
    if share < LIKELY:
        return TOSS_UP
    return "saves money" if c.mean_cost < 0 else "costs more"


def blind_to(result: Valued) -> str:
    """A benefit that the effect cannot see, in words; empty where it sees all that it should."""
    measure = result.case.problem.effect(result.options.effect)
    sees = measure.sees_by in result.draws.names and bool(result.draws.column(measure.sees_by).any())
    return "" if sees else measure.blind_to


def _share(increments: Floats, mean: float) -> float:
    """Share of draws on the side of the mean; 1 where there is no difference to be of a side."""
    return 1.0 if mean == 0 else float((np.sign(increments) == np.sign(mean)).mean())


def _verdict(
    measure: EffectMeasure, c: frontier.Comparison, cost_told: bool, effect_told: bool, shares: tuple[float, float]
) -> str:
    noun, cost = measure.noun, "saves money" if c.mean_cost < 0 else "costs more"
    if not (cost_told or effect_told) or (not cost_told and c.mean_effect == 0):
        return "no difference can be told" if c.mean_effect else "same effect, no difference in cost can be told"
    if not effect_told:
        return f"{cost}, no difference in {noun} can be told" if c.mean_cost else f"no difference in {noun} can be told"
    if not cost_told:
        return f"{_changes(measure, c.mean_effect)}, no difference in cost can be told"
    if c.verdict == "no difference":
        return c.verdict
    changes = _changes(measure, c.mean_effect)
    if c.verdict in ("dominates", "dominated"):
        return _by_halves(c.verdict, measure, cost, changes, shares)
    if shares[1] < LIKELY:  # an effect of no sign has no price: the mean of a ratio that is as likely below as above
        return f"{cost}, {TOSS_UP} in {noun}"
    return f"{cost}, {changes}"


def _by_halves(verdict: str, measure: EffectMeasure, cost: str, changes: str, shares: tuple[float, float]) -> str:
    """Dominance that the draws bear in cost and in effect; else the half that they bear, and the toss-up beside it."""
    sure_of_cost, sure_of_effect = (x >= LIKELY for x in shares)
    if sure_of_cost and sure_of_effect:
        return verdict
    if sure_of_effect:
        return f"{changes}, {TOSS_UP} in cost"
    return f"{cost}, {TOSS_UP} in {measure.noun}" if sure_of_cost else TOSS_UP


def _changes(measure: EffectMeasure, mean: float) -> str:
    words = DIRECTIONS[measure.counted]
    return f"{words.more if mean > 0 else words.less} {measure.noun}"
