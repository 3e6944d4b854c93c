"""Moments that coincide, told exactly by fixed times: the horizon, entry, ties, windows and bins."""

from __future__ import annotations

import numpy as np
import pytest

from models.contract import Branch, Component, Domain, Effect, Event, FixedTime, Pathway, StayBand, Strategy, When
from simulate.engine.check.twin import compare
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.quantities import make_lookup
from tests.oracle.small import USUAL, of_age, one_way, recurrent, simulate

N = 20


def test_an_event_at_the_horizon_is_not_counted() -> None:
    assert simulate(one_way(FixedTime(1.0)), N, 1.0).count("end").sum() == 0
    assert simulate(one_way(FixedTime(1.0)), N, 1.0 + 1e-9).count("end").sum() == N


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


# --- rounding settles nothing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a_year", "years"), [(1, 10), (12, 1), (12, 10), (12, 7), (52, 3), (10, 3), (3, 100), (365, 20), (8766, 2)]
)
@pytest.mark.parametrize("clock", ["gap", "again", "restart"])
def test_what_would_come_at_the_horizon_does_not_however_its_times_are_added(
    a_year: int, years: int, clock: str
) -> None:
    """Twelve visits a year: eleven in a year, 119 in ten, though 1/12 + 1/12 + ... is more or less than 10."""
    visit = FixedTime(1 / a_year)
    again = Event("visit", When(place="here"), visit, {"place": "here"}, restart=True)
    restarting = Pathway("again", (Domain("place", ("here",)),), (again,), {"place": "here"})
    pathway = {"gap": recurrent(visit, "gap"), "again": there_and_back(visit), "restart": restarting}[clock]
    counted = simulate(pathway, 3, float(years)).statistics.count[0, 0, :, 0].sum(axis=-1)
    assert (counted == a_year * years - 1).all()


def there_and_back(step: FixedTime) -> Pathway:
    """From one state to the other and back, a step each."""
    events = (
        Event("go", When(place="here"), step, {"place": "there"}),
        Event("back", When(place="there"), step, {"place": "here"}),
    )
    return Pathway("steps", (Domain("place", ("here", "there")),), events, {"place": "here"})


@pytest.mark.parametrize(("first", "second", "winner"), [(0, 0, "a"), (1, 0, "b"), (-1, 0, "a"), (0, -1, "b")])
@pytest.mark.parametrize("month", [1, 3, 6, 7, 11])
def test_a_tie_is_one_however_its_times_are_added(first: int, second: int, winner: str, month: int) -> None:
    """After so many monthly visits by addition, a and b are due: one of them by a clock of its own since entry."""
    visits = Event("visit", When(state="in"), FixedTime(1 / 12), clock="gap", priority=5)
    last = Event("a_event", When(state="in"), FixedTime(month / 12), {"state": "a"}, clock="start", priority=first)
    pathway = Pathway(
        "tied",
        (Domain("state", ("in", "a", "b"), absorbing=("a", "b")),),
        (visits, last, Event("b_event", When(), FixedTime(1 / 12), {"state": "b"}, clock="gap", priority=second)),
        {"state": "in"},
    )
    if month == 1:
        run = simulate(pathway, N, 1.0)
        assert (run.count(f"{winner}_event") == 1).all() and run.count("visit").sum() == 0
    later = Pathway("later", pathway.domains, (visits, last), {"state": "in"})
    assert (simulate(later, N, 1.0).count("visit") == month - 1).all()  # `last`, of smaller priority, comes first


def test_an_event_at_a_window_or_the_edge_of_a_bin_by_addition_belongs_to_what_begins_there() -> None:
    for steps in (3, 6, 7, 10, 12, 49):
        branches = (Branch("a", 1.0, {}), Branch("b", 1.0, {}))
        visit = Event("visit", When(), FixedTime(1 / steps), branches=branches, clock="gap")
        pathway = Pathway("visits", (Domain("care", ("home",)),), (visit,), {"care": "home"})
        effect = Effect("visit", "odds", 1e12, branch="a", start=1.0)
        certain = Effect("visit", "odds", 1e-12, branch="a", end=1.0)
        strategies = (Strategy("new", "", (Component("part", "", (effect, certain)),)),)
        run = simulate(pathway, 10, 2.0, strategies, collect=Collect(years=True), histories=True)
        assert (run.count("visit.b") == steps - 1).all() and (run.count("visit.a") == steps).all()
        by_year = run.statistics.year_count[0, 0, :, 0].sum(axis=-1)
        assert by_year.tolist() == [10 * (steps - 1), 10 * steps]


def test_the_readable_twin_settles_them_alike() -> None:
    visits = tuple(
        Event(f"e{i}", When(), FixedTime(at), clock="gap", priority=i % 2)
        for i, at in enumerate((1 / 12, 1 / 3, 0.25, 1 / 7, 1.0))
    )
    pathway = Pathway("visits", (Domain("care", ("home",)),), visits, {"care": "home"})
    lookup = make_lookup(lambda name: pytest.fail(name), 1)
    zero = np.zeros(1)
    told = compare(pathway, (USUAL,), lookup, 1, horizon=3.0, discount=(zero, zero), people=2, seed=1,
                   collect=Collect(years=True))  # fmt: skip
    assert told == []
