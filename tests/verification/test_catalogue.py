"""Every problem of the catalogue passes every check that applies to it."""

from __future__ import annotations

import pytest

from models.catalogue import problem_ids
from simulate.analyse.credibility.verification.verification import verify
from simulate.ask.case import load


@pytest.mark.slow
@pytest.mark.parametrize("name", problem_ids())
def test_a_problem_of_the_catalogue_passes(name: str) -> None:
    found = verify(load(name))
    assert [(line.check, line.why) for line in found.failed] == []
    assert found.counts["pass"] >= 50


@pytest.mark.parametrize("name", ["welfare_advice", "personal_health_budgets"])
def test_an_account_passes_at_once(name: str) -> None:
    assert [(line.check, line.why) for line in verify(load(name)).lines if line.status in ("fail", "suspicious")] == []
