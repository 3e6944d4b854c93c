"""Imports run one way, storey by storey, without circles: parameters <- models <- the storeys of simulate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("parameters", "models", "simulate")
ABOVE = ("scripts", "tests", "benchmarks")  # nothing in the packages imports these

# Floors from the ground up. Rooms on one floor stand side by side and import nothing of each other. Longest name first
# wins, so that `simulate` itself is the door on top: Python's, beside the command line's own in `simulate.present`. It
# hands on what stands below, and names what shows it; nothing inside calls it.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("parameters",),
    ("models",),
    ("simulate.engine", "simulate.process"),
    ("simulate.evaluate", "simulate.ask"),
    ("simulate.solve",),
    ("simulate.result",),
    ("simulate.running",),
    ("simulate.analyse",),
    ("simulate.present",),
    ("simulate",),
    ABOVE,
)
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}


class Module:
    """One file: its dotted name, the folder's name, and every import in it, wherever it stands."""

    def __init__(self, path: Path, root: Path) -> None:
        parts = path.relative_to(root).with_suffix("").parts
        self.is_package = parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.is_package else parts)
        self.folder = ".".join(parts[:-1])
        self.where = path.relative_to(root).as_posix()
        self.imports = list(self._imported(ast.parse(path.read_text(encoding="utf-8"))))

    def _imported(self, tree: ast.AST) -> Iterator[tuple[int, str]]:
        """Line and dotted name of every import, in functions and under TYPE_CHECKING too; ``from a import b``: a.b."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
                yield from ((node.lineno, word) for word in _written(node.args[:1]) if word.split(".")[0] in PACKAGES)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        kept = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*kept, node.module] if node.module else kept)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _written(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that are written out; a name that is put together is a search of a folder, not an import of a module."""
    yield from (n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))


def modules(root: Path) -> list[Module]:
    return [Module(path, root) for top in PACKAGES for path in sorted((root / top).rglob("*.py"))]


def room(name: str) -> str | None:
    """The room of the house a dotted name belongs to; None for the standard library and dependencies."""
    inside = [r for r in FLOOR if name == r or name.startswith(r + ".")]
    return max(inside, key=len, default=None)


def strangers(code: list[Module]) -> list[str]:
    """Folders right under ``simulate`` that are no room of the house."""
    folders = {m.folder.split(".")[1] for m in code if m.folder.startswith("simulate.")}
    return sorted(f for f in folders if f"simulate.{f}" not in FLOOR)


def upward(code: list[Module]) -> list[str]:
    """One line for every import to a floor above, or to another room on the same floor."""
    wrong = []
    for module in code:
        own = room(module.name)
        assert own is not None
        for line, name in module.imports:
            target = room(name)
            if target is None or target == own:
                continue
            if FLOOR[target] >= FLOOR[own]:
                wrong.append(f"{module.where}:{line}: {own} imports {name}")
    return wrong


SERVICE = re.compile(r"\b(hospital|inpatient|ward|bed|bed.day|admission|detention)s?\b", re.IGNORECASE)


def services_named(root: Path) -> list[str]:
    """Lines of the machine, which knows no problem, that name what is of one service: its nouns stand in models."""
    texts = {p: p.read_text(encoding="utf-8").splitlines() for p in sorted((root / "simulate").rglob("*.py"))}
    return [
        f"{p.relative_to(root).as_posix()}:{n}"
        for p, t in texts.items()
        for n, x in enumerate(t, 1)
        if SERVICE.search(x)
    ]


def module_graph(code: list[Module]) -> dict[str, set[str]]:
    """Which modules of ours each module imports."""
    known = {m.name for m in code}
    return {m.name: {t for _, n in m.imports if (t := _known(n, known)) and t != m.name} for m in code}


def _known(name: str, known: set[str]) -> str:
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def folder_graph(code: list[Module]) -> dict[str, set[str]]:
    """Which folders each folder imports from."""
    folder = {m.name: m.folder for m in code}
    graph: dict[str, set[str]] = {f: set() for f in folder.values()}
    for name, targets in module_graph(code).items():
        graph[folder[name]] |= {folder[t] for t in targets} - {folder[name]}
    return graph


def in_circles(graph: Mapping[str, set[str]]) -> list[str]:
    """What stands on a circle or between two: what is left when everything that imports, or is imported by, nothing
    left is taken away."""
    left = {name: set(targets) for name, targets in graph.items()}
    while True:
        wanted = set().union(*left.values())
        loose = {n for n, targets in left.items() if not targets or n not in wanted}
        if not loose:
            return sorted(left)
        left = {n: targets - loose for n, targets in left.items() if n not in loose}


@pytest.fixture(scope="module")
def code() -> list[Module]:
    """Every module of the packages."""
    return modules(ROOT)


def test_the_walk_sees_the_code(code: list[Module]) -> None:
    assert len(code) > 200
    assert sum(len(targets) for targets in module_graph(code).values()) > 500


def test_every_room_is_known_and_there_are_ten_floors_at_most(code: list[Module]) -> None:
    assert strangers(code) == []
    assert {r for m in code if (r := room(m.name))} == {r for r in FLOOR if r not in ABOVE}
    assert len(FLOORS) - 1 <= 10


