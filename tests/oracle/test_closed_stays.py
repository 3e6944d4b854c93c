"""Stays that events lengthen, by a pause or a slower clock, against formulae."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm

from models.contract import (
    Branch,
    Domain,
    Event,
    Exponential,
    FixedTime,
    Gamma,
    Lengthening,
    LogNormal,
    Pathway,
    Weibull,
    When,
)
from models.hazards import Hazard
from parameters.arrays import Floats
from tests.oracle.agreement import follows, mean_agrees, variance_agrees
from tests.oracle.small import changed, on, simulate


def ward(discharge: Hazard, restraint: Hazard, lengthens: tuple[Lengthening, ...], back: float = 0.0) -> Pathway:
    """One stay on a ward, or with `back` above 0 stay after stay."""
    again = (Event("readmission", When(care="home"), Exponential(back), {"care": "ward"}),) if back else ()
    return Pathway(
        "ward",
        (Domain("care", ("ward", "home")),),
        (
            Event("discharge", When(care="ward"), discharge, {"care": "home"}),
            Event("restraint", When(care="ward"), restraint, lengthens=lengthens),
            *again,
        ),
        {"care": "ward"},
    )


def paused(d: float) -> tuple[Lengthening, ...]:
    return (Lengthening("discharge", pause=d),)


def slowed(factor: float) -> tuple[Lengthening, ...]:
    return (Lengthening("discharge", slower=factor),)


# --- by a pause -----------------------------------------------------------------------------------

STAYS: dict[str, tuple[Hazard, Any]] = {
    "exponential": (Exponential(4.0), stats.expon(scale=0.25)),
    "weibull": (Weibull(1.6, 0.3), stats.weibull_min(1.6, scale=0.3)),
    "log-normal": (LogNormal(0.2, 0.7), stats.lognorm(0.7, scale=0.2)),
    "gamma": (Gamma(2.5, 0.1), stats.gamma(2.5, scale=0.1)),
}


@pytest.mark.parametrize("name", STAYS)
def test_restraints_that_pause_the_stay(name: str) -> None:
    """L = X + d N(L), a busy period: mean X / (1 - r d), variance Var X / (1 - r d)^2 + X r d^2 / (1 - r d)^3.

    Restraints during a pause count and pause again; N has mean r E L.
    """
    hazard, law = STAYS[name]
    people, r, d = 100_000, 3.0, 0.1
    run = simulate(ward(hazard, Exponential(r), paused(d)), people, 200.0, seed=5)
    stay, rest = run.time(care="ward"), 1 - r * d
    assert (run.count("discharge") == 1).all()
    mean = law.mean() / rest
    assert mean_agrees(stay, mean, family=4, catches=0.031)
    assert mean_agrees(run.count("restraint"), r * mean, family=4, catches=0.048)
    assert variance_agrees(stay, law.var() / rest**2 + law.mean() * r * d**2 / rest**3, family=4, catches=0.13)
    base = stay - d * run.count("restraint")  # what is left is the stay without restraint, person by person
    assert follows(base, law.sf, family=4, catches=0.016)
    plain = simulate(ward(hazard, Exponential(r), ()), people, 200.0, seed=5).time(care="ward")
    np.testing.assert_allclose(base, plain, atol=1e-9)
    assert not mean_agrees(stay, law.mean())  # negative controls: no pause, and none for restraints in a pause
    assert not mean_agrees(stay, law.mean() * (1 + r * d))


def test_a_pause_by_a_single_event_at_a_fixed_time() -> None:
    """S(t) until 0.15 years, level for 0.1 years, then S(t - 0.1): also of a stay that a strategy stretches."""
    people, law, at, d = 60_000, stats.weibull_min(1.6, scale=0.3), 0.15, 0.1

    def survival(t: Floats, stretch: float = 1.0, d: float = d) -> Floats:
        moved = np.where(t < at, t, np.where(t < at + d, at, t - d))
        return np.asarray(law.sf(moved / stretch))

    pathway = ward(Weibull(1.6, 0.3), FixedTime(at), paused(d))
    assert follows(simulate(pathway, people, 50.0, histories=True).times("discharge"), survival, catches=0.02)
    slower = simulate(pathway, people, 50.0, (changed(on("discharge", "time", 1.7)),), histories=True)
    seen = slower.times("discharge")
    assert follows(seen, lambda t: survival(t, 1.7), catches=0.02)  # a pause is not stretched
    assert not follows(seen, lambda t: survival(t, 1.7, 0.17)) and not follows(seen, survival)


def test_a_new_stay_starts_afresh() -> None:
    """Stays one after the other are independent busy periods of the same law; the pause ends with its stay."""
    people, r, d, law = 25_000, 3.0, 0.1, stats.gamma(2.5, scale=0.1)
    run = simulate(ward(Gamma(2.5, 0.1), Exponential(r), paused(d), back=2.0), people, 10.0, histories=True)
    rows = run.rows[np.lexsort((run.rows[:, 3], run.rows[:, 1]))]
    names = np.array(run.statistics.outcomes)[rows[:, 5].astype(int)]
    stays = []
    for which in range(3):
        out = rows[names == "discharge"]
        inn = rows[names == "readmission"]
        end = out[np.unique(out[:, 1], return_index=True)[1] + which]
        begin = np.zeros(people) if which == 0 else inn[np.unique(inn[:, 1], return_index=True)[1] + which - 1, 3]
        assert (end[:, 1] == np.arange(people)).all()
        stays.append(end[:, 3] - begin)
    mean = law.mean() / (1 - r * d)
    assert mean_agrees(np.stack(stays, axis=1), mean, catches=0.043)
    first, second = stays[0] - mean, stays[1] - mean
    assert abs((first * second).mean()) < 5 * (first * second).std() / people**0.5


# --- by a slower clock ----------------------------------------------------------------------------


def slowing_chain(mu: float, r: float, s: float, n: int = 40) -> Floats:
    """Generator of the number of restraints so far, 0 to n, with discharge at mu / s^i as the last state."""
    generator = np.zeros((n + 2, n + 2))
    for i in range(n + 1):
        generator[i, min(i + 1, n)] += r
        generator[i, n + 1] += mu / s**i
        generator[i, i] -= r + mu / s**i
    return generator


def test_restraints_that_slow_an_exponential_stay() -> None:
    """A chain by matrix exponential: survival, mean stay and restraints within the horizon."""
    people, mu, r, s, horizon = 80_000, 4.0, 2.0, 1.6, 1.5
    run = simulate(ward(Exponential(mu), Exponential(r), slowed(s)), people, horizon, histories=True)
    generator = slowing_chain(mu, r, s)
    grid = np.linspace(0.0, horizon, 301)
    one = expm(generator * (grid[1] - grid[0]))
    p = [np.eye(len(generator))[0]]
    for _ in grid[1:]:
        p.append(p[-1] @ one)
    curve = 1 - np.array(p)[:, -1]

    def survival(t: Floats) -> Floats:
        return np.asarray(np.interp(t, grid, curve))

    times = run.times("discharge")
    assert follows(times, survival, people=people, until=horizon, family=3, catches=0.018)
    mean = np.trapezoid(curve, grid)
    assert mean_agrees(run.time(care="ward"), mean, family=3, catches=0.037)
    assert mean_agrees(run.count("restraint"), r * mean, family=3, catches=0.061)
    assert not follows(times, stats.expon(scale=1 / mu).sf, people=people, until=horizon)  # not slowed
    assert not mean_agrees(run.time(care="ward"), -np.expm1(-mu * horizon) / mu)


@pytest.mark.parametrize("name", ["weibull", "log-normal", "gamma"])
def test_a_stay_slowed_twice_at_fixed_times(name: str) -> None:
    """S(phi(t)) with phi' falling from 1 to 1/2 to 1/3: two events, one slowing by 2 and one by 1.5."""
    hazard, law = STAYS[name]
    people, early, late = 60_000, 0.1, 0.22
    pathway = Pathway(
        "ward",
        (Domain("care", ("ward", "home")),),
        (
            Event("discharge", When(care="ward"), hazard, {"care": "home"}),
            Event("first", When(care="ward"), FixedTime(early), lengthens=slowed(2.0)),
            Event("second", When(care="ward"), FixedTime(late), lengthens=slowed(1.5)),
        ),
        {"care": "ward"},
    )

    def survival(t: Floats) -> Floats:
        phi = np.minimum(t, early) + np.clip(t - early, 0, late - early) / 2 + np.clip(t - late, 0, None) / 3
        return np.asarray(law.sf(phi))

    times = simulate(pathway, people, 100.0, histories=True).times("discharge")
    assert follows(times, survival, catches=0.02)
    assert not follows(times, law.sf)
    assert not follows(times, lambda t: law.sf(np.minimum(t, early) + np.clip(t - early, 0, None) / 2))  # once


