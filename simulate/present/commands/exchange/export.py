"""``recovery-cea export``: draws for another program, with a script that comes to our tables; a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.present.commands import flags

if TYPE_CHECKING:
    from simulate.present.terms.face import Face

To = Annotated[
    str, typer.Argument(metavar="PROGRAM", help="savi, bcea, voi, arrow, xarray, or workbook (Excel, of a run).")
]
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
    from simulate.present.faces.exchange.export import KIND, WORKBOOK
    from simulate.present.folder.manifest import read_sealed
    from simulate.present.folder.output import claim, put_back
    from simulate.present.folder.place import place_for
    from simulate.result.finished.handing_on import PROGRAMS

    check_one_of(to, [*PROGRAMS, WORKBOOK], "program")
    put_back(folder)
    found = read_sealed(folder)
    if found is None or found.get("kind") not in ("run", "evaluate"):
        raise ModelError(f"{folder}: is no folder written by run or evaluate, or its manifest was changed")
    shown = _workbook(folder) if to == WORKBOOK else _handed_on(folder, to, found["files"])
    place = place_for(out, folder / f"export-{to}", overwrite)
    claim(place, KIND)
    flags.deliver(shown, place, as_json=as_json)


def _handed_on(folder: Path, to: str, files: Mapping[str, str]) -> Face:
    from simulate.present.faces.exchange.export import face
    from simulate.result.finished.handing_on import hand_on
    from simulate.result.finished.stored_draws import read_draws

    table, withheld = read_draws(folder, files)
    return face(hand_on(table, to), folder, withheld)


def _workbook(folder: Path) -> Face:
    from simulate.present.faces.exchange.export import workbook_face
    from simulate.present.workbook.results import workbook_of
    from simulate.result.stored import read_result

    flags.note_model(folder)
    return workbook_face(workbook_of(read_result(folder)), folder)
