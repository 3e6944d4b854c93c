"""Person-level noise taken out of the CEAC and the EVPI: the decision under parameter uncertainty alone.

With n people a draw, a draw's increments are its expected increments plus noise; the spread between
batches of people says how large that noise is. Two estimators of the distribution of the expected increments:

* ``regression`` (default): incremental cost and effect are regressed on the parameters; fitted values
  are freed of the noise and the shrinkage left in them, and given the parameter variance.
* ``anova``: increments are drawn in towards their mean until their covariance is the total less the
  noise (O'Hagan, Stevenson and Madan, Health Economics 2007;16:1009-1023). A normal approximation.

Net benefit is linear in cost and effect, so either is done once and serves every threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulate.evaluate.acceptability import (
    Floats,
    ceac,
    checked_thresholds,
    evpi,
    expected_loss,
    net_benefit,
    refuse_not_finite,
)
from simulate.evaluate.precision import mcse_of_draws, weighted_mean
from simulate.evaluate.smoothing import Smoother, fit

Method = Literal["regression", "anova"]

ASSUMPTIONS = {
    "regression": "expected costs and effects are a regression on the parameters, with the known parameter variance",
    "anova": "normal approximation: expected costs and effects are the noisy ones drawn in (O'Hagan 2007)",
    "none": "one draw: no parameter uncertainty, nothing to correct",
}
FEWEST_DRAWS = 50  # for a regression
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
    noise: Floats  # [outcome, outcome], covariance of a draw's value around its expectation
    batches: int
    strategies: int

    def split(self, values: Floats) -> tuple[Floats, Floats]:
        """Costs and effects [draw, strategy], 0 for the first strategy."""
        none = np.zeros((len(values), 1))
        others = self.strategies - 1
        return np.hstack([none, values[:, :others]]), np.hstack([none, values[:, others:]])


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
    smoothers = _smoothers(increments, design, method, warnings)
    correct = _corrector(increments, smoothers)
    corrected = correct(increments.values)
    cost, effect = increments.split(corrected)
    naive_cost, naive_effect = increments.split(increments.values)
    share = _noise_share(increments, limits)
    done = "none" if len(corrected) == 1 else "anova" if smoothers is None else "regression"
    warnings += _doubts(increments, limits, share, done)
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
        skill=tuple((s.method, s.skill) for s in smoothers or []),
        warnings=tuple(warnings),
    )


# --- what goes in ---------------------------------------------------------------------------------


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


# --- correction -----------------------------------------------------------------------------------

Corrector = Callable[[Floats], Floats]  # increments [draw, outcome] -> corrected ones


def _smoothers(
    increments: _Increments, design: Floats | None, method: Method, warnings: list[str]
) -> list[Smoother] | None:
    """A smoother for each outcome, or None where ANOVA is asked for or is all that can be done (with a warning)."""
    draws = len(increments.values)
    if method == "anova" or draws == 1:
        return None
    if design is None or not np.ptp(design, axis=0).any() or draws < FEWEST_DRAWS:
        why = f"fewer than {FEWEST_DRAWS} draws" if draws < FEWEST_DRAWS else "no parameters that vary were given"
        warnings.append(f"no regression was possible ({why}); the ANOVA approximation was used instead")
        return None
    smoothers = _fit_varying(design, increments.values)
    missed = _missed(increments, smoothers)
    if missed is not None:
        warnings.append(
            f"the parameters given explain only {missed:.0%} of the parameter variance of an outcome;"
            " the ANOVA approximation was used instead"
        )
        return None
    return smoothers


def _fit_varying(design: Floats, values: Floats) -> list[Smoother]:
    varies = np.ptp(values, axis=0) > 0
    empty = Smoother("constant", np.zeros((len(values), 0)), np.zeros(0), np.zeros(len(values)), 0.0)
    fitted = iter(fit(design, values[:, varies])) if varies.any() else iter(())
    return [next(fitted) if v else empty for v in varies]


def _missed(increments: _Increments, smoothers: list[Smoother]) -> float | None:
    """The smallest share of an outcome's parameter variance explained, when that is surely less than half."""
    explained = np.diag(_explained(increments.values, increments.noise, smoothers)[1])
    total = np.diag(_covariance(increments.values) - increments.noise)
    surely = (total - explained > 3 * _shortfall_error(increments)) & (explained < total / 2)
    shares = np.where(surely, explained / np.where(surely, total, 1.0), 1.0)
    return float(shares.min()) if surely.any() else None


