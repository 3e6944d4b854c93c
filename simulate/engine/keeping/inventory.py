"""What lies in the folder of a store, and clearing it of what is ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from parameters.files.content import content_of
from simulate.engine.keeping.sealing import kind_of, labelled, sizes_of
from simulate.engine.keeping.store import MOST_IN_ONE, OURS, SUFFIX, UNFINISHED, used_ago

DAY = 86_400.0  # seconds


@dataclass(frozen=True)
class Kind:
    """Files of one kind: how many, how many bytes, and the steps of simulation that they hold, where these are told."""

    what: str
    files: int
    size: int
    steps: int = 0
    most: int = 0  # steps of the largest


@dataclass(frozen=True)
class Inventory:
    """A folder: files of each kind; names of those that are not as they were written, where all of each was read."""

    folder: Path | None
    kinds: tuple[Kind, ...]
    wrong: tuple[str, ...] = ()
    whole: bool = False  # whether every file was read to its end
    unfinished: int = 0


def inventory(folder: Path | None, *, whole: bool = False) -> Inventory:
    """What lies in a folder; with `whole`, each file is read to its end and must verify."""
    sizes: dict[str, list[int]] = {}
    steps: dict[str, list[int]] = {}
    wrong, unfinished = [], 0
    for path in _files(folder):
        if UNFINISHED.fullmatch(path.name):
            unfinished += 1
            continue
        with suppress(OSError):
            size = path.stat().st_size
            told = _verified(path) if whole else _told(path)
            if told is None:
                wrong.append(path.name)
            else:
                sizes.setdefault(told, []).append(size)
                steps.setdefault(told, []).append(sizes_of(_start(path)).get("steps", 0))
    kinds = tuple(
        Kind(what, len(found), sum(found), sum(steps[what]), max(steps[what])) for what, found in sorted(sizes.items())
    )
    return Inventory(folder, kinds, tuple(sorted(wrong)), whole, unfinished)


def clear(folder: Path, older_than: float = 0.0) -> int:
    """Remove our files from a folder, of those not used for so many days; how many. Others' files are left alone."""
    gone = 0
    for path in list(_files(folder)):
        with suppress(OSError):
            if older_than == 0 or used_ago(path, path.lstat()) > older_than * DAY:
                path.unlink()
                gone += 1
    return gone


def _files(folder: Path | None) -> Iterator[Path]:
    """Files with names that we write; no links."""
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if (OURS.fullmatch(path.name) or UNFINISHED.fullmatch(path.name)) and path.is_file() and not path.is_symlink():
            yield path


def _verified(path: Path) -> str | None:
    """What a file is, if it is as it was written and has its own name."""
    try:
        found = labelled(content_of(path, MOST_IN_ONE))
    except ValueError:  # larger than any of ours
        return None
    return found[0] if found is not None and path.name == f"{found[1]}{SUFFIX}" else None


def _told(path: Path) -> str | None:
    """What a file says it is, by its first bytes alone."""
    return kind_of(_start(path))


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2**16)
