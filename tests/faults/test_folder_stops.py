"""A replacement that is stopped at any file operation leaves the old or the new folder whole, in its place."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from models.contract import ModelError
from simulate.present.folder import exchange, hold, output
from simulate.present.folder.hold import release_all, work_folder
from simulate.present.folder.output import claim, write
from simulate.present.folder.place import Place
from simulate.present.folder.survey import survey
from tests.faults.test_folders import contents, face


class Killed(BaseException):
    """As if the process had ended: from then on no operation succeeds."""


class Stop:
    """Counts file operations below a folder; at the `nth` it raises, and at each one after it where it is a kill."""

    def __init__(self) -> None:
        self.active, self.kill, self.nth, self.count = False, True, -1, 0
        self.root = ""

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.active or not (event == "open" or event.startswith(("os.", "shutil."))):
            return
        if event == "open" and not (arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            return
        if event == "os.listdir" or event == "os.scandir" or self.root not in str(arguments[0]):
            return
        self.step()

    def step(self) -> None:
        if not self.active:
            return
        self.count += 1
        if self.count == self.nth or (self.kill and self.count > self.nth >= 0):
            raise Killed if self.kill else OSError(5, "Input/output error")


STOP = Stop()
sys.addaudithook(STOP)  # for good, and idle unless a test makes it active


@pytest.fixture
def stop(tmp_path: Path) -> Iterator[Stop]:
    STOP.__init__()  # type: ignore[misc]
    STOP.root = str(tmp_path)
    yield STOP
    STOP.active = False


def _replace(stop: Stop, folder: Path, nth: int) -> bool:
    """A replacement that is stopped at its `nth` operation; whether it came so far."""
    stop.nth, stop.count, stop.active = nth, 0, True
    try:
        place = Place(folder, overwrite=True)
        output.claim(place, "run")
        write(face(2), folder, place=place)
    except (Killed, OSError):
        return True
    finally:
        stop.active = False
    return stop.count >= nth


@pytest.mark.parametrize("kill", [True, False], ids=["kill", "error"])
@pytest.mark.parametrize("atomic", [True, False], ids=["exchange", "two renames"])
@pytest.mark.parametrize("before", ["nothing", "an answer and strangers"])
def test_a_stop_at_any_operation_leaves_the_old_or_the_new_folder(
    kill: bool, atomic: bool, before: str, stop: Stop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = exchange.exchange

    def counted(one: Path, other: Path) -> bool:
        STOP.step()
        done = real(one, other) if atomic else False
        if STOP.kill:
            STOP.step()
        return done

    monkeypatch.setattr(exchange, "exchange", counted)
    taken, lock = list[tuple[int, os.stat_result]](), hold._locked

    def locked(folder: Path) -> int:
        descriptor = lock(folder)
        taken.append((descriptor, os.fstat(descriptor)))
        return descriptor

    monkeypatch.setattr(hold, "_locked", locked)
    stop.kill, nth, reached, seen = kill, 0, True, set[str]()
    theirs = {"board.docx": b"x", "mine/z": b"z"} if "strangers" in before else {}
    while reached:
        nth += 1
        place = tmp_path / f"at{nth}"
        folder = place / "out"
        place.mkdir()
        if before != "nothing":
            write(face(1), folder)
        for name, data in theirs.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        reached = _replace(stop, folder, nth)
        _forget(taken)
        seen.add(_state(folder, theirs, settled=atomic or not kill))
        stop.active = False
        last = Place(folder, overwrite=True)
        output.claim(last, "run")
        seen.add(_state(folder, theirs, settled=True))
        write(face(4), folder, place=last)
        assert contents(folder)["note.txt"] == b"note 4"
        assert theirs.items() <= contents(folder).items()
        assert [p.name for p in place.iterdir()] == ["out"], nth
    assert nth > 10 and {"old", "new"} <= seen


def _forget(taken: list[tuple[int, os.stat_result]]) -> None:
    """Drop the locks as the end of a process does: nothing is cleared away."""
    for descriptor, file in taken:
        with suppress(OSError):  # given back before, and perhaps another file's now
            if os.path.samestat(os.fstat(descriptor), file):
                os.close(descriptor)
    taken.clear()
    hold._held.clear()


def _state(folder: Path, theirs: dict[str, bytes], *, settled: bool) -> str:
    """Which of the two stands there, whole; nothing does only in the moment between two renames."""
    found = contents(folder)
    ours = {name: data for name, data in found.items() if name not in theirs}
    if not folder.exists() or not ours:
        assert not settled or (not folder.exists() and not theirs)
        return "old" if settled else "between"
    n = 1 if ours["note.txt"] == b"note 1" else 2
    assert set(ours) == {"summary.json", "rows.csv", "note.txt", "manifest.json", *(["more.csv"] if n == 1 else [])}
    assert survey(folder).kind == "run" and set(survey(folder).others) == set(theirs)
    assert theirs.items() <= found.items()
    return "old" if n == 1 else "new"


def test_a_run_that_fails_lets_go(tmp_path: Path) -> None:
    output.claim(Place(tmp_path / "a" / "b" / "out"), "run")
    assert work_folder(tmp_path / "a" / "b" / "out").is_dir()
    release_all()
    assert list(tmp_path.iterdir()) == []


def test_what_dead_processes_left_beside_a_folder_is_cleared_away(tmp_path: Path) -> None:
    """And nothing else: of a live one, of another machine, or with something of others in it."""
    dead, here = "99999999", platform.node()
    left = {
        "dead": f"{dead} {here}",
        "live": f"{os.getppid()} {here}",
        "far": f"{dead} far.{here}",
        "odd": "",
        "full": "",
    }
    for name, who in left.items():
        (tmp_path / f".{name}.writing" / "new").mkdir(parents=True)
        (tmp_path / f".{name}.writing" / "lock").write_text(f"{who or f'{dead} {here}'}\n")
        (tmp_path / f"{name}.progress.json").write_text('{"file": "recovery-cea progress"}')
    (tmp_path / ".full.writing" / "mine").touch()
    (tmp_path / ".odd.writing" / "lock").write_text("somebody")
    (tmp_path / ".before.writing" / "before").mkdir(parents=True)
    (tmp_path / ".before.writing" / "lock").write_text(f"{dead} {here}\n")
    output.claim(Place(tmp_path / "out"), "run")
    release_all()
    names = {n for kept in ("live", "far", "odd", "full") for n in (f".{kept}.writing", f"{kept}.progress.json")}
    assert {p.name for p in tmp_path.iterdir()} == {"before", *names}


@pytest.mark.parametrize("name", ["...writing", "..writing", ".notes.writing", ".linked.writing"])
def test_what_is_called_like_ours_and_is_not_stays(name: str, tmp_path: Path) -> None:
    """Inside a folder of results, beside it and in its way: no lock of ours, no clearing; a link is not followed."""
    folder, other = tmp_path / "out", tmp_path / "elsewhere"
    write(face(1), folder)
    for where in (folder, tmp_path):
        (where / name / "new").mkdir(parents=True)
        (where / name / "new" / "mine.txt").write_text("mine", encoding="utf-8")
    (other / ".linked.writing" / "new").mkdir(parents=True)
    (other / ".linked.writing" / "new" / "theirs.txt").write_text("theirs", encoding="utf-8")
    (folder / "linked").symlink_to(other / "linked")
    with suppress(ModelError):
        place = Place(folder, overwrite=True)
        claim(place, "run")
        write(face(2), folder, place=place)
    assert (folder / name / "new" / "mine.txt").is_file() and (tmp_path / name / "new" / "mine.txt").is_file()
    assert (other / ".linked.writing" / "new" / "theirs.txt").is_file()


def test_what_is_in_the_way_of_what_is_written_first_is_named(tmp_path: Path) -> None:
    mine = tmp_path / ".out.writing" / "new" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(ModelError, match="is none of ours, and in the way"):
        write(face(1), tmp_path / "out")
    assert mine.is_file()
