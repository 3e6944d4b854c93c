"""The arrays that cross between Python and the kernel, each field with its axes and unit. No words in here.

Axes are declared once, where the field is: what is cut by draw, what has cells, is read from there.

A *variant* is a strategy with one pattern of who took up which of its components; a strategy whose
components everybody takes up has one variant.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats, Ints, axes_of

KEPT = 8  # occurrences of each channel's exponential kept across strategies
RATIO, SPEED = 4, 5  # columns behind the four parameters
OK, NOT_A_TIME, TOO_MANY_EVENTS = 0, 1, 2
USED, FIRE = 0, 1  # what a walk is for
LEAVE, ENTER, REMEMBER, LENGTHEN, LEVEL = 0, 1, 2, 3, 4  # why a channel is walked

Rows = npt.NDArray[np.uint32]  # positions, often as rows of (n, positions…); see the kernel on why unsigned
Keys = npt.NDArray[np.uint64]

SOJOURN, GAP, START, AGE = 0, 1, 2, 3  # clocks
PAUSE, SLOWER, FORWARD = 0, 1, 2  # kinds of lengthening

SAME_MOMENT = 2.0**-32  # of the horizon: a tenth of a second in ten years, and a hundred times what 100,000 sums round


class Tables(NamedTuple):
    """All that the kernel reads about the model. Channels are events in order of (priority, name)."""

    # --- channels
    family: Annotated[Ints, "channel"]  # see families
    clock: Annotated[Ints, "channel"]
    carries: Annotated[Bools, "channel"]  # the residual exponential survives losing risk
    stream: Annotated[Keys, "channel"]
    parameters: Annotated[Floats, "draw, channel, 4"]  # see families.pack; years
    piece: Annotated[Ints, "channel, 2"]  # first row and number of rows in the tables of pieces
    piece_start: Annotated[Floats, "row"]  # years
    piece_rate: Annotated[Floats, "draw, row"]  # per year
    piece_cumulative: Annotated[Floats, "draw, row"]  # cumulative hazard at the start of the piece
    hazard_column: Annotated[Ints, "channel"]  # column of the cohort's hazard multipliers, or -1
    stretch_column: Annotated[Ints, "channel"]  # column of the cohort's speeds, or -1
    before_column: Annotated[Ints, "channel"]  # the same of its speed before entry
    # --- effects of strategies
    variant: Annotated[Ints, "strategy"]  # its first variant
    # n, then the components whose uptake selects the variant, lowest bit first
    uptake: Annotated[Ints, "strategy, 1 + n"]
    ratio: Annotated[Floats, "draw, variant, channel"]  # multiplies the hazard
    speed: Annotated[Floats, "draw, variant, channel"]  # operational time per year of time
    segments: Annotated[Ints, "draw, variant, channel"]  # in time; 0: ratio and speed hold throughout
    window: Annotated[Ints, "channel"]  # place on the axis of windowed channels, or -1
    segment_start: Annotated[Floats, "draw, variant, windowed, segment"]  # years since entry
    segment_ratio: Annotated[Floats, "draw, variant, windowed, segment"]
    segment_speed: Annotated[Floats, "draw, variant, windowed, segment"]
    weight: Annotated[Floats, "draw, variant, weight segment, outcome"]  # relative weight of a branch
    weight_segments: Annotated[Ints, "draw, variant"]
    weight_start: Annotated[Floats, "draw, variant, weight segment"]  # years since entry
    # --- states
    enabled: Annotated[Rows, "state, 1 + channel"]  # n, then the channels at risk in order
    at_risk: Annotated[Bools, "state + 1, channel"]  # the last state is before entry
    # Steps from state to state, of which those between the same risks are one: the channels that come to be at risk,
    # and those that cease to be and carry their residual.
    entry: Annotated[Rows, "state"]  # the step from before entry
    step: Annotated[Rows, "state, outcome"]
    arm: Annotated[Rows, "step, 1 + channel"]  # as many columns as the longest needs
    disarm: Annotated[Rows, "step, 1 + channel"]
    absorbed: Annotated[Bools, "state"]
    # --- what an event does
    outcomes: Annotated[Rows, "channel, 2"]  # first outcome and how many
    becomes: Annotated[Rows, "state, outcome"]  # the state after
    restarts: Annotated[Bools, "outcome"]  # whether its own channel starts again, where it is at risk still
    outcome_stream: Annotated[Keys, "outcome"]
    odds_column: Annotated[Ints, "outcome"]  # column of the cohort's odds multipliers, or -1
    tracked: Annotated[Rows, "outcome, 1 + tracker"]  # trackers an outcome sets
    remembered: Annotated[Rows, "outcome, 1 + history"]  # histories an outcome adds to
    history_channels: Annotated[Rows, "history, 1 + channel"]  # channels whose hazard it multiplies
    history_ratio: Annotated[Floats, "draw, history"]
    history_cap: Annotated[Ints, "history"]
    lengthens: Annotated[Rows, "channel, 1 + lengthening"]
    lengthened: Annotated[Rows, "lengthening, 2"]  # channel and kind
    lengthening: Annotated[Floats, "draw, lengthening"]  # years of pause or forward, or factor
    # --- what levels of domains make of hazards and clocks; no states where there is nothing of the kind
    level_row: Annotated[Rows, "state, channel"]  # which ratios hold; 0: none
    level_ratio: Annotated[Floats, "draw, level row"]  # multiplies the hazard
    level_speed: Annotated[Floats, "draw, level row"]  # operational time per year of time
    # --- what is delivered
    components: Annotated[Rows, "strategy, 1 + component"]  # n, then positions among all components
    component_start: Annotated[Floats, "draw, component"]  # years since entry
    component_end: Annotated[Floats, "draw, component"]
    # --- what is collected
    discount: Annotated[Floats, "draw, 2"]  # force of interest for costs and effects, per year
    horizon: float  # years
    instant: float  # years; moments no further apart are the same one, so that rounding settles nothing
    grid: Annotated[Floats, "grid"]  # years at which occupancy is counted
    bins: Annotated[Ints, "2, 2"]  # first row and number of rows of the bins by time since entry, and of those by age
    bin_edge: Annotated[Floats, "row"]  # years at which the bin begins
    # Rows of ``Output.sums``, block after block: time in each state (person-years), each outcome (events), each
    # component delivered (people) and under way (person-years), each tracker (people ever; sum of time to first less
    # horizon, years; 0), each n-th occurrence (people) and each weighed row (what it counts, times a weight).
    blocks: Annotated[Rows, "7"]  # where each block ends
    nth: Annotated[Ints, "tracker, 2"]  # first row and number of rows among the n-th occurrences
    stay: Annotated[Bools, "state, stay"]  # whether a state belongs to a stay
    band: Annotated[Ints, "stay, 2"]  # first row and number of rows among the bands
    band_edge: Annotated[Floats, "row"]  # years after the stay began at which the band begins
    # --- what is weighed by age and characteristics: for each, n, then the rows that it counts in
    weighed_state: Annotated[Rows, "state, 1 + weighed"]
    weighed_outcome: Annotated[Rows, "outcome, 1 + weighed"]
    weighed_uptake: Annotated[Rows, "component, 1 + weighed"]
    weighed_under: Annotated[Rows, "component, 1 + weighed"]
    weighed_last: Annotated[Rows, "state, 1 + weighed"]  # of time counted back from the end
    weighed_end: Annotated[Bools, "state, weighed"]  # whether it is counted back from coming to the state
    weighed_within: Annotated[Floats, "weighed, 3"]  # years before the end, the nearer first; until, years since entry
    weighed_age: Annotated[Floats, "weighed, 3"]  # from and to, years of age, and the power of age
    weighed_column: Annotated[Ints, "weighed"]  # column of the cohort's weights, or -1


class Cohort(NamedTuple):
    """The people of some draws, the same under every strategy."""

    seed: np.uint64
    whole: bool  # every weight is a whole number, so that sums of them are exact in any order
    draw_keys: Annotated[Keys, "draw"]  # the draw that random numbers belong to
    person_keys: Annotated[Keys, "person"]  # the person that random numbers belong to
    start: Annotated[Rows, "draw, person"]  # joint state at entry
    weight: Annotated[Floats, "draw, person"]  # how many people a person stands for
    group: Annotated[Ints, "draw, person"]  # subgroup
    hazard: Annotated[Floats, "draw, person, column"]  # multipliers on hazards
    stretch: Annotated[Floats, "draw, person, column"]  # multipliers on the speed of clocks
    odds: Annotated[Floats, "draw, person, column"]  # multipliers on branch weights
    age: Annotated[Floats, "draw, person"]  # years at entry
    elapsed: Annotated[Floats, "draw, person"]  # years already spent in the start state
    taken: Annotated[Bools, "draw, person, component"]  # whether the person takes a component up
    worth: Annotated[Floats, "draw, person, column"]  # weights of what the person is, whatever the time


class Output(NamedTuple):
    """Sums over the people of a (subgroup, batch), added to in place; the draw axis is the chunk's.

    `cell` is subgroup x batches + batch. `3` stands for undiscounted, at the cost rate, at the effect rate.
    """

    people: Annotated[Floats, "draw, cell"]  # weights of the people
    sums: Annotated[Floats, "draw, strategy, cell, row, 3"]  # see ``Tables.blocks``
    bands: Annotated[Floats, "draw, strategy, row, 3, cell"]  # person-years in bands of stays
    # Occupancy: a slot for each cell, or one for all batches of a subgroup. Where weights are whole (``Cohort.whole``)
    # those who came less those who went, to be added up.
    occupancy: Annotated[Floats, "draw, strategy, slot, state, grid + 1"]  # people
    bin_time: Annotated[Floats, "draw, strategy, row, 3, state"]  # person-years
    bin_count: Annotated[Floats, "draw, strategy, row, 3, outcome"]
    person_time: Annotated[Floats, "draw, strategy, person, 3, state"]  # no people: not kept
    person_count: Annotated[Floats, "draw, strategy, person, 3, outcome"]
    # draw, person, strategy, time, state before, outcome, state after; no rows: not kept
    history: Annotated[Floats, "rows, 7"]
    status: Annotated[Ints, "5"]  # code, draw, person, strategy, history rows written


BY_DRAW = tuple(n for n, axes in axes_of(Tables).items() if "draw" in axes)  # cut by draw for one kernel call
SUMS_BY_DRAW = tuple(n for n, axes in axes_of(Output).items() if "draw" in axes)

# Arrays with an axis of cells (or slots, which are cells or subgroups), and where it is.
CELLS = {n: i for n, axes in axes_of(Output).items() for i, axis in enumerate(axes) if axis in ("cell", "slot")}


def tables_of(t: Tables, draws: slice) -> Tables:
    """The tables of some draws."""
    return t._replace(**{name: getattr(t, name)[draws] for name in BY_DRAW})


class Run(NamedTuple):
    """What all histories of one call share: numbers that the arrays' sizes and the caller settle."""

    generator: int
    batches: int
    people: int
    cap: int  # the most events of one history
    nowhere: np.uint32  # the state before entry, from which every channel at risk is armed
    histories: int
    by_level: bool  # hazards or clocks go by levels
    stays: int
    keep_people: bool
    full: bool  # some part is wanted that the lean kernel leaves out: see ``histories.needs_all``
    told_apart: bool  # n-th occurrences are counted
    plain_people: bool  # no multipliers of a person's own, and no effects of history
    more_times: bool  # time is counted by person, bin or band too
    more_counts: bool  # events are counted by person or bin, or written down, too
    apart: bool  # batches are told apart in occupancy
    grid_step: float  # grid points a year
    weighed: bool  # time or events are weighed by age or characteristics
    counted_back: bool  # time is counted back from the end


