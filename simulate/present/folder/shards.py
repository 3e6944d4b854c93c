"""The shards of a run, read back: all of them, of one run, as they were written, by this machine's arithmetic."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.contract import ModelError
from parameters.files.content import MEBIBYTE, content_of
from parameters.mistakes import Mistakes, printable, short_text
from simulate.engine.keeping.words import algebra_parts, program
from simulate.present.faces.many.shard import CHUNKS, DATA, KIND
from simulate.present.folder.manifest import read_sealed
from simulate.present.folder.survey import is_as_written

LARGEST = 8 * MEBIBYTE
MOST = 999_999  # shards of a run
TOLD = 20  # of those that are lacking


@dataclass(frozen=True)
class Shard:
    """One folder."""

    folder: Path
    mine: int
    of: int
    question: Mapping[str, Any]
    given: Mapping[str, Any]
    command: Sequence[str]
    program: str  # a hash of its sources and numbers

    def words(self, mine: int) -> str:
        """What to type for the shard number `mine` of the same run."""
        return another_command(self.command, mine, self.of)


def another_command(command: Sequence[str], mine: int, of: int) -> str:
    """What to type for shard `mine`, by the command that made another one."""
    kept, left = [], list(command)
    while left:
        word = left.pop(0)
        name, equals, _ = word.partition("=")
        if name in ("--shard", "--out"):
            left = left if equals else left[1:]
        else:
            kept.append(word)
    return shlex.join([*kept, "--shard", f"{mine}/{of}"])


def read_shards(folders: Sequence[Path]) -> list[Shard]:
    """The shards in these folders, one for each number; every mistake is told at once, as ``ModelError``."""
    mistakes = Mistakes()
    found: list[Shard] = []
    for folder in folders:
        with mistakes.among():
            found.append(_read(folder))
    mistakes.tell()
    first = found[0]
    for other in found[1:]:
        with mistakes.among():
            _refuse_another(first, other)
    mistakes.tell()
    lacking = sorted(set(range(1, first.of + 1)) - {s.mine for s in found})
    if lacking:
        raise ModelError(lacking_words(first, lacking))
    return found


def lacking_words(shard: Shard, numbers: Sequence[int], found: Sequence[Shard] = ()) -> str:
    """That these shards are not there, or not whole, or were `found` and are of other numbers; and what makes them."""
    others = {s.mine: s.folder for s in found if s.program != program()}
    of_another = "was made by another version of the program, or of other models or numbers, than are here"
    why = {n: f"({folder}) {of_another}" for n, folder in others.items()}
    told = [
        f"shard {n} of {shard.of} {why.get(n, 'is not there, or not whole')}; it is made by: {shard.words(n)}"
        for n in numbers
    ]
    more = len(told) - TOLD
    return "\n".join([*told[:TOLD], *([f"and {more:,} more"] if more > 0 else [])])


def _read(folder: Path) -> Shard:
    manifest = read_sealed(folder)
    if manifest is None or manifest.get("kind") != KIND:
        raise ModelError(f"{folder}: is no shard as it was written; allowed: folders made by run with --shard")
    files = {name: digest for name, digest in manifest["files"].items() if not name.startswith(f"{CHUNKS}/")}
    wrong = [name for name, digest in files.items() if not _is_inside(name) or not is_as_written(folder / name, digest)]
    if wrong or DATA not in files:
        raise ModelError(f"{folder}: was changed since it was written: {short_text(', '.join(wrong) or DATA)}")
    try:
        told = json.loads(content_of(folder / DATA, LARGEST))
        mine, made = (told["shard"], told["of"]), str(manifest.get("program"))
        shard = Shard(folder, *mine, told["question"], told["given"], manifest["command"], made)
        theirs = dict(told["arithmetic"])
        _refuse_another_form(shard, files)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as fault:
        raise ModelError(f"{folder}: {DATA} cannot be read") from fault
    refuse_another_arithmetic(folder, theirs)
    return shard


def refuse_another_arithmetic(folder: Path, theirs: Mapping[str, Any]) -> None:
    """Raise ``ModelError``, naming what differs, where that is not as it is here."""
    ours = algebra_parts()
    differing = [n for n in ours if theirs.get(n) != ours[n]]
    if differing:
        told_of = "; ".join(f"{n}: {short_text(str(theirs.get(n)))}, here {short_text(ours[n])}" for n in differing)
        told_of = printable(told_of)
        raise ModelError(f"{folder}: was made by another arithmetic than is here ({told_of}); allowed: the same")


def _refuse_another_form(shard: Shard, files: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` where a shard says anything that we do not write: a file that is none of its own, say."""
    given = shard.given["parameters"]
    named = [*given, *([] if shard.given["cohort"] is None else [shard.given["cohort"]])]
    words = [shard.command, named, list(shard.question)]
    sound = (
        type(shard.of) is int
        and type(shard.mine) is int
        and 1 <= shard.mine <= shard.of <= MOST
        and isinstance(shard.question, dict)
        and isinstance(given, list)
        and all(isinstance(some, list) and all(isinstance(word, str) for word in some) for some in words)
        and all(name in files for name in named)
    )
    if not sound:
        raise ValueError(shard.folder)


def _is_inside(name: str) -> bool:
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name


def _refuse_another(first: Shard, other: Shard) -> None:
    """Raise ``ModelError`` where two shards are not of one run."""
    names = [n for n in {**first.question, **other.question} if first.question.get(n) != other.question.get(n)]
    words = [f"another {n.replace('_', '-')}" for n in names]
    if first.of != other.of:
        words.append(f"one of {other.of} and not of {first.of}")
    if words:
        raise ModelError(f"{other.folder}: is no shard of the run of {first.folder}: {', '.join(words)}")
