"""Quantities, ids and the errors of declarations: what every other part of the contract is written with."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from numbers import Integral
from operator import is_
from types import NoneType
from typing import Any, Protocol, TypeVar, cast

from parameters.expressions.formula import evaluated
from parameters.expressions.grammar import ExpressionError, Node, parsed
from parameters.ground.once import once_each
from parameters.mistakes import ModelError, allowed_names, as_float, short, unknown_key
from parameters.units import SPANS, UNITS

UNREAD = Node("", 0)


@dataclass(frozen=True)
class Product:
    """Several quantities multiplied, each in its own unit."""

    factors: tuple[Quantity, ...]

    def __init__(self, *factors: Quantity):
        object.__setattr__(self, "factors", factors)

    def __str__(self) -> str:
        return " x ".join(map(_enclosed, self.factors))


@dataclass(frozen=True)
class Sum:
    """Several quantities of one kind added."""

    terms: tuple[Quantity, ...]

    def __init__(self, *terms: Quantity):
        object.__setattr__(self, "terms", terms)

    def __str__(self) -> str:
        return " + ".join(map(_enclosed, self.terms))


@dataclass(frozen=True)
class Complement:
    """What is left of 1: the share of those whom a share leaves out."""

    of: Quantity

    def __str__(self) -> str:
        return f"1 - {_enclosed(self.of)}"


@dataclass(frozen=True)
class Quotient:
    """One quantity over another, which must not be able to be 0."""

    above: Quantity
    below: Quantity

    def __str__(self) -> str:
        return f"{_enclosed(self.above)} / {_enclosed(self.below)}"


@dataclass(frozen=True)
class Expression:
    """An expression of records (see ``parameters.expressions``), in `unit`: ``Expression("1 - exp(-r * year)")``.

    It may stand wherever a quantity may; loading a problem gives each a name, and puts the name in its place.
    """

    text: str
    unit: str = "number"
    tree: Node = field(default=UNREAD, repr=False)  # read from the text
    name: str = ""  # of its record
    low: float = -math.inf  # what may stand where it is put, in engine units
    high: float = math.inf
    above: bool = False  # whether `low` itself may not

    def __post_init__(self) -> None:
        if self.tree is not UNREAD:
            return
        if not isinstance(self.text, str) or self.unit not in UNITS:
            told = f"unit {unknown_key(str(self.unit), UNITS)}" if isinstance(self.text, str) else "allowed: a text"
            raise ModelError(f"Expression {short(self.text)}: {told}")
        try:
            object.__setattr__(self, "tree", parsed(self.text, SPANS))
        except ExpressionError as fault:
            raise ModelError(f"Expression {short(self.text)}: {fault}") from fault

    def __str__(self) -> str:
        return self.text


Composite = Product | Sum | Complement | Quotient | Expression
Quantity = str | float | Product | Sum | Complement | Quotient | Expression
COMPOSITES = (Product, Sum, Complement, Quotient, Expression)


def _enclosed(part: Quantity) -> str:
    return f"({part})" if isinstance(part, COMPOSITES) else f"{part}"


def parts_of(quantity: Composite) -> tuple[Quantity, ...]:
    """The quantities that a composite one is made of, in order."""
    if isinstance(quantity, Product):
        return quantity.factors
    if isinstance(quantity, Sum):
        return quantity.terms
    if isinstance(quantity, Expression):
        return quantity.tree.names()
    return (quantity.of,) if isinstance(quantity, Complement) else (quantity.above, quantity.below)


class Reckoned(Protocol):
    """What quantities are computed in: numbers, or whatever adds and multiplies as they do."""

    def __add__(self, other: Any, /) -> Any: ...
    def __mul__(self, other: Any, /) -> Any: ...
    def __truediv__(self, other: Any, /) -> Any: ...
    def __rsub__(self, other: Any, /) -> Any: ...


V = TypeVar("V", bound=Reckoned)


def computed(quantity: Quantity, named: Callable[[str], V], number: Callable[[float], V]) -> V:
    """A quantity's value, from those of parameters by name and from plain numbers brought to the same kind."""
    if isinstance(quantity, str):
        return named(quantity)
    if isinstance(quantity, Expression):
        found: V = number(0.0) + evaluated(quantity.tree, named)  # type: ignore[arg-type]  # numbers and arrays alike
        return found
    if not isinstance(quantity, COMPOSITES):
        return number(float(quantity))
    parts = [computed(part, named, number) for part in parts_of(quantity)]
    out: V = number(1.0 if isinstance(quantity, Product) else 0.0)
    if isinstance(quantity, Complement):
        out = 1.0 - parts[0]
    elif isinstance(quantity, Quotient):
        out = parts[0] / parts[1]
    else:
        for part in parts:
            out = out * part if isinstance(quantity, Product) else out + part
    return out


