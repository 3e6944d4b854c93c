"""Published figures as virtual trials find them: one prediction a figure and strategy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.contract import ItemCost, ModelError, PublishedResult, TrialFigure
from models.measures import CountRatio, EverRatio, MeanTime, is_share
from parameters.arrays import Floats
from parameters.published import RATIOS
from simulate.analyse.credibility.validation.arms import Arm, Trials
from simulate.analyse.credibility.validation.moments import arms_apart, probability, valued_by
from simulate.analyse.credibility.validation.noise import without_noise
from simulate.analyse.credibility.validation.prediction import Prediction, Sampling
from simulate.analyse.credibility.validation.printed import scale_of, with_error
from simulate.evaluate.measures import Reader
from simulate.evaluate.valuation import value as value_statistics
from simulate.result.published import against_first, by_strategy, in_unit


def predicted(trials: Trials, item: PublishedResult, strategy: str) -> Prediction:
    """A published result under one strategy, in every virtual trial.

    Each arm has the people who were analysed of it. Where they are not known, or nobody is followed, the same people
    are under both and chance between them is taken out, so that the parameters' uncertainty is left; the error of
    sampling that the published interval tells is added, and where there is none either, nothing: `sampling` says which.
    """
    arms = [trials.first, strategy] if item.is_relative else [strategy]
    sizes = [_size(trials, item, s) for s in arms]
    sized = trials.follows_people and None not in sizes
    found = [trials.arm(s, n or 0) if sized else trials.arm_of_any(s) for s, n in zip(arms, sizes, strict=True)]
    mean, influence = _icer(found)[1:] if item.statistic == "icer" else _mean(_apart(found, arms, item), item)

    def figure(of: Sequence[Arm]) -> Floats:
        if item.statistic == "icer":
            return _icer(of)[0]
        return _contrasted(_apart(of, arms, item), item, sizes if sized else [None] * len(arms))

    ratio = item.contrast in RATIOS
    each = figure(found) if sized else without_noise(found, figure, logarithmic=ratio)
    told, value, influence = (in_unit(found[0], item, np.asarray(x)) for x in (each, mean, influence))
    sampling: Sampling = "simulated" if sized else "none"
    if not sized and (printed := item.interval(strategy)) is not None:
        sampling, told = "analytic", with_error(told, printed, scale_of(item), trials.asked.options.seed)
    return Prediction(told, float(value), influence, trials.draws.replicate, sampling, ratio)


def predicted_of_trial(trials: Trials, figure: TrialFigure) -> Prediction:
    """What a trial published of the decision, in every virtual trial of its size. Errors as ``arms_apart``."""
    if figure.kind == "effect":
        values = _effect(trials, figure)
    else:
        first, *others = (_probability(trials, part) for part in figure.valued)
        values = first - others[0] if others else first
    return Prediction(values, float(values.mean()), values, trials.draws.replicate, "simulated")


def _effect(trials: Trials, figure: TrialFigure) -> Floats:
    """The difference in effect in every virtual trial."""
    case, trial = trials.case, trials.case.setting.trial
    assert trial is not None
    arms = [trials.arm(s, n) for s, n in trial.arms.items()]
    each = [value_statistics(case.problem, a.draws, a.statistics, *valued_by(case, figure)) for a in arms]
    return np.asarray(each[1].mean_effect()[:, 0] - each[0].mean_effect()[:, 0])


def _probability(trials: Trials, figure: TrialFigure) -> Floats:
    """The probability, as each virtual trial's own people leave it open, of being worth its cost."""
    case, trial = trials.case, trials.case.setting.trial
    assert trial is not None
    arms = [trials.arm(s, n, persons=True) for s, n in trial.arms.items()]
    how = valued_by(case, figure)
    first, second = (arms_apart(case.problem, a.draws, a.statistics, *how, ((0, slice(None)),))[0] for a in arms)
    return probability(first, second, figure.threshold)


def _size(trials: Trials, item: PublishedResult, strategy: str) -> int | None:
    """How many people an arm has, None where nobody knows.

    Of a figure of those alone who had an event, or of events, as many as it takes for so many on average.
    """
    analysed, statistic = item.people.get(strategy), item.statistic
    if analysed is None or not trials.follows_people or isinstance(statistic, str | ItemCost):
        return analysed
    read = Reader(trials.arm_of_any(strategy).statistics, trials.case.problem)
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


def _apart(arms: Sequence[Arm], strategies: Sequence[str], item: PublishedResult) -> Floats:
    """The statistic of each arm in every draw, [draw, arm]."""
    return np.stack([_values(arm, item, s) for arm, s in zip(arms, strategies, strict=True)], axis=1)


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
