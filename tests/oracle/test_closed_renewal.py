"""Clocks and renewal against formulae: Poisson processes, alternating renewal by numerical convolution, gaps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from models.contract import Domain, Event, Exponential, FixedTime, Gompertz, LogNormal, Pathway, Weibull, When
from models.pathway import Clock
from parameters.arrays import Floats
from simulate.engine.lower.collect import Collect
from tests.oracle.agreement import agrees, follows, mean_agrees, variance_agrees
from tests.oracle.laws import LAWS, Law, Survival, gompertz
from tests.oracle.small import of_age, recurrent, simulate

# --- clocks that run on ---------------------------------------------------------------------------

NHPP = [
    ("start", Weibull(1.7, 0.8), 0.0, lambda t: (t / 0.8) ** 1.7),
    ("sojourn", Weibull(0.6, 0.8), 0.0, lambda t: (t / 0.8) ** 0.6),  # the clock runs on: it stays at risk throughout
    ("start", LogNormal(1.0, 0.9), 0.0, lambda t: -stats.lognorm(0.9).logsf(t)),
    (
        "age",
        Gompertz(0.02, 0.1),
        30.0,
        lambda t: -np.log(gompertz(0.02, 0.1)(30 + t) / gompertz(0.02, 0.1)(np.array(30))),
    ),
]


@pytest.mark.parametrize(("clock", "hazard", "age", "cumulative"), NHPP)
def test_clocks_that_run_on_make_a_poisson_process(clock, hazard, age, cumulative) -> None:  # type: ignore[no-untyped-def]
    """Counts Poisson with mean H(T), times spread as H(t) / H(T)."""
    people, horizon = 100_000, 2.0
    run = simulate(recurrent(hazard, clock, characteristics=(of_age(age),)), people, horizon, histories=True)
    counts, mean = run.count("visit"), float(cumulative(np.array(horizon)))
    assert mean_agrees(counts, mean, family=3, catches=0.03)
    assert variance_agrees(counts, mean, family=3, catches=0.051)
    times = run.times("visit")
    assert follows(times, lambda t: 1 - cumulative(t) / mean, family=3, catches=0.017)
    assert not follows(times, lambda t: 1 - t / horizon)  # negative control: a constant rate


# --- renewal --------------------------------------------------------------------------------------


STEPS = 1_500


def renewal(up: Survival, down: Survival | None, horizon: float) -> tuple[Floats, Floats]:
    """P(up at t) and the mean number of falls by t on a grid, by numerical convolution (error of order step squared).

    With C the distribution of a cycle (up and down; without `down`, up alone) and * the Stieltjes
    convolution: P = S_up + C * P and M = F_up + C * M.
    """
    t = np.linspace(0.0, horizon, STEPS + 1)
    p, falls, cycle = up(t), 1 - up(t), 1 - up(t)
    if down is not None:
        cycle[1:] = np.convolve(np.diff(falls), 1 - down((t[1:] + t[:-1]) / 2))[:STEPS]
    mass = np.diff(cycle)
    for x in (p, falls):
        for i in range(1, STEPS + 1):
            middle = (x[:i] + np.append(x[1:i], 0.0)) / 2  # the value sought is in the last, and taken to the left
            x[i] = (x[i] + mass[:i] @ middle[::-1]) / (1 - mass[0] / 2)
    return p, falls


def test_the_convolution_itself() -> None:
    """Exponential both ways: P(up at t) = (b + a exp(-(a + b) t)) / (a + b)."""
    a, b = 1.3, 2.9
    p, falls = renewal(lambda t: np.asarray(np.exp(-a * t)), lambda t: np.asarray(np.exp(-b * t)), 2.0)
    t = np.linspace(0.0, 2.0, len(p))
    assert p == pytest.approx((b + a * np.exp(-(a + b) * t)) / (a + b), abs=1e-5)
    assert falls[-1] == pytest.approx(a * np.trapezoid(p, t), rel=1e-5)


UP_AND_DOWN = [("weibull rising", "log-normal"), ("gamma", "weibull falling"), ("log-logistic", "piecewise")]


@pytest.mark.parametrize(("up", "down"), UP_AND_DOWN)
def test_alternating_renewal(up: str, down: str) -> None:
    """Sojourn clocks start afresh at each entry: share up at any time, falls, and time up, discounted."""
    laws: dict[str, Law] = {x.name: x for x in LAWS}
    people, horizon, force = 150_000, 3.0, 0.2
    p, falls = renewal(laws[up].survival, laws[down].survival, horizon)
    grid = (0.6, 1.2, 2.1, 3.0)
    pathway = Pathway(
        "alternating",
        (Domain("gate", ("up", "down")),),
        (
            Event("fall", When(gate="up"), laws[up].hazard, {"gate": "down"}),
            Event("rise", When(gate="down"), laws[down].hazard, {"gate": "up"}),
        ),
        {"gate": "up"},
    )
    run = simulate(pathway, people, horizon, grid=grid, forces=(force, 0.0))
    expected = p[[round(g / horizon * STEPS) for g in grid]]
    seen = run.statistics.occupancy[0, 0, :, run.statistics.states.index({"gate": "up"})] / people
    error = np.sqrt(expected * (1 - expected) / people)
    assert agrees(seen, expected, error, family=7, catches=0.03)
    assert not agrees(seen, expected[::-1], error)
    assert mean_agrees(run.count("fall"), falls[-1], family=7, catches=0.015)
    t = np.linspace(0.0, horizon, STEPS + 1)
    assert mean_agrees(run.time(gate="up"), np.trapezoid(p, t), family=7, catches=0.011)
    assert mean_agrees(run.time(gate="up", rate=1), np.trapezoid(p * np.exp(-force * t), t), family=7, catches=0.0091)
    assert not mean_agrees(run.time(gate="up", rate=1), np.trapezoid(p, t))
    flat = np.exp(-t / np.trapezoid(laws[up].survival(np.linspace(0, 200, 200_001)), dx=1e-3))
    wrong, _ = renewal(lambda x: np.interp(x, t, flat), laws[down].survival, horizon)  # only the mean stay is right
    assert not agrees(seen, wrong[[round(g / horizon * STEPS) for g in grid]], error)


@pytest.mark.parametrize("name", ["weibull rising", "log-normal", "gamma"])
def test_a_gap_clock_makes_a_renewal_process(name: str) -> None:
    """Mean count M = F + F * M."""
    law = next(x for x in LAWS if x.name == name)
    people, horizon = 150_000, 3.0
    run = simulate(recurrent(law.hazard, "gap"), people, horizon)
    _, visits = renewal(law.survival, None, horizon)
    assert mean_agrees(run.count("visit"), visits[-1], catches=0.014)
    used = -np.log(law.survival(np.array([horizon])))[0]
    assert not mean_agrees(run.count("visit"), used)  # negative control: a clock that is never reset


def test_a_gap_clock_runs_on_while_not_at_risk() -> None:
    """Away for 0.3 years after each visit: the next comes at the conditional law given 0.3 years."""
    people, away, law = 60_000, 0.3, stats.weibull_min(1.8, scale=1.1)
    pathway = Pathway(
        "away",
        (Domain("place", ("here", "there")),),
        (
            Event("visit", When(place="here"), Weibull(1.8, 1.1), {"place": "there"}, clock="gap"),
            Event("return_home", When(place="there"), FixedTime(away), {"place": "here"}),
        ),
        {"place": "here"},
    )
    run = simulate(pathway, people, 12.0, histories=True, collect=Collect(nth={"visit": 2}))
    visits = run.events("visit")
    first = np.unique(visits[:, 1], return_index=True)[1]
    gaps = visits[first + 1, 3] - visits[first, 3]
    assert len(gaps) == people and (visits[first + 1, 1] == visits[first, 1]).all()
    assert follows(gaps - away, lambda t: law.sf(away + t) / law.sf(away), catches=0.02)
    assert not follows(gaps - away, law.sf)  # negative control: a clock reset on the way back


@pytest.mark.parametrize("clock", ["sojourn", "gap", "start"])
def test_a_constant_rate_is_one_however_often_it_is_interrupted(clock: Clock) -> None:
    """Visits while a gate is open: on average the rate times the years of it, on any clock."""
    people, rate, on, off, horizon = 60_000, 1.5, 2.5, 4.0, 3.0
    pathway = Pathway(
        "gated_visits",
        (Domain("gate", ("open", "shut")),),
        (
            Event("shut", When(gate="open"), Exponential(on), {"gate": "shut"}),
            Event("open", When(gate="shut"), Weibull(1.5, 1 / off), {"gate": "open"}),
            Event("visit", When(gate="open"), Exponential(rate), clock=clock),
        ),
        {"gate": "open"},
    )
    run = simulate(pathway, people, horizon)
    law = stats.weibull_min(1.5, scale=1 / off)
    p, _ = renewal(lambda t: np.asarray(np.exp(-on * t)), lambda t: np.asarray(law.sf(t)), horizon)
    years = np.trapezoid(p, np.linspace(0.0, horizon, STEPS + 1))
    assert mean_agrees(run.time(gate="open"), years, family=2, catches=0.02)
    assert mean_agrees(run.count("visit"), rate * years, family=2, catches=0.03)
    assert not mean_agrees(run.count("visit"), rate * horizon) and not mean_agrees(
        run.count("visit"), 0.93 * rate * years
    )


@pytest.mark.parametrize("clock", ["start", "gap"])
def test_a_clock_from_entry_does_not_restart(clock: Clock) -> None:
    """Weibull at risk half the time: hazard is used only while at risk, at the age since entry (or the last event)."""
    people, shape, scale, on, off = 150_000, 2.0, 3.0, 1.0, 1.0
    pathway = Pathway(
        "gated",
        (Domain("life", ("alive", "dead"), absorbing=("dead",)), Domain("gate", ("open", "shut"))),
        (
            Event("shut", When(gate="open"), Exponential(on), {"gate": "shut"}),
            Event("open", When(gate="shut"), Exponential(off), {"gate": "open"}),
            Event("end", When(gate="open"), Weibull(shape, scale), {"life": "dead"}, clock=clock),
        ),
        {"life": "alive", "gate": "open"},
    )
    run = simulate(pathway, people, 2.0)

    def forward(t: float, alive: Floats) -> Floats:
        leaves = shape / scale * (t / scale) ** (shape - 1) * alive[0] + on * alive[0] - off * alive[1]
        return np.array([-leaves, on * alive[0] - off * alive[1]])

    alive = integrate.solve_ivp(forward, (0.0, 2.0), [1.0, 0.0], rtol=1e-8).y[:, -1]
    assert mean_agrees(run.ever("end"), 1 - alive.sum(), catches=0.044)
    assert not mean_agrees(run.ever("end"), stats.weibull_min(shape, scale=scale).cdf(2.0))  # at risk throughout
