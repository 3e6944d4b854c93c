"""Folders for as long as a process needs them: what dead processes left is cleared away, and nothing of living ones."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from simulate.engine.arithmetic import temporary
from simulate.engine.arithmetic.temporary import clear_what_passed, passing_folder

posix = pytest.mark.skipif(os.name == "nt", reason="Windows clears nothing")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, for the while."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(temporary, "JUST_MADE", 0.0)
    return tmp_path


def left_by(process: int, place: Path, letters: str = "abcdefgh") -> Path:
    machine = re.sub(r"[^A-Za-z0-9.-]", "-", platform.node())[:64] or "-"
    folder = place / f"recovery-cea-of-{process}-on-{machine}-{letters}"
    folder.mkdir()
    (folder / "work").write_text("x", encoding="utf-8")
    return folder


def dead() -> int:
    """The number of a process that is no more."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


@posix
def test_what_a_dead_process_left_is_cleared_and_all_else_stays(place: Path) -> None:
    left, living = left_by(dead(), place), left_by(os.getpid(), place)
    elsewhere = place / left.name.replace("-on-", "-on-another-")
    elsewhere.mkdir()
    with passing_folder() as mine:
        assert not left.exists() and {*place.iterdir()} == {living, elsewhere, mine}
    assert {*place.iterdir()} == {living, elsewhere}


@posix
def test_one_in_use_stays_though_its_process_is_not_seen_here(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container of the same name, whose processes have numbers of their own."""
    monkeypatch.setattr(temporary, "is_dead", lambda process: True)
    with passing_folder() as used:
        clear_what_passed()
        assert used.is_dir()
        left = left_by(1, place)
        monkeypatch.setattr(temporary, "JUST_MADE", 60.0)
        clear_what_passed()
        assert left.is_dir()  # it may be locked in a moment
        monkeypatch.setattr(temporary, "JUST_MADE", 0.0)
        clear_what_passed()
        assert not left.exists() and used.is_dir()
