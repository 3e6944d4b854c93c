"""A file as a grid, whatever it is: what its first bytes say, not what its name does."""

from __future__ import annotations

import hashlib
from pathlib import Path

from parameters.files.as_saved.grids import Grid, Reading, is_number
from parameters.files.as_saved.separated import read_text
from parameters.files.as_saved.workbooks import READERS
from parameters.files.content import MEBIBYTE, content_of
from parameters.ground.mistakes import InputError, Problem, why

LARGEST = 512 * MEBIBYTE


def read_grid(path: Path, reading: Reading) -> Grid:
    """The table in a file; ``InputError`` where it cannot be read, ``MissingExtra`` where a library is not there."""
    if path.is_dir():
        ours = path / "psa.csv"
        hint = f", such as {ours}" if ours.is_file() else ""
        raise InputError([Problem(str(path), 0, "table", f"is a folder; allowed: a file of draws{hint}")])
    try:
        content = content_of(path, LARGEST)
    except (OSError, ValueError) as fault:
        raise InputError([Problem(str(path), 0, "table", f"cannot be read: {why(fault)}")]) from fault
    return grid_of(path, content, reading)


def grid_of(path: Path, content: bytes, reading: Reading) -> Grid:
    """The table in the bytes of a file; raises as ``read_grid``."""
    sha256 = hashlib.sha256(content).hexdigest()
    for start, read in READERS:
        if content.startswith(start):
            found = read(path, content, sha256, reading)
            break
    else:
        found = read_text(path, content, sha256, reading)
    grid: Grid = found
    _refuse_header(grid)
    return grid


def _refuse_header(grid: Grid) -> None:
    """Raise ``InputError`` for a first line that is none of names, or one that holds a name twice."""
    names = [name for name in grid.header if name]
    if names and all(map(is_number, names)):
        raise InputError(
            [grid.wrong(1, "header", "the first line holds numbers; allowed: a line of names above the draws")]
        )
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1] if len(set(names)) < len(names) else []
    if twice:
        raise InputError([grid.wrong(1, name, "given twice; allowed: each column once") for name in twice])