MOST = 10**9  # of whole numbers
_LEAVES = frozenset({int, float, bool, NoneType})
PLAIN = ("str", "bool", "int", "float")  # annotations of fields that hold no declaration and no quantity
_ID = re.compile(r"[a-z][a-z0-9_]*\Z")


def check_id(name: str, what: str) -> None:
    """Raise ``ModelError`` unless `name` is a plain identifier (``[a-z][a-z0-9_]*``)."""
    if not isinstance(name, str) or not _ID.match(name):
        raise ModelError(f"{what}: {name!r} is not an id; allowed: lower-case letters, digits and _, first a letter")


def parameter_names(thing: object) -> Iterator[str]:
    """Every parameter named anywhere inside a declaration, in order of appearance, with repeats.

    Only fields declared as ``Quantity`` count, so labels and levels are never mistaken for names.
    ``ModelError`` names a field that holds anything but names, finite numbers and what is made of these.
    """
    if type(thing) is tuple:
        return iter([name for item in thing for name in parameter_names(item)])
    if _fields(type(thing)):  # type: ignore[arg-type]  # classes are hashable
        return iter(_named(thing))
    found: list[str] = []
    _gather(thing, found)
    return iter(found)


@once_each
def _named(declaration: object) -> tuple[str, ...]:
    found: list[str] = []
    _gather(declaration, found)
    return tuple(found)


def _gather(thing: object, found: list[str]) -> None:
    declared = _fields(type(thing))  # type: ignore[arg-type]  # classes are hashable
    if declared is None:
        for item in thing.values() if isinstance(thing, Mapping) else thing:  # type: ignore[attr-defined]  # a tuple
            _gather(item, found)
        return
    for name, is_quantity, optional in declared:
        value = getattr(thing, name)
        if not is_quantity:
            _gather(value, found)
        elif type(value) is str:
            found.append(value)
        elif value is not None or not optional:
            _add_names(value, found, lambda: f"{said(thing)}.{name}")  # noqa: B023  # called at once or never


@cache
def _fields(kind: type) -> tuple[tuple[str, bool, bool], ...] | None:
    """The fields of a declaration that may hold names, whether each is of quantities, and whether it may be None.

    None of what holds several things, a tuple or a mapping; none of any other class.
    """
    if issubclass(kind, (tuple, Mapping)):
        return None
    if not is_dataclass(kind):
        return ()
    told = ((f.name, str(f.type)) for f in fields(kind))
    return tuple((name, "Quantity" in text, "None" in text) for name, text in told if text not in PLAIN)


def names_in(value: object, where: str = "quantity") -> Iterator[str]:
    """Parameters named in a quantity, or in several."""
    found: list[str] = []
    _add_names(value, found, lambda: where)
    return iter(found)


