"""`recovery-cea store`: what is kept between runs, how much it is, whether it is whole; and clearing it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

What = Annotated[str, typer.Argument(metavar="list|verify|clear", help="What to do with it.")]
Folder = Annotated[Path | None, typer.Option("--store", metavar="DIR", help="This folder, not the usual one.")]
Days = Annotated[float, typer.Option(metavar="NUMBER", min=0, help="clear: only what was not used for so many days.")]

EXAMPLES = (
    "store",
    "store verify",
    "store clear --older-than 30",
)


def store_command(
    what: What = "list", store: Folder = None, older_than: Days = 0.0, as_json: flags.AsJson = False
) -> None:
    """Say what is kept between runs, check it, or clear it; files of others in its folder are left alone."""
    from models.quantities import check_one_of
    from simulate.engine.keeping.inventory import clear, inventory
    from simulate.engine.keeping.workplace import usual_folder
    from simulate.present.faces.many.store import face
    from simulate.present.terminal.outcome import print_outcome
    from simulate.present.terms.exit_codes import FAILED

    check_one_of(what, ("list", "verify", "clear"), "store")
    folder = usual_folder() if store is None else flags.store_folder(store)
    gone = clear(folder, older_than) if what == "clear" and folder is not None else None
    found = inventory(folder, whole=what == "verify")
    print_outcome(face(found, gone), as_json=as_json)
    if found.wrong:
        raise typer.Exit(FAILED)
