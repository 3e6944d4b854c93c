"""Ctrl-C, or being told to end, while a command runs: it is raised, so that what was begun is cleared away.

It is never lost, and never waited for long: whatever the program is doing, it has ended two seconds later.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from types import FrameType
from typing import Any

from simulate.process.interrupts import BY_SIGNAL, heeded, leave, leave_at_once

PATIENCE = 1.5  # seconds for clearing away; whoever is stopped in it leaves nothing that is not cleared away later
_came: list[int] = []  # signals


def came() -> bool:
    """Whether a signal was raised, though something may have made another error of it."""
    return bool(_came)


def code_of_signal() -> int:
    """The exit code of a program that was ended: 130 by Ctrl-C, 143 by being told to."""
    return BY_SIGNAL + (_came[0] if _came else signal.SIGINT)


@contextmanager
def raised() -> Iterator[None]:
    """Within, the first signal raises ``KeyboardInterrupt``, so that what was begun is cleared away.

    A second ends the program, and so does one that was raised where Python cannot hand it on (in a callback from
    compiled code), or that the main thread has not heard of in time (in one long call of a library). Afterwards signals
    do what they did before.
    """
    before, hook = {s: signal.getsignal(s) for s in heeded()}, sys.unraisablehook

    def first(number: int, frame: FrameType | None) -> None:
        leave_at_once()
        _came.append(number)
        raise KeyboardInterrupt

    def lost(fault: Any) -> None:
        leave(*_came[:1]) if fault.exc_type is KeyboardInterrupt else hook(fault)

    for number in before:
        signal.signal(number, first)
    sys.unraisablehook = lost
    try:
        with _ended_after(PATIENCE, set(before)):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook


@contextmanager
def _ended_after(seconds: float, numbers: set[signal.Signals]) -> Iterator[None]:
    """Leave so long after a signal at the latest: some libraries swallow what is raised, or go on for minutes.

    The system writes the signal's number into a pipe at once, and a thread reads it there.
    """
    if os.name == "nt":  # has no pipe for it
        yield
        return
    hear, say = os.pipe()
    os.set_blocking(say, False)
    over: list[bool] = []

    def listen() -> None:
        while (heard := os.read(hear, 1)) and not over:
            if heard[0] in numbers:
                time.sleep(seconds)
                if not over:
                    leave(heard[0])

    Thread(target=listen, daemon=True).start()
    before = signal.set_wakeup_fd(say, warn_on_full_buffer=False)
    try:
        yield
    finally:
        over.append(True)
        signal.set_wakeup_fd(before)
        with suppress(OSError):
            os.close(say)  # which ends the thread; what it reads from stays open, as it may be reading
