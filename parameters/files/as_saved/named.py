"""Tables that a record names, beside the file that it stands in."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from parameters.families.faults import DistributionError
from parameters.files.as_saved.grids import MARKS, Grid, Reading
from parameters.files.as_saved.numerals import decimal_mark, numbers
from parameters.files.as_saved.opening import LARGEST, grid_of
from parameters.files.as_saved.separated import SEPARATORS
from parameters.files.content import content_of
from parameters.ground.mistakes import InputError, MissingExtra, short, unknown_key

Floats = npt.NDArray[np.float64]

READ_BY = ("separator", "decimal", "sheet")  # what a record may say of how its files are read
_CHARACTERS = {word: character for character, word in SEPARATORS.items()}
# On a command line these are options, in Python arguments; in a record, keys.
_OPTION = re.compile(r"--(separator|decimal|sheet) (\w+)|\b(separator|decimal|sheet)='(\w+)'")


@dataclass(frozen=True, eq=False)
class NamedTable:
    """A table that a record names, as a header and cells; what is wrong is told with its path."""

    path: Path
    grid: Grid

    @property
    def columns(self) -> dict[str, int]:
        """Places of the columns that have a name."""
        return {name: k for k, name in enumerate(self.grid.header) if name}

    def place(self, column: str) -> int:
        """Where a column stands; ``DistributionError`` where it does not."""
        if column not in self.columns:
            has = ", ".join(self.columns) or "none"
            raise DistributionError(f"{self.path} has no column {short(column)}; it has {has:.300}")
        return self.columns[column]

    def texts(self, place: int) -> list[str]:
        """The cells of one column, as words."""
        return ["" if cells[place] is None else str(cells[place]).strip() for _, cells in self.grid.lines()]

    def numbers(self, places: Sequence[int]) -> Floats:
        """The cells of some columns, [line, column]; ``DistributionError`` with every one that is no finite number."""
        try:
            found = numbers(self.grid, list(places), decimal_mark(self.grid, list(places)))
        except InputError as fault:
            raise DistributionError(*_told(fault)) from fault
        if found.problems:
            raise DistributionError(*_told(InputError(found.problems)))
        return np.asarray(found.values)


def read_named(name: str, folder: Path, said: Mapping[str, object], beside: MutableMapping[str, bytes]) -> NamedTable:
    """The table `name` in `folder`, read as `said` under ``READ_BY``; its bytes are kept in `beside`, by path.

    ``DistributionError`` says why it cannot be read.
    """
    path, reading = folder / name, _reading(said)
    try:
        content = content_of(path, LARGEST)
        grid = grid_of(path, content, reading)
    except (OSError, ValueError) as fault:
        if isinstance(fault, InputError):
            raise DistributionError(*_told(fault)) from fault
        raise DistributionError(f"{path} cannot be read: {fault}") from fault
    except MissingExtra as fault:
        raise DistributionError(f"{path}: {fault}") from fault
    beside[str(path)] = content
    return NamedTable(path, grid)


def _reading(said: Mapping[str, object]) -> Reading:
    given = {key: said[key] for key in READ_BY if key in said}
    wrong = [f"{key} = {short(value)} is no text" for key, value in given.items() if not isinstance(value, str)]
    separator, decimal, sheet = (None if (v := given.get(key)) is None else str(v) for key in READ_BY)
    if not wrong and separator is not None and separator not in {*_CHARACTERS, *SEPARATORS}:
        wrong.append(f"separator {unknown_key(separator, _CHARACTERS)}")
    if not wrong and decimal is not None and decimal not in MARKS:
        wrong.append(f"decimal {unknown_key(decimal, MARKS)}")
    if wrong:
        raise DistributionError(*wrong)
    mark = None if decimal is None else MARKS[decimal]
    return Reading(None if separator is None else _CHARACTERS.get(separator, separator), mark, sheet)


def _told(fault: InputError) -> list[str]:
    """The problems of a table in words, with keys of a record for the options of a command line."""
    return [_OPTION.sub(r'\1\3 = "\2\4"', str(problem)) for problem in fault.problems]
