"""Quantities as the engine wants them: arrays over draws, in years and pounds of the base year."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.contract import Quantity, Strategy
from models.quantities import computed
from parameters.arrays import Floats
from simulate.engine.lower.effects import Lookup


def make_lookup(column: Callable[[str], Floats], draws: int) -> Lookup:
    """A lookup of any quantity from one that knows parameters by name; `column(name)` is [draws], engine units."""

    def lookup(quantity: Quantity) -> Floats:
        """A number, a parameter or what is made of them, float64 [draws], engine units."""
        return np.asarray(computed(quantity, column, lambda number: np.full(draws, number)))

    return lookup


def of_each(lookup: Lookup, strategies: Sequence[Strategy]) -> Lookup:
    """A lookup of any quantity as it is under each strategy, [draws, strategies, 1]; of one for all, [draws, 1, 1]."""

    def found(quantity: Quantity) -> Floats:
        own = [s.under(quantity) for s in strategies]
        if all(mine is quantity for mine in own):
            return lookup(quantity)[:, None, None]
        return np.stack([lookup(mine) for mine in own], axis=1)[:, :, None]

    return found
