"""``recovery-cea check``: problems and parameter files, all errors at once, nothing heavy imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.ask.own.naming import file_meant, is_model_file
from simulate.present.commands import flags
from simulate.present.terms.exit_codes import BAD_INPUT, DONE

if TYPE_CHECKING:
    from models.contract import DecisionProblem
    from parameters import ParameterSet
    from simulate.ask.own.model import OwnModel


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
    from parameters.published import PUBLISHED, TARGETS

    errors: list[str] = [] if what else _check_published(PUBLISHED, TARGETS)
    registers = (PUBLISHED.name, TARGETS.name)
    models = [name for name in what if is_model_file(name)]
    others = [name for name in what if name not in models]
    unmeant = [name for name in others if name.endswith(".toml") or file_meant(name) is None]
    named = {name: Path(name) for name in unmeant if name.endswith(".toml") or "/" in name or Path(name).is_file()}
    files = [path for path in named.values() if path.name not in registers]
    ids = [name for name in what if name not in named] or (() if what else problem_ids())
    for path in named.values():
        errors += _check_published(path) if path.name in registers else _check_file(path, ids)
    sound = files if not errors else []
    counted = dict(_check_problem(name, sound, runs=bool(what)) for name in ids)
    beside = {} if ids or not sound else dict(_check_problem(name, sound, reads=True) for name in problem_ids())
    errors += [line for found in (*counted.values(), *beside.values()) for line in found.errors]
    words = [str(name) if name in named else counted[name].counted for name in (what or ids)]
    return Report(tuple(dict.fromkeys(errors)), "; ".join(words))


def _check_published(*paths: Path) -> list[str]:
    """Problems of files of published results; of ours, also those that are of no problem there is."""
    from models.catalogue import ownerless_results
    from parameters.published import PUBLISHED, TARGETS, check_published

    problems = [str(p) for p in check_published(*paths)]
    ours = {PUBLISHED.resolve(), TARGETS.resolve()}
    if problems or not ours & {path.resolve() for path in paths}:
        return problems
    return list(ownerless_results())


def _check_file(path: Path, ids: Sequence[str]) -> list[str]:
    """Problems of a file of records; where there are any, also the names in it that problems beside it do not read."""
    from models.catalogue import problem, problem_ids
    from parameters import check as check_files
    from simulate.ask.case import unread

    told = check_files([path])
    beside = [problem(name) for name in ids if told and name in problem_ids()]
    return [*map(str, told), *(str(p) for found in beside for p in unread(found, None, [path], told))]


def _check_problem(name: str, files: Sequence[Path], *, reads: bool = False, runs: bool = False) -> tuple[str, Report]:
    """A problem under each of its settings with the user's `files`, loaded as ``run`` loads it.

    With `reads`, only if it reads one of their records; those that it does not read are then no mistake. With `runs`,
    all that a run would refuse before it simulates.
    """
    from models.catalogue import problem
    from models.contract import ModelError
    from parameters import InputError
    from parameters.mistakes import Mistakes
    from parameters.units import number_of
    from simulate.ask.case import refuse
    from simulate.ask.expressions.in_place import NOTE, told_by_text, with_names
    from simulate.ask.expressions.placing import with_expressions
    from simulate.ask.misuse import coming_once, far_ratios, risks_above_all
    from simulate.ask.own.model import OwnModel
    from simulate.ask.reads import known_names, sampled_names

    try:
        model = flags.model_of(name)
        declared = model.problem if isinstance(model, OwnModel) else problem(model)
        found, records = with_names(declared, _records(declared, model, files))
        with told_by_text(records):
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
        with mistakes.among(), told_by_text(records):
            refuse(found, setting, records)
            if runs and isinstance(model, OwnModel):  # ours are known to run; to look takes what is heavy
                _refuse_running(model, setting.name, files)
    try:
        mistakes.tell()
    except (ModelError, InputError) as fault:
        return name, Report(tuple(dict.fromkeys(_told(fault))), name)
    notes = [text for p in (found.pathway, *(s.pathway for s in found.settings)) if p for text in coming_once(p)]
    notes += [text for s in found.settings for text in risks_above_all(found.under(s), s, records)]
    notes += [text for s in found.settings for text in far_ratios(found.under(s), s, records)]
    count = len([n for n in needed if n not in records or records[n].note != NOTE])
    return name, Report((), "; ".join([f"{name} ({number_of(count, 'parameter')})", *dict.fromkeys(notes)]))


def _refuse_running(model: str | OwnModel, setting: str, files: Sequence[Path]) -> None:
    """Raise what ``run`` would refuse of a setting before it simulates: its options, and its tables of a few draws."""
    import warnings

    from simulate.ask.case import load
    from simulate.running.forecast import refuse_unaffordable
    from simulate.running.request import asked_for

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # told as notes
        asked, _ = asked_for(load(model, setting, parameters=files), draws=1, people=2)
    refuse_unaffordable(asked, threads=1)


def _records(declared: DecisionProblem, model: str | OwnModel, files: Sequence[Path]) -> ParameterSet:
    """The records that a problem would be run with."""
    from parameters import PARAMETERS_DIR
    from parameters import load as load_parameters

    if not isinstance(model, str):
        return model.records(files)
    return load_parameters([PARAMETERS_DIR / f for f in declared.parameter_files], extra=files)


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
