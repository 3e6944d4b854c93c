"""Royston and Parmar's splines, and normal times, against scipy's natural cubic splines, closed forms and flexsurv."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.interpolate import CubicSpline

import models as m
from parameters import InputError
from parameters.arrays import Floats
from simulate import load, run
from simulate.engine.arithmetic.normal import normal_hazard
from simulate.engine.laws import families, splines
from tests.oracle.small import one_way, simulate

KNOTS = np.array([-2.1, -0.4, 0.5, 1.6])
GAMMAS = np.array([[-1.4, 1.9, 0.31, -0.42], [-1.1, 1.6, -0.02, 0.11]])


def basis(x: Floats) -> Floats:
    """As Royston and Parmar (2002), equation 6, write it, [point, coefficient]."""
    low, high = KNOTS[0], KNOTS[-1]
    columns = [np.ones_like(x), x]
    for k in KNOTS[1:-1]:
        lam = (high - k) / (high - low)
        cubes = [np.maximum(x - c, 0.0) ** 3 for c in (k, low, high)]
        columns.append(cubes[0] - lam * cubes[1] - (1 - lam) * cubes[2])
    return np.stack(columns, axis=1)


def family(code: int, p: Floats, t: float) -> float:
    return families.cumulative(code, float(p[0]), float(p[1]), float(p[2]), float(p[3]), t)


def hazard_at(y: float, scale: str) -> float:
    if scale == "hazard":
        return math.exp(y)
    return math.log1p(math.exp(y)) if scale == "odds" else -float(stats.norm.logsf(y))


@pytest.mark.parametrize("scale", splines.SCALES)
def test_cumulative_hazards_are_those_of_the_formula_and_of_a_natural_spline(scale: str) -> None:
    table = splines.spline(KNOTS, GAMMAS)
    for d in range(2):
        natural = CubicSpline(KNOTS, basis(KNOTS) @ GAMMAS[d], bc_type="natural")
        for x in np.linspace(-4.0, 3.0, 141):
            got = splines.spline_cumulative(
                splines.SCALES[scale], table.knots, table.slopes[d], table.values[d], 0, 4, math.exp(x)
            )
            formula = float((basis(np.array([x])) @ GAMMAS[d])[0])
            assert got == pytest.approx(hazard_at(formula, scale), rel=1e-11)
            inside = min(max(x, KNOTS[0]), KNOTS[-1])
            other = float(natural(inside) + natural(inside, 1) * (x - inside))
            assert got == pytest.approx(hazard_at(other, scale), rel=1e-11)


@pytest.mark.parametrize("scale", splines.SCALES)
def test_times_are_found_back_from_their_hazards(scale: str) -> None:
    """To 1e-13 of the time, or what the last bits of the hazard are worth there."""
    table, code = splines.spline(KNOTS, GAMMAS), splines.SCALES[scale]
    for d in range(2):
        row = table.knots, table.slopes[d], table.values[d], 0, 4
        for x in np.linspace(-6.0, 3.0, 301):
            t = math.exp(x)
            h = splines.spline_cumulative(code, *row, t)
            slope = (splines.spline_cumulative(code, *row, t * 1.001) - h) / (t * 0.001)
            assert abs(splines.spline_inverse(code, *row, h) - t) <= 1e-13 * t + 4e-16 * h / slope
        assert splines.spline_inverse(code, *row, 0.0) == 0.0
        assert splines.spline_inverse(code, *row, math.inf) == math.inf


def test_without_inner_knots_they_are_weibull_log_logistic_and_log_normal() -> None:
    knots, gammas = np.array([-1.0, 2.0]), np.array([[-0.7, 1.3]])
    table = splines.spline(knots, gammas)
    scale = math.exp(0.7 / 1.3)
    laws = {
        "hazard": families.pack("weibull", shape=np.array([1.3]), scale=np.array([scale])),
        "odds": families.pack("log_logistic", shape=np.array([1.3]), scale=np.array([scale])),
        "normal": families.pack("log_normal", median=np.array([scale]), sigma=np.array([1 / 1.3])),
    }
    codes = {"hazard": families.WEIBULL, "odds": families.LOG_LOGISTIC, "normal": families.LOG_NORMAL}
    for name, p in laws.items():
        for t in (0.01, 0.5, 3.0, 40.0):
            row = table.knots, table.slopes[0], table.values[0], 0, 2
            want = family(codes[name], p[0], t)
            assert splines.spline_cumulative(splines.SCALES[name], *row, t) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize(
    ("gammas", "text"),
    [
        ([-1.4, -0.1, 0.0, 0.0], "does not rise"),
        ([-1.4, 1.0, 3.0, -3.0], "does not rise"),
        ([-1.4, 0.4, 0.25, -0.28], "does not rise"),  # dips between two knots, at which it rises
        ([-1.4, 0.0, 0.1, 0.0], "does not rise"),
        ([-1.4, math.nan, 0.0, 0.0], "does not rise"),
    ],
)
def test_splines_that_fall_are_refused(gammas: list[float], text: str) -> None:
    x = np.linspace(-4, 4, 8001)
    if np.isfinite(gammas).all() and gammas[1] != 0:
        assert (np.diff(basis(x) @ np.array(gammas)) < 0).any()
    with pytest.raises(ValueError, match=text):
        splines.spline(KNOTS, np.array([gammas]))


def test_what_rises_is_not_refused() -> None:
    """Of random coefficients those are refused, and those alone, whose spline falls somewhere."""
    rng, x = np.random.default_rng(5), np.linspace(-2.6, 2.2, 4801)
    refused = 0
    for gammas in rng.normal([-1, 1.5, 0, 0], [1, 0.8, 0.4, 0.4], (300, 4)):
        falls = (np.diff(basis(x) @ gammas) < 0).any()
        try:
            splines.spline(KNOTS, gammas[None])
            assert not falls
        except ValueError:
            refused += 1
            assert falls
    assert 50 < refused < 250


# --- people ---------------------------------------------------------------------------------------

N = 2000
LAWS: dict[str, tuple[m.Spline | m.Normal, Any]] = {
    scale: (
        m.Spline(tuple(KNOTS.tolist()), tuple(GAMMAS[0].tolist()), scale),  # type: ignore[arg-type]
        lambda t, scale=scale: math.exp(-hazard_at(float((basis(np.log([t])) @ GAMMAS[0])[0]), scale)),
    )
    for scale in splines.SCALES
} | {"truncated": (m.Normal(1.0, 0.8), lambda t: float(stats.truncnorm.sf(t, -1 / 0.8, np.inf, 1.0, 0.8)))}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("ratio", [None, "hazard", "time"])
def test_people_have_it_by_the_law(name: str, ratio: str | None) -> None:
    """Kolmogorov's statistic below the value exceeded once in 10,000; ratios from entry on."""
    law, survival = LAWS[name]
    parts = (m.Component("c", "C", (m.Effect("end", ratio, 1.7),)),) if ratio else ()  # type: ignore[arg-type]
    found = simulate(one_way(law), N, 1e6, (m.Strategy("new", "", parts),), histories=True).times("end")
    assert len(found) == N
    t = np.sort(found)

    def left(x: float) -> float:
        at = survival(x / 1.7 if ratio == "time" else x)
        return float(at**1.7 if ratio == "hazard" else at)

    gone = 1 - np.array([left(x) for x in t.tolist()])
    k = np.arange(N)
    distance = max((gone - k / N).max(), ((k + 1) / N - gone).max())
    assert distance < math.sqrt(math.log(2e4) / 2 / N)


