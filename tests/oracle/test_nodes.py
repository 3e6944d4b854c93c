"""Chance nodes: decision trees to the printed digit, and nodes within pathways, against arithmetic by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import models as m
from parameters import InputError
from simulate import load, run
from simulate.ask.case import Case
from simulate.engine.lower.people import PeopleFile
from tests.oracle.chains import money
from tests.oracle.small import simulate

# --- sumatriptan or caffeine for migraine: Evans 1997 (doi 10.2165/00019053-199712050-00007), as Briggs, Claxton and
# Sculpher (2006) print it in box 2.3 and the package rdecision has it (vignette DT01): utilities of 24 hours ---------

PLACES = ("attack", "relieved", "unrelieved", "emergency", "over")
NODES = (
    ("treated", "attack", (("relief", "p_relief", "relieved"), ("none", m.Complement("p_relief"), "unrelieved"))),
    ("relief", "relieved", (("held", "p_held", "over"), ("recurs", m.Complement("p_held"), "over"))),
    ("no_relief", "unrelieved", (("endured", 0.92, "over"), ("visit", 0.08, "emergency"))),
    ("emergency", "emergency", (("sent_home", 0.998, "over"), ("admitted", 0.002, "over"))),
)
WORTH = {
    "relief.held": 1.0,
    "relief.recurs": 0.9,
    "no_relief.endured": -0.3,
    "emergency.sent_home": 0.1,
    "emergency.admitted": -0.3,
}
PRICES = {"drug": 16.10, "visit": 63.16, "admitted": 1093.0}
YEARLY = m.Cycle(1.0)


def node(name: str, at: str, ways: Any) -> m.Event:
    ends = tuple(m.Branch(branch, weight, {"place": to}) for branch, weight, to in ways)
    return m.Event(name, m.When(place=at), m.AtOnce(), branches=ends)


def fixed(unit: str, value: float) -> dict[str, Any]:
    return {"unit": unit, "distribution": {"fixed": {"value": value}}}


def migraine(**more: Any) -> Case:
    place = m.Domain("place", PLACES, "Place", ("over",))
    pathway = m.Pathway("migraine", (place,), tuple(node(*x) for x in NODES), {"place": "attack"}, **more)
    counted = (("drug", "treated"), ("drug", "relief.recurs"), ("visit", "no_relief.visit"))
    problem = m.DecisionProblem(
        id="migraine",
        label="Migraine",
        pathway=pathway,
        strategies=(
            m.Strategy("caffeine", "Caffeine", given={"c_drug": 1.32, "p_relief": 0.379, "p_held": 0.703}),
            m.Strategy("sumatriptan", "Sumatriptan"),
        ),
        settings=(m.Setting("base", "An attack", horizon=1.0),),
        costs=tuple(
            m.CostItem(f"{price}_{k}", event, "nhs", m.EventCount(event), f"c_{price}")
            for k, (price, event) in enumerate((*counted, ("admitted", "emergency.admitted")))
        ),
        utilities=tuple(m.Utility(m.When(), u / 365.25, "event", name) for name, u in WORTH.items()),
    )
    shares = {"p_relief": fixed("probability", 0.558), "p_held": fixed("probability", 0.594)}
    return load(problem, inline=shares | {f"c_{n}": money(p, "GBP") for n, p in PRICES.items()})


def test_a_decision_tree_gives_what_is_printed_of_it() -> None:
    """Costs of 4.71 and 22.06 dollars; utilities .20 and .42; paths A (.331) and H (.571), -.17: box 2.3."""
    found = run(migraine(cycle=YEARLY), fixed=True)
    assert [f"{x:.2f}" for x in found.cost[0]] == ["4.71", "22.06"]
    assert [f"{x * 365.25:.2f}" for x in found.effect[0]] == ["0.20", "0.42"]
    count = found.statistics.per_person(found.statistics.count)[0, :, 0]
    held, endured = (found.statistics.outcomes.index(x) for x in ("relief.held", "no_relief.endured"))
    assert f"{count[1, held]:.3f}" == "0.331"
    assert f"{count[0, endured]:.3f}" == "0.571"
    assert f"{count[0, endured] * -0.3:.2f}" == "-0.17"
    emergency = 0.998 * 0.1 - 0.002 * 0.3
    worth = [
        r * (h + (1 - h) * 0.9) + (1 - r) * (-0.3 * 0.92 + 0.08 * emergency)
        for r, h in ((0.379, 0.703), (0.558, 0.594))
    ]
    assert found.effect[0] * 365.25 == pytest.approx(worth, rel=1e-13)


def test_people_go_through_a_tree_as_a_cohort_does() -> None:
    exact, found = run(migraine(cycle=YEARLY), fixed=True), run(migraine(), fixed=True, people=40_000, seed=2)
    count, wanted = (x.statistics.per_person(x.statistics.count)[0, :, 0] for x in (found, exact))
    error = np.sqrt(wanted * (1 - wanted) / 40_000)
    assert (np.abs(count - wanted) <= 4 * error + 1e-12).all()  # 18 shares, at most 1 in 800 wrong
    assert not found.statistics.time[..., :-1].any()  # but over


def problem_of(pathway: m.Pathway, horizon: float, *components: m.Component, **more: Any) -> m.DecisionProblem:
    return m.DecisionProblem(
        id="nodes",
        label="Nodes",
        pathway=pathway,
        strategies=(m.Strategy("usual", "Usual care"), m.Strategy("new", "New", components)),
        settings=(m.Setting("base", "Everybody", horizon=horizon),),
        **more,
    )


# --- nodes within pathways ------------------------------------------------------------------------

LEVELS = ("well", "visit", "ward", "home", "dead")


def clinic(**more: Any) -> m.Pathway:
    """Who falls ill is seen at once: dies there, or goes to the ward or home; nobody has a visit that lasts."""
    care = m.Domain("place", LEVELS, "Place", ("dead",))
    ill = m.PerCycle(0.2) if more else m.Exponential(0.7)
    out = m.PerCycle(0.5) if more else m.Weibull(2.0, 0.5)
    events = (
        m.Event("falls_ill", m.When(place="well"), ill, {"place": "visit"}),
        node("seen", "visit", (("dies", 0.1, "dead"), ("in", 0.3, "ward"), ("out", 0.6, "home"))),
        m.Event("leaves", m.When(place=("ward", "home")), out, {"place": "well"}),
        m.Event("accident", m.When(place="visit"), m.PerCycle(1.0) if more else m.Exponential(1e6), {"place": "dead"}),
    )
    return m.Pathway("clinic", (care,), events, {"place": more.pop("start", "well")}, **more)


@pytest.mark.parametrize("start", ["well", "visit"])
def test_a_cohort_passes_nodes_as_matrices_say_that_have_none(start: str) -> None:
    problem = problem_of(clinic(cycle=YEARLY, start=start), 12.0, discount_effects=0.05)
    worth = tuple(m.Utility(m.When(place=x), u) for x, u in (("well", 1.0), ("ward", 0.4), ("home", 0.7)))
    found = run(load(replace(problem, utilities=worth)), fixed=True)
    step = np.array([[0.8, 0.06, 0.12, 0.02], [0.5, 0.5, 0, 0], [0.5, 0, 0.5, 0], [0, 0, 0, 1.0]])
    first = np.array([1.0, 0, 0, 0]) if start == "well" else np.array([0, 0.3, 0.6, 0.1])
    shares = np.stack([first @ np.linalg.matrix_power(step, k) for k in range(13)])
    weights = np.r_[0.5, np.ones(11), 0.5]
    assert found.effect[0, 0] == pytest.approx(
        (weights * 1.05 ** -np.arange(13.0)) @ shares @ np.array([1.0, 0.4, 0.7, 0]), rel=1e-13
    )
    x = found.statistics
    k = x.outcomes.index("seen.in")
    often = 0.2 * 0.3 * shares[:-1, 0]
    at_entry = 0.3 * (start == "visit")
    assert x.per_person(x.count)[0, 0, 0, k] == pytest.approx(often.sum() + at_entry, rel=1e-13)
    discounted = often @ 1.05 ** -np.arange(1.0, 13) + at_entry
    assert x.per_person(x.count)[0, 0, 2, k] == pytest.approx(discounted, rel=1e-13)
    seen = x.trackers.index("seen")
    never = 0.8**12 if start == "well" else 0.0
    assert x.ever[0, 0].sum(axis=0)[seen] / x.people.sum() == pytest.approx(1 - never, rel=1e-12)
    waited = (1 - 0.8**12) / 0.2 if start == "well" else 0.0
    assert x.first[0, 0].sum(axis=0)[seen] / x.people.sum() == pytest.approx(waited, abs=1e-12)
    assert not x.time[..., [j for j, s in enumerate(x.states) if s == {"place": "visit"}]].any()


def test_people_pass_nodes_at_the_very_moment_and_clocks_begin_behind_them() -> None:
    found = simulate(clinic(), 1000, 6.0, histories=True)
    ill, seen = found.events("falls_ill"), np.concatenate([found.events(f"seen.{x}") for x in ("dies", "in", "out")])
    assert found.count("accident").sum() == 0
    pairs = {(person, t) for person, t in seen[:, [1, 3]].tolist()}
    assert {(person, t) for person, t in ill[:, [1, 3]].tolist()} == pairs
    assert len(seen) == len(ill) > 1200
    share = found.count("seen.in").sum() / len(seen)
    assert abs(share - 0.3) < 4 * math.sqrt(0.21 / len(seen))
    came = np.concatenate([found.events(f"seen.{x}") for x in ("in", "out")])
    came, left = came[np.lexsort((came[:, 3], came[:, 1]))], found.events("leaves")
    starts = {person: [t for p, t in came[:, [1, 3]].tolist() if p == person] for person in range(300)}
    stays = [t - max(x for x in starts[p] if x < t) for p, t in left[:, [1, 3]].tolist() if p < 300]
    # A Weibull of shape 2 and scale 0.5 from the moment behind the node; follow-up cuts few off.
    assert abs(np.mean(stays) - 0.5 * math.gamma(1.5)) < 4 * 0.5 * math.sqrt((1 - math.pi / 4) / len(stays)) + 0.01


def test_people_of_a_file_pass_at_once_however_long_they_have_been_ill() -> None:
    """Years already spent run on other clocks, and keep nobody at a node."""
    file = PeopleFile(("1", "2"), np.ones(2), {}, {"place": np.array(["visit", "visit"], object)}, np.array([0.0, 3.0]))
    found = simulate(clinic(), 2, 1.0, file=file, histories=True)
    assert not found.time(place="visit").any()
    assert sum(found.count(f"seen.{x}").sum() for x in ("dies", "in", "out")) >= 2


def two_nodes(*ways: tuple[str, str, str]) -> m.Pathway:
    place = m.Domain("place", ("a", "b", "c"), "Place")
    rest = m.Event("goes", m.When(place="c"), m.Exponential(1.0), {"place": "a"})
    nodes = tuple(node(name, at, ((f"{name}_on", 0.5, to), (f"{name}_out", 0.5, "c"))) for name, at, to in ways)
    return m.Pathway("two", (place,), (*nodes, rest), {"place": "a"})


def test_nodes_that_lead_in_a_circle_are_refused_wherever_they_lie() -> None:
    worth = (m.Utility(m.When(place="c"), 1.0),)
    load(replace(problem_of(two_nodes(("first", "a", "b"), ("second", "b", "c")), 2.0), utilities=worth))
    with pytest.raises(InputError, match=r"Event first.hazard: AtOnce leads back .* by way of first and second"):
        load(replace(problem_of(two_nodes(("first", "a", "b"), ("second", "b", "a")), 2.0), utilities=worth))
    with pytest.raises(m.ModelError, match="Event first: first_on leads to where it comes at once"):
        problem_of(
            two_nodes(
                ("first", "a", "a"),
            ),
            2.0,
        )


def test_what_has_no_place_at_a_node_is_refused() -> None:
    pathway = two_nodes(("first", "a", "c"))
    first = pathway.events[0]

    def with_node(**changes: Any) -> m.Pathway:
        return replace(pathway, events=(replace(first, **changes), *pathway.events[1:]))

    longer = m.Event("x", m.When(place="c"), m.Exponential(1.0), lengthens=(m.Lengthening("first", pause=0.1),))
    for wrong, text in (
        (with_node(clock="start"), "Event first.clock: start; of AtOnce"),
        (with_node(when=m.When()), "Event first.when: everywhere"),
        (replace(pathway, frailties=(m.Frailty("f", 0.5, ("first",)),)), "Frailty f.events: first comes at once"),
        (replace(pathway, history=(m.History("h", "goes", ("first",), 2.0, 1),)), "History h.events: first"),
        (replace(pathway, events=(*pathway.events, longer)), "Event x.lengthens: first comes"),
    ):  # fmt: skip
        with pytest.raises(m.ModelError, match=text):
            problem_of(wrong, 2.0)
    for ratio in ("hazard", "time"):
        with pytest.raises(m.ModelError, match="it comes at once; allowed: an odds or risk ratio of a branch"):
            problem_of(pathway, 2.0, m.Component("c", "C", (m.Effect("first", ratio, 0.5),)))


def test_time_at_a_node_is_no_price_and_no_utility() -> None:
    problem = problem_of(two_nodes(("first", "a", "c")), 2.0)
    worth = (m.Utility(m.When(place="c"), 1.0),)
    load(replace(problem, utilities=worth))  # nobody's utility at a node need be said
    item = m.CostItem("at", "At", "nhs", m.StateTime(m.When(place="a")), 100.0)
    wrong: tuple[dict[str, Any], ...] = ({"costs": (item,)}, {"utilities": (*worth, m.Utility(m.When(place="a"), 0.5))})
    for changes in wrong:
        with pytest.raises(InputError, match="place is a: people pass there at once, with no time to count"):
            load(replace(problem, **{"utilities": worth, **changes}))


@pytest.mark.parametrize("cycle", [None, YEARLY])
@pytest.mark.parametrize("absorbing", [(), ("over",)])
def test_what_is_given_at_entry_is_given_to_those_whom_a_node_takes_at_once(cycle: Any, absorbing: Any) -> None:
    place = m.Domain("place", ("here", "over"), "Place", absorbing)
    leave = m.Event("leave", m.When(place="here"), m.AtOnce(), {"place": "over"})
    pathway = m.Pathway("z", (place,), (leave,), {"place": "here"}, cycle=cycle)
    item = m.CostItem("new", "New", "nhs", m.Delivery("new"), 100.0)
    problem = problem_of(pathway, 1.0, m.Component("new", "New"), costs=(item,), utilities=(m.Utility(m.When(), 0.0),))
    assert run(load(problem), fixed=True, people=100).cost[0].tolist() == [0.0, 100.0]


def test_odds_and_risk_ratios_act_at_nodes() -> None:
    worth = (m.Utility(m.When(place=("well", "ward", "home")), 1.0),)
    for ratio, share in (("risk", 0.15), ("odds", 0.3 / 2 / (0.7 + 0.3 / 2))):
        drug = m.Component("drug", "Drug", (m.Effect("seen", ratio, 0.5, branch="in"),))  # type: ignore[arg-type]
        problem = replace(problem_of(clinic(cycle=YEARLY, start="visit"), 1.0, drug), utilities=worth)
        x = run(load(problem), fixed=True).statistics
        assert x.per_person(x.count)[0, 1, 0, x.outcomes.index("seen.in")] == pytest.approx(share, rel=1e-12)
