"""What is worked out of a declaration once is that declaration's alone, and no error is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from models.catalogue import problem
from models.quantities import parameter_names
from parameters.ground.once import once_each
from simulate import load
from simulate.engine import driver
from simulate.running.solving import solved_for
from simulate.solve import centre


@dataclass(frozen=True)
class Price:
    pence: int


def test_each_object_is_asked_once_and_a_changed_copy_anew() -> None:
    asked = []

    @once_each
    def pounds(price: Price) -> float:
        asked.append(price.pence)
        if price.pence < 0:
            raise ValueError
        return price.pence / 100

    price = Price(250)
    assert [pounds(price), pounds(price), pounds(replace(price, pence=300))] == [2.5, 2.5, 3.0]
    assert price == Price(250) and repr(price) == "Price(pence=250)"
    assert asked == [250, 300]
    wrong = Price(-1)
    for _ in range(2):
        with pytest.raises(ValueError):
            pounds(wrong)
    assert asked == [250, 300, -1, -1]


def test_a_problem_under_a_setting_is_made_once_and_of_that_setting_alone() -> None:
    jcp = problem("joint_crisis_plan")
    setting = jcp.setting("crimson_2013")
    assert jcp.under(setting) is jcp.under(setting)
    swapped = tuple(s.id for s in jcp.strategies[1::-1])
    for _ in range(200):  # of a sweep: what is kept stays bounded, and what is asked again is right
        assert jcp.under(replace(setting, strategies=swapped)).strategies == jcp.strategies[1::-1]
    assert len(vars(jcp)["_under"]) <= 64
    assert jcp.under(setting).strategies != jcp.strategies[1::-1]


def test_names_of_a_declaration_are_its_own_after_a_change_too() -> None:
    (item, *_) = problem("joint_crisis_plan").costs
    names = list(parameter_names(item))
    assert names and list(parameter_names(item)) == names
    assert list(parameter_names((item, item))) == 2 * names
    changed = replace(item, unit_cost="another")
    assert "another" in list(parameter_names(changed)) and list(parameter_names(item)) == names


@pytest.mark.usefixtures("solved_once", "hasty_calibration")
def test_tests_solve_once_for_one_question_and_anew_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``solved_once`` goes by: nothing is simulated again, but for other people or other numbers it is."""

    def simulated(**changes: object) -> int:
        before = driver.kernel_runs
        solved_for(load("peer_support_workers", "simpson_2014", **changes), fixed=True)  # type: ignore[arg-type]
        return driver.kernel_runs - before

    simulated()
    assert simulated() == 0
    assert simulated(changes={"p_readmission_90_days_london": 0.3}) > 0
    monkeypatch.setattr(centre, "CENTRE_PEOPLE", 19_999)
    assert simulated() > 0 == simulated()
