"""Kernel and readable reference agree to the last bit, and a planted bug in either would be seen."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import simulate.engine.check.twin as twin
from models.catalogue import problem, problem_ids
from simulate.analyse.credibility.verify import compare_with_reference
from simulate.ask.case import load
from simulate.engine.check import clock, ledger, reference
from simulate.solve import centre

CASES = [(p, s.name) for p in problem_ids() for s in problem(p).settings if (s.pathway or problem(p).pathway).events]


@pytest.fixture
def rough_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine ratios near enough to run with: whatever they come to, kernel and reference have to agree."""
    monkeypatch.setattr(centre, "SEARCH_PEOPLE", 2_000)
    monkeypatch.setattr(centre, "CENTRE_PEOPLE", 2_000)
    monkeypatch.setattr(centre, "TOLERANCE", math.inf)


@pytest.mark.usefixtures("rough_calibration")
@pytest.mark.parametrize(("problem_id", "setting"), CASES)
def test_kernel_equals_reference(problem_id: str, setting: str) -> None:
    assert compare_with_reference(load(problem_id, setting), draws=4, people=40, seed=11) == []


PLANTED = {
    "discounting forgotten in one sum": (
        "out.append((before - after) / force if force != 0 else end - start)",
        "out.append(end - start)",
    ),
    "wrong discount sign": ("exp(-force * time)", "exp(force * time)"),
    "hazard ratio forgotten": (
        "hazard = self.own_hazard * (self.boost * self.level_hazard) * segment.ratio",
        "hazard = self.own_hazard",
    ),
    "time ratio upside down": ("speed = 1.0 / self._product", "speed = 1.0 * self._product"),
    "odds ratio forgotten": ("weights[effect.branch] *= ratio", "pass"),
    "uniform used twice": ("self.drawn += 1", "self.drawn += 0"),
    "frailty forgotten": ("own = self._product([*frailties, ", "own = self._product(["),
    "carried residual dropped": ("or not self.carries:", "or True:"),
    "first event counted every time": ("if self.seen[tracker] == 1:", "if True:"),
}


def mutated(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The reference module, and those it is made of, with one piece of their source replaced."""
    planted = 0
    for original in (ledger, clock, reference):
        path = Path(str(original.__file__))
        source = path.read_text(encoding="utf-8")
        planted += source.count(old)
        module = ModuleType(original.__name__)
        monkeypatch.setitem(sys.modules, original.__name__, module)  # the next one imports from it
        exec(compile(source.replace(old, new), path.name, "exec"), module.__dict__)  # noqa: S102  (our own source)
    assert planted >= 1, f"nothing to plant the bug in: {old}"
    return module


OFTEN = 6  # bugs of the fast tests; the others are planted in the slow ones


@pytest.mark.usefixtures("rough_calibration")
@pytest.mark.parametrize(
    "bug", [bug if k < OFTEN else pytest.param(bug, marks=pytest.mark.slow) for k, bug in enumerate(PLANTED)]
)
def test_a_planted_bug_is_caught(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = mutated(*PLANTED[bug], monkeypatch)
    monkeypatch.setattr(twin, "Reference", module.Reference)
    for name in ("Totals", "Happening", "state_name"):
        monkeypatch.setattr(twin, name, getattr(sys.modules[ledger.__name__], name))
    case = (
        load("peer_supported_self_management") if "time ratio" in bug else load("joint_crisis_plan", "henderson_2004")
    )
    assert compare_with_reference(case, draws=4, people=100, seed=11) != []


@pytest.mark.usefixtures("rough_calibration")
def test_swapped_arms_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from simulate.engine.lower.tables import lower as lowered

    def swapped(pathway, strategies, *rest, **options):  # type: ignore[no-untyped-def]
        return lowered(pathway, tuple(reversed(strategies)), *rest, **options)

    monkeypatch.setattr(twin, "lower", swapped)
    case = load("joint_crisis_plan", "henderson_2004")
    assert compare_with_reference(case, draws=2, people=100, seed=11) != []


@pytest.mark.usefixtures("hasty_calibration")
def test_histories_are_not_trivial() -> None:
    """The comparison above is worth something: every event of the pathway happens in it."""
    from simulate.running.running import run

    result = run(load("joint_crisis_plan", "henderson_2004"), draws=8, people=600, seed=11)
    assert (np.stack(list(result.event_counts().values())).sum(axis=(1, 2)) > 0).all()
