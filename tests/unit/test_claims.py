"""The register of claims: every claim answered, every answer pointing at something that runs, figures computed."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.catalogue import problem as find_problem
from models.catalogue import problem_ids
from models.contract import ModelError
from models.shared.claims import Figure
from parameters import InputError
from simulate.analyse.credibility.claims import answer, dangling, read_claims
from simulate.analyse.credibility.independence import dependent
from simulate.present.figures.credibility import claims as forest
from simulate.present.figures.style import house_style

CLAIMS = read_claims()
COUNTS = {1: 16, 2: 1, 3: 7, 4: 4, 5: 3, 6: 25, 7: 4, 8: 7, 9: 6, 10: 33}  # by challenge: 81 with figures, 25 without


def test_every_claim_has_an_answer() -> None:
    found = [c.id for c in CLAIMS]
    assert len(found) == len(set(found)) == 81 + 25
    assert sum("-U" in name for name in found) == 25
    assert {k: sum(c.challenge == k for c in CLAIMS) for k in COUNTS} == COUNTS
    assert all(c.id.startswith(f"C{c.challenge}-") for c in CLAIMS)


def test_the_ids_are_those_of_the_evidence(shared: Path) -> None:
    text = (shared / "evidence" / "interventions.md").read_text(encoding="utf-8")
    assert {c.id for c in CLAIMS} == set(re.findall(r"^\| (C\d+-U?\d+) ", text, flags=re.M))


def test_no_answer_points_at_nothing() -> None:
    assert dangling(CLAIMS) == []


def test_no_problem_lists_a_claim_that_is_none() -> None:
    known = {c.id: c.challenge for c in CLAIMS}
    for problem in map(find_problem, problem_ids()):
        assert {known[name] for name in problem.claims} <= {problem.challenge}, problem.id


def test_an_answer_that_points_at_nothing_is_told() -> None:
    claim = next(c for c in CLAIMS if c.id == "C10-19")
    assert claim.figure is not None
    wrong = [
        replace(claim, problem="nothing"),
        replace(claim, setting="nowhere"),
        replace(claim, figure=replace(claim.figure, strategy="nobody")),
        replace(claim, figure=replace(claim.figure, name="no such label")),
        replace(claim, status="scenario", problem="recovery_college", setting="england", figure=None),
    ]
    for bad in wrong:
        assert len(dangling([bad])) == 1 and dangling([bad])[0].startswith("C10-19: ")


def test_many_are_contradicted_each_with_its_reason() -> None:
    found = [c for c in CLAIMS if c.status == "contradicted"]
    assert len(found) >= 13
    assert all(c.reason.endswith(".") for c in found)


def test_ours_is_computed_where_something_is_reproduced() -> None:
    assert all(c.figure is not None for c in CLAIMS if c.status == "reproduced")


def test_what_went_in_is_never_reproduced() -> None:
    with pytest.raises(ModelError, match="comes out as it went in"):
        replace(next(c for c in CLAIMS if c.id == "C6-5"), status="reproduced")
    shown = next(c for c in CLAIMS if c.id == "C3-5")
    assert dangling([replace(shown, status="reproduced")]) == [
        "C3-5: 'Difference in cost per student' comes out as it went in: by_construction, not reproduced"
    ]


def test_what_is_contradicted_has_another_figure() -> None:
    with pytest.raises(ModelError, match="a figure that we use instead"):
        replace(next(c for c in CLAIMS if c.status == "contradicted"), figure=None)


@pytest.mark.slow
def test_what_is_reproduced_is_near() -> None:
    """Every figure that was predicted and called reproduced is a share, within ten points of the briefing's."""
    found = answer([c for c in CLAIMS if c.status == "reproduced"])
    assert len(found) == 3
    for a in found:
        assert a.claim.unit == "%" and a.claim.value is not None and a.value is not None
        assert a.value == pytest.approx(a.claim.value, abs=0.1), a.claim.id


