"""``recovery-cea virtual-trials``: the published trial run again and again, at its own size."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import options


def virtual_trials_command(
    problem: options.Problem,
    setting: options.Setting = None,
    trials: Annotated[int, typer.Option(min=2, help="How many times the trial is run.")] = 1000,
    arms: Annotated[
        str | None,
        typer.Option(metavar="N,M", help="People in each arm, comparator first. [default: the trial's]"),
    ] = None,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    changes: options.Set = None,
    parameters: options.Files = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/ID-virtual-trials when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """How a trial's printed figures lie among those of the same trial with other people, with and without effects."""
    folder = out or Path("runs") / f"{problem}-virtual-trials"
    from parameters.mistakes import Mistakes
    from simulate.present.folder.output import refuse_foreign_folder, write_virtual
    from simulate.present.terminal.progress import progress_bar

    mistakes = Mistakes()
    with mistakes.among():
        sizes = None if arms is None else _sizes(arms)
    with mistakes.among():
        refuse_foreign_folder(folder, "virtual-trials")
    case = options.case_for(problem, setting, parameters, changes, mistakes)
    from simulate.analyse.credibility.virtual_trials import resized, virtual_trials

    with progress_bar(quiet=as_json) as tell:
        found = virtual_trials(
            case,
            trials=trials,
            arms=None if sizes is None else resized(case, sizes),
            seed=seed,
            threads=threads,
            progress=tell,
        )
        summary = write_virtual(found, folder, command=sys.argv[1:])
    if as_json:
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    from simulate.present.terminal.virtual_trials import told_virtual

    typer.echo("\n".join(told_virtual(found)))
    typer.echo(f"\nWritten to {folder}: summary.json, figures.csv, figures/")


def _sizes(text: str) -> tuple[int, int]:
    from models.contract import ModelError

    try:
        first, second = (int(part) for part in text.split(","))
    except ValueError as fault:
        raise ModelError(f"--arms {text!r}; allowed: two whole numbers with a comma between, such as 80,80") from fault
    return first, second
