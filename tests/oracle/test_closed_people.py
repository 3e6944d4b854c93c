"""Who people are and what that does: life tables, covariates, uptake, fidelity and history, against formulae."""

from __future__ import annotations

import csv
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from models.contract import (
    Branch,
    Characteristic,
    Component,
    Covariate,
    Domain,
    Event,
    Exponential,
    Gompertz,
    LifeTable,
    Mixture,
    Numeric,
    Pathway,
    Strategy,
    Weibull,
    When,
)
from parameters.arrays import Floats
from parameters.units import PARAMETERS_DIR
from tests.oracle.agreement import follows, mean_agrees, shares_agree, variance_agrees
from tests.oracle.laws import alive_at, gompertz
from tests.oracle.small import USUAL, changed, on, one_way, recurrent, simulate

HOME = {"care": "home"}


# --- life tables ----------------------------------------------------------------------------------


def life_expectancy(column: str, age: int, ratio: float = 1.0) -> float:
    """Years left at an exact age by the table's own L_x: hazards constant within a year and after the last."""
    with (PARAMETERS_DIR / "life_table_uk.csv").open(encoding="utf-8") as handle:
        deaths = [float(row[column]) for row in csv.DictReader(handle)][age:]
    alive, years = 1.0, 0.0
    for i, q in enumerate(deaths):
        left = (1 - q) ** ratio
        lived = 1.0 if q == 0 else (1 - left) / -np.log(left)
        last = i + 1 == len(deaths)
        years += alive * (lived / (1 - left) if last else lived)
        alive *= left
    return float(years)


@pytest.mark.parametrize("column", ["male_qx", "female_qx"])
@pytest.mark.parametrize(("ratio", "effect"), [(1.0, 1.0), (2.5, 1.0), (1.6, 1.5)])
def test_life_table_gives_its_own_life_expectancy(column: str, ratio: float, effect: float) -> None:
    """From age 40, the table's hazards times a ratio of the population and one of a strategy."""
    people, table = 60_000, LifeTable("life_table_uk", column, ratio)
    strategy = USUAL if effect == 1.0 else changed(on("end", "hazard", effect))
    run = simulate(one_way(table, "age", 40.0), people, 120.0, (strategy,), histories=True)
    years, truth = run.time(life="alive"), life_expectancy(column, 40, ratio * effect)
    assert len(run.rows) == people
    assert mean_agrees(years, truth, catches=0.013)
    assert not mean_agrees(years, life_expectancy(column, 41, ratio * effect))  # negative controls: a year out,
    assert not mean_agrees(years, life_expectancy(column, 40, ratio * effect * 1.15))  # another ratio,
    assert not mean_agrees(years, life_expectancy({"male_qx": "female_qx"}.get(column, "male_qx"), 40, ratio * effect))
    alive = alive_at(column, ratio * effect)
    assert follows(run.times("end"), lambda t: alive(40 + t) / alive(np.array(40.0)), catches=0.02)


def test_the_life_table_is_a_plausible_one() -> None:
    """The United Kingdom's life expectancies at 40 stand near 40 and 43 years."""
    assert 38 < life_expectancy("male_qx", 40) < 42 < life_expectancy("female_qx", 40) < 46


def test_ages_at_entry_differ_and_hazards_follow_them() -> None:
    """Ages spread over 30 to 70: the mean of the life expectancies at each; a Gompertz on the age clock likewise."""
    people, ages = 60_000, np.linspace(30.0, 70.0, 401)
    spread = Characteristic("age", Numeric("uniform", 30.0, 70.0))
    for hazard, survival in (
        (LifeTable("life_table_uk", "female_qx"), alive_at("female_qx")),
        (Gompertz(2e-5, 0.11), gompertz(2e-5, 0.11)),
    ):
        table = Pathway(
            "ages",
            (Domain("life", ("alive", "dead"), absorbing=("dead",)),),
            (Event("end", When(), hazard, {"life": "dead"}, clock="age"),),
            {"life": "alive"},
            characteristics=(spread,),
        )
        run = simulate(table, people, 20.0, histories=True)

        def mixture(t: Floats, survival: Callable[[Floats], Floats] = survival) -> Floats:
            left = survival(ages[:, None] + t[None, :]) / survival(ages)[:, None]
            return np.asarray(np.trapezoid(left, ages, axis=0) / 40.0)

        assert follows(run.times("end"), mixture, people=people, until=20.0, catches=0.02)
        middle = survival(50 + np.linspace(0, 20, 201)) / survival(np.array(50.0))
        assert not mean_agrees(run.time(life="alive"), np.trapezoid(middle, dx=0.1))  # everybody 50


# --- covariates -----------------------------------------------------------------------------------

