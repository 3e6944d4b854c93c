"""Ctrl-C at any moment, and nonsense in the environment: one line, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS = "interrupted; nothing was lost that had been written\n"

# Presses Ctrl-C when a module is looked for, or at the very end.
PRESSED = """
import os, signal, sys
sys.argv = ["recovery-cea", *sys.argv[2:]]
where = {where!r}

class Presses:
    def find_spec(self, name, path=None, target=None):
        if name == where:
            os.kill(os.getpid(), signal.SIGINT)
        return None

sys.meta_path.insert(0, Presses())
import simulate
if where == "the end":
    import atexit
    atexit.register(os.kill, os.getpid(), signal.SIGINT)
from simulate.present.cli import main
sys.exit(main())
"""


def pressed(where: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", PRESSED.format(where=where), "recovery-cea", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("where", ["simulate._guard", "typer", "simulate.present.commands.voi", "json", "the end"])
def test_ctrl_c_while_the_program_starts_and_ends(where: str, tmp_path: Path) -> None:
    done = pressed(where, "list", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (130, WORDS)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(
    "where",
    [
        *("simulate.ask.case", "numpy", "numpy.linalg", "scipy.special", "llvmlite.binding", "numba", "pandas"),
        *("simulate.present.folder.output", "matplotlib", "matplotlib.figure", "the end"),
    ],
)
def test_ctrl_c_in_a_run_leaves_nothing(where: str, tmp_path: Path) -> None:
    words = ("run", "joint_crisis_plan", "--draws", "32", "--people", "20", "--no-variants", "--out", "out")
    done = pressed(where, *words, cwd=tmp_path)
    assert done.returncode == 130 and done.stderr.endswith(WORDS) and "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == (["out"] if where == "the end" else [])


NONSENSE = {
    **{"NUMBA_NUM_THREADS": "0", "NUMBA_OPT": "many", "NUMBA_CPU_NAME": "none", "NUMBA_THREADING_LAYER": "none"},
    **{"NUMBA_CACHE_LOCATOR_CLASSES": "none", "MPLBACKEND": "nonsense", "COLUMNS": "wide", "LINES": "x", "TERM": "x"},
    **{"OMP_NUM_THREADS": "abc", "OPENBLAS_NUM_THREADS": "-4", "TMPDIR": "/nowhere", "TZ": "No/Where"},
    **{"SOURCE_DATE_EPOCH": "abc", "FORCE_COLOR": "x", "LC_ALL": "xx_YY", "MPLCONFIGDIR": "/nowhere/at/all"},
}


def asked(environment: dict[str, str], *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "simulate.present.cli", *words]
    whole = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=whole, check=False)


def test_nonsense_in_the_environment_is_told_and_put_aside(tmp_path: Path) -> None:
    done = asked(NONSENSE, "list", cwd=tmp_path)
    assert done.returncode == 0 and "joint_crisis_plan" in done.stdout
    told = done.stderr.splitlines()
    assert all(line.startswith("note: ") and line.endswith(" is not heeded") for line in told)
    assert {line.split("=")[0][6:] for line in told} == {
        n for n in NONSENSE if n.startswith("NUMBA_") or n == "SOURCE_DATE_EPOCH"
    }


@pytest.mark.slow
@pytest.mark.parametrize("home", ["/nowhere/home", "/proc/home", ""])
def test_a_run_without_a_home_and_with_nonsense(home: str, tmp_path: Path) -> None:
    variables = {**NONSENSE, "HOME": home, "XDG_CACHE_HOME": "relative", "XDG_CONFIG_HOME": "/dev/null"}
    words = ("run", "welfare_advice", "--draws", "16", "--people", "10", "--json", "--out", "out")
    done = asked({**variables, "RECOVERY_CEA_CACHE": ""}, *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["problem"] == "welfare_advice"
    assert all(line.startswith("note: ") for line in done.stderr.splitlines())
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
