"""`recovery-cea trace`: single histories, event by event."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import options


def trace_command(
    problem: options.Problem,
    setting: options.Setting = None,
    people: Annotated[int, typer.Option(min=1, help="Show the first so many people.")] = 20,
    person: Annotated[str | None, typer.Option(help="Only this one: a number, or an id of the cohort's file.")] = None,
    strategy: Annotated[str | None, typer.Option(help="Only under this strategy.")] = None,
    draw: Annotated[int, typer.Option(min=0, help="Which parameter draw of the run.")] = 0,
    seed: options.Seed = 1,
    draws: options.Draws = 1024,
    threads: options.Threads = None,
    fixed: options.Fixed = False,
    method: options.Method = "sobol",
    rng: options.Rng = "splitmix64",
    cohort: options.Cohort = None,
    variant: Annotated[str | None, typer.Option(help="Of this variant of the setting.")] = None,
    changes: options.Set = None,
    parameters: options.Files = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/ID-trace when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the histories as JSON and nothing else.")] = False,
) -> None:
    """Individual histories, event by event, exactly as they happen in a run with these options."""
    folder = out or Path("runs") / f"{problem}-trace"
    from parameters.mistakes import Mistakes
    from simulate.present.folder.output import refuse_foreign_folder, write_trace
    from simulate.present.terminal.progress import progress_bar

    mistakes = Mistakes()
    with mistakes.among():
        refuse_foreign_folder(folder, "trace")
    case = options.case_for(problem, setting, parameters, changes, mistakes)
    from simulate.running.tracing import follow

    with progress_bar(quiet=as_json) as tell:
        found = follow(
            case,
            people=people,
            person=person,
            strategy=strategy,
            draw=draw,
            seed=seed,
            draws=draws,
            fixed=fixed,
            method=method,  # type: ignore[arg-type]
            rng=rng,
            cohort=cohort,
            variant=variant,
            threads=threads,
            progress=tell,
        )
        if not found.steps:
            raise found.faults[0]
        write_trace(found, folder, command=sys.argv[1:])
    from simulate.present.terminal.histories import as_data, told

    if as_json:
        typer.echo(json.dumps(as_data(found), indent=2, allow_nan=False))
    else:
        typer.echo("\n".join(told(found)))
        typer.echo(f"\nWritten to {folder}: trace.csv, figures/lifelines.png, figures/lifelines.svg")
    for fault in found.faults:
        raise fault
