"""What a check of a model says: that it holds, fails, looks wrong or does not apply, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from simulate.analyse.credibility.verification.ground.bench import Bench

Status = Literal["pass", "fail", "suspicious", "not applicable"]
STATUSES: tuple[Status, ...] = ("pass", "fail", "suspicious", "not applicable")
MOST_TOLD = 3  # faults of one check, in its line


class Verdict(NamedTuple):
    """What one check says."""

    status: Status
    why: str


class Check(NamedTuple):
    """One check: its name, what must hold, and how it is looked at."""

    name: str
    rule: str
    look: Callable[[Bench], Verdict]


def not_applicable(why: str) -> Verdict:
    """Nothing here that could break the rule, and why."""
    return Verdict("not applicable", why)


def held(faults: Iterable[str], otherwise: str) -> Verdict:
    """A failure that names the first `faults`, or where there are none a pass, and what was looked at."""
    return _told("fail", faults, otherwise)


def doubted(faults: Iterable[str], otherwise: str) -> Verdict:
    """The same of what may be meant and hardly is."""
    return _told("suspicious", faults, otherwise)


def _told(status: Status, faults: Iterable[str], otherwise: str) -> Verdict:
    rest = iter(faults)
    first = list(islice(rest, MOST_TOLD))
    more = sum(1 for _ in rest)
    if not first:
        return Verdict("pass", otherwise)
    return Verdict(status, "; ".join(first) + (f"; and {more} more" if more else ""))


NOBODY = "nobody is followed in an account, and nothing happens in it"
NO_CHANCE = "nobody is drawn in it, so that there is no chance to be measured"
OWN_WEIGHTS = "moments of cycles have weights of the model's own, or both ends of a cycle count"
NO_EVENTS = "nothing can happen in it"