def _corrector(increments: _Increments, smoothers: list[Smoother] | None) -> Corrector:
    if len(increments.values) == 1:
        return lambda values: values
    if smoothers is None:
        return lambda values: _anova(values, increments.noise)
    honest = _honest(increments, smoothers)
    return lambda values: _regression(values, increments, smoothers, honest)


def _anova(values: Floats, noise: Floats) -> Floats:
    """Values drawn in towards their mean until their covariance is the total less the noise."""
    total = _covariance(values)
    mean = values.mean(axis=0)
    return np.asarray(_with_covariance(values - mean, total, total - noise) + mean)


def _regression(values: Floats, increments: _Increments, smoothers: list[Smoother], honest: Floats) -> Floats:
    """Fitted values, freed of shrinkage and noise, with the parameter variance as far as it is surely missing."""
    fitted, explained = _explained(values, increments.noise, smoothers)
    explained = explained * np.sqrt(np.outer(honest, honest))
    known = np.maximum(np.diag(explained), 0.0)
    shortfall = np.diag(_covariance(values) - increments.noise) - known
    error = _shortfall_error(increments)
    sure = np.maximum(0.0, shortfall) * np.maximum(0.0, 1 - (error / np.maximum(np.abs(shortfall), 1e-300)) ** 2)
    raised = np.sqrt(1 + np.minimum(sure / np.where(known > 0, known, np.inf), 1.0))
    target = explained * np.outer(raised, raised)
    return np.asarray(_with_covariance(fitted, fitted.T @ fitted / len(fitted), target) + values.mean(axis=0))


def _explained(values: Floats, noise: Floats, smoothers: list[Smoother]) -> tuple[Floats, Floats]:
    """Fitted deviations without their shrinkage [draw, outcome], and the covariance of what they estimate.

    With y = f + noise and fit Hy: E|Hy|² = |Hf|² + v tr(H²) and E y'Hy = f'Hf + v tr(H); their ratio,
    noise removed, is the factor by which H shrinks f.
    """
    draws = len(values)
    fitted = np.empty_like(values)
    for k, smoother in enumerate(smoothers):
        fitted[:, k] = smoother.fitted(values[:, k])
    traces = _traces(smoothers)
    square = fitted.T @ fitted / draws - noise * traces / draws
    cross = np.einsum("dk,dk->k", fitted, values - values.mean(axis=0)) / draws
    cross -= np.diag(noise) * [s.shrinkage.sum() for s in smoothers] / draws
    factor = np.array([_factor(square[k, k], cross[k], s) for k, s in enumerate(smoothers)])
    return fitted / factor, square / np.outer(factor, factor)


def _honest(increments: _Increments, smoothers: list[Smoother]) -> Floats:
    """Share of the explained variance that stands out of fold, [outcome]: choosing a model on the data flatters it."""
    values = increments.values - increments.values.mean(axis=0)
    fitted, explained = _explained(increments.values, increments.noise, smoothers)
    share = np.ones(len(smoothers))
    for k, s in enumerate(smoothers):
        claimed = explained[k, k] * _shrinks(s, fitted[:, k], values[:, k])
        if claimed > 0:
            share[k] = np.clip(float(s.held_out @ values[:, k]) / len(values) / claimed, 0.0, 1.0)
    return share


def _shrinks(smoother: Smoother, unshrunk: Floats, outcome: Floats) -> float:
    """The factor by which fitted values had been divided in ``_explained``."""
    length = float(unshrunk @ unshrunk)
    return float(smoother.fitted(outcome) @ unshrunk) / length if length > 0 else 1.0


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


def _shortfall_error(increments: _Increments) -> Floats:
    """Standard error of total less noise less explained variance: the noise is itself sampled and estimated."""
    draws, b = len(increments.values), increments.batches
    return np.asarray(np.diag(increments.noise) * math.sqrt(2 / (draws - 1) * (1 + 1 / (b - 1))))


def _covariance(values: Floats) -> Floats:
    centred = values - values.mean(axis=0)
    return np.asarray(centred.T @ centred / (len(values) - 1))


def _with_covariance(centred: Floats, now: Floats, target: Floats) -> Floats:
    """`centred` [draw, outcome] moved as little as possible so that its covariance `now` becomes `target`.

    `target` is first projected on positive semi-definite matrices. The map is the optimal one between
    normal distributions, now^-1/2 (now^1/2 target now^1/2)^1/2 now^-1/2, on outcomes of unit variance.
    """
    scale = np.sqrt(np.diag(now))
    scale = np.where(scale > 0, scale, 1.0)
    unit = np.outer(scale, scale)
    root, inverse = _roots(now / unit)
    middle, _ = _roots(root @ _roots_squared(target / unit) @ root)
    move = inverse @ middle @ inverse
    return np.asarray((centred / scale) @ move * scale)


