"""Quantities as the engine wants them: arrays over draws, in years and pounds of the base year."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.contract import Quantity
from models.quantities import computed
from parameters.arrays import Floats
from simulate.engine.lower.effects import Lookup


def make_lookup(column: Callable[[str], Floats], draws: int) -> Lookup:
    """A lookup of any quantity from one that knows parameters by name; `column(name)` is [draws], engine units."""

    def lookup(quantity: Quantity) -> Floats:
        """A number, a parameter or what is made of them, float64 [draws], engine units."""
        return np.asarray(computed(quantity, column, lambda number: np.full(draws, number)))

    return lookup
