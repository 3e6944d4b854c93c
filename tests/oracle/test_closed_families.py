"""Every family's event times: alone, under ratios, windows and waning, and for people already some way in."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from models.contract import Domain, Effect, Event, FixedTime, Pathway, Strategy, Waning, When
from models.pathway import Clock
from parameters.arrays import Floats
from simulate.engine.lower.people import PeopleFile
from tests.oracle.agreement import Verdict, follows
from tests.oracle.laws import LAWS, Law, Segment, Survival, window
from tests.oracle.small import USUAL, changed, on, one_way, recurrent, simulate

PEOPLE, HORIZON = 28_000, 3.0
EACH = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
WITH_SOJOURN = pytest.mark.parametrize("law", [x for x in LAWS if not x.age], ids=lambda law: law.name)


def clock_of(law: Law) -> Clock:
    return "age" if law.age else "sojourn"


def end_times(law: Law, *effects: Effect, clock: Clock | None = None, fidelity: float = 1.0) -> Floats:
    strategy = changed(*effects, fidelity=fidelity) if effects else USUAL
    pathway = one_way(law.hazard, clock or clock_of(law), law.age or None)
    return simulate(pathway, PEOPLE, HORIZON, (strategy,), histories=True).times("end")


def follows_law(times: Floats, survival: Survival, family: int = 1, catches: float | None = None) -> Verdict:
    return follows(times, survival, people=PEOPLE, until=HORIZON, family=family, catches=catches)


# --- alone, and under ratios that hold throughout -------------------------------------------------


ON_CLOCKS = [(law, c) for law in LAWS for c in (("age",) if law.age else ("sojourn", "gap", "start"))]


@pytest.mark.parametrize(("law", "clock"), ON_CLOCKS, ids=lambda x: x if isinstance(x, str) else x.name)
def test_each_family_has_its_distribution(law: Law, clock: Clock) -> None:
    """Until the first event every clock that starts at entry is the same."""
    times = end_times(law, clock=clock)
    assert follows_law(times, law.under(), catches=0.026)
    assert not follows_law(times * 1.08, law.under())  # negative control
    for other in LAWS:
        distance = np.abs(other.under()(np.linspace(0, HORIZON, 100)) - law.under()(np.linspace(0, HORIZON, 100))).max()
        assert distance < 0.03 or not follows_law(times, other.under()), other.name


@EACH
@pytest.mark.parametrize(("ratio", "by"), [("hazard", 0.5), ("time", 1.7)])
def test_ratios_do_what_they_say(law: Law, ratio: str, by: float) -> None:
    """A hazard ratio raises the survival to a power, a time ratio stretches the time since the clock's start."""
    times = end_times(law, on("end", ratio, by))  # type: ignore[arg-type]
    segments = (Segment(0.0, by) if ratio == "hazard" else Segment(0.0, stretch=by),)
    assert follows_law(times, law.under(segments), catches=0.026)
    assert not follows_law(times, law.under())  # negative control: the ratio forgotten
    inverted = (Segment(0.0, 1 / by) if ratio == "hazard" else Segment(0.0, stretch=1 / by),)
    assert not follows_law(times, law.under(inverted))


# --- windows --------------------------------------------------------------------------------------

WINDOWS: dict[str, tuple[tuple[Effect, ...], tuple[Segment, ...]]] = {
    "hazard up": ((on("end", "hazard", 3.0, 0.4, 1.3),), window(0.4, 1.3, ratio=3.0)),
    "hazard down": ((on("end", "hazard", 0.25, 0.0, 0.9),), window(0.0, 0.9, ratio=0.25)),
    "slower": ((on("end", "time", 2.5, 0.35, 1.2),), window(0.35, 1.2, stretch=2.5)),
    "faster": ((on("end", "time", 0.4, 0.5, None),), (Segment(0.5, stretch=0.4),)),
    "both, overlapping": (
        (on("end", "hazard", 2.0, 0.3, 1.0), on("end", "time", 0.6, 0.65, 1.55)),
        (Segment(0.3, 2.0), Segment(0.65, 2.0, 0.6), Segment(1.0, 1.0, 0.6), Segment(1.55)),
    ),
}


