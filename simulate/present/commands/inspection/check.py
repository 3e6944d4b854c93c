"""``recovery-cea check``: problems and parameter files, all errors at once, nothing heavy imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.ask.own.naming import is_model_file
from simulate.present.commands import flags
from simulate.present.terms.exit_codes import BAD_INPUT, DONE

if TYPE_CHECKING:
    from models.contract import DecisionProblem
    from parameters import ParameterSet


@dataclass(frozen=True)
class Report:
    """Every error, one line each, and what was looked at."""

    errors: tuple[str, ...]
    counted: str


def check(what: Sequence[str]) -> Report:
    """Check the problems and files named, or every problem when none is.

    Files beside problems are checked as ``run --parameters`` would read them for each of these; alone, for every
    problem that reads any of their records.
    """
    from models.catalogue import problem_ids
    from parameters import check as check_files
    from parameters.published import PUBLISHED

    errors: list[str] = [] if what else _check_published(PUBLISHED)
    models = [name for name in what if is_model_file(name)]
    others = [name for name in what if name not in models]
    named = {name: Path(name) for name in others if name.endswith(".toml") or "/" in name or Path(name).is_file()}
    files = [path for path in named.values() if path.name != PUBLISHED.name]
    ids = [name for name in what if name not in named] or (() if what else problem_ids())
    for path in named.values():
        errors += _check_published(path) if path.name == PUBLISHED.name else [str(p) for p in check_files([path])]
    sound = files if not errors else []
    counted = dict(_check_problem(name, sound) for name in ids)
    beside = {} if ids or not sound else dict(_check_problem(name, sound, reads=True) for name in problem_ids())
    errors += [line for found in (*counted.values(), *beside.values()) for line in found.errors]
    words = [str(name) if name in named else counted[name].counted for name in (what or ids)]
    return Report(tuple(dict.fromkeys(errors)), "; ".join(words))


def _check_published(path: Path) -> list[str]:
    """Problems of a file of published results; of ours, also those that are of no problem there is."""
    from models.catalogue import ownerless_results
    from parameters.published import PUBLISHED, check_published

    problems = [str(p) for p in check_published(path)]
    if problems or path.resolve() != PUBLISHED.resolve():
        return problems
    return [f"{PUBLISHED}: {line}" for line in ownerless_results()]


def _check_problem(name: str, files: Sequence[Path], *, reads: bool = False) -> tuple[str, Report]:
    """A problem under each of its settings with the user's `files`.

    With `reads`, only if it reads one of their records; those that it does not read are then no mistake.
    """
    from models.contract import ModelError
    from parameters import InputError
    from parameters.mistakes import Mistakes
    from simulate.ask.case import refuse
    from simulate.ask.expressions.placing import with_expressions
    from simulate.ask.misuse import coming_once
    from simulate.ask.reads import known_names, sampled_names

    try:
        found, records = _read(name, files)
        found = with_expressions(found, records, sampled_names)
        needed = known_names(found)
        if reads:
            extra = tuple(n for n in records.extra if n in needed)
            records = replace(records, extra=extra)
            if not extra:
                return name, Report((), name)
    except (ModelError, InputError) as fault:
        return name, Report(tuple(_told(fault)), name)
    mistakes = Mistakes()
    for setting in found.settings:
        with mistakes.among():
            refuse(found, setting, records)
    try:
        mistakes.tell()
    except (ModelError, InputError) as fault:
        return name, Report(tuple(_told(fault)), name)
    notes = [text for p in (found.pathway, *(s.pathway for s in found.settings)) if p for text in coming_once(p)]
    return name, Report((), "; ".join([f"{name} ({len(needed)} parameters)", *dict.fromkeys(notes)]))


def _read(name: str, files: Sequence[Path]) -> tuple[DecisionProblem, ParameterSet]:
    """A problem of the catalogue, or that of the user's file, with the records that it would be run with."""
    from models.catalogue import problem
    from parameters import PARAMETERS_DIR
    from parameters import load as load_parameters
    from simulate.ask.own.file import read_model

    if is_model_file(name):
        own = read_model(Path(name))
        return own.problem, own.records(files)
    found = problem(name)
    return found, load_parameters([PARAMETERS_DIR / f for f in found.parameter_files], extra=files)


def _told(fault: Exception) -> list[str]:
    """Each mistake as a line, in the words in which a run refuses."""
    from parameters import InputError
    from parameters.mistakes import SeveralMistakes

    if isinstance(fault, SeveralMistakes):
        return [line for part in fault.parts for line in _told(part)]
    return str(fault).splitlines() if isinstance(fault, InputError) else [f"error: {fault}"]


EXAMPLES = (
    "check",
    "check joint_crisis_plan local.toml",
    "check my_model.py",
)


def check_command(
    what: Annotated[list[str] | None, typer.Argument(metavar="[ID | FILE]...", help="All problems when empty.")] = None,
    as_json: flags.AsJson = False,
) -> None:
    """Check problems or parameter files; every error at once, `file:line: key: what is wrong`."""
    report = check(what or [])
    if as_json:
        from simulate.result.plain import json_text

        typer.echo(json_text({"errors": list(report.errors), "checked": report.counted}))
        raise typer.Exit(BAD_INPUT if report.errors else DONE)
    for line in report.errors:
        typer.echo(line if line.startswith("error: ") else f"error: {line}", err=True)
    if report.errors:
        raise typer.Exit(BAD_INPUT)
    typer.echo(f"No errors: {report.counted}.")
