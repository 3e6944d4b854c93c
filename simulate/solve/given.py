"""Parameters that a setting gives in place of others, and what it makes of them once some are changed after a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from models.contract import ModelError, Setting
from models.quantities import Expression, computed
from parameters import Draws, ParameterSet
from parameters.arrays import Floats
from parameters.ground.given import check_by_name
from parameters.units import LARGEST, UNITS, Range
from simulate.ask.case import Case
from simulate.ask.reads import leaves
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


# --- after a run ------------------------------------------------------------------------------------


def at_prices(case: Case, drawn: Draws, draws: Draws, prices: Mapping[str, float]) -> tuple[Draws, Draws]:
    """`drawn`, as sampled, and `draws`, with what is given and solved for, at `prices` in every draw.

    Each price is in its record's own unit and price year. What the setting makes of them is made again. ``ModelError``
    tells all that may not be changed (``Case.changeable``) or is out of range, and what comes to no number.
    """
    check_by_name("prices", prices)
    _refuse(case, drawn, draws, prices)
    for name, price in prices.items():
        record, unit = case.parameters[name], draws.units[draws.names.index(name)]
        column = np.full(len(draws.values), float(price))
        drawn = drawn.with_column(name, column, unit, record.price_year)
        draws = draws.with_column(name, column, unit, record.price_year)
    made = _made_of(case.setting, prices)
    if made.given:
        with np.errstate(divide="ignore", invalid="ignore"):
            draws = with_given(made, draws)
    without = [n for n in made.given if not np.isfinite(draws.column(n)).all()]
    if without:
        told = "; ".join(f"{n} = {made.given[n]}" for n in without)
        raise ModelError(f"prices: {told}: no number at {', '.join(f'{n} = {x:g}' for n, x in prices.items())}")
    return drawn, draws


def _made_of(setting: Setting, names: Collection[str]) -> Setting:
    """The setting with nothing given but what is made of some of `names`."""
    made = {n: q for n, q in setting.given.items() if not set(names).isdisjoint(leaves(setting, n))}
    return replace(setting, given=made)


def _refuse(case: Case, drawn: Draws, draws: Draws, prices: Mapping[str, float]) -> None:
    may, simulated, faults = case.changeable(), frozenset(case.simulated()), []
    for name, price in prices.items():
        if name not in may:
            allowed = ", ".join(n for n in drawn.names if n in may)
            faults.append(
                f"{name!r} cannot be changed afterwards ({_why_not(case, draws, name, simulated)}); allowed: {allowed}"
            )
        elif refusal := case.parameters[name].refusal(float(price)):
            faults.append(f"{name}: {refusal}")
    if faults:
        raise ModelError("\n".join(f"prices: {fault}" for fault in faults))


def _why_not(case: Case, draws: Draws, name: str, simulated: Collection[str]) -> str:
    if name in case.setting.given:
        return f"setting {case.setting.name} gives it as {case.setting.given[name]}"
    if name not in draws.names:
        return "unknown name"
    if name in case.names() and name not in simulated:
        return "the other shares of its whole share what it leaves: run again with it"
    return "it is used by the simulation: run again with it"
