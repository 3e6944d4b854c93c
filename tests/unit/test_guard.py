"""A stranger's `models`, `parameters` or `simulate` is named, not run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simulate.process.guard import HOME, check_no_strangers

CHECK = """
import sys
sys.path.insert(0, {home!r})
from simulate.process.guard import check_no_strangers
sys.path.insert(0, {stranger!r})
{before}
check_no_strangers()
heavy = {{"numpy", "numba", "models", "parameters"}} & set(sys.modules)
assert not heavy or {before!r}, heavy
"""


def outcome(stranger: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    text = CHECK.format(home=str(HOME), stranger=str(stranger), before=before)
    return subprocess.run([sys.executable, "-P", "-c", text], capture_output=True, text=True, check=False)


def test_our_own_packages_pass(checkout: Path) -> None:
    check_no_strangers()
    assert checkout == HOME


def test_it_imports_nothing_of_what_it_checks(tmp_path: Path) -> None:
    result = outcome(tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("file", ["models/__init__.py", "models.py", "parameters/__init__.py"])
@pytest.mark.parametrize("imported_already", [False, True])
def test_a_stranger_is_named(tmp_path: Path, file: str, imported_already: bool) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("", encoding="utf-8")
    name = file.split("/")[0].removesuffix(".py")
    result = outcome(tmp_path, f"import {name}" if imported_already else "")
    assert result.returncode == 1
    message = result.stderr.splitlines()[-1]
    assert message.startswith(f"ImportError: `{name}` is taken from {tmp_path / name}")
    assert str(HOME) in message and "remove it" in message


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulate.process.guard.PACKAGES", ("no_such_package_here",))
    with pytest.raises(ImportError, match="`no_such_package_here` is not found"):
        check_no_strangers()