def _add_names(value: object, found: list[str], where: Callable[[], str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(as_float(value)):
        return
    elif isinstance(value, COMPOSITES):
        parts = parts_of(value)
        bare = not parts and not isinstance(value, Expression)
        if bare or any(isinstance(part, (tuple, list, Mapping)) for part in parts):
            raise ModelError(f"{where()}: {type(value).__name__} of {short(parts)}; allowed: one or more quantities")
        _add_names(parts, found, where)
    elif isinstance(value, (tuple, Mapping)):
        for item in value.values() if isinstance(value, Mapping) else value:
            _add_names(item, found, where)
    else:
        raise ModelError(
            f"{where()}: {value!r}; allowed: the name of a parameter, a finite number, or a Product, Sum, Complement,"
            " Quotient or Expression of these"
        )


T = TypeVar("T")


def put(thing: T, given: Mapping[str, Quantity]) -> T:
    """A declaration or quantity with others in place of the parameters that `given` names; itself where none is.

    What is put there is taken as it is: a ``Product("p", "rr")`` given as ``p`` is of the p that was.
    """
    if not given:
        return thing
    return rewritten(thing, lambda part: given.get(part, part) if isinstance(part, str) else part)


def rewritten(thing: T, change: Callable[[str | Expression], Quantity]) -> T:
    """A declaration or quantity with what `change` makes of each name and expression; itself where that is nothing."""
    return cast(T, _put(thing, change, isinstance(thing, (str, *COMPOSITES))))


def _put(thing: object, change: Callable[[str | Expression], Quantity], is_quantity: bool) -> object:
    if isinstance(thing, str):
        return change(thing) if is_quantity else thing
    if isinstance(thing, Expression):
        return change(thing)
    if isinstance(thing, COMPOSITES):
        parts = parts_of(thing)
        new = [_put(part, change, True) for part in parts]
        return thing if all(map(is_, parts, new)) else type(thing)(*new)  # type: ignore[arg-type]
    if type(thing) in _LEAVES:
        return thing
    if isinstance(thing, tuple) and type(thing) is tuple:
        several = tuple(_put(item, change, is_quantity) for item in thing)
        return thing if all(map(is_, thing, several)) else several
    if isinstance(thing, Mapping):
        mapped = {name: _put(item, change, is_quantity) for name, item in thing.items()}
        return thing if all(mapped[name] is item for name, item in thing.items()) else mapped
    changed = {}
    for name, holds, _ in _fields(type(thing)) or ():  # type: ignore[arg-type]  # classes are hashable
        before = getattr(thing, name)
        if (after := _put(before, change, holds)) is not before:
            changed[name] = after
    return replace(thing, **changed) if changed else thing  # type: ignore[type-var]


def said(thing: object) -> str:
    """What a declaration is called in a message: its class, and its name where it has one."""
    for spelling in ("name", "id", "event", "unknown"):
        name = getattr(thing, spelling, None)
        if isinstance(name, str):
            return f"{type(thing).__name__} {name}"
    return type(thing).__name__


def check_distinct(names: list[str], where: str) -> None:
    """Raise ``ModelError`` where a name is given more than once."""
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated:
        raise ModelError(f"{where}: {', '.join(repeated)} given more than once")


def check_one_of(name: str, allowed: Iterable[str], where: str) -> None:
    """Raise ``ModelError`` with what is allowed, and the nearest, where a name is none of those."""
    options = list(allowed)
    if name not in options:
        raise ModelError(f"{where}: {short(name)} is unknown; {allowed_names(str(name), options)}")


def check_tuples(thing: object, **kinds: type | tuple[type, ...]) -> None:
    """Raise ``ModelError`` unless each field named is a tuple of its kind; ``("a")`` and ``["a"]`` are none."""
    for name, kind in kinds.items():
        value = getattr(thing, name)
        what = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        where = f"{said(thing)}.{name}"
        if not isinstance(value, tuple):
            raise ModelError(f"{where}: must be a tuple of {what}, one alone with a comma after it; got {short(value)}")
        for item in value:
            if not isinstance(item, kind):
                raise ModelError(f"{where}: must hold {what}; got {short(item)}")


def check_whole(value: object, least: int, where: str) -> None:
    """Raise ``ModelError`` unless `value` is a whole number of at least so much; 2.5 is never cut to 2."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not least <= int(value) <= MOST:
        raise ModelError(f"{where}: {short(value)}; must be a whole number, {least} or more, at most {MOST:,}")


def check_numbers(where: str, *values: object, endless: bool = False) -> None:
    """Raise ``ModelError`` unless all are numbers, no truth values and no text; finite ones, unless `endless`."""
    for value in values:
        number = as_float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
        if math.isnan(number) or (math.isinf(number) and not (endless and isinstance(value, float))):
            raise ModelError(f"{where}: {short(value)}; must be a {'' if endless else 'finite '}number")


def check_kind(value: object, kind: type | tuple[type, ...], where: str) -> None:
    """Raise ``ModelError`` unless `value` is of that kind."""
    if not isinstance(value, kind):
        what = ", ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        raise ModelError(f"{where}: {short(value)}; allowed: {what}")