@EACH
@pytest.mark.parametrize("name", WINDOWS)
def test_ratios_in_a_window(law: Law, name: str) -> None:
    """Outside the window the clock goes on from the operational age it has reached."""
    effects, segments = WINDOWS[name]
    times = end_times(law, *effects)
    assert follows_law(times, law.under(segments), catches=0.026)
    assert not follows_law(times, law.under())  # negative controls: the window forgotten, or taken for ever
    assert not follows_law(times, law.under((Segment(0.0, segments[0].ratio, segments[0].stretch),)))


@EACH
def test_effects_of_two_components_multiply(law: Law) -> None:
    first = changed(on("end", "hazard", 2.0, 0.2, 1.4), name="first").components[0]
    second = changed(on("end", "hazard", 1.8, 0.9, None), on("end", "time", 0.7), name="second").components[0]
    pathway = one_way(law.hazard, clock_of(law), law.age or None)
    times = simulate(pathway, PEOPLE, HORIZON, (Strategy("both", "", (first, second)),), histories=True).times("end")
    segments = (Segment(0.0, 1.0, 0.7), Segment(0.2, 2.0, 0.7), Segment(0.9, 3.6, 0.7), Segment(1.4, 1.8, 0.7))
    assert follows_law(times, law.under(segments), catches=0.026)
    assert not follows_law(times, law.under((*segments[:2], Segment(0.9, 1.8, 0.7))))  # only the later of the two


def test_a_fixed_time_moves_with_its_clock_and_knows_no_hazard() -> None:
    def fires(*effects: Effect) -> Floats:
        strategy = changed(*effects) if effects else USUAL
        return simulate(one_way(FixedTime(1.0)), 50, HORIZON, (strategy,), histories=True).times("end")

    assert (fires() == 1.0).all() and len(fires()) == 50
    assert (fires(on("end", "hazard", 0.1, 0.2, 0.9)) == 1.0).all()
    assert fires(on("end", "time", 2.0)) == pytest.approx(2.0)
    assert fires(on("end", "time", 2.0, 0.4, 0.8)) == pytest.approx(1.2)  # 0.4 years lasted 0.2 on its clock
    assert fires(on("end", "time", 0.5, 0.4, None)) == pytest.approx(0.7)


# --- waning ---------------------------------------------------------------------------------------


def waned(
    kind: str, ratio: float, over: float, step: float, start: float, end: float, at: str = "middle"
) -> list[tuple[float, float]]:
    """(start, ratio) of each step of a waning effect, the way its definition says it."""
    out, i = [], 0
    while start + i * step < min(end, HORIZON):
        past = (i + {"start": 0.0, "middle": 0.5, "end": 1.0}[at]) * step
        left = 0.5 ** (past / over) if kind == "exponential" else max(0.0, 1 - past / over)
        out.append((start + i * step, ratio**left))
        i += 1
    return [*out, (end, 1.0)] if end < HORIZON else out


@EACH
@pytest.mark.parametrize(("kind", "ratio"), [("exponential", "hazard"), ("linear", "time")])
def test_waning_against_its_step_function(law: Law, kind: str, ratio: str) -> None:
    by, over, step, start, end = 4.0 if ratio == "hazard" else 0.25, 0.9, 0.4, 0.25, 2.2
    effect = on("end", ratio, by, start, end, Waning(kind, over, step))  # type: ignore[arg-type]
    times = end_times(law, effect)

    def under(at: str) -> Survival:
        steps = waned(kind, by, over, step, start, end, at)
        return law.under([Segment(t, r) if ratio == "hazard" else Segment(t, stretch=r) for t, r in steps])

    assert follows_law(times, under("middle"), catches=0.026)
    assert not follows_law(
        times, law.under(window(start, end, by) if ratio == "hazard" else window(start, end, 1.0, by))
    )
    assert not follows_law(times, law.under())


