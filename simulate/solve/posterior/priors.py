"""Priors on standard normal scores: what a score of each parameter comes to in its own unit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.contract import CalibrationTarget
from parameters.arrays import Floats
from parameters.distributions import Distribution
from parameters.sampling import drawn_at
from simulate.engine.arithmetic.elementary import each, exps
from simulate.engine.arithmetic.normal import normal_share

Z95 = 1.959963984540054
FARTHEST = 6.0  # scores; a record's quantiles beyond are those there
RATIO_REACH, VALUE_REACH = 10.0, 30.0  # a default prior's 95% interval: its middle over this to its middle times this


@dataclass(frozen=True)
class Prior:
    """What is known of a parameter before its targets: a distribution, and whose it is."""

    name: str
    label: str
    unit: str
    distribution: Distribution
    origin: Literal["default", "declared", "record"]

    def at(self, scores: Floats) -> Floats:
        """Values in its own unit at standard normal scores, of the same shape."""
        if self.distribution.kind == "lognormal":
            mu, sigma = self.distribution.natural
            return exps(mu + sigma * scores)
        share = each(normal_share, np.clip(scores, -FARTHEST, FARTHEST))
        return drawn_at(self.distribution, share)

    @property
    def log_spread(self) -> float:
        """The standard deviation of a log-normal's logarithm."""
        return float(self.distribution.natural[1])


def of_unknown(target: CalibrationTarget, between: tuple[float, float] | None = None) -> Prior:
    """The log-normal prior of a target's unknown: its 95% interval asked for or declared, else a wide one.

    That of a ratio is about 1, no effect, and not about where solving starts, which is near its answer.
    """
    declared = between or target.prior
    middle, reach = (1.0, RATIO_REACH) if target.unit == "ratio" else (target.start, VALUE_REACH)
    low, high = declared or (middle / reach, middle * reach)
    sigma = math.log(high / low) / (2 * Z95)
    shape = Distribution("lognormal", {"mu": math.log(low * high) / 2, "sigma": sigma})
    return Prior(target.unknown, target.label, target.unit, shape, "declared" if declared else "default")
