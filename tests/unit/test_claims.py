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
from models.shared.claims import RESTS_ON_READING, Answer, Figure, Read
from parameters import InputError
from simulate import load
from simulate.analyse.credibility.claims import Answered, answer, dangling, read_claims
from simulate.analyse.credibility.independence import dependent, fitted_arms
from simulate.present.figures.credibility import claims as forest
from simulate.present.figures.style import house_style

CLAIMS = read_claims()
COUNTS = {1: 19, 2: 2, 3: 9, 4: 4, 5: 3, 6: 27, 7: 5, 8: 9, 9: 7, 10: 38}  # by challenge
WORDS = "-W"  # in an id: what the briefing also says, which the evidence's lists have not


def test_every_claim_has_an_answer() -> None:
    found = [c.id for c in CLAIMS]
    assert len(found) == len(set(found)) == 81 + 25 + 17
    assert [sum(kind in name for name in found) for kind in ("-U", WORDS)] == [25, 17]
    assert {k: sum(c.challenge == k for c in CLAIMS) for k in COUNTS} == COUNTS
    assert all(c.id.startswith(f"C{c.challenge}-") for c in CLAIMS)


def test_the_ids_are_those_of_the_evidence(shared: Path) -> None:
    text = (shared / "evidence" / "interventions.md").read_text(encoding="utf-8")
    assert {c.id for c in CLAIMS if WORDS not in c.id} == set(re.findall(r"^\| (C\d+-U?\d+) ", text, flags=re.M))


def test_no_answer_points_at_nothing() -> None:
    assert dangling(CLAIMS) == []


def test_no_problem_lists_a_claim_that_is_none() -> None:
    known = {c.id: c.challenge for c in CLAIMS}
    for problem in map(find_problem, problem_ids()):
        assert {known[name] for name in problem.claims} <= {problem.challenge}, problem.id


# What the briefing calls each problem's service; None where it does not, which the problem's question says.
NAMED = {
    "care_support_plus": "Care Support Plus",
    "debt_advice": "debt advice",
    "health_coaching": "health coaching",
    "housing_first": "Housing First",
    "individual_placement_and_support": "Individual Placement and Support",
    "joint_crisis_plan": "joint crisis planning",
    "no_force_first": "No Force First",
    "open_dialogue": "Open Dialogue",
    "peer_support_workers": "peer support workers",
    "peer_supported_self_management": "peer-led self-management",
    "peer_workers_in_place_of_staff": "professionals employed in similar roles",
    "personal_health_budgets": "personal budgets",
    "recovery_college": "Recovery College",
    "recovery_portfolio": None,  # of several that it names, one by one
    "safety_planning": "safety planning",
    "safewards": None,
    "self_management": "self-management support",
    "shared_decision_making": "shared decision-making",
    "side_by_side_peer_support": "peer support groups",
    "six_core_strategies": "6 core strategies",
    "social_networks": "social network development",
    "strengths_model": "strengths",
    "supported_accommodation": "supported accommodation services",
    "supported_education": "supported education",
    "team_recovery_implementation_plan": "Team Recovery Implementation Plan",
    "violence_reduction_collaborative": "six inpatient wards in East London",
    "welfare_advice": "specialist welfare advice",
    "wellness_recovery_action_plan": "Wellness Recovery Action Planning",
    "workplace_wellbeing": "workplace wellbeing programmes",
}


def test_a_problem_that_the_briefing_does_not_name_says_so(shared: Path) -> None:
    briefing = " ".join((shared / "briefing.txt").read_text(encoding="utf-8").split())
    assert NAMED.keys() == set(problem_ids())
    assert [name for name, words in NAMED.items() if words is not None and words not in briefing] == []
    said = {p for p in problem_ids() if "briefing does not name it" in find_problem(p).question}
    assert said == {name for name, words in NAMED.items() if words is None}


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


