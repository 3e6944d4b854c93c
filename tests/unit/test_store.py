"""What is kept between runs: of use only when it verifies, and never a reason to fail."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.catalogue import problem
from simulate import load
from simulate.ask.asked import ask
from simulate.engine import driver
from simulate.engine.keeping import store, workplace
from simulate.engine.keeping.sealing import MAGIC, Arrays, key_of, opened, sealed
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.words import spelt
from simulate.running import solving
from simulate.running.running import drawn_for
from simulate.running.solving import solved_for

KEY = key_of([b"a key"])
OTHER = key_of([b"another"])


def arrays() -> Arrays:
    return {
        "x": np.array([[1.0, -0.0], [np.nan, np.inf]]),
        "good": np.array([True, False]),
        "places": np.arange(3),
        "none": np.zeros((2, 0)),
    }


def equal(some: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    return some.keys() == others.keys() and all(
        a.dtype == others[n].dtype and a.shape == others[n].shape and a.tobytes() == others[n].tobytes()
        for n, a in some.items()
    )


def made(kept: Store, key: str = KEY) -> tuple[Arrays, bool]:
    """What is kept under a key, and whether it had to be made."""
    before = kept.made
    return kept.kept("numbers", key, arrays), kept.made > before


@pytest.fixture
def kept(tmp_path: Path) -> Store:
    """A store that holds one thing."""
    found = Store(tmp_path / "store")
    made(found)
    return found


def only_file(kept: Store) -> Path:
    assert kept.folder is not None
    (path,) = kept.folder.iterdir()
    return path


def test_what_is_kept_comes_back_to_the_last_bit(kept: Store) -> None:
    found, again = made(kept)
    assert equal(found, arrays()) and not again
    assert made(kept, OTHER)[1]
    assert made(Store(None))[1]


def test_every_byte_changed_and_every_length_is_found(kept: Store) -> None:
    content = only_file(kept).read_bytes()
    assert opened(content, "numbers", KEY) is not None
    for at in range(len(content)):
        assert opened(content[:at], "numbers", KEY) is None
        assert opened(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :], "numbers", KEY) is None
    assert opened(content + b"\0", "numbers", KEY) is None
    assert opened(content, "other things", KEY) is None


@pytest.mark.parametrize("wrong", ["swapped", "cut", "foreign", "empty", "folder", "of other contents"])
def test_a_wrong_file_is_made_again(kept: Store, wrong: str) -> None:
    path = only_file(kept)
    content = {
        "swapped": sealed("numbers", OTHER, arrays()),
        "cut": path.read_bytes()[:-7],
        "foreign": b"PK\x03\x04" * 100,
        "empty": b"",
        "of other contents": sealed("other things", KEY, {}),
    }
    path.unlink()
    if wrong == "folder":
        path.mkdir()
    else:
        path.write_bytes(content[wrong])
    assert made(kept)[1]
    assert made(kept)[1] == (wrong == "folder")  # which nobody takes away


def headed(header: bytes, data: bytes = b"") -> bytes:
    content = MAGIC + header + b"\n" + data
    return content + hashlib.sha256(content).digest()


@pytest.mark.parametrize(
    "told",
    [
        "null",
        "[]",
        '{"what": "numbers"}',
        '[["x", "<f8", [-1]]]',
        '[["x", "<f8", [1e9]]]',
        '[["x", "<f8", [99999999999999999999]]]',
        '[["x", "|O", [1]]]',
        '[["x", "V8", [1]]]',
        '[["x", "no kind", [1]]]',
        '[["x", "<f8", "1"]]',
        '[["x", "<f8"]]',
        '[["x", "<f8", [2]]]',
        "[" * 100_000,
    ],
)
def test_a_header_that_lies_is_no_header(told: str) -> None:
    header = f'{{"what": "numbers", "key": "{KEY}", "arrays": {told}}}'.encode()
    assert opened(headed(header, bytes(8)), "numbers", KEY) is None
    assert opened(headed(told.encode(), bytes(8)), "numbers", KEY) is None


def test_a_full_disk_and_a_folder_that_cannot_be_are_told_once(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert equal(made(kept, OTHER)[0], arrays())
    assert "No space left on device" in kept.note and kept.folder is not None
    assert re.search(r"[0-9.]+ MiB more would be needed and [0-9,.]+ MiB is free", kept.note)
    assert [p.suffix for p in kept.folder.iterdir()] == [store.SUFFIX]
    assert not made(kept)[1]  # what is there is read all the same
    beside = Store(only_file(kept) / "no folder")
    assert equal(made(beside)[0], arrays()) and beside.note


@pytest.mark.usefixtures("hasty_calibration", "no_figures")
@pytest.mark.parametrize("switched_off", [False, True])
def test_a_run_tells_at_its_end_that_nothing_is_kept(
    switched_off: bool, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("RECOVERY_CEA_STORE", str(tmp_path / "a file" / "store"))
    words = ("--setting", "simpson_2014", "--fixed", "--people", 20, "--json", "--out", tmp_path / "out")
    done = command("run", "peer_support_workers", *words, *(["--no-store"] if switched_off else []))
    assert done.code == 0 and (tmp_path / "out" / "manifest.json").exists()
    told = f"note: nothing more is kept in {tmp_path / 'a file' / 'store'}: Not a directory ("
    assert done.err == "" if switched_off else done.err.startswith(told) and done.err.count("\n") == 1


def test_beyond_its_size_what_was_not_used_for_longest_goes(tmp_path: Path) -> None:
    one = len(sealed("numbers", KEY, arrays()))
    kept = Store(tmp_path, most=3 * one + 3)
    keys = [key_of([bytes([i])]) for i in range(4)]
    for age, key in enumerate(keys[:3]):
        made(Store(tmp_path), key)
        os.utime(tmp_path / f"{key}{store.SUFFIX}", (1000 + age, 1000 + age))
    assert not made(kept, keys[0])[1]  # used now
    made(kept, keys[3])
    assert {p.stem for p in tmp_path.iterdir()} == {keys[0], keys[3]} and not kept.note


def test_a_run_larger_than_the_store_keeps_what_it_made_first(tmp_path: Path) -> None:
    one = len(sealed("numbers", KEY, arrays()))
    made(Store(tmp_path), OTHER)
    kept = Store(tmp_path, most=2 * one + 3)
    keys = [key_of([bytes([i])]) for i in range(4)]
    for key in keys:
        assert equal(made(kept, key)[0], arrays())
    assert {p.stem for p in tmp_path.iterdir()} == set(keys[:2]) and "fills its" in kept.note


def test_the_store_stands_where_it_is_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert workplace.usual().folder is None  # in tests
    monkeypatch.setenv("RECOVERY_CEA_STORE", str(tmp_path / "mine"))
    assert workplace.usual().folder == tmp_path / "mine" and workplace.usual() is workplace.usual()
    workplace.choose(None)
    assert workplace.usual().folder is None
    workplace.choose_usual()
    monkeypatch.delenv("RECOVERY_CEA_STORE")
    assert str(workplace.usual().folder).endswith("store")


# --- words ------------------------------------------------------------------------------------------


def test_nothing_is_spelt_as_another() -> None:
    things: list[object] = [None, True, 1, 1.0, -0.0, 0.0, "1", "", (), ("",), ("", ""), ((), ""), {"a": 1}, ("a", 1)]
    things += [np.zeros(2), np.zeros(3), np.zeros((1, 2)), np.zeros(2, np.int64), np.array([0.0, -0.0])]
    things += [frozenset({"a"}), float("nan"), *(load("joint_crisis_plan", s).setting for s in ("base", "waning"))]
    assert len({spelt(x) for x in things}) == len(things)
    assert spelt(np.float64(1.0)) == spelt(1.0) and spelt([1]) == spelt((1,))
    for thing in (len, object(), lambda: 0, Store):
        with pytest.raises(TypeError, match="not spelt"):
            spelt((1, thing))


def test_a_spelling_is_the_same_in_another_process() -> None:
    code = (
        "import hashlib\nfrom models.catalogue import problem\nfrom simulate.engine.keeping.words import spelt\n"
        "print(hashlib.sha256(spelt(problem('joint_crisis_plan'))).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(spelt(problem("joint_crisis_plan"))).hexdigest()


# --- solving with it --------------------------------------------------------------------------------


def solved(name: tuple[str, str], kept: Store, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """All that a calibration tells, and its engine parameters in 64 draws."""
    monkeypatch.setattr(solving, "here", lambda: workplace.Workplace(kept))
    case = load(*name)
    found = solved_for(case, fixed=False)
    drawn = drawn_for(ask(case, draws=64, people=10))
    ready = found.apply(drawn)
    told = {n: getattr(found, n).tobytes() for n in ("value", "published", "achieved", "error")}
    return (
        told
        | {t.unknown: ready.column(t.unknown).tobytes() for t in found.targets}
        | {"left": bytes([found.unsolved(drawn)])}
    )


def same_with_and_without(name: tuple[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulate.solve.solution.MOST_BEYOND", (2, 0.0))
    without = solved(name, Store(None), monkeypatch)
    kept = Store(folder)
    assert solved(name, kept, monkeypatch) == without
    before, made_before = driver.kernel_runs, kept.made
    assert solved(name, kept, monkeypatch) == without
    assert (driver.kernel_runs, kept.made) == (before, made_before) and kept.taken == made_before
    (damaged, *_) = sorted(folder.iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-40])
    assert solved(name, kept, monkeypatch) == without and kept.made == made_before + 1


@pytest.mark.usefixtures("hasty_calibration")
def test_the_same_bits_with_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same_with_and_without(("peer_support_workers", "simpson_2014"), tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.usefixtures("hasty_calibration")
@pytest.mark.parametrize(
    "name",
    [
        ("joint_crisis_plan", "base"),
        ("individual_placement_and_support", "japan"),
        ("housing_first", "bretherton_2015"),
    ],
    ids="/".join,
)
def test_the_same_bits_with_and_without_in(
    name: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_with_and_without(name, tmp_path, monkeypatch)


@pytest.mark.usefixtures("hasty_calibration")
def test_another_effect_leaves_what_usual_care_was_solved_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Store(tmp_path)
    monkeypatch.setattr(solving, "here", lambda: workplace.Workplace(kept))
    solved_for(load("peer_support_workers", "simpson_2014"), fixed=True)
    assert (kept.made, kept.taken) == (2, 0)
    solved_for(load("peer_support_workers", "simpson_2014", changes={"or_readmission_peer_worker": 0.8}), fixed=True)
    assert (kept.made, kept.taken) == (3, 1)
    longer = load("peer_support_workers", "simpson_2014")
    longer = replace(longer, setting=replace(longer.setting, horizon=0.5))
    solved_for(longer, fixed=True)
    assert (kept.made, kept.taken) == (5, 1)


def test_files_of_others_in_its_folder_stay(tmp_path: Path) -> None:
    """However old, and however full the store is."""
    others = [tmp_path / name for name in ("thesis.tmp", "data.found", "a.12.00000000.tmp", f"{'g' * 64}.found")]
    for path in others:
        path.write_text("mine")
        os.utime(path, (1.0, 1.0))
    mine = tmp_path / f"{'a' * 64}.12.0123abcd.tmp"
    mine.write_text("unfinished")
    os.utime(mine, (1.0, 1.0))
    small = Store(tmp_path, most=10)
    for key in ("b" * 64, "c" * 64):
        small.kept("numbers", key, lambda: {"x": np.arange(100.0)})
    assert [p.read_text() for p in others] == ["mine"] * 4 and not mine.exists()
    assert not (tmp_path / f"{'b' * 64}.found").exists()  # its own goes


def test_the_command_lists_verifies_and_clears_what_is_ours(kept: Store, command: Any) -> None:
    assert kept.folder is not None
    made(kept, OTHER)
    (kept.folder / "letters.txt").write_text("mine")
    (kept.folder / f"{'0' * 64}.found").symlink_to(kept.folder / "letters.txt")
    where = "--store", kept.folder
    assert command("store", *where).out.count("numbers: 2 files") == 1
    assert command("store", "verify", *where).code == 0
    wrong = kept.folder / f"{KEY}{store.SUFFIX}"
    wrong.write_bytes((kept.folder / f"{OTHER}{store.SUFFIX}").read_bytes())  # whole, and another's
    done = command("store", "verify", *where)
    assert done.code == 1 and wrong.name in done.out
    assert command("store", "clear", "--older-than", 1, *where).out.count("removed: 0 files") == 1
    assert command("store", "clear", *where).out.count("removed: 2 files") == 1
    assert {p.name for p in kept.folder.iterdir()} == {"letters.txt", f"{'0' * 64}.found"}
    assert command("store", "burn", *where).code == 2


def test_a_folder_of_ones_choice(tmp_path: Path, command: Any) -> None:
    (tmp_path / "file").write_text("")
    asked = "run", "recovery_college", "--draws", 8, "--people", 5, "--figures", "none", "--out", tmp_path / "out"
    assert command(*asked, "--store", tmp_path / "file").code == 2
    assert command(*asked, "--store", tmp_path / "mine", "--no-store").code == 2
    assert not (tmp_path / "out").exists()
