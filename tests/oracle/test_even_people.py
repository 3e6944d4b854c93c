"""People as points of scrambled Sobol sequences: even, uniform, unrelated between batches; no bias; honest errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

import simulate.engine.check.twin as twin
from models.contract import Domain, Event, Exponential, Frailty, Mixture, ModelError, Pathway, Weibull, When
from parameters.arrays import Floats
from simulate import load
from simulate.ask.asked import ask
from simulate.engine import driver
from simulate.engine.arithmetic.random_numbers import (
    DIMENSIONS,
    POINTS,
    SCRAMBLES,
    SOBOL,
    SPLITMIX,
    placed,
    seed_key,
    stream,
    uniforms,
)
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.places import NOWHERE, places_of, stream_at
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import Lowered, lower
from simulate.engine.renewal.expectation import expected_statistics
from simulate.engine.statistics import Statistics
from tests.oracle import rich
from tests.oracle.agreement import mean_agrees

Numbers = npt.NDArray[np.float64]
MONTHS = driver.monthly_grid(4.0)
REVERSIBLE = Pathway(
    "reversible",
    (Domain("health", ("well", "ill", "dead"), absorbing=("dead",)),),
    (
        Event("falls_ill", When(health="well"), Weibull(0.8, 1.5), {"health": "ill"}),
        Event("recovers", When(health="ill"), Exponential(2.0), {"health": "well"}),
        Event("dies", When(health="ill"), Exponential(0.3), {"health": "dead"}),
    ),
    {"health": Mixture({"ill": 0.2}, otherwise="well")},
    frailties=(Frailty("proneness", 0.5, ("falls_ill",)),),
)


def numbers(name: str, place: int, draws: int = 1, points: int = 1024, first: int = 0) -> Numbers:
    """[draw, point, batch]: the first occurrence of a stream at a dimension."""
    people = np.arange(first * SCRAMBLES, (first + points) * SCRAMBLES, dtype=np.uint64)
    where = placed(stream(name, "time"), place, 0)
    found = uniforms(SOBOL, seed_key(3), np.arange(draws, dtype=np.uint64), people, where)
    return np.asarray(found).reshape(draws, points, SCRAMBLES)


def test_every_scramble_of_every_dimension_is_stratified() -> None:
    for place in (*range(0, DIMENSIONS, 7), DIMENSIONS - 1):
        for first in (0, 1024, POINTS - 1024):  # every aligned block of the sequence
            cells = np.sort((numbers("a", place, first=first) * 1024).astype(int), axis=1)
            assert (cells == np.arange(1024)[None, :, None]).all()
    beyond = np.sort((numbers("a", DIMENSIONS) * 1024).astype(int), axis=1)  # negative control: numbers as by default
    assert (beyond != np.arange(1024)[None, :, None]).any()


def test_two_dimensions_together_fill_every_elementary_rectangle() -> None:
    x, y = numbers("a", 0)[0], numbers("b", 1)[0]
    for across in range(11):
        cell = (x * 2**across).astype(int) * 2 ** (10 - across) + (y * 2 ** (10 - across)).astype(int)
        assert (np.sort(cell, axis=0) == np.arange(1024)[:, None]).all()


def test_a_point_is_uniform_and_scrambles_are_unrelated() -> None:
    for point in (0, 1, 37):
        u = numbers("a", 5, draws=2_000, points=1, first=point)[:, 0]
        assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-6
        assert np.abs(np.asarray(np.corrcoef(u.T))[np.triu_indices(SCRAMBLES, 1)]).max() < 6 / np.sqrt(2_000)
    a, b = (numbers(name, 5, draws=2_000, points=1)[:, 0].ravel() for name in ("a", "b"))
    assert abs(np.asarray(np.corrcoef(a, b))[0, 1]) < 6 / np.sqrt(20_000)


@pytest.mark.parametrize(("point", "bit"), [(1, 0), (3, 0), (2, 1), (6, 1), (4, 2), (8, 3)])
def test_bits_are_scrambled_by_those_above_them(point: int, bit: int) -> None:
    """Two points whose bits are alike above `bit` correlate as under Owen's scrambling; a mere shift would tell."""
    one, other = (numbers("a", 0, draws=4_000, points=1, first=p)[:, 0].ravel() for p in (0, point))
    expected = 1 - 1.75 * 0.25**bit
    assert np.asarray(np.corrcoef(one, other))[0, 1] == pytest.approx(expected, abs=6 / np.sqrt(40_000))


