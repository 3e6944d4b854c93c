"""What a run comes to so far: incremental net benefit over the draws that are done, with its standard error.

Each draw is valued once, a few at a time, so that this takes little time and next to no memory; the run itself knows
nothing of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.contract import ModelError
from parameters import Draws
from parameters.arrays import Floats
from simulate.ask.asked import Asked
from simulate.engine.progress import Listener, Progress, Stage, Worth
from simulate.engine.statistics import Statistics
from simulate.evaluate.decision.equality import best_on_average
from simulate.evaluate.uncertainty.precision import mcse_of_draws, weighted_mean
from simulate.result.judgement import batch_net_benefits, default_threshold
from simulate.result.valued import Valued
from simulate.solve.calibration import Calibration

EVERY = 2.0  # seconds
AT_MOST = 0.1  # seconds of valuing each time
TOGETHER = 128  # draws valued at once
FEWEST = 64  # draws of which a mean is told: of fewer, the standard error is not to be trusted


def with_worth(progress: Progress, asked: Asked, drawn: Draws, draws: Draws, calibration: Calibration) -> Progress:
    """`progress` that tells of a simulation's worth too, where somebody listens and the result may tell it."""
    if not isinstance(progress, Stage) or progress.listener is None:
        return progress
    return replace(progress, finished=_SoFar(progress.name, progress.listener, asked, drawn, draws, calibration))


class _SoFar:
    """Values draws as they are done."""

    def __init__(
        self, stage: str, listener: Listener, asked: Asked, drawn: Draws, draws: Draws, calibration: Calibration
    ):
        self.stage, self.listener, self.asked = stage, listener, asked
        self.drawn, self.draws, self.calibration = drawn, draws, calibration
        self.benefit: list[Floats] = []  # [draws, strategies less one], GBP per person
        self.valued, self.next, self.off = 0, time.monotonic() + EVERY, False
        self.threshold = 0.0

    def __call__(self, done: int, statistics: Callable[[slice], Statistics]) -> None:
        begun = time.monotonic()
        if self.off or begun < self.next or done <= self.valued:
            return
        try:
            while self.valued < done and not self.off and time.monotonic() < begun + AT_MOST:
                self._value(slice(self.valued, min(done, self.valued + TOGETHER)), statistics)
        except (ModelError, ValueError, LookupError):  # the run itself will say what is the matter, if anything is
            self.off = True
        self.next = time.monotonic() + EVERY
        if not self.off and self.valued >= FEWEST:
            self.listener.worth(self.stage, self._worth())

    def _value(self, some: slice, statistics: Callable[[slice], Statistics]) -> None:
        found = statistics(some)
        part = Valued(self.asked, _cut(self.drawn, some), _cut(self.draws, some), self.calibration, found)
        held = part.withheld
        self.off = bool(held.threshold or held.probability or held.strategies)
        self.off |= len(found.strategies) != len(self.asked.case.problem.strategies)  # the others are known
        if not self.off:
            self.threshold = default_threshold(part)
            self.benefit.append(weighted_mean(batch_net_benefits(part, self.threshold), part.values.people))
            self.valued = some.stop

    def _worth(self) -> Worth:
        benefit = np.concatenate(self.benefit)
        best = best_on_average(benefit)
        replicate = self.drawn.replicate[: len(benefit)] if self.drawn.method == "sobol" else None
        error = mcse_of_draws(benefit[:, best], replicate)
        strategy = self.asked.case.problem.strategies[1 + best]
        mean, sign = float(benefit[:, best].mean()), self.asked.case.money.sign
        return Worth(strategy.id, mean, float(error), self.threshold, len(benefit), sign)


def _cut(draws: Draws, some: slice) -> Draws:
    return replace(draws, values=draws.values[some], replicate=draws.replicate[some])
