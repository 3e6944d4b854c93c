"""Every hazard family beside its survival function by scipy, and what effects in time make of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from models.contract import (
    Empirical,
    Exponential,
    Gamma,
    GeneralisedGamma,
    Gompertz,
    LifeTable,
    LogLogistic,
    LogNormal,
    PiecewiseConstant,
    Weibull,
    WeibullPH,
)
from models.hazards import Hazard
from parameters import life_table
from parameters.arrays import Floats

Survival = Callable[[Floats], Floats]

OBSERVED = tuple(float(x) for x in np.round(stats.weibull_min(1.3, scale=1.1).isf((np.arange(300) + 0.5) / 300), 4))


@dataclass(frozen=True)
class Law:
    """A hazard as the contract states it, and its survival function as somebody else does."""

    name: str
    hazard: Hazard
    survival: Survival
    age: float = 0.0  # at which the clock stands at entry

    def under(self, segments: Sequence[Segment] = ()) -> Survival:
        """Survival from entry on under effects in time."""
        return survival_under(self.survival, segments, self.age)


@dataclass(frozen=True)
class Segment:
    """From `start` on the hazard is multiplied by `ratio`, and times are stretched by `stretch`."""

    start: float
    ratio: float = 1.0
    stretch: float = 1.0


def survival_under(survival: Survival, segments: Sequence[Segment], age: float = 0.0) -> Survival:
    """Survival of a clock that stands at `age` at time 0: in a segment hazard m(t) phi'(t) h(phi(t)), phi' = 1/stretch.

    Worked out as a product over segments of (S(phi(end)) / S(phi(start))) ^ ratio.
    """
    steps = [Segment(0.0), *segments] if not segments or segments[0].start > 0 else list(segments)

    def under(t: Floats) -> Floats:
        out, phi = np.ones_like(t), np.full_like(t, age)
        for i, step in enumerate(steps):
            end = steps[i + 1].start if i + 1 < len(steps) else np.inf
            on = phi + np.clip(np.minimum(t, end) - step.start, 0.0, None) / step.stretch
            before, after = survival(phi), survival(on)
            out *= np.where(before > 0, after / np.where(before > 0, before, 1.0), 0.0) ** step.ratio
            phi = on
        return out

    return under


def window(start: float, end: float, ratio: float = 1.0, stretch: float = 1.0) -> tuple[Segment, ...]:
    """One effect from `start` to `end`."""
    return (Segment(start, ratio, stretch), Segment(end))


# --- survival functions ---------------------------------------------------------------------------


def gompertz(rate: float, growth: float) -> Survival:
    return lambda t: np.asarray(np.exp(-rate / growth * np.expm1(growth * t)))


def in_pieces(starts: Sequence[float], rates: Sequence[float]) -> Survival:
    """exp of minus the area under a step function."""
    edges, heights = np.array([*starts, np.inf]), np.array(rates)

    def survival(t: Floats) -> Floats:
        inside = np.clip(t[..., None], edges[:-1], edges[1:]) - edges[:-1]
        return np.asarray(np.exp(-(inside * heights).sum(axis=-1)))

    return survival


def share_after(sample: Sequence[float]) -> Survival:
    ordered = np.sort(sample)
    return lambda t: np.asarray(1 - np.searchsorted(ordered, t, side="right") / len(ordered))


def alive_at(column: str, ratio: float = 1.0) -> Survival:
    """Share alive at an exact age by the life table: deaths spread within a year as a constant hazard does."""
    ages, q = life_table("life_table_uk", column)
    p = np.cumprod([1.0, *(1 - np.array(q))])

    def survival(age: Floats) -> Floats:
        whole = np.minimum(np.floor(age), ages[-1]).astype(int)
        return np.asarray((p[whole] * (1 - np.array(q)[whole]) ** (age - whole)) ** ratio)

    return survival


def generalised(location: float, sigma: float, q: float) -> Survival:
    """Prentice's: location (q^2 G)^(sigma / q) with G gamma of shape 1 / q^2."""
    law = stats.gengamma(1 / q**2, q / sigma, scale=location * (q * q) ** (sigma / q))
    return lambda t: np.asarray(law.sf(t))


LAWS = (
    Law("exponential", Exponential(0.7), stats.expon(scale=1 / 0.7).sf),
    Law("weibull falling", Weibull(0.75, 1.6), stats.weibull_min(0.75, scale=1.6).sf),
    Law("weibull rising", Weibull(1.8, 1.1), stats.weibull_min(1.8, scale=1.1).sf),
    Law("weibull by rate", WeibullPH(1.4, 0.6), lambda t: np.asarray(np.exp(-0.6 * t**1.4))),
    Law("gompertz", Gompertz(0.3, 0.9), stats.gompertz(0.3 / 0.9, scale=1 / 0.9).sf),
    Law("gompertz that may never come", Gompertz(1.2, -0.5), gompertz(1.2, -0.5)),
    Law("log-logistic", LogLogistic(1.7, 1.2), stats.fisk(1.7, scale=1.2).sf),
    Law("log-normal", LogNormal(1.1, 0.8), stats.lognorm(0.8, scale=1.1).sf),
    Law("gamma", Gamma(2.2, 0.5), stats.gamma(2.2, scale=0.5).sf),
    Law("generalised gamma", GeneralisedGamma(1.1, 0.7, 0.6), generalised(1.1, 0.7, 0.6)),
    Law("generalised gamma, q below 0", GeneralisedGamma(0.9, 0.6, -0.8), generalised(0.9, 0.6, -0.8)),
    Law(
        "piecewise",
        PiecewiseConstant((0.0, 0.5, 1.5), (0.3, 1.5, 0.6)),
        in_pieces((0.0, 0.5, 1.5), (0.3, 1.5, 0.6)),
    ),
    Law("empirical", Empirical(OBSERVED), share_after(OBSERVED)),
    Law("life table", LifeTable("life_table_uk", "male_qx", 12.0), alive_at("male_qx", 12.0), age=68.5),
)
