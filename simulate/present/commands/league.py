"""``recovery-cea league``: independent programmes ranked under a budget."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.present.commands import flags

if TYPE_CHECKING:
    from simulate.ask.case import Case

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Problems, or ID:SETTING.")]
Budget = Annotated[float, typer.Option(metavar="MONEY", min=0, help="In the programmes' money, of its base year.")]
Population = Annotated[
    list[str], typer.Option("--population", metavar="ID=PEOPLE", help="Eligible people; one for each problem.")
]
Effect = Annotated[str | None, typer.Option(metavar="NAME", help="Judge all by this effect, such as qaly.")]
Whole = Annotated[bool, typer.Option("--whole", help="Programmes are funded whole or not at all.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/league]")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter in each programme that reads it; repeatable."),
]

EXAMPLES = (
    "league safewards no_force_first --budget 100000"
    " --population safewards=500 --population no_force_first=600 --effect restraints",
)


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
    changes: Changes = None,
    perspective: flags.Perspective = None,
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
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

    fixed = flags.changes(changes or [], "--set")
    cases = [load(flags.model_of(name.partition(":")[0]), name.partition(":")[2] or None) for name in ids]
    cases = _with(cases, ids, fixed)
    check(budget, eligible, [case.problem.id for case in cases])
    one_money(cases)
    place = place_for(out, Path("runs") / "league", overwrite)
    claim(place, KIND)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        results = [
            run(
                case,
                draws=draws,
                people=people,
                seed=seed,
                threads=threads,
                effect=effect,
                perspective=perspective,
                progress=tell,
            )
            for case in cases
        ]
        shown = face(league(results, budget, eligible, divisible=not whole))
    flags.deliver(shown, place, as_json=as_json)


def _with(cases: list[Case], ids: list[str], fixed: Mapping[str, float]) -> list[Case]:
    """Each with those numbers fixed that it reads; ``InputError`` for one that none reads."""
    from parameters.mistakes import spelling_hint
    from simulate.ask.case import load, whole
    from simulate.ask.reads import known_names

    if not fixed:
        return cases
    known = [known_names(whole(flags.model_of(name.partition(":")[0]))[0]) for name in ids]
    everything = sorted(set[str]().union(*known))
    lost = [n for n in fixed if n not in everything]
    flags.refuse(((n, f"is no parameter of these programmes{spelling_hint(n, everything)}") for n in lost), "--set")
    return [
        load(flags.model_of(name.partition(":")[0]), name.partition(":")[2] or None, changes=mine) if mine else case
        for name, case, names in zip(ids, cases, known, strict=True)
        for mine in [{n: v for n, v in fixed.items() if n in names}]
    ]
