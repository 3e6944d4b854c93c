"""Published results: read strictly, every error at once, and tied to the settings that show them, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from models import catalogue
from models.catalogue import ownerless_results, problem, problem_ids
from models.published import published, trial_figure
from parameters import InputError
from parameters.mistakes import ModelError
from parameters.published import (
    PUBLISHED,
    TARGETS,
    PublishedFigures,
    check_published,
    load_published,
    published_figures,
)
from simulate.present.commands.inspection.check import check

GOOD = """
[days]
problem = "joint_crisis_plan"
settings = ["base"]
label = "Days"
unit = "days"
values = { usual_care = 31, joint_crisis_plan = { top = 3, bottom = 4 } }
intervals = { joint_crisis_plan = [0.5, 1] }
source = "henderson_2004"
status = "published"
by_construction = true
"""
WRONG = """
[Days]
problem = "joint_crisis_plan"
settings = []
unit = "day"
values = { usual_care = true }
source = "hendersen_2004"
status = "guessed"
colour = "red"

[saving]
problem = "joint_crisis_plan"
settings = ["base"]
label = "Saving"
unit = "share"
price_year = "2013/14"
values = { plan = 1.5 }
intervals = { plan = [2, 1], plans = [0, 1] }
source = "assumption"
status = "assumed"

[nothing]
problem = "joint_crisis_plan"
settings = ["base"]
label = "Nothing"
unit = "GBP"
price_year = "1066"
values = {}
source = "assumption"
status = "published"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "published.toml"
    path.write_text(text.lstrip("\n"), encoding="utf-8")
    return path


def test_a_record_is_read_as_it_stands(tmp_path: Path) -> None:
    days = load_published(written(tmp_path, GOOD))["days"]
    assert days.values == {"usual_care": 31, "joint_crisis_plan": 0.75} and isinstance(days.values["usual_care"], int)
    assert days.intervals == {"joint_crisis_plan": (0.5, 1)} and days.settings == ("base",)
    assert days.contrast == "value" and days.by_construction and days.price_year == "" and days.role is None


def test_every_error_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, WRONG)
    with pytest.raises(InputError) as fault:
        load_published(path)
    told = [str(p).removeprefix(f"{path}:") for p in fault.value.problems]
    assert [line for line in told if line.startswith("1: Days: 'Days' is no id")]
    for expected in (
        "3: Days.settings: ",
        "1: Days.label: missing; every published result needs it",
        "4: Days.unit: 'day' is unknown",
        "5: Days.values.usual_care",
        "6: Days.source: 'hendersen_2004' is in no bibliography; did you mean henderson_2004?",
        "7: Days.status: 'guessed' is unknown",
        "8: Days.colour: unknown key",
        "15: saving.price_year: share is not in pounds",
        "17: saving.intervals.plan: [2, 1] is no interval",
        "17: saving.intervals.plans: 'plans' is unknown; allowed: plan",
        "10: saving.note: missing",
        "27: nothing.values: must be empty where status is not_printed, and only there",
        "26: nothing.price_year: '1066' is not covered",
    ):
        assert any(line.startswith(expected) for line in told), (expected, told)


TRIAL = """
[one]
problem = "joint_crisis_plan"
settings = ["base"]
label = "One"
unit = "share"
values = { joint_crisis_plan = 0.8 }
bound = "above"
source = "henderson_2004"
status = "published"
role = "watched"

[gap]
problem = "joint_crisis_plan"
settings = ["base"]
label = "Gap"
unit = "share"
values = { joint_crisis_plan = 0.3 }
contrast = "difference"
gap = ["one", "two"]
source = "henderson_2004"
status = "derived"
working = "0.8 - 0.5"
role = "watched"
"""


def test_a_gap_is_the_difference_of_two_probabilities_of_one_trial(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    two = TRIAL.split("[gap]")[0].replace("[one]", "[two]").replace("0.8", "0.5").replace('bound = "above"\n', "")

    def told(text: str) -> list[str]:
        path.write_text(text.lstrip("\n"), encoding="utf-8")
        return [str(p).removeprefix(f"{path}:") for p in check_published(path)]

    assert told(TRIAL) == ["19: gap.gap: one, two; allowed: two records of this register"]
    assert told(TRIAL + two) == []
    found = load_published(path)
    assert (found["gap"].gap, found["one"].bound, found["two"].bound) == (("one", "two"), "above", "")
    assert told(TRIAL + two.replace("0.5", "0.6")) == ["19: gap.gap: the figure is not the first less the second"]
    assert told(TRIAL + two.replace("henderson", "flood").replace("2004", "2006")) == [
        "19: gap.gap: not two probabilities of henderson_2004"
    ]
    (below,) = told(TRIAL.split("[gap]")[0].replace('"above"', '"below"'))
    assert below.startswith("7: one.bound: ")
    unsure = (TRIAL + two).replace("bound =", "price_year_assumed = true\nbound =")
    assert told(unsure)[0] == "7: one.price_year_assumed: of no price_year"


@pytest.mark.parametrize("text", ["days = 3\n", "[days\n"])
def test_what_is_no_table_or_no_toml_is_told(tmp_path: Path, text: str) -> None:
    assert len(check_published(written(tmp_path, text))) == 1


def test_ours_are_sound_and_every_one_is_shown() -> None:
    assert check_published() == [] and ownerless_results() == ()
    shown = set()
    for name in problem_ids():
        for setting in problem(name).settings:
            trial = setting.trial.published if setting.trial is not None else ()
            shown |= {x.id for x in setting.shown} | {x.id for x in trial}
            assert all([*(x.id for x in setting.shown), *(x.id for x in trial)]), setting.name
    assert shown == set(published_figures())


def test_an_unknown_id_is_told_with_the_nearest() -> None:
    with pytest.raises(ModelError, match="did you mean cost_henderson"):
        published("cost_hendersen", "cost")
    with pytest.raises(ModelError, match="must be of the new strategy alone"):
        trial_figure("cost_henderson", "effect")
    with pytest.raises(ModelError, match="two probabilities of a gap, none of anything else"):
        trial_figure("gap_crimson", "effect")
    assert [part.value for part in trial_figure("gap_crimson", "gap").parts] == [0.8, 0.44]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (("base",), "shows cost_henderson"),
        (("henderson_2004", "henderson_2004_predicted", "base"), "does not show cost_henderson"),
    ],
)
def test_a_result_of_another_setting_is_told(
    monkeypatch: pytest.MonkeyPatch, settings: tuple[str, ...], told: str
) -> None:
    moved = replace(published_figures()["cost_henderson"], settings=settings)
    records: Mapping[str, PublishedFigures] = {**published_figures(), "cost_henderson": moved}
    monkeypatch.setattr(catalogue, "published_figures", lambda: records)
    with pytest.raises(ModelError, match=told):
        problem("joint_crisis_plan")


def test_a_result_of_no_problem_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(published_figures()["cost_henderson"], problem="joint_crisis_plans")
    monkeypatch.setattr(catalogue, "published_figures", lambda: {"cost_henderson": lost})
    assert ownerless_results() == (f"{TARGETS}: cost_henderson: problem: 'joint_crisis_plans' is no decision problem",)


def test_check_reads_published_results_too(tmp_path: Path) -> None:
    path = written(tmp_path, WRONG)
    assert any("Days.colour" in line for line in check([str(path)]).errors)
    assert check([str(PUBLISHED), str(TARGETS)]).errors == () and check([str(written(tmp_path, GOOD))]).errors == ()
