"""What levels of domains make of hazards and clocks: one row of ratios for each event and what holds for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.contract import ByLevel, Event
from parameters.arrays import Floats
from simulate.engine.lower.effects import Lookup, checked
from simulate.engine.lower.states import States


def level_tables(states: States, events: Sequence[Event], lookup: Lookup, draws: int) -> dict[str, Any]:
    """The tables of ratios by level (see ``Tables``): which row holds in each state, and the rows; the first is of 1.

    Without any the table of states has none.
    """
    ratio, speed = [np.ones(draws)], [np.ones(draws)]
    row = np.zeros((len(states.named) if any(e.by for e in events) else 0, len(events)), dtype=np.uint32)
    for k, event in enumerate(events):
        found = [_by_level(x, event, lookup) for x in event.by]
        known: dict[tuple[str, ...], int] = {}
        for s in range(len(row)) if event.by else ():
            held = tuple(states.named[s].get(x.domain, "") for x in event.by)
            if held not in known:
                known[held] = len(ratio)
                ratio.append(np.ones(draws))
                speed.append(np.ones(draws))
                for x, level in enumerate(held):
                    into = ratio if event.by[x].ratio == "hazard" else speed
                    into[-1] = into[-1] * found[x].get(level, np.ones(draws))
                speed[-1] = 1.0 / speed[-1]
            row[s, k] = known[held]
    return {"level_row": row, "level_ratio": np.stack(ratio, axis=1), "level_speed": np.stack(speed, axis=1)}


def _by_level(one: ByLevel, event: Event, lookup: Lookup) -> dict[str, Floats]:
    """The ratio at each level that is named, [draws]."""
    where = f"Event {event.name}.by[{one.domain}]"
    return {
        level: checked(lookup(q), f"{where}[{level}]", low=0.0)
        if one.ratio == "hazard"
        else checked(lookup(q), f"{where}[{level}]")
        for level, q in one.ratios.items()
    }
