"""scripts/start.py: which Python it needs, what it would install, when it starts over. Nothing is installed here."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "scripts" / "start.py"
SOURCE = SCRIPT.read_bytes()
POSIX = pytest.mark.skipif(os.name == "nt", reason="POSIX hands over by exec")

Start = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, its checkout a folder with a space in its name and the two files it reads."""
    checkout = tmp_path / "a checkout"
    checkout.mkdir()
    (checkout / "requirements.lock").write_text("numpy==2.0\n", encoding="utf-8")
    (checkout / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("start_under_test", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", str(checkout))
    monkeypatch.setattr(module, "LOCKED", ["-r", str(checkout / "requirements.lock")])
    return module


@pytest.fixture
def calls(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every command the installer would run; each succeeds, and making an environment leaves an interpreter."""
    made: list[list[str]] = []

    def call(command: list[str]) -> int:
        made.append(command)
        if "venv" in command:
            make_interpreter(start)
        return 0

    monkeypatch.setattr(start, "call", call)
    monkeypatch.setattr(start, "find_uv", lambda: None)
    return made


def make_interpreter(start: Any) -> None:
    python = Path(start.environment_python())
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("", encoding="utf-8")


# --- old Pythons ------------------------------------------------------------------------------


def newer_syntax(source: bytes) -> list[str]:
    """What Python 2.7 or 3.5 could not read, as far as a newer Python's parser can tell."""
    found = []
    for node in ast.walk(ast.parse(source)):
        annotated = getattr(node, "annotation", None) or getattr(node, "returns", None)
        keywords_only = isinstance(node, ast.arguments) and (node.kwonlyargs or node.posonlyargs)
        starred = isinstance(node, (ast.List, ast.Tuple, ast.Set)) and any(
            isinstance(e, ast.Starred) for e in node.elts
        )
        new = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.AsyncFunctionDef, ast.Await, ast.Nonlocal, ast.Match)
        if annotated or keywords_only or starred or isinstance(node, new):
            found.append(f"{type(node).__name__} at line {getattr(node, 'lineno', '?')}")
        if isinstance(node, ast.Raise) and node.cause is not None:
            found.append(f"raise ... from at line {node.lineno}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            found.append(f"print at line {node.lineno}")
    return found


def test_old_pythons_can_read_it() -> None:
    assert SOURCE.isascii()
    ast.parse(SOURCE, feature_version=(3, 7))
    assert newer_syntax(SOURCE) == []


@pytest.mark.parametrize(
    "text",
    ["f'{1}'", "x: int = 1", "def f(a: int): pass", "def f() -> int: pass", "(a := 1)", "print('x', end='')", "[*a]"],
)
def test_newer_syntax_would_be_seen(text: str) -> None:
    assert newer_syntax(text.encode()) != []


def test_it_uses_the_standard_library_alone() -> None:
    tops = {a.name.split(".")[0] for n in ast.walk(ast.parse(SOURCE)) if isinstance(n, ast.Import) for a in n.names}
    assert tops <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(ast.parse(SOURCE)))


def test_an_old_python_without_a_newer_one_says_which_is_needed(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start.sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(
        start, "OTHER_PYTHONS", [["no-such-python-here"], [sys.executable, "-c", "raise SystemExit(1)"]]
    )
    assert start.main(["list"]) == 4
    said = capsys.readouterr().err
    assert "this is Python 3.8" in said and "needs Python 3.11 or newer" in said


def test_an_old_python_hands_over_to_a_newer_one(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    handed: list[list[str]] = []

    def call(command: list[str], **_: Any) -> int:
        handed.append(command)
        return 0 if "-c" in command else 3

    monkeypatch.setattr(start.sys, "version_info", (2, 7, 18))
    monkeypatch.setattr(start, "OTHER_PYTHONS", [["py", "-3"]])
    monkeypatch.setattr(start.subprocess, "call", call)
    assert start.main(["run", "x"]) == 3
    assert handed[-1] == ["py", "-3", str(SCRIPT), "run", "x"]
    assert "going on with `py -3`" in capsys.readouterr().err


def test_this_python_is_new_enough(start: ModuleType) -> None:
    assert start.ensure_python(["list"]) is None
    assert start.newer_python([["no-such-python-here"], [sys.executable]]) == [sys.executable]


# --- the stamp --------------------------------------------------------------------------------


def test_without_a_stamp_it_is_not_ready(start: ModuleType) -> None:
    assert not start.is_ready()
    make_interpreter(start)
    assert not start.is_ready()


def test_a_finished_set_up_is_ready_until_something_it_rests_on_changes(start: ModuleType) -> None:
    make_interpreter(start)
    start.write_stamp()
    assert start.is_ready()
    lock = Path(start.ROOT, "requirements.lock")
    before = lock.read_bytes()
    lock.write_bytes(b"numpy==2.1\n")
    assert not start.is_ready()
    lock.write_bytes(before.replace(b"\n", b"\r\n"))  # as git checks it out on Windows
    assert start.is_ready()
    Path(start.environment_python()).unlink()
    assert not start.is_ready()


def test_a_moved_checkout_is_set_up_again(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    make_interpreter(start)
    start.write_stamp()
    moved = start.ROOT + " moved"
    shutil.move(start.ROOT, moved)
    monkeypatch.setattr(start, "ROOT", moved)
    assert Path(start.stamp_path()).exists()
    assert not start.is_ready()


def test_the_stamp_holds_the_hash_of_the_lock_and_the_version(start: ModuleType) -> None:
    make_interpreter(start)
    start.write_stamp()
    text = Path(start.stamp_path()).read_text(encoding="utf-8")
    assert f"lock {start.file_hash('requirements.lock')}\n" in text
    assert f"version {sys.version.split()[0]}\n" in text


def test_an_interrupted_set_up_is_done_again(
    start: ModuleType, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(start, "install_project_with_pip", interrupted)
        assert start.main(["setup"]) == 130
    assert not start.is_ready()
    assert start.main(["setup"]) == 0
    assert start.is_ready()
    assert "setting up" in capsys.readouterr().err


def test_a_failed_step_leaves_no_stamp(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start, "find_uv", lambda: None)
    monkeypatch.setattr(start, "call", lambda command: 7)
    assert start.main(["setup"]) == 4
    assert "failed (exit code 7)" in capsys.readouterr().err
    assert not Path(start.stamp_path()).exists()


# --- what would be installed ------------------------------------------------------------------


def test_without_uv_it_takes_venv_and_pip(start: ModuleType, calls: list[list[str]]) -> None:
    assert start.main(["setup"]) == 0
    assert calls[0] == [sys.executable, "-m", "venv", start.environment_folder()]
    installs = [command for command in calls if "install" in command]
    assert all(command[:3] == [start.environment_python(), "-m", "pip"] for command in installs)
    assert installs[0][-2:] == start.LOCKED
    assert installs[1][-4:] == ["--no-deps", "--no-build-isolation", "-e", start.ROOT]
    assert any("compileall" in command for command in calls)


def test_with_uv_it_takes_uv(start: ModuleType, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "find_uv", lambda: "/a/uv")
    assert start.main(["setup"]) == 0
    assert [command[:3] for command in calls[:3]] == [
        ["/a/uv", "venv", "--quiet"],
        ["/a/uv", "pip", "install"],
        ["/a/uv", "pip", "install"],
    ]
    assert "--compile-bytecode" in calls[1] and calls[1][-2:] == start.LOCKED
    assert calls[2][-4:] == ["--no-deps", "--no-build-isolation", "-e", start.ROOT]


def test_when_uv_fails_pip_has_a_try(
    start: ModuleType, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    succeed = start.call
    monkeypatch.setattr(start, "find_uv", lambda: "/a/uv")
    monkeypatch.setattr(start, "call", lambda command: 2 if command[0] == "/a/uv" else succeed(command))
    assert start.main(["setup"]) == 0
    assert calls[0][1:3] == ["-m", "venv"]
    assert "trying pip" in capsys.readouterr().err


def test_a_uv_that_does_not_start_is_passed_over(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    assert start.find_uv() is None
    monkeypatch.setattr(start.shutil, "which", lambda name: sys.executable)
    monkeypatch.setattr(start.subprocess, "call", lambda command, **_: 1)
    assert start.find_uv() is None


def test_only_the_project_is_installed_again_when_only_its_metadata_changed(
    start: ModuleType, calls: list[list[str]]
) -> None:
    assert start.main(["setup"]) == 0
    calls.clear()
    Path(start.ROOT, "pyproject.toml").write_text("[project] # new\n", encoding="utf-8")
    assert start.main(["setup"]) == 0
    assert not any("venv" in command or "-r" in command for command in calls)
    assert any("--no-build-isolation" in command for command in calls)
    assert start.is_ready()


def test_a_missing_ensurepip_is_explained(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start, "find_uv", lambda: None)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert start.main(["setup"]) == 4
    said = capsys.readouterr().err
    assert "comes without `ensurepip`" in said
    assert "sudo apt install python{}.{}-venv".format(*sys.version_info) in said


def test_a_venv_made_by_hand_is_left_alone(start: ModuleType, calls: list[list[str]]) -> None:
    theirs = Path(start.ROOT, ".venv", "precious")
    theirs.parent.mkdir()
    theirs.write_text("mine", encoding="utf-8")
    assert start.main(["setup"]) == 0
    assert theirs.read_text(encoding="utf-8") == "mine"


def test_leftovers_are_cleared_before_a_new_start(start: ModuleType, calls: list[list[str]]) -> None:
    left = Path(start.environment_folder(), "lib", "half a package")
    left.mkdir(parents=True)
    assert start.main(["setup"]) == 0
    assert not left.exists()


def test_children_do_not_hear_of_other_pythons_packages(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("PIP_CERT", "kept")
    passed = start.child_environment()
    assert not {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET"} & set(passed)
    assert passed["PIP_CERT"] == "kept"


# --- handing over -----------------------------------------------------------------------------


def test_what_each_argument_stands_for(start: ModuleType) -> None:
    python = start.environment_python()
    assert start.command_line(["test", "-k", "x"]) == [python, "-m", "pytest", *start.SIDE_BY_SIDE, "-k", "x"]
    assert start.command_line(["python", "-V"]) == [python, "-V"]
    assert start.command_line(["run", "a b", "--json"]) == [python, "-P", "-c", start.COMMAND, "run", "a b", "--json"]


def test_the_command_is_the_one_that_pyproject_declares(start: ModuleType) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'recovery-cea = "simulate.present.cli:main"' in text
    assert "from simulate.present.cli import main" in start.COMMAND


def test_no_arguments_print_the_usage(start: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main([]) == 2
    assert "scripts/start.py run joint_crisis_plan" in capsys.readouterr().out
    assert start.main(["--help"]) == 0


def copy_with_environment(start: Any, folder: Path) -> Path:
    """A checkout whose environment is this Python, stamped as ready; returns its copy of the script."""
    script = folder / "scripts" / "start.py"
    script.parent.mkdir(parents=True)
    shutil.copy(SCRIPT, script)
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(Path(start.ROOT, name), folder / name)
    python = folder / ".venv-recovery-cea" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    stamp = "import sys; sys.path.insert(0, sys.argv[1]); import start; start.write_stamp()"
    subprocess.run([sys.executable, "-c", stamp, str(script.parent)], check=True)
    return script


@POSIX
def test_a_ready_environment_passes_output_and_exit_code_through(start: ModuleType, tmp_path: Path) -> None:
    script = copy_with_environment(start, tmp_path / "ready checkout")
    child = "import os, sys; print('out'); print('PYTHONPATH' in os.environ); sys.exit(int(sys.argv[1]))"
    result = subprocess.run(
        [sys.executable, str(script), "python", "-c", child, "3"],
        env={**os.environ, "PYTHONPATH": "/elsewhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (3, "out\nFalse\n", "")


@POSIX
def test_set_up_waits_for_a_command_that_runs_in_the_environment(start: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "busy checkout"
    script = copy_with_environment(start, folder)
    sleeper = "import sys; print('running', flush=True); sys.stdin.read()"
    running = [sys.executable, str(script), "python", "-c", sleeper]
    with subprocess.Popen(running, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None and first.stdin is not None
        assert first.stdout.readline() == "running\n"
        again = [sys.executable, str(script), "python", "-c", "print('me too')"]
        assert subprocess.run(again, capture_output=True, text=True, check=True).stdout == "me too\n"
        (folder / "requirements.lock").write_text("other\n", encoding="utf-8")
        with subprocess.Popen(
            [sys.executable, str(script), "setup"], env={"PATH": ""}, stderr=subprocess.PIPE, text=True
        ) as second:
            assert second.stderr is not None
            assert "waiting: another start.py" in second.stderr.readline()
            assert (folder / ".venv-recovery-cea" / "bin" / "python").exists()
            second.terminate()
        first.stdin.close()


# --- the lock file ----------------------------------------------------------------------------


def test_the_lock_names_no_place(checkout: Path) -> None:
    text = (checkout / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links|--trusted|/(home|root|opt|tmp|usr)/", text)


def test_every_dependency_is_locked_with_hashes(checkout: Path) -> None:
    import tomllib

    text = (checkout / "requirements.lock").read_text(encoding="utf-8")
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    blocks = [block for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE) if "==" in block]
    assert blocks and all("--hash=sha256:" in block for block in blocks)
    locked = {re.split(r"[=\[ ]", block)[0].lower() for block in blocks}
    extras = project["project"]["optional-dependencies"]
    wanted = project["project"]["dependencies"] + extras["dev"] + project["build-system"]["requires"]
    assert {re.split(r"[<>=\[ ]", name)[0].lower() for name in wanted} <= locked
    assert set(extras) == {"cluster", "docx", "sa", "tables", "dev"}


# --- run by the environment's own Python ------------------------------------------------------


@pytest.fixture
def inside(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The Python that runs the script is the environment's, whose stamp is stale; what it hands over to."""
    make_interpreter(start)
    Path(start.stamp_path()).write_text("lock of another day\n", encoding="utf-8")
    handed: list[list[str]] = []
    monkeypatch.setattr(start.sys, "prefix", start.environment_folder())
    monkeypatch.setattr(start.subprocess, "Popen", lambda command, **_: handed.append(command))
    monkeypatch.setattr(start, "wait_for", lambda child: 3)
    monkeypatch.setattr(start.subprocess, "call", lambda command, **_: "gone" in command[0])
    return handed


def test_a_stale_environment_is_made_again_by_a_python_outside_it(
    start: ModuleType, inside: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start.sys, "_base_executable", "/usr/bin/python3")
    assert start.main(["list", "--json"]) == 3
    assert inside == [["/usr/bin/python3", str(SCRIPT), "list", "--json"]]
    assert "has to be made again; going on with" in capsys.readouterr().err
    assert Path(start.environment_python()).exists() and Path(start.stamp_path()).exists()


def test_where_the_base_has_gone_another_is_looked_for(
    start: ModuleType, inside: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start.sys, "_base_executable", "/gone/python3")
    monkeypatch.setattr(start, "OTHER_PYTHONS", [["gone"], ["py", "-3"]])
    assert start.main(["test"]) == 3
    assert inside == [["py", "-3", str(SCRIPT), "test"]]


def test_without_another_python_nothing_is_touched(
    start: ModuleType, inside: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start.sys, "_base_executable", "/gone/python3")
    monkeypatch.setattr(start, "OTHER_PYTHONS", [["gone"]])
    assert start.main(["list"]) == 4
    assert "Nothing was touched" in capsys.readouterr().err
    assert inside == [] and Path(start.environment_python()).exists()


def test_it_never_empties_the_folder_that_it_runs_in(start: ModuleType, inside: list[list[str]]) -> None:
    with pytest.raises(start.SetupError, match="run the command with another"):
        start.empty_environment()
    assert Path(start.environment_python()).exists()


def test_its_own_python_is_no_other(start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "environment_folder", lambda: sys.prefix)
    assert start.newer_python([[sys.executable]]) is None
    monkeypatch.setattr(start, "environment_folder", lambda: str(tmp_path))
    assert start.newer_python([[sys.executable]]) == [sys.executable]
