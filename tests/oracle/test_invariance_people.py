"""Histories belong to people: no thread, cut, layout, order, neighbour, strategy or inert event changes one."""

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
    FixedTime,
    Frailty,
    Strategy,
    Weibull,
    When,
)
from simulate.engine.arithmetic.random_numbers import PHILOX
from simulate.engine.check import twin
from simulate.engine.lower.collect import Collect
from tests.oracle.rich import (
    BATCHED,
    BINNED,
    DRAWS,
    EVERYTHING,
    HORIZON,
    KINDS,
    OF_PERSONS,
    PATHWAY,
    PEOPLE,
    STRATEGIES,
    equal,
    go,
    lowered,
    people,
    rows,
    told,
)

ROWS = 100_000


def test_it_is_rich() -> None:
    """Everything happens, and the reference tells it the same: what stays the same below is worth keeping."""
    tables = lowered()
    statistics, history = go(tables, histories=ROWS)
    assert (statistics.count[:, :, :, 0].sum(axis=(0, 2)) > 0).all() and len(history) < ROWS
    assert all(getattr(statistics, f).sum() > 0 for f in (*BATCHED, *BINNED, *OF_PERSONS))
    assert len(set(history[:, 0].tolist())) == DRAWS
    rates = np.full(DRAWS, 0.035), np.full(DRAWS, 0.015)
    told_apart = {"horizon": HORIZON, "discount": rates, "people": 12, "seed": 5, "collect": EVERYTHING}
    assert twin.compare(PATHWAY, STRATEGIES, tables[1], DRAWS, **told_apart) == []  # type: ignore[arg-type]
    assert twin.compare(PATHWAY, STRATEGIES, tables[1], DRAWS, file=people(12), **told_apart) == []  # type: ignore[arg-type]


# --- threads and cuts -----------------------------------------------------------------------------


UNBINNED = replace(EVERYTHING, years=False, ages=())  # a draw is then cut by batches too


@pytest.mark.parametrize("collect", [EVERYTHING, UNBINNED], ids=["binned", "unbinned"])
@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("chunk", [1, 500])
def test_persons_and_sums_do_not_depend_on_threads_or_cuts(threads: int, chunk: int, collect: Collect) -> None:
    """Every person's own totals, and every sum, to the last bit; with people of a file too."""
    tables, file = lowered(collect=collect), people()
    assert equal(go(tables)[0], go(tables, threads=threads, chunk=chunk)[0])
    assert equal(go(tables, file=file)[0], go(tables, file=file, threads=threads, chunk=chunk)[0])


def test_another_seed_is_seen() -> None:
    """Negative control of all that follows."""
    assert not equal(go(lowered())[0], go(lowered(), seed=6)[0])


@pytest.mark.parametrize("chunk", [1, 500])
def test_histories_do_not_depend_on_cuts(chunk: int) -> None:
    whole, cut = go(lowered(), histories=ROWS)[1], go(lowered(), histories=ROWS, chunk=chunk)[1]
    assert set(map(tuple, whole.tolist())) == set(map(tuple, cut.tolist()))
    assert set(cut[:, 0].tolist()) == {0.0, 1.0, 2.0}  # the draw of the run, not of the kernel call


@pytest.mark.parametrize("batches", [1, 7, PEOPLE])
def test_batches_change_no_person(batches: int) -> None:
    ten, other = go(lowered(), histories=ROWS), go(lowered(), histories=ROWS, batches=batches)
    assert equal(ten[0], other[0], OF_PERSONS)
    assert told(lowered(), ten[1]) == told(lowered(), other[1])
    for field in BATCHED:
        a, b = getattr(ten[0], field).sum(axis=2), getattr(other[0], field).sum(axis=2)
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-11)


# --- people ---------------------------------------------------------------------------------------


