"""Person-level noise taken out of the CEAC and the EVPI: the decision under parameter uncertainty alone.

With n people a draw, a draw's increments y are its expected increments plus noise; the spread between
batches of people says how large that noise is. Two estimators of the distribution of the expected increments:

* ``regression`` (default): y = g + u + e, where g is a regression on the parameters, u its lack of fit and e the
  noise (Fay and Herriot, J Am Stat Assoc 1979;74:269-277). Corrected increments are g and the residual y - g, drawn
  in until its covariance is that of u; together they are given the parameter covariance (constrained empirical
  Bayes: Ghosh, J Am Stat Assoc 1992;87:533-540). Without noise they are y, whatever the fit; where noise dominates
  and the fit is good, they are the regression.
* ``anova``: the same with no regression; increments are drawn in towards their mean until their covariance is the
  total less the noise (O'Hagan, Stevenson and Madan, Health Economics 2007;16:1009-1023). A normal approximation.

Net benefit is linear in cost and effect, so either is done once and serves every threshold. Costs are corrected
first, without a look at effects, and effects given costs: what is said of costs is the same for every effect.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats
from simulate.evaluate.acceptability import (
    benefit_at,
    ceac,
    checked_thresholds,
    evpi,
    expected_loss,
    net_benefit,
    refuse_not_finite,
)
from simulate.evaluate.covariance import about_mean, covariance_of, moved, root_pair
from simulate.evaluate.precision import mcse_of_draws, weighted_mean
from simulate.evaluate.regression.smoothers import Smoother, fit

Method = Literal["regression", "anova"]

ASSUMPTIONS = {
    "regression": "expected costs and effects are a regression on the parameters and its residuals, noise drawn out",
    "anova": "normal approximation: expected costs and effects are the noisy ones drawn in (O'Hagan 2007)",
    "none": "one draw: no parameter uncertainty, nothing to correct",
}
FEWEST_DRAWS = 50  # for a regression
NEXT_TO_NOTHING = 0.1  # a regression that explains less of the parameter variance is none
WELL_EXPLAINED, LITTLE_NOISE = 0.8, 0.05  # shares beyond which a fit that misses a part is told of
SURE = 1.0  # standard errors by which parameter variance missing from the regression must show to count
SURE_OF_SHAPE = 2.0  # as many more before a residual may blur a regression that explains everything
ROUNDING = 1e-12  # a share of noise that is only that
REPLICATES = 40  # noisy repetitions behind the standard errors
FLIP_POINTS = 4096  # normal points behind the flip probability of three or more strategies


@dataclass(frozen=True, eq=False)
class NoiseCorrected:
    """The decision with person-level noise taken out, the naive one beside it; thresholds as given."""

    method: str  # regression, anova or none: what was done, which may not be what was asked (see warnings)
    assumption: str
    cost: Floats  # [draw, strategy], corrected incremental cost against the first strategy, GBP per person
    effect: Floats  # [draw, strategy], corrected incremental effect against the first strategy
    ceac: Floats  # [threshold, strategy]
    ceac_se: Floats  # [threshold, strategy]
    ceac_naive: Floats  # [threshold, strategy]
    evpi: Floats  # [threshold], GBP per person
    evpi_se: Floats  # [threshold]
    evpi_naive: Floats  # [threshold]
    noise_share: Floats  # [threshold, strategy], of incremental net benefit's variance; 0 where it has none
    p_flip: Floats  # [threshold], probability that Monte Carlo error alone makes another strategy look best
    skill: tuple[
        tuple[str, float], ...
    ]  # regression only: model chosen and out-of-fold R², cost then effect increments
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Increments:
    """Increments against the first strategy: costs of the others, then their effects."""

    values: Floats  # [draw, outcome]
    noise: Floats  # [outcome, outcome], covariance of a draw's value around its expectation; pooled over draws,
    # because the few batches of one draw know it badly, and badly just where the draw itself is far out
    batches: int
    strategies: int

    def split(self, values: Floats) -> tuple[Floats, Floats]:
        """Costs and effects [draw, strategy], 0 for the first strategy."""
        none = np.zeros((len(values), 1))
        others = self.strategies - 1
        return np.hstack([none, values[:, :others]]), np.hstack([none, values[:, others:]])

    @property
    def centred(self) -> Floats:
        """Deviations from the mean, [draw, outcome]."""
        return about_mean(self.values)[0]


def noise_correct(
    batch_values: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    parameters: npt.ArrayLike | None = None,
    method: Method = "regression",
    *,
    people: npt.ArrayLike | None = None,
    replicate: npt.ArrayLike | None = None,
    shared_people: bool = False,
) -> NoiseCorrected:
    """CEAC, EVPI and draws with person-level noise taken out, their standard errors, and what to doubt.

    `batch_values`: [draws, batches, strategies, 2], mean cost (GBP) and effect (greater is better) per
    person of each batch; `people` [batches] weights unequal batches; `parameters`: [draws, names], array or
    DataFrame; `replicate` [draws]: the scramble of each draw (see ``precision``). ``ValueError`` for
    malformed arrays, and when people are shared across draws: their noise is then not independent.
    """
    if method not in ("regression", "anova"):
        raise ValueError(f"method: {method!r}; allowed: regression, anova")
    if shared_people:
        raise ValueError("people are shared across draws, so noise cannot be told from parameters; use fresh people")
    limits = checked_thresholds(thresholds)
    increments = _increments(batch_values, people)
    design = _design(parameters, len(increments.values))
    warnings: list[str] = []
    regression = _regression(increments, design, method, warnings)
    correct = _corrector(increments, regression)
    corrected = correct(increments.values)
    cost, effect = increments.split(corrected)
    naive_cost, naive_effect = increments.split(increments.values)
    share = _noise_share(increments, limits)
    done = _done(increments, regression)
    drawn_in = done == "anova" or (regression is not None and bool(regression.missed.any()))
    warnings += _doubts(increments, limits, share, drawn_in)
    errors = _standard_errors(increments, corrected, correct, limits, replicate)
    return NoiseCorrected(
        method=done,
        assumption=ASSUMPTIONS[done],
        cost=cost,
        effect=effect,
        ceac=ceac(cost, effect, limits),
        ceac_se=errors[0],
        ceac_naive=ceac(naive_cost, naive_effect, limits),
        evpi=evpi(cost, effect, limits),
        evpi_se=errors[1],
        evpi_naive=evpi(naive_cost, naive_effect, limits),
        noise_share=share,
        p_flip=_flip(increments, limits, replicate),
        skill=tuple((s.method, s.skill) for s in (regression.smoothers if regression else [])),
        warnings=tuple(warnings),
    )


def _increments(batch_values: npt.ArrayLike, people: npt.ArrayLike | None) -> _Increments:
    values = np.asarray(batch_values, dtype=np.float64)
    if values.ndim != 4 or values.shape[3] != 2 or 0 in values.shape:
        raise ValueError(f"batch_values: shape {values.shape}; must be [draws, batches, strategies, 2]")
    refuse_not_finite(values, "batch_values")
    batches, strategies = values.shape[1:3]
    if batches < 2:
        raise ValueError("batch_values: one batch; the noise within a draw shows only between two or more")
    weights = _weights(people, batches)
    against_first = values[:, :, 1:, :] - values[:, :, :1, :]
    by_batch = np.moveaxis(against_first, 1, -1).swapaxes(1, 2).reshape(len(values), 2 * (strategies - 1), batches)
    mean = weighted_mean(by_batch, weights)
    spread = (by_batch - mean[..., None]) * (weights / weights.sum())
    noise = np.einsum("dkb,dlb->kl", spread, spread) / len(values) * batches / (batches - 1)
    return _Increments(mean, noise, batches, strategies)


def _weights(people: npt.ArrayLike | None, batches: int) -> Floats:
    weights = np.ones(batches) if people is None else np.asarray(people, dtype=np.float64)
    if weights.shape != (batches,) or not (np.isfinite(weights) & (weights > 0)).all():
        raise ValueError(f"people: must give a positive number for each of {batches} batches; got {weights}")
    return weights


def _design(parameters: npt.ArrayLike | None, draws: int) -> Floats | None:
    if parameters is None:
        return None
    values = np.asarray(parameters, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != draws:
        raise ValueError(f"parameters: shape {values.shape}; must be [draws, names] for {draws} draws")
    refuse_not_finite(values, "parameters")
    return values


Corrector = Callable[[Floats], Floats]  # increments [draw, outcome] -> corrected ones


class _Fitted(NamedTuple):
    values: Floats  # [draw, outcome], deviations from the mean without the shrinkage of the fit
    explained: Floats  # [outcome, outcome], covariance of what they estimate, noise taken out
    factor: Floats  # [outcome], by which the fit had shrunk them


@dataclass(frozen=True, eq=False)
class _Regression:
    """What is settled once, before noise is repeated for the standard errors."""

    smoothers: list[Smoother]  # one an outcome
    honest: Floats  # [outcome], share of the explained variance that stands out of fold
    doubt: Floats  # [outcome], standard errors by which a lack of fit must show
    missed: Bools  # [outcome], surely less than half of the parameter variance explained


def _regression(
    increments: _Increments, design: Floats | None, method: Method, warnings: list[str]
) -> _Regression | None:
    """The regression of each outcome, or None where ANOVA is asked for or is all that can be done (with a warning)."""
    draws = len(increments.values)
    if method == "anova" or draws == 1:
        return None
    if design is None or not np.ptp(design, axis=0).any() or draws < FEWEST_DRAWS:
        why = f"fewer than {FEWEST_DRAWS} draws" if draws < FEWEST_DRAWS else "no parameters that vary were given"
        warnings.append(f"no regression was possible ({why}); the ANOVA approximation was used instead")
        return None
    smoothers = _fit_varying(design, increments.values)
    share, missed = _explained(increments, smoothers)
    if missed.any():
        warnings.append(
            f"the parameters given explain only {share[missed].min():.0%} of the parameter variance of an outcome;"
            " the rest was drawn in as in the ANOVA approximation"
        )
    part = np.diag(increments.noise) / np.maximum(np.diag(covariance_of(increments.values)), 1e-300)
    vague = ~missed & (share < WELL_EXPLAINED) & (part > LITTLE_NOISE)
    if vague.any():
        warnings.append(
            f"the regression explains {share[vague].min():.0%} of the parameter variance of an outcome whose noise is"
            f" {part[vague].max():.0%} of all: where the rest is skewed or has few values, the corrected curve may be"
            " off by more than its standard error; simulate more people"
        )
    idle = missed & (share < NEXT_TO_NOTHING)
    smoothers = [Smoother.constant(s.held_out) if i else s for s, i in zip(smoothers, idle, strict=True)]
    return _Regression(smoothers, _honest(increments, smoothers), SURE + SURE_OF_SHAPE * share, missed)


def _explained(increments: _Increments, smoothers: list[Smoother]) -> tuple[Floats, Bools]:
    """Share of an outcome's parameter variance that stands explained, and whether that is surely less than half."""
    fitted = _fitted(increments.centred, increments.noise, smoothers)
    known = np.maximum(np.diag(fitted.explained) * _honest(increments, smoothers), 0.0)
    missing = np.diag(covariance_of(increments.values) - increments.noise) - known
    total = known + np.maximum(missing, 0.0)
    share = known / np.where(total > 0, total, 1.0)
    return share, (missing > 3 * _error(increments)) & (missing > known)


