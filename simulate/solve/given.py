"""Parameters that a setting gives in place of others."""

from __future__ import annotations

import numpy as np

from models.contract import Setting
from models.quantities import computed
from parameters import Draws, ParameterSet, to_engine
from simulate.engine.lower.quantities import make_lookup


def with_given(setting: Setting, draws: Draws) -> Draws:
    """`draws` with the engine parameters that the setting states outright."""
    for name, quantity in setting.given.items():
        if isinstance(quantity, str):
            at = draws.names.index(quantity)
            draws = draws.with_column(name, draws.column(quantity), draws.units[at], draws.price_years[at])
        else:
            draws = draws.with_column(name, make_lookup(draws.engine, len(draws.values))(quantity), "ratio")
    return draws


def point_of(parameters: ParameterSet, setting: Setting, name: str) -> float:
    """Published point estimate in engine units, of what the setting gives as `name` where it does."""

    def point(name: str) -> float:
        p = parameters[name]
        return float(to_engine(np.array([p.distribution.point]), p.unit, p.price_year)[0])

    return computed(setting.given.get(name, name), point, float)
