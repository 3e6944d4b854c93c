"""Quantities as the text of formulas that Excel and LibreOffice both know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from models.contract import Complement, Product, Quantity, Quotient
from models.quantities import Expression, parts_of
from parameters.expressions.grammar import Node

Named = Callable[[str], str]  # the text of a parameter, in engine units


def text_of(quantity: Quantity, named: Named) -> str:
    """A quantity as the text of a formula, without the equals sign, that may stand inside another."""
    if isinstance(quantity, str):
        return named(quantity)
    if isinstance(quantity, (int, float)):
        return number(float(quantity))
    if isinstance(quantity, Expression):
        return _of_tree(quantity.tree, named)
    parts = [text_of(part, named) for part in parts_of(quantity)]
    if isinstance(quantity, Complement):
        return f"(1-{parts[0]})"
    if isinstance(quantity, Quotient):
        return f"({parts[0]}/{parts[1]})"
    return f"({('*' if isinstance(quantity, Product) else '+').join(parts)})"


def product_of(factors: tuple[Quantity, ...], named: Named) -> str:
    """The product of quantities; factors of 1 are left out, and 1 where none is left."""
    told = [text_of(f, named) for f in factors if f != 1.0]
    return "*".join(told) or "1"


def first_best(names: Sequence[str], worth: Sequence[str], sizes: Sequence[str], near: str) -> str:
    """The name beside the greatest worth: the first of those that are equal but for `near` of their sizes."""
    told = names[-1]
    for name, one, size in reversed([*zip(names, worth, sizes, strict=True)][:-1]):
        told = f"IF(MAX({','.join(worth)})-{one}<={near}*({size}),{name},{told})"
    return told


def number(value: float) -> str:
    """A number as a formula holds it, with all its digits and a capital E; in parentheses where it is below 0."""
    told = repr(float(value)).upper()
    return told if value >= 0 else f"({told})"


def _of_tree(node: Node, named: Named) -> str:
    if node.kind in ("number", "span"):
        return number(float(node.value))
    if node.kind == "name":
        return named(node.name)
    parts = [_of_tree(part, named) for part in node.parts]
    if node.kind in _OF_ONE:
        return _OF_ONE[node.kind](parts[0])
    if node.kind in ("min", "max"):
        return f"{node.kind.upper()}({','.join(parts)})"
    return reduce(lambda a, b: f"({a}{node.kind}{b})", parts)


_OF_ONE: dict[str, Callable[[str], str]] = {
    "neg": lambda x: f"(0-{x})",  # -2^2 is 4 in a spreadsheet
    "sqrt": lambda x: f"SQRT({x})",
    "exp": lambda x: f"EXP({x})",
    "log": lambda x: f"LN({x})",
    "logit": lambda x: f"LN(({x})/(1-({x})))",
    "expit": lambda x: f"(1/(1+EXP(0-({x}))))",
}
