"""Compiled code is verified before it is loaded: whatever happened to it, it is compiled again, and right."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate.engine.arithmetic import compiled, temporary
from simulate.engine.arithmetic.cache import cache_folder, is_intact, mend

NO_JIT = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")


def twice(x: float) -> float:
    return 2.0 * x + 1.0


def thrice(x: float) -> float:
    return 3.0 * x + 1.0


def dispatcher(function: Callable[[float], float], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(compiled, "CACHE", folder)
    return compiled.njit(function)


def files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


def _first(of: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = next(p for p in files(folder) if p.suffix == of)
        path.write_bytes(change(path.read_bytes()))

    return damage


def _flipped(content: bytes) -> bytes:
    return content[:100] + bytes([content[100] ^ 0x40]) + content[101:]


def _exchanged(folder: Path) -> None:
    one, other = (p for p in files(folder) if p.suffix == ".nbc")
    a, b = one.read_bytes(), other.read_bytes()
    one.write_bytes(b), other.write_bytes(a)


def _folder(folder: Path) -> None:
    path = files(folder)[0]
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, Callable[[Path], None]] = {
    "code cut short": _first(".nbc", lambda b: b[: len(b) // 2]),
    "code emptied": _first(".nbc", lambda b: b""),
    "a bit of code flipped": _first(".nbc", _flipped),
    "code with more behind it": _first(".nbc", lambda b: b + b"\0"),
    "index cut short": _first(".nbi", lambda b: b[:-40]),
    "index emptied": _first(".nbi", lambda b: b""),
    "a bit of the index flipped": _first(".nbi", _flipped),
    "an index of another's making": _first(".nbi", lambda b: b"\x80\x04K*."),
    "two forms exchanged": _exchanged,
    "a folder in a file's place": _folder,
}


@NO_JIT
@pytest.mark.parametrize("which", DAMAGE)
def test_damaged_code_is_compiled_again(which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for function in (twice, thrice):
        assert dispatcher(function, tmp_path, monkeypatch)(2.0) == function(2.0)
    assert len(files(tmp_path)) == 4 and all(map(is_intact, files(tmp_path)))
    again = dispatcher(twice, tmp_path, monkeypatch)
    assert again(2.0) == 5.0 and sum(again.stats.cache_hits.values()) == 1
    DAMAGE[which](tmp_path)
    found = [dispatcher(function, tmp_path, monkeypatch) for function in (twice, thrice)]
    assert [f(2.0) for f in found] == [5.0, 7.0]
    assert sum(sum(f.stats.cache_hits.values()) for f in found) < 2


@NO_JIT
def test_what_was_damaged_is_thrown_away_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher(twice, tmp_path, monkeypatch)(2.0)
    assert mend(tmp_path) == []
    DAMAGE["code emptied"](tmp_path)
    (tmp_path / "half.nbc.tmp.0123").write_bytes(b"half")
    assert len(mend(tmp_path)) == 2 and len(files(tmp_path)) == 1


@NO_JIT
def test_where_there_is_no_room_it_is_compiled_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.os.replace", full)
    assert dispatcher(twice, tmp_path, monkeypatch)(2.0) == 5.0
    assert files(tmp_path) == []


@NO_JIT
def test_without_a_folder_it_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "CACHE", None)
    assert compiled.njit(twice)(2.0) == 5.0


# --- where it is kept -------------------------------------------------------------------------


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing says where caches go, and there is no home; the temporary folder is ours."""
    for name in ("RECOVERY_CEA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "no" / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_the_usual_places(homeless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(homeless))
    assert cache_folder("v") == (homeless / ".cache" / "recovery-cea" / "kernels" / "v", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(homeless / "xdg"))
    assert cache_folder("v")[0] == homeless / "xdg" / "recovery-cea" / "kernels" / "v"
    monkeypatch.setenv("RECOVERY_CEA_CACHE", str(homeless / "chosen"))
    assert cache_folder("v")[0] == homeless / "chosen" / "recovery-cea" / "kernels" / "v"


@pytest.mark.skipif(os.name == "nt", reason="Windows knows its users' folders otherwise")
@pytest.mark.parametrize("home", ["no/home", "a file/home", "", "relative"])
def test_without_a_home_there_is_one_place_for_all_runs(
    home: str, homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (homeless / "a file").write_text("mine")
    monkeypatch.setenv("HOME", str(homeless / home) if "/" in home else home)
    monkeypatch.chdir(homeless)
    first, second = cache_folder("v"), cache_folder("v")
    assert first == second and first[0] is not None and first[0].is_dir() and "compiled code is kept in" in first[1]
    assert sorted(p.name for p in homeless.iterdir()) == ["a file", f"recovery-cea-{os.getuid()}"]


@pytest.mark.parametrize("name", ["RECOVERY_CEA_CACHE", "XDG_CACHE_HOME"])
def test_a_place_that_cannot_be_written_is_named(name: str, homeless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (homeless / "file").write_text("mine")
    monkeypatch.setenv(name, str(homeless / "file" / "cache"))
    folder, note = cache_folder("v")
    assert folder is not None and f"nothing can be written to {homeless / 'file' / 'cache'}" in note


@pytest.mark.skipif(os.name == "nt", reason="Windows' temporary folder is the user's own")
@pytest.mark.parametrize("planted", ["link", "open to all", "file"])
def test_a_temporary_folder_of_others_is_not_used(planted: str, homeless: Path) -> None:
    place = homeless / f"recovery-cea-{os.getuid()}"
    if planted == "link":
        (homeless / "theirs").mkdir()
        place.symlink_to(homeless / "theirs")
    elif planted == "file":
        place.write_text("theirs")
    else:
        place.mkdir()
        place.chmod(0o777)
    folder, note = cache_folder("v")
    assert folder is None and "compiled again at each run" in note
    assert temporary.own_temporary_folder() is None
