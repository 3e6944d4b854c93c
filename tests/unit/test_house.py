"""The house's measures: how many files a folder holds, and how long files and functions may be."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("parameters", "models", "simulate")
BESIDE = ("tests", "scripts", "benchmarks")  # as crowded and as long at most, though their functions are not counted

MODULES = 12  # a folder, __init__ not counted
LINES = 450  # a file
MEDIAN, NINE_IN_TEN, LONGEST = 6, 18, 60  # lines of a function, its docstring not counted

# What may be larger, and why. An entry that is no longer needed fails the test.
CATALOGUES = {
    "models/interventions": "one file an intervention",
    "scripts/examples/gallery": "one file a published model",
    "tests/oracle": "one file a closed form, an invariance or an intervention",
    "tests/unit": "one file a subject, found by its name",
}
LONG_FILES = {
    "scripts/start.py": "one file that runs on any Python before anything is installed",
}
LONG_FUNCTIONS: dict[str, str] = {}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def crowded(root: Path) -> dict[str, int]:
    """Folders with more modules than one may hold."""
    folders = {path.parent for top in (*PACKAGES, *BESIDE) for path in (root / top).rglob("*.py")}
    counts = {f: sum(p.name != "__init__.py" for p in f.glob("*.py")) for f in folders}
    return {f.relative_to(root).as_posix(): n for f, n in counts.items() if n > MODULES}


def long_files(root: Path) -> dict[str, int]:
    """Files with more lines than one may have."""
    paths = [path for top in (*PACKAGES, *BESIDE) for path in (root / top).rglob("*.py")]
    counts = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in paths}
    return {p.relative_to(root).as_posix(): n for p, n in counts.items() if n > LINES}


def functions(root: Path) -> Iterator[tuple[str, int]]:
    """File and name of every function of the packages, and its lines without the docstring."""
    for path in sorted(path for top in PACKAGES for path in (root / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield f"{path.relative_to(root).as_posix()}:{node.name}", length(node)


def length(node: Function) -> int:
    """Lines from ``def`` to the end, less those of the docstring."""
    first = node.body[0]
    said = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(node) is not None else 0
    return (node.end_lineno or 0) - node.lineno + 1 - said


def long_functions(root: Path) -> dict[str, int]:
    return {name: lines for name, lines in functions(root) if lines > LONGEST}


def test_no_folder_is_crowded() -> None:
    assert crowded(ROOT).keys() == CATALOGUES.keys()


def test_no_file_is_long() -> None:
    assert long_files(ROOT).keys() == LONG_FILES.keys()


def test_no_function_is_long() -> None:
    assert long_functions(ROOT).keys() == LONG_FUNCTIONS.keys()


def test_functions_are_short() -> None:
    lines = [n for _, n in functions(ROOT)]
    assert len(lines) > 1000  # the walk sees the code
    assert statistics.median(lines) <= MEDIAN
    assert statistics.quantiles(lines, n=10)[-1] <= NINE_IN_TEN


def net_benefits(source: str) -> int:
    """How often a source writes out threshold x effect - cost, in either order of the product."""
    differences = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub)]
    products = [n for n in differences if isinstance(n.left, ast.BinOp) and isinstance(n.left.op, ast.Mult)]
    return sum("effect" in ast.unparse(n.left) and "cost" in ast.unparse(n.right) for n in products)


def test_net_benefit_is_worked_out_in_one_place() -> None:
    sources = {p: p.read_text(encoding="utf-8") for top in PACKAGES for p in (ROOT / top).rglob("*.py")}
    assert [p.name for p, source in sources.items() for _ in range(net_benefits(source))] == ["acceptability.py"]


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("wtp * effect - cost", 1),
        ("x.effect[:, g] * at - x.cost[:, g]", 1),
        ("cost[1] - cost[0]", 0),
        ("benefit_at(wtp, cost, effect)", 0),
    ],
)
def test_net_benefit_written_out_is_seen(source: str, count: int) -> None:
    assert net_benefits(source) == count


@pytest.mark.parametrize("top", BESIDE)
def test_what_is_beside_the_packages_is_counted_too(tmp_path: Path, top: str) -> None:
    room = tmp_path / top
    room.mkdir()
    for k in range(MODULES + 1):
        (room / f"m{k}.py").write_text("\n" * (LINES + 1), encoding="utf-8")
    assert crowded(tmp_path) == {top: MODULES + 1}
    assert len(long_files(tmp_path)) == MODULES + 1


@pytest.mark.parametrize("more", [0, 1])
def test_what_is_too_large_is_caught_and_what_just_fits_is_not(tmp_path: Path, more: int) -> None:
    room = tmp_path / "simulate" / "room"
    room.mkdir(parents=True)
    for k in range(MODULES + more):
        (room / f"m{k}.py").write_text("", encoding="utf-8")
    (room / "__init__.py").write_text("\n" * (LINES + more), encoding="utf-8")
    body = '    """Said in\n    two lines."""\n' + "    pass\n" * (LONGEST - 1 + more)
    (room / "m0.py").write_text(f"def f():\n{body}", encoding="utf-8")
    assert len(crowded(tmp_path)) == len(long_files(tmp_path)) == len(long_functions(tmp_path)) == more
