"""A shard: the sums of some chunks of a run, with all that it takes to merge them with the others'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parameters import PARAMETERS_DIR
from parameters.units import number_of
from simulate.engine.keeping.store import SUFFIX, Store
from simulate.engine.keeping.words import algebra_parts
from simulate.engine.keeping.workplace import Share
from simulate.present.terms.face import Face, copied, kind_of, written

if TYPE_CHECKING:
    from simulate.result.result import Result

KIND = kind_of(__name__)
DATA = "shard.json"
CHUNKS = "chunks"  # the folder of sums


def face(result: Result, share: Share, store: Store, parameters: Sequence[Path], question: Mapping[str, Any]) -> Face:
    """What a shard shows: which it is of how many, and files of the sums that are its share and of what was solved for.

    `question` is what was asked, and `parameters` are the user's files that it names.
    """
    given, cohort = _given(result, parameters), result.options.cohort
    keys = sorted(store.used)
    data = {
        "shard": share.mine,
        "of": share.of,
        "question": {n: v for n, v in question.items() if n != "shard"},
        "given": {
            "parameters": [_named(i, p) for i, p in enumerate(parameters)],
            "cohort": None if cohort is None else f"given/cohort/{Path(cohort.file).name}",
        },
        "arithmetic": algebra_parts(),
        "chunks": keys,
    }
    assert store.folder is not None
    files = {f"{CHUNKS}/{key}{SUFFIX}": copied(store.folder / f"{key}{SUFFIX}") for key in keys}
    gone = [key for key in keys if not (store.folder / f"{key}{SUFFIX}").is_file()]
    if gone:
        raise OSError(
            f"--shard: {len(gone)} of {number_of(len(keys), 'file')} were cleared away from {store.folder} meanwhile;"
            " type the same command again: what is kept is not simulated again"
        )
    return Face(
        kind=KIND,
        data=data,
        data_file=DATA,
        lines=lambda: [
            f"Shard {share.mine} of {share.of}: {number_of(len(keys), 'file')} of sums and of what was solved for.",
            "With all shards: recovery-cea merge FOLDER FOLDER ... --out FOLDER",
        ],
        others={**{name: written(content) for name, content in given.items()}, **files},
        simulated=result,
        listed=(DATA, f"{CHUNKS}/"),
    )


def _named(number: int, file: Path) -> str:
    return f"given/{number}/{file.name}"


def _given(result: Result, parameters: Sequence[Path]) -> dict[str, bytes]:
    """The user's own files as they were read, and the tables that they name, at the same paths from them."""
    contents = {Path(f).absolute(): data for f, data in result.case.parameters.contents.items()}
    theirs = {f: data for f, data in contents.items() if not f.is_relative_to(PARAMETERS_DIR)}
    found: dict[str, bytes] = {}
    for number, file in enumerate(parameters):
        beside = file.absolute().parent
        mine = {f: data for f, data in theirs.items() if f == file.absolute() or f.suffix != ".toml"}
        found |= {f"given/{number}/{f.relative_to(beside)}": d for f, d in mine.items() if f.is_relative_to(beside)}
    cohort = result.options.cohort
    if cohort is not None:
        found[f"given/cohort/{Path(cohort.file).name}"] = cohort.content
    return found
