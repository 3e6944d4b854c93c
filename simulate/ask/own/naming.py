"""By what name a model of one's own is asked for: importing nothing, since every command asks."""

from __future__ import annotations

from pathlib import Path

SUFFIX = ".py"


def is_model_file(word: object) -> bool:
    """Whether a word of the command line names a Python file rather than a problem of the catalogue."""
    return isinstance(word, str) and word.endswith(SUFFIX)


def file_meant(word: str) -> Path | None:
    """The model's file that a folder's name, or a file's without its ending, was to name; None where there is none."""
    path = Path(word)
    if not path.name:
        return None
    if (beside := path.with_name(path.name + SUFFIX)).is_file():
        return beside
    if (within := path / (path.name + SUFFIX)).is_file():
        return within
    held = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else []
    return held[0] if len(held) == 1 else None
