"""Person-level noise taken out of the CEAC and the EVPI: the decision under parameter uncertainty alone.

With n people a draw, a draw's increments y are its expected increments plus noise; the spread between
batches of people says how large that noise is. Two estimators of the distribution of the expected increments:

* ``regression`` (default): y = g + u + e, where g is what a regression on the parameters predicts out of fold, u its
  lack of fit and e the noise, larger in some draws than in others (Fay and Herriot, J Am Stat Assoc 1979;74:269-277).
  Corrected increments are g and the residual y - g, drawn in, draw by draw, until its covariance is that of u
  (constrained empirical Bayes: Ghosh, J Am Stat Assoc 1992;87:533-540). Without noise they are y, whatever the fit;
  where noise dominates and the fit is good, they are the regression.
* ``anova``: increments are drawn in towards their mean until their covariance is the total less the noise (O'Hagan,
  Stevenson and Madan, Health Economics 2007;16:1009-1023). A normal approximation, of noise alike in all draws.

Where half of the people tell of another EVPI, more than by chance, the one so corrected is drawn towards theirs, and
a warning says so where it matters (see ``extrapolation``); acceptabilities stay those of the corrected increments.

Standard errors are of leaving out groups of draws, with what the scale of the noise's effect leaves open, and are
never less than few draws can know (see ``tails``).

Net benefit is linear in cost and effect, so either is done once and serves every threshold. Costs are corrected
first, without a look at effects, and effects given costs: what is said of costs is the same for every effect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.evaluate.decision.acceptability import checked_thresholds
from simulate.evaluate.uncertainty.covariance import covariance_of, root_pair
from simulate.evaluate.uncertainty.estimators import Method, Regression, correct, make_design, make_regression
from simulate.evaluate.uncertainty.increments import Increments, contrast, error_of_excess, make_increments
from simulate.evaluate.uncertainty.jackknife import groups_of
from simulate.evaluate.uncertainty.settlement import Settled, settled

ASSUMPTIONS = {
    "regression": "expected costs and effects are a regression on the parameters and its residuals, noise drawn out",
    "anova": "normal approximation: expected costs and effects are the noisy ones drawn in (O'Hagan 2007)",
    "none": "one draw: no parameter uncertainty, nothing to correct",
}
ROUNDING = 1e-12  # a share of noise that is only that
FLIP_POINTS = 4096  # normal points behind the flip probability of three or more strategies


@dataclass(frozen=True, eq=False)
class NoiseCorrected:
    """The decision with person-level noise taken out, the naive one beside it; thresholds as given."""

    method: str  # regression, anova or none: what was done, which may not be what was asked (see warnings)
    assumption: str
    cost: Floats  # [draw, strategy], corrected incremental cost against the first strategy, money per person
    effect: Floats  # [draw, strategy], corrected incremental effect against the first strategy
    ceac: Floats  # [threshold, strategy]
    ceac_se: Floats  # [threshold, strategy]
    ceac_naive: Floats  # [threshold, strategy]
    evpi: Floats  # [threshold], money per person
    evpi_se: Floats  # [threshold]
    evpi_naive: Floats  # [threshold]
    noise_share: Floats  # [threshold, strategy], of incremental net benefit's variance; 0 where it has none
    p_flip: Floats  # [threshold], probability that Monte Carlo error alone makes another strategy look best
    degrees: int  # of freedom of the standard errors: intervals take Student's t with so many
    skill: tuple[
        tuple[str, float], ...
    ]  # regression only: model chosen and out-of-fold R², cost then effect increments
    warnings: tuple[str, ...]


@on_one_thread
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

    `batch_values`: [draws, batches, strategies, 2], mean cost (money) and effect (greater is better) per
    person of each batch; `people` [batches] weights unequal batches; `parameters`: [draws, names], array or
    DataFrame; `replicate` [draws]: the scramble of each draw (see ``precision``). ``ValueError`` for
    malformed arrays, and when people are shared across draws: their noise is then not independent.
    """
    limits = checked_thresholds(thresholds)
    found = correction(
        batch_values, parameters, method, people=people, replicate=replicate, shared_people=shared_people
    )
    return found.over(limits)


@on_one_thread
def correction(
    batch_values: npt.ArrayLike,
    parameters: npt.ArrayLike | None = None,
    method: Method = "regression",
    *,
    people: npt.ArrayLike | None = None,
    replicate: npt.ArrayLike | None = None,
    shared_people: bool = False,
) -> Correction:
    """What ``noise_correct`` works out of the same arguments once, whatever the thresholds; the same errors."""
    if method not in ("regression", "anova"):
        raise ValueError(f"method: {method!r}; allowed: regression, anova")
    if shared_people:
        raise ValueError("people are shared across draws, so noise cannot be told from parameters; use fresh people")
    increments = make_increments(batch_values, people)
    design = make_design(parameters, len(increments.values))
    warnings: list[str] = []
    regression = make_regression(increments, design, method, warnings)
    return Correction(increments, regression, correct(increments, regression), replicate, tuple(warnings))


