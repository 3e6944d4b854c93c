"""A plan made for a share of those offered it: the offer is paid for in full, the plan and its effect by share."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models as m
from models.interventions.joint_crisis_plan import PROBLEM
from simulate import load, read_result, run
from simulate.analyse.impact import Population, Today, impact, net_benefit_so_delivered
from simulate.analyse.sweep import simulate_cells
from simulate.ask.asked import Asked, ask
from simulate.ask.case import Case
from simulate.ask.changes import changes_of

PRICES = {"c_offer": 60.0, "c_made": 400.0, "saving": 900.0}
LEDGER = m.Pathway("ledger", (m.Domain("life", ("alive",), "Life"),), (), {"life": "alive"})


def offered(uptake: float = 1.0, scalable: bool = True, timed: bool = False) -> m.DecisionProblem:
    """An account by hand: £60 for an offer, £400 for what is made, £900 saved by it."""
    made = m.Component("made", "The plan", uptake=uptake, scalable=scalable)
    basis = m.StateTime(m.When(life="alive"), component="made") if timed else m.Delivery("made")
    return m.DecisionProblem(
        id="offer",
        label="An offer",
        pathway=LEDGER,
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("new", "New", (made, m.Component("offer", "The offer")))),
        settings=(m.Setting("base", "Base", horizon=1.0, effect="made"),),
        costs=(
            m.CostItem("offer", "The offer", "nhs", m.Delivery("offer"), PRICES["c_offer"]),
            m.CostItem("made", "Made", "nhs", basis, PRICES["c_made"]),
            m.CostItem("saved", "Saved", "nhs", m.Delivery("made"), PRICES["saving"], sign=-1),
        ),
        effects=(
            m.EffectMeasure(
                "made", "People helped", "person", items=(m.EffectItem(m.Delivery("made"), 0.5),), direction="gained"
            ),
        ),
        discount_costs=0.0,
        discount_effects=0.0,
    )


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("uptake", [1.0, 0.8])
def test_the_offer_stays_and_the_rest_goes_by_share(share: float, uptake: float) -> None:
    result = run(load(offered(uptake)), fixed=True, people=10, implementation=share)
    made = share * uptake
    assert result.cost[0, 1] == pytest.approx(60.0 + made * (400.0 - 900.0))
    assert result.effect[0, 1] == pytest.approx(0.5 * made) and result.cost[0, 0] == 0.0


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, True, "half"])
def test_only_a_share_is_one(share: float) -> None:
    with pytest.raises(m.ModelError, match=r"implementation: "):
        ask(load(offered()), implementation=share)


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (load("safewards"), "nothing under setting england of safewards"),
        (load("joint_crisis_plan", "trial_costs"), "nothing under setting trial_costs"),
        (load(offered(scalable=False)), "nothing under setting base of offer"),
        (load(offered(timed=True)), "cost items priced for everybody: made"),
    ],
)
def test_refused_where_nothing_can_be_made_for_a_share(case: Case, told: str) -> None:
    with pytest.raises(m.ModelError, match=told):
        ask(case, implementation=0.5)
    assert ask(case, implementation=1.0).delivered is case  # in full, everything stays as it was


def test_persons_do_not_tell_who_had_it() -> None:
    with pytest.raises(m.ModelError, match=r"implementation: 0\.5; totals of persons"):
        ask(load(offered()), implementation=0.5, persons=True)


def crisis_plans(share: float) -> Asked:
    return ask(load(PROBLEM), implementation=share)


def test_of_crisis_plans_set_up_and_plans_not_made_stay() -> None:
    basis = {c.name: c.basis for c in PROBLEM.costs}
    delivered = crisis_plans(0.6).delivered.problem.strategies[1].components
    uptake = {c.name: c.uptake for c in delivered}
    made_for = m.Product(1.0, 0.6)
    assert uptake == {
        "joint_crisis_plan": made_for,
        "joint_crisis_plan_offer": 1.0,
        "joint_crisis_plan_review": made_for,
    }
    offer, made = m.Delivery("joint_crisis_plan_offer"), m.Delivery("joint_crisis_plan")
    assert basis["plan_set_up"] == basis["plans_not_made"] == offer
    assert basis["joint_crisis_plan"] == made
    assert basis["plan_review"] == m.Delivery("joint_crisis_plan_review")


@pytest.mark.usefixtures("hasty_calibration")
def test_the_effect_is_solved_for_in_full_and_falls_with_the_share() -> None:
    """Half as many detentions averted, with the same solved ratio; standard error 0.4 of some 5 points at 10,000."""
    case = load(PROBLEM)
    full, half = (run(case, fixed=True, people=10_000, implementation=s) for s in (1.0, 0.5))
    assert np.array_equal(full.calibration.value, half.calibration.value)
    averted = [float(np.diff(r.effect[0])[0]) for r in (full, half)]
    assert averted[1] / averted[0] == pytest.approx(0.5, abs=0.15)
    items = [r.summary() for r in (full, half)]
    assert items[0]["changed"]["options"] != items[1]["changed"]["options"]
    assert {"option": "implementation", "value": 0.5, "usual": 1.0} in items[1]["changed"]["options"]
    with pytest.raises(m.ModelError, match=r"the run has implementation 0.5 already"):
        impact(half, Population(100.0, (1.0,)), today=Today(0.5))


def test_it_is_told_as_a_change() -> None:
    asked = crisis_plans(0.5)
    assert changes_of(asked.case, asked.options)["options"] == [
        {"option": "implementation", "value": 0.5, "usual": 1.0}
    ]
    assert asked.options.words({})[-2:] == ["--implementation", "0.5"]


@pytest.mark.usefixtures("hasty_calibration")
def test_a_folder_and_its_text_keep_it(command: Any, tmp_path: Path, no_figures: None) -> None:
    words = ("run", "joint_crisis_plan", "--fixed", "--people", 200, "--implementation", 0.5, "--out", tmp_path / "out")
    done = command(*words)
    assert done.code == 0 and "Made for 50% of those offered it" in " ".join(done.out.split())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["implementation"] == 0.5
    assert {"option": "implementation", "value": 0.5, "usual": 1.0} in manifest["changed"]["options"]
    kept = read_result(tmp_path / "out")
    assert kept.options.implementation == 0.5
    again = net_benefit_so_delivered(kept, kept.strategies[1], Today(), 100.0, None)
    assert again == pytest.approx(100.0 * kept.effect[:, 1] - kept.cost[:, 1])  # by the same share
    assert command("run", "safewards", "--implementation", 0.5).code == 2
    assert command("run", "joint_crisis_plan", "--implementation", 1.5).code == 2


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_cells_of_a_sweep_are_delivered_by_share(share: float) -> None:
    cells = simulate_cells(load(offered()), [{}], people=10, implementation=share)
    assert cells.cost[:, 1] == pytest.approx(60.0 + share * (400.0 - 900.0)) and cells.effect[0, 1] == 0.5 * share
    assert {"option": "implementation", "value": share, "usual": 1.0} in cells.summary()["changed"]["options"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("plan", "safewards"), "nothing under setting england of safewards"),
        (("sweep", "safewards", "--one-way"), "nothing under setting england of safewards"),
        (("sweep", "safewards", "--sobol"), "nothing under setting england of safewards"),
        (("virtual-trials", "joint_crisis_plan", "--setting", "henderson_2004"), "figures are those of everybody"),
    ],
)
def test_every_command_that_takes_it_refuses_it_in_words(words: tuple[str, ...], told: str, command: Any) -> None:
    done = command(*words, "--implementation", 0.5)
    assert done.code == 2 and told in done.err


def test_a_description_names_it(command: Any) -> None:
    told = " ".join(command("describe", "joint_crisis_plan").out.split())
    assert "It can be made for a share of those offered it (--implementation)" in told
