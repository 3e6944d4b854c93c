"""Arguments of Python that are of another kind than is allowed, refused in words before anything takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import cast

import numpy as np

from parameters.ground.mistakes import Mistakes, ModelError, short

NUMBERS = "numbers by name, such as {'c_bed_day': 450.0}"
RECORDS = "records by name, such as {'c_bed_day': {'unit': ..., 'distribution': ...}}"


def refused(name: str, value: object, allowed: str) -> ModelError:
    """The error that says what an argument is, and what is allowed."""
    return ModelError(f"{name}: {' '.join(short(value).split())}, a {type(value).__name__}; allowed: {allowed}")


def check_truths(**given: object) -> None:
    """Raise ``ModelError`` unless each is True or False, numpy's too."""
    mistakes = Mistakes()
    for name, value in given.items():
        with mistakes.among():
            if not isinstance(value, (bool, np.bool_)):
                raise refused(name, value, "True, False")
    mistakes.tell()


def check_texts(**given: tuple[object, str]) -> None:
    """Raise ``ModelError`` unless each is a text or None; beside it stands what is allowed."""
    mistakes = Mistakes()
    for name, (value, allowed) in given.items():
        with mistakes.among():
            if value is not None and not isinstance(value, str):
                raise refused(name, value, allowed)
    mistakes.tell()


def check_rows(**given: object) -> None:
    """Raise ``ModelError`` unless each is a row of numbers."""
    mistakes = Mistakes()
    for name, value in given.items():
        with mistakes.among():
            if not _is_row(value):
                raise refused(name, value, "numbers, such as [1.0, 2.0]")
    mistakes.tell()


def _is_row(value: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and value.dtype.kind in "fiu"
    whole = isinstance(value, Sequence) and not isinstance(value, str)
    return whole and all(isinstance(x, Real) and not isinstance(x, bool) for x in cast(Iterable[object], value))


def check_by_name(name: str, value: object, allowed: str = NUMBERS) -> None:
    """Raise ``ModelError`` unless it is a dictionary by name, or None."""
    if value is not None and not (isinstance(value, Mapping) and all(isinstance(key, str) for key in value)):
        raise refused(name, value, allowed)


def as_path(name: str, value: object, allowed: str = "the path of a file, a str or a pathlib.Path") -> Path:
    """A path; ``ModelError`` where it is none."""
    if not isinstance(value, (str, Path)):
        raise refused(name, value, allowed)
    return Path(value)


def as_paths(name: str, value: object) -> tuple[Path, ...]:
    """Paths, or one that stands alone; ``ModelError`` where it is neither."""
    if isinstance(value, (str, Path, Mapping)) or not isinstance(value, Iterable):
        return (as_path(name, value),)
    return tuple(as_path(name, each, "paths of files, each a str or a pathlib.Path") for each in value)


def check_threads(threads: object) -> None:
    """Raise ``ModelError`` unless it is a number of threads, or None for all that there are."""
    is_whole = isinstance(threads, Integral) and not isinstance(threads, bool)
    if threads is not None and not (is_whole and threads >= 1):  # type: ignore[operator]
        raise ModelError(f"threads: {short(threads)}; allowed: whole numbers from 1 on, or None for all there are")
