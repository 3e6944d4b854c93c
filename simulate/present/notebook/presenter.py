"""What shows results from Python (see ``simulate.process.shown``): pages, figures and files, by type."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.contract import ModelError


def html(thing: object, /) -> str | None:
    """A few tables for a notebook, below 10 kB; None for what has none. What cannot be valued says why."""
    from simulate.present.notebook.markup import line
    from simulate.present.notebook.pages import PAGES

    page = PAGES.get(type(thing))
    try:
        return None if page is None else page(thing)
    except ModelError as fault:
        return line(repr(thing)) + line(str(fault))


def plots(thing: object, /) -> Any:
    """What draws, a method a figure."""
    from simulate.present.notebook.plots import PLOTS

    return PLOTS[type(thing)](thing)


def to_csv(thing: object, path: str | Path, /, *, overwrite: bool) -> list[Path]:
    """Tables as files; which were written."""
    from simulate.present.notebook import files

    return files.to_csv(thing, path, overwrite=overwrite)


def save(thing: object, folder: str | Path, /, *, figures: str, overwrite: bool) -> Path:
    """The folder that the command line writes."""
    from simulate.present.notebook import files

    return files.save(thing, folder, figures=figures, overwrite=overwrite)


def report(thing: object, path: str | Path, /) -> Path:
    """The page as a file; where it stands."""
    from simulate.present.notebook import files

    return files.report(thing, path)


def workbook(records: Any, names: Sequence[str], /) -> bytes:
    """The records of these names as the content of a workbook."""
    from simulate.present.workbook.parameters import book_of

    return book_of(records, names)
