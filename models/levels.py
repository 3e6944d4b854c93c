"""What the level of a domain makes of an event's hazard, or of the pace of its clock, under every strategy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from models.hazards import AtOnce, FixedTime, Hazard, PerCycle
from models.quantities import Quantity, check_distinct, check_id, check_kind, check_one_of
from parameters.mistakes import ModelError


@dataclass(frozen=True)
class ByLevel:
    """The ratio on an event while `domain` is at a level: of hazards, or of times; 1 at levels that are not named.

    It follows the level: what is left of the time is used up by the hazard of the moment. A ``hazard`` ratio multiplies
    the hazard from the moment the level is entered until it is left; it may be 0. A ``time`` ratio r has the clock run
    r times as slowly for as long, on the clock ``sojourn``. Ratios of several domains multiply, as do those of
    strategies and people.
    """

    domain: str
    ratios: Mapping[str, Quantity]
    ratio: Literal["hazard", "time"] = "hazard"

    def __post_init__(self) -> None:
        check_id(self.domain, "ByLevel.domain")
        check_kind(self.ratios, Mapping, f"ByLevel {self.domain}.ratios")
        check_one_of(self.ratio, ("hazard", "time"), f"ByLevel {self.domain}.ratio")
        if not self.ratios:
            raise ModelError(f"ByLevel {self.domain}.ratios: empty; need a level and its ratio")

    def at(self, state: Mapping[str, str]) -> Quantity:
        """The ratio in a joint state."""
        return self.ratios.get(state.get(self.domain, ""), 1.0)


def check_by_level(
    name: str,
    hazard: Hazard | PerCycle,
    clock: str,
    when: Mapping[str, tuple[str, ...]],
    by: Iterable[ByLevel],
    levels: Mapping[str, tuple[str, ...]],
) -> None:
    """Raise ``ModelError`` where a ratio of an event could act on nothing: `levels` are those of every domain.

    That is a domain or level that is unknown or that the event's condition `when` leaves no choice of, a fixed time's
    hazard, a chance node's, or the time of another clock than the sojourn's.
    """
    check_distinct([f"{x.domain} ({x.ratio})" for x in by], f"Event {name}.by")
    for one in by:
        check_one_of(one.domain, levels, f"Event {name}.by")
        where = f"Event {name}.by[{one.domain}]"
        for level in one.ratios:
            check_one_of(level, levels[one.domain], where)
        left = when.get(one.domain, levels[one.domain])
        if len(left) == 1:
            raise ModelError(f"{where}: it happens where {one.domain} is {left[0]} alone; put the ratio in its hazard")
        for level in one.ratios:
            if level not in left:
                raise ModelError(f"{where}[{level}]: it does not happen there; allowed: {', '.join(left)}")
        if isinstance(hazard, (AtOnce, PerCycle)):
            what = "comes at once" if isinstance(hazard, AtOnce) else "has a probability a cycle"
            raise ModelError(f"{where}: it {what}; allowed: with a hazard of people in continuous time")
        if isinstance(hazard, FixedTime) and one.ratio == "hazard":
            raise ModelError(f"{where}.ratio: hazard; a fixed time has none; allowed: time")
        if one.ratio == "time" and clock != "sojourn":
            raise ModelError(f"{where}.ratio: time on the clock {clock}; allowed: hazard, or the clock sojourn")
