"""`recovery-cea describe`: a decision problem in plain English."""

from __future__ import annotations

from typing import Annotated

import typer

from simulate.present.commands import flags

EXAMPLES = (
    "describe joint_crisis_plan",
    "describe joint_crisis_plan --set c_bed_day=450",
    "describe open_dialogue --check",
)


def describe_command(
    problem: flags.Problem,
    setting: flags.Setting = None,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Instead, a few figures beside what is known; exit code 1 where one differs."),
    ] = False,
    as_json: flags.AsJson = False,
    people: Annotated[int, typer.Option(metavar="N", min=100, help="People simulated by --check.")] = 20_000,
) -> None:
    """The model in English sentences, with every parameter and its source, before anything runs."""
    case = flags.case_for(problem, setting, parameters, changes)
    if check:
        from simulate.analyse.credibility.sanity import failed, sanity
        from simulate.present.faces.looks.sanity import face
        from simulate.present.terminal.outcome import print_outcome
        from simulate.present.terms.exit_codes import DONE, FAILED

        checks = sanity(case, people=people)
        print_outcome(face(checks, case), as_json=as_json)
        raise typer.Exit(FAILED if failed(checks) else DONE)
    from simulate.present.english.model import describe

    text = describe(case.problem, case.setting, case.parameters)
    if as_json:
        from simulate.ask.changes import changed_parameters
        from simulate.result.plain import json_text

        changed = [c.row() for c in changed_parameters(case)]
        about = {"problem": case.problem.id, "setting": case.setting.name, "parameters": list(case.names())}
        text = json_text({**about, "changed": changed, "text": text})
    typer.echo(text)
