"""One face an analysis: whatever is shown of it hangs on the file's name alone."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pandas as pd
import pytest

from models.contract import ModelError
from simulate.present import commands, faces, figures
from simulate.present.commands import exchange as shown_again
from simulate.present.faces import credibility, exchange, looks
from simulate.present.folder.output import write
from simulate.present.notebook import plots
from simulate.present.terminal.outcome import print_outcome
from simulate.present.terms.face import FIGURES, MAIN, Face, chosen_figures, figures_hint, kind_of

STEMS = [module.name for module in iter_modules(faces.__path__) if not module.ispkg]
LOOKS = [f"looks.{module.name}" for module in iter_modules(looks.__path__)]
CREDIBILITY = [f"credibility.{module.name}" for module in iter_modules(credibility.__path__)]
EXCHANGE = [f"exchange.{module.name}" for module in iter_modules(exchange.__path__)]


@pytest.mark.parametrize("stem", [*STEMS, *LOOKS, *CREDIBILITY, *EXCHANGE])
def test_a_module_of_faces_has_a_face_with_the_kind_of_its_name(stem: str) -> None:
    module = import_module(f"{faces.__name__}.{stem}")
    assert kind_of(module.__name__) == module.KIND == stem.rpartition(".")[2].replace("_", "-")
    assert inspect.signature(module.face).return_annotation == "Face"
    assert inspect.getdoc(module) and inspect.getdoc(module.face)


def test_every_analysis_has_a_face_and_a_command() -> None:
    found = {module.name for module in iter_modules(commands.__path__) if not module.ispkg}
    ours = {name for name in found if hasattr(import_module(f"{commands.__name__}.{name}"), f"{name}_command")}
    assert set(STEMS) == ours


def test_what_shows_a_folder_again_reads_it_in_one_place() -> None:
    sources = {
        path.stem: path.read_text(encoding="utf-8")
        for path in Path(shown_again.__file__).parent.glob("*")
        if path.suffix == ".py"
    }
    assert [stem for stem, source in sources.items() if "read_evaluation" in source] == ["again"]


def drawn_by(source: str) -> set[str]:
    """Dotted names of what is imported from the figures."""
    froms = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom) and n.module]
    return {f"{n.module}.{a.name}" for n in froms for a in n.names if str(n.module).startswith(figures.__name__)}


def test_every_figure_is_drawn_by_a_face() -> None:
    rooms = [m.name for m in iter_modules(figures.__path__, f"{figures.__name__}.") if m.ispkg]
    modules = {m.name for room in rooms for m in iter_modules(import_module(room).__path__, f"{room}.")}
    drawing = {name for name in modules if any(part.startswith("draw") for part in vars(import_module(name)))}
    sources = [
        inspect.getsource(import_module(f"{faces.__name__}.{stem}")) for stem in [*STEMS, *CREDIBILITY, *EXCHANGE]
    ]
    asked = set[str]().union(*map(drawn_by, sources))
    assert len(drawing) > 10 and drawing - asked == set()


def test_every_figure_of_a_run_or_table_has_its_method_in_python() -> None:
    sources = [inspect.getsource(import_module(f"{faces.__name__}.{stem}")) for stem in ("run", "exchange.evaluate")]
    asked = set[str]().union(*map(drawn_by, sources))
    assert {name for name in asked if ".style." not in name} - drawn_by(inspect.getsource(plots)) == set()


def test_a_new_analysis_is_written_whole_without_being_registered(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [1.5]})
    note = {"note.txt": lambda path: path.write_text("beside")}
    face = Face(kind="new", data={"answer": 42}, lines=lambda: ["42"], tables={"rows": table}, others=note)
    folder = tmp_path / "out"
    assert write(face, folder, ["new", "--loud"]) == {"answer": 42}
    assert {p.name for p in folder.iterdir()} == {"summary.json", "rows.csv", "note.txt", "manifest.json"}
    assert face.files == ("summary.json", "rows.csv", "note.txt")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["kind"], manifest["command"]) == ("new", ["recovery-cea", "new", "--loud"])
    write(face, folder)
    with pytest.raises(ModelError, match=r"holds an answer of new; .* an earlier other"):
        write(Face(kind="other", data={}, lines=list), folder)


@pytest.mark.parametrize("which", FIGURES)
def test_only_the_figures_asked_for_are_drawn(which: str) -> None:
    drawn: list[str] = []

    def draw() -> Iterator[Any]:
        for name in ("", "a", "b", "", "c"):  # two with nothing to show
            drawn.append(name)
            yield name or None

    found = chosen_figures(which, draw)
    told: list[Any] | None = None if found is None else [d for d in found() if d is not None]
    assert told == {"main": ["a", "b"], "all": ["a", "b", "c"], "none": None}[which]
    assert drawn == {"main": ["", "a", "b"], "all": ["", "a", "b", "", "c"], "none": []}[which]
    assert MAIN == 2


@pytest.mark.parametrize(("which", "drawn", "said"), [("main", 1, 1), ("main", 0, 0), ("none", 0, 1), ("all", 1, 0)])
def test_how_to_get_the_other_figures_is_said_where_there_are_any(
    which: str, drawn: int, said: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if drawn:
        (tmp_path / "figures").mkdir()
    figures = chosen_figures(which, lambda: [])
    print_outcome(Face(kind="new", data={}, lines=list, figures=figures, hint=figures_hint(which)), tmp_path)
    assert capsys.readouterr().out.count("--figures all") == said


def test_a_face_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        raise OSError("full")

    face = Face(kind="new", data={}, lines=list, others={"big.npz": fail})
    with pytest.raises(OSError, match="full"):
        write(face, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
