"""What was found and can be found again, kept between runs: named arrays under a hash of all that their bits depend on.

A file is of use only when it verifies: it ends in a hash of itself, and its header holds the key that is asked for. Any
other (cut short, changed, exchanged, somebody else's) is as none, and is written again. This guards against accidents;
against other people, the folder is one that only its owner can write. Nothing in a file is run.
"""

from __future__ import annotations

import math
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from parameters.files.content import MEBIBYTE, content_of
from parameters.mistakes import why
from simulate.engine.keeping.sealing import Arrays, opened, sealed
from simulate.engine.keeping.words import SOURCES

SUFFIX = ".found"
OURS = re.compile(r"[0-9a-f]{64}\.found")  # names that we write; files of any other name are somebody else's
UNFINISHED = re.compile(r"[0-9a-f]{64}\.[0-9]+\.[0-9a-f]{8}\.tmp|\.[0-9a-f]{32}\.seen")
MOST_BYTES = 2**31  # in all; beyond, what was not used for longest goes
LEFT = 0.8  # of that, once some went
MOST_IN_ONE = 2**26  # bytes of one file, and so of memory to read it
FORGOTTEN = 86_400.0  # seconds after which an unfinished file is nobody's
OFTEN = 16  # of the size of a store, the part after which it is counted again: others write to it too
CLOCKS = 60.0  # seconds that those of two machines may be apart


