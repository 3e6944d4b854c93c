"""What a variant leaves alone is not simulated again, and has the bits that simulating it again would give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.contract import parameter_names
from simulate import load
from simulate.ask.asked import Asked, ask
from simulate.engine import driver
from simulate.engine.statistics import Statistics, of_strategies
from simulate.result.result import Result
from simulate.running.running import drawn_for, simulate_draws, simulated
from simulate.running.sharing import unchanged
from simulate.running.solving import solved_for


@pytest.fixture
def arms(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many strategies each simulation had."""
    seen: list[int] = []

    def counted(lowered: Any, lookup: Any, *, only: Any = None, **given: Any) -> Any:
        seen.append(len(lowered.names.strategies if only is None else only))
        return simulate(lowered, lookup, only=only, **given)

    simulate = driver.simulate
    monkeypatch.setattr(driver, "simulate", counted)
    yield seen


def order_of(array: Any) -> list[int]:
    strides = [step for step, size in zip(array.strides, array.shape, strict=True) if size > 1]
    return list(np.argsort(strides)) if array.size else []


def same(some: Statistics, others: Statistics) -> bool:
    """Whether every field is, to the last bit and in the order in which it lies in memory."""
    for field in fields(Statistics):
        a, b = getattr(some, field.name), getattr(others, field.name)
        if isinstance(a, np.ndarray):
            if a.shape != b.shape or a.tobytes() != b.tobytes() or order_of(a) != order_of(b):
                return False
        elif field.name == "subgroups":
            if a.keys() != b.keys() or not all(same(a[k], b[k]) for k in a):
                return False
        elif a != b:
            return False
    return True


def base_of(asked: Asked) -> Result:
    return simulated(asked, solved_for(asked.case, fixed=asked.options.fixed))


@pytest.mark.usefixtures("hasty_calibration")
@pytest.mark.parametrize(
    ("problem", "setting", "arms_simulated"),
    [("joint_crisis_plan", "base", 6), ("peer_support_workers", "enrich_england", 5)],
)
def test_variants_have_the_bits_of_a_simulation_of_everything(
    problem: str, setting: str, arms_simulated: int, arms: list[int]
) -> None:
    asked = ask(load(problem, setting), draws=16, people=30, by_year=True, persons=True)
    base = base_of(asked)
    shared, whole = [], []
    for variant in asked.case.setting.variants:
        arms.clear()
        ours = simulated(asked, base.calibration, variant=variant, known=(base,))
        shared += arms[:]
        arms.clear()
        theirs = simulated(asked, base.calibration, variant=variant)
        whole += arms[:]
        assert same(ours.statistics, theirs.statistics), variant.name
        assert ours.cost.tobytes() == theirs.cost.tobytes() and ours.effect.tobytes() == theirs.effect.tobytes()
    assert sum(whole) == 2 * len(asked.case.setting.variants)
    assert sum(shared) == arms_simulated


@pytest.mark.usefixtures("hasty_calibration")
def test_strategies_alone_are_what_they_are_among_all() -> None:
    case = load("joint_crisis_plan", "ethnicity")
    asked = ask(case, draws=8, people=200, subgroup=case.problem.pathway.characteristics[0].name, by_year=True)
    base = simulated(asked.but(fixed=True), solved_for(case, fixed=True))
    assert base.statistics.subgroups
    every = base.statistics.strategies
    alone = [simulate_draws(asked, base.draws, only=[s]) for s in reversed(every)]
    assert same(of_strategies(every, alone), base.statistics)


def test_nothing_is_taken_from_another_run_of_other_people_or_numbers() -> None:
    asked = ask(load("six_core_strategies", "england"), draws=8, people=40)
    base = base_of(asked)
    every = list(base.statistics.strategies)

    def kept(other: Asked) -> list[str]:
        return unchanged(other, base.calibration.apply(drawn_for(other)), base)

    assert kept(asked) == every
    assert kept(asked.but(perspective="societal")) == every
    for change in ({"people": 41}, {"seed": 2}, {"draws": 16}, {"by_year": True}, {"rng": "philox4x32-10"}):
        assert kept(asked.but(**change)) == []
    problem = asked.case.problem
    effects = [{*parameter_names(x)} for x in (problem.strategies[1], (problem.pathway, problem.strategies[0]))]
    effect = min(effects[0] - effects[1])
    values = base.draws.values.copy()
    values[3, base.draws.names.index(effect)] = np.nextafter(values[3, base.draws.names.index(effect)], 9.0)
    left = unchanged(asked, replace(base.draws, values=values), base)
    assert every[0] in left and left != every


def test_people_of_a_file_are_the_same_when_it_is_read_again(tmp_path: Path) -> None:
    case, path = load("six_core_strategies", "england"), tmp_path / "people.csv"
    path.write_text("id,weight\na,1\nb,2\n", encoding="utf-8")
    base = base_of(ask(case, draws=8, cohort=path))
    again, ready = ask(case, draws=8, cohort=path), base.draws
    assert unchanged(again, ready, base) == list(base.statistics.strategies)
    path.write_text("id,weight\na,1\nb,3\n", encoding="utf-8")
    assert unchanged(ask(case, draws=8, cohort=path), ready, base) == []
