"""A question asked again, word for word, is answered from what was kept: every file the same, nothing simulated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.engine import driver
from simulate.engine.keeping import workplace
from simulate.present.folder import answers, hold, output
from simulate.running import running

ASKED = ("run", "safewards", "--draws", 16, "--people", 20)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECOVERY_CEA_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the manifest, which says when and where."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != "manifest.json"
    }


def test_the_same_question_is_answered_from_the_store(
    kept: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = command(*ASKED, "--out", tmp_path / "one")
    before = driver.kernel_runs
    monkeypatch.setattr(running, "answered", lambda *_, **__: pytest.fail("worked out again"))
    again = command(*ASKED, "--out", tmp_path / "two")
    assert again.code == first.code == 0, again.err
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert again.out == first.out.replace(str(tmp_path / "one"), str(tmp_path / "two"))
    assert driver.kernel_runs == before
    as_json = command(*ASKED, "--json", "--out", tmp_path / "three")
    assert as_json.out == (tmp_path / "one" / "summary.json").read_text()


def test_what_another_writes_to_the_folder_meanwhile_is_kept_under_no_other_question(
    kept: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as a run lets go of its folder, another may write there: before it has printed, say."""
    asked = ("run", "welfare_advice", "--draws", 8, "--people", 5, "--figures", "none")
    release, others = hold.release, list[int]()

    def then_another(folder: Path) -> None:
        release(folder)
        if not others:
            others.append(1)
            assert command(*asked, "--seed", 2, "--out", tmp_path / "one", "--overwrite").code == 0

    monkeypatch.setattr(output, "release", then_another)
    assert command(*asked, "--seed", 1, "--out", tmp_path / "one").code == 0
    assert others
    for seed in (1, 2):
        for name, more in (("kept", ()), ("anew", ("--no-store",))):
            assert command(*asked, "--seed", seed, "--out", tmp_path / f"{name} {seed}", *more).code == 0
        assert contents(tmp_path / f"kept {seed}") == contents(tmp_path / f"anew {seed}")
    assert contents(tmp_path / "kept 1") != contents(tmp_path / "kept 2")


@pytest.mark.parametrize(
    "other", [("--seed", 2), ("--set", "p_violence=0.5"), ("--figures", "none"), ("--no-variants",), ("--no-store",)]
)
def test_another_question_is_worked_out(
    kept: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch, other: tuple[object, ...]
) -> None:
    asked = ("run", "welfare_advice", "--draws", 8, "--people", 5)
    assert command(*asked, "--out", tmp_path / "one").code == 0
    met: list[object] = []
    find = answers.find

    def noted(key: str | None) -> answers.Answer | None:
        met.append(find(key))
        return find(key)

    monkeypatch.setattr(answers, "find", noted)
    command(*asked, *other, "--out", tmp_path / "two")
    assert not any(met)


def test_a_kept_answer_that_was_changed_is_none(kept: Path, tmp_path: Path, command: Any) -> None:
    asked = ("run", "welfare_advice", "--draws", 8, "--people", 5, "--figures", "none")
    assert command(*asked, "--out", tmp_path / "one").code == 0
    for file in kept.iterdir():
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    assert command(*asked, "--out", tmp_path / "two").code == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_what_is_read_is_in_the_key(kept: Path) -> None:
    from simulate import load

    case = load("welfare_advice")
    question = {"command": "run", "problem": "welfare_advice"}
    key = answers.key_for(case, question, figures="main")
    assert key == answers.key_for(case, dict(question), figures="main")
    assert key != answers.key_for(case, question, figures="all")
    assert key != answers.key_for(case, {**question, "seed": 3}, figures="main")
    other = {**case.parameters.contents, "more.csv": b"1"}
    changed = replace(case, parameters=replace(case.parameters, contents=other))
    assert key != answers.key_for(changed, question, figures="main")
    assert answers.key_for(case, None, figures="main") is None


def test_every_file_of_the_program_is_in_a_key() -> None:
    """Each kind of file in the packages, but pages: one that is of none would let a stale answer pass."""
    from simulate.engine.keeping.words import KINDS, PACKAGES, ROOT, sources

    there = [p for name in PACKAGES for p in (ROOT / name).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    kinds = {f"*{p.suffix}" for p in there if p.suffix != ".md" and p.name != "py.typed"}
    assert kinds == set(KINDS)
    tables = {p for p in there if p.suffix == ".csv"}
    assert tables and tables <= set(sources())  # of chunks too: life tables are read by name


@pytest.mark.parametrize(
    "files",
    [
        {"summary.json": b"{}"},
        {"summary.json": b"{}", "about": b"{"},
        {"summary.json": b"[]", "about": b"{}"},
        {"psa.csv": b"x", "about": b"{}"},
        {"summary.json": b"{}", "about": b"{}", "../elsewhere": b"x"},
        {"summary.json": b"{}", "about": b"{}", "/elsewhere": b"x"},
    ],
)
def test_a_whole_file_that_is_no_answer_is_none(kept: Path, files: dict[str, bytes]) -> None:
    key = "0" * 64
    arrays = {name: np.frombuffer(content, np.uint8) for name, content in files.items()}
    workplace.usual().keep(answers.WHAT, key, arrays)
    assert answers.find(key) is None
    good = {"summary.json": b"{}", "about": b"{}"}
    workplace.usual().keep(answers.WHAT, key, {n: np.frombuffer(c, np.uint8) for n, c in good.items()})
    assert answers.find(key) is not None
