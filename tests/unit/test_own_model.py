"""A model of one's own on the command line: a Python file that the user names, and no other, is run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from models import contract
from models.catalogue import problem, problem_ids
from models.contract import ModelError
from parameters import InputError
from simulate import load, read_result
from simulate.ask.own.file import read_model
from simulate.ask.own.spelling import CLASSES, as_data, from_data
from tests.conftest import Command

pytestmark = pytest.mark.usefixtures("solved_once")

MODEL = """
import models as m

PROBLEM = m.DecisionProblem(
    id="cold",
    label="A cold",
    pathway=m.Pathway(
        "cold",
        (m.Domain("health", ("ill", "well"), "Health"),),
        (m.Event("gets_well", m.When(health="ill"), m.Exponential("r_well"), {"health": "well"}),),
        {"health": "ill"},
    ),
    strategies=(
        m.Strategy("wait", "Wait"),
        m.Strategy("tea", "Tea", (m.Component("tea", "Tea", (m.Effect("gets_well", "hazard", "hr_tea"),)),)),
    ),
    settings=(m.Setting("base", "Base", horizon=1.0), m.Setting("long", "Longer", horizon=2.0)),
    costs=(m.CostItem("tea", "Tea", "nhs", m.ComponentTime("tea"), "c_tea"),),
    utilities=(m.Utility(m.When(health="ill"), 0.7), m.Utility(m.When(health="well"), 0.9)),
)
NUMBERS = {
    "r_well": {"unit": "per_year", "distribution": {"gamma": {"mean": 3.0, "se": 0.5}}},
    "hr_tea": {"unit": "ratio", "distribution": {"lognormal": {"mean": 1.2, "low": 0.9, "high": 1.6}}},
}
"""
TOML = """
[c_tea]
label = "Tea"
unit = "GBP_per_year"
price_year = "2023/24"
distribution = { gamma = { mean = 90, se = 20 } }
source = "assumption"
status = "assumed"
note = "A guess."
"""
SMALL = ("--draws", 16, "--people", 40, "--figures", "none")


@pytest.fixture
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in the current folder, and the numbers beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cold.py").write_text(MODEL)
    (tmp_path / "cold.toml").write_text(TOML)
    return tmp_path / "cold.py"


# --- run, and read back -------------------------------------------------------------------------------


def test_a_result_is_read_back_without_the_file_and_nothing_is_run(cold: Path, command: Command) -> None:
    done = command("run", "cold.py", *SMALL)
    assert (done.code, Path("runs/cold/summary.json").is_file()) == (0, True), done.err
    first = read_result("runs/cold")
    cold.write_text("raise SystemExit(9)")
    changed = command("voi", "runs/cold", "--figures", "none")
    assert changed.code == 0 and "cold.py was changed since it ran" in changed.err
    cold.unlink()
    Path("cold.toml").unlink()
    gone = command("voi", "runs/cold", "--figures", "none")
    assert gone.code == 0 and "cold.py is not there any more" in gone.err
    assert (read_result("runs/cold").cost == first.cost).all()
    same = command("compare", "runs/cold", "runs/cold")
    assert same.code == 0 and "not there any more" in same.err
    asked = command("run", "cold.py")
    assert asked.code == 2 and "cold.py: file: is not there" in asked.err


def test_the_same_numbers_as_from_a_script(cold: Path) -> None:
    case = load(cold, "long")
    assert case.setting.name == "long" and set(case.names()) == {"r_well", "hr_tea", "c_tea"}
    assert case.asked == (str(cold), "--setting", "long")
    assert case.parameters["c_tea"].file == str(cold.with_suffix(".toml"))


def test_what_is_changed_is_what_the_user_changed(cold: Path, command: Command) -> None:
    Path("mine.toml").write_text(TOML.replace("mean = 90", "mean = 50"))
    done = command("run", "cold.py", *SMALL, "--parameters", "mine.toml", "--set", "hr_tea=1.1", "--out", "there")
    assert done.code == 0, done.err
    changed = json.loads(Path("there/manifest.json").read_text())["changed"]["parameters"]
    assert [(row["parameter"], row["how"]) for row in changed] == [("hr_tea", "set"), ("c_tea", "mine.toml")]
    assert changed[1]["old"]["value"] == 90.0
    assert read_result("there").case.parameters["c_tea"].distribution.point == 50.0


@pytest.mark.slow
def test_another_content_is_another_question(cold: Path, command: Command) -> None:
    for text in (MODEL, MODEL.replace("0.7", "0.6"), MODEL):
        cold.write_text(text)
        assert command("run", "cold.py", *SMALL).code == 0
    assert sorted(p.name for p in Path("runs").iterdir()) == ["cold", "cold-2"]


@pytest.mark.slow
def tabled(folder: Path, price: float, name: str = "teas.csv") -> None:
    """The price of tea from a table beside the numbers."""
    (folder / name).write_text("c\n" + "".join(f"{price + k}\n" for k in range(64)))
    sampled = f'distribution = {{ sample = {{ file = "{name}", column = "c" }} }}'
    (folder / "cold.toml").write_text(TOML.replace("distribution = { gamma = { mean = 90, se = 20 } }", sampled))


def test_a_table_that_the_numbers_name_is_of_the_question(cold: Path, tmp_path: Path, command: Command) -> None:
    """What only values is in no chunk: shards, and what stands in a folder, go by the table too."""
    tabled(tmp_path, 100)
    assert command("run", "cold.py", *SMALL, "--out", "whole").code == 0
    shard = [command("run", "cold.py", *SMALL, "--shard", f"{k}/2", "--out", f"{k}") for k in (1, 2)]
    assert [done.code for done in shard] == [0, 0]
    assert command("merge", "1", "2", "--model", "cold.py", "--figures", "none", "--out", "same").code == 0
    tabled(tmp_path, 9000)
    for words in (
        ("merge", "1", "2", "--model", "cold.py", "--out", "other"),
        ("run", "cold.py", *SMALL, "--out", "whole"),
    ):
        done = command(*words)
        assert done.code == 2 and (
            "is not, or not with the numbers beside it" in done.err or "another problem" in done.err
        )
    assert command("run", "cold.py", *SMALL, "--shard", "2/2", "--out", "2b").code == 0
    done = command("merge", "1", "2b", "--model", "cold.py", "--out", "other")
    assert done.code == 2 and "another problem" in done.err and not Path("other").exists()


def test_two_tables_of_one_name_are_not_taken_for_each_other(cold: Path, tmp_path: Path, command: Command) -> None:
    tabled(tmp_path, 100)
    (tmp_path / "theirs").mkdir()
    tabled(tmp_path / "theirs", 9000)
    words = ("--parameters", tmp_path / "theirs" / "cold.toml")
    assert command("run", "cold.py", *SMALL, "--out", "out").code == 0
    assert read_result("out").cost.max() < 200
    assert command("run", "cold.py", *SMALL, *words, "--out", "both").code == 0
    with pytest.raises(ModelError, match="two tables that its numbers name were called alike"):
        read_result("both")


def test_what_is_kept_goes_by_what_is_declared_not_by_the_file_alone(
    cold: Path, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file stays as it is, and a module that it imports changes: a kept answer would be another model's."""
    monkeypatch.setenv("RECOVERY_CEA_STORE", str(tmp_path / "store"))
    cold.write_text(
        MODEL.replace("import models as m", "import models as m\nfrom worth import ILL").replace("0.7", "ILL")
    )
    found = []
    for k, worth in enumerate((0.7, 0.7, 0.2)):
        Path("worth.py").write_text(f"ILL = {worth}\n")
        assert command("run", "cold.py", *SMALL, "--out", f"out{k}").code == 0
        found.append(json.loads(Path(f"out{k}/summary.json").read_text())["strategies"][0]["effect"]["mean"])
    assert found[0] == found[1] and found[0] > found[2] + 0.05
    assert not list(tmp_path.glob("**/*.pyc"))


