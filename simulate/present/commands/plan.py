"""``recovery-cea plan``: how many draws and people a wanted precision takes."""

from __future__ import annotations

from typing import Annotated

import typer

from simulate.present.commands import flags

Target = Annotated[
    str,
    typer.Option(
        metavar="MONEY[@WTP]",
        help="Wanted standard error of incremental net benefit, at this willingness to pay or one of the setting's.",
    ),
]

EXAMPLES = (
    "plan joint_crisis_plan --target 20",
    "plan joint_crisis_plan --target 20@500",
)


def plan_command(
    problem: flags.Problem,
    setting: flags.Setting = None,
    target: Target = "50",
    seed: flags.Seed = 1,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    perspective: flags.Perspective = None,
    effect: flags.Effect = None,
    implementation: flags.Implementation = 1.0,
    as_json: flags.AsJson = False,
) -> None:
    """A pilot, and the draws and people it recommends for a wanted Monte Carlo error, with time and memory."""
    from parameters.mistakes import Mistakes
    from simulate.present.faces.plan import face
    from simulate.present.terminal.outcome import print_outcome
    from simulate.present.terminal.progress import progress_bar
    from simulate.running import wanted_error
    from simulate.running.planning import plan

    mistakes = Mistakes()
    with mistakes.among():
        wanted = wanted_error.WantedError.parse(target)
    case = flags.case_for(problem, setting, parameters, changes, mistakes)
    with progress_bar(quiet=as_json) as tell:
        found = plan(
            case,
            wanted,
            seed=seed,
            threads=threads,
            perspective=perspective,
            effect=effect,
            implementation=implementation,
            progress=tell,
        )
    print_outcome(face(found, case, effect), as_json=as_json)
