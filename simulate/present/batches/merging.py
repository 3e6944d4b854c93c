"""The shards of a batch, read back and put together: all of them, of one batch, each answer as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.contract import ModelError
from parameters.files.content import content_of
from parameters.mistakes import Mistakes, printable, short_text
from simulate.analyse.batch.analysis import Analysis
from simulate.analyse.batch.file import TABLE, Batch, read_again
from simulate.analyse.batch.table import DONE, FAILED, KEPT, REFUSED, Outcome, rows_of
from simulate.engine.keeping.words import program
from simulate.engine.progress import Progress, silent
from simulate.present.batches.places import Places, table_place
from simulate.present.batches.sharing import DATA, hash_of
from simulate.present.faces.looks.batch import FILE, KIND
from simulate.present.faces.run import KIND as RUN
from simulate.present.folder.hold import let_go, real
from simulate.present.folder.manifest import MANIFEST, read_sealed
from simulate.present.folder.output import carry, claim
from simulate.present.folder.place import Place
from simulate.present.folder.shards import LARGEST, MOST, TOLD, another_command, refuse_another_arithmetic
from simulate.present.folder.survey import is_as_written, survey
from simulate.result.stored import read_kept, read_result, taken_as_ours


@dataclass(frozen=True)
class Shard:
    """One folder: what it says of itself, and the command that made it."""

    folder: Path
    told: Mapping[str, Any]  # see ``sharing.Hand``
    file: str  # the hash of the file of the batch
    command: Sequence[str]

    @property
    def mine(self) -> int:
        return int(self.told["shard"])


@dataclass(frozen=True)
class Answer:
    """An analysis as a shard has it: the manifest of its folder, and what goes into the table."""

    folder: Path
    manifest: Mapping[str, Any]
    outcome: Outcome


@dataclass(frozen=True)
class Merged:
    """All of a batch: what was answered, by name, and what became of the others."""

    batch: Batch
    answers: Mapping[str, Answer]
    others: Mapping[str, Outcome]  # failed, or refused
    questions: Mapping[str, Any]


def is_of_a_batch(folder: Path) -> bool:
    """Whether somebody says that it is a shard of a batch."""
    return (folder / TABLE / DATA).is_file()


def read_shards(folders: Sequence[Path], progress: Progress = silent) -> Merged:
    """The batch that these are all shards of; ``ModelError`` with every mistake at once, and ``InputError``."""
    mistakes, found = Mistakes(), list[Shard]()
    for folder in folders:
        with mistakes.among():
            found.append(_read(folder))
    mistakes.tell()
    for other in found[1:]:
        with mistakes.among():
            _refuse_another(found[0], other)
    mistakes.tell()
    first = found[0]
    batch = read_again(first.folder / TABLE / FILE, first.told["file"])
    rows = {row["name"]: row for row in first.told["analyses"]}
    if [*rows] != [a.name for a in batch.analyses]:
        raise ModelError(f"{first.folder}: {DATA} names other analyses than its file")
    answers, others = dict[str, Answer](), dict[str, Outcome]()
    lacking: dict[int, list[str]] = {}
    for k, analysis in enumerate(batch.analyses):
        progress(k, len(batch.analyses))
        row = rows[analysis.name]
        if row["shard"] is None:
            others[analysis.name] = _outcome(analysis, REFUSED, first.told["refused"])
            continue
        copies = [shard for shard in found if shard.mine == row["shard"]]
        if (whole := _whole(copies, row)) is not None:
            with mistakes.among():
                answers[analysis.name] = _answer(analysis, *whole)
        elif all_failed := [s.told["failed"] for s in copies if analysis.name in s.told["failed"]]:
            others[analysis.name] = _outcome(analysis, FAILED, all_failed[0])
        else:
            lacking.setdefault(row["shard"], []).extend([analysis.name] * bool(copies))
    with mistakes.among():
        if lacking:
            raise ModelError("\n".join(_lacking_words(first, lacking)))
    mistakes.tell()
    return Merged(batch, answers, others, {name: row["question"] for name, row in rows.items()})


def merged_places(merged: Merged, root: Path, overwrite: bool, folders: Sequence[Path]) -> Places:
    """Where it goes; ``ModelError`` for one of the shards themselves, which would be one no longer."""
    for folder in folders:
        if real(root).is_relative_to(real(folder)) or real(folder).is_relative_to(real(root)):
            raise ModelError(f"--out {root}: {folder} is a shard; allowed: a folder beside them")
    each = {a.name: Place(root / a.name, overwrite, merged.questions[a.name]) for a in merged.batch.analyses}
    return Places(root, table_place(root, overwrite), each)


def there_already(merged: Merged, places: Places) -> set[str]:
    """Names of the answers that stand in their places as they are in the shards."""
    return {
        name
        for name, answer in merged.answers.items()
        if read_sealed(places.each[name].folder) == answer.manifest
        and _as_written(places.each[name].folder, {}) is not None
    }


def put_together(merged: Merged, places: Places, kept: set[str], progress: Progress = silent) -> Iterator[Outcome]:
    """What becomes of each, in the order of the file, once it is in its place; errors as ``carry``."""
    for k, analysis in enumerate(merged.batch.analyses):
        progress(k, len(merged.batch.analyses))
        name = analysis.name
        if name in merged.others:
            yield merged.others[name]
            continue
        answer, place = merged.answers[name], places.each[name]
        if name not in kept:
            try:
                claim(place, RUN)
                carry(answer.folder, answer.manifest, place)
            finally:
                let_go(place.folder)
        found = answer.outcome
        status = KEPT if name in kept else DONE
        yield Outcome(found.analysis, status, found.seconds, found.rows)


# --- reading ------------------------------------------------------------------------------------------------


def _read(folder: Path) -> Shard:
    table = folder / TABLE
    manifest = read_sealed(table)
    if manifest is None or manifest.get("kind") != KIND or DATA not in manifest["files"]:
        raise ModelError(f"{folder}: is no shard of a batch as it was written; allowed: folders of batch with --shard")
    wrong = [n for n in (DATA, FILE) if not is_as_written(table / n, manifest["files"].get(n, ""))]
    if wrong:
        raise ModelError(f"{folder}: was changed since it was written: {', '.join(wrong)}")
    try:
        told = json.loads(content_of(table / DATA, LARGEST))
        shard = Shard(folder, told, str(manifest["files"][FILE]), manifest["command"])
        if not _is_ours(shard):
            raise ValueError(folder)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as fault:
        raise ModelError(f"{folder}: {DATA} cannot be read") from fault
    refuse_another_arithmetic(folder, told["arithmetic"])
    if told["program"] != program():
        raise ModelError(
            f"{folder}: was made by another version of the program, or of other models or numbers, than is here;"
            " allowed: the same"
        )
    return shard


def _is_ours(shard: Shard) -> bool:
    """Whether all that is read of it later has the form that we write."""
    told, words = shard.told, [shard.command, [shard.told["file"], shard.told["program"]]]
    of, mine, rows = told["of"], told["shard"], told["analyses"]
    return (
        type(of) is int
        and type(mine) is int
        and 1 <= mine <= of <= MOST
        and all(isinstance(some, list) and all(isinstance(word, str) for word in some) for some in words)
        and Path(told["file"]).name == told["file"]
        and told["file"].isprintable()
        and isinstance(told["arithmetic"], dict)
        and all(isinstance(text, str) for text in told["failed"].values())
        and all(isinstance(text, str) for texts in told["refused"].values() for text in texts)
        and all(_is_a_row(row, of, told["refused"]) for row in rows)
        and len({row["name"] for row in rows}) == len(rows)
    )


def _is_a_row(row: Mapping[str, Any], of: int, refused: Mapping[str, Any]) -> bool:
    made = type(row["shard"]) is int and 1 <= row["shard"] <= of and isinstance(row["inputs"], str)
    none = row["shard"] is None and isinstance(refused[row["name"]], list)
    return isinstance(row["name"], str) and isinstance(row["question"], dict) and (made or none)


def _refuse_another(first: Shard, other: Shard) -> None:
    """Raise ``ModelError``, naming what differs, where two shards are not of one batch."""
    words = [] if first.file == other.file else ["another file"]
    if first.told["of"] != other.told["of"]:
        words.append(f"one of {other.told['of']} and not of {first.told['of']}")
    elif not words and first.told["analyses"] != other.told["analyses"]:
        mine, theirs = ({row["name"]: row for row in s.told["analyses"]} for s in (first, other))
        names = [n for n in {**mine, **theirs} if mine.get(n) != theirs.get(n)]
        words.append(f"other files, or another share, of {printable(short_text(', '.join(names) or 'all'))}")
    if words:
        raise ModelError(f"{other.folder}: is no shard of the batch of {first.folder}: {', '.join(words)}")


def _as_written(folder: Path, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The manifest of a whole answer to the question of a row, of the same files; None where it is none."""
    if folder.is_symlink() or not folder.is_dir():
        return None
    found = survey(folder)
    if found.manifest is None or found.kind != RUN or {*found.manifest["files"], MANIFEST} != found.ours:
        return None
    if row and (found.question != row["question"] or hash_of(found.manifest.get("inputs", {})) != row["inputs"]):
        return None
    return found.manifest


