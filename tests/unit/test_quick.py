"""Commands that answer at once import nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models.economics import REFERENCE_DISCOUNT
from simulate.present.commands import voi

COMPILED = {"numba", "llvmlite", "scipy", "matplotlib", "pandas", "sklearn"}
HELP = {*COMPILED, "pydantic", "rich", "numpy", "models", "parameters"}
CODE = """
import sys
sys.argv = ["recovery-cea", *sys.argv[1:]]
from simulate.present.cli import main
try:
    main()
finally:
    print("imported:", *sorted({name.split(".")[0] for name in sys.modules}))
"""


SLOW = {"pandas", "scipy.stats", "scipy.optimize", "sklearn", "matplotlib.pyplot"}


def test_a_run_imports_nothing_that_it_can_do_without(checkout: Path, tmp_path: Path) -> None:
    """Nor does matplotlib write docstrings for nobody; what writes them is put back."""
    words = ["run", "debt_advice", "--draws", "16", "--people", "2", "--out", str(tmp_path / "out")]
    code = CODE.replace('{name.split(".")[0] for name in sys.modules}', "sys.modules")
    code = f"import sys\nsys.argv[0] = 'recovery-cea'\n{code}"
    code += "    from matplotlib import artist, lines\n"
    code += "    print(artist.kwdoc.__name__, 'antialiased' in lines.Line2D.set.__doc__)\n"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=checkout, capture_output=True, text=True, check=True
    )
    *_, listed, documented = done.stdout.splitlines()
    imported = set(listed.split()[1:])
    assert "matplotlib.figure" in imported and not imported & SLOW
    assert documented == "kwdoc False"


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (("--help",), HELP),
        (("list",), COMPILED),
        (("list", "--json"), COMPILED),
        (("check", "safewards", "parameters/utilities.toml"), COMPILED),
    ],
    ids=["help", "list", "json", "check"],
)
def test_nothing_heavy_is_imported(words: tuple[str, ...], unwanted: set[str], checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words], cwd=checkout, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.splitlines()[-1].split()[1:])
    assert "typer" in imported and not imported & unwanted


def test_the_discount_rate_that_is_told_is_the_one_that_is_used() -> None:
    told = voi.Discount.__metadata__[0].show_default  # type: ignore[attr-defined]
    assert told.endswith(f" {REFERENCE_DISCOUNT}")
