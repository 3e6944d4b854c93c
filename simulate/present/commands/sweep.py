"""``recovery-cea sweep``: how the answer moves with its inputs, on the same people throughout."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from simulate.present.commands import options


def sweep_command(
    problem: options.Problem,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Parameters of --one-way or --sobol. [default: all]")
    ] = None,
    one_way: Annotated[bool, typer.Option("--one-way", help="Tornado: each parameter over its 95% interval.")] = False,
    two_way: Annotated[
        tuple[str, str] | None, typer.Option("--two-way", metavar="A B", help="Grid of two parameters.")
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where the decision changes as this parameter moves.")
    ] = None,
    scenarios: Annotated[Path | None, typer.Option(metavar="FILE", help="Named sets of changes, TOML.")] = None,
    subgroups: Annotated[
        str | None, typer.Option(metavar="NAME", help="The decision by the levels of this characteristic.")
    ] = None,
    sobol: Annotated[bool, typer.Option("--sobol", help="First-order and total indices; needs SALib.")] = False,
    setting: options.Setting = None,
    wtp: Annotated[float | None, typer.Option(help="£ a unit of effect. [default: one of the setting's]")] = None,
    strategy: Annotated[
        str | None, typer.Option(help="Compared with the comparator. [default: the best of the others]")
    ] = None,
    ranges: Annotated[
        list[str] | None, typer.Option("--range", metavar="NAME=LOW:HIGH", help="In place of its 95% interval.")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Of --scenarios and --subgroups; 1: point estimates.")] = 1024,
    points: Annotated[
        int | None, typer.Option(min=2, help="Along each side of a grid (11); of Sobol's design (256).")
    ] = None,
    people: Annotated[
        int | None, typer.Option(min=2, help="In each cell. [default: 50000; 1000 with draws or --sobol]")
    ] = None,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    changes: options.Set = None,
    parameters: options.Files = None,
    perspective: Annotated[str | None, typer.Option(help="The setting's when not given.")] = None,
    effect: Annotated[str | None, typer.Option(help="The setting's when not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/ID-sweep-WHICH when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Sensitivity: one way, two ways, where the decision changes, scenarios, subgroups, Sobol's indices."""
    asked = {
        "--one-way": one_way,
        "--two-way": two_way is not None,
        "--threshold": threshold is not None,
        "--scenarios": scenarios is not None,
        "--subgroups": subgroups is not None,
        "--sobol": sobol,
    }
    from parameters.mistakes import Mistakes
    from simulate.analyse import sweep
    from simulate.present.folder.output import refuse_foreign_folder, write_sweep
    from simulate.present.terminal.progress import progress_bar
    from simulate.present.terminal.sweep import lines

    mistakes = Mistakes()
    with mistakes.among():
        _refuse_swallowed(
            {"--threshold": threshold, "--scenarios": scenarios, "--subgroups": subgroups, "--two-way": two_way}
        )
    with mistakes.among():
        which = _which(asked, names or [], ranges or [])
    with mistakes.among():
        over = _ranges(ranges or [])
    with mistakes.among():
        folder = out or Path("runs") / f"{problem}-sweep-{next((o for o in asked if asked[o]), '')[2:]}"
        refuse_foreign_folder(folder, "sweep")
    common: dict[str, Any] = {"wtp": wtp, "seed": seed, "threads": threads, "perspective": perspective}
    common |= {"effect": effect, **({} if people is None else {"people": people})}
    case = options.case_for(problem, setting, parameters, changes, mistakes)
    found: Any
    with progress_bar(quiet=as_json) as tell:
        common["progress"] = tell
        size: dict[str, Any] = {} if points is None else {"points": points}
        if which == "--scenarios":
            assert scenarios is not None
            given: dict[str, Any] = {
                "setting": setting,
                "parameters": parameters or (),
                "changes": options.changes(changes or [], "--set"),
            }
            found = sweep.scenarios(problem, scenarios, draws=draws, **given, **common)
        elif which == "--subgroups":
            assert subgroups is not None
            found = sweep.subgroups(case, subgroups, draws=draws, **common)
        elif which == "--sobol":
            found = sweep.sobol(case, names or (), strategy=strategy, **{**size, **common})
        elif which == "--two-way":
            assert two_way is not None
            found = sweep.two_way(case, two_way[0], two_way[1], ranges=over, strategy=strategy, **{**size, **common})
        elif which == "--threshold":
            assert threshold is not None
            found = sweep.threshold_value(case, threshold, ranges=over, strategy=strategy, **common)
        else:
            found = sweep.one_way(case, names or (), ranges=over, strategy=strategy, **common)
        tell("writing tables and figures", 0, 0)
        summary = write_sweep(found, folder, command=sys.argv[1:])
    if as_json:
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    typer.echo("\n".join(lines(found, summary)))
    typer.echo(f"\nWritten to {folder}: {found.kind}.csv, summary.json, figures/")


def _refuse_swallowed(values: dict[str, Any]) -> None:
    """``ModelError`` for an option that took the next option for its value."""
    from models.contract import ModelError

    for option, value in values.items():
        for part in value if isinstance(value, tuple) else (value,):
            if part is not None and str(part).startswith("--"):
                raise ModelError(f"{option}: {part} is an option; allowed: a value for {option} first")


def _which(asked: dict[str, bool], names: list[str], ranges: list[str]) -> str:
    """The one analysis asked for; ``ModelError`` for none, several, or names it has no use for."""
    from models.contract import ModelError

    chosen = [option for option, given in asked.items() if given]
    if len(chosen) != 1:
        raise ModelError(f"sweep: {' and '.join(chosen) or 'nothing'} asked for; allowed: one of {', '.join(asked)}")
    if names and chosen[0] not in ("--one-way", "--sobol"):
        raise ModelError(f"sweep: {', '.join(names)}: names are those of --one-way or --sobol")
    if ranges and chosen[0] not in ("--one-way", "--two-way", "--threshold"):
        raise ModelError("--range: is for --one-way, --two-way or --threshold")
    return chosen[0]


def _ranges(pairs: list[str]) -> dict[str, tuple[float, float]]:
    """``NAME=LOW:HIGH`` as numbers; every malformed one is told at once."""
    from parameters import InputError
    from parameters import Problem as InputProblem

    found: dict[str, tuple[float, float]] = {}
    wrong = []
    for pair in pairs:
        name, _, both = pair.partition("=")
        low, colon, high = both.partition(":")
        try:
            numbers = float(low), float(high)
        except ValueError:
            numbers = (float("nan"), float("nan"))
        if not colon or not all(abs(x) < float("inf") for x in numbers):
            wrong.append(
                InputProblem("--range", 0, name or pair, f"{pair!r} is no NAME=LOW:HIGH; allowed: two numbers")
            )
        elif name in found:
            wrong.append(InputProblem("--range", 0, name, "given twice; allowed: once"))
        found[name] = numbers
    if wrong:
        raise InputError(wrong)
    return found
