"""Fixtures for every test."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

os.environ["RECOVERY_CEA_STORE"] = ""  # what other runs of the user found is not read, and none of ours is kept


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared beside the checkout; a test that asks for it skips, visibly, where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared beside the checkout (evidence and oracles), which is not there")
    return folder


# --- the example scripts ----------------------------------------------------------------------


@pytest.fixture(scope="session")
def example() -> Callable[[str], ModuleType]:
    """``example("ward_restraint")``: the module of a script in ``scripts/examples``, not run."""

    @functools.cache
    def loaded(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / "examples" / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


@pytest.fixture
def ward_in_catalogue(example: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line finds the example ``ward_restraint`` beside the catalogue's own problems."""
    from models import catalogue
    from simulate.ask import case

    ward = example("ward_restraint").PROBLEM
    monkeypatch.setattr(case, "find_problem", lambda name: ward if name == ward.id else catalogue.problem(name))


# --- the command line, in this process --------------------------------------------------------


@dataclass(frozen=True)
class Finished:
    """What a command left: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


Command = Callable[..., Finished]


def _command(*arguments: object) -> Finished:
    from simulate.present import cli

    out, err, words = io.StringIO(), io.StringIO(), [str(a) for a in arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["recovery-cea", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
    if (workplace := sys.modules.get("simulate.engine.keeping.workplace")) is not None:
        workplace.choose_usual()  # whatever the command was told: that is its process's
    code = left.value.code
    assert isinstance(code, int)
    return Finished(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def command() -> Command:
    """``command("run", "joint_crisis_plan", "--json")``: the command line without a new process."""
    return _command


@contextlib.contextmanager
def _hasty() -> Iterator[None]:
    from simulate.solve import centre, solution, surface

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(centre, "SEARCH_PEOPLE", 4_000)
        patch.setattr(centre, "CENTRE_PEOPLE", 20_000)
        patch.setattr(surface, "DESIGN_PEOPLE", 250)
        patch.setattr(solution, "MOST_BEYOND", (0, 0.0))  # a rough map leaves many beyond it
        patch.setattr(solution, "FRESH_PEOPLE", 500)
        yield


@pytest.fixture
def hasty_calibration() -> Iterator[None]:
    """Calibration on few people, for tests of what holds whatever the engine's ratios come to."""
    with _hasty():
        yield


class _Memory:
    """A store of what was solved for that lasts as long as this process of tests."""

    reads = True

    def __init__(self) -> None:
        self.arrays: dict[str, dict[str, Any]] = {}

    def kept(self, what: str, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if key not in self.arrays:
            self.arrays[key] = make()
        return {name: array.copy() for name, array in self.arrays[key].items()}


_memories: dict[object, _Memory] = {}  # by the limits of solving that are no part of a store's keys


@pytest.fixture(scope="module")
def solved_once() -> Iterator[None]:
    """The same engine ratios are solved for once a process, for files of tests about what comes after.

    They go by the very key of a store. Not for tests that hold solving, or two whole runs, against each other, nor for
    those that change the engine.
    """
    from simulate.running import solving
    from simulate.solve import solution, surface

    usual: Any = solving.keeper

    def keeper(store: Any) -> Any:
        if store.reads:
            return usual(store)
        limits = solution.MOST_BEYOND, solution.FRESH_PEOPLE, surface.DESIGN_PEOPLE
        return usual(_memories.setdefault(limits, _Memory()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "keeper", keeper)
        yield


@dataclass(frozen=True)
class Run:
    """A run by the command line, its folder and the summary it printed."""

    folder: Path
    finished: Finished

    @property
    def summary(self) -> dict[str, Any]:
        """What stood on stdout, read as strict JSON."""
        found = json.loads(self.finished.out, parse_constant=_no_constant)
        assert isinstance(found, dict)
        return found


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The base case on 64 draws of 40 people and one thread, with ``--json``."""
    folder = tmp_path_factory.mktemp("base") / "out"
    options = ("--draws", 64, "--people", 40, "--seed", 7, "--threads", 1, "--json", "--out", folder)
    with _hasty():
        return Run(folder, _command("run", "joint_crisis_plan", *options))


@pytest.fixture(scope="session")
def fixed_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The pilot trial's setting with ``--fixed`` on 500 people, with ``--json``."""
    folder = tmp_path_factory.mktemp("fixed") / "out"
    options = ("--setting", "henderson_2004", "--fixed", "--people", 500, "--json", "--out", folder)
    with _hasty():
        return Run(folder, _command("run", "joint_crisis_plan", *options))


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out, for tests of what else is written."""
    from simulate.present.figures import gallery

    monkeypatch.setattr(gallery, "draw_figures", lambda *_: [])
