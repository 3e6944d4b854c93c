"""One folder put in the place of another, with all in it that is not ours; at every moment one of the two stands there.

A work folder beside the target holds, by name: ``new``, not finished; ``swap``, finished and about to take the place or
just taken out of it; ``before``, taken out where the system cannot exchange two folders in one step.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from parameters.ground.spoken import option
from simulate.present.folder.manifest import MANIFEST, read_sealed
from simulate.present.folder.survey import Survey, is_as_written

NEW, SWAP, BEFORE = "new", "swap", "before"
CANNOT = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h

Tell = Callable[[str], object]


def put_in_place(work: Path, folder: Path, tell: Tell) -> None:
    """Put ``work/swap`` where `folder` is, and take away what stood there; if that fails, `folder` is as it was."""
    old = work / SWAP
    refuse_no_folder(folder)
    if not folder.exists():
        os.rename(old, folder)
        return
    if exchange(old, folder):
        if not _is_folder(old):  # it came there just now
            exchange(old, folder)
            refuse_no_folder(folder)
    else:
        old = work / BEFORE
        os.rename(folder, old)
        try:
            os.rename(work / SWAP, folder)
        except BaseException:
            os.rename(old, folder)
            raise
    with suppress(OSError):  # the new folder stands: the next to write here takes the rest away
        take_away(old, folder, tell)


def refuse_no_folder(folder: Path) -> None:
    """Raise ``OSError`` where something else came to where a folder should go."""
    if _is_there(folder) and not _is_folder(folder):
        raise OSError(
            f"{option('folder', str(folder))}: came while results were made, and is no folder: nothing was replaced;"
            f" move it, or choose another {option('folder')}, and ask the same again"
        )


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system or the file system cannot."""
    import ctypes

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    if rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(other))


def recover(work: Path, folder: Path, tell: Tell) -> None:
    """Clear away what a killed run left in `work`; a `folder` that was taken out of its place is put back."""
    if (work / BEFORE).is_dir():
        if not folder.exists():
            os.rename(work / BEFORE, folder)
        else:
            take_away(work / BEFORE, folder, tell)
    if (work / SWAP).is_dir():
        take_away(work / SWAP, folder, tell)
    if (work / NEW).is_dir():
        shutil.rmtree(work / NEW)  # unfinished, and what is not ours in it are second names of files in their place


def carry_over(found: Survey, folder: Path, new: Path, tell: Tell) -> None:
    """Give everything in `folder` that is not ours its place in `new` too.

    Where a file of ours has that name, it is kept under another one, which is told.
    """
    for path in found.others:
        target = _free(new, path.rstrip("/"))
        if path.endswith("/"):
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        _second_name(folder / path, target)
        if target.relative_to(new).as_posix() != path:
            tell(f"{folder / path} is not as it was written: kept as {target.relative_to(new).as_posix()}")


def _second_name(source: Path, target: Path) -> None:
    """A hard link, which needs no room, or else a copy."""
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target, follow_symlinks=False)


def _free(folder: Path, path: str) -> Path:
    """Where `path` can stand in `folder` without taking the place of anything: there, or under another name."""
    *parents, name = path.split("/")
    for part in parents:
        folder = (
            _other_name(folder, part) if _is_there(folder / part) and not _is_folder(folder / part) else folder / part
        )
    return _other_name(folder, name) if _is_there(folder / name) else folder / name


def _other_name(folder: Path, name: str) -> Path:
    stem, suffix = Path(name).stem, Path(name).suffix
    n = 1
    while _is_there(found := folder / f"{stem}.kept{'' if n == 1 else f'-{n}'}{suffix}"):
        n += 1
    return found


def _is_there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def take_away(old: Path, folder: Path, tell: Tell) -> None:
    """Delete `old`: what it vouches for, and what also stands in `folder`; anything else is moved there.

    Its manifest goes last, so that who is stopped on the way can begin again.
    """
    found = read_sealed(old)
    hashes = {} if found is None else found["files"]
    for path in list(_files(old)):
        within = path.relative_to(old).as_posix()
        if within == MANIFEST and found is not None:
            continue
        if is_as_written(path, hashes.get(within, "")) or _stands_in(folder, path, within):
            path.unlink()
        else:
            target = _free(folder, within)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(path, target)
            tell(f"{folder / within} came while results were written: kept as {target.relative_to(folder).as_posix()}")
    for place in sorted((p for p in old.rglob("*") if _is_folder(p)), reverse=True):
        place.rmdir()
    with suppress(FileNotFoundError):
        (old / MANIFEST).unlink()
    old.rmdir()


def _files(folder: Path) -> Iterator[Path]:
    return (p for p in folder.rglob("*") if not _is_folder(p))


def _stands_in(folder: Path, path: Path, within: str) -> bool:
    """Whether the very same file, or one like it, stands in `folder` under its name or one that it was kept as."""
    place, stem, suffix = (folder / within).parent, Path(within).stem, Path(within).suffix
    names = {within.rpartition("/")[2]}
    if place.is_dir():
        names |= {n for n in os.listdir(place) if n.startswith(f"{stem}.kept") and n.endswith(suffix)}
    return any(_is_like(path, place / name) for name in names)


def _is_like(one: Path, other: Path) -> bool:
    if not _is_there(other) or one.is_symlink() != other.is_symlink():
        return False
    if one.is_symlink():
        return os.readlink(one) == os.readlink(other)
    if os.path.samefile(one, other):
        return True
    return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
