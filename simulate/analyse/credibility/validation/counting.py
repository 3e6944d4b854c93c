"""How many published figures lie inside our intervals, each target weighing one.

A target that several settings show, or several strategies, has a figure in each: its share inside is that of its
figures, and the share of targets is the mean of theirs. Targets of one trial are of the same people and no independent
witnesses, so that they are counted by trial too. A share whose prediction interval is wider than half of all there is
could hardly be missed by it, and says little by being inside: `decisive` leaves those out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from simulate.analyse.credibility.validation.prediction import LEVELS

WIDE = 0.5  # of a share's prediction interval: half of all there is


class Counted(Protocol):
    """What is counted of a figure."""

    @property
    def target(self) -> str:
        """Its target's id."""

    @property
    def trial(self) -> str:
        """Whose people it is of."""

    @property
    def decisive(self) -> bool:
        """Whether it could well have been missed."""

    @property
    def covered(self) -> bool | None:
        """Whether its published interval holds the mean of ours; None where there is none."""

    def holds(self, level: float) -> bool:
        """Whether it lies inside our interval of this level."""


@dataclass(frozen=True)
class Tally:
    """Targets, their figures, and of these how many lie inside, by the level of the interval, such as ``95%``."""

    targets: int
    trials: int
    figures: int
    inside: dict[str, int]
    share: dict[str, float | None]  # of targets, each weighing one; None where there is none

    @classmethod
    def of(cls, figures: Sequence[Counted]) -> Tally:
        """Of these figures."""
        levels = {f"{level:.0%}": [(x.target, x.holds(level)) for x in figures] for level in LEVELS}
        inside = {name: sum(held for _, held in found) for name, found in levels.items()}
        share = {name: _share(found) for name, found in levels.items()}
        trials = len({x.trial for x in figures})
        return cls(len({x.target for x in figures}), trials, len(figures), inside, share)


def _share(found: Sequence[tuple[str, bool]]) -> float | None:
    """The mean over targets of the share of their figures that are inside."""
    apart = [[held for _, held in group] for _, group in groupby(sorted(found), key=lambda x: x[0])]
    return sum(sum(held) / len(held) for held in apart) / len(apart) if apart else None


def counts(figures: Sequence[Counted]) -> dict[str, Any]:
    """A tally of them, one of those that are decisive, and how many published intervals hold ours."""
    every, told = Tally.of(figures), [x.covered for x in figures if x.covered is not None]
    return {
        **vars(every),
        "decisive": vars(Tally.of([x for x in figures if x.decisive])),
        "intervals": len(told),
        "covering": sum(told),
    }
