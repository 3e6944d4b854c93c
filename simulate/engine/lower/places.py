"""Which numbers of a person are points of Sobol's sequence, and at which dimension: those needed first, in order.

Hidden multipliers, characteristics and start states come first, then the first time of every event with the choice
among its branches, then the second of each, and so on while there are dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from models.contract import Mixture, Pathway
from models.states import channel_order
from simulate.engine.arithmetic.random_numbers import DIMENSIONS, SOBOL, placed, stream
from simulate.engine.lower.tables import Lowered

Places = Mapping[tuple[str, str], tuple[int, int]]  # purpose and name -> dimension, and how far apart occurrences are

NOWHERE = DIMENSIONS, 0


def places_of(pathway: Pathway, generator: int) -> Places | None:
    """The dimension of every number with one; None but under ``SOBOL``."""
    if generator != SOBOL:
        return None
    once = [("frailty", f.name) for f in pathway.frailties]
    once += [("baseline", c.name) for c in pathway.characteristics]
    once += [("baseline", f"{d.name}.start") for d in pathway.domains if isinstance(pathway.start[d.name], Mixture)]
    events = channel_order(pathway)
    again = [("time", e.name) for e in events]
    again += [("branch", o) for e in events if e.branches for o in e.outcomes()]
    found = {number: (i, 0) for i, number in enumerate(once)}
    return found | {number: (len(once) + i, len(again)) for i, number in enumerate(again)}


def stream_at(places: Places | None, name: str, purpose: str) -> np.uint64:
    """The stream of a number, with its place where there are any."""
    plain = stream(name, purpose)
    return plain if places is None else placed(plain, *places.get((purpose, name), NOWHERE))


def with_places(lowered: Lowered, places: Places | None) -> Lowered:
    """The same, its streams with their places."""
    if places is None:
        return lowered
    names = lowered.names
    times = [stream_at(places, n, "time") for n in names.channels]
    branches = [stream_at(places, n, "branch") for n in names.outcomes]
    tables = lowered.tables._replace(
        stream=np.array(times, dtype=np.uint64), outcome_stream=np.array(branches, dtype=np.uint64)
    )
    return replace(lowered, tables=tables)
