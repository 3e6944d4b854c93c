"""``recovery-cea report``: the page of a run or evaluation, from the folder it left; nothing is simulated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

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
    from simulate.present.folder.output import claim, put_back
    from simulate.present.folder.place import place_for
    from simulate.result.finished.stored_draws import SUMMARY, read_evaluation
    from simulate.result.stored import read_kept, read_result

    place = place_for(out, folder / "report", overwrite)
    put_back(folder)
    if (files := flags.evaluated(folder)) is not None:
        evaluation = read_evaluation(folder, files)
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        claim(place, KIND)
        flags.deliver(face_of_table(evaluation, summary, folder), place, as_json=as_json)
        return
    result = read_result(folder)
    flags.note_model(folder)
    claim(place, KIND)
    flags.deliver(face(result, read_kept(folder).summary, folder), place, as_json=as_json)
