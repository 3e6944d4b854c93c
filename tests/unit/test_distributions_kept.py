"""A distribution is what was asked for, or is refused with what would come out; no draw leaves its unit or is none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from parameters import InputError, inline
from parameters import load as load_files
from parameters.distributions import FAMILIES, Distribution
from parameters.families.faults import DistributionError
from parameters.joint import dirichlet
from parameters.sampling import sample
from parameters.units import UNITS

U = np.array([2.0**-54, 2.0**-31, 1e-4, 0.025, 0.3, 0.5, 0.7, 0.975, 1 - 1e-4, 1 - 2.0**-31, 1 - 2.0**-53])
EVEN = (np.arange(2000) + 0.5) / 2000
CONTINUOUS = sorted(set(FAMILIES) - {"fixed", "bernoulli"})


def record(unit: str, kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
    stated: dict[str, Any] = {"unit": unit, "distribution": {kind: arguments}}
    return stated | ({"price_year": "2023/24"} if UNITS[unit].money else {})


# --- solved where it is small, or near 1 -----------------------------------------------------------


@pytest.mark.parametrize("mean", [1e-9, 1e-6, 3e-4, 0.02, 0.5, 0.955, 0.97, 0.9995, 1 - 1e-7])
def test_a_beta_is_solved_wherever_its_mean_is(mean: float) -> None:
    """Its own interval, at sizes from few to many, is asked for again."""
    for n in (8.0 / min(mean, 1 - mean), 300.0 / min(mean, 1 - mean)):
        own = Distribution("beta", {"alpha": mean * n, "beta": (1 - mean) * n})
        low, high = own.interval95()
        again = Distribution("beta", {"mean": mean, "low": low, "high": high})
        assert again.natural == pytest.approx(own.natural, rel=1e-4)
        assert again.interval95() == pytest.approx((low, high), rel=1e-6)


@pytest.mark.parametrize(("mean", "shape"), [(1e-12, 2.0), (1e9, 0.6), (3.0, 5e5)])
def test_a_gamma_is_solved_wherever_its_mean_is(mean: float, shape: float) -> None:
    low, high = Distribution("gamma", {"shape": shape, "scale": mean / shape}).interval95()
    assert Distribution("gamma", {"mean": mean, "low": low, "high": high}).natural[0] == pytest.approx(shape, rel=1e-4)


@pytest.mark.parametrize(("kind", "interval"), [("beta", (0.02, 0.001, 0.999)), ("gamma", (1.0, 1e-9, 1e6))])
def test_an_interval_that_is_too_wide_is_refused_when_it_is_read(kind: str, interval: tuple[float, ...]) -> None:
    mean, low, high = interval
    with pytest.raises(InputError, match=f"no {kind} .*(as wide as|would come out)"):
        inline(
            {"p": record("probability" if kind == "beta" else "GBP", kind, {"mean": mean, "low": low, "high": high})}
        )


# --- the interval that was asked for ------------------------------------------------------------------

ASKED_OTHERWISE = {
    "lognormal": ("ratio", (2.0, 1.9, 8.0), r"2 \(0\.9747 to 4\.104\)"),
    "gamma": ("GBP", (100.0, 95.0, 200.0), "would come out"),
    "normal": ("GBP_difference", (10.0, 9.0, 20.0), r"10 \(4\.5 to 15\.5\)"),
    "beta": ("probability", (0.5, 0.48, 0.8), "would come out"),
    "uniform": ("GBP", (150.0, 100.0, 500.0), "would come out"),
    "triangular": ("GBP", (110.0, 100.0, 500.0), "would come out"),
    "pert": ("probability", (0.99, 0.5, 1.0), "would come out|can take values"),
    "truncated_normal": ("number", (1.0, 0.9, 2.0), "would come out"),
}


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_an_interval_about_another_mean_is_refused_with_what_would_come_out(kind: str) -> None:
    unit, (mean, low, high), words = ASKED_OTHERWISE[kind]
    with pytest.raises(InputError, match=words):
        inline({"p": record(unit, kind, {"mean": mean, "low": low, "high": high})})


@pytest.mark.parametrize(("kind", "unit"), [("triangular", "GBP"), ("pert", "GBP"), ("pert", "probability")])
def test_three_points_stay_inside_their_unit(kind: str, unit: str) -> None:
    top = 100.0 if unit == "GBP" else 1.0
    with pytest.raises(InputError, match=f"can take values from -.*allowed for {unit}"):
        inline({"p": record(unit, kind, {"mean": 0.3 * top, "low": 0.01 * top, "high": 0.7 * top})})


@pytest.mark.parametrize("kind", ["uniform", "triangular", "pert"])
def test_the_mean_asked_for_is_the_mean_drawn(kind: str) -> None:
    drawn = Distribution(kind, {"mean": 306.0, "low": 100.0, "high": 500.0})
    assert drawn.ppf(EVEN).mean() == pytest.approx(306.0, abs=0.4)


def test_a_cut_normal_that_cannot_keep_its_mean_is_refused() -> None:
    with pytest.raises(DistributionError, match=r"mean 0\.95 .*would come out as 0\.8991"):
        Distribution("truncated_normal", {"mean": 0.95, "se": 0.1, "min": 0.0, "max": 1.0})
    assert Distribution("truncated_normal", {"mean": 0.5, "se": 0.1, "min": 0.0, "max": 1.0}).point == 0.5


# --- neither none nor outside -------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.floats(-1e60, 1e60),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1000.0),
    st.sampled_from([0.0, 1.0, 1e-300, 5e-324, 1e9]),
)
FORMS = [
    (kind, names)
    for kind, family in FAMILIES.items()
    for names in dict.fromkeys(
        (family.natural, ("mean", "se", *family.extra), ("mean", "low", "high", *family.extra), ("mean", "low", "high"))
    )
]


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(form=st.sampled_from(FORMS), data=st.lists(NUMBERS, min_size=5, max_size=5))
@example(("gamma", ("mean", "se")), [1.0, 1e10, 0.0, 0.0, 0.0])
@example(("lognormal", ("mean", "se")), [5e-324, 1e200, 0.0, 0.0, 0.0])
@example(("truncated_normal", ("mean", "sd", "min", "max")), [0.5, 1e300, 0.0, 1.0, 0.0])
@example(("truncated_normal", ("mean", "sd", "min", "max")), [0.5, 1e40, 0.0, 1.0, 0.0])
def test_no_draw_is_none_or_beyond_its_reach(form: tuple[str, tuple[str, ...]], data: list[float]) -> None:
    """Beyond its reach, and so outside its unit: a record whose reach leaves its unit is refused."""
    kind, names = form
    try:
        drawn = Distribution(kind, dict(zip(names, data, strict=False)))
    except DistributionError:
        return
    values, (low, high) = drawn.ppf(U), drawn.reach()
    assert np.isfinite(values).all() and math.isfinite(drawn.point)
    assert (values >= low).all() and (values <= high).all()
    assert (np.diff(values) >= 0).all()


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_what_can_be_asked_for_is_what_comes_out(kind: str) -> None:
    """Mean and interval of many distributions of a kind, asked for again, and by mean and standard error."""
    rng = np.random.default_rng(12)
    for size in 10.0 ** rng.uniform(-4, 3, 8):
        se = rng.uniform(0.02, 0.3) * size
        top = {"beta": 0.9}.get(kind)
        mean, se = (size, se) if top is None else (top * size / (1 + size), 0.1 * top * size / (1 + size) / (1 + size))
        cut = {"min": mean - 5 * se, "max": mean + 5 * se} if kind == "truncated_normal" else {}
        drawn = Distribution(kind, {"mean": mean, "se": se, **cut})
        values = drawn.ppf(EVEN)
        assert values.mean() == pytest.approx(mean, abs=1e-2 * se)
        assert values.std() == pytest.approx(se, rel=3e-2)
        low, high = drawn.interval95()
        middle = float(drawn.ppf(np.array([0.5]))[0]) if kind == "lognormal" else mean
        again = Distribution(kind, {"mean": middle, "low": low, "high": high, **cut})
        assert again.interval95() == pytest.approx((low, high), rel=1e-2, abs=1e-2 * se)


@pytest.mark.parametrize("least", [0.1, 0.2, 5.0])
def test_shares_of_small_counts_are_drawn(least: float) -> None:
    read = inline({"p": {"unit": "probability", "distribution": {"dirichlet": {"counts": {"a": least, "b": 0.001}}}}})
    drawn = sample(read, list(read), 4096, 1, method="random")
    assert np.isfinite(drawn.values).all()
    assert drawn.values.sum(axis=1) == pytest.approx(np.ones(4096))


def test_shares_that_would_all_vanish_are_refused() -> None:
    with pytest.raises(DistributionError, match=r"counts of 0\.02 at most cannot be drawn"):
        dirichlet({"counts": {"a": 0.02, "b": 0.01}})
    with pytest.raises(DistributionError, match=r"a = 0\.0001 is out of range"):
        dirichlet({"counts": {"a": 1e-4, "b": 1e-4}})


# --- figures printed to few digits ------------------------------------------------------------------


def loaded(tmp_path: Path, family: str, figures: str, unit: str = "ratio") -> Distribution:
    """A record whose mean, low and high are written so in a file."""
    mean, low, high = figures.split()
    written = f"{{ {family} = {{ mean = {mean}, low = {low}, high = {high} }} }}"
    head = f'[a]\nlabel = "A"\nunit = "{unit}"\nsource = "assumption"\nstatus = "assumed"\nnote = "Of a test."\n'
    path = tmp_path / "a.toml"
    path.write_text(f"{head}distribution = {written}\n", encoding="utf-8")
    found = load_files([path])["a"].distribution
    assert isinstance(found, Distribution)
    return found


@pytest.mark.parametrize(
    ("family", "figures"),
    [
        ("lognormal", "1.3 1.1 1.6"),
        ("lognormal", "1.3e0 11.0e-1 1.6"),
        ("lognormal", "2 1 3"),
        ("gamma", "1.4 1.1 1.8"),
        ("normal", "3.3 3.2 3.5"),
        ("normal", "1.3 1.1 1.6"),
    ],
)
def test_a_coarse_figure_is_known_to_half_its_last_digit(family: str, figures: str, tmp_path: Path) -> None:
    asked = [float(x) for x in figures.split()]
    low, high = loaded(tmp_path, family, figures).interval95()
    units = [0.5 if "." not in x else 0.05 for x in figures.split()]
    assert abs(low - asked[1]) < units[1] + 1e-9 and abs(high - asked[2]) < units[2] + 1e-9


@pytest.mark.parametrize(
    ("family", "figures"),
    [
        ("lognormal", "1.300 1.100 1.600"),  # the same, known to the last thousandth
        ("normal", "3.30 3.20 3.50"),
        ("lognormal", "2.0 1.9 8.0"),
        ("normal", "2 1 9"),
    ],
)
def test_an_uneven_interval_is_refused_with_what_would_come_out(family: str, figures: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"it would come out as .*half a unit of its last digit"):
        loaded(tmp_path, family, figures)


def test_a_computed_number_is_taken_as_exact() -> None:
    with pytest.raises(DistributionError, match="would come out as"):
        Distribution("normal", {"mean": 0.3, "low": 0.2, "high": 0.5})


def test_a_point_of_a_cut_normal_is_the_mean_that_is_drawn() -> None:
    """Mean 1, standard deviation 1, cut to 0 to 3: 1.230 by scipy and by its quantiles, and not 1."""
    drawn = Distribution("truncated_normal", {"mean": 1.0, "sd": 1.0, "min": 0.0, "max": 3.0})
    assert drawn.point == pytest.approx(stats.truncnorm(-1, 2, loc=1, scale=1).mean(), rel=1e-12)
    assert drawn.point == pytest.approx(drawn.ppf(EVEN).mean(), abs=1e-4)
    far = Distribution("truncated_normal", {"mean": 0.0, "sd": 1e-9, "min": 0.0, "max": 1.0})
    assert 0.0 < far.point < 1e-9
