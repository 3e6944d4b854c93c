"""Expected values in place of simulated people: what is left out, what is refused, and that a folder keeps them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import contract as m
from models.contract import ModelError
from simulate import load, read_result, run
from simulate.ask.asked import ask
from simulate.ask.essential import essential, left_out
from simulate.engine.progress import silent
from simulate.engine.renewal.chances import CLOSE
from simulate.present.faces.run import face
from simulate.present.folder.output import write
from simulate.running.expected import refuse_inexact
from simulate.running.request import asked_for
from simulate.running.running import simulated
from simulate.running.solving import solved_for
from tests.unit.accounts import every_case


def test_what_nothing_reads_is_left_out_of_every_case() -> None:
    """A problem of its own comes out, which holds what its perspective and effect read."""
    some = 0
    for case in every_case():
        o = ask(case, draws=2, people=2).options
        smaller = essential(case, o.perspective, o.effect)
        some += bool(left_out(case, smaller))
        assert {e.name for e in smaller.problem.effects} == {case.setting.effect}
        assert set(smaller.names()) <= set(case.names())
        assert len(smaller.problem.costs) <= len(case.problem.costs)
    assert some > 25


def test_paid_work_goes_where_health_services_alone_are_judged() -> None:
    case = load("joint_crisis_plan")
    assert left_out(case, essential(case, "service", "detention_pp")) == ("Paid work",)
    assert left_out(case, essential(case, "societal", "detention_pp")) == ()


def test_a_domain_that_a_hazard_goes_by_stays() -> None:
    """Nothing judged reads the mood; who counts how often people fall does not either."""
    by = (m.ByLevel("mood", {"low": 2.0}),)
    dies = m.Event("dies", m.When(), m.Exponential(0.1), {"life": "dead"}, by=by)
    falls = m.Event("falls", m.When(), m.Exponential(0.5), by=by)
    worse = m.Event("worse", m.When(mood="well"), m.Exponential(1.0), {"mood": "low"})
    domains = m.Domain("life", ("alive", "dead"), "Life", ("dead",)), m.Domain("mood", ("well", "low"), "Mood")
    for events, gone in (((dies, worse), ()), ((replace(dies, by=()), worse, falls), ("Mood",))):
        pathway = m.Pathway("mood", domains, events, {"life": "alive", "mood": "well"})
        problem = m.DecisionProblem(
            "mood",
            "Mood",
            pathway,
            (m.Strategy("usual", "Usual care"), m.Strategy("plan", "Plan")),
            (m.Setting("base", "Base", horizon=1.0),),
            utilities=(m.Utility(m.When(), 1.0),),
        )
        case = load(problem, inline={})
        o = ask(case, draws=2, people=2).options
        assert left_out(case, essential(case, o.perspective, o.effect)) == gone


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("individual_placement_and_support", "what has happened to a person changes later hazards"),
        ("recovery_college", "nobody is simulated in recovery_college, an account"),
    ],
)
def test_what_has_no_expected_values_is_refused_before_anything_is_solved(name: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        refuse_inexact(ask(load(name), draws=2, exact=True))


def test_what_expected_values_do_not_tell_is_refused_at_once() -> None:
    with pytest.raises(ModelError, match="allowed: without by_year, persons, people, rng"):
        ask(load("joint_crisis_plan"), draws=2, people=2, rng="philox", exact=True, by_year=True, persons=True)


def test_precision_is_not_asked_of_expected_values() -> None:
    with pytest.raises(ModelError, match="until_mcse: expected values have no Monte Carlo error"):
        asked_for(load("joint_crisis_plan"), exact=True, until_mcse="50")


def test_every_case_is_refused_in_words_or_runs() -> None:
    """Before anything is solved: accounts, and what does not start afresh; which these are is known."""
    refused: dict[str, str] = {}
    for case in every_case():
        try:
            refuse_inexact(ask(case, draws=2, exact=True))
        except ModelError as fault:
            refused[f"{case.problem.id} {case.setting.name}"] = str(fault)
    reasons = ("an account; allowed: without exact", "its clock runs on when", "what has happened to a person changes")
    assert all(any(r in words for r in reasons) for words in refused.values())
    followed = {name: words for name, words in refused.items() if "an account" not in words}
    assert len(followed) == 18 and len(refused) == 59
    assert {name.split()[0] for name in followed} == {
        "housing_first",
        "individual_placement_and_support",
        "joint_crisis_plan",
        "recovery_portfolio",
        "supported_accommodation",
    }


@pytest.mark.slow
def test_every_case_that_is_not_refused_runs_to_within_what_is_wanted() -> None:
    ran = 0
    for case in every_case():
        asked = ask(case, draws=1, exact=True)
        try:
            refuse_inexact(asked)
        except ModelError:
            continue
        found = run(case, fixed=True, exact=True).statistics
        assert found.grid_error is not None and found.grid_error < CLOSE, case.setting.name
        ran += 1
    assert ran == 27


@pytest.mark.slow
def test_what_a_variant_leaves_alone_is_not_found_again() -> None:
    """The bits of usual care are the base case's, and what a variant alters is what it would be alone."""
    case = load("safewards")
    asked = ask(case, fixed=True, exact=True)
    calibration = solved_for(case, fixed=True, threads=1, progress=silent)
    base = simulated(asked, calibration)
    variant = case.setting.variants[0]
    beside, alone = (
        simulated(asked, calibration, variant=variant, known=() if known is None else (known,))
        for known in (base, None)
    )
    assert np.array_equal(beside.cost, alone.cost) and np.array_equal(beside.effect, alone.effect)
    assert np.array_equal(beside.statistics.time, alone.statistics.time)
    assert beside.statistics.rougher.keys() == alone.statistics.rougher.keys() == {"grid", "people"}


