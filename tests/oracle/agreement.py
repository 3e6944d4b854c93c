"""Statistical checks that state their power: a mean, a distribution and a set of shares against what they should be.

Every check errs (fails although all is well) at most once in a million, shared among the `family` of comparisons
that it belongs to. Each says how small an error it would catch 999 times in 1,000; a test that names `catches`
demands at least that, and ``Inconclusive`` is raised where the sample could never have shown it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.optimize import brentq

from parameters.arrays import Floats

FAMILY_ERROR, POWER = 1e-6, 0.999
_POINTS = 2_000  # of a sample at which its distribution is looked at
_SAME_TIME = 1e-9  # relative: engine and formula may place an atom a few last bits apart


class Inconclusive(AssertionError):
    """The sample is too small for the error that the test claims to catch."""


@dataclass(frozen=True)
class Verdict:
    """True when the check passed."""

    passed: bool
    words: str
    catches: float  # the smallest error caught with a probability of POWER: see each check for its unit

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{'agrees' if self.passed else 'DISAGREES'}: {self.words}; catches {self.catches:.3g}"


def agrees(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    error: npt.ArrayLike,
    *,
    family: int | None = None,
    catches: float | None = None,
) -> Verdict:
    """Whether means lie as near to their expectations as their standard errors allow.

    `observed`, `expected` and `error` have one shape; `family` is how many comparisons share the error
    of one in a million, by default those given. ``Verdict.catches`` is relative to the expectation.
    """
    seen, truth, se = (np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (observed, expected, error))
    seen, truth, se = np.broadcast_arrays(seen, truth, se)
    shared = seen.size if family is None else family
    if shared < seen.size or not (se > 0).all():
        raise ValueError(f"family {shared} for {seen.size} comparisons, standard errors {se}; need more, and above 0")
    limit = stats.norm.isf(FAMILY_ERROR / 2 / shared)
    with np.errstate(divide="ignore"):
        smallest = float(((limit + stats.norm.isf(1 - POWER)) * se / np.abs(truth)).max())
    away = (seen - truth) / se
    worst = int(np.abs(away).argmax())
    words = f"{seen.flat[worst]:.6g} for {truth.flat[worst]:.6g}, {away.flat[worst]:+.2f} of at most {limit:.2f} errors"
    return _verdict((np.abs(away) <= limit).all(), words, smallest, catches)


def mean_agrees(
    values: Floats, expected: npt.ArrayLike, *, family: int | None = None, catches: float | None = None
) -> Verdict:
    """``agrees`` for independent `values` [person, …], with the standard error that their spread gives."""
    return agrees(
        values.mean(axis=0), expected, values.std(axis=0, ddof=1) / len(values) ** 0.5, family=family, catches=catches
    )


def variance_agrees(
    values: Floats, expected: float, *, family: int | None = None, catches: float | None = None
) -> Verdict:
    """``agrees`` for the variance of independent `values` [person], with the standard error of their fourth moment."""
    squares = (values - values.mean()) ** 2
    return agrees(
        values.var(ddof=1), expected, squares.std(ddof=1) / len(values) ** 0.5, family=family, catches=catches
    )


def follows(
    times: Floats,
    survival: Callable[[Floats], Floats],
    *,
    people: int | None = None,
    until: float = math.inf,
    family: int = 1,
    catches: float | None = None,
) -> Verdict:
    """Kolmogorov-Smirnov: whether event times have this survival function, followed up `until` the horizon.

    `people` counts those without an event too. Atoms are allowed (the check is then only stricter than said).
    ``Verdict.catches`` is the largest vertical distance between true and expected distribution.
    """
    n = len(times) if people is None else people
    at, ties = np.unique(times, return_counts=True)
    after = np.cumsum(ties) / n
    before = np.concatenate(([0.0], after[:-1]))
    some = np.unique(np.linspace(0, len(at) - 1, _POINTS).astype(int)) if len(at) else np.zeros(0, dtype=int)
    at, after, before = at[some], after[some], before[some]
    distance = max(
        np.abs(after - (1 - survival(at * (1 + _SAME_TIME)))).max(initial=0.0),
        np.abs(before - (1 - survival(at * (1 - _SAME_TIME)))).max(initial=0.0),
    )
    if math.isfinite(until):
        distance = max(distance, float(np.abs(len(times) / n - 1 + survival(np.array([until])))[0]))
    limit = stats.kstwobign.isf(FAMILY_ERROR / family) / math.sqrt(n)
    smallest = limit + stats.norm.isf(1 - POWER) * 0.5 / math.sqrt(n)  # at the one point where they differ most
    smallest += 1 / _POINTS if len(some) == _POINTS else 0.0
    words = f"distance {distance:.5f} of at most {limit:.5f}, {len(times)} events of {n} people"
    return _verdict(distance <= limit, words, float(smallest), catches)


def shares_agree(
    counts: npt.ArrayLike, expected: npt.ArrayLike, *, family: int = 1, catches: float | None = None
) -> Verdict:
    """Chi-square: whether counts of the cells of a partition come from these probabilities.

    ``Verdict.catches`` is Cohen's w: the root of the sum of squared errors of shares, each over its share.
    """
    seen, p = np.asarray(counts, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if abs(p.sum() - 1) > 1e-9 or (seen.sum() * p).min() < 10:
        raise ValueError(f"expected shares {p}: need a sum of 1 and ten people or more in each cell")
    n, df = seen.sum(), len(p) - 1
    statistic = float(((seen - n * p) ** 2 / (n * p)).sum())
    limit = float(stats.chi2.isf(FAMILY_ERROR / family, df))
    noncentral = brentq(lambda x: stats.ncx2.sf(limit, df, x) - POWER, 1e-3, 10 * limit + 1000)
    words = f"chi-square {statistic:.1f} of at most {limit:.1f} on {df}"
    return _verdict(statistic <= limit, words, math.sqrt(noncentral / n), catches)


def _verdict(passed: bool | np.bool_, words: str, smallest: float, demanded: float | None) -> Verdict:
    verdict = Verdict(bool(passed), words, smallest)
    if demanded is not None and smallest > demanded:
        raise Inconclusive(f"{verdict}, and {demanded:g} was demanded: simulate more people")
    return verdict
