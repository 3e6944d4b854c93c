"""Imports run one way: parameters <- models <- simulate, and within simulate engine <- evaluate <- present."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

# What each part of the code may import of ours, besides itself. Longest name first wins.
ALLOWED = {
    "parameters": set[str](),
    "models": {"parameters"},
    "simulate.engine": {"parameters", "models"},
    "simulate.evaluate": {"parameters", "models", "simulate.engine"},
    "simulate.present": {"parameters", "models", "simulate.engine", "simulate.evaluate", "simulate"},
    "simulate": {"parameters", "models", "simulate.engine", "simulate.evaluate", "simulate.present"},
}
ABOVE = {"scripts", "tests", "benchmarks"}  # nothing in the packages imports these


def layer(module: str) -> str | None:
    """The part of the code a dotted module name belongs to; None for the standard library and dependencies."""
    top = module.split(".")[0]
    if top in ABOVE:
        return top
    parts = [name for name in ALLOWED if module == name or module.startswith(name + ".")]
    return max(parts, key=len, default=None)


def module_name(path: Path, root: Path) -> str:
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, wherever it stands; ``from a import b`` counts as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = resolve(node, module, is_package)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def resolve(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    """The absolute name behind a ``from`` import, which may be relative."""
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    kept = parts[: len(parts) - node.level + is_package]
    return ".".join([*kept, node.module] if node.module else kept)


def upward_imports(root: Path) -> list[str]:
    """One line for every import in the packages below `root` that goes the wrong way."""
    found = []
    for top in ("parameters", "models", "simulate"):
        for path in sorted((root / top).rglob("*.py")):
            found += upward_in(path, root)
    return found


def upward_in(path: Path, root: Path) -> list[str]:
    module = module_name(path, root)
    own = layer(module)
    assert own is not None
    tree = ast.parse(path.read_text(encoding="utf-8"))
    wrong = []
    for line, name in imported(tree, module, path.name == "__init__.py"):
        target = layer(name)
        if target not in (None, own) and target not in ALLOWED[own]:
            wrong.append(f"{path.relative_to(root).as_posix()}:{line}: {own} imports {name}")
    return wrong


def test_no_import_goes_upward() -> None:
    assert upward_imports(ROOT) == []


def test_the_walk_sees_the_code() -> None:
    assert len(list((ROOT / "simulate").rglob("*.py"))) > 10
    assert len(list((ROOT / "models").rglob("*.py"))) > 3


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
        ("simulate/evaluate/a.py", "import simulate.present.cli"),
        ("simulate/evaluate/a.py", "from simulate import load"),
        ("simulate/a.py", "import benchmarks.speed"),
    ],
)
def test_a_planted_upward_import_is_caught(tmp_path: Path, file: str, text: str) -> None:
    plant(tmp_path, file, text)
    assert len(upward_imports(tmp_path)) >= 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("models/a.py", "import parameters\nimport modelsomething, numpy"),
        (
            "simulate/engine/a.py",
            "from simulate.engine import tables\nfrom . import kernel\nfrom models import contract",
        ),
        ("simulate/evaluate/a.py", "from ..engine.statistics import Statistics\nfrom simulate import engine"),
        ("simulate/present/a.py", "from simulate.evaluate import valuation\nfrom simulate import run"),
        ("simulate/a.py", "from simulate.present import cli\nfrom .engine import driver"),
    ],
)
def test_a_downward_import_is_let_through(tmp_path: Path, file: str, text: str) -> None:
    plant(tmp_path, file, text)
    assert upward_imports(tmp_path) == []


def plant(root: Path, file: str, text: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
