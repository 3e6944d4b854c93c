"""Time and events weighed by age and by what a person is, and time counted back from the end: pieces of the kernel."""

from __future__ import annotations

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import lean, njit, piece
from simulate.engine.kernel.layout import Cohort, Output, Tables, Who, Work
from simulate.engine.kernel.tally import discount_factor, discounted

# Nodes and weights of Gauss and Legendre on -1 to 1, three on either side (Abramowitz and Stegun 1964, table 25.4):
# exact to the eleventh power. Spans are cut so that no piece is discounted to less than 1/e; 1e-15 of it is left out.
_NODES = (0.238619186083196909, 0.661209386466264514, 0.932469514203152028)
_SHARES = (0.467913934572691047, 0.360761573048138608, 0.171324492379170345)


@njit
def power_of(x: float, power: float) -> float:
    """A small whole power, by multiplying."""
    out = 1.0
    for _ in range(int(power)):
        out *= x
    return out


@njit
def weighed_span(force: float, age: float, power: float, a: float, b: float) -> float:
    """Integral of (age + t)^power x the discount factor over t from `a` to `b`, years since entry."""
    if power == 0.0:
        return discounted(force, discount_factor(force, a), discount_factor(force, b), b - a)
    pieces = int(abs(force) * (b - a)) + 1
    half = (b - a) / (2 * pieces)
    total = 0.0
    for i in range(pieces):
        middle = a + (2 * i + 1) * half
        for j in range(3):
            below, above = middle - half * _NODES[j], middle + half * _NODES[j]
            here = power_of(age + below, power) * discount_factor(force, below)
            there = power_of(age + above, power) * discount_factor(force, above)
            total += half * _SHARES[j] * (here + there)
    return total


@lean
def add_weighed(
    sums: Floats, d: int, s: int, cell: int, row: int | np.uint32, weight: float, by_age: Floats, age: float,
    fc: float, fe: float, a: float, b: float,
) -> None:  # fmt: skip
    """Add the time from `a` to `b` of one at `age` at entry, weighed, to a row of the sums.

    `by_age`: from and to, in years of age, and the power of age.
    """
    low, high, power = max(a, by_age[0] - age), min(b, by_age[1] - age), by_age[2]
    if weight != 0.0 and high > low:
        sums[d, s, cell, row, 0] += weight * weighed_span(0.0, age, power, low, high)
        sums[d, s, cell, row, 1] += weight * weighed_span(fc, age, power, low, high)
        sums[d, s, cell, row, 2] += weight * weighed_span(fe, age, power, low, high)


@lean
def add_moment(
    sums: Floats, d: int, s: int, cell: int, row: int | np.uint32, weight: float, by_age: Floats, age: float,
    instant: float, fc: float, fe: float, at: float,
) -> None:  # fmt: skip
    """Add what happens `at` a time to one at `age` at entry, weighed, to a row of the sums."""
    now = age + at
    if weight != 0.0 and by_age[0] <= now + instant and now + instant < by_age[1]:
        weight *= power_of(now, by_age[2])
        sums[d, s, cell, row, 0] += weight
        sums[d, s, cell, row, 1] += weight * discount_factor(fc, at)
        sums[d, s, cell, row, 2] += weight * discount_factor(fe, at)


@lean
def own(worth: Floats, d: int, person: int, column: int) -> float:
    """What a person is weighed by throughout: 1 where it goes by nothing that the person is."""
    return worth[d, person, column] if column >= 0 else 1.0


@piece
def weigh_time(t: Tables, c: Cohort, out: Output, who: Who, state: np.uint32, a: float, b: float) -> None:
    """The time in a state, in every weighed row that it counts in."""
    for i in range(1, 1 + t.weighed_state[state, 0]):
        k = t.weighed_state[state, i]
        weight = who.share * own(c.worth, who.d, who.person, t.weighed_column[k])
        add_weighed(
            out.sums, who.d, who.s, who.cell, t.blocks[5] + k, weight, t.weighed_age[k], c.age[who.d, who.person],
            who.force_c, who.force_e, a, b,
        )  # fmt: skip


@piece
def weigh_event(t: Tables, c: Cohort, out: Output, who: Who, outcome: np.uint32, at: float) -> None:
    """An outcome, in every weighed row that it counts in."""
    for i in range(1, 1 + t.weighed_outcome[outcome, 0]):
        k = t.weighed_outcome[outcome, i]
        weight = who.share * own(c.worth, who.d, who.person, t.weighed_column[k])
        add_moment(
            out.sums, who.d, who.s, who.cell, t.blocks[5] + k, weight, t.weighed_age[k], c.age[who.d, who.person],
            t.instant, who.force_c, who.force_e, at,
        )  # fmt: skip


@piece
def count_back(t: Tables, c: Cohort, w: Work, out: Output, who: Who, spells: int, end: np.uint32, at: float) -> None:
    """The last years of a person who came `at` some time to the absorbing state `end`, after so many spells."""
    until, i = at, spells - 1
    while i >= 0:
        begin, been = w.been_from[i], w.been[i]
        for j in range(1, 1 + t.weighed_last[been, 0]):
            k = t.weighed_last[been, j]
            a = max(begin, at - t.weighed_within[k, 1])
            b = min(until, at - t.weighed_within[k, 0], t.weighed_within[k, 2])
            if t.weighed_end[end, k] and b > a:
                weight = who.share * own(c.worth, who.d, who.person, t.weighed_column[k])
                add_weighed(
                    out.sums, who.d, who.s, who.cell, t.blocks[5] + k, weight, t.weighed_age[k],
                    c.age[who.d, who.person], who.force_c, who.force_e, a, b,
                )  # fmt: skip
        until = begin
        i -= 1


@piece
def weigh_delivered(t: Tables, c: Cohort, out: Output, who: Who, alive: float) -> None:
    """What was given, and the time under it, up to when the person left the living states, in their weighed rows."""
    for i in range(1, 1 + t.components[who.s, 0]):
        j = t.components[who.s, i]
        begins, ends = t.component_start[who.d, j], min(t.component_end[who.d, j], alive)
        if not c.taken[who.d, who.person, j] or begins > alive or begins >= t.horizon - t.instant:
            continue
        for n in range(1, 1 + t.weighed_uptake[j, 0]):
            k = t.weighed_uptake[j, n]
            weight = who.share * own(c.worth, who.d, who.person, t.weighed_column[k])
            add_moment(
                out.sums, who.d, who.s, who.cell, t.blocks[5] + k, weight, t.weighed_age[k], c.age[who.d, who.person],
                t.instant, who.force_c, who.force_e, begins,
            )  # fmt: skip
        for n in range(1, 1 + t.weighed_under[j, 0]):
            m = t.weighed_under[j, n]
            weight = who.share * own(c.worth, who.d, who.person, t.weighed_column[m])
            add_weighed(
                out.sums, who.d, who.s, who.cell, t.blocks[5] + m, weight, t.weighed_age[m], c.age[who.d, who.person],
                who.force_c, who.force_e, begins, ends,
            )  # fmt: skip
