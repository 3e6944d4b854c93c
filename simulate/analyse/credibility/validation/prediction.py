"""What a virtual trial finds, over many of them: the prediction that a published figure is held against.

Each value is the figure of one trial: of one draw of the parameters, and of people of its own. Were the model true, the
published figure would be one more of them, so that it would lie between the order statistics that are told here with
the probability of the level or a little more, whatever the distribution (Wilks 1941, doi 10.1214/aoms/1177731788).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.contract import ModelError
from parameters.arrays import Floats, Ints
from parameters.ground.brief import Brief
from simulate.evaluate.uncertainty.precision import mcse_of_draws, number_or_none

Sampling = Literal["simulated", "analytic", "none"]

LEVELS = (0.50, 0.80, 0.90, 0.95)
LEVEL = LEVELS[-1]  # of the interval that a published figure is inside of or not
LEAST = 39  # trials, of which the first and the last are a 95% interval
CLOSE = 1e-9  # of a figure, within which two are the same but for rounding


@dataclass(frozen=True, eq=False, repr=False)
class Prediction(Brief):
    """The figure in every virtual trial, in the unit it was published in.

    `value` is its mean, of a ratio that of the means, with `influence` of each trial on it. With `logarithmic`
    distances are taken between logarithms. What no trial could print, such as days per person detained where nobody
    was, is left out: not finite.
    """

    trials: Floats  # [trial]
    value: float
    influence: Floats  # [trial], of which the mean of `value` is made, but for a constant
    replicate: Ints | None  # [trial], as of draws
    sampling: Sampling
    logarithmic: bool = False

    def __post_init__(self) -> None:
        if np.isfinite(self.trials).sum() < LEAST:
            told = f"{int(np.isfinite(self.trials).sum())} virtual trials have the figure; a 95% interval needs {LEAST}"
            raise ModelError(f"{told}: ask for more draws")

    @property
    def mcse(self) -> float:
        """Monte Carlo standard error of `value`."""
        known = np.isfinite(self.influence)
        replicate = None if self.replicate is None else self.replicate[known]
        return float(mcse_of_draws(self.influence[known], replicate))

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Between which one more trial would lie with this probability, or a little more."""
        return interval_of(self.trials[~np.isnan(self.trials)], level)

    def holds(self, published: float, level: float = LEVEL) -> bool:
        """Whether a figure lies in that interval, its ends included."""
        low, high = self.interval(level)
        slack = CLOSE * abs(published)
        return low - slack <= published <= high + slack

    def rank(self, published: float) -> float:
        """Share of the trials below a figure; those that are equal to it count half."""
        told = self.trials[~np.isnan(self.trials)]
        equal = np.isclose(told, published, rtol=CLOSE, atol=0.0)
        return float(np.mean((told < published) & ~equal) + np.mean(equal) / 2)

    def z(self, figure: float) -> float | None:
        """A figure less `value`, over the standard deviation of the trials: parameters and sampling in one.

        Of logarithms where `logarithmic`. None where either has none, or the trials do not vary.
        """
        told, value = self.trials[np.isfinite(self.trials)], self.value
        if self.logarithmic:
            if min(figure, value) <= 0:
                return None
            told, value, figure = np.log(told[told > 0]), math.log(value), math.log(figure)
        spread = float(told.std(ddof=1)) if len(told) > 1 else 0.0
        return number_or_none((figure - value) / spread) if spread > 0 else None


def check_draws(draws: int) -> None:
    """Raise ``ModelError`` for too few virtual trials."""
    if draws < LEAST:
        raise ModelError(f"draws: {draws}; a 95% interval needs {LEAST} virtual trials")


def interval_of(values: Floats, level: float) -> tuple[float, float]:
    """The order statistics of `values` [n] between which one more of them lies with probability `level` or more."""
    ordered, n = np.sort(values), len(values)
    below = math.floor((1 - level) / 2 * (n + 1) + CLOSE)  # rank of the lower end, from 1
    if below < 1:
        raise ModelError(f"{n} values have no {level:.0%} interval; need {math.ceil(2 / (1 - level) - 1)}")
    return float(ordered[below - 1]), float(ordered[n - below])