def test_a_branch_may_lengthen_and_pause_and_slowing_add_up() -> None:
    """A review at a fixed time pauses for d and slows by s: level until at + d, then S(at + (t - at - d) / s)."""
    people, law, at, d, s = 60_000, stats.lognorm(0.7, scale=0.2), 0.12, 0.05, 1.8
    both = (Lengthening("discharge", pause=d), Lengthening("discharge", slower=s))
    review = Event("review", When(care="ward"), FixedTime(at), branches=(Branch("a", 1.0, {}), Branch("b", 1.0, {})),
                   lengthens=both)  # fmt: skip
    discharge = Event("discharge", When(care="ward"), LogNormal(0.2, 0.7), {"care": "home"})
    pathway = Pathway("ward", (Domain("care", ("ward", "home")),), (discharge, review), {"care": "ward"})

    def survival(t: Floats) -> Floats:
        return np.asarray(law.sf(np.where(t < at, t, at + np.clip(t - at - d, 0, None) / s)))

    times = simulate(pathway, people, 50.0, histories=True).times("discharge")
    assert follows(times, survival, catches=0.02)
    assert not follows(times, lambda t: law.sf(np.where(t < at, t, at + (t - at) / s)))  # no pause
    assert not follows(times, lambda t: law.sf(np.where(t < at, t, at + np.clip(t - at - d, 0, None))))  # not slower
