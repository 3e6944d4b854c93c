"""The gallery's models return their published figures, and are declared in few lines."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scripts" / "examples" / "gallery"
NAMES = sorted(p.stem for p in FOLDER.glob("*.py") if p.stem != "table")
TWINS = ROOT / "tests" / "oracle" / "gallery"
FEW = 2_000  # people of a fast run
LINES = 40
LONGER = {"schizophrenia": 75}  # 35 events, 7 kinds of them with a price, 18 prices more


@pytest.fixture(scope="module")
def table() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("gallery_table", FOLDER / "table.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize("name", NAMES)
def test_a_small_run_agrees_with_what_was_published(name: str, table: ModuleType) -> None:
    """Few people, one seed: z within 4, at a chance of a false alarm of 3 in 1,000 a figure (t of 9 degrees)."""
    for figure in table.compared(name, [table.found(name, people=FEW, seed=1)]):
        assert figure.agrees if figure.z is None else abs(figure.z) <= 4.0, figure


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_ten_seeds_agree_with_what_was_published(name: str, table: ModuleType) -> None:
    results = [table.found(name, people=100_000, seed=s) for s in range(1, 11)]
    assert [f for f in table.compared(name, results) if not f.agrees] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_model_takes_few_lines_and_says_where_it_is_from(name: str, table: ModuleType) -> None:
    assert table.lines_of(name) <= LONGER.get(name, LINES)
    module = table.model(name)
    assert module.SOURCE and {"PUBLISHED", "EXACT"} & {*vars(module)} and module.__doc__
    assert f"`{name}.py`" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(p.stem for p in TWINS.glob("*.py")))
def test_what_is_exact_is_computed_another_way(name: str, table: ModuleType) -> None:
    """To every digit that the model's file tells of it."""
    told = table.model(name).EXACT
    exact = _twin(name).exact()
    assert {s: {*row} for s, row in told.items()} == {s: {*row} for s, row in exact.items()}
    for strategy, row in told.items():
        for measure, text in row.items():
            digits = len(text.partition(".")[2])
            assert f"{exact[strategy][measure]:.{digits}f}" == text, (strategy, measure)


@pytest.mark.slow
def test_a_simulation_written_apart_finds_what_the_schizophrenia_model_calls_exact(table: ModuleType) -> None:
    """A million people: within 4 standard errors, and the printed digits' half."""
    for strategy, row in _twin("by_chance/schizophrenia").exact().items():
        for measure, (mean, error) in row.items():
            text = table.model("schizophrenia").EXACT[strategy][measure]
            assert mean == pytest.approx(float(text), abs=4 * error), (strategy, measure)


def _twin(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"twin_{Path(name).name}", TWINS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
