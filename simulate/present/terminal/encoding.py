"""Standard output and error in whatever characters they can take: nothing that is written can fail for its letters."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Mapping

PLAIN = {
    "×": "x", "±": "+-", "−": "-", "–": "-", "—": "-", "─": "-", "…": "...", "ε": "e",
    "²": "2", "½": "1/2", "’": "'", "‘": "'", "“": '"', "”": '"', "≤": "<=", "≥": ">=", "→": "->", "•": "*",
}  # fmt: skip
SPELLED = "recovery-cea.spelled"  # the name of our error handler


def write_in_any_encoding() -> None:
    """From now on, a character that standard output or error lacks is spelled in those it has, else by ``?``.

    A stream that whoever started us had closed takes everything and shows it nowhere.
    """
    _open_closed_streams()
    codecs.register_error(SPELLED, _spell)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, _Ascii):
            continue
        if codecs.lookup(stream.encoding).name == "ascii":
            stream.flush()
            setattr(sys, name, _Ascii(stream))
        else:
            stream.reconfigure(errors=SPELLED)


def _open_closed_streams() -> None:
    """Nothing stands for a closed one (and ``print`` would write errors among results).

    Opened in this order, each takes the number that was closed: a file of ours with it would hold what libraries print.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115


def writable(text: str, encoding: str) -> str:
    """`text` with each character that `encoding` lacks replaced: by plain words where we know them, else by ``?``."""
    codecs.register_error(SPELLED, _spell)
    return text.encode(encoding, SPELLED).decode(encoding)


def _spell(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    plain = {**PLAIN, **_signs()}
    return "".join(plain.get(c, "?") for c in fault.object[fault.start : fault.end]), fault.end


def _signs() -> Mapping[str, str]:
    """Currencies' signs in plain letters; imported late, since what that brings reads variables we settle before."""
    from parameters.money.currencies import SPELLED_OUT

    return SPELLED_OUT


class _Ascii(io.TextIOWrapper):
    """A stream of ASCII that calls itself UTF-8, which it is: typer passes by a stream that calls itself ASCII."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__(stream.buffer, encoding="utf-8", line_buffering=stream.line_buffering, write_through=True)
        self._stream = stream  # lest it close what both write to

    def write(self, text: str) -> int:
        """As any stream does; the number of characters of `text`."""
        super().write(writable(text, "ascii"))
        return len(text)
