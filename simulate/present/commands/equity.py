"""``recovery-cea equity``: who gains, who pays, and what it is worth when inequality counts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import options


def equity_command(
    problem: options.Problem,
    subgroup: Annotated[str, typer.Option(metavar="NAME", help="Characteristic that tells people apart.")],
    baseline: Annotated[
        Path, typer.Option(metavar="FILE", help="CSV: level, share, health (QALYs a person) and, if wanted, borne.")
    ],
    wtp: Annotated[float, typer.Option(help="£ that displace a QALY elsewhere.")] = 20_000.0,
    aversion: Annotated[float, typer.Option(min=0, help="Atkinson's ε in the equity impact plane.")] = 10.0,
    setting: options.Setting = None,
    draws: options.Draws = 256,
    people: Annotated[int, typer.Option(min=2, help="People a draw.")] = 2000,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    changes: options.Set = None,
    parameters: options.Files = None,
    perspective: Annotated[str | None, typer.Option(help="The setting's when not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/ID-equity when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Costs, health and decision by subgroup, equity-weighted (Atkinson, Kolm), and the equity impact plane."""
    folder = out or Path("runs") / f"{problem}-equity"
    from parameters.mistakes import Mistakes
    from simulate.present.folder.output import refuse_foreign_folder, write_equity
    from simulate.present.terminal.progress import progress_bar
    from simulate.result.priorities.equity import Baseline, equity
    from simulate.running.running import run

    mistakes = Mistakes()
    with mistakes.among():
        groups = Baseline.read(baseline)
    with mistakes.among():
        refuse_foreign_folder(folder, "equity")
    case = options.case_for(problem, setting, parameters, changes, mistakes)
    with progress_bar(quiet=as_json) as tell:
        result = run(
            case,
            draws=draws,
            people=people,
            seed=seed,
            threads=threads,
            perspective=perspective,
            effect="qaly",
            subgroup=subgroup,
            progress=tell,
        )
        found = equity(result, groups, wtp, aversion=aversion)
        summary = write_equity(found, folder, command=sys.argv[1:])
    if as_json:
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    from simulate.present.terminal.equity import told_equity

    typer.echo("\n".join(told_equity(found)))
    typer.echo(f"\nWritten to {folder}: summary.json, groups.csv, weighted.csv, figures/")
