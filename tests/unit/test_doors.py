"""Doors of Python to what commands find: the same numbers to the last bit, the same files, every mistake at once."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

import simulate
from models.contract import ModelError
from parameters import InputError
from simulate import compare, load, moved, run, structure, validate, verify
from simulate.analyse.comparison.moved import Moved
from simulate.analyse.comparison.verdict import BEYOND, SAME, Comparison
from simulate.analyse.credibility import structure as of_structure
from simulate.analyse.credibility.structure import Structures
from simulate.analyse.credibility.validate import Validation, aims_of
from simulate.analyse.credibility.verification.verification import NAMES, Verification
from simulate.present.notebook import files
from simulate.process.shown import Finding
from simulate.result.plain import json_text
from tests.unit import test_structure as synthetic
from tests.unit.synthetic_result import NASTY
from tests.unit.test_notebook import check, drawn_twice
from tests.unit.test_validate import row

QUICK, ACCOUNT = "welfare_advice", "personal_health_budgets"  # nobody is simulated
DOORS = {"compare": Comparison, "moved": Moved, "structure": Structures, "validate": Validation, "verify": Verification}
SOME = ("null_effect", "workbook_round_trip", "doubled_price")
PRICE = {"c_welfare_advice": 900.0}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs, of which the later has another price."""
    place = tmp_path_factory.mktemp("doors")
    cases = {"old": load(QUICK), "new": load(QUICK, changes=PRICE)}
    old, new = (run(c, draws=16, people=10).save(place / name, figures="none") for name, c in cases.items())
    return old, new


@pytest.fixture(scope="module")
def validated() -> Validation:
    return validate(ACCOUNT, draws=64)


@pytest.fixture(scope="module")
def found(folders: tuple[Path, Path], validated: Validation) -> dict[str, Any]:
    """One finding of each door."""
    told = {"compare": compare(*folders), "moved": moved(*folders), "validate": validated}
    return {**told, "structure": synthetic.two_sides(), "verify": verify(QUICK, only=SOME)}


# --- what is public -------------------------------------------------------------------------------


def test_doors_are_functions_whatever_was_imported() -> None:
    """A module of a door's name stands somewhere below, and importing it takes the door's place nowhere."""
    import_module("simulate.analyse.credibility.verify")
    for name in ("validate", "structure"):
        assert inspect.ismodule(import_module(f"simulate.analyse.credibility.{name}"))
    root = Path(simulate.__file__).parent
    for name in simulate.__all__:
        assert not (root / f"{name}.py").exists() and not (root / name).exists(), name
    for name, kind in DOORS.items():
        door = getattr(simulate, name)
        assert inspect.isfunction(door) and door.__name__ == name and name not in vars(simulate)
        assert inspect.signature(door).return_annotation == kind.__name__


def test_every_door_gives_a_finding_that_is_shown_and_written(found: dict[str, Any], tmp_path: Path) -> None:
    assert set(found) == set(DOORS)
    for name, thing in found.items():
        assert type(thing) is DOORS[name] and issubclass(DOORS[name], Finding)
        assert len(repr(thing)) < 500 and "\n" not in repr(thing)
        told: Any = thing
        check(told._repr_html_())
        table = told.table()
        assert isinstance(table, pd.DataFrame) and len(table)
        written = told.to_csv(tmp_path / name)
        assert {p.stem for p in written} == set(files.TABLES[type(thing)](thing))
        assert next(len(pd.read_csv(p)) for p in written) == len(table)


def test_what_has_figures_draws_them_and_what_has_none_lists_none(found: dict[str, Any]) -> None:
    drawn_twice(found["validate"].plot.forest, 1)
    drawn_twice(found["validate"].plot.calibration, 1)
    drawn_twice(found["structure"].plot.increments, 2)
    drawn_twice(found["structure"].plot.acceptability, 1)
    assert isinstance(found["structure"].plot.acceptability(), Figure)
    for name in ("compare", "moved", "verify"):
        plots = found[name].plot
        assert repr(plots) == "<figures: none>" and [n for n in dir(plots) if not n.startswith("_")] == []


