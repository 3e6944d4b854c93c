"""Moments that coincide, told exactly by fixed times: the horizon, entry, ties, windows and bins."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.contract import Branch, Component, Domain, Effect, Event, FixedTime, Pathway, StayBand, Strategy, When
from simulate.engine.lower.collect import Collect
from tests.oracle.small import USUAL, of_age, one_way, recurrent, simulate

N = 20


def test_an_event_at_the_horizon_is_not_counted() -> None:
    assert simulate(one_way(FixedTime(1.0)), N, 1.0).count("end").sum() == 0
    assert simulate(one_way(FixedTime(1.0)), N, math.nextafter(1.0, 2.0)).count("end").sum() == N


def test_a_fixed_time_on_a_gap_clock_comes_again_and_again() -> None:
    run = simulate(recurrent(FixedTime(0.25), "gap"), N, 1.0, histories=True)
    assert set(run.times("visit").tolist()) == {0.25, 0.5, 0.75} and (run.count("visit") == 3).all()
    for clock in ("sojourn", "start"):
        assert (simulate(recurrent(FixedTime(0.25), clock), N, 1.0).count("visit") == 1).all()


def test_a_fixed_time_on_the_age_clock_is_a_birthday() -> None:
    pathway = recurrent(FixedTime(50.0), "age", characteristics=(of_age(48.75),))
    assert set(simulate(pathway, N, 5.0, histories=True).times("visit").tolist()) == {1.25}
    assert simulate(pathway, N, 1.25).count("visit").sum() == 0
    older = recurrent(FixedTime(50.0), "age", characteristics=(of_age(50.5),))
    assert simulate(older, N, 5.0).count("visit").sum() == 0  # past is past


def test_a_fixed_event_at_entry_comes_first() -> None:
    """Nobody spends any time in the start state, and what starts at entry is delivered to those still alive only."""
    run = simulate(one_way(FixedTime(0.0)), N, 2.0, (Strategy("new", "", (Component("part", ""),)),))
    assert (run.time(life="alive") == 0.0).all() and (run.time(life="dead") == 2.0).all()
    assert (run.first("end") == 0.0).all() and (run.statistics.exposure == 0).all()


def tied(first: int, second: int) -> Pathway:
    """Two absorbing events at the same moment, with these priorities."""
    return Pathway(
        "tied",
        (Domain("state", ("in", "a", "b"), absorbing=("a", "b")),),
        (
            Event("b_event", When(), FixedTime(0.5), {"state": "b"}, priority=second),
            Event("a_event", When(), FixedTime(0.5), {"state": "a"}, priority=first),
        ),
        {"state": "in"},
    )


@pytest.mark.parametrize(("first", "second", "winner"), [(0, 0, "a"), (1, 0, "b"), (-1, 0, "a"), (0, -1, "b")])
def test_ties_go_by_priority_and_then_by_name(first: int, second: int, winner: str) -> None:
    run = simulate(tied(first, second), N, 1.0)
    loser = "b" if winner == "a" else "a"
    assert (run.count(f"{winner}_event") == 1).all() and (run.count(f"{loser}_event") == 0).all()
    assert (run.time(state=winner) == 0.5).all()


def test_an_event_at_the_start_of_a_window_belongs_to_it_and_one_at_its_end_does_not() -> None:
    """Odds of a thousand million to one tell which weights held; a hazard that is gone tells which segment."""
    branches = (Branch("a", 1.0, {}), Branch("b", 1.0, {}))

    def share(start: float, end: float) -> float:
        choose = Event("choose", When(), FixedTime(0.5), branches=branches)
        pathway = Pathway("choice", (Domain("care", ("home",)),), (choose,), {"care": "home"})
        effect = Effect("choose", "odds", 1e9, branch="a", start=start, end=end)
        run = simulate(pathway, 200, 1.0, (Strategy("new", "", (Component("part", "", (effect,)),)),))
        return float(run.count("choose.a").mean())

    assert share(0.5, 0.75) == 1.0 and share(0.25, 0.75) == 1.0
    assert 0.3 < share(0.25, 0.5) < 0.7 and 0.3 < share(0.6, 0.75) < 0.7


def test_bins_and_bands_begin_at_their_edge() -> None:
    """An event at exactly 1 year is in the second year, and one at exactly the age of 50 in the band from 50."""
    collect = Collect(years=True, ages=(40.0, 50.0), bands=(StayBand(When(life="alive"), 0.0, 1.0),))
    run = simulate(one_way(FixedTime(1.0), age=49.0), N, 3.0, (USUAL,), collect=collect)
    s = run.statistics
    assert s.year_count[0, 0, :, 0, 0].tolist() == [0, N, 0] and s.age_count[0, 0, :, 0, 0].tolist() == [0, N]
    alive = s.states.index({"life": "alive"})
    assert s.year_time[0, 0, :, 0, alive].tolist() == [N, 0, 0] and s.age_time[0, 0, :, 0, alive].tolist() == [N, 0]
    assert s.bands[0, 0, :, 0].sum(axis=0).tolist() == [N, 0]


def test_occupancy_at_the_moment_of_an_event_is_after_it() -> None:
    s = simulate(one_way(FixedTime(1.0)), N, 2.0, grid=(0.0, np.nextafter(1.0, 0), 1.0, 2.0)).statistics
    assert s.occupancy[0, 0, :, s.states.index({"life": "alive"})].tolist() == [N, N, 0, 0]
