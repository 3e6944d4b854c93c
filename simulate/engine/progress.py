"""How work in progress is told to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]  # done so far, of how many
StageProgress = Callable[[str, int, int], None]  # what is being done, done so far, of how many


def silent(*_: object) -> None:
    """Tell nobody."""


def of_stage(progress: StageProgress, stage: str) -> Progress:
    """The progress of one stage of the work."""
    return lambda done, total: progress(stage, done, total)