class Moment(NamedTuple):
    """A time and what discounting makes of it."""

    time: float  # years since entry
    at_cost: float
    at_effect: float


class Who(NamedTuple):
    """Whose history, where it is counted, and how it is discounted."""

    d: int
    person: int
    s: int
    v: int  # variant
    row: np.uint32  # of the variant's first channel in ``Work.numbers``
    key: np.uint64
    cell: int
    slot: int
    share: float  # how many people the person stands for
    force_c: float
    force_e: float


class Work(NamedTuple):
    """What the kernel writes on: the channels of the person at hand, what the person has been through, the draw."""

    # --- channels, under one strategy
    fires: Annotated[Floats, "channel"]  # time at which it would fire
    residual: Annotated[Floats, "channel"]  # unit exponential left at `since`
    rate: Annotated[Floats, "channel"]  # hazard per year, if constant
    age: Annotated[Floats, "channel"]  # operational age at `since`
    since: Annotated[Floats, "channel"]  # time of its last change; later than now while it is paused
    origin: Annotated[Floats, "channel"]  # its own last firing, for the gap clock
    drawn: Annotated[Rows, "channel"]  # exponentials drawn so far
    live: Annotated[Bools, "channel"]  # whether the residual is usable
    boost: Annotated[Floats, "channel"]  # what history makes of its hazard
    slowed: Annotated[Floats, "channel"]  # what lengthening makes of the speed of its clock, in this spell
    level_hazard: Annotated[Floats, "channel"]  # what levels of domains make of its hazard
    level_pace: Annotated[Floats, "channel"]  # what they make of the speed of its clock
    waiting: Annotated[Bools, "channel"]  # whether history has put it in the queue
    queue: Annotated[Rows, "place, 3"]  # channel, why, which
    # --- the person
    own_hazard: Annotated[Floats, "channel"]  # multiplier on its hazard
    own_speed: Annotated[Floats, "channel"]  # multiplier on the speed of its clock
    own_before: Annotated[Floats, "channel"]  # the same before entry
    kept: Annotated[Floats, "channel x KEPT + occurrence, 3"]  # exponential, last cumulative hazard inverted, its age
    known: Annotated[Rows, "channel"]  # exponentials kept so far
    happened: Annotated[Ints, "history"]  # how often, up to its cap
    times_seen: Annotated[Ints, "tracker"]
    stay_began: Annotated[Floats, "stay"]  # years since entry
    been: Annotated[Rows, "spell"]  # states that the person has been in, in order; none where nothing is counted back
    been_from: Annotated[Floats, "spell"]  # since when, years since entry
    # --- the draw
    numbers: Annotated[Floats, "variant x channels + channel, 6"]  # parameters, ratio and speed
    steady: Annotated[Bools, "variant x channels + channel"]  # neither effects in time nor hazard in pieces
