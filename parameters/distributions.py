"""Distributions of parameters: how each may be written, its point estimate, and its quantiles.

Each family can be written in its natural parameters, as ``mean`` and ``se``, or as ``mean``,
``low`` and ``high`` (a 95% interval). Written by an interval, the mean is kept exactly and the
spread is the one whose 95% interval has the published width. scipy is imported only when quantiles
are asked for, so that checking files stays quick.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from parameters.arrays import Floats

Arguments = Mapping[str, float]

Z95 = 1.959963984540054  # standard normal quantile of 0.975
_FAR = 6.0  # standard deviations within which a normal must stay inside what its unit allows


class DistributionError(ValueError):
    """A distribution that cannot be: each of its `faults` says what is wrong and what is allowed."""

    def __init__(self, *faults: str):
        self.faults = faults
        super().__init__("; ".join(faults))


@dataclass(frozen=True)
class Family:
    """One family: its natural arguments, how to find them from moments or an interval, and its functions."""

    natural: tuple[str, ...]
    faults: Callable[[Sequence[float]], list[str]]  # of the natural arguments
    by_moments: Callable[[Arguments], Sequence[float]] | None
    by_interval: Callable[[Arguments], Sequence[float]] | None
    ppf: Callable[[Sequence[float], Floats], Floats]
    mean: Callable[[Sequence[float]], float]
    reach: Callable[[Sequence[float]], tuple[float, float]]  # values it may take (normal: within six sd)
    extra: tuple[str, ...] = ()  # arguments besides mean and se, or mean, low and high
    moment_faults: Callable[[Arguments], list[str]] = lambda a: []  # of mean and se, where se is positive
    interval_faults: Callable[[Arguments], list[str]] = lambda a: []  # of mean, low and high, where they rise
    span: Callable[[Arguments], tuple[float, float]] | None = None  # its reach by an interval that scipy has to solve


@dataclass(frozen=True)
class Distribution:
    """A distribution as written: its family's name and its arguments. Raises ``DistributionError``."""

    kind: str
    arguments: Arguments

    def __post_init__(self) -> None:
        faults = self.faults()
        if faults:
            raise DistributionError(*faults)

    @property
    def family(self) -> Family:
        """The family's functions."""
        return FAMILIES[self.kind]

    def faults(self) -> list[str]:
        """Everything wrong with the arguments, in words; empty when they can stand."""
        names, family = set(self.arguments), self.family
        bad = [f"{k} = {v} is not finite" for k, v in self.arguments.items() if not math.isfinite(v)]
        if bad:
            return bad
        if names == set(family.natural):
            return family.faults([self.arguments[n] for n in family.natural])
        if names - set(family.extra) == {"mean", "se"} and family.by_moments:
            return _moment_faults(self.arguments, family)
        if names - set(family.extra) == {"mean", "low", "high"} and family.by_interval:
            return _interval_faults(self.arguments, family)
        return [f"{self.kind} with {', '.join(sorted(names)) or 'nothing'}; allowed: {allowed(self.kind)}"]

    @cached_property
    def natural(self) -> tuple[float, ...]:
        """The family's natural parameters."""
        family, given = self.family, self.arguments
        if set(given) == set(family.natural):
            return tuple(given[n] for n in family.natural)
        find = family.by_moments if "se" in given else family.by_interval
        assert find is not None
        return tuple(find(given))

    @property
    def point(self) -> float:
        """The published point estimate: ``mean`` where given, else the mean (log-normal: the median)."""
        if "mean" in self.arguments:
            return self.arguments["mean"]
        return self.family.mean(self.natural)

    def ppf(self, u: Floats) -> Floats:
        """Quantiles at `u`, float64 of the same shape."""
        return np.asarray(self.family.ppf(self.natural, np.asarray(u, dtype=np.float64)), dtype=np.float64)

    def interval95(self) -> tuple[float, float]:
        """2.5% and 97.5% quantiles."""
        low, high = self.ppf(np.array([0.025, 0.975]))
        return float(low), float(high)

    def reach(self) -> tuple[float, float]:
        """The least and greatest value it may take; a normal's within six standard deviations.

        Where only scipy could find the natural arguments from an interval, what is known without.
        """
        if "low" in self.arguments and self.family.span is not None:
            return self.family.span(self.arguments)
        return self.family.reach(self.natural)


