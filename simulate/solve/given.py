"""Parameters that a setting gives in place of others."""

from __future__ import annotations

import numpy as np

from models.contract import ModelError, Setting
from models.quantities import Expression, computed
from parameters import Draws, ParameterSet
from parameters.arrays import Floats
from parameters.units import LARGEST, UNITS, Range
from simulate.engine.lower.quantities import make_lookup


def with_given(setting: Setting, draws: Draws) -> Draws:
    """`draws` with the engine parameters that the setting states outright."""
    for name, quantity in setting.given.items():
        if isinstance(quantity, str):
            at = draws.names.index(quantity)
            draws = draws.with_column(name, draws.column(quantity), draws.units[at], draws.price_years[at])
        else:
            values = make_lookup(draws.engine, len(draws.values))(quantity)
            if isinstance(quantity, Expression):
                _refuse_out_of_range(quantity, values)
                draws = draws.with_column(name, values / UNITS[quantity.unit].factor, quantity.unit)
            else:
                draws = draws.with_column(name, values, "ratio")
    return draws


def _refuse_out_of_range(expression: Expression, values: Floats) -> None:
    """Raise ``ModelError`` where an expression has no value in a draw, or one that its unit or place does not allow."""
    unit = UNITS[expression.unit]
    low, high = max(expression.low, unit.low * unit.factor), min(expression.high, unit.high * unit.factor)
    allowed = Range(low, high, expression.above and low == expression.low)
    wrong = ~((values >= low) & (values <= high) & (np.abs(values) <= LARGEST))
    wrong |= (values == low) & allowed.above
    if wrong.any():
        k = int(np.flatnonzero(wrong)[0])
        told = f"comes to {values[k] / unit.factor:.6g} in draw {k} and is out of range in {int(wrong.sum()):,} of"
        shown = Range(low / unit.factor, high / unit.factor, allowed.above).words()
        raise ModelError(
            f"{expression.name} = {expression}: {told} {len(values):,} draws; allowed in {expression.unit}: {shown}"
            " (min and max can hold it there)"
        )


def point_of(parameters: ParameterSet, setting: Setting, name: str) -> float:
    """Published point estimate in engine units, of what the setting gives as `name` where it does."""

    def point(name: str) -> float:
        return parameters.engine_value(name, parameters[name].distribution.point)

    return computed(setting.given.get(name, name), point, float)
