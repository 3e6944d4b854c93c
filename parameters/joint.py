"""Distributions that belong together: the shares of a Dirichlet, the columns of a bootstrap sample."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from parameters.arrays import Floats
from parameters.coefficients.normal import Coefficient
from parameters.distributions import GREATEST_SHAPE, LEAST_SHAPE, Distribution, unusable
from parameters.expressions.formula import Formula
from parameters.families.faults import DistributionError
from parameters.mistakes import as_float, short

MOST_SHARES = 100  # of one Dirichlet; a table that is by mistake of thousands would take minutes
LEAST_COUNT = 0.1  # of the greatest of a Dirichlet: below it, all shares may vanish at once in a draw


@dataclass(frozen=True)
class DirichletShare:
    """One share of a Dirichlet with the given `counts` (by branch): alone, a beta.

    Drawn jointly as gamma variates over their sum; ``gamma_ppf`` is this share's variate.
    """

    counts: Mapping[str, float]
    which: str
    kind: str = "dirichlet"

    @property
    def arguments(self) -> Mapping[str, float]:
        """The counts."""
        return self.counts

    @property
    def _marginal(self) -> Distribution:
        mine = self.counts[self.which]
        return Distribution("beta", {"alpha": mine, "beta": sum(self.counts.values()) - mine})

    @property
    def point(self) -> float:
        """The mean share."""
        return self._marginal.point

    def ppf(self, u: Floats) -> Floats:
        """Quantiles of this share alone."""
        return self._marginal.ppf(u)

    def gamma_ppf(self, u: Floats) -> Floats:
        """The gamma variate of this share at `u`; divided by the sum over shares it is the share drawn."""
        return Distribution("gamma", {"shape": self.counts[self.which], "scale": 1.0}).ppf(u)

    def interval95(self) -> tuple[float, float]:
        """2.5% and 97.5% quantiles of this share."""
        return self._marginal.interval95()

    def reach(self) -> tuple[float, float]:
        """0 to 1."""
        return 0.0, 1.0


@dataclass(frozen=True)
class Sample:
    """A bootstrap column: every row equally likely. Columns of one file are drawn by the same row."""

    values: tuple[float, ...]
    together: str  # columns that say the same here share their rows
    kind: str = "sample"
    arguments: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.values) < 2 or any(unusable("", v) for v in self.values):
            raise DistributionError("a sample needs at least two rows, all finite numbers")

    @property
    def point(self) -> float:
        """The mean of the column."""
        return math.fsum(self.values) / len(self.values)

    def values_at(self, u: Floats) -> Floats:
        """The column's values in the rows that `u` picks, in file order so that columns stay together."""
        return np.array(self.values)[np.minimum((u * len(self.values)).astype(np.int64), len(self.values) - 1)]

    def ppf(self, u: Floats) -> Floats:
        """Quantiles of the column alone."""
        return np.asarray(np.quantile(np.array(self.values), u, method="inverted_cdf"))

    def interval95(self) -> tuple[float, float]:
        """2.5% and 97.5% quantiles."""
        low, high = self.ppf(np.array([0.025, 0.975]))
        return float(low), float(high)

    def reach(self) -> tuple[float, float]:
        """The least and greatest value."""
        return min(self.values), max(self.values)


def dirichlet(arguments: Mapping[str, object]) -> dict[str, DirichletShare]:
    """The shares of ``{ counts = {…} }`` or ``{ mean = {…}, se = … }`` (of the first share), by branch."""
    table = arguments.get("counts", arguments.get("mean"))
    if not isinstance(table, Mapping) or len(table) < 2:
        raise DistributionError("dirichlet needs counts (or mean) by branch, two or more")
    if len(table) > MOST_SHARES:
        raise DistributionError(f"dirichlet of {len(table):,} shares; allowed: at most {MOST_SHARES}")
    values = {str(k): _number(k, v) for k, v in table.items()}
    bad = [f"{k} = {v} must be positive" for k, v in values.items() if not v > 0]
    if bad:
        raise DistributionError(*bad)
    if "counts" in arguments:
        _only(arguments, ("counts",))
        return _shares(values)
    _only(arguments, ("mean", "se"))
    return _from_shares(values, _number("se", arguments.get("se")))


def _from_shares(shares: Mapping[str, float], se: float) -> dict[str, DirichletShare]:
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise DistributionError(f"the mean shares add to {sum(shares.values()):.6g}; they must add to 1")
    first = next(iter(shares.values()))
    alpha = Distribution("beta", {"mean": first, "se": se}).natural
    counts = {name: share * sum(alpha) for name, share in shares.items()}
    return _shares(counts)


def _shares(counts: Mapping[str, float]) -> dict[str, DirichletShare]:
    """A share for each count, where they can be drawn."""
    wrong = [
        f"{name} = {count:g} is out of range; allowed: counts of {LEAST_SHAPE:g} to {GREATEST_SHAPE:g}"
        for name, count in counts.items()
        if not LEAST_SHAPE <= count <= GREATEST_SHAPE
    ]
    if not wrong and max(counts.values()) < LEAST_COUNT:
        wrong = [f"counts of {max(counts.values()):g} at most cannot be drawn; allowed: one of {LEAST_COUNT:g} or more"]
    if wrong:
        raise DistributionError(*wrong)
    return {name: DirichletShare(counts, name) for name in counts}


def sample_column(values: Sequence[object], together: str) -> Sample:
    """A bootstrap column from raw values; ``DistributionError`` on anything but finite numbers."""
    return Sample(tuple(_number("values", v) for v in values), together)


def _number(name: object, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DistributionError(f"{name} = {short(value)} is not a number")
    number = as_float(value)
    wrong = unusable(str(name), number)
    if wrong:
        raise DistributionError(wrong)
    return number


def _only(arguments: Mapping[str, object], names: Sequence[str]) -> None:
    more = sorted(set(arguments) - set(names))
    if more:
        raise DistributionError(f"dirichlet with {', '.join(more)}; allowed: {{ counts }} | {{ mean, se }}")


Drawable = Distribution | DirichletShare | Sample | Coefficient | Formula
TOGETHER = ("dirichlet", "sample", "multivariate_normal")  # kinds that are drawn with others, and depend on them
