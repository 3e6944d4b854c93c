"""``recovery-cea compare``: two folders of results, to the bit or within their errors; nothing is simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags
from simulate.present.terms.exit_codes import DONE, FAILED

One = Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `recovery-cea run`.")]
Other = Annotated[Path, typer.Argument(metavar="DIR", help="Another, of the same problem.")]

EXAMPLES = ("compare runs/one runs/other",)


def compare_command(one: One, other: Other, as_json: flags.SummaryAsJson = False) -> None:
    """Two folders of results: the same to the bit, within their Monte Carlo errors, or different (exit code 1)."""
    from simulate.analyse.comparison.verdict import BEYOND, compare
    from simulate.present.faces.looks.compare import face
    from simulate.present.terminal.outcome import print_outcome

    found = compare(one, other)
    flags.note_model(one)
    flags.note_model(other)
    print_outcome(face(found), as_json=as_json)
    raise typer.Exit(FAILED if found.verdict == BEYOND else DONE)
