"""``recovery-cea export``: draws for another program, with a script that comes to the same decision tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

To = Annotated[str, typer.Argument(metavar="PROGRAM", help="savi, bcea, voi, arrow or xarray.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `recovery-cea run` or `evaluate`.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: DIR/export-PROGRAM]")]

EXAMPLES = ("export bcea runs/joint_crisis_plan",)


def export_command(
    to: To,
    folder: Folder,
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """The draws of a folder of results, as another program reads them."""
    from models.contract import ModelError, check_one_of
    from simulate.present.faces.exchange.export import KIND, face
    from simulate.present.folder.manifest import read_sealed
    from simulate.present.folder.output import claim, put_back
    from simulate.present.folder.place import place_for
    from simulate.result.finished.handing_on import PROGRAMS, hand_on
    from simulate.result.finished.stored_draws import read_draws

    check_one_of(to, list(PROGRAMS), "program")
    put_back(folder)
    found = read_sealed(folder)
    if found is None or found.get("kind") not in ("run", "evaluate"):
        raise ModelError(f"{folder}: is no folder written by run or evaluate, or its manifest was changed")
    table, withheld = read_draws(folder, found["files"])
    handed = hand_on(table, to)
    place = place_for(out, folder / f"export-{to}", overwrite)
    claim(place, KIND)
    flags.deliver(face(handed, folder, withheld), place, as_json=as_json)