@dataclass(frozen=True, eq=False)
class Correction:
    """Corrected increments and what they rest on: all that takes long, ready for any thresholds."""

    increments: Increments
    regression: Regression | None
    corrected: Floats  # [draw, outcome]
    replicate: npt.ArrayLike | None
    warnings: tuple[str, ...]

    @on_one_thread
    def over(self, thresholds: npt.ArrayLike) -> NoiseCorrected:
        """The decision at these thresholds, money per unit of effect; ``ValueError`` for a negative one."""
        limits = checked_thresholds(thresholds)
        increments, regression = self.increments, self.regression
        share = _noise_share(increments, limits)
        done = _done(increments, regression)
        drawn_in = done == "anova" or (regression is not None and bool(regression.missed.any()))
        warnings = [*self.warnings, *_doubts(increments, limits, share, drawn_in)]
        group = groups_of(len(self.corrected), self.replicate)
        cost, effect = increments.split(self.corrected)
        found = settled(increments, regression, limits, group)
        warnings += _drawn_to_halves(limits, found)
        return NoiseCorrected(
            method=done,
            assumption=ASSUMPTIONS[done],
            cost=cost,
            effect=effect,
            ceac=found.decision[:, 1:],
            ceac_se=found.error[:, 1:],
            ceac_naive=found.naive[:, 1:],
            evpi=found.decision[:, 0],
            evpi_se=found.error[:, 0],
            evpi_naive=found.naive[:, 0],
            noise_share=share,
            p_flip=_flip(increments, limits, self.replicate),
            degrees=int(group.max()),
            skill=regression.fits if regression else (),
            warnings=tuple(warnings),
        )


def _drawn_to_halves(thresholds: Floats, found: Settled) -> list[str]:
    """A warning where the EVPI was drawn by more than its error."""
    far = np.abs(found.drawn) > np.nan_to_num(found.error[:, 0], nan=np.inf)
    if not far.any():
        return []
    at = ", ".join(f"{t:g}" for t in thresholds[far][:3]) + (" and others" if far.sum() > 3 else "")
    return [
        f"at thresholds of {at} half of the people tell of another EVPI than the correction, by more than its error, so"
        " it was drawn towards theirs; simulate more people"
    ]


def _done(increments: Increments, regression: Regression | None) -> str:
    if len(increments.values) == 1:
        return "none"
    if increments.strategies == 1:
        return "regression"
    if regression is None:
        return "anova"
    idle = all(method == "constant" for method, _ in regression.fits)
    return "anova" if idle and regression.missed.any() else "regression"


def _noise_share(increments: Increments, thresholds: Floats) -> Floats:
    share = np.zeros((len(thresholds), increments.strategies))
    if len(increments.values) == 1:
        return np.full_like(share, np.nan)
    total = covariance_of(increments.values)
    for i, threshold in enumerate(thresholds):
        w = contrast(increments, float(threshold))
        all_of_it = np.einsum("ks,kl,ls->s", w, total, w)
        noise = np.einsum("ks,kl,ls->s", w, increments.noise, w)
        found = np.minimum(1.0, noise / np.where(all_of_it > 0, all_of_it, np.inf))
        share[i] = np.where(found > ROUNDING, found, 0.0)
    return share


def _doubts(increments: Increments, thresholds: Floats, share: Floats, drawn_in: bool) -> list[str]:
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


def _less_than_noise(increments: Increments) -> list[str]:
    excess = np.diag(covariance_of(increments.values) - increments.noise)
    if (excess < -4 * error_of_excess(increments)).any():
        return ["draws vary less than their noise alone would make them: are people shared across draws?"]
    return []


def _not_normal(increments: Increments, thresholds: Floats) -> list[str]:
    """A warning where net benefit is so skewed that a normal approximation cannot stand for it."""
    worst, where = 0.0, 0.0
    for threshold in thresholds:
        benefit = increments.values @ contrast(increments, float(threshold))[:, 1:]
        centred = benefit - benefit.mean(axis=0)
        spread = centred.std(axis=0)
        skew = (centred * centred**2).mean(axis=0) / (spread * spread**2 + np.where(spread > 0, 0.0, np.inf))
        if np.abs(skew).max(initial=0.0) > abs(worst):
            worst, where = float(skew[np.abs(skew).argmax()]), float(threshold)
    if abs(worst) <= max(0.25, 4 * math.sqrt(6 / len(increments.values))):
        return []
    return [
        f"incremental net benefit is skewed ({worst:.2g} at a threshold of {where:g}), not normal as the ANOVA"
        " approximation takes it to be: it may be far off; use the regression"
    ]


def _flip(increments: Increments, thresholds: Floats, replicate: npt.ArrayLike | None) -> Floats:
    """Probability that a repetition of the whole run would find another strategy best on expectation."""
    mean = increments.values.mean(axis=0)
    points = np.random.default_rng(4096).standard_normal((FLIP_POINTS // 2, increments.strategies))
    points = np.concatenate([points, -points])
    out = np.empty(len(thresholds))
    for i, threshold in enumerate(thresholds):
        w = contrast(increments, float(threshold))
        out[i] = _flip_at(mean @ w, _covariance_of_means(increments, w, replicate), points)
    return out


def _covariance_of_means(increments: Increments, w: Floats, replicate: npt.ArrayLike | None) -> Floats:
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
        from simulate.engine.arithmetic.elementary import erfc

        return 0.5 * erfc(abs(float(mean[1])) / error / math.sqrt(2)) if error > 0 else 0.0
    root, _ = root_pair(covariance)
    again = mean + points @ root
    return float((again.argmax(axis=1) != best).mean())