def test_nothing_imports_what_takes_longer_than_it_saves(code: list[Module]) -> None:
    """scipy.stats takes a second; the distributions needed are in scipy.special, the Sobol sequence is our own."""
    slow = re.compile(r"scipy\.stats\b|sklearn\b|matplotlib\.pyplot\b")
    assert [f"{m.where}:{line}: {name}" for m in code for line, name in m.imports if slow.match(name)] == []


def test_no_import_goes_upward(code: list[Module]) -> None:
    assert upward(code) == []


def test_modules_import_in_no_circle(code: list[Module]) -> None:
    assert in_circles(module_graph(code)) == []


def test_folders_import_in_no_circle(code: list[Module]) -> None:
    assert in_circles(folder_graph(code)) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("parameters/a.py", "import models.contract"),
        ("parameters/a.py", "def f():\n    from models import contract"),
        ("models/a.py", "from simulate.engine import tables"),
        ("models/a.py", "if TYPE_CHECKING:\n    import simulate"),
        ("models/interventions/a.py", "from tests import conftest"),
        ("simulate/engine/a.py", "from simulate import evaluate"),
        ("simulate/engine/a.py", "from ..evaluate import valuation"),
        ("simulate/engine/__init__.py", "from .. import present"),
        ("simulate/engine/a.py", "from simulate.running import run"),
        ("simulate/evaluate/a.py", "from simulate.ask import case"),
        ("simulate/ask/a.py", "import simulate.evaluate.valuation"),
        ("simulate/evaluate/decision/a.py", "import simulate.present.cli"),
        ("simulate/evaluate/a.py", "from simulate import load"),
        ("simulate/solve/a.py", "def f():\n    from simulate.result.result import Result"),
        ("simulate/result/a.py", "if TYPE_CHECKING:\n    from simulate.running import running"),
        ("simulate/running/a.py", "from simulate.analyse import impact"),
        ("simulate/analyse/a.py", "from simulate.present.english import prose"),
        ("simulate/analyse/a.py", "from simulate import run"),
        ("simulate/present/a.py", "from simulate import run"),
        ("simulate/process/a.py", "from simulate.engine import tables"),
        ("simulate/present/a.py", "import benchmarks.speed"),
        ("simulate/engine/a.py", "def f():\n    import_module('simulate.running.running')"),
        ("simulate/engine/a.py", "__import__('simulate.present')"),
    ],
)
def test_a_planted_upward_import_is_caught(tmp_path: Path, file: str, text: str) -> None:
    plant(tmp_path, {file: text})
    assert len(upward(modules(tmp_path))) == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("models/a.py", "import parameters\nimport modelsomething, numpy"),
        (
            "simulate/engine/a.py",
            "from simulate.engine import tables\nfrom . import kernel\nfrom models import contract",
        ),
        ("simulate/evaluate/a.py", "from ..engine.statistics import Statistics\nfrom simulate import engine"),
        ("simulate/present/a.py", "from simulate.evaluate import valuation\nfrom simulate.running.running import run"),
        ("simulate/a.py", "from .engine import driver\ndef f():\n    from simulate.present import notebook"),
    ],
)
def test_a_downward_import_is_let_through(tmp_path: Path, file: str, text: str) -> None:
    plant(tmp_path, {file: text})
    assert upward(modules(tmp_path)) == []


@pytest.mark.parametrize(
    "files",
    [
        {"a": "from simulate.engine import b", "b": "import simulate.engine.a"},
        {"a": "from . import b", "b": "def f():\n    from .a import x"},
        {"a": "from .b import x", "b": "from .c import x", "c": "if TYPE_CHECKING:\n    from .a import x"},
    ],
)
def test_a_planted_circle_of_modules_is_caught(tmp_path: Path, files: dict[str, str]) -> None:
    plant(tmp_path, {f"simulate/engine/{name}.py": text for name, text in {**files, "z": "from . import a"}.items()})
    circle = in_circles(module_graph(modules(tmp_path)))
    assert circle == [f"simulate.engine.{name}" for name in files]


def test_a_planted_circle_of_folders_is_caught(tmp_path: Path) -> None:
    """No module imports itself by a detour, but two folders import one another."""
    one, other = "simulate/engine/one", "simulate/engine/other"
    plant(tmp_path, {f"{one}/a.py": "from simulate.engine.other import b", f"{other}/b.py": "", f"{one}/c.py": ""})
    assert in_circles(folder_graph(modules(tmp_path))) == []
    plant(tmp_path, {f"{other}/d.py": "def f():\n    from simulate.engine.one import c"})
    code = modules(tmp_path)
    assert in_circles(module_graph(code)) == []
    assert in_circles(folder_graph(code)) == ["simulate.engine.one", "simulate.engine.other"]


def test_a_planted_room_nobody_knows_is_caught(tmp_path: Path) -> None:
    plant(tmp_path, {"simulate/attic/a.py": ""})
    assert strangers(modules(tmp_path)) == ["attic"]


def plant(root: Path, files: Mapping[str, str]) -> None:
    for file, text in files.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_the_machine_names_no_service() -> None:
    assert services_named(ROOT) == []


def test_a_service_that_is_named_is_seen(tmp_path: Path) -> None:
    (tmp_path / "simulate").mkdir()
    (tmp_path / "simulate" / "a.py").write_text('"""Of people."""\nDAYS = "Bed-days"  # on wards\n', encoding="utf-8")
    assert services_named(tmp_path) == ["simulate/a.py:2"]
