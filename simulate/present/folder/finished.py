"""Whether a folder holds the whole answer already that a run would write: of the same inputs, by the same program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

from simulate.present.folder.manifest import MANIFEST, hashes_of, inputs_of, made_with
from simulate.present.folder.place import Place
from simulate.present.folder.survey import survey
from simulate.present.terms.face import Simulated
from simulate.result.plain import json_text

FOUND_BY_RUNNING = ("draws",)  # with a wanted error: the draws that it takes


def is_finished(place: Place, kind: str, asked: Simulated, figures: str, *, until: bool = False) -> bool:
    """Whether every file of an answer of this `kind` to the question of `place` stands there as it was written.

    It must be made of the same inputs, by their hashes, by this program on such a machine, and have the same choice of
    `figures`; `until` says whether the run was to find out itself how many draws it takes.
    """
    found = survey(place.folder)
    if found.manifest is None or found.kind != kind or found.question != place.question:
        return False
    whole = {*found.manifest["files"], MANIFEST} == found.ours
    wanted = json.loads(json_text(made_with(asked, hashes_of(inputs_of(asked)))))
    alike = all(found.manifest.get(n) == v for n, v in wanted.items() if not (until and n in FOUND_BY_RUNNING))
    return whole and alike and _figures(found.manifest.get("command", ())) == figures


def _figures(command: Sequence[str]) -> str:
    """The figures that a command asked for."""
    words = [word for part in command for word in str(part).split("=", 1)]
    return next((b for a, b in pairwise(words) if a == "--figures"), "main")
