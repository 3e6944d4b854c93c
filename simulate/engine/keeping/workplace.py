"""Where a process works: the store that it reads and writes, its share of the chunks, and who else simulates them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from simulate.engine.arithmetic.compiled import CACHE
from simulate.engine.keeping.chunks import Portion
from simulate.engine.keeping.sealing import Arrays
from simulate.engine.keeping.store import MOST_BYTES, Store
from simulate.engine.keeping.words import PROGRAM, SOURCES

# Portions to their sums, in any order as they come; None for one that nobody could do. What there is to say is told.
Elsewhere = Callable[[Iterable[Portion], Callable[[str], None]], Iterator[tuple[Portion, Arrays | None]]]


class WorkersLost(OSError):
    """Nobody who simulates elsewhere is there any more: of no use to send more, and no fault of what was sent."""


@dataclass
class Share:
    """Of all chunks of a run, numbered as they are cut, every `of`-th from `mine` (from 1); or none where all must be
    there already, and whose are `lacking` is noted."""

    of: int
    mine: int | None = None
    lacking: set[int] = field(default_factory=set)

    def has(self, number: int) -> bool:
        """Whether the chunk of this number, from 0, is simulated here."""
        whose = 1 + number % self.of
        if self.mine is None:
            self.lacking.add(whose)
        return whose == self.mine


@dataclass
class Workplace:
    """A store, and who simulates which chunks: this process all of them, unless told otherwise."""

    store: Store
    share: Share | None = None
    elsewhere: Elsewhere | None = None
    at_least: int = 1  # chunks of a simulation, where it has so many draws
    met: int = 0  # chunks numbered so far
    aside: list[int] = field(default_factory=list)  # numbers of chunks that nobody could do


NOWHERE = Store(None)
_opened: dict[Path, Store] = {}
_folder: list[Path | None] = []  # chosen for this process, None for none
_chosen: list[Workplace] = []


def here() -> Workplace:
    """The workplace of this process: the one that is used at the moment, or the usual store and nobody else."""
    return _chosen[-1] if _chosen else Workplace(usual())


@contextmanager
def using(workplace: Workplace) -> Iterator[Workplace]:
    """Work there for a while."""
    _chosen.append(workplace)
    try:
        yield workplace
    finally:
        _chosen.pop()


def usual_folder() -> Path | None:
    """The one chosen, ``RECOVERY_CEA_STORE``, or one beside the compiled code; none where that is empty."""
    if _folder:
        return _folder[-1]
    named = os.environ.get("RECOVERY_CEA_STORE")
    if named is None:
        return None if CACHE is None else CACHE.parent.parent / "store"
    return Path(named).expanduser().absolute() if named else None


def usual() -> Store:
    """The store of this process, in the usual folder."""
    folder = usual_folder()
    return NOWHERE if folder is None else _opened.setdefault(folder, Store(folder, most_bytes()))


def notes() -> list[str]:
    """What the stores of this process could not keep, told once."""
    found = [note for store in _opened.values() if (note := store.note)]
    if (SOURCES.are_changed or PROGRAM.are_changed) and any(store.reads for store in _opened.values()):
        found.append("files of the program were changed while it ran: nothing of this run is taken by others")
    for store in _opened.values():
        store.lost = 0
    return found


def most_bytes() -> int:
    """Bytes of the store: ``RECOVERY_CEA_STORE_MIB`` mebibytes where that is a whole number, or ours."""
    named = os.environ.get("RECOVERY_CEA_STORE_MIB", "")
    return int(named) * 2**20 if named.isascii() and named.isdigit() and len(named) < 12 else MOST_BYTES


def choose(folder: Path | None) -> None:
    """From now on this process keeps what it finds in `folder`, or nothing and nowhere."""
    _folder[:] = [None if folder is None else folder.absolute()]


def choose_usual() -> None:
    """From now on this process keeps what it finds in the usual place."""
    _folder.clear()
