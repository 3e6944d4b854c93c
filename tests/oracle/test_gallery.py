"""The gallery's models return their published figures, and are declared in few lines."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from types import ModuleType

import pytest

from simulate import load
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.workplace import NOWHERE, Workplace, here, using
from simulate.present.english.model import describe

pytestmark = pytest.mark.usefixtures("solved_once")

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scripts" / "examples" / "gallery"
NAMES = sorted(p.stem for p in FOLDER.glob("*.py") if p.stem != "table")
TWINS = ROOT / "tests" / "oracle" / "gallery"
FEW = 2_000  # people of a fast run
LINES = 40


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
        assert figure.judged.agrees if figure.judged.z is None else abs(figure.judged.z) <= 4.0, figure


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_ten_seeds_agree_with_what_was_published(name: str, table: ModuleType) -> None:
    results = [table.found(name, people=100_000, seed=s) for s in range(1, 11)]
    assert [f for f in table.compared(name, results) if not f.judged.agrees] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_model_takes_few_lines_and_says_where_it_is_from(name: str, table: ModuleType) -> None:
    assert table.lines_of(name) <= LINES
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


def test_no_number_of_the_gallery_is_a_trick(table: ModuleType) -> None:
    """No time that never comes and no instant that stands for none: all numbers are of what they say."""
    for name in NAMES:
        module = table.model(name)
        for number in _numbers((module.PROBLEM, getattr(module, "NUMBERS", {}))):
            assert number in (0.0, math.inf, -math.inf) or 1e-7 < abs(number) < 1e6, (name, number)


def _numbers(thing: object) -> Iterator[float]:
    if isinstance(thing, int | float) and not isinstance(thing, bool):
        yield float(thing)
    elif isinstance(thing, Mapping):
        yield from _numbers(tuple(thing.values()))
    elif isinstance(thing, tuple | list):
        for item in thing:
            yield from _numbers(item)
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield from _numbers(tuple(vars(thing).values()))


def test_the_table_is_printed_and_says_whether_all_agrees(
    table: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert table.main(["hiv", "--people", "100", "--seeds", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = "| hiv | mono | cost | 44663.4535637 |  | 44663.45356370 | 0 | 0.0 of a digit |  |"
    assert len(lines) == 6 and lines[2].startswith(first)
    monkeypatch.setattr(table.model("hiv"), "PUBLISHED", {"mono": {"effect": "7.992"}})
    assert table.main(["hiv", "--people", "100", "--seeds", "1"]) == 1
    assert "7.9912 | 0 | 0.8 of a digit |  |" in capsys.readouterr().out


def test_what_is_published_is_compared_where_more_is_known(table: ModuleType) -> None:
    """Both distances are told; what is exact decides."""
    result = table.found("knee", people=FEW, seed=1)
    found = {(f.strategy, f.measure): f for f in table.compared("knee", [result])}
    off = found["computer", "cost"]
    assert off.published != off.exact and not off.of_published.agrees and off.of_exact.agrees
    assert off.judged == off.of_exact


def test_the_clock_is_of_a_simulation_and_not_of_what_was_kept(
    table: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []
    run = table.run

    def watched(*asked: object, **options: object) -> object:
        seen.append(here().store)
        return run(*asked, **options)

    monkeypatch.setattr(table, "run", watched)
    with using(Workplace(Store(tmp_path, most=2**30))):
        assert table.main(["hiv", "--people", "100", "--seeds", "1"]) == 0
    capsys.readouterr()
    assert seen and all(store is NOWHERE for store in seen)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_with_prices_says_what_money_they_are_in(name: str) -> None:
    """In itself or beside its numbers: else it would be in pounds of 2023/24, which no published model's are."""
    case = load(FOLDER / f"{name}.py")
    assert case.parameters.money_given is not None or not case.problem.costs


def test_life_years_are_told_as_such(table: ModuleType) -> None:
    """A utility of 1 throughout makes life-years, which no QALY is."""
    for name in NAMES:
        problem = table.model(name).PROBLEM
        assert not problem.utilities or any(u.value != 1.0 for u in problem.utilities), name
    case = load(FOLDER / "hiv.py")
    assert "This setting judges by: Life-years" in describe(case.problem, case.setting, case.parameters)