@pytest.mark.slow
def test_what_is_solved_for_has_no_noise_of_people_either() -> None:
    """At point estimates the plan averts what was published: a quarter (Molyneaux 2019) of a fifth (Thornicroft 2013).

    Solved for by 100,000 people it is within four of their errors of that, and not nearer by chance.
    """
    exact = run(load("joint_crisis_plan"), fixed=True, exact=True).summary()["incremental"][0]["effect"]["mean"]
    simulated = run(load("joint_crisis_plan"), fixed=True, people=100_000, seed=3).summary()["incremental"][0]["effect"]
    assert abs(exact - 5.0) < 0.0005  # percentage points
    assert 0.001 < abs(simulated["mean"] - 5.0) < 4 * 2**0.5 * simulated["mcse"]


@pytest.mark.parametrize("name", ["safewards", pytest.param("joint_crisis_plan", marks=pytest.mark.slow)])
def test_expected_values_are_told_and_kept(name: str, tmp_path: Path) -> None:
    """Within the errors of 100,000 people; the folder gives them back; no noise and nothing unseen is told."""
    exact = run(load(name), fixed=True, exact=True)
    simulated = run(load(name), fixed=True, people=100_000, seed=3)
    ours, theirs = (r.summary()["incremental"][0] for r in (exact, simulated))
    for name in ("cost", "effect"):
        assert abs(ours[name]["mean"] - theirs[name]["mean"]) < 4.5 * theirs[name]["mcse"]
        assert abs(ours[name]["mean"]) > 5 * theirs[name]["mcse"]  # an effect left out would be seen
    told = face(exact, which="none")
    summary = write(told, tmp_path / "out")
    assert summary["exact"]["grid_error"] < 1e-4 and summary["unseen"] == []
    assert 0 < ours["cost"]["numerical_error"] < 1 and 0 < ours["effect"]["numerical_error"] < 0.01
    assert "within £" in "\n".join(told.lines()) and "MCSE £0" not in "\n".join(told.lines())
    assert "nobody is simulated: expected values" in " ".join(" ".join(told.lines()).split())
    back = read_result(tmp_path / "out")
    assert np.array_equal(back.cost, exact.cost) and back.options.exact
    assert back.numerical_error(lambda r: r.cost[:, 1]) == exact.numerical_error(lambda r: r.cost[:, 1])
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["exact"] is True
