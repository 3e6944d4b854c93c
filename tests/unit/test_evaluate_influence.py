"""The order of parameters by influence."""

from __future__ import annotations

import numpy as np
import pytest

from simulate.evaluate.sensitivity.influence import by_influence

X = np.random.default_rng(7).normal(size=(500, 4))


def test_the_stronger_comes_first_and_a_constant_last() -> None:
    x = X.copy()
    x[:, 0] = 3.0
    found = by_influence(["fixed", "weak", "none", "strong"], x, x[:, 1] - 4 * x[:, 3])
    assert [i.name for i in found] == ["strong", "weak", "none", "fixed"]
    assert found[-1].share == 0.0


def test_only_ranks_matter() -> None:
    outcome = X[:, 0] + 0.5 * X[:, 1]
    plain, bent = by_influence(list("abcd"), X, outcome), by_influence(list("abcd"), np.exp(X), outcome**3)
    assert plain == bent


def test_the_share_is_the_squared_spearman_correlation() -> None:
    from scipy.stats import spearmanr

    x = np.round(X)  # with ties
    outcome = x @ [1.0, 2.0, 0.0, 0.0]
    shares = {i.name: i.share for i in by_influence(list("abcd"), x, outcome)}
    for j, name in enumerate("abcd"):
        assert shares[name] == pytest.approx(spearmanr(x[:, j], outcome).statistic ** 2)


def test_without_variation_the_order_given_is_kept() -> None:
    assert [i.name for i in by_influence(list("abcd"), X, np.zeros(500))] == list("abcd")
    assert [i.name for i in by_influence(["b", "a"], np.ones((1, 2)), [1.0])] == ["b", "a"]


def test_wrong_shapes_and_holes_are_refused() -> None:
    with pytest.raises(ValueError, match="parameters: shape"):
        by_influence(["a"], X, np.zeros(500))
    with pytest.raises(ValueError, match="outcome: nan"):
        by_influence(list("abcd"), X, np.full(500, np.nan))
