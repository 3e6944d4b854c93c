"""Distributions of parameters: how each may be written, its point estimate, and its quantiles.

Each family can be written in its natural parameters, as ``mean`` and ``se``, or as ``mean``,
``low`` and ``high`` (a 95% interval). Written by an interval, the mean is kept, the spread is the one
whose 95% interval has the published width, and a family that would then have another interval is
refused. scipy is imported only when it is needed, so that checking files stays quick.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from parameters.arrays import Floats
from parameters.families import intervals, moments, quantiles
from parameters.families.faults import DistributionError
from parameters.families.intervals import Found
from parameters.families.moments import Z95, Arguments
from parameters.units import LARGEST

FARTHEST_LOG = 2 * math.log(LARGEST)  # of a log-normal's draws
LEAST_SHAPE, GREATEST_SHAPE = 1e-3, 1e12  # of a gamma or beta: below nearly every draw is 0, above nothing varies
FLATTEST = 1e3  # widths of a truncated normal's range in its sd: beyond, it is a uniform


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
    ends: Callable[[Sequence[float]], tuple[float, float]] | None = None  # of the 95% interval, where known more simply
    kept: Callable[[Arguments], bool] = lambda a: False  # whether mean, low and high are plainly kept, without solving
    span: Callable[[Arguments], tuple[float, float]] | None = None  # its reach by an interval, without solving
    drawn_mean: Callable[[Sequence[float]], float] | None = None  # where draws have another than `mean`


@dataclass(frozen=True)
class Distribution:
    """A distribution as written: its family's name and its arguments. Raises ``DistributionError``."""

    kind: str
    arguments: Arguments
    halves: Arguments = field(default_factory=dict, compare=False, repr=False)  # units of last digits printed, halved

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
        bad = [text for text in map(unusable, self.arguments, self.arguments.values()) if text]
        if bad:
            return bad
        if names == set(family.natural):
            return family.faults([self.arguments[n] for n in family.natural])
        if names - set(family.extra) == {"mean", "se"} and family.by_moments:
            return _moment_faults(self.arguments, family) or self._faults_found()
        if names - set(family.extra) == {"mean", "low", "high"} and family.by_interval:
            return _interval_faults(self.arguments, family) or self._faults_found()
        return [f"{self.kind} with {', '.join(sorted(names)) or 'nothing'}; allowed: {allowed(self.kind)}"]

    def _faults_found(self) -> list[str]:
        """What is wrong with the natural parameters found, or with what they give beside what was asked for."""
        family, a = self.family, self.arguments
        if "low" in a and family.kept(a):
            return []
        try:
            wrong = family.faults(self.natural)
            return wrong or self._unkept()
        except DistributionError as fault:
            return list(fault.faults)
        except (ArithmeticError, ValueError):
            return [f"{self.kind} of {', '.join(f'{k} {v:g}' for k, v in a.items())} cannot be computed with"]

    def _unkept(self) -> list[str]:
        """Refuses a mean and interval, or a cut mean, that the family does not keep."""
        family, a = self.family, self.arguments
        if "se" in a and family.drawn_mean is None:
            return []  # a formula keeps both
        half = Z95 * a.get("se", 0.0)
        asked = Found(a["mean"], a.get("low", a["mean"] - half), a.get("high", a["mean"] + half))
        ends = family.ends or intervals.ends_of(family.ppf)
        drawn_mean = family.drawn_mean or family.mean
        known_to = Found(*(self.halves.get(n, 0.0) for n in ("mean", "low", "high")))
        return intervals.refusal(self.kind, asked, Found(drawn_mean(self.natural), *ends(self.natural)), known_to)

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
        """The published point estimate: ``mean`` where asked for, else the mean that is drawn (log-normal: the median).

        The `mean` of a truncated normal by its natural arguments is that before it is cut, which no draw knows of.
        """
        if "mean" in self.arguments and set(self.arguments) != set(self.family.natural):
            return self.arguments["mean"]
        return (self.family.drawn_mean or self.family.mean)(self.natural)

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


def unusable(name: str, value: float) -> str:
    """Why an argument cannot be computed with; empty where it can."""
    if not math.isfinite(value):
        return f"{name} = {value} is not finite"
    return "" if abs(value) <= LARGEST else f"{name} = {value:g} is out of range; allowed: {-LARGEST:g} to {LARGEST:g}"


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
    return _truncated_faults(moments.with_bounds(moments.normal)(a))


def _truncated_interval_faults(a: Arguments) -> list[str]:
    inside = a.get("min", -math.inf) < a["mean"] < a.get("max", math.inf)
    return [] if inside else ["need min < mean < max"]


def _positive(names: Sequence[str]) -> Callable[[Sequence[float]], list[str]]:
    def faults(p: Sequence[float]) -> list[str]:
        return [f"{n} = {v} must be positive" for n, v in zip(names, p, strict=True) if not v > 0]

    return faults


def _shapes(*names: str) -> Callable[[Sequence[float]], list[str]]:
    """Faults of natural parameters that are positive, the first `names` of them shapes."""

    def faults(p: Sequence[float]) -> list[str]:
        beyond = [(n, v) for n, v in zip(names, p, strict=False) if not LEAST_SHAPE <= v <= GREATEST_SHAPE]
        return [
            f"{n} = {v:g} is out of range; allowed: {LEAST_SHAPE:g} (below it nearly every draw lies at an end) "
            f"to {GREATEST_SHAPE:g} (above it nothing varies)"
            for n, v in beyond
        ]

    return faults


def _second_positive(name: str) -> Callable[[Sequence[float]], list[str]]:
    return lambda p: [] if p[1] > 0 else [f"{name} = {p[1]} must be positive"]


