"""Ctrl-C at any moment, and nonsense in the environment: one line, and never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
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
            os.kill(os.getpid(), {number})
        return None

sys.meta_path.insert(0, Presses())
import simulate
if where == "the end":
    import atexit
    atexit.register(os.kill, os.getpid(), {number})
from simulate.present.cli import main
sys.exit(main())
"""


def pressed(where: str, *words: str, cwd: Path, number: int = signal.SIGINT) -> subprocess.CompletedProcess[str]:
    code = PRESSED.format(where=where, number=int(number))
    command = [sys.executable, "-P", "-c", code, "recovery-cea", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(
    "where", ["simulate.process.guard", "typer", "simulate.present.commands.voi", "models.catalogue", "the end"]
)
def test_ctrl_c_while_the_program_starts_and_ends(where: str, tmp_path: Path) -> None:
    done = pressed(where, "list", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (130, WORDS)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(
    "where",
    [
        *(
            "simulate.ask.case",
            "numpy",
            "numpy.linalg",
            "scipy.special",
            "llvmlite.binding",
            "numba",
            "simulate.engine.driver",
        ),
        *("simulate.present.folder.output", "matplotlib", "matplotlib.figure", "the end"),
    ],
)
def test_ctrl_c_in_a_run_leaves_nothing(where: str, tmp_path: Path) -> None:
    words = ("run", "joint_crisis_plan", "--draws", "32", "--people", "20", "--no-variants", "--out", "out")
    done = pressed(where, *words, cwd=tmp_path)
    assert done.returncode == 130 and done.stderr.endswith(WORDS) and "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == (["out"] if where == "the end" else [])


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_being_told_to_end_is_as_ctrl_c(name: str, tmp_path: Path) -> None:
    number = getattr(signal, name)
    done = pressed("models.catalogue", "list", cwd=tmp_path, number=number)
    assert (done.returncode, done.stderr) == (128 + number, WORDS)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("where", ["simulate.engine.driver", "simulate.present.folder.output"])
def test_being_told_to_end_leaves_nothing(where: str, tmp_path: Path) -> None:
    words = ("run", "joint_crisis_plan", "--draws", "32", "--people", "20", "--no-variants", "--out", "out")
    done = pressed(where, *words, cwd=tmp_path, number=signal.SIGTERM)
    assert done.returncode == 143 and done.stderr.endswith(WORDS) and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


# In one call of a library that takes half a minute, in which Python hears of nothing.
BUSY = """
import hashlib, os, signal, sys, threading
sys.argv = ["recovery-cea", "list"]
from simulate.present import cli
cli._guarded = lambda command: hashlib.pbkdf2_hmac("sha256", b"a", b"b", 10**8)
threading.Timer(0.2, lambda: (print("now", flush=True), os.kill(os.getpid(), signal.SIGTERM))).start()
cli.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_in_a_long_call_it_ends_within_two_seconds(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-P", "-c", BUSY]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as busy:
        assert busy.stdout is not None and busy.stderr is not None and busy.stdout.readline() == "now\n"
        begun = time.monotonic()
        assert busy.wait() == 143 and time.monotonic() - begun < 2.0
        assert busy.stderr.read() == WORDS


def test_what_nohup_has_us_ignore_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    from simulate.process.interrupts import heeded

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert heeded() == [signal.SIGINT, signal.SIGTERM]
    finally:
        signal.signal(signal.SIGHUP, before)


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


# --- linear algebra ---------------------------------------------------------------------------

ANSWERS = ("summary.json", "evpi.csv", "psa.csv", "incremental.csv", "ceac.csv")
IN_PYTHON = """
from pathlib import Path
from simulate import load, run
from simulate.present.faces.run import face
from simulate.present.folder.output import write
write(face(run(load("safewards"), draws=256, people=50)), Path("out"))
"""


def one_processor() -> list[str]:
    return ["taskset", "-c", "0"] if shutil.which("taskset") else []


@pytest.mark.slow
@pytest.mark.parametrize("how", ["command", "python"])
def test_threads_of_linear_algebra_change_no_byte(how: str, tmp_path: Path) -> None:
    words = ("run", "safewards", "--draws", "256", "--people", "50", "--out", "out")
    line = ["-m", "simulate.present.cli", *words] if how == "command" else ["-c", IN_PYTHON]
    found = []
    for k, (before, threads) in enumerate([([], "1"), ([], "2"), (one_processor(), "2"), ([], "abc")]):
        folder = tmp_path / str(k)
        folder.mkdir()
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": threads}
        subprocess.run([*before, sys.executable, "-P", *line], cwd=folder, env=environment, check=True)
        found.append([(folder / "out" / name).read_bytes() for name in ANSWERS])
    assert found[0] == found[1] == found[2] == found[3]


def test_linear_algebra_has_one_thread_while_it_is_asked_for() -> None:
    import scipy.linalg  # noqa: F401  # libraries that are not there yet cannot be counted
    from threadpoolctl import threadpool_info, threadpool_limits

    from simulate.engine.arithmetic.one_thread import on_one_thread, one_blas_thread

    def threads() -> set[int]:
        return {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"}

    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        with one_blas_thread():
            assert on_one_thread(threads)() == threads() == {1}
        assert threads() == before
        with pytest.raises(ZeroDivisionError), one_blas_thread():
            1 / 0  # noqa: B018  # fails within
        assert threads() == before


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
