"""Workflows that gate changes of numbers: well formed, and their commands do what they say of them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

yaml: Any = pytest.importorskip("yaml")  # comes with what the lock holds, and has no types
FOLDER = Path(__file__).resolve().parents[2] / "scripts" / "examples" / "ci"
FILE, EVIDENCE = FOLDER / "numbers.yml", FOLDER / "evidence.yml"
NUMBERS = """
[c_safewards_ward]
label = "Safewards on one ward of ours, a year"
unit = "GBP_per_service_year"
price_year = "2023/24"
distribution = {{ gamma = {{ mean = {mean}, se = 600 }} }}
source = "assumption"
status = "assumed"
note = "An example."
"""


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def evidence() -> dict[Any, Any]:
    found = yaml.safe_load(EVIDENCE.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def commands(workflow: dict[Any, Any], size: str = "--no-variants --figures none") -> list[list[str]]:
    """Its commands of ours, with its variables filled in, at a small size."""
    env = {**workflow["env"], "SIZE": f"--draws 32 --people 50 {size}"}
    (job,) = workflow["jobs"].values()
    lines = [line for step in job["steps"] for line in step.get("run", "").splitlines()]
    for name, value in env.items():
        lines = [line.replace(f"${name}", value) for line in lines]
    return [shlex.split(line)[1:] for line in lines if line.startswith("recovery-cea ")]


def test_it_runs_where_a_pull_request_changes_the_numbers(workflow: dict[Any, Any]) -> None:
    trigger = workflow[True]  # YAML 1.1 reads the key `on` so; GitHub does not
    assert trigger == {"pull_request": {"paths": ["numbers.toml"]}}
    assert workflow["permissions"] == {"contents": "read"}
    assert [words[0] for words in commands(workflow)] == ["check", "run", "run", "compare"]
    assert set(workflow["env"]) == {"PROBLEM", "SIZE"}
    assert "git show" in FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("before", "after", "code"), [(4800, 4800, 0), (4800, 9600, 1)])
def test_its_commands_fail_where_the_answer_moves_and_only_there(
    before: int,
    after: int,
    code: int,
    workflow: dict[Any, Any],
    command: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("before.toml").write_text(NUMBERS.format(mean=before), encoding="utf-8")
    Path("numbers.toml").write_text(NUMBERS.format(mean=after), encoding="utf-8")
    *first, last = [command(*words) for words in commands(workflow)]
    assert [done.code for done in first] == [0, 0, 0], first
    assert last.code == code, last.out


def test_numbers_that_are_wrong_stop_it_before_anything_runs(
    workflow: dict[Any, Any], command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("numbers.toml").write_text(NUMBERS.format(mean=4800).replace("GBP_per", "USD_per"), encoding="utf-8")
    assert command(*commands(workflow)[0]).code == 2


def test_what_it_installs_and_runs_is_ours(workflow: dict[Any, Any]) -> None:
    steps = workflow["jobs"]["compare"]["steps"]
    assert all(("uses" in step) != ("run" in step) for step in steps)
    assert "recovery-cea" in next(step["run"] for step in steps if step.get("name") == "Install")


# --- a file that is added or taken away -----------------------------------------------------------

GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b.org", "-c", "init.defaultBranch=main")


def pull_request(folder: Path, before: str | None, after: str | None) -> Path:
    """A checkout of a repository whose main branch has the numbers `before`, with those of `after`; None: no file."""
    there, here = folder / "there", folder / "here"
    there.mkdir(parents=True)
    (there / "other.txt").write_text("x", encoding="utf-8")
    if before is not None:
        (there / "numbers.toml").write_text(before, encoding="utf-8")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "Numbers")):
        subprocess.run([*GIT, *words], cwd=there, check=True)
    subprocess.run([*GIT, "clone", "-q", there, here], check=True)
    (here / "numbers.toml").unlink(missing_ok=True)
    if after is not None:
        (here / "numbers.toml").write_text(after, encoding="utf-8")
    return here


def shell_of(workflow: dict[Any, Any], here: Path, base: str = "main") -> int:
    """Its shell before anything of ours is run, as GitHub runs it, in a checkout; the first exit code that is not 0."""
    (job,) = workflow["jobs"].values()
    steps = [step["run"] for step in job["steps"] if "run" in step and step["name"] != "Install"]
    for step in (s for s in steps if "recovery-cea" not in s):
        env = {**os.environ, "GITHUB_BASE_REF": base}
        done = subprocess.run(["bash", "-e", "-c", step], cwd=here, env=env, capture_output=True, check=False)
        if done.returncode:
            return done.returncode
    return 0


@pytest.mark.parametrize("file", [FILE, EVIDENCE], ids=["numbers", "evidence"])
@pytest.mark.parametrize(
    ("before", "after"), [("old", "new"), (None, "new"), ("old", None)], ids=["changed", "added", "removed"]
)
def test_where_there_are_no_numbers_an_empty_file_stands_for_them(
    before: str | None, after: str | None, file: Path, tmp_path: Path
) -> None:
    here = pull_request(tmp_path, before, after)
    assert shell_of(yaml.safe_load(file.read_text(encoding="utf-8")), here) == 0
    found = [(here / name).read_text(encoding="utf-8") for name in ("before.toml", "numbers.toml")]
    assert found == [before or "", after or ""]


@pytest.mark.parametrize("file", [FILE, EVIDENCE], ids=["numbers", "evidence"])
def test_a_base_branch_that_is_not_there_is_no_file_that_is_new(file: Path, tmp_path: Path) -> None:
    here = pull_request(tmp_path, "old", "new")
    assert shell_of(yaml.safe_load(file.read_text(encoding="utf-8")), here, base="gone") != 0


@pytest.mark.parametrize(
    ("old", "new"), [("", NUMBERS), pytest.param(NUMBERS, "", marks=pytest.mark.slow)], ids=["added", "removed"]
)
def test_an_empty_file_is_the_base_case_to_every_command(
    old: str,
    new: str,
    workflow: dict[Any, Any],
    evidence: dict[Any, Any],
    command: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ours is £6,000 a year: with £9,600 the answer moves, and the decision does not."""
    monkeypatch.chdir(tmp_path)
    Path("before.toml").write_text(old.format(mean=9600), encoding="utf-8")
    Path("numbers.toml").write_text(new.format(mean=9600), encoding="utf-8")
    assert [command(*words).code for words in commands(workflow)] == [0, 0, 0, 1]
    assert [command(*words).code for words in commands(evidence, "")] == [0, 0]
    assert "c_safewards_ward" in Path("runs/moved/moved.html").read_text(encoding="utf-8")


