"""How likely simulated figures make what was published, target by target, by signed roots of deviances.

A term gives residuals whose squares, halved and summed, are the logarithm of the likelihood below its greatest: one
number serves a least-squares fit and a posterior alike. Figures are on the scale on which a target is solved for: the
logit of a share, the logarithm of a ratio or a value, a difference as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from parameters.arrays import Floats, cholesky
from simulate.engine.arithmetic.elementary import exps, logs


class Term(Protocol):
    """What was published of one target, or of several together."""

    @property
    def which(self) -> tuple[int, ...]:
        """The targets it is of, by their place."""

    @property
    def kind(self) -> str:
        """Its family."""

    def residuals(self, y: Floats) -> Floats:
        """Signed roots of twice what the likelihood lies below its greatest, [rows, target], of `y` [rows, target]."""


@dataclass(frozen=True)
class Binomial:
    """So many events among so many people; the figure is the logit of their share."""

    which: tuple[int, ...]
    events: float
    people: float
    kind: str = "binomial"

    def residuals(self, y: Floats) -> Floats:
        """Roots of the binomial deviance, below 0 where the figure is below the published one."""
        share = self.events / self.people
        best = logs([share]) - logs([1.0 - share])
        most = self._log(best)
        return np.asarray(np.where(y < best, -1.0, 1.0) * np.sqrt(2.0 * np.maximum(most - self._log(y), 0.0)))

    def _log(self, y: Floats) -> Floats:
        """The logarithm of the likelihood, but for the binomial coefficient."""
        tail = logs(1.0 + exps(-np.abs(y)))  # of the likelier outcome
        sides = (self.events, y), (self.people - self.events, -y)
        return np.asarray(np.sum([n * (np.minimum(x, 0.0) - tail) for n, x in sides if n > 0], axis=0))


@dataclass(frozen=True)
class Normal:
    """A figure with a standard error, normal on the scale on which it was published, or on that of its logarithm."""

    which: tuple[int, ...]
    mean: float
    sd: float
    scale: Callable[[Floats], Floats]  # brings figures from the scale they are solved on to that of `mean`
    kind: str = "normal"

    def residuals(self, y: Floats) -> Floats:
        """Standard errors from the published figure."""
        return np.asarray((self.scale(y) - self.mean) / self.sd)


@dataclass(frozen=True, eq=False)
class Together:
    """Figures that are normal together on the scales they are solved on, with their covariance; or one alone."""

    which: tuple[int, ...]
    mean: Floats  # [target]
    covariance: Floats  # [target, target]
    kind: str = "correlated normal"

    def residuals(self, y: Floats) -> Floats:
        """Independent standard scores: differences by the inverse of the covariance's Cholesky factor."""
        factor = cholesky(self.covariance)
        return np.asarray(np.linalg.solve(factor, (y - self.mean).T).T)


def residuals(terms: Sequence[Term], y: Floats) -> Floats:
    """Of all terms, [rows, residual], for figures `y` [rows, target]."""
    return np.hstack([t.residuals(y[:, list(t.which)]) for t in terms])


def log_likelihood(terms: Sequence[Term], y: Floats) -> Floats:
    """Below its greatest, [rows]; minus infinity where a figure is no number."""
    with np.errstate(invalid="ignore", over="ignore"):
        found = -0.5 * (residuals(terms, y) ** 2).sum(axis=1)
    return np.where(np.isfinite(found), found, -np.inf)
