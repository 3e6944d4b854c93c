"""Names of what is asked for, as whoever asks writes them: arguments in Python, options on the command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from parameters.ground.mistakes import short

# What the command line calls otherwise.
OPTIONS = {"changes": "set", "threshold": "wtp", "thresholds": "wtp-grid", "folder": "out"}
_options: ContextVar[bool] = ContextVar("options", default=False)


@contextmanager
def as_options() -> Iterator[None]:
    """Within it, messages speak of options such as ``--sheet NAME``, since the command line is what was typed."""
    before = _options.set(True)
    try:
        yield
    finally:
        _options.reset(before)


def option(name: str, value: str | None = None, *, several: bool = False) -> str:
    """How something is asked for: ``sheet='NAME'`` in Python, ``--sheet NAME`` on the command line; or its name alone.

    Where `several` may be given, `value` holds them with commas between, and Python takes a list.
    """
    if _options.get():
        word = f"--{OPTIONS.get(name, name).replace('_', '-')}"
        return word if value is None else f"{word} {shlex.quote(value)}"
    if value is None:
        return name
    return f"{name}={short(value.split(',') if several else value)}"
