"""What is asked of a run, made complete and checked, every mistake at once."""

from __future__ import annotations

from types import NoneType
from typing import Unpack

from models.contract import ModelError
from parameters.ground.given import refused
from parameters.mistakes import Mistakes
from simulate.ask.asked import Asked, ask
from simulate.ask.case import Case
from simulate.ask.options import Wishes
from simulate.running.wanted_error import WantedError


def asked_for(
    case: Case, *, until_mcse: WantedError | str | None = None, **wishes: Unpack[Wishes]
) -> tuple[Asked, WantedError | None]:
    """What ``run`` with these arguments would do, and the error that it would not stop above."""
    mistakes = Mistakes()
    asked, wanted = None, None
    with mistakes.among():
        asked = ask(case, **wishes)
    exact = bool(wishes.get("exact")) or case.problem.pathway.cycle is not None
    with mistakes.among():
        wanted = _wanted(until_mcse, fixed=bool(wishes.get("fixed")), exact=exact)
    if asked is not None and wanted is not None:
        with mistakes.among():
            asked.to_be_judged()
    mistakes.tell()
    assert asked is not None  # or there was a mistake
    return asked, wanted


def _wanted(until_mcse: WantedError | str | None, *, fixed: bool, exact: bool) -> WantedError | None:
    if until_mcse is not None and exact:
        raise ModelError("until_mcse: expected values have no Monte Carlo error of people; allowed: without exact")
    if until_mcse is not None and fixed:
        raise ModelError("until_mcse: a run at fixed parameters has one draw; ask for more people instead")
    if not isinstance(until_mcse, (WantedError, str, NoneType)):
        raise refused("until_mcse", until_mcse, "money a person, and the willingness to pay, such as '50@30000'")
    return WantedError.parse(until_mcse) if isinstance(until_mcse, str) else until_mcse
