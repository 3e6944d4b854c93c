"""How work in progress is told to whoever waits for it.

Whoever wants to know only how far it is gives a function. A ``Listener`` is told more: what was not done but kept from
before, and what the draws that are done come to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parameters.arrays import Ints
from parameters.units import number_of
from simulate.engine.statistics import Statistics

Progress = Callable[[int, int], None]  # done so far, of how many; 0: nobody knows
StageProgress = Callable[[str, int, int], None]  # what is being done, done so far, of how many


def silent(*_: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Worth:
    """Mean incremental net benefit of the draws that are done, per person, of the strategy where it is greatest."""

    strategy: str
    mean: float
    mcse: float  # nan where so few draws tell none
    threshold: float  # money per unit of effect
    draws: int  # done
    sign: str  # of the money


class Listener:
    """Who is told how far the work is, and more."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """A stage, how much of it is done, and of how much; a total of 0 means unknown."""

    def histories(self, what: str, kept: int, words: str = "") -> None:
        """What this stage counts are histories; so many of them were kept from before, as `words` say at its end."""

    def worth(self, what: str, worth: Worth) -> None:
        """What a stage comes to so far."""

    def say(self, text: str) -> None:
        """Something that is not about how far it is."""


@dataclass(frozen=True)
class Renamed(Listener):
    """Tells another of every stage under another name."""

    tell: StageProgress
    named: Callable[[str], str]

    def __call__(self, what: str, done: int, total: int) -> None:
        self.tell(self.named(what), done, total)

    def histories(self, what: str, kept: int, words: str = "") -> None:
        if isinstance(self.tell, Listener):
            self.tell.histories(self.named(what), kept, words)

    def worth(self, what: str, worth: Worth) -> None:
        if isinstance(self.tell, Listener):
            self.tell.worth(self.named(what), worth)

    def say(self, text: str) -> None:
        say(self.tell, text)


# How many draws from the first are done, and what makes the statistics of some of them.
Finished = Callable[[int, Callable[[slice], Statistics]], None]


@dataclass(frozen=True)
class Stage:
    """The progress of one stage of the work; `finished` is told of draws."""

    tell: StageProgress
    name: str
    finished: Finished | None = None

    def __call__(self, done: int, total: int) -> None:
        self.tell(self.name, done, total)

    @property
    def listener(self) -> Listener | None:
        """Who is told more, if anybody is."""
        return self.tell if isinstance(self.tell, Listener) else None


class Steps:
    """Small simulations one after another, nobody knows how many: their histories are counted through a stage."""

    def __init__(self, tell: StageProgress = silent):
        self.tell, self.what, self.before = tell, "", 0

    def begin(self, what: str) -> None:
        """Another stage."""
        self.what, self.before = what, 0
        self.tell(what, 0, 0)
        if isinstance(self.tell, Listener):
            self.tell.histories(what, 0)

    def __call__(self, done: int, total: int) -> None:
        self.tell(self.what, self.before + done, 0)
        if done >= total:
            self.before += done


def say(tell: StageProgress, text: str) -> None:
    """Something that is not about how far it is."""
    if isinstance(tell, Listener):
        tell.say(text)


def of_stage(progress: StageProgress, stage: str) -> Stage:
    """The progress of one stage of the work."""
    return Stage(progress, stage)


@dataclass
class Told:
    """How many of the histories of a simulation are done, told as they are."""

    progress: Progress | None
    people: int
    batches: int
    strategies: int
    left: Ints  # [draw] batches that are not done
    statistics: Callable[[slice], Statistics] | None = None  # of draws that are done
    done: int = 0
    kept: int = 0
    kept_draws: float = 0.0
    first: int = 0  # draw that is not done

    @classmethod
    def of(cls, progress: Progress | None, draws: int, batches: int, people: int, strategies: int) -> Told:
        """Nothing is done yet."""
        return cls(progress, people, batches, strategies, np.full(draws, batches))

    def begin(self) -> None:
        """Say what there is to do."""
        if self.progress is not None:
            self.progress(0, len(self.left) * self.people * self.strategies)

    def more(self, draws: slice, batches: tuple[int, int], *, kept: bool = False) -> None:
        """These batches of these draws are done, or `kept` from before."""
        rows, mine = draws.stop - draws.start, sum(len(range(b, self.people, self.batches)) for b in range(*batches))
        self.done += rows * mine * self.strategies
        self.left[draws] -= batches[1] - batches[0]
        if self.progress is None:
            return
        if kept:
            self.kept += rows * mine * self.strategies
            self.kept_draws += rows * (batches[1] - batches[0]) / self.batches
        self.progress(self.done, len(self.left) * self.people * self.strategies)
        if isinstance(self.progress, Stage):
            self._tell_more(self.progress)

    def say(self, text: str) -> None:
        """Something that is not about how far it is."""
        if isinstance(self.progress, (Stage, Steps)):
            say(self.progress.tell, text)

    def _tell_more(self, stage: Stage) -> None:
        if (listener := stage.listener) is not None:
            listener.histories(stage.name, self.kept, self._kept_words() if self.kept else "")
        while self.first < len(self.left) and not self.left[self.first]:
            self.first += 1
        if stage.finished is not None and self.statistics is not None and self.first:
            stage.finished(self.first, self.statistics)

    def _kept_words(self) -> str:
        every, some = len(self.left), int(self.kept_draws + 1e-6)
        if some == every:
            return f"{number_of(every, 'draw')}, all kept from before" if every > 1 else "kept from before"
        return f"{some:,} of {number_of(every, 'draw')} kept from before"
