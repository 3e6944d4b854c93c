"""``recovery-cea impact``: what adopting a strategy does to budgets, what comes back for a pound, and when."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import options


def impact_command(
    problem: options.Problem,
    population: Annotated[
        float, typer.Option(min=0, help="People who become eligible in each calendar year, evenly through it.")
    ],
    uptake: Annotated[
        str, typer.Option(metavar="Y1,Y2,...", help="Share of each calendar year's entrants who get the new strategy.")
    ],
    prevalent: Annotated[float, typer.Option(min=0, help="People eligible on the first day.")] = 0.0,
    strategy: Annotated[str | None, typer.Option(help="The new one, where there are several.")] = None,
    cashable: Annotated[
        list[str] | None,
        typer.Option("--cashable", metavar="ITEM=SHARE", help="Of a cost item's saving; `others` for the rest."),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(
            "--implementation", metavar="uptake=A,fidelity=B", help="Also what delivering it in full is worth."
        ),
    ] = None,
    wtp: Annotated[float | None, typer.Option(help="£ a unit of effect, for --implementation.")] = None,
    setting: options.Setting = None,
    draws: options.Draws = 256,
    people: Annotated[int, typer.Option(min=2, help="People a draw.")] = 500,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    changes: options.Set = None,
    parameters: options.Files = None,
    perspective: Annotated[str | None, typer.Option(help="Whose budgets make the total.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/ID-impact when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Budget impact by year and payer, return on investment, payback by month, value of implementation."""
    folder = out or Path("runs") / f"{problem}-impact"
    from parameters.mistakes import Mistakes
    from simulate.analyse.impact import Population, Today, impact
    from simulate.present.folder.output import refuse_foreign_folder, write_impact
    from simulate.present.terminal.progress import progress_bar
    from simulate.running.running import run

    mistakes, now, freed = Mistakes(), {}, {}
    with mistakes.among():
        shares = options.changes(uptake_words(uptake), "--uptake")
        cohort = Population(population, tuple(shares.values()), prevalent)
    with mistakes.among():
        now = options.changes(today.split(",") if today else [], "--implementation")
        options.only(now, ("uptake", "fidelity"), "--implementation")
    with mistakes.among():
        freed = options.changes(cashable or [], "--cashable")
    with mistakes.among():
        refuse_foreign_folder(folder, "impact")
    case = options.case_for(problem, setting, parameters, changes, mistakes)
    with progress_bar(quiet=as_json) as tell:
        result = run(
            case, draws=draws, people=people, seed=seed, threads=threads, perspective=perspective, progress=tell
        )
        found = impact(
            result,
            cohort,
            strategy=strategy,
            cashable=freed,
            today=None if today is None else Today(now.get("uptake"), now.get("fidelity")),
            threshold=wtp,
            threads=threads,
            progress=lambda done, total: tell("month by month", done, total),
        )
        summary = write_impact(found, folder, command=sys.argv[1:])
    if as_json:
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    from simulate.present.terminal.impact import told

    typer.echo("\n".join(told(found)))
    typer.echo(f"\nWritten to {folder}: summary.json, budget.csv, returns.csv, months.csv, figures/")


def uptake_words(text: str) -> list[str]:
    """``0.1,0.3`` as ``year 1=0.1`` and so on, so that mistakes are told like those of other options."""
    return [f"year {i}={part}" for i, part in enumerate(text.split(","), 1)]
