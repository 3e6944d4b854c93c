"""How far the engine's own functions and quantiles are from the truth at many points: worst errors in ulp.

    python scripts/verify/ulp.py [POINTS [FUNCTION ...]]     ten million points each unless told otherwise

The truth is taken from the processor's arithmetic of 80 bits (x86 outside Windows), eleven more than a double has;
quantiles are put back into their distribution. What that is worth is found with mpmath, which has to be installed for
it: at a hundredth of the points the 80 bits themselves, and the worst points of all once more. Subnormal results are
counted in their own places. Exit 1 where an error exceeds what the engine's pages promise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numba
import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic import elementary, gamma_quantiles, normal

LONG = np.longdouble
Long = Any  # arrays of longdouble, which numpy's types do not tell from doubles
Points = tuple[Floats, ...]  # of each argument

CHUNK = 500_000
AGAIN = 200  # of the worst points of every function, by mpmath
SHARE = 100  # one in so many points checks the 80 bits
STEP, ORDER = 64, 20  # of the series of erfc: a node every 1 / STEP
DEPTH = 150  # of the continued fraction of an incomplete gamma
LEAST = -1074  # the exponent of the last place of all
ROOT_HALF, ROOT_2PI = LONG("0.707106781186547524400844"), LONG("2.506628274631000502415765")
SHAPES = (
    0.0625,
    0.07,
    0.09,
    0.13,
    0.2,
    0.249,
    0.25,
    0.3,
    0.4,
    0.55,
    0.7,
    0.95,
    1.0,
    1.3,
    2.0,
    3.7,
    6.0,
    11.0,
    20.0,
    45.0,
)
SERIES = 3e-14 * 2**53  # promised of gamma quantiles, in parts of 2^53 of themselves; below shape 1, over the shape
NORMAL = 8.0


def long(x: Any) -> Any:
    """A number of mpmath's as a longdouble."""
    part, exponent = mpmath.frexp(x)
    high = float(part)
    return np.ldexp(LONG(high) + LONG(float(part - mpmath.mpf(high))), int(exponent))


def exactly(x: Any) -> Any:
    """A longdouble as a number of mpmath's."""
    part, exponent = np.frexp(x)
    high = float(part)
    return mpmath.ldexp(mpmath.mpf(high) + mpmath.mpf(float(part - LONG(high))), int(exponent))


# --- the truth, in 80 bits --------------------------------------------------------------------


def _series(x: Any) -> list[Any]:
    """Of erfc around `x`, but for its value: f'' = -2 x f'."""
    a = [mpmath.mpf(0), -2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)]
    for n in range(ORDER - 1):
        a.append((-2 * x * (n + 1) * a[n + 1] - 2 * n * a[n]) / ((n + 1) * (n + 2)))
    return a[: ORDER + 1]


def _nodes(value: Callable[[Any], Any], most: float) -> Long:
    """A function's value and erfc's series at every node up to `most`, [node, order]."""
    with mpmath.workdps(40):
        places = [mpmath.mpf(i) / STEP for i in range(int(most * STEP) + 2)]
        return np.array([[long(a) for a in (value(x), *_series(x)[1:])] for x in places])


def _erfc_series(nodes: Long, x: Long, sign: int) -> Long:
    """A node's value and, by `sign` added or taken off, what erfc changes by from there to `x` >= 0."""
    at = np.rint(x * STEP).astype(np.int64)
    d = x - at.astype(LONG) / STEP
    total = np.zeros_like(x)
    for n in range(ORDER, 0, -1):
        total = (total + nodes[at, n]) * d
    return nodes[at, 0] + sign * total


class Erfc:
    """erfc and erf from Taylor series, relatively right."""

    def __init__(self) -> None:
        self.tail, self.body = _nodes(mpmath.erfc, 27.5), _nodes(mpmath.erf, 1.0)

    def __call__(self, x: Long) -> Long:
        """erfc of any `x` up to 27.3."""
        size = np.minimum(np.abs(x), 27.4)
        found = _erfc_series(self.tail, size, 1)
        return np.where(x < 0, 2 - found, found)

    def erf(self, x: Long) -> Long:
        """erf of `x` from -1 to 1."""
        return np.sign(x) * _erfc_series(self.body, np.minimum(np.abs(x), 1), -1)


ERFC = Erfc()


