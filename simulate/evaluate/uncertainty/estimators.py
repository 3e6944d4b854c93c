"""Person-level noise taken out of increments: by a regression on the parameters, or by an analysis of variance.

They are set out in ``noise_correction``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats
from simulate.engine.arithmetic.of_arrays import logs
from simulate.evaluate.decision.acceptability import refuse_not_finite
from simulate.evaluate.regression.smoothers import Inputs, Smoother, fit, prepare
from simulate.evaluate.uncertainty.covariance import about_mean, covariance_of, factor, moved, positive_part, solved
from simulate.evaluate.uncertainty.draw_noise import expected_noise, relative_noise
from simulate.evaluate.uncertainty.increments import Increments, error_of_excess

Method = Literal["regression", "anova"]
FEWEST_DRAWS = 50  # for a regression
NEXT_TO_NOTHING = 0.1  # a regression that explains less of the parameter variance is none
WELL_EXPLAINED, LITTLE_NOISE = 0.8, 0.05  # shares beyond which a fit that misses a part is told of
LACKS = np.logspace(-4, 0.5, 28)  # variances of the lack of fit that are tried, as shares of the total
SURE = 1.0  # standard errors by which a lack of fit must show to count
SURE_OF_SHAPE = 2.0  # as many more before it may blur a regression that explains everything
FAR_OUT = (1.0, 2.0)  # standard deviations of a residual beyond which it counts as a lack of fit: with no noise, and
# more where all is noise
LEAST_LACK = 0.02  # as such a share, below which a draw gets no more weight


@dataclass(frozen=True, eq=False)
class Regression:
    """What parameters tell of each draw, settled once."""

    expected: Floats  # [draw, outcome], increments predicted from the other folds; by steps, from all draws
    noise: Floats  # [draw, outcome, outcome], covariance of each draw's noise
    lack: Floats  # [outcome], likeliest share of the lack of fit in the total variance
    fits: tuple[tuple[str, float], ...]  # model and out-of-fold R2 of each outcome
    share: Floats  # [outcome], of the parameter variance that stands explained
    missed: Bools  # [outcome], surely less than half of the parameter variance explained

    def part(self, rows: Bools) -> Regression:
        """That of the draws in `rows` [draw]."""
        return Regression(self.expected[rows], self.noise[rows], self.lack, self.fits, self.share, self.missed)


class _Fit(NamedTuple):
    """A candidate for one outcome."""

    smoother: Smoother
    expected: Floats  # [draw]
    lack: float
    likelihood: float


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
    if increments.strategies == 1:
        return None
    inputs = prepare(design)
    noise = expected_noise(increments, inputs)
    scale = relative_noise(noise)
    chosen = [
        _chosen(inputs, y, np.diagonal(noise, axis1=1, axis2=2)[:, k], scale[:, k])
        for k, y in enumerate(increments.values.T)
    ]
    share, missed = _explained(increments, chosen)
    warnings += _poorly_explained(increments, share, missed)
    idle = missed & (share < NEXT_TO_NOTHING)
    expected = np.stack(
        [
            np.full(draws, y.mean()) if i else c.expected
            for c, y, i in zip(chosen, increments.values.T, idle, strict=True)
        ],
        axis=1,
    )
    fits = [
        ("constant", 0.0) if i else (c.smoother.method, c.smoother.skill) for c, i in zip(chosen, idle, strict=True)
    ]
    return Regression(expected, noise, np.array([c.lack for c in chosen]), tuple(fits), share, missed)


def _chosen(design: Inputs, y: Floats, noise: Floats, scale: Floats) -> _Fit:
    """The likelier of two regressions: of the outcome, and of the outcome in units of its noise.

    What is rare varies little and is known well; the second lets those draws count for more, and suits products.
    """
    if np.ptp(y) == 0:
        return _Fit(Smoother.constant(np.zeros(len(y))), y, 0.0, 0.0)
    found = [_judged(fit(design, y[:, None])[0], y, np.ones(len(y)), noise, scale)]
    if np.ptp(scale) > 0:
        found.append(_judged(fit(design, (y / scale)[:, None])[0], y, scale, noise, scale))
    return max(found, key=lambda f: f.likelihood)


def _judged(smoother: Smoother, y: Floats, unit: Floats, noise: Floats, scale: Floats) -> _Fit:
    """A smoother of y / `unit` with the likeliest variance of its lack of fit, which grows with `scale`."""
    told = smoother.held_out
    if smoother.method == "steps":  # few leaves take up little noise, while folds cut elsewhere blur every edge
        told = smoother.fitted(y / unit) + float((y / unit).mean())
    expected = calibrated(told * unit, y)
    total = LACKS[:, None] * y.var() * scale + noise
    likelihood = -0.5 * (logs(total) + (y - expected) ** 2 / total).sum(axis=1)
    best = int(likelihood.argmax())
    return _Fit(smoother, expected, float(LACKS[best]), float(likelihood[best]))


def calibrated(expected: Floats, y: Floats) -> Floats:
    """Predictions stretched, or drawn in, so that what is left of `y` is unrelated to them; [draw]."""
    centred, _ = about_mean(expected)
    square = float(centred @ centred)
    slope = float(np.clip(centred @ (y - y.mean()) / square, 0.0, 1.5)) if square > 0 else 0.0
    return np.asarray(y.mean() + slope * centred)


def _explained(increments: Increments, chosen: list[_Fit]) -> tuple[Floats, Bools]:
    """Share of an outcome's parameter variance that stands explained, and whether that is surely less than half."""
    expected = np.stack([c.expected for c in chosen], axis=1)
    noise = np.diag(increments.noise)
    known = expected.var(axis=0)
    missing = (increments.values - expected).var(axis=0) - noise
    total = known + np.maximum(missing, 0.0)
    share = np.where(total > 0, known / np.where(total > 0, total, 1.0), 1.0)
    return share, (missing > 3 * error_of_excess(increments)) & (missing > known)


