"""Distributions from a mean and a 95% interval: solved for where that takes a search, and held against what was asked.

A family of two parameters keeps the mean and the interval's width; where the mean stands in the interval, it cannot
choose. What was published is rounded, and a paper's interval is often of another shape than any family's, so an end may
lie off by a twentieth of the interval's width (a fifth of a standard error), or by half a unit of the last digit that
it was printed to, where that is more. Beyond that it is another interval, and refused. Every interval of the catalogue
comes out within a fortieth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.families.faults import DistributionError
from parameters.families.moments import Z95, Arguments
from parameters.families.roots import root_between

END_OFF = 1 / 20  # of the interval's width: how far an end may lie from where it was asked for
MEAN_OFF = 1 / 1000  # of the interval's width: how far a mean may, where a family does not keep it exactly
EDGE = 1e-9  # so that rounding decides nothing where a figure lies just between two that are printed
Floats = npt.NDArray[np.float64]
Ppf = Callable[[Sequence[float], Floats], Floats]


class Found(NamedTuple):
    """What a distribution has: its mean (a log-normal's median), and the ends of its 95% interval."""

    mean: float
    low: float
    high: float


def ends_of(ppf: Ppf) -> Callable[[Sequence[float]], tuple[float, float]]:
    """The ends of the 95% interval of natural parameters, by quantiles."""

    def ends(p: Sequence[float]) -> tuple[float, float]:
        low, high = ppf(p, np.array([0.025, 0.975]))
        return float(low), float(high)

    return ends


def normal_ends(p: Sequence[float]) -> tuple[float, float]:
    """Of a normal, without scipy."""
    return p[0] - Z95 * p[1], p[0] + Z95 * p[1]


def lognormal_ends(p: Sequence[float]) -> tuple[float, float]:
    """Of a log-normal, without scipy."""
    low, high = normal_ends(p)
    return math.exp(low), math.exp(high)


def uniform_ends(p: Sequence[float]) -> tuple[float, float]:
    """Of a uniform, without scipy."""
    return p[0] + 0.025 * (p[1] - p[0]), p[1] - 0.025 * (p[1] - p[0])


def refusal(kind: str, asked: Found, found: Found, known_to: Found) -> list[str]:
    """What is wrong with a distribution that was asked for by an interval and came out as `found`; empty where kept.

    `known_to`: half a unit of the last digit that each figure was printed to, within which nobody knows it.
    """
    width = asked.high - asked.low
    usual = Found(MEAN_OFF * width, END_OFF * width, END_OFF * width)
    if all(abs(f - a) <= max(u, k * (1 + EDGE)) for f, a, u, k in zip(found, asked, usual, known_to, strict=True)):
        return []
    return [
        f"no {kind} has mean {asked.mean:g} and 95% interval {asked.low:g} to {asked.high:g}; it would come out as "
        f"{found.mean:.4g} ({found.low:.4g} to {found.high:.4g}); allowed: an interval within a twentieth of its width "
        "of that or half a unit of its last digit, another family, or its natural parameters"
    ]


def plainly_a_gamma(a: Arguments) -> bool:
    """Whether a gamma keeps an interval so well that an approximation can tell (Wilson and Hilferty's, without scipy).

    So that checking a file stays quick. Only for shapes where its error is far below what may be off.
    """
    half = (a["high"] - a["low"]) / 2
    shape = (Z95 * a["mean"] / half) ** 2
    if not 4 <= shape < 1e12:
        return False
    low, high = (a["mean"] * (1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3 for z in (-Z95, Z95))
    return max(abs(low - a["low"]), abs(high - a["high"])) < END_OFF * half


# --- searches -------------------------------------------------------------------------------------


def beta_of(mean: float, log_n: float) -> tuple[float, float]:
    """Alpha and beta of a mean and the logarithm of their sum."""
    n = math.exp(log_n)
    return mean * n, (1 - mean) * n


def gamma_of(mean: float, log_n: float) -> tuple[float, float]:
    """Shape and scale of a mean and the logarithm of the shape."""
    shape = math.exp(log_n)
    return shape, mean / shape


def by_width(
    kind: str, ppf: Ppf, of: Callable[[float, float], Sequence[float]], spread: Callable[[float], float]
) -> Callable[[Arguments], Sequence[float]]:
    """Natural parameters with the given mean whose 95% interval is as wide as the published one.

    `of` gives them from the mean and the logarithm of a precision; `spread(mean)` is the standard deviation at a
    precision of 1, from which the search starts.
    """
    ends = ends_of(ppf)

    def find(a: Arguments) -> Sequence[float]:
        """By a root in the logarithm of precision; ``DistributionError`` where no precision gives the width."""

        def excess(log_n: float) -> float:
            low, high = ends(of(a["mean"], log_n))
            return high - low - (a["high"] - a["low"])

        start = 2 * math.log(2 * Z95 * spread(a["mean"]) / (a["high"] - a["low"]))
        bottom, top = start - 3.0, start + 8.0
        if not excess(bottom) > 0 > excess(top):
            bottom, top = _crossing(excess, start, f"{kind} with mean {a['mean']:g}", a)
        return of(a["mean"], root_between(excess, bottom, top, 1e-12))

    return find


def _crossing(excess: Callable[[float], float], start: float, what: str, a: Arguments) -> tuple[float, float]:
    """The least spread whose interval is wide enough: where a law is very uneven, a wider spread narrows it again."""
    ladder = np.arange(start + 6.0, start - 12.0, -0.25)
    found = [excess(float(x)) for x in ladder]
    for k in range(1, len(ladder)):
        if found[k] >= 0 > found[k - 1]:
            return float(ladder[k]), float(ladder[k - 1])
    widest = max(x for x in found if not math.isnan(x)) + a["high"] - a["low"]
    raise DistributionError(
        f"no {what} has a 95% interval as wide as {a['low']:g} to {a['high']:g}; the widest is {widest:.4g}"
    )


def three_points(
    ppf: Ppf, mean: Callable[[Sequence[float]], float]
) -> Callable[[Arguments], tuple[float, float, float]]:
    """(min, mode, max) whose mean and 95% interval come as near the given ones as the family allows."""
    ends = ends_of(ppf)

    def find(a: Arguments) -> tuple[float, float, float]:
        """By least squares in widths of the interval."""
        from scipy.optimize import least_squares

        width = a["high"] - a["low"]

        def points(x: Floats) -> tuple[float, float, float]:
            low, high = a["low"] - width * math.exp(x[0]), a["high"] + width * math.exp(x[1])
            return low, low + (high - low) / (1 + math.exp(-x[2])), high

        def misfit(x: Floats) -> list[float]:
            p = points(x)
            low, high = ends(p)
            return [(mean(p) - a["mean"]) / width, (low - a["low"]) / width, (high - a["high"]) / width]

        return points(least_squares(misfit, [-2.0, -2.0, 0.0], bounds=([-30.0] * 3, [3.0, 3.0, 30.0])).x)

    return find