def test_the_order_of_people_changes_none_of_them() -> None:
    file, order = people(), np.random.default_rng(8).permutation(PEOPLE)
    mixed = rows(file, order)
    (a, first), (b, second) = go(lowered(), file=file, histories=ROWS), go(lowered(), file=mixed, histories=ROWS)
    assert told(lowered(), first, file.ids) == told(lowered(), second, mixed.ids)
    for field in OF_PERSONS:
        assert np.array_equal(getattr(a, field)[:, :, order], getattr(b, field))
        assert not np.array_equal(getattr(a, field), getattr(b, field))
    for field in BATCHED:
        sums = [getattr(s, field).sum(axis=2) for s in (a, b)]
        np.testing.assert_allclose(sums[0], sums[1], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_one_more_person_in_the_file_changes_nobody_else(where: str) -> None:
    file = people()
    order = [i for i in range(PEOPLE) if i != {"first": 0, "middle": 60, "last": PEOPLE - 1}[where]]
    fewer = rows(file, order)
    a, b = go(lowered(), file=file, histories=ROWS), go(lowered(), file=fewer, histories=ROWS)
    kept = {r for r in told(lowered(), a[1], file.ids) if r[1] in set(fewer.ids)}
    assert kept == told(lowered(), b[1], fewer.ids)
    assert np.array_equal(a[0].person_time[:, :, order], b[0].person_time)


def test_one_more_person_drawn_changes_nobody_else() -> None:
    few, many = go(lowered(), histories=ROWS), go(lowered(), PEOPLE + 1, histories=ROWS)
    assert np.array_equal(few[0].person_time, many[0].person_time[:, :, :PEOPLE])
    assert told(lowered(), few[1]) == {r for r in told(lowered(), many[1]) if r[1] != PEOPLE}
    assert many[0].people.sum() == PEOPLE + 1


def test_people_are_their_ids() -> None:
    """Another name is another person; all else equal."""
    file = people()
    renamed = replace(file, ids=("somebody else", *file.ids[1:]))
    a, b = go(lowered(), file=file)[0], go(lowered(), file=renamed)[0]
    assert np.array_equal(a.person_time[:, :, 1:], b.person_time[:, :, 1:])
    assert not np.array_equal(a.person_time[:, :, 0], b.person_time[:, :, 0])


def test_a_weight_changes_no_history_and_counts_as_so_many() -> None:
    """Weights scale what each person adds; a weight of 2 for all doubles every sum to the last bit."""
    file = people()
    one, two = replace(file, weight=np.ones(PEOPLE)), replace(file, weight=np.full(PEOPLE, 2.0))
    plain, double, mixed = (go(lowered(), file=f, batches=PEOPLE, histories=ROWS) for f in (one, two, file))
    assert told(lowered(), plain[1]) == told(lowered(), double[1]) == told(lowered(), mixed[1])
    assert equal(plain[0], mixed[0], OF_PERSONS)
    for field in (*BATCHED, *BINNED):
        assert np.array_equal(2 * getattr(plain[0], field), getattr(double[0], field)), field
    for field in BATCHED:  # a batch is a person here
        values, weighted = getattr(plain[0], field), getattr(mixed[0], field)
        own = file.weight.reshape(1, 1, PEOPLE, *[1] * (values.ndim - 3))
        np.testing.assert_allclose(weighted, values * own, rtol=1e-12, atol=1e-12)
    totals = np.einsum("dspri,p->dsri", plain[0].person_time, file.weight)
    np.testing.assert_allclose(mixed[0].year_time.sum(axis=2), totals, rtol=1e-11)
    np.testing.assert_allclose(mixed[0].age_time.sum(axis=2), totals, rtol=1e-11)
    np.testing.assert_allclose(mixed[0].occupancy.sum(axis=3), file.weight.sum(), rtol=1e-12)


def test_subgroups_add_up_to_the_whole() -> None:
    """With people of a file, whose groups are the same in every draw."""
    file, by_kind = people(), replace(EVERYTHING, subgroup="kind")
    whole = go(lowered(), file=file)[0]
    told_apart = go(lowered(collect=by_kind), file=file)[0]
    assert set(told_apart.subgroups) == set(KINDS)
    assert equal(told_apart, whole, OF_PERSONS)
    for field in (*BATCHED, "occupancy"):
        found = sum(getattr(g, field) for g in told_apart.subgroups.values())
        np.testing.assert_allclose(found, getattr(whole, field), rtol=1e-12, atol=1e-12)
    for level, part in told_apart.subgroups.items():
        mine = np.asarray(file.characteristics["kind"] == level)
        own = np.einsum("dspri,p->dsri", whole.person_time[:, :, mine], file.weight[mine])
        np.testing.assert_allclose(part.time.sum(axis=2), own, rtol=1e-11)
        assert part.people.sum() == pytest.approx(file.weight[mine].sum(), rel=1e-12)


# --- the model ------------------------------------------------------------------------------------

INERT = {
    "a rate of 0": Event("a_visit", When(), Exponential(0.0)),
    "after the horizon": Event("z_review", When(), FixedTime(3.0)),
    "never at risk": Event("a_return", When(care="away"), Weibull(1.2, 0.5)),
}


@pytest.mark.parametrize("name", INERT)
def test_an_inert_event_changes_no_history(name: str) -> None:
    base, domains = lowered(), PATHWAY.domains
    if name == "never at risk":
        domains = (domains[0], Domain("care", (*domains[1].levels, "away")), domains[2])
    more = lowered(replace(PATHWAY, domains=domains, events=(INERT[name], *PATHWAY.events)))
    assert told(more, go(more, histories=ROWS)[1]) == told(base, go(base, histories=ROWS)[1])


def test_a_busy_event_changes_no_history_but_its_own() -> None:
    """It is at risk everywhere, fires often, and remembers and changes nothing."""
    base, busy = (
        lowered(),
        lowered(replace(PATHWAY, events=(Event("a_visit", When(), Exponential(9.0)), *PATHWAY.events))),
    )
    rows_of = told(busy, go(busy, histories=ROWS)[1])
    assert {r for r in rows_of if r[5] != "a_visit"} == told(base, go(base, histories=ROWS)[1])
    assert any(r[5] == "a_visit" for r in rows_of)


def test_a_frailty_of_no_variance_changes_nothing() -> None:
    idle = lowered(replace(PATHWAY, frailties=(*PATHWAY.frailties, Frailty("luck", 0.0, ("job_loss", "death")))))
    assert equal(go(lowered())[0], go(idle)[0])


def test_the_order_in_which_things_are_declared_changes_no_history() -> None:
    """Events, domains and branches the other way about, and branches that are never taken."""
    base = lowered()
    turned = []
    for event in PATHWAY.events:
        never = (Branch("never", 0.0, {"care": "home"}),) if event.branches else ()
        turned.append(replace(event, branches=(*never, *reversed(event.branches))))
    other = lowered(
        replace(
            PATHWAY, events=tuple(reversed(turned)), domains=tuple(reversed(PATHWAY.domains)), groups=PATHWAY.groups
        )
    )
    assert told(other, go(other, histories=ROWS)[1]) == told(base, go(base, histories=ROWS)[1])


def test_another_strategy_changes_no_history() -> None:
    base = told(lowered(), go(lowered(), histories=ROWS)[1])
    strong = Strategy(
        "strong", "", (Component("strong", "", (Effect("death", "hazard", 0.1, start=0.2),), uptake=0.5),)
    )
    for strategies in ((strong, *STRATEGIES), (STRATEGIES[0], strong, *STRATEGIES[1:]), (*STRATEGIES, strong)):
        more = lowered(strategies=strategies)
        assert {r for r in told(more, go(more, histories=ROWS)[1]) if r[2] != "strong"} == base
    alone = lowered(strategies=(STRATEGIES[2],))
    assert told(alone, go(alone, histories=ROWS)[1]) == {r for r in base if r[2] == "both"}


def test_the_other_generator_is_as_indifferent() -> None:
    a = go(lowered(), generator=PHILOX)[0]
    assert equal(a, go(lowered(), generator=PHILOX, threads=2, chunk=500)[0])
    assert not equal(a, go(lowered())[0])