def allowed(kind: str) -> str:
    """The ways `kind` may be written, in words."""
    family = FAMILIES[kind]
    extra = "".join(f", {e}" for e in family.extra)
    ways = [", ".join(family.natural)]
    ways += [f"mean, se{extra}"] if family.by_moments else []
    ways += [f"mean, low, high{extra}"] if family.by_interval else []
    return " | ".join("{ " + w + " }" for w in dict.fromkeys(ways))


# --- what can be wrong ------------------------------------------------------------------------


def _moment_faults(a: Arguments, family: Family) -> list[str]:
    if not a["se"] > 0:
        return [f"se = {a['se']} must be positive; for no uncertainty use fixed"]
    return family.moment_faults(a)


def _interval_faults(a: Arguments, family: Family) -> list[str]:
    if not a["low"] < a["mean"] < a["high"]:
        return [f"need low < mean < high; got {a['low']}, {a['mean']}, {a['high']}"]
    return family.interval_faults(a)


def _beta_moment_faults(a: Arguments) -> list[str]:
    if 0 < a["mean"] < 1 and a["se"] ** 2 < a["mean"] * (1 - a["mean"]):
        return []
    return [f"beta needs a mean in (0, 1) and se^2 < mean (1 - mean); got mean {a['mean']}, se {a['se']}"]


def _beta_interval_faults(a: Arguments) -> list[str]:
    inside = a["low"] >= 0 and a["high"] <= 1
    return [] if inside else [f"a beta's interval lies in [0, 1]; got {a['low']} to {a['high']}"]


def _above_0(name: str) -> Callable[[Arguments], list[str]]:
    return lambda a: [] if a[name] > 0 else [f"{name} = {a[name]} must be positive"]


def _truncated_moment_faults(a: Arguments) -> list[str]:
    return _truncated_faults(_with_bounds(lambda a: (a["mean"], a["se"]))(a))


def _truncated_interval_faults(a: Arguments) -> list[str]:
    inside = a.get("min", -math.inf) < a["mean"] < a.get("max", math.inf)
    return [] if inside else ["need min < mean < max"]


def _positive(names: Sequence[str]) -> Callable[[Sequence[float]], list[str]]:
    def faults(p: Sequence[float]) -> list[str]:
        return [f"{n} = {v} must be positive" for n, v in zip(names, p, strict=True) if not v > 0]

    return faults


def _second_positive(name: str) -> Callable[[Sequence[float]], list[str]]:
    return lambda p: [] if p[1] > 0 else [f"{name} = {p[1]} must be positive"]


def _ordered(p: Sequence[float]) -> list[str]:
    """Faults of (min, max) or (min, mode, max)."""
    inside = all(p[0] <= x <= p[-1] for x in p)
    return [] if p[0] < p[-1] and inside else [f"need min < max, and any mode between; got {', '.join(map(str, p))}"]


def _truncated_faults(p: Sequence[float]) -> list[str]:
    mean, sd, low, high = p
    wrong = [] if sd > 0 else [f"sd = {sd} must be positive"]
    return wrong + (
        [] if low < high and low <= mean <= high else [f"need min < max and mean between; got {low}, {high}"]
    )


# --- natural parameters from moments and intervals ----------------------------------------------


def _beta_moments(a: Arguments) -> tuple[float, float]:
    n = a["mean"] * (1 - a["mean"]) / a["se"] ** 2 - 1
    return a["mean"] * n, (1 - a["mean"]) * n


def _gamma_moments(a: Arguments) -> tuple[float, float]:
    return (a["mean"] / a["se"]) ** 2, a["se"] ** 2 / a["mean"]


def _lognormal_moments(a: Arguments) -> tuple[float, float]:
    variance = math.log1p((a["se"] / a["mean"]) ** 2)
    return math.log(a["mean"]) - variance / 2, math.sqrt(variance)


def _lognormal_interval(a: Arguments) -> tuple[float, float]:
    """A ratio and its interval as trials print them: the point estimate is the median."""
    return math.log(a["mean"]), math.log(a["high"] / a["low"]) / (2 * Z95)


def _normal_interval(a: Arguments) -> tuple[float, float]:
    return a["mean"], (a["high"] - a["low"]) / (2 * Z95)


def _with_bounds(find: Callable[[Arguments], tuple[float, float]]) -> Callable[[Arguments], Sequence[float]]:
    return lambda a: (*find(a), a.get("min", -math.inf), a.get("max", math.inf))