def _lognormal_faults(p: Sequence[float]) -> list[str]:
    if p[1] > 0 and abs(p[0]) + quantiles.FAR * p[1] > FARTHEST_LOG:
        return [f"mu = {p[0]:g}, sigma = {p[1]:g} lets its draws leave what can be computed with"]
    return _second_positive("sigma")(p)


def _ordered(p: Sequence[float]) -> list[str]:
    """Faults of (min, max) or (min, mode, max)."""
    inside = all(p[0] <= x <= p[-1] for x in p)
    return [] if p[0] < p[-1] and inside else [f"need min < max, and any mode between; got {', '.join(map(str, p))}"]


def _truncated_faults(p: Sequence[float]) -> list[str]:
    mean, sd, low, high = p
    wrong = [] if sd > 0 else [f"sd = {sd} must be positive"]
    if not (low < high and low <= mean <= high):
        wrong.append(f"need min < max and mean between; got {low}, {high}")
    elif sd > FLATTEST * (high - low):
        wrong.append(f"sd = {sd:g} makes it flat between {low:g} and {high:g}; allowed: uniform")
    return wrong


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
    "bernoulli": Family(  # one of two readings of the evidence: 1 with this probability, else 0
        natural=("p",),
        faults=lambda p: [] if 0 < p[0] < 1 else [f"p = {p[0]} must lie between 0 and 1; for certainty use fixed"],
        by_moments=None,
        by_interval=None,
        ppf=lambda p, u: np.where(u > 1 - p[0], 1.0, 0.0),
        mean=lambda p: p[0],
        reach=lambda p: (0.0, 1.0),
    ),
    "beta": Family(
        natural=("alpha", "beta"),
        faults=lambda p: _positive(("alpha", "beta"))(p) or _shapes("alpha", "beta")(p),
        by_moments=moments.beta,
        by_interval=intervals.by_width("beta", quantiles.beta, intervals.beta_of, lambda m: math.sqrt(m * (1 - m))),
        ppf=quantiles.beta,
        mean=lambda p: p[0] / (p[0] + p[1]),
        reach=lambda p: (0.0, 1.0),
        moment_faults=_beta_moment_faults,
        interval_faults=_beta_interval_faults,
        span=lambda a: (0.0, 1.0),
    ),
    "gamma": Family(
        natural=("shape", "scale"),
        faults=lambda p: _positive(("shape", "scale"))(p) or _shapes("shape")(p),
        by_moments=moments.gamma,
        by_interval=intervals.by_width("gamma", quantiles.gamma, intervals.gamma_of, lambda m: m),
        ppf=quantiles.gamma,
        mean=lambda p: p[0] * p[1],
        reach=lambda p: (0.0, math.inf),
        moment_faults=_above_0("mean"),
        interval_faults=_above_0("low"),
        kept=intervals.plainly_a_gamma,
        span=lambda a: (0.0, math.inf),
    ),
    "normal": Family(
        natural=("mean", "sd"),
        faults=_second_positive("sd"),
        by_moments=moments.normal,
        by_interval=moments.normal_interval,
        ppf=quantiles.normal,
        mean=lambda p: p[0],
        ends=intervals.normal_ends,
        reach=lambda p: (p[0] - quantiles.FAR * p[1], p[0] + quantiles.FAR * p[1]),
    ),
    "truncated_normal": Family(
        natural=("mean", "sd", "min", "max"),
        faults=_truncated_faults,
        by_moments=moments.with_bounds(moments.normal),
        by_interval=moments.with_bounds(moments.normal_interval),
        ppf=quantiles.truncated_normal,
        mean=lambda p: p[0],  # before it is cut: what a paper prints
        drawn_mean=quantiles.truncated_mean,
        reach=lambda p: (max(p[2], p[0] - quantiles.FAR * p[1]), min(p[3], p[0] + quantiles.FAR * p[1])),
        extra=("min", "max"),
        moment_faults=_truncated_moment_faults,
        interval_faults=_truncated_interval_faults,
    ),
    "lognormal": Family(
        natural=("mu", "sigma"),
        faults=_lognormal_faults,
        by_moments=moments.lognormal,
        by_interval=moments.lognormal_interval,
        ppf=quantiles.lognormal,
        mean=lambda p: math.exp(p[0]),
        ends=intervals.lognormal_ends,
        reach=lambda p: (0.0, math.inf),
        moment_faults=_above_0("mean"),
        interval_faults=_above_0("low"),
    ),
    "uniform": Family(
        natural=("min", "max"),
        faults=_ordered,
        by_moments=moments.symmetric(math.sqrt(3), 2),
        by_interval=moments.uniform_interval,
        ppf=quantiles.uniform,
        mean=lambda p: (p[0] + p[1]) / 2,
        ends=intervals.uniform_ends,
        reach=lambda p: (p[0], p[1]),
    ),
    "triangular": Family(
        natural=("min", "mode", "max"),
        faults=_ordered,
        by_moments=moments.symmetric(math.sqrt(6), 3),
        by_interval=intervals.three_points(quantiles.triangular, lambda p: sum(p) / 3),
        ppf=quantiles.triangular,
        mean=lambda p: sum(p) / 3,
        reach=lambda p: (p[0], p[2]),
    ),
    "pert": Family(
        natural=("min", "mode", "max"),
        faults=_ordered,
        by_moments=moments.symmetric(math.sqrt(7), 3),
        by_interval=intervals.three_points(quantiles.pert, lambda p: (p[0] + 4 * p[1] + p[2]) / 6),
        ppf=quantiles.pert,
        mean=lambda p: (p[0] + 4 * p[1] + p[2]) / 6,
        reach=lambda p: (p[0], p[2]),
    ),
}
