"""What is asked travels whole: whoever simulates again simulates the people of the file, and no others."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from models.contract import ModelError
from simulate import Result, load, read_result, run
from simulate.analyse import timeline as timelines
from simulate.analyse.impact import Today, net_benefit_so_delivered
from simulate.ask.asked import ask


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Two hundred people, most of them detained: other than those that the problem draws."""
    path = tmp_path / "people.csv"
    rows = [[f"p{k}", 1, ("detained", "detained", "informal")[k % 3], "ward", 0] for k in range(200)]
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["id", "weight", "legal", "place", "elapsed"], *rows])
    return path


@pytest.fixture
def of_a_file(example: Callable[[str], ModuleType], people: Path) -> Result:
    return run(load(example("ward_restraint").PROBLEM), draws=4, cohort=people)


def test_nothing_is_left_to_default(example: Callable[[str], ModuleType], people: Path) -> None:
    asked = ask(load(example("ward_restraint").PROBLEM), cohort=people, rng="philox")
    assert asked.options.perspective == asked.case.setting.perspective
    assert asked.options.effect == asked.case.setting.effect
    assert asked.options.rng == "philox4x32-10"
    assert asked.options.people == 200
    assert asked.options.file is not None and len(asked.options.file) == 200


def test_better_delivery_is_reckoned_for_the_people_of_the_file(of_a_file: Result) -> None:
    """Delivered as it is, a strategy has the very net benefit of the run; of other people it would have another."""
    new = of_a_file.strategies[1]
    again = net_benefit_so_delivered(of_a_file, new, Today(), 100.0, None)
    assert again.tolist() == (100.0 * of_a_file.effect[:, 1] - of_a_file.cost[:, 1]).tolist()


def test_of_other_people_it_would_be_otherwise(of_a_file: Result) -> None:
    drawn = run(of_a_file.case, draws=4, people=200)
    assert (np.abs(drawn.cost - of_a_file.cost) > 1e-6).all()


def test_the_people_are_those_that_were_read(of_a_file: Result, people: Path) -> None:
    """Whatever becomes of the file afterwards."""
    people.write_text("nothing\n", encoding="utf-8")
    again = net_benefit_so_delivered(of_a_file, of_a_file.strategies[1], Today(), 100.0, None)
    assert again.tolist() == (100.0 * of_a_file.effect[:, 1] - of_a_file.cost[:, 1]).tolist()


def test_costs_by_month_are_of_the_people_of_the_file(of_a_file: Result) -> None:
    """A cut a second before the end has cost what the run has; of other people it would be another sum."""
    horizon = of_a_file.statistics.horizon
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timelines, "cuts", lambda _: [horizon - 3e-8, horizon])
        found = timelines.timeline(of_a_file).cost
    assert found[:, :, 0] == pytest.approx(found[:, :, 1], rel=1e-3)
    assert np.abs(found[:, :, 1].sum(axis=-1)).min() > 1000


@pytest.mark.usefixtures("ward_in_catalogue", "no_figures")
def test_a_stored_result_has_its_people_or_none(command: Any, people: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = command("run", "ward_restraint", "--draws", 16, "--cohort", people, "--out", folder)
    assert done.code == 0, done.err
    people.unlink()
    kept = read_result(folder)
    assert kept.options.people == 200
    again = net_benefit_so_delivered(kept, kept.strategies[1], Today(), 100.0, None)
    assert again == pytest.approx(100.0 * kept.effect[:, 1] - kept.cost[:, 1])
    copy = folder / "inputs" / "people.csv"
    copy.write_text(copy.read_text(encoding="utf-8").replace("informal", "detained"), encoding="utf-8")
    with pytest.raises(ModelError, match=r"people of .*people\.csv as the run read them are not in .*run again"):
        read_result(folder)