def _by_width(
    kind: str, of_log_precision: Callable[[float, float], Sequence[float]]
) -> Callable[[Arguments], Sequence[float]]:
    """Natural parameters with the given mean whose 95% interval is as wide as the published one."""

    def find(a: Arguments) -> Sequence[float]:
        """By a root in the logarithm of precision; ``DistributionError`` where no precision gives the width."""
        from scipy.optimize import brentq

        def excess(log_n: float) -> float:
            low, high = FAMILIES[kind].ppf(of_log_precision(a["mean"], log_n), np.array([0.025, 0.975]))
            return float(high - low) - (a["high"] - a["low"])

        start = 2 * math.log(2 * Z95 * a["mean"] / (a["high"] - a["low"]))
        bottom, top = start - 3.0, start + 8.0
        if excess(bottom) <= 0 or excess(top) >= 0:
            raise DistributionError(
                f"no {kind} with mean {a['mean']} has an interval as wide as {a['low']} to {a['high']}"
            )
        return of_log_precision(a["mean"], float(brentq(excess, bottom, top, xtol=1e-12)))

    return find


def _beta_of(mean: float, log_n: float) -> tuple[float, float]:
    n = math.exp(log_n)
    return mean * n, (1 - mean) * n


def _gamma_of(mean: float, log_n: float) -> tuple[float, float]:
    shape = math.exp(log_n)
    return shape, mean / shape


def _symmetric(half_widths_per_se: float, parts: int) -> Callable[[Arguments], Sequence[float]]:
    def find(a: Arguments) -> Sequence[float]:
        """The ends, with the mean between them where there are three."""
        half = half_widths_per_se * a["se"]
        ends = (a["mean"] - half, a["mean"] + half)
        return ends if parts == 2 else (ends[0], a["mean"], ends[1])

    return find


def _uniform_interval(a: Arguments) -> tuple[float, float]:
    beyond = (a["high"] - a["low"]) * 0.025 / 0.95
    return a["low"] - beyond, a["high"] + beyond


def _three_points(kind: str) -> Callable[[Arguments], Sequence[float]]:
    """(min, mode, max) whose mean and 95% interval come as near the given ones as the family allows."""

    def find(a: Arguments) -> Sequence[float]:
        """By least squares in widths of the interval."""
        from scipy.optimize import least_squares

        width = a["high"] - a["low"]

        def points(x: Floats) -> tuple[float, float, float]:
            low, high = a["low"] - width * math.exp(x[0]), a["high"] + width * math.exp(x[1])
            return low, low + (high - low) / (1 + math.exp(-x[2])), high

        def misfit(x: Floats) -> list[float]:
            p = points(x)
            low, high = FAMILIES[kind].ppf(p, np.array([0.025, 0.975]))
            return [(FAMILIES[kind].mean(p) - a["mean"]) / width, (low - a["low"]) / width, (high - a["high"]) / width]

        return points(least_squares(misfit, [-2.0, -2.0, 0.0]).x)

    return find


# --- quantiles ----------------------------------------------------------------------------------


def _beta_ppf(p: Sequence[float], u: Floats) -> Floats:
    from scipy.special import betaincinv

    return np.asarray(betaincinv(p[0], p[1], u))


def _gamma_ppf(p: Sequence[float], u: Floats) -> Floats:
    from scipy.special import gammaincinv

    return np.asarray(gammaincinv(p[0], u) * p[1])


def _normal_ppf(p: Sequence[float], u: Floats) -> Floats:
    from scipy.special import ndtri

    return np.asarray(p[0] + p[1] * ndtri(u))


def _truncated_ppf(p: Sequence[float], u: Floats) -> Floats:
    from scipy.special import ndtr, ndtri

    mean, sd, low, high = p
    below, above = float(ndtr((low - mean) / sd)), float(ndtr((mean - high) / sd))
    return np.asarray(np.clip(mean + sd * ndtri(below + u * (1 - below - above)), low, high))


def _triangular_ppf(p: Sequence[float], u: Floats) -> Floats:
    low, mode, high = p
    share = (mode - low) / (high - low)
    left = low + np.sqrt(u * (high - low) * (mode - low))
    right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.where(u < share, left, right)


