"""What is kept is found again by all that its bits depend on, and by nobody else: keys, one cause at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate import load
from simulate.engine.keeping import words
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.words import algebra_parts, arithmetic_parts
from simulate.present.batches import working
from simulate.present.batches.places import places_for
from simulate.present.commands import flags
from simulate.running import solving
from simulate.solve.keeping import Arrays
from simulate.solve.solution import Solution, with_far
from simulate.solve.surface import Place
from tests.unit.batches import read_text
from tests.unit.test_answers import contents


def test_for_which_processor_linear_algebra_works_is_in_what_it_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line has it work as on one of 2008, and Python as on this one: they share a store and no digits."""
    found = []
    for kind in ("0.3.31 Nehalem", "0.3.31 SkylakeX", "0.3.32 SkylakeX"):
        monkeypatch.setattr(words, "_blas", lambda kind=kind: f"libopenblas {kind}")
        parts = algebra_parts()
        assert {n: v for n, v in parts.items() if n != "blas"} == arithmetic_parts()
        found.append(words.spelt(parts))
    assert len(set(found)) == 3


def test_what_is_solved_for_is_kept_under_linear_algebra_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def keys() -> set[str]:
        kept = Store(tmp_path / "store")
        solving.keeper(kept)("map", ("words",), {}, lambda: {"x": np.zeros(1)})
        return kept.keys()

    one = keys()
    monkeypatch.setattr(solving, "algebra", lambda: b"another")
    assert len(keys() - one) == 1


@pytest.fixture
def solution(hasty_calibration: None) -> Solution:
    """The last block of a calibration, with its map."""
    found = solving.solved_for(load("peer_support_workers", "simpson_2014"), fixed=False)
    assert found.solutions is not None
    return found.solutions[-1]


def noted(solution: Solution, use: Callable[[Solution], object], **found: Any) -> list[bytes]:
    """The numbers under which each thing would be kept that `use` asks for; it is given what is `found`."""
    met = []

    def keep(what: str, words_: tuple[object, ...], given: Mapping[str, Any], make: Callable[[], Arrays]) -> Arrays:
        met.append(words.spelt((what, words_, given)))
        return found

    use(replace(solution, keep=keep))
    return met


def test_draws_beyond_a_map_are_kept_under_that_map_and_a_map_under_its_people(
    solution: Solution, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another map the search begins elsewhere and ends with other digits, also where its straight line is alike."""
    monkeypatch.setattr("simulate.solve.solution.MOST_BEYOND", (1, 0.0))
    surface = solution.surface
    assert surface is not None
    values = {n: np.repeat(v, 4) for n, v in solution.centre.items()}
    x, solved = np.repeat(solution.x0[None, :], 4, axis=0), np.array([True, True, False, True])

    def far(chosen: Solution) -> None:
        with_far(chosen, values, x, solved)

    found = {"x": np.zeros((1, len(solution.x0))), "good": np.array([False])}
    other = replace(surface, fit=replace(surface.fit, coefficients=surface.fit.coefficients * (1 + 1e-9)))
    mine, same = (noted(solution, far, **found) for _ in range(2))
    assert len(mine) == 1 and mine == same != noted(replace(solution, surface=other), far, **found)

    # and where a figure of some block needs everybody's totals, people are others at each point of the map, of all
    design = {n: np.repeat(v, 3) for n, v in solution.centre.items()}
    there = Place(surface.scales.names, surface.slopes, np.zeros((3, len(solution.x0))))

    def mapped(whose: bool) -> list[bytes]:
        return noted(solution, lambda s: s.mapped(design, there, lambda: np.zeros(0), whose), **surface.arrays())

    assert mapped(True) == mapped(True) != mapped(False)


PEOPLE = "id,weight,legal\na,1,detained\nb,1,informal\nc,2,detained\n"


@pytest.mark.usefixtures("ward_in_catalogue")
def test_people_whose_file_is_changed_in_between_are_kept_under_who_they_were(
    tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> None:
    """Their file is read after what is asked was noted, and somebody may write it at that moment."""
    file, one, other = tmp_path / "people.csv", PEOPLE, PEOPLE.replace("c,2", "c,9")
    numbers = checkout / "scripts" / "examples" / "ward_restraint.toml"
    asked = ("run", "ward_restraint", "--parameters", numbers, "--draws", 4, "--cohort", file, "--figures", "none")
    file.write_text(one)
    assert command(*asked, "--no-store", "--out", tmp_path / "plain").code == 0
    case_in = flags.case_in

    def slow(*given: Any) -> Any:
        found = case_in(*given)
        file.write_text(other)
        return found

    store = "--store", tmp_path / "store"
    with monkeypatch.context() as patch:
        patch.setattr(flags, "case_in", slow)
        assert command(*asked, *store, "--out", tmp_path / "in between").code == 0
    assert (tmp_path / "in between" / "inputs" / "people.csv").read_text() == other
    file.write_text(one)
    assert command(*asked, *store, "--out", tmp_path / "again").code == 0
    assert contents(tmp_path / "again") == contents(tmp_path / "plain")


def test_a_batch_takes_no_answer_of_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose models or valuation were changed since, whatever its version says."""
    text = '[defaults]\nproblem = "welfare_advice"\ndraws = 4\npeople = 2\n[analyses.one]\n'
    batch = read_text(tmp_path, text)
    places = places_for(batch, tmp_path / "out")
    assert [o.status for o in working.work(batch, places, threads=1, tell=lambda *_: None)] == ["done"]
    assert working.finished(batch, places) == {"one"}
    monkeypatch.setattr(words, "program", lambda: "another")
    assert working.finished(batch, places) == set()
    shutil.rmtree(tmp_path / "out")
