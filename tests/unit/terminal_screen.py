"""What a terminal shows of what was written to it, and a command that writes to one."""

from __future__ import annotations

import codecs
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

TOKEN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+")


@dataclass
class Screen:
    """Rows of text; it knows of going back, up, and of clearing a row, and of colours that they are none of its."""

    rows: list[str] = field(default_factory=lambda: [""])
    row: int = 0
    column: int = 0

    def feed(self, text: str) -> None:
        for token in TOKEN.findall(text):
            if token == "\r":
                self.column = 0
            elif token == "\n":
                self.row += 1
                self.rows += [""] * (self.row + 1 - len(self.rows))
            elif token.startswith("\x1b"):
                self._control(token)
            else:
                before, after = self.rows[self.row].ljust(self.column), self.rows[self.row]
                self.rows[self.row] = before[: self.column] + token + after[self.column + len(token) :]
                self.column += len(token)

    def _control(self, token: str) -> None:
        if token.endswith("A"):
            self.row -= int(token[2:-1] or 1)
        elif token.endswith("K"):
            self.rows[self.row] = ""
        else:
            assert token.endswith(("m", "h", "l")), token

    @property
    def shown(self) -> list[str]:
        """Rows that hold anything."""
        return [row.rstrip() for row in self.rows if row.strip()]


def on_terminal(command: Sequence[str], columns: int = 80) -> list[tuple[float, list[str]]]:
    """A command's stderr on a terminal so wide: seconds, and what that shows then; its stdout goes nowhere."""
    import fcntl
    import pty
    import struct
    import subprocess
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    surroundings = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")} | {"TERM": "xterm"}
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, stdin=theirs, env=surroundings)
    os.close(theirs)
    screen, seen, begun = Screen(), [], time.monotonic()
    decoder = codecs.getincrementaldecoder("utf-8")()
    while True:
        try:
            written = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if not written:
            break
        screen.feed(decoder.decode(written))
        seen.append((time.monotonic() - begun, screen.shown))
    os.close(ours)
    assert child.wait() == 0
    return seen


PYTHON = (sys.executable, "-P", "-c")
