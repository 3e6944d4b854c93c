"""``recovery-cea figures``: every figure of a run or evaluation, from the folder it left; nothing is simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags
from simulate.present.commands.exchange.again import deliver_again

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `recovery-cea run` or `evaluate`.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: DIR/all]")]

EXAMPLES = ("figures runs/joint_crisis_plan",)


def figures_command(
    folder: Folder,
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.AsJson = False,
) -> None:
    """Every figure of a run or evaluation, from its folder, each as PNG, SVG and the numbers plotted."""
    from simulate.present.faces.exchange.figures import KIND, face, face_of_table
    from simulate.present.folder.place import place_for

    deliver_again(folder, place_for(out, folder / "all", overwrite), KIND, face, face_of_table, as_json=as_json)
