"""Expected values in place of simulated people, for cases that start afresh whenever a state is entered."""

from __future__ import annotations

from collections.abc import Sequence

from models.contract import ModelError
from parameters import Draws
from simulate.ask.asked import Asked
from simulate.engine.memory import refuse_too_large
from simulate.engine.progress import Progress, silent
from simulate.engine.renewal.expectation import expected_statistics, refuse
from simulate.engine.statistics import Statistics, with_moments
from simulate.running.forecast import trials
from simulate.running.lowering import cohort_bytes, collected, joined, lower_apart, unfollowed


def refuse_inexact(asked: Asked) -> None:
    """Raise ``ModelError`` with every reason why there are no expected values of a case: before anything is solved."""
    told = asked.told
    if told.case.problem.pathway.cycle is not None:
        refuse_in_cycles(asked)
        return
    if not told.case.problem.pathway.events:
        raise ModelError(f"exact: nobody is simulated in {told.case.problem.id}, an account; allowed: without exact")
    for lowered in trials(told.delivered, collected(told)):
        refuse(lowered)


def refuse_in_cycles(asked: Asked) -> None:
    """Raise ``ModelError`` for what a cohort in cycles does not tell: bands of stays, n-th events, targets."""
    collect, setting = collected(asked), asked.case.setting
    wrong = [name for name, is_asked in (("StayBand", collect.bands), ("n-th events", collect.nth)) if is_asked]
    wrong += ["targets to solve for"] if setting.targets else []
    if wrong:
        raise ModelError(f"{asked.case.problem.id}: a pathway in cycles has no {', '.join(wrong)}")
    refuse_too_large(cohort_bytes(asked.case, asked.options.draws), "ask for fewer draws, or for longer cycles")


def expected(
    told: Asked,
    draws: Draws,
    *,
    threads: int | None = None,
    progress: Progress = silent,
    only: Sequence[str] | None = None,
) -> Statistics:
    """Statistics of what a result tells, for draws that hold every engine parameter; of `only` these strategies."""
    if told.delivered.problem.pathway.cycle is not None:
        return unfollowed(told.delivered, draws, told.options.people, collected(told), only=only)
    case, people, moments = told.delivered, told.options.people, told.options.occupancy
    found = [
        (
            part,
            with_moments(
                expected_statistics(
                    part.lowered, part.lookup, people=people, threads=threads, progress=progress, only=wanted
                ),
                moments,
            ),
        )
        for part in lower_apart(case, draws, collected(told))
        if (wanted := part.wanted(only)) is None or wanted
    ]
    return joined(case, found, only)
