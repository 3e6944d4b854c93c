"""Ctrl-C while a command runs: it is raised, so that what was begun is cleared away, and it is never lost."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import FrameType
from typing import Any

from simulate._interrupts import leave, leave_at_once

PATIENCE = 5.0  # seconds for clearing away; whoever is stopped in it leaves nothing that is not cleared away later
_came: list[int] = []  # signals


def came() -> bool:
    """Whether Ctrl-C was raised, though something may have made another error of it."""
    return bool(_came)


def _leave_after(seconds: float) -> None:
    """Leave then at the latest: some libraries swallow what is raised while they are imported."""
    timer = Timer(seconds, leave)
    timer.daemon = True
    timer.start()


@contextmanager
def raised() -> Iterator[None]:
    """Within, the first Ctrl-C raises ``KeyboardInterrupt``, so that what was begun is cleared away.

    A second ends the program, and so does one that was raised where Python cannot hand it on (in a callback from
    compiled code). Afterwards Ctrl-C is what it was before.
    """
    before, hook = signal.getsignal(signal.SIGINT), sys.unraisablehook

    def first(number: int, frame: FrameType | None) -> None:
        leave_at_once()
        _came.append(number)
        _leave_after(PATIENCE)
        raise KeyboardInterrupt

    def lost(fault: Any) -> None:
        leave() if fault.exc_type is KeyboardInterrupt else hook(fault)

    signal.signal(signal.SIGINT, first)
    sys.unraisablehook = lost
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook
