"""Monte Carlo standard errors: the formulas, and neither 0 nor a number where there is no knowing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulate.evaluate.uncertainty.precision import (
    mcse,
    mcse_of_batches,
    mcse_of_draws,
    number_or_none,
    reach_of,
    weighted_mean,
)
from simulate.evaluate.uncertainty.told import degrees_of


def test_independent_draws_give_sd_over_root_n() -> None:
    values = np.random.default_rng(3).normal(size=(100, 2))
    assert np.allclose(mcse_of_draws(values), values.std(axis=0, ddof=1) / 10)


def test_eight_scrambles_give_the_sd_of_their_means_over_root_eight() -> None:
    values, replicate = np.random.default_rng(3).normal(size=64), np.arange(64) % 8
    means = [values[replicate == r].mean() for r in range(8)]
    assert float(mcse_of_draws(values, replicate)) == pytest.approx(np.std(means, ddof=1) / math.sqrt(8))


def test_draws_that_balance_within_scrambles_are_known_better_than_independent_ones() -> None:
    values = np.tile([-1.0, 1.0], 32) + np.repeat(np.random.default_rng(3).normal(0, 0.01, 32), 2)
    replicate = np.repeat(np.arange(8), 8)
    assert mcse_of_draws(values, replicate) < mcse_of_draws(values) / 20


def test_unequal_batches_are_weighted_by_people() -> None:
    values, people = np.array([1.0, 2.0, 4.0]), np.array([10, 10, 20])
    w = people / 40
    mean = (w * values).sum()
    assert mcse_of_batches(values, people) == pytest.approx(math.sqrt((w**2 * (values - mean) ** 2).sum() * 3 / 2))
    equal = mcse_of_batches(values, [7, 7, 7])
    assert equal == pytest.approx(values.std(ddof=1) / math.sqrt(3))


def test_a_single_draw_is_judged_by_its_batches_and_several_by_their_spread() -> None:
    values = np.random.default_rng(4).normal(size=(5, 2, 10))
    people = np.full(10, 3)
    assert np.allclose(mcse(values[:1], people), mcse_of_batches(values[0].T, people))
    assert np.allclose(mcse(values, people), mcse_of_draws(values.mean(axis=2)))


def test_what_cannot_be_estimated_is_not_a_number_and_null_in_json() -> None:
    assert np.isnan(mcse(np.ones((1, 2, 1)), [5])).all()
    assert np.isnan(mcse_of_draws(np.ones(1)))
    assert np.isnan(mcse_of_draws(np.ones(4), np.zeros(4)))
    assert number_or_none(float("nan")) is None
    assert number_or_none(np.float64(2)) == 2.0


def test_exactly_equal_values_have_exactly_no_error() -> None:
    assert mcse_of_draws(np.zeros(1024), np.arange(1024) % 8) == 0.0
    assert mcse_of_draws(np.full(1000, 0.1), np.arange(1000) % 8) == 0.0  # thousandths do not add up exactly
    assert mcse(np.zeros((1, 10)), np.arange(1, 11)) == 0.0


def test_equal_histories_have_equal_weighted_means() -> None:
    row = np.random.default_rng(5).normal(size=10)
    means = weighted_mean(np.tile(row, (37, 1)), np.arange(1, 11))
    assert len(set(means)) == 1


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="batch_values"):
        mcse(np.ones((3, 4)), [1, 1])
    with pytest.raises(ValueError, match="replicate"):
        mcse_of_draws(np.ones(3), [0, 1])


def test_the_error_covers_the_truth_as_often_as_it_says() -> None:
    generator, within = np.random.default_rng(6), 0
    for _ in range(400):
        values = generator.normal(size=80)
        within += abs(values.mean()) < 1.96 * mcse_of_draws(values)
    assert 0.91 < within / 400 < 0.985


@pytest.mark.parametrize(
    ("draws", "replicate", "degrees"), [(1, None, 9), (64, np.arange(64) % 8, 7), (64, None, 63), (1, np.zeros(1), 9)]
)
def test_an_error_has_the_degrees_of_freedom_of_what_it_comes_from(
    draws: int, replicate: np.ndarray | None, degrees: int
) -> None:
    assert degrees_of(draws, 10, replicate) == degrees


def test_ten_batches_are_a_t_with_nine_degrees_and_no_normal() -> None:
    """Intervals of a mean hold what it is 95 times in 100 by Student's t, and 92 by 1.96 errors."""
    means = np.random.default_rng(7).normal(size=(4000, 1, 10))
    errors = np.array([float(mcse(m, np.ones(10))) for m in means])
    centre = np.abs(means[:, 0].mean(axis=1))
    covered = (centre < reach_of(degrees_of(1, 10)) * errors).mean()
    assert abs(covered - 0.95) < 4 * (0.95 * 0.05 / 4000) ** 0.5
    assert (centre < 1.96 * errors).mean() < 0.95 - 4 * (0.95 * 0.05 / 4000) ** 0.5
