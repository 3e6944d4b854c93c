"""Quantiles of each family, from its natural parameters; scipy is imported only when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FAR = 6.0  # standard deviations within which a normal stays: one draw in a thousand million would lie beyond
Natural = Sequence[float]
Floats = npt.NDArray[np.float64]


def beta(p: Natural, u: Floats) -> Floats:
    """Of alpha and beta."""
    from scipy.special import betaincinv

    return np.asarray(betaincinv(p[0], p[1], u))


def gamma(p: Natural, u: Floats) -> Floats:
    """Of shape and scale."""
    from scipy.special import gammaincinv

    return np.asarray(gammaincinv(p[0], u) * p[1])


def normal(p: Natural, u: Floats) -> Floats:
    """Of mean and sd, held within six sd, so that what it may reach is known."""
    from scipy.special import ndtri

    return np.asarray(p[0] + p[1] * np.clip(ndtri(u), -FAR, FAR))


def lognormal(p: Natural, u: Floats) -> Floats:
    """Of the mean and sd of its logarithm."""
    return np.asarray(np.exp(normal(p, u)))


def truncated_normal(p: Natural, u: Floats) -> Floats:
    """Of the mean and sd before it is cut, min and max."""
    from scipy.special import ndtr, ndtri

    mean, sd, low, high = p
    below, above = float(ndtr((low - mean) / sd)), float(ndtr((mean - high) / sd))
    ends = max(low, mean - FAR * sd), min(high, mean + FAR * sd)
    return np.asarray(np.clip(mean + sd * ndtri(below + u * (1 - below - above)), *ends))


def truncated_mean(p: Natural) -> float:
    """The mean of a truncated normal as it is drawn."""
    mean, sd, low, high = p
    a, b = (low - mean) / sd, (high - mean) / sd
    inside = (math.erf(b / math.sqrt(2)) - math.erf(a / math.sqrt(2))) / 2
    return mean + sd * (math.exp(-a * a / 2) - math.exp(-b * b / 2)) / math.sqrt(2 * math.pi) / inside


def uniform(p: Natural, u: Floats) -> Floats:
    """Of min and max."""
    return np.asarray(p[0] + (p[1] - p[0]) * u)


def triangular(p: Natural, u: Floats) -> Floats:
    """Of min, mode and max."""
    low, mode, high = p
    share = (mode - low) / (high - low)
    left = low + np.sqrt(u * (high - low) * (mode - low))
    right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.clip(np.where(u < share, left, right), low, high)


def pert(p: Natural, u: Floats) -> Floats:
    """Of min, mode and max."""
    low, mode, high = p
    shape = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
    return np.asarray(np.minimum(low + (high - low) * beta(shape, u), high))