def test_what_is_contradicted_or_qualified_rests_on_words_that_were_read(shared: Path) -> None:
    """Each quotation stands in the evidence behind the word VERIFIED, and nothing remembered is quoted."""
    text = "\n".join(p.read_text(encoding="utf-8") for p in (shared / "evidence").glob("*.md"))
    found = [c for c in CLAIMS if c.status in RESTS_ON_READING]
    assert len(found) >= 10
    assert [c.id for c in found if c.read is None or not was_read(c.read.words, text)] == []


def was_read(words: str, text: str) -> bool:
    """Whether `text` has the words as a quotation marked as read in the source."""
    return re.search(rf'\bVERIFIED "[^"]*{re.escape(words)}', text) is not None


def test_a_quotation_that_is_only_remembered_is_seen() -> None:
    assert was_read("fell by half here", '| VERIFIED "costs fell by half here" address |')
    assert not was_read("fell by half here", '| RECALLED "costs fell by half here" | VERIFIED "another" |')
    assert not was_read("fell by half here", "| VERIFIED in words: fell by half here |")


@pytest.mark.parametrize("status", RESTS_ON_READING)
def test_no_claim_is_contradicted_or_qualified_from_memory(status: Answer) -> None:
    bare = next(c for c in CLAIMS if c.status == "unverified")
    with pytest.raises(ModelError, match="rests on a source that was read"):
        replace(bare, status=status)
    with pytest.raises(ModelError, match="is no quotation"):
        Read("wieman_2014", "fell")
    with pytest.raises(ModelError, match="allowed with contradicted or qualified"):
        replace(bare, read=Read("wieman_2014", "restraint hours fell"))
    unknown = replace(bare, status=status, read=Read("nobody_1999", "restraint hours fell"))
    assert dangling([unknown]) == [f"{bare.id}: read.source 'nobody_1999' is in no bibliography"]


def test_no_reason_rests_on_memory() -> None:
    assert [c.id for c in CLAIMS if re.search(r"remember|recall", c.reason, flags=re.I)] == []
    assert all(c.reason.endswith(".") for c in CLAIMS if c.reason)


def test_ours_is_computed_where_something_is_reproduced() -> None:
    assert all(c.figure is not None for c in CLAIMS if c.status == "reproduced")


def test_what_went_in_is_never_reproduced() -> None:
    with pytest.raises(ModelError, match="comes out as it went in"):
        replace(next(c for c in CLAIMS if c.id == "C6-5"), status="reproduced")
    shown = next(c for c in CLAIMS if c.id == "C3-5")
    assert dangling([replace(shown, status="reproduced")]) == [
        "C3-5: 'Difference in cost per student' comes out as it went in: by_construction, not reproduced"
    ]


def test_what_was_fitted_to_the_same_people_is_never_reproduced() -> None:
    """Each of the three that were once called so is refused: fitted, or of a figure that no record has."""
    known = {c.id: c for c in CLAIMS}
    assert dangling([replace(known["C1-7"], status="reproduced"), replace(known["C1-9"], status="reproduced")]) == [
        f"{name}: reproduced needs a published result of the setting, whose source is known"
        for name in ("C1-7", "C1-9")
    ]
    assert "comes out as it went in" in dangling([replace(known["C10-19"], status="reproduced")])[0]
    days = Figure("shown", name="Months worked by those who ever worked, five years")
    (told,) = dangling([replace(known["C10-19"], status="reproduced", figure=days)])
    assert told.endswith("is of hoffmann_2014, and hoffmann_2014 is fitted or given: not reproduced")


def test_what_is_not_reproduced_has_another_figure() -> None:
    with pytest.raises(ModelError, match="a figure that came out instead"):
        replace(next(c for c in CLAIMS if c.status == "not_reproduced"), figure=None)


def test_what_comes_out_as_it_went_in_says_so_in_both_files() -> None:
    predicted = next(c for c in CLAIMS if c.id == "C10-21")
    figure = Figure("shown", name="Months worked by those who ever worked, five years")
    assert dangling([replace(predicted, status="by_construction", figure=figure)]) == [
        f"C10-21: {figure.name!r} was not put in by its own record: not by_construction"
    ]