def test_months_of_a_fit_are_twelfths_of_years() -> None:
    years, _ = LAWS["hazard"]
    assert isinstance(years, m.Spline)
    shifted = tuple(k + math.log(12) for k in years.knots)
    assert all(isinstance(c, float) for c in years.coefficients)
    gammas = [float(c) for c in years.coefficients]  # type: ignore[arg-type]
    months = m.Spline(shifted, (gammas[0] - gammas[1] * math.log(12), *gammas[1:]), "hazard", 12.0)
    a, b = (simulate(one_way(law), 200, 1e6, histories=True, seed=1).times("end") for law in (years, months))
    assert a == pytest.approx(b, rel=1e-11)


def test_normal_times_hold_where_most_lies_below_zero() -> None:
    (p,) = families.pack("normal", mean=np.array([0.0]), sd=np.array([2.0]))
    for t in (1e-6, 0.3, 2.0, 30.0):
        want = -float(stats.halfnorm.logsf(t, scale=2.0))
        assert family(families.NORMAL_TIME, p, t) == pytest.approx(want, rel=1e-9)
        assert families.inverse(families.NORMAL_TIME, p[0], p[1], p[2], p[3], want) == pytest.approx(t, rel=1e-9)
    assert p[2] == normal_hazard(0.0)


def test_a_spline_that_falls_is_refused_when_it_is_loaded_and_in_the_draw_in_which_it_does() -> None:
    with pytest.raises(InputError, match=r"Event end.hazard: at the point estimates .* does not rise after the knot"):
        load(question(m.Spline((-1.0, 0.0, 1.0), (-1.0, 0.2, 0.5))))
    with pytest.raises(InputError, match=r"Event end.hazard: at the point estimates"):
        load(question(m.Spline((-1.0, 1.0), (-1.0, "g1"))), inline={"g1": drawn(-0.1, 0.0)})
    case = load(question(m.Spline((-1.0, 1.0), (-1.0, "g1"))), inline={"g1": drawn(0.1, 0.2)})
    with pytest.raises(m.ModelError, match=r"Event end.hazard: coefficients .* of draw \d+: a spline that does not"):
        run(case, draws=8, people=10)


def drawn(mean: float, se: float) -> dict[str, Any]:
    spread = {"normal": {"mean": mean, "se": se}} if se else {"fixed": {"value": mean}}
    return {"unit": "number", "distribution": spread}


# --- other ways to a result -------------------------------------------------------------------------


def question(law: Any, **more: Any) -> m.DecisionProblem:
    pathway = replace(one_way(law), **more)
    return m.DecisionProblem(
        id="x",
        label="X",
        pathway=pathway,
        strategies=(
            m.Strategy("a", "A"),
            m.Strategy("b", "B", (m.Component("c", "C", (m.Effect("end", "hazard", 0.5),)),)),
        ),
        settings=(m.Setting("base", "Base", horizon=4.0),),
        utilities=(m.Utility(m.When(), 1.0),),
        discount_effects=0.0,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_expected_values_and_cohorts_in_cycles_hold_them(name: str) -> None:
    law, survival = LAWS[name]
    points = np.linspace(0, 4, 20_001)
    left = np.array([1.0, *(survival(x) for x in points[1:].tolist())])
    want = [float(np.trapezoid(left**r, points)) for r in (1.0, 0.5)]
    exact = run(load(question(law)), fixed=True, exact=True)
    assert exact.effect[0] == pytest.approx(want, abs=2e-4)
    months = run(load(question(law, cycle=m.Cycle(1 / 12))), fixed=True)
    by_month = [np.interp(np.arange(49) / 12, points, left**r) for r in (1.0, 0.5)]
    want = [float((x.sum() - (x[0] + x[-1]) / 2) / 12) for x in by_month]
    assert months.effect[0] == pytest.approx(want, abs=1e-6)
