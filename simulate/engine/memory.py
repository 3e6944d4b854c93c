"""How much memory is free, so that a run that cannot fit is refused before anything is allocated."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

FILLED = 0.8  # of what is free, at most: others use the machine too
GIB = 2**30
_CGROUPS = (  # folder, limit, use, and what of the use can be given back at once
    ("/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


class ResourceError(RuntimeError):
    """The run would not fit in memory."""


def refuse_too_large(size: float, advice: str) -> None:
    """Raise ``ResourceError`` when `size` bytes are more than may be filled; `advice` says what to ask for instead."""
    free = available()
    if free is not None and size > FILLED * free:
        raise ResourceError(f"this run needs about {size / GIB:.1f} GiB and {free / GIB:.1f} GiB is free; {advice}")


def available() -> int | None:
    """Bytes this process may still take, by the machine and by its container; None where neither can be told."""
    return min([*_machine(), *_container()], default=None)


def _machine() -> Iterator[int]:
    found = _field(Path("/proc/meminfo"), "MemAvailable:")
    if found is not None:
        yield found * 1024
        return
    try:
        yield os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return


def _container() -> Iterator[int]:
    for folder, limit, used, cached in _CGROUPS:
        most, now = (_number(Path(folder) / name) for name in (limit, used))
        if most is not None and now is not None:
            yield max(most - now + (_field(Path(folder) / "memory.stat", cached) or 0), 0)


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None  # "max" is no limit


def _field(path: Path, name: str) -> int | None:
    """The number after `name` at the start of a line."""
    for line in _text(path).splitlines():
        first, *rest = line.split()[:2] or [""]
        if first == name and rest and rest[0].isdigit():
            return int(rest[0])
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
