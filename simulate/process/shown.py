"""What is shown in a notebook, drawn, and written to files: asked of an object, done by who is named for it.

Results and cases know nothing of pages and figures, which stand above them. Whoever puts the program together names
once what presents them (see ``simulate``), and it is imported when something is first shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol


class Presenter(Protocol):
    """What shows everything that can be shown."""

    def html(self, thing: object, /) -> str | None:
        """A few tables for a notebook; None for what has none."""

    def plots(self, thing: object, /) -> Any:
        """What draws, a method a figure."""

    def to_csv(self, thing: object, path: str | Path, /, *, overwrite: bool) -> list[Path]:
        """Tables as files; which were written."""

    def save(self, thing: object, folder: str | Path, /, *, figures: str, overwrite: bool) -> Path:
        """The folder that the command line writes."""

    def report(self, thing: object, path: str | Path, /) -> Path:
        """The page as a file; where it stands."""

    def workbook(self, records: Any, names: Sequence[str], /) -> bytes:
        """The records of these names as the content of a workbook."""


_named: list[Callable[[], Presenter]] = []


def show_by(find: Callable[[], Presenter]) -> None:
    """From here on things are shown by what `find` gives, which is asked when something is shown."""
    _named[:] = [find]


def presenter() -> Presenter:
    """Who shows things; ``LookupError`` where nobody was named."""
    if not _named:
        raise LookupError("nothing was named that shows results; import simulate, which does")
    return _named[0]()


class Shown:
    """Something that a notebook shows as tables."""

    def _repr_html_(self) -> str | None:
        return presenter().html(self)


class Finding(Shown):
    """Something found, with tables and figures."""

    @property
    def plot(self) -> Any:
        """Figures, a method each: ``plot.ceac()``, ``plot.ceac(ax=ax)``; ``dir(x.plot)`` lists them.

        Each returns a matplotlib ``Figure``: a new one, or that of the axes given. ``ModelError`` says why where there
        is nothing to draw, or how many axes it takes.
        """
        return presenter().plots(self)

    def to_csv(self, path: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write the tables, with the bytes that the command line writes, and say which files these are.

        `path` is a folder for all of them, made where it is not there, or a file whose name is that of a table, such
        as ``ceac.csv``; one that has but one table takes any name. ``ModelError`` for a table that there is not, and,
        unless `overwrite`, for files of those names that are there already; nothing is then written.
        """
        return presenter().to_csv(self, path, overwrite=overwrite)

    def save(self, folder: str | Path, *, figures: str = "main", overwrite: bool = False) -> Path:
        """Write what the command line leaves in a folder, whole or not at all, and return the folder.

        `figures` are "main", "all" or "none". What stands there and is an answer to another question, or none of ours,
        is refused (``ModelError``) unless `overwrite`, which replaces our own files and keeps all others.
        """
        return presenter().save(self, folder, figures=figures, overwrite=overwrite)

    def report(self, path: str | Path) -> Path:
        """Write the page of it to a new file, one that needs nothing beside it, and return where it stands.

        ``ModelError`` for a file that is there already, and for what has no page: a run, a finished table and what
        moved a decision have one, and what was read back from a folder has it there (``recovery-cea report``).
        """
        return presenter().report(self, path)
