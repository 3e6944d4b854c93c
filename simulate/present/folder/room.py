"""Room for results: how much they take and how much is free, where a disk is full; and when they are on it for good."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from parameters.files.content import MEBIBYTE
from parameters.ground.spoken import option
from parameters.mistakes import why
from simulate.engine.arithmetic.temporary import passing_folder

FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
BLOCK = 4096  # bytes
Parts = Mapping[str, Callable[[Path], object]]  # of a folder, by name: what writes each to a path


def no_room(fault: OSError, folder: Path, begun: Path, parts: Parts) -> OSError:
    """The same for who has to make room, of a `folder` of these parts that was `begun` elsewhere."""
    written = _size(begun)
    needed, whole = _needed(parts)
    told = f"{'' if whole else 'more than '}{_mib(max(needed, written))}"
    with suppress(OSError):
        told += f", and {_mib(shutil.disk_usage(folder.absolute().parent).free + written)} is free"
    return OSError(
        f"{option('folder', str(folder))}: {why(fault)}: the results take {told}; nothing was replaced: make room, or"
        f" choose another {option('folder')}, and ask the same again (what is kept of it is not simulated again)"
    )


def write_new(files: Mapping[Path, bytes]) -> None:
    """Write files into folders, made where they are not there: all of them or nothing, whatever fails.

    ``FileExistsError`` where one is there already; without room, an ``OSError`` says that nothing was written.
    """
    made: list[Path] = []
    begun = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in files}
    folder = next(iter(files)).parent
    try:
        for path, content in files.items():
            for parent in [p for p in (path.parent, *path.parent.parents) if not p.exists()][::-1]:
                parent.mkdir()
                made.append(parent)
            with begun[path].open("xb") as out:
                made.append(begun[path])  # also where it is not all written
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
        for path in files:
            if path.exists():
                raise FileExistsError(errno.EEXIST, "is there already", str(path))
        for path, unfinished in begun.items():
            unfinished.rename(path)
            made.append(path)
    except BaseException as fault:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        if isinstance(fault, OSError) and fault.errno in FULL:
            told = f"{why(fault)}: nothing was written; make room, or choose another folder, and ask again"
            raise OSError(f"{folder}: {told}") from fault
        raise


def flush(folder: Path) -> None:
    """Have everything in a folder on the disk, so that what stands there after a power cut is whole."""
    if os.name == "nt":
        return
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as fault:
            if fault.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):  # there is no such thing there
                raise
        finally:
            os.close(descriptor)


def _needed(parts: Parts) -> tuple[int, bool]:
    """Bytes of the parts, and whether that is all: each is written elsewhere, as far as there is room, and removed."""
    needed, whole = 0, True
    try:
        with passing_folder() as passing:
            for number, (name, write) in enumerate(parts.items()):
                path = passing / str(number) / name
                path.parent.mkdir(parents=True)
                try:
                    write(path)
                except OSError:
                    whole = False
                needed += _size(passing / str(number))
                shutil.rmtree(passing / str(number))
    except OSError:
        whole = False
    return needed, whole


def _size(folder: Path) -> int:
    """Bytes of all files, in the blocks that a disk gives out."""
    return sum(-(-p.lstat().st_size // BLOCK) * BLOCK for p in folder.rglob("*") if p.is_file())


def _mib(size: int) -> str:
    return f"{size / MEBIBYTE:,.2f} MiB"
