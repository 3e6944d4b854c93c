"""How fast a case is simulated here, and how large what is kept of it is, by a trial of a moment."""

from __future__ import annotations

import time
from dataclasses import dataclass

from models.states import follows_people
from simulate.ask.asked import Asked
from simulate.engine import driver
from simulate.engine.lower.tables import Lowered
from simulate.engine.statistics import BY_DRAW, SAVED, Statistics
from simulate.running.forecast import trial_draws
from simulate.running.lowering import collected, lower_case, unfollowed

FIRST_PEOPLE, MOST_PEOPLE = 50, 12_800
LONG_ENOUGH = 0.1  # seconds


@dataclass(frozen=True)
class Pace:
    """What a trial on one thread found; its engine parameters are about those that would be solved for."""

    draws: int
    people: int  # of each draw of the trial
    seconds: float  # that it took
    histories: int  # in that time; 0 where nobody is simulated
    saved: float  # bytes of statistics, a draw
    lowered: Lowered | None  # the tables of the trial

    @property
    def per_second(self) -> float:
        """Histories a second on one thread; infinite where nobody is simulated."""
        return self.histories / self.seconds if self.histories else float("inf")


def pace_of(asked: Asked) -> Pace:
    """A trial of what is asked, of few draws and as many people as take a tenth of a second."""
    case, collect = asked.delivered, collected(asked)
    if not follows_people(case.problem.pathway):
        draws = trial_draws(case, lambda ready: unfollowed(case, ready, FIRST_PEOPLE, collect))
        found = unfollowed(case, draws, FIRST_PEOPLE, collect)
        return Pace(len(draws.values), FIRST_PEOPLE, 0.0, 0, _saved(found), None)
    draws = trial_draws(case, lambda ready: lower_case(case, ready, collect))
    lowered, lookup = lower_case(case, draws, collect)
    people = FIRST_PEOPLE
    driver.simulate(lowered, lookup, people=people, seed=0, threads=1)  # reads compiled code, or makes it
    while True:
        begun = time.perf_counter()
        statistics, _ = driver.simulate(lowered, lookup, people=people, seed=0, threads=1)
        seconds = time.perf_counter() - begun
        if seconds >= LONG_ENOUGH or people >= MOST_PEOPLE:
            histories = lowered.draws * people * len(lowered.names.strategies)
            return Pace(lowered.draws, people, seconds, histories, _saved(statistics), lowered)
        people *= 4


def _saved(statistics: Statistics) -> float:
    return float(sum(getattr(statistics, name).nbytes for name in BY_DRAW if name in SAVED)) / statistics.draws
