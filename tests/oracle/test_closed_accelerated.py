"""Time ratios on clocks that had run before entry: accelerated from the clock's zero, or from entry on by name."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from scipy import stats

from models.contract import (
    Characteristic,
    Covariate,
    FixedTime,
    Gompertz,
    LifeTable,
    LogLogistic,
    Mixture,
    ModelError,
    Numeric,
    Pathway,
    PiecewiseConstant,
    Weibull,
)
from models.hazards import Hazard
from models.pathway import Clock
from parameters.arrays import Floats
from simulate.engine.check.twin import compare
from simulate.engine.lower.people import PeopleFile
from simulate.engine.lower.quantities import make_lookup
from tests.oracle.agreement import mean_agrees
from tests.oracle.small import USUAL, changed, on, one_way, simulate

N = 40_000
RATIO = 3.0
Since = Literal["zero", "entry"]


def slowed(hazard: Hazard, clock: Clock, ratio: float, since: Since = "zero", age: float | None = None) -> Pathway:
    """One absorbing event, its time `ratio` as long for everybody."""
    plain = one_way(hazard, clock, age)
    trait = Characteristic("slow", Mixture({"no": 0.0}, otherwise="yes"))
    return replace(
        plain,
        characteristics=(*plain.characteristics, trait),
        covariates=(Covariate("slow", "end", "time", ratio, level="yes", since=since),),
    )


def under_way(people: int, elapsed: float) -> PeopleFile:
    """People who are `elapsed` years into their state at entry."""
    ids = tuple(str(i) for i in range(people))
    slow = np.full(people, "yes", dtype=object)
    return PeopleFile(ids, np.ones(people), {"slow": slow}, {}, np.full(people, elapsed))


def died(pathway: Pathway, years: float, elapsed: float | None = None) -> Floats:
    """Whether [person] the event came within so many years of entry."""
    return simulate(pathway, N, years, file=None if elapsed is None else under_way(N, elapsed)).ever("end")


def within(cumulative: list[float]) -> float:
    """Probability of an event from the cumulative hazard at entry and at the end."""
    return 1 - math.exp(cumulative[0] - cumulative[1])


def weibull(shape: float) -> dict[Since, float]:
    """Of a person one year in, that the event comes within a year; scale 1."""
    return {
        "zero": within([(1 / RATIO) ** shape, (2 / RATIO) ** shape]),
        "entry": within([1.0, (1 + 1 / RATIO) ** shape]),
    }


def test_a_person_under_way_is_accelerated_from_the_start_of_the_spell() -> None:
    """P(event within a year | one year in), Weibull of shape 2, ratio 3: 0.283 from the zero, 0.541 from entry."""
    expected = weibull(2.0)
    assert expected["zero"] == pytest.approx(0.283, abs=1e-3) and expected["entry"] == pytest.approx(0.541, abs=1e-3)
    for since, p in expected.items():
        found = died(slowed(Weibull(2.0, 1.0), "sojourn", RATIO, since), 1.0, 1.0)
        assert mean_agrees(found, p, catches=0.07), since
        assert not mean_agrees(found, expected["entry" if since == "zero" else "zero"])


def test_mortality_from_birth_is_accelerated_from_birth() -> None:
    """Gompertz mortality, ratio 1.5, ten years from 60: 0.017 from birth, 0.097 from entry."""
    rate, growth = 5e-5, 0.09

    def hazard(age: float) -> float:
        return rate * math.expm1(growth * age) / growth

    expected = {
        "zero": within([hazard(60 / 1.5), hazard(70 / 1.5)]),
        "entry": within([hazard(60), hazard(60 + 10 / 1.5)]),
    }
    for since in ("zero", "entry"):
        found = died(slowed(Gompertz(rate, growth), "age", 1.5, since, 60.0), 10.0)
        assert mean_agrees(found, expected[since]), since
        assert not mean_agrees(found, expected["entry" if since == "zero" else "zero"])


@pytest.mark.parametrize(
    ("hazard", "survival"),
    [
        (LogLogistic(1.7, 1.2), lambda t: stats.fisk(1.7, scale=1.2).sf(t)),
        (PiecewiseConstant((0.0, 0.5), (0.4, 1.5)), lambda t: np.exp(-0.4 * min(t, 0.5) - 1.5 * max(t - 0.5, 0.0))),
    ],
)
def test_other_laws_follow_the_same_rule(hazard: Hazard, survival) -> None:  # type: ignore[no-untyped-def]
    found = died(slowed(hazard, "sojourn", 2.0), 1.0, 0.7)
    assert mean_agrees(found, 1 - survival(1.7 / 2) / survival(0.7 / 2))
    assert not mean_agrees(found, 1 - survival(0.7 + 1 / 2) / survival(0.7))


def test_a_ratio_of_two_on_a_birthday_doubles_the_age() -> None:
    run = simulate(slowed(FixedTime(30.0), "age", 2.0, age=50.0), 20, 20.0, histories=True)
    assert set(run.times("end").tolist()) == {10.0}
    assert simulate(slowed(FixedTime(30.0), "age", 2.0, "entry", 50.0), 20, 20.0).count("end").sum() == 0  # long past


def test_a_life_table_is_read_at_the_accelerated_age() -> None:
    table = LifeTable("life_table_uk", "male_qx")
    slow = simulate(slowed(table, "age", 2.0, age=80.0), 20, 400.0, histories=True, seed=1)
    plain = simulate(one_way(table, "age", 40.0), 20, 200.0, histories=True, seed=1)
    assert np.allclose(np.sort(slow.times("end")), np.sort(2 * plain.times("end")))


def test_an_effect_of_a_strategy_slows_from_its_start_on() -> None:
    """What had passed on the clock at entry stays: with and without a covariate's own ratio."""
    pathway = slowed(Weibull(2.0, 1.0), "sojourn", RATIO)
    found = simulate(pathway, N, 1.0, (changed(on("end", "time", 2.0)),), file=under_way(N, 1.0)).ever("end")
    assert mean_agrees(found, within([(1 / RATIO) ** 2, (1 / RATIO + 0.5 / RATIO) ** 2]))
    found = simulate(slowed(Weibull(2.0, 1.0), "sojourn", 1.0), N, 1.0, (changed(on("end", "time", 2.0)),),
                     file=under_way(N, 1.0)).ever("end")  # fmt: skip
    assert mean_agrees(found, within([1.0, 1.5**2]))


