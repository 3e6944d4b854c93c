"""``recovery-cea report``: the page of a run or evaluation, from the folder it left; nothing is simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags
from simulate.present.commands.exchange.again import deliver_again

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `recovery-cea run` or `evaluate`.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: DIR/report]")]

EXAMPLES = ("report runs/joint_crisis_plan", "report runs/evaluate-psa --out board")


def report_command(
    folder: Folder,
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.AsJson = False,
) -> None:
    """One self-contained page of a run or evaluation, from its folder: answer, figures, numbers, checklists."""
    from simulate.present.faces.exchange.report import KIND, face, face_of_table
    from simulate.present.folder.place import place_for

    deliver_again(folder, place_for(out, folder / "report", overwrite), KIND, face, face_of_table, as_json=as_json)
