"""Names of what is asked for, as whoever asks writes them: arguments in Python, options on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# What Python calls otherwise than the command line does.
OPTIONS = {"changes": "set", "wtp": "wtp", "folder": "out"}
_options: ContextVar[bool] = ContextVar("options", default=False)


@contextmanager
def as_options() -> Iterator[None]:
    """Within it, messages speak of options such as ``--sheet NAME``, since the command line is what was typed."""
    before = _options.set(True)
    try:
        yield
    finally:
        _options.reset(before)


def option(name: str, value: str = "") -> str:
    """How something is asked for: ``sheet=NAME`` in Python, ``--sheet NAME`` on the command line; or its name alone."""
    if _options.get():
        word = f"--{OPTIONS.get(name, name).replace('_', '-')}"
        return f"{word} {value}" if value else word
    return f"{name}={value}" if value else name
