"""Gamma quantiles by series against closed forms, the tails they invert, an expansion for large shapes, and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import gammaincinv

from parameters.arrays import Floats
from simulate.engine.arithmetic.gamma_quantiles import unit_gammas
from simulate.engine.arithmetic.incomplete_gamma import log_peak, log_tails
from simulate.engine.arithmetic.normal import normal_at, normal_share

ULP = 2.0**-52
ENDS = [0.5 * ULP, 1.5 * ULP, 2.0**-40, 2.0**-20, 0.5, 1 - 2.0**-20, 1 - 2.0**-40, 1 - 1.5 * ULP, 1 - 0.5 * ULP]


def _uniforms(n: int = 3000) -> Floats:
    """As the generators give them, so that 1 - u is exact: the whole range, and both ends of it."""
    inside = (np.random.default_rng(7).integers(0, 2**52, n) + 0.5) * ULP
    return np.concatenate([ENDS, inside])


def _of(shape: float, u: Floats) -> Floats:
    found: Floats = unit_gammas(np.array([shape]), u[None])[0]
    return found


def _off(found: Floats, wanted: Floats) -> float:
    return float(np.abs(found / wanted - 1.0).max())


def test_shape_1_is_an_exponential() -> None:
    u = _uniforms()
    assert _off(_of(1.0, u), -np.log1p(-u)) < 3e-14


def test_shape_a_half_is_the_square_of_a_normal() -> None:
    u = _uniforms(400)
    squares = np.array([normal_at(0.5 + 0.5 * x) for x in u]) ** 2
    inside = (u > 1e-3) & (u < 1 - 1e-3)  # where (1 + u) / 2 keeps the digits of u
    assert _off(_of(0.5, u)[inside], squares[inside]) < 1e-12


@pytest.mark.parametrize("shape", [1e-3, 0.03, 0.0625, 0.12, 0.25, 0.7, 0.999, 1.0, 1.5, 4.0, 20.0, 1e3, 1e6])
def test_the_tails_at_a_quantile_are_the_probabilities(shape: float) -> None:
    """By the engine's tails, which are held to published values elsewhere; the uniform's own last bit allowed for."""
    u = _uniforms(300)
    x = _of(shape, u)
    c = log_peak(shape)
    for one, found in zip(u.tolist(), x.tolist(), strict=True):
        if found > 1e-290:
            log_p, log_q = log_tails(shape, c, math.log(found))
            lower = math.log(one) - log_p if one < 0.5 else math.log(1.0 - one) - log_q
            assert abs(lower) < 1e-13 * max(1.0, shape, shape**0.5 * 40.0), (one, found)


@pytest.mark.parametrize("variance", [0.05, 0.2, 0.5, 1.0, 1.7, 3.0, 4.0, 8.0])
def test_scipy_agrees_where_it_is_good(variance: float) -> None:
    u = _uniforms()
    assert _off(_of(1.0 / variance, u), gammaincinv(1.0 / variance, u) * variance) < 2e-13


@pytest.mark.parametrize("shape", [1e6, 1e8, 1e12])
def test_large_shapes_follow_their_expansion(shape: float) -> None:
    """Cornish & Fisher's (Abramowitz & Stegun 26.4.14, 26.2.49), from which scipy is 1e-9 and more away here."""
    u = _uniforms()
    u = u[(u > 1e-9) & (u < 1 - 1e-9)]
    z = np.array([normal_at(x) for x in u])
    wanted = 1 + z / shape**0.5 + (z**2 - 1) / (3 * shape) + (z**3 - 7 * z) / (36 * shape**1.5)
    wanted -= (3 * z**4 + 7 * z**2 - 16) / (810 * shape**2)
    assert _off(_of(shape, u), wanted) < 1e-14


def test_quantiles_rise_across_the_borders_of_cells() -> None:
    for shape in (0.1, 0.6, 3.0):
        z = np.linspace(-8.0, 8.0, 4001)
        assert (np.diff(_of(shape, 1.0 / (1.0 + np.exp(-z)))) > 0).all()


def test_a_person_alone_is_given_the_same_bits_as_among_others() -> None:
    u = _uniforms(40)
    shapes = np.array([0.3, 0.3, 2.0, 0.01, 0.3])
    together = unit_gammas(shapes, np.tile(u, (5, 1)))
    assert (together[0] == together[1]).all()
    assert (together[0] == together[4]).all()
    for d, shape in enumerate(shapes.tolist()):
        assert [float(unit_gammas(np.array([shape]), np.array([[x]]))[0, 0]) for x in u] == together[d].tolist()


def test_the_normal_by_probability_undoes_its_share() -> None:
    for u in _uniforms(300).tolist():
        z = normal_at(u)
        share = normal_share(z) if u < 0.5 else normal_share(-z)
        assert share == pytest.approx(min(u, 1.0 - u), rel=1e-13)
        assert normal_at(1.0 - u) == -z
