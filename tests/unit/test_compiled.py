"""What is compiled: every source of it counts in the name of the folder that keeps it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

from numba.core.dispatcher import Dispatcher

from simulate.engine.arithmetic.compiled import CACHE, ENGINE, compiled_sources
from simulate.engine.arithmetic.normal import normal_hazard

ROOT = ENGINE.parent.parent
PACKAGES = ("simulate", "models", "parameters")


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_every_file_with_a_compiled_function_counts() -> None:
    counted = set(compiled_sources())
    for path in ENGINE.rglob("*.py"):
        if path.name == "__init__.py":
            continue
        module = importlib.import_module(_module(path))
        own = [x for x in vars(module).values() if isinstance(x, Dispatcher) and x.py_func.__module__ == _module(path)]
        assert not own or path in counted, f"{path} compiles {own[0].py_func.__name__} and does not count"


def test_compiled_files_take_numbers_from_files_that_count() -> None:
    """Whatever a file that compiles imports from the project counts; of ``models`` it takes kinds and words alone."""
    counted = set(compiled_sources())
    names = {_module(path) for path in counted} | {_module(p.parent) for p in counted if p.name == "__init__.py"}
    compiling = [p for p in ENGINE.rglob("*.py") if b"arithmetic.compiled import" in p.read_bytes()]
    assert len(compiling) >= 15
    for path in compiling:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or (node.module or "").split(".")[0] not in PACKAGES:
                continue
            assert node.module is not None
            if node.module.split(".")[0] == "models":
                found = [getattr(importlib.import_module(node.module), alias.name) for alias in node.names]
                assert all(callable(x) or isinstance(x, str) or hasattr(x, "__args__") for x in found), path
            else:
                assert node.module in names, f"{path}: imports from {node.module}, which does not count"


def test_tables_that_compiled_code_holds_count() -> None:
    tables = [p for room in ("simulate/engine", "parameters/sequence") for p in (ROOT / room).rglob("*.csv")]
    assert tables and set(tables) <= set(compiled_sources())


def test_where_the_checkout_lies_is_no_matter() -> None:
    """The folder's name holds what every compiled source says: a copy elsewhere compiles nothing again."""
    if CACHE is not None and isinstance(normal_hazard, Dispatcher):
        kept = normal_hazard._cache.cache_path  # type: ignore[attr-defined]  # not in stubs
        assert kept == str(CACHE / "arithmetic.normal")
