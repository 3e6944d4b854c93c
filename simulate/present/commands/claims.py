"""``recovery-cea claims``: what the briefing claims, and what becomes of it here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Claims; all when none is named.")]
Figure = Annotated[
    Path | None, typer.Option("--figure", metavar="FOLDER", help="Also draw published against ours into FOLDER.")
]

EXAMPLES = (
    "claims",
    "claims C1-1 C1-2",
    "claims --figure runs/claims",
)


def claims_command(
    ids: Ids = None,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    figure: Figure = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.AsJson = False,
) -> None:
    """Every claim of the briefing with its figure, our answer, and our figure where one is computed."""
    from models.contract import ModelError, check_one_of
    from simulate.analyse.credibility.claims import answer, dangling, read_claims
    from simulate.present.faces.claims import KIND, face
    from simulate.present.folder.output import claim
    from simulate.present.folder.place import place_for
    from simulate.present.terminal.outcome import print_outcome
    from simulate.present.terminal.progress import progress_bar

    claims = read_claims()
    for name in ids or []:
        check_one_of(name, [c.id for c in claims], "claims")
    if lost := dangling(claims):
        raise ModelError("; ".join(lost))
    wanted = [c for c in claims if not ids or c.id in ids]
    place = None if figure is None else place_for(figure, figure, overwrite)
    if place is not None:
        claim(place, KIND)
    with progress_bar(quiet=as_json, beside=None if place is None else place.folder) as tell:
        found = answer(wanted, threads=threads, progress=tell)
    if place is not None:
        flags.deliver(face(found), place, as_json=as_json)
    else:
        print_outcome(face(found), as_json=as_json)
