"""Ctrl-C, and being told to end, while the program starts and ends: one line and the signal's exit code.

Imports next to nothing: it comes first.
"""

from __future__ import annotations

import os
import signal
import sys

SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
BY_SIGNAL = 128  # what a shell adds to a signal's number
INTERRUPTED = BY_SIGNAL + signal.SIGINT
WORDS = "interrupted; nothing was lost that had been written"


# Whether this process is the command line, and not Python that uses us, nor a test: known by what it was started as.
PROGRAM = os.path.splitext(os.path.basename(sys.argv[0] if sys.argv else ""))[0] == "recovery-cea" or (
    "simulate.present.cli" in sys.orig_argv
)


def heeded() -> list[signal.Signals]:
    """Signals that end the program: not those that who started it had it ignore, as nohup does; Ctrl-C always."""
    return [s for s in SIGNALS if s == signal.SIGINT or signal.getsignal(s) != signal.SIG_IGN]


def leave_at_once() -> None:
    """From here on a signal ends the program on the spot: there is nothing to be cleared away."""
    for number in heeded():
        signal.signal(number, leave)


def leave(number: int = signal.SIGINT, frame: object = None) -> None:
    """End the program as interrupted; what was printed is printed."""
    from contextlib import suppress

    with suppress(Exception):  # nobody reads it any more
        sys.stdout.flush()
    with suppress(OSError):
        os.write(2, f"{WORDS}\n".encode("ascii"))
    os._exit(BY_SIGNAL + number)