# --- which record moved it ------------------------------------------------------------------------


def test_the_other_runs_there_too_and_nothing_in_it_can_be_moved(evidence: dict[Any, Any]) -> None:
    assert evidence[True] == {"pull_request": {"paths": ["numbers.toml"]}}
    assert evidence["permissions"] == {"contents": "read"}
    assert [words[0] for words in commands(evidence, "")] == ["check", "compare"]
    steps = evidence["jobs"]["moved"]["steps"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert len(used) == 3 and all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name) for name in used)
    assert all(("uses" in step) != ("run" in step) for step in steps)
    assert steps[0]["with"]["persist-credentials"] is False


@pytest.mark.parametrize(("before", "after", "code"), [(4800, 4900, 0), (4800, 99600, 1)])
def test_it_fails_where_another_strategy_becomes_best_and_leaves_the_page(
    before: int,
    after: int,
    code: int,
    evidence: dict[Any, Any],
    command: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("before.toml").write_text(NUMBERS.format(mean=before), encoding="utf-8")
    Path("numbers.toml").write_text(NUMBERS.format(mean=after), encoding="utf-8")
    check, compare = [command(*words) for words in commands(evidence, "")]
    assert check.code == 0 and compare.code == code, compare.err
    assert "c_safewards_ward" in Path("runs/moved/moved.html").read_text(encoding="utf-8")
