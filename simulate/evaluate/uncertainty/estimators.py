"""Person-level noise taken out of increments: by a regression on the parameters, or by an analysis of variance.

They are set out in ``noise_correction``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats
from simulate.evaluate.decision.acceptability import refuse_not_finite
from simulate.evaluate.regression.smoothers import Smoother, fit
from simulate.evaluate.uncertainty.covariance import about_mean, covariance_of, moved
from simulate.evaluate.uncertainty.increments import Increments, error_of_excess

Method = Literal["regression", "anova"]
FEWEST_DRAWS = 50  # for a regression
NEXT_TO_NOTHING = 0.1  # a regression that explains less of the parameter variance is none
WELL_EXPLAINED, LITTLE_NOISE = 0.8, 0.05  # shares beyond which a fit that misses a part is told of
SURE = 1.0  # standard errors by which parameter variance missing from the regression must show to count
SURE_OF_SHAPE = 2.0  # as many more before a residual may blur a regression that explains everything

Corrector = Callable[[Floats], Floats]  # increments [draw, outcome] -> corrected ones


class _Fitted(NamedTuple):
    values: Floats  # [draw, outcome], deviations from the mean without the shrinkage of the fit
    explained: Floats  # [outcome, outcome], covariance of what they estimate, noise taken out
    factor: Floats  # [outcome], by which the fit had shrunk them


@dataclass(frozen=True, eq=False)
class Regression:
    """What is settled once, before noise is repeated for the standard errors."""

    smoothers: list[Smoother]  # one an outcome
    honest: Floats  # [outcome], share of the explained variance that stands out of fold
    doubt: Floats  # [outcome], standard errors by which a lack of fit must show
    missed: Bools  # [outcome], surely less than half of the parameter variance explained


def make_design(parameters: npt.ArrayLike | None, draws: int) -> Floats | None:
    """Parameters as [draws, names], or None; ``ValueError`` for another shape or numbers that are not finite."""
    if parameters is None:
        return None
    values = np.asarray(parameters, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != draws:
        raise ValueError(f"parameters: shape {values.shape}; must be [draws, names] for {draws} draws")
    refuse_not_finite(values, "parameters")
    return values


def make_regression(
    increments: Increments, design: Floats | None, method: Method, warnings: list[str]
) -> Regression | None:
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
    return Regression(smoothers, _honest(increments, smoothers), SURE + SURE_OF_SHAPE * share, missed)


def _explained(increments: Increments, smoothers: list[Smoother]) -> tuple[Floats, Bools]:
    """Share of an outcome's parameter variance that stands explained, and whether that is surely less than half."""
    fitted = _fitted(increments.centred, increments.noise, smoothers)
    known = np.maximum(np.diag(fitted.explained) * _honest(increments, smoothers), 0.0)
    missing = np.diag(covariance_of(increments.values) - increments.noise) - known
    total = known + np.maximum(missing, 0.0)
    share = known / np.where(total > 0, total, 1.0)
    return share, (missing > 3 * error_of_excess(increments)) & (missing > known)


def _fit_varying(design: Floats, values: Floats) -> list[Smoother]:
    varies = np.ptp(values, axis=0) > 0
    fitted = iter(fit(design, values[:, varies])) if varies.any() else iter(())
    return [next(fitted) if v else Smoother.constant(np.zeros(len(values))) for v in varies]


def make_corrector(increments: Increments, regression: Regression | None) -> Corrector:
    """What frees increments [draw, outcome] of their noise: the regression, without one ANOVA, for one draw nothing."""
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


def _regressed(values: Floats, increments: Increments, regression: Regression) -> Floats:
    """Fitted values and residuals, each freed of noise, with the parameter covariance as far as it is sure."""
    centred, mean = about_mean(values)
    noise, error = increments.noise, error_of_excess(increments)
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


def _honest(increments: Increments, smoothers: list[Smoother]) -> Floats:
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
