"""``recovery-cea validate``: published results that nothing was fitted to, beside virtual trials of their size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags
from simulate.present.terms.exit_codes import DONE, FAILED

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Problems or targets. [default: the whole catalogue]")
]
Setting = Annotated[str | None, typer.Option(metavar="NAME", help="Targets of this setting alone.")]
People = Annotated[
    int, typer.Option(metavar="N", min=2, help="People an arm where nobody knows how many were analysed.")
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/validate]")]

EXAMPLES = (
    "validate",
    "validate joint_crisis_plan --setting henderson_2004 --json",
)


def validate_command(
    ids: Ids = None,
    setting: Setting = None,
    draws: flags.Draws = 1024,
    people: People = 4000,
    seed: flags.Seed = 1,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    figures: flags.Figures = "all",
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.AsJson = False,
) -> None:
    """Every published result that nothing was fitted to, beside virtual trials of its size.

    Exit code 1 where one that is required is missed.
    """
    from parameters.mistakes import Mistakes
    from simulate.analyse.credibility.validate import checked_aims, validate
    from simulate.present.faces.credibility.validate import KIND, face
    from simulate.present.folder.output import claim, refuse_foreign_folder
    from simulate.present.folder.place import place_for
    from simulate.present.terminal.progress import progress_bar

    place, mistakes = place_for(out, Path("runs") / "validate", overwrite), Mistakes()
    with mistakes.among():
        figures = flags.figures_of(figures)
    with mistakes.among():
        checked_aims(ids or (), setting, draws=draws, people=people, seed=seed)
    with mistakes.among():
        refuse_foreign_folder(place, KIND)
    mistakes.tell()
    claim(place, KIND)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        found = validate(
            ids or (), setting=setting, draws=draws, people=people, seed=seed, threads=threads, progress=tell
        )
        shown = face(found)
    flags.deliver(shown, place, as_json=as_json, figures=figures)
    raise typer.Exit(FAILED if found.failed else DONE)
