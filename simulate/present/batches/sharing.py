"""A batch on many machines: which makes which analyses, and what a shard says of itself beside its table."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulate.analyse.batch.dealing import Group, dealt, groups_of, too_large
from simulate.analyse.batch.file import Batch
from simulate.analyse.batch.table import FAILED, Outcome
from simulate.ask.asked import Asked
from simulate.engine.keeping.words import algebra_parts, program
from simulate.engine.progress import Progress, silent
from simulate.present.batches.places import Places
from simulate.present.folder.manifest import hashes_of, inputs_of
from simulate.present.terms.face import Face, written
from simulate.result.plain import json_text

DATA = "shard.json"
TOLD = 5  # analyses that are large


@dataclass(frozen=True)
class Hand:
    """What falls to the shard `mine` of so many, of all that is dealt."""

    whole: Batch
    mine: int
    of: int
    groups: Sequence[Group[str]]  # with a hash of the files that its analyses read
    given: Sequence[int]  # the shard of each group

    @property
    def batch(self) -> Batch:
        """The analyses that are made here. Those that are refused everywhere are told of by the first shard."""
        names = {
            a.name for g, shard in zip(self.groups, self.given, strict=True) if shard == self.mine for a in g.analyses
        }
        return self.whole.only({*names, *(self.whole.refused if self.mine == 1 else ())})

    def notes(self) -> Iterator[str]:
        """What is no mistake, and may not be meant: shards with nothing to do, or one with most of it."""
        if self.of > len(self.groups):
            yield f"shards beyond {len(self.groups)} have nothing to do: analyses that share a simulation go together"
        for group, share in too_large(self.groups, self.of)[:TOLD]:
            name, more = group.analyses[0].name, len(group.analyses) - 1
            beside = f" and {more} that share its simulation" if more else ""
            words = shlex.join([*group.analyses[0].command(), "--shard", f"1/{self.of}"])
            yield f"{name}{beside}: {share:.0%} of all work on one shard; in parts: recovery-cea {words}"

    def told(self, face: Face, places: Places, outcomes: Sequence[Outcome]) -> Face:
        """What a batch shows, of this shard, with what it takes to put all together."""
        data = self._data(places, outcomes)
        made = len(self.batch.in_order())

        def lines() -> Iterator[str]:
            yield from face.lines()
            yield f"\nShard {self.mine} of {self.of}: {made} of {len(self.whole.analyses)} analyses."
            yield "With all shards: recovery-cea merge FOLDER FOLDER ... --out FOLDER"

        shard = {DATA: written((json_text(data) + "\n").encode())}
        told = {**face.data, "shard": self.mine, "of": self.of}
        return replace(face, data=told, lines=lines, others={**face.others, **shard})

    def _data(self, places: Places, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        of_name = {
            a.name: {"shard": shard, "inputs": group.seen}
            for group, shard in zip(self.groups, self.given, strict=True)
            for a in group.analyses
        }
        none = {"shard": None, "inputs": None}
        return {
            "shard": self.mine,
            "of": self.of,
            "file": self.whole.path.name,
            "arithmetic": algebra_parts(),
            "program": program(),
            "analyses": [
                {"name": a.name, **of_name.get(a.name, none), "question": places.each[a.name].question}
                for a in self.whole.analyses
            ],
            "refused": {n: [str(problem) for problem in wrong] for n, wrong in self.whole.refused.items()},
            "failed": {o.analysis.name: o.error for o in outcomes if o.status == FAILED},
        }


def hand(batch: Batch, mine: int, of: int, progress: Progress = silent) -> Hand:
    """What falls to a shard."""
    groups = groups_of(batch, files_read, progress)
    return Hand(batch, mine, of, groups, dealt(groups, of))


def files_read(asked: Asked) -> str:
    """A hash of the files that an analysis reads, by their names and contents."""
    return hash_of(hashes_of(inputs_of(asked)))


def hash_of(inputs: Mapping[str, str]) -> str:
    """One hash of many."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