@pytest.mark.parametrize("since", ["zero", "entry"])
def test_the_readable_twin_says_the_same(since: Since) -> None:
    """Two covariates, one of each kind, on the age clock and on a spell under way."""
    dose = Characteristic("dose", Numeric("uniform", 0.2, 1.9))
    for clock in ("age", "sojourn"):
        base = slowed(Weibull(2.2, 60.0 if clock == "age" else 1.1), clock, 1.4, since, 57.3)
        pathway = replace(
            base,
            characteristics=(*base.characteristics, dose),
            covariates=(*base.covariates, Covariate("dose", "end", "time", 0.8)),
        )
        n = 40
        people = {"slow": np.full(n, "yes", dtype=object), "age": np.full(n, 57.3), "dose": np.linspace(0.2, 1.9, n)}
        file = PeopleFile(tuple(map(str, range(n))), np.ones(n), people, {}, np.linspace(0.0, 2.0, n))
        lookup = make_lookup(lambda name: pytest.fail(name), 1)
        strategies = (USUAL, changed(on("end", "time", 1.3, 0.2, 0.9)))
        told = compare(pathway, strategies, lookup, 1, horizon=20.0, discount=(np.zeros(1), np.zeros(1)), people=n,
                       seed=5, file=file)  # fmt: skip
        assert told == []


def test_only_a_time_ratio_says_since_when() -> None:
    with pytest.raises(ModelError, match="only a time ratio acts on a clock"):
        Covariate("slow", "end", "hazard", 2.0, since="entry")
    with pytest.raises(ModelError, match="since"):
        Covariate("slow", "end", "time", 2.0, since="birth")  # type: ignore[arg-type]
