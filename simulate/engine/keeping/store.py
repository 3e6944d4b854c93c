"""What was found and can be found again, kept between runs: named arrays under a hash of all that their bits depend on.

A file is of use only when it verifies: it ends in a hash of itself, and its header holds the key that is asked for. Any
other (cut short, changed, exchanged, somebody else's) is as none, and is written again. This guards against accidents;
against other people, the folder is one that only its owner can write. Nothing in a file is run.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from simulate.engine.keeping.sealing import Arrays, opened, sealed

SUFFIX = ".found"
OURS = re.compile(r"[0-9a-f]{64}\.found")  # names that we write; files of any other name are somebody else's
UNFINISHED = re.compile(r"[0-9a-f]{64}\.[0-9]+\.[0-9a-f]{8}\.tmp")
MOST_BYTES = 2**31  # in all; beyond, what was not used for longest goes
LEFT = 0.8  # of that, once some went
MOST_IN_ONE = 2**26  # bytes of one file, and so of memory to read it
FORGOTTEN = 86_400.0  # seconds after which an unfinished file is nobody's


@dataclass
class Store:
    """Arrays by key in one folder; in no folder it keeps nothing. Read from the folders beside it too."""

    folder: Path | None
    most: int = MOST_BYTES
    beside: tuple[Path, ...] = ()  # others, which are only read
    whole: bool = False  # whether what is found beside it is copied
    note: str = ""  # why nothing more is kept, once something could not be
    made: int = field(default=0, repr=False)  # how often something had to be made
    taken: int = field(default=0, repr=False)  # how often something was there
    used: set[str] = field(default_factory=set, repr=False)  # keys of what this process made or found: they stay
    _held: int | None = field(default=None, repr=False)  # bytes in the folder, once they were counted

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

    def keep(self, what: str, key: str, arrays: Arrays) -> None:
        """Write what was made; a folder that cannot be written, or is full, is noted once and no fault."""
        self.made += 1
        self._write(what, key, arrays)

    def recount(self) -> None:
        """Others write here too: what there is is counted anew before the next is kept."""
        self._held = None

    def _write(self, what: str, key: str, arrays: Arrays) -> None:
        if self.folder is None or self.note:
            return
        content = sealed(what, key, arrays)
        unfinished = self.folder / f"{key}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if len(content) > MOST_IN_ONE or not self._makes_room(len(content)):
                return
            with unfinished.open("xb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            os.replace(unfinished, self.folder / f"{key}{SUFFIX}")
            self.used.add(key)
        except OSError as fault:
            self.note = f"nothing more is kept in {self.folder}: {fault.strerror or fault}"
            with suppress(OSError):
                unfinished.unlink()

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
        if self._held is None or self._held + size > self.most:
            self._held = self._tidied(size)
        if self._held + size > self.most:
            self.note = (
                f"nothing more is kept in {self.folder}: this run fills its {self.most / 2**20:,.0f} MiB"
                " (RECOVERY_CEA_STORE_MIB allows more)"
            )
            return False
        self._held += size
        return True

    def _tidied(self, size: int) -> int:
        """Bytes left in the folder, once what nobody finished and, where too much, the oldest is gone."""
        assert self.folder is not None
        seen = []
        for path in self.folder.iterdir():
            with suppress(OSError):
                found = path.stat()
                if OURS.fullmatch(path.name):
                    seen.append((found.st_mtime, found.st_size, path))
                elif UNFINISHED.fullmatch(path.name) and abs(time.time() - found.st_mtime) > FORGOTTEN:
                    path.unlink()
        held = sum(n for _, n, _ in seen)
        if held + size <= self.most:
            return held
        for _, n, path in sorted(seen):
            if path.name.removesuffix(SUFFIX) in self.used:
                continue
            with suppress(OSError):
                path.unlink()
            held -= n
            if held + size <= LEFT * self.most:
                break
        return held


def _read(path: Path, what: str, key: str, *, mine: bool) -> Arrays | None:
    try:
        if not 0 < path.stat().st_size <= MOST_IN_ONE:
            return None
        found = opened(path.read_bytes(), what, key)
    except OSError:
        return None
    if found is not None and mine:
        with suppress(OSError):
            os.utime(path)  # used now
    return found
