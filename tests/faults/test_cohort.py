"""A file of people: refused with every fault at once, or simulated whatever the order of its rows."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from models.contract import ModelError
from parameters import InputError
from simulate import load, read_result, run, trace
from simulate.ask.asked import ask
from simulate.ask.case import Case
from simulate.engine import driver

HEADER = ["id", "weight", "legal", "place", "elapsed"]
SOUND = [
    ["anna", "1", "detained", "ward", "0.05"],
    ["ben", "2.5", "informal", "home", "0"],
    ["carl", "1", "informal", "ward", "0"],
    ["dora", "0.5", "detained", "ward", "1.25"],
    ["eve", "1", "detained", "home", "0"],
]


def written(folder: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


@pytest.fixture
def case(example: Callable[[str], ModuleType]) -> Case:
    return load(example("ward_restraint").PROBLEM)


# --- what is refused --------------------------------------------------------------------------

FAULTY = [
    ["anna", "1", "detained", "ward", "0", "9"],
    ["anna", "0", "detaned", "ward", "-1"],
    ["", "nan", "informal", "hospital", "x"],
    ["carl", "inf", "", "home"],
]
FAULTS = (  # line, column, words
    (2, "id", "6 cells in 5 columns"),
    (3, "id", "'anna' is given twice; allowed: each once"),
    (4, "id", "'' is empty; allowed: each once"),
    (3, "weight", "'0'; must be a number, finite and positive"),
    (4, "weight", "'nan'; must be a number, finite and positive"),
    (5, "weight", "'inf'; must be a number, finite and positive"),
    (3, "legal", "'detaned'; allowed: detained, informal"),
    (5, "legal", "''; allowed: detained, informal"),
    (4, "place", "'hospital'; allowed: ward, home"),
    (3, "elapsed", "'-1'; must be a number, finite and not negative"),
    (4, "elapsed", "'x'; must be a number, finite and not negative"),
    (5, "elapsed", "''; must be a number"),  # a row with too few cells
)


@pytest.mark.usefixtures("ward_in_catalogue")
def test_every_bad_cell_is_told_at_once(command: Any, tmp_path: Path) -> None:
    path, before = written(tmp_path, FAULTY), driver.kernel_runs
    done = command("run", "ward_restraint", "--cohort", path, "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "") and driver.kernel_runs == before
    assert [p.name for p in tmp_path.iterdir()] == ["people.csv"]
    lines = [line.removeprefix("error: ") for line in done.err.splitlines()]
    for line, column, words in FAULTS:
        assert any(told.startswith(f"{path}:{line}: {column}: ") and words in told for told in lines), (line, column)
    assert len(lines) == len(FAULTS)


@pytest.mark.usefixtures("ward_in_catalogue")
def test_unknown_and_missing_columns_are_told_at_once(command: Any, tmp_path: Path) -> None:
    path = written(tmp_path, [["a", "x", "1"]], ["id", "legl", "elpsed"])
    done = command("run", "ward_restraint", "--cohort", path, "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        f"error: {path}:1: legl: unknown column; allowed: id, weight, legal, place, elapsed; did you mean legal?",
        f"error: {path}:1: elpsed: unknown column; allowed: id, weight, legal, place, elapsed; did you mean elapsed?",
        f"error: {path}:1: weight: missing column",
        f"error: {path}:1: legal: missing column",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "id: missing column"),
        ("id,weight,legal\n", "no people; need at least one row"),
        ("id,weight,legal,legal\na,1,detained,informal\n", "legal: given twice; allowed: once"),
        ("id,weight,legal\na,1,detained,ward\n", "people.csv:2: id: 4 cells in 3 columns"),
        ("id,weight,legal\na,1,det\0ained\n", "legal"),
    ],
)
def test_malformed_files_are_refused(text: str, words: str, case: Case, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as fault:
        run(case, cohort=path, draws=1)
    assert words in str(fault.value)


def test_a_file_that_is_no_text_is_refused(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"\xff\xfe\x00\x01" * 20)
    with pytest.raises(InputError, match="cannot be read"):
        run(case, cohort=path, draws=1)


# --- what is simulated ------------------------------------------------------------------------


@pytest.mark.usefixtures("ward_in_catalogue", "no_figures")
def test_a_sound_file_is_run(command: Any, tmp_path: Path) -> None:
    path = written(tmp_path, SOUND)
    done = command("run", "ward_restraint", "--cohort", path, "--draws", 32, "--json", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert json.loads(done.out)["people"] == len(SOUND)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest["cohort"] == {"file": str(path), "sha256": digest}
    assert (tmp_path / "out" / "inputs" / "people.csv").read_bytes() == path.read_bytes()


def test_people_start_where_the_file_says(case: Case, tmp_path: Path) -> None:
    table = trace(case, cohort=written(tmp_path, SOUND), draws=16, draw=3)
    starts = table[table["event"] == "(entry)"].drop_duplicates("person").set_index("person")["to"]
    assert starts.to_dict() == {row[0]: row[3] for row in SOUND}


def test_time_already_spent_counts(case: Case, tmp_path: Path) -> None:
    """Log-normal stays: who has been there for years leaves later than who has just come, on average."""
    stays = {}
    for elapsed in ("0", "2"):
        people = [[f"p{k}", "1", "informal", "ward", elapsed] for k in range(400)]
        table = trace(case, cohort=written(tmp_path, people), people=400, fixed=True, strategy="usual")
        stays[elapsed] = table[table["event"] == "discharge"].drop_duplicates("person")["days"].mean()
    assert stays["2"] > 1.5 * stays["0"]


def test_the_order_of_rows_does_not_matter(case: Case, tmp_path: Path) -> None:
    people = [
        [f"p{k}", str(1 + k % 3), ("detained", "informal")[k % 2], ("ward", "home")[k % 5 == 0], "0"] for k in range(60)
    ]
    told = {}
    for name, rows in (("as given", people), ("turned round", people[::-1])):
        path = written(tmp_path, rows)
        result = run(case, cohort=path, draws=32, seed=5, subgroup="legal")
        histories = trace(case, cohort=path, people=60, draws=32, draw=7, seed=5)
        told[name] = (
            result,
            histories.sort_values(["person", "strategy", "years"], kind="stable").reset_index(drop=True),
        )
    (first, histories), (second, turned) = told.values()
    assert histories.equals(turned)  # to the last bit
    for a, b in ((first, second), (first.subgroup("detained"), second.subgroup("detained"))):
        assert np.allclose(a.cost, b.cost, rtol=1e-12) and np.allclose(a.effect, b.effect, rtol=1e-12)


def test_weights_weigh(case: Case, tmp_path: Path) -> None:
    """A person of weight 3 counts as three in every mean."""
    once = [["a", "3", "detained", "ward", "0"], ["b", "1", "informal", "home", "0"]]
    found = run(case, cohort=written(tmp_path, once), draws=16, persons=True)
    x = found.statistics
    assert x.people.sum() == 4
    means = (3 * x.person_time[:, :, 0, 0] + x.person_time[:, :, 1, 0]) / 4
    assert np.allclose(x.per_person(x.time[:, :, :, 0]), means, rtol=1e-12)


# --- as many as asked for ---------------------------------------------------------------------

PROFILES = [["old", "3", "detained", "ward", "0"], ["young", "1", "informal", "home", "0"]]


def test_a_file_without_a_number_is_simulated_as_it_is(case: Case, tmp_path: Path) -> None:
    path = written(tmp_path, SOUND)
    asked = ask(case, cohort=path)
    assert asked.options.people == 5 and asked.options.file is asked.options.cohort.people  # type: ignore[union-attr]


@pytest.mark.parametrize(("people", "each"), [(1, 1), (2, 1), (3, 2), (18, 9), (19, 10), (200, 100), (201, 110)])
def test_each_is_simulated_as_often_as_it_takes(people: int, each: int, case: Case, tmp_path: Path) -> None:
    options = ask(case, cohort=written(tmp_path, PROFILES), people=people).options
    assert options.people == 2 * each and options.file is not None and len(options.file) == 2 * each
    assert options.file.weight.tolist() == [3.0] * each + [1.0] * each
    result = run(case, cohort=written(tmp_path, PROFILES), people=people, fixed=True)
    assert result.statistics.people.sum() == 4 * each
    if each % 10 == 0:  # every batch holds as many of each
        assert result.statistics.people.tolist() == [0.4 * each] * 10


def test_copies_are_other_people_and_the_first_is_the_one_of_the_file(case: Case, tmp_path: Path) -> None:
    path = written(tmp_path, PROFILES)
    alone = trace(case, cohort=path, fixed=True, strategy="usual")
    first, second = (trace(case, cohort=path, fixed=True, strategy="usual", person=p) for p in ("old", "old/2"))
    assert first.equals(alone[alone["person"] == "old"].reset_index(drop=True))
    assert list(second["person"].unique()) == ["old/2"] and not second["years"].equals(first["years"])
    with pytest.raises(ModelError, match="an id is another's with / and a number"):
        ask(case, cohort=written(tmp_path, [*PROFILES, ["old/2", "1", "informal", "home", "0"]]), people=30)


def test_its_error_is_that_of_people(case: Case, tmp_path: Path) -> None:
    """Over seeds, means of weighted profiles spread as one run says; ten rows alone would say nothing."""
    path = written(tmp_path, PROFILES)
    found = [run(case, cohort=path, people=100, fixed=True, seed=s) for s in range(60)]
    cost = np.array([r.cost[0] for r in found])
    batches = np.array([np.var(r.values.cost[0], axis=-1, ddof=1) / 10 for r in found])
    ratio = cost.var(axis=0, ddof=1) / batches.mean(axis=0)
    assert ((ratio > 0.55) & (ratio < 1.7)).all()  # chi-squared of 59 over that of 540: 1e-3 either side
    by_weight = [run(case, cohort=written(tmp_path, [row]), people=6000, fixed=True).cost[0] for row in PROFILES]
    mixed = (3 * by_weight[0] + by_weight[1]) / 4
    assert np.abs(cost.mean(axis=0) - mixed).max() < 4 * np.sqrt(batches.mean(axis=0).max() * (1 / 60 + 1 / 40))


@pytest.mark.usefixtures("ward_in_catalogue", "no_figures")
def test_a_folder_of_copies_is_read_back(command: Any, tmp_path: Path) -> None:
    path, folder = written(tmp_path, PROFILES), tmp_path / "out"
    done = command("run", "ward_restraint", "--draws", 16, "--cohort", path, "--people", 30, "--out", folder)
    assert done.code == 0, done.err
    again = read_result(folder)
    assert again.options.people == 40 and again.options.file is not None and len(again.options.file) == 40
