"""Natural parameters from a mean and its standard error, and from a mean and a 95% interval where that is a formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

Arguments = Mapping[str, float]
Pair = tuple[float, float]

Z95 = 1.959963984540054  # standard normal quantile of 0.975


def beta(a: Arguments) -> Pair:
    """Alpha and beta."""
    n = a["mean"] * (1 - a["mean"]) / a["se"] ** 2 - 1
    return a["mean"] * n, (1 - a["mean"]) * n


def gamma(a: Arguments) -> Pair:
    """Shape and scale."""
    return (a["mean"] / a["se"]) ** 2, a["se"] ** 2 / a["mean"]


def lognormal(a: Arguments) -> Pair:
    """Mean and sd of the logarithm."""
    variance = math.log1p((a["se"] / a["mean"]) ** 2)
    return math.log(a["mean"]) - variance / 2, math.sqrt(variance)


def normal(a: Arguments) -> Pair:
    """Mean and sd."""
    return a["mean"], a["se"]


def lognormal_interval(a: Arguments) -> Pair:
    """A ratio and its interval as trials print them: the point estimate is the median."""
    return math.log(a["mean"]), math.log(a["high"] / a["low"]) / (2 * Z95)


def normal_interval(a: Arguments) -> Pair:
    """Mean, and the sd that gives the interval its width."""
    return a["mean"], (a["high"] - a["low"]) / (2 * Z95)


def uniform_interval(a: Arguments) -> Pair:
    """Min and max about the mean, whose 95% interval has the width."""
    half = (a["high"] - a["low"]) / 2 / 0.95
    return a["mean"] - half, a["mean"] + half


def with_bounds(find: Callable[[Arguments], Pair]) -> Callable[[Arguments], Sequence[float]]:
    """The same with `min` and `max`, which are infinite where they are not given."""
    return lambda a: (*find(a), a.get("min", -math.inf), a.get("max", math.inf))


def symmetric(half_widths_per_se: float, parts: int) -> Callable[[Arguments], Sequence[float]]:
    """The ends, with the mean between them where there are three."""

    def find(a: Arguments) -> Sequence[float]:
        half = half_widths_per_se * a["se"]
        ends = (a["mean"] - half, a["mean"] + half)
        return ends if parts == 2 else (ends[0], a["mean"], ends[1])

    return find
