"""Tables that come as files: life tables."""

from __future__ import annotations

import csv
from functools import cache
from itertools import pairwise
from pathlib import Path

from parameters.mistakes import InputError, Problem
from parameters.units import PARAMETERS_DIR


@cache
def life_table(name: str, column: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Ages (years) and probabilities of dying within the year from ``parameters/<name>.csv``.

    Raises ``InputError`` on a missing file or column, ages that do not rise or values outside [0, 1).
    """
    if not name.isidentifier():
        text = f"{name!r} is no name of a life table; a file of one's own is read by LifeTable.read(path, column)"
        raise InputError([Problem("", 0, "LifeTable.table", text)])
    return read_life_table(PARAMETERS_DIR / f"{name}.csv", column)


def read_life_table(path: Path, column: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The same of any file; its ages, and a column of probabilities of dying within a year."""
    name = path.stem
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle)
            header, rows = list(reader.fieldnames or ()), list(reader)
    except (OSError, ValueError) as fault:
        text = f"no life table; allowed: {', '.join(sorted(p.stem for p in PARAMETERS_DIR.glob('life_table*.csv')))}"
        raise InputError([Problem(str(path), 0, name, text)]) from fault
    for needed in ("age", column):
        if needed not in header:
            text = f"no such column; allowed: {', '.join(h for h in header if h != 'age')}"
            raise InputError([Problem(str(path), 1, needed, text)])
    try:
        ages = tuple(float(row["age"]) for row in rows)
        values = tuple(float(row[column]) for row in rows)
    except (TypeError, ValueError) as fault:
        raise InputError([Problem(str(path), 0, column, f"holds what is no number: {fault}")]) from fault
    rising = all(a < b for a, b in pairwise(ages))
    if not ages or ages[0] != 0 or not rising or not all(0 <= v < 1 for v in values):
        raise InputError([Problem(str(path), 0, column, "ages must rise from 0 and probabilities lie in [0, 1)")])
    return ages, values
