"""The figures of a finding, each as PNG, SVG and the numbers plotted in it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from simulate.engine.progress import Progress, silent
from simulate.present.figures.style import Drawing, house_style, write, write_png


class Picture(NamedTuple):
    """A figure as PNG, with its title and what it shows in words."""

    title: str
    words: str
    png: bytes


def draw_figures(
    figures: Callable[[], Iterable[Drawing | None]], folder: Path, progress: Progress = silent
) -> list[Path]:
    """Write every figure that there is something to show in into `folder`, made where it is not there.

    `figures` draws them, None for one with nothing to show; where none is left no folder is made, since an empty one
    counts as somebody else's. Returns the files, PNG, SVG and CSV of each figure in turn. The same finding gives the
    same bytes.
    """
    progress(0, 0)
    paths: list[Path] = []
    with house_style():
        drawings = [drawing for drawing in figures() if drawing is not None]
        if drawings:
            folder.mkdir(parents=True, exist_ok=True)
        for done, drawing in enumerate(drawings):
            progress(done, len(drawings))
            paths += write(drawing, folder)
    return paths


def pictures(figures: Callable[[], Iterable[Drawing | None]]) -> list[Picture]:
    """The same figures as PNG alone, each with its title and words."""
    found: list[Picture] = []
    with house_style():
        for drawing in filter(None, figures()):
            content = io.BytesIO()
            title, words = write_png(drawing, content)
            found.append(Picture(title, words, content.getvalue()))
    return found
