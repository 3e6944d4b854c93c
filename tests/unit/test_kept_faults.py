"""What is kept, when the disk is full, the clock is wrong, others write too, or somebody has been at the files."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.verify.kept.resume import compare
from simulate.engine.keeping.chunks import WHAT
from simulate.engine.keeping.inventory import clear, inventory
from simulate.engine.keeping.sealing import MAGIC, SEAL, kind_of, opened
from simulate.engine.keeping.store import SUFFIX, Store
from simulate.engine.keeping.workplace import notes

KEYS = [f"{n:064x}" for n in range(8)]
DAY = 86_400.0
ROOT = Path(__file__).resolve().parents[2]


def arrays(key: str = KEYS[0], size: int = 100) -> dict[str, Any]:
    return {"x": np.arange(float(size)) + int(key, 16)}


def kept(folder: Path, keys: list[str], **how: Any) -> Store:
    found = Store(folder, **how)
    for key in keys:
        found.kept("numbers", key, lambda key=key: arrays(key))  # type: ignore[misc]
    return found


def file(folder: Path, key: str) -> Path:
    return folder / f"{key}{SUFFIX}"


# --- every region of a real chunk -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def chunks(tmp_path_factory: pytest.TempPathFactory, command: Any) -> Path:
    """The store of a run whose chunks are some tens of kilobytes."""
    folder = tmp_path_factory.mktemp("chunks")
    words = ("--draws", 8, "--people", 8, "--no-variants", "--figures", "none", "--out", folder / "out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulate.engine.keeping.chunks.STEPS", 200)
        assert command("run", "safewards", *words, "--store", folder / "store").code == 0
        patch.setattr("simulate.engine.keeping.workplace._folder", [])
    return folder / "store"


def test_every_region_of_a_chunk_and_every_4_kb_of_its_length(chunks: Path) -> None:
    mine = [p for p in chunks.iterdir() if kind_of(p.read_bytes()) == WHAT]
    path = max(mine, key=lambda p: p.stat().st_size)
    content, key = path.read_bytes(), path.stem
    header = content.index(b"\n", len(MAGIC)) + 1
    assert opened(content, WHAT, key) is not None and len(content) > 3 * 4096
    rng = random.Random(1)
    places = [
        *range(header + 64),
        *rng.sample(range(header, len(content)), 200),
        *range(len(content) - SEAL, len(content)),
    ]
    for at in places:
        changed = bytearray(content)
        changed[at] ^= 1 << rng.randrange(8)
        assert opened(bytes(changed), WHAT, key) is None, at
    for length in [*range(0, len(content), 4096), *range(header), len(content) - 1]:
        assert opened(content[:length], WHAT, key) is None, length
    for at in range(0, len(content) - 8192, 4096):  # two blocks exchanged; one of zeros, as a torn write leaves it
        one, other = content[at : at + 4096], content[at + 4096 : at + 8192]
        if one != other:
            assert opened(content[:at] + other + one + content[at + 8192 :], WHAT, key) is None
        if any(one):
            assert opened(content[:at] + bytes(4096) + content[at + 4096 :], WHAT, key) is None


@pytest.mark.parametrize("what", ["swapped", "foreign", "zeros", "folder", "link", "link to itself", "pipe", "huge"])
def test_only_what_is_wrong_is_made_again_and_the_rest_is_still_kept(what: str, tmp_path: Path) -> None:
    place, outside = tmp_path / "store", tmp_path / "mine"
    kept(place, KEYS[:4])
    wrong, other = file(place, KEYS[1]), file(place, KEYS[2])
    bad = [KEYS[1]]
    if what == "swapped":
        wrong.rename(outside)
        other.rename(wrong)
        outside.rename(other)
        bad.append(KEYS[2])
    elif what in ("foreign", "zeros"):
        wrong.write_bytes(b"PK\x03\x04" * 100 if what == "foreign" else bytes(wrong.stat().st_size))
    elif what == "huge":
        os.truncate(wrong, 2**40)
    else:
        wrong.rename(outside)
        os.utime(outside, (1.0, 1.0))
        if what == "folder":
            wrong.mkdir()
        elif what == "pipe":
            os.mkfifo(wrong)
        else:
            wrong.symlink_to(outside if what == "link" else wrong)
    found = kept(place, KEYS[:6])
    bad = [] if what == "link" else bad  # what it leads to is whole
    assert found.made == len(bad) + 2 and found.taken == 4 - len(bad)
    assert not outside.exists() or outside.stat().st_mtime == 1.0  # nothing outside is touched
    again = kept(place, KEYS[:6])
    assert again.made == (what == "folder") and not again.stopped
    assert bool(again.note) == (what == "folder")  # it could not be kept, which is told
    assert what == "folder" or not inventory(place, whole=True).wrong


# --- no room ----------------------------------------------------------------------------------------------

IN_LITTLE_ROOM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
sys.argv = ["recovery-cea", *sys.argv[1:]]
from simulate.present.cli import main
sys.exit(main())
"""
RUN = ("run", "safewards", "--people", "20", "--no-variants", "--figures", "none")


