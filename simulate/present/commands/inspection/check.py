"""``recovery-cea check``: problems and parameter files, all errors at once, nothing heavy imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from simulate.present.terms.exit_codes import BAD_INPUT


@dataclass(frozen=True)
class Report:
    """Every error, one line each, and what was looked at."""

    errors: tuple[str, ...]
    counted: str


def check(what: Sequence[str]) -> Report:
    """Check the problems and files named, or every problem when none is."""
    from models.catalogue import problem_ids
    from parameters import check as check_files
    from parameters.published import PUBLISHED

    errors: list[str] = [] if what else _check_published(PUBLISHED)
    counted: list[str] = []
    for name in what or problem_ids():
        if name.endswith(".toml") or "/" in name or Path(name).is_file():
            path = Path(name)
            errors += _check_published(path) if path.name == PUBLISHED.name else [str(p) for p in check_files([path])]
            counted.append(name)
        else:
            found, words = _check_problem(name)
            errors += found
            counted.append(words)
    return Report(tuple(dict.fromkeys(errors)), "; ".join(counted))


def _check_published(path: Path) -> list[str]:
    """Problems of a file of published results; of ours, also those that are of no problem there is."""
    from models.catalogue import ownerless_results
    from parameters.published import PUBLISHED, check_published

    problems = [str(p) for p in check_published(path)]
    if problems or path.resolve() != PUBLISHED.resolve():
        return problems
    return [f"{PUBLISHED}: {line}" for line in ownerless_results()]


def _check_problem(name: str) -> tuple[list[str], str]:
    from models.catalogue import problem
    from models.contract import ModelError
    from parameters import PARAMETERS_DIR, InputError
    from parameters import load as load_parameters
    from simulate.ask.reads import known_names
    from simulate.ask.unit_check import misfits

    try:
        found = problem(name)
    except ModelError as fault:
        return [f"error: {fault}"], name
    except InputError as fault:  # published results that cannot be read
        return [str(p) for p in fault.problems], name
    files = [PARAMETERS_DIR / f for f in found.parameter_files]
    try:
        records = load_parameters(files)
    except InputError as fault:
        return [str(p) for p in fault.problems], name
    needed = known_names(found)
    missing = [f"error: {name}: no parameter record for {n}" for n in needed if n not in records]
    unfit = [str(p) for s in found.settings for p in misfits(found, s, records)]
    return missing + unfit, f"{name} ({len(needed)} parameters)"


def check_command(
    what: Annotated[list[str] | None, typer.Argument(metavar="[ID | FILE]...", help="All problems when empty.")] = None,
) -> None:
    """Check problems or parameter files; every error at once, `file:line: key: what is wrong`."""
    report = check(what or [])
    for line in report.errors:
        typer.echo(line, err=True)
    if report.errors:
        raise typer.Exit(BAD_INPUT)
    typer.echo(f"No errors: {report.counted}.")
