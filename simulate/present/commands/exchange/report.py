"""``recovery-cea report``: the page of a run or evaluation, from the folder it left; nothing is simulated."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags
from simulate.present.commands.exchange.again import deliver_again

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `recovery-cea run` or `evaluate`.")]
Word = Annotated[bool, typer.Option("--docx", help="Also report.docx, a document for Word to go on with.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: DIR/report]")]

EXAMPLES = ("report runs/joint_crisis_plan", "report runs/evaluate-psa --docx --out board")


def report_command(
    folder: Folder,
    docx: Word = False,
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.AsJson = False,
) -> None:
    """One self-contained page of a run or evaluation, from its folder: answer, figures, numbers, checklists."""
    from simulate.present.faces.exchange.report import KIND, face, face_of_table
    from simulate.present.folder.place import place_for

    if docx:
        from simulate.present.report.document import library

        library()
    place = place_for(out, folder / "report", overwrite)
    faces = (partial(face, word=docx), partial(face_of_table, word=docx))
    deliver_again(folder, place, KIND, *faces, as_json=as_json)