def _whole(copies: Iterable[Shard], row: Mapping[str, Any]) -> tuple[Path, Mapping[str, Any]] | None:
    """The folder, and its manifest, of the first copy that is whole of the answer of a row; None where none is."""
    for shard in copies:
        folder = shard.folder / row["name"]
        if row["name"] not in shard.told["failed"] and (manifest := _as_written(folder, row)) is not None:
            return folder, manifest
    return None


def _answer(analysis: Analysis, folder: Path, manifest: Mapping[str, Any]) -> Answer:
    with taken_as_ours(folder):
        kept = read_kept(folder)
        rows = rows_of(read_result(folder), kept.summary)
        return Answer(folder, manifest, Outcome(analysis, DONE, None, rows))


def _outcome(analysis: Analysis, status: str, told: Mapping[str, Any]) -> Outcome:
    error = told[analysis.name]
    return Outcome(analysis, status, error=printable(error if isinstance(error, str) else "; ".join(error)))


def _lacking_words(shard: Shard, lacking: Mapping[int, Sequence[str]]) -> Iterator[str]:
    """Which shards are not there, or not whole, and what makes them."""
    of = shard.told["of"]
    for number, names in sorted(lacking.items())[:TOLD]:
        what = (
            f"of shard {number} of {of}, {short_text(', '.join(names))} is" if names else f"shard {number} of {of} is"
        )
        yield f"{what} not there, or not whole; it is made by: {another_command(shard.command, number, of)}"
    if len(lacking) > TOLD:
        yield f"and {len(lacking) - TOLD:,} more"
