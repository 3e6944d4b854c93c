"""Which line of several files is of which draw: by the numbers of draws that they hold, where they hold any."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from parameters import Problem
from parameters.arrays import Floats, Ints
from simulate.result.finished.columns import DRAWS

OF_ROWS = {"", "unnamed: 0", "rownames", "row", "id", "__index_level_0__"}  # names that no cost or parameter has
SHOWN = 3  # numbers of a file, in a sentence


def numbers_draws(name: str, values: Floats, known: set[str]) -> bool:
    """Whether a column of one of several files numbers its draws, in any order: whole numbers, each once.

    By its name, which may also be one of those `known` from a file before.
    """
    word = name.strip().lower().lstrip(".")
    named = word in DRAWS | OF_ROWS or name in known
    return named and len(values) > 1 and _distinct(values)


def chosen(names: list[str]) -> str | None:
    """Of the columns that number draws or rows, the one that says most of draws; None of none."""
    return min(names, key=lambda name: name.strip().lower().lstrip(".") not in DRAWS, default=None)


def of_texts(texts: list[str]) -> Floats | None:
    """Draws as a long table calls them, as numbers; None where they are none."""
    if not all(text.isascii() and text.isdigit() and len(text) <= 15 for text in texts):
        return None
    found = np.array([float(text) for text in texts])
    return found if len(found) > 1 and _distinct(found) else None


def together(held: Mapping[str, Floats | None]) -> tuple[dict[str, Ints], list[Problem]]:
    """Lines of each file [draw] so that all go together, where they do not as they stand; and what cannot be.

    `held` are the numbers of draws of each file, None of one that has none. Counting from 0 and from 1 is the same.
    """
    told = {file: _from_zero(numbers) for file, numbers in held.items() if numbers is not None}
    if not told or len({len(numbers) for numbers in told.values()}) > 1:
        return {}, []  # of different lengths: told elsewhere
    first, *others = told
    bad = [file for file in others if not np.array_equal(np.sort(told[file]), np.sort(told[first]))]
    if bad:
        text = "; ".join(f"{file} holds draws {_few(held[file])}" for file in (first, *bad))
        return {}, [Problem("files", 0, "draws", f"{text}; must be the same draws, in any order")]
    bare = [file for file, numbers in held.items() if numbers is None]
    if all(np.array_equal(told[file], told[first]) for file in others) and (
        not bare or bool((np.diff(told[first]) > 0).all())
    ):
        return {}, []
    if bare:
        text = (
            f"those of {first} are not in order, and {', '.join(bare)} does not number its own; number them there too"
        )
        return {}, [Problem("files", 0, "draws", text)]
    return {file: np.argsort(numbers, kind="stable") for file, numbers in told.items()}, []


def _distinct(values: Floats) -> bool:
    return bool(np.isfinite(values).all() and (values == np.floor(values)).all()) and len(np.unique(values)) == len(
        values
    )


def _from_zero(numbers: Floats) -> Floats:
    """Those that count from 1, whatever their order, as if from 0."""
    counted = np.array_equal(np.sort(numbers), np.arange(1.0, len(numbers) + 1))
    return numbers - 1.0 if counted else numbers


def _few(numbers: Floats | None) -> str:
    every = [] if numbers is None else numbers.tolist()
    shown = ", ".join(f"{n:.15g}" for n in every[:SHOWN])
    return shown + (f", ..., {every[-1]:.15g}" if len(every) > SHOWN else "")
