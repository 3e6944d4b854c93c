"""Published figures that are no targets: each says why, and names what tells of the same."""

from __future__ import annotations

import tomllib

from models.catalogue import problem_ids
from parameters import PARAMETERS_DIR
from parameters.outcomes.candidates import CANDIDATES, candidates
from parameters.published import published_figures, targets
from simulate.analyse.credibility.validate import Validation
from simulate.present.faces.credibility.validate import lines


def known() -> set[str]:
    files = [*PARAMETERS_DIR.glob("*.toml"), *PARAMETERS_DIR.glob("interventions/*.toml")]
    return {name for f in files for name in tomllib.loads(f.read_text(encoding="utf-8"))} | set(published_figures())


def test_each_says_why_and_names_what_tells_of_the_same() -> None:
    found = candidates()
    assert len(found) >= 30 and not {c.id for c in found} & set(targets())
    assert {c.problem for c in found} <= set(problem_ids())
    assert [c.id for c in found if len(c.reason.split()) < 4 or len(c.figure) < 10] == []
    assert {i for c in found for i in c.instead} - known() == set()
    keys = {"problem", "figure", "reason", "instead"}
    assert all(set(t) == keys for t in tomllib.loads(CANDIDATES.read_text(encoding="utf-8")).values())


def test_they_are_told_of_the_problems_asked_for_and_counted_of_all() -> None:
    some = tuple(c for c in candidates() if c.problem == "peer_support_workers")
    text = "\n".join(lines(Validation((), (), 64, 4000, 1, not_taken=some)))
    assert "No target: Readmitted within a year, 50% with a peer worker" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    whole = "\n".join(lines(Validation((), (), 64, 4000, 1, not_taken=candidates(), whole=True)))
    assert f"{len(candidates())} more published figures" in whole and "No target:" not in whole
