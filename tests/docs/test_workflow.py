"""Workflows that gate changes of numbers: well formed, and their commands do what they say of them."""

from __future__ import annotations

import re
import shlex
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
