"""How work in progress is told to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]

StageProgress = Callable[[str, int, int], None]  # what is being done, done so far, of how many
