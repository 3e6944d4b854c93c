"""The bytes of a file that somebody named: a pipe never keeps us waiting, a device is never read without end."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

MEBIBYTE = 2**20


def content_of(path: Path, most: int) -> bytes:
    """All that is in a regular file of at most `most` bytes, read once.

    ``OSError`` where it cannot be read or is no regular file: what a pipe holds can be read only once, and what is
    read is also hashed. ``ValueError`` where it is larger.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("is a pipe or a device; save what it holds as a file")
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"is larger than {most / MEBIBYTE:g} MiB")
    return content


def digest_of(path: Path) -> str:
    """The SHA-256 of a regular file, in hexadecimal, whatever its size; ``OSError`` as ``content_of``."""
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("is a pipe or a device; save what it holds as a file")
        return hashlib.file_digest(file, "sha256").hexdigest()


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # or a pipe that nobody writes to is waited for
