"""Costs and effects of the single people of a trial's arm: their means, how sure these are, how they go together."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from models.contract import DecisionProblem, TrialFigure
from parameters import Draws
from parameters.arrays import Floats
from parameters.ground.brief import Brief
from simulate.ask.case import Case
from simulate.engine.statistics import Statistics
from simulate.evaluate.decision.acceptability import benefit_at
from simulate.evaluate.persons import of_draws, persons_of
from simulate.evaluate.valuation import value

AT_ONCE = 20  # trials whose people are valued together: memory


@dataclass(frozen=True, eq=False, repr=False)
class Moments(Brief):
    """Of an arm in every trial, [trial]: means per person, and the variances and covariance of these means."""

    cost: Floats  # money
    effect: Floats  # units of the effect
    cost_variance: Floats
    effect_variance: Floats
    covariance: Floats

    @classmethod
    def of(cls, cost: Floats, effect: Floats) -> Moments:
        """From the `cost` and `effect` of every person of the arm, [trial, person]."""
        means = cost.mean(axis=1), effect.mean(axis=1)
        c, e = (x - mean[:, None] for x, mean in zip((cost, effect), means, strict=True))
        pairs = cost.shape[1] * (cost.shape[1] - 1)
        return cls(*means, *((a * b).sum(axis=1) / pairs for a, b in ((c, c), (e, e), (c, e))))

    @classmethod
    def joined(cls, parts: list[Moments]) -> Moments:
        """Of one trial after another."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    def variance_at(self, threshold: float | Floats) -> Floats:
        """Variance of the mean net benefit at a willingness to pay, money squared; [trial] or with more axes before."""
        found = threshold**2 * self.effect_variance + self.cost_variance - 2 * threshold * self.covariance
        return np.asarray(np.maximum(found, 0.0))


def valued_by(case: Case, figure: TrialFigure) -> tuple[str, str]:
    """The perspective and the effect that a trial's figure is told by."""
    return figure.perspective or case.setting.perspective, figure.effect or case.setting.effect


def arms_apart(
    problem: DecisionProblem,
    draws: Draws,
    statistics: Statistics,
    perspective: str,
    effect: str,
    arms: tuple[tuple[int, slice], ...],
) -> list[Moments]:
    """The moments of each of these arms: the position of its strategy, and which of the people are in it.

    `statistics` hold the totals of every person. ``ModelError`` for a cost that is not told by person.
    """
    found: list[list[Moments]] = [[] for _ in arms]
    for start in range(0, statistics.draws, AT_ONCE):
        some = slice(start, start + AT_ONCE)
        people = persons_of(of_draws(statistics, some), problem, [perspective], [effect])
        priced = replace(draws, values=draws.values[some], replicate=draws.replicate[some])
        each = value(problem, priced, people, perspective, effect)  # [trial, strategy, person]
        for out, (s, who) in zip(found, arms, strict=True):
            out.append(Moments.of(each.cost[:, s, who], each.effect[:, s, who]))
    return [Moments.joined(parts) for parts in found]


def probability(usual: Moments, new: Moments, threshold: float | Floats) -> Floats:
    """The probability, as a trial's own people leave it open, that the new strategy is worth its cost; [..., trial].

    The difference in mean net benefit over its standard error (Welch), read off a normal distribution, which is what a
    bootstrap of the trial comes to. `threshold` is money per unit of effect, or [threshold, 1] of them.
    """
    from scipy.special import ndtr

    apart = benefit_at(threshold, new.cost - usual.cost, new.effect - usual.effect)
    error = np.sqrt(usual.variance_at(threshold) + new.variance_at(threshold))
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(error > 0, apart / error, np.sign(apart) * np.inf)
    return np.asarray(ndtr(np.nan_to_num(steps, nan=0.0)))
