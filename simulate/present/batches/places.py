"""Where the answers of a batch go, and whether they may: a folder each, to the question that ``run`` asks."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.contract import ModelError
from parameters.mistakes import Mistakes
from simulate.analyse.batch.analysis import Analysis, plain
from simulate.analyse.batch.file import TABLE, Batch
from simulate.ask.own.naming import is_model_file
from simulate.present.commands.run import run_command
from simulate.present.faces.looks.batch import KIND
from simulate.present.faces.run import KIND as RUN
from simulate.present.folder.hold import hold, let_go
from simulate.present.folder.manifest import MANIFEST
from simulate.present.folder.output import clear_inside, refuse_foreign_folder
from simulate.present.folder.place import Place
from simulate.present.folder.question import question_of


@dataclass(frozen=True)
class Places:
    """The folder of a batch, and in it those of its table and of each analysis, by name."""

    root: Path
    table: Place
    each: Mapping[str, Place]

    def refuse(self, kept: Container[str] = ()) -> None:
        """Raise ``ModelError`` with everything that is in the way: what ``run`` would refuse, and in all, strangers.

        Of analyses that are `kept`, by name, nothing is: they are taken as they stand, or nothing is written there.
        """
        mistakes = Mistakes()
        with mistakes.among():
            self._refuse_strangers()
        for place, kind in [(self.table, KIND), *((place, RUN) for n, place in self.each.items() if n not in kept)]:
            with mistakes.among():
                if place.folder.is_symlink():
                    raise ModelError(f"--out {place.folder}: is a link; allowed: a folder, or another --out")
                if place.folder.exists() and self.root.is_dir():
                    refuse_foreign_folder(place, kind)
        mistakes.tell()

    def _refuse_strangers(self) -> None:
        """Raise ``ModelError`` where the folder of all holds more than answers of ours; in those, each is asked."""
        own = {place.folder.name for place in (self.table, *self.each.values())}
        refuse_foreign_folder(Place(self.root, self.table.overwrite), KIND, besides=own)
        if (self.root / MANIFEST).exists():  # what it holds would be taken away with it, when it is replaced
            raise ModelError(f"--out {self.root}: is itself a folder of results; allowed: another --out")

    def free(self) -> int:
        """Bytes that are free where they go."""
        there = next(p for p in (self.root, *self.root.absolute().parents) if p.is_dir())
        return shutil.disk_usage(there).free

    @contextmanager
    def held(self, kept: Container[str] = ()) -> Iterator[None]:
        """Within, no other batch writes there; what a killed one left is cleared away. ``ModelError`` as ``refuse``."""
        self.refuse(kept)
        hold(self.root)
        try:
            clear_inside(self.root)
            self.refuse(kept)  # what was cleared away may have changed it
            yield
        finally:
            let_go(self.root)


def places_for(batch: Batch, root: Path, overwrite: bool = False, shard: tuple[int, int] | None = None) -> Places:
    """The folders of a batch in `root`, as a whole or a `shard` of it."""
    each = {a.name: Place(root / a.name, overwrite, question(a)) for a in batch.analyses}
    return Places(root, table_place(root, overwrite, shard), each)


def table_place(root: Path, overwrite: bool, shard: tuple[int, int] | None = None) -> Place:
    """That of the table; one of all takes not the place of a `shard`'s, nor that of another one's."""
    mine = None if shard is None else f"{shard[0]}/{shard[1]}"
    return Place(root / TABLE, overwrite, {"command": KIND, "shard": mine})


def question(analysis: Analysis) -> dict[str, Any]:
    """What ``run`` with the words of an analysis is asked."""
    usual = {n: p.default for n, p in inspect.signature(run_command).parameters.items()}
    words = dict(analysis.words)
    ages = ",".join(plain(age) for age in analysis.ages) or None
    changes = [f"{n}={plain(v)}" for n, v in words.pop("set", {}).items()] or None
    if is_model_file(words.get("problem")):
        words["problem"] = analysis.problem
    files = {"cohort": analysis.cohort, "parameters": analysis.files or None}
    return question_of(RUN, {**usual, **words, **files, "ages": ages, "changes": changes})