def asked(place: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RECOVERY_CEA_STORE": str(place / "store")}
    line = [sys.executable, "-P", "-c", code, *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=place, env=environment, check=False)


@pytest.mark.slow
def test_on_a_full_disk_the_old_results_stay_and_what_is_needed_is_told(tmp_path: Path, command: Any) -> None:
    where = "--out", str(tmp_path / "out")
    assert command(*RUN, "--draws", "8", *where).code == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()}
    done = asked(tmp_path, IN_LITTLE_ROOM, *RUN, "--draws", "64", "--overwrite", *where)
    assert done.returncode == 4 and "Incremental" in done.stdout, done.stderr
    told = r"error: --out .*out: File too large: the results take (more than )?[0-9.]+ MiB, and [0-9.,]+ MiB is free"
    assert re.search(told, done.stderr), done.stderr
    note = r"note: nothing more is kept in .*store: File too large \([0-9.]+ MiB more would be needed and .* is free\)"
    assert len(re.findall(note, done.stderr)) == 1, done.stderr
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "store"]
    assert not [p for p in (tmp_path / "store").iterdir() if p.suffix == ".tmp"]


def test_what_cannot_be_kept_is_told_once_with_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setenv("RECOVERY_CEA_STORE", str(tmp_path))
    monkeypatch.setattr("simulate.engine.keeping.workplace._opened", {})
    from simulate.engine.keeping.workplace import usual

    for key in KEYS:
        usual().kept("numbers", key, lambda: arrays(size=2**17))
    assert list(tmp_path.iterdir()) == [] and usual().lost == 8 * 2**20
    (note,) = notes()
    assert "No space left on device" in note and "8.0 MiB more would be needed" in note


def test_whoever_is_stopped_while_it_writes_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", pressed)
    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path, KEYS[:1])
    assert list(tmp_path.iterdir()) == []


# --- clocks, and others -----------------------------------------------------------------------------------


def test_a_clock_set_back_throws_away_nothing_in_use_and_keeps_nothing_for_ever(tmp_path: Path) -> None:
    one = file(tmp_path, KEYS[0])
    kept(tmp_path, KEYS[:3])
    size, now = one.stat().st_size, time.time()
    for key, at in zip(KEYS[:3], (now + DAY, now + 3650 * DAY, now), strict=True):
        os.utime(file(tmp_path, key), (at, at))
    unfinished = tmp_path / f"{KEYS[7]}.12.0123abcd.tmp"
    unfinished.write_bytes(b"x")
    os.utime(unfinished, (now + 3650 * DAY,) * 2)
    kept(tmp_path, KEYS[3:5], most=4 * size + 3)
    there = {p.stem for p in tmp_path.glob(f"*{SUFFIX}")}
    assert set(KEYS[2:5]) <= there and len(there) == 3  # what was used since the clock was set back stays
    assert unfinished.exists() and abs(unfinished.stat().st_mtime - now) < 60  # it may be being written
    os.utime(unfinished, (now - 1.1 * DAY,) * 2)
    kept(tmp_path, [KEYS[5]])
    assert not unfinished.exists()
    os.utime(file(tmp_path, KEYS[2]), (now + 3650 * DAY,) * 2)
    assert clear(tmp_path, older_than=0.5) == 1 and not file(tmp_path, KEYS[2]).exists()


def test_others_fill_a_store_too(tmp_path: Path) -> None:
    """Its size holds whoever writes: each counts again from time to time."""
    kept(tmp_path / "one", KEYS[:1])
    most = 20 * file(tmp_path / "one", KEYS[0]).stat().st_size
    some, others = Store(tmp_path / "both", most=most), Store(tmp_path / "both", most=most)
    for n in range(60):
        for one, key in ((some, f"{n:064x}"), (others, f"{n + 1000:064x}")):
            one.used.clear()
            one.kept("numbers", key, arrays)
    assert sum(p.stat().st_size for p in (tmp_path / "both").iterdir()) <= 1.15 * most


def test_a_folder_cleared_while_it_is_written_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, replace = kept(tmp_path, KEYS[:1]), os.replace

    def cleared(one: Path, other: Path) -> None:
        clear(tmp_path)
        replace(one, other)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", cleared)
        found.kept("numbers", KEYS[1], arrays)
    found.kept("numbers", KEYS[2], arrays)
    assert [p.stem for p in tmp_path.iterdir()] == [KEYS[2]] and not found.stopped


AT_ONCE = """
import sys
import numpy as np
from pathlib import Path
from simulate.engine.keeping.store import Store
kept = Store(Path(sys.argv[1]))
for n in range(100):
    x = kept.kept("numbers", f"{n:064x}", lambda: {"x": np.arange(2000.0) + n})["x"]
    assert x[0] == n and x.shape == (2000,)
assert not kept.note, kept.note
"""


def test_two_processes_at_one_store(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-P", "-c", AT_ONCE, str(tmp_path)]
    both = [subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [p.communicate()[1] for p in both] == ["", ""]
    found = inventory(tmp_path, whole=True)
    assert [k.files for k in found.kinds] == [100] and not found.wrong and not found.unfinished


# --- kills -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX signals")
def test_a_run_that_is_killed_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    job = ("run", "safewards", "--draws", "256", "--people", "100", "--no-variants")
    assert compare(tmp_path, job, kills=3, seed=3) == []
