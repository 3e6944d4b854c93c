"""What was changed from the shipped case is said wherever a reader may look: text, figures, summary, manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate import load, run, sweep
from simulate.ask.asked import ask
from simulate.ask.changes import changed_parameters, changes_of
from simulate.ask.options import complete
from simulate.present.english.changes import changed_line, changed_note
from simulate.present.figures import gallery

pytestmark = pytest.mark.usefixtures("solved_once")

MINE = """
[sources.our_trust_2025]
authors = "Miller A, Our Trust"
year = 2025
title = "Reference costs"
journal = "Internal"
design = "accounts"
supports = "prices"

[c_bed_day]
label = "A day on our wards"
unit = "GBP_per_day"
price_year = "2023/24"
distribution = { gamma = { mean = 450, se = 20 } }
source = "our_trust_2025"
status = "published"
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(MINE, encoding="utf-8")
    return path


def told(case: Any) -> list[str]:
    return [changed_line(c) for c in changed_parameters(case)]


def test_the_shipped_case_has_no_changes() -> None:
    case = load("safewards")
    assert changes_of(case, complete(case)) == {"parameters": [], "options": []} and changed_note([]) == ""


def test_a_value_that_was_set_is_told_with_the_shipped_one() -> None:
    case = load("safewards", changes={"c_bed_day": 450.0})
    (line,) = told(case)
    assert "(c_bed_day): £450 a day" in line and "set by the user for this run (shipped: £520 a day" in line
    (row,) = changes_of(case, complete(case))["parameters"]
    assert (row["parameter"], row["how"], row["old"]["value"], row["new"]["value"]) == (
        "c_bed_day",
        "set",
        520.0,
        450.0,
    )


def test_a_file_is_told_with_its_source(mine: Path) -> None:
    case = load("safewards", parameters=[mine])
    (line,) = told(case)
    assert "£450 a day" in line and "Miller A 2025, in mine.toml (shipped: £520" in line
    assert "A day on our wards £450 a day in place of £520 a day, Miller A 2025" in changed_note(
        changed_parameters(case)
    )


def test_a_value_set_over_a_file_is_told_against_what_is_shipped(mine: Path) -> None:
    (line,) = told(load("safewards", parameters=[mine], changes={"c_bed_day": 400.0}))
    assert "£400 a day" in line and "set by the user" in line and "shipped: £520" in line


def test_a_record_of_a_script_is_told() -> None:
    given = {"c_bed_day": {"unit": "GBP_per_day", "price_year": "2023/24", "distribution": {"fixed": {"value": 480.0}}}}
    (found,) = changed_parameters(load("safewards", inline=given))
    assert found.old is not None and found.new.distribution.point == 480.0


def test_the_shipped_value_again_is_a_change_only_where_its_interval_went() -> None:
    assert changed_parameters(load("safewards", changes={"c_bed_day": 520.0}))  # no longer uncertain
    assert not changed_parameters(load("safewards", changes={"horizon_ward_year": 1.0}))


def test_many_changes_do_not_fill_a_figure() -> None:
    names = [n for n in load("safewards").uncertain() if n.startswith(("c_", "u_"))][:7]
    case = load("safewards", changes={n: float(load("safewards").parameters[n].distribution.point) for n in names})
    assert "and 3 more" in changed_note(changed_parameters(case))


