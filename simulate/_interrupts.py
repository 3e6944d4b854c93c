"""Ctrl-C while the program starts and ends: one line and exit code 130. Imports next to nothing: it comes first."""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130
WORDS = "interrupted; nothing was lost that had been written"


# Whether this process is the command line, and not Python that uses us, nor a test: known by what it was started as.
PROGRAM = os.path.splitext(os.path.basename(sys.argv[0] if sys.argv else ""))[0] == "recovery-cea" or (
    "simulate.present.cli" in sys.orig_argv
)


def leave_at_once() -> None:
    """From here on Ctrl-C ends the program on the spot: there is nothing to be cleared away."""
    signal.signal(signal.SIGINT, leave)


def leave(number: int = 0, frame: object = None) -> None:
    """End the program as interrupted; what was printed is printed."""
    from contextlib import suppress

    with suppress(Exception):  # nobody reads it any more
        sys.stdout.flush()
    with suppress(OSError):
        os.write(2, f"{WORDS}\n".encode("ascii"))
    os._exit(INTERRUPTED)
