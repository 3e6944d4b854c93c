"""Quantities as the engine wants them: arrays over draws, in years and pounds of the base year."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.contract import Product, Quantity
from parameters.arrays import Floats
from simulate.engine.lower.effects import Lookup


def make_lookup(column: Callable[[str], Floats], draws: int) -> Lookup:
    """A lookup of any quantity from one that knows parameters by name; `column(name)` is [draws], engine units."""

    def lookup(quantity: Quantity) -> Floats:
        """A number, a parameter or a product of them, float64 [draws], engine units."""
        if isinstance(quantity, Product):
            out = np.ones(draws)
            for factor in quantity.factors:
                out = out * lookup(factor)
            return out
        if isinstance(quantity, str):
            return column(quantity)
        return np.full(draws, float(quantity))

    return lookup
