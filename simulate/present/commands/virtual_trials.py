"""``recovery-cea virtual-trials``: the published trial run again and again, at its own size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

Trials = Annotated[int, typer.Option(metavar="N", min=2, help="How many times the trial is run.")]
Arms = Annotated[
    str | None, typer.Option(metavar="N,M", help="People in each arm, comparator first. [default: the trial's]")
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/ID-virtual-trials]")]

EXAMPLES = (
    "virtual-trials joint_crisis_plan",
    "virtual-trials joint_crisis_plan --trials 200 --arms 80,80",
)


def virtual_trials_command(
    problem: flags.Problem,
    setting: flags.Setting = None,
    trials: Trials = 1000,
    arms: Arms = None,
    seed: flags.Seed = 1,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    implementation: flags.Implementation = 1.0,
    figures: flags.Figures = "all",
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """How a trial's printed figures lie among those of the same trial with other people, with and without effects."""
    from parameters.mistakes import Mistakes
    from simulate.analyse.credibility.virtual_trials import resized, virtual_trials
    from simulate.present.faces.virtual_trials import KIND, face
    from simulate.present.terminal.progress import progress_bar

    place = flags.place_of(problem, out, "-virtual-trials", overwrite=overwrite)
    mistakes = Mistakes()
    with mistakes.among():
        figures = flags.figures_of(figures)
    with mistakes.among():
        sizes = None if arms is None else _sizes(arms)
    case = flags.case_in(place, KIND, problem, setting, parameters, changes, mistakes)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        found = virtual_trials(
            case,
            trials=trials,
            arms=None if sizes is None else resized(case, sizes),
            seed=seed,
            implementation=implementation,
            threads=threads,
            progress=tell,
        )
        shown = face(found)
    flags.deliver(shown, place, as_json=as_json, figures=figures)


def _sizes(text: str) -> tuple[int, int]:
    from models.contract import ModelError

    try:
        first, second = (int(part) for part in text.split(","))
    except ValueError as fault:
        raise ModelError(f"--arms {text!r}; allowed: two whole numbers with a comma between, such as 80,80") from fault
    return first, second
