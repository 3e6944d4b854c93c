"""The statistical helpers: right where all is well, and able to fail where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.oracle.agreement import (
    FAMILY_ERROR,
    Inconclusive,
    agrees,
    follows,
    mean_agrees,
    shares_agree,
    variance_agrees,
)
from tests.oracle.laws import LAWS, Law, Segment, survival_under, window

N = 20_000
RNG = np.random.default_rng(1)
SAMPLE = RNG.exponential(2.0, N)


def test_a_mean_is_held_to_its_limit() -> None:
    assert agrees(1.0, 1.01, 0.01)
    assert not agrees(1.0, 1.1, 0.01)  # negative control
    assert not agrees([1.0, 1.0], [1.0, 1.1], 0.01)
    limit = stats.norm.isf(FAMILY_ERROR / 2)
    assert agrees(limit - 0.01, 0.0, 1.0) and not agrees(limit + 0.01, 0.0, 1.0)
    assert agrees(limit + 0.01, 0.0, 1.0, family=10)
    with pytest.raises(ValueError, match="family 1 for 2"):
        agrees([1.0, 1.0], 1.0, 1.0, family=1)
    with pytest.raises(ValueError, match="above 0"):
        agrees(1.0, 1.0, 0.0)


def test_the_power_stated_is_the_power_had() -> None:
    """A mean that is off by exactly `catches` passes once in a thousand."""
    rng, error, rounds = np.random.default_rng(2), 0.01, 4_000
    wrong = 1 + agrees(1.0, 1.0, error).catches
    missed = sum(bool(agrees(x, 1.0, error)) for x in rng.normal(wrong, error, rounds))
    assert 0 < missed < 20  # 4 expected
    with pytest.raises(Inconclusive, match="simulate more people"):
        agrees(1.0, 1.0, 0.01, catches=0.01)


def test_means_and_variances_of_a_sample() -> None:
    assert mean_agrees(SAMPLE, 2.0, catches=0.06) and not mean_agrees(SAMPLE, 2.2)
    assert variance_agrees(SAMPLE, 4.0, catches=0.2) and not variance_agrees(SAMPLE, 5.0)
    assert mean_agrees(np.stack([SAMPLE, 2 * SAMPLE], axis=1), [2.0, 4.0])


def test_distributions_censored_and_with_atoms() -> None:
    law, wrong = stats.expon(scale=2.0), stats.expon(scale=2.2)
    assert follows(SAMPLE, law.sf, catches=0.032) and not follows(SAMPLE, wrong.sf)
    early = SAMPLE[SAMPLE < 1.0]
    assert follows(early, law.sf, people=N, until=1.0) and not follows(early, law.sf)
    assert not follows(early[early < 0.9], law.sf, people=N, until=1.0)  # the last tenth is missing
    dice = RNG.integers(1, 7, N).astype(float)
    assert follows(dice, lambda t: 1 - np.clip(np.floor(t), 0, 6) / 6)
    assert not follows(dice, lambda t: 1 - np.clip(t, 0, 6) / 6)
    with pytest.raises(Inconclusive):
        follows(SAMPLE[:100], law.sf, catches=0.03)


def test_shares() -> None:
    seen = RNG.multinomial(N, [0.5, 0.3, 0.2])
    assert shares_agree(seen, [0.5, 0.3, 0.2], catches=0.07) and not shares_agree(seen, [0.47, 0.32, 0.21])
    with pytest.raises(ValueError, match="sum of 1"):
        shares_agree(seen, [0.5, 0.3, 0.3])


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_survival_under_effects_is_what_integration_finds(law: Law) -> None:
    """The product over segments, against small steps of the defining equation."""
    survival = stats.weibull_min(1.3, scale=1.1).sf if law.name == "empirical" else law.survival
    segments, dt, steps = (*window(0.4, 1.3, 2.5, 0.6), Segment(1.7, 0.5, 2.0)), 1e-4, 22_000
    which = np.searchsorted([0.4, 1.3, 1.7], (np.arange(steps) + 0.5) * dt)
    phi = law.age + np.cumsum([0.0, *(dt / np.array([1.0, 0.6, 1.0, 2.0])[which])])
    used = -(np.array([1.0, 2.5, 1.0, 0.5])[which] * np.diff(np.log(survival(phi)))).sum()
    found = float(survival_under(survival, segments, law.age)(np.array([steps * dt]))[0])
    assert found == pytest.approx(np.exp(-used), rel=1e-3)
    plain = float(survival(np.array(law.age + steps * dt)) / survival(np.array(law.age)))
    assert found != pytest.approx(plain, rel=1e-3)  # negative control