def _roots(matrix: Floats) -> tuple[Floats, Floats]:
    """Square root of the positive part of a symmetric matrix, and the root's inverse where there is one."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    kept = values > 1e-12 * max(float(values[-1]), 0.0) if len(values) else values > 0
    root = np.where(kept, np.sqrt(np.maximum(values, 0.0)), 0.0)
    inverse = np.where(kept, 1 / np.where(kept, root, 1.0), 0.0)
    return (vectors * root) @ vectors.T, (vectors * inverse) @ vectors.T


def _roots_squared(matrix: Floats) -> Floats:
    root, _ = _roots(matrix)
    return np.asarray(root @ root)


# --- what to make of it ---------------------------------------------------------------------------


def _contrast(increments: _Increments, threshold: float) -> Floats:
    """Weights that turn outcomes into incremental net benefit, [outcome, strategy]."""
    cost, effect = increments.split(np.eye(increments.values.shape[1]))
    return threshold * effect - cost


def _noise_share(increments: _Increments, thresholds: Floats) -> Floats:
    share = np.zeros((len(thresholds), increments.strategies))
    if len(increments.values) == 1:
        return np.full_like(share, np.nan)
    total = _covariance(increments.values)
    for i, threshold in enumerate(thresholds):
        w = _contrast(increments, float(threshold))
        all_of_it = np.einsum("ks,kl,ls->s", w, total, w)
        noise = np.einsum("ks,kl,ls->s", w, increments.noise, w)
        share[i] = np.minimum(1.0, noise / np.where(all_of_it > 0, all_of_it, np.inf))
    return share


def _doubts(increments: _Increments, thresholds: Floats, share: Floats, method: str) -> list[str]:
    if method == "none":
        return ["one draw: parameter uncertainty was not sampled"]
    found = _less_than_noise(increments)
    worst = int(share.max(axis=1).argmax())
    if method == "anova" and share[worst].max() > 0.5:
        found.append(
            f"noise is {share[worst].max():.0%} of the variance of incremental net benefit at a threshold of"
            f" {thresholds[worst]:g}, more than half: the ANOVA approximation may be far off; simulate more people"
        )
    if method == "anova":
        found += _not_normal(increments, thresholds)
    return found


def _less_than_noise(increments: _Increments) -> list[str]:
    excess = np.diag(_covariance(increments.values) - increments.noise)
    if (excess < -4 * _shortfall_error(increments)).any():
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
    root, _ = _roots_scaled(increments.noise)
    wins, values = [], []
    for _ in range(REPLICATES):
        again = correct(corrected + generator.standard_normal(corrected.shape) @ root)
        wins.append(ceac(*increments.split(again), thresholds))
        values.append(evpi(*increments.split(again), thresholds))
    sampled = [_sampling_errors(cost, effect, float(t), replicate) for t in thresholds]
    return (
        np.hypot(np.std(wins, axis=0, ddof=1), np.array([s[0] for s in sampled])),
        np.hypot(np.std(values, axis=0, ddof=1), np.array([s[1] for s in sampled])),
    )


def _roots_scaled(noise: Floats) -> tuple[Floats, Floats]:
    """As ``_roots``, safe for outcomes of very different units."""
    scale = np.sqrt(np.diag(noise))
    unit = np.where(scale > 0, scale, 1.0)
    root, inverse = _roots(noise / np.outer(unit, unit))
    return root * unit, inverse / unit


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
        return _covariance(benefit) / len(benefit)
    labels = np.asarray(replicate)
    means = np.array([benefit[labels == r].mean(axis=0) for r in np.unique(labels)])
    return _covariance(means) / len(means)


def _flip_at(mean: Floats, covariance: Floats, points: Floats) -> float:
    best = int(mean.argmax())
    if len(mean) == 1:
        return 0.0
    if len(mean) == 2:
        error = math.sqrt(max(0.0, float(covariance[1, 1])))
        return 0.5 * math.erfc(abs(float(mean[1])) / error / math.sqrt(2)) if error > 0 else 0.0
    root, _ = _roots(covariance)
    again = mean + points @ root
    return float((again.argmax(axis=1) != best).mean())
