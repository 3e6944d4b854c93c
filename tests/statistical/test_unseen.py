"""What nobody met is not zero: told with what it could be worth, counted by its hazard where that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import models as m
from simulate import load, run, sweep
from simulate.analyse.sweep.comparison_rows import comparisons
from simulate.evaluate.rare.expectation import expected_count
from simulate.present.terminal.outcome import print_outcome
from simulate.present.terminal.summary import summary_lines
from simulate.present.terms.face import Face
from simulate.result.judgement import unseen_names
from simulate.result.priorities.league import league
from simulate.result.result import Result
from tests.oracle.agreement import mean_agrees

NEW = m.Strategy("new", "New", (m.Component("pill", "Pill", (m.Effect("harm", "hazard", "hr"),)),))
USUAL = m.Strategy("usual", "Usual")
HOME = m.When(care="home")


def problem(hazard: Any, **more: Any) -> m.DecisionProblem:
    """Everybody at home for a year; a harm of a great price that comes to hardly anybody; a pill that halves it."""
    changes = {k: more.pop(k) for k in ("becomes", "covariates", "characteristics", "branches") if k in more}
    event = m.Event("harm", HOME, hazard, changes.pop("becomes", {}), changes.pop("branches", ()), label="grave harm")
    care = m.Domain("care", ("home", "ward"))
    visit = m.Event("visit", HOME, m.Exponential(1.0))
    pathway = m.Pathway("rare", (care,), (event, visit), {"care": "home"}, **changes)
    costs = (
        m.CostItem("harm", "Harm", "nhs", m.EventCount("harm"), "c_harm"),
        m.CostItem("pill", "Pill", "nhs", m.Delivery("pill"), 20.0),
        *more.pop("costs", ()),
    )
    return m.DecisionProblem(
        "rare", "Rare", pathway, (USUAL, NEW), (m.Setting("base", "Base", horizon=1.0),), costs=costs,
        utilities=(m.Utility(m.When(), 0.7),), discount_costs=0.0, **more,
    )  # fmt: skip


def records(rate: float, price: float, hr: float = 0.5) -> dict[str, Any]:
    def fixed(unit: str, value: float, **more: str) -> dict[str, Any]:
        return {"unit": unit, "distribution": {"fixed": {"value": value}}, **more}

    return {
        "r_harm": fixed("per_year", rate),
        "hr": fixed("ratio", hr),
        "c_harm": fixed("GBP", price, price_year="2023/24"),
    }


def found(p: m.DecisionProblem, given: dict[str, Any], draws: int = 16, people: int = 50) -> Result:
    used = set(m.parameter_names(p))
    return run(load(p, inline={n: v for n, v in given.items() if n in used}), draws=draws, people=people, seed=3)


@pytest.mark.parametrize(("rate", "price"), [(1e-5, 8.26e7), (1e-4, 8.26e6), (1e-3, 8.26e5)])
def test_a_rare_event_of_constant_hazard_needs_not_be_seen(rate: float, price: float) -> None:
    """A pill of GBP 20 that averts half of them: the difference is 20 - price (e^... ) = -393, though none is seen."""
    result = found(problem(m.Exponential("r_harm")), records(rate, price))
    summary = result.summary()
    exact = 20.0 - price * rate * 0.5
    assert exact == pytest.approx(-393)
    increment = summary["incremental"][0]
    assert increment["cost"]["mean"] == pytest.approx(exact, rel=1e-9)
    assert increment["verdict"] == "dominates" and increment["p_cost_saving"] == 1.0 and increment["unseen"] == []
    rows = [r for r in summary["unseen"] if r["name"] == "harm"]
    assert {r["strategy"] for r in rows} <= {"usual", "new"} and all(r["counted"] == "expected" for r in rows)
    for row in rows:
        assert row["expected"] == pytest.approx(rate * (0.5 if row["strategy"] == "new" else 1.0))
        assert row["people_needed"] == pytest.approx(np.log(20) / row["expected"], rel=1e-6, abs=1)
    assert rate == 1e-3 or any("Grave harm: met by nobody of 800 people" in line for line in lines(result))


def lines(result: Result) -> list[str]:
    return summary_lines(result.summary(), result.case.problem, result.case.parameters)


UNKNOWN = {
    "another law": problem(m.Weibull(1.0, 1e7)),
    "a person's own rate": problem(
        m.Exponential("r_harm"),
        characteristics=(m.Characteristic("dose", m.Numeric("uniform", 0.0, 1.0)),),
        covariates=(m.Covariate("dose", "harm", "hazard", 1.1),),
    ),
    "it moves people": problem(m.Exponential("r_harm"), becomes={"care": "ward"}),
}


@pytest.mark.parametrize("why", UNKNOWN)
def test_what_no_hazard_tells_is_told_and_turns_the_verdict(why: str) -> None:
    """No more "GBP 20 (20 to 20), MCSE 0, saves in 0%, dominated": the limit is 3 / 800 a person."""
    ward = m.CostItem("ward", "Ward", "nhs", m.StateTime(m.When(care="ward")), 1e6)
    p = replace(UNKNOWN[why], costs=(*UNKNOWN[why].costs, ward)) if why == "it moves people" else UNKNOWN[why]
    summary = found(p, records(1e-6, 8.26e6)).summary()
    row = next(r for r in summary["unseen"] if r["what"] == "event" and r["strategy"] == "usual")
    assert row["name"] == "harm" and row["seen"] == 0 and row["people"] == 800
    assert row["limit"] == pytest.approx(-np.log(0.05) / 800) and row["limit"] == pytest.approx(3 / 800, rel=2e-3)
    worth = 1e6 if why == "it moves people" else 8.26e6
    assert row["cost_at_most"] == pytest.approx(row["limit"] * worth) and row["counted"] == "simulated"
    increment = summary["incremental"][0]
    assert increment["verdict"].endswith(", but for what was not seen") and increment["unseen"][0] == "harm"
    assert increment["cost"]["mcse"] > 1000 and summary["strategies"][0]["cost"]["mcse"] > 1000
    assert summary["noise"]["p_flip"] is None


def test_the_terminal_tells_it() -> None:
    text = " ".join(" ".join(lines(found(UNKNOWN["another law"], records(1e-4, 8.26e6)))).split())
    assert "Grave harm: met by nobody of 800 people under usual care and new" in text.replace(
        "usual and", "usual care and"
    ).replace("Usual and New", "usual care and new")
    assert "but for what was not seen: grave harm" in text and "where the choice is closest" not in text


def test_other_things_that_nobody_met() -> None:
    """A branch, a third occurrence, a stay's late band, a component hardly taken up; nothing that cannot happen."""
    branches = (m.Branch("mild", 1.0, {}), m.Branch("grave", 1e-7, {}), m.Branch("never", 0.0, {}))
    bases: tuple[m.Basis, ...] = (
        m.EventCount("harm.grave"),
        m.EventCount("harm.never"),
        m.EventCount("visit", first=40),
        m.StayBand(HOME, 0.5, 2.0),
        m.StayBand(HOME, 5.0, 6.0),
        m.StateTime(m.When(care="ward")),
    )
    costs = tuple(m.CostItem(f"c{i}", "", "nhs", basis, 1000.0) for i, basis in enumerate(bases))
    p = problem(m.Exponential(2.0), branches=branches, costs=costs)
    hardly = m.Strategy("new", "New", (m.Component("pill", "Pill", uptake=1e-6),))
    result = found(replace(p, strategies=(USUAL, hardly)), records(1.0, 1.0), draws=4, people=20)
    told = {(r["what"], r["name"]) for r in result.summary()["unseen"]}
    assert told == {("event", "harm.grave"), ("occurrence", "visit, from 40 on"), ("component", "pill")}


