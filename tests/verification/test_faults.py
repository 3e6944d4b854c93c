"""Every check passes on a sound model, and catches the fault that is planted for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

import models as m
from simulate.analyse.credibility.verification.ground.bench import Bench
from simulate.analyse.credibility.verification.ground.verdicts import Check, Verdict
from simulate.analyse.credibility.verification.verification import NAMES, THEMES, looked_at, verify
from simulate.ask.case import load
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.workplace import Workplace, using
from tests.verification.faults import CHANCE, FAULTS
from tests.verification.model import NUMBERS, PATHWAY, PROBLEM, verified
from tests.verification.planting import Fault
from tests.verification.table import PAGE, page

SLOW = {*(f.check for f in CHANCE), "solved_is_reached", "budget_adds_up"}  # of many people, or many months
WHILE = [name for name in NAMES if name not in SLOW]


def test_a_sound_model_passes_every_check() -> None:
    found = verify(verified(), only=WHILE)
    assert [(line.check, line.why) for line in found.lines if line.status != "pass"] == []
    assert len(NAMES) == len(set(NAMES)) >= 45


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["base", "solved"])
def test_a_sound_model_passes_the_others_too(setting: str) -> None:
    found = verify(verified(setting), only=SLOW)
    assert {line.check: line.why for line in found.lines if line.status not in ("pass", "not applicable")} == {}


def _marked(fault: Fault) -> ParameterSet:
    return pytest.param(fault, id=fault.check, marks=[pytest.mark.slow] if fault.check in SLOW else [])


@pytest.mark.parametrize("fault", [_marked(f) for f in FAULTS])
def test_a_planted_fault_is_caught(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    case = verified(fault.setting)
    fault.plant(monkeypatch)
    (line,) = verify(case, only=[fault.check]).lines
    assert line.status == "fail" or (line.status == "suspicious" and fault.check == "every_record_moves"), line
    assert not line.why.startswith("ended in"), line


def test_a_check_that_ends_in_an_error_fails() -> None:
    """A model that cannot be tested has not passed."""

    def look(bench: Bench) -> Verdict:
        raise ZeroDivisionError(f"{bench.case.problem.id} divides by nothing")

    found = looked_at(Check("broken", "It cannot be looked at.", look), Bench.of(verified()))
    assert found == ("fail", f"ended in ZeroDivisionError: {PROBLEM.id} divides by nothing")


def test_every_check_has_a_fault_but_those_of_sense() -> None:
    """What a model can hardly mean is proved by models that mean it: see ``test_broken``."""
    ours = [check.name for theme, checks in THEMES.items() if theme != "sense" for check in checks]
    assert sorted(f.check for f in FAULTS) == sorted(ours)


def test_the_table_is_as_planted() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.verification.table"


def test_a_whole_of_which_some_shares_are_read_is_left_as_it_is() -> None:
    lapse, averted = PATHWAY.events[2].branches
    rest = replace(averted, weight=m.Complement("p_crisis_lapse"))
    events = tuple(replace(e, branches=(lapse, rest)) if e.branches else e for e in PATHWAY.events)
    case = load(replace(PROBLEM, pathway=replace(PATHWAY, events=events)), "base", inline=NUMBERS)
    assert "p_crisis_averted" not in case.names() and "p_crisis_averted" in case.parameters
    (line,) = verify(case, only=["unread_records"]).lines
    assert line.status == "pass", line.why


def test_what_earlier_runs_kept_is_not_compared_with_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fault,) = (f for f in FAULTS if f.check == "same_seed")
    with using(Workplace(Store(tmp_path))):
        assert verify(verified(), only=["same_seed"]).lines[0].status == "pass"
        fault.plant(monkeypatch)
        assert verify(verified(), only=["same_seed"]).lines[0].status == "fail"
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
