"""A program whose files are changed while it runs: nothing that it finds is taken for what the new files would find."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parameters.files import loaded
from parameters.files.loaded import is_changed
from simulate.engine import worker
from simulate.engine.keeping import words
from simulate.engine.keeping.words import CHANGED, Files, arithmetic, arithmetic_parts, program


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source that was there when the program began to be loaded."""
    path = tmp_path / "law.py"
    path.write_text("RATE = 1\n", encoding="utf-8")
    time.sleep(0.02)  # of which a file system's clock may be behind
    monkeypatch.setattr(loaded, "BEGUN", time.time())
    monkeypatch.setattr(words, "ROOT", tmp_path)
    monkeypatch.setattr(words, "LOOK", 0.0)
    return path


def change(path: Path) -> None:
    time.sleep(0.02)
    path.write_text("RATE = 2\n", encoding="utf-8")
    time.sleep(0.02)


def test_a_changed_file_has_a_hash_that_no_other_process_has(file: Path) -> None:
    files = Files(lambda: [file])
    before = files.digest()
    assert len(before) == 64 and files.digest() == before and not files.are_changed
    change(file)
    assert files.digest() == CHANGED and files.are_changed
    late = Files(lambda: [file])  # that is first asked for when it is too late
    assert late.digest() == CHANGED


def test_a_file_that_is_gone_is_changed_and_one_dated_ahead_is_not(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 86_400)  # the clock was set back a day
    monkeypatch.setattr(loaded, "BEGUN", now - 86_401)
    assert not is_changed(file)
    file.unlink()
    assert is_changed(file)


def test_keys_and_workers_go_by_it(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    theirs = dict(arithmetic_parts())
    for name in ("SOURCES", "PROGRAM"):
        monkeypatch.setattr(words, name, Files(lambda: [file]))
    key, whole = arithmetic(), program()
    change(file)
    assert arithmetic() != key and program() == CHANGED != whole
    with pytest.raises(worker.AnotherArithmetic, match="sources: 'changed while the program ran"):
        worker._refuse_another(theirs)


@pytest.mark.skipif(os.name == "nt", reason="what a file's time of change is")
def test_what_is_compiled_from_a_changed_file_is_kept_nowhere(tmp_path: Path) -> None:
    """In a process of its own: a module that compiles, written after the program began to be loaded."""
    text = "from simulate.engine.arithmetic.compiled import njit\n@njit\ndef twice(x):\n    return 2 * x\n"
    script = f"""
import sys, time
import parameters
from pathlib import Path
time.sleep(0.05)
Path({str(tmp_path)!r}, "late.py").write_text({text!r})
sys.path.insert(0, {str(tmp_path)!r})
import late
assert late.twice(2) == 4
from simulate.engine.laws.families import cumulative
print(type(late.twice._cache).__name__, type(cumulative._cache).__name__)
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert done.stdout.split() in (["NullCache", "SealedCache"], ["NullCache", "NullCache"]), done.stderr
