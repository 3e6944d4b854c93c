"""``recovery-cea league``: independent programmes ranked under a budget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Problems, or ID:SETTING.")]
Budget = Annotated[float, typer.Option(min=0, help="In the programmes' money, of its base year.")]
Population = Annotated[
    list[str], typer.Option("--population", metavar="ID=PEOPLE", help="Eligible people; one for each problem.")
]
Effect = Annotated[str | None, typer.Option(help="Judge all by this effect, such as qaly.")]
Whole = Annotated[bool, typer.Option("--whole", help="Programmes are funded whole or not at all.")]
Out = Annotated[Path | None, typer.Option(help="Folder; runs/league when not given.")]


def league_command(
    ids: Ids,
    budget: Budget,
    population: Population,
    effect: Effect = None,
    whole: Whole = False,
    draws: flags.Draws = 256,
    people: flags.People = 500,
    seed: flags.Seed = 1,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    out: Out = None,
    overwrite: flags.Overwrite = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """A league table of programmes that do not exclude each other, and what a budget reaches; never one frontier."""
    eligible = flags.changes(population, "--population")
    from simulate.ask.case import load
    from simulate.present.faces.league import KIND, face
    from simulate.present.folder.output import claim
    from simulate.present.folder.place import place_for
    from simulate.present.terminal.progress import progress_bar
    from simulate.result.priorities.league import check, league, one_money
    from simulate.running.running import run

    cases = [load(flags.model_of(name.partition(":")[0]), name.partition(":")[2] or None) for name in ids]
    check(budget, eligible, [case.problem.id for case in cases])
    one_money(cases)
    place = place_for(out, Path("runs") / "league", overwrite)
    claim(place, KIND)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        results = [
            run(case, draws=draws, people=people, seed=seed, threads=threads, effect=effect, progress=tell)
            for case in cases
        ]
        shown = face(league(results, budget, eligible, divisible=not whole))
    flags.deliver(shown, place, as_json=as_json)