@pytest.mark.parametrize(
    "words",
    [
        ("check", "cold.py"),
        ("describe", "cold.py"),
        pytest.param(("trace", "cold.py", "--people", 2), marks=pytest.mark.slow),
        pytest.param(("sweep", "cold.py", "--one-way", "c_tea", "--people", 50), marks=pytest.mark.slow),
        pytest.param(("plan", "cold.py", "--target", "500"), marks=pytest.mark.slow),
        pytest.param(
            ("league", "cold.py:long", "--budget", 100, "--population", "cold=10", "--draws", 16, "--people", 40),
            marks=pytest.mark.slow,
        ),
    ],
    ids=lambda words: words[0],
)
def test_every_command_takes_it(cold: Path, command: Command, words: tuple[object, ...]) -> None:
    done = command(*words)
    assert done.code == 0, done.err


# --- whose files are run -----------------------------------------------------------------------------


def test_no_file_named_in_a_folder_is_run(cold: Path, command: Command) -> None:
    """A folder of results, and a shard, of somebody who wishes ill."""
    assert command("run", "cold.py", *SMALL).code == 0
    assert command("run", "cold.py", *SMALL, "--shard", "1/1").code == 0
    trap = "open('was_run', 'w').close()\n"
    for path in (cold, *Path("runs/cold/inputs").glob("cold.py")):
        path.write_text(trap + MODEL)
    assert command("voi", "runs/cold", "--figures", "none").code == 0
    refused = command("merge", "runs/cold-1-of-1")
    assert refused.code == 2 and "--model FILE" in refused.err
    another = command("merge", "runs/cold-1-of-1", "--model", "cold.py")
    assert another.code == 2 and "is not, or not with the numbers beside it" in another.err
    for named in ("cold.py", "./cold.py", str(cold)):
        with pytest.raises(ModelError, match="is a file"):
            load(named)
    manifest = json.loads(Path("runs/cold/manifest.json").read_text())
    Path("runs/cold/manifest.json").write_text(json.dumps({**manifest, "problem": "cold.py", "own": None}))
    with pytest.raises(ModelError):
        read_result("runs/cold")
    assert not Path("was_run").exists()
    cold.write_text(MODEL)
    merged = command("merge", "runs/cold-1-of-1", "--model", "cold.py", "--figures", "none", "--out", "merged")
    assert merged.code == 0, merged.err
    assert Path("merged/psa.csv").read_bytes() == Path("runs/cold/psa.csv").read_bytes()


