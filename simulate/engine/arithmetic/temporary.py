"""Folders of the user's own among the system's temporary ones: one for what can be made again, and others for as long
as a process needs them, which the next clears away where that was killed. Imports nothing heavy."""

from __future__ import annotations

import os
import platform
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

JUST_MADE = 1.0  # seconds in which a new folder may not be locked yet
PASSING = re.compile(r"recovery-cea-of-([0-9]{1,10})-on-([A-Za-z0-9.-]{1,64})-[a-z0-9_]{8}")


@contextmanager
def passing_folder() -> Iterator[Path]:
    """A new folder, gone with whoever asked for it; what dead processes of this machine left is cleared away first."""
    clear_what_passed()
    prefix = f"recovery-cea-of-{os.getpid()}-on-{_machine()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder, _in_use(Path(folder)):
        yield Path(folder)


def clear_what_passed() -> None:
    """Remove the passing folders of this user's processes on this machine that are no more."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for entry in found:
            name = PASSING.fullmatch(entry.name)
            if name and name[2] == _machine() and is_dead(int(name[1])) and _is_own(Path(entry.path)):
                _remove_unused(Path(entry.path))


@contextmanager
def _in_use(folder: Path) -> Iterator[None]:
    """Within, the folder is locked: a container of the same name does not see this process, but that it does see."""
    descriptor = _locked(folder)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _remove_unused(folder: Path) -> None:
    """Remove it, unless a process has it locked or has only just made it."""
    with suppress(OSError):
        if time.time() - folder.stat().st_ctime < JUST_MADE:
            return
        descriptor = _locked(folder)
        if descriptor is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)


def _locked(folder: Path) -> int | None:
    """A descriptor of a folder with the lock on it; None where another process has that, or there is no such thing."""
    if os.name == "nt":
        return None
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_dead(process: int) -> bool:
    """Whether there is no process of this number on this machine; False where that cannot be told."""
    if os.name == "nt":  # where asking would end it
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # somebody else's
        return False
    return False


def _machine() -> str:
    """Its name, as far as a name of a file takes it."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", platform.node())[:64] or "-"


def _is_own(folder: Path) -> bool:
    """Whether it is a folder, no link, of this user's."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "getuid") or found.st_uid == os.getuid())


def own_temporary_folder() -> Path | None:
    """The folder, made where it is not there and the same at each run; None where only its owner could not write it."""
    user = str(os.getuid()) if hasattr(os, "getuid") else "files"  # Windows' temporary folder is the user's own
    try:
        folder = Path(tempfile.gettempdir()) / f"recovery-cea-{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder if _is_private(folder) else None
    except OSError:
        return None


def home_folder() -> Path | None:
    """The user's home; None where there is none, which is not made."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    named = os.environ.get("HOME") != ""  # which Python takes for the root of all folders
    return home if named and home.is_absolute() and home.is_dir() else None


def is_usable(folder: Path) -> bool:
    """Whether files can be written to `folder`, which is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _is_private(folder: Path) -> bool:
    if not hasattr(os, "getuid"):
        return True
    found = folder.lstat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o022 and not folder.is_symlink()