def test_places_come_in_the_order_of_need() -> None:
    assert places_of(REVERSIBLE, SPLITMIX) is None
    places = places_of(REVERSIBLE, SOBOL)
    assert places is not None
    assert places["frailty", "proneness"] == (0, 0) and places["baseline", "health.start"] == (1, 0)
    times = [places["time", name] for name in ("dies", "falls_ill", "recovers")]
    assert times == [(2, 3), (3, 3), (4, 3)]
    assert stream_at(None, "dies", "time") == stream("dies", "time")
    assert int(stream_at(places, "dies", "time")) & 0xFFFF == 3 << 8 | 3
    assert int(stream_at(places, "dies", "uptake")) & 0xFF == 0 and placed(stream("a", "time"), *NOWHERE) & 0xFF == 0


def test_kernel_equals_reference_of_everything_at_once() -> None:
    tables = rich.lowered()
    asked: dict[str, Any] = {
        "horizon": rich.HORIZON,
        "discount": (np.full(rich.DRAWS, 0.035), np.full(rich.DRAWS, 0.015)),
        "people": 60,
        "seed": 4,
        "collect": rich.EVERYTHING,
    }
    assert twin.compare(rich.PATHWAY, rich.STRATEGIES, tables[1], rich.DRAWS, generator=SOBOL, **asked) == []
    even, plain = (rich.go(tables, generator=g)[0] for g in (SOBOL, SPLITMIX))
    assert not rich.equal(even, plain)
    threaded = rich.go(tables, generator=SOBOL, threads=2, chunk=50)[0]
    assert rich.equal(even, threaded)


def lowered(draws: int) -> tuple[Lowered, Lookup]:
    """Draws that differ in nothing."""
    lookup = make_lookup(lambda name: np.zeros(draws), draws)
    rates = np.full(draws, 0.035), np.full(draws, 0.035)
    return lower(REVERSIBLE, (rich.USUAL,), lookup, draws, horizon=4.0, discount=rates, grid=MONTHS), lookup


def years_well(found: Statistics) -> Floats:
    """Discounted, per person, [draw, batch]."""
    (well,) = found.state_indices(lambda state: state["health"] == "well")
    return np.asarray(found.time[:, 0, :, 1, well] / found.people)


@pytest.mark.parametrize(("people", "draws"), [(200, 2_500), pytest.param(1_280, 2_500, marks=pytest.mark.slow)])
def test_means_are_unbiased_less_noisy_and_their_errors_true(people: int, draws: int) -> None:
    even, plain = (
        years_well(driver.simulate(*lowered(draws), people=people, seed=8, threads=1, generator=g)[0])
        for g in (SOBOL, SPLITMIX)
    )
    truth = years_well(expected_statistics(*lowered(1), people=people)).mean()
    own, error = even.mean(axis=1), even.std(axis=1, ddof=1) / np.sqrt(SCRAMBLES)
    assert mean_agrees(own, truth, catches=0.005)
    assert plain.mean(axis=1).var() / own.var() > 2.0
    assert (error**2).mean() == pytest.approx(own.var(ddof=1), rel=6 * np.sqrt(2 / draws))
    covered = (np.abs(own - truth) < stats.t.ppf(0.975, SCRAMBLES - 1) * error).mean()
    assert 0.93 < covered < 0.97


def test_people_without_a_number_are_refused(example: Callable[[str], ModuleType], tmp_path: Path) -> None:
    case = load(example("ward_restraint").PROBLEM)
    file = tmp_path / "people.csv"
    file.write_text("id,weight,legal,place,elapsed\np0,1,detained,ward,0\np1,1,informal,ward,0\n")
    with pytest.raises(ModelError, match=r"rng: sobol-owen spreads drawn people evenly, .*allowed: splitmix64"):
        ask(case, cohort=file, rng="sobol")
    with pytest.raises(ModelError, match=f"at most {SCRAMBLES * POINTS:,} people; got {SCRAMBLES * POINTS + 1}"):
        ask(case, people=SCRAMBLES * POINTS + 1, rng="sobol")
    assert ask(case, people=SCRAMBLES * POINTS, rng="sobol").options.rng == "sobol-owen"
    assert ask(case, cohort=file, rng="philox").options.rng == "philox4x32-10"
