"""A table as what was found gives it: columns by name, for files and rows, and pandas' frame for who asks for one."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parameters.ground.brief import Brief

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Table(Brief):
    """Columns of one length: arrays of numbers, or lists. pandas takes longer to import than a run to be valued."""

    columns: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def frame(self) -> pd.DataFrame:
        """The same as pandas has it."""
        import pandas as pd

        return pd.DataFrame(dict(self.columns))

    def rows(self) -> list[dict[str, Any]]:
        """A mapping a row, of Python's own numbers."""
        return [dict(zip(self.columns, row, strict=True)) for row in self._across()]

    def to_csv(self, path: Path, *, index: bool = False, lineterminator: str = "\n", encoding: str = "utf-8") -> None:
        """Write it as pandas would, byte for byte: numbers with all their digits, nothing where there is none."""
        assert not index
        with path.open("w", encoding=encoding, newline="") as out:
            writer = csv.writer(out, lineterminator=lineterminator)
            writer.writerow(self.columns)
            writer.writerows([["" if _is_none(x) else x for x in row] for row in self._across()])

    def _across(self) -> Iterable[tuple[Any, ...]]:
        return zip(*(x.tolist() if isinstance(x, np.ndarray) else x for x in self.columns.values()), strict=True)


def joined(tables: Iterable[Table]) -> Table:
    """Tables of the same columns one below another."""
    every = list(tables)
    return Table({name: _joined([table[name] for table in every]) for name in every[0].columns})


def _joined(columns: list[Any]) -> Any:
    return np.concatenate(columns) if isinstance(columns[0], np.ndarray) else [x for column in columns for x in column]


def _is_none(value: Any) -> bool:
    return value is None or value != value
