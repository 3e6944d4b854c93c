"""What is asked of a run, made complete and checked, every mistake at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.contract import ModelError
from parameters.mistakes import Mistakes
from simulate.ask.case import Case
from simulate.ask.options import DRAWS, PEOPLE, Options
from simulate.engine.lower.people import PeopleFile
from simulate.running.wanted_error import Target


def asked_for(
    case: Case,
    *,
    draws: int = DRAWS,
    people: int = PEOPLE,
    fixed: bool = False,
    cohort: str | Path | None = None,
    ages: Sequence[float] = (),
    until_mcse: Target | str | None = None,
    least: int = 1,
    **others: Any,
) -> tuple[Options, PeopleFile | None, Target | None]:
    """What ``run`` with these arguments would do, with the people of the file; every mistake at once.

    A file of fewer than `least` people counts as one of so many.
    """
    from simulate.ask.cohort_file import read_people

    file, wanted, mistakes = None, None, Mistakes()
    with mistakes.among():
        file = None if cohort is None else read_people(Path(cohort), case.problem.pathway)
    options = Options(
        draws=1 if fixed else draws,
        people=people if file is None else max(len(file), least),
        fixed=fixed,
        ages=tuple(ages),
        cohort=None if cohort is None else str(cohort),
        **others,
    )
    with mistakes.among():
        options = options.checked(case)
    with mistakes.among():
        wanted = _wanted(until_mcse, options)
    mistakes.tell()
    return options, file, wanted


def _wanted(until_mcse: Target | str | None, options: Options) -> Target | None:
    if until_mcse is not None and options.fixed:
        raise ModelError("until_mcse: a run at fixed parameters has one draw; ask for more people instead")
    return Target.parse(until_mcse) if isinstance(until_mcse, str) else until_mcse