def test_what_is_seen_a_few_times_has_a_limit_too_and_what_is_seen_often_is_not_told() -> None:
    for people, told in ((100, True), (4000, False)):
        summary = found(problem(m.Weibull(1.0, 400.0)), records(1.0, 1e5, 1.0), draws=4, people=people).summary()
        rows = [r for r in summary["unseen"] if r["name"] == "harm"]
        assert bool(rows) == told
        assert all(0 <= r["seen"] < 5 and r["limit"] * r["people"] > r["seen"] + 2 for r in rows)


def test_arms_without_an_effect_make_no_difference_whatever_was_not_seen() -> None:
    p = replace(problem(m.Weibull(1.0, 1e7)), costs=(m.CostItem("harm", "", "nhs", m.EventCount("harm"), "c_harm"),))
    row = found(p, records(1.0, 1e7, 1.0)).summary()["incremental"][0]
    assert row["verdict"] == "no difference" and row["cost"]["mcse"] == 0.0
    row = found(p, records(1.0, 1e7, 0.5)).summary()["incremental"][0]
    assert row["verdict"] == "no difference, but for what was not seen" and row["cost"]["mcse"] > 0


def test_the_expectation_is_what_counts_come_to() -> None:
    """A common event: the mean count and the expected one, draw by draw, differ by noise alone; never by the effect."""
    p = problem(m.Exponential("r_harm"), becomes={"care": "ward"})
    result = found(p, records(0.8, 1.0), draws=8, people=4000)
    expected = expected_count(p, result.draws, result.statistics, "harm")
    assert expected is not None and result.counted is result.statistics  # common: counted as it was
    k = result.statistics.outcomes.index("harm")
    gap = result.statistics.count[..., k] - expected
    for s in range(2):
        for rate in range(3):
            assert mean_agrees(gap[:, s, :, rate].ravel() / result.statistics.people[0] + 1, 1.0, catches=0.05)
            assert not mean_agrees(
                gap[:, 1, :, rate].ravel() / 4000 * 8 + expected[:, 0, :, rate].ravel() / 500 + 1, 1.0
            )