@pytest.mark.slow
def test_what_is_reproduced_is_near() -> None:
    """Every figure that was predicted and called reproduced is a share, within ten points of the briefing's."""
    for a in answer([c for c in CLAIMS if c.status == "reproduced"]):
        assert a.claim.unit == "%" and a.claim.value is not None and a.value is not None
        assert a.value == pytest.approx(a.claim.value, abs=0.1), a.claim.id


@pytest.fixture(scope="module")
def few() -> dict[str, Answered]:
    """Some claims answered, each kind of figure that is looked at below."""
    wanted = {"C3-5", "C10-U3", "C6-15", "C10-27", "C10-16", "C6-2", "C6-7", "C6-14", "C10-28", "C1-1"}
    return {a.claim.id: a for a in answer([c for c in CLAIMS if c.id in wanted], threads=1)}


def test_figures_by_hand(few: dict[str, Answered]) -> None:
    """A college's £1,760 as it went in, a threshold, a parameter, a null, and a service's budget over its places."""
    found = few
    assert found["C3-5"].value == pytest.approx(1760)
    assert found["C10-U3"].value == pytest.approx(260 * (96.11 / 71.55) / 520, rel=0.05)
    assert found["C6-15"].value == pytest.approx(0.54)
    convex = math.exp((math.log(0.174 / 0.04) / 3.92) ** 2 / 2)  # a log-normal's mean over its median
    assert found["C10-16"].value == pytest.approx(365_452 * 0.0833 * convex, rel=0.01)
    null = found["C10-27"]
    assert null.low is not None and null.high is not None and null.low < 0 < null.high


def test_the_command_prints_what_is_promised(command: Any) -> None:
    done = command("claims", "C6-2", "C3-5", "--json")
    rows = {r["id"]: r for r in json.loads(done.out)}
    assert done.code == 0 and set(rows) == {"C3-5", "C6-2"}
    assert {"id", "challenge", "claim", "status", "points_to", "published", "ours"} <= set(rows["C6-2"])
    assert rows["C6-2"]["ours"]["value"] == pytest.approx(28 / 43)
    assert rows["C3-5"]["ours"]["unit"] == "£" and rows["C3-5"]["status"] == "by_construction"
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


def test_the_forest_plot_shows_a_row_a_figure(few: dict[str, Answered]) -> None:
    with house_style():
        drawing = forest.draw([few[i] for i in ("C1-1", "C6-2", "C6-7", "C6-14", "C10-16", "C10-28")])
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


@pytest.mark.parametrize(("scale", "arms"), [("value", {"usual_care"}), ("ratio", {"usual_care", "joint_crisis_plan"})])
def test_what_is_read_of_a_trial_is_of_these_arms(scale: str, arms: set[str]) -> None:
    """A level is of its own strategy's people, and a ratio of those it compares."""
    case = load("joint_crisis_plan", "henderson_2004")
    targets = tuple(t for t in case.setting.targets if (t.scale == "value") == (scale == "value"))
    found = fitted_arms(case.problem, replace(case.setting, targets=targets), case.parameters)
    assert {arm for trial, arm in found if trial == "henderson_2004"} == arms


def test_every_trial_that_was_pooled_is_fitted() -> None:
    """The Dutch trial is read of nowhere but in the pooled effect."""
    case = load("joint_crisis_plan")
    found = fitted_arms(case.problem, case.setting, case.parameters)
    pooled = ("henderson_2004", "thornicroft_2013", "ruchlewska_2014")
    assert {(trial, arm) for trial in pooled for arm in ("usual_care", "joint_crisis_plan")} <= found


def test_nothing_else_is_called_reproduced() -> None:
    assert {text.split(":")[0] for text in dependent(CLAIMS)} <= set(ARMS)
