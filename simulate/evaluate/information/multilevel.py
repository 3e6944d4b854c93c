"""EVPPI by simulation at several levels: the slow oracle of the quick one, unbiased to a wanted error.

Known the group of parameters, expected net benefit is a mean over the others, and the greatest of noisy means is too
great. Level l takes 2^l draws of the others for each of the group; what the greatest mean of all of them falls short of
the average of the two halves' is added up over levels until the rest is next to nothing, with most draws where they are
cheap (Giles and Goda, Stat Comput 2019;29:739-751, doi 10.1007/s11222-018-9835-1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from parameters.arrays import Floats
from simulate.evaluate.decision.acceptability import refuse_not_finite
from simulate.evaluate.decision.equality import best_on_average

# (generator, outer, inner) -> net benefit [outer, inner, strategy]: draws of the group, each with draws of the others
Draw = Callable[[np.random.Generator, int, int], Floats]

FIRST = 2_000  # draws of the group at a new level, behind its variance
FEWEST_LEVELS, MOST_LEVELS = 3, 18
AT_ONCE = 1_000_000  # net benefits held


@dataclass(frozen=True)
class Multilevel:
    """An EVPPI, its standard error, both in the unit of net benefit, and what it took."""

    evppi: float
    se: float  # of chance; what levels not simulated would add is no greater
    outer: tuple[int, ...]  # [level], draws of the group


@dataclass
class _Level:
    """Draws at a level so far."""

    inner: int
    terms: list[Floats] = field(default_factory=list)  # [outer] each
    firsts: list[Floats] = field(default_factory=list)  # net benefit at the first level, [outer, strategy] each

    @property
    def outer(self) -> int:
        return sum(map(len, self.terms))

    @property
    def values(self) -> Floats:
        return np.concatenate(self.terms)

    def simulate(self, draw: Draw, rng: np.random.Generator, more: int) -> None:
        """So many more draws of the group."""
        while more > 0:
            now = min(more, max(1, AT_ONCE // self.inner))
            benefit = np.asarray(draw(rng, now, self.inner), dtype=np.float64)
            if benefit.ndim != 3 or benefit.shape[:2] != (now, self.inner):
                raise ValueError(f"draw: returned shape {benefit.shape}; must be [{now}, {self.inner}, strategies]")
            refuse_not_finite(benefit, "draw")
            if self.inner == 1:
                self.firsts.append(benefit[:, 0])
                self.terms.append(benefit[:, 0].max(axis=1))
            else:
                halves = benefit.reshape(now, 2, self.inner // 2, -1).mean(axis=2)
                self.terms.append(halves.mean(axis=1).max(axis=1) - halves.max(axis=2).mean(axis=1))
            more -= now


def evppi_by_levels(draw: Draw, error: float, *, seed: int = 1) -> Multilevel:
    """EVPPI with a standard error of at most `error`, in the unit of net benefit, and a bias of no more than that.

    `draw` gives independent draws of the group, each with independent draws of the other parameters. ``ValueError`` for
    an error that is not positive, another shape, or where so small an error takes more than ``MOST_LEVELS`` levels.
    """
    if not (math.isfinite(error) and error > 0):
        raise ValueError(f"error: {error}; allowed: a positive number in the unit of net benefit")
    rng = np.random.default_rng(seed)
    levels = [_Level(2**k) for k in range(FEWEST_LEVELS)]
    while True:
        _simulate_enough(levels, draw, rng, error)
        if _left(levels) <= error:
            break
        if len(levels) == MOST_LEVELS:
            raise ValueError(f"error: {error:g} takes more than {MOST_LEVELS} levels; allowed: a greater one")
        levels.append(_Level(2 ** len(levels)))
    first = np.concatenate(levels[0].firsts)
    gains = levels[0].values - first[:, best_on_average(first)]
    parts = [gains, *(level.values for level in levels[1:])]
    variance = sum(float(p.var(ddof=1)) / len(p) for p in parts)
    return Multilevel(sum(float(p.mean()) for p in parts), math.sqrt(variance), tuple(level.outer for level in levels))


def _simulate_enough(levels: list[_Level], draw: Draw, rng: np.random.Generator, error: float) -> None:
    """As many draws at each level as give the wanted error at the least cost; more never make a level need fewer."""
    for level in levels:
        level.simulate(draw, rng, FIRST - level.outer)
    while True:
        sd = np.array([float(level.values.std(ddof=1)) for level in levels])
        cost = np.sqrt([level.inner for level in levels])
        wanted = np.ceil(sd / cost * float(sd @ cost) / error**2)
        more = [max(0, int(w) - level.outer) for w, level in zip(wanted, levels, strict=True)]
        if sum(more) <= 0.01 * sum(level.outer for level in levels):
            return
        for level, m in zip(levels, more, strict=True):
            level.simulate(draw, rng, m)


def _left(levels: list[_Level]) -> float:
    """What the levels beyond would add: each no more than 1 / sqrt(2) of the one before, by the last two simulated.

    Where decisions are crossed smoothly it is a half; of two, one may be near 0 by chance.
    """
    last, before = (abs(float(level.values.mean())) for level in (levels[-1], levels[-2]))
    ratio = math.sqrt(0.5)
    return max(last, before * ratio) * ratio / (1 - ratio)