def _done(increments: _Increments, regression: _Regression | None) -> str:
    if len(increments.values) == 1:
        return "none"
    if regression is None:
        return "anova"
    idle = all(s.method == "constant" for s in regression.smoothers)
    return "anova" if idle and regression.missed.any() else "regression"


def _fit_varying(design: Floats, values: Floats) -> list[Smoother]:
    varies = np.ptp(values, axis=0) > 0
    fitted = iter(fit(design, values[:, varies])) if varies.any() else iter(())
    return [next(fitted) if v else Smoother.constant(np.zeros(len(values))) for v in varies]


def _corrector(increments: _Increments, regression: _Regression | None) -> Corrector:
    if len(increments.values) == 1:
        return lambda values: values
    if regression is None:
        return lambda values: _anova(values, increments.noise)
    return lambda values: _regressed(values, increments, regression)


def _anova(values: Floats, noise: Floats) -> Floats:
    """Values drawn in towards their mean until their covariance is the total less the noise."""
    centred, mean = about_mean(values)
    total = covariance_of(values)
    return np.asarray(moved(centred, total, total - noise) + mean)


def _regressed(values: Floats, increments: _Increments, regression: _Regression) -> Floats:
    """Fitted values and residuals, each freed of noise, with the parameter covariance as far as it is sure."""
    centred, mean = about_mean(values)
    noise, error = increments.noise, _error(increments)
    fitted = _fitted(centred, noise, regression.smoothers)
    explained = fitted.explained * np.sqrt(np.outer(regression.honest, regression.honest))
    missing = _sure(covariance_of(values) - noise - explained, error, np.full(len(noise), SURE))
    residual = centred - fitted.values
    lack = _sure(_lack_of_fit(residual, noise, regression.smoothers, fitted.factor), error, regression.doubt)
    shape, _ = about_mean(fitted.values + moved(residual, lack + noise, lack))
    return np.asarray(moved(shape, covariance_of(shape), explained + missing) + mean)


