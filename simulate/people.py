"""People from a CSV: ``id``, ``weight``, one column for each characteristic, and if wanted where each starts."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from models.contract import Characteristic, Mixture, Pathway
from parameters import InputError, Problem
from simulate.engine.cohort import PeopleFile

Row = Mapping[str, str | None]


def read_people(path: Path, pathway: Pathway) -> PeopleFile:
    """The people of a file, checked against the pathway.

    Columns: `id` (unique), `weight` (positive), every characteristic declared, optionally the start level
    of any domain and `elapsed` (years already spent in the start state). Raises ``InputError`` with
    every unknown or missing column and every bad cell.
    """
    header, rows = _read(path)
    allowed = _columns(pathway)
    problems = [
        Problem(str(path), 1, c, f"unknown column; allowed: {', '.join(allowed)}") for c in header if c not in allowed
    ]
    needed = [n for n in allowed if n not in ("elapsed", *(d.name for d in pathway.domains))]
    problems += [Problem(str(path), 1, n, "missing column") for n in needed if n not in header]
    if not rows:
        problems.append(Problem(str(path), 1, "id", "no people; need at least one row"))
    if problems:
        raise InputError(problems)
    reader = _Reader(path, rows, problems)
    people = PeopleFile(
        ids=reader.ids(),
        weight=reader.numbers("weight", low=float(np.nextafter(0.0, 1.0))),
        characteristics={c.name: reader.characteristic(c) for c in pathway.characteristics},
        start={d.name: reader.levels(d.name, d.levels) for d in pathway.domains if d.name in header},
        elapsed=reader.numbers("elapsed", low=0.0) if "elapsed" in header else np.zeros(len(rows)),
    )
    if problems:
        raise InputError(problems)
    return people


def _columns(pathway: Pathway) -> list[str]:
    return ["id", "weight", *(c.name for c in pathway.characteristics), *(d.name for d in pathway.domains), "elapsed"]


def _read(path: Path) -> tuple[list[str], list[Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            rows: list[Row] = list(reader)
            return list(reader.fieldnames or ()), rows
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise InputError([Problem(str(path), 0, "cohort", f"cannot be read: {fault}")]) from fault


class _Reader:
    """Columns of the file, with every bad cell added to `problems`."""

    def __init__(self, path: Path, rows: Sequence[Row], problems: list[Problem]):
        self.path, self.rows, self.problems = path, rows, problems

    def ids(self) -> tuple[str, ...]:
        found: dict[str, int] = {}
        for line, row in enumerate(self.rows, 2):
            name = row["id"] or ""
            if not name or name in found:
                self._wrong(line, "id", f"{name!r} is {'given twice' if name else 'empty'}; allowed: each once")
            found[name] = line
        return tuple(row["id"] or "" for row in self.rows)

    def numbers(self, column: str, low: float = -np.inf) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        out = np.ones(len(self.rows))
        for i, row in enumerate(self.rows):
            try:
                out[i] = float(row[column] or "")
            except ValueError:
                out[i] = np.nan
            if not (np.isfinite(out[i]) and out[i] >= low):
                need = "" if low == -np.inf else " and positive" if low > 0 else " and not negative"
                self._wrong(i + 2, column, f"{row[column]!r}; must be a number, finite{need}")
        return out

    def levels(self, column: str, allowed: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
        for line, row in enumerate(self.rows, 2):
            if row[column] not in allowed:
                self._wrong(line, column, f"{row[column]!r}; allowed: {', '.join(allowed)}")
        return np.array([row[column] for row in self.rows], dtype=object)

    def characteristic(
        self, c: Characteristic
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]] | np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return self.levels(c.name, c.values.levels()) if isinstance(c.values, Mixture) else self.numbers(c.name)

    def _wrong(self, line: int, column: str, text: str) -> None:
        self.problems.append(Problem(str(self.path), line, column, text))