def test_waning_takes_the_middle_of_its_step_and_a_month_by_default() -> None:
    """The sizes at the start or end of a coarse step would be seen; with months, the smooth curve is near."""
    law = next(x for x in LAWS if x.name == "weibull rising")
    times = end_times(law, on("end", "hazard", 6.0, 0.0, None, Waning("exponential", 0.8, 0.8)))
    for at, right in (("start", False), ("middle", True), ("end", False)):
        steps = waned("exponential", 6.0, 0.8, 0.8, 0.0, math.inf, at)
        assert bool(follows_law(times, law.under([Segment(t, r) for t, r in steps]))) is right
    assert Waning("linear", 1.0).step == 1 / 12
    monthly = end_times(law, on("end", "hazard", 6.0, 0.0, None, Waning("exponential", 0.8)))
    fine, grid = waned("exponential", 6.0, 0.8, 1e-2, 0.0, math.inf), np.linspace(0.0, HORIZON, 1_000)
    curve = law.under([Segment(t, r) for t, r in fine])(grid)

    def smooth(t: Floats) -> Floats:
        return np.asarray(np.interp(t, grid, curve))

    assert follows_law(monthly, smooth, catches=0.026)
    assert not follows_law(times, smooth)


@pytest.mark.parametrize("fidelity", [0.5, 0.0, 1.7])
def test_fidelity_is_a_power_of_the_ratio_also_while_it_wanes(fidelity: float) -> None:
    law = next(x for x in LAWS if x.name == "log-normal")
    effects = (on("end", "hazard", 3.0, 0.3, 1.5, Waning("linear", 1.0, 0.25)), on("end", "time", 0.5))
    times = end_times(law, *effects, fidelity=fidelity)
    steps = waned("linear", 3.0**fidelity, 1.0, 0.25, 0.3, 1.5)
    stretch = 0.5**fidelity
    segments = [Segment(0.0, 1.0, stretch), *(Segment(t, r, stretch) for t, r in steps)]
    assert follows_law(times, law.under(segments), catches=0.026)
    full = [Segment(0.0, 1.0, 0.5), *(Segment(t, r ** (1 / fidelity if fidelity else 1), 0.5) for t, r in steps)]
    assert not follows_law(times, law.under(full))


# --- elapsed at entry -----------------------------------------------------------------------------


def waiting(elapsed: Floats) -> PeopleFile:
    n = len(elapsed)
    return PeopleFile(tuple(f"p{i}" for i in range(n)), np.ones(n), {}, {}, elapsed)


@WITH_SOJOURN
def test_an_elapsed_start_is_the_conditional_law(law: Law) -> None:
    """S(e + t / stretch) / S(e) on the sojourn clock; the gap and start clocks begin at entry."""
    elapsed, stretch = 0.45, 0.6
    strategies = (changed(on("end", "time", stretch)),)
    file = waiting(np.full(PEOPLE, elapsed))
    times = simulate(one_way(law.hazard), 0, HORIZON, strategies, file=file, histories=True).times("end")
    late = Law("some way in", law.hazard, law.survival, age=elapsed)
    segments = (Segment(0.0, stretch=stretch),)
    assert follows_law(times, late.under(segments), catches=0.026)
    assert law.name == "exponential" or not follows_law(times, law.under(segments))  # negative control
    begins = simulate(one_way(law.hazard, "start"), 0, HORIZON, strategies, file=file, histories=True).times("end")
    assert follows_law(begins, law.under(segments), catches=0.026)


