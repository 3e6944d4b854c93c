"""What a run collects, against formulae: first times, n-th events, bands, bins, delivery, exposure, weights."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from models.contract import (
    Branch,
    Characteristic,
    Component,
    Domain,
    Event,
    Exponential,
    FixedTime,
    Gamma,
    Group,
    LogNormal,
    Numeric,
    Pathway,
    StayBand,
    Strategy,
    Weibull,
    When,
)
from simulate.engine.lower.collect import Collect
from tests.oracle.agreement import agrees, mean_agrees
from tests.oracle.small import USUAL, on, one_way, recurrent, simulate

FORCES = (0.3, 0.1)  # costs, effects; large, so that a discount forgotten is seen
ALL_FORCES = (0.0, *FORCES)
WARD = When(care=("informal", "detained"))


def lived(rate: float, force: float, start: float, end: float) -> float:
    """Discounted years alive from `start` to `end` at a constant hazard."""
    return float((np.exp(-(rate + force) * start) - np.exp(-(rate + force) * end)) / (rate + force))


# --- ever, first, n-th ----------------------------------------------------------------------------


def test_ever_and_restricted_time_to_first() -> None:
    people, rates, horizon = 100_000, (0.7, 0.4), 1.5
    pathway = Pathway(
        "two",
        (Domain("care", ("home",)),),
        (
            Event("visit", When(), Exponential(rates[0])),
            Event("call", When(), Exponential(rates[1]), branches=(Branch("long", 1.0, {}), Branch("short", 3.0, {}))),
        ),
        {"care": "home"},
        groups=(Group("contact", ("visit", "call.long")),),
    )
    run = simulate(pathway, people, horizon)
    for tracker, rate in (("visit", 0.7), ("call", 0.4), ("contact", 0.8)):
        assert mean_agrees(run.ever(tracker), -np.expm1(-rate * horizon), family=6, catches=0.032)
        assert mean_agrees(run.first(tracker), -np.expm1(-rate * horizon) / rate, family=6, catches=0.018)
    assert not mean_agrees(run.first("contact"), -np.expm1(-1.1 * horizon) / 1.1)  # the whole event, not its branch
    assert not mean_agrees(run.ever("contact"), np.mean(run.ever("visit")) + 0.1)


@pytest.mark.parametrize("rate", [0, 1, 2])
def test_the_nth_event_and_counts_with_a_cap(rate: int) -> None:
    """Of a Poisson process: P(T_n < H) discounted is (r / (r + f))^n P(gamma(n, r + f) < H)."""
    people, r, horizon, f = 100_000, 1.3, 2.0, ALL_FORCES[rate]
    run = simulate(recurrent(Exponential(r)), people, horizon, forces=FORCES, collect=Collect(nth={"visit": 4}))
    rows = run.statistics.nth[0, 0, :, rate][:, run.statistics.nth_indices("visit", 1, 4)]
    truth = [(r / (r + f)) ** n * stats.gamma(n, scale=1 / (r + f)).cdf(horizon) for n in (1, 2, 3, 4)]
    assert mean_agrees(rows, truth, family=7, catches=0.049)
    assert not mean_agrees(rows, [*truth[1:], truth[-1]])  # negative control: counted one late
    assert mean_agrees(rows.sum(axis=1), sum(truth), family=7, catches=0.016)  # at most four of them
    every = r * lived(0.0, f, 0.0, horizon) if f else r * horizon
    assert mean_agrees(run.count("visit", rate=rate), every, family=7, catches=0.019)
    assert not mean_agrees(rows.sum(axis=1), every)
    if rate == 0:
        assert np.array_equal(rows.sum(axis=1), np.minimum(run.count("visit"), 4))
        assert np.array_equal(rows[:, 0], run.ever("visit"))


def test_the_nth_of_a_group_counts_either_member() -> None:
    people, horizon = 100_000, 2.0
    pathway = Pathway(
        "two",
        (Domain("care", ("home",)),),
        (Event("a", When(), Exponential(0.5)), Event("b", When(), Exponential(0.8))),
        {"care": "home"},
        groups=(Group("either", ("a", "b")),),
    )
    run = simulate(pathway, people, horizon, collect=Collect(nth={"either": 2, "b": 1}))
    columns = [*run.statistics.nth_indices("either", 1, 2), *run.statistics.nth_indices("b", 1, 1)]
    law = stats.poisson(1.3 * horizon)
    seen = run.statistics.nth[0, 0, :, 0][:, columns]
    assert mean_agrees(seen, [law.sf(0), law.sf(1), -np.expm1(-1.6)], catches=0.017)
    assert not mean_agrees(seen, [law.sf(0), law.sf(1), law.sf(0)])


# --- bands of stays -------------------------------------------------------------------------------


def ward(conversion: float) -> Pathway:
    """Home, then a ward stay of gamma length through informal and detained, whose clock does not restart."""
    return Pathway(
        "ward",
        (Domain("care", ("home", "informal", "detained")),),
        (
            Event("admission", When(care="home"), Exponential(1.2), {"care": "informal"}),
            Event("conversion", When(care="informal"), Exponential(conversion), {"care": "detained"}),
            Event("discharge", WARD, Gamma(2.0, 0.15), {"care": "home"}),
        ),
        {"care": "home"},
    )


def test_bands_of_a_single_stay_discounted() -> None:
    """From entry: time in the band [a, b) is the integral of exp(-f u) S(u) from a to b."""
    people, law, edges = 150_000, stats.gamma(2.0, scale=0.15), (0.0, 0.1, 0.4, 30.0)
    pathway = replace(ward(2.0), start={"care": "informal"}, events=ward(2.0).events[1:])
    bands = (StayBand(WARD, 0.0, 0.1), StayBand(WARD, 0.1, 0.4), StayBand(WARD, 0.4))
    run = simulate(pathway, people, 30.0, forces=FORCES, collect=Collect(bands=bands))
    for rate, f in enumerate(ALL_FORCES):
        truth = []
        for a, b in pairwise(edges):
            u = np.linspace(a, min(b, 6.0), 4001)
            truth.append(np.trapezoid(np.exp(-f * u) * law.sf(u), u))
        seen = run.statistics.bands[0, 0, :, rate]
        assert mean_agrees(seen, truth, family=9, catches=0.06)
        assert not mean_agrees(seen, np.roll(truth, 1))
        total = run.time(rate=rate, care="informal") + run.time(rate=rate, care="detained")
        np.testing.assert_allclose(seen.sum(axis=1), total, rtol=1e-9)


def test_bands_of_stay_after_stay() -> None:
    """Each stay begins anew, a conversion does not begin one: three stays on average, whatever their length."""
    people, law = 60_000, stats.gamma(2.0, scale=0.15)
    leave = Event("leave", When(care="home"), Exponential(0.4), {"life": "left"})
    pathway = replace(
        ward(3.0),
        domains=(Domain("life", ("in", "left"), absorbing=("left",)), *ward(3.0).domains),
        events=(*ward(3.0).events, leave),
        start={"life": "in", "care": "home"},
    )
    bands = (StayBand(WARD, 0.0, 0.2), StayBand(WARD, 0.2), StayBand(When(care="detained"), 0.0, 0.1))
    run = simulate(pathway, people, 80.0, collect=Collect(bands=bands))
    rows = run.statistics.bands[0, 0, :, 0]  # detained is cut at 0.1 too: four rows
    u = np.linspace(0.0, 6.0, 6001)
    short = np.trapezoid(law.sf(u[u <= 0.2]), u[u <= 0.2])
    assert (run.count("leave") == 1).all() and mean_agrees(run.count("discharge"), 1.2 / 0.4, family=3, catches=0.043)
    assert mean_agrees(rows[:, :2], 1.2 / 0.4 * np.array([short, law.mean() - short]), family=3, catches=0.052)
    assert not mean_agrees(rows[:, :2], 1.2 / 0.4 * np.array([law.mean() - short, short]))
    assert run.statistics.band_rows[2][0] == {"care": ["detained"]}
    np.testing.assert_allclose(rows[:, 2] + rows[:, 3], run.time(care="detained"), rtol=1e-9, atol=1e-12)
    assert (rows[:, 2] <= 0.1 * run.count("conversion") + 1e-9).all() and rows[:, 3].sum() > 0


# --- bins -----------------------------------------------------------------------------------------


def test_years_and_ages_add_up_to_the_totals() -> None:
    """Whatever the model: bins partition time and events, at every rate."""
    pathway = replace(
        ward(3.0),
        characteristics=(Characteristic("age", Numeric("normal", 41.0, 9.0, low=18.0)),),
        frailties=(),
        events=(*ward(3.0).events, Event("fall", WARD, Weibull(0.8, 1.0), clock="gap")),
    )
    collect = Collect(years=True, ages=(0.0, 30.0, 40.5, 41.0, 60.0))
    effect = Strategy("new", "New", (Component("part", "", (on("admission", "hazard", 0.5, 0.7, 2.2),)),))
    run = simulate(pathway, 3_000, 4.3, (USUAL, effect), forces=FORCES, collect=collect)
    s = run.statistics
    for bins, sums in ((s.year_time, s.time), (s.age_time, s.time), (s.year_count, s.count), (s.age_count, s.count)):
        assert bins.shape[2] == 5
        np.testing.assert_allclose(bins.sum(axis=2), sums.sum(axis=2), rtol=1e-11)
        assert (bins >= 0).all() and (bins.sum(axis=(1, 3, 4)) > 0).all()


def test_yearly_bins_of_a_survival() -> None:
    """The integral of exp(-f t) S(t) over each year, and r times it; bins tell nobody apart, so errors are bounds."""
    people, rate, horizon = 100_000, 0.35, 3.4
    run = simulate(one_way(Exponential(rate)), people, horizon, forces=FORCES, collect=Collect(years=True))
    s = run.statistics
    edges = np.array([0.0, 1.0, 2.0, 3.0, horizon])
    truth = np.array([[lived(rate, f, a, b) for f in ALL_FORCES] for a, b in pairwise(edges.tolist())])
    error = np.broadcast_to(0.5 * np.diff(edges)[:, None] / people**0.5, truth.shape)
    time = s.year_time[0, 0, :, :, s.states.index({"life": "alive"})] / people
    count = s.year_count[0, 0, :, :, 0] / people
    assert agrees(time, truth, error, family=24, catches=0.11)
    assert agrees(count, rate * truth, np.sqrt(rate * truth / people), family=24, catches=0.25)
    assert not agrees(time, truth[:, ::-1], error)  # negative controls: rates exchanged, years late
    assert not agrees(count, rate * np.roll(truth, 1, axis=0), np.sqrt(rate * truth / people))


def test_age_bands_of_people_of_one_age() -> None:
    """From 39.25 on: the band that begins at 40 is lived from 0.75 years, the one at 41.5 from 2.25."""
    people, rate, horizon = 100_000, 0.35, 3.0
    run = simulate(one_way(Exponential(rate), age=39.25), people, horizon, collect=Collect(ages=(40.0, 41.5, 60.0)))
    time = run.statistics.age_time[0, 0, :, 0, run.statistics.states.index({"life": "alive"})] / people
    count = run.statistics.age_count[0, 0, :, 0, 0] / people
    truth = np.array([lived(rate, 0.0, 0.75, 2.25), lived(rate, 0.0, 2.25, 3.0)])
    error = 0.5 * np.array([1.5, 0.75]) / people**0.5
    assert agrees(time[:2], truth, error, family=4, catches=0.04) and time[2] == count[2] == 0
    assert agrees(count[:2], rate * truth, np.sqrt(rate * truth / people), family=4, catches=0.1)
    assert not agrees(time[:2], truth[::-1], error) and not agrees(count[:2], rate * truth[::-1], error)


# --- delivery -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "end"), [(0.0, None), (0.4, 1.7), (1.0, 9.0)])
def test_delivery_and_exposure(start: float, end: float | None) -> None:
    """Delivered to those alive at the start who took it up; exposure while alive, until the end or the horizon."""
    people, rate, horizon, u = 100_000, 0.5, 2.5, 0.6
    part = Component("part", "", (), uptake=u, start=start, end=end)
    run = simulate(one_way(Exponential(rate)), people, horizon, (USUAL, Strategy("new", "", (part,))), forces=FORCES)
    last = horizon if end is None else min(end, horizon)
    for i, f in enumerate(ALL_FORCES):
        given = run.statistics.delivered[0, 1, :, i, 0]
        under = run.statistics.exposure[0, 1, :, i, 0]
        assert mean_agrees(given, u * np.exp(-(rate + f) * start), family=6, catches=0.038)
        assert mean_agrees(under, u * lived(rate, f, start, last), family=6, catches=0.045)
        assert not mean_agrees(under, lived(rate, f, start, last))  # negative controls: all take it up, to the horizon
        assert last == horizon or not mean_agrees(under, u * lived(rate, f, start, horizon))
        assert (run.statistics.delivered[0, 0] == 0).all() and (run.statistics.exposure[0, 0] == 0).all()


def test_a_component_that_starts_after_the_horizon_is_never_delivered() -> None:
    part = Component("part", "", (), start=2.5)
    run = simulate(one_way(Exponential(0.5)), 100, 2.5, (Strategy("new", "", (part,)),))
    assert (run.statistics.delivered == 0).all() and (run.statistics.exposure == 0).all()


# --- discounting ----------------------------------------------------------------------------------


def test_an_annual_rate_is_effective_and_a_continuous_one_a_force() -> None:
    """An event at 2 years is worth 1.05^-2 or exp(-0.1); the years until then, the integral of that."""
    end = one_way(FixedTime(2.0))
    for annual, forces in ((True, (np.log(1.05), np.log(1.02))), (False, (0.05, 0.02))):
        run = simulate(end, 3, 5.0, forces=(0.05, 0.02), annual=annual)
        for rate, force in enumerate(forces, 1):
            np.testing.assert_allclose(run.count("end", rate=rate), np.exp(-2 * force), rtol=1e-12)
            np.testing.assert_allclose(run.time(rate=rate, life="alive"), -np.expm1(-2 * force) / force, rtol=1e-12)
            whole = -np.expm1(-5 * force) / force
            np.testing.assert_allclose(run.time(rate=rate), whole, rtol=1e-12)


def test_states_partition_the_horizon() -> None:
    """Years in all states together are the horizon, person by person."""
    discharge = Event("discharge", WARD, LogNormal(0.1, 1.0), {"care": "home"})
    pathway = replace(ward(3.0), events=(*ward(3.0).events[:2], discharge))
    np.testing.assert_allclose(simulate(pathway, 2_000, 3.7).time(), 3.7, rtol=1e-12)
