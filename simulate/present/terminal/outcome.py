"""The end of a command: the finding as JSON or as lines of text, and where it was written."""

from __future__ import annotations

from pathlib import Path

import typer

from simulate.present.terms.face import Face
from simulate.result.plain import json_text


def print_outcome(face: Face, folder: Path | None = None, *, as_json: bool = False) -> None:
    """Print the data of a finding and nothing else, or its lines and the files in `folder` (None: none was written)."""
    if as_json:
        typer.echo(json_text(face.data))
        return
    typer.echo("\n".join(face.lines()), color=True)  # the lines know themselves whether a terminal reads them
    if folder is not None:
        typer.echo(f"\nWritten to {folder}: {', '.join(face.files)}")