def z_at(z: Long, u: Floats) -> Long:
    """The normal quantile at `u`, by one step of Newton's from a near `z`."""
    upper = u > 0.5
    tail = np.where(upper, 1 - u, u).astype(LONG)
    size = np.where(upper, z, -z)
    density = np.exp(-size * size / 2) / ROOT_2PI
    near = np.abs(z) < 0.8
    by_tail = (ERFC(size * ROOT_HALF) / 2 - tail) / density
    by_body = (tail - LONG(0.5) + ERFC.erf(size * ROOT_HALF * near) / 2) / density
    step = np.where(near, -by_body, by_tail)
    return np.where(upper, size + step, -(size + step))


def z_of(z: Long, h: Floats) -> Long:
    """The z whose upper tail is exp(-h), likewise."""
    share = -np.expm1(-h.astype(LONG))  # below z
    low = share < 0.5
    size = np.where(low, -z, z)
    density = np.exp(-size * size / 2) / ROOT_2PI
    near = np.abs(z) < 0.8
    short = np.where(low, share, np.exp(-h.astype(LONG)))
    by_tail = (ERFC(size * ROOT_HALF) / 2 - short) / density
    away = np.where(low, LONG(0.5) - share, share - LONG(0.5))
    by_body = (away - ERFC.erf(size * ROOT_HALF * near) / 2) / density
    step = np.where(near, by_body, by_tail)
    return np.where(low, -(size + step), size + step)


def gamma_at(found: Long, k: Floats, u: Floats) -> Long:
    """The quantile of a gamma of mean 1 at `u`, by one step of Newton's from a near one; all of one shape."""
    shape = LONG(k[0])
    x = shape * found
    with mpmath.workdps(40):
        least = long(mpmath.loggamma(mpmath.mpf(float(k[0]))))
    peak = np.exp(shape * np.log(x) - x - least)  # x f(x)
    below = x < shape + 1
    too_high = np.empty_like(x)
    too_high[below] = peak[below] * _lower(shape, x[below]) - u[below].astype(LONG)
    too_high[~below] = (1 - u[~below]).astype(LONG) - peak[~below] * _upper(shape, x[~below])
    return found * (1 - too_high / peak)


def _lower(k: Any, x: Long) -> Long:
    """gamma(k, x) / (x^k e^-x), by its series with positive terms (DLMF 8.7.1)."""
    total, term, n = np.zeros_like(x), np.ones_like(x) / k, 0
    while term.max() > LONG(1e-22) * max(float(total.min()), 1e-300):
        total = total + term
        n += 1
        term = term * x / (k + n)
    return total


def _upper(k: Any, x: Long) -> Long:
    """Gamma(k, x) / (x^k e^-x), by its continued fraction (DLMF 8.9.2), from its far end."""
    below = x + 2 * DEPTH + 1 - k
    for n in range(DEPTH, 0, -1):
        below = x + 2 * n - 1 - k + n * (k - n) / below
    return 1 / below


# --- what is tried ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    """A function, its truth in 80 bits (which may start from what was found) and by mpmath, and where."""

    function: Callable[..., Floats]
    truth: Callable[..., Any]
    exact: Callable[..., Any]
    points: Callable[[np.random.Generator, int], Points]
    bound: float  # in ulp
    starts: bool = False  # whether the truth starts from what was found: a quantile's
    least: float = 0.0  # below this size, an ulp is that of this size
    relative: bool = False  # whether a unit is 2^-53 of the truth, whatever the last place
    shaped: bool = False  # whether errors are told times the first argument, where that is below 1


def near(rng: np.random.Generator, n: int, at: float) -> Floats:
    """Points at every distance from `at`, on both sides."""
    away: Floats = at + 10.0 ** rng.uniform(-17, -0.3, n) * rng.choice([-1, 1], n)
    return away


