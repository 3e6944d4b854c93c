"""A run's folder looked at again: every file's hash, its tables out of its draws, and today's program on its inputs."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parameters.units import number_of
from simulate.engine.keeping.words import program
from simulate.evaluate.decision.table import Table
from simulate.result.finished.stored_draws import read_draws
from simulate.result.result import Result

CLOSE = 1e-9  # of the greatest number of a column
COLUMNS = {
    "incremental": ("cost", "effect", "incremental_cost", "incremental_effect", "icer"),
    "ceac": ("probability_",),
    "evpi": ("value",),
}  # that draws alone tell, by how they begin


@dataclass(frozen=True)
class Check:
    """One look: what was looked at, whether it holds, and what was found."""

    what: str
    holds: bool
    found: str
    needed: bool = True  # False: of a difference that alters no number

    def row(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"what": self.what, "holds": self.holds, "found": self.found}


def checks(folder: Path, manifest: Mapping[str, Any], result: Result) -> list[Check]:
    """Every check of a folder whose files are as its sealed `manifest` says, and which `result` was read back from."""
    found = [Check("every file is as it was written", True, f"{len(manifest['files'])} files, by their SHA-256")]
    table, _ = read_draws(folder, manifest["files"])
    ours = {"incremental": table.incremental_table, "ceac": table.ceac_table, "evpi": table.evpi_table}
    found += [_table(folder / f"{name}.csv", columns, ours[name]) for name, columns in COLUMNS.items()]
    same = manifest.get("program") == program()
    known = "the same sources and numbers" if same else "it has changed since, as hashes of sources and numbers tell"
    found.append(Check("the program that packs it made it", same, known, needed=False))
    told = f"{number_of(len(result.cost), 'draw')} of {number_of(len(result.strategies), 'strategy')}, to 1e-9"
    return [*found, Check("costs and effects come out of statistics.npz and the inputs kept", True, told)]


def _table(path: Path, columns: tuple[str, ...], ours: Table) -> Check:
    """A table of the folder beside the same out of its draws, where it tells anything."""
    with path.open(encoding="utf-8", newline="") as lines:
        told = list(csv.DictReader(lines))
    names = [n for n in (told[0] if told else ()) if n.startswith(columns) and n in ours.columns and n != "corrected"]
    key = "strategy" if "strategy" in ours.columns else "threshold"
    rows = {_key(row[key]): row for row in ours.rows()}
    off: list[float] = []
    for name in names:
        size = max((abs(float(row[name])) for row in told if row[name]), default=0.0) or 1.0
        mine = [(float(row[name]), rows.get(_key(row[key]), {}).get(name, math.nan)) for row in told if row[name]]
        off += [abs(theirs - float(own)) / size for theirs, own in mine]
    worst = float(np.max(off, initial=0.0))  # of what is no number, none
    words = f"{number_of(len(off), 'number')}; the furthest off by {worst:.1e} of the greatest"
    what = f"{path.name} comes out of the draws in psa.csv"
    return Check(what, worst <= CLOSE, words if off else "nothing is told there")


def _key(value: Any) -> Any:
    try:
        return float(value)
    except ValueError:
        return value
