"""Coefficients drawn from one multivariate normal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parameters.families.faults import DistributionError
from parameters.families.quantiles import FAR, normal

Floats = npt.NDArray[np.float64]

MOST = 100  # coefficients of one regression
ALIKE = 1e-6  # of two standard errors multiplied: what the two halves of a matrix may differ by, as printed
SINGULAR = 1e-9  # of a variance: what is left of it once the others are known may be so far below 0 by rounding


@dataclass(frozen=True)
class Coefficient:
    """One of several coefficients with `mean` and `covariance`, by name: alone, a normal.

    Drawn from standard normals of all of them, in the order of their names, whatever order they were written in.
    """

    mean: Mapping[str, float]
    covariance: Mapping[tuple[str, str], float]  # both halves
    which: str
    kind: str = "multivariate_normal"

    @property
    def arguments(self) -> Mapping[str, float]:
        """Its mean and standard error."""
        return {"mean": self.point, "se": self._sd}

    @property
    def _sd(self) -> float:
        return math.sqrt(self.covariance[self.which, self.which])

    @property
    def point(self) -> float:
        """Its mean."""
        return self.mean[self.which]

    def ppf(self, u: Floats) -> Floats:
        """Quantiles of this coefficient alone."""
        return normal((self.point, self._sd), u)

    def interval95(self) -> tuple[float, float]:
        """2.5% and 97.5% quantiles."""
        low, high = self.ppf(np.array([0.025, 0.975]))
        return float(low), float(high)

    def reach(self) -> tuple[float, float]:
        """Within six standard errors, as a normal."""
        return self.point - FAR * self._sd, self.point + FAR * self._sd

    def drawn(self, u: Mapping[str, Floats]) -> Floats:
        """Values [draw] from the uniforms of those coefficients that are drawn, by name; the rest are left out."""
        names = sorted(u)
        row = names.index(self.which)
        if self._sd == 0.0:
            return np.full(len(u[self.which]), self.point)
        weights = root(self.covariance, names)[row]
        standard = np.zeros(len(u[self.which]))
        for weight, name in zip(weights, names, strict=True):
            if weight:
                standard += weight * normal((0.0, 1.0), u[name])
        return np.asarray(self.point + self._sd * np.clip(standard, -FAR, FAR))


def coefficients(mean: Mapping[str, float], covariance: Mapping[tuple[str, str], float]) -> dict[str, Coefficient]:
    """One for each name of `mean`; ``DistributionError`` with everything that is wrong with the covariance.

    A pair may be given in both orders, when both must say the same, or in one.
    """
    wrong, whole = list[str](), dict[tuple[str, str], float]()
    for name in mean:
        found = covariance.get((name, name))
        if found is None or not found >= 0:
            wrong.append(f"the variance of {name} is {'missing' if found is None else f'{found:g}, below 0'}")
        whole[name, name] = max(found or 0.0, 0.0)
    names = list(mean)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            value, fault = _pair(one, other, covariance, math.sqrt(whole[one, one] * whole[other, other]))
            whole[one, other] = whole[other, one] = value
            wrong += fault
    if not wrong:
        wrong += _impossible(whole, sorted(names))
    if wrong:
        raise DistributionError(*wrong)
    return {name: Coefficient(mean, whole, name) for name in mean}


def _pair(
    one: str, other: str, covariance: Mapping[tuple[str, str], float], most: float
) -> tuple[float, Sequence[str]]:
    """The covariance of two coefficients, at most so large, and what is wrong with it."""
    given = [covariance[pair] for pair in ((one, other), (other, one)) if pair in covariance]
    if not given:
        return 0.0, [f"the covariance of {one} and {other} is missing; where they are independent, write 0"]
    if abs(given[0] - given[-1]) > ALIKE * most:
        return 0.0, [f"the covariance of {one} and {other} is {given[0]:g} in one half and {given[-1]:g} in the other"]
    if abs(given[0]) > most * (1 + ALIKE):
        return 0.0, [f"the covariance of {one} and {other}, {given[0]:g}, is larger than their variances allow"]
    return (given[0] + given[-1]) / 2, ()


def _impossible(covariance: Mapping[tuple[str, str], float], names: Sequence[str]) -> Sequence[str]:
    """What is said of a matrix that is no covariance."""
    try:
        root(covariance, names)
    except ValueError as fault:
        return [
            f"these covariances cannot all hold at once: the matrix is not positive semi-definite (seen at {fault});"
            " give it with all its digits"
        ]
    return ()


def root(covariance: Mapping[tuple[str, str], float], names: Sequence[str]) -> Floats:
    """The lower triangle whose square the correlation matrix of `names` is, [name, name].

    The order of adding is ours, so that it is the same on every machine. A coefficient that follows from those before
    it has no part of its own. ``ValueError`` names the first at which the matrix is no correlation matrix.
    """
    sd = [math.sqrt(covariance[n, n]) for n in names]
    low = [[0.0] * len(names) for _ in names]
    for i, one in enumerate(names):
        for j, other in enumerate(names[: i + 1]):
            scale = sd[i] * sd[j]
            entry = 1.0 if i == j else covariance[one, other] / scale if scale else 0.0
            left = entry - sum(low[i][k] * low[j][k] for k in range(j))
            if i == j:
                if left < -SINGULAR:
                    raise ValueError(one)
                low[i][i] = math.sqrt(left) if left > SINGULAR else 0.0
            elif low[j][j]:
                low[i][j] = left / low[j][j]
            elif abs(left) > math.sqrt(SINGULAR) * 2:
                raise ValueError(one)
    return np.array(low)
