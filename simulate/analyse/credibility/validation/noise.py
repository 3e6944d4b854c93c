"""Chance between simulated people, told from what the parameters leave open, and taken out of it.

Where nobody knows how many people were analysed, a figure's spread over draws should be that of the parameters alone.
It is that of the people simulated for each draw too: by a jackknife over groups of them (Tukey 1958) so much of its
variance is chance, which is taken out by moving every draw's figure towards the mean of all, so that what is left has
the variance that it would have of any number of people. A figure between two that are possible stays possible.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parameters.arrays import Bools, Floats
from simulate.analyse.credibility.validation.arms import Arm
from simulate.engine.statistics import BY_BATCH, Statistics, collected

GROUPS = 8  # of people, each left out in turn


def without_noise(arms: Sequence[Arm], figure: Callable[[Sequence[Arm]], Floats], *, logarithmic: bool) -> Floats:
    """The `figure` of the `arms`, [draw], as of very many people in each; of logarithms if said and where they exist.

    Where figures vary no more than chance alone would, all are their mean. What has no figure stays without.
    """
    values = figure(arms)
    parts = [figure([_without(arm, group) for arm in arms]) for group in _groups(arms[0].statistics)]
    known = np.isfinite([values, *parts]).all(axis=0)
    way, back = (
        (np.log, np.exp) if logarithmic and bool((np.stack([values, *parts])[:, known] > 0).all()) else (_as_is, _as_is)
    )
    if known.sum() < 2:
        return values
    noise = _jackknifed(np.stack([way(part[known]) for part in parts]))
    found = values.copy()
    found[known] = back(_shrunk(way(values[known]), float(noise.mean())))
    return found


def _as_is(values: Floats) -> Floats:
    return values


def _jackknifed(parts: Floats) -> Floats:
    """The variance of a figure by those without each group in turn, [group, draw]: [draw]."""
    n = len(parts)
    return np.asarray(((parts - parts.mean(axis=0)) ** 2).sum(axis=0) * (n - 1) / n)


def _shrunk(values: Floats, noise: float) -> Floats:
    """`values`, of whose variance so much is `noise`, about their mean with the rest of it."""
    total = float(values.var(ddof=1))
    left = math.sqrt(max(0.0, 1.0 - noise / total)) if total > 0 else 1.0
    return np.asarray(values.mean() + left * (values - values.mean()))


def _groups(statistics: Statistics) -> Iterator[Bools]:
    """Batches of people, a group of them at a time."""
    at = np.arange(len(statistics.people))
    for group in range(min(GROUPS, len(at))):
        yield at % GROUPS == group


def _without(arm: Arm, group: Bools) -> Arm:
    """The arm without the people of these batches."""
    kept: dict[str, Any] = {n: x[:, :, ~group] for n, x in collected(arm.statistics, BY_BATCH).items()}
    return replace(arm, statistics=replace(arm.statistics, people=arm.statistics.people[~group], **kept))
