"""Health and its distribution: equally distributed equivalents (Atkinson, Kolm) and what a strategy does to inequality.

Distributional cost-effectiveness (Asaria, Griffin and Cookson 2016, doi 10.1177/0272989X15583266). Health is QALYs a
person; groups are weighted by their share of people. Net benefits are new minus comparator.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats
from simulate.engine.arithmetic.of_arrays import exps, logs
from simulate.evaluate.decision.acceptability import refuse_not_finite

Index = Literal["atkinson", "kolm"]


def equivalent(health: npt.ArrayLike, share: npt.ArrayLike, aversion: float, index: Index = "atkinson") -> Floats:
    """Health that, if everybody had it, would be worth as much as `health` [..., groups] as it is distributed, [...].

    Atkinson: (sum s h^(1-e))^(1/(1-e)), the geometric mean at e = 1, for relative inequality; health must be positive.
    Kolm: -ln(sum s exp(-a h)) / a, for absolute inequality. At an `aversion` of 0 both are the mean. `share` [groups]
    sums to 1. ``ValueError`` for what is not allowed.
    """
    h, s = np.asarray(health, dtype=np.float64), np.asarray(share, dtype=np.float64)
    refuse_not_finite(h, "health")
    if h.shape[-1:] != s.shape or (s < 0).any() or abs(s.sum() - 1) > 1e-6:
        raise ValueError(f"share: {s}; one share for each of {h.shape[-1]} groups, summing to 1")
    if not 0 <= aversion < np.inf:
        raise ValueError(f"aversion: {aversion}; must be 0 or more")
    if aversion == 0:
        return np.asarray((s * h).sum(axis=-1))
    if index == "kolm":
        least = h.min(axis=-1, keepdims=True)
        return np.asarray(least[..., 0] - logs((s * exps(-aversion * (h - least))).sum(axis=-1)) / aversion)
    if index != "atkinson":
        raise ValueError(f"index: {index!r}; allowed: atkinson, kolm")
    if (h <= 0).any():
        raise ValueError("health: must be positive for the Atkinson index")
    level = logs(h)
    if aversion == 1:
        return np.asarray(exps((s * level).sum(axis=-1)))
    power = 1 - aversion
    top = (power * level).max(axis=-1, keepdims=True)
    return np.asarray(exps((logs((s * exps(power * level - top)).sum(axis=-1)) + top[..., 0]) / power))


def equity_weighted(
    net_health: npt.ArrayLike,
    baseline: npt.ArrayLike,
    share: npt.ArrayLike,
    aversions: Sequence[float],
    index: Index = "atkinson",
) -> Floats:
    """Gain in equally distributed equivalent health by aversion to inequality, QALYs a person, [aversions, draws].

    `net_health` [draws, groups]: net health benefit of each group, QALYs a person; `baseline` [groups]: health without.
    """
    gained, before = np.asarray(net_health, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    rows = [equivalent(before + gained, share, e, index) - equivalent(before, share, e, index) for e in aversions]
    return np.array(rows)


def less_inequality(
    net_health: npt.ArrayLike,
    baseline: npt.ArrayLike,
    share: npt.ArrayLike,
    aversion: float,
    index: Index = "atkinson",
) -> Floats:
    """Fall in the health lost to inequality (mean less equivalent), QALYs a person, [draws]; above 0: more equal."""
    gained, before = np.asarray(net_health, dtype=np.float64), np.asarray(baseline, dtype=np.float64)

    def lost(health: Floats) -> Floats:
        return equivalent(health, share, 0.0) - equivalent(health, share, aversion, index)

    return np.asarray(lost(before) - lost(before + gained))


def net_health(
    cost: npt.ArrayLike, effect: npt.ArrayLike, share: npt.ArrayLike, borne: npt.ArrayLike, threshold: float
) -> Floats:
    """Net health benefit of each group, QALYs a person, [draws, groups], new minus comparator.

    `cost` and `effect` (QALYs) [draws, groups] are increments per person of a group. What the money displaces is
    the mean cost over `threshold`, in QALYs, and falls on groups in proportion to `borne` [groups], the health lost
    by a group for each QALY lost on average: 1 for all when everybody gives up alike.
    """
    c, e = np.asarray(cost, dtype=np.float64), np.asarray(effect, dtype=np.float64)
    s, b = np.asarray(share, dtype=np.float64), np.asarray(borne, dtype=np.float64)
    if c.shape != e.shape or c.shape[-1:] != s.shape or s.shape != b.shape:
        raise ValueError(f"cost {c.shape}, effect {e.shape}, share {s.shape}, borne {b.shape}: groups must agree")
    if not threshold > 0:
        raise ValueError(f"threshold: {threshold}; must be positive")
    if abs((s * b).sum() - 1) > 1e-6:
        raise ValueError("borne: its mean over people must be 1, so that no cost is lost or counted twice")
    return np.asarray(e - (c * s).sum(axis=-1, keepdims=True) / threshold * b)
