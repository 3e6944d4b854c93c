"""What an expression measures, by the units of what it names: checked where nothing has to be guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parameters.expressions.grammar import ExpressionError, Node
from parameters.money.currencies import USUAL
from parameters.units import PURE, RATE, TIME, UNITS, Dimension

_OWN = {
    "years",
    "per_year",
    "per_ward_year",
    "per_year_growth",
}  # in which a plain number can be meant as a time or rate


@dataclass(frozen=True)
class Measure:
    """What a piece of an expression measures: None where plain numbers alone leave that open."""

    dimension: Dimension | None
    number: bool = False  # whether a plain number multiplies it, which may stand for a span of time
    others: bool = False  # whether a unit is in it in which such a number would be read otherwise than it is meant


def measured(node: Node, unit_of: Callable[[str], str]) -> Measure:
    """What a tree measures, by the units of what it names; ``ExpressionError`` where it cannot be.

    A sum is of one kind, and a function is of plain numbers. A plain number that multiplies may close a gap (as in
    ``exp(-rate * 1)``, a year), only beside records in years and per year, where it can mean nothing else.
    """
    if node.kind == "number":
        return Measure(None, number=True)
    if node.kind == "span":
        return Measure(TIME)
    if node.kind == "name":
        unit = unit_of(node.name)
        dimension = UNITS[unit].dimension
        return Measure(dimension, others=dimension != PURE and unit not in _OWN)
    parts = [measured(part, unit_of) for part in node.parts]
    number, others = any(p.number for p in parts), any(p.others for p in parts)
    if node.kind == "neg":
        return parts[0]
    if node.kind in ("+", "-", "min", "max"):
        return Measure(_alike(node, parts), number, others)
    if node.kind in ("*", "/"):
        return Measure(_multiplied(node, parts), number, others)
    if node.kind in ("^", "sqrt"):
        return Measure(_raised(node, parts), number, others)
    _refuse_dimension(node, parts[0])
    return Measure(PURE)


def _alike(node: Node, parts: list[Measure]) -> Dimension | None:
    known = [p.dimension for p in parts if p.dimension is not None]
    if any(d != known[0] for d in known):
        told = f"{_said(node)} of {' and '.join(_words(d) for d in dict.fromkeys(known))}; allowed: of one kind"
        raise ExpressionError(node.column, told)
    open_ones = len(known) < len(parts)
    if known and open_ones and known[0] != PURE:
        told = (
            f"{_said(node)} of {_words(known[0])} and a plain number; write its unit: 3 * day, or a record of its own"
        )
        raise ExpressionError(node.column, told)
    return known[0] if known else None


def _multiplied(node: Node, parts: list[Measure]) -> Dimension | None:
    if all(p.dimension is None for p in parts):
        return None
    one, other = (PURE if p.dimension is None else p.dimension for p in parts)
    return Dimension.product([one, other.inverse() if node.kind == "/" else other])


def _raised(node: Node, parts: list[Measure]) -> Dimension | None:
    base = parts[0].dimension
    if len(parts) > 1 and parts[1].dimension not in (None, PURE):
        raise ExpressionError(
            node.column, f"a power by {_words(parts[1].dimension or PURE)}; allowed: by a plain number"
        )
    if base is None or base == PURE:
        return base if len(parts) == 1 or parts[1].dimension is None else PURE
    exponent = node.parts[1] if node.kind == "^" else None
    if exponent is None or exponent.kind != "number" or not exponent.value.is_integer() or exponent.value > 9:
        raise ExpressionError(
            node.column, f"{_said(node)} of {_words(base)}; divide its unit out first, as in x / year"
        )
    return Dimension.product([base] * int(exponent.value))


def _refuse_dimension(node: Node, inside: Measure) -> None:
    """A function of what has a unit."""
    found = inside.dimension
    if found is None or found == PURE:
        return
    if inside.number and not inside.others and found in (RATE, TIME):
        return
    told = f"{node.kind} of {_words(found)}; divide its unit out: rate * year, or time / year"
    if inside.number:
        told = (
            f"{node.kind} of {_words(found)} by a plain number, of what is not said; write its unit: rate * 1 * month"
        )
    raise ExpressionError(node.column, told)


def _said(node: Node) -> str:
    return {"+": "a sum", "-": "a difference", "^": "a power", "sqrt": "a root"}.get(node.kind, node.kind)


def _words(dimension: Dimension) -> str:
    """A dimension, by the first unit that has it."""
    if dimension == PURE:
        return "a plain number"
    units = [name for name, unit in UNITS.items() if unit.dimension == dimension]
    unit = next((name for name in units if "_difference" not in name), units[0] if units else None)
    if unit is not None:
        return f"what is in {unit}"
    powers = {n: p for n in ("money", "time", "work", "service") if (p := getattr(dimension, n))}
    return " ".join(n if p == 1 else f"{n}^{p}" for n, p in powers.items())


def misfit(node: Node, unit: str, unit_of: Callable[[str], str], currency: str) -> str:
    """Why a tree cannot be in a unit; "" where it can, as far as plain numbers leave that to be known.

    `currency` is the model's own, to which all that a tree names is brought.
    """
    try:
        found = measured(node, unit_of)
    except ExpressionError as fault:
        return _in_money(str(fault), currency)
    wanted = UNITS[unit].dimension
    if UNITS[unit].currency not in ("", currency):
        return f"cannot be in {unit}; allowed: {currency}, to which the records that it names are brought"
    if found.dimension is None and wanted != PURE:
        return _in_money(
            f"comes to a plain number, and not to {_words(wanted)}; write its unit, as in 3 * day", currency
        )
    if found.dimension is None or found.dimension == wanted:
        return ""
    return _in_money(f"comes to {_words(found.dimension)}, and not to {_words(wanted)}", currency)


def _in_money(told: str, currency: str) -> str:
    """What is told of the first unit that has a dimension, told of the model's own money."""
    return told.replace(f"what is in {USUAL}", f"what is in {currency}")
