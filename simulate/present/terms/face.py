"""What an analysis shows of itself, whatever shows it: a folder, a terminal, another program."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from simulate.ask.case import Case
    from simulate.ask.options import Options
    from simulate.evaluate.decision.table import Table
    from simulate.present.figures.style import Drawing
    from simulate.result.valued import Valued


FIGURES = ("main", "all", "none")  # that may be asked for
REPORT = "report.html"  # the page of a run or evaluation, in its folder
DOCUMENT = "report.docx"  # the same for Word, where it is asked for
MAIN = 2  # figures, the first that there is something to show in


class Simulated(Protocol):
    """A case with the options it was simulated with."""

    @property
    def case(self) -> Case: ...

    @property
    def options(self) -> Options: ...


@dataclass(frozen=True, kw_only=True)
class Face:
    """One finding, ready to be shown; each of ``faces/`` makes one.

    What shows findings reads these fields and knows no analysis by name: the writer of folders and the terminal do, and
    so can a workbook (a sheet for each of `tables`) or a page (`lines`, `tables` and `figures`).
    """

    kind: str  # the manifest's
    data: Any  # what ``--json`` prints: plain rows and numbers
    lines: Callable[[], Iterable[str]]  # of text
    data_file: str | None = "summary.json"  # where a folder holds `data`; None: nowhere
    tables: Mapping[str, pd.DataFrame | Table] = field(default_factory=dict)  # by the stem of the file
    others: Mapping[str, Callable[[Path], object]] = field(default_factory=dict)  # files, each by what writes it
    figures: Callable[[], Iterable[Drawing | None]] | None = None  # drawn in the house's style; None: never any
    # Files made of all the others once they are there, each by what writes it, given how the folder was made.
    pages: Mapping[str, Callable[[Path, Mapping[str, Any]], object]] = field(default_factory=dict)
    simulated: Simulated | None = None  # whose inputs a folder copies; None: what was read had been simulated before
    about: Case | None = None  # whose changes are told where nothing is `simulated`
    manifest: Mapping[str, Any] = field(default_factory=dict)  # what this kind says besides
    rests_on: Valued | None = None  # a result that nothing in `lines` or `data` says of what nobody met in it
    tells_changes: bool = False  # whether `lines` say what was changed from the shipped case
    listed: tuple[str, ...] = ()  # the files to name once written, where not `files`
    hint: str = ""  # said after the files: how to get what was left out

    @property
    def files(self) -> tuple[str, ...]:
        """What a reader finds in the folder, to be named once it is written."""
        data = () if self.data_file is None else (self.data_file,)
        figures = () if self.figures is None else ("figures/",)
        return self.listed or (*data, *self.pages, *(f"{stem}.csv" for stem in self.tables), *self.others, *figures)


def written(content: bytes) -> Callable[[Path], object]:
    """What writes a file of this content, in a folder that need not be there yet."""

    def write(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return write


def copied(source: Path) -> Callable[[Path], object]:
    """What writes a copy of a file, in a folder that need not be there yet."""

    def write(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)

    return write


def chosen_figures(
    which: str, drawn: Callable[[], Iterable[Drawing | None]]
) -> Callable[[], Iterable[Drawing | None]] | None:
    """Of the figures `drawn`, most telling first: the ``main`` two, ``all``, or ``none``; no other is drawn."""
    if which == "none":
        return None
    return drawn if which == "all" else lambda: islice((d for d in drawn() if d is not None), MAIN)


def figures_hint(which: str, or_else: str = "") -> str:
    """How to get the figures that were left out: by the same command, `or_else` in another way."""
    return "" if which == "all" else f"Every figure: the same command with --figures all{or_else}."


def kind_of(module: str) -> str:
    """The kind that a module of faces stands for: ``virtual-trials`` for ``simulate.present.faces.virtual_trials``."""
    return module.rpartition(".")[2].replace("_", "-")
