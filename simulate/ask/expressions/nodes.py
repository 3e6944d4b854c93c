"""Pieces of expressions: quantities as such, and others put in place of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

from models.contract import Complement, Product, Quantity, Quotient, Sum
from models.quantities import Composite, Expression, parts_of
from parameters.expressions.grammar import Node


def written_out(node: Node, written: Mapping[str, Node]) -> Node:
    """A tree with what is known of the names in it in their place."""
    if node.kind == "name":
        return written.get(node.name, node)
    return replace(node, parts=tuple(written_out(part, written) for part in node.parts)) if node.parts else node


def as_node(quantity: Quantity) -> Node:
    """A quantity that a setting or strategy gives, as a piece of an expression."""
    if isinstance(quantity, str):
        return Node("name", 0, name=quantity)
    if isinstance(quantity, Expression):
        return quantity.tree
    if not isinstance(quantity, (Product, Sum, Complement, Quotient)):
        return Node("number", 0, float(quantity))
    return _as_operation(quantity)


def _as_operation(quantity: Composite) -> Node:
    parts = [as_node(part) for part in parts_of(quantity)]
    if isinstance(quantity, Complement):
        return Node("-", 0, parts=(Node("number", 0, 1.0), parts[0]))
    sign = {Product: "*", Sum: "+", Quotient: "/"}[type(quantity)]
    return reduce(lambda a, b: Node(sign, 0, parts=(a, b)), parts)
