"""Whole answers kept between runs: the same question, of the same program and numbers, is answered from the store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from simulate.ask.case import Case
from simulate.engine.keeping.sealing import key_of
from simulate.engine.keeping.words import PROGRAM, algebra, program, spelt
from simulate.engine.keeping.workplace import here
from simulate.present.folder.manifest import read_sealed

WHAT = "answer"
TOLD_BY = ("jinja2", "matplotlib", "pandas", "pydantic", "rich")  # whose versions files of results also depend on
SUMMARY = "summary.json"
ABOUT = "about"  # beside the files: what the manifest said
OURS = ("kind", "command", "question", "inputs", "files")  # of a manifest, made anew each time


@dataclass(frozen=True)
class Answer:
    """The files of a finished run but its manifest and inputs, by path, and what its manifest said of itself."""

    files: Mapping[str, bytes]
    manifest: Mapping[str, Any]


def key_for(case: Case, question: Mapping[str, Any] | None, **told: object) -> str | None:
    """The key of an answer: what was asked and how it is `told`, every file read, and all of the program.

    None where nothing may be kept: outside the command line, without a store, or where others simulate too.
    """
    place = here()
    if question is None or not place.store.reads or place.share is not None or place.elsewhere is not None:
        return None
    read = sorted((Path(f).name, hashlib.sha256(data).hexdigest()) for f, data in case.parameters.contents.items())
    versions = {name: version(name) for name in TOLD_BY}
    own = (
        () if case.own is None else (case.own.declared(), case.own.content)
    )  # and what it imports, by what it declares
    words = [hashlib.sha256(data).hexdigest() for data in own]
    return key_of([algebra(), spelt((program(), json.dumps(question, default=str), told, read, versions, *words))])


def find(key: str | None) -> Answer | None:
    """The answer of a key, if it is kept."""
    arrays = None if key is None else here().store.find(WHAT, key)
    if arrays is None:
        return None
    files = {name: content.tobytes() for name, content in arrays.items()}
    try:
        manifest, summary = (json.loads(text) for text in (files.pop(ABOUT), files[SUMMARY]))
    except (ValueError, LookupError, RecursionError):  # whole, and none of ours
        return None
    inside = all(not PurePosixPath(n).is_absolute() and ".." not in PurePosixPath(n).parts for n in files)
    return Answer(files, manifest) if inside and isinstance(manifest, dict) and isinstance(summary, dict) else None


def keep(key: str | None, folder: Path) -> None:
    """Keep what a run wrote to a folder that nobody else writes to, if it is as it was written."""
    still = key is not None and PROGRAM.is_still()  # what is loaded late may be of another program than the key
    manifest = read_sealed(folder) if still else None
    if key is None or manifest is None:
        return
    names = [n for n in manifest["files"] if not n.startswith("inputs/")]
    try:
        if not here().store.takes(sum((folder / n).stat().st_size for n in names)):
            return  # before it is read
        files = {n: (folder / n).read_bytes() for n in names}
    except OSError:
        return
    if any(hashlib.sha256(files[n]).hexdigest() != manifest["files"][n] for n in names):
        return
    files[ABOUT] = json.dumps({n: v for n, v in manifest.items() if n not in OURS}).encode()
    here().store.keep(WHAT, key, {n: np.frombuffer(content, np.uint8) for n, content in files.items()})
