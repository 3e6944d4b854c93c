"""One process at a time at a folder of results: from when it is asked for until it is written.

The system's lock on a file in the work folder beside it; it ends with its process, so it is never stale.
"""

from __future__ import annotations

import errno
import os
import platform
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from models.contract import ModelError
from parameters.files.content import content_of
from parameters.ground.spoken import option
from simulate.engine.arithmetic.temporary import is_dead
from simulate.present.folder.exchange import BEFORE, NEW, SWAP, recover

LOCK = "lock"
UNFINISHED = "progress"  # of how far it is, while that is written
HOLDER = re.compile(rb"([0-9]{1,10}) ([A-Za-z0-9._-]{1,253})\n")  # what is written in it: a process, and its machine
_meant: dict[Path, Path] = {}  # what a name was resolved to when it was claimed, whatever has come there since
_held: dict[Path, Hold] = {}  # what this process holds: a lock is the process's


@dataclass
class Hold:
    """A folder that this process may write, and the work folder beside it."""

    folder: Path
    descriptor: int
    made: list[Path] = field(default_factory=list)  # parents that were not there, innermost first
    ending: list[Callable[[], None]] = field(default_factory=list)  # what is done before it is let go

    @property
    def work(self) -> Path:
        """Where the folder is made, and what is taken out of its place."""
        return work_folder(self.folder)


def work_folder(folder: Path) -> Path:
    """The name of the work folder of `folder`; whoever wants to write there uses the same."""
    return folder.with_name(f".{folder.name}.writing")


def real(folder: Path) -> Path:
    """A folder with every link followed; ``OSError`` where one leads back to itself, in every Python."""
    try:
        return folder.resolve()
    except RuntimeError as fault:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder)) from fault


def hold(folder: Path, tell: Callable[[str], object] = lambda text: None) -> Hold:
    """Keep others from writing to `folder` until ``release``, and clear away what a killed run left there.

    ``ModelError`` when another process holds it; ``OSError`` when nothing can be written beside it.
    """
    named, folder = folder.absolute(), real(folder)
    _meant[named] = folder
    if folder not in _held:
        _refuse_strangers(work_folder(folder))
        made = [p for p in folder.parents if not p.exists()]
        try:
            _held[folder] = Hold(folder, _locked(folder), made)
        except OSError as fault:
            _remove_empty(made)
            beside = next(p for p in folder.parents if p.exists())
            raise OSError(
                f"{option('folder', str(folder))}: nothing can be written to {beside}: {fault.strerror}"
            ) from fault
        with suppress(OSError):
            (work_folder(folder) / UNFINISHED).unlink()
        recover(work_folder(folder), folder, tell)
    return _held[folder]


def _refuse_strangers(work: Path) -> None:
    """Raise ``ModelError`` for a work folder that holds something and no lock: each of ours has it from the start."""
    if work.is_dir() and not (work / LOCK).exists() and any(work.iterdir()):
        raise ModelError(f"{work}: is none of ours, and in the way of what is written first; allowed: to move it")


def clear_beside(folder: Path) -> list[Path]:
    """Clear away what dead processes of this machine left of folders beside one that is held, as each would itself;
    of which folders."""
    return clear_within(real(folder).parent)


def clear_within(folder: Path) -> list[Path]:
    """The same of folders in one, and of none that a link leads to: of each that was cleared."""
    cleared = []
    for work in real(folder).glob(".?*.writing"):
        name = work.name.removeprefix(".").removesuffix(".writing")
        if name in ("", ".", ".."):
            continue
        inside = work.with_name(name)
        with suppress(OSError, ValueError, ModelError):
            if not inside.is_symlink() and inside not in _held and _is_of_dead(work):
                hold(inside)
                release(inside)
                cleared.append(inside)
    return cleared


def _is_of_dead(work: Path) -> bool:
    """Whether a work folder is this user's, with nothing of others in it, and was held by a process that is dead."""
    if work.is_symlink() or (hasattr(os, "getuid") and work.stat().st_uid != os.getuid()):
        return False
    if not set(os.listdir(work)) <= {LOCK, UNFINISHED, NEW, SWAP, BEFORE} or not (work / LOCK).is_file():
        return False
    found = HOLDER.fullmatch(content_of(work / LOCK, 300))
    return found is not None and found[2] == _this_machine() and is_dead(int(found[1]))


def meant(folder: Path) -> Path:
    """The folder that is held under this name, also where a link has come there since; or else what it leads to."""
    found = _meant.get(folder.absolute(), folder)
    return found if found in _held else real(folder)


def held(folder: Path) -> Hold | None:
    """What this process holds there, if it does."""
    return _held.get(meant(folder))


def release(folder: Path) -> None:
    """Let others write to `folder`, and leave nothing beside it."""
    found = _held.pop(meant(folder), None)
    if found is None:
        return
    for end in found.ending:
        end()
    with suppress(OSError):
        if os.name == "nt":  # nothing open can be removed there
            os.close(found.descriptor)
        (found.work / LOCK).unlink()
        found.work.rmdir()
    with suppress(OSError):
        os.close(found.descriptor)
    _remove_empty(found.made)


def release_all() -> None:
    """Let go of every folder that this process holds."""
    for folder in list(_held):
        let_go(folder)


def let_go(folder: Path) -> None:
    """Let others write to `folder`, where nothing was finished for it; what was begun is cleared away."""
    folder = meant(folder)
    if folder in _held:
        with suppress(OSError):
            recover(work_folder(folder), folder, lambda text: None)
        release(folder)


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _locked(folder: Path) -> int:
    """A descriptor with the lock on it. Who had it before takes its file away, so it is looked for again."""
    work = work_folder(folder)
    for _ in range(1000):
        work.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(work / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:
            continue
        if not _lock(descriptor):
            who = _holder(descriptor)
            os.close(descriptor)
            raise ModelError(
                f"{option('folder', str(folder))}: another run is writing to it{who}; allowed: wait until it has ended,"
                f" or another {option('folder')}"
            )
        if _is_still(work / LOCK, descriptor):
            _sign(descriptor)
            return descriptor
        os.close(descriptor)
    raise OSError(11, "the lock is never to be had", str(work))


def _sign(descriptor: int) -> None:
    """Say in the file who has the lock."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d %b\n" % (os.getpid(), _this_machine()))


def _this_machine() -> bytes:
    return platform.node().encode("ascii", "replace")


def _holder(descriptor: int) -> str:
    """Who says to have the lock; empty where nobody does, or in another form than ours."""
    with suppress(OSError):
        if found := HOLDER.fullmatch(os.read(descriptor, 300)):
            return f" (process {found[1].decode()} on {found[2].decode()})"
    return ""


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> bool:
    """Whether the lock is ours; so it is taken to be where a file system has none."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
