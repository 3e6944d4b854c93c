"""Which pathways start afresh whenever a person enters a joint state, and why others do not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.states import ends_of
from simulate.engine.kernel import layout
from simulate.engine.laws.families import EMPIRICAL, EXPONENTIAL, FIXED_TIME
from simulate.engine.lower.tables import Lowered


def obstacles(lowered: Lowered) -> list[str]:
    """Why expected values cannot be had by renewal equations, in words; empty where they can."""
    return [*_of_pathway(lowered), *_of_channels(lowered), *_of_collection(lowered)]


def _of_pathway(lowered: Lowered) -> Iterator[str]:
    p = lowered.pathway
    for h in p.history:
        yield f"{h.name}: what has happened to a person changes later hazards"
    for e in p.events:
        if any(end.restart for end in ends_of(e)):
            yield f"{e.name}: it starts clocks again while a person stays at risk"
        if e.by:
            yield f"{e.name}: its hazard or clock goes by the level of another domain"
        if e.lengthens:
            yield f"{e.name}: it lengthens or shortens a stay under way"
    if p.correlations:
        yield "characteristics are correlated"


def _of_channels(lowered: Lowered) -> Iterator[str]:
    t = lowered.tables
    for k, name in enumerate(lowered.names.channels):
        windows = bool((t.segments[:, :, k] > 0).any())
        stretched = t.stretch_column[k] >= 0
        if t.family[k] in (FIXED_TIME, EMPIRICAL):
            yield f"{name}: it comes at single moments"
        elif t.family[k] != EXPONENTIAL and t.clock[k] == layout.GAP:
            yield f"{name}: its clock runs from its own last occurrence"
        elif t.family[k] != EXPONENTIAL and t.clock[k] == layout.SOJOURN:
            if windows:
                yield f"{name}: an effect that begins, wanes or ends acts on a hazard that goes by time in the state"
            if (where := _running_on(lowered, k)) is not None:
                yield f"{name}: its clock runs on when {where} happens"
        elif t.clock[k] == layout.AGE and stretched:
            yield f"{name}: a covariate's time ratio acts on a clock of age"
    yield from _of_branches(lowered)


def _running_on(lowered: Lowered, k: int) -> str | None:
    """The first outcome that changes the joint state while an event stays at risk."""
    t = lowered.tables
    risk = t.at_risk[:-1]
    for s in np.flatnonzero(risk[:, k]):
        for o, new in enumerate(t.becomes[s]):
            if new != s and risk[new, k] and risk[s, _channel(lowered, o)]:
                return lowered.names.outcomes[o]
    return None


def _channel(lowered: Lowered, outcome: int) -> int:
    """The channel an outcome belongs to."""
    return int(np.searchsorted(lowered.tables.outcomes[:, 0], outcome, side="right")) - 1


def _of_branches(lowered: Lowered) -> Iterator[str]:
    """Events some of whose branches leave a state while others do not, with weights that change in time."""
    t = lowered.tables
    if (t.weight_segments <= 1).all():
        return
    for s in range(len(t.becomes)):
        for k in np.flatnonzero(t.at_risk[s]):
            first, n = t.outcomes[k].astype(int)
            stays = t.becomes[s, first : first + n] == s
            if stays.any() and not stays.all():
                name = lowered.names.channels[k]
                yield f"{name}: some of its branches leave a state, and effects on them change in time"


def _of_collection(lowered: Lowered) -> Iterator[str]:
    c = lowered.collect
    if any(n > 1 for n in c.nth.values()):
        yield "occurrences after the first are told apart"
    for what, asked in (("bands of stays", c.bands), ("bins by age", c.ages), ("totals of persons", c.people)):
        if asked:
            yield f"{what} are asked for"
    if c.weighed:
        yield "costs or utilities go by age, by characteristic or before the end"
    if c.subgroup is not None:
        yield "people are told apart by subgroup"
    if c.years:
        yield "bins by year are asked for"
