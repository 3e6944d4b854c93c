"""Cycles in English: which moments count, what comes first in each, and how likely an event is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from models.contract import Cycle, PerCycle, Quantity
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import in_unit, listed

COUNTED: Mapping[str, str] = {  # of a cycle, where its time counts
    "half-cycle": "half of each cycle counts where it began and half where it ended",
    "start": "a cycle counts where it began",
    "end": "a cycle counts where it ended",
    "simpson": "cycles count by Simpson's rule",
    "both": "every moment from entry to the horizon counts a cycle, one more than there are",
}
MOMENTS: Mapping[str, str] = {  # at which events of a cycle are discounted
    "end": "are discounted from the end of their cycle",
    "start": "are discounted from the start of their cycle",
    "counted": "are discounted from the end of their cycle, and their costs and QALYs count as time does there",
}
PRIORITY = attrgetter("priority")
MOST_TOLD = 7


def in_cycles(cycle: Cycle) -> str:
    """How time goes, and which moments count."""
    counted = _weighed(cycle.counted) if isinstance(cycle.counted, tuple) else COUNTED[cycle.counted]
    return (
        f"Time goes in cycles of {in_unit(cycle.length, 'years')}, and in each a person has one event at most. Nobody"
        f" is simulated: shares of a cohort go from state to state. Of time, {counted}; events"
        f" {MOMENTS[cycle.events]}."
    )


def _weighed(weights: Sequence[float]) -> str:
    told = some_of([f"{x:.4g}" for x in weights], weights, "and")
    return f"the {len(weights)} moments from entry to the horizon count {told} cycles"


def some_of(told: Sequence[str], values: Sequence[Quantity], last: str) -> str:
    """A list; of many plain numbers, of which none can be changed by its name, the first few and the last."""
    if len(told) <= MOST_TOLD or not all(isinstance(x, (int, float)) for x in values):
        return listed(told, last)
    return f"{', '.join(told[: MOST_TOLD - 1])}, …, {told[-1]}"


def in_turn(w: Glossary) -> Iterator[str]:
    """Which events come first in a cycle, where some do."""
    events = sorted(w.problem.pathway.events, key=PRIORITY)
    turns = [listed(w.happening(e.name) for e in some) for _, some in groupby(events, PRIORITY)]
    if len(turns) > 1:
        yield (
            f"In each cycle these come first: {turns[0]}. Those to whom nothing has happened so far may have"
            f" {'; then '.join(turns[1:])}."
        )


def per_cycle(w: Glossary, h: PerCycle) -> str:
    """The probability of an event in each cycle."""
    later = [f"{w.told(q)} from cycle {n + 1} on" for n, q in zip(h.starts, h.later, strict=True)]
    return (
        f"Its probability in a cycle is {some_of([w.told(h.probability), *later], (h.probability, *h.later), 'then')}."
    )
