"""Work under way: its stage, how far that is, at what pace, and how long the rest of it takes."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from parameters.units import number_of
from simulate.engine.progress import Listener, Worth
from simulate.present.english.numbers import about, amount, spaced

MOMENT = 1.0  # seconds, after which the end of a stage is told
STARTED = time.monotonic()  # the one clock, of this program's work whatever its parts
LATELY = 30.0  # seconds, over which the pace is taken


@dataclass(frozen=True)
class Stage:
    """One stage as it was last heard of."""

    what: str
    begun: float  # seconds of the monotonic clock, as all
    heard: float
    done: int = 0
    total: int = 0  # 0: nobody knows
    pace: float = 0.0  # a second, lately; of what is not kept from before
    kept: str = ""  # what of it was, in words
    counts_histories: bool = False
    worth: Worth | None = None

    def left(self, now: float) -> float | None:
        """Seconds that the rest takes, if that can be told."""
        if not self.total or self.pace <= 0:
            return None
        return max((self.total - self.done) / self.pace - (now - self.heard), 0.0)

    def share(self) -> float | None:
        """Of it that is done."""
        return min(self.done / self.total, 1.0) if self.total else None


class Work(Listener):
    """What is told of the work, kept for whoever shows it; they may read it from other threads."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say_so = say  # a line
        self.begun = time.monotonic()
        self.stage = Stage("", self.begun, self.begun)
        self._steps: deque[tuple[float, int]] = deque()  # when so much was done that was not kept
        self._kept = 0
        self._told_kept = False
        self._said: set[str] = set()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self.stage.what:
            self._begin(what, now)
        self._steps.append((now, done - self._kept))
        while len(self._steps) > 2 and self._steps[1][0] < now - LATELY:
            self._steps.popleft()
        (before, less), (after, more) = self._steps[0], self._steps[-1]
        pace = (more - less) / (after - before) if after > before else 0.0
        self.stage = replace(self.stage, heard=now, done=done, total=total, pace=pace)

    def histories(self, what: str, kept: int, words: str = "") -> None:
        if what == self.stage.what:
            if kept != self._kept:  # what was kept took no time
                self._kept = kept
                self._steps = deque([(time.monotonic(), self.stage.done - kept)])
                self.stage = replace(self.stage, pace=0.0)
            self.stage = replace(self.stage, counts_histories=True, kept=words)

    def worth(self, what: str, worth: Worth) -> None:
        if what == self.stage.what:
            self.stage = replace(self.stage, worth=worth)

    def say(self, text: str) -> None:
        if text not in self._said:  # of many analyses, each would say it
            self._said.add(text)
            self.say_so(text)

    def end(self) -> None:
        """The last stage is over."""
        was, took = self.stage, time.monotonic() - self.stage.begun
        if was.what and (text := self._ended(was, took)):
            self.say_so(text)

    def _begin(self, what: str, now: float) -> None:
        self.end()
        self._kept = 0
        self._steps = deque([(now, 0)])
        self.stage = Stage(what, now, now)

    def _ended(self, stage: Stage, took: float) -> str:
        """What is said of a stage that is over: nothing of a moment, but the first that was kept from before."""
        first = bool(stage.kept) and not self._told_kept
        self._told_kept |= bool(stage.kept)
        seconds = [f"{took:.0f} s"] if took >= MOMENT else []
        told = [stage.kept, *seconds] if stage.kept else seconds
        return f"{stage.what}: {', '.join(told)}" if first or seconds else ""

    def facts(self) -> dict[str, Any]:
        """As JSON holds them."""
        stage, now = self.stage, time.monotonic()
        left, worth = stage.left(now), stage.worth
        return {
            "stage": stage.what,
            "done": stage.done,
            "total": stage.total or None,
            "counted": "histories" if stage.counts_histories else "steps",
            "histories_per_second": round(stage.pace) if stage.counts_histories else None,
            "seconds": round(now - STARTED, 1),
            "seconds_left": None if left is None else round(left, 1),
            "net_benefit_so_far": None if worth is None else _worth_row(worth),
        }


def _worth_row(worth: Worth) -> dict[str, Any]:
    mcse = round(worth.mcse, 2) if math.isfinite(worth.mcse) else None
    told = {"strategy": worth.strategy, "threshold": worth.threshold, "mean": round(worth.mean, 2), "mcse": mcse}
    return {**told, "draws": worth.draws}


def pace_words(stage: Stage, now: float) -> str:
    """How fast, and how long it takes; empty where neither can be told."""
    words = []
    if stage.counts_histories and stage.pace > 0:
        words.append(f"{_short(stage.pace)} histories a second")
    if (left := stage.left(now)) is not None:
        words.append(f"{clock(left)} left")
    return ", ".join(words)


def worth_words(worth: Worth) -> str:
    """What it comes to so far."""
    error = f" (MCSE {about(worth.mcse, worth.sign)})" if math.isfinite(worth.mcse) else ""
    told = f"net benefit so far {about(worth.mean, worth.sign)}{error} at {amount(worth.threshold, worth.sign)}"
    return f"{told}, {number_of(worth.draws, 'draw')}: {spaced(worth.strategy)}"


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _short(number: float) -> str:
    """Three digits at most, such as 1.23 million."""
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if number >= size:
            return f"{number / size:.3g}{word}"
    return f"{float(f'{number:.3g}'):,.0f}"