def test_elapsed_differs_between_people_and_counts_once() -> None:
    """A mixture over elapsed times; a second stay starts from nothing."""
    elapsed, law = np.repeat([0.0, 0.5, 1.5], 15_000), next(x for x in LAWS if x.name == "weibull rising")
    pathway = Pathway(
        "twice",
        (Domain("stay", ("one", "two", "over")),),
        (
            Event("first", When(stay="one"), law.hazard, {"stay": "two"}),
            Event("second", When(stay="two"), law.hazard, {"stay": "over"}),
        ),
        {"stay": "one"},
    )
    run = simulate(pathway, 0, 40.0, file=waiting(elapsed), histories=True)
    first, second = run.events("first"), run.events("second")

    def mixture(t: Floats) -> Floats:
        return np.asarray(np.mean([law.survival(e + t) / law.survival(np.array(e)) for e in (0.0, 0.5, 1.5)], axis=0))

    assert follows(first[:, 3], mixture, catches=0.023) and not follows(first[:, 3], law.survival)
    gap = second[np.argsort(second[:, 1]), 3] - first[np.argsort(first[:, 1]), 3]
    assert follows(gap, law.survival, catches=0.023) and not follows(gap, mixture)


# --- clocks under effects in time: the hazard used between events is a unit exponential -----------

CLOCKED = [x for x in LAWS if not x.age and x.name not in ("exponential", "empirical", "gompertz that may never come")]
RATIO = 2.5
IN_WINDOW = (Segment(0.0, RATIO), Segment(0.3, RATIO, 0.4), Segment(1.1, RATIO))


def operational(t: Floats, segments: Sequence[Segment]) -> Floats:
    ends = [*(s.start for s in segments[1:]), math.inf]
    parts = [np.clip(np.minimum(t, e) - s.start, 0, None) / s.stretch for s, e in zip(segments, ends, strict=True)]
    return np.asarray(sum(parts))


def used(times: Floats, law: Law, segments: Sequence[Segment], clock: str) -> Floats:
    """Cumulative hazard from entry to the first of `times` [person, event], and from each to the next."""
    ages = operational(np.column_stack([np.zeros(len(times)), times]), segments)
    begun, done = ages[:, :-1], ages[:, 1:]
    origin = begun if clock == "gap" else np.zeros_like(begun)
    return np.asarray(RATIO * np.log(law.survival(begun - origin) / law.survival(done - origin))).ravel()


@pytest.mark.parametrize("law", CLOCKED, ids=lambda law: law.name)
@pytest.mark.parametrize("clock", ["gap", "start"])
def test_recurrent_events_under_a_window_of_time_and_a_hazard_ratio(law: Law, clock: Clock) -> None:
    """The first two events of everybody, on a clock that a window speeds up: hazard used is unit exponential."""
    people, grid = 15_000, np.geomspace(1.0, 500.0, 500)
    enough = law.survival(operational(grid, IN_WINDOW)) < math.exp(-14 / RATIO)
    horizon = float(grid[enough][0]) if clock == "start" else 14.0
    strategy = changed(on("visit", "hazard", RATIO), on("visit", "time", 0.4, 0.3, 1.1))
    rows = simulate(recurrent(law.hazard, clock), people, horizon, (strategy,), histories=True).events("visit")
    rows = rows[np.lexsort((rows[:, 3], rows[:, 1]))]
    _, start, n = np.unique(rows[:, 1], return_index=True, return_counts=True)
    first = start[n >= 2]
    times = rows[first[:, None] + np.arange(2), 3]
    assert len(times) > 0.9995 * people  # hardly anybody is left out for want of a second event

    def unit(x: Floats) -> Floats:
        return np.asarray(np.exp(-x))

    assert follows(used(times, law, IN_WINDOW, clock), unit, catches=0.028)
    assert not follows(used(times, law, (Segment(0.0, RATIO),), clock), unit)  # the window forgotten
    assert not follows(used(times, law, IN_WINDOW, "start" if clock == "gap" else "gap"), unit)
