"""``recovery-cea league``: independent programmes ranked under a budget."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import options


def league_command(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Problems, or ID:SETTING.")],
    budget: Annotated[float, typer.Option(min=0, help="£ of the base year.")],
    population: Annotated[
        list[str], typer.Option("--population", metavar="ID=PEOPLE", help="Eligible people; one for each problem.")
    ],
    effect: Annotated[str | None, typer.Option(help="Judge all by this effect, such as qaly.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Programmes are funded whole or not at all.")] = False,
    draws: options.Draws = 256,
    people: Annotated[int, typer.Option(min=2, help="People a draw.")] = 500,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/league when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """A league table of programmes that do not exclude each other, and what a budget reaches; never one frontier."""
    folder = out or Path("runs") / "league"
    eligible = options.changes(population, "--population")
    from simulate.ask.case import load
    from simulate.present.folder.output import refuse_foreign_folder, write_league
    from simulate.present.terminal.league import told_league
    from simulate.present.terminal.progress import progress_bar
    from simulate.result.priorities.league import check, league
    from simulate.running.running import run

    cases = [load(name.partition(":")[0], name.partition(":")[2] or None) for name in ids]
    refuse_foreign_folder(folder, "league")
    check(budget, eligible, [case.problem.id for case in cases])
    with progress_bar(quiet=as_json) as tell:
        results = [
            run(case, draws=draws, people=people, seed=seed, threads=threads, effect=effect, progress=tell)
            for case in cases
        ]
        found = league(results, budget, eligible, divisible=not whole)
        summary = write_league(found, folder, command=sys.argv[1:])
    if as_json:
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    typer.echo("\n".join(told_league(found)))
    typer.echo(f"\nWritten to {folder}: summary.json, league.csv")
