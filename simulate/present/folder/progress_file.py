"""How far a run is, as a file beside its folder of results while it runs: ``NAME.progress.json``, to be watched.

It is replaced whole, at most once a second, and taken away when the folder is let go. What a killed run left there is
replaced by the next; a file of anybody else's is left alone, and none is written.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from parameters.files.content import content_of
from parameters.mistakes import why
from simulate.present.folder.hold import UNFINISHED, held

MARK = "recovery-cea progress"  # by which ours are known
LARGEST = 65_536  # bytes of one of ours

Identity = tuple[int, int, int, int]


def progress_path(folder: Path) -> Path:
    """Where it stands for a folder of results."""
    return folder.with_name(f"{folder.name}.progress.json")


class ProgressFile:
    """The file of a folder that this process holds; for any other nothing is written."""

    def __init__(self, folder: Path):
        self.hold = held(folder)
        self.lock, self.ended, self.note = Lock(), self.hold is None, ""
        self.mine: Identity | None = None  # the file that we wrote last
        if self.hold is not None:
            self.path = progress_path(self.hold.folder)
            self.hold.ending.append(self.close)

    def write(self, facts: Mapping[str, Any]) -> None:
        """Replace what it says; where that cannot be, `note` says why, and nothing more is written."""
        with self.lock:
            if self.ended or self.hold is None:
                return
            try:
                if not self._is_ours():
                    self.ended, self.note = True, f"{self.path} is somebody else's: how far it is, is not written there"
                    return
                self._replace(self.hold.work / UNFINISHED, facts)
            except OSError as fault:
                self.ended, self.note = True, f"{self.path}: cannot be written ({why(fault)})"

    def close(self) -> None:
        """Take it away."""
        with self.lock:
            if self.hold is None:
                return
            self.ended = True
            with suppress(OSError):
                (self.hold.work / UNFINISHED).unlink()
            with suppress(OSError):
                if self.mine is not None and _identity(self.path) == self.mine:
                    self.path.unlink()
            self.mine = None

    def _is_ours(self) -> bool:
        there = _identity(self.path)
        return there is None or there == self.mine or (self.mine is None and is_progress(self.path))

    def _replace(self, new: Path, facts: Mapping[str, Any]) -> None:
        who = {"pid": os.getpid(), "host": socket.gethostname(), "command": shlex.join(["recovery-cea", *sys.argv[1:]])}
        with new.open("w", encoding="utf-8") as out:
            out.write(json.dumps({"file": MARK, **facts, **who}, indent=1) + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.replace(new, self.path)
        self.mine = _identity(self.path)


def clear_progress(folder: Path) -> None:
    """Take away what a killed run left of how far it was."""
    if is_progress(progress_path(folder)):
        with suppress(OSError):
            progress_path(folder).unlink()


def is_progress(path: Path) -> bool:
    """Whether a file is one of these."""
    try:
        if path.is_symlink() or not path.is_file():
            return False
        found = json.loads(content_of(path, LARGEST))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("file") == MARK


def _identity(path: Path) -> Identity | None:
    """What stands there, as far as that can be told without reading it; None for nothing."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size  # a number is given to others once it is free
