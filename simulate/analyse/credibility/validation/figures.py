"""Published figures as virtual trials find them: one prediction a figure and strategy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from models.contract import ItemCost, ModelError, PublishedResult, TrialFigure
from models.measures import CountRatio, EverRatio, MeanTime, is_share
from parameters.arrays import Floats
from parameters.families.moments import Z95
from parameters.outcomes.intervals import OutcomeInterval
from simulate.analyse.credibility.validation.arms import Arm, Trials
from simulate.analyse.credibility.validation.moments import arms_apart, probability
from simulate.analyse.credibility.validation.prediction import Prediction, Sampling
from simulate.evaluate.measures import Reader
from simulate.evaluate.valuation import value as value_statistics
from simulate.result.published import against_first, by_strategy, in_unit

RATIOS = ("risk_ratio", "odds_ratio")


def predicted(trials: Trials, item: PublishedResult, strategy: str) -> Prediction:
    """A published result under one strategy, in every virtual trial.

    Each arm has the people who were analysed of it. Where they are not known, or nobody is followed, the error of
    sampling that the published interval tells is added, and where there is none either, nothing: `sampling` says which.
    """
    arms = [trials.first, strategy] if item.is_relative else [strategy]
    sizes = [_size(trials, item, s) for s in arms]
    found = [trials.arm(s, n) for s, n in zip(arms, sizes, strict=True)]
    if item.statistic == "icer":
        each, mean, influence = _icer(found)
    else:
        apart = np.stack([_values(arm, item, s) for arm, s in zip(found, arms, strict=True)], axis=1)
        mean, influence = _mean(apart, item)
        each = _contrasted(apart, item, sizes)
    told, value, influence = (in_unit(found[0], item, np.asarray(x)) for x in (each, mean, influence))
    ratio = item.contrast in RATIOS
    sampling: Sampling = "simulated" if trials.follows_people and None not in sizes else "none"
    if sampling == "none" and (printed := item.interval(strategy)) is not None:
        sampling, told = "analytic", _with_error(told, printed, trials.asked.options.seed, ratio=ratio)
    return Prediction(told, float(value), influence, trials.draws.replicate, sampling, ratio)


def predicted_of_trial(trials: Trials, figure: TrialFigure) -> Prediction:
    """What a trial published of the decision, in every virtual trial of its size. Errors as ``arms_apart``."""
    trial, case = trials.case.setting.trial, trials.case
    assert trial is not None
    perspective, effect = figure.perspective or case.setting.perspective, figure.effect or case.setting.effect
    if figure.kind == "effect":
        arms = [trials.arm(s, n) for s, n in trial.arms.items()]
        each = [value_statistics(case.problem, a.draws, a.statistics, perspective, effect) for a in arms]
        values = each[1].mean_effect()[:, 0] - each[0].mean_effect()[:, 0]
    else:
        arms = [trials.arm(s, n, persons=True) for s, n in trial.arms.items()]
        first, second = (
            arms_apart(case.problem, a.draws, a.statistics, perspective, effect, ((0, slice(None)),))[0] for a in arms
        )
        values = probability(first, second, figure.threshold)
    return Prediction(values, float(values.mean()), values, trials.draws.replicate, "simulated")


def _size(trials: Trials, item: PublishedResult, strategy: str) -> int | None:
    """How many people an arm has, None where nobody knows.

    Of a figure of those alone who had an event, or of events, as many as it takes for so many on average.
    """
    analysed, statistic = item.people.get(strategy), item.statistic
    if analysed is None or not trials.follows_people or isinstance(statistic, str | ItemCost):
        return analysed
    read = Reader(trials.arm(strategy, None).statistics, trials.case.problem)
    if isinstance(statistic, MeanTime) and statistic.per_ever is not None:
        each = read.share(statistic.per_ever)
    elif isinstance(statistic, MeanTime) and statistic.per is not None:
        each = read.count(statistic.per)
    elif isinstance(statistic, EverRatio):
        each = read.share(statistic.among)
    elif isinstance(statistic, CountRatio):
        each = read.count(statistic.among)
    else:
        return analysed
    return round(analysed / float(each.mean())) if each.any() else None


def _values(arm: Arm, item: PublishedResult, strategy: str) -> Floats:
    """The statistic under a strategy in every draw, in the engine's units, [draw]."""
    found = by_strategy(arm, item)
    if found is None:
        raise ModelError(f"{item.id or item.label}: needs the totals of every person, which nobody has here")
    return np.asarray(found[:, list(arm.strategies).index(strategy)])


def _contrasted(each: Floats, item: PublishedResult, sizes: Sequence[int | None]) -> Floats:
    """The contrast in every trial; half a person is added to each cell where one is empty, as who publishes would."""
    shares = not isinstance(item.statistic, str | ItemCost) and is_share(item.statistic)
    if item.contrast in RATIOS and shares and None not in sizes:
        people = np.array([n or 0 for n in sizes])
        empty = (each == 0).any(axis=1) | ((each == 1).any(axis=1) if item.contrast == "odds_ratio" else False)
        each = np.where(empty[:, None], (each * people + 0.5) / (people + 1), each)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(against_first(each, item.contrast)[:, -1])


def _mean(each: Floats, item: PublishedResult) -> tuple[float, Floats]:
    """The figure of the means over draws, and each draw's influence on it, [draw]; of a value, as it is."""
    if item.contrast == "value":
        return float(np.nanmean(each)), each[:, 0]
    means = np.nanmean(each, axis=0)
    found = float(against_first(means[None, :], item.contrast)[0, -1])
    if item.contrast == "difference":
        return found, np.asarray(each[:, -1] - each[:, 0])
    apart = (each - means) / (means * (1 - means) if item.contrast == "odds_ratio" else means)
    return found, np.asarray(found * (apart[:, -1] - apart[:, 0]))


def _icer(arms: Sequence[Arm]) -> tuple[Floats, float, Floats]:
    """Cost per unit of effect: in every trial, of the means, and the influences on it."""
    (cost, effect) = (getattr(arms[1], x)[:, 0] - getattr(arms[0], x)[:, 0] for x in ("cost", "effect"))
    ratio = float(cost.mean() / effect.mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(cost / effect), ratio, np.asarray((cost - ratio * effect) / effect.mean())


def _with_error(values: Floats, printed: OutcomeInterval, seed: int, *, ratio: bool) -> Floats:
    """`values` [draw], each with an error of sampling of its own, as wide as a published 95% interval tells."""
    noise = np.random.default_rng([seed, 4]).standard_normal(len(values))
    if ratio:
        return np.asarray(values * np.exp(noise * math.log(printed.high / printed.low) / (2 * Z95)))
    return np.asarray(values + noise * (printed.high - printed.low) / (2 * Z95))
