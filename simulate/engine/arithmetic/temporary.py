"""A folder of the user's own among the system's temporary ones, for what can be made again; imports nothing heavy."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


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
