"""What is wrong with what was asked for, as everything above this room knows it (``parameters.words.mistakes``)."""

from __future__ import annotations

from parameters.words.mistakes import (
    ID_PATTERN,
    MOST_TOLD,
    InputError,
    MissingExtra,
    Mistakes,
    ModelError,
    Problem,
    SeveralMistakes,
    as_float,
    in_short,
    not_an_id,
    printable,
    short,
    short_text,
    spelling_hint,
    unknown_key,
    why,
)

__all__ = [
    "ID_PATTERN",
    "MOST_TOLD",
    "InputError",
    "MissingExtra",
    "Mistakes",
    "ModelError",
    "Problem",
    "SeveralMistakes",
    "as_float",
    "in_short",
    "not_an_id",
    "printable",
    "short",
    "short_text",
    "spelling_hint",
    "unknown_key",
    "why",
]
