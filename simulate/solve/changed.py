"""Draws of a run with parameters changed after it: those that it did not simulate with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from models.contract import ModelError, Setting
from parameters import Draws
from simulate.ask.case import Case
from simulate.ask.reads import leaves
from simulate.solve.given import with_given


def at_prices(case: Case, drawn: Draws, draws: Draws, prices: Mapping[str, float]) -> tuple[Draws, Draws]:
    """`drawn`, as sampled, and `draws`, with what is given and solved for, at `prices` in every draw.

    Each price is in its record's own unit and price year. What the setting makes of them is made again. ``ModelError``
    tells all that may not be changed (``Case.changeable``) or is out of range, and what comes to no number.
    """
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
