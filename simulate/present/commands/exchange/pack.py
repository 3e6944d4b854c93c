"""``recovery-cea pack``: everything that a reviewer asks for, from the folder of a run; nothing is simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `recovery-cea run`.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: DIR-pack]")]

EXAMPLES = ("pack runs/joint_crisis_plan", "pack runs/joint_crisis_plan --out for_the_reviewer")


def pack_command(
    folder: Folder,
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """A run for submission: results, workbook, inputs, model in English, hashes, R script, checks and checklist."""
    from models.contract import ModelError
    from simulate.present.faces.exchange.pack import KIND, face
    from simulate.present.folder.manifest import read_sealed
    from simulate.present.folder.output import claim, put_back
    from simulate.present.folder.place import place_for
    from simulate.present.pack.contents import pack
    from simulate.present.terms.exit_codes import FAILED

    put_back(folder)
    manifest = read_sealed(folder)
    if manifest is None or manifest.get("kind") != "run":
        raise ModelError(f"{folder}: is no folder written by run, or its manifest was changed")
    flags.note_model(folder)
    found = pack(folder, manifest)
    place = place_for(out, folder.with_name(f"{folder.resolve().name}-pack"), overwrite)
    claim(place, KIND)
    flags.deliver(face(found, folder), place, as_json=as_json)
    if not all(check.holds for check in found.checks if check.needed):
        raise typer.Exit(FAILED)