def test_only_what_moved_has_a_page(found: dict[str, Any], tmp_path: Path) -> None:
    page = found["moved"].report(tmp_path / "moved.html")
    found["moved"].save(tmp_path / "out")
    assert page.read_bytes() == (tmp_path / "out" / "moved.html").read_bytes()
    for name in sorted({*DOORS} - {"moved"}):
        with pytest.raises(ModelError, match="has no report; allowed: Result, PsaTable, Moved"):
            found[name].report(tmp_path / "page.html")
    for name in ("compare", "verify"):
        with pytest.raises(ModelError, match="has no folder of its own; to_csv"):
            found[name].save(tmp_path / name)


def test_labels_are_text() -> None:
    aim = aims_of([ACCOUNT])[0]
    told = Validation((row(replace(aim, item=replace(aim.item, label=NASTY))),), (), 64, 100, 1)
    page = check(told._repr_html_())
    assert "&lt;b&gt;bold" in page and "<b>bold" not in page


# --- the same as the command line -----------------------------------------------------------------


def same(face: Callable[[Any], Any], finding: Any, printed: str) -> None:
    assert json.loads(printed) == json.loads(json_text(face(finding).data))


def of(module: str) -> Callable[[Any], Any]:
    return import_module(f"simulate.present.faces.{module}").face  # type: ignore[no-any-return]


def test_validate_has_the_numbers_and_files_of_the_command(command: Any, validated: Validation, tmp_path: Path) -> None:
    done = command("validate", ACCOUNT, "--draws", 64, "--json", "--figures", "none", "--out", tmp_path / "theirs")
    assert done.code == 0, done.err
    same(of("credibility.validate"), validated, done.out)
    ours = validated.save(tmp_path / "ours", figures="none")
    for name in ("validation.json", "validation.csv"):
        assert (ours / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes(), name
    (table,) = validated.to_csv(tmp_path / "validation.csv")
    assert table.read_bytes() == (ours / "validation.csv").read_bytes()
    assert validate([ACCOUNT], draws=64, seed=2).summary() != validated.summary()


def test_the_answer_of_other_targets_is_not_replaced(tmp_path: Path) -> None:
    """Though their counts are the same."""
    one = row(aims_of([ACCOUNT])[0])
    other = replace(one, aim=replace(one.aim, item=replace(one.aim.item, id="conflict_nsw")))
    answers = [Validation((told,), (), 64, 100, 1) for told in (one, other)]
    folder = answers[0].save(tmp_path / "out", figures="none")
    answers[0].save(folder, figures="none")
    with pytest.raises(ModelError, match="answer to another question"):
        answers[1].save(folder, figures="none")


def test_verify_has_the_lines_of_the_command(command: Any, found: dict[str, Any]) -> None:
    done = command("verify", QUICK, *(word for name in SOME for word in ("--only", name)), "--json")
    assert done.code == 0, done.err
    same(of("looks.verify"), found["verify"], done.out)
    lines = {line.check: line for line in found["verify"].lines}
    assert set(lines) == set(SOME) and "the same bits" in lines["workbook_round_trip"].why
    assert verify(QUICK, only="null_effect").lines == (lines["null_effect"],)


def test_structure_has_the_numbers_and_files_of_the_command(
    command: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_figures: None
) -> None:
    (tmp_path / "records.toml").write_text(synthetic.toml(synthetic.RECORDS), encoding="utf-8")
    monkeypatch.setattr("simulate.ask.case.find_problem", lambda _: synthetic.problem(synthetic.SIDES, synthetic.COSTS))
    words = ("--parameters", tmp_path / "records.toml", "--draws", 64, "--people", 10, "--wtp", 50, "--json")
    done = command("structure", "made_up", "sides", *words, "--weights", "one=0.75,other=0.25", "--out", tmp_path / "a")
    assert done.code == 0, done.err
    case = load("made_up", parameters=[tmp_path / "records.toml"])
    ours = structure(case, "sides", weights={"one": 0.75, "other": 0.25}, draws=64, people=10, threshold=50.0)
    same(of("credibility.structure"), ours, done.out)
    folder = ours.save(tmp_path / "b", figures="none")
    names = {p.name for p in folder.glob("*.csv")}
    assert {"structure.csv", "ceac.csv", "psa.csv", "evppi_of_structure.csv"} <= names
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "a" / name).read_bytes(), name
    even = structure(case, "sides", weights={"one": 0.5, "other": 0.5}, draws=64, people=10, threshold=50.0)
    with pytest.raises(ModelError, match="answer to another question"):
        even.save(folder, figures="none")
    frame = pd.read_csv(folder / "ceac.csv")
    assert (frame == ours.ceac()).all(axis=None)


