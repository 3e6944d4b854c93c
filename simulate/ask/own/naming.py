"""By what name a model of one's own is asked for: importing nothing, since every command asks."""

from __future__ import annotations

SUFFIX = ".py"


def is_model_file(word: object) -> bool:
    """Whether a word of the command line names a Python file rather than a problem of the catalogue."""
    return isinstance(word, str) and word.endswith(SUFFIX)
