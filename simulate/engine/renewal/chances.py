"""What can happen to people, as arrays: all that the renewal equations read."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from parameters.arrays import Bools, Floats, Ints
from simulate.engine.kernel.layout import Rows

CLOSE = 5e-5  # of a person-year, an event or a person: what the grid, and telling few apart, may each move
STEADY, AGING, CALENDAR = 0, 1, 2  # a hazard that is constant, goes by time in the state, or by time since entry


class Grid(NamedTuple):
    """Cells of equal width from entry to the horizon."""

    cells: int
    width: float  # years


class Chances(NamedTuple):
    """What can happen under one strategy in one draw, whoever it happens to."""

    kind: Annotated[Ints, "channel"]
    points: Annotated[Floats, "point"]  # times since entering a state, years: see ``sojourns``
    aged: Annotated[Floats, "row, point"]  # cumulative hazard of AGING at these times
    calendar: Annotated[Floats, "row, cell + 1"]  # cumulative hazard of CALENDAR since entry, at the cells' edges
    enabled: Annotated[Rows, "state, 1 + channel"]  # n, then the channels at risk
    becomes: Annotated[Rows, "state, outcome"]
    outcomes: Annotated[Rows, "channel, 2"]  # first outcome and how many
    share: Annotated[Floats, "odds, cell, outcome"]  # of its event's outcomes, on average over the cell
    leaving: Annotated[
        Floats, "odds, state, channel"
    ]  # probability that an event takes a person out, or ends the story
    ends: Annotated[Bools, "outcome"]  # with which the story ends


class People(NamedTuple):
    """Kinds of people and what multiplies their chances."""

    weight: Annotated[Floats, "kind"]
    rate: Annotated[Floats, "kind, channel"]  # of STEADY, a year
    times: Annotated[Floats, "kind, channel"]  # the hazard of AGING and CALENDAR is so many times that of their row
    row: Annotated[Ints, "kind, channel"]  # of ``aged`` or ``calendar``
    odds: Annotated[Ints, "kind"]  # of ``share`` and ``leaving``


class Sojourns(NamedTuple):
    """What becomes of one who enters a state evenly within the first cell (`late`), or at its very beginning (`atom`).

    Leaving by CALENDAR channels, which does not go by the time since then, is in `passing` alone.
    """

    place: Annotated[Ints, "state"]  # among the states with an AGING channel, or -1
    pair: Annotated[Ints, "state, channel"]  # among the pairs of such a state and an AGING channel, or -1
    rate: Annotated[Floats, "state"]  # of leaving by STEADY channels, a year
    passing: Annotated[Floats, "state, cell"]  # cumulative hazard within the cell of leaving by CALENDAR channels
    late_time: Annotated[Floats, "place, cell"]  # person-years in the state
    atom_time: Annotated[Floats, "place, cell"]
    late_count: Annotated[Floats, "pair, cell"]  # events
    atom_count: Annotated[Floats, "pair, cell"]


class Flow(NamedTuple):
    """What is expected of one person, cell by cell."""

    time: Annotated[Floats, "cell, state"]  # person-years
    events: Annotated[Floats, "cell, outcome"]
    ended: Annotated[Floats, "cell"]  # people whose story ended
