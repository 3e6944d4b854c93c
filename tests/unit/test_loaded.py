"""A program whose files are changed while it runs: nothing that it finds is taken for what the new files would find."""

from __future__ import annotations

import os
import py_compile
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from parameters.files import loaded
from parameters.files.loaded import are_changed, is_changed, is_stale
from simulate.engine import worker
from simulate.engine.keeping import store, words
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


def test_another_folder_in_the_programs_place_is_a_change(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A release that is put in place by renaming has files that were written long before."""
    (tmp_path / "program").mkdir()
    monkeypatch.setattr(loaded, "FOLDERS", (tmp_path / "program",))
    monkeypatch.setattr(loaded, "AT_FIRST", (loaded._which(tmp_path / "program"),))
    files = Files(lambda: [file])
    assert not are_changed([file]) and files.is_still()
    (tmp_path / "next").mkdir()
    (tmp_path / "program").rename(tmp_path / "before")
    (tmp_path / "next").rename(tmp_path / "program")
    assert are_changed([file]) and not files.is_still()


def test_compiled_code_of_another_source_of_the_same_second_and_size_is_seen(tmp_path: Path) -> None:
    source = tmp_path / "law.py"
    source.write_text("RATE = 1\n", encoding="utf-8")
    os.utime(source, (1_700_000_000, 1_700_000_000))
    py_compile.compile(str(source), doraise=True)
    assert not is_stale(source)
    time.sleep(0.02)
    source.touch()
    os.utime(source, (1_700_000_000, 1_700_000_000))
    assert not is_stale(source)  # written again, and the same
    time.sleep(0.02)
    source.write_text("RATE = 2\n", encoding="utf-8")
    assert not is_stale(source)  # which Python sees
    os.utime(source, (1_700_000_000.5, 1_700_000_000.5))
    assert is_stale(source)


def test_what_is_kept_after_a_change_is_kept_for_nobody(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The key was made before, and what was loaded since is of another program."""
    monkeypatch.setattr(store, "SOURCES", Files(lambda: [file]))
    kept = store.Store(tmp_path / "store")
    kept.keep("numbers", "0" * 64, {"x": np.zeros(3)})
    assert len(kept.keys()) == 1
    change(file)
    kept.keep("numbers", "1" * 64, {"x": np.zeros(3)})
    assert len(kept.keys()) == 1


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
