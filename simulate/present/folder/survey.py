"""What stands in a folder: what we wrote and nobody has changed since, and what is somebody else's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any

from models.contract import ModelError
from parameters.files.content import digest_of
from simulate.present.folder.manifest import MANIFEST, read_sealed

# What file managers, office programs and editors leave wherever they look: kept, but in nobody's way.
DROPPINGS = (
    *(".DS_Store", "._*", "Thumbs.db", "desktop.ini", ".directory"),
    *("~$*", ".~lock.*#", "*~", ".#*", "#*#", ".*.sw[a-p]"),
    "*.progress.json",  # of a run that was killed
)
# What a command leaves that is killed while it writes to a folder inside; whoever holds this one clears it away.
UNFINISHED = re.compile(r"(^|/)\.[^/]+\.writing/((lock|new|swap|before)(/|$)|$)")
NAMED = 6  # of what is in the way
MOST, DEEPEST = 100_000, 50  # entries, and folders in folders, that are looked through: our own are hundreds


@dataclass(frozen=True)
class Survey:
    """The contents of one folder, by path within it; an empty folder among them ends in ``/``."""

    manifest: Mapping[str, Any] | None  # ours and sealed; None: the folder is none of ours
    ours: frozenset[str]  # files that are as we wrote them, the manifest among them
    others: tuple[str, ...]  # everything else: files, links, empty folders
    answers: tuple[str, ...]  # folders inside that are of ours and untouched, such as ``voi``

    @property
    def kind(self) -> str | None:
        """What wrote the folder; None where it was none of ours."""
        return None if self.manifest is None else str(self.manifest.get("kind"))

    @property
    def question(self) -> Any:
        """What it answers, as the command line was asked; None where that is not known."""
        return None if self.manifest is None else self.manifest.get("question")

    def strangers(self) -> list[str]:
        """What is in the way of a replacement, a folder with nothing of ours named as a whole."""
        left = (_is_dropping, UNFINISHED.search, self._in_answer)
        theirs = [o for o in self.others if not any(is_left(o) for is_left in left)]
        held = {o.split("/")[0] for o in self.ours if "/" in o}
        whole = [o if "/" not in o or o.split("/")[0] in held else o.split("/")[0] + "/" for o in theirs]
        return list(dict.fromkeys(whole))

    def _in_answer(self, path: str) -> bool:
        return any(path.startswith(f"{answer}/") for answer in self.answers)


def survey(folder: Path) -> Survey:
    """Look through a folder; one that is not there is empty. ``ModelError`` on one too large to be looked through."""
    found = read_sealed(folder)
    hashes: dict[str, str] = {} if found is None else found["files"]
    contents = list(islice(_contents(folder, "", 0), MOST + 1))
    if len(contents) > MOST:
        raise ModelError(f"{folder}: holds more than {MOST:,} files; allowed: another folder")
    ours = {p for p in contents if p in hashes and is_as_written(folder / p, hashes[p])}
    ours |= {MANIFEST} if found is not None else set()
    others = tuple(p for p in contents if p not in ours)
    return Survey(found, frozenset(ours), others, tuple(_answers(folder, others)))


def is_as_written(path: Path, digest: str) -> bool:
    """Whether a file of ours still has the content that it was written with."""
    try:
        return not path.is_symlink() and path.is_file() and digest_of(path) == digest
    except OSError:
        return False


def _is_dropping(path: str) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) for pattern in DROPPINGS)


def words(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _contents(folder: Path, within: str, depth: int) -> Iterator[str]:
    """Every file, link and empty folder."""
    if depth > DEEPEST:
        raise ModelError(f"{folder}: is nested too deeply; allowed: another folder")
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            yield within + entry.name
            continue
        here = f"{within}{entry.name}/"
        inside = _contents(Path(entry.path), here, depth + 1)
        yield next(inside, here)
        yield from inside


def _answers(folder: Path, others: tuple[str, ...]) -> Iterator[str]:
    """Folders among `others` that hold what we wrote and nothing else of anybody's."""
    for path in others:
        place, _, name = path.rpartition("/")
        if name == MANIFEST and place and read_sealed(folder / place) is not None:
            inside = survey(folder / place)
            if not inside.strangers():
                yield place
