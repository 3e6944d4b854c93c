"""How far a run has come: a bar on a terminal, lines elsewhere, nothing when quiet; and a file beside its folder.

A line every ten seconds says how far a stage is, and one at its end how long it took, where that was not a moment. A
thread of its own keeps the time, so that clock and lines go on while nothing is heard of the work.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING

from simulate.present.terminal.work import MOMENT, STARTED, Work, clock, pace_words, worth_words
from simulate.present.terms.surroundings import is_quiet

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Tell = Callable[[str, int, int], None]
EVERY = 10.0  # seconds between lines where there is no terminal
BAR = 16  # columns
LEFT = 40  # columns beside it, at least, for what is being done, where there are so many


@contextmanager
def progress_bar(*, quiet: bool, beside: Path | None = None) -> Iterator[Tell]:
    """A function to call with (what is being done, done so far, of how many); a total of 0 means unknown.

    It is a ``Listener`` and may be told more. How far it is, is written `beside` a folder of results too, if this
    process holds that: see ``folder.progress_file``.
    """
    if quiet or is_quiet():
        shown: _Quiet = _Quiet()
    else:
        shown = _Bar() if _is_terminal() else _Lines()
    with shown.on(), _beating(shown, beside):
        yield shown.work
        shown.work.end()


def _is_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


@contextmanager
def _beating(shown: _Quiet, beside: Path | None) -> Iterator[None]:
    """A second hand: what is shown is brought up to date, and the file written, once a second."""
    from simulate.present.folder.progress_file import ProgressFile

    file, over = None if beside is None else ProgressFile(beside), Event()

    def beat() -> None:
        while not over.wait(MOMENT):
            shown.beat()
            if file is not None and not file.ended:
                file.write(shown.work.facts())
                if file.note:
                    shown.say(f"note: {file.note}")

    hand = Thread(target=beat, daemon=True)
    hand.start()
    try:
        yield
    finally:
        over.set()
        hand.join()
        if file is not None:
            file.close()


class _Quiet:
    """Nothing is shown."""

    def __init__(self) -> None:
        self.work = Work(self.say)

    @contextmanager
    def on(self) -> Iterator[None]:
        yield

    def beat(self) -> None:
        """A second has gone by."""

    def say(self, text: str) -> None:
        """A line."""


class _Lines(_Quiet):
    """Stages one after another, as lines."""

    def __init__(self) -> None:
        super().__init__()
        self.work = _Heard(self.say, self.beat)
        self.said = self.work.begun
        self.lock = RLock()

    def beat(self) -> None:
        """Say how far it is, where nothing was said for long."""
        with self.lock:
            now, stage = time.monotonic(), self.work.stage
            if not stage.what or now - self.said < EVERY:
                return
            share, pace = stage.share(), pace_words(stage, now)
            far = f" {100 * share:.0f}%" if share is not None else f", {clock(now - stage.begun)}"
            self.say(f"{stage.what}{far}{f' ({pace})' if pace else ''}")
            if stage.worth is not None:
                self.say(f"  {worth_words(stage.worth)}")

    def say(self, text: str) -> None:
        with self.lock:
            self.said = time.monotonic()
            print(text, file=sys.stderr, flush=True)


class _Heard(Work):
    """Work of which whatever is heard may be said at once."""

    def __init__(self, say: Callable[[str], None], heard: Callable[[], None]) -> None:
        super().__init__(say)
        self.heard = heard

    def __call__(self, what: str, done: int, total: int) -> None:
        super().__call__(what, done, total)
        self.heard()


class _Bar(_Quiet):
    """The stage under way on a line of its own, its pace and worth on others; stages that are over stand above it."""

    def __init__(self) -> None:
        super().__init__()
        self.console: Console | None = None

    @contextmanager
    def on(self) -> Iterator[None]:
        from rich.console import Console
        from rich.live import Live

        self.console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        with Live(get_renderable=self.look, console=self.console, refresh_per_second=5, transient=True):
            yield

    def say(self, text: str) -> None:
        if self.console is not None:
            self.console.print(text)

    def look(self) -> RenderableType:
        """What stands on the terminal at this moment."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        now, stage = time.monotonic(), self.work.stage
        share = stage.share()
        bar = ProgressBar(100.0, 100.0 * (share or 0.0), width=BAR, pulse=share is None, animation_time=now)
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for width in (BAR, 4, 8):
            line.add_column(width=width, no_wrap=True, justify="right")
        per_cent = "" if share is None else f"{100 * share:.0f}%"
        line.add_row(Text(stage.what or "starting"), bar, per_cent, clock(now - STARTED))
        more = [pace_words(stage, now), "" if stage.worth is None else worth_words(stage.worth)]
        texts = [Text(f"  {m}", style="dim", no_wrap=True, overflow="ellipsis") for m in more if m]
        return Group(line, *texts)
