"""What a declaration holds, field by field: the one walk for every check of what may stand where."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from types import NoneType
from typing import NamedTuple

_LEAVES = frozenset({str, int, float, bool, NoneType})  # what holds nothing


class Held(NamedTuple):
    """One of the quantities that a field holds."""

    owner: object  # the declaration
    field: str
    key: str  # where in the field, such as [0]; empty where it holds but one
    quantity: object
    path: tuple[object, ...]  # the declarations around the owner, outermost first

    @property
    def kind(self) -> tuple[type, str]:
        """The class of the owner and the field: what tables of what may stand there go by."""
        return type(self.owner), self.field


def held_in(thing: object, wanted: Container[tuple[type, str]], path: tuple[object, ...] = ()) -> Iterator[Held]:
    """Every quantity in the `wanted` fields (class and name) of a declaration and of all within it, in order."""
    if type(thing) in _LEAVES:
        return
    if isinstance(thing, tuple):
        for item in thing:
            yield from held_in(item, wanted, path)
    elif isinstance(thing, Mapping):
        for item in thing.values():
            yield from held_in(item, wanted, path)
    elif hasattr(thing, "__dataclass_fields__"):
        kind = type(thing)
        for name in kind.__dataclass_fields__:
            value = getattr(thing, name)
            if (kind, name) in wanted:
                yield from (Held(thing, name, key, quantity, path) for key, quantity in _each(value))
            elif type(value) not in _LEAVES:
                yield from held_in(value, wanted, (*path, thing))


def name_of(thing: object) -> str | None:
    """A declaration's name or id; None where it has none."""
    name = getattr(thing, "name", None) or getattr(thing, "id", None)
    return name if isinstance(name, str) else None


def _each(value: object) -> Iterator[tuple[str, object]]:
    """The quantities of a field, each with its key where there are several."""
    if isinstance(value, tuple):
        yield from ((f"[{i}]", item) for i, item in enumerate(value))
    elif isinstance(value, Mapping):
        yield from ((f"[{key}]", item) for key, item in value.items())
    elif value is not None:
        yield "", value