RISKY = problem(m.Weibull(1.0, 1e7))
PILL = records(1e-7, 8.26e6)


def test_every_verdict_rests_on_what_it_rests_on() -> None:
    """All strategies' table, scenarios, subgroups, a league and sensitivity analyses say it like the summary."""
    result = found(RISKY, PILL)
    assert all(status.endswith(", but for what was not seen") for status in result.incremental()["status"])
    (row,) = comparisons(result, 100.0)
    assert row["verdict"].endswith(", but for what was not seen")
    assert row["cost_mcse"] > 1000 and row["nmb_mcse"] > 1000
    table = league([result], 1e6, {"rare": 100.0}).table
    assert table["verdict"][0].endswith(", but for what was not seen")
    swept = sweep.one_way(result.case, ranges={"c_harm": (0.0, 1e7)}, names=["c_harm"], people=50, threshold=100.0)
    assert swept.summary()["unseen"] == ["harm"]


def test_what_was_seen_is_said_nowhere_to_be_unseen() -> None:
    result = found(problem(m.Weibull(1.0, 2.0)), records(1.0, 10.0))
    assert result.incremental()["status"].isin(["reference", "on frontier", "dominated"]).all()
    assert "unseen" in result.summary()["incremental"][0] and unseen_names(result) == []
    assert not comparisons(result, 100.0)[0]["verdict"].endswith("seen")


@pytest.mark.parametrize("rests", [True, False])
def test_a_finding_says_in_text_what_it_rests_on(rests: bool, capsys: pytest.CaptureFixture[str]) -> None:
    result = found(RISKY if rests else problem(m.Exponential("r_harm")), PILL)
    print_outcome(Face(kind="any", data={}, lines=lambda: ["Found."], rests_on=result))
    out = capsys.readouterr().out
    assert ("Rests on what nobody met, which could turn it: grave harm. Simulate more people." in out) == rests


def ward_of(share: dict[str, Any]) -> m.DecisionProblem:
    """Harm leads to a ward in a share of cases that the strategies give; 0 under usual care."""
    branches = (m.Branch("ward", "p_ward", {"care": "ward"}), m.Branch("home", m.Complement("p_ward"), {}))
    p = problem(
        m.Exponential("r_harm"),
        branches=branches,
        costs=(
            m.CostItem("ward", "Ward", "nhs", m.StateTime(m.When(care="ward")), "c_ward"),
            m.CostItem("second", "Second", "nhs", m.EventCount("harm.ward", first=2), "c_harm"),
        ),
    )
    new = replace(p.strategies[1], components=(), given=share)
    return replace(p, strategies=(USUAL, new), costs=tuple(c for c in p.costs if c.name != "pill"))


@pytest.mark.parametrize("share", [0.3, 0.0])
def test_what_cannot_come_under_a_strategy_is_not_unseen_there(share: float) -> None:
    """A branch that only one strategy opens: usual care lacks neither it, nor the ward, nor what comes of it."""
    given = {
        **records(2.0, 50.0),
        "p_ward": {"unit": "probability", "distribution": {"fixed": {"value": 0.0}}},
        "c_ward": {"unit": "GBP_per_day", "price_year": "2023/24", "distribution": {"fixed": {"value": 500.0}}},
    }
    result = found(ward_of({"p_ward": share}), given)
    assert "usual" not in {row["strategy"] for row in result.summary()["unseen"]}
    rare = found(ward_of({"p_ward": 1e-7}), given)
    told = {(row["what"], row["name"], row["strategy"]) for row in rare.summary()["unseen"]}
    assert {("event", "harm.ward", "new"), ("state", "care is ward", "new")} <= told
    assert "usual" not in {strategy for _, _, strategy in told}
