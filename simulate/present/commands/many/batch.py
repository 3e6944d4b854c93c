"""``recovery-cea batch``: many named analyses from one file, each in a folder of its own, and one table over all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.present.commands import flags
from simulate.present.terms.exit_codes import DONE, FAILED

if TYPE_CHECKING:
    from simulate.analyse.batch.file import Batch
    from simulate.analyse.batch.table import Outcome
    from simulate.present.batches.places import Places
    from simulate.present.batches.sharing import Hand

File = Annotated[Path, typer.Argument(metavar="FILE", help="Analyses, TOML: [defaults], [analyses.NAME], [[grid]].")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/batch-FILE]")]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="local:N|tcp://HOST:PORT", help="Simulate by workers of dask.distributed (extra cluster)."),
]
Shard = Annotated[
    str | None,
    typer.Option(metavar="K/N", help="Only this share of the analyses, for `recovery-cea merge`; on any machine."),
]
Model = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="A Python file that the batch names, which is run for it; repeatable."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would run, with time, memory and disk.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace our answers to other questions there; files of others are kept.")
]

EXAMPLES = (
    "batch analyses.toml --dry-run",
    "batch analyses.toml",
)


def batch_command(
    file: File,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    cluster: Cluster = None,
    shard: Shard = None,
    model: Model = None,
    dry_run: DryRun = False,
    out: Out = None,
    overwrite: Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """Many named analyses, one folder each, and a table over all; typed again, it goes on where it was stopped."""
    from models.contract import ModelError
    from parameters.mistakes import Mistakes
    from simulate.analyse.batch.file import read
    from simulate.analyse.batch.table import BAD
    from simulate.ask.own.file import read_model
    from simulate.engine.progress import of_stage
    from simulate.present.batches.places import places_for
    from simulate.present.batches.sharing import hand
    from simulate.present.terminal.progress import progress_bar
    from simulate.present.terms.face import FIGURES

    mistakes, batch, mine, held = Mistakes(), None, None, None
    with mistakes.among():
        flags.refuse_cluster(cluster, shard=None, exact=False)
    with mistakes.among():
        mine = flags.share(shard, until_mcse=None, exact=False)
    with mistakes.among(), progress_bar(quiet=as_json) as tell:
        if model and shard is not None:
            raise ModelError("--shard: a model of one's own goes whole; allowed: without --shard, or run --shard")
        batch = read(file, FIGURES, tell, {path.resolve(): read_model(path) for path in model or ()})
        held = None if mine is None else hand(batch, *mine, of_stage(tell, "dealing analyses to shards"))
    mistakes.tell()
    assert batch is not None  # or there was a mistake
    for note in (*batch.notes, *(() if held is None else held.notes())):
        typer.echo(f"note: {note}", err=True)
    _tell_refused(batch)
    usual = f"batch-{file.stem}" if mine is None else f"batch-{file.stem}-{mine[0]}-of-{mine[1]}"
    places = places_for(batch, out or Path("runs") / usual, overwrite, mine)
    here = batch if held is None else held.batch
    if dry_run:
        _tell(here, places, threads, as_json)
        raise typer.Exit(FAILED if here.refused else DONE)
    outcomes = _run(here, held, places, threads, cluster, as_json)
    raise typer.Exit(FAILED if any(o.status in BAD for o in outcomes) else DONE)


def _tell_refused(batch: Batch) -> None:
    """Say at once what is wrong with analyses that cannot be run: it may be worth stopping for."""
    for problem in batch.wrong:
        typer.echo(f"error: {problem}", err=True)
    if batch.refused:
        told = f"{len(batch.refused):,} of {len(batch.analyses):,} analyses are refused, the others are not"
        typer.echo(f"note: {told}", err=True)


def _tell(batch: Batch, places: Places, threads: int | None, as_json: bool) -> None:
    """Say what would be run."""
    from simulate.analyse.batch.forecast import forecasts
    from simulate.present.batches.working import finished, refused
    from simulate.present.faces.looks.batch import forecast_face
    from simulate.present.terminal.outcome import print_outcome
    from simulate.present.terminal.progress import progress_bar

    with progress_bar(quiet=as_json) as tell:
        tell("looking at what is there", 0, 0)
        kept = finished(batch, places)
        places.refuse({*kept, *batch.refused})
        tell("trying how fast this machine is", 0, 0)
        found = forecasts(batch, kept, threads)
    print_outcome(forecast_face(found, refused(batch), places.free(), threads), as_json=as_json)


def _run(
    batch: Batch, held: Hand | None, places: Places, threads: int | None, cluster: str | None, as_json: bool
) -> list[Outcome]:
    """Run, write and print, with what a shard says of itself; workers are asked for once, where there is work."""
    from simulate.present.batches.working import finished, in_file_order, work
    from simulate.present.faces.looks.batch import KIND, face
    from simulate.present.folder.output import claim
    from simulate.present.terminal.progress import progress_bar

    kept = finished(batch, places)
    left = len(batch.in_order()) > len(kept)
    with places.held({*kept, *batch.refused}):
        with (
            flags.workers(cluster if left else None),
            progress_bar(quiet=as_json, beside=places.table.folder) as tell,
        ):
            outcomes = in_file_order(batch, list(work(batch, places, threads=threads, tell=tell)))
        claim(places.table, KIND)
        shown = face(batch, outcomes)
        flags.deliver(shown if held is None else held.told(shown, places, outcomes), places.table, as_json=as_json)
    return outcomes