def test_compare_has_the_numbers_of_the_command(
    command: Any, found: dict[str, Any], folders: tuple[Path, Path]
) -> None:
    done = command("compare", *folders, "--json")
    assert done.code == 1, done.err
    same(of("looks.compare"), found["compare"], done.out)
    assert found["compare"].verdict == BEYOND and compare(folders[0], folders[0]).verdict == SAME
    table = found["compare"].table()
    numbers = json.loads(done.out)["numbers"]
    assert table["verdict"].tolist() == [n["verdict"] for n in numbers]
    assert table[["first", "second"]].to_numpy().tolist() == [n["values"] for n in numbers]
    assert {*table} == {*numbers[0], "first", "second"} - {"values"}
    assert (table["difference"] == table["second"] - table["first"]).all()


def test_moved_has_the_numbers_and_files_of_the_command(
    command: Any, found: dict[str, Any], folders: tuple[Path, Path], tmp_path: Path
) -> None:
    done = command("compare", *folders, "--why", "--json", "--out", tmp_path / "theirs")
    assert done.code == 0, done.err
    same(of("looks.moved"), found["moved"], done.out)
    ours = found["moved"].save(tmp_path / "ours", figures="none")
    for name in ("moved.csv", "moved.html", "summary.json"):
        assert (ours / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes(), name
    (first, *_) = found["moved"].rows()
    old, new = (pd.read_csv(f / "psa.csv")[f"cost_{QUICK}"] for f in folders)  # a second way: nobody else's cost moves
    assert first["record"] == "c_welfare_advice" and first["cost_first"] == pytest.approx((new - old).mean(), rel=1e-12)


# --- mistakes -------------------------------------------------------------------------------------

ASKED: tuple[tuple[Callable[..., Any], tuple[str, ...]], ...] = (
    (
        lambda _: validate(["safeward", "nothing"], setting="nowhere", draws=3, people=0, seed=-1),
        ("did you mean safewards", "'nothing'", "setting: 'nowhere'", "people: 0", "seed: -1"),
    ),
    (lambda _: validate(ACCOUNT, draws=38), ("a 95% interval needs 39 virtual trials",)),
    (lambda _: validate(load(QUICK)), ("allowed: ids of problems of the catalogue, or of targets",)),  # type: ignore[arg-type]
    (
        lambda _: verify("welfare_advise", only=["nothing", "null_efect"]),
        ("'nothing'", "did you mean null_effect", "did you mean welfare_advice"),
    ),
    (
        lambda _: structure("joint_crisis_plan", "stay", draws=0, threshold=-1.0),
        ("did you mean stays", "draws: 0", "threshold: -1"),
    ),
    (lambda _: structure(QUICK), ("no structural alternatives are declared",)),
    (lambda _: compare("nowhere", "elsewhere"), ("nowhere: no manifest.json", "elsewhere: no manifest.json")),
    (lambda f: moved(*f, setting="x", draws=0, threshold=-1.0), ("setting: 'x'", "draws: 0", "threshold: -1")),
    (lambda f: moved(f[0], "nowhere"), ("nowhere: is not there",)),
)


@pytest.mark.parametrize(("asked", "told"), ASKED)
def test_every_mistake_is_told_at_once(
    asked: Callable[..., Any], told: tuple[str, ...], folders: tuple[Path, Path]
) -> None:
    with pytest.raises((ModelError, InputError)) as raised:
        asked(folders)
    text = str(raised.value)
    assert [part for part in told if part not in text] == [] and len(text.splitlines()) == len(told)
    assert "--" not in text


def test_nothing_is_run_of_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_structure, "simulated", None)
    with pytest.raises(ModelError, match="weights: 'onee'"):
        synthetic.asked(synthetic.SIDES, weights={"onee": 0.5})
    assert len(NAMES) > 90
