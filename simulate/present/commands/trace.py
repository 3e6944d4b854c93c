"""`recovery-cea trace`: single histories, event by event."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

People = Annotated[int, typer.Option(metavar="N", min=1, help="Show the first so many people.")]
Person = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only this one: a number, or an id of the cohort's file.")
]
Strategy = Annotated[str | None, typer.Option(metavar="NAME", help="Only under this strategy.")]
Draw = Annotated[int, typer.Option(metavar="N", min=0, help="Which parameter draw of the run.")]
Variant = Annotated[str | None, typer.Option(metavar="NAME", help="Of this variant of the setting.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/ID-trace]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the histories as JSON and nothing else.")]

EXAMPLES = (
    "trace joint_crisis_plan --people 5",
    "trace joint_crisis_plan --person 7 --draw 3 --json",
)


def trace_command(
    problem: flags.Problem,
    setting: flags.Setting = None,
    people: People = 20,
    person: Person = None,
    strategy: Strategy = None,
    draw: Draw = 0,
    seed: flags.Seed = 1,
    draws: flags.Draws = 1024,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    fixed: flags.Fixed = False,
    method: flags.Method = "sobol",
    rng: flags.Rng = "splitmix64",
    cohort: flags.Cohort = None,
    variant: Variant = None,
    predictive: flags.Predictive = False,
    implementation: flags.Implementation = 1.0,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    figures: flags.Figures = "all",
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Individual histories, event by event, exactly as they happen in a run with these options."""
    from simulate.present.faces.trace import KIND, face
    from simulate.present.terminal.progress import progress_bar
    from simulate.running.tracing import follow

    place = flags.place_of(problem, out, "-trace", overwrite=overwrite)
    figures = _checked(figures, None if cohort is not None else person)
    case = flags.case_in(place, KIND, problem, setting, parameters, changes)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
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
            predictive=predictive,
            implementation=implementation,
            threads=threads,
            progress=tell,
        )
        if not found.steps:
            raise found.faults[0]
        shown = face(found)
    flags.deliver(shown, place, as_json=as_json, figures=figures)
    for fault in found.faults:
        raise fault


def _checked(figures: str, person: str | None) -> str:
    """Which figures; and say of a person's number that no usual run has that it takes one of more people."""
    from simulate.ask.options import PEOPLE

    if person is not None and person.isdecimal() and len(person) < 12 and int(person) >= PEOPLE:
        typer.echo(f"note: person {person} is in runs of more people than the usual {PEOPLE:,} alone", err=True)
    return flags.figures_of(figures)
