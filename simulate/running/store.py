"""What was found and can be found again, kept between runs: named arrays under a hash of all that their bits depend on.

A file is of use only when it verifies: it ends in a hash of itself, and its header holds the key that is asked for. Any
other (cut short, changed, exchanged, somebody else's) is as none, and is written again. This guards against accidents;
against other people, the folder is one that only its owner can write. Nothing in a file is run.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulate.engine.arithmetic.compiled import CACHE

Arrays = dict[str, npt.NDArray[Any]]

MAGIC = b"recovery-cea store 1\n"
SEAL = 32  # bytes of SHA-256 at the end of a file
SUFFIX = ".found"
OURS = re.compile(r"[0-9a-f]{64}\.found")  # names that we write; files of any other name are somebody else's
UNFINISHED = re.compile(r"[0-9a-f]{64}\.[0-9]+\.[0-9a-f]{8}\.tmp")
KINDS = "fiub"  # of numpy's: numbers alone
MOST_BYTES = 2**29  # in all; beyond, what was not used for longest goes
LEFT = 0.8  # of that, once some went
MOST_IN_ONE = 2**26  # bytes of one file, and so of memory to read it
FORGOTTEN = 86_400.0  # seconds after which an unfinished file is nobody's


@dataclass
class Store:
    """Arrays by key in one folder; in no folder it keeps nothing."""

    folder: Path | None
    most: int = MOST_BYTES
    note: str = ""  # why nothing more is kept, once something could not be
    made: int = field(default=0, repr=False)  # how often something had to be made
    taken: int = field(default=0, repr=False)  # how often something was there

    def kept(self, what: str, key: str, make: Callable[[], Arrays]) -> Arrays:
        """The arrays of `key`, hex digits, which `make` makes where they are not there; `what` they are is noted."""
        found = None if self.folder is None else _read(self.folder / f"{key}{SUFFIX}", what, key)
        if found is not None:
            self.taken += 1
            return found
        self.made += 1
        arrays = make()
        self._write(what, key, arrays)
        return arrays

    def _write(self, what: str, key: str, arrays: Arrays) -> None:
        content = sealed(what, key, arrays)
        if self.folder is None or self.note or len(content) > MOST_IN_ONE:
            return
        unfinished = self.folder / f"{key}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._make_room(len(content))
            with unfinished.open("xb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            os.replace(unfinished, self.folder / f"{key}{SUFFIX}")
        except OSError as fault:
            self.note = f"nothing more is kept in {self.folder}: {fault.strerror or fault}"
            with suppress(OSError):
                unfinished.unlink()

    def _make_room(self, size: int) -> None:
        """Throw away what was not used for longest, once there would be too much, and what nobody finished."""
        assert self.folder is not None
        seen = []
        for path in self.folder.iterdir():
            with suppress(OSError):
                found = path.stat()
                if OURS.fullmatch(path.name):
                    seen.append((found.st_mtime, found.st_size, path))
                elif UNFINISHED.fullmatch(path.name) and abs(time.time() - found.st_mtime) > FORGOTTEN:
                    path.unlink()
        held = size + sum(n for _, n, _ in seen)
        if held <= self.most:
            return
        for _, n, path in sorted(seen):
            with suppress(OSError):
                path.unlink()
            held -= n
            if held <= LEFT * self.most:
                break


# --- files ------------------------------------------------------------------------------------------


def sealed(what: str, key: str, arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The bytes of a file: a line that says what it is, the header, the arrays and the hash of it all."""
    parts = {n: np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("<")) for n, a in arrays.items()}
    told = [[n, a.dtype.str, list(a.shape)] for n, a in parts.items()]
    header = json.dumps({"what": what, "key": key, "arrays": told}).encode()
    content = b"".join([MAGIC, header, b"\n", *(a.tobytes() for a in parts.values())])
    return content + hashlib.sha256(content).digest()


def opened(content: bytes, what: str, key: str) -> Arrays | None:
    """The arrays in the bytes of a file; None unless they are as they were written, and those of the key."""
    body = content[:-SEAL]
    if len(content) <= SEAL or content[-SEAL:] != hashlib.sha256(body).digest() or not body.startswith(MAGIC):
        return None
    line, _, data = body[len(MAGIC) :].partition(b"\n")
    try:
        header = json.loads(line)
        if (header["what"], header["key"]) != (what, key):
            return None
        return _arrays(header["arrays"], data)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def _arrays(told: Any, data: bytes) -> Arrays:
    found: Arrays = {}
    at = 0
    for name, kind, shape in told:
        dtype, count = np.dtype(str(kind)), math.prod(shape)
        end = at + count * dtype.itemsize
        if dtype.kind not in KINDS or min(shape, default=0) < 0 or end > len(data):
            raise ValueError(name)
        flat = np.frombuffer(data[at:end], dtype) if count else np.zeros(0, dtype)
        found[str(name)] = flat.reshape(shape).astype(dtype.newbyteorder("="))
        at = end
    if at != len(data):
        raise ValueError("more than its header says")
    return found


def _read(path: Path, what: str, key: str) -> Arrays | None:
    try:
        if not 0 < path.stat().st_size <= MOST_IN_ONE:
            return None
        found = opened(path.read_bytes(), what, key)
    except OSError:
        return None
    if found is not None:
        with suppress(OSError):
            os.utime(path)  # used now
    return found


# --- which store -----------------------------------------------------------------------------------


NOWHERE = Store(None)
_opened: dict[Path, Store] = {}
_switched_off: set[str] = set()


def usual() -> Store:
    """The store of this process: in ``RECOVERY_CEA_STORE``, or beside the compiled code; none where that is empty."""
    named = os.environ.get("RECOVERY_CEA_STORE")
    if named is None:
        folder = None if CACHE is None else CACHE.parent.parent / "store"
    else:
        folder = Path(named).absolute() if named else None
    if _switched_off or folder is None:
        return NOWHERE
    return _opened.setdefault(folder, Store(folder))


def switch(*, on: bool) -> None:
    """Whether anything is kept by this process from now on, and read from what was."""
    _switched_off.clear() if on else _switched_off.add("by whoever asked")


# --- keys -------------------------------------------------------------------------------------------


def key_of(parts: Iterable[bytes]) -> str:
    """64 hex digits of these parts, told apart by their lengths."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()
