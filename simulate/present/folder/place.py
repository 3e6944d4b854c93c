"""Where results go, and the question they answer: another question's answer never takes the place of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from simulate.present.folder.manifest import read_sealed
from simulate.present.folder.question import asked


@dataclass(frozen=True)
class Place:
    """A folder for results, whether strangers' files in it are worked around, and the question answered there."""

    folder: Path
    overwrite: bool = False
    question: Mapping[str, Any] | None = None  # as JSON holds it; None: not known


def place_for(out: Path | None, usual: Path, overwrite: bool = False) -> Place:
    """`out`, or else the `usual` folder; where that holds the answer to another question, ``usual-2`` and so on."""
    question = asked()
    if out is not None:
        return Place(out, overwrite, question)
    names = chain([usual], (usual.with_name(f"{usual.name}-{n}") for n in count(2)))
    return Place(next(name for name in names if overwrite or _is_for(name, question)), overwrite, question)


def _is_for(folder: Path, question: Mapping[str, Any] | None) -> bool:
    found = read_sealed(folder)
    return found is None or question is None or found.get("question") in (None, question)
