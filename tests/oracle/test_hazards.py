"""Random numbers and hazard functions against independent implementations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from simulate.engine import hazards
from simulate.engine.random import absorb, person_key, stream, streams, uniform, uniforms

LEVELS = np.concatenate([10.0 ** np.linspace(-200, -3, 40), np.linspace(0.01, 40, 60), [100.0, 700.0, 5_000.0]])

LAWS = [
    (hazards.EXPONENTIAL, (0.7, 0.0, 0.0), stats.expon(scale=1 / 0.7)),
    (hazards.WEIBULL, (0.75, 2.0, 0.0), stats.weibull_min(0.75, scale=2.0)),
    (hazards.WEIBULL, (3.5, 0.2, 0.0), stats.weibull_min(3.5, scale=0.2)),
    (hazards.GOMPERTZ, (0.002, 0.09, 0.0), stats.gompertz(0.002 / 0.09, scale=1 / 0.09)),
    (hazards.LOG_NORMAL, (0.06, 0.81, math.log(0.06)), stats.lognorm(0.81, scale=0.06)),
]


@pytest.mark.parametrize(("family", "p", "law"), LAWS)
def test_cumulative_hazard_is_minus_log_survival(family: int, p: tuple[float, float, float], law: object) -> None:
    times = law.isf(np.exp(-np.linspace(0.01, 600, 80)))  # type: ignore[attr-defined]
    expected = -law.logsf(times)  # type: ignore[attr-defined]
    if family == hazards.LOG_NORMAL:  # scipy's own logsf loses its tail: the same through log_ndtr
        expected = -special.log_ndtr(-(np.log(times) - p[2]) / p[1])
    found = np.array([hazards.cumulative(family, *p, t) for t in times])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize(("family", "p", "law"), LAWS)
def test_inverse_undoes_cumulative_over_the_whole_range(
    family: int, p: tuple[float, float, float], law: object
) -> None:
    for h in LEVELS:
        t = hazards.inverse(family, *p, h)
        if family == hazards.LOG_NORMAL:
            z = (math.log(t) - p[2]) / p[1]
            assert math.isclose(z, -special.ndtri_exp(-h), rel_tol=1e-10, abs_tol=1e-10), h
        else:
            assert math.isclose(hazards.cumulative(family, *p, t), h, rel_tol=1e-10), h


def test_a_gompertz_with_falling_hazard_may_never_fire() -> None:
    assert hazards.inverse(hazards.GOMPERTZ, 0.1, -0.5, 0.0, 0.2) == math.inf
    assert math.isfinite(hazards.inverse(hazards.GOMPERTZ, 0.1, -0.5, 0.0, 0.19))
    assert hazards.inverse(hazards.EXPONENTIAL, 0.0, 0.0, 0.0, 1.0) == math.inf


def test_splitmix_known_answers() -> None:
    """The first outputs of splitmix64 seeded with 1234567 (as published with the algorithm)."""
    golden, state, found = 0x9E3779B97F4A7C15, 1234567, []
    for _ in range(3):  # the generator's state walks by the golden step; absorb adds it once more
        found.append(int(absorb(np.uint64(state), np.uint64(0))))
        state = (state + golden) % 2**64
    assert found == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_uniforms_stay_inside_the_open_interval() -> None:
    assert (2**52 - 0.5) * 2.0**-52 < 1.0
    assert 0.5 * 2.0**-52 > 0.0


def test_uniforms_are_uniform_and_streams_unrelated() -> None:
    draws = np.arange(20, dtype=np.uint64)
    u, v = (uniforms(np.uint64(0), draws, 5_000, stream(name, "time")).ravel() for name in ("a", "b"))
    assert stats.kstest(u, "uniform").pvalue > 1e-6
    assert stats.kstest(u**1.05, "uniform").pvalue < 1e-6  # negative control
    assert abs(np.corrcoef(u, v)[0, 1]) < 6 / np.sqrt(len(u))
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 6 / np.sqrt(len(u))


def test_every_key_matters() -> None:
    def one(seed: int = 1, draw: int = 2, person: int = 3, name: str = "a", purpose: str = "time", n: int = 0) -> float:
        key = np.uint64(person_key(np.uint64(seed), np.uint64(draw), np.uint64(person)))
        return uniform(key, stream(name, purpose), n)

    base = one()
    changed = [one(seed=0), one(draw=3), one(person=2), one(name="b"), one(purpose="branch"), one(n=1)]
    assert len({base, *changed}) == 7
    assert one() == base
    with pytest.raises(ValueError, match="purpose"):
        stream("a", "colour")
    assert len(streams(["a", "b"], "time")) == 2
    with pytest.raises(ValueError, match="share a random stream"):
        streams(["a", "a"], "time")