def _fitted(centred: Floats, noise: Floats, smoothers: list[Smoother]) -> _Fitted:
    """Fitted deviations freed of their shrinkage.

    With y = f + noise and fit Hy: E|Hy|² = |Hf|² + v tr(H²) and E y'Hy = f'Hf + v tr(H); their ratio,
    noise removed, is the factor by which H shrinks f.
    """
    draws = len(centred)
    fitted = np.empty_like(centred)
    for k, smoother in enumerate(smoothers):
        fitted[:, k] = smoother.fitted(centred[:, k])
    square = fitted.T @ fitted / draws - noise * _traces(smoothers) / draws
    cross = np.einsum("dk,dk->k", fitted, centred) / draws
    cross -= np.diag(noise) * [s.shrinkage.sum() for s in smoothers] / draws
    factor = np.array([_factor(square[k, k], cross[k], s) for k, s in enumerate(smoothers)])
    return _Fitted(fitted / factor, square / np.outer(factor, factor), factor)


def _factor(square: float, cross: float, smoother: Smoother) -> float:
    total = float(smoother.shrinkage.sum())
    if total == 0:
        return 1.0
    typical = float((smoother.shrinkage**2).sum()) / total
    return float(np.clip(square / cross, typical, 1.0)) if cross > 0 and square > 0 else 1.0


