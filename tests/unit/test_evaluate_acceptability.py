"""Acceptability and the value of perfect information: what must hold whatever the numbers."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from simulate.evaluate import ceac, ceaf, evpi, expected_loss, net_benefit
from simulate.evaluate.decision.acceptability import benefit_at

THRESHOLDS = np.linspace(0, 50_000, 11)


def sample(draws: int = 400, strategies: int = 3, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.normal(1000, 500, (draws, strategies)), generator.normal(1, 0.05, (draws, strategies))


def test_net_benefit_of_any_shape_is_that_of_its_draws_bit_for_bit() -> None:
    cost, effect = sample()
    batches = benefit_at(20_000.0, np.stack([cost, 2 * cost]), np.stack([effect, effect / 3]))
    assert np.array_equal(batches[0], net_benefit(cost, effect, 20_000.0))
    assert np.array_equal(batches[1], net_benefit(2 * cost, effect / 3, 20_000.0))


def test_net_benefit_is_threshold_times_effect_less_cost() -> None:
    cost, effect = sample()
    assert np.array_equal(net_benefit(cost, effect, 20_000), 20_000 * effect - cost)
    assert np.array_equal(net_benefit(cost, effect, [0, 20_000])[1], net_benefit(cost, effect, 20_000))


def test_rows_of_the_ceac_sum_to_one() -> None:
    assert np.allclose(ceac(*sample(), THRESHOLDS).sum(axis=1), 1, atol=1e-12)


def test_a_strategy_listed_twice_shares_its_acceptability() -> None:
    cost, effect = sample()
    once = ceac(cost, effect, THRESHOLDS)
    twice = ceac(cost[:, [0, 1, 2, 1]], effect[:, [0, 1, 2, 1]], THRESHOLDS)
    assert np.array_equal(twice[:, 1], once[:, 1] / 2)
    assert np.array_equal(twice[:, 3], once[:, 1] / 2)
    assert np.array_equal(twice[:, [0, 2]], once[:, [0, 2]])


def test_exact_ties_are_shared_and_depend_on_no_seed() -> None:
    cost = effect = np.ones((7, 2))
    np.random.default_rng(1)
    assert np.array_equal(ceac(cost, effect, THRESHOLDS), np.full((11, 2), 0.5))
    assert (ceaf(cost, effect, THRESHOLDS).optimal == 0).all()
    assert (evpi(cost, effect, THRESHOLDS) == 0.0).all()


def test_evpi_is_never_negative_and_zero_without_uncertainty() -> None:
    cost, effect = sample()
    assert (evpi(cost, effect, THRESHOLDS) > 0).all()
    certain_cost, certain_effect = np.repeat(cost[:1], 50, axis=0), np.repeat(effect[:1], 50, axis=0)
    assert (evpi(certain_cost, certain_effect, THRESHOLDS) == 0.0).all()


def test_evpi_is_the_expected_loss_of_the_optimal_strategy() -> None:
    cost, effect = sample()
    best = ceaf(cost, effect, THRESHOLDS)
    loss = expected_loss(cost, effect, THRESHOLDS)
    assert np.array_equal(evpi(cost, effect, THRESHOLDS), loss[np.arange(11), best.optimal])
    assert np.array_equal(best.probability, ceac(cost, effect, THRESHOLDS)[np.arange(11), best.optimal])


def test_the_frontier_follows_expected_net_benefit_not_probability() -> None:
    cost = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, -10.0]])  # the second is worse twice and much better once
    best = ceaf(cost, np.zeros((3, 2)), [0])
    assert best.optimal[0] == 1
    assert best.probability[0] == pytest.approx(1 / 3)


def test_a_constant_added_to_every_net_benefit_changes_no_decision() -> None:
    cost, effect = np.round(sample()[0]), np.zeros((400, 3))  # whole pounds, so that adding is exact
    assert np.array_equal(ceac(cost, effect, THRESHOLDS), ceac(cost + 4096, effect, THRESHOLDS))
    assert np.array_equal(evpi(cost, effect, THRESHOLDS), evpi(cost + 4096, effect, THRESHOLDS))


def test_order_of_strategies_only_reorders_columns() -> None:
    cost, effect = sample()
    assert np.array_equal(ceac(cost[:, ::-1], effect[:, ::-1], THRESHOLDS), ceac(cost, effect, THRESHOLDS)[:, ::-1])


@pytest.mark.parametrize(
    ("cost", "effect", "thresholds", "named"),
    [
        (np.zeros((5, 2)), np.zeros((4, 2)), [1], "cost has shape"),
        (np.zeros(5), np.zeros(5), [1], "cost: shape"),
        (np.zeros((0, 2)), np.zeros((0, 2)), [1], "cost: shape"),
        (np.array([[0.0, np.nan]]), np.zeros((1, 2)), [1], r"cost: nan at \[0, 1\]"),
        (np.zeros((1, 2)), np.array([[np.inf, 0.0]]), [1], "effect: inf"),
        (np.zeros((1, 2)), np.zeros((1, 2)), [], "thresholds"),
        (np.zeros((1, 2)), np.zeros((1, 2)), [np.nan], "thresholds: nan"),
        (np.zeros((1, 2)), np.zeros((1, 2)), [-1], "thresholds: -1"),
    ],
)
def test_malformed_input_is_refused_by_name(cost: Any, effect: Any, thresholds: Any, named: str) -> None:
    for function in (net_benefit, ceac, ceaf, evpi, expected_loss):
        with pytest.raises(ValueError, match=named):
            function(cost, effect, thresholds)


def test_ten_thousand_draws_of_five_strategies_are_quick() -> None:
    cost, effect = sample(10_000, 5)
    thresholds = np.linspace(0, 100_000, 201)
    best = np.inf
    for _ in range(5):  # the least of five: other work on the machine must not decide
        start = time.perf_counter()
        ceac(cost, effect, thresholds), ceaf(cost, effect, thresholds), evpi(cost, effect, thresholds)
        best = min(best, time.perf_counter() - start)
    assert best < 0.3
