"""A declaration or a finding on one line: its name, what is short of it, and how much there is of the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sized
from dataclasses import fields, is_dataclass
from typing import Any

LONGEST = 200  # characters, before what follows is only counted
LONGEST_PART = 80
NAMES = ("name", "id")  # fields by which a declaration is called


class Brief:
    """A dataclass (with ``repr=False``) that is written in a line, however much it holds."""

    def __repr__(self) -> str:
        return brief(self)


def brief(thing: Any) -> str:
    """The name of its class with what is short in it; of longer fields how many items, of arrays their shape.

    Empty fields are left out. Under 500 characters.
    """
    parts, length = list[str](), 0
    for label, text in _parts(thing):
        if length + len(text) > LONGEST:
            parts.append("…")
            break
        parts.append(text if label in NAMES else f"{label}={text}")
        length += len(parts[-1])
    return f"{type(thing).__name__}({', '.join(parts)})"


def _parts(thing: Any) -> Iterator[tuple[str, str]]:
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.repr and not field.name.startswith("_") and not _is_empty(value):
            yield field.name, _told(value)


def _is_empty(value: Any) -> bool:
    return (
        value is None or value is False or (isinstance(value, Collection) and not hasattr(value, "shape") and not value)
    )


def _told(value: Any) -> str:
    """A value as it is written where that is short, else what it is and how much of it."""
    if isinstance(shape := getattr(value, "shape", None), tuple):  # of an array or a frame
        return f"<{' × '.join(map(str, shape))}>"
    if isinstance(value, str):
        return repr(value) if len(value) <= LONGEST_PART else repr(f"{value[: LONGEST_PART - 1]}…")
    if is_dataclass(value) and not isinstance(value, type):
        named = next((n for n in NAMES if isinstance(getattr(value, n, None), str)), None)
        named_words = f"<{type(value).__name__}{'' if named is None else f' {getattr(value, named)[:40]}'}>"
        return named_words if named or len(text := repr(value)) > LONGEST_PART else text
    if isinstance(value, Sized) and isinstance(value, Collection):
        plain = all(isinstance(x, str | int | float) for x in (value.values() if hasattr(value, "values") else value))
        text = repr(value) if plain and len(value) <= 8 else ""
        return text if 0 < len(text) <= LONGEST_PART else f"<{len(value)}>"
    text = repr(value)
    return text if len(text) <= LONGEST_PART else f"<{type(value).__name__}>"
