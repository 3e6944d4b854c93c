"""EVPPI at several levels against closed forms, and the quick one against it: fixed seeds, within four errors."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from parameters.arrays import Floats
from simulate.evaluate import evppi
from simulate.evaluate.information.multilevel import Draw, evppi_by_levels

Benefit = Callable[[Floats, Floats], Floats]  # of the group and the rest, [outer, inner] each, for the new strategy

CASES: dict[str, tuple[Benefit, float]] = {
    "linear": (
        lambda x, y: 300 + 1000 * x + 1500 * y,
        1000 * norm.pdf(0.3) + 300 * norm.cdf(0.3) - 300,  # E max(0, X) - 300 for a normal X of mean 300, sd 1,000
    ),
    "product": (lambda x, y: 1000 * x * (1 + y), 1000 / math.sqrt(2 * math.pi)),  # expected given x: 1,000 x
    "idle": (lambda x, y: 200 + 0 * x + 1000 * y, 0.0),
}


def drawing(benefit: Benefit) -> Draw:
    def draw(rng: np.random.Generator, outer: int, inner: int) -> Floats:
        x, y = rng.standard_normal((outer, 1)), rng.standard_normal((outer, inner))
        new = benefit(np.broadcast_to(x, y.shape), y)
        return np.stack([np.zeros_like(new), new], axis=2)

    return draw


@pytest.mark.parametrize("name", CASES)
def test_levels_add_up_to_the_closed_form(name: str) -> None:
    benefit, truth = CASES[name]
    found = evppi_by_levels(drawing(benefit), 4.0, seed=2)
    assert found.se <= 4.0 * 1.05
    assert abs(found.evppi - truth) < 4 * 4.0
    assert found.outer[0] > found.outer[-1]  # most draws where they are cheap


def test_one_level_alone_would_be_far_off() -> None:
    """The negative control: with one draw of the others the greatest looks as if all were known."""
    benefit, truth = CASES["linear"]
    both = drawing(benefit)(np.random.default_rng(2), 100_000, 1)[:, 0]
    assert both.max(axis=1).mean() - both.mean(axis=0).max() > truth + 200


@pytest.mark.parametrize("name", CASES)
def test_the_quick_estimator_agrees(name: str) -> None:
    benefit, _ = CASES[name]
    slow = evppi_by_levels(drawing(benefit), 4.0, seed=3)
    x, y = np.random.default_rng(4).standard_normal((2, 10_000))
    new = benefit(x, y)
    (row,) = evppi(np.stack([0 * new, new], axis=1), pd.DataFrame({"x": x})).to_dict("records")
    assert abs(row["evppi"] - slow.evppi) < 4 * math.hypot(row["se"], slow.se) + 4.0


@pytest.mark.parametrize("error", [0.0, -1.0, math.nan])
def test_an_error_that_is_none_is_refused(error: float) -> None:
    with pytest.raises(ValueError, match="allowed: a positive number"):
        evppi_by_levels(drawing(CASES["idle"][0]), error)


def test_net_benefit_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must be \[2000, 1, strategies\]"):
        evppi_by_levels(lambda rng, outer, inner: np.zeros((outer, 2)), 1.0)