def _traces(smoothers: list[Smoother]) -> Floats:
    """tr(H_k' H_l) of every pair of smoothers."""
    out = np.zeros((len(smoothers), len(smoothers)))
    for k, a in enumerate(smoothers):
        for m, b in enumerate(smoothers[: k + 1]):
            overlap = (a.basis.T @ b.basis) ** 2
            out[k, m] = out[m, k] = a.shrinkage @ overlap @ b.shrinkage
    return out


def _honest(increments: _Increments, smoothers: list[Smoother]) -> Floats:
    """Share of the explained variance that stands out of fold, [outcome]: choosing a model on the data flatters it."""
    fitted = _fitted(increments.centred, increments.noise, smoothers)
    claimed = np.diag(fitted.explained) * fitted.factor
    share = np.ones(len(smoothers))
    for k, s in enumerate(smoothers):
        if claimed[k] > 0:
            stands = float(s.held_out @ increments.centred[:, k]) / len(s.held_out)
            share[k] = np.clip(stands / claimed[k], 0.0, 1.0)
    return share


def _lack_of_fit(residual: Floats, noise: Floats, smoothers: list[Smoother], factor: Floats) -> Floats:
    """Covariance of residuals less the noise left in them, v tr((I - H_k)' (I - H_l)), [outcome, outcome]."""
    used = np.array([s.shrinkage.sum() for s in smoothers]) / factor
    left = len(residual) - 1 - used[:, None] - used + _traces(smoothers) / np.outer(factor, factor)
    return np.asarray((residual.T @ residual - noise * left) / (len(residual) - 1))


