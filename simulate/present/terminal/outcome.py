"""The end of a command: the finding as JSON or as lines of text, and where it was written."""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path

import typer

from simulate.present.terms.face import Face
from simulate.present.terms.surroundings import is_quiet
from simulate.result.plain import json_text


def print_outcome(face: Face, folder: Path | None = None, *, as_json: bool = False) -> None:
    """Print the data of a finding and nothing else, or its lines and the files in `folder` (None: none was written)."""
    if as_json:
        typer.echo(json_text(face.data))
        return
    if is_quiet():
        return
    lines = [*_changed(face), *face.lines(), *_unseen(face)]
    typer.echo("\n".join(map(wrapped, lines)), color=True)  # they know themselves whether a terminal reads them
    if folder is not None:
        typer.echo("\n" + wrapped(f"Written to {folder}: {', '.join(_written(face, folder))}"))
        if face.hint and (face.figures is None or (folder / "figures").is_dir()):
            typer.echo(face.hint)


def wrapped(line: str) -> str:
    """A line of words as a terminal shows it, broken between words and hanging; tables, and in a pipe all, as it is."""
    words = line.strip()
    if not sys.stdout.isatty() or "\n" in words or "  " in words or "\x1b" in words:
        return line
    width, before = shutil.get_terminal_size().columns, line[: len(line) - len(line.lstrip())]
    if len(line) <= width:
        return line
    hanging = before.lstrip("\n") + "  "
    return textwrap.fill(
        words,
        width,
        initial_indent=before,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _written(face: Face, folder: Path) -> list[str]:
    """The files to name; no figures where there was nothing to draw."""
    return [name for name in face.files if not name.startswith("figures/") or (folder / name).exists()]


def _changed(face: Face) -> list[str]:
    """What was changed from the shipped case, for findings that do not tell it themselves."""
    case = face.about if face.simulated is None else face.simulated.case
    if case is None or face.tells_changes:
        return []
    from simulate.ask.changes import changed_parameters
    from simulate.present.english.changes import changed_line

    found = changed_parameters(case)
    return ["Changed from the shipped case:", *(f"  {changed_line(c)}" for c in found), ""] if found else []


def _unseen(face: Face) -> list[str]:
    """What findings rest on that nobody met, where it could turn them."""
    if face.rests_on is None:
        return []
    from simulate.present.english.numbers import listed
    from simulate.present.english.sweeps import words_of
    from simulate.result.judgement import unseen_names

    names = unseen_names(face.rests_on)
    words = words_of(face.rests_on)
    told = f"Rests on what nobody met, which could turn it: {listed(words.thing(n) for n in names)}."
    return ["", f"{told} Simulate more people."] if names else []