def _poorly_explained(increments: Increments, share: Floats, missed: Bools) -> list[str]:
    found = []
    if missed.any():
        found.append(
            f"the parameters given explain only {share[missed].min():.0%} of the parameter variance of an outcome;"
            " the rest was drawn in as in the ANOVA approximation"
        )
    part = _noise_part(increments)
    vague = ~missed & (share < WELL_EXPLAINED) & (part > LITTLE_NOISE)
    if vague.any():
        found.append(
            f"the regression explains {share[vague].min():.0%} of the parameter variance of an outcome whose noise is"
            f" {part[vague].max():.0%} of all: where the rest is skewed or has few values, the corrected curve may be"
            " off by more than its standard error; simulate more people"
        )
    return found


def _noise_part(increments: Increments) -> Floats:
    """Share of noise in the variance of each outcome, [outcome]."""
    return np.asarray(np.diag(increments.noise) / np.maximum(np.diag(covariance_of(increments.values)), 1e-300))


def correct(increments: Increments, regression: Regression | None) -> Floats:
    """Increments [draw, outcome] freed of their noise: by the regression, without one by ANOVA, for one draw not."""
    if len(increments.values) == 1 or not increments.noise.any():
        return increments.values
    if regression is None:
        return _anova(increments.values, increments.noise)
    return _regressed(increments, regression)


def _anova(values: Floats, noise: Floats) -> Floats:
    """Values drawn in towards their mean until their covariance is the total less the noise."""
    centred, mean = about_mean(values)
    total = covariance_of(values)
    return np.asarray(moved(centred, total, total - noise) + mean)


def _regressed(increments: Increments, regression: Regression) -> Floats:
    """Predictions, and residuals drawn in draw by draw until their covariance is that of the lack of fit.

    Lack of fit that is not sure to be there blurs nothing: predictions are stretched by it instead. What of a residual
    is too far out to be noise is not drawn in (limited translation: Efron and Morris, J Am Stat Assoc 1972;67:130-139):
    the less noise there is, the less there is to gain, and the more there is of the tails to lose.
    The mean stays that of the draws: what drawing in has moved is put back where the noise is.
    """
    y, noise = increments.values, regression.noise
    expected = np.stack([calibrated(e, v) for e, v in zip(regression.expected.T, y.T, strict=True)], axis=1)
    lack, unsure = _lack_of_fit(y - expected, increments, regression)
    centred, mean = about_mean(expected)
    told = centred.var(axis=0)
    expected = mean + centred * np.sqrt(1 + unsure / np.where(told > 0, told, np.inf))
    whole = factor(lack + noise)
    unit = solved(whole, y - expected)
    reach = FAR_OUT[0] + FAR_OUT[1] * np.minimum(_noise_part(increments), 1.0)
    usual = np.clip(unit, -reach, reach)
    found = expected + (factor(lack) @ usual[..., None] + whole @ (unit - usual)[..., None])[..., 0]
    variance = np.diagonal(noise, axis1=1, axis2=2)
    typical = variance.mean(axis=0)
    return np.asarray(found + (y - found).mean(axis=0) * variance / np.where(typical > 0, typical, 1.0))


def _lack_of_fit(residual: Floats, increments: Increments, regression: Regression) -> tuple[Floats, Floats]:
    """Covariance of the lack of fit in each draw, [draw, outcome, outcome], and variance that it may be, [outcome].

    It is what residuals vary beyond the noise, and grows with the noise's standard deviation. Draws count by how
    much of a residual is lack of fit.
    """
    noise = regression.noise
    unit = np.sqrt(relative_noise(noise))
    square = unit[:, :, None] * unit[:, None, :]
    beyond = (residual[:, :, None] * residual[:, None, :] - noise) / square
    noisy = np.diagonal(noise, axis1=1, axis2=2) / unit**2
    total = np.maximum(increments.values.var(axis=0), 1e-300)
    weight = 1 / (np.maximum(regression.lack, LEAST_LACK) + noisy / total)
    weights = weight[:, :, None] * weight[:, None, :]
    lack = positive_part((weights * beyond).sum(axis=0) / weights.sum(axis=0))
    error = np.sqrt((2 * (weight**2 * noisy) ** 2).sum(axis=0) * (1 + 1 / (increments.batches - 1)))
    error /= (weight**2).sum(axis=0)
    own = np.diag(lack)
    there, sure = _kept(own, SURE * error), _kept(own, (SURE + SURE_OF_SHAPE * regression.share) * error)
    return lack * np.sqrt(np.outer(sure, sure)) * square, own * (there - sure) * (unit**2).mean(axis=0)


def _kept(lack: Floats, doubt: Floats) -> Floats:
    """Share of `lack` [outcome] that is kept: none where it is within `doubt`, nearly all far above."""
    sure = lack > doubt
    return np.where(sure, 1 - (doubt / np.where(sure, lack, np.inf)) ** 2, 0.0)
