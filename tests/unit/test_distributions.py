"""Every family, however written: moments, intervals, quantiles and refusals, against scipy.stats."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from parameters.distributions import FAMILIES, Distribution
from parameters.families.faults import DistributionError
from parameters.families.roots import root_between
from parameters.joint import Sample, dirichlet

U = np.linspace(1e-6, 1 - 1e-6, 4001)
CONTINUOUS = [k for k in FAMILIES if k not in ("fixed", "bernoulli")]

NATURAL = {
    "beta": ({"alpha": 3.0, "beta": 7.0}, stats.beta(3, 7)),
    "gamma": ({"shape": 4.0, "scale": 2.5}, stats.gamma(4, scale=2.5)),
    "normal": ({"mean": -1.0, "sd": 2.0}, stats.norm(-1, 2)),
    "truncated_normal": (
        {"mean": 1.0, "sd": 2.0, "min": 0.0, "max": 3.0},
        stats.truncnorm(-0.5, 1.0, loc=1, scale=2),
    ),
    "lognormal": ({"mu": 0.3, "sigma": 0.4}, stats.lognorm(0.4, scale=math.exp(0.3))),
    "uniform": ({"min": 2.0, "max": 5.0}, stats.uniform(2, 3)),
    "triangular": ({"min": 1.0, "mode": 2.0, "max": 5.0}, stats.triang(0.25, loc=1, scale=4)),
    "pert": ({"min": 1.0, "mode": 2.0, "max": 5.0}, stats.beta(2, 4, loc=1, scale=4)),
}
BY_SE = {kind: {"mean": 0.4, "se": 0.1} for kind in CONTINUOUS}
BY_INTERVAL = {kind: {"mean": 0.4, "low": 0.25, "high": 0.58} for kind in CONTINUOUS}
BY_INTERVAL["lognormal"] = {"mean": 0.4, "low": 0.28, "high": 0.16 / 0.28}
BY_INTERVAL["uniform"] = {"mean": 0.4, "low": 0.2, "high": 0.6}


def test_every_family_is_tried() -> None:
    assert set(NATURAL) == set(CONTINUOUS)


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_natural_parameters_give_scipys_quantiles(kind: str) -> None:
    arguments, known = NATURAL[kind]
    assert np.allclose(Distribution(kind, arguments).ppf(U), known.ppf(U), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", [k for k in CONTINUOUS if k != "truncated_normal"])
def test_mean_and_se_are_kept(kind: str) -> None:
    drawn = Distribution(kind, BY_SE[kind])
    values = drawn.ppf((np.arange(200_000) + 0.5) / 200_000)
    assert drawn.point == 0.4
    assert values.mean() == pytest.approx(0.4, rel=1e-4)
    assert values.std() == pytest.approx(0.1, rel=5e-3)


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_a_published_interval_has_its_width(kind: str) -> None:
    given = BY_INTERVAL[kind]
    drawn = Distribution(kind, given)
    low, high = drawn.interval95()
    assert drawn.point == 0.4
    assert high - low == pytest.approx(given["high"] - given["low"], rel=0.02)
    assert low == pytest.approx(given["low"], abs=0.02)


@pytest.mark.parametrize("kind", ["beta", "gamma"])
def test_an_interval_keeps_the_mean_exactly(kind: str) -> None:
    drawn = Distribution(kind, {"mean": 0.08, "low": 0.03, "high": 0.16})
    values = drawn.ppf((np.arange(200_000) + 0.5) / 200_000)
    assert values.mean() == pytest.approx(0.08, rel=1e-4)
    low, high = drawn.interval95()
    assert high - low == pytest.approx(0.13, rel=1e-9)


def test_a_ratio_with_its_interval_is_the_published_one() -> None:
    """Molyneaux 2019: 0.75 (0.61 to 0.93), ln SE 0.1076."""
    drawn = Distribution("lognormal", {"mean": 0.75, "low": 0.61, "high": 0.93})
    assert drawn.natural[1] == pytest.approx(0.10757, abs=1e-4)
    assert drawn.interval95() == pytest.approx((0.61, 0.93), rel=0.01)
    assert np.median(drawn.ppf(U)) == pytest.approx(0.75)


WRONG = [
    ("beta", {"mean": 0.4, "se": -0.1}, "se = -0.1 must be positive"),
    ("beta", {"mean": 1.4, "se": 0.1}, r"mean in \(0, 1\)"),
    ("beta", {"mean": 0.5, "se": 0.6}, r"se\^2 <"),
    ("beta", {"alpha": 0.0, "beta": -1.0}, "alpha = 0.0 must be positive; beta = -1.0 must be positive"),
    ("gamma", {"mean": -1.0, "se": 0.1}, "mean = -1.0 must be positive"),
    ("gamma", {"mean": 1.0}, r"allowed: \{ shape, scale \} \| \{ mean, se \} \| \{ mean, low, high \}"),
    ("gamma", {"mean": 1.0, "low": 2.0, "high": 3.0}, "low < mean < high"),
    ("normal", {"mean": 0.0, "sd": math.inf}, "sd = inf is not finite"),
    ("lognormal", {"mean": 1.0, "low": 0.0, "high": 2.0}, "low = 0.0 must be positive"),
    ("uniform", {"min": 2.0, "max": 2.0}, "min < max"),
    ("pert", {"min": 1.0, "mode": 9.0, "max": 5.0}, "mode between"),
    ("truncated_normal", {"mean": 1.0, "sd": 0.0, "min": 2.0, "max": 3.0}, "sd = 0.0 .*mean between"),
    ("fixed", {}, r"allowed: \{ value \}"),
]


@pytest.mark.parametrize(("kind", "arguments", "message"), WRONG)
def test_what_cannot_be_is_refused_in_words(kind: str, arguments: dict[str, float], message: str) -> None:
    with pytest.raises(DistributionError, match=message):
        Distribution(kind, arguments)


def test_dirichlet_shares_are_betas() -> None:
    shares = dirichlet({"counts": {"informal": 14, "detained": 21}})
    assert shares["detained"].point == pytest.approx(0.6)
    assert np.allclose(shares["detained"].ppf(U), stats.beta(21, 14).ppf(U))


def test_dirichlet_by_mean_and_se() -> None:
    shares = dirichlet({"mean": {"a": 0.2, "b": 0.5, "c": 0.3}, "se": 0.05})
    low, high = shares["a"].interval95()
    assert (high - low) / 4 == pytest.approx(0.05, rel=0.05)
    with pytest.raises(DistributionError, match="add to 1"):
        dirichlet({"mean": {"a": 0.2, "b": 0.5}, "se": 0.05})


def test_a_sample_is_drawn_by_rows() -> None:
    column = Sample((3.0, 1.0, 2.0), "file")
    assert column.values_at(np.array([0.0, 0.4, 0.9999999])).tolist() == [3.0, 1.0, 2.0]
    assert column.point == 2.0
    assert column.interval95() == (1.0, 3.0)


def test_a_gamma_that_is_plainly_kept_is_not_solved_until_it_is_drawn() -> None:
    written = Distribution("gamma", {"mean": 0.004, "low": 0.002, "high": 0.0066})
    assert written.reach() == (0.0, np.inf)
    assert "natural" not in vars(written)
    assert written.interval95() == pytest.approx((0.002, 0.0066), abs=0.0046 / 20)


def test_one_of_two_readings_is_drawn_by_its_share() -> None:
    drawn = Distribution("bernoulli", {"p": 0.3})
    assert drawn.ppf(np.array([0.01, 0.69, 0.71, 0.99])).tolist() == [0.0, 0.0, 1.0, 1.0]
    assert (drawn.point, drawn.reach(), drawn.interval95()) == (0.3, (0.0, 1.0), (0.0, 1.0))


@pytest.mark.parametrize("arguments", [{"p": 0.0}, {"p": 1.0}, {"p": -0.2}, {"mean": 0.5, "se": 0.5}, {"p": math.nan}])
def test_what_is_certain_or_no_share_is_no_reading(arguments: dict[str, float]) -> None:
    with pytest.raises(DistributionError):
        Distribution("bernoulli", arguments)


ROOTS: list[Callable[[float], float]] = [
    lambda x: 0.3 - x**3,
    lambda x: math.exp(0.7 * x) - 1.5,
    lambda x: math.tanh(5 * (x - 1.2)) + 0.1,
    lambda x: math.copysign(1.0, x - 0.4),
    lambda x: x * (x + 5) * (x - 0.9),
    lambda x: x,
]


@pytest.mark.parametrize("function", ROOTS)
@pytest.mark.parametrize("ends", [(-3.0, 4.0), (-0.5, 2.0), (0.0, 1.3)])
def test_roots_are_those_of_scipy(function: Callable[[float], float], ends: tuple[float, float]) -> None:
    if function(ends[0]) * function(ends[1]) > 0:
        with pytest.raises(ValueError, match="no change of sign"):
            root_between(function, *ends, 1e-12)
    else:
        assert root_between(function, *ends, 1e-12) == brentq(function, *ends, xtol=1e-12)


def test_so_are_those_of_random_functions() -> None:
    """Many, since few of them come to every branch of the method."""
    rng, met = np.random.default_rng(1), 0
    for a, b, c, d in rng.normal(size=(400, 4)).tolist():

        def function(x: float, a: float = a, b: float = b, c: float = c) -> float:
            return a + b * x + c * x**3 + math.tanh(5 * (x - b))

        if function(-3.0) * function(4.0 + d) < 0:
            met += 1
            assert root_between(function, -3.0, 4.0 + d, 1e-12) == brentq(function, -3.0, 4.0 + d, xtol=1e-12)
    assert met > 200


def test_a_root_that_does_not_come_is_told() -> None:
    with pytest.raises(ValueError, match="no root found"):
        root_between(lambda x: math.copysign(1.0, x), -1.0, 1.0 + 1e-9, 0.0)