def test_figures_by_hand() -> None:
    """A college's £1,760 as it went in, a threshold, a parameter, a null, and a service's budget over its places."""
    wanted = {"C3-5", "C10-U3", "C6-15", "C10-27", "C10-16"}
    found = {a.claim.id: a for a in answer([c for c in CLAIMS if c.id in wanted], threads=1)}
    assert found["C3-5"].value == pytest.approx(1760)
    assert found["C10-U3"].value == pytest.approx(260 * (96.11 / 71.55) / 520, rel=0.05)
    assert found["C6-15"].value == pytest.approx(0.54)
    convex = math.exp((math.log(0.174 / 0.04) / 3.92) ** 2 / 2)  # a log-normal's mean over its median
    assert found["C10-16"].value == pytest.approx(365_452 * 0.0833 * convex, rel=0.01)
    null = found["C10-27"]
    assert null.low is not None and null.high is not None and null.low < 0 < null.high


def test_the_command_prints_what_is_promised(command: Any) -> None:
    done = command("claims", "C10-16", "C6-2", "--json")
    rows = {r["id"]: r for r in json.loads(done.out)}
    assert done.code == 0 and set(rows) == {"C10-16", "C6-2"}
    assert {"id", "challenge", "claim", "status", "points_to", "published", "ours"} <= set(rows["C6-2"])
    assert rows["C6-2"]["ours"]["value"] == pytest.approx(28 / 43)
    assert rows["C10-16"]["ours"]["unit"] == "£ a place and year" and "whole services" in rows["C10-16"]["reason"]
    assert command("claims", "C11-1").code == 2
    assert "28 of 43" in command("claims", "C6-2").out


def test_a_register_is_read_strictly(tmp_path: Path) -> None:
    bad = tmp_path / "claims.toml"
    bad.write_text(
        '[C1-1]\nchallenge = 11\nclaim = "x"\nstatus = "context"\nreason = "y"\n'
        '[C1-2]\nchallenge = 1\nclaim = "x"\nstatus = "nonsense"\n'
        '[C1-3]\nchallenge = 1\nclaim = "x"\nstatus = "reproduced"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_claims(bad)
    assert [p.key.split(".")[0] for p in caught.value.problems] == ["C1-1", "C1-2", "C1-3"]


def test_the_forest_plot_shows_a_row_a_figure() -> None:
    few = answer([c for c in CLAIMS if c.id in ("C6-2", "C6-7", "C6-14", "C10-16", "C10-28", "C1-1")], threads=1)
    with house_style():
        drawing = forest.draw(few)
    assert list(drawing.table["id"]) == ["C6-2", "C6-7", "C6-14", "C10-28"]
    assert (drawing.table["published"] > 0).all()


ARMS = {  # what was called reproduced once, the study that printed it, and the arms that are fitted
    "C1-7": ("flood_2006", "joint_crisis_plan", "henderson_2004", "p_cost_effective"),
    "C1-9": ("barrett_2013", "joint_crisis_plan", "crimson_2013", "p_cost_saving"),
    "C10-19": ("hoffmann_2014", "individual_placement_and_support", "hoffmann_5_years", "shown"),
}


@pytest.mark.parametrize("name", ARMS)
def test_what_shares_an_arm_with_what_was_fitted_is_not_reproduced(name: str) -> None:
    source, problem, setting, kind = ARMS[name]
    strategy = problem if kind == "shown" else ""
    figure = Figure(kind=kind, strategy=strategy)  # type: ignore[arg-type]
    claim = next(c for c in CLAIMS if c.id == name)
    told = replace(
        claim, status="reproduced", problem=problem, setting=setting, figure=figure, source="", independence=""
    )
    (unsaid,) = dependent([told])
    assert "it needs a source, and independence" in unsaid
    for independence in ("same trial, other outcome", "other trial"):
        found = dependent([replace(told, source=source, independence=independence)])
        assert any("is fitted" in text for text in found)
    with pytest.raises(ModelError, match="is by_construction"):
        replace(told, independence="none")


def test_another_trial_is_independent_and_one_that_was_pooled_is_not() -> None:
    claim = next(c for c in CLAIMS if c.id == "C1-9")
    told = replace(claim, status="reproduced", setting="base", source="burns_2007", independence="other trial")
    assert dependent([told]) == []
    (pooled,) = [t for t in dependent([replace(told, source="barrett_2013")]) if "other trial" in t]
    assert "thornicroft_2013 is fitted" in pooled
    (unknown,) = dependent([replace(told, source="nobody_1999")])
    assert "is in no bibliography" in unknown


def test_nothing_else_is_called_reproduced() -> None:
    assert {text.split(":")[0] for text in dependent(CLAIMS)} <= set(ARMS)
