"""The engine's own exp, log and their kin: within a unit in the last place, and the same bits wherever they run."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest

from parameters.arrays import Floats
from simulate.engine.arithmetic import elementary
from simulate.engine.arithmetic.elementary import each, erfc, exp, expm1, exps, log, log1p, logs, pow
from simulate.engine.keeping.fingerprint import ENGINE, digest, engine_is_exact, grid, own_values

BOUND = 0.8  # units in the last place
POINTS = 1500


def _points(seed: int, *ranges: tuple[float, float], near: float | None = None) -> list[float]:
    """Evenly in each range; and around `near` (0, or 1 for logarithms) at every distance."""
    rng = np.random.default_rng(seed)
    found = [rng.uniform(low, high, POINTS) for low, high in ranges]
    if near is not None:
        away = 10.0 ** rng.uniform(-17, -0.5, POINTS) * rng.choice([-1, 1], POINTS)
        found.append(near + away)
    return [float(x) for x in np.concatenate(found)]


def _ulps(found: float, truth: Decimal) -> float:
    """How far `found` lies from the truth, in units of the last place of a double there."""
    if truth == 0:
        return abs(found)
    place = math.frexp(float(truth))[1] - 53
    return float(abs(Decimal(found) - truth) / Decimal(2) ** place)


def _worst(function: Callable[[float], float], truth: Callable[[Decimal], Decimal], points: list[float]) -> float:
    with localcontext() as context:
        context.prec = 45
        return max(_ulps(function(x), truth(Decimal(x))) for x in points)


def test_exp() -> None:
    assert _worst(exp, Decimal.exp, _points(1, (-708, 709.7), (-3, 3), near=0.0)) < BOUND


def test_expm1() -> None:
    assert _worst(expm1, lambda x: x.exp() - 1, _points(2, (-50, 50), (-0.1, 0.1), near=0.0)) < BOUND


def test_log() -> None:
    points = (
        _points(3, (0, 1), (0.5, 2), near=1.0) + (10.0 ** np.random.default_rng(3).uniform(-307, 308, 999)).tolist()
    )
    assert _worst(log, Decimal.ln, points) < BOUND


def test_log1p() -> None:
    assert _worst(log1p, lambda x: (1 + x).ln(), _points(4, (-0.999, 1), (-0.02, 0.02), (1, 1e6), near=0.0)) < BOUND


def test_pow() -> None:
    rng = np.random.default_rng(5)
    x = np.concatenate([10.0 ** rng.uniform(-3, 3, 1500), rng.uniform(0.99, 1.01, 1500)])
    y = np.concatenate([rng.uniform(-100, 100, 1500), rng.uniform(-6e4, 6e4, 1500)])
    with localcontext() as context:
        context.prec = 45
        pairs = zip(x.tolist(), y.tolist(), strict=True)
        assert max(_ulps(pow(a, b), (Decimal(a).ln() * Decimal(b)).exp()) for a, b in pairs) < BOUND


def _erfc(x: Decimal) -> Decimal:
    """1 - erf by its series with growing terms of one sign (DLMF 7.6.2); 400 digits hold the least erfc there is."""
    size = abs(x)
    total, term, n = Decimal(0), size, 0
    while term > Decimal("1e-60"):
        total += term
        n += 1
        term *= 2 * x * x / (2 * n + 1)
    pi = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")
    erf = 2 * total * (-x * x).exp() / pi.sqrt()
    return 1 - erf if x > 0 else 1 + erf


def test_erfc() -> None:
    rng = np.random.default_rng(6)
    points = [*rng.uniform(-5, 5, 400).tolist(), *(10.0 ** rng.uniform(-9, 0, 100)).tolist()]
    with localcontext() as context:
        context.prec = 75
        assert max(_ulps(erfc(x), _erfc(Decimal(x))) for x in points) < BOUND
    for x in np.linspace(5.0, 26.0, 500).tolist():  # farther out the C library's, which is good to a few units
        assert erfc(x) == pytest.approx(math.erfc(x), rel=2e-15)


@pytest.mark.parametrize("function", [exp, expm1, log, log1p, erfc])
def test_a_coefficient_a_little_off_would_be_seen(function: Callable[[float], float]) -> None:
    """What the bound is worth: two units away fail it."""
    x = 1.37
    away = math.nextafter(math.nextafter(function(x), math.inf), math.inf)
    assert _ulps(away, Decimal(function(x))) > BOUND


def test_ends_and_what_is_no_number() -> None:
    inf, nan = math.inf, math.nan
    assert [exp(x) for x in (inf, -inf, 710.0, -746.0, 0.0)] == [inf, 0.0, inf, 0.0, 1.0]
    assert [log(x) for x in (0.0, 1.0, inf)] == [-inf, 0.0, inf]
    assert [log1p(x) for x in (-1.0, 0.0, inf)] == [-inf, 0.0, inf]
    assert [expm1(x) for x in (-inf, 0.0, inf)] == [-1.0, 0.0, inf]
    assert [erfc(x) for x in (-inf, -8.0, 0.0, 28.0, inf)] == [2.0, 2.0, 1.0, 0.0, 0.0]
    assert [pow(0.0, 2.0), pow(0.0, -1.0), pow(2.0, 2000.0), pow(2.0, -2000.0), pow(0.5, inf)] == [0, inf, inf, 0, 0]
    assert [pow(7.0, 0.0), pow(1.0, inf), pow(3.0, 1.0), pow(2.0, -3.0), pow(4.0, 0.5)] == [1.0, 1.0, 3.0, 0.125, 2.0]
    assert all(math.isnan(f(nan)) for f in (exp, expm1, log, log1p, erfc))
    assert (
        math.isnan(log(-1.0)) and math.isnan(log1p(-2.0)) and math.isnan(pow(-1.0, 0.5)) and math.isnan(pow(nan, 2.0))
    )


def test_the_least_numbers() -> None:
    """Subnormal results are rounded twice: within two of their places."""
    least = 5e-324
    for x in (-709.0, -730.0, -745.0):
        assert exp(x) == pytest.approx(math.exp(x), abs=2 * least, rel=1e-15)
    assert erfc(26.9) == pytest.approx(math.erfc(26.9), abs=2 * least)
    assert log(least) == pytest.approx(math.log(least), rel=1e-15)
    assert log(1e-310) == pytest.approx(math.log(1e-310), rel=1e-15)


def test_arrays_are_the_same_numbers() -> None:
    x: Floats = np.random.default_rng(8).uniform(0.1, 9.0, (3, 4, 5))
    assert (exps(x) == each(exp, x)).all()
    assert (logs(x) == each(log, x)).all()
    assert logs(2.0).shape == () and float(logs(2.0)) == log(2.0)


def test_they_answer_here_as_everywhere() -> None:
    assert engine_is_exact()
    values = own_values(grid())
    values.view(np.uint64)[3, 4321] ^= np.uint64(1)
    assert digest(values) != ENGINE


@pytest.mark.skipif(not hasattr(elementary.erfc, "py_func"), reason="nothing is compiled")
def test_no_product_is_fused_with_a_sum() -> None:
    """On a processor that could: the compiler must not contract, or the bits are those of that processor."""
    import numba

    def all_of_them(x: float) -> float:
        return exp(x) + log(x) + log1p(x) + expm1(x) + erfc(x) + pow(x, x)

    compiled = numba.njit(error_model="numpy")(all_of_them)
    compiled(1.5)
    code = "".join(compiled.inspect_asm().values())
    assert "mul" in code
    assert not any(word in code for word in ("vfmadd", "vfmsub", "vfnmadd", "vfnmsub", "fmla", "fmadd"))
