"""When the program began to be loaded, and whether its files were changed since: then they are not what runs."""

from __future__ import annotations

import importlib.util
import marshal
import os
import sys
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

BEGUN = time.time()
ROOT = Path(__file__).resolve().parents[2]
HEADER = 16  # bytes of a file of compiled Python before its code


def _which(folder: Path) -> tuple[int, int]:
    """Which folder stands there: another one of the same name is another."""
    try:
        found = folder.stat()
    except OSError:
        return -1, -1
    return found.st_dev, found.st_ino


FOLDERS = tuple(ROOT / name for name in (".", "simulate", "models", "parameters"))
AT_FIRST = tuple(map(_which, FOLDERS))
_compared: dict[tuple[Path, int, int], bool] = {}  # whether compiled Python is of its source, by when both were written


def are_changed(paths: Iterable[Path]) -> bool:
    """Whether one of the program's files was written since this process began, or is gone, or what Python has kept of
    it compiled is of another source; or another folder stands where the program was."""
    return tuple(map(_which, FOLDERS)) != AT_FIRST or any(is_changed(path) or is_stale(path) for path in paths)


def is_changed(path: Path) -> bool:
    """Whether a file was written since this process began, or is gone; one dated ahead of the clock was not."""
    try:
        found = path.stat()
    except OSError:
        return True
    return BEGUN < (found.st_mtime if os.name == "nt" else found.st_ctime) <= time.time()


def is_stale(path: Path) -> bool:
    """Whether Python would take compiled code of another source for that of this file.

    It goes by size and whole seconds; a source that was written after its code was kept is compared.
    """
    if path.suffix != ".py" or sys.implementation.cache_tag is None:
        return False
    kept = _place_of_compiled(path, sys.pycache_prefix, sys.implementation.cache_tag)
    try:
        source, compiled = os.stat(path), os.stat(kept)
        if source.st_ctime <= compiled.st_ctime:
            return False
        key = path, source.st_ctime_ns, compiled.st_ctime_ns
        if key not in _compared:
            _compared[key] = _is_of_another(path, kept, source)
        return _compared[key]
    except OSError:
        return False  # nothing is kept


@cache
def _place_of_compiled(path: Path, *_: object) -> Path:
    return Path(importlib.util.cache_from_source(str(path)))


def _is_of_another(path: Path, kept: Path, source: os.stat_result) -> bool:
    content = kept.read_bytes()
    flags, seconds, size = (int.from_bytes(content[i : i + 4], "little") for i in (4, 8, 12))
    if flags or seconds != int(source.st_mtime) & 0xFFFFFFFF or size != source.st_size & 0xFFFFFFFF:
        return False  # Python sees that itself, and compiles it again
    try:
        code = marshal.loads(content[HEADER:])
        return bool(code != compile(path.read_bytes(), code.co_filename, "exec", dont_inherit=True))
    except (ValueError, EOFError, TypeError, SyntaxError, AttributeError):
        return True
