"""The command line: thin, and quick to answer; anything heavy is imported by the command that needs it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from simulate._guard import check_no_strangers
from simulate.present import options
from simulate.present.commands.claims import claims_command
from simulate.present.commands.equity import equity_command
from simulate.present.commands.impact import impact_command
from simulate.present.commands.league import league_command
from simulate.present.commands.plan import plan_command
from simulate.present.commands.sweep import sweep_command
from simulate.present.commands.virtual import virtual_command
from simulate.present.commands.voi import voi_command

if TYPE_CHECKING:
    from simulate.case import Case

DONE, FAILED, BAD_INPUT, NUMERICAL, RESOURCES, INTERRUPTED = 0, 1, 2, 3, 4, 130

app = typer.Typer(
    name="recovery-cea",
    help="Monte Carlo cost-effectiveness of recovery interventions in mental health.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command("run")
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
    from simulate.mistakes import Mistakes
    from simulate.present.output import refuse_foreign_folder, write
    from simulate.present.progress import progress_bar

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
        from simulate.running import asked_for

        asked_for(case, **asked)

    case = options.case_for(problem, setting, parameters, changes, mistakes, check)
    for name in sorted({pair.partition("=")[0] for pair in changes or []} - set(case.names())):
        typer.echo(f"note: {name} is not used under setting {case.setting.name}", err=True)
    from simulate.running import run

    with progress_bar(quiet=as_json) as tell:
        result = run(case, variants=variants, threads=threads, progress=tell, **asked)
        tell("writing results and figures", 0, 0)
        summary = write(result, folder, command=sys.argv[1:])
    if as_json:
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    from simulate.present.tables import print_summary

    print_summary(summary, result.case.problem, result.case.parameters)
    written = ["summary.json", *sorted(p.name for p in folder.glob("*.csv")), "statistics.npz", "figures/"]
    typer.echo(f"\nWritten to {folder}: {', '.join(written)}")


@app.command("trace")
def trace_command(
    problem: options.Problem,
    setting: options.Setting = None,
    people: Annotated[int, typer.Option(min=1, help="Show the first so many people.")] = 20,
    person: Annotated[str | None, typer.Option(help="Only this one: a number, or an id of the cohort's file.")] = None,
    strategy: Annotated[str | None, typer.Option(help="Only under this strategy.")] = None,
    draw: Annotated[int, typer.Option(min=0, help="Which parameter draw of the run.")] = 0,
    seed: options.Seed = 1,
    draws: options.Draws = 1024,
    threads: options.Threads = None,
    fixed: options.Fixed = False,
    method: options.Method = "sobol",
    rng: options.Rng = "splitmix64",
    cohort: options.Cohort = None,
    variant: Annotated[str | None, typer.Option(help="Of this variant of the setting.")] = None,
    changes: options.Set = None,
    parameters: options.Files = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/ID-trace when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the histories as JSON and nothing else.")] = False,
) -> None:
    """Individual histories, event by event, exactly as they happen in a run with these options."""
    folder = out or Path("runs") / f"{problem}-trace"
    from simulate.mistakes import Mistakes
    from simulate.present.output import refuse_foreign_folder, write_trace
    from simulate.present.progress import progress_bar

    mistakes = Mistakes()
    with mistakes.among():
        refuse_foreign_folder(folder, "trace")
    case = options.case_for(problem, setting, parameters, changes, mistakes)
    from simulate.tracing import follow

    with progress_bar(quiet=as_json) as tell:
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
            threads=threads,
            progress=tell,
        )
        if not found.steps:
            raise found.faults[0]
        write_trace(found, folder, command=sys.argv[1:])
    from simulate.present.histories import as_data, told

    if as_json:
        typer.echo(json.dumps(as_data(found), indent=2, allow_nan=False))
    else:
        typer.echo("\n".join(told(found)))
        typer.echo(f"\nWritten to {folder}: trace.csv, figures/lifelines.png, figures/lifelines.svg")
    for fault in found.faults:
        raise fault


@app.command("list")
def list_command(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """The decision problems, with their kind, evidence and settings."""
    from models.catalogue import problem, problem_ids

    rows = [
        {
            "id": p.id,
            "label": p.label,
            "kind": p.kind,
            "challenge": p.challenge,
            "claims": list(p.claims),
            "evidence": p.evidence,
            "settings": [s.name for s in p.settings],
        }
        for p in map(problem, problem_ids())
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['id']}: {row['label']} ({row['kind']}; evidence {row['evidence']})")
        typer.echo(f"    settings: {', '.join(str(s) for s in row['settings'])}")  # type: ignore[attr-defined]


app.command("claims")(claims_command)
app.command("equity")(equity_command)
app.command("impact")(impact_command)
app.command("league")(league_command)
app.command("plan")(plan_command)
app.command("sweep")(sweep_command)
app.command("virtual-trials")(virtual_command)
app.command("voi")(voi_command)


@app.command("describe")
def describe_command(
    problem: options.Problem,
    setting: options.Setting = None,
    changes: options.Set = None,
    parameters: options.Files = None,
    check: Annotated[
        bool, typer.Option("--check", help="Instead, a few simulated figures beside what is known of them.")
    ] = False,
    people: Annotated[int, typer.Option(min=100, help="People simulated by --check.")] = 20_000,
) -> None:
    """The model in English sentences, with every parameter and its source, before anything runs."""
    case = options.case_for(problem, setting, parameters, changes)
    if check:
        from simulate.present.sanity import print_sanity
        from simulate.sanity import sanity

        print_sanity(sanity(case, people=people), {s.id: s.label for s in case.problem.strategies})
        return
    from simulate.present.describe import describe

    typer.echo(describe(case.problem, case.setting, case.parameters))


@app.command("check")
def check_command(
    what: Annotated[list[str] | None, typer.Argument(metavar="[ID | FILE]...", help="All problems when empty.")] = None,
) -> None:
    """Check problems or parameter files; every error at once, `file:line: key: what is wrong`."""
    from simulate.present.checking import check

    report = check(what or [])
    for line in report.errors:
        typer.echo(line, err=True)
    if report.errors:
        raise typer.Exit(BAD_INPUT)
    typer.echo(f"No errors: {report.counted}.")


@app.command("doctor")
def doctor_command() -> None:
    """What this installation is made of, and whether it can run."""
    from simulate.present.doctor import examine

    lines, well = examine()
    typer.echo("\n".join(lines))
    if not well:
        raise typer.Exit(FAILED)


def main() -> None:
    """Entry point: run a command and turn what is raised into one clear message and an exit code."""
    check_no_strangers()
    sys.exit(_guarded(lambda: app(standalone_mode=False)))


def _guarded(command: Callable[[], Any]) -> int:
    try:
        code = command()
        if code == INTERRUPTED:  # how typer tells of Ctrl-C
            raise KeyboardInterrupt
        return int(code) if isinstance(code, int) else DONE
    except typer.Exit as stop:
        return int(stop.exit_code)
    except TyperException as fault:  # unknown options and the like: typer shows them itself
        fault.show()  # type: ignore[attr-defined]
        return BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted; nothing was lost that had been written", file=sys.stderr)
        return INTERRUPTED
    except Exception as fault:
        code = _exit_code(fault)
        if code is None:
            raise
        print(_message(fault), file=sys.stderr)
        return code


def _exit_code(fault: Exception) -> int | None:
    """The promised exit code of an error a user can meet; None for a fault of our own."""
    kinds = {c.__name__ for c in type(fault).__mro__}
    if kinds & {"InputError", "ModelError"}:
        return BAD_INPUT
    if "NumericalError" in kinds:
        return NUMERICAL
    if kinds & {"ResourceError", "OSError", "MemoryError", "MissingExtra"}:
        return RESOURCES
    return None


def _message(fault: Exception) -> str:
    if hasattr(fault, "parts"):  # several mistakes
        return "\n".join(map(_message, fault.parts))
    text = str(fault) or type(fault).__name__
    return text if type(fault).__name__ == "InputError" else f"error: {text}"


if __name__ == "__main__":
    main()
