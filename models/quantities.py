"""Quantities, ids and the errors of declarations: what every other part of the contract is written with."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches


@dataclass(frozen=True)
class Product:
    """Several parameters or numbers multiplied, each in its own unit."""

    factors: tuple[str | float, ...]

    def __init__(self, *factors: str | float):
        object.__setattr__(self, "factors", factors)


Quantity = str | float | Product

_ID = re.compile(r"[a-z][a-z0-9_]*\Z")


class ModelError(ValueError):
    """A declaration that cannot be run; the message names the object, the field and what is allowed."""


def check_id(name: str, what: str) -> None:
    """Raise ``ModelError`` unless `name` is a plain identifier (``[a-z][a-z0-9_]*``)."""
    if not isinstance(name, str) or not _ID.match(name):
        raise ModelError(f"{what}: {name!r} is not an id; allowed: lower-case letters, digits and _, first a letter")


def parameter_names(thing: object) -> Iterator[str]:
    """Every parameter named anywhere inside a declaration, in order of appearance, with repeats.

    Only fields declared as ``Quantity`` count, so labels and levels are never mistaken for names.
    """
    if isinstance(thing, tuple):
        for item in thing:
            yield from parameter_names(item)
    elif isinstance(thing, Mapping):
        for item in thing.values():
            if not isinstance(item, str):
                yield from parameter_names(item)
    elif hasattr(thing, "__dataclass_fields__"):
        for spec in fields(thing):  # type: ignore[arg-type]
            value = getattr(thing, spec.name)
            if "Quantity" in str(spec.type):
                yield from _names_in(value)
            else:
                yield from parameter_names(value)


def _names_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Product):
        yield from _names_in(value.factors)
    elif isinstance(value, tuple):
        for item in value:
            yield from _names_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _names_in(item)
    elif isinstance(value, (int, float)) and not math.isfinite(value):
        raise ModelError(f"a quantity must be finite; got {value}")


def check_distinct(names: list[str], where: str) -> None:
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated:
        raise ModelError(f"{where}: {', '.join(repeated)} given more than once")


def check_one_of(name: str, allowed: Iterable[str], where: str) -> None:
    options = list(allowed)
    if name not in options:
        close = get_close_matches(name, options, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ModelError(f"{where}: {name!r} is unknown; allowed: {', '.join(options)}{hint}")
