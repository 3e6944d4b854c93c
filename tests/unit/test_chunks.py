"""A simulation in chunks: the same bits however it is cut, kept or found, and nothing simulated that is there."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.catalogue import problem_ids
from simulate import load
from simulate.ask.asked import ask
from simulate.engine import driver
from simulate.engine.arithmetic.random_numbers import SPLITMIX
from simulate.engine.keeping import chunks, workplace
from simulate.engine.keeping.chunks import Keys
from simulate.engine.keeping.inventory import inventory
from simulate.engine.keeping.sealing import sizes_of
from simulate.engine.keeping.store import Store
from simulate.engine.lower.people import Drawing, make_cohort
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import lower
from simulate.engine.statistics import Statistics
from simulate.running.forecast import TRIAL
from simulate.running.lowering import _frame, collected
from simulate.running.running import drawn_for, simulate_draws
from simulate.solve.given import with_given

SIZES: dict[str, Any] = {"draws": 24, "people": 30, "fixed": False}


def bits(statistics: Statistics) -> str:
    """A hash of every array."""
    arrays = [v for v in vars(statistics).values() if isinstance(v, np.ndarray)]
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store of its own for this process."""
    monkeypatch.setenv("RECOVERY_CEA_STORE", str(tmp_path / "store"))
    return workplace.usual()


def simulated(**options: Any) -> tuple[str, int]:
    """Bits of the statistics of a few draws near where solving starts, and how often the kernel was entered."""
    setting = "ethnicity" if "subgroup" in options else None
    asked = ask(load("joint_crisis_plan", setting=setting), **{**SIZES, **options})
    ready = with_given(asked.case.setting, drawn_for(asked))
    for target in asked.case.setting.targets:
        ready = ready.with_column(target.unknown, np.full(len(ready.values), target.start), target.unit)
    before = driver.kernel_runs
    found = simulate_draws(asked, ready, threads=2)
    return bits(found), driver.kernel_runs - before


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few draws."""
    monkeypatch.setattr(chunks, "STEPS", 1500)


@pytest.mark.parametrize("options", [{}, {"by_year": True}, {"persons": True}, {"subgroup": "ethnicity"}])
def test_the_same_bits_and_nothing_simulated_again(kept: Store, small: None, options: dict[str, Any]) -> None:
    plain = _without(kept, options)
    made = simulated(**options)
    assert made[0] == plain and kept.made > 1
    assert simulated(**options) == (plain, 0)


def _without(kept: Store, options: dict[str, Any]) -> str:
    workplace.choose(None)
    try:
        return simulated(**options)[0]
    finally:
        workplace.choose_usual()
        assert not kept.keys()


@pytest.mark.parametrize("persons", [False, True])
def test_a_draw_cut_into_batches(kept: Store, monkeypatch: pytest.MonkeyPatch, persons: bool) -> None:
    monkeypatch.setattr(driver, "HISTORIES_A_CALL", 100)
    monkeypatch.setattr("simulate.engine.memory.HISTORIES_A_CALL", 100)
    monkeypatch.setitem(driver.simulate.__kwdefaults__ or {}, "chunk", 100)
    monkeypatch.setattr(chunks, "STEPS", 100)
    options = {"draws": 1, "fixed": True, "people": 203, "persons": persons}
    plain = _without(kept, options)
    assert simulated(**options)[0] == plain
    assert len(kept.keys()) == (10 if persons else kept.made) > 1
    assert simulated(**options)[0] == plain


def test_more_draws_find_those_of_fewer(kept: Store, small: None) -> None:
    plain = _without(kept, {"draws": 32})
    simulated(draws=16)
    before = kept.made
    found, _ = simulated(draws=32)
    first = kept.made - before
    assert found == plain and kept.taken > 0
    workplace.choose(None)
    workplace.choose_usual()
    assert simulated(draws=32)[0] == plain and kept.made == before + first


def test_of_other_sizes_of_chunk_they_are_found_too(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "STEPS", 400)
    plain = simulated()[0]
    made = kept.made
    monkeypatch.setattr(chunks, "STEPS", 10**6)
    assert simulated()[0] == plain and kept.made == made


def test_a_wrong_chunk_alone_is_simulated_again(kept: Store, small: None) -> None:
    plain = simulated()[0]
    made = kept.made
    assert kept.folder is not None and made > 3
    files = sorted(kept.folder.glob("*.found"))
    swapped = files[0].read_bytes()
    files[0].write_bytes(files[1].read_bytes())  # another's, whole
    files[1].write_bytes(swapped[: len(swapped) // 2])  # cut short
    files[2].unlink()
    assert simulated()[0] == plain and kept.made == made + 3


@pytest.mark.parametrize("change", [{"seed": 2}, {"people": 31}, {"rng": "philox4x32-10"}, {"by_year": True}])
def test_another_simulation_finds_none_of_it(kept: Store, small: None, change: dict[str, Any]) -> None:
    simulated()
    taken = kept.taken
    simulated(**change)
    assert kept.taken == taken


@pytest.mark.parametrize("name", sorted(problem_ids()))
def test_every_parameter_that_is_read_is_in_the_key(name: str) -> None:
    asked = ask(load(name), draws=TRIAL, people=3)
    drawn = with_given(asked.case.setting, drawn_for(asked))
    for target in asked.case.setting.targets:
        drawn = drawn.with_column(target.unknown, np.full(TRIAL, target.start), target.unit)
    read: set[str] = set()

    def column(parameter: str) -> np.ndarray[Any, Any]:
        read.add(parameter)
        return drawn.engine(parameter)

    lookup = make_lookup(column, TRIAL)
    problem = asked.case.problem
    frame = _frame(asked.case, lookup)
    if not problem.pathway.events:
        pytest.skip("nobody is simulated")
    read.clear()
    lowered = lower(problem.pathway, problem.strategies, lookup, TRIAL, **frame, collect=collected(asked))
    drawing = Drawing(SPLITMIX, 1, np.arange(TRIAL, dtype=np.uint64), 3)
    make_cohort(lowered, lookup, slice(0, TRIAL), drawing)
    keys = Keys(lowered, lookup, drawing, 3, 10)
    assert read and read <= set(keys._names)


@pytest.mark.usefixtures("small")
def test_a_chunk_says_how_much_it_is(kept: Store) -> None:
    simulated()
    assert kept.folder is not None
    found = [sizes_of(path.read_bytes()) for path in kept.folder.glob("*.found")]
    chunks_of_sums = [sizes for sizes in found if sizes]
    assert sum(sizes["draws"] for sizes in chunks_of_sums) == SIZES["draws"]
    assert {(sizes["batches"], sizes["people"]) for sizes in chunks_of_sums} == {(10, SIZES["people"])}
    least = 2 * SIZES["people"]  # entries of a draw
    assert all(least * sizes["draws"] < sizes["steps"] <= 2 * chunks.STEPS for sizes in chunks_of_sums)
    (kind,) = [k for k in inventory(kept.folder).kinds if k.what == chunks.WHAT]
    assert (kind.steps, kind.most) == (sum(s["steps"] for s in chunks_of_sums), max(s["steps"] for s in chunks_of_sums))
