"""Acceptability against plain loops and closed forms, on made-up and on published example draws."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulate.evaluate import ceac, ceaf, evpi

whole = st.integers(-20, 20).map(float)


def loops(cost: np.ndarray, effect: np.ndarray, threshold: float) -> tuple[list[float], int, float]:
    """CEAC row, optimal strategy and EVPI, obviously."""
    draws, strategies = cost.shape
    wins, means, maxima = [0.0] * strategies, [0.0] * strategies, 0.0
    for d in range(draws):
        benefit = [threshold * effect[d, s] - cost[d, s] for s in range(strategies)]
        winners = [s for s in range(strategies) if benefit[s] == max(benefit)]
        for s in winners:
            wins[s] += 1 / len(winners) / draws
        for s in range(strategies):
            means[s] += benefit[s] / draws
        maxima += max(benefit) / draws
    return wins, means.index(max(means)), maxima - max(means)


@given(
    st.tuples(st.integers(1, 6), st.integers(1, 4)).flatmap(
        lambda shape: st.tuples(arrays(float, shape, elements=whole), arrays(float, shape, elements=whole))
    ),
    st.integers(0, 5),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_small_tables_with_ties_agree_with_loops(tables: tuple[np.ndarray, np.ndarray], threshold: int) -> None:
    cost, effect = tables
    wins, _, value = loops(cost, effect, threshold)
    assert np.allclose(ceac(cost, effect, [threshold])[0], wins)
    assert evpi(cost, effect, [threshold])[0] == pytest.approx(value, abs=1e-9)
    best = ceaf(cost, effect, [threshold])
    benefit = (threshold * effect - cost).mean(axis=0)
    assert benefit[best.optimal[0]] == pytest.approx(benefit.max())
    assert best.probability[0] == pytest.approx(wins[best.optimal[0]])


@pytest.mark.parametrize("file", ["bcea_vaccine_ec.csv", "bcea_smoking_ec.csv"])
def test_published_example_draws_agree_with_loops(shared: Path, file: str) -> None:
    table = np.genfromtxt(shared / "oracles" / file, delimiter=",", names=True)
    names = table.dtype.names or ()
    effect = np.column_stack([table[n] for n in names if n.startswith("e_")])
    cost = np.column_stack([table[n] for n in names if n.startswith("c_")])
    thresholds = [0.0, 250.0, 20_000.0, 30_000.0]
    rows, best, values = ceac(cost, effect, thresholds), ceaf(cost, effect, thresholds), evpi(cost, effect, thresholds)
    for i, threshold in enumerate(thresholds):
        wins, optimal, value = loops(cost, effect, threshold)
        assert np.allclose(rows[i], wins)
        assert best.optimal[i] == optimal
        assert values[i] == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_two_arm_normal_model_has_its_closed_form() -> None:
    mean, sd, draws = 500.0, 1500.0, 5000
    benefit = mean + sd * np.random.default_rng(11).standard_normal(draws)
    cost = np.column_stack([np.zeros(draws), -benefit])
    z = mean / sd
    p = 0.5 * math.erfc(-z / math.sqrt(2))
    value = sd * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - mean * (1 - p)
    loss = np.maximum(benefit, 0) - benefit
    assert ceac(cost, np.zeros_like(cost), [0])[0, 1] == pytest.approx(p, abs=3 * math.sqrt(p * (1 - p) / draws))
    assert evpi(cost, np.zeros_like(cost), [0])[0] == pytest.approx(value, abs=3 * loss.std() / math.sqrt(draws))
    dearer = cost + np.array([0.0, 300.0])  # negative control: another mean must fail
    assert ceac(dearer, np.zeros_like(cost), [0])[0, 1] != pytest.approx(p, abs=3 * math.sqrt(p * (1 - p) / draws))
