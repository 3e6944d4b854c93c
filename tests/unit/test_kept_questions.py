"""By every option of a command: what was kept of one question never answers another, whose bytes are its own."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from models import catalogue
from simulate.ask import case
from simulate.present import cli
from simulate.present.commands.run import run_command
from tests.unit.kept_questions import OTHERS, RUN, Two, problems

PRINTED = "printed"
AS_EACH_TIME = ("seconds", "seal", "command", "question")  # of a manifest


def written(folder: Path) -> dict[str, bytes]:
    """Every file, of the manifest what is not of that one time."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    manifest = json.loads(found.pop("manifest.json"))
    told = json.dumps({n: v for n, v in manifest.items() if n not in AS_EACH_TIME}, sort_keys=True)
    return found | {"manifest": told.encode()}


@pytest.fixture
def asked(
    tmp_path: Path, example: Callable[[str], ModuleType], command: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, bytes]]:
    """Runs one of two questions with a store, or without one where `plain`; what it wrote."""
    made = problems(example("ward_restraint"), tmp_path)
    monkeypatch.setattr(case, "find_problem", lambda name: made.get(name) or catalogue.problem(name))
    count = iter(range(100))

    def ask(name: str, two: Two, second: bool, *, plain: bool = False) -> dict[str, bytes]:
        monkeypatch.setenv("RECOVERY_CEA_STORE", "" if plain else str(tmp_path / "store"))
        out, words = tmp_path / str(next(count)), two.words(second, tmp_path)
        words += ["--figures", "none"] if name == "run" and "--figures" not in words else []
        if "--shard" in words:
            return whole(out, words)
        printed = answered(name, *words, "--out", out)
        return written(out) | {PRINTED: printed.replace(str(out), "OUT").encode()}

    def whole(out: Path, words: list[str]) -> dict[str, bytes]:
        """What the shards of a run come to, the last of them made first."""
        at = words.index("--shard") + 1
        of = words[at].partition("/")[2]
        shards = [out.with_name(f"{out.name}-{k}") for k in range(int(of), 0, -1)]
        for k, shard in zip(range(int(of), 0, -1), shards, strict=True):
            answered("run", *words[:at], f"{k}/{of}", *words[at + 1 :], "--out", shard)
        answered("merge", *shards, "--figures", "none", "--out", out)
        return written(out)

    def answered(*words: object) -> str:
        done = command(*words)
        assert done.code == 0, done.err
        return str(done.out)

    return ask


def check(asked: Callable[..., dict[str, bytes]], name: str, two: Two) -> None:
    """The other question, after the one, answers as where nothing is kept, the first time and the second."""
    one = asked(name, two, False)
    other = asked(name, two, True)
    assert other == asked(name, two, True, plain=True)
    assert other == asked(name, two, True)
    names = {*one, *other} - {PRINTED}
    assert all(one.get(n) == other.get(n) for n in names) == two.alike
    assert one == asked(name, two, False)


EVERY = [(option, k, two) for option, twos in RUN.items() for k, two in enumerate(twos)]


def test_every_option_of_a_run_is_among_them() -> None:
    """A new one is added with what it alters."""
    assert set(RUN) == set(inspect.signature(run_command).parameters)


@pytest.mark.slow
@pytest.mark.usefixtures("hasty_calibration")
@pytest.mark.parametrize("two", [pytest.param(two, id=f"{option}-{k}") for option, k, two in EVERY])
def test_a_run_answers_its_own_question(asked: Callable[..., dict[str, bytes]], two: Two) -> None:
    check(asked, "run", two)


@pytest.mark.parametrize("two", [RUN["cohort"][0], RUN["parameters"][-1]], ids=["people", "table of values"])
def test_a_file_that_was_changed_is_another_question(asked: Callable[..., dict[str, bytes]], two: Two) -> None:
    """Of the same name, length and time, in the same place."""
    one, other = asked("run", two, False), asked("run", two, True)
    assert one != other == asked("run", two, True, plain=True)


SIMULATE = {name: command for name, command in cli._commands() if "no_store" in inspect.signature(command).parameters}
BY_RUNS = {
    "plan",
    "claims",
    "validate",
    "verify",  # which keeps nothing and reads nothing kept
    "batch",
}  # made of runs: no more is kept for them; each of a batch is compared with its run
MANY = [
    (name, option, k, two) for name, by in OTHERS.items() for option, twos in by.items() for k, two in enumerate(twos)
]


def test_every_option_of_every_command_that_simulates_is_among_them() -> None:
    assert set(SIMULATE) == {"run", *OTHERS, *BY_RUNS}
    for name, by in OTHERS.items():
        assert set(by) == set(inspect.signature(SIMULATE[name]).parameters), name


@pytest.mark.slow
@pytest.mark.usefixtures("hasty_calibration", "no_figures")
@pytest.mark.parametrize(("name", "two"), [pytest.param(n, t, id=f"{n}-{o}-{k}") for n, o, k, t in MANY])
def test_a_command_answers_its_own_question(asked: Callable[..., dict[str, bytes]], name: str, two: Two) -> None:
    one, other = asked(name, two, False), asked(name, two, True)
    assert other == asked(name, two, True, plain=True)
    assert all(one.get(n) == other.get(n) for n in {*one, *other} - {PRINTED}) == two.alike
