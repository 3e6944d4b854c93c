"""What a cohort of one age is weighed by as it grows older, at the moments of its cycles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.contract import Pathway
from parameters.arrays import Bools, Floats
from simulate.engine.cohort.chances import SAME, age_of_all
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.weighed import Weighed


@dataclass(frozen=True, eq=False)
class Weighing:
    """The weighed rows of a cohort."""

    pathway: Pathway
    rows: tuple[Weighed, ...]
    age: Floats  # at entry, [draw]

    @classmethod
    def of(cls, rows: Sequence[Weighed], pathway: Pathway, lookup: Lookup, draws: int) -> Weighing:
        """Those rows; ``ModelError`` where some go by age and the cohort is not of one."""
        by_age = any(row.weight.goes_by_age for row in rows)
        return cls(pathway, tuple(rows), age_of_all(pathway, lookup) if by_age else np.zeros(draws))

    def at(self, i: int, time: float | Floats) -> Floats:
        """What row `i` is weighed by at a time since entry, years, [draw]; moments at a band's edge are within it."""
        weight, age = self.rows[i].weight, self.age + time
        low, high = weight.ages
        within = (age + SAME >= low) & (age + SAME < high)
        out: Floats = np.where(within, 1.0, 0.0)
        for _ in range(weight.age_power):
            out = out * age
        return out

    def of_time(self, states: Sequence[Mapping[str, str]], alive: Bools, shares: Floats, at: float) -> Floats:
        """Shares [draw, state] at a moment in every row that counts time, weighed, [draw, row]."""
        out = np.zeros((len(shares), len(self.rows)))
        for i, row in enumerate(self.rows):
            if row.what == "time" and row.before is None:
                mine = [k for k, s in enumerate(states) if alive[k] and row.holds(s)]
                out[:, i] = shares[:, mine].sum(axis=1) * self.at(i, at)
        return out

    @cached_property
    def untils(self) -> Floats:
        """Years since entry up to which each row counts, [row]."""
        return np.array([math.inf if row.before is None else row.before.until for row in self.rows])

    def of_the_dying(
        self, states: Sequence[Mapping[str, str]], alive: Bools, shares: Floats, m: int, length: float
    ) -> Floats:
        """Those at moment `m` who come to an end so much later as rows say, weighed, [draw, row].

        Of shares [draw, moment, state]: whoever comes to an end in a cycle lived at every moment before it. Moment m is
        a cycle of time, j cycles before the end of those who come to it in the j-th cycle after; a span that is no
        whole number of cycles counts its part of one. What lies after `untils` is for the caller to leave out.
        """
        out = np.zeros((len(shares), len(self.rows)))
        for i, row in enumerate(self.rows):
            if row.before is not None:
                ends = [k for k, s in enumerate(states) if not alive[k] and row.is_end(s)]
                come = np.diff(shares[:, m:, ends].sum(axis=2), axis=1)  # [draw, cycle from this moment on]
                later = np.arange(come.shape[1])
                low, high = row.before.beyond / length, row.before.within / length
                part = np.clip(np.minimum(later + 1, high) - np.maximum(later, low), 0.0, 1.0)
                out[:, i] = (come * part).sum(axis=1) * self.at(i, m * length)
        return out

    def of_events(self, outcomes: Sequence[str], happened: Floats, at: float) -> Floats:
        """What happened [draw, outcome] at a moment in every row that counts events, weighed, [draw, row]."""
        out = np.zeros((len(happened), len(self.rows)))
        for i, row in enumerate(self.rows):
            if row.what == "event":
                mine = [outcomes.index(o) for o in self.pathway.resolve(row.name)]
                out[:, i] = happened[:, mine].sum(axis=1) * self.at(i, at)
        return out
