"""Arms of virtual trials: for each draw of a setting's parameters people of its own, as many as were analysed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from models.states import follows_people
from parameters import Draws
from parameters.ground.brief import Brief
from simulate.ask.asked import Asked, ask
from simulate.ask.case import Case
from simulate.engine.progress import StageProgress, of_stage, silent
from simulate.engine.statistics import Statistics
from simulate.evaluate.measures import needs_people
from simulate.result.valued import Valued
from simulate.running.forecast import refuse_unaffordable
from simulate.running.running import drawn_for, simulate_draws
from simulate.running.solving import solved_for
from simulate.solve.calibration import Calibration

Key = tuple[str, int, bool]  # strategy, people (0: nobody knows how many), whether the totals of each are kept


class Arm(Valued):
    """The people of one arm in every draw, valued as they fared: nothing rare is counted by expectation."""

    @property
    def counted(self) -> Statistics:
        """As they fared."""
        return self.statistics


@dataclass(frozen=True, eq=False, repr=False)
class Trials(Brief):
    """Virtual trials of a setting, one a draw; an arm is simulated once, whichever figures are read off it.

    No two strategies have the same people, as no two arms of a trial have: differences between arms are as wide as
    a trial's, and not those of the same people under both. Only where nobody knows how many were analysed, and no
    trial can be simulated, do all have the same.
    """

    asked: Asked
    drawn: Draws
    draws: Draws  # with the calibrated engine parameters
    calibration: Calibration
    threads: int | None
    progress: StageProgress
    _arms: dict[Key, Arm] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        case: Case,
        *,
        draws: int,
        people: int,
        seed: int,
        threads: int | None = None,
        progress: StageProgress = silent,
    ) -> Trials:
        """Solved for and drawn; `people` are an arm's where nobody knows how many were analysed."""
        asked = ask(case, draws=draws, people=people, seed=seed)
        refuse_unaffordable(asked, threads=threads)
        calibration = solved_for(case, fixed=False, threads=threads, progress=progress)
        drawn = drawn_for(asked)
        return cls(asked, drawn, calibration.apply(drawn), calibration, threads, progress)

    @property
    def case(self) -> Case:
        """Whose trials they are."""
        return self.asked.case

    @property
    def first(self) -> str:
        """The comparator."""
        return self.case.problem.strategies[0].id

    @cached_property
    def follows_people(self) -> bool:
        """Whether single people are simulated; else everybody fares as expected."""
        return follows_people(self.asked.delivered.problem.pathway)

    def arm(self, strategy: str, people: int, *, persons: bool = False) -> Arm:
        """The people under `strategy` in every draw, as many as were analysed."""
        key = strategy, people, persons
        if key not in self._arms:
            self._arms[key] = self._simulated(strategy, people, persons=persons, seed=self._seed(strategy))
        return self._arms[key]

    def arm_of_any(self, strategy: str) -> Arm:
        """People under `strategy` in every draw where nobody knows how many were analysed: the same ones under each."""
        key = strategy, 0, False
        if key not in self._arms:
            self._arms[key] = self._simulated(strategy, self.asked.options.people, persons=False, seed=self._seed())
        return self._arms[key]

    def _simulated(self, strategy: str, people: int, *, persons: bool, seed: int) -> Arm:
        shown = tuple(x.statistic for x in self.case.setting.shown)
        asked = self.asked.but(people=people, seed=seed, persons=persons or needs_people(shown))
        refuse_unaffordable(asked, threads=self.threads)
        telling = of_stage(self.progress, f"virtual trials of {self.case.problem.id}, {self.case.setting.name}")
        found = simulate_draws(asked, self.draws, threads=self.threads, progress=telling, only=[strategy])
        return Arm(asked, self.drawn, self.draws, self.calibration, found)

    def _seed(self, strategy: str | None = None) -> int:
        """Of an arm's people: nobody is in two arms, nor among those who are under every strategy."""
        names = [s.id for s in self.case.problem.strategies]
        number = len(names) if strategy is None else names.index(strategy)
        return int(np.random.SeedSequence([self.asked.options.seed, number, 3]).generate_state(1, np.uint64)[0])
