"""How work in progress is told to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int], None]  # done so far, of how many
StageProgress = Callable[[str, int, int], None]  # what is being done, done so far, of how many


def silent(*_: object) -> None:
    """Tell nobody."""


def of_stage(progress: StageProgress, stage: str) -> Progress:
    """The progress of one stage of the work."""
    return lambda done, total: progress(stage, done, total)


@dataclass
class Told:
    """How many of all histories are done, told as they are."""

    progress: Progress | None
    all: int
    done: int = 0

    def more(self, histories: int) -> None:
        """So many more."""
        self.done += histories
        if self.progress is not None and histories:
            self.progress(self.done, self.all)
