"""`recovery-cea run`: simulate a decision problem and write its results."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.present.commands import options

if TYPE_CHECKING:
    from simulate.ask.case import Case


def run_command(
    problem: options.Problem,
    setting: options.Setting = None,
    draws: options.Draws = 1024,
    people: Annotated[
        int | None, typer.Option(min=1, help="People a draw, the same under every strategy. [default: 1000]")
    ] = None,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    fixed: options.Fixed = False,
    method: options.Method = "sobol",
    rng: options.Rng = "splitmix64",
    cohort: options.Cohort = None,
    changes: options.Set = None,
    parameters: options.Files = None,
    perspective: Annotated[str | None, typer.Option(help="nhs_pss, service or societal.")] = None,
    effect: Annotated[str | None, typer.Option(help="qaly, admission_pp or detention_pp.")] = None,
    variants: Annotated[bool, typer.Option(help="Also run the setting's named variants beside the result.")] = True,
    subgroup: Annotated[
        str | None, typer.Option(metavar="NAME", help="Also by the levels of this characteristic.")
    ] = None,
    by_year: Annotated[bool, typer.Option("--by-year", help="Also by year since entry.")] = False,
    ages: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Also by age, in bands that begin at these ages.")
    ] = None,
    until_mcse: Annotated[
        str | None,
        typer.Option(
            "--until-mcse",
            metavar="POUNDS[@THRESHOLD]",
            help="More and more draws, until incremental net benefit has this standard error.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for results; runs/ID when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Simulate a decision problem and write its results, figures and manifest."""
    from models.contract import ModelError
    from parameters.mistakes import Mistakes
    from simulate.present.folder.output import refuse_foreign_folder, write
    from simulate.present.terminal.progress import progress_bar

    folder, mistakes = out or Path("runs") / problem, Mistakes()
    bands: tuple[float, ...] = ()
    with mistakes.among():
        if cohort is not None and people is not None:
            raise ModelError("--people: the people are those of --cohort; allowed: one of the two")
    with mistakes.among():
        bands = options.ages(ages)
    with mistakes.among():
        refuse_foreign_folder(folder)
    asked: dict[str, Any] = {
        "draws": draws,
        "people": 1000 if people is None else people,
        "seed": seed,
        "fixed": fixed,
        "method": method,
        "perspective": perspective,
        "effect": effect,
        "rng": rng,
        "cohort": cohort,
        "subgroup": subgroup,
        "by_year": by_year,
        "ages": bands,
        "until_mcse": until_mcse,
    }

    def check(case: Case) -> None:
        from simulate.running.asked import asked_for

        asked_for(case, **asked)

    case = options.case_for(problem, setting, parameters, changes, mistakes, check)
    for name in sorted({pair.partition("=")[0] for pair in changes or []} - set(case.names())):
        typer.echo(f"note: {name} is not used under setting {case.setting.name}", err=True)
    from simulate.running.running import run

    with progress_bar(quiet=as_json) as tell:
        result = run(case, variants=variants, threads=threads, progress=tell, **asked)
        tell("writing results and figures", 0, 0)
        summary = write(result, folder, command=sys.argv[1:])
    if as_json:
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    from simulate.present.terminal.summary import print_summary

    print_summary(summary, result.case.problem, result.case.parameters)
    written = ["summary.json", *sorted(p.name for p in folder.glob("*.csv")), "statistics.npz", "figures/"]
    typer.echo(f"\nWritten to {folder}: {', '.join(written)}")
