"""Costs and utilities by age, by who somebody is and before the end: person by person, by hand and in closed form."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

import models as m
from models.bases import Weight
from parameters import InputError
from parameters.arrays import Floats
from simulate import load, run
from simulate.analyse.timeline import Timeline, timeline
from simulate.ask.own.spelling import as_data, from_data
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.weighed import Weighed
from simulate.engine.statistics import load as load_statistics
from simulate.present.english.model import describe
from tests.oracle.small import Run, one_way, simulate

DEAD = m.When(life="dead")
FORCES = (0.03, 0.05)
PEOPLE, HORIZON = 4_000, 8.0


def weighed(found: Run, words: str, rate: int = 0) -> Floats:
    """What each person has in a weighed row, [person]."""
    return np.asarray(found.statistics.weighed[0, 0, :, rate, found.statistics.weighed_index(words)])


def spent(a: Floats, b: Floats, force: float) -> Floats:
    """Discounted time between two moments, [person]."""
    return b - a if force == 0 else (np.exp(-force * a) - np.exp(-force * b)) / force


def test_the_last_years_are_those_before_each_death_and_of_the_dying_alone() -> None:
    rows = {
        (0.0, 1.5): Weighed("time", Weight(), before=m.Before(DEAD, 1.5)),
        (0.5, 1.5): Weighed("time", Weight(), before=m.Before(DEAD, 1.5, 0.5)),
        (0.0, 99.0): Weighed("time", Weight(), before=m.Before(DEAD, 99.0)),
    }
    path = one_way(m.Exponential(0.25))
    found = simulate(path, PEOPLE, HORIZON, forces=FORCES, collect=Collect(weighed=tuple(rows.values())))
    death, dies = found.first("end"), found.ever("end")
    for (beyond, within), row in rows.items():
        for rate, force in enumerate((0.0, *FORCES)):
            low, high = np.maximum(death - within, 0), np.maximum(death - beyond, 0)
            assert np.allclose(
                weighed(found, row.words(), rate), dies * spent(low, high, force), rtol=1e-12, atol=1e-13
            )


def test_one_end_of_two_is_told_from_the_other() -> None:
    """Of those who die and those who move away, the last years of the dead alone, and where they spent them."""
    ways = {"dies": ("sick", "dead", 0.3), "leaves": ("sick", "gone", 0.3), "falls_ill": ("well", "sick", 0.8)}
    events = tuple(m.Event(n, m.When(life=a), m.Exponential(r), {"life": b}) for n, (a, b, r) in ways.items())
    life = m.Domain("life", ("well", "sick", "dead", "gone"), "", ("dead", "gone"))
    path = m.Pathway("two_ends", (life,), events, {"life": "well"})
    sick, well = (Weighed("time", Weight(), m.When(life=x), before=m.Before(DEAD, 2.0)) for x in ("sick", "well"))
    found = simulate(path, PEOPLE, HORIZON, collect=Collect(weighed=(sick, well)))
    death, dies, onset = found.first("dies"), found.ever("dies"), found.first("falls_ill")
    assert np.allclose(weighed(found, sick.words()), dies * np.minimum(death - onset, 2.0), atol=1e-12)
    begins = np.maximum(death - 2.0, 0.0)
    assert np.allclose(weighed(found, well.words()), dies * np.maximum(onset - begins, 0.0), atol=1e-12)


def test_the_expected_last_months_of_an_exponential_death_are_the_closed_form() -> None:
    """E of the discounted time in the last k years, death at T before h: r e^(-rT) (e^(-f (T-k)) - e^(-fT)) / f."""
    r, k, h, f = 0.25, 0.5, HORIZON, FORCES[0]
    row = Weighed("time", Weight(), before=m.Before(DEAD, k))
    found = simulate(one_way(m.Exponential(r)), 40_000, h, forces=FORCES, collect=Collect(weighed=(row,)))
    early = ((1 - math.exp(-r * k)) - r / (r + f) * (1 - math.exp(-(r + f) * k))) / f
    late = r / (r + f) * (math.exp(f * k) - 1) / f * (math.exp(-(r + f) * k) - math.exp(-(r + f) * h))
    values = weighed(found, row.words(), 1)
    assert abs(values.mean() - (early + late)) < 4 * values.std() / math.sqrt(len(values))


def test_powers_and_bands_of_age_are_integrated_as_time_passes() -> None:
    """Of a Gompertz death on the age clock, against quadrature for each of some people."""
    squared = Weighed("time", Weight(powers=(("age", 2),)))
    band = Weighed("time", Weight((61.5, 66.0), powers=(("age", 1),)))
    event = Weighed("event", Weight((0.0, 65.0), powers=(("age", 1),)), name="end")
    path = one_way(m.Gompertz(0.00005, 0.1), "age", age=60.0)
    found = simulate(path, 300, HORIZON, forces=(0.03, 0.9), collect=Collect(weighed=(squared, band, event)))
    death, dies = found.first("end"), found.ever("end")
    for person in range(40):
        for rate, force in enumerate((0.0, 0.03, 0.9)):
            until = float(death[person])
            whole = quad(lambda t, f=force: (60 + t) ** 2 * math.exp(-f * t), 0, until, epsabs=0, epsrel=1e-13)[0]
            assert weighed(found, squared.words(), rate)[person] == pytest.approx(whole, rel=1e-11)
            a, b = min(1.5, until), min(6.0, until)
            part = quad(lambda t, f=force: (60 + t) * math.exp(-f * t), a, b, epsabs=0, epsrel=1e-13)[0]
            assert weighed(found, band.words(), rate)[person] == pytest.approx(part, rel=1e-11)
    happened = np.where((dies > 0) & (death < 5.0), 60 + death, 0.0)
    assert np.allclose(weighed(found, event.words()), happened, rtol=1e-13)


# --- whole problems -----------------------------------------------------------------------------------

LIFE = m.Domain("life", ("well", "ill", "dead"), "", ("dead",))
SEX = m.Characteristic("sex", m.Mixture({"male": 1.0}, "female"))
PATHWAY = m.Pathway(
    "p",
    (LIFE,),
    (
        m.Event("falls_ill", m.When(life="well"), m.FixedTime(4.0), {"life": "ill"}, clock="start"),
        m.Event("dies", m.When(life=("well", "ill")), m.FixedTime(10.0), {"life": "dead"}, clock="start"),
    ),
    {"life": "well"},
    characteristics=(m.Characteristic("age", m.Numeric("uniform", 60.0, 60.0)), SEX),
)
NORM = m.Profile.by_level("sex", {"male": m.Profile.by_age({0: 1.0, 65: "norm_65"}), "female": 0.0})
NUMBERS = {
    "norm_65": {"unit": "ratio", "distribution": {"beta": {"mean": 0.9, "se": 0.03}}},
    "u_ill": {"unit": "utility", "distribution": {"beta": {"mean": 0.6, "se": 0.03}}},
    "slope": {"unit": "utility", "distribution": {"fixed": {"value": -0.001}}},
    "c_last": {"unit": "GBP_per_year", "price_year": "2023/24", "distribution": {"fixed": {"value": 900.0}}},
    "c_event": {"unit": "GBP", "price_year": "2023/24", "distribution": {"fixed": {"value": 100.0}}},
}
PLAN, ALWAYS = m.Component("plan", "Plan", start=1.0, end=7.0), m.Component("always", "Always")
BY_AGE = m.Profile((m.Term(1.0, powers={"age": 1}),))
OLDER = m.Profile.by_age({0: 0.0, 65: 1.0})
OLDEST = m.Profile.by_age({0: 1.0, 64: 3.0, 65: 9.0})
PROBLEM = m.DecisionProblem(
    id="p",
    label="P",
    pathway=PATHWAY,
    strategies=(
        m.Strategy("usual", "Usual"),
        m.Strategy("plan", "Plan", (PLAN, ALWAYS), given={"norm_65": 0.5, "c_last": m.Product("c_last", 2.0)}),
    ),
    settings=(m.Setting("base", "B", horizon=12.0),),
    costs=(
        m.CostItem("last", "Last year", "nhs", m.StateTime(m.When(life="ill")), "c_last", before=m.Before(DEAD, 1.0)),
        m.CostItem("old", "Onset when old", "nhs", m.EventCount("falls_ill"), "c_event", by=(OLDEST,)),
        m.CostItem("drug", "By age", "nhs", m.ComponentTime("plan"), "c_last", by=(OLDER,)),
        m.CostItem("state", "Of one", "nhs", m.StateTime(m.When(life="ill"), "always"), 10.0, by=(OLDER,)),
        m.CostItem("start", "By age", "nhs", m.Delivery("plan"), "c_event", by=(BY_AGE,)),
    ),
    utilities=(
        m.Utility(m.When(life="well"), 0.8, by=(NORM,)),
        m.Utility(m.When(), "u_ill", by=(NORM,)),
        m.Utility(m.When(), 1.0, "gain", by=(m.Profile((m.Term(0.0), m.Term("slope", powers={"age": 1}))),)),
        m.Utility(m.When(life="ill"), -0.3, "gain", before=m.Before(DEAD, 0.5)),
        m.Utility(m.When(), -0.01, "event", "falls_ill", by=(m.Profile.by_age({0: 0.0, 64: 2.0}),)),
    ),
    discount_costs=0.0,
    discount_effects=0.0,
)  # fmt: skip


def by_hand(norm: float, u_ill: float) -> float:
    """Well for 4 years, then ill, over 65 from 5 on, dead at 10."""
    levels = 4 * 0.8 + u_ill * (1 + 5 * norm)
    return levels - 0.001 * (70**2 - 60**2) / 2 - 0.3 * 0.5 - 0.02


def test_tables_formulas_and_the_end_are_as_by_hand_under_every_strategy() -> None:
    found = run(load(PROBLEM, inline=NUMBERS), draws=16, people=20, seed=1)
    norm, ill = found.draws.engine("norm_65"), found.draws.engine("u_ill")
    assert np.allclose(found.effect[:, 0], [by_hand(n, u) for n, u in zip(norm, ill, strict=True)], rtol=1e-12)
    assert np.allclose(found.effect[:, 1], [by_hand(0.5, u) for u in ill], rtol=1e-12)
    assert np.allclose(found.cost[:, 0], 900 + 300, rtol=1e-12)
    assert np.allclose(found.cost[:, 1], 1800 + 300 + 1800 * 2 + 6100 + 50, rtol=1e-12)
    cheaper = found.value(prices={"c_last": 90.0, "norm_65": 1.0})
    assert np.allclose(cheaper.cost[:, 0], 90 + 300, rtol=1e-12)
    assert np.allclose(cheaper.effect[:, 0], [by_hand(1.0, u) for u in ill], rtol=1e-12)


def test_a_linear_predictor_takes_each_person_s_own_numbers() -> None:
    """E of (b0 + b1 x^2 + b2 age) over the life, x uniform on 0 to 2 and age on 50 to 70."""
    traits = (
        m.Characteristic("age", m.Numeric("uniform", 50.0, 70.0)),
        m.Characteristic("x", m.Numeric("uniform", 0.0, 2.0)),
    )
    line = m.Profile((m.Term(0.9), m.Term(-0.1, powers={"x": 2}), m.Term(-0.002, powers={"age": 1})))
    told = replace(
        PROBLEM, pathway=replace(PATHWAY, characteristics=traits), costs=(), strategies=(m.Strategy("usual", "Usual"),),
        utilities=(m.Utility(m.When(), 1.0, by=(line,)),),
    )  # fmt: skip
    found = run(load(told), fixed=True, people=20_000, seed=3)
    error = 10 * math.hypot(0.1 * math.sqrt(16 / 5 - 16 / 9), 0.002 * 20 / math.sqrt(12)) / math.sqrt(20_000)
    assert abs(found.effect[0, 0] - (10 * (0.9 - 0.1 * 4 / 3 - 0.002 * 65))) < 4 * error


def test_people_who_die_of_old_age_are_worth_what_quadrature_says() -> None:
    """Gompertz on the age clock, entry at 50 to 70: the norm by age, and the last half year, discounted."""
    rate, growth, h, f = 0.00003, 0.1, 25.0, math.log(1.035)
    dies = m.Event("dies", m.When(), m.Gompertz(rate, growth), {"life": "dead"}, clock="age")
    aged = m.Characteristic("age", m.Numeric("uniform", 50.0, 70.0))
    norm = m.Profile((m.Term(0.95), m.Term(-0.0002587, powers={"age": 1}), m.Term(-0.0000332, powers={"age": 2})))
    path = m.Pathway(
        "old", (m.Domain("life", ("well", "dead"), "", ("dead",)),), (dies,), {"life": "well"}, characteristics=(aged,)
    )
    told = replace(
        PROBLEM, pathway=path, strategies=(m.Strategy("usual", "U"),), discount_costs=0.035, discount_effects=0.035,
        utilities=(m.Utility(m.When(), 1.0, by=(norm,)),), settings=(m.Setting("base", "B", horizon=h),),
        costs=(m.CostItem("last", "L", "nhs", m.StateTime(m.When()), 1000.0, before=m.Before(DEAD, 0.5)),),
    )  # fmt: skip
    nodes, shares = np.polynomial.legendre.leggauss(60)
    ages, t = 60 + 10 * nodes[:, None], h / 2 * (1 + nodes[None, :])
    weights = shares[:, None] / 2 * (h / 2) * shares[None, :]
    alive = np.exp(-rate / growth * (np.exp(growth * (ages + t)) - np.exp(growth * ages)))
    at = ages + t
    qalys = (weights * alive * (0.95 - 0.0002587 * at - 0.0000332 * at**2) * np.exp(-f * t)).sum()
    back = (np.exp(-f * np.maximum(t - 0.5, 0)) - np.exp(-f * t)) / f
    cost = 1000 * (weights * alive * rate * np.exp(growth * at) * back).sum()
    found = run(load(told), fixed=True, people=40_000, seed=5)
    assert abs(found.effect[0, 0] - qalys) < 4 * 0.3 * 10 / math.sqrt(40_000)  # sd of a QALY total is below 3
    assert abs(found.cost[0, 0] - cost) < 4 * 170 / math.sqrt(40_000) + 0.5  # and of the cost below 170


def test_statistics_come_back_from_a_file_and_the_model_from_data(tmp_path: Path) -> None:
    found = run(load(PROBLEM, inline=NUMBERS), draws=2, people=20, seed=1)
    found.statistics.save(tmp_path / "x.npz")
    again = load_statistics(tmp_path / "x.npz")
    assert again.weighed_rows == found.statistics.weighed_rows
    assert np.array_equal(again.weighed, found.statistics.weighed)
    assert from_data(as_data(PROBLEM)) == PROBLEM


def test_who_asks_for_none_collects_none() -> None:
    plain = replace(
        PROBLEM, costs=(), utilities=(m.Utility(m.When(), 0.8),), strategies=(m.Strategy("usual", "Usual"),)
    )
    assert run(load(plain), fixed=True, people=10).statistics.weighed.shape[-1] == 0


def by_year(of: Timeline) -> Floats:
    """Cost in each year since entry, [years, items], of one draw and the comparator."""
    ends = (of.months > 0) & (of.months % 12 == 0)
    return np.diff(of.cost[0, 0, ends], axis=0, prepend=0.0)


def test_a_budget_counts_the_last_year_when_it_is_lived_and_not_at_the_death() -> None:
    """Of a death at 10 years, the last year is the tenth; it was not yet over when the tenth year was."""
    found = by_year(timeline(run(load(PROBLEM, inline=NUMBERS), fixed=True, people=10)))
    last = [c.name for c in PROBLEM.costs].index("last")
    assert np.allclose(found[:, last], [0.0] * 9 + [900.0, 0.0, 0.0], atol=1e-9)
    later = replace(PROBLEM, costs=(replace(PROBLEM.costs[0], before=m.Before(DEAD, 1.5, 0.25)),))
    mine = {n: record for n, record in NUMBERS.items() if n != "c_event"}
    found = by_year(timeline(run(load(later, inline=mine), fixed=True, people=10)))
    assert np.allclose(found[:, 0], [0.0] * 8 + [450.0, 675.0, 0.0, 0.0], atol=1e-9)


# --- in cycles ----------------------------------------------------------------------------------------


def in_cycles(**more: Any) -> m.DecisionProblem:
    """Half of those alive die a year, from 63 on."""
    dies = m.Event("dies", m.When(life="alive"), m.PerCycle(0.5), {"life": "dead"})
    path = m.Pathway(
        "chain",
        (m.Domain("life", ("alive", "dead"), "", ("dead",)),),
        (dies,),
        {"life": "alive"},
        characteristics=(m.Characteristic("age", m.Numeric("normal", 63.0, 0.0)),),
        cycle=m.Cycle(1.0, counted="start", events="end"),
    )
    settings = (m.Setting("base", "B", horizon=3.0),)
    given: dict[str, Any] = {"costs": (), "utilities": (m.Utility(m.When(), 1.0),), "pathway": path}
    given["strategies"] = (m.Strategy("usual", "U"), m.Strategy("plan", "P", (replace(PLAN, start=0.0, end=None),)))
    return replace(PROBLEM, settings=settings, **{**given, **more})


def test_a_cohort_in_cycles_grows_older_too() -> None:
    ages = m.Profile.by_age({0: 1.0, 64: 0.8, 65: 0.4})
    costs = (
        m.CostItem("death", "D", "nhs", m.EventCount("dies"), 10.0, by=(BY_AGE,)),
        m.CostItem("drug", "D", "nhs", m.ComponentTime("plan"), 100.0, by=(ages,)),
    )
    found = run(load(in_cycles(utilities=(m.Utility(m.When(), 0.9, by=(ages,)),), costs=costs)), fixed=True)
    years = 1 + 0.5 * 0.8 + 0.25 * 0.4
    deaths = 10 * (0.5 * 64 + 0.25 * 65 + 0.125 * 66)
    assert found.effect[0] == pytest.approx([0.9 * years] * 2, rel=1e-12)
    assert found.cost[0] == pytest.approx([deaths, deaths + 100 * years], rel=1e-12)


def test_a_cohort_in_cycles_tells_the_last_years_of_those_who_die() -> None:
    """Of 1/2, 1/4 and 1/8 who die in the three cycles: the last one and a half years, at starts of cycles."""
    ages = m.Profile.by_age({0: 1.0, 64: 10.0})
    last = m.Utility(m.When(), -0.08, "gain", by=(ages,), before=m.Before(DEAD, 1.5))
    found = run(load(in_cycles(utilities=(m.Utility(m.When(), 1.0), last))), fixed=True)
    first, second, third = 1.0, 10 + 0.5 * 1.0, 10 + 0.5 * 10
    lost = 0.08 * (first / 2 + second / 4 + third / 8)
    assert found.effect[0, 0] == pytest.approx(1.75 - lost, rel=1e-12)
    ever = m.Utility(m.When(), -0.4, "gain", before=m.Before(DEAD, math.inf))
    everything = run(load(in_cycles(utilities=(m.Utility(m.When(), 1.0), ever))), fixed=True)
    assert everything.effect[0, 0] == pytest.approx(1.75 - 0.4 * (1 / 2 + 2 / 4 + 3 / 8), rel=1e-12)


@pytest.mark.parametrize(
    ("counted", "years"), [("start", 0.875 + 0.375 / 2), ("end", 0.375 + 0.125 / 2), ("half-cycle", 0.75)]
)
def test_a_cohort_in_cycles_counts_up_to_within_a_cycle(counted: Any, years: float) -> None:
    """Of those who die, 7/8, 3/8 and 1/8 live at the moments before: up to 1.5 years, half of the second cycle."""
    until = m.Utility(m.When(), -0.4, "gain", before=m.Before(DEAD, math.inf, until=1.5))
    asked = in_cycles(utilities=(m.Utility(m.When(), 1.0), until))
    asked = replace(asked, pathway=replace(asked.pathway, cycle=m.Cycle(1.0, counted=counted, events="end")))
    plain = replace(asked, utilities=asked.utilities[:1])
    lost = run(load(plain), fixed=True).effect[0, 0] - run(load(asked), fixed=True).effect[0, 0]
    assert lost == pytest.approx(0.4 * years, rel=1e-12)


# --- what is refused ----------------------------------------------------------------------------------


def utility(**more: Any) -> dict[str, Any]:
    return {"utilities": (m.Utility(m.When(), 0.8), m.Utility(m.When(), -0.1, "gain", **more))}


def by(*terms: m.Term) -> dict[str, Any]:
    return utility(by=(m.Profile(terms),))


REFUSED = {
    "a characteristic that is none": (by(m.Term(1.0, powers={"bmi": 1})), r"powers: 'bmi' is unknown"),
    "a level that is none": (by(m.Term(1.0, levels={"sex": "men"})), r"levels\[sex\]: 'men' is unknown"),
    "the level of a number": (by(m.Term(1.0, levels={"age": "old"})), "age is a number"),
    "the power of a level": (by(m.Term(1.0, powers={"sex": 1})), "sex has levels"),
    "a gap between people": (by(m.Term(1.0, levels={"sex": "male"})), "no term holds from age 0 on of sex female"),
    "a gap between ages": (by(m.Term(1.0, (0, 50)), m.Term(1.0, (60, math.inf))), "from age 50 on of everybody"),
    "too high a power": (by(m.Term(1.0), m.Term(1.0, powers={"age": 5})), "at most 4"),
    "an end that is none": (utility(before=m.Before(m.When(life="ill"), 1.0)), "life ill; allowed: absorbing levels"),
    "no end at all": (utility(before=m.Before(m.When(), 1.0)), "always; allowed: absorbing levels of one domain"),
    "a level that is not there": (utility(before=m.Before(m.When(life="gone"), 1.0)), "'gone' is unknown"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_pathway_lacks_is_refused_where_it_stands(what: str) -> None:
    fields, words = REFUSED[what]
    with pytest.raises(m.ModelError, match=words):
        replace(PROBLEM, **fields)


def test_declarations_that_say_nothing_sensible_are_refused() -> None:
    for ages in ((5.0, 5.0), (-1.0, 5.0), (5.0,)):
        with pytest.raises(m.ModelError, match=r"Term.ages"):
            m.Term(1.0, ages)  # type: ignore[arg-type]
    with pytest.raises(m.ModelError, match="must rise, from 0"):
        m.Profile.by_age({16: 0.9, 25: 0.8})
    for within, beyond in ((0.0, 0.0), (1.0, 1.0), (1.0, -1.0), (math.nan, 0.0)):
        with pytest.raises(m.ModelError, match="Before"):
            m.Before(DEAD, within, beyond)
    with pytest.raises(m.ModelError, match=r"Utility.before: given with role level"):
        m.Utility(m.When(), 0.8, before=m.Before(DEAD, 1.0))
    with pytest.raises(m.ModelError, match="by: n-th occurrences are not told"):
        m.CostItem("c", "C", "nhs", m.EventCount("dies", 1, 1), 1.0, by=(NORM,))
    with pytest.raises(m.ModelError, match="before: a basis EventCount is not counted back"):
        m.CostItem("c", "C", "nhs", m.EventCount("dies"), 1.0, before=m.Before(DEAD, 1.0))


def test_what_cannot_be_told_so_is_refused() -> None:
    two = m.Domain("life", ("alive", "frail", "dead"), "", ("dead",))
    path = replace(in_cycles().pathway, domains=(two,))
    some = (m.Utility(m.When(), 0.8), m.Utility(m.When(life="frail"), -0.1, "gain", before=m.Before(DEAD, 1.0)))
    with pytest.raises(m.ModelError, match="not where they have been before: life is frail"):
        in_cycles(pathway=path, utilities=some)
    with pytest.raises(m.ModelError, match=r"go by age, by characteristic or before the end"):
        run(load(PROBLEM, inline=NUMBERS), fixed=True, exact=True)


def test_a_multiple_of_the_norm_may_be_drawn_above_1_and_not_come_to_more_where_it_stands() -> None:
    """u / the norm of those who were asked, times the norm by age: the usual adjustment."""
    record = {"u_ill": NUMBERS["u_ill"]}
    worth = m.Utility(m.When(), m.Quotient("u_ill", 0.83), by=(m.Profile.by_age({0: 0.9, 65: 0.8}),))
    told = replace(PROBLEM, costs=(), utilities=(worth,), strategies=(m.Strategy("usual", "Usual"),))
    found = run(load(told, inline=record), fixed=True, people=10, seed=1)
    assert found.effect[0, 0] == pytest.approx(0.6 / 0.83 * (5 * 0.9 + 5 * 0.8))
    with pytest.raises(InputError, match=r"Utility\.by: of age 60: .*1\.08 is out of range"):
        load(replace(told, utilities=(replace(worth, value=m.Quotient("u_ill", 0.5)),)), inline=record)


def test_a_unit_that_makes_no_money_is_refused() -> None:
    item = replace(PROBLEM.costs[2], unit_cost="c_last", by=(m.Profile.by_age({0: "c_event"}),))
    with pytest.raises(Exception, match="unit_cost and quantities and by"):
        load(replace(PROBLEM, costs=(item,)), inline=NUMBERS)


def test_it_is_told_in_english() -> None:
    case = load(PROBLEM, inline=NUMBERS)
    words = " ".join(describe(case.problem, case.setting, case.parameters).split())
    assert "of sex male, from age 65" in words
    assert "in the last 1 year before" in words


def test_norms_are_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "norms.csv").write_text("age,men\n0,0.94\n25,0.92\n", encoding="utf-8")
    assert m.Profile.read(tmp_path / "norms.csv", "men") == m.Profile.by_age({0.0: 0.94, 25.0: 0.92})
    with pytest.raises(m.ModelError, match="'women' is unknown"):
        m.Profile.read(tmp_path / "norms.csv", "women")
    with pytest.raises(m.ModelError, match=r"none\.csv"):
        m.Profile.read(tmp_path / "none.csv", "men")


@pytest.mark.parametrize(("until", "told", "exact"), [(0.1, 16, 18), (0.25, 41, 44), (0.5, 82, 86), (1.0, 165, 164)])
def test_a_span_shorter_than_a_cycle_is_told_as_coarsely_as_the_page_says(until: float, told: int, exact: int) -> None:
    """As the page of models says: the last year's 1,000 until then, where 0.2 die a year, in cycles of a year."""
    dead = m.When(health="dead")
    last = m.CostItem("last", "Last", "nhs", m.StateTime(m.When()), 1000.0, before=m.Before(dead, 1.0, until=until))
    dies = m.Event("dies", m.When(health="alive"), m.PerCycle(1 - math.exp(-0.2)), {"health": "dead"})
    health = m.Domain("health", ("alive", "dead"), "Health", absorbing=("dead",))
    problem = m.DecisionProblem(
        id="last_year_in_cycles",
        label="Last year",
        pathway=m.Pathway("dying", (health,), (dies,), {"health": "alive"}, cycle=m.Cycle(1.0)),
        strategies=(m.Strategy("a", "A"), m.Strategy("b", "B")),
        settings=(m.Setting("base", "Base", horizon=10.0),),
        costs=(last,),
        utilities=(m.Utility(m.When(health="alive"), 1.0),),
        discount_costs=0.0,
        discount_effects=0.0,
    )
    assert round(run(load(problem), fixed=True).cost[0, 0]) == told
    time = (np.arange(100_000) + 0.5) / 1e4
    spans = np.clip(np.minimum(until, time) - np.minimum(until, np.maximum(time - 1.0, 0.0)), 0.0, None)
    assert round(float((1000 * 0.2 * np.exp(-0.2 * time) * spans).sum() / 1e4)) == exact
