"""How far a run has come: a bar on a terminal, lines elsewhere, nothing when quiet.

A line every ten seconds says how far a stage is, and one at its end how long it took, where that was not a moment.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str, int, int], None]
EVERY = 10.0  # seconds between lines where there is no terminal
MOMENT = 1.0  # seconds, after which the end of a stage is told there


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Tell]:
    """A function to call with (what is being done, done so far, of how many); a total of 0 means unknown."""
    if quiet:
        yield lambda what, done, total: None
    elif sys.stderr.isatty():
        yield from _bar()
    else:
        lines = _Lines()
        yield lines.tell
        lines.end()


def _bar() -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield tell


class _Lines:
    """Stages one after another, as lines."""

    def __init__(self) -> None:
        self.stage = ""
        self.begun = self.said = time.monotonic()

    def tell(self, what: str, done: int, total: int) -> None:
        """A stage, how much of it is done, and of how much."""
        if what != self.stage:
            self.end()
            self.stage, self.begun = what, time.monotonic()
        if time.monotonic() - self.said >= EVERY:
            self._say(f"{what} {100 * done / total:.0f}%" if total else what)

    def end(self) -> None:
        """The stage is over."""
        took = time.monotonic() - self.begun
        if self.stage and took >= MOMENT:
            self._say(f"{self.stage}: {took:.0f} s")

    def _say(self, text: str) -> None:
        self.said = time.monotonic()
        print(text, file=sys.stderr, flush=True)