def _sure(lack: Floats, error: Floats, times: Floats) -> Floats:
    """`lack` [outcome, outcome] as far as an outcome's own exceeds `times` its `error`: none below, all far above."""
    own = np.diag(lack)
    sure = own > times * error
    kept = np.where(sure, np.sqrt(1 - (times * error / np.where(sure, own, np.inf)) ** 2), 0.0)
    return np.asarray(lack * np.outer(kept, kept))


def _error(increments: _Increments) -> Floats:
    """Standard error of total less noise less explained variance: the noise is itself sampled and estimated."""
    draws, b = len(increments.values), increments.batches
    return np.asarray(np.diag(increments.noise) * math.sqrt(2 / (draws - 1) * (1 + 1 / (b - 1))))


def _contrast(increments: _Increments, threshold: float) -> Floats:
    """Weights that turn outcomes into incremental net benefit, [outcome, strategy]."""
    cost, effect = increments.split(np.eye(increments.values.shape[1]))
    return benefit_at(threshold, cost, effect)


def _noise_share(increments: _Increments, thresholds: Floats) -> Floats:
    share = np.zeros((len(thresholds), increments.strategies))
    if len(increments.values) == 1:
        return np.full_like(share, np.nan)
    total = covariance_of(increments.values)
    for i, threshold in enumerate(thresholds):
        w = _contrast(increments, float(threshold))
        all_of_it = np.einsum("ks,kl,ls->s", w, total, w)
        noise = np.einsum("ks,kl,ls->s", w, increments.noise, w)
        found = np.minimum(1.0, noise / np.where(all_of_it > 0, all_of_it, np.inf))
        share[i] = np.where(found > ROUNDING, found, 0.0)
    return share


def _doubts(increments: _Increments, thresholds: Floats, share: Floats, drawn_in: bool) -> list[str]:
    if len(increments.values) == 1:
        return ["one draw: parameter uncertainty was not sampled"]
    found = _less_than_noise(increments)
    worst = int(share.max(axis=1).argmax())
    if drawn_in and share[worst].max() > 0.5:
        found.append(
            f"noise is {share[worst].max():.0%} of the variance of incremental net benefit at a threshold of"
            f" {thresholds[worst]:g}, more than half: the ANOVA approximation may be far off; simulate more people"
        )
    if drawn_in:
        found += _not_normal(increments, thresholds)
    return found


def _less_than_noise(increments: _Increments) -> list[str]:
    excess = np.diag(covariance_of(increments.values) - increments.noise)
    if (excess < -4 * _error(increments)).any():
        return ["draws vary less than their noise alone would make them: are people shared across draws?"]
    return []


def _not_normal(increments: _Increments, thresholds: Floats) -> list[str]:
    """A warning where net benefit is so skewed that a normal approximation cannot stand for it."""
    worst, where = 0.0, 0.0
    for threshold in thresholds:
        benefit = increments.values @ _contrast(increments, float(threshold))[:, 1:]
        centred = benefit - benefit.mean(axis=0)
        spread = centred.std(axis=0)
        skew = (centred**3).mean(axis=0) / np.where(spread > 0, spread, np.inf) ** 3
        if np.abs(skew).max(initial=0.0) > abs(worst):
            worst, where = float(skew[np.abs(skew).argmax()]), float(threshold)
    if abs(worst) <= max(0.25, 4 * math.sqrt(6 / len(increments.values))):
        return []
    return [
        f"incremental net benefit is skewed ({worst:.2g} at a threshold of {where:g}), not normal as the ANOVA"
        " approximation takes it to be: it may be far off; use the regression"
    ]