def spread(*ranges: tuple[float, float], delicate: float | None = None) -> Callable[[np.random.Generator, int], Points]:
    """Points between two numbers, of each range as many; and near where a function is delicate."""

    def made(rng: np.random.Generator, n: int) -> Points:
        parts = [rng.uniform(low, high, n // (len(ranges) + 1) + 1) for low, high in ranges]
        rest = n - sum(p.size for p in parts)
        parts.append(rng.uniform(*ranges[0], rest) if delicate is None else near(rng, rest, delicate))
        return (np.concatenate(parts),)

    return made


def sizes(low: float, high: float, delicate: float) -> Callable[[np.random.Generator, int], Points]:
    """Points of every size, and near where a function is delicate."""
    return lambda rng, n: (np.concatenate([10.0 ** rng.uniform(low, high, n - n // 2), near(rng, n // 2, delicate)]),)


def pairs(rng: np.random.Generator, n: int) -> Points:
    """Bases of every size and near 1, with exponents that keep the power finite."""
    x = np.concatenate([10.0 ** rng.uniform(-300, 300, n - n // 2), near(rng, n // 2, 1.0)])
    most = np.minimum(700 / np.maximum(np.abs(np.log(x)), 1e-300), 1e15)
    return x, rng.uniform(-1, 1, n) * most


def uniforms(rng: np.random.Generator, n: int) -> Points:
    """As the generators give: evenly, and at every distance from 0, 1/2 and 1."""
    third = n // 3
    away = 2.0 ** rng.uniform(-52, -1, third)
    middle = 0.5 + (2.0 ** rng.uniform(-50, -2, third)) * rng.choice([-1, 1], third)
    u = np.concatenate(
        [rng.uniform(0, 1, n - 2 * third), np.where(rng.uniform(size=third) < 0.5, away, 1 - away), middle]
    )
    return (np.clip(u, 2.0**-53, 1 - 2.0**-53),)


def hazards(rng: np.random.Generator, n: int) -> Points:
    """Cumulative hazards of every size, and near that of the median."""
    return (np.concatenate([10.0 ** rng.uniform(-15, 2.8, n - n // 4), near(rng, n // 4, 0.6931471805599453)]),)


def gammas(shapes: tuple[float, ...]) -> Callable[[np.random.Generator, int], Points]:
    """One of the shapes and many uniforms."""
    return lambda rng, n: (np.full(n, rng.choice(shapes)), *uniforms(rng, n))


def _quantiles(k: Floats, u: Floats) -> Floats:
    found: Floats = gamma_quantiles.unit_gammas(k[:1], u[np.newaxis])[0]
    return found


def exact_z_of(h: Any) -> Any:
    """By mpmath: two steps of Newton's from what was found, each of which doubles the digits."""
    z = mpmath.mpf(float(normal.normal_quantile(float(h))))
    for _ in range(2):
        tail = mpmath.erfc(z / mpmath.sqrt(2)) / 2
        z += (mpmath.log(tail) + h) * tail / mpmath.npdf(z)
    return z


def exact_z_at(u: Any) -> Any:
    """By mpmath, likewise."""
    z = mpmath.mpf(float(normal.normal_at(float(u))))
    for _ in range(2):
        z -= (mpmath.erfc(-z / mpmath.sqrt(2)) / 2 - u) / mpmath.npdf(z)
    return z


def exact_gamma(k: Any, u: Any) -> Any:
    """By mpmath, likewise."""
    x = k * mpmath.mpf(float(_quantiles(np.array([float(k)]), np.array([float(u)]))[0]))
    for _ in range(2):
        density = mpmath.exp((k - 1) * mpmath.log(x) - x - mpmath.loggamma(k))
        x -= (mpmath.gammainc(k, 0, x, regularized=True) - u) / density
    return x / k


def _of_one(name: str) -> Callable[[Long], Long]:
    function: Callable[[Long], Long] = getattr(np, name)
    return function


def _many(function: Callable[..., float]) -> Callable[..., Floats]:
    return numba.vectorize([numba.float64(numba.float64)])(lambda x: function(x))  # type: ignore[no-any-return, no-untyped-call]


def _many_of_two(function: Callable[..., float]) -> Callable[..., Floats]:
    wide = numba.float64(numba.float64, numba.float64)
    return numba.vectorize([wide])(lambda x, y: function(x, y))  # type: ignore[no-any-return, no-untyped-call]


def tried() -> dict[str, Tried]:
    """By name."""
    e = elementary
    return {
        "exp": Tried(_many(e.exp), _of_one("exp"), mpmath.exp, spread((-708, 709.7), (-3, 3), delicate=0.0), 1.0),
        "exp, subnormal": Tried(_many(e.exp), _of_one("exp"), mpmath.exp, spread((-745, -708.4)), 3.0),
        "expm1": Tried(_many(e.expm1), _of_one("expm1"), mpmath.expm1, spread((-45, 709), (-2, 2), delicate=0.0), 1.0),
        "log": Tried(_many(e.log), _of_one("log"), mpmath.log, sizes(-323, 308.2, 1.0), 1.0),
        "log1p": Tried(
            _many(e.log1p), _of_one("log1p"), mpmath.log1p, spread((-0.999, 9), (0, 1e6), delicate=0.0), 1.0
        ),
        "pow": Tried(_many_of_two(e.pow), lambda x, y: x**y, lambda x, y: x**y, pairs, 1.0),
        "erfc": Tried(_many(e.erfc), ERFC, mpmath.erfc, spread((-6, 3), (0, 26.5), delicate=0.0), 1.0),
        "erfc, subnormal": Tried(_many(e.erfc), ERFC, mpmath.erfc, spread((26.55, 27.2)), 3.0),
        "normal_at": Tried(_many(normal.normal_at), z_at, exact_z_at, uniforms, NORMAL, starts=True),
        "normal_quantile": Tried(
            _many(normal.normal_quantile), z_of, exact_z_of, hazards, NORMAL, starts=True, least=1.0
        ),
        "unit_gammas": Tried(
            _quantiles, gamma_at, exact_gamma, gammas(SHAPES), SERIES, starts=True, relative=True, shaped=True
        ),
    }


def unit(one: Tried, exact: Long) -> Long:
    """What errors are counted in: the last place of a double as large as a number, or 2^-53 of it."""
    size = np.abs(exact)
    if one.relative:
        return size * LONG(2.0**-53)
    return np.ldexp(LONG(1), np.maximum(np.frexp(np.maximum(size, LONG(one.least)))[1] - 53, LEAST))


def truth_of(one: Tried, points: Points, found: Floats) -> Long:
    """In 80 bits."""
    return one.truth(found.astype(LONG), *points) if one.starts else one.truth(*(p.astype(LONG) for p in points))


def exactly_off(one: Tried, at: tuple[float, ...], value: Any) -> float:
    """By mpmath, the error of a value in ulp."""
    with mpmath.workdps(60):
        truth = one.exact(*map(mpmath.mpf, at))
        off = abs(exactly(value) - truth) / exactly(unit(one, long(truth)))
        return float(off * min(at[0], 1.0) if one.shaped else off)


def worst(one: Tried, points: int) -> tuple[float, tuple[float, ...], float]:
    """The greatest error in ulp and where, and the greatest of the 80 bits at a share of the points."""
    rng, own = np.random.default_rng(1), 0.0
    share = SHARE * 10 if one.starts else SHARE  # quantiles by mpmath take long
    kept: list[tuple[float, tuple[float, ...]]] = []
    for n in (min(CHUNK, points - done) for done in range(0, points, CHUNK)):
        given = one.points(rng, n)
        found = one.function(*given)
        exact = truth_of(one, given, found)
        off = np.abs(found.astype(LONG) - exact) / unit(one, exact) * (np.minimum(given[0], 1.0) if one.shaped else 1.0)
        far = np.argsort(-off.astype(float))[:AGAIN]
        kept = sorted([*kept, *((float(off[i]), tuple(float(p[i]) for p in given)) for i in far)], reverse=True)[:AGAIN]
        for i in range(0, n, share):
            own = max(own, exactly_off(one, tuple(float(p[i]) for p in given), exact[i]))
    return *max((exactly_off(one, at, _found_at(one, at)), at) for _, at in kept), own


def _found_at(one: Tried, at: tuple[float, ...]) -> Any:
    return LONG(float(one.function(*(np.array([x]) for x in at))[0]))


def main(points: int, names: list[str]) -> int:
    """A line for each function."""
    if np.finfo(LONG).nmant < 63:
        sys.exit("no arithmetic of 80 bits here")
    failed = False
    print(f"{points:,} points each: worst error in ulp (gammas: 2^-53), promised, of the 80 bits, and where")
    for name, one in tried().items():
        if not names or name in names:
            error, at, own = worst(one, points)
            print(f"{name:16}{error:10.4f}{one.bound:8.1f}{own:10.4f}   {', '.join(map(repr, at))}", flush=True)
            failed |= error > one.bound
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000, sys.argv[2:]))
