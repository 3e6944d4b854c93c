"""The error of sampling that a published 95% interval tells, put on predictions where no trial can be simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np

from models.contract import PublishedResult
from parameters.arrays import Floats
from parameters.families.moments import Z95
from parameters.outcomes.intervals import OutcomeInterval
from parameters.published import RATIOS

Scale = Literal["plain", "log", "logit"]


def scale_of(item: PublishedResult) -> Scale:
    """On which scale errors of a figure are taken to be normal, so that no rate is below 0 and no share above 1."""
    if item.contrast in RATIOS or (item.contrast == "value" and item.unit.startswith("per_")):
        return "log"
    return "logit" if (item.contrast, item.unit) == ("value", "share") else "plain"


def with_error(values: Floats, printed: OutcomeInterval, scale: Scale, seed: int) -> Floats:
    """`values` [draw], each with an error of its own, on its scale as wide as the published interval is.

    Where the interval ends at what is possible, errors are normal as they are, and end there too.
    """
    noise = np.random.default_rng([seed, 4]).standard_normal(len(values))
    lowest, highest, there, back = SCALES[scale]
    ends = np.array([printed.low, printed.high])
    if ((ends <= lowest) | (ends >= highest)).any():
        return np.asarray(np.clip(values + noise * (ends[1] - ends[0]) / (2 * Z95), lowest, highest))
    low, high = there(ends)
    with np.errstate(divide="ignore"):
        return back(there(values) + noise * (high - low) / (2 * Z95))


class _Scale(NamedTuple):
    lowest: float
    highest: float
    there: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]


def _as_is(values: Floats) -> Floats:
    return values


def _log(values: Floats) -> Floats:
    return np.asarray(np.log(values))


def _exp(values: Floats) -> Floats:
    return np.asarray(np.exp(values))


def _logit(values: Floats) -> Floats:
    return np.asarray(np.log(values) - np.log1p(-values))


def _expit(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values)))


SCALES: Mapping[Scale, _Scale] = {
    "plain": _Scale(-np.inf, np.inf, _as_is, _as_is),
    "log": _Scale(0.0, np.inf, _log, _exp),
    "logit": _Scale(0.0, 1.0, _logit, _expit),
}
