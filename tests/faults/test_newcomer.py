"""A newcomer adds an event: one Python file and one TOML file, and everything sees it, while nobody else's past moves.

And a whole intervention likewise. On a copy of the three packages, in processes of its own.
"""

from __future__ import annotations

import csv
import filecmp
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("models", "parameters", "simulate")

EVENT = """
        Event(
            "wellness_review",
            When(care="community", work="employed"),
            Exponential("r_wellness_review"),
            label="review of how work is going",
        ),
"""
RECORD = """
[r_wellness_review]
label = "Reviews of how work is going, people in paid work"
unit = "per_year"
distribution = { gamma = { mean = 2.0, se = 0.5 } }
source = "assumption"
status = "assumed"
note = "A newcomer's first number."
"""
PATHWAY, NUMBERS = Path("models/shared/service_user.py"), Path("parameters/pathway.toml")


@pytest.fixture(scope="module")
def home(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the event and its numbers added."""
    folder = tmp_path_factory.mktemp("newcomer")
    for name in PACKAGES:
        shutil.copytree(checkout / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / PATHWAY).read_text(encoding="utf-8")
    before = '        Event("restraint", INPATIENT'
    assert text.count(before) == 1
    (folder / PATHWAY).write_text(text.replace(before, EVENT.lstrip("\n") + before), encoding="utf-8")
    with (folder / NUMBERS).open("a", encoding="utf-8") as out:
        out.write(RECORD)
    return folder


def command(home: Path, *words: object) -> str:
    """What the command line of the packages in `home` prints."""
    return python(home, "-m", "simulate.present.cli", *map(str, words))


def python(home: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *words], cwd=home, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def differing(checkout: Path, home: Path) -> list[str]:
    out = []
    for name in PACKAGES:
        for path in sorted(p for p in (home / name).rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            old = checkout / path.relative_to(home)
            if not old.is_file() or not filecmp.cmp(path, old, shallow=False):
                out.append(str(path.relative_to(home)))
    return out


def test_it_touches_one_python_and_one_toml_file(home: Path, checkout: Path) -> None:
    assert differing(checkout, home) == [str(PATHWAY), str(NUMBERS)]


def test_check_list_and_describe_see_it(home: Path) -> None:
    assert "No errors" in command(home, "check")
    assert "joint_crisis_plan" in command(home, "list")
    told = " ".join(command(home, "describe", "joint_crisis_plan").split())
    assert "Review of how work is going (wellness_review). At risk are people with care setting" in told
    assert "Reviews of how work is going, people in paid work (r_wellness_review)" in told
    assert "A newcomer's first number." in told


# One traced run at the point estimates; solving for the targets on few people is enough, and the same on both sides.
TRACE = """
import sys
from simulate.solve import centre, solution, surface
centre.SEARCH_PEOPLE, centre.CENTRE_PEOPLE = 4_000, 20_000
from simulate.present import cli
try:
    cli.main()
except SystemExit as left:
    sys.exit(left.code)
"""


def traced(home: Path, folder: Path) -> list[dict[str, str]]:
    words = ("trace", "joint_crisis_plan", "--fixed", "--people", "300", "--json", "--out", str(folder))
    python(home, "-c", TRACE, *words)
    with (folder / "trace.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.slow
def test_other_histories_keep_every_bit(home: Path, checkout: Path, tmp_path: Path) -> None:
    """The event changes no state, so it is inert: with its own rows left out nothing has moved for anybody."""
    old, new = traced(checkout, tmp_path / "old"), traced(home, tmp_path / "new")
    reviewed = [row for row in new if row["event"] == "wellness_review"]
    assert len(reviewed) > 20 and all("employed" in row["from"] for row in reviewed)
    assert [row for row in new if row["event"] != "wellness_review"] == old
    people = {row["person"] for row in old}
    assert people - {row["person"] for row in reviewed}  # some never met it at all


@pytest.mark.slow
def test_a_run_counts_it(home: Path, tmp_path: Path) -> None:
    words = ("run", "joint_crisis_plan", "--fixed", "--people", "200", "--json", "--out", str(tmp_path / "out"))
    summary = json.loads(python(home, "-c", TRACE, *words))
    for strategy in summary["strategies"]:
        assert strategy["events"]["wellness_review"] > 0 and 0 < strategy["ever"]["wellness_review"] < 1
    assert "r_wellness_review" in summary["assumed"]
    assert "r_wellness_review" in (tmp_path / "out" / "psa.csv").read_text(encoding="utf-8").splitlines()[0]


# --- a whole intervention: one Python and one TOML file, and the second entry of its published figures ------------

INTERVENTION = '''
"""Reading groups: what a newcomer's first intervention looks like."""

from models.contract import Component, CostItem, DecisionProblem, Delivery, EffectMeasure, Setting, Strategy
from models.shared.costs import SERVICE_USER_COSTS
from models.shared.service_user import (
    BED_DAYS, ENGLAND, PARAMETER_FILES, PERSPECTIVES, SERVICE_USER, UTILITIES, on_stays
)

GROUP = Component("reading_group", "A place in a reading group", on_stays("tr_stay_reading"))
PROBLEM = DecisionProblem(
    id="reading_group",
    label="Reading groups",
    question="Should wards have a reading group?",
    pathway=SERVICE_USER,
    strategies=(Strategy("usual_care", "Usual care"), Strategy("reading_group", "Reading group", (GROUP,))),
    settings=(Setting("england", "England", "horizon_12_months", perspective="service", given=ENGLAND),),
    costs=(*SERVICE_USER_COSTS, CostItem("reading", "Books", "nhs", Delivery("reading_group"), "c_reading_group")),
    utilities=UTILITIES,
    effects=(EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),),
    perspectives=PERSPECTIVES,
    parameter_files=(*PARAMETER_FILES, "england.toml", "interventions/reading_group.toml"),
    days=BED_DAYS,
)
'''
INTERVENTION_RECORDS = """
[c_reading_group]
label = "Books and an hour a week, a person"
unit = "GBP"
price_year = "2023/24"
distribution = { fixed = { value = 90.0 } }
source = "pssru_2024"
status = "published"

[tr_stay_reading]
label = "Ratio of stays with a reading group"
unit = "ratio"
distribution = { gamma = { mean = 1.0, se = 0.1 } }
source = "assumption"
status = "assumed"
note = "A newcomer's guess, centred on none."
"""
SECOND_ENTRY = Path("tests/evidence/second/reading_group.toml")
EVIDENCE_TEST = Path("tests/evidence/test_second_entry.py")
ADDED = (Path("models/interventions/reading_group.py"), Path("parameters/interventions/reading_group.toml"))


@pytest.fixture(scope="module")
def library(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the intervention and its numbers added, and the test of second entries."""
    folder = tmp_path_factory.mktemp("library")
    for name in (*PACKAGES, "tests/evidence"):
        shutil.copytree(checkout / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in zip(ADDED, (INTERVENTION, INTERVENTION_RECORDS), strict=True):
        (folder / path).write_text(text.lstrip("\n"), encoding="utf-8")
    return folder


def second_entries(library: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(library), "PYTHONDONTWRITEBYTECODE": "1"}
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest", "--rootdir", ".", "-c", os.devnull)
    return subprocess.run(
        [sys.executable, *words, str(EVIDENCE_TEST)], cwd=library, env=environment, capture_output=True, text=True
    )


def test_an_intervention_is_one_python_and_one_toml_file(library: Path, checkout: Path) -> None:
    assert differing(checkout, library) == sorted(map(str, ADDED))
    assert "reading_group" in command(library, "list")
    assert "No errors: reading_group" in command(library, "check", "reading_group")
    assert "No errors" in command(library, "check")
    assert "Books and an hour a week" in " ".join(command(library, "describe", "reading_group").split())


@pytest.mark.slow
def test_its_second_entry_is_looked_for_by_its_name(library: Path) -> None:
    lacking = second_entries(library)
    assert lacking.returncode == 1 and "c_reading_group" in lacking.stdout
    (library / SECOND_ENTRY).write_text('c_reading_group = { value = 91, price_year = "2023/24" }\n', encoding="utf-8")
    wrong = second_entries(library)
    assert wrong.returncode == 1 and "test_both_entries_agree[c_reading_group]" in wrong.stdout
    (library / SECOND_ENTRY).write_text('c_reading_group = { value = 90, price_year = "2023/24" }\n', encoding="utf-8")
    right = second_entries(library)
    assert right.returncode == 0, right.stdout
