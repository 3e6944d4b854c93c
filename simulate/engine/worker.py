"""What a process elsewhere does: it simulates a chunk that it is handed, and answers with bytes or with words.

It never raises: an error of any kind goes back as text, so that nothing has to be imported, or to be fit for a pickle,
for whoever asked to hear of it.
"""

from __future__ import annotations

import os
import platform
import signal
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.contract import ModelError
from parameters.mistakes import short
from simulate.engine import driver
from simulate.engine.driver import NumericalError, Place
from simulate.engine.keeping.chunks import WHAT, Portion, sizes_of
from simulate.engine.keeping.sealing import Arrays, sealed
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.words import arithmetic_parts
from simulate.engine.memory import ResourceError

LAST_LINES = 12  # of what led to an error that nobody expected
EXPECTED = (NumericalError, ModelError, ResourceError, MemoryError, OSError)  # as a process of one's own raises them


class WorkerError(RuntimeError):
    """A process elsewhere stopped at an error that nobody expected; its text says which, and what led to it."""


class AnotherArithmetic(ModelError):
    """A worker whose numbers could differ from those of this process."""


@dataclass(frozen=True)
class Answer:
    """The sums as the bytes of a file, none where they are in the store that both see; or an error in words."""

    content: bytes = b""
    error: str = ""  # its kind, one of EXPECTED where it is one of these
    text: str = ""
    place: Place | None = None

    def opened(self) -> bytes:
        """The bytes; an error is raised as it would be in this process."""
        if not self.error:
            return self.content
        if self.error == NumericalError.__name__:
            raise NumericalError(self.text, self.place)
        raise {kind.__name__: kind for kind in EXPECTED}.get(self.error, WorkerError)(self.text)


def simulated(portion: Portion, arithmetic: Mapping[str, str], folder: Path | None, token: str, most: int) -> Answer:
    """The sums of a chunk. They are left in `folder`, where a file `token` is, and no more than `most` bytes will be.

    A worker whose numbers could be others than those of the `arithmetic` asked for answers so.
    """
    try:
        _refuse_another(arithmetic)
        return Answer(_sums(portion, folder, token, most))
    except BaseException as fault:
        return told(fault, platform.node())


def told(fault: BaseException, where: str) -> Answer:
    """An error of a worker in words: of an expected kind as it is, of any other with what led to it."""
    kind = next((k.__name__ for k in EXPECTED if isinstance(fault, k)), type(fault).__name__)
    words = _words(fault)
    if isinstance(fault, NumericalError):
        return Answer(error=kind, text=words, place=fault.place)
    if isinstance(fault, EXPECTED):
        return Answer(error=kind, text=f"a worker ({where}): {words or kind}")
    led = "".join(traceback.format_exception(fault)).splitlines()[-LAST_LINES - 1 : -1]
    return Answer(error=kind, text="\n".join([f"a worker ({where}) stopped at {kind}: {words}", *led]))


def _words(fault: BaseException) -> str:
    """Its text, whatever its kind makes of being asked for it."""
    try:
        return str(fault)
    except Exception:
        return ""


def _refuse_another(arithmetic: Mapping[str, str]) -> None:
    ours = arithmetic_parts()
    differing = [f"{n}: {short(ours.get(n, ''))}, here {short(v)}" for n, v in arithmetic.items() if ours.get(n) != v]
    if differing:
        raise AnotherArithmetic(f"its arithmetic is another ({'; '.join(differing)}); allowed: the same")


def _sums(portion: Portion, folder: Path | None, token: str, most: int) -> bytes:
    """As the bytes of a file; none where they are in the store that is shared."""
    sums = driver.sums_of(portion)
    size = sizes(portion, sums)
    if folder is not None and _has_room(folder, token, most - sum(a.nbytes for a in sums.values())):
        store = Store(folder, most=2**60)  # it is not for a worker to throw away what others keep
        store.keep(WHAT, portion.chunk.key, sums, size)
        if not store.note:
            return b""
    return sealed(WHAT, portion.chunk.key, sums, size)


def _has_room(folder: Path, token: str, most: float) -> bool:
    """Whether this is the folder with the token, and no more than so many bytes are in it."""
    try:
        with os.scandir(folder) as found:
            files = {entry.name: entry.stat().st_size for entry in found if entry.is_file(follow_symlinks=False)}
    except OSError:
        return False
    return token in files and sum(files.values()) <= most


def sizes(portion: Portion, sums: Arrays) -> dict[str, int]:
    """How much a chunk is, for whoever keeps it."""
    return sizes_of(portion.lowered, portion.drawing.people, portion.batches, portion.chunk, sums)


def dask_setup(worker: object) -> None:
    """Called by a worker of this machine as it starts: Ctrl-C is for the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
