"""Every check passes on a sound model, and catches the fault that is planted for it."""

from __future__ import annotations

import pytest

from simulate.analyse.credibility.verification.verification import NAMES, THEMES, verify
from tests.verification.faults import FAULTS, Fault
from tests.verification.model import verified


def test_a_sound_model_passes_every_check() -> None:
    found = verify(verified())
    assert [(line.check, line.why) for line in found.lines if line.status not in ("pass", "not applicable")] == []
    assert [line.check for line in found.lines if line.status == "not applicable"] == ["solved_is_reached"]
    assert len(NAMES) == len(set(NAMES)) >= 45


def test_a_sound_model_passes_what_is_solved_for() -> None:
    (line,) = verify(verified("solved"), only=["solved_is_reached"]).lines
    assert line.status == "pass"


@pytest.mark.parametrize("fault", FAULTS, ids=[f.check for f in FAULTS])
def test_a_planted_fault_is_caught(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    case = verified(fault.setting)
    fault.plant(monkeypatch)
    (line,) = verify(case, only=[fault.check]).lines
    assert line.status == "fail" or (line.status == "suspicious" and fault.check == "every_record_moves"), line
    assert not line.why.startswith("ended in"), line


def test_every_check_has_a_fault_but_those_of_sense() -> None:
    """What a model can hardly mean is proved by models that mean it: see ``test_broken``."""
    ours = [check.name for theme, checks in THEMES.items() if theme != "sense" for check in checks]
    assert sorted(f.check for f in FAULTS) == sorted(ours)
