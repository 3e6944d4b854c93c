"""``recovery-cea plan``: how many draws and people a wanted precision takes."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from simulate.present.commands import options


def plan_command(
    problem: options.Problem,
    setting: options.Setting = None,
    target: Annotated[
        str,
        typer.Option(
            metavar="POUNDS[@THRESHOLD]",
            help="Wanted standard error of incremental net benefit; without a threshold, at one of the setting's.",
        ),
    ] = "50",
    seed: options.Seed = 1,
    threads: options.Threads = None,
    changes: options.Set = None,
    parameters: options.Files = None,
    perspective: Annotated[str | None, typer.Option(help="The setting's when not given.")] = None,
    effect: Annotated[str | None, typer.Option(help="The setting's when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """A pilot, and the draws and people it recommends for a wanted Monte Carlo error, with time and memory."""
    from parameters.mistakes import Mistakes
    from simulate.present.terminal.progress import progress_bar
    from simulate.running.planning import plan
    from simulate.running.wanted_error import MOST_DRAWS, WantedError

    mistakes = Mistakes()
    with mistakes.among():
        wanted = WantedError.parse(target)
    case = options.case_for(problem, setting, parameters, changes, mistakes)
    with progress_bar(quiet=as_json) as tell:
        found = plan(case, wanted, seed=seed, threads=threads, perspective=perspective, effect=effect, progress=tell)
    if as_json:
        typer.echo(json.dumps(found.row(), indent=2, allow_nan=False))
        return
    typer.echo(
        f"Incremental net benefit of {found.strategy} at £{found.threshold:,.0f} a unit of effect, £ per person:\n"
        f"  standard deviation from parameters   {found.sd_parameters:,.0f}\n"
        f"  standard deviation between people    {found.sd_person:,.0f}\n"
        f"For a standard error of £{wanted.mcse:g}: --draws {found.draws} --people {found.people}\n"
        f"  predicted standard error             £{found.mcse:.3g}\n"
        f"  people's share of draws' variance    {found.noise_share:.0%}\n"
        f"  predicted time                       {found.seconds:,.0f} s, without figures and variants\n"
        f"  predicted memory                     {max(found.bytes / 1e6, 1):,.0f} MB"
    )
    if found.draws > MOST_DRAWS:
        typer.echo(f"That is more than the {MOST_DRAWS:,} draws of --until-mcse: ask for less.")