def test_options_that_are_not_the_usual_ones_are_told(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,weight\na,1\nb,1\n", encoding="utf-8")
    case = load("safewards", "city_128")
    asked = ask(case, cohort=people, effect="qaly")
    rows = {r["option"]: (r["value"], r["usual"]) for r in changes_of(case, asked.options)["options"]}
    expected = {"setting": ("city_128", "england"), "effect": ("qaly", "restraints"), "cohort": ("people.csv", None)}
    assert rows == expected


@pytest.mark.parametrize("setting", ["netherlands_2014", "trial_costs", "ethnicity", "crimson_2013"])
def test_a_setting_that_stands_alone_in_its_problem_is_told_too(setting: str) -> None:
    case = load("joint_crisis_plan", setting)  # strategies or a pathway of its own, but for the last
    assert changes_of(case, complete(case))["options"] == [{"option": "setting", "value": setting, "usual": "base"}]


def test_a_run_says_it_on_the_terminal_in_its_files_and_on_its_figures(
    command: Callable[..., Any], mine: Path, tmp_path: Path
) -> None:
    size = ("--draws", 16, "--people", 10, "--no-variants", "--out", tmp_path / "out")
    finished = command("run", "safewards", *size, "--parameters", mine, "--set", "c_violent_incident=99")
    assert finished.code == 0
    text = re.sub(r"\s+", " ", finished.out)
    assert "CHANGED from the shipped case: 1. " in text and "in mine.toml (shipped: £520" in text
    assert "(c_violent_incident): £99" in text
    for name in ("summary.json", "manifest.json"):
        rows = json.loads((tmp_path / "out" / name).read_text(encoding="utf-8"))["changed"]["parameters"]
        assert [r["parameter"] for r in rows] == ["c_bed_day", "c_violent_incident"]
    for figure in (tmp_path / "out" / "figures").glob("*.svg"):
        drawn = re.sub(r"<[^>]+>|\s+", " ", figure.read_text(encoding="utf-8"))
        assert "Changed from the shipped case" in drawn, figure.name


def test_a_sweep_says_it_too() -> None:
    case = load("safewards", changes={"c_bed_day": 450.0})
    found = sweep.one_way(case, ["c_violent_incident"], people=50)
    assert [r["parameter"] for r in found.summary()["changed"]["parameters"]] == ["c_bed_day"]


def test_a_change_that_was_read_back_is_told(command: Callable[..., Any], tmp_path: Path, no_figures: None) -> None:
    from simulate import read_result

    size = ("--draws", 16, "--people", 10, "--no-variants", "--out", tmp_path / "out")
    assert command("run", "open_dialogue", *size, "--set", "c_bed_day=450").code == 0
    assert [c.new.name for c in changed_parameters(read_result(tmp_path / "out").case)] == ["c_bed_day"]


def test_run_without_changes_says_nothing(tmp_path: Path) -> None:
    assert run(load("open_dialogue"), draws=4, people=2).summary()["changed"] == {"parameters": [], "options": []}


SMALL = ("--draws", 16, "--people", 10, "--no-variants")


@pytest.mark.parametrize(
    "asked",
    [
        ("plan", "safewards", "--target", "500"),
        ("describe", "safewards", "--check", "--people", 100),
        ("sweep", "safewards", "--one-way", "c_bed_day", "--people", 10, "--out"),
    ],
    ids=lambda words: words[0],
)
def test_whatever_is_told_in_text_says_it(
    command: Callable[..., Any], tmp_path: Path, asked: tuple[object, ...]
) -> None:
    to = (tmp_path / "out",) if asked[-1] == "--out" else ()
    done = command(*asked, *to, "--set", "c_violent_incident=99")
    assert done.code in ((0, 1) if "--check" in asked else (0,)), (
        done.err
    )  # a figure of usual care lies outside what is known
    text = re.sub(r"\s+", " ", done.out)
    assert "Changed from the shipped case: " in text and "(c_violent_incident): £99" in text


def test_the_value_of_learning_says_what_its_run_changed(
    command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "draw_figures", lambda *_: [])
    assert command("run", "safewards", *SMALL, "--set", "c_violent_incident=99", "--out", tmp_path / "out").code == 0
    done = command("voi", tmp_path / "out")
    assert done.code == 0, done.err
    assert "Changed from the shipped case:" in done.out and "(c_violent_incident): £99" in done.out
    told = json.loads((tmp_path / "out" / "voi" / "voi.json").read_text(encoding="utf-8"))["changed"]
    assert [row["parameter"] for row in told["parameters"]] == ["c_violent_incident"]
