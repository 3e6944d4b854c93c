"""An expression as a record holds it, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from parameters.expressions import functions
from parameters.expressions.functions import Floats
from parameters.expressions.grammar import Node, parsed

NOT_DRAWN = "is an expression, and has no distribution of its own"


@dataclass(frozen=True)
class Formula:
    """What stands in place of a distribution where a parameter is computed from others: nothing is drawn of it."""

    text: str
    tree: Node
    kind: str = "expression"
    arguments: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def read(text: str, spans: Mapping[str, float]) -> Formula:
        """That of a text, with the words for `spans` of time; ``ExpressionError``."""
        return Formula(text, parsed(text, spans))

    @property
    def point(self) -> float:
        """None of its own: ``LookupError``, as for all that follows."""
        raise LookupError(NOT_DRAWN)

    def ppf(self, u: Floats) -> Floats:
        """None of its own."""
        raise LookupError(NOT_DRAWN)

    def interval95(self) -> tuple[float, float]:
        """None of its own."""
        raise LookupError(NOT_DRAWN)

    def reach(self) -> tuple[float, float]:
        """None of its own."""
        raise LookupError(NOT_DRAWN)


_OF_TWO: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": functions.power,
    "min": np.minimum,
    "max": np.maximum,
}
_OF_ONE: Mapping[str, Callable[[Floats], Floats]] = {
    "neg": np.negative,
    "sqrt": np.sqrt,
    "exp": functions.exp,
    "log": functions.log,
    "logit": functions.logit,
    "expit": functions.expit,
}


def evaluated(node: Node, named: Callable[[str], Floats]) -> Floats:
    """What a tree comes to, from what `named` gives for each name, in engine units, draw by draw.

    Not a number, or infinite, where it has no value: the root of -1, say.
    """
    if node.kind in ("number", "span"):
        return np.asarray(node.value)
    if node.kind == "name":
        return np.asarray(named(node.name), dtype=np.float64)
    parts = [evaluated(part, named) for part in node.parts]
    with np.errstate(all="ignore"):
        if node.kind in _OF_ONE:
            return np.asarray(_OF_ONE[node.kind](parts[0]))
        return np.asarray(reduce(_OF_TWO[node.kind], parts))
