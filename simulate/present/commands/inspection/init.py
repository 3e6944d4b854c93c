"""``recovery-cea init``: a model of one's own to begin with, annotated, that runs at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or one in which nothing is.")]
CALLED = "my_model"  # in the template

EXAMPLES = (
    "init my_model",
    "run my_model/my_model.py",
)


def init_command(folder: Folder) -> None:
    """Write a small model of your own (Python, and its numbers in TOML), to be run as it is and changed."""
    from models.contract import ModelError
    from simulate.present.folder.room import write_new
    from simulate.process.guard import HOME

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "holds files already" if folder.is_dir() else "is a file"
        raise ModelError(f"{folder}: {what}; allowed: a new folder, or one in which nothing is")
    name = _name(folder)
    files = {}
    for source in ("model.py", "model.toml"):
        text = (HOME / "models" / "template" / source).read_text(encoding="utf-8")
        files[folder / source.replace("model", name, 1)] = text.replace(CALLED, name).encode()
    write_new(files)
    file = folder / f"{name}.py"
    typer.echo(f"Written: {file} and {file.with_suffix('.toml')}.\nNext: recovery-cea describe {file}")


def _name(folder: Path) -> str:
    """The folder's name where a problem may be called so, and none of the catalogue or module of Python is."""
    from models.catalogue import problem_ids
    from parameters.mistakes import ID_PATTERN
    from simulate.process.guard import PACKAGES

    name = folder.resolve().name
    taken = {*problem_ids(), *PACKAGES, *sys.stdlib_module_names}
    return name if ID_PATTERN.match(name) and name not in taken else CALLED
