"""The engine's exp, log and their kin at many points against the processor's 80-bit arithmetic: worst errors in ulp.

    python scripts/verify/elementary.py [POINTS]

Ten million points a function unless told otherwise, half of them near where a function is delicate. Only where numpy's
`longdouble` has 64 binary places (x86 outside Windows), eleven more than a double. Exit 1 where an error exceeds 0.81.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic import elementary

BOUND = 0.81  # 0.8, and what 80 bits themselves are off
CHUNK = 1_000_000


def near(rng: np.random.Generator, n: int, at: float) -> Floats:
    """Points at every distance from `at`, on both sides."""
    away: Floats = at + 10.0 ** rng.uniform(-17, -0.3, n) * rng.choice([-1, 1], n)
    return away


def evenly(low: float, high: float) -> Callable[[np.random.Generator, int], Floats]:
    """Points between two numbers."""
    return lambda rng, n: rng.uniform(low, high, n)


LONG = np.longdouble
TRIED: dict[str, tuple[Any, Callable[[Any], Any], Callable[[np.random.Generator, int], Floats], float]] = {
    "exp": (elementary.exp, np.exp, evenly(-708, 709), 0.0),
    "expm1": (elementary.expm1, np.expm1, evenly(-40, 40), 0.0),
    "log": (elementary.log, np.log, lambda rng, n: 10.0 ** rng.uniform(-307, 308, n), 1.0),
    "log1p": (elementary.log1p, np.log1p, evenly(-0.999, 9), 0.0),
    "pow": (elementary.pow, lambda x: x ** LONG(37.25), lambda rng, n: 10.0 ** rng.uniform(-8, 8, n), 1.0),
}


def worst(name: str, points: int) -> float:
    """The greatest error of a function in units of the last place of its double."""
    function, truth, spread, delicate = TRIED[name]
    one = (lambda x: function(x, 37.25)) if name == "pow" else (lambda x: function(x))
    many = numba.vectorize([numba.float64(numba.float64)])(one)  # type: ignore[no-untyped-call]
    rng, found = np.random.default_rng(1), 0.0
    for _ in range(0, points, CHUNK):
        x = np.concatenate([spread(rng, CHUNK // 2), near(rng, CHUNK // 2, delicate)])
        exact = truth(x.astype(LONG))
        place = np.ldexp(LONG(1), np.frexp(exact)[1] - 53)
        found = max(found, float((np.abs(many(x).astype(LONG) - exact) / place).max()))
    return found


def main(points: int) -> int:
    """A line for each function."""
    if np.finfo(LONG).nmant < 63:
        sys.exit("no arithmetic of 80 bits here")
    errors = {name: worst(name, points) for name in TRIED}
    for name, error in errors.items():
        print(f"{name:6} {error:.4f} ulp at {points:,} points")
    return int(max(errors.values()) > BOUND)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000))
