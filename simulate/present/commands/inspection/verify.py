"""``recovery-cea verify``: black-box tests of a model, one line each."""

from __future__ import annotations

from typing import Annotated

import typer

from simulate.present.commands import flags

Only = Annotated[
    list[str] | None,
    typer.Option(metavar="CHECK", help="This check alone, by the name at the end of its line; repeatable."),
]
Strict = Annotated[bool, typer.Option("--strict", help="End with exit code 1 for what is suspicious, too.")]

EXAMPLES = (
    "verify joint_crisis_plan",
    "verify my_model.py --setting base",
    "verify safewards --only null_effect --only doubled_price",
    "verify my_model.py --strict",
)


def verify_command(
    problem: flags.Problem,
    setting: flags.Setting = None,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    only: Only = None,
    strict: Strict = False,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    quiet: flags.Quiet = False,
    as_json: flags.AsJson = False,
) -> None:
    """Test a model from outside, in some ninety ways, one line each: extremes, null effects, books that balance."""
    from simulate.analyse.credibility.verification.verification import NAMES, verify
    from simulate.present.faces.looks.verify import face
    from simulate.present.terminal.outcome import print_outcome
    from simulate.present.terminal.progress import progress_bar
    from simulate.present.terms.exit_codes import DONE, FAILED

    case = flags.case_for(problem, setting, parameters, changes)
    with progress_bar(quiet=as_json) as tell:
        found = verify(case, only=only or NAMES, threads=threads, progress=tell)
    print_outcome(face(found), as_json=as_json)
    raise typer.Exit(FAILED if found.failed or (strict and found.counts["suspicious"]) else DONE)
