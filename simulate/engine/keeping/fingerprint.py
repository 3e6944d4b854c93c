"""What a machine answers, in short names: its libm, which numpy and scipy call, and the engine's own functions.

The engine's are the same on every IEEE machine, so their name is known beforehand and is a check.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.elementary import erfc, exp, expm1, log, log1p, pow

POINTS = 20_000  # of each function: 1.2e5 values in all
FUNCTIONS = ("log", "exp", "pow", "erfc", "log1p", "expm1")


ENGINE = "45c86491d74610985b3ac668d2f43327"  # of the engine's own functions, anywhere


def engine_is_exact() -> bool:
    """Whether the engine's functions answer here as they do everywhere: if not, nothing it says can be relied on."""
    return digest(own_values(grid())) == ENGINE


def libm_fingerprint() -> str:
    """32 hex digits that change when any of 1.2e5 values of log, exp, pow, erfc, log1p or expm1 changes a bit."""
    return digest(libm_values())


def libm_values() -> Floats:
    """The values behind the fingerprint, as compiled code computes them: float64 [function, point]."""
    return _values(grid())


def digest(values: Floats) -> str:
    """32 hex digits of the bits of `values`."""
    return hashlib.blake2b(np.ascontiguousarray(values, dtype="<f8").tobytes(), digest_size=16).hexdigest()


def grid() -> Floats:
    """Points in (0, 1), well spread: float64 [point]. Made of integers, so the same on every machine."""
    i = np.arange(1, POINTS + 1, dtype=np.uint64)
    return ((i * np.uint64(2654435769)) % np.uint64(2**32)).astype(np.float64) / 2.0**32


@njit
def _values(points: Floats) -> Floats:
    """Arguments are scaled by multiplication and addition alone, which are exact the same everywhere."""
    out = np.empty((6, points.shape[0]))
    for i in range(points.shape[0]):
        u = points[i]
        out[0, i] = math.log(u)
        out[1, i] = math.exp(1400.0 * u - 700.0)
        out[2, i] = math.pow(40.0 * u, 8.0 * points[points.shape[0] - 1 - i] - 4.0)
        out[3, i] = math.erfc(31.0 * u - 4.0)
        out[4, i] = math.log1p(3.0 * u - 0.999)
        out[5, i] = math.expm1(4.0 * u - 2.0)
    return out


@njit
def own_values(points: Floats) -> Floats:
    """The same of the engine's own functions."""
    out = np.empty((6, points.shape[0]))
    for i in range(points.shape[0]):
        u = points[i]
        out[0, i] = log(u)
        out[1, i] = exp(1400.0 * u - 700.0)
        out[2, i] = pow(40.0 * u, 8.0 * points[points.shape[0] - 1 - i] - 4.0)
        out[3, i] = erfc(31.0 * u - 4.0)
        out[4, i] = log1p(3.0 * u - 0.999)
        out[5, i] = expm1(4.0 * u - 2.0)
    return out
