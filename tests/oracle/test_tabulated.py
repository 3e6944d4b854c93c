"""Piecewise-constant and empirical hazards against sums by hand, scipy and a plain sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulate.engine.laws import tabulated
from simulate.engine.laws.tabulated import (
    Empirical,
    Piecewise,
    empirical,
    empirical_cumulative,
    empirical_inverse,
    life_table,
    observed,
    piecewise,
    piecewise_cumulative,
    piecewise_inverse,
)

STARTS, RATES = [0.0, 0.5, 1.5, 1.75, 4.0], [0.2, 0.0, 3.0, 1e-9, 0.7]


def hazard_at(table: Piecewise, t: float) -> float:
    return piecewise_cumulative(*table, 0, len(table.starts), t)


def time_at(table: Piecewise, h: float) -> float:
    return piecewise_inverse(*table, 0, len(table.starts), h)


def by_hand(t: float) -> float:
    """The integral of the hazard, piece by piece."""
    ends = [*STARTS[1:], math.inf]
    return math.fsum(r * max(0.0, min(t, b) - a) for a, b, r in zip(STARTS, ends, RATES, strict=True))


def test_piecewise_is_the_integral_of_its_pieces() -> None:
    table = piecewise(STARTS, RATES)
    times = [1e-300, 1e-9, 0.25, 0.5, 1.0, 1.5, 1.6, 1.75, 3.0, 4.0, 4.1, 900.0]
    for t in times:
        assert hazard_at(table, t) == pytest.approx(by_hand(t), rel=1e-14, abs=0)
    wrong = piecewise(STARTS, [*RATES[:-1], RATES[-1] * (1 + 1e-9)])  # negative control
    assert hazard_at(wrong, 900.0) != pytest.approx(by_hand(900.0), rel=1e-14, abs=0)
    assert hazard_at(table, 0.0) == hazard_at(table, -1.0) == 0.0


def test_piecewise_inverse_is_the_first_time_at_a_hazard() -> None:
    table = piecewise(STARTS, RATES)
    for h in [1e-300, 1e-12, 0.05, 0.0999, 0.1001, 0.5, 0.8499, 0.86, 2.0, 700.0]:
        t = time_at(table, h)
        assert by_hand(t) == pytest.approx(h, rel=1e-12, abs=0)
        assert by_hand(t * (1 - 1e-9)) < h
    assert time_at(table, 0.1) == 0.5  # not the end of the piece without hazard, at 1.5
    assert time_at(table, 0.0) == 0.0
    assert time_at(table, math.inf) == math.inf


def test_a_last_piece_without_hazard_never_fires() -> None:
    table = piecewise([0.0, 1.0], [0.3, 0.0])
    assert time_at(table, 0.3) == 1.0
    assert time_at(table, 0.3000001) == math.inf
    assert time_at(piecewise([0.0], [0.0]), 1e-9) == math.inf
    assert hazard_at(piecewise([0.0], [0.0]), 50.0) == 0.0


def test_one_piece_is_exponential() -> None:
    table = piecewise([0.0], [0.7])
    for h in (1e-300, 0.4, 700.0):
        assert time_at(table, h) == h / 0.7


def test_every_draw_has_its_own_rates() -> None:
    rates = np.random.default_rng(2).exponential(size=(6, 5))
    table = piecewise(STARTS, rates)
    assert table.cums.shape == (6, 5)
    for d in range(6):
        np.testing.assert_array_equal(table.cums[d], piecewise(STARTS, rates[d]).cums)


def test_tables_lie_end_to_end() -> None:
    tables = [piecewise([0.0, 2.0], [0.1, 0.5]), piecewise(STARTS, RATES), piecewise([0.0], [9.0])]
    flat = Piecewise(*(np.concatenate(columns) for columns in zip(*tables, strict=True)))
    first = np.cumsum([0] + [len(t.starts) for t in tables])
    for table, where in zip(tables, first[:-1].tolist(), strict=True):
        n = len(table.starts)
        for x in (0.01, 0.3, 0.9, 2.5, 60.0):
            assert piecewise_inverse(*flat, where, n, x) == time_at(table, x)
            assert piecewise_cumulative(*flat, where, n, x) == hazard_at(table, x)


def test_a_life_table_gives_back_its_probabilities() -> None:
    q = np.array([0.004, 0.0003, 0.0, 0.01, 0.4])
    table = life_table(q)
    survival = np.exp([-hazard_at(table, float(age)) for age in range(6)])
    np.testing.assert_allclose(1 - survival[1:] / survival[:-1], q, atol=1e-15)
    monthly = life_table(q, width=1 / 12)
    assert hazard_at(monthly, 5 / 12) == pytest.approx(hazard_at(table, 5.0), rel=1e-14)


def step(table: Empirical, h: float) -> float:
    return empirical_inverse(*table, 0, len(table.times), h)


def test_empirical_fires_where_survival_first_falls_to_the_level() -> None:
    times, survival = np.array([0.5, 1.0, 3.0]), np.array([0.8, 0.5, 0.2])
    table = empirical(times, survival, "never")
    for s in (0.999, 0.8001, 0.7999, 0.51, 0.49, 0.2001, 0.1999, 1e-9):
        first = next((t for t, left in zip(times, survival, strict=True) if left <= s), math.inf)
        assert step(table, -math.log(s)) == first
    assert step(empirical(times, survival, "last"), 50.0) == 3.0
    found = [empirical_cumulative(*table, 0, 3, t) for t in (0.0, 0.49, 0.5, 0.99, 1.0, 2.0, 3.0, 99.0)]
    np.testing.assert_allclose(np.exp(np.negative(found)), [1, 1, 0.8, 0.8, 0.5, 0.5, 0.2, 0.2])


def test_empirical_sampling_gives_the_sample_back_also_given_age_and_ratio() -> None:
    table = observed([2.0, 1.0, 2.0, 4.0, 3.0])
    unit = np.random.default_rng(3).exponential(size=20_000)
    assert shares(table, unit) == pytest.approx([0.2, 0.4, 0.2, 0.2], abs=0.02)
    aged = empirical_cumulative(*table, 0, 4, 1.5)
    assert shares(table, unit + aged) == pytest.approx([0.0, 0.5, 0.25, 0.25], abs=0.02)
    powers = np.array([1.0, 0.8, 0.4, 0.2, 0.0]) ** 2  # a hazard ratio of 2 squares the survival
    assert shares(table, unit / 2) == pytest.approx(-np.diff(powers), abs=0.02)
    assert shares(table, unit) != pytest.approx(-np.diff(powers), abs=0.02)  # negative control
    assert step(table, empirical_cumulative(*table, 0, 4, 4.0) + 0.1) == math.inf  # nobody is left to ask


def shares(table: Empirical, hazards: Any) -> list[float]:
    drawn = np.array([step(table, h) for h in hazards])
    return [float((drawn == t).mean()) for t in table.times]


def test_a_fine_empirical_table_is_its_law() -> None:
    law = stats.weibull_min(1.4, scale=2.0)
    table = observed(law.isf((np.arange(20_000) + 0.5) / 20_000))
    for h in (0.01, 0.3, 1.0, 4.0):
        assert step(table, h) == pytest.approx(law.isf(math.exp(-h)), rel=2e-3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: piecewise([0.1], [1.0]), "starts"),
        (lambda: piecewise([], []), "starts"),
        (lambda: piecewise([0.0, 1.0, 1.0], [1.0, 1.0, 1.0]), "starts"),
        (lambda: piecewise([0.0, math.inf], [1.0, 1.0]), "starts"),
        (lambda: piecewise([0.0, 1.0], [1.0]), "rates: shape .1,. for 2 starts"),
        (lambda: piecewise([0.0], [-1.0]), "rates"),
        (lambda: piecewise([0.0], [math.inf]), "rates"),
        (lambda: life_table([0.1, 1.0]), "probabilities"),
        (lambda: empirical([0.0, 1.0], [0.5, 0.2], "last"), "times"),
        (lambda: empirical([1.0, 0.5], [0.5, 0.2], "last"), "times"),
        (lambda: empirical([1.0, 2.0], [0.5], "last"), "survival: 1 of them for 2"),
        (lambda: empirical([1.0, 2.0], [0.5, 0.6], "last"), "survival"),
        (lambda: empirical([1.0, 2.0], [1.1, 0.6], "last"), "survival"),
        (lambda: empirical([1.0], [0.5], "perhaps"), "tail"),  # type: ignore[arg-type]
    ],
)
def test_refusals_name_the_argument(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_binary_search_counts() -> None:
    values = np.array([9.0, 1.0, 2.0, 2.0, 5.0, -1.0])
    for x in (0.0, 1.0, 1.5, 2.0, 3.0, 5.0, 6.0):
        assert tabulated._count(values, 1, 4, x, False) == sum(v < x for v in (1.0, 2.0, 2.0, 5.0))
        assert tabulated._count(values, 1, 4, x, True) == sum(v <= x for v in (1.0, 2.0, 2.0, 5.0))


def test_compiled_and_plain_python_find_the_same_bits() -> None:
    rng = np.random.default_rng(8)
    table = piecewise(np.arange(40) * 0.3, rng.exponential(size=40) * (rng.random(40) < 0.8))
    sample = observed(rng.exponential(size=60))
    functions: list[tuple[Any, Any]] = [
        (piecewise_cumulative, table),
        (piecewise_inverse, table),
        (empirical_cumulative, sample),
        (empirical_inverse, sample),
    ]
    for function, columns in functions:
        plain = getattr(function, "py_func", function)
        n = len(columns[0])
        inputs = (10.0 ** rng.uniform(-12, 2, 10_000)).tolist()
        found = np.array([function(*columns, 0, n, x) for x in inputs])
        expected = np.array([plain(*columns, 0, n, x) for x in inputs])
        assert (found.view(np.uint64) == expected.view(np.uint64)).all()
        assert not np.isnan(found).any()