def _standard_errors(
    increments: _Increments, corrected: Floats, correct: Corrector, thresholds: Floats, replicate: npt.ArrayLike | None
) -> tuple[Floats, Floats]:
    """Of the corrected CEAC and EVPI: parameters sampled, and noise repeated on the corrected draws, in quadrature."""
    cost, effect = increments.split(corrected)
    if len(corrected) == 1:
        return np.full((len(thresholds), increments.strategies), np.nan), np.full(len(thresholds), np.nan)
    generator = np.random.default_rng(20071009)  # fixed: the same inputs give the same standard errors
    unit = np.eye(corrected.shape[1])
    wins, values = [], []
    for _ in range(REPLICATES):
        noise = moved(generator.standard_normal(corrected.shape), unit, increments.noise)
        again = correct(corrected + noise)
        wins.append(ceac(*increments.split(again), thresholds))
        values.append(evpi(*increments.split(again), thresholds))
    sampled = [_sampling_errors(cost, effect, float(t), replicate) for t in thresholds]
    return (
        np.hypot(np.std(wins, axis=0, ddof=1), np.array([s[0] for s in sampled])),
        np.hypot(np.std(values, axis=0, ddof=1), np.array([s[1] for s in sampled])),
    )


def _sampling_errors(
    cost: Floats, effect: Floats, threshold: float, replicate: npt.ArrayLike | None
) -> tuple[Floats, float]:
    """MCSE of each strategy's acceptability and of the EVPI, from the draws of parameters."""
    benefit = net_benefit(cost, effect, threshold)
    loss = benefit.max(axis=1, keepdims=True) - benefit
    best = (loss == 0) / (loss == 0).sum(axis=1, keepdims=True)
    chosen = int(expected_loss(cost, effect, threshold)[0].argmin())
    return mcse_of_draws(best, replicate), float(mcse_of_draws(loss[:, chosen], replicate))


def _flip(increments: _Increments, thresholds: Floats, replicate: npt.ArrayLike | None) -> Floats:
    """Probability that a repetition of the whole run would find another strategy best on expectation."""
    mean = increments.values.mean(axis=0)
    points = np.random.default_rng(4096).standard_normal((FLIP_POINTS // 2, increments.strategies))
    points = np.concatenate([points, -points])
    out = np.empty(len(thresholds))
    for i, threshold in enumerate(thresholds):
        w = _contrast(increments, float(threshold))
        out[i] = _flip_at(mean @ w, _covariance_of_means(increments, w, replicate), points)
    return out


def _covariance_of_means(increments: _Increments, w: Floats, replicate: npt.ArrayLike | None) -> Floats:
    """Covariance between strategies of the mean incremental net benefit, [strategy, strategy]."""
    if len(increments.values) == 1:
        return np.asarray(w.T @ increments.noise @ w)
    benefit = increments.values @ w
    if replicate is None or len(np.unique(np.asarray(replicate))) < 2:
        return covariance_of(benefit) / len(benefit)
    labels = np.asarray(replicate)
    means = np.array([benefit[labels == r].mean(axis=0) for r in np.unique(labels)])
    return covariance_of(means) / len(means)


def _flip_at(mean: Floats, covariance: Floats, points: Floats) -> float:
    best = int(mean.argmax())
    if len(mean) == 1:
        return 0.0
    if len(mean) == 2:
        error = math.sqrt(max(0.0, float(covariance[1, 1])))
        return 0.5 * math.erfc(abs(float(mean[1])) / error / math.sqrt(2)) if error > 0 else 0.0
    root, _ = root_pair(covariance)
    again = mean + points @ root
    return float((again.argmax(axis=1) != best).mean())