@dataclass
class Store:
    """Arrays by key in one folder; in no folder it keeps nothing. Read from the folders beside it too."""

    folder: Path | None
    most: int = MOST_BYTES
    beside: tuple[Path, ...] = ()  # others, which are only read
    whole: bool = False  # whether what is found beside it is copied
    stopped: bool = False  # whether nothing more is kept, since something could not be
    why: str = ""  # that was
    made: int = field(default=0, repr=False)  # how often something had to be made
    taken: int = field(default=0, repr=False)  # how often something was there
    used: set[str] = field(default_factory=set, repr=False)  # keys of what this process made or found: they stay
    lost: int = field(default=0, repr=False)  # bytes that were to be kept and are not
    _held: int | None = field(default=None, repr=False)  # bytes in the folder, once they were counted
    _since: int = field(default=0, repr=False)  # bytes written since

    @property
    def note(self) -> str:
        """What could not be kept, and why: space needed and free; empty where all was."""
        if not self.lost:
            return ""
        room = f"{_mib(self.lost)} more would be needed"
        with suppress(OSError):
            room += f" and {_mib(_free(self.folder))} is free"
        told = "nothing more" if self.stopped else "not all"
        return f"{told} is kept in {self.folder}: {self.why} ({room}); it is simulated again when it is needed"

    def kept(self, what: str, key: str, make: Callable[[], Arrays]) -> Arrays:
        """The arrays of `key`, hex digits, which `make` makes where they are not there; `what` they are is noted."""
        found = self.find(what, key)
        if found is None:
            found = make()
            self.keep(what, key, found)
        return found

    def find(self, what: str, key: str) -> Arrays | None:
        """The arrays of `key`, if a file of them verifies."""
        for folder in self._folders():
            found = _read(folder / f"{key}{SUFFIX}", what, key, mine=folder == self.folder)
            if found is not None:
                self.taken += 1
                self.used.add(key)
                if self.whole and folder != self.folder:
                    self._write(what, key, found)
                return found
        return None

    def keep(self, what: str, key: str, arrays: Arrays, sizes: Mapping[str, int] | None = None) -> None:
        """Write what was made, with the `sizes` of what was done noted.

        A folder that cannot be written, or is full, is noted once and no fault.
        """
        self.made += 1
        self._write(what, key, arrays, sizes)

    def recount(self) -> None:
        """Others write here too: what there is is counted anew before the next is kept."""
        self._held = None

    def _write(self, what: str, key: str, arrays: Arrays, sizes: Mapping[str, int] | None = None) -> None:
        if self.folder is None or not SOURCES.is_still():  # the key was of what the program was then
            return
        size = sum(a.nbytes for a in arrays.values())
        if self.stopped:
            return self._loses(size)
        if not self.takes(size):
            return
        content = sealed(what, key, arrays, sizes)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not self._makes_room(len(content)):
                self.stopped = True
                return self._loses(size, f"this run fills its {_mib(self.most)} (RECOVERY_CEA_STORE_MIB allows more)")
            self._put(key, content)
        except OSError as fault:
            self.stopped = not self._only_here(key, fault)
            self._loses(size, why(fault))

    def takes(self, size: int) -> bool:
        """Whether a file of so many bytes may be kept; one that may not is noted as lost."""
        if size > MOST_IN_ONE - 2**16 and self.folder is not None:
            self._loses(size, f"a file of it would be larger than {_mib(MOST_IN_ONE)}")
        return size <= MOST_IN_ONE - 2**16

    def _loses(self, size: int, why: str = "") -> None:
        self.lost += size
        self.why = self.why or why

    def _put(self, key: str, content: bytes) -> None:
        """Write one file under another name and give it its own; whoever is stopped in it leaves nothing."""
        assert self.folder is not None
        unfinished = self.folder / f"{key}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
        try:
            with unfinished.open("xb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            os.replace(unfinished, self.folder / f"{key}{SUFFIX}")
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
        self.used.add(key)

    def _only_here(self, key: str, fault: OSError) -> bool:
        """Whether what failed is of this one name: a folder that has it, or somebody cleared away what was begun."""
        assert self.folder is not None
        return isinstance(fault, FileNotFoundError) or (self.folder / f"{key}{SUFFIX}").is_dir()

    @property
    def reads(self) -> bool:
        """Whether there is any folder."""
        return self.folder is not None or bool(self.beside)

    def keys(self) -> set[str]:
        """Keys of which there is a file, good or not."""
        found: set[str] = set()
        for folder in self._folders():
            with suppress(OSError):
                found |= {n.removesuffix(SUFFIX) for n in os.listdir(folder) if OURS.fullmatch(n)}
        return found

    def _folders(self) -> Iterator[Path]:
        if self.folder is not None:
            yield self.folder
        yield from self.beside

    def _makes_room(self, size: int) -> bool:
        """Throw away what was not used for longest once there would be too much; whether there is room now.

        What this run made or used stays: a run that alone is larger than the store must find it again when it is
        resumed, so the rest of it is not kept instead.
        """
        assert self.folder is not None
        if self._held is None or self._held + size > self.most or self._since > self.most // OFTEN:
            self._held, self._since = self._tidied(size), 0
        if self._held + size > self.most:
            return False
        self._held += size
        self._since += size
        return True

    def _tidied(self, size: int) -> int:
        """Bytes left in the folder, once what nobody finished and, where too much, the oldest is gone."""
        assert self.folder is not None
        seen = []
        for path in self.folder.iterdir():
            if not (OURS.fullmatch(path.name) or UNFINISHED.fullmatch(path.name)):
                continue
            with suppress(OSError):
                found = path.lstat()
                if not stat.S_ISREG(found.st_mode):
                    continue
                if not OURS.fullmatch(path.name):
                    if used_ago(path, found, instead=0.0) > FORGOTTEN:
                        path.unlink()
                elif found.st_size > MOST_IN_ONE:  # none that we wrote
                    seen.append((-math.inf, 0.0, found.st_size, path))
                else:
                    seen.append((-used_ago(path, found), found.st_mtime, found.st_size, path))
        held = sum(n for *_, n, _ in seen)
        if held + size <= self.most:
            return held
        for *_, n, path in sorted(seen):
            if path.name.removesuffix(SUFFIX) in self.used:
                continue
            with suppress(OSError):
                path.unlink()
                held -= n
            if held + size <= LEFT * self.most:
                break
        return held


def used_ago(path: Path, found: os.stat_result, instead: float = FORGOTTEN) -> float:
    """Seconds since a file of ours was used.

    One that was used in the future (the clock was set back, or had been wrong) is taken to have been a day ago, or so
    many seconds `instead`, and from now on says so: what is in use goes after it, and it does not stay for ever.
    """
    ago = time.time() - found.st_mtime
    if ago >= -CLOCKS:
        return ago
    with suppress(OSError):
        os.utime(path, (time.time() - instead,) * 2)
    return instead


def _mib(size: int) -> str:
    return f"{size / MEBIBYTE:,.1f} MiB"


def _free(folder: Path | None) -> int:
    """Bytes that may be written to a folder, or will be where it is not there yet."""
    assert folder is not None
    return shutil.disk_usage(next(p for p in (folder, *folder.absolute().parents) if p.is_dir())).free


def _read(path: Path, what: str, key: str, *, mine: bool) -> Arrays | None:
    """What a file holds, if it verifies; a link is followed, and nothing of where it leads is changed."""
    try:
        found = opened(content_of(path, MOST_IN_ONE), what, key)
    except (OSError, ValueError):
        return None
    if found is not None and mine and not path.is_symlink():
        with suppress(OSError):
            os.utime(path)  # used now
    return found
