"""A branch that leads back to its own state: its clock runs on, or starts again, whichever the pathway says."""

from __future__ import annotations

import numpy as np
import pytest

from models.contract import (
    Branch,
    DecisionProblem,
    Domain,
    Event,
    Exponential,
    FixedTime,
    Gamma,
    LogNormal,
    ModelError,
    Pathway,
    Setting,
    Strategy,
    Weibull,
    When,
)
from models.hazards import Hazard
from models.pathway import Clock
from simulate.ask.case import load
from simulate.engine.check.twin import compare
from simulate.engine.lower.quantities import make_lookup
from simulate.present.english.natural_history import clocks_after
from tests.oracle.agreement import agrees
from tests.oracle.small import USUAL, simulate

SICK = When(health="sick")
STAY = 0.7


def yearly(restart: bool, *more: Event, cycle: float = 1.0) -> Pathway:
    """Sick people meet a cycle's end: most are sick still, the others are well for good."""
    ends = (Branch("still", STAY, {"health": "sick"}, restart), Branch("well", 1 - STAY, {"health": "well"}))
    health = Domain("health", ("sick", "well", "dead"), absorbing=("dead",))
    work = Domain("work", ("none", "job"))
    cycles = Event("cycle", SICK, FixedTime(cycle), branches=ends)
    return Pathway("yearly", (health, work), (cycles, *more), {"health": "sick", "work": "none"})


@pytest.mark.parametrize(("cycle", "cycles"), [(1.0, 20), (1 / 12, 120), (1 / 52, 100), (1 / 365, 100)])
def test_a_chain_of_cycles_with_restart(cycle: float, cycles: int) -> None:
    """Mean time sick is a geometric sum; without it the cycle comes once and most are sick to the end."""
    horizon = cycle * (cycles + 0.5)
    run = simulate(yearly(True, cycle=cycle), 20_000, horizon)
    time = run.time(health="sick") / cycle
    exact = sum(STAY**k for k in range(cycles)) + 0.5 * STAY**cycles
    assert agrees([time.mean()], exact, [time.std() / len(time) ** 0.5], catches=0.1)
    once = simulate(yearly(False, cycle=cycle), 2_000, horizon)
    assert (once.count("cycle.still") + once.count("cycle.well") == 1).all()
    assert once.time(health="sick").mean() / cycle > 4 * exact


@pytest.mark.parametrize("law", [Weibull(1.7, 0.8), LogNormal(0.7, 0.6), Gamma(2.0, 0.4), Exponential(1.5)])
def test_restart_is_a_clock_of_its_own_last_occurrence(law: Hazard) -> None:
    """Of an event alone in its state: to the last bit; a hazard without memory is what it was."""

    def visits(clock: Clock, restart: bool) -> Pathway:
        visit = Event("visit", SICK, law, {"health": "sick"}, clock=clock, restart=restart)
        return Pathway("visits", (Domain("health", ("sick",)),), (visit,), {"health": "sick"})

    pathways = visits("sojourn", True), visits("gap", False), visits("sojourn", False)
    mine, gap, on = (simulate(pathway, 300, 6.0, histories=True, seed=9) for pathway in pathways)
    assert np.array_equal(mine.rows, gap.rows)
    assert np.array_equal(mine.rows, on.rows) == isinstance(law, Exponential)


def test_it_starts_the_clocks_of_its_own_domains_alone() -> None:
    """Death of the sick starts again each year and so never comes; a job, and death by its own gap, come as ever."""
    slow = FixedTime(1.5)
    death, job = Event("death", SICK, slow, {"health": "dead"}), Event("job", When(work="none"), slow, {"work": "job"})
    check = Event("check", SICK, slow, clock="gap")
    run = simulate(yearly(True, death, job, check), 2_000, 4.2)
    assert not run.count("death").any() and run.count("job").all()
    assert (run.count("check")[run.count("cycle.still") >= 3] == 2).all()
    kept = simulate(yearly(False, death, job, check), 2_000, 4.2)
    assert kept.count("death").mean() == pytest.approx(STAY, abs=0.05)
    assert kept.count("job")[kept.count("death") == 0].all()


def test_the_readable_twin_restarts_alike() -> None:
    more = (
        Event("death", SICK, Weibull(2.0, 3.0), {"health": "dead"}),
        Event("worse", SICK, LogNormal(0.5, 0.8), {"health": "sick"}, restart=True),
        Event("job", When(work="none"), Gamma(2.0, 1.0), {"work": "job"}),
        Event("back", When(health="well"), Weibull(0.8, 1.0), {"health": "sick"}),
    )
    lookup, zero = make_lookup(lambda name: np.zeros(1), 1), np.zeros(1)
    strategies: tuple[Strategy, ...] = (USUAL,)
    for restart in (True, False):
        told = compare(
            yearly(restart, *more), strategies, lookup, 1, horizon=6.0, discount=(zero, zero), people=60, seed=2
        )
        assert told == []


def test_what_cannot_be_restarted_is_refused() -> None:
    with pytest.raises(ModelError, match=r"Branch again.restart: becomes names no level"):
        Branch("again", 1.0, {}, restart=True)
    with pytest.raises(ModelError, match=r"Event visit.restart: becomes names no level"):
        Event("visit", SICK, FixedTime(1.0), restart=True)
    with pytest.raises(ModelError, match=r"Event visit: give restart or branches, not both"):
        Event("visit", SICK, FixedTime(1.0), branches=(Branch("a", 1.0, {"health": "sick"}),), restart=True)
    with pytest.raises(ModelError, match=r"Branch a.restart: 'yes'"):
        Branch("a", 1.0, {"health": "sick"}, restart="yes")  # type: ignore[arg-type]


def test_the_model_in_english_says_which_it_is() -> None:
    back = {restart: Branch("still", 1.0, {"health": "sick"}, restart) for restart in (True, False)}
    laws: tuple[Hazard, Hazard] = FixedTime(1.0), Exponential(1.0)
    fixed, plain = (Event("cycle", SICK, law, branches=(back[True],)) for law in laws)
    assert clocks_after(fixed, back[True]) == ["Clocks that count time in this state start again."]
    assert "runs on" in clocks_after(fixed, back[False])[0]
    assert clocks_after(plain, back[False]) == clocks_after(fixed, Branch("well", 1.0, {"health": "well"})) == []


def test_a_cycle_that_comes_once_is_told_of_when_it_is_loaded() -> None:
    """Where it leads back by name; what changes no state (a review after a month of a stay) comes once on purpose."""

    def problem(pathway: Pathway) -> DecisionProblem:
        two = (USUAL, Strategy("other", "Other"))
        return DecisionProblem("own", "Own", pathway, two, (Setting("base", "Base", horizon=5.0),))

    with pytest.warns(UserWarning, match="Event cycle: branch still leads back .* once in a spell; restart=True"):
        load(problem(yearly(False)))
    load(problem(yearly(True)))
    load(problem(Pathway("p", (Domain("health", ("sick",)),), (Event("a", SICK, FixedTime(1.0)),), {"health": "sick"})))
    load(problem(Pathway("p", (Domain("health", ("sick",)),), (Event("a", SICK, FixedTime(1.0), {"health": "sick"},
                 clock="gap"),), {"health": "sick"})))  # fmt: skip