def _pert_shape(p: Sequence[float]) -> tuple[float, float]:
    low, mode, high = p
    return 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)


def _pert_ppf(p: Sequence[float], u: Floats) -> Floats:
    return np.asarray(p[0] + (p[2] - p[0]) * _beta_ppf(_pert_shape(p), u))


def _truncated_mean(p: Sequence[float]) -> float:
    return p[0]  # the parent's: what a paper prints


FAMILIES: Mapping[str, Family] = {
    "fixed": Family(
        natural=("value",),
        faults=lambda p: [],
        by_moments=None,
        by_interval=None,
        ppf=lambda p, u: np.full(u.shape, p[0]),
        mean=lambda p: p[0],
        reach=lambda p: (p[0], p[0]),
    ),
    "beta": Family(
        natural=("alpha", "beta"),
        faults=_positive(("alpha", "beta")),
        by_moments=_beta_moments,
        by_interval=_by_width("beta", _beta_of),
        ppf=_beta_ppf,
        mean=lambda p: p[0] / (p[0] + p[1]),
        reach=lambda p: (0.0, 1.0),
        moment_faults=_beta_moment_faults,
        interval_faults=_beta_interval_faults,
        span=lambda a: (0.0, 1.0),
    ),
    "gamma": Family(
        natural=("shape", "scale"),
        faults=_positive(("shape", "scale")),
        by_moments=_gamma_moments,
        by_interval=_by_width("gamma", _gamma_of),
        ppf=_gamma_ppf,
        mean=lambda p: p[0] * p[1],
        reach=lambda p: (0.0, math.inf),
        moment_faults=_above_0("mean"),
        interval_faults=_above_0("low"),
        span=lambda a: (0.0, math.inf),
    ),
    "normal": Family(
        natural=("mean", "sd"),
        faults=_second_positive("sd"),
        by_moments=lambda a: (a["mean"], a["se"]),
        by_interval=_normal_interval,
        ppf=_normal_ppf,
        mean=lambda p: p[0],
        reach=lambda p: (p[0] - _FAR * p[1], p[0] + _FAR * p[1]),
    ),
    "truncated_normal": Family(
        natural=("mean", "sd", "min", "max"),
        faults=_truncated_faults,
        by_moments=_with_bounds(lambda a: (a["mean"], a["se"])),
        by_interval=_with_bounds(_normal_interval),
        ppf=_truncated_ppf,
        mean=_truncated_mean,
        reach=lambda p: (max(p[2], p[0] - _FAR * p[1]), min(p[3], p[0] + _FAR * p[1])),
        extra=("min", "max"),
        moment_faults=_truncated_moment_faults,
        interval_faults=_truncated_interval_faults,
    ),
    "lognormal": Family(
        natural=("mu", "sigma"),
        faults=_second_positive("sigma"),
        by_moments=_lognormal_moments,
        by_interval=_lognormal_interval,
        ppf=lambda p, u: np.exp(_normal_ppf(p, u)),
        mean=lambda p: math.exp(p[0]),
        reach=lambda p: (0.0, math.inf),
        moment_faults=_above_0("mean"),
        interval_faults=_above_0("low"),
    ),
    "uniform": Family(
        natural=("min", "max"),
        faults=_ordered,
        by_moments=_symmetric(math.sqrt(3), 2),
        by_interval=_uniform_interval,
        ppf=lambda p, u: p[0] + (p[1] - p[0]) * u,
        mean=lambda p: (p[0] + p[1]) / 2,
        reach=lambda p: (p[0], p[1]),
    ),
    "triangular": Family(
        natural=("min", "mode", "max"),
        faults=_ordered,
        by_moments=_symmetric(math.sqrt(6), 3),
        by_interval=_three_points("triangular"),
        ppf=_triangular_ppf,
        mean=lambda p: sum(p) / 3,
        reach=lambda p: (p[0], p[2]),
        span=lambda a: (a["low"], a["high"]),
    ),
    "pert": Family(
        natural=("min", "mode", "max"),
        faults=_ordered,
        by_moments=_symmetric(math.sqrt(7), 3),
        by_interval=_three_points("pert"),
        ppf=_pert_ppf,
        mean=lambda p: (p[0] + 4 * p[1] + p[2]) / 6,
        reach=lambda p: (p[0], p[2]),
        span=lambda a: (a["low"], a["high"]),
    ),
}