NUMBERS: dict[str, tuple[Numeric, Callable[[Floats], Floats]]] = {
    "normal": (Numeric("normal", 1.5, 0.8), stats.norm(1.5, 0.8).ppf),
    "lognormal": (Numeric("lognormal", 1.2, 0.5), stats.lognorm(0.5, scale=1.2).ppf),
    "gamma": (Numeric("gamma", 1.5, 0.9), stats.gamma((1.5 / 0.9) ** 2, scale=0.9**2 / 1.5).ppf),
    "uniform": (Numeric("uniform", 0.5, 3.0), stats.uniform(0.5, 2.5).ppf),
    "normal, cut": (Numeric("normal", 1.0, 1.0, low=0.0, high=2.0), lambda u: np.clip(stats.norm(1).ppf(u), 0, 2)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_hazard_ratio_of_a_number(name: str) -> None:
    """Counts of mean m E[r ^ (x - c)], overdispersed by its variance."""
    values, quantiles = NUMBERS[name]
    ratio, centre, rate, horizon, people = 0.55, 1.0, 1.5, 2.0, 100_000
    pathway = recurrent(
        Exponential(rate),
        characteristics=(Characteristic("severity", values),),
        covariates=(Covariate("severity", "visit", "hazard", ratio, centre=centre),),
    )
    counts = simulate(pathway, people, horizon).count("visit")

    x = quantiles((np.arange(100_000) + 0.5) / 100_000) - centre

    def moment(k: int) -> float:
        return float((ratio ** (k * x)).mean())

    m, first, second = rate * horizon, moment(1), moment(2)
    assert mean_agrees(counts, m * first, family=2, catches=0.023)
    assert variance_agrees(counts, m * first + m * m * (second - first**2), family=2, catches=0.06)
    assert not mean_agrees(counts, m) and not variance_agrees(counts, m * first)  # no covariate; one for everybody


def test_correlated_numbers_multiply_together() -> None:
    """Two normal covariates on one event: m exp((s^2 a^2 + t^2 b^2 + 2 rho s t a b) / 2) with logs a, b of ratios."""
    rho, a, b, rate, people = 0.6, np.log(1.9), np.log(1.4), 1.2, 100_000
    pathway = recurrent(
        Exponential(rate),
        characteristics=(
            Characteristic("need", Numeric("normal", 0.0, 0.7)),
            Characteristic("risk", Numeric("normal", 0.0, 1.1)),
            Characteristic("apart", Numeric("normal", 0.0, 1.0)),
        ),
        correlations={("need", "risk"): rho},
        covariates=(Covariate("need", "visit", "hazard", 1.9), Covariate("risk", "visit", "hazard", 1.4)),
    )
    counts = simulate(pathway, people, 1.5).count("visit")
    own = (0.7 * a) ** 2 + (1.1 * b) ** 2
    assert mean_agrees(counts, 1.8 * np.exp(own / 2 + rho * 0.7 * a * 1.1 * b), catches=0.03)
    assert not mean_agrees(counts, 1.8 * np.exp(own / 2))  # negative control: independent


def test_time_ratio_of_a_level_and_of_a_number() -> None:
    """A mixture of stretched survivals: 30% at level b take 1.8 times as long, and 0.7 ^ x for x uniform on 0 to 2."""
    people, law, x = 60_000, stats.weibull_min(1.6, scale=0.9), np.linspace(0.0, 2.0, 201)
    traits = (
        Characteristic("kind", Mixture({"b": 0.3, "c": 0.2}, otherwise="a")),
        Characteristic("dose", Numeric("uniform", 0.0, 2.0)),
    )
    slower = (
        Covariate("kind", "end", "time", 1.8, level="b"),
        Covariate("dose", "end", "time", 0.7),
    )
    alive = Domain("life", ("alive", "dead"), absorbing=("dead",))
    end = Event("end", When(), Weibull(1.6, 0.9), {"life": "dead"})
    pathway = Pathway("mixed", (alive,), (end,), {"life": "alive"}, characteristics=traits, covariates=slower)

    def survival(t: Floats, share: float = 0.3) -> Floats:
        plain = np.trapezoid(law.sf(t[:, None] / 0.7**x), x, axis=1) / 2
        slow = np.trapezoid(law.sf(t[:, None] / (1.8 * 0.7**x)), x, axis=1) / 2
        return np.asarray((1 - share) * plain + share * slow)

    times = simulate(pathway, people, 60.0, histories=True).times("end")
    assert follows(times, survival, catches=0.02)
    assert not follows(times, lambda t: survival(t, 0.2)) and not follows(times, law.sf)


def test_odds_ratio_of_a_characteristic_is_a_multinomial_logit() -> None:
    """Weights 2, 1, 1 for a, b, c; level `x` has odds ratio 3 on b, and the number y a ratio of 0.5 a unit on c."""
    people = 60_000
    branches = tuple(Branch(n, w, {"care": n}) for n, w in (("a", 2.0), ("b", 1.0), ("c", 1.0)))
    pathway = Pathway(
        "choice",
        (Domain("care", ("home", "a", "b", "c")),),
        (Event("leave", When(care="home"), Exponential(5.0), branches=branches),),
        HOME,
        characteristics=(
            Characteristic("kind", Mixture({"x": 0.4}, otherwise="z")),
            Characteristic("y", Numeric("uniform", 1.0, 1.0)),
        ),
        covariates=(
            Covariate("kind", "leave", "odds", 3.0, level="x", branch="b"),
            Covariate("y", "leave", "odds", 0.5, branch="c", centre=-1.0),
        ),
    )
    run = simulate(pathway, people, 50.0)
    shares = 0.4 * np.array([2.0, 3.0, 0.25]) / 5.25 + 0.6 * np.array([2.0, 1.0, 0.25]) / 3.25
    seen = [run.count(f"leave.{n}").sum() for n in "abc"]
    assert shares_agree(seen, shares, catches=0.037)
    assert not shares_agree(seen, [0.5, 0.25, 0.25]) and not shares_agree(seen, np.array([2.0, 3.0, 0.25]) / 5.25)


# --- uptake and fidelity --------------------------------------------------------------------------


def test_uptake_is_a_mixture_of_people() -> None:
    """A share u lives under the ratio and the rest as usual: nobody lives under an average of the two."""
    people, u, ratio, rate = 100_000, 0.35, 0.3, 1.2
    run = simulate(recurrent(Exponential(rate)), people, 2.0, (USUAL, changed(on("visit", "hazard", ratio), uptake=u)))
    column = run.statistics.component_indices("part")[0]
    took = run.statistics.delivered[0, 1, :, 0, column]
    assert set(took.tolist()) == {0.0, 1.0} and mean_agrees(took, u, family=3, catches=0.039)
    counts, m = run.count("visit", strategy=1), rate * 2
    assert mean_agrees(counts[took == 1], m * ratio, family=3, catches=0.056)
    assert mean_agrees(counts[took == 0], m, family=3, catches=0.023)
    assert not mean_agrees(counts[took == 0], m * ratio**u)  # negative control: an average effect for everybody
    assert np.array_equal(counts[took == 0], run.count("visit")[took == 0])
    mixed = u * m * ratio + (1 - u) * m
    assert variance_agrees(counts, mixed + u * (1 - u) * (m - m * ratio) ** 2, catches=0.044)
    assert not variance_agrees(counts, mixed)


def test_uptakes_of_components_are_independent_and_the_same_people_in_every_strategy() -> None:
    people = 100_000
    one = Component("one", "", (on("visit", "hazard", 2.0),), uptake=0.6)
    two = Component("two", "", (on("visit", "hazard", 0.4),), uptake=0.25)
    run = simulate(
        recurrent(Exponential(1.0)),
        people,
        1.0,
        (Strategy("both", "", (one, two)), Strategy("first", "", (one,)), Strategy("second", "", (two,))),
    )
    took = run.statistics.delivered[0, :, :, 0]  # [strategy, person, component]
    first, second = took[0, :, 0], took[0, :, 1]
    assert np.array_equal(first, took[1, :, 2]) and np.array_equal(second, took[2, :, 3])
    cells = np.bincount((2 * first + second).astype(int), minlength=4)
    assert shares_agree(cells, [0.4 * 0.75, 0.4 * 0.25, 0.6 * 0.75, 0.6 * 0.25], catches=0.029)
    assert not shares_agree(cells, [0.4, 0.0005, 0.35, 0.2495])  # the same uniform for both
    counts = run.count("visit")
    for i, mean in enumerate((1.0, 0.4, 2.0, 0.8)):
        assert mean_agrees(counts[(2 * first + second) == i], mean, family=4, catches=0.14)


@pytest.mark.parametrize("fidelity", [0.0, 0.4, 1.0, 1.5])
def test_fidelity_is_a_power_of_every_ratio(fidelity: float) -> None:
    people, ratio = 60_000, 0.3
    run = simulate(
        recurrent(Exponential(2.0)), people, 2.0, (changed(on("visit", "hazard", ratio), fidelity=fidelity),)
    )
    counts = run.count("visit")
    assert mean_agrees(counts, 4 * ratio**fidelity, catches=0.044)
    assert not mean_agrees(counts, 4 * ratio ** (fidelity + 0.1))
    assert not mean_agrees(counts, 4 * (1 - fidelity * (1 - ratio))) or fidelity in (0.0, 1.0)  # not a share of it
