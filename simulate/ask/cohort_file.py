"""People from a CSV: ``id``, ``weight``, one column for each characteristic, and if wanted where each starts."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.contract import AGE, Characteristic, Mixture, Pathway
from parameters import InputError, Problem
from parameters.arrays import Floats
from parameters.files.comma_separated import CommaSeparated, read_csv
from parameters.ground.brief import Brief
from parameters.mistakes import MOST_TOLD, short, short_text, spelling_hint, why
from parameters.units import LARGEST
from simulate.engine.lower.people import PeopleFile
from simulate.engine.tasks import BATCHES

Levels = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Row:
    """One line of the file: its number, and its cells by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, eq=False, repr=False)
class CohortFile(Brief):
    """The people of a file, and the very bytes that they were read from."""

    file: str  # as it was named
    content: bytes
    people: PeopleFile

    def of(self, people: int) -> PeopleFile:
        """Those of the file, each as many times as it takes to be so many `people`; once where there are more."""
        return _times(self.people, max(1, people // len(self.people)))

    def as_many(self, people: int) -> int:
        """How many are simulated where so many `people` are asked for: as many, or a few more, of each row.

        From ten of each on a multiple of ten, so that each of the ten batches holds as many of each.
        """
        rows = len(self.people)
        each = math.ceil(people / rows)
        return rows * (each if each < BATCHES else BATCHES * math.ceil(each / BATCHES))

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


@lru_cache(maxsize=2)
def _times(people: PeopleFile, many: int) -> PeopleFile:
    return people.times(many)


def read_cohort(path: Path, pathway: Pathway) -> CohortFile:
    """The people of a file, checked against the pathway; it is read once.

    Columns: `id` (unique), `weight` (positive), every characteristic declared, optionally the start level
    of any domain and `elapsed` (years already spent in the start state). Raises ``InputError`` with
    every unknown or missing column, or else with every bad cell.
    """
    table = _read(path)
    header, lines = table.header, table.lines
    problems = [*_wrong_columns(path, table, _columns(pathway), pathway)]
    if not lines and not problems:
        problems.append(Problem(str(path), 1, "id", "no people; need at least one row"))
    if problems:
        raise InputError(problems)
    reader = _Reader(path, _rows(path, header, lines, problems), problems)
    people = PeopleFile(
        ids=reader.ids(),
        weight=reader.numbers("weight", low=float(np.nextafter(0.0, 1.0))),
        characteristics={c.name: reader.characteristic(c) for c in pathway.characteristics},
        start={d.name: reader.one_of(d.name, d.levels) for d in pathway.domains if d.name in header},
        elapsed=reader.numbers("elapsed", low=0.0) if "elapsed" in header else np.zeros(len(lines)),
    )
    if problems:
        raise InputError(sorted(problems, key=lambda p: p.line))
    return CohortFile(str(path), table.content, people)


def _columns(pathway: Pathway) -> list[str]:
    return ["id", "weight", *(c.name for c in pathway.characteristics), *(d.name for d in pathway.domains), "elapsed"]


def _read(path: Path) -> CommaSeparated:
    try:
        return read_csv(path)
    except (OSError, ValueError) as fault:
        raise InputError([Problem(str(path), 0, "cohort", f"cannot be read: {why(fault)}")]) from fault


def _wrong_columns(path: Path, table: CommaSeparated, allowed: Sequence[str], pathway: Pathway) -> Iterator[Problem]:
    optional, header, twice = {"elapsed", *(d.name for d in pathway.domains)}, table.header, table.twice()
    for column in dict.fromkeys(header):
        if column not in allowed:
            hint = spelling_hint(column, allowed)
            where = short_text(column) or "header"
            yield Problem(str(path), 1, where, f"unknown column; allowed: {', '.join(allowed)}{hint}")
        elif column in twice:
            yield Problem(str(path), 1, column, "given twice; allowed: once")
    for column in allowed:
        if column not in header and column not in optional:
            yield Problem(str(path), 1, column, "missing column")


def _rows(
    path: Path, header: Sequence[str], lines: Sequence[tuple[int, list[str]]], problems: list[Problem]
) -> list[_Row]:
    """Lines as rows; one with too many cells is a problem, one with too few has them empty."""
    for line, cells in lines:
        if len(cells) > len(header):
            problems.append(Problem(str(path), line, header[0], f"{len(cells)} cells in {len(header)} columns"))
    return [_Row(line, dict(zip_longest(header, cells[: len(header)], fillvalue=""))) for line, cells in lines]


class _Reader:
    """Columns of the file, with every bad cell added to `problems`."""

    def __init__(self, path: Path, rows: Sequence[_Row], problems: list[Problem]):
        self.path, self.rows, self.problems = path, rows, problems

    def ids(self) -> tuple[str, ...]:
        found: set[str] = set()
        for row in self.rows:
            name = row.cells["id"]
            if not name or name in found:
                self._wrong(row, "id", f"{short(name)} is {'given twice' if name else 'empty'}; allowed: each once")
            found.add(name)
        return tuple(row.cells["id"] for row in self.rows)

    def numbers(self, column: str, low: float = -np.inf) -> Floats:
        need = "" if low == -np.inf else " and positive" if low > 0 else " and not negative"
        out = np.array([_number(row.cells[column]) for row in self.rows])
        for row, value in zip(self.rows, out, strict=True):
            if not max(low, -LARGEST) <= value <= LARGEST:  # beyond, a sum over people overflows
                self._wrong(row, column, f"{short(row.cells[column])}; must be a number, finite{need}")
        return out

    def one_of(self, column: str, allowed: Sequence[str]) -> Levels:
        for row in self.rows:
            if row.cells[column] not in allowed:
                self._wrong(row, column, f"{short(row.cells[column])}; allowed: {', '.join(allowed)}")
        return np.array([row.cells[column] for row in self.rows], dtype=object)

    def characteristic(self, c: Characteristic) -> Levels | Floats:
        if isinstance(c.values, Mixture):
            return self.one_of(c.name, c.values.level_names())
        return self.numbers(c.name, low=0.0 if c.name == AGE else -np.inf)

    def _wrong(self, row: _Row, column: str, text: str) -> None:
        if len(self.problems) < MOST_TOLD:
            self.problems.append(Problem(str(self.path), row.line, column, text))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
