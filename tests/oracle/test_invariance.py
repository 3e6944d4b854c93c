"""What must not change the numbers, and what must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.contract import (
    Branch,
    Component,
    Domain,
    Effect,
    Event,
    Exponential,
    Frailty,
    LogNormal,
    ModelError,
    Pathway,
    Strategy,
    Weibull,
    When,
)
from simulate.engine import driver, tasks
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import lower
from simulate.engine.statistics import Statistics

DRAWS, PEOPLE = 6, 230
WARD = Pathway(
    "ward",
    (Domain("life", ("alive", "dead"), absorbing=("dead",)), Domain("care", ("home", "informal", "detained"))),
    (
        Event(
            "admission",
            When(care="home"),
            Weibull(0.8, "scale"),
            branches=(Branch("informal", 1.0, {"care": "informal"}), Branch("detained", 0.7, {"care": "detained"})),
        ),
        Event("discharge", When(care=("informal", "detained")), LogNormal(0.08, 0.8), {"care": "home"}),
        Event("conversion", When(care="informal"), Exponential(2.0), {"care": "detained"}),
        Event("restraint", When(care=("informal", "detained")), Exponential(3.0)),
        Event("death", When(), Exponential(0.05), {"life": "dead"}),
    ),
    {"life": "alive", "care": "home"},
    frailties=(Frailty("proneness", 1.2, ("admission",)),),
)
USUAL = Strategy("usual", "Usual")
PLAN = Strategy(
    "plan",
    "Plan",
    (
        Component(
            "plan",
            "Plan",
            (
                Effect("admission", "hazard", "hr"),
                Effect("admission", "odds", "odds", branch="detained"),
                Effect("discharge", "time", "tr"),
            ),
        ),
    ),
)


def go(
    pathway: Pathway = WARD,
    strategies: tuple[Strategy, ...] = (USUAL, PLAN),
    people: int = PEOPLE,
    histories: int = 0,
    seed: int = 5,
    threads: int | None = 1,
    batches: int = 10,
    same_people: bool = False,
    chunk: int = tasks.HISTORIES_A_CALL,
    **values: float,
) -> tuple[Statistics, np.ndarray]:
    known = {"scale": 1.5, "hr": 0.7, "odds": 0.5, "tr": 1.3, **values}
    lookup = make_lookup(lambda name: known[name] * np.linspace(1.0, 1.0 if name != "scale" else 1.4, DRAWS), DRAWS)
    zero = np.full(DRAWS, 0.035)
    lowered = lower(pathway, strategies, lookup, DRAWS, horizon=3.0, discount=(zero, zero), grid=np.array([0, 1.5, 3]))
    return driver.simulate(
        lowered,
        lookup,
        people=people,
        seed=seed,
        threads=threads,
        histories=histories,
        batches=batches,
        same_people=same_people,
        chunk=chunk,
    )


def same(a: Statistics, b: Statistics) -> bool:
    fields = ("time", "count", "ever", "first", "occupancy")
    return all(np.array_equal(getattr(a, f), getattr(b, f)) for f in fields)


def by_name(pathway: Pathway, strategies: tuple[Strategy, ...], rows: np.ndarray) -> set[tuple[object, ...]]:
    """History rows with names in place of numbers, so that models can be compared."""
    lookup = make_lookup(lambda name: np.ones(1), 1)
    rate = np.zeros(1)
    names = lower(pathway, strategies, lookup, 1, horizon=1.0, discount=(rate, rate)).names
    return {
        (int(d), int(p), names.strategies[int(s)], t, names.outcomes[int(o)], str(names.states[int(x)]))
        for d, p, s, t, _, o, x in rows.tolist()
    }


@pytest.mark.parametrize("threads", [2, 3, 4])
def test_sums_do_not_depend_on_threads(threads: int) -> None:
    assert same(go(threads=1)[0], go(threads=threads)[0])


def test_sums_do_not_depend_on_how_the_work_is_cut() -> None:
    whole = go()[0]
    for size in (1, 700, 10_000_000):
        assert same(whole, go(chunk=size)[0])


def test_seeds_and_draws_differ_and_same_people_are_the_same() -> None:
    assert not same(go(seed=5)[0], go(seed=6)[0])
    shared = go(same_people=True, scale=1.0)[0]
    assert not np.array_equal(go(scale=1.0)[0].ever[0], go(scale=1.0)[0].ever[1])
    assert np.array_equal(shared.people, go()[0].people)
    _, rows = go(same_people=True, histories=100_000)
    first = {(p, s): t for d, p, s, t, *_ in rows.tolist() if d == 0}
    assert first


def test_one_more_person_changes_nobody_else() -> None:
    few, many = go(histories=100_000)[1], go(people=PEOPLE + 1, histories=100_000)[1]
    kept = many[many[:, 1] < PEOPLE]
    assert {tuple(r) for r in few.tolist()} == {tuple(r) for r in kept.tolist()}
    assert len(many) > len(kept)


def test_batches_change_no_history() -> None:
    a, b = go(histories=100_000, batches=10)[1], go(histories=100_000, batches=3)[1]
    assert {tuple(r) for r in a.tolist()} == {tuple(r) for r in b.tolist()}


def test_an_inert_event_and_another_strategy_change_no_history() -> None:
    both = (USUAL, PLAN)
    base = by_name(WARD, both, go(histories=100_000)[1])
    inert = replace(WARD, events=(Event("a_visit", When(care="home"), Exponential(0.0)), *WARD.events))
    assert by_name(inert, both, go(inert, histories=100_000)[1]) == base
    busy = replace(WARD, events=(Event("a_visit", When(care="home"), Exponential(4.0)), *WARD.events))
    more = by_name(busy, both, go(busy, histories=100_000)[1])
    assert {row for row in more if row[4] != "a_visit"} == base
    three = (USUAL, Strategy("other", "Other", PLAN.components), PLAN)
    assert {r for r in by_name(WARD, three, go(strategies=three, histories=100_000)[1]) if r[2] != "other"} == base


def test_a_null_effect_takes_the_very_same_path() -> None:
    statistics = go(hr=1.0, odds=1.0, tr=1.0)[0]
    for f in ("time", "count", "ever", "first", "occupancy"):
        values = getattr(statistics, f)
        assert np.array_equal(values[:, 0], values[:, 1])
    moved = go()[0]
    assert not np.array_equal(moved.time[:, 0], moved.time[:, 1])


def test_frailty_of_variance_zero_is_no_frailty() -> None:
    none = replace(WARD, frailties=())
    zero = replace(WARD, frailties=(Frailty("proneness", 0.0, ("admission",)),))
    assert same(go(none)[0], go(zero)[0])


def test_books_balance() -> None:
    s = go()[0]
    assert s.time[:, :, :, 0].sum(axis=3) == pytest.approx(np.broadcast_to(3.0 * s.people, (DRAWS, 2, 10)), rel=1e-12)
    assert (s.occupancy.sum(axis=3) == PEOPLE).all()
    assert (s.time[:, :, :, 1] <= s.time[:, :, :, 0] + 1e-12).all()
    assert np.array_equal(s.time[:, :, :, 1], s.time[:, :, :, 2])
    assert (s.ever <= s.people[:, None]).all() and (s.first <= 3.0 * s.people[:, None]).all()
    admissions = [s.outcomes.index(f"admission.{b}") for b in ("informal", "detained")]
    discharges = s.count[:, :, :, 0, s.outcomes.index("discharge")]
    assert (s.count[:, :, :, 0, admissions].sum(axis=3) >= discharges).all()


def test_runaway_histories_are_stopped_with_the_replay_words() -> None:
    busy = replace(WARD, events=(Event("ping", When(), Exponential(1e7)), *WARD.events))
    with pytest.raises(driver.NumericalError, match=r"more than 100,000 events.*seed 5, draw \d+, person 0"):
        go(busy, people=2)


@pytest.mark.parametrize(
    ("values", "match"),
    [({"hr": -1.0}, "Effect on admission"), ({"scale": 0.0}, "scale"), ({"tr": np.nan}, "Effect on discharge")],
)
def test_bad_values_are_named_before_anything_runs(values: dict[str, float], match: str) -> None:
    before = driver.kernel_runs
    with pytest.raises(ModelError, match=match):
        go(WARD, (USUAL, PLAN), PEOPLE, 0, 5, 1, 10, False, tasks.HISTORIES_A_CALL, **values)
    assert driver.kernel_runs == before


def test_a_risk_ratio_that_leaves_zero_to_one_is_an_error() -> None:
    part = Component("plan", "Plan", (Effect("admission", "risk", 3.0, branch="detained"),))
    with pytest.raises(ModelError, match="may not exceed"):
        go(strategies=(USUAL, Strategy("plan", "Plan", (part,))))