def test_a_batch_runs_no_file_that_it_alone_names(cold: Path, command: Command) -> None:
    Path("far").mkdir()
    Path("all.toml").write_text(
        '[defaults]\nproblem = "cold.py"\ndraws = 16\npeople = 40\n'
        "[analyses.one]\n[analyses.two]\nset = { hr_tea = 1.1 }\n"
    )
    alone = command("batch", "all.toml")
    assert alone.code == 2 and "problem: cold.py is a Python file, which would be run" in alone.err
    another = command("batch", "all.toml", "--model", "far/cold.py")
    assert another.code == 2 and "far/cold.py: file: is not there; did you" not in another.err
    done = command("batch", "all.toml", "--model", "cold.py", "--out", "many")
    assert done.code == 0, done.err
    cold.unlink()
    assert read_result("many/two").case.parameters["hr_tea"].distribution.point == 1.1
    shared = command("batch", "all.toml", "--model", "cold.py", "--shard", "1/2")
    assert shared.code == 2 and "--shard" in shared.err


# --- mistakes ----------------------------------------------------------------------------------------

WRONG: dict[str, tuple[str | bytes, str]] = {
    "syntax": ("x = 1\nPROBLEM = (\n", "cold.py:2: file: is no Python"),
    "raised": ("x = 1\ny = 1 / 0\n", "cold.py:2: file: ZeroDivisionError: division by zero"),
    "name": (MODEL.replace("m.When(health='ill')", "When()") + "\nx = nothing\n", "file: NameError"),
    "declaration": (MODEL.replace('"gets_well", "hazard"', '"gets_wel", "hazard"'), "did you mean gets_well?"),
    "exit": ("import sys\nsys.exit(0)\n", "cold.py:2: file: ends the program"),
    "endless": ("def f():\n    return f()\nf()\n", "file: RecursionError"),
    "none": ("PROBLEMS = 1\n", "cold.py: PROBLEM: is not defined"),
    "near": (MODEL.replace("PROBLEM =", "PROBLM ="), "PROBLEM: is not defined; a model's file says PROBLEM = Dec"),
    "kind": ("x = 0\nPROBLEM = 3\n", "cold.py:2: PROBLEM: is 3, a int; allowed: a DecisionProblem"),
    "several": (MODEL + "\nPROBLEM = (PROBLEM, PROBLEM)\n", "holds 2 things; allowed: one DecisionProblem"),
    "clash": (MODEL.replace('id="cold"', 'id="safewards"'), "'safewards', which is one of the catalogue's"),
    "numbers": (MODEL + "\nNUMBERS = 3\n", "NUMBERS: is 3, a int; allowed: a dict of records by name"),
    "record": (MODEL + "\nNUMBERS['r_well'] = 3\n", "r_well: is no table"),
    "unread": (
        MODEL + "\nNUMBERS['r_wel'] = NUMBERS['r_well']\n",
        "r_wel: is no parameter of cold; did you mean r_we",
    ),
    "missing": (MODEL + "\ndel NUMBERS['r_well']\n", "no parameter record for r_well"),
    "twice": (MODEL + "\nNUMBERS['c_tea'] = NUMBERS['r_well']\n", "c_tea: stands in NUMBERS of cold.py too"),
    "neighbour": ("import neighbour\n", "neighbour.py:3: file: ValueError: no"),
    "unkept": (MODEL + "\nNUMBERS['r_well']['note'] = print\n", "NUMBERS: it['r_well']['note'] is <built-in"),
    "not text": ("PROBLEM = '\xff'".encode("latin-1"), "cold.py"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_told_where_they_stand(cold: Path, command: Command, name: str) -> None:
    text, told = WRONG[name]
    Path("neighbour.py").write_text("\n\nraise ValueError('no')\n")
    cold.write_bytes(text if isinstance(text, bytes) else text.encode())
    for words in (("check", "cold.py"), ("run", "cold.py", *SMALL)):
        done = command(*words)
        assert done.code == 2 and told in done.err and "Traceback" not in done.err, done.err
    assert not Path("runs").exists()


def test_what_it_prints_does_not_mix_with_the_answer(cold: Path, command: Command) -> None:
    cold.write_text(MODEL + "\nprint('hello')\n")
    done = command("run", "cold.py", *SMALL, "--json")
    assert json.loads(done.out)["problem"] and "hello" in done.err


def test_a_folder_a_pipe_and_nothing_are_no_models(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "cold.py").write_text("")
    for name, told in (("folder.py", "cannot be read"), ("pipe.py", "is a pipe"), ("cild.py", "did you mean cold.py")):
        with pytest.raises(InputError, match=told):
            read_model(tmp_path / name)


# --- declarations as data -----------------------------------------------------------------------------


def test_every_problem_is_the_same_when_read_back() -> None:
    for name in problem_ids():
        found = problem(name)
        assert from_data(json.loads(json.dumps(as_data(found)))) == found, name


def test_only_declarations_are_read_back(example: Callable[[str], object]) -> None:
    assert CLASSES["Event"] is contract.Event and "ModelError" not in CLASSES
    for wrong in ({"is": "Path"}, {"is": "Event"}, {"is": None}, {"is": "__import__"}, {"pairs": [1]}):
        with pytest.raises((ValueError, TypeError)):
            from_data(wrong)
