"""What a pilot recommends, and runs that grow until they are precise enough."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from models.contract import ModelError
from simulate import load, run
from simulate.result.judgement import error_of
from simulate.running.planning import plan, recommended
from simulate.running.wanted_error import WantedError


@pytest.mark.parametrize("text", ["", "50@", "@30000", "-1@30000", "0@1", "inf@1", "50@-1", "a@b", "50@30000@1"])
def test_a_target_is_read_strictly(text: str) -> None:
    with pytest.raises(ModelError, match="allowed: MONEY or MONEY@WTP, such as 50@30000"):
        WantedError.parse(text)


def test_a_target_is_pounds_at_a_threshold() -> None:
    assert WantedError.parse("50@30000") == WantedError(50.0, 30000.0)
    assert WantedError.parse("50") == WantedError(50.0, None)


def test_without_a_threshold_it_is_the_settings() -> None:
    """Restraints averted are not QALYs: the middle of their £0 to £5,000, not £30,000."""
    result = run(load("safewards", "city_128"), draws=16, people=20)
    assert WantedError(50.0).threshold_for(result) == 2500.0
    assert WantedError(50.0, 100.0).threshold_for(result) == 100.0


@pytest.mark.parametrize(
    ("gain", "people", "draws"),
    [
        # P = 1,000², W = 20,000²: noise below a fifth takes 1,600 people, the best would be 20 x sqrt(100) = 200
        (1.0, 1600, 4096),  # (1 + 0.25) x 1,000² / 20² = 3,125
        (0.1, 1600, 1024),  # (0.1 + 0.25) x 1,000² / 20² = 875
    ],
)
def test_draws_and_people_by_hand(gain: float, people: int, draws: int) -> None:
    assert recommended(1000.0**2, 20_000.0**2, 100.0, 20.0, gain) == (draws, people)


def test_dear_draws_ask_for_more_people() -> None:
    """W a / (P b) = 400 x 40,000: 4,000 people, more than noise asks for."""
    assert recommended(1000.0**2, 20_000.0**2, 40_000.0, 20.0)[1] == 4000


def test_without_parameter_uncertainty_people_do_it_all() -> None:
    draws, people = recommended(0.0, 20_000.0**2, 100.0, 20.0)
    assert 20_000.0 / np.sqrt(draws * people) <= 20.0
    assert draws == 128


def test_the_recommended_run_meets_the_target(example: Callable[[str], ModuleType]) -> None:
    """A plan by one seed, held against a run by another: within twice the target (7 degrees of freedom: p < 0.001)."""
    module = example("illness_death")
    case = load(module.PROBLEM, inline=module.INLINE)
    found = plan(case, WantedError(60.0, 20_000.0))
    result = run(case, draws=found.draws, people=found.people, seed=2)
    assert error_of(result, 20_000.0) < 120.0
    assert found.mcse <= 60.0 and found.noise_share <= 0.2 + 1e-9


def test_a_run_grows_until_it_is_precise(example: Callable[[str], ModuleType]) -> None:
    module = example("illness_death")
    case = load(module.PROBLEM, inline=module.INLINE)
    small = run(case, draws=128, people=50)
    wanted = error_of(small, 20_000.0) / 3
    grown = run(case, draws=128, people=50, until_mcse=WantedError(wanted, 20_000.0))
    assert error_of(grown, 20_000.0) <= wanted
    assert grown.options.draws > 128 and grown.options.draws % 128 == 0
    again = run(case, draws=grown.options.draws, people=50)
    assert (again.cost == grown.cost).all() and (again.effect == grown.effect).all()


def test_what_cannot_be_reached_is_told(example: Callable[[str], ModuleType]) -> None:
    module = example("illness_death")
    case = load(module.PROBLEM, inline=module.INLINE)
    with pytest.raises(ModelError, match=r"128 draws give a standard error of £\d+; £1e-06 would take about"):
        run(case, draws=128, people=50, until_mcse="1e-6@20000")
    with pytest.raises(ModelError, match="one draw"):
        run(case, fixed=True, people=50, until_mcse="50@20000")


@pytest.mark.usefixtures("hasty_calibration", "ward_in_catalogue")
def test_the_command_prints_what_to_type(command: Any) -> None:
    done = command("plan", "ward_restraint", "--target", "100@20000")
    assert done.code == 0 and "--draws " in done.out and "--people " in done.out
    as_json = command("plan", "ward_restraint", "--target", "100@20000", "--json")
    assert json.loads(as_json.out)["target_mcse"] == 100.0
    assert command("plan", "joint_crisis_plan", "--target", "100@").code == 2
